"""Records, items and runs made of rows that were loaded: what runs in any process and asks nothing of the case.

Imports no more than that needs, because every worker begins with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from plainrecord.bundle.contents import Item, MakeRuns, Many, Part
from plainrecord.records import Loaded, Record
from plainrecord.store.loading import Parties, RecordMaker, Row, Talk

if TYPE_CHECKING:
    from plainrecord.bundle.runs import Run


def every_record(rows: Iterable[tuple[Row, Loaded]], talks: Mapping[int, Talk]) -> Iterator[Record]:
    """Every record, with no view of who is who; attached messages follow their carrier."""
    maker = RecordMaker(Parties(frozenset(), frozenset()))
    for row, loaded in rows:
        conversation = talks[row.conversation].model
        record = maker.make(row, loaded, conversation)
        yield record
        yield from (carried for carried, _ in maker.children(row, loaded, conversation, record.id))


@dataclass(frozen=True, slots=True)
class Runs:
    """Makes the items of rows, and of these what `make` does, where they were loaded; travels to other processes."""

    parties: Parties
    make: MakeRuns
    view: str

    def __call__(self, rows: Iterable[tuple[Row, Loaded]], talks: Mapping[int, Talk]) -> Iterator[Run]:
        return self.of_many((), rows, talks)

    def of_many(
        self, many: Sequence[Many], rows: Iterable[tuple[Row, Loaded]], talks: Mapping[int, Talk]
    ) -> Iterator[Run]:
        """The same, with messages that were loaded in columns among them."""
        return self.make.of_loaded(rows, partial(items_of, RecordMaker(self.parties), talks), self.view, many)


def items_in_order(parties: Parties, rows: Iterable[tuple[Row, Loaded]], talks: Mapping[int, Talk]) -> Iterator[Item]:
    """The items of rows, in the order they come."""
    maker = RecordMaker(parties)
    for row, loaded in rows:
        yield from items_of(maker, talks, row, loaded)


def items_of(maker: RecordMaker, talks: Mapping[int, Talk], row: Row, loaded: Loaded) -> Iterator[Item]:
    """The item of one record, and those of the messages carried inside it."""
    talk, number = talks[row.conversation], f"M-{row.number:06d}"
    record = maker.make(row, loaded, talk.model)
    item = _item(number, row, record, loaded, talk.number)
    item.copies = json.loads(row.copies) if row.copies else ()
    yield item
    for count, (inner, child) in enumerate(maker.children(row, loaded, talk.model, record.id), start=1):
        item = _item(f"{number}-{count}", row, inner, child, talk.number)
        item.part = _part(maker.parties.author(child.envelope))
        item.matched, item.gap_before = "attached", 0
        yield item


def _item(number: str, row: Row, record: Record, loaded: Loaded, conversation: str) -> Item:
    return Item(number, record, loaded, _part(row.part), row.matched, conversation, row.gap)


def _part(whose: str) -> Part:
    return "subject" if whose == "subject" else "owner" if whose == "owner" else "context"
