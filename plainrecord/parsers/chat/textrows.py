"""Tables of comma-separated text, row by row, each with its exact bytes: what the CSV exports of chat services share.

A row ends at a line end that stands outside quotes. Columns are found by the header's names, because their order and
number differ between versions. Memory: one row (at most `lines.LONGEST_RECORD` bytes).
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.lines import (
    LONGEST_RECORD,
    Encoding,
    decoded,
    encoding_of,
    lines,
    read_fault,
    without_end,
)
from plainrecord.parsers.chat.pieces import (
    Message,
    Problem,
    Shelf,
    chats_of,
    envelope_of,
    folder_claim,
    head_of,
    loaded_of,
    span_of,
)
from plainrecord.parsers.chat.textlog import first_lines
from plainrecord.records import Envelope, Loaded, Position, Unread

_CELL = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"?|([^,]*)')
_OPENS = re.compile(r'(?:\A|(?<=,))"')
_CLOSES = re.compile(r'[^"]*+(?:""[^"]*+)*+"')
# A row of more lines than this is a quote that was never closed, not a message.
_MOST_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row's bytes and where they start; `closed` is false when its quotes were still open at the end."""

    start: int
    raw: bytes
    closed: bool = True

    @property
    def locator(self) -> str:
        """Its place as `records.Position` writes it."""
        return f"bytes:{self.start}-{self.start + len(self.raw)}"


def rows(found: Iterable[tuple[int, bytes]], encoding: Encoding) -> Iterator[Row]:
    """Lines (start, bytes) joined into rows: joined, their bytes are the file."""
    parts: list[bytes] = []
    start = size = 0
    inside = False
    for at, raw in found:
        if not parts:
            start, size, inside = at, 0, False
        parts.append(raw)
        size += len(raw)
        inside = _quoted(decoded(raw, encoding)[0].removeprefix("\ufeff"), inside=inside)
        if not inside and raw.endswith(encoding.newline):
            yield Row(start, b"".join(parts))
            parts = []
        elif size > LONGEST_RECORD or len(parts) > _MOST_LINES:
            yield Row(start, b"".join(parts), closed=False)
            parts = []
    if parts:
        yield Row(start, b"".join(parts), closed=not inside)


def _quoted(text: str, *, inside: bool) -> bool:
    """Whether a line ends inside quotes. A quote opens only where a value begins: 5" is five inches."""
    at = 0
    while True:
        if inside:
            closed = _CLOSES.match(text, at)
            if not closed:
                return True
            at = closed.end()
        opened = _OPENS.search(text, at)
        if not opened:
            return False
        at, inside = opened.end(), True


def cells(text: str) -> list[str]:
    """The values of one row, quotes taken off and doubled ones made single."""
    values, at = [], 0
    while True:
        found = _CELL.match(text, at)
        assert found is not None  # the second way matches the empty text
        quoted = found[1] is not None
        values.append(found[1].replace('""', '"') if quoted else found[2])
        at = found.end()
        if quoted and at < len(text) and text[at] != ",":
            stray = text.find(",", at)
            stray = len(text) if stray < 0 else stray
            values[-1] += text[at:stray]
            at = stray
        if at >= len(text):
            return values
        at += 1


class TableReading:
    """One file being read: what is the same for its rows."""

    @abstractmethod
    def row(self, values: dict[str, str]) -> list[Message] | Problem:
        """The records of one row, by column name."""


