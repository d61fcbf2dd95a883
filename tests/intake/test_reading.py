"""A stream hands out every byte once, whatever the pattern of reads, and its digests are those of these bytes."""

from __future__ import annotations

import gzip
import hashlib
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.errors import IntegrityError
from plainrecord.hashing import Digests
from plainrecord.intake import Member, list_source, open_member, read_slices
from zip_craft import Part, crafted

DATA = os.urandom(1 << 16)


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> list[Member]:
    """The same bytes as a plain file, a stored and a deflated member."""
    folder = tmp_path_factory.mktemp("same")
    (folder / "plain").write_bytes(DATA)
    (folder / "z.zip").write_bytes(crafted(Part(b"deflated", DATA, method=8), Part(b"stored", DATA)))
    found = list(list_source([folder], "S1").members)
    assert len(found) == 3
    return found


@given(
    which=st.integers(0, 2),
    sizes=st.lists(st.integers(1, 20_000), min_size=1, max_size=5).filter(lambda sizes: sum(sizes) > 500 * len(sizes)),
    into=st.booleans(),
)
@settings(deadline=None, max_examples=30)
def test_any_pattern_of_reads_gives_the_same_bytes_and_digests(
    members: list[Member], which: int, sizes: list[int], into: bool
) -> None:
    done: list[Digests] = []
    got, turn = b"", 0
    with open_member(members[which], done.append) as stream:
        while True:
            size = sizes[turn % len(sizes)]
            turn += 1
            if into:
                buffer = bytearray(size)
                piece = bytes(buffer[: stream.readinto(buffer)])
            else:
                piece = stream.read(size)
            if not piece:
                break
            got += piece
    assert got == DATA
    assert [(d.sha256, d.size) for d in done] == [(hashlib.sha256(DATA).hexdigest(), len(DATA))]


@given(which=st.integers(0, 2), head=st.integers(0, 100), size=st.integers(1000, 80_000))
@settings(deadline=None, max_examples=40)
def test_blocks_of_any_size_reassemble_and_hash_alike(members: list[Member], which: int, head: int, size: int) -> None:
    done: list[Digests] = []
    with open_member(members[which], done.append) as stream:
        got = b"".join(bytes(block.buffer[block.lo : block.hi]) for block in stream.blocks(head, size))
    assert got == DATA
    assert [d.sha256 for d in done] == [hashlib.sha256(DATA).hexdigest()]


@given(which=st.integers(0, 2), marks=st.lists(st.integers(0, len(DATA)), max_size=8))
@settings(deadline=None, max_examples=30)
def test_slices_are_exactly_the_bytes_asked_for(members: list[Member], which: int, marks: list[int]) -> None:
    ordered = sorted(marks[: len(marks) // 2 * 2])
    ranges = list(zip(ordered[::2], ordered[1::2], strict=True))
    assert list(read_slices(members[which], ranges)) == [DATA[start:end] for start, end in ranges]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_slice_past_the_end_is_an_integrity_error_that_names_the_file(members: list[Member], which: int) -> None:
    with pytest.raises(IntegrityError, match=r"no longer holds bytes 65530 to 65537"):
        list(read_slices(members[which], [(0, 3), (65530, 65537)]))


@pytest.mark.parametrize("which", [0, 1, 2])
def test_closing_early_gives_no_digests_and_closing_at_the_very_end_does(members: list[Member], which: int) -> None:
    done: list[Digests] = []
    with open_member(members[which], done.append) as stream:
        stream.read(100)
    assert not done
    with open_member(members[which], done.append) as stream:
        assert stream.read(len(DATA)) == DATA
        assert not done
    assert len(done) == 1
    with open_member(members[which], done.append) as stream:
        assert (stream.read(), stream.read(), stream.read(5)) == (DATA, b"", b"")
    assert len(done) == 2


def test_leaving_a_loop_over_blocks_ends_the_threads_and_the_last_block_counts_as_read(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(bytes(6 << 20))
    (member,) = list_source([path], "S1").members
    for stop_at_last in (False, True):
        done: list[Digests] = []
        with open_member(member, done.append) as stream:
            blocks = stream.blocks(size=1 << 20)
            for block in blocks:
                if block.last or not stop_at_last:
                    break
            blocks.close()  # type: ignore[attr-defined]
        assert bool(done) == stop_at_last
        assert not [thread for thread in threading.enumerate() if thread.name == "plainrecord-hash"]


def test_reading_after_closing_and_blocks_after_reading_are_mistakes_of_the_caller(members: list[Member]) -> None:
    stream = open_member(members[0])
    stream.read(1)
    with pytest.raises(ValueError, match="start of a stream"):
        list(stream.blocks())
    stream.close()
    stream.close()
    with pytest.raises(ValueError, match="closed"):
        stream.read(1)


def test_reading_a_huge_count_does_not_reserve_it(members: list[Member]) -> None:
    with open_member(members[0]) as stream:
        assert stream.read(1 << 60) == DATA


@pytest.mark.parametrize("name", ["plain", "squeezed.gz"])
def test_reading_on_past_the_stated_size_takes_large_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"x" if name == "plain" else gzip.compress(bytes(5 << 20), 1))
    (member,) = list_source([path], "S1").members
    if name == "plain":
        path.write_bytes(bytes(5 << 20))
    calls: list[int] = []
    with open_member(member) as stream:
        inner = stream.readinto
        monkeypatch.setattr(stream, "readinto", lambda view: calls.append(len(view)) or inner(view))  # type: ignore[func-returns-value]
        assert sum(len(stream.read(1_500_000)) for _ in range(5)) == 5 << 20
    assert len(calls) < 200


def test_a_file_that_grew_is_read_to_its_new_end(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    (member,) = list_source([path], "S1").members
    path.write_bytes(b"1234567")
    with open_member(member) as stream:
        assert stream.read() == b"1234567"


def test_an_archive_that_was_replaced_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(crafted(Part(b"x", b"old")))
    (member,) = list_source([path], "S1").members
    with open_member(member) as stream:
        assert stream.read() == b"old"
    path.unlink()
    path.write_bytes(crafted(Part(b"y", b"new")))
    with pytest.raises(IntegrityError, match="a.zip!/x could not be read: it is no longer in the archive"):
        open_member(member)


def test_an_original_that_is_gone_is_an_os_error_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x")
    (member,) = list_source([path], "S1").members
    path.unlink()
    with pytest.raises(
        FileNotFoundError, match=r"^a could not be read. It cannot be opened \(it is no longer there\).$"
    ):
        open_member(member)
