"""A fact: a figure with the rule by which it was counted, its parameters, what was left out of it, and the items it counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Fact:
    """One figure. `items` are the numbers of the items it counts, in order of time; `left_out` says what it could not use,
    by reason. `value` holds plain values that JSON knows; times are RFC 3339 in UTC, days are local dates."""

    id: str
    heading: str
    rule: str
    value: dict[str, Any]
    parameters: dict[str, Any] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    items: list[str] = field(default_factory=list)
    says: str = ""

    def as_json(self) -> dict[str, Any]:
        """The object `plainrecord facts --json` prints for it."""
        return {
            "id": self.id,
            "heading": self.heading,
            "rule": self.rule,
            "value": self.value,
            "parameters": self.parameters,
            "left_out": {reason: count for reason, count in self.left_out.items() if count},
            "items": self.items,
            "note": self.says,
        }
