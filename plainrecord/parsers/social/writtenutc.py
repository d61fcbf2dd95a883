"""Times that a download writes as text and means as UTC: `2024-08-19 12:00:00 UTC` and its kin.

Shared by the readers of Snapchat and TikTok. Knows the forms and no service; what is none of them stays as written.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from plainrecord.parsers.chat.jsonchat import utc_text
from plainrecord.times import Meaning, TimeBlock, from_epoch, from_offset, unreadable

_ENGLISH = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) UTC ([0-9]{4})")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?: UTC)?")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


@lru_cache(maxsize=4096)
def utc_written(written: str, where: str, meaning: Meaning = "sent", *, bare: bool = False) -> TimeBlock:
    """A time that says UTC, a count of seconds or milliseconds, or a day. With `bare` it may leave out the “UTC”.

    The first instant of 1970 is what programs write where they have no time: it is kept as written and is no instant.
    """
    found = _written(written, where, meaning, bare=bare)
    return unreadable(written[:100], where, meaning=meaning) if found.utc_us == 0 else found


def _written(written: str, where: str, meaning: Meaning, *, bare: bool) -> TimeBlock:
    if match := _ENGLISH.fullmatch(written):
        return _english(match, where, meaning)
    if written.isascii() and written.isdigit() and len(written) in (10, 13):
        return from_epoch(int(written), "s" if len(written) == 10 else "ms", written, where, meaning=meaning)
    if match := _DAY.fullmatch(written):
        return _day(match, where, meaning)
    if bare or written.endswith(" UTC"):
        found = utc_text(written.removesuffix(" UTC"), where, meaning)
        # The zone is part of what is written.
        return TimeBlock(written[:100], where, found.utc_us, found.tz_basis, found.precision, meaning, found.ts_offset)
    return unreadable(written[:100], where, meaning=meaning)


def _english(match: re.Match[str], where: str, meaning: Meaning) -> TimeBlock:
    month, day, clock, year = match.groups()
    try:
        moment = datetime.fromisoformat(f"{year}-{_MONTHS.index(month) + 1:02d}-{int(day):02d}T{clock}")
    except ValueError:
        return unreadable(match[0], where, meaning=meaning)
    return from_offset(match[0], where, moment, 0, meaning=meaning)


def _day(match: re.Match[str], where: str, meaning: Meaning) -> TimeBlock:
    try:
        moment = datetime.fromisoformat(match[1])
    except ValueError:
        return unreadable(match[0], where, meaning=meaning)
    return from_offset(match[0], where, moment, 0, meaning=meaning, precision="day", documented=True)
