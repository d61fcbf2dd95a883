"""The reading list from the case to the figures: what a person answers is counted, and nothing else."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from plainrecord.cli import main
from plainrecord.errors import UsageError
from plainrecord.facts.filled import COLUMNS, read_confirmed_files, read_filled

SUBJECT, OWNER = "Alex Mere", "Sam Field"
CHAT = [
    ("17/10/2024, 10:00", SUBJECT, "Hello"),
    ("17/10/2024, 10:01", SUBJECT, "I saw you at the stop"),
    ("17/10/2024, 10:05", OWNER, "Please stop writing"),
    ("17/10/2024, 11:00", SUBJECT, "=1+1, sorry for that"),
    ("18/10/2024, 23:30", SUBJECT, "These flowers are for you"),
    ("19/10/2024, 09:00", SUBJECT, "And one more day"),
]


def run(*words: str | Path, ok: bool = True) -> dict[str, Any]:
    done = CliRunner().invoke(main, [*map(str, words), "--json"])
    assert (done.exit_code == 0) == ok, done.output
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    chat = tmp_path / "WhatsApp Chat with Alex Mere.txt"
    chat.write_text("".join(f"{when} - {who}: {text}\n" for when, who, text in CHAT), "utf-8")
    folder = tmp_path / "case"
    run("new", folder, "--sender", SUBJECT, "--owner", OWNER, "--timezone", "Europe/London")
    run("add", folder, chat)
    return folder


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def fill(path: Path, answers: dict[str, str], into: Path) -> Path:
    """The list with an answer for each tag, as a spreadsheet saves it."""
    rows = rows_of(path)
    for row in rows[1:]:
        if row["tag"] in answers:
            row |= {"to read": answers[row["tag"]], "reader": "DC Dee", "read at": "25/04/2026"}
    with into.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return into


def test_the_list_names_the_words_and_what_stands_around_them(case: Path, tmp_path: Path) -> None:
    answer = run("read-list", case, "--out", tmp_path / "list.csv")
    about, *rows = rows_of(tmp_path / "list.csv")
    assert answer["candidates"] == len(rows) == 5
    assert about["item"] == "about" and "no candidate does not mean that there is nothing" in about["text"]
    saw, again, stop, sorry, flowers = rows
    assert again["item"] == saw["item"] and again["tag"] == "watching"
    assert (saw["item"], saw["tag"], saw["to read"], saw["words found"]) == (
        "M-000002",
        "location_reference",
        "to read",
        "saw you at",
    )
    assert stop["words found"] == "Please stop; stop writing" or stop["words found"] == "Please stop"
    assert stop["before"].splitlines() == ["M-000001 subject: Hello", "M-000002 subject: I saw you at the stop"]
    assert stop["after"].splitlines()[-1] == "M-000006 subject: And one more day"
    # A cell that a spreadsheet would run stands behind an apostrophe.
    assert sorry["text"] == "'=1+1, sorry for that" and flowers["tag"] == "gift_delivery"


def test_only_what_is_answered_yes_is_counted_and_the_count_says_what_was_read(case: Path, tmp_path: Path) -> None:
    run("read-list", case, "--out", tmp_path / "list.csv")
    filled = fill(
        tmp_path / "list.csv", {"stop_request": "yes", "gift_delivery": "Yes", "other": "no"}, tmp_path / "filled.csv"
    )
    counted = run("facts", case, "--confirmed", filled)
    assert counted["reading"] == (
        "2 of 5 candidates confirmed by DC Dee; 1 read and not so, 0 unsure, 2 not read yet; 2 other records were not read for this."
    )
    facts = {one["id"]: one for one in counted["subject_to_owner"]}
    [request] = facts["P9"]["value"]["requests"]
    assert (request["item"], request["before"], request["after"]) == ("M-000003", 2, 3)
    assert facts["P15"]["items"] == ["M-000005"] and facts["P20"]["items"] == []
    assert [one["what"] for one in counted["key_dates"]] == ["contact", "stop", "contact"]


def test_the_bundle_of_a_case_says_what_the_case_says_and_verifies(case: Path, tmp_path: Path) -> None:
    run("read-list", case, "--out", tmp_path / "list.csv")
    filled = fill(tmp_path / "list.csv", {"stop_request": "yes"}, tmp_path / "filled.csv")
    more = tmp_path / "more.toml"
    more.write_text(
        'by = "DC Eff"\n[[block]]\naccount = "whatsapp name:Alex Mere"\nutc = "2024-10-18T00:00:00Z"\n', "utf-8"
    )
    made = run("build", case, "--out", tmp_path / "out", "--confirmed", filled, "--confirmed", more)
    of_case = run("facts", case, "--confirmed", filled, "--confirmed", more)
    of_bundle = run("facts", made["path"])
    assert of_bundle.pop("bundle_id") and of_case.pop("bundle_id") == ""
    assert of_bundle == of_case and of_case["confirmed_by"] == "DC Dee, DC Eff"
    assert run("verify", made["path"])["ok"]
    run("read-list", made["path"], "--out", tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "list.csv").read_bytes()


def test_answers_for_items_that_were_numbered_anew_are_refused(case: Path, tmp_path: Path) -> None:
    run("read-list", case, "--out", tmp_path / "list.csv")
    filled = fill(tmp_path / "list.csv", {"stop_request": "yes"}, tmp_path / "filled.csv")
    earlier = tmp_path / "WhatsApp Chat with Alex Mere (1).txt"
    earlier.write_text(f"13/10/2024, 10:00 - {SUBJECT}: Earlier\n25/10/2024, 10:00 - {OWNER}: Later\n", "utf-8")
    run("add", case, earlier)
    assert "numbered anew" in run("facts", case, "--confirmed", filled, ok=False)["error"]
    assert "numbered anew" in run("build", case, "--out", tmp_path / "out", "--confirmed", filled, ok=False)["error"]
    assert not list((tmp_path / "out").glob("pr-*"))


def test_a_list_is_never_written_over(case: Path, tmp_path: Path) -> None:
    run("read-list", case, "--out", tmp_path / "list.csv")
    assert "answers" in run("read-list", case, "--out", tmp_path / "list.csv", ok=False)["error"]


HEAD = "item,to read,reader,tag,amount,list,check\n"
ABOUT = "about,,,,2,1,\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + ABOUT + "M-000001,perhaps,DC Dee,other,,x,\n", "no answer"),
        (HEAD + ABOUT + "M-000001,yes,,other,,x,\n", "names no reader"),
        (HEAD + ABOUT + "M-000001,yes,DC Dee,nonsense,,x,\n", "no tag"),
        (HEAD + "M-000001,yes,DC Dee,other,,x,\n", "no row"),
        (HEAD + "about,,,,many,1,\n", "was changed"),
        ("item,reader\nM-000001,DC Dee\n", "no column"),
        (HEAD + ABOUT + 'M-000001,"yes,DC Dee', "Save it as CSV"),
    ],
)
def test_a_list_that_cannot_be_understood_is_refused_in_one_sentence(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_filled(text, "list.csv")


def test_rows_that_were_taken_out_count_as_not_read() -> None:
    said = read_filled(HEAD.replace(",", ";") + "about;;;;40;1;\nM-000001;unsure;DC Dee;other;;x;\n", "list.csv")
    assert said.reading is not None
    assert (said.reading.candidates, said.reading.unsure, said.reading.to_read) == (40, 1, 39)
    assert (said.by, said.tags) == ("DC Dee", ())


def test_a_file_in_another_character_set_says_how_to_save_it(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes("item,to read\u00e9\n".encode("utf-16"))
    with pytest.raises(UsageError, match="CSV UTF-8"):
        read_confirmed_files([tmp_path / "list.csv"])


def filled(folder: Path, name: str, *rows: str) -> Path:
    path = folder / name
    path.write_text(HEAD + "about,,,,4,1,\n" + "".join(f"{row}\n" for row in rows), "utf-8")
    return path


def test_a_list_that_several_people_filled_in_is_counted_as_one_list(tmp_path: Path) -> None:
    unread = "M-000002,to read,,other,,one,y"
    first = filled(tmp_path, "a.csv", "M-000001,yes,DC Dee,other,,one,x", unread)
    second = filled(tmp_path, "b.csv", "M-000001,to read,,other,,one,x", "M-000002,no,DS Eff,other,,one,y")
    said = read_confirmed_files([first, second, first])
    assert said.by == "DC Dee, DS Eff"
    assert [one.item for one in said.tags] == ["M-000001"]
    assert said.reading and (said.reading.candidates, said.reading.yes, said.reading.no, said.reading.to_read) == (
        4,
        1,
        1,
        2,
    )
    other = filled(tmp_path, "c.csv", "M-000001,no,DS Eff,other,,one,x")
    with pytest.raises(UsageError, match="a.csv and c.csv answer M-000001 in two ways"):
        read_confirmed_files([first, other])


def test_what_two_files_say_of_an_item_is_said_once(tmp_path: Path) -> None:
    said = tmp_path / "said.toml"
    said.write_text("by = 'DC Dee'\n[[tag]]\nitem = 'M-000001'\ntag = 'other'\n", "utf-8")
    found = read_confirmed_files([said, filled(tmp_path, "a.csv", "M-000001,yes,DC Dee,other,,one,x")])
    assert [one.item for one in found.tagged("other")] == ["M-000001"]
