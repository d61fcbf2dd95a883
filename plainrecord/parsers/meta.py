"""What all of Meta's downloads share: text whose UTF-8 bytes were written as separate characters, and its repair.

Matters to the Facebook, Instagram and Messenger readers. It changes nothing on its own: a reader asks whether a file is
damaged at all (`is_damaged`), then repairs string by string after the JSON was decoded, and keeps what was stored.

Source of knowledge: public descriptions of the defect and public readers that repair it. In classic downloads each byte of
the UTF-8 text stands as its own escape, so that “’” becomes three characters; no such file holds a character above U+00FF.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from plainrecord.intake.reading import Block

REPAIRED = "meta:mojibake-repaired"
PARTIAL = "meta:encoding-partial"
TWICE = "meta:damaged-twice"

# A letter above U+00FF: escaped (an escaped backslash before it is stepped over) or as UTF-8 itself.
_MODERN = re.compile(rb"\\\\|(\\u(?!00)[0-9A-Fa-f]{4}|[\xc4-\xf4][\x80-\xbf])")
_SUSPICIOUS = re.compile(rb"\\\\|(\\u00[89a-fA-F][0-9A-Fa-f]|[\xc2\xc3][\x80-\xbf])")
# What UTF-8 looks like after it was read as Windows-1252: its second and third bytes are letters above U+00FF.
_TWICE_DAMAGED = re.compile("â€[\u0153\u009d\u2122\u02dc\u00a6\u201c\u201d]|ðŸ")
# What may go on in the next block: an escape (if the backslashes before it are odd), or the first byte of a letter.
_OPEN_END = re.compile(rb"(\\+)(?:u[0-9A-Fa-f]{0,3})?\Z|[\xc2-\xf4]\Z")
_LONGEST_ESCAPE = 6
_PIECE = 64 << 10


class Repaired(NamedTuple):
    """A string after repair; `note` is None when nothing had to be done."""

    text: str
    note: str | None = None


def is_damaged(blocks: Iterable[Block]) -> bool:
    """Whether a whole file may hold damaged text: it has letters above U+007F and none above U+00FF.

    One letter above U+00FF shows a writer that does not have the defect; then nothing of the file may be repaired.
    Reads until that is known. An escape over the edge of two blocks counts.
    """
    carry, suspicious = b"", False
    for piece in _pieces(blocks):
        data = carry + piece
        # Counting tells in a hundredth of the time that there is nothing to search for.
        is_ascii, escapes = data.isascii(), data.count(b"\\u00")
        if (not is_ascii or data.count(b"\\u") != escapes) and any(match[1] for match in _MODERN.finditer(data)):
            return False
        if not suspicious and (not is_ascii or escapes):
            suspicious = any(match[1] for match in _SUSPICIOUS.finditer(data))
        carry = _carried(data)
    return suspicious


def _pieces(blocks: Iterable[Block]) -> Iterator[bytes]:
    """The bytes of the blocks, copied little by little: a block is large, and there are several of them already."""
    for block in blocks:
        for at in range(block.lo, block.hi, _PIECE):
            yield bytes(block.buffer[at : min(at + _PIECE, block.hi)])


def _carried(data: bytes) -> bytes:
    """The end of a block that only means something together with the next."""
    start = len(data) - _LONGEST_ESCAPE
    while start > 0 and data[start] == 0x5C:
        start -= 1
    match = _OPEN_END.search(data, max(start, 0))
    if match is None:
        return b""
    slashes = match[1] or b""
    return data[match.start() :] if not slashes else data[match.end(1) - 1 :] if len(slashes) % 2 else b""


def repaired(text: str) -> Repaired:
    """The string as it was typed, as far as the stored one says. Never twice on the same string.

    Only if no character is above U+00FF and the bytes are strict UTF-8; a lone “é” or “£” is not, and stays. Of a string
    that was cut inside a character, what stands before it is repaired and the rest kept (`PARTIAL`).
    """
    if text.isascii():
        return Repaired(text)
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        return Repaired(text, TWICE if _TWICE_DAMAGED.search(text) else None)
    try:
        return Repaired(raw.decode("utf-8"), REPAIRED)
    except UnicodeDecodeError as error:
        before, after = raw[: error.start], raw[error.start :]
        if error.reason == "unexpected end of data" and (not before.isascii() or _is_cut(after)):
            return Repaired(before.decode("utf-8") + after.decode("latin-1"), PARTIAL)
        return Repaired(text)


def _is_cut(tail: bytes) -> bool:
    """Control characters U+0080–U+009F do not occur in typed text, so a tail that has them is half a character."""
    return any(0x80 <= byte <= 0x9F for byte in tail[1:])


def repaired_tree(value: object) -> object:
    """`repaired` on every string and key of a decoded JSON value, without notes."""
    if isinstance(value, str):
        return repaired(value).text
    if isinstance(value, dict):
        return {repaired(key).text: repaired_tree(item) for key, item in value.items()}
    return [repaired_tree(item) for item in value] if isinstance(value, list) else value
