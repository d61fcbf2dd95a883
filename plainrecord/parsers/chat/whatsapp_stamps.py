"""Date and time texts of one chat as time blocks; each distinct date and time text is understood once.

Almost every day of a zone has one offset: its midnight is resolved once and seconds are added. Days on which the clocks
change go through `times.from_local`, which flags the hour that happens twice or never.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from plainrecord import times
from plainrecord.parsers.chat.whatsapp_dates import calendar_date, undatable
from plainrecord.parsers.chat.whatsapp_header import seconds_of, written_date
from plainrecord.times import TimeBlock

_REMEMBERED = 50_000
_DAY_US = 86_399_000_000
WHERE = "message header"


@dataclass(slots=True)
class Day:
    """A date text understood. `start_us` is its midnight where the whole day has one offset; `problem` a code when it
    cannot be placed ("no-year", "calendar")."""

    day: date | None
    written: str
    start_us: int | None
    problem: str = ""


class Stamps:
    """The dates and times of one chat: `order` as decided, `zone` as said by a person (None leaves times floating)."""

    def __init__(self, order: str, zone: str | None) -> None:
        self._order = order
        self._zone = zone
        self._days: dict[bytes, Day | None] = {}
        self._times: dict[bytes, tuple[int, bool, str] | None] = {}

    def accepts(self, date_text: bytes, time_text: bytes) -> bool:
        """False for what looks like a header but is no possible date and time under the order of this chat."""
        # Asked for every line that looks like a header: a hit in both tables costs no further call.
        days, clocks = self._days, self._times
        if date_text in days and time_text in clocks:
            return days[date_text] is not None and clocks[time_text] is not None
        return self.day(date_text) is not None and self.clock(time_text) is not None

    def day(self, text: bytes) -> Day | None:
        """The day of a date text, or None when there is no such day."""
        try:
            return self._days[text]
        except KeyError:
            if len(self._days) > _REMEMBERED:
                self._days.clear()
            found = self._days[text] = self._understood(text.decode("utf-8", "replace"))
            return found

    def even_day(self, text: bytes) -> Day | None:
        """The day of a date text when all of it has one offset from UTC, which is known; else None."""
        day = self.day(text)
        return day if day and day.start_us is not None else None

    def notes(self, text: bytes) -> tuple[str, ...]:
        """The problem of a date text as a note."""
        day = self._days.get(text) or self.day(text)
        return (day.problem,) if day and day.problem else ()

    def clock(self, text: bytes) -> tuple[int, bool, str] | None:
        """Second of the day, whether seconds are written, and the time as HH:MM:SS; None when it is no time."""
        try:
            return self._times[text]
        except KeyError:
            if len(self._times) > _REMEMBERED:
                self._times.clear()
            found = seconds_of(text.decode("utf-8", "replace"))
            shown = None if found is None else (*found, str(timedelta(seconds=found[0])).zfill(8))
            self._times[text] = shown
            return shown

    def block(self, stamp: bytes, date_text: bytes, time_text: bytes) -> TimeBlock:
        """The time block of a header that was accepted."""
        day = self._days.get(date_text) or self.day(date_text)
        clock = self._times.get(time_text) or self.clock(time_text)
        raw = stamp.decode("utf-8", "replace")
        if day is None or clock is None or day.day is None:
            return times.unreadable(raw, WHERE)
        seconds, exact, shown = clock
        precision: times.Precision = "s" if exact else "min"
        local = f"{day.written}T{shown}"
        if self._zone is None:
            return TimeBlock(raw, WHERE, None, "floating_unknown", precision, local=local)
        if day.start_us is None:
            moment = datetime.combine(day.day, datetime.min.time()) + timedelta(seconds=seconds)
            return times.from_local(raw, WHERE, moment, self._zone, precision=precision)
        utc_us = day.start_us + seconds * 1_000_000
        return TimeBlock(raw, WHERE, utc_us, "device_local_assumed", precision, "sent", None, self._zone, "none", local)

    def _understood(self, text: str) -> Day | None:
        written = written_date(text)
        if written is None:
            return None
        found = calendar_date(written, self._order)
        if found is None:
            problem = undatable(written)
            return Day(None, "", None, problem) if problem else None
        return Day(found, found.isoformat(), self._one_offset(found))

    def _one_offset(self, day: date) -> int | None:
        if self._zone is None:
            return None
        midnight = datetime.combine(day, datetime.min.time())
        first, first_flag = times.resolve_local(midnight, self._zone)
        last, last_flag = times.resolve_local(midnight + timedelta(seconds=86_399), self._zone)
        even = first_flag == last_flag == "none" and last - first == _DAY_US
        return first if even else None
