"""Dates as the web pages of a download print them: a wall clock in the account's language, with no zone and no mark of locale.

Shared by every reader of such pages. Reads one text at a time, by tables (`data/pagedates.toml`) and not by the machine's
locale; which numbers of `03/04/2024` are the day is not decided here but over the whole download, in `pagesurvey.py`.
Source of knowledge: shapes that public readers of such pages and their tests name, and the Unicode CLDR.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from plainrecord.parsers.chat.textdates import Clock
from plainrecord.parsers.chat.whatsapp_dates import calendar_date
from plainrecord.parsers.chat.whatsapp_header import Written
from plainrecord.times import Meaning, TimeBlock, TzBasis, from_local, from_offset, unreadable

NOT_READ = "pagedates:date-not-read"
ZONE_LETTERS = "pagedates:zone-letters"
WEEKDAY_DISAGREES = "pagedates:weekday-disagrees"
OTHER_LANGUAGE = "pagedates:other-language"

# No date in words is longer in any of the languages.
LONGEST = 80
_NUMBERS = re.compile(r"\d{4}|\d{1,2}[./-] ?\d{1,2}[./-]")
# Marks for the direction of writing, which stand between the numbers of Arabic dates.
_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"))
_OFFSET = re.compile(r"(?:(?:utc|gmt) ?)?([+\-−])(\d{1,2})(?::?(\d\d))?")
_UNIVERSAL = frozenset(("utc", "gmt", "z"))


class DateText(NamedTuple):
    """What one text says: the date as written, the time of day (None: only a day), the letters or offset of a zone as
    written ("" for none), the weekday (Monday is 0), and the languages in which every word of it is known."""

    written: Written
    clock: Clock | None
    zone: str
    weekday: int | None
    languages: frozenset[str]

    def day(self, order: str = "") -> date | None:
        """The day it means; `order` ("DMY", "MDY", "YMD") is needed where the month is a number."""
        return calendar_date(self.written, order)

    def local(self, order: str = "") -> datetime | None:
        """The wall clock it means; midnight where only a day is written."""
        day, at = self.day(order), self.clock
        return datetime(day.year, day.month, day.day, *((at.hour, at.minute, at.second) if at else ())) if day else None

    def offset_minutes(self) -> int | None:
        """Minutes east of UTC, where the text says them (`UTC+01`, `+0100`, `GMT`)."""
        if self.zone.casefold() in _UNIVERSAL:
            return 0
        match = _OFFSET.fullmatch(self.zone.casefold())
        if match is None or int(match[2]) > 15:
            return None
        return (int(match[2]) * 60 + int(match[3] or 0)) * (1 if match[1] == "+" else -1)


class Stamp(NamedTuple):
    """A time block and short notes on how it was understood."""

    time: TimeBlock
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageDates:
    """How the dates of one download's pages are read: the languages its dates are written in, the order of dates that are
    all numbers ("" when there are none), and the zone its clock is taken to show (None: not known, times stay floating)."""

    languages: tuple[str, ...] = ()
    order: str = ""
    zone: str | None = None

    def find(self, text: str) -> DateText | None:
        """The date a text is, if it is nothing but a date; in the download's languages before others."""
        return date_text(text, self.languages) or date_text(text)

    def stamp(self, text: str, where: str, meaning: Meaning = "sent") -> Stamp:
        """The time of a date text; unreadable, never raised, when it is none or its order is not known."""
        return _stamp(self, text, where, meaning)


