"""How X writes: scripts that set a variable, escaped text, ids that hold a time, and two ways of writing a date.

What all sheets of an X archive share. It reads no file and knows no record.

Source of knowledge: the downloads reference, section 9, from public readers of the archive and their samples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from plainrecord.parsers.chat.jsonchat import utc_text
from plainrecord.parsers.chat.pieces import TIME_MISSING, no_time
from plainrecord.times import Meaning, TimeBlock, from_epoch, from_offset, unreadable

SERVICE = "x"
ESCAPED = "x:html-escaped-text"
ID_TIME = "x:time-taken-from-the-id"
ID_DIFFERS = "x:time-and-id-differ"
NOT_UNDERSTOOD = "x:date-not-understood"

_OPENING = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:window\.|var\s|Grailbird\.)[\w.\s]{1,200}=")
_NAMED = re.compile(rb"(?:\xef\xbb\xbf)?\s*window\.YTD\.([A-Za-z0-9_\-]{1,80})\.part[0-9]{1,6}\s*=")
_ENTITY = re.compile("&(?:amp|lt|gt);")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_DATE = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) ([+-])([0-9]{2})([0-9]{2}) ([0-9]{4})"
)
_MONTHS = dict(zip("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), range(1, 13), strict=True))
_ID_EPOCH_MS = 1_288_834_974_657
# Ids before November 2010 were counted up and hold no time.
_FIRST_TIMED_ID = 30_000_000_000
_LONGEST_ID = 19
# Before March 2006 there was no X; such a time is a fault of the archive.
_FIRST_US = 1_142_899_200_000_000
_TOLERANCE_US = 1_000_000


def opening(head: bytes) -> int:
    """How many bytes stand before the JSON: everything up to the first “=”, and 0 where no variable is set."""
    match = _OPENING.match(head)
    return match.end() if match else 0


def variable(head: bytes) -> str | None:
    """The kind of file a script says it is (`window.YTD.direct_messages.part0` is “directmessages”)."""
    match = _NAMED.match(head)
    return re.sub("[^a-z0-9]", "", match[1].decode("ascii").lower()) if match else None


def unwrapped(element: Any) -> tuple[str, dict[str, Any]] | None:
    """The one object an element wraps, and under what name; the element itself where it is bare; None for no object."""
    if not isinstance(element, dict) or not element:
        return None
    name, inner = next(iter(element.items()))
    return (name, inner) if len(element) == 1 and isinstance(inner, dict) else ("", element)


def unescaped(text: str) -> str:
    """Text as it was typed. X escapes these three signs and no others, so nothing else is touched, and once only."""
    return _ENTITY.sub(lambda match: _ENTITIES[match[0]], text)


def identity(value: object) -> str:
    """An id as text; "" for anything else and for the 0 that stands for none."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return "" if text in ("0", "-1") else text


def first_of(inner: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that holds an id."""
    return next((found for name in names if (found := identity(inner.get(name)))), "")


def time_of_id(one: str, meaning: Meaning = "sent") -> TimeBlock | None:
    """The time a newer id holds."""
    if not (one.isascii() and one.isdigit()) or len(one) > _LONGEST_ID or int(one) < _FIRST_TIMED_ID:
        return None
    return from_epoch((int(one) >> 22) + _ID_EPOCH_MS, "ms", one, "id", meaning=meaning)


def stated(value: object, where: str, meaning: Meaning = "sent") -> TimeBlock | None:
    """A time as X writes it. One before there was X is kept as written and is no instant."""
    found = _stated(value, where, meaning)
    early = found is not None and found.utc_us is not None and found.utc_us < _FIRST_US
    return unreadable(str(value)[:100], where, meaning=meaning) if early else found


def _stated(value: object, where: str, meaning: Meaning) -> TimeBlock | None:
    """ISO 8601, or with English names of day and month whatever the account's language."""
    if not isinstance(value, str) or not value.strip():
        return None
    match = _DATE.fullmatch(value.strip())
    if not match:
        if " +" not in value:
            return utc_text(value, where, meaning)
        # The oldest archives put a blank before the offset.
        return replace(utc_text(value.replace(" +", "+"), where, meaning), ts_raw=value[:100])
    month, day, clock, sign, hours, minutes, year = match.groups()
    try:
        local = datetime.fromisoformat(f"{year}-{_MONTHS.get(month, 0):02d}-{int(day):02d}T{clock}")
    except ValueError:
        return unreadable(value[:100], where, meaning=meaning)
    offset = (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1)
    return from_offset(value, where, local, offset, meaning=meaning)


class When(NamedTuple):
    """The time of a record, with what has to be said of it."""

    time: TimeBlock
    notes: list[str]
    facts: dict[str, str]


def when(value: object, where: str, one: str, meaning: Meaning = "sent") -> When:
    """The stated time, checked against the time its id holds; the id's only where none can be read."""
    said, by_id = stated(value, where, meaning), time_of_id(one, meaning)
    if said is None or said.utc_us is None:
        facts = {"time-as-stated": str(value)[:100]} if said else {}
        if by_id:
            return When(by_id, [ID_TIME], facts)
        return When(said or no_time(value, where), [NOT_UNDERSTOOD if said else TIME_MISSING], {})
    if by_id and by_id.utc_us is not None and abs(by_id.utc_us - said.utc_us) > _TOLERANCE_US:
        return When(said, [ID_DIFFERS], {"time-by-id": by_id.ts_utc or ""})
    return When(said, [], {})
