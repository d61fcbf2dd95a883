"""The time block: a time as found, as understood, and how it was understood.

Nothing here (or anywhere in the package) reads the machine's zone, locale or clock. A wall-clock time whose zone is not
known stays floating: it has no `utc_us` and is never guessed into the timeline.

Contract: custody fields of the bundle specification ("time block"). Instants are whole microseconds since
1970-01-01T00:00:00Z, because they fit SQLite's 64-bit integers for every year from 1 to 9999 (nanoseconds do not).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from importlib.resources import files
from typing import Literal
from zoneinfo import ZoneInfo

from plainrecord.errors import UsageError
from plainrecord.values import value

TzBasis = Literal[
    "explicit_offset",
    "epoch_utc",
    "documented_utc",
    "device_local_assumed",
    "export_locale_assumed",
    "floating_unknown",
]
Precision = Literal["ns", "us", "ms", "s", "min", "day"]
DstFlag = Literal["none", "ambiguous", "nonexistent"]
Meaning = Literal["sent", "received", "stored", "written", "edited", "deleted", "occurred", "created", "unstated"]
EpochUnit = Literal["s", "ms", "us", "ns"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_NAIVE = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_PER_SECOND: dict[EpochUnit, int] = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


@value(frozen=True, slots=True)
class TimeBlock:
    """One time of one event.

    `ts_raw` is the exact text in the source and `where` the place it stood (header name, column, JSON path, line).
    `utc_us` is microseconds since the epoch, or None when the zone or the text could not be understood.
    `ts_offset` is the offset written in the source ("+01:00"), else None. `local` is the wall clock as written
    ("2024-10-27T01:30:00"), kept for floating and ambiguous times. `tz_name` is the IANA zone that was *assumed*.
    For an ambiguous local time (`dst_flag`) `utc_us` is the first of the two instants; for a nonexistent one it is the
    instant the same distance after the gap's start.
    """

    ts_raw: str
    where: str
    utc_us: int | None
    tz_basis: TzBasis
    precision: Precision = "s"
    meaning: Meaning = "sent"
    ts_offset: str | None = None
    tz_name: str | None = None
    dst_flag: DstFlag = "none"
    local: str | None = None

    @property
    def ts_utc(self) -> str | None:
        """RFC 3339 in UTC ("2024-10-27T00:30:00Z"), as precise as `precision` says, or None."""
        return None if self.utc_us is None else format_utc(self.utc_us, self.precision)


def format_utc(utc_us: int, precision: Precision = "s") -> str:
    """Write an instant (microseconds since the epoch) as RFC 3339 UTC; fractions only where `precision` has them."""
    moment = _EPOCH_NAIVE + timedelta(0, 0, utc_us)
    text = moment.isoformat("T", "seconds")
    if precision == "ms":
        text += f".{moment.microsecond // 1000:03d}"
    elif precision in ("us", "ns"):
        text += f".{moment.microsecond:06d}"
    return text + "Z"


def to_utc_us(moment: datetime) -> int:
    """Microseconds since the epoch of an *aware* datetime; raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a floating time has no instant")
    return (moment - EPOCH) // _MICROSECOND


def order_key(
    utc_us: int | None, source: str, member: str, locator: str
) -> tuple[bool, int, str, str, tuple[tuple[bool, int, str], ...]]:
    """The sort key of a timeline: instant first, undated last, ties by source, member and place within the member.

    Numbers inside a locator compare as numbers, so `bytes:900-1000` stands before `bytes:1000-1200` on every run.
    """
    place = tuple(_natural(part) for part in re.split(r"([0-9]+)", locator) if part)
    return (utc_us is None, utc_us or 0, source, member, place)


def _natural(part: str) -> tuple[bool, int, str]:
    # Digits as text, shorter first: a hostile locator may hold more digits than int() accepts.
    digits = part.lstrip("0")
    return (False, len(digits), digits) if part[0] in "0123456789" else (True, 0, part)


def from_offset(
    raw: str,
    where: str,
    local: datetime,
    offset_minutes: int,
    *,
    meaning: Meaning = "sent",
    precision: Precision = "s",
    documented: bool = False,
) -> TimeBlock:
    """A time written with its own offset (minutes east of UTC), or one the format documents as UTC (`documented`)."""
    utc_us = (local.replace(tzinfo=None) - _EPOCH_NAIVE) // _MICROSECOND - offset_minutes * 60_000_000
    if not _within_years(utc_us):
        return unreadable(raw, where, meaning=meaning)
    return TimeBlock(
        raw,
        where,
        utc_us,
        "documented_utc" if documented else "explicit_offset",
        precision,
        meaning,
        None if documented else format_offset(offset_minutes),
    )


