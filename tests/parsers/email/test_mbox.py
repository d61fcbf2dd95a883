from __future__ import annotations

import hashlib
import tracemalloc
from pathlib import Path

import pytest

from mail_sources import claims_of, loaded_of, mails_of, records_of, write
from plainrecord.intake import list_source
from plainrecord.parsers.email.mbox import Mbox
from plainrecord.records import Envelope, Unread

LINE = b"From rowan@mail.example Mon Oct 21 07:00:00 2024\n"


def mail(number: int = 1, extra: bytes = b"", body: bytes = b"text\n") -> bytes:
    return (
        extra + b"From: Rowan Ash <rowan@mail.example>\nTo: alex@home.example\n"
        b"Subject: note %d\nDate: Mon, 21 Oct 2024 08:00:00 +0100\nMessage-ID: <n%d@mail.example>\n\n"
        % (number, number)
        + body
    )


def test_a_record_is_the_mails_own_bytes_and_the_separator_line_a_fact(tmp_path: Path) -> None:
    one, two = mail(1, body=b">From me\n\n"), mail(2)
    [first, second] = loaded_of(write(tmp_path, {"in.mbox": LINE + one + LINE + two}))
    assert (first.raw, second.raw) == (one, two)
    assert first.raw_sha256 == hashlib.sha256(one).hexdigest()
    assert first.facts["from_line"] == LINE.decode().rstrip()
    assert first.native_suffix == ".eml"
    assert any(time.where == "From_ line" and time.local == "2024-10-21T07:00:00" for time in first.dates)


def test_any_choice_of_records_loads_in_source_order_as_scanned(tmp_path: Path) -> None:
    data = b"".join(
        (b"From \n" if number % 3 else b"\n" + LINE) + mail(number, body=b"From here\n\nFrom %d\n" % number)
        for number in range(30)
    )
    [(parser, claim)] = claims_of(write(tmp_path, {"a.mbox": data}))
    found = [record for record in parser.scan(claim) if isinstance(record, Envelope)]
    assert len(found) == 30
    for choice in (found[::2], found[5:9], found[:1], found[-1:], found):
        positions = [record.position for record in reversed(choice)]
        assert [item.envelope for item in parser.load(claim, positions)] == choice


def test_load_works_on_a_claim_rebuilt_without_the_heads_of_its_members(tmp_path: Path) -> None:
    patch = b"From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n"
    [(parser, claim)] = claims_of(write(tmp_path, {"p.mbox": patch + mail(1) + b"\n" + patch + mail(2)}))
    found = [record for record in parser.scan(claim) if isinstance(record, Envelope)]
    claim.members = tuple(
        type(m)(m.original, m.path, m.tree_path, m.size, m.media_type, b"", m.modified_ns) for m in claim.members
    )
    assert [item.envelope for item in parser.load(claim, [record.position for record in found])] == found


def test_trap_03_takeout_times_of_both_orders_and_the_last_mail_without_newline(tmp_path: Path) -> None:
    undated = mail().replace(b"Date: Mon, 21 Oct 2024 08:00:00 +0100\n", b"").replace(b"\n", b"\r\n")
    data = b"From 1813144500000000001@xxx Mon Oct 21 07:01:00 +0000 2024\r\n" + undated + b"a\rb\r\n\r\n"
    data += b"From 1813144500000000002@xxx Mon Oct 21 07:02:00 2024\r\n" + undated + b"end"
    first, second = mails_of(write(tmp_path, {"Takeout/Mail/All mail.mbox": data}))
    assert first.time.ts_utc == "2024-10-21T07:01:00Z"
    assert (second.time.ts_utc, second.time.local) == (None, "2024-10-21T07:02:00")
    assert "date:fallback-container" in first.notes


def test_trap_04_stored_bytes_keep_their_quoting_in_both_forms(tmp_path: Path) -> None:
    body = b">From the start\n>>From the start\n> From by hand\n"
    [item] = loaded_of(write(tmp_path, {"a.mbox": LINE + mail(body=body)}))
    assert item.raw is not None
    assert item.raw.endswith(body)


def test_trap_05_a_body_that_holds_a_separator_line_loads_whole(tmp_path: Path) -> None:
    body = b"see\n\n" + LINE + mail(9)
    one = mail(1, b"Content-Length: %d\n" % len(body), body)
    first, second = loaded_of(write(tmp_path, {"a.mbox": LINE + one + b"\n" + LINE + mail(2)}))
    assert first.raw == one + b"\n"
    assert "trap-5:from-line-inside-content-length" in first.envelope.notes
    assert second.envelope.notes == ()


