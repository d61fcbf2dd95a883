from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from chat_readers import FIXTURES, FOREIGN, check_golden, claims, golden_line, loaded, read, scanned
from mailboxes import OWNER, SUBJECT, write_mailbox
from plainrecord.cli import main
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import NeedsAnswer
from plainrecord.parsers.diary import Diary
from plainrecord.parsers.diarywords import is_diary, kind_of, kinds, template
from plainrecord.records import Envelope, Loaded, Unread
from workbooks import number, row, text, workbook

HERE = FIXTURES / "diary"
LONDON = ReadOptions(timezone="Europe/London", owner_names=("maren@postbox.example",))
HEAD = "No,Written on,Happened from,What happened,Corrects No\r\n"


def log(folder: Path, rows: str, options: ReadOptions = LONDON) -> list[Loaded]:
    (folder / "log.csv").write_text(HEAD + rows, encoding="utf-8", newline="")
    return read(Diary(), folder / "log.csv", options)


def told(*words: object, code: int = 0) -> dict[str, object]:
    done = CliRunner().invoke(main, [*(str(word) for word in words), "--json"])
    assert done.exit_code == code, done.output
    said: dict[str, object] = json.loads(done.stdout)
    return said


def test_the_samples_say_what_is_expected_of_them(update_golden: bool) -> None:
    lines = []
    for name in ("log.csv", "helpline-log.csv"):
        lines += [f"# {name}", *(golden_line(item) for item in loaded(Diary(), HERE / name, LONDON))]
    check_golden(lines, HERE / "expected.jsonl", update_golden)


def test_only_logs_of_incidents_are_claimed(tmp_path: Path) -> None:
    for name, data in FOREIGN.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "news.csv").write_bytes(b"Date,What happened\n2024-10-02,an incident that happened\n")
    (tmp_path / "sheet.xlsx").write_bytes(workbook(row(1, text("A1", "Date"), text("B1", "Amount"))))
    assert not claims(Diary(), tmp_path)


def test_the_template_is_a_log_and_holds_no_secret_column() -> None:
    header = template().strip().split(",")
    assert is_diary(header) and not any("private" in name.lower() for name in header)


def test_the_columns_of_a_police_force_and_of_a_helpline_are_known() -> None:
    force = "Date and time,Location,What happened,Evidence,Police contact,Impact,Changes"
    helpline = (
        "Date,Time,Description of incident,Location,Witness name(s),Police called?,Report #,Officer name (badge #)"
    )
    assert is_diary(force.split(",")) and is_diary(helpline.split(","))


def test_an_entry_is_authored_and_says_when_it_happened_and_when_it_was_written(tmp_path: Path) -> None:
    (one,) = log(tmp_path, "1,2024-11-03 20:40,2024-10-22 11:05,A parcel came.,\r\n")
    assert one.envelope.kind == "incident" and one.envelope.time.meaning == "occurred"
    assert [(time.meaning, time.ts_utc) for time in one.dates] == [("written", "2024-11-03T20:40:00Z")]
    assert one.envelope.marks == ("written-later",) and one.facts["written after"] == "17915 minutes"


def test_a_correction_stands_beside_what_it_corrects_and_both_are_kept(tmp_path: Path) -> None:
    first, second = log(tmp_path, "1,,2024-10-22 11:05,At 11:05.,\r\n2,,2024-10-22 11:25,At 11:25.,1\r\n")
    assert (first.text, second.text) == ("At 11:05.", "At 11:25.")
    assert "amended" in first.envelope.marks and first.facts["corrected by"] == "2"
    assert "amendment" in second.envelope.marks


def test_a_private_note_is_never_read_out(tmp_path: Path) -> None:
    for item in loaded(Diary(), HERE / "helpline-log.csv", LONDON):
        assert isinstance(item, Loaded) and "new address" not in repr((item.text, item.facts, item.raw))
    assert "private-note-left-out" in scanned(Diary(), HERE / "helpline-log.csv", LONDON)[0].notes  # type: ignore[union-attr]


def test_an_open_order_of_day_and_month_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(NeedsAnswer, match="--date-order"):
        log(tmp_path, "1,,03/04/2024 10:00,x,\r\n")
    with pytest.raises(NeedsAnswer, match="two ways"):
        log(tmp_path, "1,,13/04/2024,x,\r\n2,,04/13/2024,x,\r\n")
    (one,) = log(tmp_path, "1,,03/04/2024 10:00,x,\r\n", ReadOptions(date_order="MDY"))
    assert one.envelope.time.local == "2024-03-04T10:00:00"


