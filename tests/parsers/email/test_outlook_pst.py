"""Outlook mailbox files: trap 21 in all its parts, both forms of the file, and every way a tree can lead astray."""

from __future__ import annotations

import random
import struct
import zipfile
from pathlib import Path

import pytest

from mail_damage import FIXTURES, read_whole
from mail_sources import claims_of, loaded_of, mails_of, records_of, write
from outlook_craft import BINARY, INT, TEXT, TEXT_8BIT, TIME, Props, filetime
from plainrecord.inspecting import inspect_paths
from plainrecord.intake.extents import BytesExtent
from plainrecord.parsers.email.outlook_pst import OutlookStore
from plainrecord.parsers.email.pstfile import DamagedError, Node, PstFile, UnsupportedError
from plainrecord.records import Envelope, Loaded, Unread
from pst_craft import MESSAGE, Mail, Pst

SAMPLES = FIXTURES / "email-outlook-pst"
ROWAN: Props = {(0x0042, TEXT): "Rowan", (0x0064, TEXT): "SMTP", (0x0065, TEXT): "rowan@mail.example"}


def store(count: int, *, unicode: bool = True) -> Pst:
    """A mailbox of so many short mails."""
    made = Pst(unicode=unicode)
    kind, folder = made.text, made.folder("Inbox")
    for number in range(count):
        made.mail(Mail({(0x0037, kind): f"Mail {number}", (0x0039, TIME): filetime(2024, 1, 1 + number % 28)}), folder)
    return made


def read(tmp_path: Path, data: bytes) -> list[Loaded]:
    return read_whole(write(tmp_path, {"made.pst": data}) / "made.pst")


def one(tmp_path: Path, mail: Mail) -> Loaded:
    """The one message of a mailbox made for the purpose."""
    made = Pst()
    made.mail(mail, made.folder("Inbox"))
    [found] = read(tmp_path, made.write())
    return found


def said(item: Loaded) -> tuple[object, ...]:
    envelope = item.envelope
    people = [account.value for account in (envelope.sender, *envelope.recipients) if account]
    files = [(file.name, file.sha256) for file in item.attachments]
    return (envelope.kind, people, envelope.time, item.subject, item.text, item.html, item.facts, envelope.marks, files)


def test_both_forms_of_the_file_say_the_same() -> None:
    found: dict[str, list[tuple[object, ...]]] = {}
    for item in loaded_of(SAMPLES):
        found.setdefault(item.envelope.position.member, []).append(said(item))
    assert found["ansi.pst"] == found["unicode.pst"] and len(found["ansi.pst"]) == 4


def test_trap_21_dates_are_instants_and_the_machines_zone_does_not_matter(tmp_path: Path) -> None:
    found = one(tmp_path, Mail({**ROWAN, (0x0039, TIME): filetime(2024, 7, 1, 12, 30)}))
    assert (found.envelope.time.ts_utc, found.envelope.time.tz_basis) == ("2024-07-01T12:30:00.000000Z", "epoch_utc")


def test_trap_21_a_recipients_mail_address_goes_before_the_one_of_exchange(tmp_path: Path) -> None:
    row: Props = {
        (0x0C15, INT): 1,
        (0x3001, TEXT): "Alex",
        (0x3002, TEXT): "EX",
        (0x3003, TEXT): "/O=HOME/CN=ALEX",
        (0x39FE, TEXT): "alex@home.example",
    }
    other: Props = {(0x0C15, INT): 2, (0x3001, TEXT): "Kim", (0x3002, TEXT): "EX", (0x3003, TEXT): "/O=HOME/CN=KIM"}
    found = one(tmp_path, Mail(ROWAN, [row, other]))
    assert [(who.role, who.kind, who.value) for who in found.envelope.recipients] == [
        ("to", "address", "alex@home.example"),
        ("cc", "id", "/O=HOME/CN=KIM"),
    ]


@pytest.mark.parametrize(
    ("name", "mark"), [("Gesendete Elemente", "sent"), ("Éléments supprimés", "trash"), ("Entwürfe", "draft")]
)
def test_trap_21_folders_are_known_in_other_languages(tmp_path: Path, name: str, mark: str) -> None:
    made = Pst()
    made.mail(Mail(ROWAN), made.folder(name, made.folder("Oberste Ebene")))
    [found] = read(tmp_path, made.write())
    assert mark in found.envelope.marks and found.facts["folder"] == f"Oberste Ebene/{name}"


def test_trap_21_a_mail_without_a_body_is_a_mail(tmp_path: Path) -> None:
    found = one(tmp_path, Mail(ROWAN))
    assert (found.text, found.text_from, found.attachments) == (None, "none", [])


def test_trap_21_one_damaged_message_costs_no_other() -> None:
    records = [record for record in records_of(SAMPLES) if record.position.member == "unicode.pst"]
    assert [type(record) for record in records].count(Unread) == 1 and len(records) == 5
    [bad] = [record for record in records if isinstance(record, Unread)]
    assert bad.detail == "Its data is no heap; the other messages of the file are read."


def test_a_mailbox_of_many_pages_is_read_in_order_and_each_message_loads_alone(tmp_path: Path) -> None:
    write(tmp_path, {"made.pst": store(900).write()})
    [(parser, claim)] = claims_of(tmp_path)
    found = [record for record in parser.scan(claim) if isinstance(record, Envelope)]
    assert len(found) == 900
    [last] = parser.load(claim, [found[-1].position])
    assert last.subject == "Mail 899" and last.envelope == found[-1]


