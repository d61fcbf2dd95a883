"""The schedules: what was left out, what could not be read, and which conversations are in. Written as they stream by.

Each is a CSV for spreadsheets. Totals and the first rows are kept for the pages; everything else stays on disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from plainrecord.bundle.bag import Bag, HashedFile
from plainrecord.bundle.clocktext import clock_text
from plainrecord.bundle.contents import ConversationView, NotIncluded, UnreadRow
from plainrecord.bundle.shown import utc_text
from plainrecord.bundle.timeline import BOM, CsvRows, quoted_cell

NOT_INCLUDED = "schedules/not_included.csv"
UNREAD = "schedules/unread.csv"
CONVERSATIONS = "schedules/conversations.csv"
# A page shows so many rows of a schedule and names the file that has them all.
ROWS_SHOWN = 500
_AT_ONCE = 1_000

NOT_INCLUDED_COLUMNS = (
    "source", "conversation", "counterparty", "service", "records", "first utc", "last utc", "reason", "examined",
    "kept in", "container sha256",
)  # fmt: skip
UNREAD_COLUMNS = ("source", "original", "member", "position", "kind", "detail")
CONVERSATION_COLUMNS = (
    "conversation", "id", "service", "title", "participants", "included", "left out", "first utc", "last utc", "joined by",
)  # fmt: skip


@dataclass(slots=True)
class Schedules:
    """Totals of the schedules and the rows a page shows. `by_reason` counts records by (source, reason)."""

    not_included: int = 0
    unread: int = 0
    conversations: int = 0
    in_conversations: int = 0
    left_out_of_conversations: int = 0
    by_reason: Counter[tuple[str, str]] = field(default_factory=Counter)
    unread_by_kind: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows_not_included: int = 0
    shown_not_included: list[NotIncluded] = field(default_factory=list)
    shown_unread: list[UnreadRow] = field(default_factory=list)
    shown_conversations: list[ConversationView] = field(default_factory=list)


def write_schedules(
    bag: Bag,
    not_included: Iterable[NotIncluded],
    unread: Iterable[UnreadRow],
    conversations: Iterable[ConversationView],
) -> Schedules:
    """Write the three schedules into the bag; returns their totals."""
    totals = Schedules()
    with bag.new(NOT_INCLUDED) as file:
        file.text(BOM + CsvRows().row(NOT_INCLUDED_COLUMNS))
        lines = _not_included_lines(not_included, totals)
        while some := "".join(islice(lines, _AT_ONCE)):
            file.text(some)
    _write(bag, UNREAD, UNREAD_COLUMNS, _unread_rows(unread, totals))
    _write(bag, CONVERSATIONS, CONVERSATION_COLUMNS, _conversation_rows(conversations, totals))
    return totals


def _write(bag: Bag, path: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    csv = CsvRows()
    with bag.new(path) as file:
        file.text(BOM + csv.row(columns))
        _write_rows(file, csv, rows)


def _write_rows(file: HashedFile, csv: CsvRows, rows: Iterable[tuple[str, ...]]) -> None:
    for row in rows:
        file.text(csv.row(row))


def _not_included_lines(rows: Iterable[NotIncluded], totals: Schedules) -> Iterator[str]:
    # A big mailbox has a row for each of its conversations. Digests, identifiers, counts and times need no quoting.
    clock = clock_text(None)
    for row in rows:
        totals.not_included += row.count
        totals.rows_not_included += 1
        totals.by_reason[row.source, row.reason] += row.count
        if len(totals.shown_not_included) < ROWS_SHOWN:
            totals.shown_not_included.append(row)
        first, last = row.first_utc_us, row.last_utc_us
        begins = "" if first is None else clock.utc(first)
        ends = begins if last == first else "" if last is None else clock.utc(last)
        yield (
            f"{_text(row.source)},{row.conversation},{_text(row.counterparty)},{_text(row.service)},{row.count},"
            f"{begins},{ends},{_text(row.reason)},{_text(row.examined)},{_text(row.kept_in)},{row.container_sha256}\r\n"
        )


_text = lru_cache(maxsize=8_192)(quoted_cell)


def _unread_rows(rows: Iterable[UnreadRow], totals: Schedules) -> Iterator[tuple[str, ...]]:
    for row in rows:
        totals.unread += 1
        totals.unread_by_kind[row.source, row.unread.kind] += 1
        if len(totals.shown_unread) < ROWS_SHOWN:
            totals.shown_unread.append(row)
        position = row.unread.position
        yield (row.source, row.original, position.member, position.locator, row.unread.kind, row.unread.detail)


def _conversation_rows(rows: Iterable[ConversationView], totals: Schedules) -> Iterator[tuple[str, ...]]:
    for row in rows:
        totals.conversations += 1
        totals.in_conversations += row.included
        totals.left_out_of_conversations += row.left_out
        if len(totals.shown_conversations) < ROWS_SHOWN:
            totals.shown_conversations.append(row)
        yield (
            row.number,
            row.id,
            row.service,
            row.title or "",
            "; ".join(f"{one.name} <{one.value}>" if one.name else one.value for one in row.participants),
            str(row.included),
            str(row.left_out),
            utc_text(row.first_utc_us),
            utc_text(row.last_utc_us),
            row.rule,
        )
