"""A fact: a figure with the rule by which it was counted, its parameters, what was left out of it, and the items it counts."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, overload


class Items(Sequence[str]):
    """Item numbers, eight bytes each, that read as their names ("M-000012")."""

    __slots__ = ("numbers",)

    def __init__(self, numbers: Sequence[int]) -> None:
        self.numbers = numbers if isinstance(numbers, array) else array("Q", numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[str]:
        return map(item_name, self.numbers)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Items: ...
    def __getitem__(self, at: int | slice) -> str | Items:
        return Items(self.numbers[at]) if isinstance(at, slice) else item_name(self.numbers[at])

    def __eq__(self, other: object) -> bool:
        return self.numbers == other.numbers if isinstance(other, Items) else list(self) == other

    def __hash__(self) -> int:
        raise TypeError("items are compared like a list")


def item_name(number: int) -> str:
    """The name of an item: "M-000012" for 12."""
    return f"M-{number:06d}"


@dataclass(slots=True)
class Fact:
    """One figure. `items` are the items it counts, in order of time; `left_out` says what it could not use, by reason. `value`
    holds plain values that JSON knows, and `Items`; times are RFC 3339 in UTC, days are local dates."""

    id: str
    heading: str
    rule: str
    value: dict[str, Any]
    parameters: dict[str, Any] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    items: Sequence[str] = ()
    says: str = ""

    def as_json(self) -> dict[str, Any]:
        """The object `plainrecord facts --json` prints for it."""
        return {
            "id": self.id,
            "heading": self.heading,
            "rule": self.rule,
            "value": plain(self.value),
            "parameters": self.parameters,
            "left_out": {reason: count for reason, count in self.left_out.items() if count},
            "items": list(self.items),
            "note": self.says,
        }


def plain(value: Any) -> Any:
    """A value of a fact with its items as a list of names."""
    if isinstance(value, Items):
        return list(value)
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value
