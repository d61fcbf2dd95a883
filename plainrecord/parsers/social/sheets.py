"""Sheets: how one kind of file of a download is read, record by record, each with its exact bytes.

A sheet is told where records stand and what one of them says; `scan` and `load` then say the same of the same bytes. Three
kinds: JSON elements at pointers (`JsonSheet`), rows of a table (`TableSheet`), stretches of a text or page (`PieceSheet`).
Memory: one window and one record. Knows no service, and decides nothing about what a record means.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from plainrecord.intake.listing import Member
from plainrecord.intake.reading import Block, Stream
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.lines import LONGEST_RECORD, Encoding, decoded, encoding_of, without_end
from plainrecord.parsers.chat.pieces import Message, Problem, Shelf, envelope_of, head_of, loaded_of, span_of
from plainrecord.parsers.chat.textrows import Row, cells, table_rows
from plainrecord.parsers.jsonstream import Broken, Found, decode, place, placed, walk
from plainrecord.records import Envelope, Loaded, Position, Unread

D = TypeVar("D")
D_contra = TypeVar("D_contra", contravariant=True)

NO_LINE_END = "row:no-line-end"
# As much as may be white space behind what closes a script.
_LONGEST_CLOSING = 1024

Read = Sequence[Message] | Problem
Headings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Where(Generic[D]):
    """What a sheet knows besides the record itself: the download's scene, the file, what stands beside its records, and
    (for a `PieceSheet`) the byte at which this record starts."""

    scene: D
    member: Member
    headings: Headings = field(default_factory=dict)
    start: int = 0


class Sheet(Protocol[D_contra]):
    """How one kind of file is read."""

    def scan(self, claim: Claim, member: Member, scene: D_contra, service: str) -> Iterator[Envelope | Unread]:
        """Every record of one file, in file order."""
        ...

    def load(
        self, claim: Claim, member: Member, scene: D_contra, service: str, wanted: Sequence[Position], shelf: Shelf
    ) -> Iterator[Loaded]:
        """Those records with text and files, in file order."""
        ...


@dataclass(frozen=True, slots=True)
class JsonSheet(Generic[D]):
    """Records that are elements of a JSON file: `bytes:START-END#json:/pointer`.

    `patterns` say where they stand, as `jsonstream.walk` takes them; the pattern "" is the whole document. Where that is
    different from file to file, they are a function of the file's first bytes. `headings` are
    patterns of values beside them (never inside), by pointer in `Where.headings`; they are looked for before the first
    record and kept in the claim. `opening` gives the number of bytes before the JSON begins, from the file's first bytes
    (a script that sets a variable); `closing` is what may stand behind it all the same. `finds` gives further patterns for a
    file whose layout only its own keys tell; they are kept in the claim. `read` gets the element's pointer and value and
    never raises.
    """

    patterns: tuple[str, ...] | Callable[[bytes], tuple[str, ...]]
    read: Callable[[Where[D], str, Any], Read]
    headings: tuple[str, ...] = ()
    opening: Callable[[bytes], int] | None = None
    finds: Callable[[Claim, Member], Sequence[str]] | None = None
    closing: bytes = b""

    def scan(self, claim: Claim, member: Member, scene: D, service: str) -> Iterator[Envelope | Unread]:
        """Every element in file order."""
        skipped = self._skipped(claim, member)
        where = Where(scene, member, self._headings(claim, member, skipped))
        patterns = self._patterns(claim, member)
        with claim.open(member) as stream:
            for one in walk(_behind(stream, skipped), patterns):
                # Places count from the start of the file, whatever stands before the JSON.
                found = one._replace(start=one.start + skipped, end=one.end + skipped) if skipped else one
                if not (isinstance(found, Broken) and self._is_closing(claim, member, found)):
                    yield from self._envelopes(where, found, service)

    def load(
        self, claim: Claim, member: Member, scene: D, service: str, wanted: Sequence[Position], shelf: Shelf
    ) -> Iterator[Loaded]:
        """Those elements, each decoded from its own bytes."""
        where = Where(scene, member, self._headings(claim, member, self._skipped(claim, member)))
        patterns = self._patterns(claim, member)
        spans: dict[tuple[int, int], set[str]] = {}
        for position in wanted:
            spans.setdefault(span_of(position.locator), set()).add(position.locator)
        ordered = sorted(spans)
        for span, raw in zip(ordered, claim.slices(member, ordered), strict=True):
            element, notes = decode(raw)
            asked = spans[span]
            pointer = _element(placed(min(asked))[2], patterns)
            base = Position(member.tree_path, place(*span, pointer))
            found = self.read(where, pointer, element)
            for message in () if isinstance(found, Problem) else found:
                if base.locator + message.suffix in asked:
                    loaded = loaded_of(message, base, service, raw, shelf.files(member, message.files))
                    loaded.notes = notes
                    yield loaded

    def _envelopes(self, where: Where[D], found: Found | Broken, service: str) -> Iterator[Envelope | Unread]:
        if isinstance(found, Broken):
            yield found.unread(where.member)
            return
        yield from _told(self.read(where, found.pointer, found.value), where.member, found.locator, service)

    def _patterns(self, claim: Claim, member: Member) -> tuple[str, ...]:
        finds = self.finds
        known = self.patterns if isinstance(self.patterns, tuple) else self.patterns(head_of(claim, member))
        found = _kept(claim, member, lambda: {"patterns": list(finds(claim, member))}, "patterns") if finds else {}
        return (*known, *found.get("patterns", ()))

    def _is_closing(self, claim: Claim, member: Member, found: Broken) -> bool:
        if not self.closing or found.kind != "trailing-data" or found.end - found.start > _LONGEST_CLOSING:
            return False
        return next(claim.slices(member, [(found.start, found.end)])).strip() == self.closing

    def _skipped(self, claim: Claim, member: Member) -> int:
        return self.opening(head_of(claim, member)) if self.opening else 0

    def _headings(self, claim: Claim, member: Member, skipped: int) -> Headings:
        if not self.headings:
            return {}
        return _kept(claim, member, lambda: self._looked_for(claim, member, skipped))

    def _looked_for(self, claim: Claim, member: Member, skipped: int) -> Headings:
        return {one.pointer: one.value for one in found_in(claim, member, self.headings, skipped)}


def found_in(claim: Claim, member: Member, patterns: Sequence[str], skipped: int = 0) -> Iterator[Found]:
    """What stands at those patterns of a JSON file, `skipped` bytes before which are none; damage is passed over."""
    with claim.open(member) as stream:
        for one in walk(_behind(stream, skipped), patterns):
            if isinstance(one, Found):
                yield one


@dataclass(frozen=True, slots=True)
class TableSheet(Generic[D]):
    """Records that are rows of comma-separated text: `bytes:START-END`.

    Columns are found by the names in the header row, which is the first row for which `is_header` says so (rows before it
    are a preamble and no records); with `columns` there is no header row. `read` gets the row by column name and never
    raises. A row of more or fewer values than the header names is unread, unless `ragged` (more: kept under ""). A last row
    without a line end is noted: its last value may have been cut off.
    """

    read: Callable[[Where[D], Mapping[str, str]], Read]
    is_header: Callable[[Sequence[str]], bool] = lambda _names: True
    columns: tuple[str, ...] = ()
    ragged: bool = False

    def scan(self, claim: Claim, member: Member, scene: D, service: str) -> Iterator[Envelope | Unread]:
        """Every row in file order."""
        where, encoding = Where(scene, member), encoding_of(head_of(claim, member))
        names = list(self.columns)
        for row in table_rows(claim, member, encoding):
            if isinstance(row, Unread):
                yield row
            elif not names:
                names = self._names(row, encoding)
            elif row.raw.strip():
                yield from _told(self._read(where, names, row, encoding), member, row.locator, service)
        if not names and (member.size or 0):
            yield Unread(Position(member.tree_path, "file"), "no-header", "No row names the columns; nothing was read.")

    def load(
        self, claim: Claim, member: Member, scene: D, service: str, wanted: Sequence[Position], shelf: Shelf
    ) -> Iterator[Loaded]:
        """Those rows, each from its own bytes."""
        where, encoding = Where(scene, member), encoding_of(head_of(claim, member))
        names = list(self.columns) or self._header(claim, member, encoding)
        for base, raw, asked in _ranges(claim, member, wanted):
            found = self._read(where, names, Row(span_of(base.locator)[0], raw), encoding)
            yield from _loaded(found, base, raw, asked, service, shelf, member)

    def _header(self, claim: Claim, member: Member, encoding: Encoding) -> list[str]:
        for row in table_rows(claim, member, encoding):
            if isinstance(row, Row) and (names := self._names(row, encoding)):
                return names
        return []

    def _names(self, row: Row, encoding: Encoding) -> list[str]:
        names = [name.strip() for name in cells(without_end(decoded(row.raw, encoding)[0]).removeprefix("\ufeff"))]
        return _told_apart(names) if self.is_header(names) else []

    def _read(self, where: Where[D], names: list[str], row: Row, encoding: Encoding) -> Read:
        if not row.closed:
            return Problem("truncated", "A quoted value is still open where this row ends; nothing was taken from it.")
        text, notes = decoded(row.raw, encoding)
        values = cells(without_end(text).removeprefix("\ufeff") if row.start == 0 else without_end(text))
        if len(values) != len(names) and not self.ragged:
            return Problem("bad-row", f"The row has {len(values)} values where the header names {len(names)}.")
        named = dict(zip(names, values, strict=False))
        if len(values) > len(names):
            named[""] = ",".join(values[len(names) :])
        found = self.read(where, named)
        for message in () if isinstance(found, Problem) else found:
            message.notes += notes if row.raw.endswith(encoding.newline) else (*notes, NO_LINE_END)
        return found


def _told_apart(names: Sequence[str]) -> list[str]:
    """Column names, of which no two are the same: the value of a column named again would take the place of the first."""
    met: dict[str, int] = {}
    made = []
    for name in names:
        met[name.casefold()] = met.get(name.casefold(), 0) + 1
        made.append(name if met[name.casefold()] == 1 else f"{name} ({met[name.casefold()]})")
    return made


class Piece(NamedTuple):
    """A stretch of a file. `what` is "record"; "frame" for what is known to hold none; "unknown" for everything else."""

    start: int
    raw: bytes
    what: str = "record"


@dataclass(frozen=True, slots=True)
class PieceSheet(Generic[D]):
    """Records that are stretches of a text or of a page: `bytes:START-END`.

    `cut` gives every byte of the file in order, as pieces. `read` sees nothing but the piece's bytes and what is the same for
    the file, and never raises. `heading` reads what all records of the file need (a title, names); it is kept in the claim.
    """

    cut: Callable[[Stream], Iterator[Piece]]
    read: Callable[[Where[D], bytes], Read]
    heading: Callable[[Claim, Member], dict[str, Any]] | None = None

    def scan(self, claim: Claim, member: Member, scene: D, service: str) -> Iterator[Envelope | Unread]:
        """Every piece in file order."""
        where = Where(scene, member, self._heading(claim, member))
        with claim.open(member) as stream:
            for piece in self.cut(stream):
                locator = f"bytes:{piece.start}-{piece.start + len(piece.raw)}"
                if piece.what == "record":
                    here = replace(where, start=piece.start)
                    yield from _told(self.read(here, piece.raw), member, locator, service)
                elif piece.what != "frame":
                    detail = "This stretch belongs to no record; nothing was taken from it."
                    yield Unread(Position(member.tree_path, locator), "no-record", detail)

    def load(
        self, claim: Claim, member: Member, scene: D, service: str, wanted: Sequence[Position], shelf: Shelf
    ) -> Iterator[Loaded]:
        """Those pieces, each from its own bytes."""
        where = Where(scene, member, self._heading(claim, member))
        for base, raw, asked in _ranges(claim, member, wanted):
            here = replace(where, start=span_of(base.locator)[0])
            yield from _loaded(self.read(here, raw), base, raw, asked, service, shelf, member)

    def _heading(self, claim: Claim, member: Member) -> Headings:
        heading = self.heading
        return _kept(claim, member, lambda: heading(claim, member)) if heading else {}


def cut_at(
    stream: Stream, starts: Callable[[bytes], Iterable[int]], longest: int, ends: bytes | None = None
) -> Iterator[Piece]:
    """A page cut before each place that `starts` finds in a stretch of it: what stands before the first is its frame.

    `starts` gives ascending offsets, the same wherever the stretch begins; `longest` is the length of the longest text it
    looks at for one place. Bytes from the last `ends` on (say, `</body>`) are frame too. Pieces over `LONGEST_RECORD` bytes are cut.
    """
    rest, at, what = b"", 0, "frame"
    for block in stream.blocks(head=0, size=1 << 20):
        data = rest + block.buffer[block.lo : block.hi]
        done = 0
        sure = len(data) if block.last else len(data) - longest
        for found in starts(data):
            if found >= sure:
                break
            if found > done:
                yield Piece(at + done, data[done:found], what)
            if found >= done:
                done, what = found, "record"
        while len(data) - done > LONGEST_RECORD:
            yield Piece(at + done, data[done : done + LONGEST_RECORD], what)
            done, what = done + LONGEST_RECORD, "unknown"
        rest, at = data[done:], at + done
    end = rest.rfind(ends) if ends and what == "record" else -1
    if end > 0:
        yield Piece(at, rest[:end], what)
        yield Piece(at + end, rest[end:], "frame")
    elif rest:
        yield Piece(at, rest, what)


def _element(pointer: str, patterns: Collection[str]) -> str:
    """The pointer of the element itself, of one that may go deeper (a reaction inside a message)."""
    steps = pointer.split("/")
    for pattern in sorted(patterns, key=lambda pattern: -pattern.count("/")):
        asked = pattern.split("/")
        if len(asked) <= len(steps) and all(one in ("*", step) for one, step in zip(asked, steps, strict=False)):
            return "/".join(steps[: len(asked)])
    return pointer


def _kept(claim: Claim, member: Member, look: Callable[[], Headings], what: str = "headings") -> Headings:
    """What stands beside a file's records, looked for once and kept with the claim."""
    key = f"{what}:{member.tree_path}"
    if key not in claim.facts:
        claim.facts[key] = json.dumps(look())
    kept: Headings = json.loads(claim.facts[key])
    return kept


