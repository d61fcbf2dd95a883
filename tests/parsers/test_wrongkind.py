from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailboxes import SUBJECT, write_mailbox
from plainrecord.cli import main
from plainrecord.inspecting import inspect_paths
from plainrecord.parsers.wrongkind import wrong_kinds

JPEG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
CASES = [
    ("msgstore.db.crypt15", b"\x0a\x91" * 40, "Export chat"),
    ("msgstore-2024-11-01.1.db.crypt14", b"\x0a\x91" * 40, "Export chat"),
    ("msgstore.db", b"SQLite format 3\0" + b"\0" * 100, "Export chat"),
    ("signal-2024-11-01-10-00-00.backup", b"\x00\x00\x00\x38" + b"\x91" * 60, "Signal Desktop"),
    ("Manifest.db", b"SQLite format 3\0" + b"\0" * 100, "iPhone backup"),
    ("mail.pst", b"!BDN" + b"\0" * 100, "Take it out of its archive"),
    ("Outlook for Mac.olm", b"\x91\x17" * 50, ".mbox"),
    ("Instagram.dms", b"\x91\x17" * 50, "Download the export again"),
    ("start_here.html", b"<html><head><title>Facebook</title></head></html>", "format JSON"),
    ("archive_browser.html", b"<!DOCTYPE html><html></html>", "all parts"),
    ("print.pdf", b"%PDF-1.4\n1 0 obj <</Producer (Skia/PDF m110)>>", "the export itself"),
    ("Screenshot 2024-11-01.png", JPEG, "text in pictures is not read"),
    ("Numbers.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "save that copy as CSV"),
]


@pytest.mark.parametrize(("name", "data", "says"), CASES, ids=[case[0] for case in CASES])
def test_a_file_of_the_wrong_kind_is_named_with_the_way_to_the_right_one(
    tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(data)
    (line,) = inspect_paths([tmp_path / name])
    assert line.says.startswith(name) and says in line.says and line.reader is None


def test_a_page_of_a_download_that_no_reader_knows_is_told_by_its_place(tmp_path: Path) -> None:
    page = tmp_path / "this_profile's_activity_across_facebook/messages/inbox/rowan_1/photo_1.html"
    page.parent.mkdir(parents=True)
    page.write_bytes(b"<html><head><title>Rowan</title></head><body></body></html>")
    (line,) = inspect_paths([tmp_path])
    assert "form HTML" in line.says and "format JSON" in line.says


def test_the_same_sentence_is_the_reason_of_the_files_fate(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    write_mailbox(tmp_path / "export/inbox.mbox")
    (tmp_path / "export/msgstore.db.crypt15").write_bytes(b"\x0a\x91" * 40)
    words = ["bundle", str(tmp_path / "export"), "--sender", SUBJECT, "--out", str(tmp_path / "out"), "--json"]
    done = CliRunner().invoke(main, words)
    fates = {file["path"]: file for file in json.loads(done.stdout)["files"]}
    assert fates["msgstore.db.crypt15"]["fate"] == "known-unsupported"
    assert "Export chat" in fates["msgstore.db.crypt15"]["reason"]


def test_a_table_nothing_reads_is_offered_a_mapping_and_a_wrong_mapping_is_said(tmp_path: Path) -> None:
    table, mapping = tmp_path / "calls.csv", tmp_path / "m.toml"
    table.write_bytes(b"Timestamp,Sender,Message\n2024-10-02 18:30,R,hello\n")
    mapping.write_text('mapping_version = 1\n[columns]\ntime = "When"\nsender = "Who"\ntext = "What"\n', "utf-8")
    offered = CliRunner().invoke(main, ["inspect", str(table)])
    wrong = CliRunner().invoke(main, ["inspect", "--mapping", str(mapping), str(table)])
    assert "plainrecord mapping" in offered.output
    assert "no column “When”" in wrong.output


def test_proposing_and_reading_go_hand_in_hand_on_the_command_line(tmp_path: Path) -> None:
    table, mapping = tmp_path / "calls.csv", tmp_path / "m.toml"
    table.write_bytes(b"Timestamp,Sender,Message\n2024-10-02 18:30,R,hello\n")
    proposed = CliRunner().invoke(main, ["mapping", str(table)])
    mapping.write_text(proposed.stdout, "utf-8")
    done = CliRunner().invoke(main, ["records", str(table), "--mapping", str(mapping)])
    assert json.loads(done.stdout)["text"] == "hello"
    inspected = CliRunner().invoke(main, ["inspect", str(table), "--mapping", str(mapping)])
    assert "can be read" in inspected.output


def test_a_mapping_file_that_is_none_ends_the_command_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_bytes(b"\xff\xfe\x00")
    done = CliRunner().invoke(main, ["inspect", "--mapping", str(tmp_path / "m.toml"), str(tmp_path)])
    assert done.exit_code == 1 and "Nothing was read" in done.output and "Traceback" not in done.output


def test_the_template_is_written_once_and_never_over_a_log(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    assert CliRunner().invoke(main, ["diary-template", "--out", str(path)]).exit_code == 0
    path.write_text("mine")
    assert CliRunner().invoke(main, ["diary-template", "--out", str(path)]).exit_code == 1
    assert path.read_text() == "mine"


def test_every_entry_of_the_table_is_whole_and_every_pattern_compiles() -> None:
    for kind in wrong_kinds():
        assert kind.says and kind.instead.endswith(".") and (kind.name or kind.path or kind.type)
        re.compile(kind.name), re.compile(kind.path)
