"""Instants on the clock of one zone, many of them: an offset is asked for once a day of UTC. Knows nothing of messages."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from plainrecord.times import EPOCH, load_zone

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
_EPOCH_NAIVE = EPOCH.replace(tzinfo=None)
_NONE, _MICROSECOND = timedelta(), timedelta(microseconds=1)
_EPOCH_DAY = _EPOCH_NAIVE.toordinal()


class Clock:
    """Local times of one zone. An offset that holds at both ends of a day of UTC holds all day: no zone of the tz database ever
    changed its clocks twice within a week. On other days it is asked for each instant."""

    def __init__(self, zone: str | None) -> None:
        self.zone = zone
        self._offsets: dict[int, int | None] = {}

    def local(self, utc_us: int) -> datetime:
        """The wall-clock time of an instant (naive)."""
        return _EPOCH_NAIVE + timedelta(microseconds=utc_us + self._offset(utc_us))

    def day(self, utc_us: int) -> date:
        """The local date."""
        return self.local(utc_us).date()

    def local_us(self, utc_us: int) -> int:
        """The same in microseconds since the epoch of that clock."""
        return utc_us + self._offset(utc_us)

    def hours(self, ascending: Sequence[int]) -> Iterator[tuple[int, int, int]]:
        """(hour since the epoch of that clock, start, end) of each stretch of ascending instants within one hour of it."""
        start = 0
        while start < len(ascending):
            at = ascending[start]
            day, offset = at // DAY_US, self._offset(at)
            here = (at + offset) // HOUR_US
            until = min((day + 1) * DAY_US, (here + 1) * HOUR_US - offset) if self._even(day) else at + 1
            end = bisect_left(ascending, until, start + 1)
            yield here, start, end
            start = end

    def _even(self, day: int) -> bool:
        return self.zone is None or self._offsets.get(day) is not None

    def _offset(self, utc_us: int) -> int:
        if self.zone is None:
            return 0
        day = utc_us // DAY_US
        known = self._offsets.get(day, -1)
        if known == -1:
            first, last = self._asked(day * DAY_US), self._asked((day + 1) * DAY_US - 1)
            known = self._offsets[day] = first if first == last else None
        return self._asked(utc_us) if known is None else known

    def _asked(self, utc_us: int) -> int:
        assert self.zone is not None
        moment = (EPOCH + timedelta(microseconds=utc_us)).astimezone(load_zone(self.zone))
        return (moment.utcoffset() or _NONE) // _MICROSECOND


def date_of(day: int) -> date:
    """The date of a day counted from the epoch."""
    return date.fromordinal(_EPOCH_DAY + day)


def day_number(day: date) -> int:
    """Days since the epoch."""
    return day.toordinal() - _EPOCH_DAY


def weekday_of(day: int) -> int:
    """0 for Monday, of a day counted from the epoch (which was a Thursday)."""
    return (day + 3) % 7
