"""Every figure against a small case counted by hand, and the windows and runs against brute force."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from handcase import CASE, CONFIRMED, COVERED, LONDON, at, contact
from plainrecord.cli import main
from plainrecord.errors import UsageError
from plainrecord.facts import Clock, Confirmed, Contacts, Event, Fact, facts, parameters, read_confirmed
from plainrecord.facts.amounts import weekly_counts
from plainrecord.facts.change import theil_sen
from plainrecord.facts.events import events_of
from plainrecord.facts.nearness import close_together, densest
from plainrecord.facts.table import Collector, Table
from plainrecord.times import to_utc_us

MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000


def named(found: Sequence[Fact]) -> dict[str, Fact]:
    return {fact.id: fact for fact in found}


@pytest.fixture(scope="module")
def counted() -> dict[str, Fact]:
    return named(facts(CASE, LONDON, COVERED, CONFIRMED)[0])


def test_p1_counts_span_and_active_days_on_the_clock_shown(counted: dict[str, Fact]) -> None:
    assert counted["P1"].value == {
        "contacts": 6,
        "direct": 6,
        "in_groups": 0,
        "first_utc": "2024-10-07T10:00:00Z",
        "last_utc": "2024-11-10T12:00:00Z",
        "span_days": 35,
        "active_days": 4,
        "per_span_day": 0.171,
        "per_active_day": 1.5,
        "busiest_day": "2024-10-07",
        "busiest_day_contacts": 2,
    }
    assert counted["P1"].left_out["without a usable time"] == 1
    assert counted["P1"].items == ["M-000001", "M-000002", "M-000004", "M-000005", "M-000006", "M-000007"]


def test_p2_a_week_no_source_covers_is_none_and_a_covered_one_without_contact_is_0(counted: dict[str, Fact]) -> None:
    weeks = [(row["week"], row["contacts"]) for row in counted["P2"].value["weeks"]]
    assert weeks == [("2024-W41", 3), ("2024-W42", 0), ("2024-W43", 2), ("2024-W44", None), ("2024-W45", 1)]
    assert counted["P2"].value["weeks"][0]["by_channel_and_kind"] == {"sms call": 1, "whatsapp message": 2}


def test_p3_the_end_of_a_window_is_not_part_of_it(counted: dict[str, Fact]) -> None:
    windows = {row["hours"]: (row["contacts"], row["from_utc"]) for row in counted["P3"].value["windows"]}
    # The two calls of the night of the clock change are exactly one hour apart: not in one hour.
    assert windows == {
        1: (2, "2024-10-07T10:00:00Z"),
        24: (2, "2024-10-07T10:00:00Z"),
        168: (3, "2024-10-07T10:00:00Z"),
    }


def test_p5_turns_without_a_reply(counted: dict[str, Fact]) -> None:
    assert counted["P5"].value["turns"] == 4
    # Answered: the first two messages within an hour, the mail a day later. Not: the calls, and the last message.
    assert counted["P5"].value["turns_without_reply"] == 2
    assert counted["P5"].items == ["M-000004", "M-000005", "M-000006"]
    assert counted["P5"].value["of_these_too_late_to_tell"] == 0
    late = named(facts([contact(1, "2024-10-07T10:00:00Z")], None)[0])["P5"].value
    assert (late["turns_without_reply"], late["of_these_too_late_to_tell"]) == (1, 1)


def test_p6_and_p7_the_hour_that_happens_twice_is_one_local_hour(counted: dict[str, Fact]) -> None:
    grid = counted["P6"].value["grid"]
    assert (grid["Sunday"][1], grid["Tuesday"][23], grid["Monday"][11]) == (2, 1, 2)
    assert (counted["P6"].value["at_night"], counted["P6"].value["percent_at_night"]) == (3, 50.0)
    assert counted["P7"].value == {"calls": 2, "nights": 2, "dates": ["2024-10-08", "2024-10-26"]}


def test_p8_firsts_and_too_few_weeks_for_medians(counted: dict[str, Fact]) -> None:
    value = counted["P8"].value
    assert (value["weeks"], value["full_weeks"], value["median_of_first_weeks"]) == (5, 2, None)
    assert value["slope_per_week"] == 2.0
    assert {kind: one["item"] for kind, one in value["first_of_each_kind"].items()} == {
        "message": "M-000001",
        "call": "M-000004",
    }


def test_p9_counts_what_is_later_than_a_request_and_not_what_is_at_it(counted: dict[str, Fact]) -> None:
    [request] = counted["P9"].value["requests"]
    assert (request["before"], request["after"], request["minutes_to_first"]) == (2, 4, 2130)
    assert request["by_channel"] == {"email": 1, "sms": 2, "whatsapp": 1}
    assert request["channels_first_seen_after"] == ["email", "sms"]
    assert counted["P9"].parameters["confirmed_by"] == "DC Dee"


def test_p10_and_p11_after_a_block_and_accounts_first_seen_later(counted: dict[str, Fact]) -> None:
    [block] = counted["P10"].value["blocks"]
    assert (block["after"], block["before_from_that_account"], block["after_from_that_account"]) == (4, 2, 1)
    rows = {row["account"]: row["minutes_after_that_block"] for row in counted["P11"].value["accounts"]}
    assert rows == {
        "whatsapp name:Alex Mere": None,
        "sms number:+447700900317": 210,
        "email address:a@mail.example": 47_100,
    }


def test_p12_p14_p18_p19(counted: dict[str, Fact]) -> None:
    assert [row["channel"] for row in counted["P12"].value["channels"]] == ["whatsapp", "sms", "email"]
    assert [row["days"] for row in counted["P14"].value["gaps"]] == [18, 14]
    assert counted["P18"].value == {"subject": {"deleted": 1}}
    assert counted["P19"].value["sittings"] == 5
    assert counted["P19"].value["minutes_between_first_and_last_of_each"] == 5


def test_p15_p17_p20_rest_on_what_a_person_confirmed(counted: dict[str, Fact]) -> None:
    assert counted["P15"].value["confirmed"] == [{"item": "M-000007", "tag": "gift_delivery", "amount": "one mug"}]
    # From the moment it began, and not at the moment it ended.
    assert counted["P17"].value["in_force"][0]["items"] == ["M-000006"]
    assert counted["P20"].items == ["M-000006"]


def test_p13_contacts_with_others_are_the_subjects_only() -> None:
    other = contact(1, "2024-10-07T10:00:00Z", to="nobody", side="subject", conversation="V-9", to_others=True)
    strange = contact(2, "2024-10-07T10:00:00Z", to="nobody", side="other", conversation="V-8")
    group = contact(3, "2024-10-07T10:00:00Z", to="nobody", side="subject", conversation="V-7", unsaid=True)
    found = named(facts([other, strange, group], None)[0])
    assert [row["conversation"] for row in found["P13"].value["conversations"]] == ["V-9"]
    # What names nobody is neither contact with others nor contact with the owner, and each figure says how many there are.
    assert found["P13"].left_out["to whom is not stated"] == 1
    assert found["P1"].left_out["to whom is not stated (most groups)"] == 1 and found["P1"].value["contacts"] == 0


def test_p16_lists_comments_on_old_things_and_counts_those_of_unknown_age() -> None:
    written = at("2024-10-20T22:31:00Z")
    events = [
        contact(1, "2024-10-20T22:31:00Z", kind="comment", target_us=written - 366 * DAY),
        contact(2, "2024-10-20T22:31:01Z", kind="comment", target_us=written - 365 * DAY),
        contact(3, "2024-10-20T22:31:02Z", kind="comment"),
    ]
    found = named(facts(events, None)[0])["P16"]
    assert [row["item"] for row in found.value["older"]] == ["M-000001"]
    assert found.left_out["without the time of what they are about"] == 1


def test_p21_is_the_owners_own_writing() -> None:
    entry = contact(1, "2024-10-22T10:05:00Z", "diary", kind="incident", to="nobody", side="owner",
                    written_us=at("2024-11-03T20:40:00Z"))  # fmt: skip
    found = named(facts([entry], None)[0])["P21"]
    assert found.value["entries"] == [
        {"item": "M-000001", "utc": "2024-10-22T10:05:00Z", "days_until_written": 12, "supported_by": []}
    ]


def test_the_owners_side_is_counted_by_the_same_rules() -> None:
    owner = named(facts(CASE, LONDON, COVERED)[1])
    assert owner["P1"].value["contacts"] == 2
    assert owner["P1"].items == ["M-000003", "M-000010"]


def test_without_confirmation_nothing_is_called_none() -> None:
    found = named(facts(CASE, LONDON, COVERED)[0])
    assert all("not the same as none" in found[name].says for name in ("P9", "P10", "P17"))


def test_an_empty_bundle_has_facts_without_figures() -> None:
    for side in facts([], LONDON):
        for fact in side:
            json.dumps(fact.as_json())
            assert fact.items == []


# Copies


SAYS = {"says": bytes(15) + b"x"}


def split(events: list[Event]) -> tuple[list[int], list[int]]:
    """The numbers of those that are kept, and of the copies."""
    table = Table.of(events)
    again = {number for number, copy in zip(table.numbers, table.copies, strict=True) if copy}
    return [number for number in table.numbers if number not in again], sorted(again)


def test_the_same_record_in_two_exports_counts_once_and_twice_in_one_export_twice() -> None:
    spam = [contact(n, "2024-10-07T10:00:00Z", source="S01", **SAYS) for n in (1, 2)]
    copy = [contact(n, "2024-10-07T10:00:00Z", source="S02", **SAYS) for n in (3, 4, 5)]
    # Two in the first export; of the three in the second, two are those again and one is not.
    assert split([*spam, *copy]) == ([1, 2, 5], [3, 4])


def test_the_same_words_to_the_owner_and_in_a_group_are_no_copies() -> None:
    direct = contact(1, "2024-10-07T10:00:00Z", source="S01", **SAYS)
    group = contact(2, "2024-10-07T10:00:00Z", source="S02", is_group=True, **SAYS)
    elsewhere = contact(3, "2024-10-07T10:00:00Z", source="S03", to="nobody", side="subject", to_others=True, **SAYS)
    assert split([direct, group, elsewhere]) == ([1, 2, 3], [])


def test_other_words_at_the_same_time_are_no_copy() -> None:
    first = contact(1, "2024-10-07T10:00:00Z", source="S01", **SAYS)
    assert split([first, contact(2, "2024-10-07T10:00:00Z", source="S02", says=bytes(16))]) == ([1, 2], [])


def item(**more: Any) -> str:
    """One line of a bundle's items."""
    time = {"ts_utc": "2024-10-07T00:00:00Z", "precision": "s"} | more.pop("time", {})
    sender = {"service": "x", "kind": "id", "value": "1"}
    said = {
        "item": "M-000001", "kind": "message", "service": "x", "part": "subject", "direction": "subject_to_owner", "time": time,
        "sender": sender, "recipients": [], "marks": [], "status": {}, "facts": {}, "dates": [], "subject": None, "text": None,
        "conversation": None, "conversation_number": "V-0001", "source": "S01", "parent": None,
    }  # fmt: skip
    return json.dumps(said | more)