def test_trap_16_gmail_labels_thread_and_direction_marks_are_kept(tmp_path: Path) -> None:
    store = b"X-GM-THRID: 1813144500000000001\nX-Gmail-Labels: =?UTF-8?Q?Envoy=C3=A9,Non_lus?=\n"
    line = b"From 1813144500000000001@xxx Mon Oct 21 07:01:00 +0000 2024\n"
    path = write(tmp_path, {"Takeout/Mail/Tous les messages.mbox": line + mail(1, store)})
    [found] = mails_of(path)
    assert found.marks == ("label:Envoyé", "sent", "label:Non lus")
    assert "gm-thrid:1813144500000000001" in found.conversation.links
    assert loaded_of(path)[0].facts["labels"] == "Envoyé, Non lus"


def test_trap_16_a_chat_line_dressed_as_mail_is_a_message(tmp_path: Path) -> None:
    record = b'X-GM-THRID: 1\nX-Gmail-Labels: Chat\n\nsender {\n  full_name: "Rowan"\n}\ntimestamp: 1729494300000000\n'
    path = write(tmp_path, {"a.mbox": b"From 1813144500000000001@xxx Mon Oct 21 07:05:00 +0000 2024\n" + record})
    [item] = loaded_of(path)
    assert item.envelope.kind == "message"
    assert "trap-16:chat-stored-as-mail" in item.envelope.notes
    assert item.envelope.time.ts_utc == "2024-10-21T07:05:00Z"
    assert item.text is not None
    assert "full_name" in item.text


@pytest.mark.parametrize(
    "header", [b"X-Mozilla-Status: 0009\n", b"X-Mozilla-Status2: 00200000\n", b"Status: RO\nX-Status: AD\n"]
)
def test_trap_18_mails_flagged_deleted_are_kept_and_marked(tmp_path: Path, header: bytes) -> None:
    first, second = mails_of(write(tmp_path, {"Inbox": LINE + mail(1, header) + b"\n" + LINE + mail(2)}))
    assert (first.marks, second.marks) == (("deleted",), ())


def test_a_mail_servers_own_first_entry_is_kept_as_system(tmp_path: Path) -> None:
    entry = (
        b"From: Mail System Internal Data <MAILER-DAEMON@h.example>\n"
        b"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1 2\n\nnot a real message.\n\n"
    )
    first, second = mails_of(write(tmp_path, {"inbox": LINE + entry + LINE + mail()}))
    assert (first.kind, second.kind) == ("system", "email")
    assert "mailbox-bookkeeping-entry" in first.notes


def test_folders_are_named_as_stated_and_their_role_is_marked(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {
            "Mail/Local Folders/Inbox.sbd/Gelöscht": LINE + mail(),
            "Mail/Local Folders/Inbox.sbd/Gelöscht.msf": b'// <!-- <mdb:mork:z v="1.4"/> -->\n',
            "Apple/Posta inviata.mbox/mbox": LINE + mail(),
            "Apple/Posta inviata.mbox/table_of_contents": b"\0\1\2",
        },
    )
    claims = {claim.title: claim for _, claim in claims_of(path)}
    assert set(claims) == {"Inbox/Gelöscht", "Posta inviata"}
    assert {mail.position.member.rpartition("/")[2]: mail.marks for mail in mails_of(path)} == {
        "Gelöscht": ("trash",),
        "mbox": ("sent",),
    }
    assert len([path for claim in claims.values() for path in claim.aside]) == 2


def test_an_empty_thunderbird_folder_is_a_mailbox_without_mail(tmp_path: Path) -> None:
    path = write(tmp_path, {"Mail/Drafts": b"", "Mail/Drafts.msf": b'// <!-- <mdb:mork:z v="1.4"/> -->\n'})
    assert len(claims_of(path)) == 1
    assert records_of(path) == []


def test_a_file_called_mailbox_without_any_mail_is_reported_whole(tmp_path: Path) -> None:
    [record] = records_of(write(tmp_path, {"export.mbox": b"nothing of the kind\n"}))
    assert isinstance(record, Unread)
    assert (record.kind, record.position.locator) == ("no-separator", "bytes:0-20")


