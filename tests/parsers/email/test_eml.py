from __future__ import annotations

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
