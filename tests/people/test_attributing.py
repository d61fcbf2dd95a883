"""Attributions: written into the custody log and nowhere else, taken back by one more entry, and kept whatever is added."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from peoplecase import OWNER, SUBJECT, copy_of, made_case, run, told, write_exports
from plainrecord.people.attributions import ASSERTED, WITHDRAWN, standing

CHAT_NUMBER = "whatsapp:+44 7700 900456"
SAYS = ("--by", "DC Dee", "--because", "Named in the statement of 25 April")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_case(tmp_path_factory.mktemp("people"))


@pytest.fixture
def case(base: Path, tmp_path: Path) -> Path:
    return copy_of(base, tmp_path)


def log(case: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(case / "case.sqlite")) as db:
        return [json.loads(row[0]) for row in db.execute("SELECT line FROM custody ORDER BY seq")]


def said(case: Path) -> dict[str, str]:
    rows = told("people", case, "--limit", "500")["accounts"]
    return {f"{row['service']}:{row['value']}": row["person"] for row in rows if "person" in row}


def build(case: Path, out: Path) -> Path:
    made = told("build", case, "--out", out)
    assert told("verify", made["path"], "--seal", made["seal"])["ok"] is True
    return Path(made["path"])


def test_the_old_way_of_listing_stays_beside_the_new_one(base: Path) -> None:
    assert told("people", base) == told("people", "list", base)
    assert told("people", "--limit", "1", base)["accounts"] == told("people", base)["accounts"][:1]
    assert "assert" in run("people", "--help")


def test_an_assertion_is_one_custody_entry_with_who_why_and_records_of_both_sides(case: Path) -> None:
    told("people", "assert", case, "--person", "subject", "--account", CHAT_NUMBER, *SAYS)
    event = log(case)[-1]
    assert (event["type"], event["why"]) == (ASSERTED, SAYS[3])
    assert event["details"]["selectors"] == [{"service": "whatsapp", "kind": "number", "value": "+44 7700 900456"}]
    assert (event["details"]["asserted_by"], event["details"]["basis"]) == (SAYS[1], SAYS[3])
    assert (event["details"]["person"], event["details"]["role"]) == ("Subject", "subject")
    assert event["item_refs"] and event["details"]["other_item_refs"]
    assert not set(event["item_refs"]) & set(event["details"]["other_item_refs"])


def test_an_asserted_account_of_the_subject_counts_as_an_alias_and_says_why(case: Path, tmp_path: Path) -> None:
    before = told("select", case)["included"]
    told("people", "assert", case, "--person", "subject", "--account", CHAT_NUMBER, *SAYS)
    assert told("select", case)["included"] == before + 4
    bag = build(case, tmp_path / "out")
    lines = [json.loads(line) for line in (bag / "data/items/messages.jsonl").read_text("utf-8").splitlines()]
    own = [line for line in lines if line["matched"] == "from:asserted"]
    assert {line["sender"]["value"] for line in own} == {"+44 7700 900456"}
    assert {line["part"] for line in own} == {"subject"}
    accounts = json.loads((bag / "meta/people.json").read_text("utf-8"))["people"][0]["accounts"]
    [row] = [one for one in accounts if one["rule"] == "asserted"]
    assert (row["asserted_by"], row["basis"]) == (SAYS[1], SAYS[3])
    entry = log(case)[-1] if log(case)[-1]["type"] == ASSERTED else next(e for e in log(case) if e["type"] == ASSERTED)
    assert (row["custody_entry"], row["asserted_utc"]) == (entry["event_id"], entry["when"]["utc"])
    assert set(row["record_refs"]) & {line["id"] for line in own}
    page = (bag / "START_HERE.html").read_text("utf-8")
    assert SAYS[3] in page and "attributed to the subject stands in “from”" in page
    assert (
        "because a named person says so" in json.loads((bag / "meta/rules.json").read_text("utf-8"))["selection_words"]
    )


def test_withdrawing_leaves_the_assertion_in_the_log_and_takes_the_alias_away(case: Path) -> None:
    before = told("select", case)["included"]
    told("people", "assert", case, "--person", "subject", "--account", CHAT_NUMBER, *SAYS)
    told("people", "withdraw", case, "--account", CHAT_NUMBER, "--by", "DC Dee", "--because", "A mistake")
    assert [event["type"] for event in log(case)[-2:]] == [ASSERTED, WITHDRAWN]
    assert said(case) == {}
    assert told("select", case)["included"] == before
    assert "attributed to nobody" in told("people", "withdraw", case, "--account", CHAT_NUMBER, *SAYS, code=1)["error"]


def test_attributions_outlive_the_sources_that_are_added_and_taken_out(case: Path, tmp_path: Path) -> None:
    told("people", "assert", case, "--person", "subject", "--account", CHAT_NUMBER, *SAYS)
    write_exports(tmp_path / "again")
    changed = tmp_path / "again" / "WhatsApp Chat with +44 7700 900123.txt"
    told("add", case, changed)
    changed.write_text(changed.read_text("utf-8") + "22/10/2024, 09:05 - \u202a+44 7700 900456\u202c: More\n", "utf-8")
    told("add", case, changed)
    assert said(case) == {CHAT_NUMBER: "Subject"}


def test_one_account_is_one_persons_and_a_name_no_record_bears_is_refused(case: Path) -> None:
    told("people", "assert", case, "--person", "Kim", "--account", "email:kim@xn--bcher-kva.example", *SAYS)
    seq = len(log(case))
    for words, sentence in (
        (("--person", "Robin", "--account", "email:kim@bücher.example"), "attributed to Kim"),
        (("--person", "Robin", "--account", "email:nobody@mail.example"), "No record of this case names"),
        (("--person", "Robin", "--account", "nothing"), "names no account"),
        (("--person", " ", "--account", "email:robin@mail.example"), "--person is empty"),
    ):
        assert sentence in told("people", "assert", case, *words, *SAYS, code=1)["error"]
    blank = ("--person", "Robin", "--account", "email:robin@mail.example", "--by", " ", "--because", "x")
    assert "--by is empty" in told("people", "assert", case, *blank, code=1)["error"]
    assert len(log(case)) == seq
    again = told("people", "assert", case, "--person", "KIM", "--account", "email:kim@bücher.example", *SAYS)
    assert (again["asserted"], len(log(case))) == ([], seq)


def test_what_is_named_as_the_senders_cannot_be_attributed_to_the_owner(case: Path) -> None:
    told("people", "assert", case, "--person", "owner", "--account", f"email:{SUBJECT}", *SAYS)
    assert "only be one person’s" in told("select", case, code=1)["error"]


def test_other_people_stand_in_the_bundle_only_where_their_accounts_do(case: Path, tmp_path: Path) -> None:
    told("people", "assert", case, "--person", "subject", "--account", CHAT_NUMBER, *SAYS)
    told("people", "assert", case, "--person", "Rowan", "--account", "whatsapp:07700 900123", *SAYS)
    told("people", "assert", case, "--person", "Kim", "--account", "email:kim@xn--bcher-kva.example", *SAYS)
    people = json.loads((build(case, tmp_path / "out") / "meta/people.json").read_text("utf-8"))["people"]
    assert [(one["role"], one["label"]) for one in people] == [
        ("subject", "Subject"),
        ("owner", "Owner"),
        ("other", "Rowan"),
    ]


def test_each_of_several_other_people_is_a_node_of_their_own_in_an_export(case: Path, tmp_path: Path) -> None:
    told("people", "assert", case, "--person", "subject", "--account", CHAT_NUMBER, *SAYS)
    told("people", "assert", case, "--person", "Rowan", "--account", "whatsapp:07700 900123", *SAYS)
    told("people", "assert", case, "--person", "subject", "--account", "sms:+447700900456", *SAYS)
    told("people", "assert", case, "--person", "Kim", "--account", "sms:self", *SAYS)
    made = told("export", build(case, tmp_path / "out"), "--as", "case", "--out", tmp_path / "case")
    graph = json.loads(Path(made["path"]).read_text("utf-8"))["@graph"]
    names = {node["core:name"]: node["@id"] for node in graph if node["@type"] == "identity:Person"}
    assert {"Rowan", "Kim", "Subject", "Owner"} <= set(names) and len(set(names.values())) == len(names)


@pytest.mark.parametrize("ending", ["csv", "yaml"])
def test_a_sheet_goes_out_is_filled_in_and_comes_back(case: Path, tmp_path: Path, ending: str) -> None:
    sheet = tmp_path / f"sheet.{ending}"
    assert told("people", "export", case, "--out", sheet)["accounts"] == len(told("people", case)["accounts"])
    fill(sheet, {"+44 7700 900456": "subject", "kim@xn--bcher-kva.example": "Kim"})
    new = told("people", "import", case, sheet, *SAYS)["asserted"]
    assert {(one["value"], one["person"]) for one in new} == {
        ("+44 7700 900456", "Subject"),
        ("kim@xn--bcher-kva.example", "Kim"),
    }
    assert told("people", "import", case, sheet, *SAYS)["asserted"] == []
    assert "is there already" in told("people", "export", case, "--out", sheet, code=1)["error"]


def fill(sheet: Path, people: dict[str, str]) -> None:
    """Fill in the column “person” of a sheet, as a spreadsheet program or an editor would leave it."""
    text = sheet.read_text("utf-8-sig")
    if sheet.suffix == ".yaml":
        rows = yaml.safe_load(text)
        for row in rows:
            row["person"] = people.get(row["account"], "")
        sheet.write_text(yaml.safe_dump(rows, allow_unicode=True), "utf-8")
        return
    read = list(csv.DictReader(io.StringIO(text)))
    for row in read:
        assert not row["account"].startswith(("=", "+", "-", "@")), "a spreadsheet would run this cell"
        row["person"] = people.get(row["account"].removeprefix("'"), "")
    out = io.StringIO()
    writer = csv.DictWriter(out, list(read[0]))
    writer.writeheader()
    writer.writerows(read)
    sheet.write_text(out.getvalue(), "utf-8-sig")


def test_a_number_in_yaml_stays_what_was_written(case: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.yaml"
    sheet.write_text("- person: subject\n  service: whatsapp\n  account: +447700900456\n  because: seen\n", "utf-8")
    [new] = told("people", "import", case, sheet, *SAYS)["asserted"]
    assert (new["value"], new["why"]) == ("+44 7700 900456", "seen")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.csv", "person,service\nx,email\n", "no column “account”"),
        ("a.csv", "person,service,account\nx,email,nobody@mail.example\n", "row 2: No record of this case"),
        ("a.csv", f"person,service,account\nx,email,{OWNER}\ny,email,{OWNER}\n", "row 3 gives"),
        ("a.yaml", "person: x\n", "no list of accounts"),
        ("a.yaml", "- person: [x]\n  service: email\n  account: y\n", "entry 1 is not as it should be"),
        ("a.yaml", "- person: x\n   service: {", "cannot be read as a sheet"),
        ("a.txt", "", "neither in .csv nor in .yaml"),
    ],
)
def test_a_sheet_that_cannot_be_meant_writes_nothing(
    case: Path, tmp_path: Path, name: str, text: str, sentence: str
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    before = len(log(case))
    assert sentence in told("people", "import", case, tmp_path / name, *SAYS, code=1)["error"]
    assert len(log(case)) == before


ACCOUNTS = st.sampled_from([("email", "address", f"{name}@mail.example") for name in "abc"])


@settings(max_examples=200)
@given(st.lists(st.tuples(st.booleans(), ACCOUNTS, st.sampled_from(["Kim", "Robin"])), max_size=12))
def test_what_stands_is_what_was_asserted_last_and_not_withdrawn(
    steps: list[tuple[bool, tuple[str, str, str], str]],
) -> None:
    lines, expected = [], {}
    for number, (asserts, (service, kind, value), person) in enumerate(steps):
        lines.append(
            json.dumps(
                {
                    "type": ASSERTED if asserts else WITHDRAWN,
                    "event_id": str(number),
                    "when": {"utc": "2024-10-20T08:00:00Z"},
                    "item_refs": [],
                    "details": {
                        "selectors": [{"service": service, "kind": kind, "value": value}],
                        "person": person,
                        "asserted_by": "DC Dee",
                        "basis": "said so",
                        "other_item_refs": [],
                    },
                }
            )
        )
        if asserts:
            expected[value] = (person, str(number))
        else:
            expected.pop(value, None)
    assert {one.value: (one.person, one.entry) for one in standing(lines)} == expected


def test_a_label_with_an_unseen_character_is_nobody_new(tmp_path: Path) -> None:
    case = made_case(tmp_path)
    by = ("--by", "DC Dee", "--because", "seen")
    said = told("people", "assert", case, "--person", "Sub\u200bject", *by, "--account", "whatsapp:+447700900456")
    assert (said["asserted"][0]["person"], said["asserted"][0]["role"]) == ("Subject", "subject")
    said = told("people", "assert", case, "--person", "\u200b", *by, "--account", "whatsapp:+447700900123", code=1)
    assert said["error"].startswith("--person is empty")