class TableReader:
    """A parser of CSV files with a header row; all files of one folder that are its own are one claim.

    `must` are the columns without which no row can be read.
    """

    name: str
    service: str
    must: frozenset[str] = frozenset()

    @abstractmethod
    def recognises(self, columns: list[str], member: Member) -> bool:
        """Whether a header row with these columns is this format's."""

    @abstractmethod
    def reading(self, claim: Claim, member: Member) -> TableReading:
        """A reading of one file."""

    def shelf(self, listing: Listing, chats: list[Member], aside: dict[str, str]) -> list[Member]:
        """Members beside the tables that records name; what is explained without being read goes into `aside`."""
        return []

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for the recognised tables of each folder."""
        folders: dict[str, list[Member]] = {}
        for member in listing.members:
            if b"," in member.head[:1024] and self.recognises(columns_of(member.head), member):
                folders.setdefault(member.tree_path.rpartition("/")[0], []).append(member)
        for folder, chats in folders.items():
            aside: dict[str, str] = {}
            beside = self.shelf(listing, chats, aside)
            title = chats[0].name if len(chats) == 1 else folder.rpartition("/")[2] or listing.name
            claim = folder_claim(self.name, title, chats, beside, listing)
            claim.aside |= aside
            yield claim

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every row in file order."""
        for member in chats_of(claim):
            reading, encoding = self.reading(claim, member), encoding_of(head_of(claim, member))
            names: list[str] = []
            for row in table_rows(claim, member, encoding):
                if isinstance(row, Unread):
                    yield row
                elif not names:
                    names = header_of(row.raw, encoding)
                elif row.raw.strip():
                    yield from self._envelopes(reading, names, member, row, encoding)

    def _envelopes(
        self, reading: TableReading, names: list[str], member: Member, row: Row, encoding: Encoding
    ) -> Iterator[Envelope | Unread]:
        position = Position(member.tree_path, row.locator)
        found = self._read(reading, names, row, encoding)
        if isinstance(found, Problem):
            yield Unread(position, found.kind, found.detail)
            return
        for message in found:
            yield envelope_of(message, position, self.service)

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those rows with their content, each read from its own bytes."""
        shelf = Shelf(claim)
        for member in chats_of(claim):
            places = {position.locator for position in wanted if position.member == member.tree_path}
            if not places:
                continue
            head = head_of(claim, member)
            reading, encoding = self.reading(claim, member), encoding_of(head)
            names = self._names(claim, member, encoding)
            spans = sorted({span_of(place) for place in places})
            for (start, _), raw in zip(spans, claim.slices(member, spans), strict=True):
                row = Row(start, raw)
                found = self._read(reading, names, row, encoding)
                for message in () if isinstance(found, Problem) else found:
                    if row.locator + message.suffix in places:
                        base = Position(member.tree_path, row.locator)
                        yield loaded_of(message, base, self.service, raw, shelf.files(member, message.files))

    def _read(self, reading: TableReading, names: list[str], row: Row, encoding: Encoding) -> list[Message] | Problem:
        if not row.closed:
            return Problem("truncated", "A quoted value is still open where this row ends; nothing was taken from it.")
        if missing := sorted(self.must.difference(names)):
            return Problem(
                "no-column", f"The header does not name the column {missing[0]}, without which no row can be read."
            )
        text, notes = decoded(row.raw, encoding)
        values = cells(without_end(text))
        if len(values) != len(names):
            return Problem("bad-row", f"The row has {len(values)} values where the header names {len(names)}.")
        found = reading.row(dict(zip(names, values, strict=True)))
        if isinstance(found, Problem):
            return found
        for message in found:
            message.notes += notes
        return found

    def _names(self, claim: Claim, member: Member, encoding: Encoding) -> list[str]:
        first = next(table_rows(claim, member, encoding), None)
        return header_of(first.raw, encoding) if isinstance(first, Row) else []


def table_rows(claim: Claim, member: Member, encoding: Encoding) -> Iterator[Row | Unread]:
    """Every row of a member; where it cannot be read to its end, one last `Unread`."""
    at = 0
    try:
        with claim.open(member) as stream:
            for row in rows(((line.start, line.raw) for line in lines(stream, encoding)), encoding):
                yield row
                at = row.start + len(row.raw)
    except (OSError, PlainrecordError) as error:
        yield read_fault(member, at, error)


def header_of(raw: bytes, encoding: Encoding) -> list[str]:
    """The column names of a header row."""
    text = without_end(decoded(raw, encoding)[0]).removeprefix("\ufeff")
    return [name.strip() for name in cells(text)]


def columns_of(head: bytes) -> list[str]:
    """The column names of a file, from its first bytes."""
    found = first_lines(head)
    return [name.strip() for name in cells(found[0])] if found else []
