"""The SHA-256 of many ranges of one file in one pass forward, however they overlap.

Holds one piece of the file and one running digest for each range that is open there, never a range as a whole: what
is in an archive can only be read forward, and the ranges come from a bundle that may say anything.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from plainrecord.bundle.bagreader import CHUNK
from plainrecord.hashing import Digests
from plainrecord.intake import Member, open_member, read_slices

Range = tuple[int, int | None]
_EMPTY = hashlib.sha256(b"").hexdigest()


def slice_digests(member: Member, ranges: Iterable[Range]) -> Iterator[tuple[Range, str]]:
    """Each range, once, with the SHA-256 of its bytes, as soon as its last byte was read; "" if it ends before it starts.

    A range is half-open; its end None means: to the end of the member. Raises as `read_slices` and `open_member` do;
    every range that ends before the fault was given out by then.
    """
    wanted = set(ranges)
    bounded = sorted((start, end) for start, end in wanted if end is not None)
    for start, end in bounded:
        if start >= end:
            yield (start, end), _EMPTY if start == end else ""
    sweep = _Sweep(pair for pair in bounded if pair[0] < pair[1])
    if bounded:
        for data in read_slices(member, sweep.pieces()):
            yield from sweep.take(data)
    if (0, None) in wanted:
        yield (0, None), _whole(member)


class _Sweep:
    """Cuts overlapping ranges into pieces that follow each other, and gives each piece to all ranges it lies in.

    `take` must be called with the bytes of a piece before the next one is asked for.
    """

    def __init__(self, ranges: Iterable[tuple[int, int]]) -> None:
        self._waiting = deque(ranges)
        self._open: list[tuple[int, int, hashlib._Hash]] = []
        self._stop = 0

    def pieces(self) -> Iterator[tuple[int, int]]:
        """Ascending, at most `CHUNK` long, ending wherever a range begins or ends."""
        while self._waiting or self._open:
            at = self._stop if self._open else self._waiting[0][0]
            while self._waiting and self._waiting[0][0] == at:
                start, end = self._waiting.popleft()
                heappush(self._open, (end, start, hashlib.sha256()))
            next_start = self._waiting[0][0] if self._waiting else self._open[0][0]
            self._stop = min(at + CHUNK, self._open[0][0], next_start)
            yield at, self._stop

    def take(self, data: bytes) -> Iterator[tuple[Range, str]]:
        """Hash one piece; gives the ranges that end with it."""
        for _, _, digest in self._open:
            digest.update(data)
        while self._open and self._open[0][0] == self._stop:
            end, start, digest = heappop(self._open)
            yield (start, end), digest.hexdigest()


def _whole(member: Member) -> str:
    found: list[Digests] = []
    with open_member(member, found.append) as stream:
        while stream.read(CHUNK):
            pass
    return found[0].sha256
