"""Files made safe against a power cut (fsync): started early, while there is still something to compute, and all at the end.

Starting early is never the proof: `flush_tree` looks at every file once more. But an error that is met early is told only
there, by the system too, so it is kept and raised at the end.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

# Disks commit waiting fsyncs together: eight at a time took a fifth of the time of one after another.
_SYNC_THREADS = 8
_SYNC_BATCH = 512
# Below this the end is early enough.
_LARGE = 256 << 10
_PIECE = 32 << 20
_EARLY = 2


class EarlyFlush:
    """Begins to flush large files while they are written. At most a few at a time: what it does not come to waits for the end."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_EARLY, "plainrecord-early")
        self._begun: deque[Future[None]] = deque()

    def due(self, unflushed: int, *, closing: bool) -> bool:
        """Whether a file with so many bytes since it was last begun is worth a turn."""
        return unflushed >= (_LARGE if closing else _PIECE)

    def begin(self, file: BinaryIO) -> None:
        """Flush what was written to the file so far, in the background."""
        while self._begun and self._begun[0].done():
            self._begun.popleft().result()
        # Windows does not remove a folder in which a file is open, as it would be when a build is given up.
        if len(self._begun) < 2 * _EARLY and os.name != "nt":
            file.flush()
            self._begun.append(self._pool.submit(_flush_copy, os.dup(file.fileno())))

    def end(self) -> None:
        """Wait for what was begun. Raises the OSError that one of them met."""
        self._pool.shutdown(wait=True)
        while self._begun:
            self._begun.popleft().result()


def _flush_copy(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_tree(root: Path) -> None:
    """Make every file and folder below `root` safe against a power cut (fsync)."""
    with ThreadPoolExecutor(_SYNC_THREADS, "plainrecord-fsync") as pool:
        for folder, _, names in os.walk(root):
            # In batches: a queue of every file of a large bag would be held in memory at once.
            for first in range(0, len(names), _SYNC_BATCH):
                for _ in pool.map(flush_file, [Path(folder) / name for name in names[first : first + _SYNC_BATCH]]):
                    pass
            flush_folder(Path(folder))


def flush_file(path: Path) -> None:
    """Flush one file to disk."""
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_folder(path: Path) -> None:
    """Flush a folder's own entries to disk; systems that cannot do that (Windows) order them by themselves."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
