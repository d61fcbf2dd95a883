"""All facts of one record together, as they are kept in a bundle and held against it again: `facts/facts.json`.

Lists of items are written as stretches, because one list can name every item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plainrecord.facts.confirmed import Confirmed
from plainrecord.facts.fact import Fact, Items, item_name
from plainrecord.facts.keydates import KeyDate

SCHEMA_VERSION = "1.0"
_STRETCH = re.compile(r"(M-[0-9]{6,12}(?:-[0-9]{1,6}){0,8})(?: to M-([0-9]{6,12}))?")


@dataclass(frozen=True, slots=True)
class TagCount:
    """How many items a person confirmed to be about one thing."""

    tag: str
    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Figures:
    """The facts of both sides, the key dates, and the tags that a person confirmed; of `records` records in all."""

    zone: str | None
    parameters_version: str
    records: int
    subject: list[Fact]
    owner: list[Fact]
    dates: list[KeyDate]
    tags: list[TagCount]
    confirmed: Confirmed

    @property
    def reading(self) -> str:
        """How much was read for what is confirmed, in words."""
        if self.confirmed.reading:
            return self.confirmed.reading.says(self.confirmed.by, self.records)
        if self.confirmed.by:
            return f"Confirmed by {self.confirmed.by}, without a reading list: how much was read for it is not stated."
        return "Nobody has confirmed anything about these records; that is not the same as none."

    def as_json(self, coverage: list[dict[str, Any]]) -> dict[str, Any]:
        """The content of `facts/facts.json`; `coverage` are the rows of `meta/coverage.json`."""
        return {
            "schema_version": SCHEMA_VERSION,
            "evidence_kind": "computed",
            "parameters_version": self.parameters_version,
            "zone": self.zone or "UTC",
            "coverage": coverage,
            "confirmed_by": self.confirmed.by,
            "reading": self.reading,
            "key_dates": [one.as_json() for one in self.dates],
            "tags": [{"tag": one.tag} | stretched(one.items) for one in self.tags],
            "subject_to_owner": _side(self.subject),
            "owner_to_subject": _side(self.owner),
        }


def stretched(items: Sequence[str]) -> dict[str, Any]:
    """A list of items as their number and stretches: "M-000001 to M-000007, M-000012"."""
    return {
        "number": len(items),
        "items": ", ".join(f"{first} to {last}" if last else first for first, last in stretches(items)),
    }


def stretches(items: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(first, last) of each stretch of items whose numbers follow each other; last is "" for a single one."""
    if not isinstance(items, Items):
        yield from ((one, "") for one in items)
        return
    start = end = None
    for number in items.numbers:
        if end is not None and number == end + 1:
            end = number
            continue
        if start is not None and end is not None:
            yield item_name(start), item_name(end) if end > start else ""
        start = end = number
    if start is not None and end is not None:
        yield item_name(start), item_name(end) if end > start else ""


def number_stated(text: str) -> int:
    """How many items stretches name. Raises ValueError for what are none."""
    total = 0
    for one in text.split(", ") if text else ():
        found = _STRETCH.fullmatch(one)
        if found is None:
            raise ValueError(f"“{one[:60]}” is no item")
        total += int(found[2]) - int(found[1].split("-")[1]) + 1 if found[2] else 1
    return total


def _side(facts: Sequence[Fact]) -> list[dict[str, Any]]:
    return [
        {
            "id": fact.id,
            "heading": fact.heading,
            "rule": fact.rule,
            "value": _short(fact.value),
            "parameters": fact.parameters,
            "left_out": {reason: count for reason, count in fact.left_out.items() if count},
            "counted": _counted(fact, facts[0]),
            "note": fact.says,
        }
        for fact in facts
    ]


def _counted(fact: Fact, first: Fact) -> dict[str, Any]:
    if fact is not first and fact.items is first.items:
        return {"number": len(fact.items), "same_items_as": first.id}
    return stretched(fact.items)


def _short(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _short(one) for name, one in value.items()}
    if isinstance(value, Items):
        return stretched(value)
    return [_short(one) for one in value] if isinstance(value, list) else value
