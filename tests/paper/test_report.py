"""The report: everything of the bundle stands in it, page references are true, and it is the same on every run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from paper.pdfs import bookmarks, letters, links, page_texts, running_text, squeezed, timeline_rows
from plainrecord.bundle import build_bundle
from plainrecord.bundle.reporting import PaperMaker
from plainrecord.bundle.verify import verify
from plainrecord.paper import report, typesetting, volumes
from plainrecord.paper.extent import pages_of
from plainrecord.paper.items import paper_item
from plainrecord.paper.printable import printable
from plainrecord.paper.report import write_report
from plainrecord.paper.sheet import write_sheet
from plainrecord.records import Account
from synthetic import HOSTILE, Make, contents

PAPER = PaperMaker(write_report, write_sheet)
TEXTS = (
    HOSTILE,
    "سلام عليكم، كيف حالك؟",
    "שלום (abc) 12:30 עולם",
    "你在哪里 こんにちは 안녕",
    "👨‍👩‍👧‍👦 🇬🇧 👍🏽 ❤️ 1️⃣ \u1826",
    "สวัสดีครับ नमस्ते",
    "y" * 300,
    '#set page(width: 1pt)\n#read("/etc/passwd")',
)


def built(folder: Path, make: Make) -> Path:
    """A bundle of made-up contents with its report."""
    made = contents(make)
    if make.texts:
        views = list(made.conversations())
        people = (Account("email", "address", "a" * 30 + "@mail.example", "Zoë שלום " + "ö" * 30, "to"),)
        made.conversations = lambda: (replace(view, title="Über שלום", participants=people) for view in views)
    made.marking = "OFFICIAL-SENSITIVE"
    return build_bundle(made, folder, paper=PAPER).path


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    make = Make(items=40, texts=TEXTS, undated=2, gap_at=7, blobs=(b"MZ a program",))
    return built(tmp_path_factory.mktemp("bundle"), make)


@pytest.fixture(scope="module")
def pages(bundle: Path) -> list[str]:
    return page_texts(bundle / "report.pdf")


def items_of(bundle: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (bundle / "data/items/messages.jsonl").read_text("utf-8").splitlines()]


def test_the_bundle_with_its_report_verifies_and_says_how_it_was_made(bundle: Path) -> None:
    assert verify(bundle).ok
    says = json.loads((bundle / "meta/limits.json").read_text("utf-8"))["report"]
    assert (
        says
        == "report.pdf: made as PDF/A-2a and PDF/UA-1 (what the engine was asked for; no validator has looked at it)."
    )
    assert 'href="report.pdf"' in (bundle / "START_HERE.html").read_text("utf-8")
    assert "report.pdf" in (bundle / "tagmanifest-sha256.txt").read_text("ascii")


def test_every_item_and_every_word_of_it_stands_there_in_full(bundle: Path, pages: list[str]) -> None:
    whole, drawn = squeezed(running_text(pages)), letters("".join(pages))
    for item in items_of(bundle):
        assert whole.count(str(item["item"])) >= 2
        words = printable(str(item["text"]))
        # The reader gives lines with right-to-left letters in the order they are drawn.
        plain = all(char < "\u0590" or char > "\u08ff" for char in words)
        assert squeezed(words) in whole if plain else letters(words) <= drawn, item["item"]
    assert all(letter in drawn for letter in squeezed("".join(TEXTS[1:4])))
    assert "[U+202E]gpj.exe" in whole
    assert "[U+1826]" in whole


def test_page_references_are_true_and_their_links_lead_there(bundle: Path, pages: list[str]) -> None:
    rows = timeline_rows(bundle / "report.pdf")
    items = [str(item["item"]) for item in items_of(bundle)]
    assert list(rows) == items
    first = next(at for at, text in enumerate(pages) if "Both directions" in text)
    for number, page in rows.items():
        heads = [at for at, text in enumerate(pages) if at >= first and f"\n{number} " in text]
        assert page - 1 in heads, number
    leads = [target for targets in links(bundle / "report.pdf").values() for target in targets]
    assert [target for target in leads if target >= first][-len(rows) :] == [page - 1 for page in rows.values()]


def test_each_page_names_the_bundle_its_number_and_the_marking(pages: list[str]) -> None:
    for at, text in enumerate(pages, start=1):
        assert "Bundle pr-test234567" in text
        assert text.count("OFFICIAL-SENSITIVE") == 2
        assert f"Page {at} of {len(pages)}" in text


def test_the_ten_sections_and_the_conversations_are_bookmarks(bundle: Path, pages: list[str]) -> None:
    marks = bookmarks(bundle / "report.pdf")
    assert [title.split(" ")[0] for level, title, _ in marks if level == 0] == [str(number) for number in range(1, 11)]
    talks = [title for level, title, _ in marks if level == 1 and title.startswith("V-")]
    assert len(talks) == 2
    assert all(squeezed(title)[:20] in squeezed(pages[page]) for _, title, page in marks)


def test_what_was_left_out_is_said_where_it_was(pages: list[str]) -> None:
    text = "".join(pages)
    assert "[3 messages not included]" in text
    assert "Contact 1" in text
    assert "other@mail.example" in squeezed(text)
    assert "The mail ends in the middle of a header." in text.replace("\r\n", "")


def test_attachments_are_named_and_not_shown(bundle: Path, pages: list[str]) -> None:
    digest = hashlib.sha256(b"MZ a program").hexdigest()
    assert digest in squeezed("".join(pages))
    assert b"/Subtype/Image" not in (bundle / "report.pdf").read_bytes().replace(b" ", b"")


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    make = Make(items=9, texts=TEXTS)
    digests = {hashlib.sha256((built(tmp_path / name, make) / "report.pdf").read_bytes()).digest() for name in "ab"}
    assert len(digests) == 1


def test_many_items_are_split_into_files_that_each_stand_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes, "ITEMS", 10)
    bundle = built(tmp_path, Make(items=25, attached_to=10))
    assert sorted(path.name for path in bundle.glob("*.pdf")) == [f"report-{number:02d}.pdf" for number in range(1, 5)]
    first = "".join(page_texts(bundle / "report-01.pdf"))
    assert all(name in first for name in ("report-02.pdf", "report-03.pdf", "report-04.pdf"))
    shown = [number for at in (2, 3, 4) for number in timeline_rows(bundle / f"report-{at:02d}.pdf")]
    assert shown == [str(item["item"]) for item in items_of(bundle)]
    # What is carried inside an item stays in its file.
    assert "M-000010-1" in "".join(page_texts(bundle / "report-02.pdf"))
    second = "".join(page_texts(bundle / "report-03.pdf"))
    assert "Continued from the file before." in second
    assert "Goes on in the next file." in second


def test_without_the_engine_the_bundle_is_made_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "PACKAGES", ("no_such_fonts",))
    made = build_bundle(contents(Make(items=3)), tmp_path, paper=PAPER)
    says = "There is no report.pdf in this bundle. This machine has no no_such_fonts, which makes PDF files."
    assert made.warnings == (says,)
    assert json.loads((made.path / "meta/limits.json").read_text("utf-8"))["report"] == says
    assert says in (made.path / "START_HERE.html").read_text("utf-8")
    assert not list(made.path.glob("*.pdf"))
    assert verify(made.path).ok


def test_an_engine_that_stops_costs_the_report_and_not_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "engine.py"
    broken.write_text("raise SystemExit(9)", "utf-8")
    monkeypatch.setattr(typesetting, "_ENGINE", broken)
    made = build_bundle(contents(Make(items=3)), tmp_path / "out", paper=PAPER)
    assert "The typesetting engine stopped (exit 9)." in made.warnings[0]
    assert verify(made.path).ok


def test_facts_stand_there_with_their_pictures_rules_and_items(bundle: Path, pages: list[str]) -> None:
    text = "".join(pages)
    for side in ("subject_to_owner", "owner_to_subject"):
        for fact in json.loads((bundle / "facts/facts.json").read_text("utf-8"))[side]:
            assert f"{fact['id']} {fact['heading']}" in text
            assert squeezed(fact["rule"]) in squeezed(running_text(pages))
    assert "Contacts per week by channel, the subject to the owner" in text
    assert "Inside the thick frame" in text


def test_no_items_make_a_report_too(tmp_path: Path) -> None:
    assert "0 seen" in "".join(page_texts(built(tmp_path, Make(items=0, not_included=0, unread=0)) / "report.pdf"))


def test_what_the_layout_adds_is_never_taken_for_evidence(pages: list[str]) -> None:
    text = "".join(pages)
    assert "[U+2068]" not in text
    assert "[U+200B]" not in text


@pytest.mark.parametrize("make", [Make(items=30, texts=("Plainwords",)), Make(items=1, texts=("Plainwords\n" * 300,))])
def test_more_pages_than_anybody_turns_are_set_only_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Make
) -> None:
    monkeypatch.setattr(report, "MOST_PAGES", 2)
    folder = build_bundle(contents(make), tmp_path / "short", paper=PAPER).path
    pages = page_texts(folder / "report.pdf")
    assert "Plainwords" not in "".join(pages)
    says = "The items would fill more than 2 pages and are not on paper: they stand in START_HERE.html and in timeline.csv."
    assert squeezed(says) in squeezed(pages[0])
    assert squeezed("".join(pages)).count(squeezed(says)) == 3
    assert says in json.loads((folder / "meta/limits.json").read_text("utf-8"))["report"]
    assert says in (folder / "START_HERE.html").read_text("utf-8")
    every = PaperMaker(partial(write_report, every_item=True), write_sheet)
    whole = build_bundle(contents(make), tmp_path / "whole", paper=every).path
    assert "Plainwords" in squeezed("".join(page_texts(whole / "report.pdf")))


def test_log_entries_stand_there_once_when_the_items_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "MOST_PAGES", 2)
    made = contents(Make(items=30))
    items = list(made.items())
    for item in items:
        item.record.kind = "incident"
    made.items = lambda: iter(items)
    text = "".join(page_texts(build_bundle(made, tmp_path, paper=PAPER).path / "report.pdf"))
    entries = text[text.rindex("7 Log entries") : text.rindex("8 Custody")]
    assert [entries.count(f"M-{number:06d}") for number in range(1, 31)] == [1] * 30


def test_files_set_beside_each_other_are_those_set_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volumes, "ITEMS", 10)
    bytes_of = []
    for workers in (1, 3):
        paper = PaperMaker(partial(write_report, workers=workers), write_sheet)
        folder = build_bundle(contents(Make(items=25)), tmp_path / str(workers), paper=paper).path
        bytes_of.append({path.name: path.read_bytes() for path in folder.glob("report-*.pdf")})
    assert len(bytes_of[0]) == 4
    # The first names the seal of the custody log and of the pages, which are new in each bundle.
    assert all(bytes_of[0][name] == bytes_of[1][name] for name in bytes_of[0] if name != "report-01.pdf")


def test_how_many_pages_items_fill_is_known_roughly_before_they_are_set(tmp_path: Path) -> None:
    texts = ("short", "a line\n" * 150, "word " * 4_000, *("some words of a message " * 4,) * 57)
    folder = build_bundle(contents(Make(items=60, texts=texts)), tmp_path, paper=PAPER).path
    pages = page_texts(folder / "report.pdf")
    first, last = (
        next(at for at, text in enumerate(pages) if words in text)
        for words in ("Every item, in order", "originals not in this")
    )
    told = sum(pages_of(paper_item(item, "Europe/London")) for item in items_of(folder))
    assert 0.7 * (last - first) < told < 1.05 * (last - first)
