"""The time block: as found, as understood, how it was understood, and the same on every machine."""

# ruff: noqa: DTZ001 - times without a zone are what is tested here
from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.errors import UsageError
from plainrecord.times import (
    EPOCH,
    EpochUnit,
    Precision,
    TimeBlock,
    TzBasis,
    fixed_zone,
    format_offset,
    format_utc,
    from_epoch,
    from_local,
    from_offset,
    load_zone,
    order_key,
    resolve_local,
    show_local,
    to_local,
    to_utc_us,
    unreadable,
    zone_names,
)

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "plainrecord"
LONDON = "Europe/London"
# Instants that the block can hold: 0001-01-02 up to 9999-12-30.
INSTANTS = st.integers(to_utc_us(datetime(1, 1, 2, tzinfo=UTC)), to_utc_us(datetime(9999, 12, 30, tzinfo=UTC)))
ZONES = st.sampled_from(sorted(zone_names()))


def us(text: str) -> int:
    return to_utc_us(datetime.fromisoformat(text))


# --- every basis -----------------------------------------------------------------------------------------------------


def test_a_written_offset_is_kept_and_applied() -> None:
    block = from_offset("Tue, 25 Apr 2023 06:32:10 +0100", "Date", datetime(2023, 4, 25, 6, 32, 10), 60)
    assert block == TimeBlock(
        "Tue, 25 Apr 2023 06:32:10 +0100",
        "Date",
        us("2023-04-25T05:32:10+00:00"),
        "explicit_offset",
        ts_offset="+01:00",
    )
    assert block.ts_utc == "2023-04-25T05:32:10Z"


def test_a_documented_utc_time_claims_no_offset_in_the_source() -> None:
    block = from_offset("2023-04-25 05:32:10", "col:3", datetime(2023, 4, 25, 5, 32, 10), 0, documented=True)
    assert (block.tz_basis, block.ts_offset, block.ts_utc) == ("documented_utc", None, "2023-04-25T05:32:10Z")


def test_a_count_since_the_epoch_is_utc() -> None:
    assert from_epoch(0, "s", "0", "json:/t").ts_utc == "1970-01-01T00:00:00Z"
    assert from_epoch(0, "s", "0", "json:/t").tz_basis == "epoch_utc"


@pytest.mark.parametrize("basis", ["device_local_assumed", "export_locale_assumed"])
def test_an_assumed_zone_is_named_with_the_wall_clock_beside_it(basis: TzBasis) -> None:
    block = from_local(
        "25/04/2023, 06:32", "line:7", datetime(2023, 4, 25, 6, 32), LONDON, basis=basis, precision="min"
    )
    assert (block.tz_basis, block.tz_name, block.local) == (basis, LONDON, "2023-04-25T06:32:00")
    assert (block.ts_utc, block.ts_offset, block.precision) == ("2023-04-25T05:32:00Z", None, "min")


def test_a_wall_clock_without_a_zone_stays_floating() -> None:
    block = from_local("25/04/2023, 06:32", "line:7", datetime(2023, 4, 25, 6, 32), None)
    assert (block.tz_basis, block.utc_us, block.ts_utc, block.tz_name) == ("floating_unknown", None, None, None)
    assert block.local == "2023-04-25T06:32:00"


def test_a_text_nobody_can_read_is_kept_without_an_instant() -> None:
    assert unreadable("next Tuesday", "Date") == TimeBlock("next Tuesday", "Date", None, "floating_unknown")


def test_every_basis_of_the_contract_can_be_reached() -> None:
    noon = datetime(2024, 1, 1, 12)
    made = [
        from_offset("x", "w", noon, 0),
        from_offset("x", "w", noon, 0, documented=True),
        from_epoch(1, "s", "1", "w"),
        from_local("x", "w", noon, LONDON),
        from_local("x", "w", noon, LONDON, basis="export_locale_assumed"),
        from_local("x", "w", noon, None),
    ]
    assert {block.tz_basis for block in made} == set(get_args(TzBasis))


