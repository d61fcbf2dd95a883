from __future__ import annotations

import pytest

from plainrecord.parsers.email.separators import from_line_time, is_undated, judge_from_line

HEADERS = b"Subject: x\nFrom: a@x.example\n\n"

ACCEPTED = [
    b"From user@host.example Tue Jan 21 05:30:14 2014",
    b"From user@host.example  Thu Aug  2 12:36:23 2002",
    b"From 1457861861978585811@xxx Tue Jan 21 05:30:14 2014",
    b"From 1457861861978585811@xxx Tue Jan 21 05:30:14 +0000 2014",
    b"From user Tue Jan 21 05:30:14 2014 +0100",
    b"From user Tue Jan 21 05:30:14 MET 2014",
    b"From user Tue Jan 21 05:30:14 2014 MET DST",
    b"From - Tue Jan 21 05:30:14 2014",
    b"From user 21 Jan 2014 05:30",
    b"From user Jan 21 05:30 2014",
    b'From "name with spaces"@host.example Tue Jan 21 05:30:14 2014',
    b"From MAILER-DAEMON Tue Jan 21 05:30:14 2014",
    b"From ???@??? Tue Jan 21 05:30:14 2014",
    b"From uucp!path!user Mon Jan 21 05:30:14 1991 remote from host",
    "From josé@host.example Tue Jan 21 05:30:14 2014".encode("latin-1"),
    b"From Tue Jan 21 05:30:14 2014",
    b"From user@host.example Tue Jan 21 05:30:14 2014\r",
    b"From",
    b"From ",
    b"From \r",
]
REFUSED = [
    b"From now on I will wait at the gate.",
    b"From what I hear, on Tue Jan 21 05:30:14 2014 you were out",
    b"From user Tue Jan 21 05:30:14 2014<br>",
    b"From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001",
    b"From x" + b"x" * 2000 + b" Tue Jan 21 05:30:14 2014",
    b"Fromage Tue Jan 21 05:30:14 2014",
]


def judged(line: bytes, before: bytes = b"text\n\n", after: bytes = HEADERS) -> bool:
    data = before + line + b"\n" + after
    return judge_from_line(data, len(before), len(data)).accepted


@pytest.mark.parametrize("line", ACCEPTED)
def test_every_known_form_of_separator_line_is_accepted(line: bytes) -> None:
    assert judged(line)


@pytest.mark.parametrize("line", REFUSED)
def test_trap_01_prose_patch_lines_and_dates_with_more_text_are_no_separators(line: bytes) -> None:
    assert not judged(line)


def test_a_dated_line_without_a_header_behind_it_is_text() -> None:
    assert not judged(ACCEPTED[0], after=b"and that was all.\nGoodbye\n\n")


def test_a_header_may_come_after_one_odd_line() -> None:
    assert judged(ACCEPTED[0], after=b">From somebody Tue Jan 21 05:30:14 2014\nSubject: x\n\n")
    assert judged(ACCEPTED[0], after=b"a line without colon\nSubject: x\n\n")
    assert judged(ACCEPTED[0], after=b"\nSubject: x\n\n")


def test_trap_02_a_bare_line_needs_a_header_right_behind_it() -> None:
    assert judged(b"From ", before=b"text\n")
    assert not judged(b"From ", after=b"here to there\nSubject: x\n\n")


def test_a_separator_needs_no_blank_line_but_its_lack_is_noted() -> None:
    data = b"text\n" + ACCEPTED[0] + b"\n" + HEADERS
    assert judge_from_line(data, 5, len(data)).notes == ("separator-without-blank-line",)


@pytest.mark.parametrize("blank", [b"text\n\n", b"text\r\n\r\n", b"text\r\r\n\r\r\n"])
def test_blank_lines_are_seen_in_every_form_of_line_end(blank: bytes) -> None:
    data = blank + ACCEPTED[0] + b"\n" + HEADERS
    assert judge_from_line(data, len(blank), len(data)).notes == ()


@pytest.mark.parametrize(
    ("line", "utc", "local"),
    [
        (b"From 1@xxx Tue Jan 21 05:30:14 +0000 2014\r\n", "2014-01-21T05:30:14Z", None),
        (b"From u Tue Jan 21 05:30:14 2014 +0100\n", "2014-01-21T04:30:14Z", None),
        (b"From u Tue Jan 21 05:30:14 EST 2014\n", "2014-01-21T10:30:14Z", None),
        (b"From u Tue Jan 21 05:30:14 2014\n", None, "2014-01-21T05:30:14"),
        (b"From u Tue Jan 21 05:30:14 MET 2014\n", None, "2014-01-21T05:30:14"),
        (b"From u 21 Jan 94 05:30\n", None, "1994-01-21T05:30:00"),
        (b"From u Tue Feb 31 05:30:14 2014\n", None, None),
    ],
)
def test_trap_03_the_time_of_a_separator_line_keeps_its_offset_or_stays_floating(
    line: bytes, utc: str | None, local: str | None
) -> None:
    time = from_line_time(line, None)
    assert time is not None
    assert (time.ts_utc, time.local) == (utc, local)


def test_a_zone_a_person_named_applies_only_to_a_time_without_one() -> None:
    plain = from_line_time(b"From u Tue Jan 21 05:30:14 2014\n", "Europe/Berlin")
    named = from_line_time(b"From u Tue Jan 21 05:30:14 MET 2014\n", "Europe/Berlin")
    assert plain is not None
    assert named is not None
    assert (plain.ts_utc, named.ts_utc) == ("2014-01-21T04:30:14Z", None)


def test_a_line_without_a_time_gives_none() -> None:
    assert from_line_time(b"From \n", None) is None


@pytest.mark.parametrize("line", [b"From -", b"From 1844300000000000001@xxx", b"From kim@mail.example "])
def test_lines_without_a_date_are_separators_where_the_first_line_has_none(line: bytes) -> None:
    data = b"text\n\n" + line + b"\n" + HEADERS
    assert is_undated(line)
    assert judge_from_line(data, 6, len(data), undated=True).accepted
    assert not judge_from_line(data, 6, len(data)).accepted
    behind_text = data.replace(b"\n\n", b"\n", 1)
    assert judge_from_line(behind_text, 5, len(behind_text), undated=True).notes == ("separator-without-blank-line",)


@pytest.mark.parametrize("line", [b"From here to there", b"From", b"From - Mon Oct 21 07:01:00 2024"])
def test_prose_and_dated_lines_say_nothing_of_the_others(line: bytes) -> None:
    assert not is_undated(line)


def test_a_line_without_a_date_needs_a_header_right_behind_it() -> None:
    data = b"text\n\nFrom -\nand that was all.\nGoodbye\n\n"
    assert not judge_from_line(data, 6, len(data), undated=True).accepted


def test_a_line_without_a_date_needs_a_field_of_a_mail_behind_it() -> None:
    letter = b"text\n\nFrom home\nPS: bring it\n\nSubject: none of this is a header\n\n"
    verdict = judge_from_line(letter, 6, len(letter), undated=True)
    assert (verdict.accepted, verdict.notes) == (False, ("from-line-without-date",))
    mail = letter.replace(b"\n\nSubject", b"\nSUBJECT")
    assert judge_from_line(mail, 6, len(mail), undated=True).accepted
