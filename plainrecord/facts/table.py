"""The events of a record as columns: sorted once, eight bytes here and four there, so that a million fit in little memory.

Says which events are copies of others. Counts nothing.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import compress
from operator import add, eq, le, ne
from typing import Any, NamedTuple

from plainrecord.facts.events import Event, Shape
from plainrecord.facts.quick import Row, reader

# No instant: earlier than any year that can be written.
NEVER = -(1 << 63)
_SAYS = 16
_NOTHING = bytes(_SAYS)


class Part(NamedTuple):
    """A stretch of a table as plain values, for travelling between processes: shapes as tuples, columns as bytes."""

    shapes: tuple[tuple[Any, ...], ...]
    numbers: bytes
    times: bytes
    ids: bytes
    says: bytes
    targets: dict[int, int]
    written: dict[int, int]


class Collector:
    """Takes events in any order, and gives what came so far as a `Part`."""

    def __init__(self) -> None:
        self._ids: dict[Shape, int] = {}
        self._by_object: dict[int, tuple[int, Shape]] = {}
        self._numbers, self._times, self._shapes, self._says = array("Q"), array("q"), array("I"), bytearray()
        self._targets: dict[int, int] = {}
        self._written: dict[int, int] = {}

    def extend(self, rows: Iterable[Row]) -> None:
        """Keep these; an `Event` is such a row."""
        by_object, says_all = self._by_object, self._says
        numbers, times, shapes = self._numbers.append, self._times.append, self._shapes.append
        for number, utc_us, shape, says, target_us, written_us in rows:
            known = by_object.get(id(shape))
            if known is None:
                # Told apart by identity, which is safe because the shape is kept alive here.
                known = by_object[id(shape)] = (self._ids.setdefault(shape, len(self._ids)), shape)
            numbers(number)
            times(NEVER if utc_us is None else utc_us)
            shapes(known[0])
            says_all += says or _NOTHING
            if target_us is not None:
                self._targets[number] = target_us
            if written_us is not None:
                self._written[number] = written_us

    def part(self) -> Part:
        """What was kept."""
        columns = (self._numbers.tobytes(), self._times.tobytes(), self._shapes.tobytes(), bytes(self._says))
        return Part(tuple(map(tuple, self._ids)), *columns, self._targets, self._written)


def part_of(blocks: Iterable[bytes]) -> Part:
    """The events of `messages.jsonl` in blocks of one or many whole lines; raises as `events_of`. For other processes."""
    collector, rows = Collector(), reader().rows
    for block in blocks:
        collector.extend(rows(block))
    return collector.part()


@dataclass(slots=True)
class _Columns:
    numbers: array[int] = field(default_factory=lambda: array("Q"))
    times: array[int] = field(default_factory=lambda: array("q"))
    ids: array[int] = field(default_factory=lambda: array("I"))
    says: bytearray = field(default_factory=bytearray)


class Dated(NamedTuple):
    """Columns of events in order of time, of equal times in the order of their numbers; they belong together by index."""

    times: array[int]
    numbers: array[int]
    ids: array[int]


class Table:
    """All events, in the order of their numbers. `numbers`, `times` (`NEVER` for none) and `ids` (places in `shapes`) belong
    together by index; `targets` and `written` are by number."""

    def __init__(self) -> None:
        self.shapes: list[Shape] = []
        self.targets: dict[int, int] = {}
        self.written: dict[int, int] = {}
        self._known: dict[tuple[Any, ...], int] = {}
        self._columns = _Columns()

    @classmethod
    def of(cls, events: Iterable[Event]) -> Table:
        """A table of events as they come."""
        collector, table = Collector(), cls()
        collector.extend(events)
        table.add(collector.part())
        return table

    @classmethod
    def joined(cls, parts: Iterable[Part]) -> Table:
        """One table of many stretches."""
        table = cls()
        for part in parts:
            table.add(part)
        return table

    def add(self, part: Part) -> None:
        """Take in a stretch. Not after the table was first asked for anything."""
        places = [self._known.setdefault(shape, len(self._known)) for shape in part.shapes]
        self.shapes += [
            Shape(*shape) for place, shape in zip(places, part.shapes, strict=True) if place >= len(self.shapes)
        ]
        columns = self._columns
        columns.numbers.frombytes(part.numbers)
        columns.times.frombytes(part.times)
        ids = array("I")
        ids.frombytes(part.ids)
        columns.ids.extend(map(places.__getitem__, ids))
        columns.says += part.says
        self.targets |= part.targets
        self.written |= part.written

    def __len__(self) -> int:
        return len(self._columns.numbers)

    @cached_property
    def _sorted(self) -> _Columns:
        """The columns in the order of the numbers; as they are where they came so."""
        found = self._columns
        numbers = found.numbers
        if all(map(int.__lt__, numbers, memoryview(numbers)[1:])):
            return found
        order = sorted(range(len(numbers)), key=numbers.__getitem__)
        says = bytearray().join([found.says[_SAYS * at : _SAYS * (at + 1)] for at in order])
        columns = [array(one.typecode, map(one.__getitem__, order)) for one in (numbers, found.times, found.ids)]
        return _Columns(columns[0], columns[1], columns[2], says)

    @property
    def numbers(self) -> array[int]:
        """The item numbers, ascending."""
        return self._sorted.numbers

    @property
    def times(self) -> array[int]:
        """The instants, `NEVER` for none."""
        return self._sorted.times

    @property
    def ids(self) -> array[int]:
        """For each event the place of its shape in `shapes`."""
        return self._sorted.ids

    @cached_property
    def by_time(self) -> array[int]:
        """The places of all dated events in order of time, of equal times in the order of their numbers."""
        times = self.times
        # In a bundle what is undated comes last, and the rest in order of time.
        first = len(times) - times.count(NEVER)
        moments = times[:first]
        if NEVER not in moments and all(map(le, moments, memoryview(moments)[1:])):
            return array("I", range(first))
        dated = compress(range(len(times)), map(NEVER.__ne__, times))
        return array("I", sorted(dated, key=times.__getitem__))

    @cached_property
    def copies(self) -> bytearray:
        """For each event 1 where it is a copy: the same record in a second export, or a mail that is stored twice.

        A copy has the same channel, kind, sender, direction, instant and words, and both are in groups or neither is. Inside
        one export two such messages are two messages (somebody sent them twice); only a mail that bears its own name is the
        same mail there too. Undated ones are never copies.
        """
        found = bytearray(len(self))
        words = bytes(self._sorted.says)
        for places in self._alike():
            says = [words[_SAYS * at : _SAYS * (at + 1)] for at in places]
            if len(set(says)) < len(says):
                self._mark_copies(places, says, found)
        return found

    def _alike(self) -> Iterable[list[int]]:
        """The places of events that share all but their words, in lists of two and more."""
        like = _numbered([(*one[:3], *one[5:8], one.named, one.to_others) for one in self.shapes])
        ids, moments = self._in_time(self.ids), self._in_time(self.times)
        # Most stand alone in their microsecond, or are of a kind that comes from one export only.
        same = int.from_bytes(bytes(map(eq, moments, moments[1:])), "little")
        may_be = int.from_bytes(bytes(map(self._from_several(like).__getitem__, ids)), "little")
        looked_at = ((same | same << 8) & may_be).to_bytes(len(ids), "little")
        places = list(compress(self.by_time, looked_at))
        kinds = map(like.__getitem__, compress(ids, looked_at))
        known: dict[int, int] = {}
        keys = map(add, map(len(like).__mul__, compress(moments, looked_at)), kinds)
        firsts = list(map(known.setdefault, keys, places))
        found: dict[int, list[int]] = {}
        for first, place in compress(zip(firsts, places, strict=True), map(ne, firsts, places)):
            found.setdefault(first, [first]).append(place)
        return found.values()

    def _from_several(self, like: list[int]) -> list[bool]:
        """Of each shape, whether there can be a copy among those that are like it."""
        sources: dict[int, set[str]] = {}
        for kind, one in zip(like, self.shapes, strict=True):
            sources.setdefault(kind, set()).add(one.source)
        return [one.named or len(sources[kind]) > 1 for kind, one in zip(like, self.shapes, strict=True)]

    def _mark_copies(self, places: list[int], says: list[bytes], found: bytearray) -> None:
        seen: dict[bytes, dict[str, int]] = {}
        for at, words in zip(places, says, strict=True):
            one = self.shapes[self.ids[at]]
            by_source = seen.setdefault(words, {})
            here = by_source.get(one.source, 0)
            found[at] = max(by_source.values(), default=0) > here or (one.named and bool(by_source))
            by_source[one.source] = here + 1

    def _says(self, at: int) -> bytes:
        return bytes(self._sorted.says[_SAYS * at : _SAYS * (at + 1)])

    def _in_time(self, column: array[int]) -> array[int]:
        """A column in the order of `by_time`."""
        if self._timely:
            return column[: len(self.by_time)]
        return array(column.typecode, map(column.__getitem__, self.by_time))

    @cached_property
    def _timely(self) -> bool:
        """Whether the order of time is that of the numbers, as it is in a bundle."""
        return self.by_time == array("I", range(len(self.by_time)))

    @cached_property
    def _live(self) -> array[int]:
        """`ids`, with one more than there are shapes for each copy."""
        live, none = self.ids[:], len(self.shapes)
        for at in compress(range(len(self)), self.copies):
            live[at] = none
        return live

    @cached_property
    def _live_in_time(self) -> array[int]:
        return self._in_time(self._live)

    @cached_property
    def _counts(self) -> Counter[int]:
        return Counter(self._live)

    @cached_property
    def _copied(self) -> Counter[int]:
        return Counter(compress(self.ids, self.copies))

    def kept(self, flags: Sequence[bool]) -> list[int]:
        """The places of all events that are no copies and whose shape has its flag set, in the order of their numbers."""
        if not self.number(flags):
            return []
        return list(compress(range(len(self)), map([*flags, False].__getitem__, self._live)))

    def number(self, flags: Sequence[bool]) -> int:
        """How many these are."""
        return sum(self._counts[at] for at, flag in enumerate(flags) if flag)

    def dated(self, flags: Sequence[bool]) -> Dated:
        """The dated ones of them, in order of time."""
        chosen = bytes(map([*flags, False].__getitem__, self._live_in_time))
        columns = (self._in_time(one) for one in (self.times, self.numbers, self.ids))
        return Dated(*(array(one.typecode, compress(one, chosen)) for one in columns))

    def copied(self, flags: Sequence[bool]) -> int:
        """How many events are copies and have the flag of their shape set."""
        return sum(self._copied[at] for at, flag in enumerate(flags) if flag)

    def place_of(self, number: int) -> int | None:
        """The place of an item; None where there is none of that number."""
        at = bisect_left(self.numbers, number)
        return at if at < len(self) and self.numbers[at] == number else None

    def check(self, at: int) -> str:
        """A few letters that tell an event from another that came to bear its number."""
        return check_of(self.times[at], self._says(at))

    def moment(self, at: int) -> int | None:
        """The instant of one event; None for none."""
        found = self.times[at]
        return None if found == NEVER else found


def check_of(utc_us: int | None, says: bytes) -> str:
    """See `Table.check`; of an event that is in no table."""
    return sha256(f"{NEVER if utc_us is None else utc_us} ".encode() + (says or _NOTHING)).hexdigest()[:10]


def _numbered(keys: Sequence[object]) -> list[int]:
    """Equal numbers for equal keys."""
    known: dict[object, int] = {}
    return [known.setdefault(key, len(known)) for key in keys]
