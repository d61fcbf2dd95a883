"""A time zone as a calendar file defines it itself (VTIMEZONE, RFC 5545 section 3.6.5): the offset of a wall-clock time.

Reads what Outlook, Exchange, Google and Apple write: one rule or one date for each change of the clocks. A definition with
anything else gives no answer, rather than a wrong one.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(?:\d\d)?", re.ASCII)
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)", re.ASCII)
_DAY = re.compile(r"([+-]?[0-9])(MO|TU|WE|TH|FR|SA|SU)")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN = frozenset(("FREQ", "BYMONTH", "BYDAY", "INTERVAL", "WKST"))


@dataclass(frozen=True, slots=True)
class Change:
    """One yearly change of the clocks, or (without `month`) one that came once: from then on `offset` minutes east."""

    offset: int
    first: datetime
    month: int | None = None
    week: int = 1
    weekday: int = 0

    def latest(self, local: datetime) -> datetime | None:
        """The last time this change came at or before a wall-clock time."""
        if self.month is None:
            return self.first if self.first <= local else None
        for year in (local.year, local.year - 1):
            day = _nth(year, self.month, self.week, self.weekday)
            came = datetime(day.year, day.month, day.day, self.first.hour, self.first.minute) if day else None
            if came and self.first <= came <= local:
                return came
        return None


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of a calendar file by its name there."""

    name: str
    changes: tuple[Change, ...]

    def offset(self, local: datetime) -> int | None:
        """Minutes east of UTC at a wall-clock time, None where the definition does not reach."""
        came = [(when, change.offset) for change in self.changes if (when := change.latest(local))]
        return max(came)[1] if came else None


def read_zone(name: str, rules: Sequence[Mapping[str, str]]) -> Zone | None:
    """The zone those STANDARD and DAYLIGHT parts define, None when one of them is of a kind that is not read here."""
    changes = [_change(rule) for rule in rules[:200]]
    if not name or not changes or None in changes:
        return None
    return Zone(name, tuple(change for change in changes if change))


def _change(rule: Mapping[str, str]) -> Change | None:
    offset, start = _OFFSET.fullmatch(rule.get("TZOFFSETTO", "")), _STAMP.fullmatch(rule.get("DTSTART", ""))
    if not offset or not start or "RDATE" in rule:
        return None
    minutes = (int(offset[2]) * 60 + int(offset[3])) * (-1 if offset[1] == "-" else 1)
    year, month, day, hour, minute, second = map(int, start.groups())
    try:
        first = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    if "RRULE" not in rule:
        return Change(minutes, first)
    return _yearly(minutes, first, rule["RRULE"])


def _yearly(minutes: int, first: datetime, text: str) -> Change | None:
    said = dict(piece.split("=", 1) for piece in text.upper().split(";") if "=" in piece)
    day = _DAY.fullmatch(said.get("BYDAY", ""))
    month = said.get("BYMONTH", "")
    plain = _KNOWN.issuperset(said) and said.get("FREQ") == "YEARLY" and said.get("INTERVAL", "1") == "1"
    if not plain or not day or not month.isascii() or not month.isdigit() or not 1 <= int(month[:3]) <= 12:
        return None
    # Outlook writes the year 1601 for “always”.
    return Change(minutes, first, int(month), int(day[1]), _DAYS.index(day[2]))


def _nth(year: int, month: int, week: int, weekday: int) -> date | None:
    """The `week`th such weekday of a month; negative from its end."""
    if not 1 <= year <= 9999 or not week:
        return None
    length = monthrange(year, month)[1]
    first = date(year, month, 1)
    days = range(1 + (weekday - first.weekday()) % 7, length + 1, 7)
    place = week - 1 if week > 0 else week
    if not -len(days) <= place < len(days):
        return None
    return first + timedelta(days=days[place] - 1)
