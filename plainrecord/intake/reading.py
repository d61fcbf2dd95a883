"""Open a member read-only and stream it, hashed on the way: the bytes a parser sees are the bytes that were hashed.

Contract used by every parser. Never writes, never unpacks to disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from plainrecord.intake.listing import Digests, Member


@dataclass(slots=True)
class Block:
    """A window of a stream for scanning kernels.

    `buffer[lo:hi]` is new data; `base` is the stream offset of `buffer[lo]`. The `lo` bytes before it are free for the
    kernel's carry: it may write the tail of the previous window into `buffer[lo-k:lo]`. Valid until the next block is asked for.
    """

    buffer: bytearray
    lo: int
    hi: int
    base: int
    last: bool


class Stream(Protocol):
    """Forward-only, hashed reading. Closing before the end leaves no digests."""

    def read(self, n: int = -1) -> bytes: ...
    def blocks(self, head: int = 1 << 20, size: int = 4 << 20) -> Iterator[Block]: ...
    def close(self) -> None: ...
    def __enter__(self) -> Stream: ...
    def __exit__(self, *exc: object) -> None: ...


def open_member(member: Member, on_complete: Callable[[Digests], None] | None = None) -> Stream:
    """Open for streaming. Raises OSError/IntegrityError with a plain sentence when the original cannot be read."""
    raise NotImplementedError


def read_slices(member: Member, ranges: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    """Exact bytes of ascending, non-overlapping half-open ranges; a range past the end raises IntegrityError."""
    raise NotImplementedError