# --- hours that happen twice or never --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "local", "flag", "utc"),
    [
        (LONDON, "2024-10-27T00:59:59", "none", "2024-10-26T23:59:59+00:00"),
        (LONDON, "2024-10-27T01:00:00", "ambiguous", "2024-10-27T00:00:00+00:00"),
        (LONDON, "2024-10-27T01:59:59", "ambiguous", "2024-10-27T00:59:59+00:00"),
        (LONDON, "2024-10-27T02:00:00", "none", "2024-10-27T02:00:00+00:00"),
        (LONDON, "2024-03-31T00:59:59", "none", "2024-03-31T00:59:59+00:00"),
        (LONDON, "2024-03-31T01:00:00", "nonexistent", "2024-03-31T01:00:00+00:00"),
        (LONDON, "2024-03-31T01:30:00", "nonexistent", "2024-03-31T01:30:00+00:00"),
        (LONDON, "2024-03-31T02:00:00", "none", "2024-03-31T01:00:00+00:00"),
        ("Europe/Dublin", "2024-10-27T01:30:00", "ambiguous", "2024-10-27T00:30:00+00:00"),
        ("America/New_York", "2024-11-03T01:30:00", "ambiguous", "2024-11-03T05:30:00+00:00"),
        ("America/New_York", "2024-03-10T02:30:00", "nonexistent", "2024-03-10T07:30:00+00:00"),
        ("Australia/Lord_Howe", "2024-04-07T01:45:00", "ambiguous", "2024-04-06T14:45:00+00:00"),
        ("Australia/Lord_Howe", "2024-10-06T02:15:00", "nonexistent", "2024-10-05T15:45:00+00:00"),
        ("Pacific/Apia", "2011-12-30T12:00:00", "nonexistent", "2011-12-30T22:00:00+00:00"),
        ("Asia/Kolkata", "2024-10-27T01:30:00", "none", "2024-10-26T20:00:00+00:00"),
    ],
)
def test_hours_at_a_clock_change(zone: str, local: str, flag: str, utc: str) -> None:
    assert resolve_local(datetime.fromisoformat(local), zone) == (us(utc), flag)


@settings(max_examples=200)
@given(INSTANTS, ZONES)
def test_a_wall_clock_made_from_an_instant_leads_back_to_it_or_is_marked(utc_us: int, zone: str) -> None:
    local = to_local(utc_us, zone)
    found, flag = resolve_local(local.replace(tzinfo=None, fold=0), zone)
    if local.fold == 0:
        assert found == utc_us
    else:
        assert flag == "ambiguous"
        assert found < utc_us
    assert flag != "nonexistent"


def test_fold_and_zone_on_the_input_are_ignored_because_the_source_did_not_write_them() -> None:
    wall = datetime(2024, 10, 27, 1, 30, fold=1, tzinfo=UTC)
    assert from_local("x", "w", wall, LONDON) == from_local("x", "w", wall.replace(tzinfo=None, fold=0), LONDON)


# --- precision, units, ends of the calendar --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1_700_000_000, "s", "2023-11-14T22:13:20Z"),
        (1_700_000_000_123, "ms", "2023-11-14T22:13:20.123Z"),
        (1_700_000_000_123_456, "us", "2023-11-14T22:13:20.123456Z"),
        (1_700_000_000_123_456_789, "ns", "2023-11-14T22:13:20.123456Z"),
        (-1, "s", "1969-12-31T23:59:59Z"),
        (-1, "ms", "1969-12-31T23:59:59.999Z"),
        (-1, "ns", "1969-12-31T23:59:59.999999Z"),
    ],
)
def test_epoch_units(value: int, unit: EpochUnit, text: str) -> None:
    block = from_epoch(value, unit, str(value), "w")
    assert (block.ts_utc, block.precision) == (text, unit)


@pytest.mark.parametrize("precision", get_args(Precision))
def test_fractions_are_shown_only_where_the_precision_has_them(precision: Precision) -> None:
    text = format_utc(1_234_567, precision)
    shown = {"ms": "1970-01-01T00:00:01.234Z", "us": "1970-01-01T00:00:01.234567Z", "ns": "1970-01-01T00:00:01.234567Z"}
    assert text == shown.get(precision, "1970-01-01T00:00:01Z")


@given(INSTANTS)
def test_written_instants_read_back_and_sort_as_text(utc_us: int) -> None:
    text = format_utc(utc_us, "us")
    assert us(text.replace("Z", "+00:00")) == utc_us
    assert (text < "1970") == (utc_us < 0)
    assert len(text) == 27


def test_years_1_and_9999_are_written_with_four_digits() -> None:
    assert from_offset("x", "w", datetime(1, 1, 3), 0).ts_utc == "0001-01-03T00:00:00Z"
    assert from_offset("x", "w", datetime(9999, 12, 29, 23, 59, 59), 0).ts_utc == "9999-12-29T23:59:59Z"
    assert show_local(us("0001-01-03T00:00:00+00:00"), None) == "Wed 3 Jan 1 00:00:00 UTC"
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", LONDON):
        assert show_local(us("0001-01-02T00:00:00+00:00"), zone)
        assert show_local(us("9999-12-30T00:00:00+00:00"), zone)


