"""Items that follow each other, made one piece: what is done for each of hundreds of thousands of them elsewhere.

A run holds items whose numbers follow each other without a gap, in order of time, of one conversation and of one page of
the timeline, all dated or all undated. So nothing that arrives later belongs between them, and whoever sorts, counts or
writes them deals with the run as a whole. Pure: writes nothing, so any process can make runs.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from plainrecord.bundle.batch import Batch, RawNative
from plainrecord.bundle.blobs import Blob, put
from plainrecord.bundle.clocktext import ClockText, clock_text
from plainrecord.bundle.contents import Chosen, Item, Many
from plainrecord.bundle.finished import Finished
from plainrecord.bundle.formcut import Items
from plainrecord.bundle.forms import forms_for
from plainrecord.bundle.gathering import Gathering
from plainrecord.bundle.page_rows import OPEN
from plainrecord.bundle.salting import SECRET, leaves_of
from plainrecord.facts import Collector
from plainrecord.records import Loaded

# A run is held in memory as a whole, several times over while it is sorted. Larger ones would be made in memory that is
# new to the process each time, which takes as long as filling it.
_RUN_BYTES = 256 << 10
_OPEN = OPEN.encode()

# A native form to be written: number, path, bytes, the digest recorded for them or None, and the original's name.
Native = tuple[str, str, Blob, str | None, str]


class Run(NamedTuple):
    """Finished items in the order of their numbers; `key` sorts runs as their items do.

    `first` and `last` are numbers of the timeline, `carried_first` says that the run begins with a message carried inside
    number `first`. `lines`, `csv`, `rows` and `talks` are what is written of them; in `rows` and `talks` each item has one
    address left open (a NUL). `mains` has for each item its number in the timeline, 0 for a carried one, `chars` and
    `octets` the length of its message in `talks`, `leaves` its leaf in the Merkle tree. `counts` are of (part, kind, source,
    service). Instants are exact in `first_us` and `last_us`, as precise as they are written in `span`; `months` are (name, items,
    first number), `events` a `facts.Part` as plain values.
    """

    key: str
    last_key: str
    first: int
    last: int
    carried_first: bool
    conversation: str
    conversation_key: str
    dated: bool
    first_us: int | None
    last_us: int | None
    span: tuple[int | None, int | None]
    shown: tuple[str, str]
    gaps: int
    items: int
    lines: Blob
    csv: Blob
    rows: Blob
    talks: Blob
    mains: bytes
    chars: bytes
    octets: bytes
    leaves: bytes
    months: tuple[tuple[str, int, str], ...]
    counts: dict[tuple[str, str, str, str], int]
    carried: int
    characters: int
    media_missing: int
    natives: tuple[Native, ...]
    media: tuple[tuple[str, Blob], ...]
    events: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class MakeRuns:
    """Makes runs of items; times are shown in `zone` (IANA; UTC for None). Travels to other processes, which
    leave what is large in `folder`. The salts follow from `secret`."""

    zone: str | None
    rows_per_page: int
    folder: str
    secret: bytes = bytes(SECRET)

    def __call__(self, items: Iterable[Item]) -> Iterator[Run]:
        """Runs of these items, in the order they come, as far as they do not stand near each other."""
        gathering = Gathering(self.zone)
        for item in items:
            gathering.add(item)
            if gathering.full:
                yield from self._runs(gathering.batch())
        yield from self._runs(gathering.batch())

    def of_loaded(
        self, rows: Iterable[tuple[Chosen, Loaded]], items: Items, view: Hashable, many: Sequence[Many] = ()
    ) -> Iterator[Run]:
        """Runs of what was loaded, plain messages by the quick way (`forms.py`); see `contents.MakeRuns`."""
        gathering, forms = Gathering(self.zone), forms_for(self.zone, view)
        forms.begin()
        for some in many:
            gathering.take_many(some, forms, items)
        for row, loaded in rows:
            gathering.take(row, loaded, forms, items)
            # Many lists run from the newest to the oldest: what stands near each other is put in order together.
            if gathering.full:
                yield from self._runs(gathering.batch())
        yield from self._runs(gathering.batch())

    def _runs(self, batch: Batch) -> Iterator[Run]:
        batch.sort()
        clock = clock_text(self.zone)
        for start, end in stretches(batch, self.rows_per_page):
            yield run_of(batch.part(start, end), clock, self.folder, self.secret)


def stretches(batch: Batch, rows_per_page: int) -> Iterator[tuple[int, int]]:
    """Where each run of a sorted batch begins and ends."""
    start, size = 0, 0
    previous: _Place | None = None
    columns = (batch.keys, batch.mains, batch.exact, batch.likes, batch.lines)
    for at, (key, main, exact, like, line) in enumerate(zip(*columns, strict=True)):
        here = (key, main, exact, like)
        if previous is not None:
            if size >= _RUN_BYTES or not _follows(here, previous, rows_per_page):
                yield start, at
                start, size = at, 0
            if like.carried:  # its time does not count
                here = (key, main, previous[2], like)
        size += len(line)
        previous = here
    if len(batch):
        yield start, len(batch)


# Key, number in the timeline, exact instant and what is shared with others.
_Place = tuple[str, int, int | None, Finished]


def _follows(here: _Place, previous: _Place, rows_per_page: int) -> bool:
    """Whether an item belongs to the run of the one before it."""
    (key, main, exact, like), (last_key, last, last_us, before) = here, previous
    if like is not before and like.conversation != before.conversation:
        return False
    if like.carried:
        return main == last and key > last_key
    if main != last + 1 or last % rows_per_page == 0:
        return False
    if exact is None or last_us is None:
        return exact is last_us
    return exact >= last_us


def run_of(items: Batch, clock: ClockText, folder: str, secret: bytes) -> Run:
    """A run of a stretch of items."""
    likes, mains, first = items.likes, items.mains, items.likes[0]
    shared = _shared(likes)
    carried = sum([count for like, count in shared if like.carried])
    own = [at for at, like in enumerate(likes) if not like.carried] if carried else range(len(likes))
    joined = [b"".join(column) for column in (items.lines, items.csv)]
    placed = put(folder, (*joined, _open_once(items.rows), _open_once(items.talks)))
    return Run(
        items.keys[0],
        items.keys[-1],
        mains[0],
        mains[-1],
        first.carried,
        first.conversation,
        first.conversation_key,
        bool(own) and items.exact[own[0]] is not None,
        items.exact[own[0]] if own else None,
        items.exact[own[-1]] if own else None,
        (items.instants[own[0]], items.instants[own[-1]]) if own else (None, None),
        (items.shown[own[0]], items.shown[own[-1]]) if own else ("", ""),
        sum([like.gap_before * count for like, count in shared]),
        len(own),
        placed[0],
        placed[1],
        placed[2],
        placed[3],
        array(
            "I", [0 if like.carried else main for main, like in zip(mains, likes, strict=True)] if carried else mains
        ).tobytes(),
        array("I", items.chars).tobytes(),
        array("I", map(len, items.talks)).tobytes(),
        leaves_of(secret, items.numbers, items.lines),
        tuple(_months(items, own, clock)),
        _counts(shared),
        carried,
        sum(items.characters),
        sum([like.media_missing * count for like, count in shared]),
        tuple([_native(native, folder) for native in items.natives if native is not None]),
        tuple([file for like, _ in shared if like.media for file in _media(like, folder)]),
        _events(items),
    )


def _shared(likes: list[Finished]) -> list[tuple[Finished, int]]:
    """Each once, in the order they are met, and how many items share it."""
    objects = dict(zip(map(id, likes), likes, strict=True))
    return [(objects[one], count) for one, count in Counter(map(id, likes)).items()]


def _counts(shared: list[tuple[Finished, int]]) -> dict[tuple[str, str, str, str], int]:
    """How many there are of each part, kind, source and service, without what is carried inside another."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for like, count in shared:
        if not like.carried:
            counts[like.part, like.kind, like.source, like.service] += count
    return dict(counts)


