"""Times as Google's tables and pages write them: `2024-01-02 03:04:05 UTC`, ISO 8601, and a few older shapes of these.

Every shape carries its zone or is documented as UTC. Prose dates of “My Activity” pages are another matter (`googleactivity`).
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from plainrecord.times import Meaning, Precision, TimeBlock, from_offset, unreadable

_WRITTEN = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]+([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
    r" ?(Z|UTC|GMT|([+-])([0-9]{2}):?([0-9]{2}))?"
)
_LONGEST = 60


@lru_cache(maxsize=4096)
def stamp(raw: str, where: str, meaning: Meaning = "sent") -> TimeBlock | None:
    """The time block of one such text; None where there is no text, without an instant where it is another shape."""
    text = raw.strip()
    if not text:
        return None
    match = _WRITTEN.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return unreadable(raw[:100], where, meaning=meaning)
    day, clock, fraction, zone, sign, hours, minutes = match.groups()
    try:
        local = datetime.fromisoformat(f"{day}T{clock}{'.' + (fraction + '00000')[:6] if fraction else ''}")
    except ValueError:
        return unreadable(raw, where, meaning=meaning)
    offset = (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1) if sign else 0
    precision: Precision = "s" if not fraction else "ms" if len(fraction) <= 3 else "us"
    return from_offset(raw, where, local, offset, meaning=meaning, precision=precision, documented=not zone)
