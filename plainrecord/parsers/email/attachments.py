"""One attached file: its names as given, what it is claimed and found to be, its digests, and what a photo says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

from plainrecord.hashing.files import hash_buffer
from plainrecord.intake.kinds import media_type
from plainrecord.parsers.email.mime import Part
from plainrecord.parsers.email.params import Valued
from plainrecord.records import Attachment, AttachmentState

SNIFFED = 65_536
MAX_NAME = 255
_WITH_EXIF = frozenset("image/jpeg image/tiff image/heic image/heif image/avif image/png image/webp".split())
_PATH_PARTS = re.compile(r"[/\\]|^\.\.?$|^[A-Za-z]:")
# Characters that change what a name looks like: controls, bidirectional marks and overrides, zero-width.
_DISGUISING = re.compile("[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def describe(
    part: Part, data: bytes | None, state: AttachmentState = "present", notes: Iterable[str] = ()
) -> Attachment:
    """The attachment entry of a MIME part. `data` is its decoded content, None when it is not there."""
    names = _names(part)
    found = file_entry(names[0] if names else None, data, f"part:{part.path}", (*notes, *part.kind.notes))
    found.also_named = names[1:]
    found.state = state
    found.claimed_type = part.type if part.fields.first(b"content-type") is not None else None
    found.inline = _is_inline(part)
    content_id = part.fields.text(b"content-id")
    if content_id:
        found.facts["content-id"] = content_id.strip("<> ")[:MAX_NAME]
    if len(names) > 1:
        found.notes.append("trap-14:several-names")
    return found


def file_entry(name: str | None, data: bytes | None, locator: str, notes: Iterable[str] = ()) -> Attachment:
    """The entry of a file by its content alone (for files inside a text, which have no part of their own)."""
    found = Attachment(name=name, locator=locator, notes=[*dict.fromkeys(notes), *_name_notes(name)])
    if data is None:
        return found
    digests = hash_buffer(data)
    found.bytes, found.sha256, found.blake3 = digests.size, digests.sha256, digests.blake3
    found.detected_type = media_type(data[:SNIFFED])
    if found.detected_type in _WITH_EXIF:
        from plainrecord.parsers.email.exif import read_exif  # noqa: PLC0415  slow to load, and many exports hold no photo

        exif = read_exif(data)
        found.facts |= exif.facts
        found.notes.extend(exif.notes)
    return found


def _names(part: Part) -> list[str]:
    """Every name the part gives, the one mail programs show first."""
    found: list[str] = []
    for valued, parameter in ((part.disposition, "filename"), (part.kind, "name")):
        found.extend(_both(valued, parameter))
    return list(dict.fromkeys(name for name in found if name))


def _both(valued: Valued, parameter: str) -> list[str]:
    return [valued.extended.get(parameter, ""), valued.plain(parameter) or ""]


def _is_inline(part: Part) -> bool:
    return part.disposition.value == "inline" or (
        part.disposition.value != "attachment" and part.fields.first(b"content-id") is not None
    )


def _name_notes(name: str | None) -> list[str]:
    notes = []
    if name and _PATH_PARTS.search(name):
        notes.append("trap-14:name-has-path-parts")
    if name and _DISGUISING.search(name):
        notes.append("trap-14:name-has-invisible-characters")
    if name and len(name) > MAX_NAME:
        notes.append("trap-14:name-too-long")
    return notes
