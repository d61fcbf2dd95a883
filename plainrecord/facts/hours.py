"""P6, P7: at which hours and on which weekdays; calls at night that nobody answered. Local time, by the zone that is shown.

Source of the formulas: the domain reference, section 3.3.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from plainrecord.facts.contacts import Contacts
from plainrecord.facts.fact import Fact
from plainrecord.facts.parameters import Parameters

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def is_night(moment: datetime, parameters: Parameters) -> bool:
    """Whether a local time lies in the night of the parameters (which may go over midnight)."""
    if parameters.night_from <= parameters.night_to:
        return parameters.night_from <= moment.hour < parameters.night_to
    return moment.hour >= parameters.night_from or moment.hour < parameters.night_to


def night_of(moment: datetime, parameters: Parameters) -> date:
    """The date on which the night began that a time lies in: 01:30 belongs to the evening before."""
    over_midnight = parameters.night_from > parameters.night_to
    return moment.date() - timedelta(days=1) if over_midnight and moment.hour < parameters.night_to else moment.date()


def time_of_day(contacts: Contacts, parameters: Parameters) -> Fact:
    """P6: a grid of weekday and hour, and the number and share at night."""
    grid = [[0] * 24 for _ in WEEKDAYS]
    at_night: list[str] = []
    for one, moment in zip(contacts.events, contacts.locals, strict=True):
        grid[moment.weekday()][moment.hour] += 1
        if is_night(moment, parameters):
            at_night.append(one.item)
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
    found = [
        (one, moment)
        for one, moment in zip(contacts.events, contacts.locals, strict=True)
        if one.kind == "call" and one.missed and is_night(moment, parameters)
    ]
    nights = sorted({night_of(moment, parameters) for _, moment in found})
    return Fact(
        "P7",
        "Calls at night that were not answered",
        "Calls whose export says missed, declined or unanswered, begun in the hours of the parameters.",
        {"calls": len(found), "nights": len(nights), "dates": [night.isoformat() for night in nights]},
        {"from_hour": parameters.night_from, "to_hour": parameters.night_to, "zone": contacts.clock.zone or "UTC"},
        contacts.left_out,
        [one.item for one, _ in found],
        "A night bears the date of its evening. Exports differ in what they call missed.",
    )