def test_large_values_and_tables_over_several_blocks_are_read_whole(tmp_path: Path) -> None:
    people: list[Props] = [{(0x0C15, INT): 1, (0x39FE, TEXT): f"person{number}@home.example"} for number in range(900)]
    text = "A long line of text. " * 9_000
    file = {(0x3705, INT): 1, (0x3701, BINARY): bytes(range(256)) * 900, (0x3707, TEXT): "data.bin"}
    found = one(tmp_path, Mail({**ROWAN, (0x1000, TEXT): text}, people, [file]))
    assert found.text == text and found.blobs == [bytes(range(256)) * 900]
    assert [who.value for who in found.envelope.recipients] == [f"person{number}@home.example" for number in range(900)]


def test_a_subject_loses_the_two_signs_that_outlook_puts_before_it(tmp_path: Path) -> None:
    assert one(tmp_path, Mail({**ROWAN, (0x0037, TEXT): "\x01\x05Re: Hello"})).subject == "Re: Hello"
    assert one(tmp_path, Mail({**ROWAN, (0x0037, TEXT): "\x01"})).subject == "\x01"


def test_texts_of_the_old_form_are_read_in_the_messages_code_page(tmp_path: Path) -> None:
    made = Pst(unicode=False)
    props: Props = {(0x3FFD, INT): 1251, (0x0037, TEXT_8BIT): "Привет".encode("cp1251")}
    made.mail(Mail(props), made.folder("Inbox"))
    [found] = read(tmp_path, made.write())
    assert found.subject == "Привет"


def test_a_damaged_page_of_the_index_is_unread_and_the_others_are_read(tmp_path: Path) -> None:
    data = bytearray(store(100).write())
    pages = [
        at for at in range(0x4600, len(data), 512) if data[at + 496 : at + 498] == b"\x81\x81" and not data[at + 491]
    ]
    data[pages[2] + 496] = 0
    records = records_of(write(tmp_path, {"made.pst": bytes(data)}))
    unread = [record for record in records if isinstance(record, Unread)]
    assert len(pages) > 5 and len(records) - 1 == 100 - 15
    assert unread[0].detail == "A page of the file’s index is damaged; the messages listed there were not read."


def test_a_tree_that_leads_back_to_itself_ends() -> None:
    data = bytearray(store(100).write())
    (root,) = struct.unpack_from("<Q", data, 224)
    for row in range(data[root + 488]):
        struct.pack_into("<Q", data, root + row * 24 + 16, root)
    found = list(PstFile(BytesExtent(bytes(data))).nodes())
    assert len(found) == data[root + 488] and all(isinstance(one, DamagedError) for one in found)


def test_data_and_parts_that_lead_back_to_themselves_end() -> None:
    made = Pst()
    made.mail(Mail({**ROWAN, (0x1000, TEXT): "x" * 90_000}), made.folder("Inbox"))
    data = bytearray(made.write())
    file = PstFile(BytesExtent(bytes(data)))
    [node] = [one for one in file.nodes() if isinstance(one, Node) and one.kind == MESSAGE]
    [part] = file.subnodes(node.subnodes).values()
    count = -(-180_000 // file.block_payload)
    at = data.index(struct.pack("<BBHI", 1, 1, count, 180_000))
    data[at + 8 : at + 8 + count * 8] = struct.pack("<Q", part.data) * count
    with pytest.raises(DamagedError):
        PstFile(BytesExtent(bytes(data))).data(part.data)


def test_a_mailbox_cut_off_anywhere_is_read_or_unread_or_not_claimed(tmp_path: Path) -> None:
    whole = store(60).write()
    for end in range(0, len(whole), 997):
        for record in records_of(write(tmp_path, {"made.pst": whole[:end]})):
            assert isinstance(record, Envelope) or record.kind == "damaged"


def test_hundreds_of_bytes_changed_in_the_index_and_heaps_stop_nothing(tmp_path: Path) -> None:
    rng, whole = random.Random("pst"), (SAMPLES / "ansi.pst").read_bytes()
    read_some = 0
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(40):
            data[rng.randrange(0x4600, len(data))] = rng.choice((0, 1, 2, 255, rng.randrange(256)))
        read_some += len(read(tmp_path, bytes(data)))
    assert read_some > 50


@pytest.mark.parametrize(
    ("place", "change", "says"),
    [
        (10, b"\x24\0", "Outlook 2013"),
        (513, b"\2", "high encryption"),
        (10, b"\x63\0", "version 99"),
        (0, b"?", "no Outlook mailbox"),
    ],
)
def test_forms_that_are_not_read_are_refused_with_a_sentence(place: int, change: bytes, says: str) -> None:
    data = bytearray(store(1).write())
    data[place : place + len(change)] = change
    with pytest.raises(UnsupportedError, match=says):
        PstFile(BytesExtent(bytes(data)))


def test_inspect_says_what_to_do_with_a_mailbox_that_is_not_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.write(SAMPLES / "ansi.pst", "mail.pst")
    [inside] = [line for line in inspect_paths([tmp_path / "export.zip"]) if "mail.pst" in line.path]
    [ost] = inspect_paths([SAMPLES / "outlook-2013.ost"])
    assert inside.reader is None and "Take it out of its archive" in inside.says
    assert ost.reader is None and "make a PST in Outlook" in ost.says


def test_the_original_is_hashed_whole_and_left_as_it_was(tmp_path: Path) -> None:
    data = store(3).write()
    write(tmp_path, {"made.pst": data})
    [(parser, claim)] = claims_of(tmp_path)
    assert isinstance(parser, OutlookStore) and len(mails_of(tmp_path)) == 3
    list(parser.scan(claim))
    assert claim.readings["made.pst", ""].size == len(data) and (tmp_path / "made.pst").read_bytes() == data
