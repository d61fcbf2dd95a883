from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.parsers.tabularcsv import open_quote, split_cells
from plainrecord.parsers.tabulartimes import order_shown, serial, written


@pytest.mark.parametrize(
    ("text", "order", "local"),
    [
        ("2024-11-08 17:10", None, datetime(2024, 11, 8, 17, 10)),
        ("8/11/2024, 5:10\u202fPM", "DMY", datetime(2024, 11, 8, 17, 10)),
        ("8/11/2024 12:10 a.m.", "MDY", datetime(2024, 8, 11, 0, 10)),
        ("Oct 27, 2024 at 1:30 am", None, datetime(2024, 10, 27, 1, 30)),
        ("Sunday, 27 October 2024", None, datetime(2024, 10, 27)),
        ("27.10.24 01:30", "DMY", datetime(2024, 10, 27, 1, 30)),
        ("27 Oct 2024 24:00", None, datetime(2024, 10, 28)),
    ],
)
def test_times_are_read_in_the_order_that_was_said(text: str, order: str | None, local: datetime) -> None:
    found = written(text, order)
    assert found and found.local == local


@pytest.mark.parametrize(
    "text", ["8/11/2024", "13/25/2024", "31/02/2024", "soon", "", "2024-11-08 25:00", "31/12/9999 24:00"]
)
def test_what_is_open_or_no_time_is_not_read(text: str) -> None:
    assert written(text, None if text == "8/11/2024" else "DMY") is None


def test_an_offset_in_the_text_counts() -> None:
    found = written("2024-11-08T17:10:05.123+01:00", None)
    assert found and (found.offset, found.precision) == (60, "ms")


def test_one_number_above_twelve_shows_the_order_and_two_sides_contradict() -> None:
    assert order_shown(["1/2/2024", "13/2/2024"]).order == "DMY"
    assert order_shown(["1/2/2024", "2/13/2024"]).order == "MDY"
    assert order_shown(["1/2/2024"]).open_text == "1/2/2024"
    assert order_shown(["13/2/2024", "2/13/2024"]).contradicted
    assert order_shown(["2024-02-13"]).open_text == ""


@given(st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 30)).map(lambda one: one.replace(microsecond=0)))
def test_a_serial_number_and_back(moment: datetime) -> None:
    found = serial(repr((moment - datetime(1899, 12, 30)) / timedelta(days=1)), since_1904=False)
    assert found and found.local == moment


def test_days_before_the_false_leap_day_count_from_the_last_of_december() -> None:
    first, after = serial("1", since_1904=False), serial("61", since_1904=False)
    assert first and first.local == datetime(1900, 1, 1)
    assert after and after.local == datetime(1900, 3, 1)
    assert serial("60", since_1904=False) is None


@given(st.lists(st.text(alphabet='a;,"\r\n ', max_size=6), min_size=1, max_size=5))
def test_cells_written_with_quotes_come_back_as_they_were(cells: list[str]) -> None:
    line = ";".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    assert split_cells(line, ";") == cells
    inside = False
    for part in line.split("\n"):
        inside = open_quote(part + "\n", ";", inside=inside)
    assert not inside
