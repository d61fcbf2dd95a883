"""All facts of a few thousand invented events are, byte for byte, what they were when they were counted row by row.

The digests are of what the first counting gave, which went through a list of rows for each figure.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator

import pytest

from plainrecord.facts import events_of, facts, read_confirmed
from plainrecord.times import format_utc

CONFIRMED = """
by = "DC Dee"
[[stop]]
item = "M-000300"
utc = "2020-02-03T04:05:06Z"
words = "Please stop"
[[block]]
account = "sms number:+447700900001"
utc = "2020-03-01T00:00:00Z"
[[in_force]]
name = "Order"
from_utc = "2020-04-01T00:00:00Z"
to_utc = "2020-05-01T00:00:00Z"
[[tag]]
item = "M-000077"
tag = "gift_delivery"
"""
SPANS = [(1_577_836_800_000_000, 1_583_000_000_000_000), (1_586_000_000_000_000, 1_640_000_000_000_000)]


def lines(number: int) -> Iterator[str]:
    """Items of three channels with ties, copies in a second export, mails stored twice, groups, and undated ones."""
    dice = random.Random(11)
    second, at = 1_577_900_000, 0
    while at < number:
        second += dice.choice((0, 0, 20, 60, 600, 9_000, 90_000))
        channel = dice.choice(("sms", "whatsapp", "email"))
        part = dice.choice(("subject", "subject", "owner", "context"))
        said = {
            "part": part,
            "direction": {"subject": dice.choice(("subject_to_owner", "subject_to_owner", "subject_to_other", "unknown")),
                          "owner": "owner_to_subject", "context": "other"}[part],
            "kind": dice.choice(("message", "message", "message", "call", "comment", "reaction", "payment", "system", "incident")),
            "service": channel,
            "conversation_number": f"V-{dice.randrange(5):04d}",
            "conversation": {"id": "c", "is_group": dice.random() < 0.1},
            "source": dice.choice(("S01", "S02")),
            "time": {"ts_utc": format_utc(second * 1_000_000) if dice.random() > 0.02 else None,
                     "precision": "day" if dice.random() < 0.01 else "s"},
            "dates": [{"meaning": "written", "ts_utc": format_utc((second + 200_000) * 1_000_000)}],
            "sender": {"service": channel, "kind": "number", "value": f"+44770090000{dice.randrange(3)}"},
            "recipients": [{}] if dice.random() < 0.5 else [],
            "marks": dice.choice(((), (), (), ("deleted",), ("edited", "unsent"), ("missed",), ("draft",))),
            "status": {"call": "declined"} if dice.random() < 0.05 else {},
            "facts": {"message-id": f"<{dice.randrange(40)}@mail.example>"} if channel == "email" else
                     {"about-utc": dice.choice(("2018-01-01T00:00:00Z", "no time"))} if dice.random() < 0.2 else {},
            "subject": None,
            "text": dice.choice(("hello", "again", "where", None)),
            "parent": None,
        }  # fmt: skip
        for again in range(dice.choice((1, 1, 1, 1, 2, 3))):
            at += 1
            yield json.dumps({"item": f"M-{at:06d}"} | said | ({"source": f"S0{again + 1}"} if again else {}))


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/London", "6d3014662ccf6c05a52d2bdb08019722b24c53dbb425d14629315712be40b10d"),
        ("Australia/Lord_Howe", "4b701cd8e7bf719ffd2a0b458283ac7708617b1fc94ab6778aa417207adfd6f1"),
        (None, "49f845935a2276bd3329cb6eaa7412bb2c0a3c9bf4fc566dc91030ddbd9d6f0b"),
    ],
)
def test_counting_by_columns_gives_what_counting_by_rows_gave(zone: str | None, expected: str) -> None:
    confirmed = read_confirmed(CONFIRMED, "confirmed.toml")
    subject, owner = facts(events_of(lines(4_000)), zone, SPANS, confirmed)
    told = json.dumps([[fact.as_json() for fact in side] for side in (subject, owner)])
    assert hashlib.sha256(told.encode()).hexdigest() == expected
