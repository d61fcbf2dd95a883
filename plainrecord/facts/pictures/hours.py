"""Hour by weekday: a grid with the number in every cell, darker where it is larger. Draws fact P6."""

from __future__ import annotations

from plainrecord.facts.fact import Fact
from plainrecord.facts.pictures.picture import Picture
from plainrecord.facts.pictures.svg import INK, PALE, PAPER, SOFT, Drawing

WIDTH = 720
_LEFT, _TOP = 78, 34
_CELL = (WIDTH - _LEFT - 4) / 24
_HIGH = 24


def hours_picture(fact: Fact, name: str, who: str) -> Picture:
    """The picture of fact P6 for one side."""
    grid: dict[str, list[int]] = fact.value["grid"]
    columns = ("Weekday", *(f"{hour:02d}" for hour in range(24)))
    rows = tuple((day, *(f"{count:,}" for count in counts)) for day, counts in grid.items())
    total = sum(map(sum, grid.values()))
    title = f"Contacts by hour and weekday, {who}"
    return Picture(name, title, _says(fact, total), columns, rows, _drawn(fact, grid, name) if total else None)


def _says(fact: Fact, total: int) -> str:
    if not total:
        return "No dated contact, so there is nothing to draw."
    hours, at_night = _night(fact), fact.value["at_night"]
    return (
        f"{total:,} contacts by the hour in which each was made, on the clock of {fact.parameters['zone']}."
        f" {at_night:,} of them ({fact.value['percent_at_night']} %) in {hours}; {fact.says}"
        f" {_largest(fact.value['grid'])}"
    )


def _largest(grid: dict[str, list[int]]) -> str:
    most = max(map(max, grid.values()))
    cells = [
        f"{day} from {hour:02d}:00"
        for day, counts in grid.items()
        for hour, count in enumerate(counts)
        if count == most
    ]
    where = cells[0] if len(cells) == 1 else f"{len(cells)} of the 168 hours of the week"
    return f"The most in one hour of the week is {most:,}: {where}."


def _night(fact: Fact) -> str:
    return f"{fact.parameters['from_hour']:02d}:00 to {fact.parameters['to_hour']:02d}:00"


def _drawn(fact: Fact, grid: dict[str, list[int]], name: str) -> Drawing:
    drawing = Drawing(name, WIDTH, _TOP + 7 * _HIGH + 24)
    most = max(map(max, grid.values()))
    for hour in range(24):
        drawing.text(_LEFT + (hour + 0.5) * _CELL, _TOP - 6, f"{hour:02d}", size=11, anchor="middle")
    drawing.text(_LEFT, 12, f"Hour of the day ({fact.parameters['zone']})", size=12, bold=True)
    for at, (day, counts) in enumerate(grid.items()):
        drawing.text(0, _TOP + at * _HIGH + 16, day, size=12)
        for hour, count in enumerate(counts):
            _cell(drawing, _LEFT + hour * _CELL, _TOP + at * _HIGH, count, most, f"{day} {hour:02d}:00")
    _mark_night(drawing, fact.parameters["from_hour"], fact.parameters["to_hour"])
    below = _TOP + 7 * _HIGH + 16
    drawing.text(_LEFT, below, f"Inside the thick frame: {_night(fact)}.", size=12)
    return drawing


def _cell(drawing: Drawing, x: float, y: float, count: int, most: int, where: str) -> None:
    shade = round(255 - 190 * count / most) if count else 255
    drawing.rect(
        x,
        y,
        _CELL,
        _HIGH,
        f"#{shade:02x}{shade:02x}{shade:02x}",
        stroke=PALE,
        says=f"{where}: {count:,}",
        data=str(count),
    )
    words = f"{count}"
    size = 11 if len(words) < 4 else 9 if len(words) < 5 else 7 if len(words) < 6 else 6
    fill = SOFT if not count else PAPER if shade < 120 else INK
    drawing.text(x + _CELL / 2, y + 16, words, size=size, anchor="middle", fill=fill)


def _mark_night(drawing: Drawing, begins: int, ends: int) -> None:
    spans = [(begins, ends)] if begins < ends else [(0, ends), (begins, 24)]
    for first, last in spans:
        if first < last:
            x, high = _LEFT + first * _CELL, 7 * _HIGH
            wide = (last - first) * _CELL
            drawing.line(x, _TOP, x + wide, _TOP, wide=2.4)
            drawing.line(x, _TOP + high, x + wide, _TOP + high, wide=2.4)
            drawing.line(x, _TOP, x, _TOP + high, wide=2.4)
            drawing.line(x + wide, _TOP, x + wide, _TOP + high, wide=2.4)