def test_a_time_that_is_not_known_leaves_the_entry_undated(tmp_path: Path) -> None:
    (one,) = log(tmp_path, "1,2024-11-03 20:40,,Somebody rang.,\r\n")
    assert one.envelope.time.utc_us is None and "time-not-stated" in one.envelope.notes


def test_a_workbook_is_read_like_a_text(tmp_path: Path) -> None:
    head = row(1, text("A1", "No"), text("B1", "Date and time"), text("C1", "What happened"), text("D1", "Witnesses"))
    (tmp_path / "log.xlsx").write_bytes(
        workbook(head + row(2, number("A2", "1"), number("B2", "45587.5", 1), text("C2", "x")))
    )
    (one,) = read(Diary(), tmp_path / "log.xlsx", LONDON)
    assert one.envelope.time.local == "2024-10-22T12:00:00" and one.envelope.position.locator == "row:Messages/2"


def test_the_log_says_what_is_odd_about_it(tmp_path: Path) -> None:
    rows = "1,2024-11-03,2024-10-22,a,\r\n1,2024-11-02,2024-10-22,b,\r\n3,2024-11-04,2024-10-22,c,9\r\n"
    (tmp_path / "log.csv").write_text(HEAD + rows, encoding="utf-8", newline="")
    (claim,) = claims(Diary(), tmp_path / "log.csv", LONDON)
    list(Diary().scan(claim))
    said = next(decision.basis for decision in claim.decisions if decision.subject == "log")
    assert "numbers used more than once" in said and "written before the entry above" in said and "not there" in said


def test_kinds_are_those_of_the_list() -> None:
    assert kind_of("Parcel") == "gift_delivery" and kind_of("hum") is None
    assert all(kind_of(kind.replace("_", " ")) == kind for kind in kinds())


def test_a_log_cut_at_any_byte_never_raises(tmp_path: Path) -> None:
    whole = (HERE / "log.csv").read_bytes()
    for end in range(0, len(whole), 7):
        (tmp_path / "log.csv").write_bytes(whole[:end])
        assert all(isinstance(one, Envelope | Unread) for one in scanned(Diary(), tmp_path / "log.csv", LONDON))


def test_the_log_goes_into_a_bundle_as_a_conversation_of_its_own(tmp_path: Path) -> None:
    mailbox = write_mailbox(tmp_path / "inbox.mbox")
    said = ("--sender", SUBJECT, "--owner", OWNER, "--timezone", "Europe/London")
    without = told("bundle", mailbox, *said, "--out", tmp_path / "a")
    made = told("bundle", mailbox, HERE / "log.csv", *said, "--out", tmp_path / "b", code=5)
    assert made["counts"]["included"] == without["counts"]["included"] + 4  # type: ignore[index]
    items = [
        json.loads(line)
        for line in (Path(str(made["path"])) / "data/items/messages.jsonl").read_text("utf-8").splitlines()
    ]
    authored = [item for item in items if item["evidence_kind"] == "authored"]
    assert len(authored) == 4 and {item["matched"] for item in authored} == {"authored:owner"}
    assert len({item["conversation"]["id"] for item in authored}) == 1
    assert not {item["conversation"]["id"] for item in items if item not in authored} & {
        authored[0]["conversation"]["id"]
    }
    assert told("verify", made["path"], "--seal", made["seal"])["ok"] is True


def test_the_log_stays_when_only_the_senders_own_records_are_asked_for(tmp_path: Path) -> None:
    mailbox = write_mailbox(tmp_path / "inbox.mbox")
    said = ("--sender", SUBJECT, "--timezone", "Europe/London", "--scope", "subject")
    made = told("bundle", mailbox, HERE / "log.csv", *said, "--out", tmp_path / "b", code=5)
    items = [
        json.loads(line)
        for line in (Path(str(made["path"])) / "data/items/messages.jsonl").read_text("utf-8").splitlines()
    ]
    assert sum(item["matched"] == "authored:owner" for item in items) == 4


def test_a_log_does_not_hide_that_nothing_of_the_sender_was_found(tmp_path: Path) -> None:
    mailbox = write_mailbox(tmp_path / "inbox.mbox")
    told("bundle", mailbox, HERE / "log.csv", "--sender", "nobody@nowhere.example", "--out", tmp_path / "b", code=2)


def test_a_log_alone_makes_a_bundle(tmp_path: Path) -> None:
    made = told(
        "bundle", HERE / "log.csv", "--sender", "Alex", "--timezone", "Europe/London", "--out", tmp_path / "b", code=5
    )
    assert made["counts"]["included"] == 4  # type: ignore[index]
