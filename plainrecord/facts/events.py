"""What facts are counted from: one event for each record, with its instant and what it shares with many others (a `Shape`).

Read from items as they stand in a bundle (`data/items/messages.jsonl`), so that anyone who holds a bundle can count again.
Knows no export and no database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal, NamedTuple, TypedDict, cast

from pydantic import TypeAdapter

from plainrecord.times import to_utc_us

Side = Literal["subject", "owner", "other"]

# Records that are contact; the rest (a line an app wrote, a log-in, a change of profile) is none.
CONTACT = frozenset(
    "message email call voicemail reaction comment mention post request follow poke story_reply file payment delivery".split()
)
_MISSED = frozenset(("missed", "declined", "unanswered", "not-answered", "rejected", "busy", "no-answer"))
# What is stored like a contact and is none: a draft that was never sent, a line an app wrote about a reaction, a page or
# message that says again what another record says.
_NO_CONTACT = frozenset(("draft", "repeats-reaction", "repeats-another-page"))
_CHANGED = frozenset(("deleted", "edited", "unsent"))
_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")


class Shape(NamedTuple):
    """What many records share. `account` is the sender as stated, "service kind:value". `source` and `named` (whether a record
    bears a name of its own, as mails do) only serve to tell copies. `to_others` is true where the record names who it was for
    and the owner is not among them; `unsaid` where it names nobody, as most groups do."""

    kind: str
    channel: str
    account: str
    conversation: str
    side: Side
    to_owner: bool
    to_subject: bool
    is_group: bool = False
    missed: bool = False
    changed: tuple[str, ...] = ()
    source: str = ""
    named: bool = False
    to_others: bool = False
    unsaid: bool = False
    counts: bool = True

    @property
    def is_contact(self) -> bool:
        """Whether this is a contact of one with the other."""
        return self.counts and self.kind in CONTACT


class Event(NamedTuple):
    """One record as a fact needs it. `number` is its item's, `utc_us` None for a record without a usable time; such an event is
    in no figure that needs one, and is counted as left out of it. `says` is a digest of its name or its words; `target_us` when
    what it is about was made, `written_us` when it was written down."""

    number: int
    utc_us: int | None
    shape: Shape
    says: bytes = b""
    target_us: int | None = None
    written_us: int | None = None


class _Time(TypedDict):
    ts_utc: str | None
    precision: str


class _Date(TypedDict):
    ts_utc: str | None
    meaning: str


class _Conversation(TypedDict):
    is_group: bool


class _Account(TypedDict):
    service: str
    kind: str
    value: str


class Line(TypedDict):
    """What is asked of a line of `messages.jsonl`; whatever else stands there is passed over."""

    item: str
    part: str
    direction: str
    kind: str
    service: str
    conversation_number: str
    source: str
    time: _Time
    dates: list[_Date]
    conversation: _Conversation | None
    sender: _Account | None
    recipients: list[Any]
    marks: list[str]
    status: dict[str, str]
    facts: dict[str, str]
    subject: str | None
    text: str | None
    parent: str | None


_read = TypeAdapter(dict[str, Any]).validate_json


def read_line(line: str | bytes) -> Line:
    """One line of `messages.jsonl` as plain values, a quarter faster than the standard library reads it.

    Raises ValueError for what is no JSON object; what stands in one is taken as it is.
    """
    return cast("Line", _read(line))


# A shape as it was met before, so that equal ones are one object.
Known = dict[tuple[Any, ...], Shape]


def events_of(lines: Iterable[str | bytes], known: Known | None = None) -> Iterator[Event]:
    """An event for each line of `messages.jsonl`; messages carried inside another are no events of their own. `known` are the
    shapes met before.

    Raises ValueError, KeyError or TypeError for what is no such line.
    """
    known = {} if known is None else known
    for line in lines:
        item = read_line(line)
        if item["parent"] is None:
            yield event_of(item, known)


def event_of(item: Line, known: Known) -> Event:
    """The event of one item; `known` are the shapes met before. Takes a few microseconds, for there can be millions."""
    time, facts, sender, conversation = item["time"], item["facts"], item["sender"], item["conversation"]
    key: tuple[Any, ...] = (
        item["kind"], item["service"], item["part"], item["direction"], item["source"], item["conversation_number"],
        not item["recipients"], None if conversation is None else conversation["is_group"],
        sender and (sender["service"], sender["kind"], sender["value"]),
    )  # fmt: skip
    # Not by whether they hold anything: what is no list must be refused, whatever was met before.
    if item["marks"] != [] or item["status"] != {} or facts:
        key = (*key, *item["marks"], None, *item["status"].items(), bool(facts.get("message-id")))
    shape = known.get(key)
    if shape is None:
        shape = known[key] = _shape(item)
    return Event(
        number_of(item["item"]),
        # A day without an hour has an instant only by convention: at midnight it would count as contact at night.
        None if time["precision"] == "day" else instant(time["ts_utc"]),
        shape,
        digest_of(facts, item["subject"], item["text"]),
        target_of(facts) if facts else None,
        written_of(item["dates"]) if item["dates"] else None,
    )


def written_of(dates: Iterable[Mapping[str, Any]]) -> int | None:
    """When an item was written down, of its other times."""
    return next((instant(one["ts_utc"]) for one in dates if one["meaning"] == "written"), None)


def number_of(item: str) -> int:
    """12 for "M-000012". Raises ValueError for anything else."""
    digits = item[2:]
    if not (item.startswith("M-") and digits.isdecimal() and digits.isascii() and 6 <= len(digits) <= 12):
        raise ValueError(f"“{item[:40]}” is no item number")
    return int(digits)


def _shape(item: Line) -> Shape:
    marks, status, direction, sender = item["marks"], item["status"], item["direction"], item["sender"]
    conversation, part = item["conversation"], item["part"]
    side: Side = "subject" if part == "subject" else "owner" if part == "owner" else "other"
    return Shape(
        item["kind"],
        item["service"],
        f"{sender['service']} {sender['kind']}:{sender['value']}" if sender else "",
        item["conversation_number"],
        side,
        direction == "subject_to_owner",
        direction == "owner_to_subject",
        conversation is not None and conversation["is_group"],
        is_missed(item["kind"], marks, status),
        tuple(mark for mark in marks if mark in _CHANGED),
        item["source"],
        bool(item["facts"].get("message-id")),
        direction == "subject_to_other" and bool(item["recipients"]),
        direction == "subject_to_other" and not item["recipients"],
        not _NO_CONTACT.intersection(marks),
    )


def is_missed(kind: str, marks: Iterable[str], status: Mapping[str, str]) -> bool:
    """Whether the export says of a call that nobody took it."""
    return kind in ("call", "voicemail") and bool(_MISSED & {*marks, *status, *map(str, status.values())})


def digest_of(facts: Mapping[str, Any], subject: str | None, text: str | None) -> bytes:
    """A digest of the name a record bears, or else of its words."""
    words = facts.get("message-id") or f"{subject or ''}\0{text or ''}"
    return sha256(words.encode("utf-8", "replace")).digest()[:16]


def digests_of(texts: Iterable[str]) -> list[bytes]:
    """`digest_of` records that bear no name and no subject line, by their words."""
    return [sha256(b"\0" + text.encode("utf-8", "replace")).digest()[:16] for text in texts]


def target_of(facts: Mapping[str, Any]) -> int | None:
    """When what an item is about was made: a post, a picture; of a reaction in a chat, the message it was given to.

    Facts may come from an export as they stand: what is no full time in UTC counts as none.
    """
    said = (facts.get("about-utc"), facts.get("reaction-to-sent"))
    return next((instant(text) for text in said if isinstance(text, str) and _is_time(text)), None)


def _is_time(text: str) -> bool:
    if not _UTC.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=65_536)
def instant(text: str | None) -> int | None:
    """Microseconds since the epoch of an RFC 3339 time in UTC; None for none."""
    return instant_of(text) if text else None


def instant_of(text: str) -> int:
    """The same of what is a time; not remembered. Raises ValueError for one without an offset."""
    return to_utc_us(datetime.fromisoformat(text))
