"""The pictures of the facts: golden drawings of the case counted by hand, and laws for any case."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handcase import CASE, CONFIRMED, COVERED, LONDON, at, contact
from plainrecord.facts import Confirmed, Event, Fact, facts
from plainrecord.facts.confirmed import Stop, Tag
from plainrecord.facts.fact import item_name
from plainrecord.facts.keydates import KeyDate, key_dates
from plainrecord.facts.pictures import Picture, pictures_of, week_strip
from plainrecord.times import EPOCH, format_utc, to_utc_us

GOLDEN = Path(__file__).with_name("golden")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(events: list[Event], coverage: list[tuple[int, int]], confirmed: Confirmed = CONFIRMED) -> dict[str, Picture]:
    subject, owner = facts(events, LONDON, coverage, confirmed)
    dates = key_dates(subject, confirmed, {item_name(one.number): one.utc_us for one in events})
    found = [
        *pictures_of(subject, owner, dates, LONDON),
        week_strip(by_id(subject)["P2"], "strip", "the subject to the owner"),
    ]
    return {one.name: one for one in found}


def by_id(found: list[Fact]) -> dict[str, Fact]:
    return {fact.id: fact for fact in found}


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own drawing


def counts(svg: str) -> list[int]:
    return [int(found) for found in re.findall(r'data-count="(\d+)"', svg)]


@pytest.mark.parametrize("name", sorted(drawn(CASE, COVERED)))
def test_the_pictures_of_the_hand_case_are_as_they_were_looked_at(name: str) -> None:
    assert drawn(CASE, COVERED)[name].svg == (GOLDEN / f"{name}.svg").read_text("utf-8")


def test_bars_are_the_counts_and_a_week_no_source_covers_has_none() -> None:
    found = drawn(CASE, COVERED)
    for name in ("weeks-subject", "strip"):
        svg = found[name].svg
        assert sum(counts(svg)) == 6
        assert "2024-W44: no source covers this; not known, not 0" in svg and "no source covers this</text>" in svg
    assert found["weeks-subject"].rows[3] == ("2024-W44", *["not covered"] * 4)
    assert found["weeks-subject"].rows[1] == ("2024-W42", "0", "0", "0", "0")


def test_what_cannot_be_drawn_says_so() -> None:
    for picture in drawn([], [], Confirmed()).values():
        assert (picture.svg, picture.rows) == ("", ()) or picture.name.startswith("hours")
        assert "nothing to draw" in picture.says and picture.svg == ""


def test_the_night_of_the_clock_change_has_one_hour_with_both() -> None:
    grid = parsed(drawn(CASE, COVERED)["hours-subject"].svg)
    titles = {one.text for one in grid.iter(f"{SVG}title")}
    assert "Sunday 01:00: 2" in titles and "Sunday 00:00: 0" in titles
    spring = [contact(1, "2024-03-31T00:59:59Z"), contact(2, "2024-03-31T01:00:00Z")]
    titles = {one.text for one in parsed(drawn(spring, [], Confirmed())["hours-subject"].svg).iter(f"{SVG}title")}
    assert {"Sunday 00:00: 1", "Sunday 01:00: 0", "Sunday 02:00: 1"} <= titles


def test_key_dates_are_in_order_and_name_their_items() -> None:
    confirmed = Confirmed("DC Dee", stops=(Stop("M-000003", at("2024-10-07T11:00:00Z"), "Please stop"),),
                          tags=(Tag("M-000006", "report_made"), Tag("M-000008", "report_made")))  # fmt: skip
    subject, _ = facts(CASE, LONDON, COVERED, confirmed)
    dates = key_dates(subject, confirmed, {item_name(one.number): one.utc_us for one in CASE})
    # The report in an item without a time cannot stand on a line of time.
    assert [(one.what, one.item) for one in dates] == [
        ("contact", "M-000001"), ("stop", "M-000003"), ("account", "M-000004"), ("report", "M-000006"),
        ("account", "M-000007"), ("contact", "M-000007"),
    ]  # fmt: skip


def test_more_rows_than_fit_are_in_the_table_and_the_picture_says_how_many() -> None:
    dates = [KeyDate(at("2024-10-07T11:00:00Z") + n, "stop", f"stop {n}") for n in range(50)]
    subject, owner = facts([], LONDON)
    [picture] = [one for one in pictures_of(subject, owner, dates, LONDON) if one.name == "key-dates"]
    assert len(picture.rows) == 50 and "10 more in the table beneath." in picture.svg


def test_ten_years_of_weeks_stand_in_rows_of_years_no_higher_than_they_can_be_read() -> None:
    events = [
        contact(n, format_utc(to_utc_us(EPOCH + timedelta(days=365 * 40 + 7 * n))), ("sms", "email")[n % 2])
        for n in range(520)
    ]
    root = parsed(drawn(events, [], Confirmed())["weeks-subject"].svg)
    bars = [float(one.get("width") or 0) for one in root.iter(f"{SVG}rect") if one.get("data-count")]
    assert len(bars) == 520 and min(bars) > 8


WHEN = st.integers(1_400_000_000, 1_700_000_000).map(lambda second: format_utc(second * 1_000_000))
WORDS = st.text(st.characters(codec=None), max_size=12)
SPANS = st.lists(st.tuples(st.integers(1_390_000_000, 1_700_000_000), st.integers(0, 30_000_000)), max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(WHEN, WORDS), max_size=12), SPANS, WORDS)
def test_any_words_give_xml_and_every_contact_is_drawn_once(
    made: list[tuple[str, str]], spans: list[tuple[int, int]], words: str
) -> None:
    events = [contact(n, when, channel, account=channel) for n, (when, channel) in enumerate(made, 1)]
    coverage = [(first * 1_000_000, (first + more) * 1_000_000) for first, more in spans]
    confirmed = Confirmed(words, stops=(Stop("", at("2020-01-01T00:00:00Z"), words),))
    found = drawn(events, coverage, confirmed)
    for picture in found.values():
        if picture.svg:
            root = parsed(picture.svg)
            assert root.find(f"{SVG}title") is not None and root.find(f"{SVG}desc") is not None
            assert not re.search(r"<script|href|style=|@import|var\(", picture.svg)
    for name in ("weeks-subject", "strip", "hours-subject"):
        assert sum(counts(found[name].svg)) == len(events)
    weeks = by_id(facts(events, LONDON, coverage)[0])["P2"].value["weeks"]
    unknown = [row["week"] for row in weeks if row["contacts"] is None]
    assert all(row[1:] == ("not covered",) * len(row[1:]) for row in found["weeks-subject"].rows if row[0] in unknown)
    assert sum(row[-1] == "not covered" for row in found["weeks-subject"].rows) == len(unknown)
