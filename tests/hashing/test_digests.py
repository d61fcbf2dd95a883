"""`DualHash` behaves like a hashlib object, and every way of hashing the same bytes gives the same digests."""

from __future__ import annotations

import hashlib
import io
import mmap
import os
import threading
import zipfile
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.hashing import Digests, DualHash, hash_buffer, hash_file, hash_stream


def expected(data: bytes) -> Digests:
    return Digests(hashlib.sha256(data).hexdigest(), blake3(data).hexdigest(), len(data))


@given(pieces=st.lists(st.binary(max_size=200), max_size=6))
@settings(deadline=None, max_examples=50)
def test_updates_in_any_pieces_equal_one_update(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    digest = DualHash()
    for piece in pieces:
        digest.update(piece)
    assert digest.digests() == expected(whole) == DualHash(whole).digests()
    assert digest.digest() == hashlib.sha256(whole).digest() + blake3(whole).digest()
    assert digest.hexdigest() == digest.digest().hex()
    assert len(digest.digest()) == digest.digest_size


def test_a_copy_goes_its_own_way() -> None:
    first = DualHash(b"abc")
    second = first.copy()
    second.update(b"d")
    assert first.digests() == expected(b"abc")
    assert second.digests() == expected(b"abcd")


def test_it_is_shaped_like_hashlibs_objects() -> None:
    digest = hashlib.file_digest(io.BytesIO(b"x" * 300_000), DualHash)  # type: ignore[type-var]
    assert digest.digests() == expected(b"x" * 300_000)
    assert digest.name == "sha256+blake3"


@pytest.mark.parametrize("length", [0, 1, 1 << 20, (1 << 20) + 1, 5_000_000])
def test_file_stream_buffer_and_memory_map_agree(tmp_path: Path, length: int) -> None:
    data = os.urandom(length)
    path = tmp_path / "some.bin"
    path.write_bytes(data)
    want = expected(data)
    assert hash_file(path) == want
    assert hash_stream(io.BytesIO(data)) == want
    assert hash_buffer(data) == want
    if length:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            view = memoryview(mapped)
            assert hash_buffer(view) == want
            view.release()


def test_a_member_of_a_zip_can_be_hashed_as_a_stream() -> None:
    data = os.urandom(3_000_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", data)
    with zipfile.ZipFile(packed) as archive, archive.open("a") as member:
        assert hash_stream(member) == expected(data)


def test_a_pipe_with_short_reads_can_be_hashed() -> None:
    data = os.urandom(2_500_000)
    reading, writing = os.pipe()

    def feed() -> None:
        with open(writing, "wb") as pipe:  # noqa: PTH123 - a descriptor has no path
            pipe.write(data)

    thread = threading.Thread(target=feed)
    thread.start()
    with open(reading, "rb", buffering=0) as pipe:  # noqa: PTH123 - as above
        assert hash_stream(pipe) == expected(data)
    thread.join()


def test_progress_rises_to_the_size(tmp_path: Path) -> None:
    path = tmp_path / "some.bin"
    path.write_bytes(bytes(3_500_000))
    calls: list[tuple[int, int | None]] = []
    hash_file(path, lambda done, total: calls.append((done, total)))
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert calls[-1] == (3_500_000, 3_500_000)
    calls.clear()
    hash_buffer(bytes(3_500_000), lambda done, total: calls.append((done, total)))
    assert calls[-1] == (3_500_000, 3_500_000)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        hash_file(tmp_path / "absent")
