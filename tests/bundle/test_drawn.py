"""What is drawn of items as they are written: it comes back in order and unharmed, whatever is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plainrecord.bundle.contents import Item
from plainrecord.bundle.drawn import Drawn, _pack, draw
from plainrecord.bundle.numbers import conversation_key, number_key
from plainrecord.bundle.page_rows import message, timeline_row
from plainrecord.bundle.shown import shown_time
from synthetic import contents


def _line(item: Item) -> dict[str, Any]:
    extra = {
        "item": item.number,
        "part": item.part,
        "matched": item.matched,
        "conversation_number": item.conversation_number,
        "gap_before": item.gap_before,
        "native": None,
    }
    return extra | item.record.model_dump()


def test_items_taken_in_any_order_come_back_in_order_of_time_and_of_conversation(tmp_path: Path) -> None:
    items = list(contents().items())
    drawn = Drawn(tmp_path)
    for item in reversed(items):
        keys = number_key(item.number), conversation_key(item.conversation_number)
        drawn.take(draw(_line(item), *keys, None, "Europe/London"))
    numbers = sorted((item.number for item in items), key=number_key)
    assert [row.number for row in drawn.rows()] == numbers
    assert [number for number, _, _ in drawn.csv()] == numbers
    talks = [(talk.conversation, talk.number) for talk in drawn.talks()]
    assert talks == sorted(talks, key=lambda pair: (conversation_key(pair[0]), number_key(pair[1])))
    lines = {item.number: _line(item) for item in items}
    for row in drawn.rows():
        shown = shown_time(lines[row.number]["time"], "Europe/London", None)
        assert row.html == timeline_row(lines[row.number], shown)
    for talk in drawn.talks():
        shown = shown_time(lines[talk.number]["time"], "Europe/London", None)
        assert talk.html == message(lines[talk.number], shown)


@pytest.mark.parametrize("text", ["a\0b", "a\1b"])
def test_a_control_character_that_was_not_made_visible_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        _pack("000000000001", text)
