"""P13, P15, P16, P20, P21: other people around the owner; gifts and payments; comments on old things; known places; the log.

Source of the formulas: the domain reference, section 3.3. What an item is about is a person's reading (`confirmed.py`); here it
is only counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from plainrecord.facts.confirmed import Confirmed
from plainrecord.facts.contacts import Contacts
from plainrecord.facts.events import Event
from plainrecord.facts.fact import Fact
from plainrecord.facts.parameters import Parameters
from plainrecord.times import format_utc

_DAY_US = 86_400_000_000
_GIFTS = frozenset(("payment", "delivery"))
_UNREAD = "Only what a person read and confirmed is counted; what was not read is not."


def people_around(events: Sequence[Event], confirmed: Confirmed) -> Fact:
    """P13: what the subject sent to others than the owner, by conversation, and items read to be about third parties."""
    others = [one for one in events if one.is_contact and one.to_others]
    unsaid = sum(one.is_contact and one.unsaid for one in events)
    rows: dict[str, list[Event]] = {}
    for one in others:
        rows.setdefault(one.conversation, []).append(one)
    tagged = confirmed.tagged("third_party_contact")
    value: dict[str, Any] = {
        "conversations": [
            {"conversation": talk, "contacts": len(found), "first_utc": _end(found, min), "last_utc": _end(found, max)}
            for talk, found in sorted(rows.items())
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
        [*(one.item for one in others), *(one.item for one in tagged)],
        says="Only what is in these exports or in the owner's log can be seen here.",
    )


def gifts_and_payments(events: Sequence[Event], confirmed: Confirmed) -> Fact:
    """P15: payments and deliveries as exports state them, and items confirmed to be gifts, deliveries or payments."""
    stated = [one for one in events if one.kind in _GIFTS and one.side == "subject"]
    tagged = confirmed.tagged("gift_delivery", "payment")
    value = {
        "stated": [{"item": one.item, "kind": one.kind, "utc": _utc(one)} for one in stated],
        "confirmed": [{"item": one.item, "tag": one.tag, "amount": one.amount} for one in tagged],
    }
    items = list(dict.fromkeys([*(one.item for one in stated), *(one.item for one in tagged)]))
    return Fact("P15", "Gifts, payments, deliveries", "Stated by an export, or confirmed by a person.", value,
                {"confirmed_by": confirmed.by}, items=items, says=_UNREAD)  # fmt: skip


def comments_on_old_things(contacts: Contacts, parameters: Parameters) -> Fact:
    """P16: comments, reactions and mentions whose export gives the time of what they are about; the older ones listed."""
    about = [one for one in contacts.events if one.kind in ("comment", "reaction", "mention")]
    aged = [(one, ((one.utc_us or 0) - one.target_us) // _DAY_US) for one in about if one.target_us is not None]
    old = [(one, days) for one, days in aged if days > parameters.old_days]
    value = {
        "comments": len(about),
        "with_known_age": len(aged),
        "older": [{"item": one.item, "utc": _utc(one), "age_days": days} for one, days in old],
    }
    left_out = contacts.left_out | {"without the time of what they are about": len(about) - len(aged)}
    return Fact(
        "P16",
        "Comments on pictures and posts",
        "Age is the time of the comment less the time of what it is about, in whole days; listed are those over the parameter.",
        value,
        {"old_days": parameters.old_days},
        left_out,
        [one.item for one in about],
    )


def known_places(confirmed: Confirmed) -> Fact:
    """P20: items that a person read to name a place, a way or a plan of the owner's."""
    tagged = confirmed.tagged("location_reference")
    return Fact(
        "P20",
        "Where things were known",
        "Items that a person confirmed to name a place, a way or a plan of the owner's.",
        {"confirmed": [one.item for one in tagged]},
        {"confirmed_by": confirmed.by},
        items=[one.item for one in tagged],
        says=_UNREAD,
    )


def log_entries(events: Iterable[Event], supported: Mapping[str, Sequence[str]] | None = None) -> Fact:
    """P21: the owner's log: entries, how long after the event each was written, and which items support it."""
    entries = [one for one in events if one.kind == "incident"]
    rows = [
        {
            "item": one.item,
            "utc": _utc(one),
            "days_until_written": (one.written_us - one.utc_us) // _DAY_US
            if one.written_us is not None and one.utc_us is not None
            else None,
            "supported_by": list((supported or {}).get(one.item, ())),
        }
        for one in entries
    ]
    return Fact(
        "P21",
        "The owner's log",
        "Entries the owner wrote; the delay is from the event to the entry, in whole days.",
        {"entries": rows},
        items=[one.item for one in entries],
        says="Written by the owner for this purpose, not recorded by a service.",
    )


def _utc(one: Event) -> str | None:
    return None if one.utc_us is None else format_utc(one.utc_us)


def _end(found: Sequence[Event], pick: Any) -> str | None:
    dated = [one.utc_us for one in found if one.utc_us is not None]
    return format_utc(pick(dated)) if dated else None
