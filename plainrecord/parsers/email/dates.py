"""Date texts of mail headers to time blocks, without guessing a zone.

Reads RFC 5322 and its obsolete forms, asctime, ISO 8601 and dates as people write them. Only offsets that are written, and
the zone names RFC 5322 defines, give an instant; CEST, BST, IST, UTC+3 or "+1" do not, so such a time stays floating. Nothing
is ever set to 1970.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from plainrecord.times import Meaning, TimeBlock, format_offset, from_local, from_offset, unreadable

# RFC 5322 section 4.3. Single letters but Z were defined with the wrong sign in RFC 822 and mean "unknown".
ZONES: dict[str, int] = {
    "GMT": 0,
    "UT": 0,
    "UTC": 0,
    "Z": 0,
    "EST": -300,
    "EDT": -240,
    "CST": -360,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
}
_MONTHS = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
_LONG = "january february march april june july august september sept october november december".split()
_MONTHS |= {name: _MONTHS[name[:3]] for name in _LONG}

# Some programs write no leading noughts ("8:5:7 +0000"); at the very end such a digit may be one that was cut.
_TIME = r"(\d{1,2})[:.](\d{2}|\d(?=[:. ]))(?:[:.](\d{2}|\d(?= ))(?:[.,]\d{1,9})?)?"
_WEEKDAY = r"(?:[A-Za-z]{2,9}\.?[ \t]*,?[ \t]+|[A-Za-z]{2,9},)?"
_RFC = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})[ \t-]+([A-Za-z]{{3,9}})\.?[ \t,-]+(\d{{2,4}}),?[ \t]+{_TIME}[ \t]*(.*)", re.DOTALL
)
_ASCTIME = re.compile(
    rf"{_WEEKDAY}([A-Za-z]{{3,9}})\.?[ \t]+(\d{{1,2}}),?[ \t]+{_TIME}[ \t]+(?:([+-]\d{{4}}|[A-Za-z]{{1,5}})[ \t]+)?(\d{{4}})\b[ \t]*(.*)",
    re.DOTALL,
)
# As forms and forwarded mails write it: April 9, 2021 4:35 PM.
_WRITTEN = re.compile(
    rf"{_WEEKDAY}([A-Za-z]{{3,9}})\.?[ \t]+(\d{{1,2}}),?[ \t]+(\d{{4}}),?[ \t]+(?:at[ \t]+)?{_TIME}[ \t]*(.*)",
    re.DOTALL,
)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?[ \t]*(.*)", re.DOTALL)
_HALF = re.compile(r"([AP])\.?M\.?(?![A-Za-z])[ \t]*", re.IGNORECASE)
_OFFSET = re.compile(r"([+-])(\d{2}):?([0-5]\d)")
_COMMENT = re.compile(r"\([^()]*+\)")
# The form nearly all mail has, strict enough that nothing in it needs a second look.
_COMMON = re.compile(
    rb"\s*+(?:[A-Z][a-z]{2},\s++)?(\d{1,2})\s++([A-Z][a-z]{2})\s++((?:19|20)\d\d)\s++([01]\d|2[0-3]):([0-5]\d):([0-5]\d)\s++"
    rb"([+-](?:0\d|1[0-4])[0-5]\d)(?:\s++\([A-Za-z]{1,5}\))?\s*+"
)
_UNIX_DAY = date(1970, 1, 1).toordinal()
_LONGEST = 400
_LONGEST_HOP_TAIL = 1000


@dataclass(frozen=True, slots=True)
class Reading:
    """A date text taken apart: the wall clock, minutes east of UTC (None: not stated), and notes."""

    local: datetime
    offset: int | None
    precision_s: bool = True
    unknown_local_zone: bool = False
    notes: tuple[str, ...] = ()

    def utc(self) -> datetime | None:
        """The instant as a naive UTC datetime, None when the offset is unknown or it falls out of the calendar."""
        if self.offset is None:
            return None
        try:
            return self.local - timedelta(minutes=self.offset)
        except OverflowError:
            return None


def read_date(text: str) -> Reading | None:
    """Take a date text apart; None when it cannot be read as a date at all. Never raises."""
    if len(text) > _LONGEST:
        return None
    match = _RFC.match(text)
    if match:
        day, month, year, hour, minute, second, rest = match.groups()
        return _build(year, month, day, hour, minute, second, rest)
    text = text.strip(" \t\r\n.")
    if "(" in text:
        text = _without_comments(text)
    match = _RFC.match(text)
    if match:
        day, month, year, hour, minute, second, rest = match.groups()
        return _build(year, month, day, hour, minute, second, rest)
    match = _ASCTIME.match(text)
    if match:
        month, day, hour, minute, second, zone, year, rest = match.groups()
        if zone and _HALF.fullmatch(zone):
            zone = f"{zone} {rest}"
        return _build(year, month, day, hour, minute, second, zone or rest)
    match = _WRITTEN.match(text)
    if match:
        month, day, year, hour, minute, second, rest = match.groups()
        return _build(year, month, day, hour, minute, second, rest)
    match = _ISO.match(text)
    if match:
        year, month, day, hour, minute, second, rest = match.groups()
        return _build(year, int(month), day, hour, minute, second, rest, ("date:iso-form",))
    return None


def date_block(
    raw: bytes, where: str, zone: str | None, *, meaning: Meaning = "sent"
) -> tuple[TimeBlock, tuple[str, ...]]:
    """The time block of a date header's raw value, and notes (`date:…`).

    `ts_raw` is the exact text. `zone` (IANA) is used only for a time without a known offset. `-0000` gives an instant
    (documented as UTC) without an offset. An unreadable text keeps `where` and `ts_raw` and has no instant.
    """
    text = raw.decode("utf-8", "replace").strip(" \t\r\n")
    common = common_instant(raw)
    if common:
        return TimeBlock(text, where, common[0], "explicit_offset", "s", meaning, common[1]), ()
    read = read_date(text.replace("\r", " ").replace("\n", " ") if "\n" in text else text)
    if read is None:
        return unreadable(text, where, meaning=meaning), (("date:unreadable",) if text else ("date:empty",))
    if read.offset is None:
        block = from_local(text, where, read.local, zone, meaning=meaning, precision="s" if read.precision_s else "min")
        return block, read.notes
    block = from_offset(
        text,
        where,
        read.local,
        read.offset,
        meaning=meaning,
        precision="s" if read.precision_s else "min",
        documented=read.unknown_local_zone,
    )
    return block, read.notes


def common_instant(raw: bytes, start: int = 0) -> tuple[int, str] | None:
    """Instant (microseconds) and offset ("+01:00") of a date in the common form, None for every other text.

    A shortcut for the scan of a whole mailbox: what it answers is what `read_date` would, at a third of the cost.
    """
    match = _COMMON.fullmatch(raw, start)
    if match is None:
        return None
    day, month, year, hour, minute, second, zone = match.groups()
    days, (minutes, offset) = _day_number(day, month, year), _common_offset(zone)
    if days is None or zone == b"-0000":
        return None
    return (days * 86_400 + int(hour) * 3_600 + int(minute) * 60 + int(second) - minutes * 60) * 1_000_000, offset


@lru_cache(maxsize=16_384)
def _day_number(day: bytes, month: bytes, year: bytes) -> int | None:
    try:
        return date(int(year), _MONTHS[month.lower().decode("ascii")], int(day)).toordinal() - _UNIX_DAY
    except (KeyError, ValueError):
        return None


@lru_cache(maxsize=1_024)
def _common_offset(zone: bytes) -> tuple[int, str]:
    minutes = int(zone[1:3]) * 60 + int(zone[3:])
    minutes = -minutes if zone[:1] == b"-" else minutes
    return minutes, format_offset(minutes)


def received_date(raw: bytes) -> bytes:
    """The date part of a Received value: what follows the last semicolon outside comments ("" when there is none)."""
    head, mark, tail = raw[-_LONGEST_HOP_TAIL:].rpartition(b";")
    while mark and b")" in tail and tail.count(b")") > tail.count(b"("):
        # That semicolon stands inside a comment.
        head, mark, earlier = head.rpartition(b";")
        tail = earlier + b";" + tail if mark else tail
    return tail if mark else b""


def _build(
    year: str,
    month: str | int,
    day: str,
    hour: str,
    minute: str,
    second: str | None,
    rest: str,
    notes: tuple[str, ...] = (),
) -> Reading | None:
    number = month if isinstance(month, int) else _MONTHS.get(month.lower())
    full, said = _full_year(year)
    hours, rest = _of_day(int(hour), rest)
    seconds = int(second or 0)
    # trap 11: second 60 is a leap second; it is the first instant of the next minute on a clock without them.
    leap = seconds == 60
    if number is None:
        return None
    try:
        local = datetime(full, number, int(day), hours, int(minute), 59 if leap else seconds)
        local += timedelta(seconds=leap)
    except (ValueError, OverflowError):
        return None
    offset, minus_zero, zone_note = _zone(rest)
    all_notes = (*notes, *said, *(("date:leap-second",) if leap else ()), *zone_note)
    return Reading(local, offset, second is not None, minus_zero, all_notes)


def _of_day(hour: int, rest: str) -> tuple[int, str]:
    """The hour of 24, and what follows AM or PM; "1:28 PM" read as 1:28 would be twelve hours off."""
    half = _HALF.match(rest)
    if half is None or not 1 <= hour <= 12:
        return hour, rest
    return hour % 12 + (12 if half[1] in "Pp" else 0), rest[half.end() :]


def _full_year(year: str) -> tuple[int, tuple[str, ...]]:
    # trap 11, RFC 5322 section 4.3: 00-49 are 20xx, 50-99 are 19xx, and three digits count from 1900.
    value = int(year)
    if len(year) == 4:
        return value, ()
    if len(year) == 3:
        return value + 1900, ("date:three-digit-year",)
    return value + (2000 if value < 50 else 1900), ("date:two-digit-year",)


def _zone(rest: str) -> tuple[int | None, bool, tuple[str, ...]]:
    """Minutes east of UTC (None: unknown), whether it was -0000, and a note where the zone is not usable."""
    found = _SEEN_ZONES.get(rest)
    if found is None:
        found = _read_zone(rest)
        if len(_SEEN_ZONES) < 10_000 and len(rest) < 60:
            _SEEN_ZONES[rest] = found
    return found


_SEEN_ZONES: dict[str, tuple[int | None, bool, tuple[str, ...]]] = {}


def _read_zone(rest: str) -> tuple[int | None, bool, tuple[str, ...]]:
    text = _without_comments(rest).strip(" \t\r\n.,")
    if not text:
        return None, False, ("date:no-zone",)
    word = text.split(" ")[0]
    match = _OFFSET.fullmatch(word)
    if match:
        minutes = int(match.group(2)) * 60 + int(match.group(3))
        if minutes >= 24 * 60:
            return None, False, ("date:impossible-offset",)
        if word in ("-0000", "-00:00"):
            return 0, True, ("date:minus-zero-offset",)
        return (-minutes if match.group(1) == "-" else minutes), False, ()
    if word.upper() in ZONES and text.upper() == word.upper():
        return ZONES[word.upper()], False, ()
    return None, False, ("date:unknown-zone",)


def _without_comments(text: str) -> str:
    while "(" in text:
        shorter = _COMMENT.sub(" ", text)
        if shorter == text:
            return text.partition("(")[0]
        text = shorter
    return text
