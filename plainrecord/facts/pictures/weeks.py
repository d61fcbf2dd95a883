"""Contacts per week by channel: a bar for each week, and an empty place with a frame for a week no source covers.

Draws fact P2 and adds nothing to it: the bars of all weeks together are its counts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from plainrecord.facts.fact import Fact
from plainrecord.facts.pictures.picture import Picture
from plainrecord.facts.pictures.svg import INK, PALE, PATTERNS, SOFT, Drawing, shortened

WIDTH = 720
_LEFT, _RIGHT = 74, 8
_ROW, _BARS = 84, 62
# Up to so many weeks stand in one row; more get a row for each year, so that ten years can still be read.
_ONE_ROW = 60
# From this width of a week on, its count stands above its bar.
_LABELLED = 20
_LEGEND_ROW = 18
_NOT_COVERED = "No source covers this week"
_OTHERS = "other channels"


@dataclass(frozen=True, slots=True)
class _Week:
    """One week; its count is None where nobody knows it."""

    name: str
    count: int | None
    by_channel: dict[str, int]

    @property
    def says(self) -> str:
        parts = ", ".join(f"{channel} {count:,}" for channel, count in self.by_channel.items())
        return f"{self.name}: {self.count or 0:,}" + (f" ({parts})" if parts else "")


def weeks_picture(fact: Fact, name: str, who: str) -> Picture:
    """The picture of fact P2 for one side; `who` says whose contacts these are ("the subject to the owner")."""
    weeks = [_week(row) for row in fact.value["weeks"]]
    total: Counter[str] = Counter()
    for week in weeks:
        total.update(week.by_channel)
    channels = sorted(total, key=lambda channel: (-total[channel], channel))
    columns = ("Week", *channels, "Contacts")
    rows = tuple((one.name, *_cells(one, channels)) for one in weeks)
    title = f"Contacts per week by channel, {who}"
    return Picture(name, title, _says(weeks, total), columns, rows, _drawn(weeks, channels, name) if weeks else None)


def week_strip(fact: Fact, name: str, who: str) -> Picture:
    """All weeks in one low row without channels, for a page that has little room."""
    weeks = [_week(row) for row in fact.value["weeks"]]
    rows = tuple((one.name, "not covered" if one.count is None else f"{one.count:,}") for one in weeks)
    title, says = f"Contacts per week, {who}", _says(weeks, Counter())
    if not weeks:
        return Picture(name, title, says, ("Week", "Contacts"), rows, None)
    drawing = Drawing(name, WIDTH, 66)
    plain = [_Week(one.name, one.count, {"": one.count} if one.count else {}) for one in weeks]
    _row(drawing, plain, [""], (52, 40), (_LEFT, (WIDTH - _LEFT - _RIGHT) / len(plain)), _most(weeks))
    drawing.text(_LEFT, 64, weeks[0].name, size=10)
    drawing.text(WIDTH - _RIGHT, 64, weeks[-1].name, size=10, anchor="end")
    return Picture(name, title, says, ("Week", "Contacts"), rows, drawing)


def _week(row: dict[str, Any]) -> _Week:
    by_channel: Counter[str] = Counter()
    for both, count in row["by_channel_and_kind"].items():
        by_channel[both.rpartition(" ")[0]] += count
    return _Week(row["week"], row["contacts"], dict(sorted(by_channel.items())))


def _cells(week: _Week, channels: list[str]) -> tuple[str, ...]:
    if week.count is None:
        return (*("not covered" for _ in channels), "not covered")
    return (*(f"{week.by_channel.get(channel, 0):,}" for channel in channels), f"{week.count:,}")


def _says(weeks: list[_Week], total: Counter[str]) -> str:
    if not weeks:
        return "No dated contact, so there is nothing to draw."
    known = [one for one in weeks if one.count is not None]
    most = max(known, key=lambda one: one.count or 0)
    unknown = len(weeks) - len(known)
    says = f"{len(weeks)} weeks from {weeks[0].name} to {weeks[-1].name}, {sum(one.count or 0 for one in known):,} contacts."
    says += f" The most in one week is {most.count:,}, in {most.name}."
    if total:
        says += " By channel: " + ", ".join(f"{channel} {count:,}" for channel, count in sorted(total.items())) + "."
    return says + (f" {unknown} of these weeks are covered by no source: not known, not 0." if unknown else "")


def _drawn(weeks: list[_Week], channels: list[str], name: str) -> Drawing:
    shown = channels if len(channels) <= len(PATTERNS) else channels[: len(PATTERNS) - 1]
    legend = [*shown, *([_OTHERS] if len(shown) < len(channels) else [])]
    gaps = any(one.count is None for one in weeks)
    rows = (
        [weeks]
        if len(weeks) <= _ONE_ROW
        else [list(found) for _, found in groupby(weeks, key=lambda one: one.name[:4])]
    )
    places = _places([*legend, *([_NOT_COVERED] if gaps else [])])
    top = places[-1][1] + 14
    drawing = Drawing(name, WIDTH, top + len(rows) * _ROW + 6)
    for (x, y), words in zip(places, [*legend, _NOT_COVERED], strict=False):
        _key(drawing, x, y, words, legend)
    step = (WIDTH - _LEFT - _RIGHT) / (len(weeks) if len(rows) == 1 else 53)
    for at, row in enumerate(rows):
        # A row of a year keeps the place of each week, so that the same week of two years stands one above the other.
        left = _LEFT if len(rows) == 1 else _LEFT + (int(row[0].name[-2:]) - 1) * step
        base = top + at * _ROW + _BARS
        merged = [_merged(one, shown) for one in row]
        _row(drawing, merged, legend, (base, _BARS - 14), (left, step), _most(weeks))
        _under(drawing, row, base, left, step, of_year=len(rows) > 1)
    return drawing


def _places(words: list[str]) -> list[tuple[float, float]]:
    """Where each entry of the legend stands: as many in a row as there is room."""
    found, x, y = [], 0.0, 12.0
    for one in words:
        wide = 34 + len(shortened(one, 12, 200)) * 7.0
        if x and x + wide > WIDTH:
            x, y = 0.0, y + _LEGEND_ROW
        found.append((x, y))
        x += wide
    return found


def _key(drawing: Drawing, x: float, y: float, words: str, legend: list[str]) -> None:
    known = words in legend
    fill = drawing.pattern(legend.index(words)) if known else "none"
    drawing.rect(x + 1, y - 10, 14, 12, fill, stroke=INK if known else SOFT, dashed=not known)
    drawing.text(x + 20, y, shortened(words, 12, 200))


def _merged(week: _Week, shown: list[str]) -> _Week:
    rest = sum(count for channel, count in week.by_channel.items() if channel not in shown)
    by_channel = {channel: week.by_channel[channel] for channel in shown if channel in week.by_channel}
    return _Week(week.name, week.count, by_channel | ({_OTHERS: rest} if rest else {}))


def _most(weeks: list[_Week]) -> int:
    return max((one.count or 0 for one in weeks), default=0) or 1


def _row(
    drawing: Drawing, weeks: list[_Week], legend: list[str], down: tuple[float, float], across: tuple[float, float], most: int
) -> None:  # fmt: skip
    """One row of bars on a base line: `down` is the line and the height of the highest bar, `across` the first place and the
    step from week to week."""
    (base, height), (left, step) = down, across
    drawing.text(_LEFT - 6, base - height + 4, f"{most:,}", size=10, anchor="end")
    drawing.text(_LEFT - 6, base + 3, "0", size=10, anchor="end")
    drawing.line(_LEFT, base - height, WIDTH - _RIGHT, base - height, stroke=PALE, wide=0.6, dash="2 3")
    wide = max(step * 0.8, step - 3)
    for at, week in enumerate(weeks):
        x = left + at * step
        if week.count is None:
            continue
        drawing.line(x, base, x + step, base)
        top = base
        for channel, count in week.by_channel.items():
            tall = height * count / most
            top -= tall
            fill = drawing.pattern(legend.index(channel))
            drawing.rect(x + (step - wide) / 2, top, wide, tall, fill, stroke=INK, says=week.says, data=str(count))
        if step >= _LABELLED and step >= 6 * len(f"{week.count:,}"):
            drawing.text(x + step / 2, top - 3, f"{week.count:,}", size=10, anchor="middle")
    _gaps(drawing, weeks, down, across)


def _gaps(drawing: Drawing, weeks: list[_Week], down: tuple[float, float], across: tuple[float, float]) -> None:
    """A frame around each stretch that no source covers, with words in it where there is room, and no base line."""
    (base, height), (left, step) = down, across
    at = 0
    for unknown, found in groupby(weeks, key=lambda one: one.count is None):
        names = [one.name for one in found]
        x, wide = left + at * step, len(names) * step
        at += len(names)
        if unknown:
            until = f" to {names[-1]}" if len(names) > 1 else ""
            says = f"{names[0]}{until}: no source covers this; not known, not 0"
            drawing.rect(x + 0.8, base - height, max(wide - 1.6, 0.6), height, stroke=SOFT, says=says, dashed=True)
            words = next((one for one in ("no source covers this", "not covered", "n/c") if len(one) * 5.8 < wide), "")
            drawing.text(x + wide / 2, base - height / 2 + 3, words, size=10, anchor="middle", fill=SOFT)


def _under(drawing: Drawing, row: list[_Week], base: float, left: float, step: float, *, of_year: bool) -> None:
    """What stands beside and below a row: the year, and the names of some weeks."""
    if of_year:
        drawing.text(0, base - 22, row[0].name[:4], size=14, bold=True)
    every = max(1, -(-58 // int(max(step, 1)))) if not of_year else 0
    for at, week in enumerate(row):
        number = int(week.name[-2:])
        if of_year and (number == 1 or number % 10 == 0):
            drawing.text(left + (at + 0.5) * step, base + 12, f"week {number}", size=10, anchor="middle")
        elif every and at % every == 0 and left + at * step + 50 < WIDTH:
            drawing.text(left + at * step, base + 12, f"{_monday(week.name):%d/%m/%y}", size=10)
    if not of_year:
        drawing.text(0, base + 12, "week of", size=10, fill=SOFT)


def _monday(name: str) -> date:
    return date.fromisocalendar(int(name[:4]), int(name[-2:]), 1)
