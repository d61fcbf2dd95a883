"""What facts are counted from: one event for each record, with its instant, its local time, its channel and whose it is.

Read from the items of a bundle (`data/items/messages.jsonl`), so that anyone who holds a bundle can count again. Knows no
export and no database.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal

from plainrecord.times import EPOCH, load_zone, to_utc_us

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
_HOUR_US = 3_600_000_000
_EPOCH_NAIVE = EPOCH.replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Event:
    """One record as a fact needs it. `utc_us` is None for a record without a usable time; such an event is in no figure
    that needs one, and is counted as left out of it. `account` is the sender as stated, "service kind:value". `source` and
    `says` (the name of a mail, or a digest of the words) only serve to tell copies. `to_others` is true where the record names
    who it was for and the owner is not among them; `unsaid` where it names nobody, as most groups do.
    """

    item: str
    utc_us: int | None
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
    target_us: int | None = None
    written_us: int | None = None
    source: str = ""
    says: str = ""
    to_others: bool = False
    unsaid: bool = False
    counts: bool = True

    @property
    def is_contact(self) -> bool:
        """Whether this is a contact of one with the other."""
        return self.counts and self.kind in CONTACT


class Clock:
    """Local times of one zone. An offset holds for a whole hour of UTC in all zones with whole-hour changes; others are asked
    for each instant."""

    def __init__(self, zone: str | None) -> None:
        self.zone = zone
        self._offsets: dict[int, int | None] = {}

    def local(self, utc_us: int) -> datetime:
        """The wall-clock time of an instant (naive)."""
        return _EPOCH_NAIVE + timedelta(microseconds=utc_us + self._offset(utc_us))

    def day(self, utc_us: int) -> date:
        """The local date."""
        return self.local(utc_us).date()

    def _offset(self, utc_us: int) -> int:
        if self.zone is None:
            return 0
        hour = utc_us // _HOUR_US
        known = self._offsets.get(hour, -1)
        if known == -1:
            first, last = self._asked(hour * _HOUR_US), self._asked((hour + 1) * _HOUR_US - 1)
            known = self._offsets[hour] = first if first == last else None
        return self._asked(utc_us) if known is None else known

    def _asked(self, utc_us: int) -> int:
        assert self.zone is not None
        moment = (EPOCH + timedelta(microseconds=utc_us)).astimezone(load_zone(self.zone))
        return (moment.utcoffset() or timedelta()) // timedelta(microseconds=1)


def events_of(lines: Iterable[str]) -> Iterator[Event]:
    """An event for each line of `messages.jsonl`; messages carried inside another are no events of their own."""
    for line in lines:
        item = json.loads(line)
        if item.get("parent") is None:
            yield _event(item)


def _event(item: dict[str, Any]) -> Event:
    marks = item.get("marks") or []
    status = item.get("status") or {}
    direction = item.get("direction")
    sender = item.get("sender")
    conversation = item.get("conversation") or {}
    side: Side = item["part"] if item["part"] in ("subject", "owner") else "other"
    dates = {one["meaning"]: one.get("ts_utc") for one in item.get("dates") or []}
    return Event(
        item["item"],
        # A day without an hour has an instant only by convention: at midnight it would count as contact at night.
        None if item["time"].get("precision") == "day" else instant(item["time"].get("ts_utc")),
        item["kind"],
        item["service"],
        f"{sender['service']} {sender['kind']}:{sender['value']}" if sender else "",
        item.get("conversation_number") or conversation.get("id") or item["item"],
        side,
        direction == "subject_to_owner",
        direction == "owner_to_subject",
        bool(conversation.get("is_group")),
        item["kind"] in ("call", "voicemail") and bool(_MISSED & {*marks, *status, *map(str, status.values())}),
        tuple(mark for mark in marks if mark in _CHANGED),
        instant(_about(item.get("facts") or {})),
        instant(dates.get("written")),
        item.get("source") or "",
        _says(item),
        direction == "subject_to_other" and bool(item.get("recipients")),
        direction == "subject_to_other" and not item.get("recipients"),
        not _NO_CONTACT.intersection(marks),
    )


def _about(facts: dict[str, Any]) -> str | None:
    """When what an item is about was made: a post, a picture; of a reaction in a chat, the message it was given to.

    Facts may come from an export as they stand: what is no full time in UTC counts as none.
    """
    said = (facts.get("about-utc"), facts.get("reaction-to-sent"))
    return next((text for text in said if isinstance(text, str) and _is_time(text)), None)


def _is_time(text: str) -> bool:
    if not _UTC.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _says(item: dict[str, Any]) -> str:
    named = (item.get("facts") or {}).get("message-id")
    words = named or "\0".join((item.get("subject") or "", item.get("text") or ""))
    return ("id " if named else "words ") + sha256(words.encode("utf-8", "replace")).hexdigest()


def without_copies(events: Iterable[Event]) -> tuple[list[Event], list[Event]]:
    """The events, and those that are copies: the same record in a second export, or a mail that is stored twice.

    A copy has the same channel, kind, sender, direction, instant and words, and both are in groups or neither is. Inside one
    export two such messages are two messages (somebody sent them twice); only a mail that bears its own name is the same mail
    there too. Undated ones are never copies.
    """
    kept: list[Event] = []
    copies: list[Event] = []
    seen: dict[tuple[object, ...], Counter[str]] = {}
    for one in events:
        to = (one.to_owner, one.to_subject, one.to_others, one.is_group)
        key = (one.channel, one.kind, one.account, to, one.utc_us, one.says)
        by_source = seen.setdefault(key, Counter())
        elsewhere = max((count for source, count in by_source.items() if source != one.source), default=0)
        again = by_source[one.source] < elsewhere or (one.says.startswith("id ") and bool(by_source))
        by_source[one.source] += 1
        (copies if again and one.utc_us is not None else kept).append(one)
    return kept, copies


@lru_cache(maxsize=65_536)
def instant(text: str | None) -> int | None:
    """Microseconds since the epoch of an RFC 3339 time in UTC; None for none."""
    if not text:
        return None
    return to_utc_us(datetime.fromisoformat(text).astimezone(UTC))
