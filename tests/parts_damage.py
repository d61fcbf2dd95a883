"""Damage for what stands inside mails: wrapped, sealed, rich and calendar parts, header lines; their readers never raise."""

from __future__ import annotations

import random
from collections.abc import Callable

from mail_damage import mutated, overwritten
from outlook_craft import BINARY, INT, TEXT, TEXT_8BIT, TIME, attribute, packed_rtf, tnef, tnef_properties
from plainrecord.parsers.email.authresults import read_results, tags
from plainrecord.parsers.email.calendarfile import read_calendar
from plainrecord.parsers.email.cms import open_container
from plainrecord.parsers.email.lzfu import unpack_rtf
from plainrecord.parsers.email.received import read_hop
from plainrecord.parsers.email.reports import about, read_report
from plainrecord.parsers.email.rtf import read_rtf
from plainrecord.parsers.email.tnef import read_tnef

RTF = rb"{\rtf1\ansi\ansicpg1252\fromhtml1{\fonttbl{\f0\fcharset204 A;}}\uc1{\*\htmltag64 <p>}\f0 Caf\'e9 \u8364 ?\bin2 {}{\pict 00}\par}"
ZONE = (
    b"BEGIN:VTIMEZONE\nTZID:House\nBEGIN:STANDARD\nDTSTART:16010101T020000\nTZOFFSETTO:+0000\n"
    b"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nEND:VTIMEZONE\n"
)
CALENDAR = (
    b"BEGIN:VCALENDAR\nMETHOD:REQUEST\n" + ZONE + b'BEGIN:VEVENT\nORGANIZER;CN="Ash; Rowan":mailto:rowan@mail.example\n'
    b"DTSTART;TZID=House:20241026T100000\nDTEND;TZID=Europe/London:20241027T013000\nSUMMARY:A\\, b\n c\nEND:VEVENT\nEND:VCALENDAR\n"
)
WRAPPED = tnef(
    attribute(1, 0x8004, 1, b"Hi\0"),
    attribute(1, 0x9003, 6, tnef_properties({(0x1009, BINARY): packed_rtf(RTF), (0x8005, INT): 1, (0x0039, TIME): 5})),
    attribute(2, 0x9002, 6, bytes(14)),
    attribute(2, 0x800F, 6, b"data"),
    attribute(2, 0x9005, 6, tnef_properties({(0x3707, TEXT): "long name", (0x370E, TEXT_8BIT): "text/plain"})),
)
SEALED = (
    bytes.fromhex("30800609")
    + bytes.fromhex("2a864886f70d010702")
    + bytes.fromhex("a080308002010131003080060b2a864886f70d0109100101a080248004036162630000000000003100000000000000")
)
HOP = (
    b"from a.example (b.example [198.51.100.7] (x)) by c.example (Postfix; y) with ESMTP id 1 for <d@e.example>;"
    b" Mon, 21 Oct 2024 08:05:07 +0100"
)
REPORT = b"Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@x.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
RESULTS = b"mx.example 1; dkim=pass (a; (b)) header.d=x.example; spf=fail"

READERS: list[tuple[bytes, Callable[[bytes], object]]] = [
    (RTF, read_rtf),
    (packed_rtf(RTF * 3), unpack_rtf),
    (WRAPPED, read_tnef),
    (SEALED, open_container),
    (CALENDAR, read_calendar),
    (HOP, lambda data: read_hop(data, 1)),
    (REPORT, lambda data: read_report("message/delivery-status", data)),
    (REPORT, lambda data: read_report("message/disposition-notification", data)),
    (REPORT, about),
    (RESULTS, read_results),
    (RESULTS, tags),
]


def read_damaged_parts(count: int, seed: str) -> int:
    """Read `count` damaged parts, bytes moved and bytes in place by turns; how many were read."""
    rng = random.Random(seed)
    for number in range(count):
        sample, reader = READERS[number % len(READERS)]
        data = mutated(sample, rng) if number // len(READERS) % 2 else overwritten(bytearray(sample), rng)
        reader(data)
    return count
