"""Which of a mail's dates is its time, and that none is lost."""

from __future__ import annotations

from datetime import datetime

from plainrecord.parsers.email.message import ContainerFacts
from plainrecord.times import TimeBlock, from_epoch, from_local
from reading_mail import envelope, load

HOPS = (
    b"Received: from b by c; Tue, 21 Jan 2014 05:31:00 +0000\n"
    b"Received: from a by b; Tue, 21 Jan 2014 00:30:30 -0500 (EST)\n"
)


def _stored(epoch: int) -> TimeBlock:
    return from_epoch(epoch, "s", str(epoch), "From_", meaning="stored")


def test_a_readable_date_is_the_time() -> None:
    found = envelope(b"Date: Tue, 21 Jan 2014 05:30:14 +0000\n" + HOPS + b"\n")
    assert (found.time.ts_utc, found.time.where, found.time.meaning) == ("2014-01-21T05:30:14Z", "Date", "sent")
    assert not any(note.startswith("date:") for note in found.notes)


def test_without_an_instant_the_topmost_received_line_stands_in() -> None:
    for date in (b"Date: Tue, 21 Jan 2014 05:30:14 CEST\n", b"Date: gestern\n", b""):
        found = envelope(date + HOPS + b"\n")
        assert (found.time.ts_utc, found.time.where, found.time.meaning) == (
            "2014-01-21T05:31:00Z",
            "Received[1]",
            "received",
        )
        assert "date:fallback-received" in found.notes


def test_without_received_lines_the_container_stands_in() -> None:
    found = envelope(b"Date: gestern\n\n", ContainerFacts(dates=(_stored(1_390_282_300),)))
    assert (found.time.where, found.time.ts_utc) == ("From_", "2014-01-21T05:31:40Z")
    assert found.notes[-2:] == ("date:unreadable", "date:fallback-container")


def test_a_floating_date_is_kept_when_there_is_nothing_else() -> None:
    found = envelope(b"Date: Tue, 21 Jan 2014 05:30:14\n\n")
    assert (found.time.utc_us, found.time.local) == (None, "2014-01-21T05:30:14")
    floating = from_local("x", "From_", datetime(2014, 1, 21, 5, 30), None, meaning="stored")
    assert envelope(b"\n", ContainerFacts(dates=(floating,))).time == floating


def test_a_missing_date_is_never_1970() -> None:
    found = envelope(b"From: a@x.example\n\n")
    assert (found.time.utc_us, found.time.ts_raw) == (None, "")
    assert "date:missing" in found.notes


def test_a_named_zone_gives_a_date_without_offset_its_instant() -> None:
    found = envelope(b"Date: Tue, 21 Jan 2014 05:30:14\n" + HOPS + b"\n", timezone="Europe/London")
    assert (found.time.ts_utc, found.time.tz_basis) == ("2014-01-21T05:30:14Z", "device_local_assumed")


def test_a_date_later_than_its_own_arrival_is_not_believed_but_kept() -> None:
    raw = b"Date: Fri, 24 Jan 2014 05:30:14 +0000\n" + HOPS + b"\n"
    found = load(raw)
    assert found.envelope.time.where == "Received[1]"
    assert {"date:implausible", "date:fallback-received"} <= set(found.envelope.notes)
    assert found.dates[0].ts_utc == "2014-01-24T05:30:14Z"


def test_a_date_before_1990_is_not_believed_when_something_better_is_there() -> None:
    raw = b"Date: Thu, 1 Jan 1970 00:00:00 +0000\n"
    assert envelope(raw + HOPS + b"\n").time.where == "Received[1]"
    alone = envelope(raw + b"\n")
    assert alone.time.where == "Date"
    assert "date:implausible" in alone.notes


def test_a_date_long_before_arrival_stands_and_is_noted() -> None:
    found = envelope(b"Date: Wed, 1 Jan 2014 05:30:14 +0000\n" + HOPS + b"\n")
    assert found.time.where == "Date"
    assert "date:earlier-than-received" in found.notes


def test_every_date_is_kept_with_where_it_stood() -> None:
    raw = (
        b"Date: Tue, 21 Jan 2014 05:30:14 +0000\nDate: yesterday\n" + HOPS + b"Received: by nobody\n"
        b"X-Received: by d; Tue, 21 Jan 2014 05:30:40 +0000\nResent-Date: Wed, 22 Jan 2014 05:30:14 +0000\n\n"
    )
    dates = load(raw, ContainerFacts(dates=(_stored(1_390_282_300),))).dates
    assert [(d.where, d.ts_utc) for d in dates] == [
        ("Date", "2014-01-21T05:30:14Z"),
        ("Date[2]", None),
        ("Received[1]", "2014-01-21T05:31:00Z"),
        ("Received[2]", "2014-01-21T05:30:30Z"),
        ("Received[3]", None),
        ("X-Received[1]", "2014-01-21T05:30:40Z"),
        ("Resent-Date", "2014-01-22T05:30:14Z"),
        ("From_", "2014-01-21T05:31:40Z"),
    ]
    assert dates[3].ts_offset == "-05:00"
    assert dates[4].ts_raw == "by nobody"


def test_the_date_of_a_from_line_never_overrules_a_date() -> None:
    """Programs write one date before every mail: 1970, 8 July 2011, 17 September 2001, the day of the export."""
    for epoch in (0, 1_000_684_800, 1_310_126_914):
        found = envelope(b"Date: Tue, 21 Jan 2014 05:30:14 +0000\n\n", ContainerFacts(dates=(_stored(epoch),)))
        assert (found.time.ts_utc, found.time.where) == ("2014-01-21T05:30:14Z", "Date")
        assert "date:later-than-container" in found.notes or not epoch
    exported = envelope(b"Date: Tue, 21 Jan 2014 05:30:14 +0000\n\n", ContainerFacts(dates=(_stored(1_700_000_000),)))
    assert exported.time.where == "Date"
    assert not any(note.startswith("date:") for note in exported.notes)


def test_a_from_line_of_1970_is_no_time_of_a_mail() -> None:
    found = envelope(b"From: a@x.example\n\n", ContainerFacts(dates=(_stored(0),)))
    assert (found.time.utc_us, found.time.ts_raw) == (None, "")
