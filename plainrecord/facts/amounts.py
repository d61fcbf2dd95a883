"""P1, P2, P12, P18, P19: how many, how long, by week and channel; removed or changed items; sittings.

Source of the formulas: the domain reference, section 3.3. No figure here compares people or judges; weeks without any
coverage are None, never 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from plainrecord.facts.contacts import Contacts
from plainrecord.facts.events import Event
from plainrecord.facts.fact import Fact
from plainrecord.facts.parameters import Parameters

Coverage = Sequence[tuple[int, int]]
_MINUTE_US = 60_000_000


def how_many(contacts: Contacts) -> Fact:
    """P1: number, first, last, span in days, days with contact, and the day with most; direct and group apart."""
    direct = [one for one in contacts.events if not one.is_group]
    value: dict[str, Any] = {"contacts": len(contacts), "direct": len(direct), "in_groups": len(contacts) - len(direct)}
    if len(contacts):
        span = (contacts.days[-1] - contacts.days[0]).days + 1
        by_day = Counter(contacts.days)
        busiest = min(by_day, key=lambda day: (-by_day[day], day))
        value |= {
            "first_utc": contacts.utc(0),
            "last_utc": contacts.utc(len(contacts) - 1),
            "span_days": span,
            "active_days": len(by_day),
            "per_span_day": round(len(contacts) / span, 3),
            "per_active_day": round(len(contacts) / len(by_day), 3),
            "busiest_day": busiest.isoformat(),
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
    split: dict[str, Counter[str]] = {}
    for one, day in zip(contacts.events, contacts.days, strict=True):
        split.setdefault(week_of(day), Counter())[f"{one.channel} {one.kind}"] += 1
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
    counted = Counter(map(week_of, contacts.days))
    covered = [(contacts.clock.day(first), contacts.clock.day(last)) for first, last in coverage]
    monday = contacts.days[0] - timedelta(days=contacts.days[0].weekday())
    weeks: list[tuple[str, int | None]] = []
    while monday <= contacts.days[-1]:
        sunday = monday + timedelta(days=6)
        known = any(first <= sunday and monday <= last for first, last in covered)
        name = week_of(monday)
        weeks.append((name, counted[name] if counted[name] or known else None))
        monday += timedelta(days=7)
    return weeks


def week_of(day: date) -> str:
    """The ISO week of a date: "2024-W43"."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def channels(contacts: Contacts, parameters: Parameters) -> Fact:
    """P12: each channel with its first, its last and its number; days on which several were used."""
    seen: dict[str, list[int]] = {}
    by_day: dict[date, set[str]] = {}
    for index, one in enumerate(contacts.events):
        seen.setdefault(one.channel, []).append(index)
        by_day.setdefault(contacts.days[index], set()).add(one.channel)
    several = [day for day, used in by_day.items() if len(used) >= parameters.several_channels]
    value = {
        "channels": [
            {
                "channel": channel,
                "contacts": len(at),
                "first_utc": contacts.utc(at[0]),
                "last_utc": contacts.utc(at[-1]),
            }
            for channel, at in seen.items()
        ],
        "days_with_several": [day.isoformat() for day in sorted(several)],
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


def changed_items(events: Iterable[Event]) -> Fact:
    """P18: items that an export marks as deleted, edited or unsent, by side."""
    found = [one for one in events if one.changed]
    counted: dict[str, Counter[str]] = {}
    for one in found:
        counted.setdefault(one.side, Counter()).update(one.changed)
    value = {side: dict(sorted(marks.items())) for side, marks in sorted(counted.items())}
    return Fact(
        "P18",
        "Removed or changed items",
        "Records that the export itself marks as deleted, edited or unsent.",
        value,
        items=[one.item for one in found],
        says="An export marks only what its service keeps a trace of.",
    )


def sittings(contacts: Contacts, parameters: Parameters) -> Fact:
    """P19: accounts, channels, days, and sittings: contacts with no gap longer than the parameter between them."""
    gap = parameters.sitting_minutes * _MINUTE_US
    starts = [0] if len(contacts) else []
    starts += [at for at in range(1, len(contacts)) if contacts.times[at] - contacts.times[at - 1] > gap]
    ends = [*(at - 1 for at in starts[1:]), len(contacts) - 1]
    minutes = (
        sum(contacts.times[end] - contacts.times[start] for start, end in zip(starts, ends, strict=False)) // _MINUTE_US
    )
    value = {
        "accounts": len({one.account for one in contacts.events}),
        "channels": len({one.channel for one in contacts.events}),
        "days": len(set(contacts.days)),
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
