from __future__ import annotations

import pytest

from plainrecord.parsers.email.folders import folder_mark, mailbox_folder
from plainrecord.parsers.email.storemarks import StoreReader, split_labels


@pytest.mark.parametrize(
    ("raw", "labels"),
    [
        (b" Inbox,Unread", ("Inbox", "Unread")),
        (b' Inbox,"Receipts, 2024",Work/Client', ("Inbox", "Receipts, 2024", "Work/Client")),
        (b" =?UTF-8?Q?Archiv=C3=A9s,Envoy=C3=A9?=", ("Archivés", "Envoyé")),
        (b" =?UTF-8?B?QXJjaGl2w6lz?=,Inbox", ("Archivés", "Inbox")),
        (b" Inbox,\r\n Important", ("Inbox", "Important")),
        (
            b" =?UTF-8?Q?Cat=C3=A9gorie=C2=A0:_E-mails_perso?=\r\n =?UTF-8?Q?nnels?=",
            ("Catégorie\u00a0: E-mails personnels",),
        ),
        (b" ,,", ()),
        (b"", ()),
    ],
)
def test_trap_16_labels_are_unfolded_decoded_and_split_outside_quotes(raw: bytes, labels: tuple[str, ...]) -> None:
    assert split_labels(raw) == labels


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("Sent", "sent"),
        ("[Gmail]/Sent Mail", "sent"),
        ("ENVOYÉ", "sent"),
        ("Messages\u00a0envoyés", "sent"),
        ("Itens Excluídos", "trash"),
        ("Courrier indésirable", "spam"),
        ("Entwu\u0308rfe", "draft"),
        ("Letters", None),
        ("", None),
    ],
)
def test_folder_roles_are_known_in_other_languages(name: str, mark: str | None) -> None:
    assert folder_mark(name) == ((mark,) if mark else ())


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("Takeout/Mail/All mail Including Spam and Trash.mbox", "All mail Including Spam and Trash"),
        ("Profile/ImapMail/host/INBOX.sbd/Work.sbd/Clients", "INBOX/Work/Clients"),
        ("Desktop/Sent.mbox/mbox", "Sent"),
        ("V10/A/Parent.mbox/Child.mbox", "Parent/Child"),
        ("mbox", "mbox"),
        ("var/mail/alex", "alex"),
    ],
)
def test_a_mailbox_is_named_by_its_own_part_of_the_path(path: str, folder: str) -> None:
    assert mailbox_folder(path) == folder


def test_equal_store_lines_are_judged_once_and_a_mail_without_them_says_nothing() -> None:
    reader = StoreReader()
    block = b"X-Mozilla-Status: 0008\nSubject: x\n\n"
    assert reader.facts(block) is reader.facts(block.replace(b"x", b"y"))
    assert reader.facts(b"Subject: x\nX-Mailer: y\n\n").marks == ()


@pytest.mark.parametrize("value", [b"zzzz", b"", b"99999999999999999999"])
def test_a_damaged_status_value_is_no_error(value: bytes) -> None:
    StoreReader().facts(b"X-Mozilla-Status: " + value + b"\n\n")


def test_phone_entries_stored_as_mail_are_marked() -> None:
    assert StoreReader().facts(b"X-smssync-datatype: CALLLOG\n\n").marks == ("phone-backup:calllog",)
