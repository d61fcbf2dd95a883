"""The items of a report, cut into volumes that can be typeset in bounded memory: each holds its part of the timeline and
the same messages in their conversations, so that every page reference leads to a page of the same file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from plainrecord.bundle.contents import ConversationView
from plainrecord.bundle.numbers import is_attached
from plainrecord.bundle.shown import account_text, period, plural
from plainrecord.conversations import RULE_WORDS
from plainrecord.paper.blocks import Block, small
from plainrecord.paper.items import Paper, left_out_here
from plainrecord.paper.printable import isolated, printable

# Measured: the engine takes 0.35 MB of memory for each short message, and 0.1 KB for each further character.
ITEMS = 2_000
CHARACTERS = 2_000_000
_PEOPLE_NAMED = 50

Views = Callable[[], Iterator[ConversationView]]


@dataclass(slots=True)
class Volume:
    """Items that follow each other, as they stand in one file."""

    items: list[Paper] = field(default_factory=list)
    characters: int = 0

    @property
    def holds(self) -> str:
        """Its items in words."""
        first, last = self.items[0], self.items[-1]
        return f"Items {first.number} to {last.number}: {first.when} to {last.when}"

    def add(self, item: Paper) -> None:
        """Put one item behind the others."""
        self.items.append(item)
        self.characters += len(item.whole["text"]["t"])

    def is_full_before(self, item: Paper) -> bool:
        """Whether that item has to begin another; what is carried inside an item stays with it."""
        full = len(self.items) >= ITEMS or self.characters >= CHARACTERS
        return full and not is_attached(item.number)


def volumes(items: Iterable[Paper]) -> Iterator[Volume]:
    """The items in order, cut where a volume is full. One at least, even when there are no items."""
    volume = Volume()
    for item in items:
        if volume.is_full_before(item):
            yield volume
            volume = Volume()
        volume.add(item)
    yield volume


class Talks:
    """Lays out the conversations of one volume after the other, and remembers how much of each was shown."""

    def __init__(self, views: Views, zone: str | None) -> None:
        self._views = views
        self._zone = zone
        self._shown: Counter[str] = Counter()
        self._gaps: Counter[str] = Counter()

    def of(self, volume: Volume) -> list[dict[str, Any]]:
        """The conversations of that volume in their order, each with its heading and its messages."""
        groups: dict[str, list[Paper]] = {}
        for item in volume.items:
            groups.setdefault(item.conversation, []).append(item)
        return [self._one(view, groups[view.number]) for view in self._views() if view.number in groups]

    def _one(self, view: ConversationView, items: list[Paper]) -> dict[str, Any]:
        begun = self._shown[view.number] > 0
        self._shown[view.number] += sum(not is_attached(item.number) for item in items)
        self._gaps[view.number] += sum(item.gap for item in items)
        title = f" · {isolated(printable(view.title))}" if view.title else ""
        blocks = [self._about(view), *([small("Continued from the file before.")] if begun else [])]
        return {
            "title": f"{view.number} · {printable(view.service)}{title}{', continued' if begun else ''}",
            "blocks": blocks,
            "items": [item.whole for item in items],
            "end": self._end(view),
        }

    def _about(self, view: ConversationView) -> Block:
        named = [account_text({"name": one.name, "value": one.value}) for one in view.participants[:_PEOPLE_NAMED]]
        people = ", ".join(isolated(printable(one)) for one in named)
        more = f" and {len(view.participants) - _PEOPLE_NAMED:,} more" if len(view.participants) > _PEOPLE_NAMED else ""
        left = f", {view.left_out:,} not included" if view.left_out else ""
        text = (
            f"{plural(view.included, 'item')} included{left}. {period(view.first_utc_us, view.last_utc_us, self._zone)}."
            f" Put together: {RULE_WORDS.get(view.rule, view.rule)}. Accounts: {people}{more}."
        )
        return {"kind": "small", "t": text}

    def _end(self, view: ConversationView) -> str:
        if self._shown[view.number] < view.included:
            return "Goes on in the next file."
        return left_out_here(view.left_out - self._gaps[view.number])


def timeline(volume: Volume) -> dict[str, Any]:
    """The rows of a volume's timeline, dated and undated; what is carried inside an item stands with it."""
    dated: list[dict[str, Any]] = []
    undated: list[dict[str, Any]] = []
    rows = dated
    for item in volume.items:
        if not is_attached(item.number):
            rows = dated if item.dated else undated
        rows.append(item.row)
    return {"timeline": dated, "undated": undated, "undated-title": "Undated items, in no order of time"}
