"""P6, P7: at which hours and on which weekdays; calls at night that nobody answered. Local time, by the zone that is shown.

Source of the formulas: the domain reference, section 3.3.
"""

from __future__ import annotations

from array import array

from plainrecord.facts.clock import DAY_US, HOUR_US, date_of, weekday_of
from plainrecord.facts.contacts import Contacts
from plainrecord.facts.fact import Fact, Items
from plainrecord.facts.parameters import Parameters

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def is_night(hour: int, parameters: Parameters) -> bool:
    """Whether a local hour lies in the night of the parameters (which may go over midnight)."""
    if parameters.night_from <= parameters.night_to:
        return parameters.night_from <= hour < parameters.night_to
    return hour >= parameters.night_from or hour < parameters.night_to


def night_of(local_us: int, parameters: Parameters) -> int:
    """The day on which the night began that a local time lies in: 01:30 belongs to the evening before."""
    over_midnight = parameters.night_from > parameters.night_to
    day, rest = divmod(local_us, DAY_US)
    return day - 1 if over_midnight and rest // HOUR_US < parameters.night_to else day


def time_of_day(contacts: Contacts, parameters: Parameters) -> Fact:
    """P6: a grid of weekday and hour, and the number and share at night."""
    grid = [[0] * 24 for _ in WEEKDAYS]
    nightly = [is_night(hour, parameters) for hour in range(24)]
    found = array("Q")
    for hour, start, end in contacts.hours:
        grid[weekday_of(hour // 24)][hour % 24] += end - start
        if nightly[hour % 24]:
            found += contacts.numbers[start:end]
    at_night = Items(found)
    hours = (parameters.night_to - parameters.night_from) % 24
    share = round(100 * len(at_night) / len(contacts), 1) if len(contacts) else None
    return Fact(
        "P6",
        "Time of day",
        "By weekday and hour on the clock shown; a contact at 23:00 counts as night, one at 07:00 does not.",
        {
            "grid": dict(zip(WEEKDAYS, grid, strict=True)),
            "at_night": len(at_night),
            "percent_at_night": share,
        },
        {"from_hour": parameters.night_from, "to_hour": parameters.night_to, "zone": contacts.clock.zone or "UTC"},
        contacts.left_out,
        at_night,
        f"{hours} of 24 hours are {round(100 * hours / 24)} % of the day.",
    )


def missed_at_night(contacts: Contacts, parameters: Parameters) -> Fact:
    """P7: calls that began at night and that the export calls missed, declined or unanswered; and on how many nights."""
    calls = contacts.picked(lambda one: one.kind == "call" and one.missed)
    here = {at: contacts.clock.local_us(contacts.times[at]) for at in calls}
    found = [at for at in calls if is_night(here[at] % DAY_US // HOUR_US, parameters)]
    nights = sorted({night_of(here[at], parameters) for at in found})
    return Fact(
        "P7",
        "Calls at night that were not answered",
        "Calls whose export says missed, declined or unanswered, begun in the hours of the parameters.",
        {"calls": len(found), "nights": len(nights), "dates": [date_of(night).isoformat() for night in nights]},
        {"from_hour": parameters.night_from, "to_hour": parameters.night_to, "zone": contacts.clock.zone or "UTC"},
        contacts.left_out,
        Items([contacts.numbers[at] for at in found]),
        "A night bears the date of its evening. Exports differ in what they call missed.",
    )
