"""Exhibits: assigned in the custody log, listed in the bundle, refused when they cover what is not there; and their papers."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from paper.pdfs import page_texts, squeezed
from plainrecord.building import build
from plainrecord.bundle.verify import verify
from plainrecord.counting import opened_bundle
from plainrecord.errors import UsageError
from plainrecord.exhibiting import Said, assign, change, exhibits_in, record_ids
from plainrecord.papers import write_papers
from plainrecord.store import Case, CaseSettings
from plainrecord.store.settings import PersonSettings, WhoSettings
from synthetic import MOMENT, clock

MAIL = (
    "From {sender}@mail.example Mon Jan  1 10:0{minute}:00 2024\nFrom: {sender}@mail.example\nTo: {other}@mail.example\n"
    "Date: Mon, 1 Jan 2024 10:0{minute}:00 +0000\nMessage-ID: <m{minute}@mail.example>\n"
    "References: <m0@mail.example>\nSubject: Garden\n\nWords {minute}.\n\n"
)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A case of four mails between two people, in officer mode."""
    box = tmp_path / "inbox.mbox"
    who = [("alex.rowe", "sam.hale"), ("sam.hale", "alex.rowe")] * 2
    box.write_text("".join(MAIL.format(sender=a, other=b, minute=at) for at, (a, b) in enumerate(who)), "ascii")
    settings = CaseSettings(
        mode="officer",
        case_ref="42/1",
        marking="OFFICIAL-SENSITIVE",
        who=WhoSettings(name="A. B. Cole", role="OIC"),
        subject=PersonSettings(label="Subject", accounts=["alex.rowe@mail.example"]),
        owner=PersonSettings(label="Owner", accounts=["sam.hale@mail.example"]),
    )
    with Case.create(tmp_path / "case", settings, clock) as opened:
        opened.add([box])
    return tmp_path / "case"


def said(number: int, /, **changes: object) -> Said:
    values: dict[str, object] = {"initials": "abc", "number": number, "description": "Mails", "producer": "A. B. Cole"}
    return Said(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def bundle(case: Path, tmp_path: Path) -> Path:
    """Built with three exhibits, one of which had another reference first."""
    with Case.open(case, clock) as opened:
        first = build(opened, tmp_path / "first", pdf=False).built.path
        assign(opened, said(1, whole_bundle=True, statement_date="2024-12-02", location="Store"))
        assign(opened, said(1, initials="MH", sources=["S01"], producer="M. Holloway", description="<b>Mailbox</b>"))
        assign(opened, said(2, records=record_ids(first, ["M-000002", "M-000003"]), derived_from="MH/1"))
        change(opened, "ABC/2", said(3, sub="a", records=record_ids(first, ["M-000003"]), derived_from="MH/1"))
        return build(opened, tmp_path / "out").built.path


def rows(bundle: Path) -> list[dict[str, str]]:
    text = (bundle / "schedules/exhibit_list.csv").read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_list_holds_each_exhibit_with_what_it_covers(bundle: Path) -> None:
    first, second, third = rows(bundle)
    assert (first["reference"], first["covers"], first["sha256"]) == ("ABC/1", f"the whole bundle {bundle.name}", "")
    assert (second["reference"], second["initials"], second["number"], second["sub"]) == ("ABC/3a", "ABC", "3", "a")
    assert (second["former references"], second["items"], second["derived from"]) == ("ABC/2", "M-000003", "MH/1")
    item = json.loads((bundle / "data/items/messages.jsonl").read_text("utf-8").splitlines()[2])
    assert (second["sha256"], second["bytes"]) == (item["raw_sha256"], str(item["raw_bytes"]))
    assert third["covers"] == "original S01 inbox.mbox"
    sources = json.loads((bundle / "meta/sources.json").read_text("utf-8"))["sources"]
    assert third["sha256"] == sources[0]["originals"][0]["before"]["sha256"]
    assert verify(bundle).ok


def test_page_and_report_show_them_and_no_file_is_named_by_one(bundle: Path) -> None:
    page = (bundle / "START_HERE.html").read_text("utf-8")
    assert "ABC/3a" in page
    assert '<a href="#M-000003">M-000003</a>' in page
    assert "&lt;b&gt;Mailbox&lt;/b&gt;" in page
    report = "".join(page_texts(bundle / "report.pdf"))
    assert all(text in report for text in ("ABC/1", "ABC/3a", "formerly ABC/2", "<b>Mailbox</"))
    assert not [path for path in bundle.rglob("*") if "ABC" in path.name]


def test_each_step_is_an_entry_of_the_custody_log(bundle: Path) -> None:
    events = [json.loads(line) for line in (bundle / "custody/custody.jsonl").read_text("utf-8").splitlines()]
    found = [event for event in events if event["type"].startswith("exhibit.")]
    assert [event["details"]["new_ref"] for event in found] == ["ABC/1", "MH/1", "ABC/2", "ABC/3a"]
    assert found[3]["type"] == "exhibit.ref_changed"
    assert (found[3]["details"]["old_ref"], found[3]["who"]["name"]) == ("ABC/2", "A. B. Cole")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"initials": "A/C", "whole_bundle": True}, "initials"),
        ({}, "covers"),
        ({"sources": ["S09"]}, "no source S09"),
        ({"producer": " ", "whole_bundle": True}, "who produces it"),
        ({"number": 0, "whole_bundle": True}, "number"),
    ],
)
def test_what_says_too_little_or_names_nothing_is_refused(case: Path, changes: dict[str, object], says: str) -> None:
    with Case.open(case, clock) as opened:
        with pytest.raises(UsageError, match=says):
            assign(opened, said(1, **changes))
        assert exhibits_in(opened) == []


