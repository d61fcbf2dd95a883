"""The facts inside a bundle: every count as long as its list, the same on every run, and what `verify` makes of changed ones."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from plainrecord.bundle import build_bundle
from plainrecord.bundle.bagreader import FolderBag
from plainrecord.bundle.checks import Findings
from plainrecord.bundle.checks_facts import check_facts
from plainrecord.errors import UsageError
from plainrecord.facts import number_stated, stretches
from plainrecord.facts.confirmed import Confirmed, InForce, Stop, Tag
from plainrecord.facts.fact import Items
from plainrecord.records import valid_text
from synthetic import HOSTILE, Make, contents

MADE = Make(items=30, undated=2, texts=("Hello", HOSTILE), conversations=3)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = contents(MADE)
    made.confirmed = Confirmed(
        "DC Dee", stops=(Stop("M-000003", 0, valid_text(HOSTILE)),), in_force=(InForce("Order", "text", 0, None),),
        tags=(Tag("M-000002", "report_made"), Tag("M-000004", "gift_delivery", "a mug")),
    )  # fmt: skip
    return build_bundle(made, tmp_path_factory.mktemp("facts")).path


def facts_of(bundle: Path) -> dict[str, Any]:
    return json.loads((bundle / "facts/facts.json").read_text("utf-8"))  # type: ignore[no-any-return]


def lists(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "number" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from lists(one)


def test_every_count_is_as_long_as_its_list(bundle: Path) -> None:
    found = [one for one in lists(facts_of(bundle)) if "items" in one]
    assert len(found) > 20
    assert all(one["number"] == number_stated(one["items"]) for one in found)
    first = facts_of(bundle)["subject_to_owner"][0]
    assert first["value"]["contacts"] == first["counted"]["number"] > 0


def test_coverage_stands_above_every_figure(bundle: Path) -> None:
    said = facts_of(bundle)
    names = list(said)
    assert names.index("coverage") < names.index("key_dates") < names.index("subject_to_owner")
    page = (bundle / "facts/facts.html").read_text("utf-8")
    assert page.index("What the sources cover") < page.index("<svg") < page.index("P1 How many")


def test_the_facts_are_the_same_bytes_in_every_bundle_of_the_same_records(tmp_path: Path) -> None:
    one, two = (build_bundle(contents(MADE), tmp_path / name).path for name in ("a", "b"))
    assert (one / "facts/facts.json").read_bytes() == (two / "facts/facts.json").read_bytes()
    assert (one / "facts/facts.html").read_bytes() == (two / "facts/facts.html").read_bytes()


def test_facts_are_linked_from_the_start_and_lead_to_the_timeline(bundle: Path) -> None:
    start = (bundle / "START_HERE.html").read_text("utf-8")
    assert 'href="facts/facts.html"' in start and 'href="panel.html"' in start
    page = (bundle / "facts/facts.html").read_text("utf-8")
    assert re.search(r'href="\.\./START_HERE\.html#t-M-0000\d\d"', page)


def test_the_panel_page_has_its_parts_and_states_no_seal(bundle: Path) -> None:
    page = (bundle / "panel.html").read_text("utf-8")
    headings = re.findall(r"<h2>(\d+) ", page)
    assert headings == [str(number) for number in range(1, 11)]
    assert "see the hand-over sheet" in page
    assert "Counts only. No assessment of risk or offence has been made by software." in page
    assert "Request to stop" in page and "In force: Order" in page and "DC Dee" in page
    assert page.count('class="blank ') == 6


def test_nobody_confirmed_anything_is_said_where_it_is_so(tmp_path: Path) -> None:
    path = build_bundle(contents(MADE), tmp_path).path
    assert not (path / "facts/confirmed.json").exists()
    for name in ("panel.html", "facts/facts.html", "facts/facts.json"):
        assert "Nobody has confirmed anything about these records; that is not the same as none." in (
            path / name
        ).read_text("utf-8")


def test_what_was_confirmed_of_an_item_that_is_not_there_is_refused_and_nothing_is_sealed(tmp_path: Path) -> None:
    made = contents(MADE)
    made.confirmed, made.confirmed_name = Confirmed("DC Dee", tags=(Tag("M-000999", "other"),)), "confirmed.toml"
    with pytest.raises(UsageError, match="confirmed.toml names M-000999"):
        build_bundle(made, tmp_path)
    assert not list(tmp_path.glob("pr-*"))


def verdict(bundle: Path) -> tuple[list[str], list[str]]:
    findings = Findings()
    check_facts(FolderBag(bundle, findings), findings)
    return [problem.says for problem in findings.problems], list(findings.notes)


def changed(bundle: Path, tmp_path: Path, change: Any) -> Path:
    """A copy of what the check reads, with the facts changed."""
    copy = tmp_path / "copy"
    for name in (
        "facts/facts.json",
        "facts/confirmed.json",
        "meta/coverage.json",
        "meta/bundle.json",
        "data/items/messages.jsonl",
    ):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((bundle / name).read_bytes())
    said = facts_of(bundle)
    change(said)
    (copy / "facts/facts.json").write_text(json.dumps(said), "utf-8")
    return copy


def test_facts_as_they_were_made_are_counted_again_and_agree(bundle: Path, tmp_path: Path) -> None:
    assert verdict(bundle) == ([], [])
    assert verdict(changed(bundle, tmp_path, lambda said: None)) == ([], [])


def test_one_changed_figure_is_found_and_named(bundle: Path, tmp_path: Path) -> None:
    def change(said: Any) -> None:
        said["subject_to_owner"][5]["value"]["at_night"] += 1

    [problem] = verdict(changed(bundle, tmp_path, change))[0]
    assert "P6 (subject to owner) come out otherwise" in problem


def test_a_list_that_is_shorter_than_its_number_is_found(bundle: Path, tmp_path: Path) -> None:
    def change(said: Any) -> None:
        said["parameters_version"] = "0"
        said["subject_to_owner"][0]["counted"]["number"] += 1

    problems, notes = verdict(changed(bundle, tmp_path, change))
    assert ["P1 states" in one for one in problems] == [True] and "other parameters" in notes[0]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"parameters_version": "1"}', "[" * 100_000, '{"number": 1, "items": "x"}']
)
def test_facts_that_are_none_are_a_problem_and_no_crash(bundle: Path, tmp_path: Path, text: str) -> None:
    copy = changed(bundle, tmp_path, lambda said: None)
    (copy / "facts/facts.json").write_text(text, "utf-8")
    assert verdict(copy)[0]


def test_a_bundle_of_before_there_were_facts_is_still_good(bundle: Path, tmp_path: Path) -> None:
    copy = changed(bundle, tmp_path, lambda said: None)
    (copy / "facts/facts.json").unlink()
    problems, notes = verdict(copy)
    assert problems == [] and "holds no facts" in notes[0]


def test_stretches_name_each_item_once() -> None:
    assert list(stretches(Items([1, 2, 3, 7, 9, 10]))) == [
        ("M-000001", "M-000003"),
        ("M-000007", ""),
        ("M-000009", "M-000010"),
    ]
    assert list(stretches(Items([]))) == []
    assert number_stated("M-000001 to M-000003, M-000007, M-000007-1") == 5
    with pytest.raises(ValueError, match="no item"):
        number_stated("M-1")
