"""`selectors.csv`: what the items say of the subject's accounts and files, nothing of anybody else's, and safe to open."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from peoplecase import DOTTED, SUBJECT, made_case, told
from plainrecord.bundle.bag import Bag
from plainrecord.bundle.contents import Person, PersonAccount
from plainrecord.bundle.selectors import COLUMNS, ITEMS_SHOWN, SELECTORS, SelectorTable, write_selectors
from plainrecord.bundle.verify import verify
from plainrecord.people.selectors import ip_selector
from plainrecord.records import Account

SAYS = ("--by", "DC Dee", "--because", "Said so")
ACCOUNTS = ("whatsapp:+44 7700 900123", "sms:07700900123", f"email:{DOTTED}")


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("selectors")
    case = made_case(folder)
    for account in ACCOUNTS:
        told("people", "assert", case, "--person", "subject", "--account", account, *SAYS)
    return Path(told("build", case, "--out", folder / "out")["path"])


def table(bag: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((bag / SELECTORS).read_text("utf-8-sig"))))


def items(bag: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (bag / "data/items/messages.jsonl").read_text("utf-8").splitlines()]


def test_a_number_in_two_services_is_one_selector_in_its_normal_form_with_both_spellings(bag: Path) -> None:
    [number] = [row for row in table(bag) if row["selector"] == "number"]
    assert (number["normal form"], number["strength"], number["service"]) == ("'+447700900123", "strong", "")
    assert number["as written"] == "07700900123; +44 7700 900123"
    stands = [
        one["item"]
        for one in items(bag)
        if any(
            who and who["value"] in ("07700900123", "+44 7700 900123") for who in (one["sender"], *one["recipients"])
        )  # type: ignore[misc]
    ]
    assert number["item numbers"].split() == stands and number["items"] == str(len(stands))


def test_each_row_has_its_strength_and_the_dates_of_its_items(bag: Path) -> None:
    times = {one["item"]: one["time"]["ts_utc"] for one in items(bag)}  # type: ignore[index]
    for row in table(bag):
        seen = [times[number] for number in row["item numbers"].split() if times[number]]
        assert (row["first utc"], row["last utc"]) == ((seen[0], seen[-1]) if seen else ("", ""))
    rows = {(row["selector"], row["strength"]) for row in table(bag)}
    assert rows == {("address", "strong"), ("number", "strong"), ("file", "medium"), ("name", "weak")}


def test_nobody_else_is_in_it_and_no_cell_is_run_by_a_spreadsheet(bag: Path) -> None:
    text = (bag / SELECTORS).read_text("utf-8-sig")
    assert SUBJECT in text and "kim" not in text and "alex@home.example" not in text and "900456" not in text
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in csv.reader(io.StringIO(text)) for cell in row)


def test_verify_makes_it_again_and_names_what_differs(bag: Path, tmp_path: Path) -> None:
    def says(change: object) -> set[str]:
        copied = Path(shutil.copytree(bag, tmp_path / f"{len(list(tmp_path.iterdir()))}"))
        change(copied)  # type: ignore[operator]
        return {problem.says for problem in verify(copied).problems if problem.path == SELECTORS}

    def append(copied: Path) -> None:
        (copied / SELECTORS).write_bytes((copied / SELECTORS).read_bytes() + b"a,b\r\n")

    def edit(old: bytes, new: bytes) -> object:
        return lambda copied: (copied / SELECTORS).write_bytes((copied / SELECTORS).read_bytes().replace(old, new))

    assert says(lambda copied: None) == set()
    assert any("is not what the items" in one for one in says(edit(b",strong,", b",weak,")))
    assert any("is not what the items" in one for one in says(edit(b"M-000001", b"M-000009")))
    assert any("rows; the items have" in one for one in says(append))
    assert any("not there" in one for one in says(lambda copied: (copied / SELECTORS).unlink()))
    assert any("read to its end" in one for one in says(lambda copied: (copied / SELECTORS).write_bytes(b'\xff"')))
    other = says(
        lambda c: (c / "meta/bundle.json").write_text(
            (c / "meta/bundle.json").read_text().replace('"police"', '"service"')
        )
    )
    assert any("police edition only" in one for one in other)


TRICKY = ',"sender":{"x":1},"direction":"no","ts_utc":null,"sha256":'


def line(number: str, **changes: object) -> dict[str, object]:
    who = {"service": "x", "kind": "handle", "value": "rowan", "name": TRICKY, "role": "from"}
    item: dict[str, object] = {
        "item": number,
        "part": "subject",
        "matched": TRICKY,
        "time": {"ts_raw": TRICKY, "ts_utc": None},
    }
    item |= {"conversation": {"title": TRICKY}, "sender": who, "recipients": [who], "also": []}
    item |= {"direction": "other", "subject": TRICKY, "text": TRICKY, "attachments": [], "facts": {}}
    return item | changes


LINES = [
    line("M-000001"),
    line("M-000002", time={"ts_raw": TRICKY, "ts_utc": "2024-10-20T08:00:00Z"}, sender=None),
    line("M-000002-1"),
    line("M-000003", recipients=[], facts={"x-originating-ip": "[203.0.113.7]"}),
    line(
        "M-000004",
        attachments=[{"sha256": "ab" * 32, "name": TRICKY, "bytes": 5}, {"sha256": "cd" * 32, "name": "", "bytes": 0}],
    ),
]


def test_lines_are_read_the_quick_way_as_they_are_the_careful_way() -> None:
    quick, careful = (SelectorTable([("x", "handle", "Rowan")], "GB") for _ in range(2))
    quick.lines(json.dumps(one, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" for one in LINES)
    for one in LINES:
        careful.item(one, dict.__getitem__)
    assert list(quick.rows()) == list(careful.rows())
    assert [(row[0], row[5]) for row in quick.rows()] == [
        ("file", "1"), ("handle", "4"), ("ip", "1"), ("name", "4"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("[203.0.113.7]", "203.0.113.7"), (" 2001:DB8::0001 ", "2001:db8::1"), ("192.168.1.20", None), ("[fe80::1]", None),
        ("127.0.0.1", None), ("203.0.113.7, 198.51.100.1", None), ("", None), ("a host", None),
    ],
)  # fmt: skip
def test_an_ip_address_is_one_where_it_is_not_the_same_in_every_house(text: str, normal: str | None) -> None:
    found = ip_selector(text)
    assert (found.normal if found else None) == normal


def test_more_items_than_a_cell_holds_are_counted_behind_it(tmp_path: Path) -> None:
    messages = tmp_path / "messages.jsonl"
    numbers = [f"M-{number:06d}" for number in range(1, ITEMS_SHOWN + 8)]
    messages.write_text("".join(json.dumps(line(one), separators=(",", ":")) + "\n" for one in numbers), "utf-8")
    (tmp_path / "spool").mkdir()
    bag = Bag(tmp_path / "bag", "pr-test", tmp_path / "spool")
    person = Person("Subject", (PersonAccount(Account("x", "handle", "rowan"), "exact", "given", "C. Dee"),))
    write_selectors(bag, messages, person, None)
    rows = table(tmp_path / "bag")
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["items"] == str(ITEMS_SHOWN + 7) and rows[0]["item numbers"].endswith(
        f"M-{ITEMS_SHOWN:06d} and 7 more"
    )
