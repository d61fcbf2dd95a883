from __future__ import annotations

from pathlib import Path

import pytest

from mail_sources import claims_of, loaded_of, mails_of, write
from test_mbox import mail

PLACE = "V10/A/INBOX.mbox/B/Data"
PLIST = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">\n<dict>\n<key>date-received</key>\n'
    b"<integer>1729494060</integer>\n<key>flags</key>\n<integer>%d</integer>\n</dict>\n</plist>\n"
)
PARTIAL = (
    b"From: Rowan Ash <rowan@mail.example>\nTo: alex@home.example\nDate: Mon, 21 Oct 2024 08:00:00 +0100\n"
    b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nLook.\n"
    b'--b\nContent-Type: text/plain; name="n.txt"\nContent-Disposition: attachment; filename="n.txt"\n'
    b"X-Apple-Content-Length: 6\n\n--b--\n"
)


def emlx(data: bytes, count: int | None = None, flags: int = 1) -> bytes:
    return str(len(data) if count is None else count).ljust(10).encode() + b"\n" + data + PLIST % flags


def test_the_mail_ends_where_the_byte_count_says_even_when_it_holds_an_xml_declaration(tmp_path: Path) -> None:
    one = mail(body=b'<?xml version="1.0"?>\n<plist>\n')
    [item] = loaded_of(write(tmp_path, {f"{PLACE}/Messages/1.emlx": emlx(one)}))
    assert item.raw == one
    assert item.envelope.notes == ()
    assert item.facts["emlx_flags"] == "1"
    assert any(time.where == "emlx date-received" and time.ts_utc == "2024-10-21T07:01:00Z" for time in item.dates)


@pytest.mark.parametrize("count", [0, 7, 5000, 10**9])
def test_trap_17_a_wrong_byte_count_is_noted_and_the_last_declaration_ends_the_mail(tmp_path: Path, count: int) -> None:
    one = mail(body=b'<?xml version="1.0"?> in the text\n')
    [item] = loaded_of(write(tmp_path, {f"{PLACE}/Messages/1.emlx": emlx(one, count)}))
    assert item.raw == one
    assert item.envelope.notes == ("trap-17:byte-count-wrong",)


def test_trap_17_a_missing_byte_count_is_noted(tmp_path: Path) -> None:
    [item] = loaded_of(write(tmp_path, {f"{PLACE}/Messages/1.emlx": mail() + PLIST % 1}))
    assert item.raw == mail()
    assert item.envelope.notes == ("trap-17:byte-count-missing",)


def test_trap_17_a_partial_mail_takes_its_attachment_from_the_folder_beside_it(tmp_path: Path) -> None:
    files = {f"{PLACE}/Messages/6.partial.emlx": emlx(PARTIAL), f"{PLACE}/Attachments/6/2/n.txt": b"words\n"}
    [(parser, claim)] = claims_of(write(tmp_path, files))
    assert len(claim.members) == 2
    [item] = parser.load(claim, [record.position for record in parser.scan(claim)])
    assert item.raw == PARTIAL
    assert "partial" in item.envelope.marks
    assert item.blobs == [b"words\n"]


def test_trap_17_a_partial_mail_without_its_attachment_says_so(tmp_path: Path) -> None:
    [item] = loaded_of(write(tmp_path, {f"{PLACE}/Messages/6.partial.emlx": emlx(PARTIAL)}))
    assert [attachment.state for attachment in item.attachments] == ["missing"]


def test_trap_17_of_both_forms_of_one_mail_the_full_one_is_read(tmp_path: Path) -> None:
    files = {f"{PLACE}/Messages/7.emlx": emlx(mail()), f"{PLACE}/Messages/7.partial.emlx": emlx(PARTIAL)}
    [(parser, claim)] = claims_of(write(tmp_path, files))
    [found] = parser.scan(claim)
    assert found.position.member.endswith("/7.emlx")
    assert "trap-17:partial-copy-set-aside" in mails_of(tmp_path)[0].notes
    assert list(claim.aside) == [f"{PLACE}/Messages/7.partial.emlx"]


def test_trap_18_flag_bit_1_marks_a_mail_deleted_and_it_is_kept(tmp_path: Path) -> None:
    [found] = mails_of(write(tmp_path, {f"{PLACE}/Messages/1.emlx": emlx(mail(), flags=0b11)}))
    assert found.marks == ("deleted",)


def test_mailboxes_of_old_and_new_layouts_are_one_claim_each(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {
            f"{PLACE}/Messages/1.emlx": emlx(mail(1)),
            f"{PLACE}/0/3/Messages/30001.emlx": emlx(mail(2)),
            "IMAP-u@h/Sent Messages.imapmbox/Messages/3.emlx": emlx(mail(3)),
            "Parent.mbox/Child.mbox/Messages/4.emlx": emlx(mail(4)),
            "on its own.emlx": emlx(mail(5)),
        },
    )
    assert sorted(claim.title for _, claim in claims_of(path)) == sorted(
        ["INBOX", "Sent Messages", "Parent/Child", tmp_path.name]
    )
    assert [found.marks for found in mails_of(path) if found.marks] == [("sent",)]


@pytest.mark.parametrize("end", range(0, 480, 11))
def test_a_truncated_file_never_raises(tmp_path: Path, end: int) -> None:
    for parser, claim in claims_of(write(tmp_path, {f"{PLACE}/Messages/1.emlx": emlx(mail())[:end]})):
        found = [record.position for record in parser.scan(claim)]
        assert [item.envelope.position for item in parser.load(claim, found)] == found
