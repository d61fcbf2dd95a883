"""`panel.html`: one A4 page of facts and marked blanks for a panel of people, police edition only.

Says counts, dates and who stated what. What people must add (assessment, wishes, actions) is an empty box. Every list is
bounded so that it stays one page; what is cut is counted and stands on the facts page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from markupsafe import Markup

from plainrecord import __version__
from plainrecord.bundle.contents import Contents, Person, Source
from plainrecord.bundle.meta import CoverageRow
from plainrecord.bundle.page_facts import Link, item_link, linked
from plainrecord.bundle.page_frame import page, render
from plainrecord.bundle.shown import one_line, plural
from plainrecord.facts import Fact, Figures, KeyDate, week_strip
from plainrecord.facts.clock import Clock
from plainrecord.facts.events import instant
from plainrecord.facts.pictures import SUBJECT
from plainrecord.intake.listing import Fate
from plainrecord.times import show_date, to_utc_us

_UNREAD = (Fate.UNREADABLE, Fate.REFUSED, Fate.PARTLY_PARSED, Fate.KNOWN_UNSUPPORTED, Fate.UNKNOWN)
# How many rows of each list there is room for.
_COVERAGE, _GROUNDS, _ACCOUNTS, _DATES, _OF_EACH, _FIRSTS, _TAGS, _OTHERS, _MISSING = 6, 2, 5, 9, 2, 8, 8, 3, 3
# Which key dates are kept first where there are more than fit.
_BEFORE = ("contact", "stop", "block", "order", "report", "account")
BLANKS = (
    ("Assessment by a trained person: who, when, outcome", 3),
    ("The owner’s wishes, as told to (advocate)", 3),
    ("Safeguarding: in place, to do", 3),
    ("SPO or other order considered: by whom, decision, why", 3),
    ("Linked cases and references", 2),
    ("Actions: what, who, by when", 4),
)


@dataclass(frozen=True, slots=True)
class PanelInput:
    """Everything the panel page and the facts page are made from."""

    contents: Contents
    sources: Sequence[Source]
    coverage: Sequence[CoverageRow]
    found: Figures
    built: datetime


class Some(NamedTuple):
    """The rows there is room for, and how many there are beyond."""

    rows: list[Any]
    more: int


def panel_page(said: PanelInput, *, paged: bool) -> str:
    """The whole page."""
    contents, found, link = said.contents, said.found, item_link(paged=paged, below="")
    subject, owner = ({fact.id: fact for fact in side} for side in (found.subject, found.owner))
    words = _Words(found.zone)
    strip = week_strip(subject["P2"], "panel-weeks", SUBJECT)
    body = render(
        "panel.html",
        plural=plural,
        case_ref=contents.case_ref,
        who=", ".join(filter(None, (contents.who.name, contents.who.role, contents.who.org))),
        built=words.day(to_utc_us(said.built)),
        version=f"plainrecord {__version__}, parameters {found.parameters_version}",
        zone=found.zone or "UTC",
        coverage=_some([words.coverage(row) for row in said.coverage], _COVERAGE),
        people=[_person("Subject", contents.subject), _person("Owner", contents.owner)],
        amounts=_amounts(subject, words),
        owners=_amounts(owner, words)[:4],
        strip=Markup(strip.inline),  # noqa: S704 - escaped as it was drawn
        strip_says=strip.says,
        dates=_dates(found.dates, words, link),
        after=_after(subject, words, link),
        nothing_confirmed=not contents.confirmed.by,
        firsts=[
            (name, _firsts(subject["P8"].value[key], words, link))
            for name, key in (("Channels", "first_of_each_channel"), ("Kinds", "first_of_each_kind"))
        ],
        tags=_some(
            [(one.tag.replace("_", " "), len(one.items), linked(one.items, link, 2)) for one in found.tags], _TAGS
        ),
        reading=one_line(found.reading, 260),
        others=_some(_others(subject["P13"], words), _OTHERS),
        missing=_some(list(_missing(said)), _MISSING),
        blanks=BLANKS,
        bundle_id=contents.bundle_id,
    )
    return page(
        contents.bundle_id,
        "Panel page",
        "Facts for people to discuss, and boxes for them to fill in.",
        body,
        sheet="panel.css",
        quiet=False,
    )


@dataclass(frozen=True, slots=True)
class _Words:
    zone: str | None

    def day(self, at: int | None) -> str:
        """A local date in words; a dash for none."""
        # Without the day of the week, for which there is no room.
        return "—" if at is None else show_date(Clock(self.zone).day(at)).partition(" ")[2]

    def moment(self, text: str | None) -> str:
        """A local date and time of day."""
        at = instant(text)
        return "—" if at is None else f"{self.day(at)} {Clock(self.zone).local(at):%H:%M}"

    def coverage(self, row: CoverageRow) -> str:
        """One source on one line."""
        span = f"{self.day(instant(row.first_utc))} to {self.day(instant(row.last_utc))}"
        return f"{row.source} {one_line(row.title, 28)}: {span}; {row.seen:,} seen, {row.unread:,} unread, {row.undated:,} undated"


def _some(rows: list[Any], most: int) -> Some:
    return Some(rows[:most], max(0, len(rows) - most))


def _person(role: str, person: Person) -> tuple[str, str, Some]:
    """Role, label, and the accounts by the ground on which they count as this person's."""
    grounds: dict[str, list[str]] = {}
    for one in person.accounts:
        ground = one_line(f"{one.basis}; stated by {one.asserted_by}", 90)
        grounds.setdefault(ground, []).append(f"{one_line(one.account.value, 36)} ({one.account.service})")
    rows = [(ground, ", ".join(names[:_ACCOUNTS]), max(0, len(names) - _ACCOUNTS)) for ground, names in grounds.items()]
    return role, one_line(person.label, 40) if person.label != role else "", _some(rows, _GROUNDS)


