"""Instants on the clock of one zone, many of them: an offset is asked for once an hour of UTC. Knows nothing of messages."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from plainrecord.times import EPOCH, load_zone

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
_EPOCH_NAIVE = EPOCH.replace(tzinfo=None)
_EPOCH_DAY = _EPOCH_NAIVE.toordinal()


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

    def locals(self, times: Iterable[int]) -> array[int]:
        """Wall-clock times of many instants, in microseconds since the epoch of the same clock."""
        found = array("q")
        until = offset = 0
        begins = 1
        for at in times:
            # Neighbours mostly share an hour.
            if not begins <= at < until:
                hour = at // HOUR_US
                offset = self._offset(at)
                begins, until = (hour * HOUR_US, (hour + 1) * HOUR_US) if self._even(hour) else (at, at + 1)
            found.append(at + offset)
        return found

    def _even(self, hour: int) -> bool:
        return self.zone is None or self._offsets.get(hour) is not None

    def _offset(self, utc_us: int) -> int:
        if self.zone is None:
            return 0
        hour = utc_us // HOUR_US
        known = self._offsets.get(hour, -1)
        if known == -1:
            first, last = self._asked(hour * HOUR_US), self._asked((hour + 1) * HOUR_US - 1)
            known = self._offsets[hour] = first if first == last else None
        return self._asked(utc_us) if known is None else known

    def _asked(self, utc_us: int) -> int:
        assert self.zone is not None
        moment = (EPOCH + timedelta(microseconds=utc_us)).astimezone(load_zone(self.zone))
        return (moment.utcoffset() or timedelta()) // timedelta(microseconds=1)


def date_of(day: int) -> date:
    """The date of a day counted from the epoch."""
    return date.fromordinal(_EPOCH_DAY + day)


def day_number(day: date) -> int:
    """Days since the epoch."""
    return day.toordinal() - _EPOCH_DAY


def weekday_of(day: int) -> int:
    """0 for Monday, of a day counted from the epoch (which was a Thursday)."""
    return (day + 3) % 7