def test_a_mailbox_whose_lines_end_in_cr_alone_is_unread_and_not_an_empty_mail(tmp_path: Path) -> None:
    data = (LINE + mail(1) + b"\n" + LINE + mail(2)).replace(b"\n", b"\r")
    [record] = records_of(write(tmp_path, {"old.mbox": data}))
    assert isinstance(record, Unread)
    assert (record.kind, record.position.locator) == ("bare-cr", f"bytes:0-{len(data)}")


def test_a_mail_whose_people_stand_behind_the_limit_of_a_header_is_unread(tmp_path: Path) -> None:
    long = b"X-Filler: " + b"x" * (1 << 20) + b"\n"
    named = mail(2).replace(b"Subject: note 2\n", b"Subject: note 2\n" + long)
    hidden, read, last = records_of(write(tmp_path, {"in.mbox": LINE + mail(1, long) + LINE + named + LINE + mail(3)}))
    assert isinstance(hidden, Unread)
    assert hidden.kind == "header-too-long"
    assert isinstance(read, Envelope)
    assert isinstance(last, Envelope)


@pytest.mark.parametrize(
    "text",
    [
        b"From now on this is my diary.\nNote: buy milk\n",
        b"21/10/2024, 08:00 - Rowan: hello\n",
        b"%PDF-1.7\n",
        b"From: rowan@mail.example\nSubject: a single mail\n\n" + LINE,
        b"",
    ],
)
def test_other_texts_are_not_taken_for_mailboxes(tmp_path: Path, text: bytes) -> None:
    assert list(Mbox().claim(list_source([write(tmp_path, {"notes.txt": text})], "S1"))) == []


@pytest.mark.parametrize("end", range(0, 420, 7))
def test_a_truncated_mailbox_never_raises_and_loads_what_it_scanned(tmp_path: Path, end: int) -> None:
    data = (b"\xef\xbb\xbf" + LINE + mail(1, b"X-Status: D\n") + b"\n" + LINE + mail(2))[:end]
    for parser, claim in claims_of(write(tmp_path, {"a.mbox": data})):
        found = [record.position for record in parser.scan(claim) if isinstance(record, Envelope)]
        assert [item.envelope.position for item in parser.load(claim, found)] == found


def test_trap_26_memory_does_not_grow_with_the_mailbox_and_the_file_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "big.mbox"
    with file.open("wb") as out:
        for number in range(6000):
            out.write(LINE + mail(number, body=b"a line of text\n" * 400) + b"\n")
    before = (file.stat().st_mtime_ns, hashlib.sha256(file.read_bytes()).hexdigest(), sorted(tmp_path.iterdir()))
    [(parser, claim)] = claims_of(file)
    tracemalloc.start()
    count = sum(1 for _ in parser.scan(claim))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 6000
    assert file.stat().st_size > 36e6
    assert peak < 32 << 20
    assert (
        file.stat().st_mtime_ns,
        hashlib.sha256(file.read_bytes()).hexdigest(),
        sorted(tmp_path.iterdir()),
    ) == before
    assert next(iter(claim.readings.values())).sha256 == before[1]


def test_a_mailbox_whose_separator_lines_have_no_date_is_parted_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, {"inbox": b"".join(b"From -\n" + mail(number) + b"\n" for number in (1, 2, 3))})
    found = loaded_of(tmp_path / "inbox")
    assert [item.raw for item in found] == [mail(number) + b"\n" for number in (1, 2, 3)]
    assert [item.facts["from_line"] for item in found] == ["From -"] * 3
    assert [item.envelope for item in found] == mails_of(tmp_path / "inbox")


def test_in_a_mailbox_with_dates_a_line_without_one_stays_text(tmp_path: Path) -> None:
    data = LINE + mail(1) + b"\nFrom -\n" + mail(2)
    write(tmp_path, {"inbox": data})
    assert len(mails_of(tmp_path / "inbox")) == 1


def test_a_mail_of_one_byte_loads_with_the_time_of_its_line_as_scanned(tmp_path: Path) -> None:
    line = b"From a@x.example Tue Jan 21 05:30:14 2014\n"
    source = write(tmp_path, {"a.mbox": line + mail() + line + b"\n" + line + mail(2)})
    scanned, loaded = mails_of(source), loaded_of(source)
    assert [one.envelope.time for one in loaded] == [one.time for one in scanned]
    assert (loaded[1].raw, scanned[1].time.local) == (b"\n", "2014-01-21T05:30:14")
