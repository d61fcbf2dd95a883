"""The header fields of one mail, from its exact bytes.

Only LF and CRLF end a line (a bare CR never does, so nothing can be smuggled in behind one); lines that are no field are
passed over, not taken for the end. Raw values are kept as found: unfolding and decoding are separate steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from plainrecord.parsers.email.words import decode_words

# One match is one field: a name, optional blanks (RFC 5322 section 4.5 allows them before the colon), the value with its folds.
_FIELD = re.compile(rb"\n([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_LONE_CR = re.compile(rb"\r(?![\r\n])")
_NOT_A_FIELD = re.compile(rb"\n(?![!-9;-~]++[ \t]*+:|[ \t\r\n]|$)")
# What may stand before the first field without belonging to the mail: a byte-order mark, blank lines, a separator line.
_BEFORE_FIELDS = re.compile(rb"(?:\xef\xbb\xbf)?(?:(?:[ \t]*\r*\n)|(?:>*From [^\n]*\n))*")
_BLANK_LINE = re.compile(rb"\n\r*\n")


class Fields:
    """All header fields of a block, in order, with their exact raw values (bytes after the colon, folds included)."""

    __slots__ = ("_by_name", "block", "pairs")

    def __init__(self, block: bytes) -> None:
        self.block = block
        self.pairs: list[tuple[bytes, bytes]] = _FIELD.findall(b"\n" + block[fields_start(block) :])
        self._by_name: dict[bytes, list[bytes]] = {}
        for name, value in self.pairs:
            self._by_name.setdefault(name.lower(), []).append(value)

    def all(self, name: bytes) -> list[bytes]:
        """Every raw value of that (lower-case) field name, top to bottom."""
        return self._by_name.get(name, [])

    def first(self, name: bytes) -> bytes | None:
        """The topmost raw value, or None."""
        values = self._by_name.get(name)
        return values[0] if values else None

    def text(self, name: bytes, charset: str | None = None) -> str | None:
        """The topmost value, unfolded, with encoded words decoded; None when the field is absent."""
        raw = self.first(name)
        return None if raw is None else decode_words(unfold(raw), charset).text

    def names(self) -> Iterator[str]:
        """Field names as written, top to bottom."""
        return (name.decode("ascii") for name, _ in self.pairs)


def fields_start(block: bytes) -> int:
    """Offset of the first header field: past a byte-order mark, blank lines and (quoted) separator lines."""
    if block[:1].isalpha() and not block.startswith(b"From "):
        return 0
    match = _BEFORE_FIELDS.match(block)
    return match.end() if match else 0


def block_end(data: bytes) -> int:
    """Offset of the first body byte: after the first blank line that follows the first field, or the end of `data`."""
    start = fields_start(data)
    match = _BLANK_LINE.search(data, max(start - 1, 0))
    return match.end() if match else len(data)


def unfold(raw: bytes) -> bytes:
    """The value on one line: line ends of folds removed, the blanks after them kept (RFC 5322 section 2.2.3)."""
    if b"\n" in raw:
        raw = _FOLD.sub(b"", raw)
    return raw.strip(b" \t\r\n")


def oddities(block: bytes) -> tuple[str, ...]:
    """Notes on what is wrong with a header block as a whole."""
    notes = []
    start = fields_start(block)
    if start:
        notes.append("trap-6:text-before-the-headers")
    if b"\r" in block and block.count(b"\r") != block.count(b"\r\n") and _LONE_CR.search(block):
        notes.append("trap-7:bare-cr-in-headers")
    if b"\0" in block:
        notes.append("nul-in-headers")
    if _NOT_A_FIELD.search(b"\n" + block[start:]):
        notes.append("trap-6:line-without-colon")
    return tuple(notes)
