"""The ring: read once, hash and scan the same bytes, on two cores.

The caller's thread reads into a small ring of reused buffers; one thread per digest follows; the caller scans the very
buffer that is being hashed, so "what was parsed is what was hashed" holds by construction (a memory map cannot promise
that: its pages may change between two looks). `hashlib`, `blake3` and `readinto` give up the interpreter lock, so the
second digest hides behind the first. Memory is `BUFFERS` × (head + size), whatever the length of the stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Lock, Thread

from plainrecord.hashing.digests import DualHash, Hash

HEAD = 1 << 20
SIZE = 4 << 20
BUFFERS = 4
# Below this, starting two threads costs more than it saves (about 0.1 ms against 0.9 ms of hashing per MiB).
INLINE = 1 << 20
# Room for a kernel's carry before the only block of a short stream; a full head would have to be zeroed for each.
SHORT_HEAD = 4096

Readinto = Callable[[memoryview], int | None]


@dataclass(slots=True)
class Block:
    """A window of a stream for scanning kernels.

    `buffer[lo:hi]` is new data, to be read only; `base` is the stream offset of `buffer[lo]`. The `lo` bytes before it
    are free for the kernel's carry: it may write the tail of the previous window into `buffer[lo-k:lo]`. Every block
    but the last is full. Valid until the next block is asked for.
    """

    buffer: bytearray
    lo: int
    hi: int
    base: int
    last: bool


@dataclass(slots=True, eq=False)
class _Slot:
    buffer: bytearray
    lo: int
    filled: int = 0
    base: int = 0
    ended: bool = False
    error: Exception | None = None
    users: int = 0
    view: memoryview = field(init=False)

    def __post_init__(self) -> None:
        self.view = memoryview(self.buffer)[self.lo :]

    def fill(self, readinto: Readinto, base: int) -> None:
        """Read until full or at the end. An error is kept, so that the bytes before it are still handed out."""
        self.filled, self.base, self.ended, self.error = 0, base, False, None
        try:
            while self.filled < len(self.view):
                count = readinto(self.view[self.filled :])
                if count is None:
                    raise BlockingIOError("The stream has no data ready; it cannot be read without waiting.")
                if count == 0:
                    self.ended = True
                    return
                self.filled += count
        except Exception as error:  # a source may fail in any way; the loop that hands out blocks raises it in its turn
            self.error = error

    def block(self, last: bool) -> Block:
        return Block(self.buffer, self.lo, self.lo + self.filled, self.base, last)


class _Hashers:
    """One thread per digest; each takes filled slots in order and gives them back."""

    def __init__(self, digest: DualHash, head: int, size: int) -> None:
        self._shape = (head, size)
        self._free: SimpleQueue[_Slot] = SimpleQueue()
        self._unmade = BUFFERS
        self._lock = Lock()
        self._failures: list[Exception] = []
        parts: tuple[Hash, ...] = (digest.sha256, digest.blake3)
        self._queues: list[SimpleQueue[_Slot | None]] = [SimpleQueue() for _ in parts]
        self._threads = [
            Thread(target=self._follow, args=pair, name="plainrecord-hash", daemon=True)
            for pair in zip(parts, self._queues, strict=True)
        ]
        for thread in self._threads:
            thread.start()

    def take(self) -> _Slot:
        """A slot nobody uses; waits for the slowest digest when the ring is full."""
        if self._unmade and self._free.empty():
            self._unmade -= 1
            head, size = self._shape
            return _Slot(bytearray(head + size), head)
        return self._free.get()

    def adopt(self, slot: _Slot) -> None:
        """Count a slot made before the threads were started as one of the ring."""
        self._unmade -= 1
        self.hash(slot)

    def hash(self, slot: _Slot) -> None:
        slot.users = len(self._queues) + 1
        for queue in self._queues:
            queue.put(slot)

    def release(self, slot: _Slot) -> None:
        with self._lock:
            slot.users -= 1
            if slot.users:
                return
        self._free.put(slot)

    def finish(self) -> None:
        """Wait until everything handed in is hashed and end the threads."""
        for queue in self._queues:
            queue.put(None)
        for thread in self._threads:
            thread.join()

    def check(self) -> None:
        if self._failures:
            raise self._failures[0]

    def _follow(self, part: Hash, queue: SimpleQueue[_Slot | None]) -> None:
        while (slot := queue.get()) is not None:
            try:
                if not self._failures:
                    part.update(slot.view[: slot.filled])
            except Exception as error:  # crosses the thread border as a value; `check` raises it where the caller is
                self._failures.append(error)
            finally:
                self.release(slot)


def hashed_blocks(
    readinto: Readinto, digest: DualHash, *, head: int = HEAD, size: int = SIZE, expected: int | None = None
) -> Iterator[Block]:
    """Every byte of a stream, once, as blocks that are hashed while the caller looks at them.

    `readinto` fills a memoryview and returns the count, 0 at the end (short reads are fine). `digest` is complete when
    the iterator is exhausted, or closed after the block marked `last`; closed earlier, it has an unspecified prefix.
    A stream without bytes gives one empty block. `expected` (bytes) only lets short streams be read without threads.
    Errors of the source are raised after all bytes before them were handed out; errors of a digest thread at the next
    block. Closing or dropping the iterator early ends the threads.
    """
    # One byte more than expected, so that the end is seen in the same call that reads the last byte.
    short = expected is not None and expected <= INLINE and expected < size
    slot = _short_slot(expected or 0, head) if short else _Slot(bytearray(head + size), head)
    slot.fill(readinto, 0)
    if short and not slot.ended and slot.error is None:
        slot = _regrow(slot, readinto, head, size)
    if slot.filled <= INLINE and (slot.ended or slot.error):
        return _inline(slot, digest)
    return _threaded(slot, readinto, digest, head, size)


def _short_slot(expected: int, head: int) -> _Slot:
    lo = min(head, SHORT_HEAD)
    return _Slot(bytearray(lo + expected + 1), lo)


def _regrow(slot: _Slot, readinto: Readinto, head: int, size: int) -> _Slot:
    """A full-sized first slot for a stream that turned out longer than expected."""
    grown = _Slot(bytearray(head + size), head)
    begun = slot.filled
    grown.view[:begun] = slot.view
    rest = _Slot(grown.buffer, head + begun)
    rest.fill(readinto, begun)
    grown.filled, grown.ended, grown.error = begun + rest.filled, rest.ended, rest.error
    return grown


def _inline(slot: _Slot, digest: DualHash) -> Iterator[Block]:
    digest.update(slot.view[: slot.filled])
    if slot.error is None:
        yield slot.block(last=True)
        return
    if slot.filled:
        yield slot.block(last=False)
    raise slot.error


def _threaded(first: _Slot, readinto: Readinto, digest: DualHash, head: int, size: int) -> Iterator[Block]:
    hashers = _Hashers(digest, head, size)
    try:
        hashers.adopt(first)
        slot: _Slot | None = first
        digest.size += first.filled
        while slot is not None:
            following = None
            if not slot.ended and slot.error is None:
                # Read ahead by one: only so is it known which block is the last, and the hashers stay busy meanwhile.
                following = hashers.take()
                following.fill(readinto, slot.base + slot.filled)
                digest.size += following.filled
                hashers.hash(following)
                if following.ended and following.filled == 0:
                    following = None
            hashers.check()
            if slot.filled:
                yield slot.block(last=following is None and slot.error is None)
            if slot.error:
                raise slot.error
            hashers.release(slot)
            slot = following
    finally:
        hashers.finish()
    hashers.check()
