"""Runs put in the order of their numbers: what is due goes through at once, what is early waits."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from pathlib import Path

from plainrecord.bundle.blobs import size
from plainrecord.bundle.runs import Run
from plainrecord.bundle.runspool import RunSpool

# So much may wait in memory for a run that comes a little later.
WAITING = 4 << 20


class Sequence:
    """Takes runs in any order; gives each out when all before it were given, at the latest in `rest`.

    `in_order` promises that a message carried inside an item comes right behind it. Without it nothing goes through early.
    `folder` is removed by the caller.
    """

    def __init__(self, folder: Path, *, in_order: bool) -> None:
        self._late = RunSpool(folder, "runs")
        self._in_order = in_order
        self._next = 1
        self._waiting: list[tuple[str, int, Run]] = []
        self._taken = 0
        self._size = 0

    def take(self, run: Run) -> Iterator[Run]:
        """Add one run; gives what is due now."""
        if self._in_order and self._due(run):
            self._next = run.last + 1
            yield run
            yield from self._due_now()
            return
        self._taken += 1
        heappush(self._waiting, (run.key, self._taken, run))
        self._size += _size(run)
        if self._size > WAITING:
            self._put_down()

    def rest(self) -> Iterator[Run]:
        """Everything that still waits, in order."""
        self._put_down()
        return (Run(*value) for value in self._late.values())

    def _due(self, run: Run) -> bool:
        return run.first == self._next - run.carried_first

    def _due_now(self) -> Iterator[Run]:
        while self._waiting and self._due(self._waiting[0][2]):
            run = heappop(self._waiting)[2]
            self._size -= _size(run)
            self._next = run.last + 1
            yield run

    def _put_down(self) -> None:
        for key, _, run in self._waiting:
            self._late.add(key, tuple(run))
        self._waiting, self._size = [], 0


def _size(run: Run) -> int:
    return 1_000 + size(run.lines) + size(run.csv) + size(run.rows) + size(run.talks) + 12 * len(run.mains)
