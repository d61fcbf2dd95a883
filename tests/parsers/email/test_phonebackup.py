"""Text messages and calls stored as mails (section 14 of the format reference): the number is the account, not the mail."""

from __future__ import annotations

from pathlib import Path

import pytest

from mail_damage import FIXTURES
from mail_sources import loaded_of, mails_of, write
from plainrecord.parsers.email.message import ContainerFacts
from plainrecord.records import Envelope
from reading_mail import envelope

SAMPLES = FIXTURES / "email-phone"


def mail(
    kind: str, code: str, *, sender: str = "a@unknown.email", to: str = "alex@home.example", more: str = ""
) -> Envelope:
    raw = (
        f"From: {sender}\nTo: {to}\nDate: Mon, 1 Jan 2024 00:00:00 +0000\nX-smssync-datatype: {kind}\n"
        f"X-smssync-type: {code}\n{more}\n"
    )
    return envelope(raw.encode(), ContainerFacts(marks=(f"phone-backup:{kind.lower()}",)))


def named(found: Envelope) -> tuple[str | None, list[str]]:
    return (found.sender.value if found.sender else None, [one.value for one in found.recipients])


@pytest.mark.parametrize("code", ["1", "130", "132"])
def test_a_received_message_is_from_the_number(code: str) -> None:
    found = mail("SMS", code, more="X-smssync-address: +447700900123\n")
    assert (found.kind, found.service, named(found)) == ("message", "sms", ("+447700900123", ["self"]))
    assert found.sender and found.sender.kind == "number"


@pytest.mark.parametrize(
    ("code", "mark"), [("2", None), ("128", None), ("3", "draft"), ("4", "outbox"), ("5", "failed"), ("6", "queued")]
)
def test_a_sent_message_is_for_the_number_and_says_how_far_it_came(code: str, mark: str | None) -> None:
    found = mail("SMS", code, sender="alex@home.example", to="x@unknown.email", more="X-smssync-address: 07700900123\n")
    assert named(found) == ("self", ["07700900123"])
    assert mark is None or mark in found.marks


@pytest.mark.parametrize(
    ("code", "kind", "sender"),
    [
        ("1", "call", "07700900123"),
        ("2", "call", "self"),
        ("3", "call", "07700900123"),
        ("4", "voicemail", "07700900123"),
    ],
)
def test_a_call_is_a_call(code: str, kind: str, sender: str) -> None:
    found = mail("CALLLOG", code, more="X-smssync-address: 07700900123\n")
    assert (found.kind, named(found)[0], "missed" in found.marks) == (kind, sender, code == "3")


def test_the_time_is_the_phones_and_not_the_mails() -> None:
    found = mail("SMS", "1", more="X-smssync-address: 07700900123\nX-smssync-date: 1729494300123\n")
    assert (found.time.ts_utc, found.time.where, found.time.meaning) == (
        "2024-10-21T07:05:00.123Z",
        "X-smssync-date",
        "received",
    )
    seconds = mail("MMS", "128", more="X-smssync-address: 07700900123\nX-smssync-date: 1729494300\n")
    assert seconds.time.ts_utc == "2024-10-21T07:05:00Z"


@pytest.mark.parametrize("date", ["", "0", "soon", "-5", "9" * 30])
def test_a_time_that_is_none_leaves_the_mails_and_is_noted(date: str) -> None:
    found = mail("SMS", "1", more=f"X-smssync-address: 07700900123\nX-smssync-date: {date}\n")
    assert found.time.where == "Date" and "phone:time-of-the-mail" in found.notes


def test_a_direction_the_phone_does_not_state_is_taken_from_the_mail_and_noted() -> None:
    found = mail("SMS", "99", sender="alex@home.example", to="07700900123@unknown.email")
    assert named(found) == ("self", ["07700900123"]) and "phone:direction-from-the-mail" in found.notes
    found = mail("SMS", "99", sender="a@x.example", to="07700900123@unknown.email, b@unknown.email")
    assert named(found)[0] == "self"


def test_a_word_as_sender_is_a_name_and_a_withheld_number_is_nobodys() -> None:
    found = mail("SMS", "1", more="X-smssync-address: Parcel\n")
    assert found.sender and (found.sender.kind, found.sender.value) == ("name", "Parcel")
    assert mail("CALLLOG", "3", sender="-1@unknown.email").sender is None


def test_spellings_of_one_number_are_one_conversation_and_the_number_stays_as_written() -> None:
    one = mail("SMS", "1", more="X-smssync-address: 07700 900-123\n")
    two = mail("CALLLOG", "3", more="X-smssync-address: 07700900123\n")
    assert one.conversation.key == two.conversation.key and one.sender and one.sender.value == "07700 900-123"


def test_a_contact_known_by_a_mail_address_is_found_by_it_too() -> None:
    found = next(one for one in mails_of(SAMPLES) if one.position.member.endswith("contact-with-mail.eml"))
    assert [(one.role, one.service, one.value) for one in found.also] == [
        ("original-from", "sms", "rowan@mail.example"),
        ("delivered-to", "sms", "alex@home.example"),
    ]
    assert not [one for one in found.also if one.value.endswith("@unknown.email")]


def test_a_message_to_two_numbers_names_both() -> None:
    found = next(one for one in loaded_of(SAMPLES) if one.envelope.position.member.endswith("group-mms.eml"))
    assert named(found.envelope) == ("self", ["07700900123", "07700900456"]) and found.envelope.conversation.is_group
    assert [one.name for one in found.attachments] == ["a.gif"]


def test_a_mailbox_of_messages_gives_the_same_as_single_files(tmp_path: Path) -> None:
    one = (SAMPLES / "SMS/received.eml").read_bytes()
    write(tmp_path, {"SMS.mbox": b"From x@y Mon Oct 21 07:05:00 2024\r\n" + one + b"\r\n"})
    [found] = loaded_of(tmp_path)
    assert (found.envelope.kind, found.status, found.subject) == ("message", {"read": "yes"}, None)
    assert found.facts["subject the app wrote"] == "SMS with Rowan Ash"
