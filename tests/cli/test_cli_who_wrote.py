"""Who wrote what, by what the headers say: part, rule and direction agree, and what is near is offered, not taken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailboxes import OWNER, SUBJECT, mail, write_mailbox
from plainrecord.parsers.email.senders import BESIDE, FOR
from plainrecord.selection import ARRIVAL_ROLES, ROLE_ORDER
from test_cli_case import told

OTHER = "kim@else.example"


def items(made: dict[str, object]) -> list[dict[str, object]]:
    bag = Path(str(made["path"]))
    return [json.loads(line) for line in (bag / "data/items/messages.jsonl").read_text("utf-8").splitlines()]


def bundle(tmp_path: Path, mails: list[str], *more: str, owner: bool = True) -> dict[str, object]:
    box = write_mailbox(tmp_path / "inbox.mbox", mails)
    named = ["--owner", OWNER] if owner else []
    return told("bundle", box, "--sender", SUBJECT, *named, "--out", tmp_path / "out", *more)


def test_every_role_the_mail_reader_gives_is_one_the_selection_knows() -> None:
    given = {role for _, role in (*BESIDE, *FOR)}
    assert given <= {*ROLE_ORDER, *ARRIVAL_ROLES}


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ("Sender", "sender:exact"),
        ("Reply-To", "reply-to:exact"),
        ("Return-Path", "return-path:exact"),
        ("Resent-From", "resent-from:exact"),
        ("X-Original-From", "original-from:exact"),
        ("X-Original-Sender", "original-sender:exact"),
        ("Cc", "cc:exact"),
        ("Bcc", "bcc:exact"),
    ],
)
def test_a_header_beside_from_brings_a_mail_in_but_does_not_say_who_wrote_it(
    tmp_path: Path, header: str, rule: str
) -> None:
    (item,) = items(bundle(tmp_path, [mail(1, OTHER, OWNER, extra=f"{header}: {SUBJECT}\n")]))
    assert (item["matched"], item["part"], item["direction"]) == (rule, "context", "other")


def test_a_mail_with_several_from_is_by_each_of_them(tmp_path: Path) -> None:
    made = bundle(
        tmp_path,
        [mail(1, f"{OTHER}, {SUBJECT}", OWNER), mail(2, OTHER, OWNER, extra=f"From: {SUBJECT}\n")],
    )
    assert [(item["part"], item["direction"]) for item in items(made)] == [("subject", "subject_to_owner")] * 2


def test_without_from_the_sender_header_says_who_wrote_it(tmp_path: Path) -> None:
    made = bundle(tmp_path, [mail(1, "x", OWNER, extra=f"Sender: {SUBJECT}\n").replace("From: x\n", "")])
    (item,) = items(made)
    assert (item["part"], item["direction"], item["sender"]) == ("subject", "subject_to_owner", None)


def test_no_direction_is_stated_while_the_owner_is_not_known(tmp_path: Path) -> None:
    made = bundle(tmp_path, [mail(1, SUBJECT, OWNER, delivered=False)], owner=False)
    assert [(item["part"], item["direction"]) for item in items(made)] == [("subject", "unknown")]
    assert "--owner" in str(made["warnings"])


def test_an_owner_account_that_no_record_names_is_said_to_be_one(tmp_path: Path) -> None:
    made = bundle(tmp_path, [mail(1, SUBJECT, OWNER)], "--owner", "alx@home.example", owner=False)
    assert "alx@home.example" in str(made["warnings"])


def test_the_subjects_address_as_display_name_of_another_account_is_offered(tmp_path: Path) -> None:
    made = bundle(tmp_path, [mail(1, SUBJECT, OWNER), mail(2, f'"{SUBJECT}" <{OTHER}>', OWNER)])
    assert made["near_misses"] == [{"account": f"{SUBJECT} <{OTHER}>", "records": 1}]
    assert made["counts"]["included"] == 1  # type: ignore[index]


def test_one_account_cannot_be_both_sender_and_owner(tmp_path: Path) -> None:
    box = write_mailbox(tmp_path / "inbox.mbox")
    said = told("bundle", box, "--sender", SUBJECT, "--owner", SUBJECT.upper(), "--out", tmp_path / "out", code=1)
    assert "as the sender and as the owner" in str(said["error"])


def test_dates_between_which_no_day_lies_are_refused(tmp_path: Path) -> None:
    box = write_mailbox(tmp_path / "inbox.mbox")
    dates = ["--from", "2024-10-22", "--to", "2024-10-22"]
    said = told("bundle", box, "--sender", SUBJECT, *dates, "--out", tmp_path / "out", code=1)
    assert "No day lies between" in str(said["error"])


def test_a_typed_account_that_is_no_text_is_refused_in_one_sentence(tmp_path: Path) -> None:
    box = write_mailbox(tmp_path / "inbox.mbox")
    said = told("bundle", box, "--sender", "rowan@mail.example\udcff", "--out", tmp_path / "out", code=1)
    assert "no text" in str(said["error"])


def test_a_mail_that_names_nobody_is_not_taken_for_one_of_the_next_export(tmp_path: Path) -> None:
    nobody = "From x Sun Oct 20 08:00:00 2024\nDate: Sun, 20 Oct 2024 08:00:00 +0000\nSubject: Draft\n\nNobody is named here.\n"
    (tmp_path / "a.mbox").write_text(nobody, encoding="utf-8", newline="\n")
    box = write_mailbox(tmp_path / "b.mbox", [mail(1, SUBJECT, OWNER)])
    made = told("bundle", tmp_path / "a.mbox", box, "--sender", SUBJECT, "--owner", OWNER, "--out", tmp_path / "out")
    assert [item["sender"]["value"] for item in items(made)] == [SUBJECT]


def test_text_messages_stored_as_mails_are_by_the_number_and_by_the_owner(tmp_path: Path) -> None:
    phone = Path(__file__).parents[2] / "fixtures/email-phone"
    named = ["--sender", "07700900123", "--alias", "rowan@mail.example", "--owner", "alex@home.example"]
    found = {
        (item["kind"], item["direction"]) for item in items(told("bundle", phone, *named, "--out", tmp_path / "out"))
    }
    assert found == {
        ("message", "subject_to_owner"),
        ("message", "owner_to_subject"),
        ("call", "subject_to_owner"),
        ("call", "owner_to_subject"),
    }