def _told(found: Read, member: Member, locator: str, service: str) -> Iterator[Envelope | Unread]:
    """What was read at one place, as `scan` yields it."""
    base = Position(member.tree_path, locator)
    if isinstance(found, Problem):
        yield Unread(base, found.kind, found.detail)
        return
    for message in found:
        yield envelope_of(message, base, service)


def _ranges(claim: Claim, member: Member, wanted: Collection[Position]) -> Iterator[tuple[Position, bytes, set[str]]]:
    """Each asked byte range once: its position, its bytes, and the locators asked for there."""
    spans: dict[tuple[int, int], set[str]] = {}
    for position in wanted:
        spans.setdefault(span_of(position.locator), set()).add(position.locator)
    ordered = sorted(spans)
    for span, raw in zip(ordered, claim.slices(member, ordered), strict=True):
        yield Position(member.tree_path, f"bytes:{span[0]}-{span[1]}"), raw, spans[span]


def _loaded(
    found: Read, base: Position, raw: bytes, asked: set[str], service: str, shelf: Shelf, member: Member
) -> Iterator[Loaded]:
    for message in () if isinstance(found, Problem) else found:
        if base.locator + message.suffix in asked:
            yield loaded_of(message, base, service, raw, shelf.files(member, message.files))


class _Behind:
    """A stream without its first bytes, for a walk that begins behind them."""

    def __init__(self, stream: Stream, skipped: int) -> None:
        self._stream = stream
        self._skipped = skipped

    def blocks(self, head: int = 1 << 20, size: int = 4 << 20) -> Iterator[Block]:
        """The blocks of the stream, the first of them shorter."""
        left = self._skipped
        for block in self._stream.blocks(head=head, size=size):
            cut = min(left, block.hi - block.lo)
            left -= cut
            yield replace(block, lo=block.lo + cut, base=block.base + cut) if cut else block


def _behind(stream: Stream, skipped: int) -> Stream:
    return _Behind(stream, skipped) if skipped else stream  # type: ignore[return-value]
