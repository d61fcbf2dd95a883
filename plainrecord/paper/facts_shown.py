"""Facts in the report: pictures with their words and tables, then each figure with its rule, what was left out of it, and the
items it counts. Shows what `facts/facts.json` holds; counts nothing and judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from plainrecord.bundle.shown import plural
from plainrecord.facts import Fact, Figures, Items, Picture, pictures_of, stretches
from plainrecord.facts.events import instant
from plainrecord.paper.blocks import Block, heading, pairs, paragraph, picture, small, table
from plainrecord.paper.printable import drawable
from plainrecord.times import show_local

# So much of a list stands here; facts.json has all of it.
_STRETCHES = 20
_ROWS = 8
_TABLE_ROWS = 60
# A table of more columns is set in smaller letters.
_WIDE = 8
# What stands in a picture and in the table beneath it.
_PICTURED = {"P2": {"weeks"}, "P6": {"grid"}, "P8": {"kinds_per_week"}}


def fact_blocks(found: Figures, work: Path) -> Iterator[Block]:
    """Pictures and facts of both sides; the pictures are left in `work`, where the engine reads them."""
    yield heading("Facts")
    yield paragraph(
        f"Counts only, in the zone {found.zone or 'UTC'}, by the rule beside each; software has assessed nothing. Where the"
        " sources do not cover a time, nothing is known of it. facts/facts.json in the bundle lists every item of every figure."
    )
    yield paragraph(found.reading)
    for one in pictures_of(found.subject, found.owner, found.dates, found.zone):
        yield from _picture(one, work)
    for title, facts in (
        ("From the subject to the owner", found.subject),
        ("From the owner to the subject", found.owner),
    ):
        yield heading(title)
        for fact in facts:
            yield from _fact(fact, found.zone)


def _picture(one: Picture, work: Path) -> Iterator[Block]:
    yield heading(one.title, 3)
    if one.svg:
        (work / f"{one.name}.svg").write_text(drawable(one.svg), "utf-8")
        yield picture(f"/{one.name}.svg", one.says)
    yield small(one.says)
    if one.rows:
        widths = (
            ["1fr"] * len(one.columns) if len(one.columns) <= _WIDE else ["16mm"] + ["1fr"] * (len(one.columns) - 1)
        )
        columns = list(zip(one.columns, widths, strict=True))
        yield table(columns, one.rows[:_TABLE_ROWS]) | {"tight": len(one.columns) > _WIDE}
    if len(one.rows) > _TABLE_ROWS:
        yield small(f"{len(one.rows) - _TABLE_ROWS:,} more rows are in facts/facts.html.")


def _fact(fact: Fact, zone: str | None) -> Iterator[Block]:
    yield heading(f"{fact.id} {fact.heading}", 3)
    yield small(fact.rule)
    rows = [
        (_label(name), _short(name, value, zone))
        for name, value in fact.value.items()
        if name not in _PICTURED.get(fact.id, ())
    ]
    rows += [(f"left out: {_label(reason)}", f"{count:,}") for reason, count in fact.left_out.items() if count]
    yield pairs([*rows, ("items", f"{plural(len(fact.items), 'item')}: {_items(fact.items)}" if fact.items else "")])
    if fact.says:
        yield small(fact.says)


def _items(items: Sequence[str]) -> str:
    named = [f"{first} to {last}" if last else first for first, last in islice(stretches(items), _STRETCHES + 1)]
    return ", ".join(named[:_STRETCHES]) + (" …" if len(named) > _STRETCHES else "")


def _label(name: str) -> str:
    return name.removesuffix("_utc").replace("_", " ")


def _short(name: str, value: Any, zone: str | None) -> str:
    """A value on one line; of a list its length and the first few."""
    if value is None:
        return "not known"
    if isinstance(value, Items):
        return _items(value) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{_label(key)} {_short(key, one, zone)}" for key, one in value.items()) or "none"
    if isinstance(value, list):
        shown = "; ".join(_short(name, one, zone) for one in value[:_ROWS])
        return f"{len(value):,}: {shown}{' …' if len(value) > _ROWS else ''}" if value else "none"
    if isinstance(value, bool | int | float):
        return f"{value:,}"
    at = instant(str(value)) if name.endswith("utc") else None
    return str(value) if at is None else show_local(at, zone)
