"""The person's own log: rows are only added, a longer log takes the shorter one's place, and the custody log names each entry."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plainrecord.custody.checking import ChainCheck
from plainrecord.errors import CaseError, UsageError
from plainrecord.guide.incidents import entries, write_entry, written_later
from plainrecord.selection import LEFT_OUT
from plainrecord.store import Case, CaseSettings, PersonSettings, contents_of
from plainrecord.store.continuing import add_continued
from plainrecord.store.withholding import leave_out, left_out, maybe_left_out, put_back

NOW = datetime(2024, 11, 3, 20, 40, tzinfo=UTC)


def entry(what: str, corrects: str = "") -> dict[str, str]:
    return {
        "What happened": what,
        "Happened from": "2024-10-22 11:05",
        "How sure": "exact",
        "Kind": "gift_delivery",
        "Corrects No": corrects,
    }


def test_an_entry_is_a_row_that_is_never_touched_again(tmp_path: Path) -> None:
    write_entry(tmp_path, entry("A parcel, “with a note”,\nat the door; =1+1"), NOW)
    first = (tmp_path / "log.csv").read_bytes()
    write_entry(tmp_path, entry("It was left at the back.", "1"), NOW + timedelta(minutes=5))
    assert (tmp_path / "log.csv").read_bytes().startswith(first)
    written = entries(tmp_path)
    assert [one.number for one in written] == ["1", "2"]
    assert written[0].cells["What happened"] == "A parcel, “with a note”,\nat the door; =1+1"
    assert written[1].cells["Corrects No"] == "1"
    assert written[1].cells["Written on"] == "2024-11-03 20:45"
    assert written_later(written[0].cells)


def test_a_log_that_was_changed_into_something_else_is_not_continued(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("a,b\n1,2\n")
    with pytest.raises(CaseError, match="does not begin with the columns of a log"):
        write_entry(tmp_path, entry("x"), NOW)
    assert (tmp_path / "log.csv").read_text() == "a,b\n1,2\n"


@pytest.fixture
def case(tmp_path: Path):
    settings = CaseSettings(timezone="Europe/London", subject=PersonSettings(label="Subject", accounts=["Sam Field"]))
    with Case.create(tmp_path / "case", settings, lambda: NOW) as opened:
        yield opened


def custody(case: Case) -> list[dict[str, object]]:
    lines = [row[0] for row in case.db.execute("SELECT line FROM custody ORDER BY seq")]
    assert list(ChainCheck("0" * 64).problems(lines)) == []
    return [json.loads(line) for line in lines]


def test_a_longer_log_takes_the_place_of_the_shorter_one_and_every_state_stays_on_disk(case: Case) -> None:
    write_entry(case.folder, entry("A parcel."), NOW)
    assert add_continued(case, case.folder / "log.csv").read == 1
    assert add_continued(case, case.folder / "log.csv").already
    write_entry(case.folder, entry("It was at the back.", "1"), NOW)
    assert add_continued(case, case.folder / "log.csv").read == 2
    assert case.db.execute("SELECT count(*) FROM record").fetchone()[0] == 2
    assert len(list((case.folder / "originals").rglob("log.csv"))) == 2
    last = custody(case)[-1]
    assert last["type"] == "correction"
    assert "Nothing; the log went on." in json.dumps(last)


CHAT = "".join(
    f"2{day}/10/2024, 20:4{day} - {who}: words {day}\n" for day, who in enumerate(["Sam Field", "Kit Vale"] * 4)
)


@pytest.fixture
def chat(case: Case, tmp_path: Path) -> Case:
    path = tmp_path / "WhatsApp Chat with Sam Field.txt"
    path.write_text(CHAT, encoding="utf-8")
    case.add([path])
    return case


def rows(case: Case) -> dict[int, str]:
    """Row and stable id of every chosen record, in order."""
    from plainrecord.store.looking import conversation_page

    found = case.select()
    return {one.row: one.item.record.id for one in conversation_page(case, found, "V-0001", 50, 0)}


def test_a_record_left_out_by_hand_is_counted_listed_and_marked_as_a_gap(chat: Case) -> None:
    before = rows(chat)
    assert len(before) == 8
    chosen = dict(list(before.items())[2:4])
    assert leave_out(chat, chosen, "third_party_private") == 2
    assert leave_out(chat, chosen, "safety") == 0  # what is left out already stays so, for its first reason
    found = chat.select()
    contents = contents_of(chat, found, "pr-test")
    assert (contents.counts.included, contents.counts.not_included) == (6, 2)
    gaps = [item.gap_before for item in contents.items()]
    assert gaps == [0, 0, 2, 0, 0, 0]
    (row,) = contents.not_included()
    assert (row.count, row.reason) == (2, "left-out-by-hand:third_party_private")
    assert row.examined == "yes by the person who chose"
    assert "Left out by hand, each with its reason: 2 records." in contents.selection.words
    assert [event["type"] for event in custody(chat)].count("withheld") == 2


def test_what_was_left_out_stays_out_when_it_is_read_again_and_can_be_put_back(chat: Case) -> None:
    chosen = dict(list(rows(chat).items())[:1])
    leave_out(chat, chosen, "safety")
    (one,) = left_out(chat)
    assert (one.id, one.reason) == (next(iter(chosen.values())), "safety")
    assert put_back(chat, {one.row: one.id}) == 1
    assert len(rows(chat)) == 8
    assert custody(chat)[-1]["type"] == "correction"


MAIL = (
    "From - Mon Jan  1 00:00:00 2024\nFrom: Sam Field <sam@mail.example>\nTo: kit@mail.example\nMessage-ID: <{name}@mail.example>\n"
    "Date: Mon, 01 Jan 2024 10:0{name}:00 +0000\nSubject: number {name}\n\nhello {name}\n\n"
)


def test_a_mail_that_stands_in_two_exports_is_left_out_of_both_and_a_third_is_pointed_at(
    case: Case, tmp_path: Path
) -> None:
    case.settings.subject.accounts = ["sam@mail.example"]
    for name, mails in (("inbox.mbox", "12"), ("backup.mbox", "13"), ("later.mbox", "14")):
        (tmp_path / name).write_text("".join(MAIL.format(name=one) for one in mails), encoding="ascii")
    case.add([tmp_path / "inbox.mbox"])
    case.add([tmp_path / "backup.mbox"])
    chosen = case.select()
    contents_of(case, chosen, "pr-test")  # sets copies aside, as the page does
    from plainrecord.store.looking import conversation_page

    first = conversation_page(case, chosen, "V-0001", 50, 0)[0]
    assert first.item.record.subject == "number 1"
    assert leave_out(case, {first.row: first.item.record.id}, "safety") == 2
    contents = contents_of(case, case.select(), "pr-test")
    assert [item.record.subject for item in contents.items()] == ["number 2", "number 3"]
    assert maybe_left_out(case) == []
    case.add([tmp_path / "later.mbox"])
    case.select()
    assert len(maybe_left_out(case)) == 1


def test_a_page_older_than_the_case_leaves_nothing_out(chat: Case) -> None:
    first, second = list(rows(chat).items())[:2]
    with pytest.raises(UsageError, match="has moved since the page was made"):
        leave_out(chat, {first[0]: second[1]}, "safety")
    with pytest.raises(UsageError, match="is not a reason"):
        leave_out(chat, dict([first]), "because")
    assert not list(left_out(chat))


def test_every_reason_has_a_sentence_in_the_schedule() -> None:
    from plainrecord.selection import REASONS

    assert all(REASONS[f"left-out-by-hand:{code}"].endswith(says) for code, says in LEFT_OUT.items())