@lru_cache(maxsize=8192)
def _stamp(dates: PageDates, text: str, where: str, meaning: Meaning) -> Stamp:
    found = dates.find(text)
    local = found.local(dates.order) if found else None
    if found is None or local is None:
        return Stamp(unreadable(text[:100], where, meaning=meaning), (NOT_READ,))
    notes = [OTHER_LANGUAGE] if dates.languages and not found.languages & set(dates.languages) else []
    if found.weekday is not None and found.weekday != local.weekday():
        notes.append(WEEKDAY_DISAGREES)
    precision = found.clock.precision if found.clock else "day"
    offset = found.offset_minutes()
    if offset is not None:
        return Stamp(from_offset(text, where, local, offset, meaning=meaning, precision=precision), tuple(notes))
    if found.zone:
        # Letters such as IST mean several zones, and some services write those of the day of the export beside every time.
        notes.append(ZONE_LETTERS)
    basis: TzBasis = "export_locale_assumed"
    stamp = from_local(text, where, local, dates.zone, basis=basis, meaning=meaning, precision=precision)
    return Stamp(stamp, tuple(notes))


def date_text(text: str, languages: tuple[str, ...] | None = None) -> DateText | None:
    """The date a text is, if the whole of it is one date in words of one language (of those given, or of any)."""
    if not 6 <= len(text) <= LONGEST:
        return None
    return _date_text(text, languages)


@lru_cache(maxsize=8192)
def _date_text(text: str, languages: tuple[str, ...] | None) -> DateText | None:
    folded = plain_date(text)
    if not _NUMBERS.search(folded):
        return None
    if languages is not None:
        # No word means two things in two of the languages (a test holds that), so that the first that understands is enough.
        first = next(((found, one) for one in languages if (found := _in_language(folded, one))), None)
        return DateText(*first[0], frozenset((first[1],))) if first else None
    readings: dict[tuple[Written, Clock | None, str, int | None], set[str]] = {}
    for language in known_languages():
        found = _in_language(folded, language)
        if found:
            readings.setdefault(found, set()).add(language)
    if len(readings) != 1:
        # Two languages that understand it differently settle nothing.
        return None
    (reading, spoken) = next(iter(readings.items()))
    return DateText(*reading, frozenset(spoken))


def plain_date(text: str) -> str:
    """A text as dates are compared: composed, lower case, single plain spaces, ASCII digits, no direction marks."""
    if text.isascii():
        return " ".join(text.lower().split())
    marked = unicodedata.normalize("NFC", text).translate(_MARKS).casefold()
    digits = "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in marked)
    return " ".join(unicodedata.normalize("NFC", digits).split())


def _in_language(text: str, language: str) -> tuple[Written, Clock | None, str, int | None] | None:
    words = _words(language)
    match = words.shape.fullmatch(text)
    if match is None:
        return None
    clock = _clock(match, words)
    written = _written(match, words)
    if written is None or (clock is None and match["h"]):
        return None
    weekday = match["w1"] or match["w2"]
    return written, clock, (match["zone"] or "").upper(), words.weekdays[weekday] if weekday else None


def _written(match: re.Match[str], words: _Words) -> Written | None:
    if match["a"]:
        parts = (match["a"], match["b"], match["c"])
        numbers = tuple(int(part) for part in parts)
        return Written(numbers, tuple(map(len, parts)), "", match["s"], bool(match["closed"]))
    month = words.months[match["m1"] or match["m2"]]
    written = Written((), (), named=(int(match["y1"] or match["y2"]), month, int(match["d1"] or match["d2"])))
    return written if calendar_date(written, "") else None


def _clock(match: re.Match[str], words: _Words) -> Clock | None:
    if not match["h"]:
        return None
    hour, minute, second = int(match["h"]), int(match["m"]), int(match["sec"] or 0)
    half = re.sub(r"[. ]", "", match["p1"] or match["p2"] or "")
    # 14:37 pm is written by some pages: the hour says already which half of the day it is.
    if half and hour <= 12:
        hour = hour % 12 + (12 if half in words.pm else 0)
    elif half and half not in words.pm:
        return None
    if hour > 23 or minute > 59 or second > 59:
        return None
    return Clock(hour, minute, second, "s" if match["sec"] else "min")


