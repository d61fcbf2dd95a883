"""Instants in words, many of them: each day of a zone is worked out once, and hours and minutes come from tables.

Says exactly what `times.show_local` and `times.format_utc` say; a test holds them to each other. Where an offset changes
within a day, those two are asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from plainrecord.times import format_utc, show_date, show_local, to_local, zone_abbreviation

_DAY_US = 86_400_000_000
_REMEMBERED = 20_000
_HOURS = [f"{hour:02d}" for hour in range(24)]
_MINUTES = [f":{minute:02d}:{second:02d}" for minute in range(60) for second in range(60)]
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_FIRST_DAY = date(1970, 1, 1).toordinal()


class _Day(NamedTuple):
    """One day of UTC: `offset` is the zone's in seconds and `letters` its abbreviation, None where it changes that day."""

    written: str
    words: str
    offset: int | None
    letters: str


class ClockText:
    """Instants (microseconds since the epoch) in words, for one zone (IANA name; UTC for None)."""

    def __init__(self, zone: str | None) -> None:
        self._zone = zone
        self._days: dict[int, _Day] = {}
        self._local_days: dict[int, tuple[str, str]] = {}

    def both(self, utc_us: int) -> tuple[str, str]:
        """In UTC as `times.format_utc` writes it, to the second, and as `times.show_local` writes it."""
        number, rest = divmod(utc_us, _DAY_US)
        second = rest // 1_000_000
        day = self._days.get(number) or self._day(number)
        clock = f"{_HOURS[second // 3600]}{_MINUTES[second % 3600]}"
        utc = f"{day.written}T{clock}Z"
        if self._zone is None:
            return utc, f"{day.words} {clock} UTC"
        if day.offset is None:
            return utc, show_local(utc_us, self._zone)
        step, here = divmod(second + day.offset, 86_400)
        local = f"{_HOURS[here // 3600]}{_MINUTES[here % 3600]} {day.letters}"
        if step:
            return utc, f"{self._local_day(number + step)[0]} {local} ({day.words} {clock} UTC)"
        return utc, f"{day.words} {local} ({clock} UTC)"

    def utc(self, utc_us: int) -> str:
        """In UTC alone, as `times.format_utc` writes it, to the second."""
        number, rest = divmod(utc_us, _DAY_US)
        second = rest // 1_000_000
        day = self._days.get(number) or self._day(number)
        return f"{day.written}T{_HOURS[second // 3600]}{_MINUTES[second % 3600]}Z"

    def columns(self, instants: Iterable[int]) -> tuple[list[str], list[str]]:
        """`both` of many instants: all of them in UTC, and all of them in words."""
        pairs = list(map(self.both, instants))
        return [utc for utc, _ in pairs], [shown for _, shown in pairs]

    def months(self, instants: Iterable[int]) -> list[str]:
        """`month` of many instants, most of them near the one before."""
        names: list[str] = []
        start, end, name = 0, 0, ""
        for instant in instants:
            if not start <= instant < end:
                start, end, name = self._same_month(instant)
            names.append(name)
        return names

    def _same_month(self, utc_us: int) -> tuple[int, int, str]:
        """From when and to before when around an instant its month is certain, and the month."""
        number = utc_us // _DAY_US
        offset = self._day(number).offset
        if offset is None:
            return utc_us, utc_us + 1, self.month(utc_us)
        # The part of the day of UTC on the same side of midnight in the zone.
        midnight = (utc_us // 1_000_000 + offset) // 86_400 * _DAY_US - offset * 1_000_000
        start, end = max(midnight, number * _DAY_US), min(midnight, number * _DAY_US) + _DAY_US
        return start, end, self.month(utc_us)

    def month(self, utc_us: int) -> str:
        """The calendar month of the zone, as "March 2024"."""
        number, rest = divmod(utc_us, _DAY_US)
        day = self._day(number)
        if day.offset is None:
            here = to_local(utc_us, self._zone or "UTC")
            return f"{_MONTHS[here.month - 1]} {here.year}"
        return self._local_day(number + (rest // 1_000_000 + day.offset) // 86_400)[1]

    def _day(self, number: int) -> _Day:
        known = self._days.get(number)
        if known is None:
            if len(self._days) > _REMEMBERED:
                self._days.clear()
            known = self._days[number] = self._understood(number)
        return known

    def _understood(self, number: int) -> _Day:
        first = number * _DAY_US
        here, last = (to_local(at, self._zone or "UTC") for at in (first, first + _DAY_US - 1))
        offset, letters = here.utcoffset(), zone_abbreviation(here)
        even = offset is not None and (offset, letters) == (last.utcoffset(), zone_abbreviation(last))
        seconds = int(offset.total_seconds()) if even and offset is not None else None
        return _Day(format_utc(first)[:10], self._local_day(number)[0], seconds, letters)

    def _local_day(self, number: int) -> tuple[str, str]:
        """A day of the calendar in words, and its month."""
        known = self._local_days.get(number)
        if known is None:
            if len(self._local_days) > _REMEMBERED:
                self._local_days.clear()
            day = date.fromordinal(_FIRST_DAY + number)
            known = self._local_days[number] = (show_date(day), f"{_MONTHS[day.month - 1]} {day.year}")
        return known


@lru_cache(maxsize=4)
def clock_text(zone: str | None) -> ClockText:
    """The one of this process for that zone."""
    return ClockText(zone)
