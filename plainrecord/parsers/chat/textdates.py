"""Dates and clock times as text logs write them, without the machine's locale: read by table, never guessed.

Matters to every reader on top of `textlog.py`. Numbers whose order is open (03/04/2022) are settled by the whole file or
by the person (`--date-order`), or the run asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim, NeedsAnswer
from plainrecord.records import Decision
from plainrecord.times import Precision, TimeBlock, from_local, from_offset, unreadable

MONTHS = {
    name: number
    for number, names in enumerate(
        "jan january|feb february|mar march|apr april|may|jun june|jul july|aug august|sep sept september|oct october"
        "|nov november|dec december".split("|"),
        1,
    )
    for name in names.split()
}
_CLOCK = re.compile(
    r"(?P<before>午前|午後|上午|下午|오전|오후)?\s*(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d))?\s*(?P<after>[AaPp]\.?[Mm]\.?)?\Z",
    re.ASCII,
)
_AFTER_NOON = frozenset("午後 下午 오후".split())
_SPACES = str.maketrans("\u00a0\u202f\u2009", "   ")


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day, and how exactly it is written."""

    hour: int
    minute: int
    second: int
    precision: Precision


@lru_cache(maxsize=1 << 14)
def clock(text: str) -> Clock | None:
    """`20:36`, `8:36:05 PM`, `午後03:04`, `오후 8:36`; None for anything else or an impossible time."""
    found = _CLOCK.match(text.translate(_SPACES).strip())
    if not found:
        return None
    hour, minute, second = int(found["h"]), int(found["m"]), int(found["s"] or 0)
    half = found["before"] or (found["after"] or "").lower()
    # A few phones write 午後15:04: the hour then already says which half of the day it is.
    if half and hour <= 12:
        hour = hour % 12 + (12 if half in _AFTER_NOON or half.startswith("p") else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return Clock(hour, minute, second, "s" if found["s"] else "min")


def day(year: int, month: int, of_month: int) -> date | None:
    """That day, None when there is none; two-digit years are of this century (no chat is older)."""
    try:
        return date(year + 2000 if year < 100 else year, month, of_month)
    except ValueError:
        return None


@lru_cache(maxsize=1 << 12)
def local_time(raw: str, where: str, on: date | None, at: Clock | None, zone: str | None) -> TimeBlock:
    """A wall-clock time: floating without a zone; unreadable when day or time of day is not known."""
    if on is None or at is None:
        return unreadable(raw, where)
    moment = datetime(on.year, on.month, on.day, at.hour, at.minute, at.second)
    return from_local(raw, where, moment, zone, precision=at.precision)


def offset_time(raw: str, where: str, on: date, at: Clock, offset_minutes: int) -> TimeBlock:
    """A wall-clock time at an offset the export states."""
    moment = datetime(on.year, on.month, on.day, at.hour, at.minute, at.second)
    return from_offset(raw, where, moment, offset_minutes, precision=at.precision)


def day_only(raw: str, where: str, on: date | None, zone: str | None) -> TimeBlock:
    """Something of which only the day is known."""
    if on is None:
        return unreadable(raw, where)
    return from_local(raw, where, datetime(on.year, on.month, on.day), zone, precision="day")


@dataclass(slots=True)
class Midnights:
    """The day of lines that only say a time of day: a clock that falls by half a day or more has passed midnight."""

    on: date | None
    _last: int = -1

    def at(self, time: Clock) -> date | None:
        """The day of the next line."""
        seconds = time.hour * 3600 + time.minute * 60 + time.second
        if self.on not in (None, date.max) and self._last - seconds >= 12 * 3600:
            self.on += timedelta(days=1)
        self._last = seconds
        return self.on


@dataclass(slots=True)
class DateOrder:
    """Which of three numbers is the day, found by looking at all dates of a file. Memory: a few counts."""

    first_over: int = 0
    second_over: int = 0
    year_first: int = 0
    seen: int = 0
    example: str = ""
    chosen: str | None = None
    _last: dict[str, date] = field(default_factory=dict)
    _back: dict[str, int] = field(default_factory=lambda: {"DMY": 0, "MDY": 0})

    def look(self, first: str, second: str, third: str, text: str) -> None:
        """One date of the file, in order; `text` is the line, for an example."""
        self.seen += 1
        self.example = self.example or text[:100]
        if len(first) == 4:
            self.year_first += 1
            return
        a, b, year = int(first), int(second), int(third)
        self.first_over += a > 12
        self.second_over += b > 12
        for order, found in (("DMY", day(year, b, a)), ("MDY", day(year, a, b))):
            before = self._last.get(order)
            if found and before and before - found > timedelta(days=1):
                self._back[order] += 1
            if found:
                self._last[order] = found

    def decide(self, claim: Claim, member: Member, *, tell: bool) -> None:
        """Settle the order; what was chosen is noted in the claim, an open question goes to the person."""
        said = claim.options.date_order
        if self.seen == self.year_first and said is None:
            self.chosen = "YMD"
            return
        found, basis = self._from_dates()
        if said:
            found, basis = said, "said by the person who added it"
        if found is None:
            raise NeedsAnswer(
                "date_order",
                member.tree_path,
                "Its dates do not show whether the day or the month comes first.",
                f"An example: “{self.example}”.",
                "--date-order DMY or --date-order MDY",
            )
        self.chosen = found
        if tell:
            claim.decisions.append(Decision(f"date order of {member.name}", found, basis))

    def _from_dates(self) -> tuple[str | None, str]:
        if self.first_over and not self.second_over:
            return "DMY", f"{self.first_over} of {self.seen} dates have a first number above 12"
        if self.second_over and not self.first_over:
            return "MDY", f"{self.second_over} of {self.seen} dates have a second number above 12"
        if self.first_over:
            more = "DMY" if self.first_over > self.second_over else "MDY"
            return more, f"first number above 12 in {self.first_over} dates, second in {self.second_over}"
        day_first, month_first = self._back["DMY"], self._back["MDY"]
        if day_first != month_first:
            better = "DMY" if day_first < month_first else "MDY"
            return better, f"time goes back {day_first} times when read day first, {month_first} times month first"
        return None, ""

    def date(self, first: str, second: str, third: str) -> date | None:
        """The day three numbers mean in the chosen order."""
        if len(first) == 4 or self.chosen == "YMD":
            return day(int(first), int(second), int(third))
        if self.chosen == "MDY":
            return day(int(third), int(first), int(second))
        return day(int(third), int(second), int(first))
