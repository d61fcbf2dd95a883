"""What is handed in is listed in one stable order; what is no file is refused by name; originals stay untouched."""

from __future__ import annotations

import os
import pickle
import socket
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from plainrecord.errors import UsageError
from plainrecord.hashing import Digests, hash_file
from plainrecord.intake import (
    Fate,
    Member,
    ReadOptions,
    changed_since_listed,
    hash_original,
    list_source,
    open_member,
    walk_originals,
)
from zip_craft import Part, crafted

posix = pytest.mark.skipif(os.name != "posix", reason="makes files that only POSIX has")


def digests(member: Member) -> Digests:
    done: list[Digests] = []
    with open_member(member, done.append) as stream:
        stream.read()
    return done[0]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / "b.txt").write_bytes(b"b")
    (folder / "B.txt").write_bytes(b"B")
    (folder / "sub" / "deep" / "é.eml").write_bytes(b"From: a@b.example\nTo: c@d.example\n\nx")
    (folder / "sub-a").write_bytes(b"")
    (folder / "part.zip").write_bytes(crafted(Part(b"in/x", b"zipped", method=8), Part(b"y", b"2")))
    return folder


def test_a_folder_is_listed_by_the_bytes_of_its_names(export: Path) -> None:
    listing = list_source([export], "S1", ReadOptions(timezone="Europe/London"))
    assert [member.tree_path for member in listing.members] == sorted(
        ["B.txt", "b.txt", "part.zip/in/x", "part.zip/y", "sub-a", "sub/deep/é.eml"]
    )
    assert [original.relpath for original in listing.originals] == [
        "B.txt",
        "b.txt",
        "part.zip",
        "sub/deep/é.eml",
        "sub-a",
    ]
    assert (listing.label, listing.name, listing.options.timezone) == ("S1", "export", "Europe/London")
    assert list(walk_originals(export)) == list(listing.originals)


def test_reading_everything_leaves_the_originals_and_their_folder_as_they_were(export: Path) -> None:
    def look() -> list[tuple[str, int, int, str]]:
        found = sorted(path for path in export.rglob("*") if path.is_file())
        return [(str(p), p.stat().st_size, p.stat().st_mtime_ns, hash_file(p).sha256) for p in found]

    before = look()
    folders = [path.stat().st_mtime_ns for path in (export, export / "sub")]
    listing = list_source([export], "S1")
    for member in listing.members:
        digests(member)
    for original in listing.originals:
        hash_original(original)
        assert changed_since_listed(original) is None
    assert look() == before
    assert [path.stat().st_mtime_ns for path in (export, export / "sub")] == folders


def test_the_digests_of_a_plain_member_are_those_of_its_original(export: Path) -> None:
    listing = list_source([export], "S1")
    for member in listing.members:
        if not member.path:
            assert digests(member) == hash_original(member.original) == hash_file(member.original.path)


@pytest.mark.parametrize("method", ["spawn", "fork"] if sys.platform == "linux" else ["spawn"])
def test_a_member_can_be_opened_in_another_process(export: Path, method: str) -> None:
    members = list_source([export], "S1").members
    assert pickle.loads(pickle.dumps(members)) == members  # noqa: S301 - our own bytes
    with ProcessPoolExecutor(1, get_context(method)) as pool:
        assert list(pool.map(digests, members)) == [digests(member) for member in members]


def test_one_file_is_known_by_its_own_name_and_an_archive_by_what_is_in_it(export: Path) -> None:
    (member,) = list_source([export / "b.txt"], "S1").members
    assert (member.path, member.tree_path, member.original.relpath) == ("", "b.txt", "b.txt")
    inside = list_source([export / "part.zip"], "S1").members
    assert [(member.tree_path, member.original.relpath) for member in inside] == [
        ("in/x", "part.zip"),
        ("y", "part.zip"),
    ]


def test_the_parts_of_one_download_make_one_tree_and_keep_apart_what_clashes(tmp_path: Path) -> None:
    one, two = tmp_path / "t-001.zip", tmp_path / "t-002.zip"
    one.write_bytes(crafted(Part(b"Takeout/a.json", b"1"), Part(b"Takeout/both", b"x")))
    two.write_bytes(crafted(Part(b"Takeout/b.json", b"2"), Part(b"Takeout/both", b"y")))
    tree = ["Takeout/a.json", "Takeout/b.json", "Takeout/both", "Takeout/both%232"]
    assert [member.tree_path for member in list_source([one, two], "S1").members] == tree
    in_folder = list_source([tmp_path], "S1").members
    assert [member.tree_path for member in in_folder] == [f"t.zip/{path}" for path in tree]


def test_two_parts_of_the_same_name_stay_two_originals(tmp_path: Path) -> None:
    paths = []
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        paths.append(tmp_path / folder / "same.txt")
        paths[-1].write_text(folder)
    listing = list_source(paths, "S1")
    assert [original.relpath for original in listing.originals] == ["same.txt", "same.txt%232"]
    assert [member.tree_path for member in listing.members] == ["same.txt", "same.txt%232"]


