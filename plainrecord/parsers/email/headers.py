"""The header fields of one mail, from its exact bytes.

Only LF and CRLF end a line (a bare CR never does, so nothing can be smuggled in behind one); lines that are no field are
passed over, not taken for the end. Raw values are kept as found: unfolding and decoding are separate steps.
"""

from __future__ import annotations

import re

from plainrecord.parsers.email.words import decode_words

# Matched against a block with a line end in front. One match is one field: a name, optional blanks (RFC 5322 section 4.5
# allows them before the colon), the value with its folds. A line that is no field matches without a name, so that finding
# one costs nothing extra.
FIELD = re.compile(rb"\n(?:([!-9;-~]++)[ \t]*+:)?([^\n]*+(?:\n[ \t][^\n]*+)*+)")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_LONE_CR = re.compile(rb"\r(?![\r\n])")
# What may stand before the first field without belonging to it: a byte-order mark, blank lines, a separator line, blanks.
_BEFORE_FIELDS = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:(?:[ \t]*\r*\n)|(?:>*From (?![ \t]*:)[^\n]*\n))*(?:[ \t]+(?=[!-9;-~]{1,200}[ \t]*:))?"
)
_BLANK_LINE = re.compile(rb"\n\r*\n")


# Fields an envelope is made from. Only these are indexed, because a scan reads the header block of every mail there is.
WANTED = frozenset(
    b"from sender reply-to return-path resent-from resent-sender resent-to x-original-from x-google-original-from "
    b"x-original-sender delivered-to x-original-to envelope-to to cc bcc date received message-id in-reply-to references "
    b"x-gm-thrid thread-index subject content-type auto-submitted precedence list-id list-post mailing-list "
    b"x-mailing-list x-unsent".split()
)
# More header than this is no mail any program would send; what lies behind is kept in the original, not read.
MAX_HEADER = 1 << 20
_BLANK = frozenset((b"", b"\r"))
_SPELLINGS: dict[bytes, bytes | None] = {}
_MAX_SPELLINGS = 4_096


class Fields:
    """All header fields of a block, in order, with their exact raw values (bytes after the colon, folds included).

    `wanted` are the raw values of the fields an envelope needs, by lower-case name; `start` is where the fields begin and
    `odd` whether a line among them is none.
    """

    __slots__ = ("_named", "_rows", "block", "odd", "start", "wanted")

    def __init__(self, block: bytes) -> None:
        self.block = block
        self.start = fields_start(block)
        # Every field starts after a line end, the first one too.
        self._rows: list[tuple[bytes, bytes]] = FIELD.findall(b"\n" + (block[self.start :] if self.start else block))
        self.wanted: dict[bytes, list[bytes]] = {}
        self._named: dict[bytes, list[bytes]] | None = None
        self.odd = False
        wanted, spellings = self.wanted, _SPELLINGS
        for name, value in self._rows:
            # The cache of spellings saves a lower() for each of some twenty fields of each mail.
            key = spellings[name] if name in spellings else _spelling(name)
            if key is None:
                if not name and value not in _BLANK:
                    self.odd = self.odd or bool(value.strip(b" \t\r\n"))
            elif key in wanted:
                wanted[key].append(value)
            else:
                wanted[key] = [value]

    @property
    def pairs(self) -> list[tuple[bytes, bytes]]:
        """(name as written, exact raw value) of every field, top to bottom."""
        return [(name, value) for name, value in self._rows if name]

    def all(self, name: bytes) -> list[bytes]:
        """Every raw value of that (lower-case) field name, top to bottom."""
        if name in WANTED:
            return self.wanted.get(name, [])
        if self._named is None:
            # Only who loads a mail asks for others, and then for a dozen of them.
            self._named = {}
            for found, value in self._rows:
                self._named.setdefault(found.lower(), []).append(value)
        return self._named.get(name, [])

    def first(self, name: bytes) -> bytes | None:
        """The topmost raw value, or None."""
        values = self.all(name)
        return values[0] if values else None

    def text(self, name: bytes, charset: str | None = None) -> str | None:
        """The topmost value, unfolded, with encoded words decoded; None when the field is absent."""
        raw = self.first(name)
        return None if raw is None else decode_words(unfold(raw), charset).text


def _spelling(name: bytes) -> bytes | None:
    lower = name.lower()
    key = lower if lower in WANTED else None
    if len(_SPELLINGS) < _MAX_SPELLINGS:
        _SPELLINGS[name] = key
    return key


def fields_start(block: bytes) -> int:
    """Offset of the first header field: past a byte-order mark, blank lines, (quoted) separator lines and blanks."""
    if block[:1].isalpha() and not block.startswith(b"From "):
        return 0
    match = _BEFORE_FIELDS.match(block)
    return match.end() if match else 0


def block_end(data: bytes) -> int:
    """Offset of the first body byte: after the first blank line that follows the first field, or the end of `data`."""
    start = fields_start(data)
    match = _BLANK_LINE.search(data, max(start - 1, 0))
    return match.end() if match else len(data)


def starts_with_field(block: bytes) -> bool:
    """Whether the very first line is a header field."""
    match = FIELD.match(b"\n" + block[:1_000])
    return match is not None and match.group(1) is not None


def unfold(raw: bytes) -> bytes:
    """The value on one line: line ends of folds removed, the blanks after them kept (RFC 5322 section 2.2.3)."""
    if b"\n" in raw:
        raw = _FOLD.sub(b"", raw)
    return raw.strip(b" \t\r\n")


def oddities(fields: Fields) -> tuple[str, ...]:
    """Notes on what is wrong with a header block as a whole (`trap-6:…`, `trap-7:…`, `nul-in-headers`)."""
    block, start = fields.block, fields.start
    notes = []
    if start:
        notes.append("trap-6:text-before-the-headers")
    if b"\r" in block and block.count(b"\r") != block.count(b"\r\n") and _LONE_CR.search(block):
        notes.append("trap-7:bare-cr-in-headers")
    if b"\0" in block:
        notes.append("nul-in-headers")
    if fields.odd:
        notes.append("trap-6:line-without-colon")
    return tuple(notes)
