"""Sort any number of lines in bounded memory: sorted runs on disk, merged as they are read.

Lines are compared as bytes, so whoever adds them puts a fixed-width key first. Knows nothing about what a line means.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

# Several spools fill up at once, and a list of short bytes objects takes about twice its bytes.
RUN_BYTES = 4 << 20
# So many runs are merged into one before more are made: each is an open file while it is read.
RUNS_OPEN = 64


class Spool:
    """Lines in, sorted lines out. Holds at most `run_bytes` of lines in memory; runs live in `folder`, which the caller removes."""

    def __init__(self, folder: Path, name: str, run_bytes: int = RUN_BYTES) -> None:
        self._folder = folder
        self._name = name
        self._limit = run_bytes
        self._lines: list[bytes] = []
        self._size = 0
        self._runs: list[Path] = []
        self._written = 0
        self.count = 0

    def add(self, line: bytes) -> None:
        """Add one line without its line feed; it must not contain one."""
        self._lines.append(line + b"\n")
        self._size += len(line)
        self.count += 1
        if self._size >= self._limit:
            self._spill()

    def lines(self) -> Iterator[bytes]:
        """Every line in byte order, with its line feed. May be read again; adding afterwards is allowed."""
        self._lines.sort()
        if not self._runs:
            yield from self._lines
            return
        with ExitStack() as stack:
            runs: list[BinaryIO] = [stack.enter_context(run.open("rb")) for run in self._runs]
            yield from heapq.merge(*runs, self._lines)

    def _spill(self) -> None:
        self._lines.sort()
        self._runs.append(self._write(self._lines))
        self._lines = []
        self._size = 0
        if len(self._runs) >= RUNS_OPEN:
            whole = self._write(self.lines())
            for run in self._runs:
                run.unlink()
            self._runs = [whole]

    def _write(self, lines: Iterable[bytes]) -> Path:
        run = self._folder / f"{self._name}-{self._written:05d}"
        self._written += 1
        with run.open("xb") as file:
            file.writelines(lines)
        return run
