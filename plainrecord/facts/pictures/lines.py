"""Dates on one line of time: when each channel and kind was first seen, and the key dates. A row for each, in order of time.

Draws facts P8 and P1 and the key dates; a mark's shape says what it is, and so do the words beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from plainrecord.facts.clock import Clock
from plainrecord.facts.events import instant
from plainrecord.facts.fact import Fact
from plainrecord.facts.keydates import KeyDate
from plainrecord.facts.pictures.picture import Picture
from plainrecord.facts.pictures.svg import INK, PALE, PAPER, SOFT, Drawing, shortened
from plainrecord.times import show_local

WIDTH = 720
_WORDS = 400
_LEFT, _RIGHT = 410, 16
_TOP, _HIGH = 30, 22
# A picture of more rows would fill pages; the table beneath has all of them.
MOST_ROWS = 40
_SHAPES = {
    "contact": ("M0 -5A5 5 0 1 0 0 5A5 5 0 1 0 0 -5Z", INK),
    "first": ("M0 -5A5 5 0 1 0 0 5A5 5 0 1 0 0 -5Z", PAPER),
    "stop": ("M-5 -5H5V5H-5Z", INK),
    "block": ("M-5 -5L5 5M5 -5L-5 5Z", "none"),
    "account": ("M0 -6L6 0L0 6L-6 0Z", PAPER),
    "report": ("M0 -6L6 5H-6Z", INK),
    "order": ("M-5 -5H5V5H-5Z", PAPER),
}
_KINDS = {"contact": "contact", "stop": "request to stop", "block": "block", "account": "account first seen",
          "report": "report", "order": "order or condition"}  # fmt: skip


class _Row(NamedTuple):
    utc_us: int
    what: str
    words: str
    item: str
    until_us: int | None = None


def first_seen_picture(change: Fact, how_many: Fact, name: str, who: str, zone: str | None) -> Picture:
    """When each channel and each kind of contact was first seen (fact P8), between first and last contact (P1)."""
    rows = sorted(
        _Row(_at(one), "first", f"{what}: {label}", one["item"])
        for what, firsts in (("channel", "first_of_each_channel"), ("kind", "first_of_each_kind"))
        for label, one in change.value[firsts].items()
    )
    title = f"When each channel and kind of contact was first seen, {who}"
    says = f"{len(rows)} firsts in this data; first seen here says nothing of what no source covers."
    if not rows:
        return Picture(
            name, title, "No dated contact, so there is nothing to draw.", ("When", "What", "Item"), (), None
        )
    ends = tuple(_moment(how_many.value[end]) for end in ("first_utc", "last_utc"))
    return Picture(name, title, says, ("When", "What", "Item"), _table(rows, zone), _drawn(rows, ends, name, zone))


def key_dates_picture(dates: Sequence[KeyDate], name: str, zone: str | None) -> Picture:
    """First and last contact, requests to stop, blocks, accounts first seen, reports, and orders for as long as they held."""
    rows = [_Row(one.utc_us, one.what, one.words, one.item, one.until_us) for one in dates]
    title = "Key dates"
    if not rows:
        says = "No dated contact, and nothing was confirmed, so there is nothing to draw."
        return Picture(name, title, says, ("When", "What", "Item"), (), None)
    counted = {what: sum(one.what == what for one in dates) for what in _KINDS}
    says = (
        f"{len(rows)} dates: " + ", ".join(f"{_KINDS[what]} {count}" for what, count in counted.items() if count) + "."
    )
    says += " What nobody confirmed is not here; that is not the same as none."
    ends = tuple(one.utc_us for one in dates if one.what == "contact")
    return Picture(name, title, says, ("When", "What", "Item"), _table(rows, zone), _drawn(rows, ends, name, zone))


def _table(rows: list[_Row], zone: str | None) -> tuple[tuple[str, ...], ...]:
    def words(row: _Row) -> str:
        if row.what != "order":
            return row.words
        return (
            f"{row.words}, until {show_local(row.until_us, zone)}"
            if row.until_us is not None
            else f"{row.words}, no end stated"
        )

    return tuple((show_local(row.utc_us, zone), words(row), row.item) for row in rows)


def _drawn(rows: list[_Row], ends: tuple[int, ...], name: str, zone: str | None) -> Drawing:
    shown = rows[:MOST_ROWS]
    more = len(rows) - len(shown)
    first = min((*ends, rows[0].utc_us))
    last = max((*ends, *(row.utc_us if row.until_us is None else row.until_us for row in rows)))
    drawing = Drawing(name, WIDTH, _TOP + len(shown) * _HIGH + (22 if more else 6))
    clock = Clock(zone)
    drawing.text(_LEFT, 12, f"{clock.day(first):%d/%m/%Y}", size=11)
    drawing.text(WIDTH, 12, f"{clock.day(last):%d/%m/%Y}", size=11, anchor="end")
    drawing.line(_LEFT, 18, WIDTH - _RIGHT, 18)
    for at, row in enumerate(shown):
        _mark(drawing, row, _TOP + at * _HIGH + 8, (first, last), clock)
    if more:
        drawing.text(0, _TOP + len(shown) * _HIGH + 14, f"{more:,} more in the table beneath.", size=12)
    return drawing


def _mark(drawing: Drawing, row: _Row, y: float, span: tuple[int, int], clock: Clock) -> None:
    x = _place(row.utc_us, span)
    drawing.text(0, y + 4, f"{clock.day(row.utc_us):%d/%m/%Y}", size=11)
    drawing.text(70, y + 4, shortened(row.words, 12, _WORDS - 70), size=12)
    drawing.line(_LEFT, y, WIDTH - _RIGHT, y, stroke=PALE, wide=0.6, dash="1 3")
    if row.what == "order":
        end = span[1] if row.until_us is None else row.until_us
        drawing.rect(x, y - 3, max(_place(end, span) - x, 1), 6, drawing.pattern(1), stroke=INK)
    else:
        drawing.line(_LEFT, y, x, y, stroke=SOFT, wide=0.8)
    d, fill = _SHAPES[row.what]
    drawing.mark(d, x, y, fill, f"{clock.local(row.utc_us):%d/%m/%Y %H:%M}: {row.words}")


def _place(at: int, span: tuple[int, int]) -> float:
    first, last = span
    share = (at - first) / (last - first) if last > first else 0
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _at(one: dict[str, Any]) -> int:
    return _moment(one["utc"])


def _moment(text: str) -> int:
    found = instant(text)
    if found is None:
        raise ValueError("a fact states a date that is none")
    return found
