"""What is counted by columns is what the rules say, event by event, whatever the order in which events came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handcase import LONDON, at, contact
from plainrecord.facts import Clock, Collector, Contacts, Event, Part, facts, parameters
from plainrecord.facts.amounts import week_number
from plainrecord.facts.clock import HOUR_US, day_number
from plainrecord.facts.nearness import breaks
from plainrecord.facts.table import Table
from plainrecord.times import load_zone, to_utc_us

DAY_US = 24 * HOUR_US
# About the hour that happens twice, so that many share an instant, an hour or a day.
INSTANTS = st.integers(0, 400).map(lambda step: at("2024-10-25T00:00:00Z") + step * HOUR_US // 4)
FAR = st.integers(0, 60).map(lambda day: at("2024-09-28T21:30:00Z") + day * DAY_US)
EVENTS = st.lists(
    st.builds(
        lambda us, channel, to, talk, source, kind, says, named: contact(
            0, None, channel, to=to, conversation=talk, source=source, kind=kind, says=says * 16, named=named
        )._replace(utc_us=us),
        st.none() | INSTANTS | FAR,
        st.sampled_from(["sms", "email"]),
        st.sampled_from(["owner", "owner", "subject"]),
        st.sampled_from(["V-1", "V-2"]),
        st.sampled_from(["S01", "S02", "S03"]),
        st.sampled_from(["message", "call", "system"]),
        st.sampled_from([b"a", b"b"]),
        st.booleans(),
    ),
    max_size=40,
).map(lambda events: [one._replace(number=number) for number, one in enumerate(events, 1)])


def in_order(events: Sequence[Event]) -> list[Event]:
    """The dated ones, as facts take them."""
    return sorted((one for one in events if one.utc_us is not None), key=lambda one: (one.utc_us or 0, one.number))


def copies_of(events: Sequence[Event]) -> set[int]:
    """The numbers of all copies, each event held against every one before it."""
    found = set()
    dated = in_order(events)
    for place, one in enumerate(dated):
        like = [
            other.shape.source
            for other in dated[:place]
            if (other.utc_us, other.says, other.shape._replace(source="", conversation=""))
            == (one.utc_us, one.says, one.shape._replace(source="", conversation=""))
        ]
        counted = Counter(like)
        most = max((count for source, count in counted.items() if source != one.shape.source), default=0)
        if counted[one.shape.source] < most or (one.shape.named and like):
            found.add(one.number)
    return found


@given(EVENTS)
def test_copies_are_those_that_the_rule_names(events: list[Event]) -> None:
    table = Table.of(events)
    assert {number for number, copy in zip(table.numbers, table.copies, strict=True) if copy} == copies_of(events)


@given(EVENTS, st.randoms(use_true_random=False))
def test_the_order_in_which_events_come_changes_nothing(events: list[Event], dice: object) -> None:
    mixed = events.copy()
    dice.shuffle(mixed)  # type: ignore[attr-defined]
    parts: list[Part] = []
    for one in mixed:
        collector = Collector()
        collector.extend([one])
        parts.append(collector.part())
    for found, expected in zip(facts(Table.joined(parts), LONDON), facts(events, LONDON), strict=True):
        assert [one.as_json() for one in found] == [one.as_json() for one in expected]


@given(EVENTS)
def test_p5_turns_are_those_between_two_contacts_of_the_owners(events: list[Event]) -> None:
    again = copies_of(events)
    dated = [one for one in in_order(events) if one.number not in again and one.shape.is_contact]
    turns = []
    for talk in ("V-1", "V-2"):
        rows = [one for one in dated if one.shape.conversation == talk]
        groups = [(mine, list(group)) for mine, group in groupby(rows, lambda one: one.shape.to_owner)]
        for place, (mine, group) in enumerate(groups):
            if mine:
                turns.append((group, groups[place + 1][1][0].utc_us if place + 1 < len(groups) else None))
    turns.sort(key=lambda turn: (turn[0][0].utc_us, turn[0][0].number))
    within = parameters().reply_days * DAY_US
    late = [group for group, reply in turns if reply is None or reply - (group[-1].utc_us or 0) > within]
    [fact] = [fact for fact in facts(events, None)[0] if fact.id == "P5"]
    assert (fact.value["turns"], fact.value["turns_without_reply"]) == (len(turns), len(late))
    assert fact.items == [f"M-{one.number:06d}" for group in late for one in group]
    if turns:
        longest = max((group for group, _ in turns), key=len)
        lasting = max((group for group, _ in turns), key=lambda group: (group[-1].utc_us or 0) - (group[0].utc_us or 0))
        assert fact.value["longest_by_number"]["items"] == [f"M-{one.number:06d}" for one in longest]
        assert fact.value["longest_by_time"]["items"] == [f"M-{one.number:06d}" for one in lasting]


@given(EVENTS, st.sampled_from([LONDON, "Asia/Kathmandu", "Australia/Lord_Howe", "America/Santiago", None]))
def test_hours_days_and_weeks_are_those_of_the_clock_at_each_instant(events: list[Event], zone: str | None) -> None:
    clock, contacts = Clock(zone), Contacts.of(Table.of(events), Clock(zone))
    local = [clock.local(instant) for instant in contacts.times]
    of_clock = {hour: 0 for hour, _, _ in contacts.hours}
    place = 0
    for hour, start, end in contacts.hours:
        assert start == place < end
        place = end
        of_clock[hour] += end - start
    assert place == len(contacts)
    assert of_clock == Counter(day_number(one.date()) * 24 + one.hour for one in local)
    assert contacts.by_day == Counter(day_number(one.date()) for one in local)
    weeks = {week: end - start for week, start, end in contacts.stretches(week_number)}
    assert weeks == Counter(week_number(day_number(one.date())) for one in local)
    counted = Counter(one.shape.channel for one in in_order(events) if one.number in contacts.numbers)
    assert contacts.counted(lambda shape: shape.channel) == counted


@pytest.mark.parametrize("zone", ["America/Recife", "Africa/Casablanca", "Asia/Gaza", "Pacific/Apia"])
def test_an_offset_that_is_asked_for_once_a_day_is_that_of_every_instant(zone: str) -> None:
    clock, day = Clock(zone), datetime(1999, 12, 25, tzinfo=UTC)
    # The changes that lie nearest to each other in the tz database are a week apart (Recife, 2000).
    for moment in (day + timedelta(hours=5 * step) for step in range(13 * 366 * 24 // 5)):
        assert clock.local(to_utc_us(moment)) == moment.astimezone(load_zone(zone)).replace(tzinfo=None)


@given(st.lists(st.integers(0, 40), max_size=40).map(sorted), st.integers(0, 6))
def test_breaks_are_where_neighbours_are_further_apart(times: list[int], most: int) -> None:
    assert breaks(times, most) == [place for place in range(1, len(times)) if times[place] - times[place - 1] > most]
