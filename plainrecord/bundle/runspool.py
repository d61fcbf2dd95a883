"""Sort runs in bounded memory, and keep records in order on disk: plain values in, the same values out.

As `spool.py`, for values that may hold any byte. What is written here is read by the same process and then removed.
"""

from __future__ import annotations

import heapq
import marshal
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

RUN_BYTES = 4 << 20
RUNS_OPEN = 64

Entry = tuple[str, bytes]


class RunSpool:
    """Values in with their keys, in order of the keys out. Holds at most about `run_bytes` in memory; files live in
    `folder`, which the caller removes."""

    def __init__(self, folder: Path, name: str, run_bytes: int = RUN_BYTES) -> None:
        self._folder = folder
        self._name = name
        self._limit = run_bytes
        self._entries: list[Entry] = []
        self._size = 0
        self._files: list[tuple[Path, int]] = []
        self._written = 0

    def add(self, key: str, value: tuple[Any, ...]) -> None:
        """Keep one value, made of plain values."""
        data = marshal.dumps(value)
        self._entries.append((key, data))
        self._size += len(data)
        if self._size >= self._limit:
            self._spill()

    def values(self) -> Iterator[tuple[Any, ...]]:
        """Every value in order of its key."""
        return (marshal.loads(data) for _, data in self._sorted())  # noqa: S302 - written by this very process

    def _sorted(self) -> Iterator[Entry]:
        self._entries.sort()
        if not self._files:
            yield from self._entries
            return
        with ExitStack() as stack:
            files = [(stack.enter_context(path.open("rb")), count) for path, count in self._files]
            yield from heapq.merge(*(_stored(file, count) for file, count in files), self._entries)

    def _spill(self) -> None:
        self._entries.sort()
        self._files.append(self._write(self._entries))
        self._entries, self._size = [], 0
        if len(self._files) >= RUNS_OPEN:
            whole = self._write(self._sorted())
            for path, _ in self._files:
                path.unlink()
            self._files = [whole]

    def _write(self, entries: Iterable[Entry]) -> tuple[Path, int]:
        path, count = self._folder / f"{self._name}-{self._written:05d}", 0
        self._written += 1
        with path.open("xb") as file:
            for entry in entries:
                marshal.dump(entry, file)
                count += 1
        return path, count


class InOrder:
    """Values kept on disk in the order they came; about `run_bytes` of them are in memory."""

    def __init__(self, folder: Path, name: str, run_bytes: int = RUN_BYTES) -> None:
        self._path = folder / name
        self._limit = run_bytes
        self._waiting: list[bytes] = []
        self._size = 0
        self._count = 0

    def add(self, value: tuple[Any, ...]) -> None:
        """Keep one value, made of plain values."""
        data = marshal.dumps(value)
        self._waiting.append(data)
        self._size += len(data)
        self._count += 1
        if self._size >= self._limit:
            self._flush()

    def values(self) -> Iterator[tuple[Any, ...]]:
        """Every value, in the order they were added."""
        self._flush()
        with self._path.open("rb") as file:
            yield from _stored(file, self._count)

    def _flush(self) -> None:
        with self._path.open("ab") as file:
            file.writelines(self._waiting)
        self._waiting, self._size = [], 0


def _stored(file: BinaryIO, count: int) -> Iterator[Any]:
    # Counted, so that a file that ends too early is an error and not an end.
    for _ in range(count):
        yield marshal.load(file)  # noqa: S302 - written by this very process
