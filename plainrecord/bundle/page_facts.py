"""`facts/facts.html`: coverage first, then the pictures, then every fact with its rule, its parameters and its items.

Shows what `facts/facts.json` holds and counts nothing. Item numbers lead to the timeline; long lists are cut here and whole
there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from markupsafe import Markup

from plainrecord.bundle.contents import Contents
from plainrecord.bundle.meta import CoverageRow
from plainrecord.bundle.page_frame import page, render
from plainrecord.bundle.page_parts import timeline_page
from plainrecord.bundle.shown import html, plural
from plainrecord.facts import Fact, Figures, Items, pictures_of, stretches
from plainrecord.facts.events import instant
from plainrecord.times import show_local

# A list of more has its rest in facts.json.
STRETCHES_SHOWN = 60
ROWS_SHOWN = 60
# What stands in a picture and in the table beneath it.
_PICTURED = {"P2": {"weeks"}, "P6": {"grid"}, "P8": {"kinds_per_week"}}
_SIDES = (("subject", "From the subject to the owner"), ("owner", "From the owner to the subject"))

Link = Callable[[str], str]


class Table(NamedTuple):
    """A list of rows of a fact as a table; `more` is how many are not shown."""

    caption: str
    columns: list[str]
    rows: list[list[Markup]]
    more: int


class Shown(NamedTuple):
    """A fact as its section shows it."""

    anchor: str
    fact: Fact
    figures: list[tuple[str, Markup]]
    tables: list[Table]
    items: Markup


def item_link(*, paged: bool, below: str) -> Link:
    """Where an item stands in the timeline, seen from a page `below` the root ("../" for one in a folder)."""

    def link(name: str) -> str:
        page_of = f"pages/timeline-{timeline_page(int(name.split('-')[1])):04d}.html" if paged else "START_HERE.html"
        return f"{below}{page_of}#t-{name}"

    return link


def linked(items: Sequence[str], link: Link, most: int = STRETCHES_SHOWN) -> Markup:
    """A list of items as links, stretches as "M-000001 to M-000007"; what is cut is counted."""
    if not items:
        return Markup("none")
    shown, named = [], 0
    for first, last in islice(stretches(items), most):
        words = _anchor(first, link) + (f" to {_anchor(last, link)}" if last else "")
        named += int(last.split("-")[1]) - int(first.split("-")[1]) + 1 if last else 1
        shown.append(words)
    rest = f" and {len(items) - named:,} more in facts.json" if len(items) > named else ""
    return Markup(", ".join(shown) + rest)  # noqa: S704 - item numbers only


def facts_page(contents: Contents, found: Figures, coverage: Sequence[CoverageRow], *, paged: bool) -> str:
    """The whole page."""
    link = item_link(paged=paged, below="../")
    body = render(
        "facts.html",
        plural=plural,
        zone=found.zone or "UTC",
        coverage=[_coverage(row, found.zone) for row in coverage],
        people=[("Subject", contents.subject), ("Owner", contents.owner)],
        reading=found.reading,
        tags=[(one.tag, len(one.items), linked(one.items, link)) for one in found.tags],
        ruleset=found.parameters_version,
        pictures=[
            (one, Markup(one.inline))  # noqa: S704 - escaped as it was drawn
            for one in pictures_of(found.subject, found.owner, found.dates, found.zone)
        ],
        sides=[(side, name, list(_shown(side, getattr(found, side), found.zone, link))) for side, name in _SIDES],
    )
    under = "Counts, dates and durations over the items of this bundle, each with its rule and its items."
    back = Markup('<nav class="steps" aria-label="Pages"><ul><li><a href="../START_HERE.html">Start page</a></li>'
                  '<li><a href="../panel.html">Panel page</a></li><li><a href="facts.json">facts.json</a></li></ul></nav>')  # fmt: skip
    return page(contents.bundle_id, "Facts and pictures", under, body, before=back, quiet=False)


def _coverage(row: CoverageRow, zone: str | None) -> dict[str, str]:
    first, last = (
        show_local(at, zone) if (at := instant(text)) is not None else "—" for text in (row.first_utc, row.last_utc)
    )
    figures = {name: f"{getattr(row, name):,}" for name in ("seen", "read", "unread", "undated")}
    return {"source": row.source, "title": f"{row.title} ({row.service})", "first": first, "last": last,
            "cannot_hold": row.cannot_hold} | figures  # fmt: skip


def _shown(side: str, facts: Sequence[Fact], zone: str | None, link: Link) -> Iterator[Shown]:
    for fact in facts:
        figures, tables = [], []
        for name, value in fact.value.items():
            if name in _PICTURED.get(fact.id, ()):
                continue
            if _is_table(value):
                tables.append(_table(_label(name), value, zone, link))
            else:
                figures.append((_label(name), _cell(name, value, zone, link)))
        same = fact is not facts[0] and fact.items is facts[0].items
        items = Markup("the same items as P1") if same else linked(fact.items, link)
        yield Shown(f"{fact.id.lower()}-{side}", fact, figures, tables, items)


def _is_table(value: Any) -> bool:
    if isinstance(value, Items):
        return False
    rows = value if isinstance(value, list) else list(value.values()) if isinstance(value, Mapping) else []
    return bool(rows) and all(isinstance(one, Mapping) for one in rows)


def _table(caption: str, value: Any, zone: str | None, link: Link) -> Table:
    rows = value if isinstance(value, list) else [{"of": name} | one for name, one in value.items()]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[_cell(name, row.get(name, ""), zone, link) for name in columns] for row in rows[:ROWS_SHOWN]]
    return Table(caption, [_label(name) for name in columns], cells, max(0, len(rows) - ROWS_SHOWN))


def _cell(name: str, value: Any, zone: str | None, link: Link) -> Markup:
    if value is None:
        return Markup("not known")
    if isinstance(value, Items):
        return linked(value, link)
    if isinstance(value, bool | int | float):
        return Markup(f"{value:,}")  # noqa: S704 - a number
    if isinstance(value, Mapping):
        inside = [Markup(f"{html(_label(key))} ") + _cell(key, one, zone, link) for key, one in value.items()]  # noqa: S704
        return Markup("; ").join(inside) if inside else Markup("none")
    if isinstance(value, list):
        shown = [_cell(name, one, zone, link) for one in value[:ROWS_SHOWN]]
        more = Markup(f" and {len(value) - ROWS_SHOWN:,} more in facts.json") if len(value) > ROWS_SHOWN else ""  # noqa: S704
        return Markup(", ").join(shown) + more if shown else Markup("none")
    return _text(name, str(value), zone, link)


def _text(name: str, value: str, zone: str | None, link: Link) -> Markup:
    if name in ("item", "before", "after", "confirmed") and value.startswith("M-"):
        return Markup(_anchor(value, link))  # noqa: S704 - an item number
    at = instant(value) if name.endswith("utc") else None
    return Markup(html(show_local(at, zone) if at is not None else value))  # noqa: S704 - escaped


def _anchor(name: str, link: Link) -> str:
    return f'<a href="{link(name)}">{html(name)}</a>'


def _label(name: str) -> str:
    """A name of a value in words: "first_after_utc" is "first after"."""
    return name.removesuffix("_utc").replace("_", " ")
