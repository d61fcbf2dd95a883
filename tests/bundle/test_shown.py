"""Text out of evidence made fit to be shown."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.bundle.shown import _HIDDEN, html, one_line, seal_groups, shown_time, visible
from plainrecord.bundle.timeline import LONGEST_CELL, CsvRows, cell
from plainrecord.records import TimeModel, valid_text
from plainrecord.times import from_epoch, unreadable


@settings(max_examples=150)
@given(st.text(alphabet=st.characters(), max_size=60))
def test_nothing_hidden_and_no_markup_survives(text: str) -> None:
    shown = html(text)
    shown.encode("utf-8")
    assert not set(shown) & set("<>\"'\x00\x1b\u202e\u2066\u200b\ufeff\r\x85")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a[U+0000]b"),
        ("exe\u202egpj", "exe[U+202E]gpj"),
        ("a\r\nb\rc", "a\nb[U+000D]c"),
        ("tag\U000e0041", "tag[U+E0041]"),
        ("half \ud83d emoji", "half \ufffd emoji"),
        ("family 👨\u200d👩 and \u200ean LRM", "family 👨\u200d👩 and \u200ean LRM"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_hidden_characters_are_named_and_harmless_ones_left_alone(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_a_cell_never_starts_a_formula(start: str) -> None:
    assert cell(start + "cmd|' /C calc'!A0").startswith("'")


def test_a_cell_never_outgrows_a_spreadsheet_and_says_so() -> None:
    text = cell("x" * 40_000)
    assert len(text) < 32_767
    assert "40,000 characters, whole in data/items/messages.jsonl" in text
    assert len(cell("x" * LONGEST_CELL)) == LONGEST_CELL


def test_a_row_is_quoted_as_rfc_4180_says() -> None:
    rows = CsvRows()
    assert rows.row(('say "x"', "a,b", "line\nend", "")) == '"say ""x""","a,b","line\nend",\r\n'
    assert rows.row(("next",)) == "next\r\n"


@given(st.lists(st.text('a ,"\r\n=\t\x00\u202e1', max_size=70), min_size=2, max_size=4))
def test_a_row_is_what_the_csv_module_would_write_of_safe_cells(values: list[str]) -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow([cell(value) for value in values])
    assert CsvRows().row(values) == written.getvalue()


def test_a_preview_is_one_bounded_line() -> None:
    assert one_line("a\n\n b\tc", 20) == "a b c"
    assert one_line("word " * 1000, 20) == "word word word word …"


def test_times_say_what_is_not_known() -> None:
    known = TimeModel.of(from_epoch(1682400730, "s", "1682400730", "ts")).model_dump()
    assert shown_time(known, "Europe/London", 1682400730_000_000) == "Tue 25 Apr 2023 06:32:10 BST (05:32:10 UTC)"
    minute = TimeModel.of(from_epoch(1682400720, "s", "x", "ts", precision="min")).model_dump()
    assert shown_time(minute, None, 1682400720_000_000).endswith("to the minute")
    lost = TimeModel.of(unreadable("sometime", "Date")).model_dump()
    assert shown_time(lost, "Europe/London", None) == "Undated, written “sometime”"


def test_a_seal_is_read_aloud_in_eight_groups_of_eight() -> None:
    groups = seal_groups("0123456789abcdef" * 4)
    assert len(groups) == 8
    assert {len(group) for group in groups} == {8}


@given(st.text(st.characters() | st.sampled_from("\n\t\r\u200b\u2028\u202e\ufeff\ud83d\ude21é😡"), max_size=12))
def test_the_quick_look_for_hidden_characters_misses_none(text: str) -> None:
    shown = visible(text)
    assert _HIDDEN.search(shown) is None
    assert shown == _HIDDEN.sub(lambda match: f"[U+{ord(match[0]):04X}]", valid_text(text).replace("\r\n", "\n"))