def _events(items: Batch) -> tuple[Any, ...]:
    collector = Collector()
    collector.extend([event for event in items.events if event is not None])
    return tuple(collector.part())


def _open_once(drawn: list[bytes]) -> bytes:
    """All of them joined. Each has exactly one address left open; in evidence `shown.visible` writes every NUL out."""
    joined = b"".join(drawn)
    if joined.count(_OPEN) != len(drawn):
        raise ValueError("a control character was drawn without being made visible")
    return joined


def _months(items: Batch, own: Sequence[int], clock: ClockText) -> Iterator[tuple[str, int, str]]:
    """Each month in order, with its items and the number of the first."""
    numbers, instants = items.numbers, [items.instants[at] for at in own]
    dated = [instant for instant in instants if instant is not None]
    names = clock.months(dated) if dated else ["Undated"] * len(own)  # a run is dated as a whole, or not at all
    at = 0
    for name, group in groupby(names):
        count = len(list(group))
        yield name, count, numbers[own[at]].decode()
        at += count


def _native(native: RawNative, folder: str) -> Native:
    number, path, raw, digest, original = native
    return number, path, put(folder, (raw,))[0], digest, original


def _media(item: Finished, folder: str) -> list[tuple[str, Blob]]:
    paths, blobs = zip(*item.media, strict=True)
    return list(zip(paths, put(folder, blobs), strict=True))
