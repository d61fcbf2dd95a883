from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.intake.reading import Block
from plainrecord.parsers.meta import PARTIAL, REPAIRED, TWICE, is_damaged, repaired, repaired_tree


def blocks(data: bytes, size: int = 1 << 20) -> Iterator[Block]:
    for base in range(0, max(len(data), 1), size):
        part = data[base : base + size]
        yield Block(bytearray(part), 0, len(part), base, last=base + size >= len(data))


def damaged(text: str) -> str:
    """The text as Meta's classic downloads store it."""
    return text.encode("utf-8").decode("latin-1")


@given(st.text())
def test_any_damaged_text_comes_back_as_it_was_typed(text: str) -> None:
    assert repaired(damaged(text.encode("utf-8", "ignore").decode())).text == text.encode("utf-8", "ignore").decode()


@given(st.text())
def test_nothing_above_u00ff_is_ever_changed(text: str) -> None:
    assert repaired(text + "’").text == text + "’"


@pytest.mark.parametrize("text", ["plain", "café", "£5", "naïve – no", "Ünder", "Müller", ""])
def test_genuine_text_stays(text: str) -> None:
    assert repaired(text).text == text


def test_a_string_cut_inside_a_character_is_repaired_up_to_there() -> None:
    cut = damaged("it’s a café’")[:-1]
    assert repaired(cut) == ("it’s a café" + "â\x80", PARTIAL)
    assert repaired("off â\x80") == ("off â\x80", PARTIAL)


def test_text_damaged_a_second_time_is_marked_and_left() -> None:
    assert repaired("itâ€™s") == ("itâ€™s", TWICE)


def test_keys_and_values_of_a_tree_are_repaired() -> None:
    assert repaired_tree({damaged("Größe"): [damaged("ß"), 1, None]}) == {"Größe": ["ß", 1, None]}
    assert repaired(damaged("ß")).note == REPAIRED


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("size", [1, 3, 7, 1 << 20])
def test_one_letter_above_u00ff_shows_that_a_file_is_not_damaged(ascii_only: bool, size: int) -> None:
    def file(*texts: str) -> bytes:
        return json.dumps(texts, ensure_ascii=ascii_only).encode()

    assert is_damaged(blocks(file("plain", damaged("it’s")), size))
    assert not is_damaged(blocks(file("plain"), size))
    assert not is_damaged(blocks(file(damaged("it’s"), "’"), size))
    assert not is_damaged(blocks(file(damaged("it’s"), "👍"), size))


@pytest.mark.parametrize("size", [1, 2, 5, 1 << 20])
def test_a_typed_backslash_is_no_escape(size: int) -> None:
    assert is_damaged(blocks(rb'["\u00c3\u00a9", "\\u2019"]', size))
    assert not is_damaged(blocks(rb'["\\u00c3"]', size))
