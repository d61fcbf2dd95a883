"""The ring hands out every byte once, in order, and its digests are those of hashlib and blake3."""

from __future__ import annotations

import gc
import hashlib
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.hashing import Block, DualHash, hashed_blocks
from plainrecord.hashing.ring import INLINE, Readinto


def reads(data: bytes, steps: list[int], error: Exception | None = None) -> Readinto:
    """A source that gives `data` in reads of the given sizes over and over, then the end, or `error`."""
    position, turn = 0, 0

    def readinto(view: memoryview) -> int:
        nonlocal position, turn
        step = min(len(view), steps[turn % len(steps)]) if steps else len(view)
        turn += 1
        piece = data[position : position + step]
        if not piece and error:
            raise error
        view[: len(piece)] = piece
        position += len(piece)
        return len(piece)

    return readinto


def hashing_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "plainrecord-hash"]


def collect(blocks: Iterator[Block]) -> tuple[bytes, list[Block]]:
    data, seen = b"", []
    for block in blocks:
        assert block.base == len(data)
        data += block.buffer[block.lo : block.hi]
        seen.append(Block(bytearray(), block.lo, block.hi, block.base, block.last))
    return data, seen


@given(
    data=st.binary(max_size=400),
    steps=st.lists(st.integers(1, 60), max_size=4),
    head=st.integers(0, 9),
    size=st.integers(1, 90),
    expected=st.none() | st.integers(0, 450),
)
@settings(max_examples=150, deadline=None)
def test_any_read_pattern_gives_the_same_bytes_blocks_and_digests(
    data: bytes, steps: list[int], head: int, size: int, expected: int | None
) -> None:
    digest = DualHash()
    got, blocks = collect(hashed_blocks(reads(data, steps), digest, head=head, size=size, expected=expected))
    assert got == data
    assert [block.last for block in blocks] == [False] * (len(blocks) - 1) + [True]
    assert all(block.hi - block.lo == size for block in blocks[:-1])
    assert digest.digests().sha256 == hashlib.sha256(data).hexdigest()
    assert digest.digests().blake3 == blake3(data).hexdigest()
    assert digest.digests().size == len(data)


@pytest.mark.parametrize("length", [INLINE - 1, INLINE, INLINE + 1, 3 * INLINE, 4 * INLINE + 7, 22 * INLINE + 3])
@pytest.mark.parametrize("told", [0, None, 1])
def test_lengths_around_every_border_hash_alike(length: int, told: int | None) -> None:
    data = bytes(range(251)) * (length // 251 + 1)
    data = data[:length]
    digest = DualHash()
    expected = None if told is None else length * told
    total = 0
    for block in hashed_blocks(reads(data, []), digest, size=INLINE, head=512, expected=expected):
        assert block.lo == 512
        total += block.hi - block.lo
    assert (total, digest.sha256.hexdigest()) == (length, hashlib.sha256(data).hexdigest())
    assert digest.blake3.hexdigest() == blake3(data).hexdigest()


def test_a_carry_written_before_a_block_is_not_hashed_and_harms_nothing() -> None:
    data = bytes(range(256)) * 40
    digest, carry, seen = DualHash(), b"\n\n", b""
    for block in hashed_blocks(reads(data, [700]), digest, head=16, size=1000):
        lo = block.lo - len(carry)
        block.buffer[lo : block.lo] = carry
        assert bytes(block.buffer[lo : block.lo + 3]) == carry + data[block.base : block.base + 3]
        carry = bytes(block.buffer[block.hi - 7 : block.hi])
        seen += block.buffer[block.lo : block.hi]
    assert seen == data
    assert digest.sha256.hexdigest() == hashlib.sha256(data).hexdigest()


def test_an_empty_stream_is_one_empty_last_block() -> None:
    digest = DualHash()
    (block,) = list(hashed_blocks(reads(b"", []), digest))
    assert (block.lo, block.last) == (block.hi, True)
    assert digest.digests().sha256 == hashlib.sha256().hexdigest()


@pytest.mark.parametrize("length", [0, 5, 100, 150])
def test_bytes_before_an_error_of_the_source_are_handed_out_first(length: int) -> None:
    data, got = bytes(range(length)), b""
    with pytest.raises(OSError, match="pulled plug"):
        for block in hashed_blocks(reads(data, [], OSError("pulled plug")), DualHash(), head=4, size=50):
            assert not block.last
            got += block.buffer[block.lo : block.hi]
    assert got == data
    assert not hashing_threads()


def test_bytes_before_an_error_are_handed_out_with_threads_too() -> None:
    data, got = bytes(3 * INLINE + 9), 0
    with pytest.raises(OSError, match="pulled plug"):
        for block in hashed_blocks(reads(data, [], OSError("pulled plug")), DualHash(), head=4, size=INLINE + 1):
            got += block.hi - block.lo
    assert got == len(data)
    assert not hashing_threads()


def test_a_digest_that_fails_in_its_thread_stops_the_reader() -> None:
    class Failing:
        def update(self, data: memoryview) -> None:
            raise MemoryError("no room to hash")

    digest = DualHash()
    digest.blake3 = Failing()  # type: ignore[assignment]
    with pytest.raises(MemoryError, match="no room"):
        list(hashed_blocks(reads(bytes(12 * INLINE), []), digest, size=INLINE))
    assert not hashing_threads()


def test_a_consumer_that_stops_early_leaves_no_thread_behind() -> None:
    blocks = hashed_blocks(reads(bytes(20 * INLINE), []), DualHash(), size=INLINE)
    with closing(blocks):  # type: ignore[type-var]
        next(blocks)
        assert len(hashing_threads()) == 2
    assert not hashing_threads()


def test_a_dropped_iterator_leaves_no_thread_behind() -> None:
    blocks = hashed_blocks(reads(bytes(20 * INLINE), []), DualHash(), size=INLINE)
    next(blocks)
    del blocks
    gc.collect()
    assert not hashing_threads()


def test_an_iterator_that_is_never_started_leaves_no_thread_behind() -> None:
    hashed_blocks(reads(bytes(20 * INLINE), []), DualHash(), size=INLINE)
    assert not hashing_threads()


def test_short_streams_are_hashed_without_threads() -> None:
    for _ in hashed_blocks(reads(bytes(INLINE), []), DualHash(), expected=INLINE):
        assert not hashing_threads()


def test_a_source_that_is_not_ready_is_an_error_and_not_an_end() -> None:
    with pytest.raises(BlockingIOError):
        list(hashed_blocks(lambda view: None, DualHash()))
