"""A case, step by step: new, add, people, select, build, records, formats, inspect, hash."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import subprocess
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailboxes import OWNER, SUBJECT, mail, write_mailbox
from plainrecord.cli import main


def invoke(*words: object, code: int = 0) -> str:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout


def told(*words: object, code: int = 0) -> dict[str, object]:
    said: dict[str, object] = json.loads(invoke(*words, "--json", code=code))
    return said


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    invoke("new", folder, "--sender", SUBJECT, "--owner", OWNER, "--timezone", "Europe/London", "--operator", "C. Dee")
    return folder


def test_a_case_goes_from_new_to_a_bundle_that_verifies(case: Path, tmp_path: Path) -> None:
    added = told("add", case, write_mailbox(tmp_path / "inbox.mbox"))["added"]
    assert added[0]["counts"] == {"seen": 10, "read": 10, "unread": 0}  # type: ignore[index]
    assert told("select", case)["included"] == 6
    built = told("build", case, "--out", tmp_path / "out")
    assert built["counts"]["included"] == 6  # type: ignore[index]
    assert told("verify", built["path"], "--seal", built["seal"])["ok"] is True


def test_the_custody_log_of_the_bundle_names_the_operator_and_every_step(case: Path, tmp_path: Path) -> None:
    told("add", case, write_mailbox(tmp_path / "inbox.mbox"))
    built = told("build", case, "--out", tmp_path / "out")
    log = (Path(str(built["path"])) / "custody/custody.jsonl").read_text("utf-8").splitlines()
    events = [json.loads(line) for line in log]
    types = [event["type"] for event in events]
    assert types[:4] == ["log.opened", "intake.received", "hash.recorded", "parse.performed"]
    assert types[-1] == "bundle.built" and "selection.performed" in types
    assert {event["who"]["name"] for event in events[1:]} == {"C. Dee"}


def test_a_second_bundle_of_the_same_case_has_the_same_items(case: Path, tmp_path: Path) -> None:
    told("add", case, write_mailbox(tmp_path / "inbox.mbox"))
    bags = [Path(str(told("build", case, "--out", tmp_path / f"out{n}")["path"])) for n in (1, 2)]
    assert bags[0].name != bags[1].name
    assert (bags[0] / "data/items/messages.jsonl").read_bytes() == (bags[1] / "data/items/messages.jsonl").read_bytes()


def test_adding_the_same_original_twice_says_so_and_adds_nothing(case: Path, tmp_path: Path) -> None:
    mailbox = write_mailbox(tmp_path / "inbox.mbox")
    told("add", case, mailbox)
    before = records_of(case)
    again = told("add", case, mailbox)["added"][0]  # type: ignore[index]
    assert again["already"] == "S01 inbox.mbox"
    assert records_of(case) == before


def records_of(case: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(case / "case.sqlite")) as db:
        return db.execute("SELECT id, locator, utc_us FROM record ORDER BY id").fetchall()


def test_people_lists_accounts_by_how_much_they_wrote(case: Path, tmp_path: Path) -> None:
    told("add", case, write_mailbox(tmp_path / "inbox.mbox"))
    accounts = told("people", case)["accounts"]
    assert accounts[0]["written"] == 4  # type: ignore[index]
    assert {"value", "names", "service", "kind", "written", "named", "first_utc", "last_utc"} == set(accounts[0])  # type: ignore[index]


def test_selecting_another_sender_is_kept_in_the_case(case: Path, tmp_path: Path) -> None:
    told("add", case, write_mailbox(tmp_path / "inbox.mbox"))
    assert told("select", case, "--sender", "kim@mail.example")["included"] == 3
    assert "kim@mail.example" in (case / "case.toml").read_text("utf-8")


def test_only_the_senders_own_records_leave_gaps_that_are_counted(case: Path, tmp_path: Path) -> None:
    told("add", case, write_mailbox(tmp_path / "inbox.mbox"))
    told("select", case, "--scope", "subject")
    built = told("build", case, "--out", tmp_path / "out")
    lines = [
        json.loads(line)
        for line in (Path(str(built["path"])) / "data/items/messages.jsonl").read_text("utf-8").splitlines()
    ]
    assert [line["gap_before"] for line in lines] == [0, 1, 0, 0]
    assert built["counts"]["not_included"] == 6  # type: ignore[index]


def test_dates_narrow_the_selection_and_the_rest_has_a_reason(case: Path, tmp_path: Path) -> None:
    mails = [mail(n, SUBJECT, OWNER, subject=f"Day {n}", minutes=n * 24 * 60) for n in range(1, 8)]
    told("add", case, write_mailbox(tmp_path / "inbox.mbox", mails))
    told("select", case, "--from", "2024-10-23", "--to", "2024-10-25")
    built = told("build", case, "--out", tmp_path / "out")
    assert built["counts"]["included"] == 2  # type: ignore[index]
    assert "outside-dates" in (Path(str(built["path"])) / "schedules/not_included.csv").read_text("utf-8-sig")


def test_copied_originals_are_used_and_the_source_stays(case: Path, tmp_path: Path) -> None:
    mailbox = write_mailbox(tmp_path / "inbox.mbox")
    told("add", case, mailbox, "--copy")
    copy = case / "originals" / "S01" / "inbox.mbox"
    assert copy.read_bytes() == mailbox.read_bytes()
    mailbox.unlink()
    assert told("build", case, "--out", tmp_path / "out")["counts"]["included"] == 6  # type: ignore[index]


def test_an_original_that_changed_since_it_was_added_stops_the_build_with_exit_code_4(
    case: Path, tmp_path: Path
) -> None:
    mailbox = write_mailbox(tmp_path / "inbox.mbox")
    told("add", case, mailbox)
    mailbox.write_bytes(mailbox.read_bytes().replace(b"Please stop writing", b"Please keep writing"))
    refused = told("build", case, "--out", tmp_path / "out", code=4)
    assert "inbox.mbox" in str(refused["error"])
    assert not [path for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")]


def test_a_folder_that_is_no_case_gets_one_sentence(tmp_path: Path) -> None:
    assert "not a case folder" in str(told("people", tmp_path, code=1)["error"])


def test_records_streams_every_record_unselected(tmp_path: Path) -> None:
    out = invoke("records", write_mailbox(tmp_path / "inbox.mbox"), "--jsonl")
    lines = [json.loads(line) for line in out.splitlines()]
    assert len(lines) == 10
    assert len({line["id"] for line in lines}) == 10
    assert lines[3]["subject"] == "Offers" and lines[3]["position"]["original"] == "inbox.mbox"


def test_records_says_that_nothing_was_read_from_other_files(tmp_path: Path) -> None:
    write_mailbox(tmp_path / "inbox.mbox")
    (tmp_path / "notes.bin").write_bytes(bytes(range(256)))
    done = CliRunner().invoke(main, ["records", str(tmp_path)])
    assert "Nothing was read from other files: 1." in done.stderr


def test_formats_lists_every_parser_with_its_tier_and_limits() -> None:
    rows = told("formats")["formats"]
    assert {"parser", "service", "export", "tier", "holds", "cannot_hold"} <= set(rows[0])  # type: ignore[index]
    assert any("mbox" in row["export"] for row in rows)  # type: ignore[attr-defined]


def test_hash_prints_what_sha256sum_checks(tmp_path: Path) -> None:
    for name in ("a.txt", "b c.txt"):
        (tmp_path / name).write_text(name)
    out = invoke("hash", tmp_path / "a.txt", tmp_path / "b c.txt")
    assert hashlib.sha256(b"a.txt").hexdigest() in out
    checked = subprocess.run(["sha256sum", "-c"], input=out, text=True, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr


def inspected(path: Path, code: int = 0) -> str:
    out = invoke("inspect", path, code=code).strip()
    assert len(out.splitlines()) == 1, out
    return out


def test_inspect_says_one_sentence_about_each_kind_of_thing(tmp_path: Path) -> None:
    (tmp_path / "empty.mbox").write_bytes(b"")
    assert "empty" in inspected(tmp_path / "empty.mbox")
    (tmp_path / "nothing").mkdir()
    assert "without any file" in inspected(tmp_path / "nothing")
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.4\n%%EOF\n")
    assert "a PDF document" in inspected(tmp_path / "letter.pdf")
    assert "mbox" in inspected(write_mailbox(tmp_path / "inbox.mbox"))


def test_inspect_names_a_truncated_zip_and_a_locked_one(tmp_path: Path) -> None:
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inbox.mbox", mail(1, SUBJECT, OWNER) * 50)
    (tmp_path / "cut.zip").write_bytes(whole.read_bytes()[:-200])
    assert "cut.zip" in inspected(tmp_path / "cut.zip", code=5)


def test_inspect_names_a_locked_zip_a_bomb_and_a_name_that_climbs_out(tmp_path: Path) -> None:
    (tmp_path / "locked.zip").write_bytes(locked_zip())
    assert "password-protected" in inspected(tmp_path / "locked.zip", code=5)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for number in range(16):
            archive.writestr(f"{number}.bin", bytes(80 << 20))
    assert "decompression bomb" in inspected(tmp_path / "bomb.zip", code=5)
    with zipfile.ZipFile(tmp_path / "slip.zip", "w") as archive:
        archive.writestr("../../x", mail(1, SUBJECT, OWNER))
    assert "climb out of its folder" in inspected(tmp_path / "slip.zip")
    assert not (tmp_path.parent.parent / "x").exists()


def locked_zip() -> bytes:
    """A zip whose one member carries the encryption flag, as any zip program marks it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("inbox.mbox", mail(1, SUBJECT, OWNER))
    data = bytearray(buffer.getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    return bytes(data)


def test_inspect_writes_nothing(tmp_path: Path) -> None:
    mailbox = write_mailbox(tmp_path / "inbox.mbox")
    before = sorted(path.name for path in tmp_path.iterdir())
    inspected(mailbox)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