class _Words(NamedTuple):
    """One language: its words, and the shape of a whole date with them."""

    months: dict[str, int]
    weekdays: dict[str, int]
    pm: frozenset[str]
    shape: re.Pattern[str]


@cache
def _table() -> dict[str, Any]:
    text = files("plainrecord.parsers.social").joinpath("data", "pagedates.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def known_languages() -> tuple[str, ...]:
    """The codes of the languages whose dates can be read."""
    return tuple(name for name, value in _table().items() if isinstance(value, dict))


@cache
def _words(language: str) -> _Words:
    said = _table()[language]
    months = {_plain(name): number for number, names in enumerate(said["months"], 1) for name in names}
    weekdays = {_plain(name): number for number, names in enumerate(said["weekdays"]) for name in names}
    pm = frozenset(re.sub(r"[. ]", "", _plain(word)) for word in said["pm"])
    return _Words(months, weekdays, pm, re.compile(_shape(said, months, weekdays)))


def _plain(word: str) -> str:
    return unicodedata.normalize("NFC", word).casefold()


def _shape(said: dict[str, Any], months: dict[str, int], weekdays: dict[str, int]) -> str:
    """Date, then perhaps a time of day, then perhaps a zone."""
    month, weekday = _any(months), _any(weekdays)
    ordinal = f"(?:{_any(said['ordinals'])})?" if said["ordinals"] else ""
    between = f"(?:(?:{_any(said['between'])}) )?" if said["between"] else ""
    stop = "[.\u0970]?"
    day_first = (
        rf"(?P<d1>\d{{1,2}}){ordinal}[.º]?[ \-]?{between}(?P<m1>{month}){stop}[,،]?[ \-]?{between}(?P<y1>\d{{4}})"
    )
    month_first = rf"(?P<m2>{month}){stop}[ \-]?(?P<d2>\d{{1,2}}){ordinal}\.?(?:[,،] ?| ){between}(?P<y2>\d{{4}})"
    numbers = r"(?P<a>\d{1,4})(?P<s>[./\-]) ?(?P<b>\d{1,2})(?P=s) ?(?P<c>\d{1,4})(?P<closed>\.)?"
    lead = rf"(?:(?P<w1>{weekday})\.?[,،]? )?"
    trail = rf"(?:[,،]? (?P<w2>{weekday})\.?)?"
    link = f"(?:(?:{_any(said['before_time'])}) )?" if said["before_time"] else ""
    glue = rf"(?:[,،]? {link}| ?[\-–·|] ?)"
    return f"{lead}(?:{day_first}|{month_first}|{numbers}){trail}(?:{glue}{_time(said)})?"


def _time(said: dict[str, Any]) -> str:
    halves = "|".join(_spaced(word) for word in (*said["am"], *said["pm"]))
    first = rf"(?:(?P<p1>{halves})\.? )?" if said.get("half_first") else "(?P<p1>(?!))?"
    behind = f"(?: ?(?:{_any(said['behind_time'])})\\.?)?" if said["behind_time"] else ""
    zones = _any(_table()["zones"])
    zone = rf"(?: \(?(?P<zone>(?:utc|gmt) ?[+\-−]\d{{1,2}}(?::?\d\d)?|[+\-−]\d\d:?\d\d|{zones})\)?)?"
    return rf"{first}(?P<h>\d{{1,2}})(?:[:.]| ?h ?)(?P<m>\d\d)(?:[:.](?P<sec>\d\d))?(?: ?(?P<p2>{halves})\.?)?{behind}{zone}"


def _any(words: Any) -> str:
    return "|".join(re.escape(_plain(word)) for word in sorted(words, key=lambda word: (-len(word), word)))


def _spaced(word: str) -> str:
    """A half-day word with or without its full stops and spaces (`a. m.`)."""
    letters = [re.escape(letter) for letter in _plain(word) if letter != " "]
    return r"\.? ?".join(letters) if len(letters) < 4 else re.escape(_plain(word))
