"""Bags in zip archives made to mislead or to exhaust the reader: bounded, named, never unpacked."""

from __future__ import annotations

import io
import os
import stat
import struct
import sys
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.bundle import bagreader_zip
from plainrecord.bundle.verify import VerifyReport, verify
from zip_tricks import AMBIGUOUS, Forwards


def found(report: VerifyReport) -> set[tuple[str, str]]:
    return {(problem.path, problem.kind) for problem in report.problems}


@pytest.fixture
def packed(hand_made, zipped):
    """A sound bag in a zip, as a path."""
    return zipped(hand_made().close())


def add(path, name: str | zipfile.ZipInfo, data: bytes = b"x") -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, data)


def test_nothing_is_written_while_a_zip_is_checked(packed, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    assert verify(packed).ok
    assert sorted(tmp_path.rglob("*")) == before


def test_a_zip_reads_the_same_with_any_number_of_workers(hand_made, zipped):
    payload = {f"{number:03}": bytes([number]) * 3000 * number for number in range(60)}
    path = zipped(hand_made(payload=payload).close())
    assert verify(path, workers=1) == verify(path, workers=4)
    assert verify(path, workers=4).ok


def test_a_bag_at_the_top_of_the_archive_is_read_too(hand_made, zipped):
    assert verify(zipped(hand_made().close(), top="")).ok


def test_two_bags_in_one_archive_are_refused(packed):
    add(packed, "other/bagit.txt")
    assert {kind for _, kind in found(verify(packed))} == {"not-a-bag"}


def test_files_beside_the_bag_folder_are_extra_and_explained(packed):
    add(packed, "__MACOSX/bag/._bagit.txt")
    (problem,) = verify(packed).problems
    assert problem.kind == "extra"
    assert "macOS" in problem.says


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "bag/../x", "C:/x", "bag/data/a\\b", "bag/./x", "bag//x", "~/x"])
def test_names_that_lead_out_are_reported_and_not_read(packed, name):
    add(packed, name)
    assert "unsafe-path" in {kind for _, kind in found(verify(packed))}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name_are_refused(packed):
    add(packed, "bag/data/hello.txt", b"other\n")
    assert ("data/hello.txt", "refused") in found(verify(packed))


def test_a_link_in_an_archive_is_refused(packed):
    link = zipfile.ZipInfo("bag/data/link")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    add(packed, link, b"/etc/passwd")
    assert ("data/link", "refused") in found(verify(packed))


def test_an_encrypted_entry_is_said_to_be_encrypted(packed):
    data = bytearray(packed.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    packed.write_bytes(bytes(data))
    assert any("encrypted" in problem.says for problem in verify(packed).problems)


def test_a_bomb_is_refused_before_it_is_read(packed, monkeypatch):
    monkeypatch.setattr(bagreader_zip, "RATIO_FLOOR", 1 << 20)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bag/data/zeros", bytes(8 << 20))
    (problem,) = verify(packed).problems
    assert problem.kind == "not-a-bag"
    assert "unpack to" in problem.says


def test_entries_that_share_their_bytes_are_refused(packed):
    with zipfile.ZipFile(packed) as archive:
        entry = archive.infolist()[0]
    data = packed.read_bytes()
    at = data.rindex(b"PK\x01\x02")
    packed.write_bytes(data[: at + 42] + struct.pack("<L", entry.header_offset) + data[at + 46 :])
    assert "overlap" in verify(packed).problems[0].says


def test_a_directory_too_large_to_hold_is_refused_before_it_is_read(packed, monkeypatch):
    monkeypatch.setattr(bagreader_zip, "DIRECTORY_LIMIT", 100)
    assert "more files than is sensible" in verify(packed).problems[0].says


def test_an_entry_that_lies_about_its_length_is_unreadable_not_endless(packed):
    data = bytearray(packed.read_bytes())
    at = data.index(b"PK\x01\x02")
    size = struct.unpack_from("<L", data, at + 24)[0]
    struct.pack_into("<L", data, at + 24, size - 1)
    packed.write_bytes(bytes(data))
    assert any(problem.kind in ("unreadable", "changed", "counts") for problem in verify(packed).problems)


def test_names_written_as_utf8_without_saying_so_are_read(hand_made, zipped):
    path = zipped(hand_made(payload={"año.txt": b"1"}).close())
    data = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := data.find(signature, start + 1)) >= 0:
            data[start + at : start + at + 2] = b"\0\0"
    path.write_bytes(bytes(data))
    with zipfile.ZipFile(path) as archive:
        assert "bag/data/año.txt" not in archive.namelist()
    assert verify(path).ok


def test_a_zip_cut_off_anywhere_gives_a_report(packed, tmp_path):
    whole = packed.read_bytes()
    cut = tmp_path / "cut.zip"
    for end in range(0, len(whole), 37):
        cut.write_bytes(whole[:end])
        assert not verify(cut, workers=1).ok


@given(data=st.data())
def test_a_damaged_zip_gives_a_report_and_never_an_exception(data, tmp_path_factory):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b/bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        archive.writestr("b/manifest-sha256.txt", "")
        archive.writestr("b/data/x", b"x" * 100)
    damaged = bytearray(stream.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("zip") / "b.zip"
    path.write_bytes(bytes(damaged))
    verify(path, workers=1).model_dump_json()


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() == 0, reason="root can read everything")
def test_a_file_that_may_not_be_read_is_unreadable(hand_made):
    path = hand_made().close()
    (path / "data/hello.txt").chmod(0)
    assert ("data/hello.txt", "unreadable") in found(verify(path))


@pytest.mark.parametrize("trick", AMBIGUOUS, ids=lambda trick: trick.__name__)
def test_a_zip_that_programs_would_unpack_differently_is_a_problem(packed, tmp_path, trick):
    path = tmp_path / "trick.zip"
    path.write_bytes(trick(packed.read_bytes(), "bag"))
    report = verify(path)
    assert not report.ok and report.problems


def test_a_zip_with_sizes_behind_its_files_is_sound(hand_made, tmp_path):
    folder = hand_made().close()
    with (
        (tmp_path / "s.zip").open("wb") as file,
        zipfile.ZipFile(Forwards(file), "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for path in sorted(folder.rglob("*")):
            archive.write(path, f"bag/{path.relative_to(folder).as_posix()}")
    assert verify(tmp_path / "s.zip").ok