def test_a_day_without_an_hour_is_no_contact_at_midnight() -> None:
    [event] = events_of([item(time={"precision": "day"})])
    found = named(facts([event], LONDON)[0])
    assert (found["P6"].value["at_night"], found["P6"].left_out["without a usable time"]) == (0, 1)


@pytest.mark.parametrize("mark", ["draft", "repeats-reaction", "repeats-another-page"])
def test_what_was_never_sent_or_says_something_again_is_no_contact(mark: str) -> None:
    [kept], [none] = events_of([item()]), events_of([item(marks=[mark])])
    assert (kept.shape.is_contact, none.shape.is_contact) == (True, False)


@pytest.mark.parametrize(
    ("direction", "recipients", "others", "unsaid"),
    [
        ("subject_to_other", [{"value": "2"}], True, False),
        ("subject_to_other", [], False, True),
        # Whose the owner's accounts are is not known: any of them may have been written to.
        ("unknown", [{"value": "2"}], False, False),
        ("subject_to_owner", [{"value": "2"}], False, False),
    ],
)
def test_to_others_is_said_only_where_the_record_names_them(
    direction: str, recipients: list[dict[str, str]], others: bool, unsaid: bool
) -> None:
    [event] = events_of([item(direction=direction, recipients=recipients)])
    assert (event.shape.to_others, event.shape.unsaid) == (others, unsaid)


