"""P1, P2, P12, P18, P19: how many, how long, by week and channel; removed or changed items; sittings.

Source of the formulas: the domain reference, section 3.3. No figure here compares people or judges; weeks without any
coverage are None, never 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any

from plainrecord.facts.clock import date_of, day_number, weekday_of
from plainrecord.facts.contacts import Contacts
from plainrecord.facts.events import Shape
from plainrecord.facts.fact import Fact, Items
from plainrecord.facts.nearness import breaks
from plainrecord.facts.parameters import Parameters
from plainrecord.facts.table import Table

Coverage = Sequence[tuple[int, int]]
_MINUTE_US = 60_000_000
_CHANNEL, _ACCOUNT = attrgetter("channel"), attrgetter("account")


def how_many(contacts: Contacts) -> Fact:
    """P1: number, first, last, span in days, days with contact, and the day with most; direct and group apart."""
    in_groups = contacts.number(attrgetter("is_group"))
    value: dict[str, Any] = {"contacts": len(contacts), "direct": len(contacts) - in_groups, "in_groups": in_groups}
    if len(contacts):
        span = _day(contacts, -1) - _day(contacts, 0) + 1
        by_day = contacts.by_day
        busiest = min(by_day, key=lambda day: (-by_day[day], day))
        value |= {
            "first_utc": contacts.utc(0),
            "last_utc": contacts.utc(len(contacts) - 1),
            "span_days": span,
            "active_days": len(by_day),
            "per_span_day": round(len(contacts) / span, 3),
            "per_active_day": round(len(contacts) / len(by_day), 3),
            "busiest_day": date_of(busiest).isoformat(),
            "busiest_day_contacts": by_day[busiest],
        }
    return Fact(
        "P1",
        "How many, how long",
        "All contacts; days are dates on the clock shown; the span counts its first and its last day.",
        value,
        {"zone": contacts.clock.zone or "UTC"},
        contacts.left_out,
        contacts.items,
        "Contacts in group conversations are counted apart from direct ones.",
    )


def by_week(contacts: Contacts, coverage: Coverage) -> Fact:
    """P2: contacts by ISO week, channel and kind. `coverage` are spans (first and last instant, microseconds UTC) for which
    some source can say anything: a week outside all of them is None."""
    weeks = weekly_counts(contacts, coverage)
    split = {
        week_name(week): contacts.counted(_channel_and_kind, start, end)
        for week, start, end in contacts.stretches(week_number)
    }
    value = {
        "weeks": [
            {"week": week, "contacts": count, "by_channel_and_kind": dict(sorted(split.get(week, Counter()).items()))}
            for week, count in weeks
        ]
    }
    return Fact(
        "P2",
        "Contacts per week",
        "ISO weeks (Monday to Sunday on the clock shown) from the first to the last; a week no source covers is empty, not 0.",
        value,
        {"zone": contacts.clock.zone or "UTC"},
        contacts.left_out,
        contacts.items,
    )


def weekly_counts(contacts: Contacts, coverage: Coverage) -> list[tuple[str, int | None]]:
    """Every ISO week from the first contact to the last with its count; None where no source covers any of it."""
    if not len(contacts):
        return []
    counted = {week: end - start for week, start, end in contacts.stretches(week_number)}
    covered = [tuple(week_number(day_number(contacts.clock.day(at))) for at in span) for span in coverage]
    weeks: list[tuple[str, int | None]] = []
    for week in range(week_number(_day(contacts, 0)), week_number(_day(contacts, -1)) + 1):
        known = week in counted or any(first <= week <= last for first, last in covered)
        weeks.append((week_name(week), counted.get(week, 0) if known else None))
    return weeks


def _day(contacts: Contacts, at: int) -> int:
    """The day of the first or the last stretch of contacts."""
    return contacts.hours[at][0] // 24


def week_number(day: int) -> int:
    """Weeks since the one of the epoch, of a day counted from it; each begins on a Monday."""
    return (day - weekday_of(day)) // 7


@lru_cache(maxsize=4096)
def week_name(week: int) -> str:
    """The ISO week of a week number."""
    # Weeks are numbered from Monday to Monday, and the epoch was a Thursday: the Thursday decides the year of an ISO week.
    return week_of(date_of(7 * week + 7))


def week_of(day: date) -> str:
    """The ISO week of a date: "2024-W43"."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def _channel_and_kind(one: Shape) -> str:
    return f"{one.channel} {one.kind}"


def channels(contacts: Contacts, parameters: Parameters) -> Fact:
    """P12: each channel with its first, its last and its number; days on which several were used."""
    last, number = contacts.last_of(_CHANNEL), contacts.counted(_CHANNEL)
    several = [
        day
        for day, start, end in contacts.stretches(int)
        if len(contacts.several(_CHANNEL, start, end)) >= parameters.several_channels
    ]
    value = {
        "channels": [
            {
                "channel": channel,
                "contacts": number[channel],
                "first_utc": contacts.utc(first),
                "last_utc": contacts.utc(last[channel]),
            }
            for channel, first in contacts.first_of(_CHANNEL).items()
        ],
        "days_with_several": [date_of(day).isoformat() for day in several],
    }
    return Fact(
        "P12",
        "Channels",
        "A channel is a service as the exports name it, in the order of its first contact here.",
        value,
        {"several": parameters.several_channels},
        contacts.left_out,
        contacts.items,
        "Two services to one telephone number are two channels.",
    )


def changed_items(table: Table) -> Fact:
    """P18: items that an export marks as deleted, edited or unsent, by side."""
    found = table.kept([bool(one.changed) for one in table.shapes])
    counted: dict[str, Counter[str]] = {}
    for one, count in Counter(map(table.ids.__getitem__, found)).items():
        shape = table.shapes[one]
        of_side = counted.setdefault(shape.side, Counter())
        for mark in shape.changed:
            of_side[mark] += count
    value = {side: dict(sorted(marks.items())) for side, marks in sorted(counted.items())}
    return Fact(
        "P18",
        "Removed or changed items",
        "Records that the export itself marks as deleted, edited or unsent.",
        value,
        items=Items([table.numbers[at] for at in found]),
        says="An export marks only what its service keeps a trace of.",
    )


def sittings(contacts: Contacts, parameters: Parameters) -> Fact:
    """P19: accounts, channels, days, and sittings: contacts with no gap longer than the parameter between them."""
    gap = parameters.sitting_minutes * _MINUTE_US
    times = contacts.times
    starts = [0] if len(contacts) else []
    starts += breaks(times, gap)
    ends = [*(at - 1 for at in starts[1:]), len(contacts) - 1]
    minutes = sum(times[end] - times[start] for start, end in zip(starts, ends, strict=False)) // _MINUTE_US
    value = {
        "accounts": len(contacts.several(_ACCOUNT)),
        "channels": len(contacts.several(_CHANNEL)),
        "days": len(contacts.by_day),
        "sittings": len(starts),
        "minutes_between_first_and_last_of_each": minutes,
    }
    return Fact(
        "P19",
        "Sittings",
        "A gap longer than the parameter begins a new sitting; minutes are whole, summed over all sittings.",
        value,
        {"gap_minutes": parameters.sitting_minutes},
        contacts.left_out,
        contacts.items,
        "A lower bound: what was done before the first and after the last contact of a sitting is not known.",
    )
