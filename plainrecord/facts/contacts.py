"""The contacts of one side with the other, in order, in the form the counting works on: parallel columns, sorted once.

`of` picks them: what the subject sent to the owner, or the other way round. Undated ones are kept apart and counted.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress

from plainrecord.facts.clock import Clock
from plainrecord.facts.events import Shape
from plainrecord.facts.fact import Items
from plainrecord.facts.table import Table
from plainrecord.times import format_utc


@dataclass
class Contacts:
    """Dated contact events of one side, ascending by instant and item. `times`, `numbers` and `ids` (places in `shapes`) belong
    together by index; `undated` is how many had no usable time, `copies` how many are the same record again, `unsaid` how many
    of this side's records name nobody they were for."""

    times: array[int]
    numbers: array[int]
    ids: array[int]
    table: Table
    clock: Clock
    undated: int = 0
    copies: int = 0
    unsaid: int = 0
    _labelled: dict[Callable[[Shape], str], list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, clock: Clock, *, by_subject: bool = True) -> Contacts:
        """What the subject's accounts sent to the owner's, or (`by_subject` false) the owner's to the subject's."""
        chosen = [one.is_contact and (one.to_owner if by_subject else one.to_subject) for one in table.shapes]
        unsaid = [by_subject and one.is_contact and one.unsaid for one in table.shapes]
        dated = table.dated(chosen)
        undated = table.number(chosen) - len(dated.times)
        return cls(*dated, table, clock, undated, table.copied(chosen), table.number(unsaid))

    def __len__(self) -> int:
        return len(self.times)

    @property
    def shapes(self) -> list[Shape]:
        """What events share, by id."""
        return self.table.shapes

    @cached_property
    def hours(self) -> list[tuple[int, int, int]]:
        """(hour of the clock since its epoch, start, end) of each stretch of contacts within one hour, in order of time."""
        return list(self.clock.hours(self.times))

    @cached_property
    def by_day(self) -> dict[int, int]:
        """How many contacts there are on each local date (days since the epoch) that has any."""
        found: dict[int, int] = {}
        for hour, start, end in self.hours:
            found[hour // 24] = found.get(hour // 24, 0) + end - start
        return found

    @cached_property
    def items(self) -> Items:
        """All items."""
        return Items(self.numbers)

    @cached_property
    def _counts(self) -> Counter[int]:
        return Counter(self.ids)

    @cached_property
    def firsts(self) -> dict[int, int]:
        """For each shape the index of its first contact, in order of time."""
        found: dict[int, int] = {}
        for index, one in enumerate(self.ids):
            if one not in found:
                found[one] = index
        return found

    @cached_property
    def lasts(self) -> dict[int, int]:
        """For each shape the index of its last contact."""
        # The later of two with one key stays.
        return dict(zip(self.ids, range(len(self.ids)), strict=True))

    @property
    def left_out(self) -> dict[str, int]:
        """What no figure over time can use."""
        return {
            "without a usable time": self.undated,
            "copies of a record that is counted": self.copies,
            "to whom is not stated (most groups)": self.unsaid,
        }

    def first_of(self, label: Callable[[Shape], str]) -> dict[str, int]:
        """The index of the first contact of each label, in order of time."""
        found: dict[str, int] = {}
        for one, index in self.firsts.items():
            found.setdefault(label(self.shapes[one]), index)
        return found

    def last_of(self, label: Callable[[Shape], str]) -> dict[str, int]:
        """The index of the last contact of each label."""
        found: dict[str, int] = {}
        for one, index in self.lasts.items():
            name = label(self.shapes[one])
            found[name] = max(index, found.get(name, 0))
        return found

    def counted(self, label: Callable[[Shape], str], start: int = 0, end: int | None = None) -> Counter[str]:
        """How many contacts of each label there are from `start` up to `end` (indices)."""
        return Counter(self._labels(label)[start:end])

    def several(self, label: Callable[[Shape], str], start: int = 0, end: int | None = None) -> set[str]:
        """The labels that these contacts have."""
        return set(self._labels(label)[start:end])

    def _labels(self, label: Callable[[Shape], str]) -> list[str]:
        """The label of each contact, made once for a function."""
        found = self._labelled.get(label)
        if found is None:
            of_shape = [label(one) for one in self.shapes]
            found = self._labelled[label] = list(map(of_shape.__getitem__, self.ids))
        return found

    def stretches(self, name: Callable[[int], int]) -> Iterator[tuple[int, int, int]]:
        """(name of it, start, end) of each stretch of contacts on days of one name, such as a week; names ascend."""
        begun: list[tuple[int, int]] = []
        for hour, start, _ in self.hours:
            now = name(hour // 24)
            # A clock that was put back at midnight does not begin the day before again.
            if not begun or now > begun[-1][0]:
                begun.append((now, start))
        ends = [*(start for _, start in begun[1:]), len(self)]
        yield from ((now, start, end) for (now, start), end in zip(begun, ends, strict=False))

    def picked(self, flag: Callable[[Shape], bool]) -> list[int]:
        """The indices of the contacts whose shape is so."""
        flags = [flag(one) for one in self.shapes]
        return list(compress(range(len(self)), map(flags.__getitem__, self.ids)))

    def number(self, flag: Callable[[Shape], bool]) -> int:
        """How many these are."""
        return sum(self._counts[at] for at, one in enumerate(self.shapes) if flag(one))

    def utc(self, index: int) -> str:
        """The instant of one event, as text."""
        return format_utc(self.times[index])
