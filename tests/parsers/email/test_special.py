"""Trap 23: what is signed or sealed is shown, or said to be unreadable; it is never dropped, and never “verified”."""

from __future__ import annotations

import base64

import pytest

from mail_damage import FIXTURES
from outlook_craft import attribute, tnef
from plainrecord.parsers.email.cms import open_container
from reading_mail import load

HEAD = b"From: rowan@mail.example\nMIME-Version: 1.0\nContent-Type: "


def sealed(content: bytes) -> bytes:
    """A signed container of the least there can be: no certificates, no signer."""

    def element(tag: int, data: bytes) -> bytes:
        size = len(data).to_bytes(4, "big")
        return bytes([tag, 0x84]) + size + data

    signed, data = bytes.fromhex("06092a864886f70d010702"), bytes.fromhex("06092a864886f70d010701")
    inside = element(0x30, data + element(0xA0, element(0x04, content)))
    body = element(0x30, b"\x02\x01\x01" + element(0x31, b"") + inside + element(0x31, b""))
    return element(0x30, signed + element(0xA0, body))


def mail(data: bytes, kind: bytes = b"application/pkcs7-mime; smime-type=signed-data") -> bytes:
    return HEAD + kind + b"\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(data)


def test_trap_23_the_text_and_files_of_a_signed_container_are_read_and_the_container_is_kept() -> None:
    found = load((FIXTURES / "email-reports/signed-container.eml").read_bytes())
    assert found.text == "Signed words." and found.facts["signed"] == "S/MIME signed-data (not checked)"
    assert [one.locator for one in found.attachments] == ["part:1", "part:1/inside:2"]
    assert found.blobs[1] == b"one\r\ntwo"


def test_trap_23_a_mail_in_a_signed_container_is_a_record_of_its_own() -> None:
    inner = b"Content-Type: message/rfc822\n\nFrom: kim@mail.example\nSubject: Inner\n\nHers."
    [child] = load(mail(sealed(inner))).children
    assert child.envelope.sender and child.envelope.sender.value == "kim@mail.example"
    assert child.envelope.position.locator == "bytes:0-900#part:1/inside:1" and child.text == "Hers."


def test_trap_23_containers_within_containers_end() -> None:
    data = b"Content-Type: text/plain\n\nDeep."
    for _ in range(8):
        data = b"Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: base64\n\n" + base64.b64encode(
            sealed(data)
        )
    found = load(HEAD[:-14] + data)
    assert found.text is None and "trap-23:content-inside-a-signed-container-was-not-read" in found.notes


@pytest.mark.parametrize("kind", [b"application/pkcs7-mime", b'application/octet-stream; name="smime.p7m"'])
def test_trap_23_encrypted_content_is_said_not_to_be_read_whatever_the_header_calls_it(kind: bytes) -> None:
    whole = (FIXTURES / "email-reports/encrypted-container.eml").read_bytes()
    data = base64.b64decode(whole.partition(b"\n\n")[2])
    found = load(mail(data, kind))
    assert found.facts["not read"].startswith("the content of part 1, 443 bytes, encrypted")
    assert "trap-23:encrypted-content-not-read" in found.notes and found.blobs == [data]


def test_trap_23_a_container_that_is_none_is_kept_and_said_not_to_be_read() -> None:
    found = load(mail(b"no container"))
    assert found.facts["not read"] == "the content of part 1, 12 bytes" and found.blobs == [b"no container"]


def test_content_in_pieces_without_a_stated_length_is_put_together() -> None:
    plain = sealed(b"Content-Type: text/plain\n\nHi.")
    at = plain.index(b"Content-Type")
    pieces = b"\x24\x80\x04\x05" + plain[at : at + 5] + b"\x04\x18" + plain[at + 5 : at + 29] + b"\x00\x00"
    signed = bytes.fromhex("06092a864886f70d010702")
    inside = b"\x30\x80" + bytes.fromhex("06092a864886f70d010701") + b"\xa0\x80" + pieces + b"\0\0\0\0"
    data = b"\x30\x80" + signed + b"\xa0\x80\x30\x80\x02\x01\x01\x31\x00" + inside + b"\x31\x00" + b"\0\0\0\0\0\0"
    found = open_container(data)
    assert found and found.content == b"Content-Type: text/plain\n\nHi."
    cut = [open_container(data[:end]) for end in range(len(data) - 20)]
    assert [one for one in cut if one and one.content is not None] == []


def test_nothing_nested_too_deep_or_claiming_too_much_stops_a_run() -> None:
    assert open_container(b"\x30\x80" * 5_000) is None
    assert open_container(b"\x30\x84\xff\xff\xff\xff") is None


def test_text_wrapped_for_outlook_counts_where_the_mail_has_none_and_is_kept_where_it_differs() -> None:
    wrapped = base64.encodebytes(tnef(attribute(1, 0x800C, 2, b"Other words\0")))
    part = b"--z\nContent-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n" + wrapped + b"--z--\n"
    alone = load(HEAD + b"multipart/mixed; boundary=z\n\n" + part)
    assert alone.text == "Other words" and "trap-22:text-from-winmail.dat" in alone.notes
    both = load(HEAD + b"multipart/mixed; boundary=z\n\n--z\n\nOwn words\n" + part)
    assert both.text == "Own words" and both.facts["winmail.dat text"] == "Other words"
    same = load(HEAD + b"multipart/mixed; boundary=z\n\n--z\n\nOther  words\n" + part)
    assert "winmail.dat text" not in same.facts


def test_an_invitation_sent_twice_in_a_mail_is_read_once() -> None:
    found = load((FIXTURES / "email-reports/invitation.eml").read_bytes())
    assert not [name for name in found.facts if name.startswith("2. invitation")]
    assert len(found.attachments) == 2


def test_the_returned_mail_of_a_report_is_a_record_of_its_own_author() -> None:
    found = load((FIXTURES / "email-reports/not-delivered.eml").read_bytes())
    assert found.facts["report about message-id"] == "<o1@home.example>"
    assert [child.envelope.sender.value for child in found.children if child.envelope.sender] == ["alex@home.example"]
