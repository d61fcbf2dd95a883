"""Which file name ending an attachment gets in a bundle: decided by its bytes alone, from a short list of harmless ones.

The name a sender gave is never used, so nothing in a bundle starts when it is clicked. The decision does not ask the type
detector, because its answers change from version to version and the bundle's bytes must not.
"""

from __future__ import annotations

import codecs
import re

_SIGNATURES: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), ending)
    for pattern, ending in (
        (rb"\xff\xd8\xff", "jpg"),
        (rb"\x89PNG\r\n\x1a\n", "png"),
        (rb"GIF8[79]a", "gif"),
        (rb"RIFF....WEBP", "webp"),
        (rb"II\*\x00|MM\x00\*", "tif"),
        (rb"....ftyp(?:heic|heix|mif1|heim|hevc)", "heic"),
        (rb"....ftypavif", "avif"),
        (rb"....ftypM4A ", "m4a"),
        (rb"....ftypqt  ", "mov"),
        (rb"....ftyp3g", "3gp"),
        (rb"....ftyp", "mp4"),
        (rb"\x1aE\xdf\xa3", "mkv"),
        (rb"OggS", "ogg"),
        (rb"ID3|\xff[\xfb\xf3\xf2]", "mp3"),
        (rb"RIFF....WAVE", "wav"),
        (rb"fLaC", "flac"),
        (rb"#!AMR", "amr"),
        (rb"%PDF-", "pdf"),
    )
)
_TEXT_SAMPLE = 65536
# Controls that plain text has no use for; line ends, tabs and form feeds are fine.
_BINARY = re.compile("[\x00-\x08\x0b\x0e-\x1f]")


def media_ending(data: bytes) -> str:
    """The ending for these bytes: one of the picture, sound, film and document formats above, "txt", or else "bin"."""
    head = data[:64]
    for pattern, ending in _SIGNATURES:
        if pattern.match(head):
            return ending
    return "txt" if data and _is_text(data) else "bin"


def media_path(sha256: str, data: bytes) -> str:
    """Where a decoded attachment stands in a bundle: one file for each content, whoever sent it under whatever name."""
    return f"data/media/{sha256[:2]}/{sha256}.{media_ending(data)}"


def _is_text(data: bytes) -> bool:
    try:
        # The sample of a longer file may end inside a character, the file itself may not.
        whole = len(data) <= _TEXT_SAMPLE
        text = codecs.getincrementaldecoder("utf-8")().decode(data[:_TEXT_SAMPLE], final=whole)
    except UnicodeDecodeError:
        return False
    return _BINARY.search(text) is None
