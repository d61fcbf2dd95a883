"""Facts: counts, dates, durations, lists and differences over the records of a bundle, each with its rule and its items.

The public face: `figures(events, zone, coverage, confirmed)`, and `pictures_of` what it gives.
It counts; it does not judge, score or compare people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from plainrecord.facts.afterwards import accounts_first_seen, after_block, after_stop, while_in_force
from plainrecord.facts.amounts import Coverage, by_week, changed_items, channels, how_many, sittings
from plainrecord.facts.change import change_over_time
from plainrecord.facts.clock import Clock
from plainrecord.facts.confirmed import Confirmed, Stop, as_said, confirmed_of, read_confirmed, require_items
from plainrecord.facts.contacts import Contacts
from plainrecord.facts.events import Event, Shape, digests_of, event_of, events_of
from plainrecord.facts.fact import Fact, Items
from plainrecord.facts.figures import Figures, TagCount, number_stated, stretched, stretches
from plainrecord.facts.filled import read_confirmed_files
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
from plainrecord.facts.table import Collector, Part, Table, part_of

__all__ = [
    "Clock",
    "Collector",
    "Confirmed",
    "Contacts",
    "Coverage",
    "Event",
    "Fact",
    "Figures",
    "Items",
    "KeyDate",
    "Parameters",
    "Part",
    "Picture",
    "Shape",
    "Table",
    "TagCount",
    "as_said",
    "confirmed_of",
    "digests_of",
    "event_of",
    "events_of",
    "facts",
    "figures",
    "key_dates",
    "number_stated",
    "parameters",
    "part_of",
    "pictures_of",
    "read_confirmed",
    "read_confirmed_files",
    "require_items",
    "stretched",
    "stretches",
    "week_strip",
]


_NOTHING = Confirmed()


def figures(
    events: Iterable[Event] | Table, zone: str | None, coverage: Coverage = (), confirmed: Confirmed = _NOTHING
) -> Figures:
    """P1 to P21 for the subject's contacts with the owner, and P1 to P8, P12, P14 and P19 for the owner's with the subject; with
    the key dates and the confirmed tags.

    The same record in two exports counts once. `coverage` are the spans (first and last instant, microseconds UTC) of the
    sources; `zone` an IANA name, None for UTC.
    """
    table = events if isinstance(events, Table) else Table.of(events)
    clock, said = Clock(zone), parameters()
    moments = _moments(table, confirmed)
    confirmed = _with_stops(confirmed, moments)
    subject, owner = (Contacts.of(table, clock, by_subject=mine) for mine in (True, False))
    both = [_over_time(one, said, coverage) for one in (subject, owner)]
    told = [
        without_reply(table, said),
        after_stop(subject, confirmed),
        after_block(subject, confirmed),
        accounts_first_seen(subject, confirmed),
        people_around(table, confirmed),
        gifts_and_payments(table, confirmed),
        comments_on_old_things(subject, said),
        while_in_force(subject, confirmed),
        changed_items(table),
        known_places(confirmed),
        log_entries(table),
    ]
    found = sorted([*both[0], *told], key=lambda fact: int(fact.id[1:]))
    dates = key_dates(found, confirmed, moments)
    return Figures(zone, said.version, len(table), found, both[1], dates, _tags(confirmed), confirmed)


def facts(
    events: Iterable[Event] | Table, zone: str | None, coverage: Coverage = (), confirmed: Confirmed = _NOTHING
) -> tuple[list[Fact], list[Fact]]:
    """The facts of `figures` alone: of the subject's contacts with the owner, and of the owner's with the subject."""
    found = figures(events, zone, coverage, confirmed)
    return found.subject, found.owner


def _moments(table: Table, confirmed: Confirmed) -> dict[str, int | None]:
    """The instants of the items that were tagged; a message carried inside another has its carrier's."""
    places = {tag.item: table.place_of(int(tag.item.split("-")[1])) for tag in confirmed.tags}
    return {item: None if at is None else table.moment(at) for item, at in places.items()}


def _with_stops(confirmed: Confirmed, moments: Mapping[str, int | None]) -> Confirmed:
    """Items that a person tagged as a request to stop are requests to stop, where they have a time."""
    known = {one.item for one in confirmed.stops}
    more = [
        Stop(tag.item, at, tag.words)
        for tag in confirmed.tagged("stop_request")
        if tag.item not in known and (at := moments[tag.item]) is not None
    ]
    return replace(confirmed, stops=(*confirmed.stops, *more))


def _tags(confirmed: Confirmed) -> list[TagCount]:
    by_tag: dict[str, dict[str, None]] = {}
    for one in confirmed.tags:
        by_tag.setdefault(one.tag, {})[one.item] = None
    return [TagCount(tag, list(items)) for tag, items in sorted(by_tag.items())]


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
