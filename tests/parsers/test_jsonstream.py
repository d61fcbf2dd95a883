from __future__ import annotations

import hashlib
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ijson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.intake import Block, list_source
from plainrecord.parsers import jsonwindow
from plainrecord.parsers.base import Claim
from plainrecord.parsers.jsonstream import Broken, Found, place, placed, read_places, walk, walk_head
from plainrecord.records import Position


class Windows:
    """Bytes handed out in blocks of a chosen size, as a stream would."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data, self.size = data, size

    def blocks(self, head: int = 0, size: int = 0) -> Iterator[Block]:
        for base in range(0, max(len(self.data), 1), self.size):
            part = self.data[base : base + self.size]
            yield Block(bytearray(head) + part, head, head + len(part), base, last=base + self.size >= len(self.data))


def walked(data: bytes, *patterns: str, size: int = 1 << 16, repair: Any = None) -> list[Found | Broken]:
    return list(walk(Windows(data, size), patterns, repair))  # type: ignore[arg-type]


def values(found: list[Found | Broken]) -> list[Any]:
    assert all(isinstance(one, Found) for one in found), found
    return [one.value for one in found if isinstance(one, Found)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.lists(JSON, max_size=6),
    st.sampled_from([None, 0, 1, 3, "\t"]),
    st.booleans(),
    st.sampled_from([1, 2, 5, 17, 999]),
)
def test_any_window_and_any_layout_give_what_the_standard_library_reads(
    elements: list[Any], indent: int | str | None, ascii_only: bool, size: int
) -> None:
    document = {
        "before": [1],
        "list": [{"name": "ä", "messages": elements}, {"messages": [7]}],
        "after": {"messages": 2},
    }
    data = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    found = walked(data, "/list/*/messages/*", size=size)
    assert [one.value for one in found if isinstance(one, Found)] == [*elements, 7]
    for one in found:
        assert isinstance(one, Found)
        assert json.loads(data[one.start : one.end]) == one.value


@given(st.lists(JSON, max_size=5))
def test_a_second_reader_of_json_agrees(elements: list[Any]) -> None:
    data = json.dumps({"m": elements}, indent=1).encode()
    theirs = list(ijson.items(data, "m.item", use_float=False)) if b"\\ud" not in data else elements
    assert json.loads(json.dumps(theirs, default=float)) == values(walked(data, "/m/*", size=7))


@given(st.lists(JSON, min_size=1, max_size=4), st.integers(0, 10_000), st.sampled_from([3, 64]))
def test_whatever_is_cut_off_comes_last_and_everything_before_it_was_read(
    elements: list[Any], cut: int, size: int
) -> None:
    data = json.dumps({"m": elements}).encode("utf-8", "surrogatepass")
    cut %= len(data)
    found = walked(data[:cut], "/m/*", size=size)
    read = [one.value for one in found if isinstance(one, Found)]
    assert read == elements[: len(read)]
    assert isinstance(found[-1], Broken)
    assert (found[-1].kind, found[-1].end) == ("truncated", cut)
    assert all(isinstance(one, Found) for one in found[:-1])


@given(st.binary(max_size=80), st.sampled_from([1, 4, 100]))
def test_no_bytes_at_all_make_it_raise(data: bytes, size: int) -> None:
    for one in walked(b'{"m": [{"a": 1}, ' + data, "/m/*", "", "/m", size=size):
        assert 0 <= one.start <= one.end <= len(data) + 17


def test_lone_surrogates_nan_a_byte_order_mark_and_huge_numbers_come_through() -> None:
    data = b'\xef\xbb\xbf{"m": ["\\ud83d", NaN, 98765432109876543210, "\\ud83d\\ude00"]}'
    half, nan, big, whole = walked(data, "/m/*")
    assert isinstance(half, Found) and isinstance(nan, Found) and isinstance(big, Found) and isinstance(whole, Found)
    assert (half.value, big.value, whole.value) == ("\ud83d", 98765432109876543210, "😀")
    assert nan.value != nan.value
    assert data[half.start : half.end] == b'"\\ud83d"'


def test_of_two_equal_keys_the_last_wins_and_reading_again_says_so(tmp_path: Path) -> None:
    data = b'{"m": [{"from": "a", "from": "b"}]}'
    [one] = walked(data, "/m/*")
    assert isinstance(one, Found) and one.value == {"from": "b"}
    [part] = again(tmp_path, data, [one.locator])
    assert part.notes == ("json:key-given-twice",)


def test_bytes_that_are_no_utf8_stay_inside_their_element() -> None:
    found = walked(b'{"m": ["ok", "caf\xe9", "ok"]}', "/m/*", size=3)
    assert values(found) == ["ok", "caf\udce9", "ok"]


def test_utf16_is_refused_in_words_not_misread() -> None:
    [one] = walked('{"m": [1]}'.encode("utf-16"), "/m/*")
    assert isinstance(one, Broken) and one.kind == "not-utf-8"


def test_an_element_that_does_not_decode_costs_only_itself() -> None:
    data = b'{"m": [{"a": 1}, {"a": \\x1F, "b": [2}, {"a": "\\x1F"}, {"a": 3}]}'
    found = walked(b'{"m": [{"a": 1}, {"a": "\\x1F"}, {"a": 3}]}', "/m/*", size=5)
    assert [type(one) for one in found] == [Found, Broken, Found]
    assert isinstance(found[1], Broken) and (found[1].pointer, found[1].kind) == ("/m/1", "bad-json")
    assert walked(data, "/m/*")[0].pointer == "/m/0"


def test_a_repair_is_tried_only_where_decoding_failed_and_is_said() -> None:
    data = b'{"m": [{"a": "\\x41"}, {"a": "B"}]}'
    first, second = walked(data, "/m/*", repair=lambda text: text.replace("\\x", "\\u00"))
    assert isinstance(first, Found) and isinstance(second, Found)
    assert (first.value, first.repaired) == ({"a": "A"}, True)
    assert (second.value, second.repaired) == ({"a": "B"}, False)


def test_an_element_beyond_the_limit_is_passed_over_and_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonwindow, "ELEMENT_LIMIT", 1000)
    data = b'{"m": [1, "' + b"x" * 5000 + b'", ' + b"[" * 2000 + b"]" * 2000 + b", 2]}"
    found = walked(data, "/m/*", size=64)
    assert next((one.pointer, type(one).__name__) for one in found if one.pointer != "/m/1") == ("/m/0", "Found")
    assert isinstance(found[-1], Found) and found[-1].value == 2


def test_nesting_beyond_measure_is_an_entry_that_does_not_decode() -> None:
    deep = b"[" * 200_000 + b"]" * 200_000
    found = walked(b'{"skipped": ' + deep + b', "m": [' + deep + b", 5]}", "/m/*")
    assert [type(one) for one in found] == [Broken, Found]


def test_text_behind_the_end_is_said() -> None:
    *_, last = walked(b'{"m": [1]} {"m": [2]}', "/m/*")
    assert isinstance(last, Broken) and (last.kind, last.start, last.end) == ("trailing-data", 11, 21)


def test_pointers_escape_keys_and_patterns_can_ask_for_any_key() -> None:
    found = walked(b'{"a/b": {"~": 1, "c": [2]}}', "/a~1b/~0", "/*/c/*")
    assert next((one.pointer, one.pattern) for one in found if isinstance(one, Found)) == ("/a~1b/~0", "/a~1b/~0")
    assert placed(place(3, 9, "/a~1b/~0")) == (3, 9, "/a~1b/~0")
    with pytest.raises(ValueError, match="not a place"):
        placed("json:/a")


def test_a_head_gives_what_stands_whole_in_it() -> None:
    assert [one.value for one in walk_head(b'{"type": "x", "m": [{"a": 1}, {"a', ("/type", "/m/*"))] == ["x", {"a": 1}]


def again(folder: Path, data: bytes, locators: list[str]) -> list[Any]:
    (folder / "a.json").write_bytes(data)
    listing = list_source([folder / "a.json"], "S1")
    member = listing.members[0]
    claim = Claim("any", "any", (member,))
    wanted = [Position(member.tree_path, locator) for locator in reversed(locators)]
    return list(read_places(claim, member, wanted, lambda _: 2))


def test_places_are_read_again_in_file_order_nested_ones_from_their_elements_bytes(tmp_path: Path) -> None:
    data = b'{"m": [{"r": [{"who": "a"}, {"who": "b"}]}, 2]}'
    first, second = walked(data, "/m/*")
    inner = place(first.start, first.end, "/m/0/r/1")
    parts = again(tmp_path, data, [first.locator, inner, second.locator])  # type: ignore[union-attr]
    assert [part.value for part in parts] == [{"r": [{"who": "a"}, {"who": "b"}]}, {"who": "b"}, 2]
    assert parts[1].raw_sha256 == hashlib.sha256(data[first.start : first.end]).hexdigest()


def test_memory_stays_flat_whatever_the_size_of_the_file() -> None:
    element = json.dumps({"id": 1, "text": "word " * 40}).encode()

    def peak(count: int) -> int:
        data = b'{"m": [' + b",\n".join([element] * count) + b"]}"
        tracemalloc.start()
        assert sum(1 for _ in walk(Windows(data, 1 << 16), ("/m/*",))) == count  # type: ignore[arg-type]
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    assert peak(20_000) < peak(2_000) + (1 << 20)


def test_an_entry_that_cannot_hold_what_is_looked_for_is_told_and_null_is_none() -> None:
    data = b'{"chats": [{"m": [1]}, "gone", null, 7, [2], {"m": [3]}]}'
    found = walked(data, "/chats/*/m/*")
    assert [one.value for one in found if isinstance(one, Found)] == [1, 3]
    broken = [one for one in found if isinstance(one, Broken)]
    assert [(one.kind, data[one.start : one.end], one.pointer) for one in broken] == [
        ("stray-value", b'"gone"', "/chats/1"),
        ("stray-value", b"7", "/chats/3"),
    ]
