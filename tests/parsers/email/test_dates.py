"""Date texts (trap 11)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.parsers.email.dates import date_block, read_date, received_date
from plainrecord.times import TimeBlock


def _block(text: str, zone: str | None = None) -> TimeBlock:
    return date_block(text.encode(), "Date", zone)[0]


def _notes(text: str) -> tuple[str, ...]:
    return date_block(text.encode(), "Date", None)[1]


@pytest.mark.parametrize(
    ("text", "utc", "offset"),
    [
        ("Tue, 21 Jan 2014 05:30:14 +0100", "2014-01-21T04:30:14Z", "+01:00"),
        ("Tue, 21 Jan 2014 05:30:14 -0500 (EST)", "2014-01-21T10:30:14Z", "-05:00"),
        ("21 Jan 2014 05:30 +0000", "2014-01-21T05:30:00Z", "+00:00"),
        ("Mon, 21 Jan 2014 05:30:14 GMT", "2014-01-21T05:30:14Z", "+00:00"),
        ("Tue, 21 Jan 2014 05:30:14 EDT", "2014-01-21T09:30:14Z", "-04:00"),
        ("Tue, 21 January 2014 05.30.14 PST", "2014-01-21T13:30:14Z", "-08:00"),
        ("Tue, 21 Jan 2014 05:30:14 Z", "2014-01-21T05:30:14Z", "+00:00"),
        ("Tue Jan 21 05:30:14 2014 +0100", "2014-01-21T04:30:14Z", "+01:00"),
        ("Tue Jan 21 05:30:14 +0000 2014", "2014-01-21T05:30:14Z", "+00:00"),
        ("2014-01-21T05:30:14+01:00", "2014-01-21T04:30:14Z", "+01:00"),
        ("Tue, 21 Jan 2014 05:30:14 (a (nested) note) +0100 .", "2014-01-21T04:30:14Z", "+01:00"),
        ("Thu, 31 Dec 1998 23:59:60 +0000", "1999-01-01T00:00:00Z", "+00:00"),
        ("Fri, 1 Jan 1904 00:00:00 +0000", "1904-01-01T00:00:00Z", "+00:00"),
        ("Tue, 19 Jan 2038 03:14:08 +0000", "2038-01-19T03:14:08Z", "+00:00"),
        ("Tue, 21 Jan 2014 5:3:4 +0100", "2014-01-21T04:03:04Z", "+01:00"),
        ("Tue, 21 Jan 2014 05:30:4 +0100", "2014-01-21T04:30:04Z", "+01:00"),
        ("Tue, 21 Jan 2014 05:30:14 PM -0400", "2014-01-21T21:30:14Z", "-04:00"),
        ("Tue Jan 21 05:30:14 PM 2014 -0400", "2014-01-21T21:30:14Z", "-04:00"),
        ("Tue, 21 Jan 2014 12:30:14 am +0000", "2014-01-21T00:30:14Z", "+00:00"),
        ("Tue Jan 21 05:30:14 2014 pm +0100", "2014-01-21T16:30:14Z", "+01:00"),
    ],
)
def test_trap_11_written_offsets_give_instants(text: str, utc: str, offset: str) -> None:
    block = _block(text)
    assert (block.ts_utc, block.ts_offset, block.tz_basis) == (utc, offset, "explicit_offset")
    assert block.ts_raw == text


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "CEST",
        "BST",
        "IST",
        "A",
        "UTC+3",
        "GMT+0300",
        "+1",
        "+100",
        "+9999",
        "-2400",
        "MET DST",
        "Mitteleuropäische Zeit",
    ],
)
def test_trap_11_zones_nobody_can_be_sure_of_stay_floating(zone: str) -> None:
    block = _block(f"Tue, 21 Jan 2014 05:30:14 {zone}")
    assert (block.utc_us, block.tz_basis, block.local) == (None, "floating_unknown", "2014-01-21T05:30:14")


def test_trap_11_minus_zero_is_utc_without_a_local_offset() -> None:
    block = _block("Tue, 21 Jan 2014 05:30:14 -0000")
    assert (block.ts_utc, block.ts_offset, block.tz_basis) == ("2014-01-21T05:30:14Z", None, "documented_utc")
    assert _notes("Tue, 21 Jan 2014 05:30:14 -0000") == ("date:minus-zero-offset",)


@pytest.mark.parametrize(
    ("year", "full", "note"),
    [
        ("02", 2002, "date:two-digit-year"),
        ("49", 2049, "date:two-digit-year"),
        ("50", 1950, "date:two-digit-year"),
        ("99", 1999, "date:two-digit-year"),
        ("124", 2024, "date:three-digit-year"),
    ],
)
def test_trap_11_short_years_follow_rfc_5322(year: str, full: int, note: str) -> None:
    text = f"21 Jan {year} 05:30:14 +0000"
    assert _block(text).ts_utc == f"{full}-01-21T05:30:14Z"
    assert _notes(text) == (note,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "31 Feb 2014 05:30:14 +0000",
        "21 Jan 2014 24:00:00 +0000",
        "Di, 21 Mär 2014 05:30:14 +0100",
        "0",
        "x" * 1000,
    ],
)
def test_trap_11_unreadable_dates_are_kept_and_never_become_1970(text: str) -> None:
    block = _block(text)
    assert (block.utc_us, block.ts_raw, block.local) == (None, text, None)


def test_a_zone_the_person_named_is_used_only_where_the_text_has_none() -> None:
    assert _block("Tue, 21 Jan 2014 05:30:14", "Europe/Paris").ts_utc == "2014-01-21T04:30:14Z"
    assert _block("Tue, 21 Jan 2014 05:30:14", "Europe/Paris").tz_basis == "device_local_assumed"
    assert _block("Tue, 21 Jan 2014 05:30:14 +0000", "Europe/Paris").ts_utc == "2014-01-21T05:30:14Z"


def test_received_dates_stand_after_the_last_semicolon_outside_comments() -> None:
    raw = b" from a (b; c) by d with SMTP id e;\n Tue, 21 Jan 2014 05:30:14 +0100 (CET; really)"
    assert received_date(raw).strip() == b"Tue, 21 Jan 2014 05:30:14 +0100 (CET; really)"
    assert received_date(b" from a by b") == b""


@settings(max_examples=150, deadline=None)
@given(st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_the_shortcut_and_the_full_reader_and_the_standard_library_agree(moment: datetime, minutes: int) -> None:
    sign, size = "-" if minutes < 0 else "+", abs(minutes)
    text = f"{format_datetime(moment.replace(tzinfo=UTC))[:-5]}{sign}{size // 60:02d}{size % 60:02d}"
    expected = parsedate_to_datetime(text)
    found = read_date(text)
    assert found is not None
    if text.endswith("-0000"):
        return
    assert _block(text).utc_us == int(expected.timestamp()) * 1_000_000
    assert found.utc() == expected.astimezone(UTC).replace(tzinfo=None)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789:+-. ,()JanTueFebUTCGMZ\n\x80", max_size=60))
def test_any_text_can_be_asked_for_its_date(text: str) -> None:
    assert _block(text, "Europe/London").ts_raw == text.strip(" \t\r\n")


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("31 May 02 1:28:53 PM", "2002-05-31T13:28:53"),
        ("31 May 02 11:28:53 AM", "2002-05-31T11:28:53"),
        ("Tuesday, January 21, 2014 9:05 PM", "2014-01-21T21:05:00"),
        ("January 21, 2014 at 12:05 PM", "2014-01-21T12:05:00"),
        ("21 Jan 2014 13:05:00 PM", "2014-01-21T13:05:00"),
    ],
)
def test_trap_11_half_days_are_no_zone(text: str, local: str) -> None:
    block = _block(text)
    assert (block.local, block.ts_utc, block.tz_basis) == (local, None, "floating_unknown")


@pytest.mark.parametrize("text", ["Tue, 21 Jan 2014 5:3", "Tue, 21 Jan 2014 05:30:1"])
def test_trap_11_a_lone_last_digit_may_have_been_cut(text: str) -> None:
    assert _block(text).local in (None, "2014-01-21T05:30:00")
