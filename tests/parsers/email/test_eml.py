from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mail_sources import claims_of, loaded_of, mails_of, write
from plainrecord.parsers.email.shapes import is_mail
from test_mbox import mail


@pytest.mark.parametrize(
    "head",
    [
        mail(),
        b"\xef\xbb\xbf" + mail(),
        b"\n\n" + mail(),
        b">From rowan@mail.example Mon Oct 21 07:00:00 2024\n" + mail(),
        mail().replace(b"\n", b"\r\n"),
        b"Received: from a\n\tby b\nReceived: from c\n\tby d\n",
        b"To: alex@home.example\nSubject: \nDate: x\nMIME-Version: 1.0\n\n",
        b"X-Unsent: 1\nTo: alex@home.example\nDate: x\n\n",
        b"this line is no field\nFrom: a@x.example\nSubject : x\n\n",
    ],
)
def test_a_mail_is_known_by_its_header(head: bytes) -> None:
    assert is_mail(head)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"21/10/2024, 08:00 - Rowan: From: me\n21/10/2024, 08:01 - Alex: To: you\n",
        b"[21/10/2024, 08:00:01] Rowan: hello\n",
        b"BEGIN:VCARD\nVERSION:3.0\nN:Ash;Rowan\n",
        b"Dear Alex,\n\nFrom: here\nTo: there\n",
        b"Subject: a thought\nContent-Type: none\n\n",
        b"name: x\nversion: 1\n",
        b"From: <Saved by Blink>\r\nSubject: page\r\nDate: x\r\nMIME-Version: 1.0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nDate: x\r\nContent-Type: text/html\r\n",
        b'{"From": "a", "Date": "b"}',
        b"\x00\x01\x02" * 100,
    ],
)
def test_other_files_are_not_taken_for_mails(head: bytes) -> None:
    assert not is_mail(head)


def test_mails_are_found_under_any_name_and_read_whole(tmp_path: Path) -> None:
    path = write(tmp_path, {"a.eml": mail(1), "b": mail(2), "MH/1": mail(3), "c.txt": b"just text\n"})
    assert [item.raw for item in loaded_of(path)] == [mail(3), mail(1), mail(2)]
    assert [claim.title for _, claim in claims_of(path)] == ["MH", tmp_path.name]


def test_a_header_only_file_is_marked(tmp_path: Path) -> None:
    [found] = mails_of(write(tmp_path, {"1.eml_hdr.eml": mail(1).partition(b"\n\n")[0]}))
    assert found.marks == ("header-only",)


def test_mails_in_a_folder_of_sent_mail_are_marked(tmp_path: Path) -> None:
    [found] = mails_of(write(tmp_path, {"Export/Gesendet/1.eml": mail(1)}))
    assert found.marks == ("sent",)


def test_a_mail_with_a_separator_line_before_it_is_a_mailbox_of_one(tmp_path: Path) -> None:
    line = b"From rowan@mail.example Mon Oct 21 07:00:00 2024\n"
    [(parser, claim)] = claims_of(write(tmp_path, {"a.eml": line + mail(1)}))
    assert parser.name == "mbox"
    assert len(list(parser.scan(claim))) == 1


@pytest.mark.parametrize("end", range(0, 160, 5))
def test_a_truncated_mail_never_raises(tmp_path: Path, end: int) -> None:
    for parser, claim in claims_of(write(tmp_path, {"a.eml": mail(1)[:end]})):
        found = [record.position for record in parser.scan(claim)]
        assert [item.envelope.position for item in parser.load(claim, found)] == found


@pytest.mark.parametrize(
    "text", [b"From: a@x.example\n\nhello\n", b"Content-Type: text/plain\n\nhello\n", b"\nSubject: x\n\nhello\n"]
)
def test_one_field_is_enough_where_the_name_says_mail(tmp_path: Path, text: bytes) -> None:
    [found] = loaded_of(write(tmp_path, {"saved.EML": text, "saved.txt": text}))
    assert (found.envelope.position.member, found.text) == ("saved.EML", "hello\n")


@pytest.mark.parametrize(
    "text", [b"Dear Alex,\nhello\n", b"name: x\n\nhello\n", b"From: <Saved by Blink>\nDate: x\n\n"]
)
def test_a_name_alone_makes_no_mail(tmp_path: Path, text: bytes) -> None:
    assert loaded_of(write(tmp_path, {"saved.eml": text})) == []


def test_trap_07_a_mail_whose_lines_end_in_cr_alone_is_read_and_kept_as_it_is(tmp_path: Path) -> None:
    raw = mail(1).replace(b"\n", b"\r")
    path = write(tmp_path, {"old.eml": raw})
    [found], [scanned] = loaded_of(path), mails_of(path)
    [usual] = loaded_of(write(tmp_path / "usual", {"old.eml": mail(1)}))
    assert (found.text, found.envelope.time) == (usual.text, usual.envelope.time)
    assert found.envelope == scanned
    assert (found.raw, found.raw_sha256) == (raw, hashlib.sha256(raw).hexdigest())
    assert "trap-7:lines-end-in-cr" in found.envelope.notes


def test_trap_07_a_cr_among_other_line_ends_still_ends_no_line(tmp_path: Path) -> None:
    raw = b"From: a@x.example\nSubject: one\rFrom: b@x.example\nDate: x\n\nhello\n"
    [found] = loaded_of(write(tmp_path, {"a.eml": raw}))
    assert found.envelope.sender is not None
    assert (found.envelope.sender.value, found.envelope.also) == ("a@x.example", ())


def test_trap_07_a_mail_carried_in_such_a_mail_says_that_its_line_ends_are_not_the_originals(tmp_path: Path) -> None:
    raw = b"From: a@x.example\nTo: b@x.example\nContent-Type: message/rfc822\n\n" + mail(2)
    [found] = loaded_of(write(tmp_path, {"a.eml": raw.replace(b"\n", b"\r")}))
    [inner] = found.children
    assert (inner.raw, "trap-7:lines-end-in-cr" in inner.notes) == (mail(2), True)