def test_a_call_that_was_not_answered_counts_as_missed() -> None:
    [event] = events_of([item(kind="call", marks=["not-answered"])])
    assert event.shape.missed


def test_a_mail_that_is_stored_twice_in_one_export_counts_once() -> None:
    both = [contact(n, "2024-10-07T10:00:00Z", "email", source="S01", named=True, **SAYS) for n in (1, 2)]
    assert split(both) == ([1], [2])
    undated = [contact(n, None, "email", source="S01", named=True, **SAYS) for n in (1, 2)]
    assert split(undated) == ([1, 2], [])


def test_stretches_in_any_order_make_one_table() -> None:
    whole = facts(CASE, LONDON, COVERED, CONFIRMED)
    parts = []
    for one in reversed(CASE):
        collector = Collector()
        collector.extend([one])
        parts.append(collector.part())
    table = Table.joined(parts)
    assert len(table) == len(CASE) and facts(table, LONDON, COVERED, CONFIRMED) == whole


# Laws

TIMES = st.lists(st.integers(0, 40), max_size=40).map(sorted)


@given(TIMES, st.integers(1, 15))
def test_p3_is_the_most_that_any_window_holds(times: list[int], width: int) -> None:
    count, first = densest(times, width)
    held = [sum(start <= one < start + width for one in times) for start in times]
    assert count == max(held, default=0)
    if times:
        assert held.index(count) == first or times[held.index(count)] == times[first]
        assert all(times[first] <= one < times[first] + width for one in times[first : first + count])


