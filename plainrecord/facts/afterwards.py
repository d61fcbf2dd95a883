"""P9, P10, P11, P17: contacts after a request to stop, after a block, from accounts first seen later, and while something held.

Source of the formulas: the domain reference, section 3.3. Each rests on what a named person confirmed (`confirmed.py`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import compress
from operator import attrgetter
from typing import Any

from plainrecord.facts.confirmed import Confirmed
from plainrecord.facts.contacts import Contacts
from plainrecord.facts.fact import Fact, Items
from plainrecord.times import format_utc

_MINUTE_US = 60_000_000
_CHANNEL, _ACCOUNT = attrgetter("channel"), attrgetter("account")
_NONE = "Nothing was confirmed for this; that is not the same as none."


def after_stop(contacts: Contacts, confirmed: Confirmed) -> Fact:
    """P9: for each request to stop the contacts after it (later than it, not at it), and how many before."""
    stops = [
        {"item": stop.item, "utc": format_utc(stop.utc_us), "words": stop.words} | _after(contacts, stop.utc_us)
        for stop in sorted(confirmed.stops, key=lambda one: one.utc_us)
    ]
    return Fact(
        "P9",
        "After being asked to stop",
        "Contacts later than each request that a person confirmed.",
        {"requests": stops},
        {"confirmed_by": confirmed.by},
        contacts.left_out,
        _items_after(contacts, [stop.utc_us for stop in confirmed.stops]),
        "" if stops else _NONE,
    )


def after_block(contacts: Contacts, confirmed: Confirmed) -> Fact:
    """P10: for each block the contacts after it, from that account and from others."""
    blocks = []
    for block in sorted(confirmed.blocks, key=lambda one: (one.utc_us, one.account)):
        found = _after(contacts, block.utc_us)
        start = bisect_right(contacts.times, block.utc_us)
        found["before_from_that_account"] = contacts.counted(_ACCOUNT, 0, start)[block.account]
        found["after_from_that_account"] = contacts.counted(_ACCOUNT, start)[block.account]
        blocks.append({"account": block.account, "utc": format_utc(block.utc_us)} | found)
    return Fact(
        "P10",
        "After a block",
        "Contacts later than each block that a person confirmed, by channel and account.",
        {"blocks": blocks},
        {"confirmed_by": confirmed.by},
        contacts.left_out,
        _items_after(contacts, [block.utc_us for block in confirmed.blocks]),
        "After a block most services deliver nothing: no contact may mean that none was recorded." if blocks else _NONE,
    )


def accounts_first_seen(contacts: Contacts, confirmed: Confirmed) -> Fact:
    """P11: when each account is first seen in this data, and how long after the nearest earlier block of another account."""
    firsts = contacts.first_of(_ACCOUNT)
    rows: list[dict[str, Any]] = []
    for account, index in firsts.items():
        at = contacts.times[index]
        earlier = [one for one in confirmed.blocks if one.utc_us < at and one.account != account]
        nearest = max(earlier, key=lambda one: (one.utc_us, one.account), default=None)
        rows.append(
            {
                "account": account,
                "first_seen_utc": contacts.utc(index),
                "item": contacts.items[index],
                "after_block_of": nearest.account if nearest else None,
                "minutes_after_that_block": (at - nearest.utc_us) // _MINUTE_US if nearest else None,
            }
        )
    return Fact(
        "P11",
        "Accounts, as they are first seen",
        "The first contact of each account in this data; if another account was blocked before, the whole minutes since the"
        " latest such block.",
        {"accounts": rows},
        {"confirmed_by": confirmed.by},
        contacts.left_out,
        [contacts.items[index] for index in firsts.values()],
        "First seen in this data says nothing of when an account was made.",
    )


def while_in_force(contacts: Contacts, confirmed: Confirmed) -> Fact:
    """P17: contacts from the start of each order or condition up to (not including) its end."""
    rows = []
    held = bytearray(len(contacts))
    for order in confirmed.in_force:
        start = bisect_left(contacts.times, order.from_us)
        end = len(contacts) if order.to_us is None else bisect_left(contacts.times, order.to_us)
        inside = contacts.items[start:end]
        held[start:end] = b"\1" * len(inside)
        rows.append(
            {
                "name": order.name,
                "text": order.text,
                "from_utc": format_utc(order.from_us),
                "to_utc": None if order.to_us is None else format_utc(order.to_us),
                "contacts": len(inside),
                "items": inside,
            }
        )
    return Fact(
        "P17",
        "Contact while an order or condition was in force",
        "Contacts from the moment it was served until it ended, as a person stated both.",
        {"in_force": rows},
        {"confirmed_by": confirmed.by},
        contacts.left_out,
        Items(list(compress(contacts.numbers, held))),
        "Whether a contact is of a kind that the text forbids is for a person to say." if rows else _NONE,
    )


def _after(contacts: Contacts, at: int) -> dict[str, Any]:
    start = bisect_right(contacts.times, at)
    by_channel = contacts.counted(_CHANNEL, start)
    found: dict[str, Any] = {
        "before": bisect_left(contacts.times, at),
        "after": len(contacts) - start,
        "by_channel": dict(sorted(by_channel.items())),
        "by_account": dict(sorted(contacts.counted(_ACCOUNT, start).items())),
        "channels_first_seen_after": sorted(by_channel.keys() - contacts.counted(_CHANNEL, 0, start).keys()),
    }
    if start < len(contacts):
        found |= {
            "first_after_utc": contacts.utc(start),
            "minutes_to_first": (contacts.times[start] - at) // _MINUTE_US,
            "last_after_utc": contacts.utc(len(contacts) - 1),
        }
    return found


def _items_after(contacts: Contacts, times: list[int]) -> Items:
    return contacts.items[bisect_right(contacts.times, min(times)) :] if times else Items([])
