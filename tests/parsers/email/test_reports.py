from __future__ import annotations

import pytest

from plainrecord.parsers.email.reports import about, read_report

STATUS, READ = "message/delivery-status", "message/disposition-notification"


def test_a_delivery_report_names_each_recipient_with_action_and_status() -> None:
    found = read_report(
        STATUS,
        b"Reporting-MTA: dns; mx.x.example\r\n\r\nFinal-Recipient: rfc822; a@x.example\r\nAction: Failed\r\nStatus: 5.1.1 (bad)\r\n"
        b"\r\nFinal-recipient: RFC822;<b@x.example>\r\naction: delivered\r\nstatus: 2.0.0\r\n\r\n",
    )
    assert found.status == {
        "delivery report:1": "failed (5.1.1): a@x.example",
        "delivery report:2": "delivered (2.0.0): b@x.example",
    }
    assert found.facts["report reporting-mta"] == "dns; mx.x.example" and found.notes == []


def test_a_report_without_the_general_part_is_read_too() -> None:
    found = read_report(STATUS, b"Final-Recipient: rfc822; a@x.example\nAction: strange\n")
    assert found.status == {"delivery report:1": "no action stated that is known here: a@x.example"}
    assert found.facts["report:1 action"] == "strange"


def test_a_read_report_says_of_which_mail_and_whether_a_person_did_it() -> None:
    by_hand = b"Final-Recipient: rfc822;a@x.example\nOriginal-Message-ID: <o@x>\nDisposition: manual-action/MDN-sent-manually; displayed"
    found = read_report(READ, by_hand)
    assert found.status == {"read report": "displayed: a@x.example"}
    assert found.facts["report about message-id"] == "<o@x>"
    found = read_report(READ, by_hand.replace(b"manual-action", b"automatic-action").replace(b"displayed", b"deleted"))
    assert found.status == {"read report": "deleted without the person doing anything: a@x.example"}


@pytest.mark.parametrize("kind", [STATUS, READ, "message/feedback-report"])
@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"no fields at all", b"\0\0\0"])
def test_a_report_that_cannot_be_read_is_noted(kind: str, data: bytes) -> None:
    assert read_report(kind, data).notes == ["report:not-readable"]


def test_a_report_for_hundreds_lists_fifty() -> None:
    data = b"X: y\n\n" + b"Final-Recipient: rfc822; a@x.example\nAction: failed\n\n" * 400
    found = read_report(STATUS, data)
    assert found.facts["report:more"].startswith("350 ") and len(found.status) == 50


def test_the_mail_a_report_is_about_is_named_by_its_own_header() -> None:
    assert about(b"Message-ID: <o@x>\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\n\r\nbody") == {
        "report about message-id": "<o@x>",
        "report about subject": "Café",
    }
