"""The facts of a bundle as its files: `facts/facts.json`, `facts/facts.html`, `panel.html`, and what was confirmed.

All are tag files: the payload is what was handed in, these are counted from it. Counts from the events that came with the
items, so no file is read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plainrecord.bundle.bag import Bag
from plainrecord.bundle.contents import Contents
from plainrecord.bundle.meta import CoverageRow, pretty
from plainrecord.bundle.page_facts import facts_page
from plainrecord.bundle.page_panel import PanelInput, panel_page
from plainrecord.facts import Figures, Table, as_said, figures, require_items
from plainrecord.facts.events import instant

FACTS, FACTS_PAGE, PANEL, CONFIRMED = "facts/facts.json", "facts/facts.html", "panel.html", "facts/confirmed.json"


def count(contents: Contents, coverage: Sequence[CoverageRow], table: Table) -> Figures:
    """The facts of what goes in. Raises UsageError when something was confirmed of an item that does not."""
    require_items(contents.confirmed, table, contents.confirmed_name)
    rows = [row.model_dump() for row in coverage]
    return figures(table, contents.timezone, spans(rows), contents.confirmed)


def spans(rows: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    """First and last instant of each source that has any; `rows` as in `meta/coverage.json`."""
    ends = ((instant(row["first_utc"]), instant(row["last_utc"])) for row in rows)
    return [(first, last) for first, last in ends if first is not None and last is not None]


def facts_json(found: Figures, coverage: Sequence[CoverageRow]) -> bytes:
    """`facts/facts.json`: the same bytes for the same items, sources and confirmations."""
    return pretty(found.as_json([row.model_dump() for row in coverage]))


def write_facts(bag: Bag, said: PanelInput, *, paged: bool) -> None:
    """Write all of them."""
    bag.add(FACTS, facts_json(said.found, said.coverage))
    bag.add(FACTS_PAGE, facts_page(said.contents, said.found, said.coverage, paged=paged).encode())
    bag.add(PANEL, panel_page(said, paged=paged).encode())
    if said.contents.confirmed.by:
        bag.add(CONFIRMED, pretty(as_said(said.contents.confirmed)))
