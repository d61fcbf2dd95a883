"""Conversation keys: what joins mails, and what must not."""

from __future__ import annotations

import base64

import pytest

from plainrecord.parsers.email.subjects import base_subject
from plainrecord.records import Conversation
from reading_mail import envelope


def _conversation(headers: bytes) -> Conversation:
    return envelope(b"From: a@x.example\nTo: B@x.example\n" + headers + b"\n").conversation


def test_links_are_the_mails_own_identifiers() -> None:
    found = _conversation(
        b"Message-ID: <3@x>\nReferences: <1@x.example>\n <2@x.example>\nIn-Reply-To: <2@x.example>\nX-GM-THRID: 17\n"
    )
    assert found.links == ("3@x", "1@x.example", "2@x.example", "gm-thrid:17")


@pytest.mark.parametrize("value", [b"", b"<>", b"<@>", b"<->", b"< >", b"<.@.>", b"<\xff>"])
def test_empty_shells_are_no_links(value: bytes) -> None:
    found = _conversation(b"Message-ID: " + value + b"\nIn-Reply-To: " + value + b"\nReferences: " + value + b"\n")
    assert found.links == ()


def test_a_person_quoted_in_in_reply_to_is_no_link() -> None:
    found = _conversation(b'In-Reply-To: Message from Robin <robin@y.example> of "Thu, 22 Aug" <id-9@y.example>\n')
    assert found.links == ("id-9@y.example",)
    assert _conversation(b"In-Reply-To: Your mail, Robin <b@x.example>\n").links == ()


def test_an_outlook_thread_is_its_first_22_bytes() -> None:
    root, reply = bytes(range(22)), bytes(range(22)) + b"reply"
    first = _conversation(b"Thread-Index: " + base64.b64encode(root) + b"\n")
    second = _conversation(b"Thread-Index: " + base64.b64encode(reply) + b"\n")
    assert first.links == second.links == (f"thread-index:{root.hex()}",)
    assert _conversation(b"Thread-Index: AQ==\n").links == ()


def test_the_fallback_is_base_subject_and_people_in_any_order() -> None:
    one = envelope(b"From: a@x.example\nTo: B@x.example\nSubject: Re: [tag] Hello\n\n").conversation
    two = envelope(b"From: b@x.example\nTo: A@x.example\nSubject: [tag] hello\n\n").conversation
    assert one.fallback == two.fallback == "[tag] hello|a@x.example b@x.example"
    assert (one.seeks, two.seeks) == (True, False)


def test_a_reply_with_references_does_not_seek() -> None:
    assert not _conversation(b"Subject: Re: x\nReferences: <1234@x>\n").seeks
    assert not _conversation(b"Subject: Re: x\nX-GM-THRID: 17\n").seeks
    assert _conversation(b"Subject: Re: x\nMessage-ID: <1234@x>\n").seeks


def test_no_subject_gives_no_fallback() -> None:
    assert _conversation(b"Subject: Re:\n").fallback is None
    assert _conversation(b"").fallback is None


@pytest.mark.parametrize(
    ("raw", "key", "prefixed"),
    [
        (b" Hello  there ", "hello there", False),
        (b"RE: AW: Fwd: Hello", "hello", True),
        (b"Re[2]: Hello", "hello", True),
        (b"Re (3): Hello", "hello", True),
        (b"[list] SV: Hello", "[list] hello", True),
        (b"Re: [list] Re: Hello", "[list] hello", True),
        (b"=?utf-8?q?R=C3=A9union?=", "réunion", False),
        ("回复：你好".encode(), "你好", True),
        (b"Note: bring milk", "note: bring milk", False),
        (b"[all of it]", "[all of it]", False),
    ],
)
def test_base_subjects(raw: bytes, key: str, prefixed: bool) -> None:
    found = base_subject(raw)
    assert (found.key, found.prefixed) == (key, prefixed)


def test_long_reference_chains_keep_both_ends() -> None:
    ids = [f"<mail-{n}@x>" for n in range(1_000)]
    links = _conversation(b"References: " + " ".join(ids).encode() + b"\n").links
    assert len(links) == 200
    assert (links[0], links[-1]) == ("mail-0@x", "mail-999@x")
