"""Who a mail says it is from and for, and where its headers differ."""

from __future__ import annotations

from pathlib import Path

from reading_mail import envelope

FIXTURES = Path(__file__).parents[3] / "fixtures" / "email-messages"


def test_trap_08_both_from_headers_are_reported() -> None:
    found = envelope((FIXTURES / "two-from-headers.eml").read_bytes())
    assert found.sender is not None
    assert found.sender.value == "sam.okafor@home.example"
    assert [(a.role, a.value) for a in found.also if a.role == "from"] == [("from", "robin.ash@mail.example")]
    assert "trap-8:several-from" in found.notes


def test_what_differs_from_the_author_is_noted_and_never_resolved() -> None:
    found = envelope((FIXTURES / "two-from-headers.eml").read_bytes())
    assert {(a.role, a.value) for a in found.also} == {
        ("from", "robin.ash@mail.example"),
        ("sender", "robin.ash@mail.example"),
        ("reply-to", "robin.second@post.example"),
        ("return-path", "bounce-77@bulk.example"),
    }
    assert set(found.notes) >= {"from-differs:sender", "from-differs:reply-to", "from-differs:return-path-domain"}


def test_several_mailboxes_in_one_from_are_all_kept() -> None:
    found = envelope(b"From: A <a@x.example>, B <b@x.example>\nSender: a@x.example\nDate: x\n\n")
    assert found.sender is not None
    assert found.sender.value == "a@x.example"
    assert next((a.role, a.value, a.name) for a in found.also) == ("from", "b@x.example", "B")
    assert "from:several-mailboxes" in found.notes
    assert "from-differs:sender" not in found.notes


def test_trap_09_the_sender_is_what_stands_in_the_brackets() -> None:
    for value in (
        b"alice@bank.example <evil@x.example>",
        b'"=?utf-8?q?Bank_=3Calice=40bank.example=3E?=" <evil@x.example>',
    ):
        found = envelope(b"From: " + value + b"\n\n")
        assert found.sender is not None
        assert found.sender.value == "evil@x.example"
        assert "spoof:display-name-is-address" in found.notes


def test_recipients_carry_their_roles() -> None:
    found = envelope(
        b"From: a@x.example\nTo: T <t@x.example>, undisclosed-recipients:;\nCc: c@x.example\nBcc: b@x.example\n"
        b"Resent-To: r@x.example\nDelivered-To: d@x.example\nX-Original-To: o@x.example\nDelivered-To: d@x.example\n\n"
    )
    assert [(a.role, a.value) for a in found.recipients] == [
        ("to", "t@x.example"),
        ("cc", "c@x.example"),
        ("bcc", "b@x.example"),
        ("resent-to", "r@x.example"),
    ]
    assert [(a.role, a.value) for a in found.also] == [("delivered-to", "d@x.example"), ("delivered-to", "o@x.example")]


def test_addresses_rewritten_by_lists_keep_the_original_author_beside() -> None:
    found = envelope(
        b"From: Robin via Talk <talk@list.example>\nX-Original-From: Robin <r@x.example>\n"
        b"X-Original-Sender: r@x.example\nX-Google-Original-From: r@x.example\n\n"
    )
    assert [(a.role, a.value) for a in found.also] == [
        ("original-from", "r@x.example"),
        ("original-from", "r@x.example"),
        ("original-sender", "r@x.example"),
    ]


def test_a_mail_without_from_has_no_sender() -> None:
    found = envelope(b"Sender: s@x.example\nTo: t@x.example\n\n")
    assert found.sender is None
    assert "from:missing" in found.notes


def test_a_from_without_an_address_is_a_name() -> None:
    found = envelope(b"From: Robin (mobile)\n\n")
    assert found.sender is not None
    assert (found.sender.kind, found.sender.value) == ("name", "Robin (mobile)")
    assert "from:no-address" in found.notes


def test_a_null_return_path_marks_a_report() -> None:
    found = envelope(b"Return-Path: <>\nFrom: MAILER-DAEMON\n\n")
    assert found.marks == ("system",)


def test_machine_and_list_mail_is_marked() -> None:
    assert envelope(b"From: a@x.example\nAuto-Submitted: auto-replied\n\n").marks == ("auto",)
    assert envelope(b"From: a@x.example\nAuto-Submitted: no\n\n").marks == ()
    assert envelope(b"From: a@x.example\nList-Id: <l.x.example>\nPrecedence: bulk\n\n").marks == ("list", "bulk")
    assert envelope(b"From: a@x.example\nX-Unsent: 1\n\n").marks == ("draft",)


def test_a_name_without_an_address_before_the_author_sends_nothing() -> None:
    found = envelope(b'From: "kim@bank.example" (a bank), Sam <sam@mail.example>\nDate: x\n\n')
    assert found.sender is not None
    assert (found.sender.kind, found.sender.value) == ("address", "sam@mail.example")
    assert [(a.role, a.kind, a.value) for a in found.also] == [("from", "name", "kim@bank.example (a bank)")]


def test_one_author_written_twice_is_reported_twice() -> None:
    found = envelope(b"From: Sam <sam@mail.example>\nFrom: Sam <sam@mail.example>\nDate: x\n\n")
    assert [(a.role, a.value) for a in found.also] == [("from", "sam@mail.example")]
    assert "trap-8:several-from" in found.notes


def test_blanks_before_the_first_field_do_not_hide_it() -> None:
    found = envelope(b" From: Sam <sam@mail.example>\nDate: x\n\n")
    assert found.sender is not None
    assert found.sender.value == "sam@mail.example"
    assert "trap-6:text-before-the-headers" in found.notes