def test_a_path_that_is_not_there_is_a_usage_error_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no file or folder called .*absent. Nothing was read"):
        list_source([tmp_path / "absent"], "S1")


@posix
def test_links_pipes_and_sockets_are_refused_and_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "e"
    folder.mkdir()
    (tmp_path / "secret").write_text("outside")
    (folder / "file-link").symlink_to("../secret")
    (folder / "folder-link").symlink_to("..")
    os.mkfifo(folder / "pipe")
    server = socket.socket(socket.AF_UNIX)
    try:
        server.bind(str(folder / "s"))
        listing = list_source([folder], "S1")
    finally:
        server.close()
    assert not listing.members and not listing.originals
    assert [(fate.path, fate.fate) for fate in listing.fates] == [
        (name, Fate.REFUSED) for name in ("file-link", "folder-link", "pipe", "s")
    ]
    assert listing.fates[0].reason == "file-link is a link to another place, not a file; it was not followed or opened."


@posix
def test_a_link_that_a_person_named_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("x")
    (tmp_path / "link").symlink_to("real.txt")
    (member,) = list_source([tmp_path / "link"], "S1").members
    assert (member.tree_path, member.original.path) == ("real.txt", tmp_path / "real.txt")


@posix
def test_a_file_replaced_by_a_link_after_listing_is_not_followed(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_text("x")
    other.write_text("y")
    (member,) = list_source([path], "S1").members
    path.unlink()
    path.symlink_to(other)
    with pytest.raises(OSError, match="a could not be read. It cannot be opened"):
        open_member(member)
    assert "was a file when it was listed" in (changed_since_listed(member.original) or "")


def test_what_may_not_be_read_is_unreadable_and_the_rest_goes_on(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # By hand, not by mode bits: whoever runs the tests may be root, who may read everything.
    opened, scanned = os.open, os.scandir

    def refuse_file(path: Path, flags: int) -> int:
        if path.name == "b.txt":
            raise PermissionError(13, "Permission denied")
        return opened(path, flags)

    def refuse_folder(path: Path) -> object:
        if path.name == "sub":
            raise PermissionError(13, "Permission denied")
        return scanned(path)

    monkeypatch.setattr("plainrecord.intake.extents.os.open", refuse_file)
    monkeypatch.setattr("plainrecord.intake.walking.os.scandir", refuse_folder)
    listing = list_source([export], "S1")
    assert [(fate.path, fate.reason) for fate in listing.fates if fate.fate is Fate.UNREADABLE] == [
        ("b.txt", "b.txt could not be read. It cannot be opened (permission denied)."),
        ("sub", "The folder sub could not be looked into: permission denied."),
    ]
    assert "B.txt" in {member.tree_path for member in listing.members}


@posix
def test_names_that_are_no_text_or_hold_controls_are_shown_encoded(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path / "e")
    os.mkdir(folder)  # noqa: PTH102 - a name in bytes
    for name in (b"raw\xff", b"clear\x1b[2J", b"100%", b"50%\n"):
        with open(os.path.join(folder, name), "wb") as file:  # noqa: PTH118, PTH123 - a name in bytes
            file.write(name)
    members = list_source([tmp_path / "e"], "S1").members
    assert [member.tree_path for member in members] == ["100%", "50%25%0A", "clear%1B[2J", "raw%FF"]
    for member in members:
        with open_member(member) as stream:
            assert stream.read() == os.fsencode(member.original.path.name)


def test_an_operating_systems_own_files_are_set_aside(tmp_path: Path) -> None:
    for name in (".DS_Store", "._photo.json", "Desktop.ini", "mail.json"):
        (tmp_path / name).write_bytes(b"\0\5\x16\7")
    listing = list_source([tmp_path], "S1")
    assert [member.tree_path for member in listing.members] == ["mail.json"]
    assert [fate.path for fate in listing.fates] == [".DS_Store", "._photo.json", "Desktop.ini"]
    assert len(listing.originals) == 4


@pytest.mark.parametrize("change", ["longer", "same size", "gone"])
def test_a_source_that_changes_after_listing_is_told(tmp_path: Path, change: str) -> None:
    path = tmp_path / "inbox"
    path.write_bytes(b"12345")
    (original,) = list_source([path], "S1").originals
    before = hash_original(original)
    if change == "gone":
        path.unlink()
        assert changed_since_listed(original) == "inbox can no longer be looked at (it is no longer there)."
        return
    path.write_bytes(b"123456" if change == "longer" else b"54321")
    os.utime(path, ns=(0, original.mtime_ns + 1))
    says = changed_since_listed(original)
    assert says == (
        "inbox changed after it was listed: it had 5 bytes and now has 6."
        if change == "longer"
        else "inbox was written to after it was listed: its modified time is different."
    )
    assert hash_original(original) != before


def test_thousands_of_files_keep_short_heads(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    path.write_bytes(crafted(*(Part(b"%d" % n, b"x" * (64 << 10)) for n in range(1200))))
    listing = list_source([path], "S1")
    lengths = [len(member.head) for member in listing.members]
    assert max(lengths) == 64 << 10
    assert min(lengths) >= 1 << 10
    assert sum(lengths) < 24 << 20
