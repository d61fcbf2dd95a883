"""SHA-256 and BLAKE3 of a file, a stream or a buffer, in one pass and on two cores. Opens for reading only."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Protocol

from plainrecord.hashing.digests import Digests, DualHash
from plainrecord.hashing.ring import INLINE, Readinto, hashed_blocks

Progress = Callable[[int, int | None], None]

# Hashing alone is fastest on buffers that stay in the cache; scanning wants them larger (ring.SIZE).
BLOCK = 1 << 20


class ReadsInto(Protocol):
    """Anything that fills a buffer: an open file, standard input, a member of an archive."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...


def hash_file(path: str | os.PathLike[str], progress: Progress | None = None) -> Digests:
    """Both digests of a file on disk, read once. Raises OSError when it cannot be read.

    `progress(bytes_done, bytes_total)` is called from this thread, about once per MiB and once at the end.
    """
    with io.FileIO(Path(path), "r") as file:
        return hash_stream(file, progress, total=os.fstat(file.fileno()).st_size)


def hash_stream(stream: ReadsInto, progress: Progress | None = None, total: int | None = None) -> Digests:
    """Both digests of the rest of a stream. `total` (bytes) is only for `progress` and may be unknown."""
    return hash_reads(stream.readinto, progress, total)


def hash_reads(readinto: Readinto, progress: Progress | None = None, total: int | None = None) -> Digests:
    """Both digests of what `readinto` delivers until it returns 0."""
    digest = DualHash()
    for block in hashed_blocks(readinto, digest, head=0, size=BLOCK, expected=total):
        if progress:
            progress(block.base + block.hi - block.lo, total)
    return digest.digests()


def hash_buffer(data: bytes | bytearray | memoryview, progress: Progress | None = None) -> Digests:
    """Both digests of bytes at hand or of a memory map, without copying them.

    Only for bytes nobody else can change: for a file that might change while it is read, use `hash_file`.
    """
    view = memoryview(data).cast("B")
    digest = DualHash()
    if len(view) <= INLINE:
        digest.update(view)
    else:
        beside = Thread(target=digest.blake3.update, args=(view,), name="plainrecord-hash", daemon=True)
        beside.start()
        for start in range(0, len(view), BLOCK):
            digest.sha256.update(view[start : start + BLOCK])
            if progress:
                progress(min(start + BLOCK, len(view)), len(view))
        beside.join()
        digest.size = len(view)
    return digest.digests()