@pytest.mark.parametrize(
    "block",
    [
        from_offset("x", "w", datetime(1, 1, 1), 60),
        from_offset("x", "w", datetime(9999, 12, 31, 23), -600),
        from_offset("x", "w", datetime(2024, 1, 1), 10**12),
        from_epoch(2**63, "s", "x", "w"),
        from_epoch(-(2**63), "s", "x", "w"),
        from_epoch(10**5000, "ns", "x", "w"),
        from_local("x", "w", datetime(1, 1, 1), "Pacific/Kiritimati"),
        from_local("x", "w", datetime(9999, 12, 31, 23, 59), "Pacific/Pago_Pago"),
    ],
)
def test_instants_outside_the_calendar_come_back_unreadable(block: TimeBlock) -> None:
    assert block == unreadable("x", "w")


@settings(max_examples=100)
@given(st.datetimes(), ZONES | st.none())
def test_any_wall_clock_in_any_zone_gives_a_block(local: datetime, zone: str | None) -> None:
    block = from_local("x", "w", local, zone)
    assert block.ts_raw == "x"
    assert (block.ts_utc is None) == (block.utc_us is None)


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)), st.integers(-1440, 1440))
def test_an_offset_means_what_datetime_means_by_it(local: datetime, minutes: int) -> None:
    minutes = max(-1439, min(1439, minutes))
    block = from_offset("x", "w", local, minutes)
    assert block.utc_us == to_utc_us(local.replace(tzinfo=timezone(timedelta(minutes=minutes))))
    assert block.ts_offset == format_offset(minutes)


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "+00:00"), (60, "+01:00"), (-330, "-05:30"), (-15, "-00:15"), (845, "+14:05")]
)
def test_offsets_are_written_with_sign_hours_and_minutes(minutes: int, text: str) -> None:
    assert format_offset(minutes) == text
    assert EPOCH.astimezone(fixed_zone(minutes)).isoformat()[-6:] == text


def test_a_floating_time_has_no_instant() -> None:
    with pytest.raises(ValueError, match="floating"):
        to_utc_us(datetime(2024, 1, 1))


# --- order -----------------------------------------------------------------------------------------------------------


def test_the_timeline_sorts_by_instant_then_source_then_place_and_undated_last() -> None:
    keys = [
        order_key(-5, "S02", "", "bytes:0-9"),
        order_key(0, "S01", "", "bytes:900-1000"),
        order_key(0, "S01", "", "bytes:1000-1200"),
        order_key(0, "S01", "", "bytes:1000-1200#part:2"),
        order_key(0, "S01", "", "bytes:1000-1200#part:10"),
        order_key(0, "S01", "b", "file"),
        order_key(0, "S02", "", "json:/messages/9"),
        order_key(0, "S02", "", "json:/messages/10"),
        order_key(None, "S01", "", "file"),
    ]
    assert sorted([*keys[4:], *keys[:4]]) == keys


@given(st.text(max_size=12), st.text(max_size=12))
def test_any_two_places_can_be_ordered_and_differ_when_they_differ(one: str, other: str) -> None:
    first, second = order_key(0, "S01", "", one), order_key(0, "S01", "", other)
    assert (first < second) or (second < first) or first == second
    assert order_key(0, "S01", "", "9" * 5000) > order_key(0, "S01", "", "9" * 4999)


# --- shown to people -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("utc", "zone", "shown"),
    [
        ("2023-04-25T05:32:10+00:00", LONDON, "Tue 25 Apr 2023 06:32:10 BST (05:32:10 UTC)"),
        ("2024-10-27T00:30:00+00:00", LONDON, "Sun 27 Oct 2024 01:30:00 BST (00:30:00 UTC)"),
        ("2024-10-27T01:30:00+00:00", LONDON, "Sun 27 Oct 2024 01:30:00 GMT (01:30:00 UTC)"),
        ("2024-06-30T23:30:00+00:00", LONDON, "Mon 1 Jul 2024 00:30:00 BST (Sun 30 Jun 2024 23:30:00 UTC)"),
        (
            "2024-01-01T00:00:00+00:00",
            "America/Sao_Paulo",
            "Sun 31 Dec 2023 21:00:00 -03:00 (Mon 1 Jan 2024 00:00:00 UTC)",
        ),
        ("2024-01-01T00:00:00+00:00", "Asia/Kathmandu", "Mon 1 Jan 2024 05:45:00 +05:45 (00:00:00 UTC)"),
        ("2024-01-01T00:00:00+00:00", None, "Mon 1 Jan 2024 00:00:00 UTC"),
    ],
)
def test_a_time_is_shown_with_its_zone_and_in_utc(utc: str, zone: str | None, shown: str) -> None:
    assert show_local(us(utc), zone) == shown


