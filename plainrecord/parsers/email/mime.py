"""The parts of one mail as byte ranges of the mail itself.

Nothing is re-serialised: every part knows where its headers, its body and its end stand in the bytes as stored, so that an
inner mail can be cut out exactly. Damage (no boundary, a wrong one, no closing line, text before or after the parts) is
noted and read through. A message/rfc822 part is a leaf here: what is inside belongs to its own author.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from plainrecord.parsers.email.headers import FIELD, MAX_HEADER, Fields, block_end, starts_with_field
from plainrecord.parsers.email.params import Valued, parse_valued

MAX_PARTS = 1_000
MAX_DEPTH = 30
MAX_STRAY_TEXT = 10_000
MESSAGE_TYPES = frozenset(("message/rfc822", "message/global", "message/news"))
_BLANKS_ONLY = re.compile(rb"\n[ \t]+\r?\n(?=.)", re.DOTALL)
# A line that parts a body, whatever the header says: dashes, a name, and a field of a part right behind it.
_DELIMITER = re.compile(rb"(?:\A|\n)--([^\r\n]{1,200}?)[ \t]*\r?\nContent-[A-Za-z-]{1,40}[ \t]*:", re.IGNORECASE)
_DELIMITER_WITHIN = 65_536
_PLAIN_PREAMBLES = (b"this is a multi-part message", b"this is a multipart message", b"this is an openpgp/mime")


@dataclass(slots=True)
class Part:
    """One MIME part. `path` counts from 1 as IMAP does ("1", "2.1"; "" for a multipart root). Offsets are into the mail's bytes:
    headers from `start`, body from `body` to `end` (without the line end that belongs to the boundary)."""

    path: str
    start: int
    body: int
    end: int
    fields: Fields
    kind: Valued
    disposition: Valued
    parent: str = ""
    children: list[Part] = field(default_factory=list)

    @property
    def type(self) -> str:
        """The media type as claimed, lower case."""
        return self.kind.value

    def filename(self) -> str | None:
        """The file name a mail program would show, raw otherwise (never a path to use)."""
        return self.disposition.text("filename") or self.kind.text("name")


@dataclass(slots=True)
class Structure:
    """All parts of one mail. `stray` is text that stands before, between or after the parts, bounded; `notes` the damage."""

    root: Part
    stray: list[tuple[str, bytes]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    count: int = 0

    def note(self, code: str) -> None:
        if code not in self.notes:
            self.notes.append(code)


def read_structure(raw: bytes) -> Structure:
    """Take a mail apart. Never raises; at most MAX_PARTS parts, MAX_DEPTH multiparts deep."""
    root = _part(raw, 0, len(raw), "", "text/plain")
    structure = Structure(root)
    _descend(raw, root, structure, 0, "")
    if not root.children:
        root.path = "1"
    return structure


def _part(raw: bytes, start: int, end: int, path: str, default: str, parent: str = "") -> Part:
    block = raw[start:end]
    body = start + block_end(block)
    fields = Fields(raw[start : min(body, start + MAX_HEADER)])
    if path and block[:2].lstrip(b"\r").startswith(b"\n"):
        # A part may begin with its blank line: then it has no headers at all.
        body, fields = start + block.index(b"\n") + 1, Fields(b"")
    elif not fields.pairs or (path and not starts_with_field(block)):
        body, fields = start, Fields(b"")
    elif fields.odd and (text := _text_among(raw[start:body], fields, ended=body < end, whole=not path)):
        body, fields = start + text, Fields(raw[start : start + text])
    kind = parse_valued(fields.first(b"content-type") or b"")
    if "/" not in kind.value:
        kind = Valued(default, kind.raw, kind.extended, kind.notes)
    return Part(path, start, body, end, fields, kind, parse_valued(fields.first(b"content-disposition") or b""), parent)


def _boundary(kind: Valued) -> bytes:
    return (kind.raw.get("boundary") or kind.extended.get("boundary", "").encode()).rstrip()


def _text_among(block: bytes, fields: Fields, *, ended: bool, whole: bool) -> int:
    """Where text begins in a header block that no empty line parts from it (trap 6), 0 when it does not.

    Behind a line of blanks it does, unless a field follows, and at the first boundary. Of a block without any end (not
    `ended`), the first line that is no field is text; of a `whole` mail only one of several words, because the last line
    may have been cut.
    """
    at = fields.start
    boundary = _boundary(parse_valued(fields.first(b"content-type") or b""))
    if boundary and (delimiter := block.find(b"\n--" + boundary, at)) >= 0:
        return delimiter + 1
    for blank in _BLANKS_ONLY.finditer(block, at):
        following = FIELD.match(b"\n" + block[blank.end() : blank.end() + 300])
        if following and not following[1] and block[blank.end()] not in b" \t\r\n":
            return blank.end()
    if ended:
        return 0
    for line in FIELD.finditer(b"\n" + block[at:]):
        if not line[1] and (text := line[2].strip()) and (not whole or b" " in text):
            return at + line.start()
    return 0


def _descend(raw: bytes, part: Part, structure: Structure, depth: int, prefix: str) -> None:
    if not part.type.startswith("multipart/"):
        return
    boundary = _boundary(part.kind)
    if depth >= MAX_DEPTH:
        structure.note("mime:too-deep")
        return
    pieces, closed = _pieces(raw, part, boundary, structure) if boundary else ([], False)
    if not pieces:
        structure.note(f"trap-13:{'boundary-never-used' if boundary else 'multipart-without-boundary'}")
        if closed:
            _without_delimiter(raw, part, boundary)
            return
        pieces, closed = _pieces_by_other(raw, part, structure)
    if not pieces:
        return
    if not closed:
        structure.note("trap-13:no-closing-boundary")
    default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
    for number, (start, end) in enumerate(pieces, start=1):
        if structure.count >= MAX_PARTS:
            structure.note("mime:too-many-parts")
            break
        structure.count += 1
        path = f"{prefix}{number}"
        child = _part(raw, start, end, path, default, part.type)
        part.children.append(child)
        _descend(raw, child, structure, depth + 1, f"{path}.")


def _pieces(raw: bytes, part: Part, boundary: bytes, structure: Structure) -> tuple[list[tuple[int, int]], bool]:
    """Byte ranges between the delimiter lines of a multipart, and whether its closing line was there."""
    mark = b"--" + boundary
    pieces: list[tuple[int, int]] = []
    opened: int | None = None
    at = part.body
    while (found := _next_mark(raw, mark, at, part.body, part.end)) >= 0:
        line_end = raw.find(b"\n", found, part.end)
        after = part.end if line_end < 0 else line_end + 1
        tail = raw[found + len(mark) : min(after, found + len(mark) + 200)].strip()
        at = after
        if tail not in (b"", b"--", b"-"):
            continue  # a longer boundary that starts with this one
        if opened is None and not pieces:
            _stray(structure, "preamble", raw[part.body : found])
        elif opened is not None:
            pieces.append((opened, max(opened, _before_line_end(raw, found))))
        opened = None if tail else after
        if tail:
            if tail == b"-":
                structure.note("trap-13:damaged-closing-boundary")
            more = _next_opening(raw, mark, after, part)
            _stray(structure, "epilogue", raw[after : part.end if more < 0 else more])
            if more < 0:
                return pieces, True
            # Where a multipart inside has the boundary of the one round it, its end is not the end of both.
            structure.note("trap-13:parts-behind-the-closing-boundary")
            at = more
        if len(pieces) > MAX_PARTS:
            break
    if opened is not None:
        pieces.append((opened, part.end))
    return pieces, False


def _pieces_by_other(raw: bytes, part: Part, structure: Structure) -> tuple[list[tuple[int, int]], bool]:
    """As `_pieces`, by the boundary that is used where it is not the one that was stated."""
    body = raw[part.body : min(part.end, part.body + _DELIMITER_WITHIN)]
    found = _DELIMITER.search(body)
    if found is None:
        return [], False
    # What stands at the very beginning needs no other line to bear it out.
    if body[: found.start()].strip() and raw.count(b"\n--" + found[1], max(part.body - 1, 0), part.end) < 2:
        return [], False
    structure.note("trap-13:boundary-inferred")
    return _pieces(raw, part, found[1], structure)


def _without_delimiter(raw: bytes, part: Part, boundary: bytes) -> None:
    # Where a multipart is nothing but its own closing line, that line is no text.
    if raw[part.body : part.end].strip() == b"--" + boundary + b"--":
        part.end = part.body


def _next_mark(raw: bytes, mark: bytes, at: int, first: int, end: int) -> int:
    """Offset of the next delimiter at a line start, or -1."""
    if at == first and raw.startswith(mark, at, end):
        return at
    found = raw.find(b"\n" + mark, max(at - 1, 0), end)
    return found + 1 if found >= 0 else -1


def _next_opening(raw: bytes, mark: bytes, at: int, part: Part) -> int:
    """Offset of the next delimiter that opens a part, or -1."""
    while (found := _next_mark(raw, mark, at, part.body, part.end)) >= 0:
        line_end = raw.find(b"\n", found, part.end)
        after = part.end if line_end < 0 else line_end + 1
        if not raw[found + len(mark) : after].strip() and raw[after : part.end].strip():
            return found
        at = after
    return -1


def _before_line_end(raw: bytes, at: int) -> int:
    if raw[at - 1 : at] == b"\n":
        at -= 1
        if raw[at - 1 : at] == b"\r":
            at -= 1
    return at


def _stray(structure: Structure, where: str, data: bytes) -> None:
    text = data.strip()
    if not text or (where == "preamble" and text.lower().startswith(_PLAIN_PREAMBLES) and len(text) < 300):
        return
    structure.note(f"mime:text-in-{where}")
    structure.stray.append((where, text[:MAX_STRAY_TEXT]))