def test_a_reference_is_given_once_however_it_is_separated(case: Path) -> None:
    with Case.open(case, clock) as opened:
        assign(opened, said(1, whole_bundle=True))
        with pytest.raises(UsageError, match="ABC/1 is assigned already"):
            assign(opened, said(1, separator="-", whole_bundle=True))
        with pytest.raises(UsageError, match="No exhibit has the reference XY/1"):
            change(opened, "XY/1", said(2, whole_bundle=True))
        assign(opened, said(2, whole_bundle=True))
        with pytest.raises(UsageError, match="ABC1 is or was another exhibit's reference"):
            change(opened, "ABC/2", said(1, separator="", whole_bundle=True))
        assert [one.reference for one in exhibits_in(opened)] == ["ABC/1", "ABC/2"]


def test_the_owner_is_not_given_references(case: Path) -> None:
    with Case.open(case, clock) as opened:
        opened.settings.mode = "owner"
        with pytest.raises(UsageError, match="given by the police"):
            assign(opened, said(1, whole_bundle=True))


@pytest.mark.parametrize("cover", [{"records": ["r-nowhere"]}, {"media": ["0" * 64]}])
def test_an_exhibit_of_what_is_not_in_the_bundle_stops_the_build(
    case: Path, tmp_path: Path, cover: dict[str, list[str]]
) -> None:
    with Case.open(case, clock) as opened:
        assign(opened, said(1, **cover))
        with pytest.raises(UsageError, match="ABC/1 covers .*, which is not in this bundle. Nothing was sealed"):
            build(opened, tmp_path / "out", pdf=False)
    assert list((tmp_path / "out").iterdir()) == []


