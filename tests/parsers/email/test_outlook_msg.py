"""Outlook messages: trap 20 in all its parts, messages within messages, and files that are damaged or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from mail_damage import FIXTURES
from mail_sources import claims_of, loaded_of, records_of, write
from outlook_craft import (
    BINARY,
    INT,
    OBJECT,
    TEXT,
    TEXT_8BIT,
    TIME,
    Props,
    Storage,
    compound,
    filetime,
    message,
    packed_rtf,
)
from plainrecord.inspecting import inspect_paths
from plainrecord.parsers.email.outlook_msg import OutlookMessage
from plainrecord.records import Loaded, Unread

SAMPLES = FIXTURES / "email-outlook-msg"
PLAIN: Props = {(0x001A, TEXT): "IPM.Note", (0x0037, TEXT): "Subject", (0x1000, TEXT): "Text"}
ROWAN: Props = {(0x0042, TEXT): "Rowan", (0x0064, TEXT): "SMTP", (0x0065, TEXT): "rowan@mail.example"}
EXCHANGE = "/O=HOME/CN=RECIPIENTS/CN=ROWAN"


def read(tmp_path: Path, root: Storage) -> Loaded:
    """The message of a file made for the purpose."""
    [found] = loaded_of(write(tmp_path, {"made.msg": compound(root)}))
    return found


def sender(found: Loaded) -> tuple[str, str] | None:
    account = found.envelope.sender
    return (account.kind, account.value) if account else None


def test_messages_are_claimed_by_what_they_hold_and_other_compound_files_are_not() -> None:
    claimed = {member.name for parser, claim in claims_of(SAMPLES) for member in claim.members}
    assert claimed == {path.name for path in SAMPLES.rglob("*.msg")}


def test_a_message_is_claimed_under_any_name_and_by_a_short_head(tmp_path: Path) -> None:
    files = {str(number): b"x" for number in range(3_000)}
    data = compound(message({**PLAIN, (0x1000, TEXT): "long " * 200_000}))
    write(tmp_path, {**files, "no ending": data})
    [(parser, claim)] = claims_of(tmp_path)
    assert isinstance(parser, OutlookMessage) and [member.name for member in claim.members] == ["no ending"]


def test_trap_20_an_exchange_address_is_kept_as_an_id_where_no_mail_address_is_known(tmp_path: Path) -> None:
    found = read(tmp_path, message({**PLAIN, (0x0042, TEXT): "Rowan", (0x0064, TEXT): "EX", (0x0065, TEXT): EXCHANGE}))
    assert sender(found) == ("id", EXCHANGE) and "trap-20:exchange-address" in found.envelope.notes


def test_trap_20_the_internet_header_gives_the_address_that_exchange_hides(tmp_path: Path) -> None:
    header = (
        "Microsoft Mail Internet Headers Version 2.0\r\nFrom: Rowan <rowan@mail.example>\r\nMessage-ID: <a@x>\r\n\r\n"
    )
    props = {**PLAIN, (0x0042, TEXT): "Rowan", (0x0064, TEXT): "EX", (0x0065, TEXT): EXCHANGE, (0x007D, TEXT): header}
    found = read(tmp_path, message(props))
    assert sender(found) == ("address", "rowan@mail.example")
    assert found.envelope.conversation.own == "a@x" and "trap-6:line-without-colon" not in found.envelope.notes


def test_trap_20_where_header_and_stored_author_differ_both_are_shown(tmp_path: Path) -> None:
    found = read(tmp_path, message({**PLAIN, **ROWAN, (0x007D, TEXT): "From: kim@mail.example\r\n\r\n"}))
    assert sender(found) == ("address", "rowan@mail.example")
    assert "trap-20:header-names-another-author" in found.envelope.notes
    assert [(one.role, one.value) for one in found.envelope.also] == [("original-from", "kim@mail.example")]


def test_trap_20_a_senders_name_makes_no_address_whatever_it_looks_like(tmp_path: Path) -> None:
    found = read(tmp_path, message({**PLAIN, (0x0042, TEXT): "alex@home.example"}))
    assert sender(found) == ("name", "alex@home.example") and "from:no-address" in found.envelope.notes
    header = {(0x007D, TEXT): "From: alex@home.example <rowan@mail.example>\r\n\r\n"}
    found = read(tmp_path, message({**PLAIN, **header, (0x0042, TEXT): "alex@home.example"}))
    assert sender(found) == ("address", "rowan@mail.example")


def test_trap_20_who_sent_for_another_stands_beside_the_author() -> None:
    found = next(one for one in loaded_of(SAMPLES) if one.envelope.position.member.endswith("sent-rich-text-only.msg"))
    assert sender(found) == ("address", "alex@home.example")
    assert [(one.role, one.value) for one in found.envelope.also] == [("sender", "sam@home.example")]
    assert "from-differs:sender" in found.envelope.notes


@pytest.mark.parametrize("nothing", [0, 915_151_392_000_000_000, 915_046_235_400_000_000, 0x7FFF_FFFF_FFFF_FFFF])
def test_trap_20_numbers_that_stand_for_no_date_give_no_date(tmp_path: Path, nothing: int) -> None:
    found = read(tmp_path, message({**PLAIN, (0x0039, TIME): nothing, (0x3007, TIME): filetime(2024, 1, 2)}))
    assert found.envelope.time.utc_us is None and "date:missing" in found.envelope.notes
    # When the copy was made is among the dates, and never the time of the mail.
    assert [time.meaning for time in found.dates] == ["stored"]


def test_trap_20_the_time_of_sending_goes_before_that_of_delivery(tmp_path: Path) -> None:
    props = {**PLAIN, (0x0E06, TIME): filetime(2024, 1, 2, 3, 4, 5), (0x0039, TIME): filetime(2024, 1, 2, 3, 4, 1)}
    assert read(tmp_path, message(props)).envelope.time.ts_utc == "2024-01-02T03:04:01.000000Z"


def test_trap_20_rich_text_alone_is_read_as_a_page_or_as_text(tmp_path: Path) -> None:
    rich = packed_rtf(rb"{\rtf1\ansi Caf\'e9\par}")
    found = read(tmp_path, message({(0x1009, BINARY): rich}))
    assert found.text == "Café" and "trap-20:text-from-rich-text" in found.notes
    packed = packed_rtf(rb"{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}Hi{\*\htmltag72 </p>}}")
    found = read(tmp_path, message({(0x1009, BINARY): packed}))
    assert found.html == "<p>Hi</p>" and (found.text, found.text_from) == ("Hi", "html")


def test_trap_20_a_draft_keeps_the_recipients_as_typed_and_says_that_it_is_one() -> None:
    found = next(one for one in loaded_of(SAMPLES) if one.envelope.position.member == "draft.msg")
    assert found.envelope.sender is None and "draft" in found.envelope.marks
    assert [(one.kind, one.value) for one in found.envelope.recipients] == [
        ("name", "Kim"),
        ("address", "rowan@mail.example"),
    ]


def test_trap_20_messages_within_messages_are_records_of_their_own_authors() -> None:
    found = next(one for one in loaded_of(SAMPLES) if one.envelope.position.member == "forwarded-as-attachment.msg")
    [inner] = found.children
    [innermost] = inner.children
    assert [sender(one) for one in (found, inner, innermost)] == [
        ("address", "kim@mail.example"),
        ("address", "rowan@mail.example"),
        ("address", "lee@mail.example"),
    ]
    assert innermost.envelope.position.locator == "file#part:1#part:1" and innermost.raw is None


def test_messages_within_messages_end_at_a_depth(tmp_path: Path) -> None:
    root = message(PLAIN, inner=True)
    for _ in range(15):
        root = message(PLAIN, files=[{(0x3701, OBJECT): root, (0x3705, INT): 5}], inner=True)
    found: Loaded | None = read(tmp_path, message(PLAIN, files=[{(0x3701, OBJECT): root, (0x3705, INT): 5}]))
    depth = 0
    while found and found.children:
        found, depth = found.children[0], depth + 1
    assert depth == 8 and found and "trap-15:carried-mail-not-opened" in found.notes


def test_a_hidden_copy_stays_hidden_and_flags_of_a_recipient_do_not_hide_it(tmp_path: Path) -> None:
    to = {(0x0C15, INT): 0x10000001, (0x3001, TEXT): "Alex", (0x39FE, TEXT): "alex@home.example"}
    bcc = {(0x0C15, INT): 3, (0x3001, TEXT): "'lee@mail.example'"}
    found = read(tmp_path, message({**PLAIN, **ROWAN}, [to, bcc]))
    assert [(one.role, one.kind, one.value) for one in found.envelope.recipients] == [
        ("to", "address", "alex@home.example"),
        ("bcc", "address", "lee@mail.example"),
    ]


def test_a_file_kept_elsewhere_and_an_object_of_another_program_are_listed_without_bytes(tmp_path: Path) -> None:
    files: list[Props] = [
        {(0x3705, INT): 2, (0x3707, TEXT): "plan.docx"},
        {(0x3705, INT): 6, (0x3701, OBJECT): Storage({"CONTENTS": b"x"}), (0x3001, TEXT): "Drawing"},
    ]
    found = read(tmp_path, message(PLAIN, files=files))
    assert [(one.name, one.state) for one in found.attachments] == [
        ("plan.docx", "not-exported"),
        ("Drawing", "present"),
    ]
    assert found.blobs == [None, None]
    assert "attachment:object-of-another-program-kept-in-the-file-only" in found.attachments[1].notes


def test_answers_are_tied_to_what_they_answer_with_and_without_a_header() -> None:
    links = {one.envelope.position.member: one.envelope.conversation.links for one in loaded_of(SAMPLES)}
    assert "g1@mail.example" in links["received.msg"] and "g1@mail.example" in links["Saved/sent-rich-text-only.msg"]


def test_a_message_cut_off_anywhere_is_read_or_unread_with_a_reason(tmp_path: Path) -> None:
    whole = (SAMPLES / "draft.msg").read_bytes()
    unread = 0
    for end in range(600, len(whole), 8):
        (tmp_path / "cut.msg").write_bytes(whole[:end])
        for record in records_of(tmp_path):
            unread += isinstance(record, Unread)
            assert not isinstance(record, Unread) or record.detail.startswith("The file is damaged")
    assert unread > 10


def test_inspect_says_who_reads_a_message_and_what_to_do_with_one_that_is_none(tmp_path: Path) -> None:
    write(tmp_path, {"good.msg": compound(message(PLAIN)), "bad.msg": b"\x91\x17" * 400})
    said = {Path(line.path).name: line for line in inspect_paths([tmp_path])}
    assert said["good.msg"].reader is not None and "Save the mail again" in said["bad.msg"].says


@pytest.mark.parametrize(
    ("pages", "subject"),
    [
        ({(0x3FDE, INT): 1251}, "Привет"),
        ({(0x3FDE, INT): 1252, (0x3FFD, INT): 1251}, "Привет"),
        ({}, "Ïðèâåò"),
    ],
)
def test_trap_20_texts_of_eight_bits_are_read_by_the_nearest_code_page_that_is_stated(
    tmp_path: Path, pages: Props, subject: str
) -> None:
    props: Props = {(0x001A, TEXT): "IPM.Note", (0x0037, TEXT_8BIT): "Привет".encode("cp1251"), **pages}
    assert read(tmp_path, message(props)).subject == subject