@given(TIMES, st.integers(0, 6), st.integers(1, 5))
def test_p4_runs_are_maximal_and_nothing_else_is_one(times: list[int], most: int, least: int) -> None:
    found = close_together(times, most, least)
    brute = []
    for start in range(len(times)):
        for end in range(start, len(times)):
            inside = all(times[k + 1] - times[k] <= most for k in range(start, end))
            ends = end + 1 == len(times) or times[end + 1] - times[end] > most
            begins = start == 0 or times[start] - times[start - 1] > most
            if inside and begins and ends and end - start + 1 >= least:
                brute.append((start, end))
    assert found == brute


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 50)), max_size=12, unique_by=lambda one: one[0]).map(sorted)
)
def test_p8_the_slope_of_a_straight_line_is_its_own(points: list[tuple[int, int]]) -> None:
    straight = [(place, 3 * place + 1) for place, _ in points]
    assert theil_sen(straight) == (3.0 if len(points) > 1 else None)


@given(
    st.integers(at("2023-01-01T00:00:00Z"), at("2025-12-31T00:00:00Z")),
    st.sampled_from([LONDON, "Asia/Kolkata", "Australia/Lord_Howe", None]),
)
def test_the_clock_is_the_zones_at_every_instant(utc_us: int, zone: str | None) -> None:
    from plainrecord.times import load_zone

    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=utc_us)
    here = moment.astimezone(load_zone(zone)) if zone else moment
    assert Clock(zone).local(utc_us) == here.replace(tzinfo=None)
    assert to_utc_us(moment) == utc_us


