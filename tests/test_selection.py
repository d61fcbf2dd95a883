"""Who counts as the subject, what goes in with it, and which way a record went."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailboxes import OWNER, SUBJECT, mail, write_mailbox
from plainrecord.people.normal import read_selector
from plainrecord.records import Account
from plainrecord.selection import (
    REASONS,
    NameIndex,
    SelectionSpec,
    account_matches,
    best_rule,
    direction,
    group_members_kept,
)
from plainrecord.store import Case, CaseSettings
from plainrecord.store.settings import PersonSettings

ROWAN = read_selector("rowan@mail.example")


def address(value: str, name: str | None = None) -> Account:
    return Account("email", "address", value, name)


@pytest.mark.parametrize("written", ["rowan@mail.example", "Rowan@MAIL.example", "ROWAN@mail.example"])
def test_an_address_matches_however_its_letters_are_cased(written: str) -> None:
    assert account_matches(address(written), [ROWAN])


@pytest.mark.parametrize(
    "other",
    [
        "rowan@mail.example.org",
        "xrowan@mail.example",
        "rowan@mai1.example",
        "rowan+x@mail.example",
        "ro.wan@mail.example",
    ],
)
def test_an_address_that_is_nearly_the_same_does_not_match(other: str) -> None:
    assert not account_matches(address(other), [ROWAN])


def test_a_display_name_that_is_the_address_does_not_make_the_account_match() -> None:
    assert not account_matches(address("else@mail.example", "rowan@mail.example"), [ROWAN])


def test_a_mail_sender_that_is_only_a_name_never_matches() -> None:
    assert not account_matches(Account("email", "name", "rowan@mail.example"), [ROWAN])
    assert not account_matches(Account("email", "name", "Rowan Ash"), [read_selector("Rowan Ash")])


@pytest.mark.parametrize("typed", ["Rowan Ash", "rowan  ASH", "Rowan\u00a0Ash\u200e"])
def test_the_sender_label_of_a_chat_matches_a_name_that_was_typed(typed: str) -> None:
    assert account_matches(Account("whatsapp", "name", "Rowan Ash"), [read_selector(typed)])


def test_a_label_is_no_other_name_and_no_other_kind() -> None:
    label = Account("whatsapp", "name", "Rowan Ash")
    assert not account_matches(label, [read_selector("Rowan")])
    assert not account_matches(Account("whatsapp", "name", "+44 7700 900123"), [read_selector("+44 7700 900123")])
    assert not account_matches(
        Account("whatsapp", "number", "+44 7700 900123", "Rowan Ash"), [read_selector("Rowan Ash")]
    )


def test_names_are_compared_in_normal_form() -> None:
    index = NameIndex({read_selector("Rowan Ash").normal})
    assert index.matches(address("x@y.example", "  ROWAN   ash "))
    assert not index.matches(address("x@y.example", "Rowan Ashe"))
    assert not index.matches(address("x@y.example"))


def test_the_author_role_is_the_strongest_rule() -> None:
    assert best_rule(["to", "from", "reply-to"]) == "from:exact"
    assert best_rule(["cc", "reply-to"]) == "reply-to:exact"
    assert best_rule(["to"], "name") == "to:name"


@pytest.mark.parametrize(
    ("author", "recipients", "expected"),
    [
        ("subject", ["owner"], "subject_to_owner"),
        ("subject", ["other", "owner"], "subject_to_owner"),
        ("subject", ["other"], "subject_to_other"),
        ("subject", [], "subject_to_other"),
        ("owner", ["subject"], "owner_to_subject"),
        ("owner", ["other"], "other"),
        ("other", ["owner"], "other"),
        ("none", ["owner"], "unknown"),
    ],
)
def test_direction_follows_from_whose_accounts_they_are(author: str, recipients: list[str], expected: str) -> None:
    assert direction(author, recipients) == expected


@given(st.lists(st.sampled_from(["subject", "owner", "context"]), max_size=80), st.integers(0, 12))
def test_a_group_keeps_both_sides_and_the_neighbours_of_the_subject(parts: list[str], context: int) -> None:
    anchors = [index for index, part in enumerate(parts) if part == "subject"]
    expected = [
        part != "context" or any(abs(index - anchor) <= context for anchor in anchors)
        for index, part in enumerate(parts)
    ]
    assert list(group_members_kept(parts, context)) == expected


def test_the_rule_is_written_down_in_words_and_for_machines() -> None:
    spec = SelectionSpec((ROWAN, read_selector("rowan2@mail.example")))
    assert "rowan@mail.example, rowan2@mail.example" in spec.words()
    assert spec.machine()["match_names"] is False
    assert all(reason.endswith(".") for reason in REASONS.values())


def test_the_owner_is_taken_to_be_who_mail_was_delivered_to_each_mail_counted_once(tmp_path: Path) -> None:
    twice = "Delivered-To: alex@home.example\nDelivered-To: ALEX@home.example\n"
    mails = [
        mail(1, SUBJECT, OWNER, extra="Delivered-To: Alex@Home.example\n", delivered=False),
        mail(2, SUBJECT, OWNER, extra=twice, delivered=False),
        mail(3, "kim@mail.example", OWNER, extra="Delivered-To: kim@home.example\n", delivered=False),
        *(mail(number, SUBJECT, OWNER) for number in range(4, 7)),
        mail(7, SUBJECT, OWNER, delivered=False),
    ]
    settings = CaseSettings(subject=PersonSettings(label="Subject", accounts=[SUBJECT]))
    with Case.create(tmp_path / "case", settings, lambda: datetime(2025, 1, 1, tzinfo=UTC)) as case:
        case.add([write_mailbox(tmp_path / "inbox.mbox", mails)])
        found = case.select()
    assert found.inferred_owner == OWNER
    assert found.inferred_basis.startswith("named in Delivered-To of 5 of 6 mails that have one")
