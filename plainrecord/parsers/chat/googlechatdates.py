"""Dates of Google Chat's export: prose in the language of the account, always in UTC.

`Tuesday, 7 February 2021 at 17:13:43 UTC`, `Friday, May 29, 2026 at 3:00:29 AM UTC` (a narrow space before AM), and
`2026年5月29日星期五 UTC 03:00:29` are the shapes seen; month names come from a table of many languages. What is not settled by
the text itself (a month name of two languages, an unknown word for afternoon) stays as found: half a day wrong is worse.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from plainrecord.times import Meaning, TimeBlock, from_offset, unreadable

_TABLE: dict[str, Any] = tomllib.loads(
    (files("plainrecord.parsers.chat") / "data" / "googlechat.toml").read_text(encoding="utf-8")
)
_MONTHS: dict[str, int] = {name: int(number) for number, names in _TABLE["months"].items() for name in names}
_UNSETTLED = frozenset(_TABLE["unsettled_months"])
_AM, _PM = frozenset(_TABLE["am"]), frozenset(_TABLE["pm"])
_OTHER_PERIODS = frozenset(_TABLE["unsettled_periods"])

_MARKS = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_ZONE = re.compile(r"\b(?:utc|gmt)\b(?!\s*[+\-−]?\s*\d)(?![+\-−])|\b(?:utc|gmt)(?=\s+\d{1,2}[:.時时시])")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2})[:.](\d{2})|\s*[時时시]\s*(\d{1,2})\s*[分분]\s*(\d{1,2})\s*[秒초])(?!\d)")
_EAST = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
_VIETNAMESE = re.compile(r"\b(\d{1,2}) tháng (\d{1,2}),?(?: năm)? (\d{4})\b")
_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
_NUMBER = re.compile(r"\d+")
_EDGE = " ,;()\t"
_LONGEST = 200


@lru_cache(maxsize=4096)
def read_date(raw: str, where: str, meaning: Meaning = "sent") -> TimeBlock:
    """The time block of one date text; without an instant where the text does not settle it."""
    moment = _moment(raw) if len(raw) <= _LONGEST else None
    if moment is None:
        return unreadable(raw[:_LONGEST], where, meaning=meaning)
    return from_offset(raw, where, moment, 0, meaning=meaning)


def _moment(raw: str) -> datetime | None:
    text = " ".join(_MARKS.sub("", unicodedata.normalize("NFC", raw)).casefold().split())
    text, zones = _ZONE.subn(" ", text)
    clocks = list(_CLOCK.finditer(text))
    if zones != 1 or len(clocks) != 1:
        return None
    clock = clocks[0]
    hour = _hour(int(clock[1]), text[: clock.start()].strip(_EDGE), text[clock.end() :].strip(_EDGE))
    day = _day(f"{text[: clock.start()]} {text[clock.end() :]}")
    if hour is None or day is None:
        return None
    try:
        return datetime(*day, hour, int(clock[2] or clock[4]), int(clock[3] or clock[5]))
    except ValueError:
        return None


def _hour(hour: int, before: str, after: str) -> int | None:
    """The hour of 24, from the period beside the clock; None when there is a word there that may be one."""
    for side in (after.rstrip("."), _last(before)):
        if side in _AM or side in _PM:
            return hour % 12 + (12 if side in _PM else 0) if 1 <= hour <= 12 else None
        if side in _OTHER_PERIODS:
            return None
    # Behind a clock of 24 hours stands nothing but the date, in languages that put it there.
    return hour if not after or _NUMBER.search(after) else None


def _last(before: str) -> str:
    words = before.rsplit(" ", 2)
    two = " ".join(words[-2:]).rstrip(".")
    return two if two in _AM or two in _PM or two in _OTHER_PERIODS else words[-1].rstrip(".")


def _day(text: str) -> tuple[int, int, int] | None:
    if match := _EAST.search(text):
        return _sane(int(match[1]), int(match[2]), int(match[3]))
    if match := _VIETNAMESE.search(text):
        return _sane(int(match[3]), int(match[2]), int(match[1]))
    words = _WORD.findall(text)
    months = {_MONTHS[word] for word in words if word in _MONTHS}
    numbers = _NUMBER.findall(text)
    years = [int(number) for number in numbers if len(number) == 4]
    days = [int(number) for number in numbers if len(number) <= 2]
    if len(months) != 1 or len(years) != 1 or len(days) != 1 or len(numbers) != 2 or _UNSETTLED.intersection(words):
        return None
    return _sane(years[0], months.pop(), days[0])


def _sane(year: int, month: int, day: int) -> tuple[int, int, int] | None:
    """Google Chat is younger than 2005; a year far off is counted in another calendar."""
    return (year, month, day) if 2005 <= year <= 2100 else None
