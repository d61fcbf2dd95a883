"""All the times a mail gives, and which of them is its time.

The Date field is the sender's claim and stands when it gives a plausible instant. Else the topmost Received line (written by
the recipient's provider), else the container's date, is taken, and a note says so; the claim is kept among the dates.
The container's date (a From_ line) never overrules a Date: many programs write the same one, or the time of the export,
before every mail. No clock is ever asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from plainrecord.parsers.email.dates import common_instant, date_block, received_date
from plainrecord.parsers.email.headers import Fields, unfold
from plainrecord.times import Meaning, TimeBlock, unreadable

MAX_HOPS = 100
EARLIEST_US = 631_152_000_000_000  # 1990-01-01: no Internet mail in anyone's export is older.
_DAY_US = 86_400_000_000
LATE_US = 2 * _DAY_US
EARLY_US = 7 * _DAY_US

# Other fields that hold a plain date text, with what the time means.
OTHER_DATES: tuple[tuple[bytes, str, Meaning], ...] = (
    (b"resent-date", "Resent-Date", "sent"),
    (b"delivery-date", "Delivery-Date", "received"),
    (b"x-original-date", "X-Original-Date", "sent"),
    (b"x-original-arrival-time", "X-OriginalArrivalTime", "received"),
)


def primary_time(
    fields: Fields, zone: str | None, container: tuple[TimeBlock, ...]
) -> tuple[TimeBlock, tuple[str, ...]]:
    """The time of the mail and notes: `date:missing`, `date:implausible`, `date:earlier-than-received`,
    `date:later-than-container`, `date:fallback-received`, `date:fallback-container`, `date:several`, and those of the date reader."""
    claimed, notes = _claimed(fields.all(b"date"), zone)
    stored = next((time for time in container if (time.utc_us or 0) >= EARLIEST_US), None)
    if claimed.utc_us is not None and stored and _plausible(claimed.utc_us, stored.utc_us) is None:
        return claimed, notes
    hop = fields.first(b"received")
    if claimed.utc_us is not None and hop and _plausible(claimed.utc_us, _hop_instant(hop)) is None:
        return claimed, notes
    received = _topmost_received(hop)
    anchor = received or stored
    if claimed.utc_us is not None:
        verdict = _plausible(claimed.utc_us, received.utc_us if received else None)
        if verdict is None:
            return claimed, (*notes, *_against_container(claimed.utc_us, stored if received is None else None))
        notes = (*notes, verdict)
        if verdict == "date:earlier-than-received" or anchor is None:
            return claimed, notes
    if anchor is None:
        floating = next((time for time in container if time.utc_us is None), None)
        return (claimed if claimed.local or floating is None else floating), notes
    return anchor, (*notes, "date:fallback-received" if anchor is received else "date:fallback-container")


def _against_container(claimed_us: int, stored: TimeBlock | None) -> tuple[str, ...]:
    if stored is None or claimed_us <= (stored.utc_us or 0) + LATE_US:
        return ()
    return ("date:later-than-container",)


def all_dates(fields: Fields, zone: str | None, container: Iterable[TimeBlock]) -> tuple[TimeBlock, ...]:
    """Every time the mail and its container give: Date, each Received hop (newest first), the rest, the container's."""
    dates = [
        date_block(raw, "Date" if i == 0 else f"Date[{i + 1}]", zone)[0] for i, raw in enumerate(fields.all(b"date"))
    ]
    for name, label in ((b"received", "Received"), (b"x-received", "X-Received")):
        hops = fields.all(name)[:MAX_HOPS]
        dates.extend(_hop(raw, f"{label}[{number}]") for number, raw in enumerate(hops, start=1))
    for name, label, meaning in OTHER_DATES:
        values = fields.all(name)[:MAX_HOPS]
        dates.extend(date_block(raw, label, zone, meaning=meaning)[0] for raw in values)
    return (*dates, *container)


def _claimed(values: list[bytes], zone: str | None) -> tuple[TimeBlock, tuple[str, ...]]:
    if not values:
        return unreadable("", "Date"), ("date:missing",)
    block, notes = date_block(values[0], "Date", zone)
    return block, ((*notes, "date:several") if len(values) > 1 else notes)


def _hop_instant(raw: bytes) -> int:
    # Cheap and for the common form only; 0 says "not known", which bears nothing out.
    common = common_instant(raw, raw.rfind(b";") + 1)
    return common[0] if common else 0


def _topmost_received(raw: bytes | None) -> TimeBlock | None:
    if raw is None:
        return None
    block = _hop(raw, "Received[1]")
    return block if block.utc_us is not None and block.utc_us >= EARLIEST_US else None


def _hop(raw: bytes, where: str) -> TimeBlock:
    # A relay's own zone is not the owner's: a hop without an offset stays floating whatever the owner's zone is.
    block = date_block(received_date(raw), where, None, meaning="received")[0]
    return block if block.ts_raw else replace(block, ts_raw=_as_text(raw))


def _as_text(raw: bytes) -> str:
    return unfold(raw)[:2000].decode("utf-8", "replace")


def _plausible(claimed_us: int, anchor_us: int | None) -> str | None:
    """None for a believable Date, else the note that says why not."""
    if claimed_us < EARLIEST_US:
        return "date:implausible"
    if anchor_us is None:
        return None
    if claimed_us > anchor_us + LATE_US:
        return "date:implausible"
    return "date:earlier-than-received" if claimed_us < anchor_us - EARLY_US else None