def test_the_papers_are_drafts_with_the_facts_filled_in(bundle: Path, tmp_path: Path) -> None:
    made = write_papers(bundle, tmp_path / "papers", MOMENT, "OFFICIAL-SENSITIVE")
    assert len(made) == 7
    texts = {path.name.split(".", 1)[1]: "".join(page_texts(path)) for path in made if path.suffix == ".pdf"}
    with opened_bundle(bundle):
        seal = json.loads((bundle.parent / f"{bundle.name}.custody-after.jsonl").read_text("utf-8"))["details"][
            "seal_hash"
        ]
    for name, text in texts.items():
        assert "TEMPLATE. The force must check this wording" in text.replace("\r\n", " "), name
        assert seal in squeezed(text), name
        assert "OFFICIAL-SENSITIVE" in text
    assert all(reference in texts["labels.pdf"] for reference in ("ABC/1", "ABC/3a", "MH/1"))
    assert "formerlyABC/2" in squeezed(texts["exhibit-list.pdf"])
    original = rows(bundle)[2]["sha256"]
    assert texts["certificate-902-14.pdf"].count(original) == 2
    assert "Of 1 files, 1 had the same value" in texts["certificate-902-14.pdf"]


def test_a_draft_holds_only_what_its_producer_can_say(bundle: Path, tmp_path: Path) -> None:
    write_papers(bundle, tmp_path / "papers", MOMENT)
    text = (tmp_path / "papers" / f"{bundle.name}.statement.txt").read_text("utf-8")
    officer, witness = text.split("FOR M. HOLLOWAY")
    assert "marked ABC/1" in officer
    assert "I used the program plainrecord" in officer
    assert "I obtained the files" not in officer
    assert "marked MH/1" in witness
    assert "I obtained the files listed below from [account or service]" in witness
    assert "I used the program plainrecord" not in witness


def test_papers_never_go_into_a_bundle_and_never_replace_others(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="never into it"):
        write_papers(bundle, bundle / "papers", MOMENT)
    write_papers(bundle, tmp_path / "papers", MOMENT)
    with pytest.raises(UsageError, match="already holds"):
        write_papers(bundle, tmp_path / "papers", MOMENT)
    with pytest.raises(UsageError, match="cannot be read as a bundle"):
        write_papers(tmp_path, tmp_path / "elsewhere", MOMENT)
    assert verify(bundle).ok


def test_the_hand_over_sheet_is_one_page_and_says_what_its_text_says(bundle: Path) -> None:
    beside = bundle.parent / f"{bundle.name}.handover"
    (page,) = page_texts(beside.with_name(beside.name + ".pdf"))
    text = beside.with_name(beside.name + ".txt").read_text("utf-8")
    assert squeezed(text) in squeezed(page)
    assert "OFFICIAL-SENSITIVE" in page


def test_a_reference_is_one_as_it_is_written_and_is_never_given_again(case: Path) -> None:
    with Case.open(case, clock) as opened:
        assign(opened, said(1, sub="1", description="First", sources=["S01"]))
        for taken in (said(11, whole_bundle=True), said(11, separator="-", whole_bundle=True)):
            with pytest.raises(UsageError, match="is assigned already"):
                assign(opened, taken)
        change(opened, "ABC/11", said(2, description="First", sources=["S01"]))
        # Somebody may have read the old one in a bundle that was handed over.
        with pytest.raises(UsageError, match="ABC/2 is assigned already .*formerly ABC/11"):
            assign(opened, said(11, whole_bundle=True))
        assign(opened, said(3, description="Other", whole_bundle=True))
        with pytest.raises(UsageError, match="is or was another"):
            change(opened, "ABC/3", said(1, sub="1", whole_bundle=True))
        change(opened, "ABC/2", said(1, sub="1", description="First", sources=["S01"]))
        assert [(one.reference, one.parts.description) for one in exhibits_in(opened)] == [
            ("ABC/11", "First"),
            ("ABC/3", "Other"),
        ]


def test_an_attachment_is_named_by_its_whole_hash(case: Path) -> None:
    with Case.open(case, clock) as opened:
        for part in ("*", "ab*", "0" * 63):
            with pytest.raises(UsageError, match="is not a SHA-256"):
                assign(opened, said(1, media=[part]))
        assert assign(opened, said(1, media=["AB" * 32])).parts.covers == ["media:" + "ab" * 32]
