"""P8: how the weekly number changed, and when each kind and each channel was first seen.

Source of the formulas: the domain reference, section 3.3. States “from a to b”; weeks no source covers are in no figure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from statistics import median
from typing import Any

from plainrecord.facts.amounts import Coverage, week_name, week_number, weekly_counts
from plainrecord.facts.contacts import Contacts
from plainrecord.facts.events import Shape
from plainrecord.facts.fact import Fact
from plainrecord.facts.parameters import Parameters

_CHANNEL, _KIND = attrgetter("channel"), attrgetter("kind")


def change_over_time(contacts: Contacts, parameters: Parameters, coverage: Coverage) -> Fact:
    """P8: weekly counts, medians of the first and of the last full weeks, their slope, and firsts of kinds and channels."""
    weeks = weekly_counts(contacts, coverage)
    # The first and the last week are seldom whole: contact began or ended inside them.
    full = [(at, count) for at, (_, count) in enumerate(weeks) if count is not None and 0 < at < len(weeks) - 1]
    first, last = full[: parameters.change_weeks], full[-parameters.change_weeks :]
    enough = len(full) >= 2 * parameters.change_weeks
    value: dict[str, Any] = {
        "weeks": len(weeks),
        "full_weeks": len(full),
        "median_of_first_weeks": median(count for _, count in first) if enough else None,
        "median_of_last_weeks": median(count for _, count in last) if enough else None,
        "slope_per_week": theil_sen(full),
        "first_of_each_kind": _firsts(contacts, _KIND),
        "first_of_each_channel": _firsts(contacts, _CHANNEL),
        "kinds_per_week": _kinds_per_week(contacts),
    }
    return Fact(
        "P8",
        "Change over time",
        "Medians of the first and of the last full weeks (none where there are too few); slope is the median of the slopes between"
        " all pairs of full weeks.",
        value,
        {"weeks": parameters.change_weeks, "zone": contacts.clock.zone or "UTC"},
        contacts.left_out,
        contacts.items,
    )


def theil_sen(points: Sequence[tuple[int, int]]) -> float | None:
    """The median of the slopes between all pairs of (place, count); None for fewer than two. At most some hundred weeks."""
    slopes = [
        (later - earlier) / (after - before)
        for at, (before, earlier) in enumerate(points)
        for after, later in points[at + 1 :]
    ]
    return round(median(slopes), 4) if slopes else None


def _firsts(contacts: Contacts, label: Callable[[Shape], str]) -> dict[str, dict[str, str]]:
    firsts = contacts.first_of(label)
    return {value: {"utc": contacts.utc(index), "item": contacts.items[index]} for value, index in firsts.items()}


def _kinds_per_week(contacts: Contacts) -> dict[str, int]:
    return {
        week_name(week): len(contacts.several(_KIND, start, end))
        for week, start, end in contacts.stretches(week_number)
    }
