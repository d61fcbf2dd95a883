"""Finished items in columns: some hundreds of them put in order, and said of each what a run needs.

An item that went the careful way is one entry of each column; messages of one form are added a column at a time, because
for hundreds of thousands of them an object each takes longer than what is written of them. Pure: writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from operator import itemgetter
from typing import Any

from plainrecord.bundle.finished import Finished

# Number, path, bytes, the digest recorded for them or None, and the original's name.
RawNative = tuple[str, str, bytes, str | None, str]
# An item as facts count it, as the fields of a `facts.Event`.
PlainEvent = tuple[Any, ...]


@dataclass(slots=True)
class Batch:
    """Columns of one length, one entry for each item; see `Finished` for what they hold.

    `likes` are what an item shares with others of its form (their conversation, what they are counted as, how many of their
    files are missing); one that went the careful way is its own. `events` and `natives` are None for an item without.
    """

    keys: list[str] = field(default_factory=list)
    numbers: list[bytes] = field(default_factory=list)
    mains: list[int] = field(default_factory=list)
    exact: list[int | None] = field(default_factory=list)
    instants: list[int | None] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    csv: list[bytes] = field(default_factory=list)
    rows: list[bytes] = field(default_factory=list)
    talks: list[bytes] = field(default_factory=list)
    chars: list[int] = field(default_factory=list)
    characters: list[int] = field(default_factory=list)
    likes: list[Finished] = field(default_factory=list)
    events: list[PlainEvent | None] = field(default_factory=list)
    natives: list[RawNative | None] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.keys)

    def add(self, item: Finished) -> None:
        """Take in one item that went the careful way."""
        native = None
        if item.native is not None:
            native = (item.number, item.native, item.raw, item.raw_sha256, item.original)
        self.extend((
            (item.key,), (item.number.encode(),), (item.main,), (item.utc_us,), (item.instant,), (item.shown,),
            (item.line,), (item.csv,), (item.row,), (item.talk,), (item.talk_chars,), (item.characters,), (item,),
            (item.event,), (native,),
        ))  # fmt: skip

    def extend(self, columns: Iterable[Sequence[Any]]) -> None:
        """Take in a column for each field, in their order."""
        for column, more in zip(self._columns(), columns, strict=True):
            column.extend(more)

    def join(self, other: Batch) -> None:
        """Take in all of another."""
        self.extend(other._columns())

    def sort(self) -> None:
        """Put the items in the order of their numbers."""
        keys = self.keys
        order = sorted(range(len(keys)), key=keys.__getitem__)
        if len(order) > 1 and order != list(range(len(order))):
            pick = itemgetter(*order)
            for column in self._columns():
                column[:] = pick(column)

    def part(self, start: int, end: int) -> Batch:
        """The items from `start` to before `end`."""
        return Batch(*[column[start:end] for column in self._columns()])

    def items(self) -> Iterator[tuple[Any, ...]]:
        """One row after the other."""
        return zip(*self._columns(), strict=True)

    def _columns(self) -> list[list[Any]]:
        return [getattr(self, name) for name in _NAMES]


_NAMES = tuple(one.name for one in fields(Batch))
