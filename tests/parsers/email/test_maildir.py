from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mail_sources import claims_of, loaded_of, mails_of, write
from plainrecord.parsers.email.maildir import delivered, flags_of
from test_mbox import mail


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("1729494060.M1P1.host:2,ST", "ST"),
        ("1729494060.M1P1.host!2,ST", "ST"),
        ("1729494060.M1P1.host;2,ST", "ST"),
        ("1729494060.M1P1.host,S=1,W=2:2,Sab", "Sab"),
        ("1729494060.M1P1.host:2,", ""),
        ("1729494060.M1P1.host", ""),
        ("msg.abc", ""),
    ],
)
def test_trap_19_flags_are_read_from_names_made_safe_for_other_systems(name: str, flags: str) -> None:
    assert flags_of(name) == flags


def test_trap_19_the_time_of_delivery_is_in_the_name_and_the_files_own_time_is_not_used(tmp_path: Path) -> None:
    time = delivered("1729494060.M1P1.host!2,S")
    assert time is not None
    assert time.ts_utc == "2024-10-21T07:01:00Z"
    assert delivered("msg.abc") is None
    undated = mail().replace(b"Date: Mon, 21 Oct 2024 08:00:00 +0100\n", b"")
    named, unnamed = mails_of(write(tmp_path, {"cur/1729494060.M1.h!2,S": undated, "cur/msg.abc": undated}))
    assert named.time.ts_utc == "2024-10-21T07:01:00Z"
    assert unnamed.time.utc_us is None


@pytest.mark.skipif(sys.platform == "win32", reason="no colons in file names there")
def test_trap_18_the_trashed_flag_marks_a_mail_deleted_and_it_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path, {"M/cur/1729494060.a.h:2,ST": mail(1), "M/cur/1729494061.b.h:2,DS": mail(2)})
    assert [found.marks for found in mails_of(path)] == [("deleted",), ("draft",)]


def test_unfinished_deliveries_are_read_and_marked(tmp_path: Path) -> None:
    path = write(tmp_path, {"M/cur/1729494060.a.h!2,S": mail(1), "M/tmp/1729494061.b.h": b"", "M/tmp/x": mail(2)[:30]})
    assert [found.marks for found in mails_of(path)] == [(), ("incomplete-delivery",), ("incomplete-delivery",)]


def test_maildir_folders_are_named_and_their_role_is_marked(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {
            "M/cur/1729494060.a.h!2,S": mail(1),
            "M/.Sent Items/cur/1729494060.a.h!2,S": mail(2),
            "M/.Work.Clients/new/1729494060.a.h": mail(3),
            "M/Inbox.sbd/Junk/cur/1729494060.eml": mail(4),
            "M/dovecot-uidlist": b"3 V1 N2\n",
        },
    )
    found = {claim.title: claim for _, claim in claims_of(path)}
    assert set(found) == {"M", "Sent Items", "Work/Clients", "Inbox/Junk"}
    assert sorted(marks for marks in (mail.marks for mail in mails_of(path)) if marks) == [("sent",), ("spam",)]
    assert any("M/dovecot-uidlist" in claim.aside for claim in found.values())


def test_a_folder_called_new_with_saved_mails_is_no_maildir(tmp_path: Path) -> None:
    [(parser, _)] = claims_of(write(tmp_path, {"new/hello.eml": mail(1)}))
    assert parser.name == "eml"


def test_a_mail_is_the_whole_file(tmp_path: Path) -> None:
    [item] = loaded_of(write(tmp_path, {"M/cur/1729494060.a.h!2,S": mail(1)}))
    assert item.raw == mail(1)
    assert item.envelope.position.locator == "file"
    assert item.facts["folder"] == "M"
