from __future__ import annotations

import pytest

from plainrecord.parsers.email.calendarfile import read_calendar
from plainrecord.parsers.email.calendarzones import read_zone

SUMMER = {"DTSTART": "16010101T010000", "TZOFFSETTO": "+0100", "RRULE": "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"}
WINTER = {"DTSTART": "16010101T020000", "TZOFFSETTO": "+0000", "RRULE": "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"}


def facts(*lines: str, before: str = "") -> dict[str, str]:
    event = "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT"))
    return read_calendar(f"BEGIN:VCALENDAR\r\n{before}{event}\r\nEND:VCALENDAR\r\n".encode()).facts


def notes(*lines: str) -> list[str]:
    event = "\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT"))
    return read_calendar(f"BEGIN:VCALENDAR\n{event}\nEND:VCALENDAR\n".encode()).notes


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("DTSTART:20241026T090000Z", "2024-10-26T09:00:00Z"),
        ("DTSTART;TZID=Europe/London:20241026T100000", "2024-10-26T10:00:00 in Europe/London (2024-10-26T09:00:00Z)"),
        ("DTSTART;TZID=/example.org/Europe/London:20240115T100000", "(2024-01-15T10:00:00Z)"),
        ("DTSTART;VALUE=DATE:20241026", "2024-10-26 (a whole day)"),
        ("DTSTART:20241026T100000", "2024-10-26T10:00:00, no zone stated"),
        ("DTSTART;TZID=GMT Standard Time:20241026T100000", "a zone this file does not define"),
        ("DTSTART:20240231T100000", "no time that can be read"),
    ],
)
def test_a_time_keeps_its_wall_clock_and_is_turned_into_utc_only_where_its_zone_is_known(line: str, shown: str) -> None:
    assert shown in facts(line)["event:1 starts"]


def test_an_unknown_zone_is_noted_and_never_taken_for_the_machines() -> None:
    assert notes("DTSTART;TZID=Nowhere:20241026T100000") == ["calendar:zone-not-known"]
    assert notes("DTSTART:20241026T100000") == ["calendar:time-without-zone"]


@pytest.mark.parametrize(
    ("local", "minutes"),
    [
        ("20240115T100000", 0),
        ("20240715T100000", 60),
        ("20240331T003000", 0),
        ("20240331T020000", 60),
        ("20241027T023000", 0),
    ],
)
def test_a_zone_defined_in_the_file_is_followed(local: str, minutes: int) -> None:
    rules = "".join(
        f"BEGIN:{kind}\r\n" + "".join(f"{name}:{value}\r\n" for name, value in rule.items()) + f"END:{kind}\r\n"
        for kind, rule in (("DAYLIGHT", SUMMER), ("STANDARD", WINTER))
    )
    zone = f"BEGIN:VTIMEZONE\r\nTZID:House time\r\n{rules}END:VTIMEZONE\r\n"
    shown = facts(f"DTSTART;TZID=House time:{local}", before=zone)["event:1 starts"]
    hour = int(local[9:11]) * 60 + int(local[11:13]) - minutes
    assert f"T{hour // 60:02d}:{hour % 60:02d}:00Z" in shown


@pytest.mark.parametrize(
    "rule",
    [
        {**SUMMER, "RRULE": "FREQ=DAILY"},
        {**SUMMER, "RRULE": "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=31"},
        {**SUMMER, "RRULE": "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=13"},
        {**SUMMER, "RDATE": "20240331T010000"},
        {**SUMMER, "TZOFFSETTO": "1 hour"},
        {**SUMMER, "DTSTART": "20241301T000000"},
    ],
)
def test_a_zone_with_a_rule_of_another_kind_gives_no_answer(rule: dict[str, str]) -> None:
    assert read_zone("House time", [rule, WINTER]) is None


def test_people_are_shown_with_name_address_and_answer() -> None:
    said = facts(
        'ORGANIZER;CN="Ash; Rowan: R.";SENT-BY="mailto:kim@mail.example":mailto:rowan@mail.example',
        "ATTENDEE;PARTSTAT=DECLINED:MAILTO:alex@home.exa\r\n mple",
    )
    assert said["event:1 organiser"] == "Ash; Rowan: R. <rowan@mail.example> (sent by kim@mail.example)"
    assert said["event:1 attendees"] == "alex@home.example (declined)"


def test_a_line_with_an_open_quote_still_gives_its_value() -> None:
    assert facts('SUMMARY;X="open:At the door')["event:1 summary"] == "At the door"


def test_hundreds_of_events_and_people_are_counted() -> None:
    event = "BEGIN:VEVENT\r\n" + "ATTENDEE:mailto:a@x.example\r\n" * 300 + "END:VEVENT\r\n"
    said = read_calendar(("BEGIN:VCALENDAR\r\n" + event * 50 + "END:VCALENDAR\r\n").encode()).facts
    assert said["event:more"].startswith("30 ") and len(said["event:1 attendees"]) <= 1_000


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"BEGIN:VEVENT", b"END:VCALENDAR", b"BEGIN:VCALENDAR:" * 2_000])
def test_what_is_no_calendar_gives_no_facts(data: bytes) -> None:
    assert read_calendar(data).facts == {}
