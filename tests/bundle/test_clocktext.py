"""Instants in words from tables say what the careful functions say, in every zone and around every change of clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.bundle.clocktext import ClockText, clock_text
from plainrecord.times import format_utc, show_local, to_local, to_utc_us, zone_names

FIRST, LAST = -62_135_510_400_000_000, 253_402_128_000_000_000
NAMES = sorted(zone_names())
INSTANTS = st.one_of(
    st.integers(FIRST, LAST),
    st.integers(946_684_800, 2_000_000_000).map(lambda second: second * 1_000_000),
    st.integers(-3_000_000_000, 4_000_000_000).map(lambda second: second // 1800 * 1_800_000_000),
)


@given(INSTANTS, st.sampled_from([None, "Europe/London", *NAMES]))
def test_an_instant_reads_as_the_careful_functions_write_it(utc_us: int, zone: str | None) -> None:
    clock = ClockText(zone)
    for at in (utc_us, utc_us + 1_000_000, utc_us - 43_200_000_000):
        if FIRST <= at <= LAST:
            assert clock.both(at) == (format_utc(at), show_local(at, zone))
            assert clock.utc(at) == format_utc(at)


@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_first_and_the_last_instant_there_is_can_be_written(moment: datetime) -> None:
    at = to_utc_us(moment)
    assert clock_text(None).utc(at) == format_utc(at)


@given(st.lists(INSTANTS, max_size=5), st.sampled_from([None, "Europe/London", *NAMES]))
def test_months_of_many_instants_are_those_of_each(instants: list[int], zone: str | None) -> None:
    clock = ClockText(zone)
    near = [at + step for at in instants for step in (-43_200_000_000, 0, 1, 3_600_000_000, 86_399_999_999)]
    every = [at for at in near if FIRST <= at <= LAST]
    assert clock.months(every) == [ClockText(zone).month(at) for at in every]


@pytest.mark.parametrize(
    "zone", ["Europe/London", "Africa/Casablanca", "Antarctica/Troll", "Asia/Kathmandu", "Pacific/Apia"]
)
def test_every_half_hour_of_some_years_reads_the_same(zone: str) -> None:
    clock, dice = ClockText(zone), Random(7)
    for half_hour in range(dice.randint(0, 5), 6 * 366 * 48, 7):
        at = 1_262_304_000_000_000 + half_hour * 1_800_000_000
        assert clock.both(at)[1] == show_local(at, zone)
        here = to_local(at, zone)
        assert clock.month(at).split() == [MONTHS[here.month - 1], str(here.year)]


MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
