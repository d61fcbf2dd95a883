"""P13, P15, P16, P20, P21: other people around the owner; gifts and payments; comments on old things; known places; the log.

Source of the formulas: the domain reference, section 3.3. What an item is about is a person's reading (`confirmed.py`); here it
is only counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from plainrecord.facts.confirmed import Confirmed
from plainrecord.facts.contacts import Contacts
from plainrecord.facts.fact import Fact, Items, item_name
from plainrecord.facts.parameters import Parameters
from plainrecord.facts.table import Table
from plainrecord.times import format_utc

_DAY_US = 86_400_000_000
_GIFTS = frozenset(("payment", "delivery"))
_UNREAD = "Only what a person read and confirmed is counted; what was not read is not."


def people_around(table: Table, confirmed: Confirmed) -> Fact:
    """P13: what the subject sent to others than the owner, by conversation, and items read to be about third parties."""
    others = table.kept([one.is_contact and one.to_others for one in table.shapes])
    unsaid = table.number([one.is_contact and one.unsaid for one in table.shapes])
    rows: dict[str, list[int]] = {}
    for at in others:
        rows.setdefault(table.shapes[table.ids[at]].conversation, []).append(at)
    tagged = confirmed.tagged("third_party_contact")
    value: dict[str, Any] = {
        "conversations": [
            {"conversation": talk, "contacts": len(found)} | _ends(table, found) for talk, found in sorted(rows.items())
        ],
        "confirmed": [{"item": one.item, "who": one.who} for one in tagged],
    }
    return Fact(
        "P13",
        "People around the owner",
        "The subject's contacts with others in these exports, and items that a person confirmed to be about such contact.",
        value,
        {"confirmed_by": confirmed.by},
        {"to whom is not stated": unsaid},
        [*_items(table, others), *(one.item for one in tagged)] if tagged else _items(table, others),
        says="Only what is in these exports or in the owner's log can be seen here.",
    )


def gifts_and_payments(table: Table, confirmed: Confirmed) -> Fact:
    """P15: payments and deliveries as exports state them, and items confirmed to be gifts, deliveries or payments."""
    stated = table.kept([one.kind in _GIFTS and one.side == "subject" for one in table.shapes])
    tagged = confirmed.tagged("gift_delivery", "payment")
    value = {
        "stated": [
            {"item": item, "kind": table.shapes[table.ids[at]].kind, "utc": _utc(table, at)}
            for item, at in zip(_items(table, stated), stated, strict=True)
        ],
        "confirmed": [{"item": one.item, "tag": one.tag, "amount": one.amount} for one in tagged],
    }
    items = list(dict.fromkeys([*_items(table, stated), *(one.item for one in tagged)]))
    return Fact("P15", "Gifts, payments, deliveries", "Stated by an export, or confirmed by a person.", value,
                {"confirmed_by": confirmed.by}, items=items, says=_UNREAD)  # fmt: skip


def comments_on_old_things(contacts: Contacts, parameters: Parameters) -> Fact:
    """P16: comments, reactions and mentions whose export gives the time of what they are about; the older ones listed."""
    about = contacts.picked(lambda one: one.kind in ("comment", "reaction", "mention"))
    targets, numbers, times = contacts.table.targets, contacts.numbers, contacts.times
    made = ((at, targets.get(numbers[at])) for at in about)
    aged = [(at, (times[at] - target) // _DAY_US) for at, target in made if target is not None]
    old = [(at, days) for at, days in aged if days > parameters.old_days]
    value = {
        "comments": len(about),
        "with_known_age": len(aged),
        "older": [{"item": item_name(numbers[at]), "utc": format_utc(times[at]), "age_days": days} for at, days in old],
    }
    left_out = contacts.left_out | {"without the time of what they are about": len(about) - len(aged)}
    return Fact(
        "P16",
        "Comments on pictures and posts",
        "Age is the time of the comment less the time of what it is about, in whole days; listed are those over the parameter.",
        value,
        {"old_days": parameters.old_days},
        left_out,
        Items([numbers[at] for at in about]),
    )


def known_places(confirmed: Confirmed) -> Fact:
    """P20: items that a person read to name a place, a way or a plan of the owner's."""
    items = list(dict.fromkeys(one.item for one in confirmed.tagged("location_reference")))
    return Fact(
        "P20",
        "Where things were known",
        "Items that a person confirmed to name a place, a way or a plan of the owner's.",
        {"confirmed": items},
        {"confirmed_by": confirmed.by},
        items=items,
        says=_UNREAD,
    )


def log_entries(table: Table) -> Fact:
    """P21: the owner's log: entries, and how long after the event each was written."""
    entries = table.kept([one.kind == "incident" for one in table.shapes])
    rows: list[dict[str, Any]] = []
    for item, at in zip(_items(table, entries), entries, strict=True):
        written, occurred = table.written.get(table.numbers[at]), table.moment(at)
        delay = None if written is None or occurred is None else (written - occurred) // _DAY_US
        rows.append({"item": item, "utc": _utc(table, at), "days_until_written": delay, "supported_by": []})
    return Fact(
        "P21",
        "The owner's log",
        "Entries the owner wrote; the delay is from the event to the entry, in whole days.",
        {"entries": rows},
        items=_items(table, entries),
        says="Written by the owner for this purpose, not recorded by a service.",
    )


def _items(table: Table, places: Iterable[int]) -> Items:
    return Items([table.numbers[at] for at in places])


def _utc(table: Table, at: int) -> str | None:
    moment = table.moment(at)
    return None if moment is None else format_utc(moment)


def _ends(table: Table, places: Iterable[int]) -> dict[str, str | None]:
    dated = [moment for moment in map(table.moment, places) if moment is not None]
    first, last = (format_utc(min(dated)), format_utc(max(dated))) if dated else (None, None)
    return {"first_utc": first, "last_utc": last}