def _amounts(facts: dict[str, Fact], words: _Words) -> list[tuple[str, str]]:
    number = facts["P1"].value
    if not number["contacts"]:
        return [("Contacts", "0 in these records; read the coverage")]
    channels = ", ".join(
        f"{one_line(one['channel'], 20)} {one['contacts']:,}" for one in facts["P12"].value["channels"][:8]
    )
    [day] = [one for one in facts["P3"].value["windows"] if one["hours"] == 24]
    night, calls = facts["P6"], facts["P7"].value
    hours = f"{night.parameters['from_hour']:02d}:00–{night.parameters['to_hour']:02d}:00"
    return [
        ("Contacts", f"{number['contacts']:,} ({number['direct']:,} direct, {number['in_groups']:,} in groups)"),
        ("First, last", f"{words.moment(number['first_utc'])}; {words.moment(number['last_utc'])}"),
        ("Days", f"{number['active_days']:,} with contact, of {number['span_days']:,}"),
        ("Channels", channels),
        ("Most in 24 hours", f"{day['contacts']:,}, from {words.moment(day['from_utc'])}"),
        (f"In {hours}", f"{night.value['at_night']:,} ({night.value['percent_at_night']} %; {night.says})"),
        ("Calls not answered at night", f"{calls['calls']:,}, on {plural(calls['nights'], 'night')}"),
    ]


def _dates(dates: Sequence[KeyDate], words: _Words, link: Link) -> Some:
    """As many as fit: those of more weight first, then shown in order of time."""
    kept = sorted(dates, key=lambda one: _BEFORE.index(one.what))[:_DATES]
    chosen = sorted(kept, key=lambda one: one.utc_us)
    rows = [
        (words.day(one.utc_us), one_line(one.words, 52) + ("" if one.until_us is None else f", until {words.day(one.until_us)}"),
         linked([one.item], link) if one.item else "")
        for one in chosen
    ]  # fmt: skip
    return Some(rows, len(dates) - len(rows))


def _after(facts: dict[str, Fact], words: _Words, link: Link) -> Some:
    """Requests, blocks and orders, a few of each: the first ones and the last."""
    kinds = [
        _asked(facts["P9"], "requests", "Request to stop", words, link),
        _asked(facts["P10"], "blocks", "Block", words, link),
    ]
    kinds.append([_in_force(one, words, link) for one in facts["P17"].value["in_force"]])
    shown = [row for rows in kinds for row in (rows if len(rows) <= _OF_EACH else [*rows[: _OF_EACH - 1], rows[-1]])]
    return Some(shown, sum(map(len, kinds)) - len(shown))


def _asked(fact: Fact, name: str, one_of: str, words: _Words, link: Link) -> list[tuple[str, str, Markup]]:
    rows = []
    for one in fact.value[name]:
        what = f"{one_of} {words.moment(one['utc'])}" + (
            f" ({one_line(one['account'], 40)})" if "account" in one else ""
        )
        # What came after the first of them is in order of time, so what came after a later one is its end.
        later = fact.items[len(fact.items) - one["after"] :]
        rows.append((what, f"{one['after']:,} after, {one['before']:,} before", linked(later, link, 2)))
    return rows


def _in_force(one: dict[str, Any], words: _Words, link: Link) -> tuple[str, str, Markup]:
    until = f"to {words.moment(one['to_utc'])}" if one["to_utc"] else "with no end stated"
    what = f"In force: {one_line(one['name'], 40)}, {words.moment(one['from_utc'])} {until}"
    return what, plural(one["contacts"], "contact"), linked(one["items"], link, 2)


def _firsts(firsts: dict[str, dict[str, str]], words: _Words, link: Link) -> Some:
    rows = [
        (one_line(name, 24), words.day(instant(one["utc"])), linked([one["item"]], link))
        for name, one in firsts.items()
    ]
    return _some(rows, _FIRSTS)


def _others(around: Fact, words: _Words) -> list[str]:
    rows = [
        f"Conversation {one['conversation']}: {plural(one['contacts'], 'contact')},"
        f" {words.day(instant(one['first_utc']))} to {words.day(instant(one['last_utc']))}"
        for one in around.value["conversations"]
    ]
    confirmed = around.value["confirmed"]
    return (
        [*rows, f"Confirmed by a person as contact with third parties: {plural(len(confirmed), 'item')}"]
        if confirmed
        else rows
    )


def _missing(said: PanelInput) -> list[str]:
    unread = sum(claim.unread for source in said.sources for claim in source.claims)
    files = sum(fate.fate in _UNREAD for source in said.sources for fate in source.fates)
    rows = [f"{plural(unread, 'record')} could not be read (section 9 of the start page)"] if unread else []
    rows += (
        [f"{plural(files, 'file')} handed in and not read, or not wholly (section 2 of the start page)"]
        if files
        else []
    )
    return rows + [
        f"{row.source} cannot hold: {one_line(row.cannot_hold, 100)}" for row in said.coverage if row.cannot_hold
    ]
