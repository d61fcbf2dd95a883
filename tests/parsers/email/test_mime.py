"""Parts of a mail, bodies and transfer encodings: traps 13, 15 and 23."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from plainrecord.parsers.email import transfer
from plainrecord.parsers.email.message import MAX_CARRIED_DEPTH, ContainerFacts
from plainrecord.parsers.email.mime import MAX_PARTS, read_structure
from reading_mail import load

FIXTURES = Path(__file__).parents[3] / "fixtures" / "email-messages"


def _multipart(body: bytes, kind: bytes = b"mixed", extra: bytes = b"") -> bytes:
    return b"From: a@x.example\nContent-Type: multipart/" + kind + b'; boundary="b"\n' + extra + b"\n" + body


TEXT = b"--b\nContent-Type: text/plain\n\nhello\n"


def test_every_part_is_an_exact_slice() -> None:
    raw = _multipart(b"--b\nContent-Type: text/plain\n\none\n\n--b\n\ntwo\r\n--b--\n")
    parts = read_structure(raw).root.children
    assert [(p.path, raw[p.body : p.end]) for p in parts] == [("1", b"one\n"), ("2", b"two")]


def test_several_inline_texts_are_joined_in_order() -> None:
    raw = _multipart(TEXT + b"--b\nContent-Type: text/plain\n\nworld\n--b--\n")
    assert load(raw).text == "hello\nworld"


def test_alternatives_count_once_and_the_page_is_kept() -> None:
    raw = _multipart(TEXT + b"--b\nContent-Type: text/html\n\n<p>hello</p>\n--b--\n", b"alternative")
    found = load(raw)
    assert (found.text, found.text_from, found.html) == ("hello", "plain", "<p>hello</p>")


def test_an_empty_plain_alternative_gives_way_to_the_page() -> None:
    raw = _multipart(
        b"--b\nContent-Type: text/plain\n\n \n--b\nContent-Type: text/html\n\n<p>hi</p>\n--b--\n", b"alternative"
    )
    assert (load(raw).text, load(raw).text_from) == ("hi", "html")


def test_html_only_mail_gives_readable_text() -> None:
    found = load((FIXTURES / "html-only.eml").read_bytes())
    assert found.subject == "Café"
    assert (
        found.text
        == "See you at the café.\n\nMap: the place <https://maps.example/?q=1>[image: a door]\n\n- one\n- two"
    )
    assert (found.text_from, found.facts["html-remote-images"]) == ("html", "1")
    assert found.html is not None and "<script>" in found.html


@pytest.mark.parametrize(
    ("raw", "note"),
    [
        (b"Content-Type: multipart/mixed\n\nhello", "trap-13:multipart-without-boundary"),
        (b'Content-Type: multipart/mixed; boundary="z"\n\nhello', "trap-13:boundary-never-used"),
        (_multipart(TEXT), "trap-13:no-closing-boundary"),
        (_multipart(TEXT + b"--b-\n"), "trap-13:damaged-closing-boundary"),
        (_multipart(TEXT + b"--b--\n", extra=b"Content-Transfer-Encoding: base64\n"), None),
        (_multipart(b"--b \t\nContent-Type: text/plain\n\nhello\n--bc\nno\n--b--\n"), None),
        (_multipart(b"--b\nhello\n--b--\n"), None),
    ],
)
def test_trap_13_damaged_multiparts_keep_their_text(raw: bytes, note: str | None) -> None:
    found = load(raw)
    assert found.text is not None
    assert "hello" in found.text
    assert note is None or note in found.notes


def test_trap_13_text_before_and_after_the_parts_is_reported() -> None:
    found = load(_multipart(b"hidden before\n" + TEXT + b"--b--\nhidden after\n"))
    assert (found.facts["preamble"], found.facts["epilogue"]) == ("hidden before", "hidden after")
    assert {"mime:text-in-preamble", "mime:text-in-epilogue"} <= set(found.notes)
    assert found.text == "hello"


@pytest.mark.parametrize(
    ("data", "clean", "note"),
    [
        (b"aGVs bG8=\n", b"hello", None),
        (b"aGVsbG8", b"hello", None),
        (b"aGV*sb\xffG8=", b"hello", "trap-13:junk-in-base64"),
        (b"aGVsbG8=\n-- \nfooter", b"hello", "trap-13:text-after-base64"),
        (b"aGVsbG8hY", b"hello!", "trap-13:truncated-base64"),
        (b"", b"", None),
    ],
)
def test_trap_13_damaged_base64_is_decoded_as_far_as_it_goes(data: bytes, clean: bytes, note: str | None) -> None:
    found = transfer.unwrap(data, "base64")
    assert found.data == clean
    assert found.notes == ((note,) if note else ())


def test_trap_13_quoted_printable_with_lower_case_and_a_dangling_sign() -> None:
    assert transfer.unwrap(b"caf=c3=a9 =\nau lait=", "quoted-printable").data == "café au lait".encode()
    assert transfer.unwrap(b"a =zz b", "quoted-printable").data == b"a =zz b"


@pytest.mark.parametrize(
    ("written", "meant"), [(b"=3D==3D==3D.", b"=====."), (b"a\n=====-\nb", b"a\n=====-\nb"), (b"==\nb", b"=b")]
)
def test_trap_13_an_equals_sign_before_another_stands_for_itself(written: bytes, meant: bytes) -> None:
    assert transfer.unwrap(written, "quoted-printable").data == meant


def test_trap_13_an_unknown_encoding_leaves_the_bytes_alone_and_says_so() -> None:
    found = transfer.unwrap(b"abc", "x-odd")
    assert (found.data, found.notes) == (b"abc", ("trap-13:unknown-encoding-x-odd",))


def test_trap_13_a_uuencoded_file_in_the_text_becomes_an_attachment() -> None:
    found = load((FIXTURES / "uuencoded.eml").read_bytes())
    assert found.text == "Here it is.\nThat was it.\n"
    assert [(a.name, a.locator) for a in found.attachments] == [("note.txt", "part:1/uu:1")]
    assert found.blobs == [b"left it by the gate\n"]


def test_trap_13_prose_between_begin_and_end_stays_text() -> None:
    text = b"begin 644 of the story\nwas a long time ago, nobody knows when it all started.\nend\n"
    assert transfer.split_uuencoded(text) == (text, [])


def test_yenc_is_named() -> None:
    assert "trap-13:yenc-not-decoded" in load(b"From: a@x.example\n\n=ybegin line=128 size=3 name=x\nabc\n").notes


def test_trap_15_a_carried_mail_is_its_authors_own_record() -> None:
    raw = (FIXTURES / "forwarded-as-attachment.eml").read_bytes()
    found = load(raw)
    assert found.text == "This is what I received.\r\n"
    assert [a.claimed_type for a in found.attachments] == ["message/rfc822"]
    (child,) = found.children
    assert child.envelope.sender is not None
    assert child.envelope.sender.value == "robin.ash@mail.example"
    assert child.envelope.position.locator == "bytes:0-900#part:2"
    assert child.text == "I saw your light was on.\r\n"
    assert [a.name for a in child.attachments] == ["list.txt"]
    assert child.raw is not None and child.raw in raw and child.raw.startswith(b"Received: ")
    assert found.blobs == [child.raw]


def test_trap_15_a_base64_encoded_carried_mail_is_decoded() -> None:
    inner = b"From: robin@x.example\nSubject: in\n\ntext"
    raw = _multipart(
        b"--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(inner)
        + b"--b--\n"
    )
    (child,) = load(raw).children
    assert (child.raw, child.subject, child.text) == (inner, "in", "text")
    assert "trap-15:carried-mail-was-encoded" in load(raw).attachments[0].notes


def test_trap_15_digest_children_are_mails_by_default() -> None:
    raw = _multipart(b"--b\n\nFrom: one@x.example\n\n1\n--b\n\nFrom: two@x.example\n\n2\n--b--\n", b"digest")
    senders = [c.envelope.sender.value for c in load(raw).children if c.envelope.sender]
    assert senders == ["one@x.example", "two@x.example"]


def test_trap_15_an_eml_sent_as_a_plain_file_is_a_carried_mail_too() -> None:
    inner = b"From: robin@x.example\nDate: Tue, 21 Jan 2014 05:30:14 +0000\nSubject: in\n\ntext"
    raw = _multipart(
        b'--b\nContent-Type: application/octet-stream; name="a.eml"\nContent-Transfer-Encoding: base64\n\n'
        + base64.encodebytes(inner)
        + b"--b--\n"
    )
    found = load(raw)
    assert [c.subject for c in found.children] == ["in"]
    assert found.attachments[0].name == "a.eml"


def test_trap_15_a_depth_bomb_stops_with_a_note() -> None:
    found = load(b"Content-Type: message/rfc822\n\n" * 500)
    depth = 0
    while found.children:
        (found,) = found.children
        depth += 1
    assert depth == MAX_CARRIED_DEPTH
    assert "trap-15:carried-mail-not-opened" in found.notes


def test_too_many_parts_and_too_deep_multiparts_stop_with_a_note() -> None:
    many = load(_multipart(b"--b\n\nx\n" * (MAX_PARTS + 50)))
    assert "mime:too-many-parts" in many.notes
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(100))
    assert "mime:too-deep" in load(deep).notes


def test_trap_23_clear_signed_text_is_read_and_never_called_verified() -> None:
    found = load((FIXTURES / "clear-signed.eml").read_bytes())
    assert found.text == "I mean it.\n"
    assert found.facts["signed"] == "application/pgp-signature (not checked)"
    assert [a.name for a in found.attachments] == ["signature.asc"]
    assert "verified" not in repr(found)


def test_trap_23_an_opaque_container_is_listed_and_said_to_be_unread() -> None:
    found = load((FIXTURES / "opaque-signed.eml").read_bytes())
    assert [a.name for a in found.attachments] == ["smime.p7m"]
    assert "trap-23:content-inside-a-signed-container-was-not-read" in found.notes


def test_trap_23_encrypted_content_is_listed_and_said_to_be_unread() -> None:
    raw = _multipart(
        b"--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: application/octet-stream\n\nxx\n--b--\n",
        b'encrypted; protocol="application/pgp-encrypted"',
    )
    found = load(raw)
    assert "trap-23:encrypted-content-not-read" in found.notes
    assert len(found.attachments) == 2
    inline = load(b"From: a@x.example\n\n-----BEGIN PGP SIGNED MESSAGE-----\n\nhello\n")
    assert inline.facts["signed"] == "inline PGP (not checked)"
    assert "hello" in (inline.text or "")


def test_mboxrd_quoting_is_undone_in_the_text_but_not_in_the_stored_bytes() -> None:
    raw = b"From: a@x.example\n\n>From here\n>>From there\n> From\n"
    found = load(raw, ContainerFacts(quoting="mboxrd"))
    assert found.text == "From here\n>From there\n> From\n"
    assert found.raw == raw
    assert "quoting:mboxrd-removed" in found.notes


def test_other_quoting_is_left_and_named() -> None:
    found = load(b"From: a@x.example\n\n>From here\n", ContainerFacts(quoting="unknown"))
    assert found.text == ">From here\n"
    assert "quoting:kept" in found.notes


def test_format_flowed_is_not_altered() -> None:
    assert load(b"Content-Type: text/plain; format=flowed\n\none \ntwo\n").text == "one \ntwo\n"
