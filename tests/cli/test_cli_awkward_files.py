"""Awkward things people hand in: names that are no text, links, empty files, archives that cannot be opened."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

import pytest

from mailboxes import OWNER, SUBJECT, write_mailbox
from plainrecord.cli import main
from plainrecord.store import adding
from test_cli_case import invoke, records_of, told

posix_names = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names there are always text")


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    invoke("new", folder, "--sender", SUBJECT, "--owner", OWNER)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A mailbox, an empty file and a link."""
    place = tmp_path / "export"
    place.mkdir()
    write_mailbox(place / "inbox.mbox")
    (place / "empty.eml").write_bytes(b"")
    (place / "link.eml").symlink_to("/etc/hostname")
    return place


@posix_names
def test_a_file_whose_name_is_no_text_is_read_loaded_and_verified(tmp_path: Path) -> None:
    place = tmp_path / "export"
    place.mkdir()
    write_mailbox(place / os.fsdecode(b"caf\xe9.mbox"))
    made = told("bundle", place, "--sender", SUBJECT, "--out", tmp_path / "out")
    assert made["counts"]["seen"] == 10  # type: ignore[index]
    assert made["files"] == [{"source": "S01", "path": "caf%E9.mbox", "fate": "parsed", "reason": ""}]
    assert told("verify", str(made["path"]), "--originals", place)["ok"] is True


def test_a_folder_with_an_empty_file_or_a_link_in_it_is_known_when_it_comes_again(case: Path, folder: Path) -> None:
    told("add", case, folder, code=5)
    before = records_of(case)
    again = told("add", case, folder)["added"][0]  # type: ignore[index]
    assert again["already"] == "S01 inbox.mbox"
    assert records_of(case) == before


def test_one_new_link_in_a_known_folder_is_something_new(case: Path, folder: Path) -> None:
    told("add", case, folder, code=5)
    (folder / "another.eml").symlink_to("/etc/hostname")
    again = told("add", case, folder, code=5)["added"][0]  # type: ignore[index]
    assert again["already"] is None
    assert "another.eml" in {line["path"] for line in again["files"]}


def test_what_cannot_be_copied_in_has_its_fate_all_the_same(case: Path, folder: Path) -> None:
    added = told("add", case, folder, "--copy", code=5)["added"][0]  # type: ignore[index]
    fates = {line["path"]: line["fate"] for line in added["files"]}
    assert fates["link.eml"] == "refused"
    assert told("add", case, folder, "--copy")["added"][0]["already"] == "S01 inbox.mbox"  # type: ignore[index]
    assert [path.name for path in (case / "originals").iterdir()] == ["S01"]


def test_a_name_as_long_as_the_disk_allows_can_be_copied_in(case: Path, folder: Path) -> None:
    write_mailbox(folder / ("x" * 250 + ".mbox"), ["From a@b Mon Mar  4 10:00:00 2024\nFrom: a@b.example\n\nText\n"])
    added = told("add", case, folder, "--copy", code=5)["added"][0]  # type: ignore[index]
    assert added["counts"]["seen"] == 11
    assert sorted(path.name for path in (case / "originals").iterdir()) == ["S01"]


def test_finding_nothing_says_what_could_not_be_looked_into(tmp_path: Path, case: Path) -> None:
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04" + bytes(200))
    (tmp_path / "note.txt").write_text("no mail\n")
    cut = told("bundle", tmp_path / "cut.zip", "--sender", SUBJECT, "--out", tmp_path / "out", code=2)
    assert "cut.zip" in str(cut["error"])
    none = told("bundle", tmp_path / "note.txt", "--sender", SUBJECT, "--out", tmp_path / "out", code=2)
    assert "no record at all" in str(none["error"])
    empty = told("build", case, "--out", tmp_path / "out", code=2)
    assert "No export has been added" in str(empty["error"])


def test_a_file_that_may_not_be_read_is_named_also_when_the_rest_is_copied(
    case: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = write_mailbox(folder / "closed.mbox")
    opened = os.open

    def refuse(path: object, *more: object, **named: object) -> int:
        if str(path) == str(closed.resolve()):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *more, **named)  # type: ignore[arg-type]

    # Tests run as root in places, who may read everything.
    monkeypatch.setattr(os, "open", refuse)
    added = told("add", case, folder, "--copy", code=5)["added"][0]  # type: ignore[index]
    fates = {line["path"]: line["fate"] for line in added["files"]}
    assert fates["closed.mbox"] == "unreadable"


def test_a_full_disk_gets_one_sentence(case: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_all: object, **_named: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("plainrecord.store.adding.read_claims", full)
    said = told("add", case, folder, code=1)
    assert str(said["error"]).startswith("The case could not be written (database or disk is full).")


def test_an_original_that_changed_can_be_added_again_and_the_case_goes_on(case: Path, tmp_path: Path) -> None:
    box = write_mailbox(tmp_path / "inbox.mbox")
    told("add", case, box)
    box.write_bytes(box.read_bytes() + b"From a@b Mon Mar  4 10:00:00 2024\nFrom: rowan@mail.example\n\nLater.\n\n")
    assert "add it again" in str(told("build", case, "--out", tmp_path / "out", code=4)["error"])
    assert told("add", case, box)["added"][0]["label"] == "S02"  # type: ignore[index]
    made = told("build", case, "--out", tmp_path / "out")
    assert made["counts"]["seen"] == 11  # type: ignore[index]
    log = (Path(str(made["path"])) / "custody/custody.jsonl").read_text("utf-8")
    assert "S01 was taken out of the case" in log
    assert told("verify", str(made["path"]), "--originals", box)["ok"] is True


def test_an_original_that_changed_while_it_was_read_is_not_kept(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = write_mailbox(tmp_path / "inbox.mbox")
    read = adding.read_claims

    def read_and_write(*everything: object) -> None:
        read(*everything)  # type: ignore[arg-type]
        box.write_bytes(box.read_bytes() + b"\n")

    monkeypatch.setattr("plainrecord.store.adding.read_claims", read_and_write)
    assert "Nothing of S01 was kept" in str(told("add", case, box, code=4)["added"][0]["warnings"])  # type: ignore[index]
    monkeypatch.undo()
    assert told("add", case, box)["added"][0]["label"] == "S02"  # type: ignore[index]
    assert told("build", case, "--out", tmp_path / "out")["counts"]["seen"] == 10  # type: ignore[index]


def test_an_original_that_is_gone_stops_the_build_and_says_to_put_it_back(case: Path, tmp_path: Path) -> None:
    box = write_mailbox(tmp_path / "inbox.mbox")
    told("add", case, box)
    box.rename(tmp_path / "elsewhere.mbox")
    said = str(told("build", case, "--out", tmp_path / "out", code=4)["error"])
    assert "no longer there" in said and "Put it back" in said


def test_small_mistakes_get_one_plain_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    box = write_mailbox(tmp_path / "inbox.mbox")
    far = told("bundle", box, "--sender", SUBJECT, "--from", "0001-01-01", "--out", tmp_path / "out", code=1)
    assert "too far away" in str(far["error"])
    none = told("inspect", tmp_path / "none", code=1)
    assert str(none["error"]).startswith("There is no file or folder called")
    with pytest.raises(SystemExit):
        main(args=[], prog_name="plainrecord")
    assert capsys.readouterr().out.startswith("Usage: plainrecord [OPTIONS]")
