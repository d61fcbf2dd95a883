"""Manifest lines are read back as they were written, by us and by `sha256sum`; faults are values with line numbers."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.hashing import (
    Hashed,
    ManifestFault,
    ManifestLine,
    NotHashed,
    bag_decoded,
    bag_encoded,
    bag_line,
    manifest_of,
    read_manifest,
    sum_line,
)
from plainrecord.hashing.manifest import Form

A, B = "a" * 64, "b" * 64
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)


@given(paths=st.lists(names, min_size=1, max_size=5, unique=True), form=st.sampled_from(["sum", "bagit"]))
def test_any_names_survive_writing_and_reading(paths: list[str], form: Form) -> None:
    write = sum_line if form == "sum" else bag_line
    data = "".join(write(A, path) + "\n" for path in paths).encode()
    items = list(read_manifest(data, "sha256", form))
    assert items == [ManifestLine(A, path, number) for number, path in enumerate(paths, start=1)]


@given(path=names)
def test_a_bag_encodes_line_breaks_and_percent_and_nothing_else(path: str) -> None:
    encoded = bag_encoded(path)
    assert "\n" not in encoded and "\r" not in encoded
    assert encoded.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%") == path
    assert bag_decoded(encoded) == path


def test_a_bag_reads_crlf_cr_and_lf_line_ends() -> None:
    data = f"{A}  data/a\r\n{A} data/b\r{A}\tdata/c\n".encode()
    assert [item.path for item in read_manifest(data, "sha256", "bagit") if isinstance(item, ManifestLine)] == [
        "data/a",
        "data/b",
        "data/c",
    ]


def test_lower_case_percent_codes_are_read() -> None:
    (item,) = read_manifest(f"{A}  data/a%0d%0ab".encode(), "sha256", "bagit")
    assert item == ManifestLine(A, "data/a\r\nb", 1)


@pytest.mark.parametrize("path", ["data/100%", "data/%41", "data/%zz"])
def test_a_percent_sign_that_encodes_nothing_is_a_fault_unless_asked_for(path: str) -> None:
    data = f"{A}  {path}".encode()
    assert [type(item) for item in read_manifest(data, "sha256", "bagit")] == [ManifestFault]
    assert list(read_manifest(data, "sha256", "bagit", bare_percent=True)) == [ManifestLine(A, path, 1)]


def test_the_binary_mark_of_older_tools_is_no_part_of_the_name() -> None:
    items = list(read_manifest(f"{A.upper()} *one\n{B}  *two\n".encode(), "sha256", "sum"))
    assert items == [ManifestLine(A, "one", 1), ManifestLine(B, "*two", 2)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"", "not a digest"),
        (b"no", "not a digest"),
        (A.encode(), "not a digest"),
        (A.encode() + b"  ", "not a digest"),
        (b"abc  name", "64 hex digits"),
        (b"g" * 64 + b"  name", "64 hex digits"),
        (b"\xef\xbb\xbf" + A.encode() + b"  name", "64 hex digits"),
        (A.encode() + b"  \xff", "not UTF-8"),
        (b"\\" + A.encode() + b"  bad\\x", "not encoded"),
        (b"\\" + A.encode() + b"  bad\\", "not encoded"),
        (A.encode() + b"  first", "same file as line 1"),
    ],
)
def test_each_fault_is_a_value_with_its_line_number(line: bytes, says: str) -> None:
    data = f"{A}  first\n".encode() + line + f"\n{A}  third\n".encode()
    first, fault, third = read_manifest(data, "sha256", "sum")
    assert isinstance(fault, ManifestFault) and fault.number == 2 and says in fault.says
    assert first == ManifestLine(A, "first", 1) and third == ManifestLine(A, "third", 3)


@given(data=st.binary(max_size=300), form=st.sampled_from(["sum", "bagit"]))
def test_no_bytes_raise(data: bytes, form: Form) -> None:
    list(read_manifest(data, "sha256", form))


ODD_NAMES = ["plain", "back\\slash", "new\nline", "car\rriage", "sp ace ", " lead", "*star", "100%", "é"]


@pytest.mark.skipif(shutil.which("sha256sum") is None or os.name != "posix", reason="needs GNU sha256sum")
def test_sha256sum_checks_what_we_write_and_we_read_what_it_writes(tmp_path: Path) -> None:
    for name in ODD_NAMES:
        (tmp_path / name).write_text(name)
    ours = "".join(sum_line(hashlib.sha256(n.encode()).hexdigest(), n) + "\n" for n in ODD_NAMES)
    subprocess.run(["sha256sum", "-c", "--strict", "-"], input=ours.encode(), cwd=tmp_path, check=True)
    theirs = subprocess.run(["sha256sum", *ODD_NAMES], capture_output=True, cwd=tmp_path, check=True).stdout
    assert [item.path for item in read_manifest(theirs, "sha256", "sum") if isinstance(item, ManifestLine)] == ODD_NAMES


@pytest.mark.skipif(os.name != "posix", reason="makes links, and names that only POSIX allows")
def test_a_folder_gives_its_files_in_byte_order_and_reports_what_has_no_digest(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    (folder / "a").mkdir(parents=True)
    for name in ("a/z", "a-b", "B", "é"):
        (folder / name).write_text(name)
    (folder / "link").symlink_to("B")
    os.mkfifo(folder / "pipe")
    (folder / os.fsdecode(b"raw\xff")).write_text("x")
    items = list(manifest_of([folder, folder / "B", folder / "link", tmp_path / "absent"]))
    below = [os.fsencode(item.path.removeprefix(f"{folder}/")) for item in items[:7]]
    assert below == [b"B", b"a-b", b"a/z", b"link", b"pipe", b"raw\xff", "é".encode()]
    assert [type(item) for item in items[3:5]] == [NotHashed, NotHashed]
    named, link, absent = items[7:]
    assert isinstance(named, Hashed) and isinstance(link, Hashed) and named.digests == link.digests
    assert named.digests.sha256 == hashlib.sha256(b"B").hexdigest()
    assert isinstance(absent, NotHashed) and "could not be read" in absent.says
