"""Canonical JSON: one value, one sequence of bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.custody.canonical import LARGEST_INTEGER, NotCanonicalError, canonical

LARGEST = LARGEST_INTEGER
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150)
@given(VALUES)
def test_reading_the_canonical_form_gives_the_value_back_and_the_same_bytes(value: Any) -> None:
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


@settings(max_examples=100)
@given(st.dictionaries(st.text(max_size=6), st.integers(0, 9), max_size=6), st.randoms())
def test_the_order_in_which_keys_were_set_does_not_matter(value: dict[str, int], random: Any) -> None:
    shuffled = list(value.items())
    random.shuffle(shuffled)
    assert canonical(dict(shuffled)) == canonical(value)


@settings(max_examples=100)
@given(st.sets(st.text(max_size=4), max_size=6))
def test_keys_stand_in_order_of_their_utf16_code_units(keys: set[str]) -> None:
    written = list(json.loads(canonical(dict.fromkeys(keys, 1))))
    assert written == sorted(keys, key=lambda key: list(key.encode("utf-16-be")))


def test_astral_characters_sort_before_the_private_use_area() -> None:
    # U+1F600 is written with the unit D83D, which is smaller than U+FB33: by code point it would be the other way round.
    assert canonical({"\ufb33": 1, "😀": 2, "é": 3, "1": 4, "\r": 5}) == (
        '{"\\r":5,"1":4,"é":3,"😀":2,"\ufb33":1}'.encode()
    )


def test_the_example_of_the_specification_has_these_bytes() -> None:
    value = {"b": [1, -2, True, None], "a": 'A"\\\u0001\n\u007f/é😀', "": {}}
    assert canonical(value) == '{"":{},"a":"A\\"\\\\\\u0001\\n\u007f/é😀","b":[1,-2,true,null]}'.encode()


def test_every_control_character_has_its_shortest_escape() -> None:
    assert canonical("\b\t\n\f\r\x00\x1f\u2028") == '"\\b\\t\\n\\f\\r\\u0000\\u001f\u2028"'.encode()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (1.0, "not whole"),
        (float("nan"), "not whole"),
        ({"a": [0.5]}, "not whole"),
        (LARGEST + 1, "beyond"),
        (-LARGEST - 1, "beyond"),
        ({1: "x"}, "key that is not text"),
        (b"x", "bytes"),
        ({"x"}, "set"),
        ("\ud83d", "not valid Unicode"),
        ({"\ude00": 1}, "not valid Unicode"),
    ],
)
def test_what_has_no_canonical_form_is_refused_with_the_reason(value: object, reason: str) -> None:
    with pytest.raises(NotCanonicalError, match=reason):
        canonical(value)


def test_nesting_is_bounded() -> None:
    value: object = "x"
    for _ in range(100_000):
        value = [value]
    with pytest.raises(NotCanonicalError, match="nested"):
        canonical(value)
