"""Facts: counts, dates, durations, lists and differences over the records of a bundle, each with its rule and its items.

The public face: `facts(events, zone, coverage, confirmed)`. It counts; it does not judge, score or compare people.
"""

from __future__ import annotations

from collections.abc import Iterable

from plainrecord.facts.afterwards import accounts_first_seen, after_block, after_stop, while_in_force
from plainrecord.facts.amounts import Coverage, by_week, changed_items, channels, how_many, sittings
from plainrecord.facts.change import change_over_time
from plainrecord.facts.confirmed import Confirmed, read_confirmed
from plainrecord.facts.contacts import Contacts
from plainrecord.facts.events import Clock, Event, events_of, without_copies
from plainrecord.facts.fact import Fact
from plainrecord.facts.hours import missed_at_night, time_of_day
from plainrecord.facts.keydates import KeyDate, key_dates
from plainrecord.facts.nearness import gaps, most_in_a_window, runs, without_reply
from plainrecord.facts.parameters import Parameters, parameters
from plainrecord.facts.pictures import Picture, pictures_of, week_strip
from plainrecord.facts.read_by_people import (
    comments_on_old_things,
    gifts_and_payments,
    known_places,
    log_entries,
    people_around,
)

__all__ = [
    "Clock",
    "Confirmed",
    "Contacts",
    "Event",
    "Fact",
    "KeyDate",
    "Parameters",
    "Picture",
    "events_of",
    "facts",
    "key_dates",
    "parameters",
    "pictures_of",
    "read_confirmed",
    "week_strip",
]


_NOTHING = Confirmed()


def facts(
    events: Iterable[Event], zone: str | None, coverage: Coverage = (), confirmed: Confirmed = _NOTHING
) -> tuple[list[Fact], list[Fact]]:
    """P1 to P21 for the subject's contacts with the owner, and P1 to P8, P12, P14 and P19 for the owner's with the subject.

    The same record in two exports counts once. `coverage` are the spans (first and last instant, microseconds UTC) of the
    sources; `zone` an IANA name, None for UTC.
    """
    (found, copies), clock, said = without_copies(events), Clock(zone), parameters()
    subject = Contacts.of(found, clock, copies=copies)
    owner = Contacts.of(found, clock, by_subject=False, copies=copies)
    both = [_over_time(one, said, coverage) for one in (subject, owner)]
    told = [
        without_reply(found, said),
        after_stop(subject, confirmed),
        after_block(subject, confirmed),
        accounts_first_seen(subject, confirmed),
        people_around(found, confirmed),
        gifts_and_payments(found, confirmed),
        comments_on_old_things(subject, said),
        while_in_force(subject, confirmed),
        changed_items(found),
        known_places(confirmed),
        log_entries(found),
    ]
    return sorted([*both[0], *told], key=lambda fact: int(fact.id[1:])), both[1]


def _over_time(contacts: Contacts, said: Parameters, coverage: Coverage) -> list[Fact]:
    return [
        how_many(contacts),
        by_week(contacts, coverage),
        most_in_a_window(contacts, said),
        runs(contacts, said),
        time_of_day(contacts, said),
        missed_at_night(contacts, said),
        change_over_time(contacts, said, coverage),
        channels(contacts, said),
        gaps(contacts, said),
        sittings(contacts, said),
    ]
