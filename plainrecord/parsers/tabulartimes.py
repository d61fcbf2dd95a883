"""Times as tables write them: ISO 8601, day and month in a stated order, counts of seconds, serial numbers of spreadsheets.

The function that reads a time never decides what its numbers mean: the form and the order of day and month are given to it,
by a person's mapping or by `order_shown`, whose evidence is recorded. Text that does not fit comes back as None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from plainrecord import times
from plainrecord.times import Meaning, Precision, TimeBlock

Form = Literal[
    "text",
    "unix-seconds",
    "unix-milliseconds",
    "unix-microseconds",
    "filetime",
    "apple-seconds",
    "apple-nanoseconds",
    "serial",
]
Order = Literal["DMY", "MDY", "YMD"]

_MONTHS = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
_MONTHS_WHOLE = "january february march april may june july august september october november december".split()
_WEEKDAY = r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\.?,?\s+)?"
_CLOCK = (
    r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[ap]\.?\s?m\.?)?\s*(?P<offset>z|utc|gmt|(?:utc|gmt)?[+-]\d{2}:?(?:\d{2})?)?"
)
_DATE = re.compile(
    _WEEKDAY + r"(?P<a>\d{1,4})(?:st|nd|rd|th)?[./\-\s]+(?P<b>\d{1,2}|[a-z]{3,9}\.?)[./\-,\s]+(?P<c>\d{1,4})"
    r"(?:(?:t|[,\s]+(?:at\s+)?)" + _CLOCK + r")?",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    _WEEKDAY
    + r"(?P<b>[a-z]{3,9})\.?\s+(?P<a>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<c>\d{4})(?:,?\s+(?:at\s+)?"
    + _CLOCK
    + r")?",
    re.IGNORECASE,
)
_BARE_CLOCK = re.compile(_CLOCK, re.IGNORECASE)
# Spaces and marks that programs put into times: narrow and no-break spaces, direction marks.
_SPACES = re.compile(r"[\u00a0\u202f\u2009\u2007]")
_INVISIBLE = re.compile(r"[\u200e\u200f\u061c\u2066-\u2069\u202a-\u202e\ufeff]")
_FILETIME_START = 11_644_473_600  # seconds from 1601-01-01 to 1970-01-01
_APPLE_START = 978_307_200  # seconds from 1970-01-01 to 2001-01-01
_COUNT = re.compile(r"-?\d{1,19}(?:\.0*)?")


@dataclass(frozen=True, slots=True)
class Written:
    """A date and time as a text says it: wall clock, how exact, minutes east of UTC if stated, notes."""

    local: datetime
    precision: Precision
    offset: int | None = None
    notes: tuple[str, ...] = ()


def tidy(text: str) -> str:
    """A time text with plain spaces and without invisible marks, for reading; what is kept is the text as found."""
    return _INVISIBLE.sub("", _SPACES.sub(" ", text)).strip()


@lru_cache(maxsize=4096)
def written(text: str, order: str | None) -> Written | None:
    """What a time text says, with day and month in `order`; None when it is no date, or its order is open.

    Year first, or a month in letters, leaves nothing open, whatever `order` says.
    """
    shown = tidy(text)
    match = _DATE.fullmatch(shown) or _MONTH_FIRST.fullmatch(shown)
    if match is None:
        return None
    day = _day(match["a"], match["b"].lower().rstrip("."), match["c"], order)
    if day is None:
        return None
    year, month, number, notes = day
    try:
        return _with_clock(datetime(year, month, number), match, notes)
    except (ValueError, OverflowError):
        return None


def _day(a: str, b: str, c: str, order: str | None) -> tuple[int, int, int, tuple[str, ...]] | None:
    """(year, month, day, notes) of three parts of a date."""
    if not b.isdecimal():
        month = _MONTHS.get(b[:3]) if b in _MONTHS or b in _MONTHS_WHOLE or b == "sept" else None
        if month is None:
            return None
        if len(a) == 4:
            return int(a), month, int(c), ()
        return _year(c)[0], month, int(a), _year(c)[1]
    if len(a) == 4:
        return int(a), int(b), int(c), ()
    if len(a) == 3 or (len(c) in (1, 3) and order != "YMD"):
        return None
    if order == "YMD":
        year, notes = _year(a)
        return year, int(b), int(c), notes
    if order not in ("DMY", "MDY"):
        return None
    year, notes = _year(c)
    return (year, int(b), int(a), notes) if order == "DMY" else (year, int(a), int(b), notes)


def _year(text: str) -> tuple[int, tuple[str, ...]]:
    """Two digits mean 1970 to 2069, and are noted."""
    number = int(text)
    if len(text) > 2:
        return number, ()
    return (2000 if number < 70 else 1900) + number, ("two-digit-year",)


def _with_clock(day: datetime, match: re.Match[str], notes: tuple[str, ...]) -> Written | None:
    if match["hour"] is None:
        return Written(day, "day", None, notes)
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"][0].lower() == "p" else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        return None
    fraction = (match["fraction"] or "")[:6].ljust(6, "0")
    local = day + timedelta(hours=hour, minutes=minute, seconds=min(second, 59), microseconds=int(fraction))
    if hour == 24:
        notes = (*notes, "hour-24")
    precision: Precision = "min" if match["second"] is None else "s"
    if match["fraction"]:
        precision = "ms" if len(match["fraction"]) <= 3 else "us"
    return Written(local, precision, _offset(match["offset"]), notes)


def _offset(text: str | None) -> int | None:
    if not text:
        return None
    digits = text.lower().removeprefix("utc").removeprefix("gmt").removeprefix("z").replace(":", "")
    if not digits:
        return 0
    return (-1 if digits[0] == "-" else 1) * (int(digits[1:3]) * 60 + int(digits[3:5] or 0))


def clock_joined(date: str, clock: str) -> str:
    """A date and a time of two columns as one text."""
    return f"{date.strip()} {clock.strip()}".strip()


def is_clock(text: str) -> bool:
    """Whether a text is a time of day and nothing else."""
    return bool(_BARE_CLOCK.fullmatch(tidy(text)))


def serial(text: str, *, since_1904: bool) -> Written | None:
    """The date and time a spreadsheet means by a serial number (ECMA-376 part 1, §18.17.4).

    Day 60 of the 1900 system is 29 February 1900, a day that never was: it cannot be read, and days before it count one
    less. Spreadsheets keep whole milliseconds at best; less is rounding.
    """
    try:
        number = float(text)
    except ValueError:
        return None
    if not 0 <= number < 2_958_466 or (not since_1904 and 60 <= number < 61):
        return None
    start = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 31 if number < 60 else 30)
    milliseconds = round(number * 86_400_000)
    moment = start + timedelta(milliseconds=milliseconds)
    if milliseconds % 1000 in (1, 999):
        moment = start + timedelta(seconds=round(milliseconds / 1000))
    note = "serial-date:1904" if since_1904 else "serial-date:1900"
    precision: Precision = "day" if number.is_integer() else "ms" if moment.microsecond else "s"
    return Written(moment, precision, None, (note,))


def counted(text: str, form: str, where: str) -> TimeBlock | None:
    """The instant a count of seconds (or parts of them) means; None when the text is no count or scientific notation."""
    if not _COUNT.fullmatch(text.strip()):
        return None
    number = int(text.strip().partition(".")[0])
    if form == "filetime":
        return times.from_epoch(number // 10 - _FILETIME_START * 1_000_000, "us", text, where)
    if form == "apple-seconds":
        return times.from_epoch(number + _APPLE_START, "s", text, where)
    if form == "apple-nanoseconds":
        return times.from_epoch(number // 1000 + _APPLE_START * 1_000_000, "us", text, where)
    units: dict[str, times.EpochUnit] = {"unix-seconds": "s", "unix-milliseconds": "ms", "unix-microseconds": "us"}
    return times.from_epoch(number, units[form], text, where)


def block(found: Written, raw: str, where: str, zone: str | None, meaning: Meaning = "sent") -> TimeBlock:
    """The time block of what a text says: by its own offset, else as wall clock of `zone` (floating without one)."""
    if found.offset is not None:
        return times.from_offset(raw, where, found.local, found.offset, meaning=meaning, precision=found.precision)
    return times.from_local(raw, where, found.local, zone, meaning=meaning, precision=found.precision)


@dataclass(frozen=True, slots=True)
class Shown:
    """What texts show about the order of day and month: the order, or None, the text that shows it, and one to ask with."""

    order: Order | None
    evidence: str = ""
    open_text: str = ""
    contradicted: bool = False


def order_shown(texts: Iterable[str]) -> Shown:
    """The order of day and month that a column itself shows: by a number above 12, where all others agree.

    `open_text` is a text that could be read both ways, "" when no text could.
    """
    seen: dict[Order, str] = {}
    unclear = ""
    for text in texts:
        shown = tidy(text)
        if written(shown, None):
            continue
        day, month = written(shown, "DMY"), written(shown, "MDY")
        if day and month:
            unclear = unclear or shown
        elif day or month:
            seen.setdefault("DMY" if day else "MDY", shown)
    if len(seen) > 1:
        return Shown(None, " / ".join(seen.values()), next(iter(seen.values())), contradicted=True)
    order = next(iter(seen), None)
    return Shown(order, seen[order] if order else "", unclear)