@given(
    st.lists(st.integers(0, 60 * DAY // HOUR).map(lambda hours: at("2024-10-01T00:00:00Z") + hours * HOUR), max_size=60)
)
def test_the_weeks_add_up_to_the_contacts(instants: list[int]) -> None:
    dated = [contact(n, None)._replace(utc_us=when) for n, when in enumerate(instants)]
    contacts = Contacts.of(Table.of(dated), Clock(LONDON))
    weeks = weekly_counts(contacts, [])
    assert sum(count or 0 for _, count in weeks) == len(instants)
    assert [week for week, _ in weeks] == sorted({week for week, _ in weeks})


# The command


def test_a_bundle_can_be_counted_by_whoever_holds_it(tmp_path: Path) -> None:
    mails = "".join(
        f"From a Mon Oct  7 10:0{n}:00 2024\nFrom: alex.mere@mail.example\nTo: sam.field@mail.example\n"
        f"Date: Mon, 7 Oct 2024 10:0{n}:00 +0100\nMessage-ID: <{n}@mail.example>\n\nHello\n\n"
        for n in range(5)
    )
    (tmp_path / "in.mbox").write_text(mails, "utf-8")
    (tmp_path / "copy.eml").write_text(mails.partition("\n")[2].partition("\n\nHello")[0] + "\n\nHello\n", "utf-8")
    said = ["--sender", "alex.mere@mail.example", "--owner", "sam.field@mail.example", "--timezone", LONDON]
    exports = [str(tmp_path / "in.mbox"), str(tmp_path / "copy.eml")]
    made = CliRunner().invoke(main, ["bundle", *exports, *said, "--out", str(tmp_path / "out"), "--zip", "--json"])
    assert made.exit_code == 0, made.output
    bundle = json.loads(made.stdout)["path"]
    (tmp_path / "said.toml").write_text('by = "DC Dee"\n[[stop]]\nutc = "2024-10-07T09:01:30Z"\n', "utf-8")
    answer = CliRunner().invoke(main, ["facts", bundle, "--confirmed", str(tmp_path / "said.toml"), "--json"])
    assert answer.exit_code == 0, answer.output
    found = {fact["id"]: fact for fact in json.loads(answer.stdout)["subject_to_owner"]}
    assert [f"P{number}" for number in range(1, 22)] == list(found)
    assert found["P1"]["value"]["contacts"] == 5
    assert found["P1"]["left_out"] == {}  # the copy is no item of its own
    assert found["P9"]["value"]["requests"][0]["after"] == 3
    assert found["P4"]["value"]["runs"][0]["contacts"] == 5
    (tmp_path / "other.toml").write_text('by = "DC Dee"\n[[tag]]\nitem = "M-000099"\ntag = "other"\n', "utf-8")
    refused = CliRunner().invoke(main, ["facts", bundle, "--confirmed", str(tmp_path / "other.toml")])
    assert refused.exit_code == 1 and "M-000099" in refused.output and "no such item" in refused.output
    text = CliRunner().invoke(main, ["facts", bundle]).output
    assert "read this before any figure" in text
    assert not re.search(r"harass|threat|obsess|escalat|pattern|risk|likely|stalk", text, re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("by = ", "cannot be read"),
        ("[[stop]]\nutc = '2024-10-07T09:01:30Z'", "does not say who confirmed"),
        (
            "by = 'x'\n[[in_force]]\nname = 'o'\nfrom_utc = '2024-11-01T00:00:00Z'\nto_utc = '2024-10-01T00:00:00Z'",
            "not later",
        ),
        ("by = 'x'\n[[stop]]\nutc = '2024-10-07T09:01:30'", "no time with an offset"),
        ("by = 'x'\n[[stop]]\nutc = 'soon'", "no time with an offset"),
        ("by = 'x'\n[[tag]]\nitem = 'M-1'\ntag = 'sinister'", "there is no tag"),
        ("by = 'x'\n[stop]\nutc = '2024-10-07T09:01:30Z'", "two brackets"),
        ("by = 'x'\n[[block]]\nutc = '2024-10-07T09:01:30Z'", "has no “account”"),
    ],
)
def test_a_file_of_what_was_confirmed_that_cannot_be_understood_is_one_sentence(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_confirmed(text, "said.toml")


def test_what_is_no_bundle_is_one_sentence(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["facts", str(tmp_path)])
    assert answer.exit_code == 1
    assert "Nothing was counted" in answer.output


def test_carried_messages_are_no_contacts_of_their_own() -> None:
    row = {"item": "M-000001-1", "parent": "r-x"}
    assert list(events_of([json.dumps(row)])) == []


def test_the_parameters_are_those_of_the_file() -> None:
    said = parameters()
    assert (said.window_hours, said.run_minutes, said.run_size, said.gap_days) == ((1, 24, 168), 10, 5, 14)
    assert Confirmed().by == ""


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ({"about-utc": "2023-10-20T22:31:00Z"}, True),
        ({"reaction-to-sent": "2023-10-20T22:31:00.123Z"}, True),
        ({"about-utc": "2023-10-20T22:31:00"}, False),
        ({"about-utc": "2023-13-40T22:31:00Z", "reaction-to-sent": ""}, False),
        ({"about-utc": "soon"}, False),
        ({}, False),
    ],
)
def test_p16_takes_the_time_a_reaction_is_about_only_where_it_is_a_time(said: dict[str, str], known: bool) -> None:
    [event] = events_of([item(kind="reaction", facts=said)])
    assert (event.target_us is not None) == known