# --- zones -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "zone",
    ["", "localtime", "posixrules", "right/Europe/London", "europe/london", "Europe", "/etc/localtime", "../zones",
     "Europe/../Europe/London", "a\0b", "\ud83d", "BST+1", "x" * 10_000],
)  # fmt: skip
def test_a_zone_that_is_not_in_the_shipped_table_is_refused(zone: str) -> None:
    with pytest.raises(UsageError, match="no time zone called"):
        load_zone(zone)


def test_every_zone_of_the_table_loads() -> None:
    assert LONDON in zone_names()
    for name in zone_names():
        assert load_zone(name).key == name


# --- the machine does not matter -------------------------------------------------------------------------------------

PROBE = """
from datetime import datetime
from plainrecord.times import *
print(show_local(1_714_000_000_000_000, "Europe/London"), show_local(0, None))
print(from_local("x", "w", datetime(2024, 10, 27, 1, 30), "Europe/London"))
print(from_local("x", "w", datetime(2024, 10, 27, 1, 30), None), from_epoch(5, "ms", "5", "w").ts_utc)
print(from_offset("x", "w", datetime(2024, 3, 10, 2, 30), -300).ts_utc, format_utc(-62135000000000000))
"""


def test_output_is_the_same_under_any_zone_locale_and_zone_table_of_the_machine(tmp_path: Path) -> None:
    machines = [
        {"TZ": "UTC", "LC_ALL": "C"},
        {"TZ": "America/New_York", "LC_ALL": "de_DE.UTF-8"},
        {"TZ": "Asia/Kolkata", "PYTHONTZPATH": str(tmp_path)},
        {"TZ": "Pacific/Kiritimati", "LANG": "tr_TR.UTF-8"},
    ]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROBE],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **machine},
            cwd=tmp_path,
            capture_output=True,
            check=True,
        ).stdout
        for machine in machines
    }
    assert len(outputs) == 1


# Where a program begins: these may ask the machine for the time (never for its zone) and hand a clock to the rest.
FRONTS = ("cli.py", "cli_options.py", "guide/", "capture/", "doctor.py", "__main__.py")
ALWAYS_LOCAL = {
    "datetime.utcnow", "datetime.utcfromtimestamp", "datetime.today", "date.today", "date.fromtimestamp",
    "time.localtime", "time.gmtime", "time.strftime", "time.ctime", "time.asctime", "time.mktime", "time.tzset",
    "ZoneInfo", "zoneinfo.ZoneInfo", "tzlocal", "get_localzone", "email.utils.localtime", "utils.localtime",
    "locale.setlocale", "locale.getlocale",
}  # fmt: skip
CLOCKS = {"datetime.now", "time.time", "time.time_ns"}


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def asks_the_machine(call: ast.Call, *, front: bool) -> bool:
    name = dotted(call.func)
    last_two = ".".join(name.split(".")[-2:])
    arguments = len(call.args) + len(call.keywords)
    if last_two in ALWAYS_LOCAL or name in ALWAYS_LOCAL:
        return True
    if last_two in CLOCKS:
        return not front or (last_two == "datetime.now" and arguments == 0)
    if name.endswith(".fromtimestamp"):
        return arguments < 2
    return isinstance(call.func, ast.Attribute) and call.func.attr == "astimezone" and arguments == 0


def questions(source: str, *, front: bool = False) -> Iterator[int]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and asks_the_machine(node, front=front):
            yield node.lineno


def test_nothing_in_the_package_reads_the_zone_locale_or_clock_of_the_machine() -> None:
    asked = []
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE).as_posix()
        lines = questions(path.read_text(encoding="utf-8"), front=inside.startswith(FRONTS))
        asked += [f"{inside}:{line}" for line in lines]
    assert asked == []


@pytest.mark.parametrize(
    "source",
    ["datetime.now()", "datetime.datetime.now()", "datetime.fromtimestamp(x)", "dt.datetime.fromtimestamp(x)",
     "moment.astimezone()", "f().astimezone()", "time.localtime()", "date.today()", "ZoneInfo('localtime')",
     "datetime.now(UTC)", "time.time()"],
)  # fmt: skip
def test_the_reader_above_finds_each_way_of_asking(source: str) -> None:
    assert list(questions(source)) == [1]


def test_a_front_may_ask_for_the_time_in_utc_but_not_for_the_zone() -> None:
    assert list(questions("datetime.now(UTC)", front=True)) == []
    assert list(questions("datetime.now()", front=True)) == [1]
    assert list(questions("datetime.fromtimestamp(x, UTC)\nmoment.astimezone(UTC)\ntime.monotonic()")) == []
