"""Items that follow each other, made one piece: what is done for each of hundreds of thousands of them elsewhere.

A run holds items whose numbers follow each other without a gap, in order of time, of one conversation and of one page of
the timeline, all dated or all undated. So nothing that arrives later belongs between them, and whoever sorts, counts or
writes them deals with the run as a whole. Pure: writes nothing, so any process can make runs.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from plainrecord.bundle.blobs import Blob, put
from plainrecord.bundle.clocktext import ClockText, clock_text
from plainrecord.bundle.contents import Chosen, Item
from plainrecord.bundle.finished import Finished, finished
from plainrecord.bundle.formcut import Items
from plainrecord.bundle.forms import Forms, forms_for
from plainrecord.bundle.page_rows import OPEN
from plainrecord.bundle.salting import SECRET, leaves_of
from plainrecord.facts import Collector
from plainrecord.records import Loaded

# A run is held in memory as a whole, several times over while it is sorted.
_RUN_BYTES = 1 << 20
# So many items are put in order before runs are made of them.
_SORTED = 1_000
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
        """Runs of these items, in the order they come."""
        return self._joined(finished(item, self.zone) for item in items)

    def of_loaded(self, rows: Iterable[tuple[Chosen, Loaded]], items: Items, view: Hashable) -> Iterator[Run]:
        """Runs of what was loaded, plain messages by the quick way (`forms.py`); see `contents.MakeRuns`."""
        return self._joined(self._finished(rows, items, forms_for(self.zone, view)))

    def _finished(self, rows: Iterable[tuple[Chosen, Loaded]], items: Items, forms: Forms) -> Iterator[Finished]:
        forms.begin()
        for row, loaded in rows:
            ready = forms.ready(row, loaded, items)
            if ready is None:
                for item in items(row, loaded):
                    yield finished(item, self.zone)
            else:
                yield ready

    def _joined(self, items: Iterable[Finished]) -> Iterator[Run]:
        maker = RunMaker(self.zone, self.rows_per_page, self.folder, self.secret)
        for item in _nearly_sorted(items):
            run = maker.take(item)
            if run is not None:
                yield run
        run = maker.rest()
        if run is not None:
            yield run


def _nearly_sorted(items: Iterable[Finished]) -> Iterator[Finished]:
    """Items sorted by their numbers as far as they stand near each other: many lists run from the newest to the oldest."""
    near: list[Finished] = []
    size = 0
    for item in items:
        near.append(item)
        size += _held(item)
        if len(near) >= _SORTED or size >= 4 * _RUN_BYTES:
            near.sort(key=attrgetter("key"))
            yield from near
            near, size = [], 0
    near.sort(key=attrgetter("key"))
    yield from near


class RunMaker:
    """Takes finished items one by one and gives a run as soon as the next item does not belong to it."""

    def __init__(self, zone: str | None, rows_per_page: int, folder: str = "", secret: bytes = bytes(SECRET)) -> None:
        self._folder = folder
        self._secret = secret
        self._rows_per_page = rows_per_page
        self._clock = clock_text(zone)
        self._items: list[Finished] = []
        self._size = 0
        self._last = 0
        self._conversation = ""
        self._dated = True
        self._last_us: int | None = None

    def take(self, item: Finished) -> Run | None:
        """Add one item; gives the run before it when it begins a new one."""
        run = self._made() if self._items and not self._follows(item) else None
        self._items.append(item)
        self._size += _held(item)
        self._last, self._conversation = item.main, item.conversation
        if not item.carried:
            self._dated, self._last_us = item.utc_us is not None, item.utc_us
        return run

    def rest(self) -> Run | None:
        """The run that is still open, if there is one."""
        return self._made() if self._items else None

    def _follows(self, item: Finished) -> bool:
        if self._size >= _RUN_BYTES or item.conversation != self._conversation:
            return False
        if item.carried:
            return item.main == self._last and item.key > self._items[-1].key
        if item.main != self._last + 1 or (item.main - 1) % self._rows_per_page == 0:
            return False
        if item.utc_us is None or self._last_us is None:
            return item.utc_us is None and not self._dated
        return item.utc_us >= self._last_us

    def _made(self) -> Run:
        items, self._items, self._size = self._items, [], 0
        return _run(items, self._clock, self._folder, self._secret)


def _run(items: list[Finished], clock: ClockText, folder: str, secret: bytes) -> Run:
    own = [item for item in items if not item.carried]
    first, last = items[0], items[-1]
    talks = [item.talk for item in items]
    lines, csv = b"".join([item.line for item in items]), b"".join([item.csv for item in items])
    placed = put(folder, (lines, csv, _open_once([item.row for item in items]), _open_once(talks)))
    return Run(
        first.key,
        last.key,
        first.main,
        last.main,
        first.carried,
        first.conversation,
        first.conversation_key,
        bool(own) and own[0].utc_us is not None,
        own[0].utc_us if own else None,
        own[-1].utc_us if own else None,
        (own[0].instant, own[-1].instant) if own else (None, None),
        (own[0].shown, own[-1].shown) if own else ("", ""),
        sum([item.gap_before for item in items]),
        len(own),
        placed[0],
        placed[1],
        placed[2],
        placed[3],
        array("I", [0 if item.carried else item.main for item in items]).tobytes(),
        array("I", [item.talk_chars for item in items]).tobytes(),
        array("I", map(len, talks)).tobytes(),
        leaves_of(secret, [(item.number, item.line) for item in items]),
        tuple(_months(own, clock)),
        dict(Counter([(item.part, item.kind, item.source, item.service) for item in own])),
        len(items) - len(own),
        sum([item.characters for item in items]),
        sum([item.media_missing for item in items]),
        tuple([_native(item, folder) for item in items if item.native is not None]),
        tuple([file for item in items if item.media for file in _media(item, folder)]),
        _events(items),
    )


def _events(items: list[Finished]) -> tuple[Any, ...]:
    collector = Collector()
    collector.extend([item.event for item in items if item.event is not None])
    return tuple(collector.part())


def _open_once(drawn: list[bytes]) -> bytes:
    """All of them joined. Each has exactly one address left open; in evidence `shown.visible` writes every NUL out."""
    joined = b"".join(drawn)
    if joined.count(_OPEN) != len(drawn):
        raise ValueError("a control character was drawn without being made visible")
    return joined


def _months(own: list[Finished], clock: ClockText) -> Iterator[tuple[str, int, str]]:
    """Each month in order, with its items and the number of the first."""
    names = ((clock.month(item.instant) if item.instant is not None else "Undated", item.number) for item in own)
    for name, group in groupby(names, key=itemgetter(0)):
        numbers = [number for _, number in group]
        yield name, len(numbers), numbers[0]


def _held(item: Finished) -> int:
    """About how much memory its bytes take."""
    size = len(item.line) + len(item.raw)
    for _, blob in item.media:
        size += len(blob)
    return size


def _native(item: Finished, folder: str) -> Native:
    return item.number, item.native or "", put(folder, (item.raw,))[0], item.raw_sha256, item.original


def _media(item: Finished, folder: str) -> list[tuple[str, Blob]]:
    paths, blobs = zip(*item.media, strict=True)
    return list(zip(paths, put(folder, blobs), strict=True))
