"""Tar archives, compressed ones, and files compressed on their own, whole and damaged."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from plainrecord.errors import IntegrityError
from plainrecord.intake import Fate, Limits, Listing, Member, list_source, open_member, read_slices
from zip_craft import Part, crafted

SQUEEZE: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def tarred(files: dict[str, bytes], extra: list[tarfile.TarInfo] | None = None) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_700_000_000
            tar.addfile(info, io.BytesIO(data))
        for info in extra or []:
            tar.addfile(info)
    return packed.getvalue()


def content(member: Member) -> bytes:
    with open_member(member) as stream:
        return stream.read()


def listed(tmp_path: Path, name: str, data: bytes, limits: Limits | None = None) -> Listing:
    path = tmp_path / name
    path.write_bytes(data)
    return list_source([path], "S1", limits=limits or Limits())


@pytest.mark.parametrize("kind", ["", "gz", "bz2", "xz"])
def test_a_tar_is_listed_and_read_whatever_it_is_compressed_with(tmp_path: Path, kind: str) -> None:
    files = {"Takeout/Mail/all.mbox": b"From x\nFrom: a\n", "z": os.urandom(3000), "a/../b": b"", "n" * 150: b"long"}
    data = SQUEEZE[kind](tarred(files)) if kind else tarred(files)
    listing = listed(tmp_path, "export", data)
    assert {member.path: content(member) for member in listing.members} == files
    assert listing.members[0].modified_ns == 1_700_000_000_000_000_000
    assert [fate.fate for fate in listing.fates] == [Fate.PARSED]
    assert list(read_slices(next(m for m in listing.members if m.path == "z"), [(5, 9), (9, 9), (2999, 3000)])) == [
        files["z"][5:9],
        b"",
        files["z"][2999:],
    ]


def test_a_tar_too_large_to_spool_is_read_forward_and_backward(tmp_path: Path) -> None:
    files = {f"{n}": os.urandom(2000) for n in range(20)}
    listing = listed(tmp_path, "big.tar.gz", gzip.compress(tarred(files)), Limits(spool_bytes=10_000))
    assert len(listing.members) == 20
    for member in reversed(listing.members):
        assert content(member) == files[member.path]


def test_links_devices_and_sparse_files_in_a_tar_are_refused_by_name(tmp_path: Path) -> None:
    extra = []
    for name, kind in (
        ("sym", tarfile.SYMTYPE),
        ("hard", tarfile.LNKTYPE),
        ("tty", tarfile.CHRTYPE),
        ("p", tarfile.FIFOTYPE),
    ):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd"
        extra.append(info)
    listing = listed(tmp_path, "t.tar", tarred({"real": b"x"}, extra))
    assert [member.path for member in listing.members] == ["real"]
    assert sorted(fate.path for fate in listing.fates if fate.fate is Fate.REFUSED) == [
        f"t.tar!/{name}" for name in ("hard", "p", "sym", "tty")
    ]


@pytest.mark.parametrize("kind", ["", "gz", "xz"])
def test_the_files_before_the_cut_in_a_tar_are_listed(tmp_path: Path, kind: str) -> None:
    files = {f"{n}.eml": os.urandom(5000) for n in range(10)}
    whole = SQUEEZE[kind](tarred(files)) if kind else tarred(files)
    listing = listed(tmp_path, "cut.tar", whole[: len(whole) // 2])
    (fate,) = listing.fates
    assert fate.fate is Fate.PARTLY_PARSED
    assert "cut off" in fate.reason
    good = 0
    for member in listing.members:
        try:
            assert content(member) == files[member.path]
            good += 1
        except IntegrityError as error:
            assert "cut off" in str(error)
    assert 3 <= good <= 5


def test_rubbish_in_the_middle_of_a_tar_is_not_taken_for_its_end(tmp_path: Path) -> None:
    whole = bytearray(tarred({"a": b"1", "b": b"2", "c": b"3"}))
    whole[1024:1536] = b"\x55" * 512
    listing = listed(tmp_path, "t.tar", bytes(whole))
    assert [member.path for member in listing.members] == ["a"]
    assert listing.fates[0].fate is Fate.PARTLY_PARSED
    assert "damaged after 1 file" in listing.fates[0].reason


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
def test_a_file_compressed_on_its_own_is_one_member_beside_it(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    data = os.urandom(100_000) + bytes(200_000)
    (folder / f"inbox.mbox.{kind}").write_bytes(SQUEEZE[kind](data[:1000]) + SQUEEZE[kind](data[1000:]))
    (member,) = list_source([folder], "S1").members
    assert (member.path, member.tree_path, member.size) == ("inbox.mbox", "inbox.mbox", None)
    done: list[int] = []
    with open_member(member, lambda digests: done.append(digests.size)) as stream:
        assert b"".join(bytes(b.buffer[b.lo : b.hi]) for b in stream.blocks(size=70_000)) == data
    assert done == [len(data)]


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
def test_what_stands_before_the_cut_in_a_compressed_file_is_handed_out(tmp_path: Path, kind: str) -> None:
    data = os.urandom(2_500_000)
    whole = SQUEEZE[kind](data)
    (member,) = listed(tmp_path, f"x.mbox.{kind}", whole[:-10]).members
    got = b""
    with open_member(member) as stream, pytest.raises(IntegrityError, match="cut off before its end"):
        while piece := stream.read(250_000):
            got += piece
    assert data.startswith(got) and len(got) >= 1_500_000


def test_a_gzip_bomb_stops_at_its_ratio_in_little_memory(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(300 << 20), 9)
    (member,) = listed(tmp_path, "x.gz", bomb).members
    tracemalloc.start()
    with open_member(member) as stream, pytest.raises(IntegrityError, match="more than 200 times its size"):
        for _ in stream.blocks():
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 << 20


def test_a_tar_bomb_is_refused_when_it_is_listed(tmp_path: Path) -> None:
    listing = listed(tmp_path, "x.tgz", gzip.compress(tarred({"zeros": bytes(100 << 20)}), 9))
    assert [fate.fate for fate in listing.fates] == [Fate.REFUSED]
    assert not listing.members


def test_archives_in_archives_are_read_through_all_their_layers(tmp_path: Path) -> None:
    inner = crafted(Part(b"deep/a.txt", b"found", method=8))
    middle = gzip.compress(tarred({"in/x.zip": inner}))
    listing = listed(tmp_path, "outer.zip", crafted(Part(b"stored.tgz", middle), Part(b"packed.tgz", middle, method=8)))
    assert [(m.path, m.tree_path, content(m)) for m in listing.members] == [
        ("packed.tgz!/in/x.zip!/deep/a.txt", "packed.tgz/in/x.zip/deep/a.txt", b"found"),
        ("stored.tgz!/in/x.zip!/deep/a.txt", "stored.tgz/in/x.zip/deep/a.txt", b"found"),
    ]


def test_an_inner_archive_past_the_memory_bound_goes_to_a_nameless_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temp = tmp_path / "temp"
    temp.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temp))
    inner = crafted(Part(b"a", os.urandom(50_000)))
    limits = Limits(spool_memory=1000)
    listing = listed(tmp_path, "o.zip", crafted(Part(b"i.zip", inner, method=8)), limits)
    assert [member.path for member in listing.members] == ["i.zip!/a"]
    if os.name == "posix":
        assert list(temp.iterdir()) == []


def test_a_header_of_absurd_size_is_damage_and_not_a_large_allocation(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 33
    listing = listed(tmp_path, "t.tar", tarred({"a": b"1"})[:1024] + info.tobuf() + bytes(1 << 16))
    assert [member.path for member in listing.members] == ["a"]
    assert listing.fates[0].fate is Fate.PARTLY_PARSED


SMALL = tarred({"a": b"1" * 600, "b": b"2"})[:4096]


@pytest.mark.parametrize("kind", ["", "gz"])
def test_truncation_at_any_byte_never_raises(tmp_path: Path, kind: str) -> None:
    whole = SQUEEZE[kind](SMALL) if kind else SMALL
    for cut in range(0, len(whole), 1 if kind else 37):
        listing = listed(tmp_path, "t", whole[:cut])
        assert listing.members or listing.fates
        for member in listing.members:
            try:
                content(member)
            except IntegrityError as error:
                assert "could not be read" in str(error)
