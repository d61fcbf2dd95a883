"""A small case whose every figure was counted by hand, and what was confirmed of it."""

from __future__ import annotations

from typing import Any

from plainrecord.facts import Event, Shape, read_confirmed
from plainrecord.facts.events import instant

LONDON = "Europe/London"


def at(text: str) -> int:
    found = instant(text)
    assert found is not None
    return found


def contact(number: int, when: str | None, channel: str = "whatsapp", **more: Any) -> Event:
    """One contact of the subject with the owner, unless `to` says the other way round."""
    to = more.pop("to", "owner")
    event = {name: more.pop(name) for name in ("says", "target_us", "written_us") if name in more}
    said = {
        "kind": "message",
        "account": f"{channel} name:Alex Mere",
        "conversation": f"V-{channel}",
        "side": "subject" if to == "owner" else "owner",
        "to_owner": to == "owner",
        "to_subject": to == "subject",
    } | more
    return Event(number, None if when is None else at(when), Shape(channel=channel, **said), **event)


# A small case: six contacts over five weeks, two of the owner's, one record without a time, one line an app wrote.
CASE = [
    contact(1, "2024-10-07T10:00:00Z"),
    contact(2, "2024-10-07T10:05:00Z"),
    contact(3, "2024-10-07T11:00:00Z", to="subject", account="whatsapp name:Sam Field"),
    contact(4, "2024-10-08T22:30:00Z", "sms", kind="call", missed=True, account="sms number:+447700900317"),
    contact(5, "2024-10-27T00:30:00Z", "sms", kind="call", missed=True, account="sms number:+447700900317"),
    contact(6, "2024-10-27T01:30:00Z", changed=("deleted",)),
    contact(7, "2024-11-10T12:00:00Z", "email", account="email address:a@mail.example"),
    contact(8, None),
    contact(9, "2024-11-10T12:00:01Z", kind="system"),
    contact(10, "2024-11-11T12:00:00Z", "email", to="subject", account="email address:sam@mail.example"),
]
COVERED = [
    (at("2024-10-01T00:00:00Z"), at("2024-10-20T00:00:00Z")),
    (at("2024-11-04T00:00:00Z"), at("2024-11-20T00:00:00Z")),
]
CONFIRMED = read_confirmed(
    """
by = "DC Dee"
[[stop]]
item = "M-000003"
utc = "2024-10-07T11:00:00Z"
words = "Please stop"
[[block]]
account = "whatsapp name:Alex Mere"
utc = "2024-10-08T20:00:00+01:00"
[[in_force]]
name = "Order"
text = "Not to contact"
from_utc = "2024-10-27T01:30:00Z"
to_utc = "2024-11-10T12:00:00Z"
[[tag]]
item = "M-000007"
tag = "gift_delivery"
amount = "one mug"
[[tag]]
item = "M-000006"
tag = "location_reference"
""",
    "confirmed.toml",
)
