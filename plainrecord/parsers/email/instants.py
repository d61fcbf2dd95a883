"""The instants of a run's dates in the common form, remembered by day and zone: between two mails mostly the clock differs.

`dates.common_instant` is the authority and is asked once for each day and zone; what stands round the clock decides
whether a text is in the common form, so every valid clock between the same two pieces gives an instant or none does.
"""

from __future__ import annotations

from plainrecord.parsers.email.dates import common_instant, date_block

_REMEMBERED = 8_192
_LONGEST = 60
_SECOND = 1_000_000
# Looking a clock up takes a third of the time of reading its numbers.
_MINUTES = {b"%02d:%02d" % (at // 60, at % 60): at * 60 * _SECOND for at in range(24 * 60)}
_SECONDS = {b":%02d" % at: at * _SECOND for at in range(60)}


class Instants:
    """Reads the dates of one run. With `minus_zero`, `-0000` counts as it does in a Date field: UTC, no zone stated."""

    def __init__(self, *, minus_zero: bool = False) -> None:
        self._minus_zero = minus_zero
        self._known: dict[tuple[bytes, bytes], int | None] = {}

    def of(self, raw: bytes) -> int | None:
        """The instant of a date in the common form, None for every other text."""
        at = raw.find(b":")
        minutes, seconds = _MINUTES.get(raw[at - 2 : at + 3]), _SECONDS.get(raw[at + 3 : at + 6])
        if minutes is None or seconds is None:
            return None
        round_it = (raw[: at - 2], raw[at + 6 :])
        try:
            day = self._known[round_it]
        except KeyError:
            day = self._learn(round_it)
        return None if day is None else day + minutes + seconds

    def _learn(self, round_it: tuple[bytes, bytes]) -> int | None:
        before, after = round_it
        midnight = before + b"00:00:00" + after
        minus = self._minus_zero and b"-0000" in after
        found = common_instant(midnight.replace(b"-0000", b"+0000") if minus else midnight)
        day = found[0] if found else None
        # The common form bears more kinds of blanks, and more of them, than are read with `-0000`.
        if minus and date_block(midnight, "Date", None)[0].utc_us != day:
            day = None
        if len(before) + len(after) <= _LONGEST:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[round_it] = day
        return day