def from_epoch(
    value: int, unit: EpochUnit, raw: str, where: str, *, meaning: Meaning = "sent", precision: Precision | None = None
) -> TimeBlock:
    """A count since 1970-01-01T00:00:00Z in `unit`s. Out-of-calendar values come back as `unreadable`, never raise."""
    utc_us = value * 1_000_000 // _PER_SECOND[unit]
    if not _within_years(utc_us):
        return unreadable(raw, where, meaning=meaning)
    return TimeBlock(raw, where, utc_us, "epoch_utc", precision or unit, meaning)


def from_local(
    raw: str,
    where: str,
    local: datetime,
    zone: str | None,
    *,
    basis: TzBasis = "device_local_assumed",
    meaning: Meaning = "sent",
    precision: Precision = "s",
) -> TimeBlock:
    """A wall-clock time without an offset. With `zone` (IANA name) it is resolved and marked with `basis`; without, it
    stays floating. Raises UsageError for a zone that does not exist."""
    naive = local.replace(tzinfo=None, fold=0)
    written = naive.isoformat(timespec="seconds" if not naive.microsecond else "microseconds")
    if zone is None:
        return TimeBlock(raw, where, None, "floating_unknown", precision, meaning, local=written)
    utc_us, flag = resolve_local(naive, zone)
    if not _within_years(utc_us):
        return unreadable(raw, where, meaning=meaning)
    return TimeBlock(raw, where, utc_us, basis, precision, meaning, None, zone, flag, written)


def unreadable(raw: str, where: str, *, meaning: Meaning = "sent") -> TimeBlock:
    """A time text nobody could read: kept as found, without an instant."""
    return TimeBlock(raw, where, None, "floating_unknown", "s", meaning)


def resolve_local(local: datetime, zone: str) -> tuple[int, DstFlag]:
    """The instant of a naive wall-clock time in an IANA zone, and whether that hour happened twice or never."""
    tz = load_zone(zone)
    first = to_utc_us(local.replace(tzinfo=tz, fold=0))
    second = to_utc_us(local.replace(tzinfo=tz, fold=1))
    if first == second:
        return first, "none"
    # PEP 495: in a gap fold=0 uses the offset before the change, so the earlier fold gives the *later* instant.
    return (first, "ambiguous") if first < second else (first, "nonexistent")


def to_local(utc_us: int, zone: str) -> datetime:
    """The aware wall-clock time of an instant in an IANA zone, for showing to people."""
    return (EPOCH + timedelta(microseconds=utc_us)).astimezone(load_zone(zone))


@lru_cache(maxsize=64)
def load_zone(zone: str) -> ZoneInfo:
    """The IANA zone of that name; raises UsageError naming it when there is none.

    Rules come from the `tzdata` package only. `ZoneInfo(name)` would ask the machine first: its rules may be of another
    year, and names such as "localtime" or "right/…" would make the result depend on the machine.
    """
    if zone not in zone_names():
        raise UsageError(f"There is no time zone called “{zone}”. Use a name like Europe/London or America/New_York.")
    with files("tzdata").joinpath("zoneinfo", *zone.split("/")).open("rb") as stream:
        return ZoneInfo.from_file(stream, key=zone)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Every IANA zone name that can be used, the same on every machine."""
    return frozenset(files("tzdata").joinpath("zones").read_text("utf-8").split())


def format_offset(minutes: int) -> str:
    """+01:00 for 60, -05:30 for -330."""
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def show_local(utc_us: int, zone: str | None) -> str:
    """A time as a person reads it: `Tue 25 Apr 2023 06:32:10 BST (05:32:10 UTC)`; without a zone, UTC alone.

    Month and weekday names are English by table, not by the machine's locale. The UTC part names its own date when it
    falls on another day.
    """
    utc = EPOCH + timedelta(microseconds=utc_us)
    if zone is None:
        return f"{show_date(utc)} {_clock(utc)} UTC"
    here = to_local(utc_us, zone)
    other = f"{_clock(utc)} UTC" if utc.date() == here.date() else f"{show_date(utc)} {_clock(utc)} UTC"
    return f"{show_date(here)} {_clock(here)} {zone_abbreviation(here)} ({other})"


def zone_abbreviation(moment: datetime) -> str:
    """BST, GMT, … or the numeric offset where the zone has no letters."""
    name = moment.tzname() or ""
    offset = moment.utcoffset() or timedelta()
    return name if name.isalpha() else format_offset(int(offset.total_seconds() // 60))


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _clock(moment: datetime) -> str:
    return moment.isoformat()[11:19]


def show_date(day: date) -> str:
    """A day as a person reads it: `Tue 25 Apr 2023`."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


_FIRST_US = (datetime(1, 1, 2) - _EPOCH_NAIVE) // _MICROSECOND
_LAST_US = (datetime(9999, 12, 30) - _EPOCH_NAIVE) // _MICROSECOND


def _within_years(utc_us: int) -> bool:
    return _FIRST_US <= utc_us <= _LAST_US


def fixed_zone(minutes: int) -> timezone:
    """A `datetime` zone for an offset in minutes, for callers that show a time at its own offset."""
    return timezone(timedelta(minutes=minutes))
