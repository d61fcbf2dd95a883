"""The same mail in several exports: one item that names every place, nothing lost, nothing merged that differs."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plainrecord.building import Made, make_bundle
from plainrecord.bundle.verify import verify
from plainrecord.store import CaseSettings
from plainrecord.store.settings import PersonSettings, SelectSettings

SUBJECT, OWNER = "alex.mere@mail.example", "sam.field@mail.example"


def mail(number: int, text: str = "Hello", *, sender: str = SUBJECT, minute: int | None = None, more: str = "") -> str:
    to = OWNER if sender == SUBJECT else SUBJECT
    first = "In-Reply-To: <0@mail.example>\n" if number else ""
    return (
        f"From: {sender}\nTo: {to}\nDate: Mon, 7 Oct 2024 10:{number if minute is None else minute:02}:00 +0100\n"
        f"Message-ID: <{number}@mail.example>\n{first}Subject: One\n{more}\n{text}\n"
    )


def mbox(path: Path, *mails: str) -> Path:
    path.write_text("".join(f"From a Mon Oct  7 10:00:00 2024\n{one}\n" for one in mails), "utf-8", newline="\n")
    return path


def bundle(out: Path, *exports: Path, workers: int = 1, **select: Any) -> Made:
    case = CaseSettings(
        timezone="Europe/London",
        subject=PersonSettings(label="Subject", accounts=[SUBJECT]),
        owner=PersonSettings(label="Owner", accounts=[OWNER]),
        select=SelectSettings(**select),
    )
    return make_bundle(exports, case, out, lambda: datetime(2024, 12, 1, 12, tzinfo=UTC), workers=workers)


def items(made: Made) -> list[dict[str, Any]]:
    lines = (made.built.path / "data/items/messages.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def left_out(made: Made) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    with (made.built.path / "schedules/not_included.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            counted[row["source"], row["reason"]] += int(row["records"])
    return counted


def test_one_mail_in_three_exports_is_one_item_that_names_all_of_them(tmp_path: Path) -> None:
    first, second = mbox(tmp_path / "a.mbox", mail(1)), mbox(tmp_path / "b.mbox", mail(2), mail(1))
    saved = tmp_path / "saved.eml"
    saved.write_bytes(("Received: from relay.example\n" + mail(1)).replace("\n", "\r\n").encode())
    made = bundle(tmp_path / "out", first, second, saved)
    one, two = items(made)
    assert two["copies"] == []
    assert [(copy["source"], copy["original"], copy["same"]) for copy in one["copies"]] == [
        ("S02", "b.mbox", "bytes"),
        ("S03", "saved.eml", "content"),
    ]
    assert left_out(made) == {("S02", "copy"): 1, ("S03", "copy"): 1}
    counts = made.built.counts
    assert (counts.seen, counts.included, counts.not_included, counts.copies) == (4, 2, 2, 2)
    report = verify(made.built.path, originals=[first, second, saved])
    assert report.problems == []
    assert report.checked["records against originals"] == 4, "copies are held against their originals too"


@pytest.mark.parametrize(
    "other",
    [
        mail(1, "Hello again"),
        mail(1, minute=30),
        mail(1, more="Cc: third@mail.example\n"),
        mail(1, sender=OWNER),
        mail(1).replace("Subject: One", "Subject: Two"),
        mail(1).replace("<1@mail.example>", "<9@mail.example>"),
        mail(1, more='MIME-Version: 1.0\nContent-Type: application/pdf; name="a.pdf"\n'),
    ],
)
def test_mails_that_differ_in_what_they_say_stay_two_items(tmp_path: Path, other: str) -> None:
    made = bundle(tmp_path / "out", mbox(tmp_path / "a.mbox", mail(1)), mbox(tmp_path / "b.mbox", other))
    assert [item["copies"] for item in items(made)] == [[], []]
    assert made.built.counts.copies == 0


def test_the_senders_hidden_recipients_make_no_other_mail(tmp_path: Path) -> None:
    sent = mail(1, more="Bcc: third@mail.example\n")
    made = bundle(tmp_path / "out", mbox(tmp_path / "a.mbox", mail(1)), mbox(tmp_path / "b.mbox", sent))
    [item] = items(made)
    assert [copy["same"] for copy in item["copies"]] == ["content"]


def test_what_was_left_out_before_a_copy_stands_before_the_next_item(tmp_path: Path) -> None:
    """The owner's mail of the same minute is left out by scope, directly before the copy that is no item."""
    first = mbox(tmp_path / "a.mbox", mail(0), mail(2))
    second = mbox(tmp_path / "b.mbox", mail(1, sender=OWNER, minute=2), mail(2), mail(3))
    made = bundle(tmp_path / "out", first, second, scope="subject")
    assert [(item["text"].strip(), item["gap_before"], len(item["copies"])) for item in items(made)] == [
        ("Hello", 0, 0),
        ("Hello", 0, 1),
        ("Hello", 1, 0),
    ]
    assert left_out(made) == {("S02", "copy"): 1, ("S02", "outside-scope"): 1}
    assert verify(made.built.path).problems == []


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(0, 5), max_size=5), min_size=1, max_size=3).filter(any))
def test_every_mail_is_an_item_once_and_every_other_place_a_copy(
    tmp_path_factory: pytest.TempPathFactory, boxes: list[list[int]]
) -> None:
    place = tmp_path_factory.mktemp("boxes")
    exports = [
        mbox(place / f"{at}.mbox", *(mail(number, f"Words {number}") for number in box), mail(50 + at))
        for at, box in enumerate(boxes)
    ]
    made = bundle(place / "out", *exports, workers=2)
    found = items(made)
    said = Counter(item["text"].strip() for item in found)
    assert said == {f"Words {number}": 1 for box in boxes for number in box} | {"Hello": len(boxes)}
    assert len(found) + sum(len(item["copies"]) for item in found) == sum(len(box) for box in boxes) + len(boxes)
    places = [(i["source"], i["position"]["locator"]) for i in found]
    places += [(copy["source"], copy["locator"]) for item in found for copy in item["copies"]]
    assert len(places) == len(set(places))
    assert verify(made.built.path, originals=exports).problems == []
