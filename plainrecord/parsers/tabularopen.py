"""Open a table, text or workbook: its first rows for judging it, all its rows for reading it, some rows again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.intake.reading import Stream, open_member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.lines import Encoding, lines, read_fault, span, wanted_bytes
from plainrecord.parsers.mapping import TableShape
from plainrecord.parsers.tabularcsv import Dialect, dialect_of, head_rows, lines_of, rows
from plainrecord.parsers.tabularrows import WORKBOOK, Row, RowFault
from plainrecord.parsers.tabularxlsx import LARGEST_BOOK, Book, BookError, open_book
from plainrecord.records import Position, Unread

_FIRST_ROWS = 60


@dataclass(frozen=True, slots=True)
class Layout:
    """What was found out about a table, kept in the claim so that every later reading is the same.

    `sheet` is None for text. `since_1904` counts only in workbooks. `says` are sentences for the decisions.
    """

    sheet: str | None = None
    since_1904: bool = False
    delimiter: str = ""
    charset: str = "utf-8"
    mark: int = 0
    unit: int = 1
    instructed: bool = False
    says: tuple[str, ...] = ()

    @property
    def dialect(self) -> Dialect:
        """The dialect of a text table."""
        encoding = Encoding(self.charset, self.mark, "\n".encode(self.charset), self.unit)
        return Dialect(encoding, self.delimiter, self.instructed)

    def as_text(self) -> str:
        """For `Claim.facts`."""
        found = {name: getattr(self, name) for name in self.__slots__ if name != "says"}
        return json.dumps(found, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Layout:
        """What `as_text` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Peek:
    """A table's layout and its first rows."""

    layout: Layout
    rows: tuple[Row, ...]


def is_workbook(member: Member) -> bool:
    """Whether a member is a workbook that can be opened."""
    return member.media_type == WORKBOOK


def peek(member: Member, shape: TableShape | None = None) -> Peek | None:
    """Layout and first rows of a table; None for what is no table. Text from the member's head, a workbook by opening it."""
    shape = shape or TableShape()
    if is_workbook(member):
        return _peek_book(member, shape)
    if not member.media_type.startswith("text/") or not member.head:
        return None
    dialect = dialect_of(member.head, shape.delimiter or None, shape.encoding or None)
    if dialect is None:
        return None
    whole = member.size is not None and member.size <= len(member.head)
    found = tuple(row for row in head_rows(member.head, dialect, whole=whole)[:_FIRST_ROWS] if isinstance(row, Row))
    encoding = dialect.encoding
    says = (f"encoding {encoding.name} ({encoding.basis}), columns divided by {_shown(dialect.delimiter)}",)
    layout = Layout(
        None, False, dialect.delimiter, encoding.name, encoding.mark, encoding.unit, dialect.instructed, says
    )
    return Peek(layout, found) if found else None


def _shown(delimiter: str) -> str:
    return {"\t": "tab"}.get(delimiter, f"“{delimiter}”")


def _peek_book(member: Member, shape: TableShape) -> Peek | None:
    try:
        with open_member(member) as stream:
            book = open_book(_all_of(stream))
        sheet = book.sheet(shape.sheet or None)
        if sheet is None:
            return None
        found = []
        for row in book.rows(sheet):
            if isinstance(row, Row):
                found.append(row)
            if len(found) >= _FIRST_ROWS:
                break
    except (OSError, PlainrecordError):
        return None
    system = "1904" if book.since_1904 else "1900"
    says = (f"sheet “{sheet.name}”, serial dates of the {system} system", *book.peculiarities(sheet))
    return Peek(Layout(sheet.name, book.since_1904, says=says), tuple(found)) if found else None


def _all_of(stream: Stream) -> bytes:
    data = stream.read(LARGEST_BOOK + 1)
    if len(data) > LARGEST_BOOK:
        raise BookError(f"The workbook is larger than {LARGEST_BOOK >> 20} MiB, more than can be opened at once.")
    return data


def table_rows(claim: Claim, layout: Layout) -> Iterator[Row | RowFault | Unread]:
    """Every row of the claim's first member in order, its digests taken on the way; a read fault is the last thing said."""
    member = claim.members[0]
    at = 0
    try:
        with claim.open(member) as stream:
            if layout.sheet is not None:
                yield from _book_rows(open_book(_all_of(stream)), layout)
                return
            for row in rows(lines(stream, layout.dialect.encoding), layout.dialect):
                at = span(row.locator)[1]
                yield row
    except BookError as error:
        yield Unread(Position(member.tree_path, "file"), "workbook-damaged", f"{error} Nothing was read from it.")
    except (OSError, PlainrecordError) as error:
        yield read_fault(member, at, error)


def _book_rows(book: Book, layout: Layout) -> Iterator[Row | RowFault]:
    sheet = book.sheet(layout.sheet)
    if sheet is not None:
        yield from book.rows(sheet)


def rows_at(claim: Claim, layout: Layout, wanted: Collection[Position]) -> Iterator[tuple[Position, Row]]:
    """The rows at those places again, in source order."""
    member = claim.members[0]
    if layout.sheet is not None:
        places = {position.locator: position for position in wanted}
        for row in table_rows(claim, layout):
            if isinstance(row, Row) and row.locator in places:
                yield places[row.locator], row
        return
    for position, raw in wanted_bytes(claim, member, wanted):
        again = lines_of(raw, layout.dialect.encoding, span(position.locator)[0])
        found = next(rows(again, layout.dialect), None)
        if isinstance(found, Row):
            yield position, found
