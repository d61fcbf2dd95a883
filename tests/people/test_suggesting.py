"""Suggestions: every pair on its own evidence, with records on both sides; never merged, never carried on to a third account."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mailboxes import mail, write_mailbox
from peoplecase import DOTTED, SUBJECT, TAGGED, copy_of, made_case, run, told
from plainrecord.people.lookalikes import skeleton
from plainrecord.people.normal import normal_form
from plainrecord.people.suggestions import address_of, mailbox_of, number_of
from plainrecord.records import Account
from plainrecord.store import Case, CaseSettings
from plainrecord.store.database import account_row
from plainrecord.store.suggesting import suggest

INSTAGRAM = Path(__file__).resolve().parents[2] / "fixtures/story/exports/instagram-maren.holloway-2024-12-01"
SAYS = ("--by", "DC Dee", "--because", "Said so")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_case(tmp_path_factory.mktemp("people"), INSTAGRAM)


@pytest.fixture(scope="module")
def found(case: Path) -> dict[str, Any]:
    return told("people", "suggest", case)


def pairs(found: dict[str, Any]) -> set[tuple[str, str, frozenset[str]]]:
    return {
        (one["rule"], one["strength"], frozenset(f"{side['service']}:{side['value']}" for side in one["sides"]))
        for one in found["suggestions"]
    }


EXPECTED = {
    ("same-number", "strong", frozenset({"sms:07700900123", "whatsapp:+44 7700 900123"})),
    ("same-number", "strong", frozenset({"sms:+447700900456", "whatsapp:+44 7700 900456"})),
    ("number-changed", "strong", frozenset({"whatsapp:+44 7700 900123", "whatsapp:+44 7700 900456"})),
    ("same-mailbox", "strong", frozenset({f"email:{DOTTED}", f"email:{TAGGED}"})),
    ("signature", "medium", frozenset({f"email:{SUBJECT}", "sms:07700900123"})),
    ("signature", "medium", frozenset({f"email:{SUBJECT}", "whatsapp:+44 7700 900123"})),
    ("stated", "medium", frozenset({f"email:{SUBJECT}", "sms:+447700900456"})),
    ("stated", "medium", frozenset({f"email:{SUBJECT}", "whatsapp:+44 7700 900456"})),
    ("same-file", "medium", frozenset({f"email:{SUBJECT}", f"email:{DOTTED}"})),
    ("in-text", "weak", frozenset({"email:kim@xn--bcher-kva.example", "email:robin@mail.example"})),
    ("profile-link", "weak", frozenset({f"email:{DOTTED}", "instagram:alex.penrose"})),
    ("same-name", "weak", frozenset({f"email:{DOTTED}", f"email:{TAGGED}"})),
    ("same-name", "weak", frozenset({"instagram:maren.holloway", "instagram:Maren Holloway"})),
    ("new-number-name", "weak", frozenset({"sms:+447700900456", "sms:07700900123"})),
    ("new-number-name", "weak", frozenset({"sms:+447700900456", f"email:{SUBJECT}"})),
    ("look-alike", "weak", frozenset({f"email:{SUBJECT}", "email:other@mail.example"})),
}


def test_the_hand_made_case_gives_exactly_these(found: dict[str, Any]) -> None:
    assert pairs(found) == EXPECTED
    assert found["total"] == len(EXPECTED) == len(found["suggestions"])


def test_each_has_a_reason_and_records_on_both_sides_that_name_the_account(case: Path, found: dict[str, Any]) -> None:
    for one in found["suggestions"]:
        assert one["reason"] and one["status"] == "suggested" and one["warns"] == (one["rule"] == "look-alike")
        for side in one["sides"]:
            naming = {hit["record"] for hit in told("search", case, side["value"], "--limit", "999")["hits"]}
            shown = set(side["records"])
            assert shown and shown <= naming, one


def test_the_strongest_come_first_and_a_limit_says_how_many_there_are(case: Path) -> None:
    few = told("people", "suggest", case, "--limit", "3")
    assert {one["strength"] for one in few["suggestions"]} == {"strong"} and few["total"] == len(EXPECTED)
    assert "the first 3 are listed" in run("people", "suggest", case, "--limit", "3")


def test_a_statement_of_a_new_number_is_listed_with_its_record(found: dict[str, Any]) -> None:
    assert {one["account"]: one["text"] for one in found["statements"]} == {
        f"email: {SUBJECT}": "My new number is 07700 900456.",
        "sms: +447700900456": "New number, it is Rowan",
    }


def test_without_texts_only_accounts_are_compared_and_no_index_is_made(case: Path, tmp_path: Path) -> None:
    copied = copy_of(case, tmp_path)
    (copied / "search.sqlite").unlink(missing_ok=True)
    alone = told("people", "suggest", copied, "--accounts-only")
    assert {rule for rule, _, _ in pairs(alone)} == {"same-number", "same-mailbox", "same-name", "look-alike"}
    assert alone["texts_read"] is False and not (copied / "search.sqlite").exists()


def test_nothing_is_suggested_of_accounts_that_are_one_persons_already_and_contradictions_are_said(
    case: Path, tmp_path: Path
) -> None:
    copied = copy_of(case, tmp_path)
    for account in ("sms:07700900123", "whatsapp:+44 7700 900123"):
        told("people", "assert", copied, "--person", "Rowan", "--account", account, *SAYS)
    told("people", "assert", copied, "--person", "Kim", "--account", "whatsapp:+44 7700 900456", *SAYS)
    after = told("people", "suggest", copied)
    gone = ("same-number", "strong", frozenset({"sms:07700900123", "whatsapp:+44 7700 900123"}))
    assert pairs(after) == EXPECTED - {gone}
    conflicts = {one["rule"]: one["conflict"] for one in after["suggestions"] if one["conflict"]}
    assert conflicts["number-changed"] == "attributed to different people: Rowan and Kim"


def test_what_a_list_or_a_crowd_shares_says_nothing(tmp_path: Path) -> None:
    footer = "Number.\n\n-- \ncrowd mailing list\ncrowd@lists.example\n"
    mails = [mail(n, f"Info <info{n}@mail{n}.example>", "other@home.example", body=footer) for n in range(15)]
    mails.append(mail(99, "crowd@lists.example", "other@home.example", body="Welcome.\n"))
    run("new", tmp_path / "c", "--sender", SUBJECT)
    run("add", tmp_path / "c", write_mailbox(tmp_path / "inbox.mbox", mails))
    found = told("people", "suggest", tmp_path / "c")
    assert found["suggestions"] == []
    assert [says.partition(",")[0] for says in found["left_out"]] == [
        "same-name: 1 shared by more than 12 accounts",
        "in texts: 1 accounts are named by more than 5 others",
    ]


VALUES = st.one_of(
    st.tuples(
        st.sampled_from(["sms", "whatsapp"]),
        st.just("number"),
        st.sampled_from(["07700 900123", "+447700900123", "+44 7700 900456", "60300", "Shop"]),
        st.sampled_from(["", "Rowan", "R\u043ewan"]),
    ),
    st.tuples(
        st.sampled_from(["email", "chat"]),
        st.just("address"),
        st.sampled_from(["r.a@gmail.com", "ra+x@gmail.com", "a@b.example", "a@Ь.example", "A@b.example"]),
        st.sampled_from(["", "Rowan", "Kim"]),
    ),
    st.tuples(
        st.sampled_from(["x", "tiktok"]), st.just("handle"), st.sampled_from(["rowan", "r0wan", "Rowan"]), st.just("")
    ),
)


def brute(accounts: list[tuple[str, str, str, str]]) -> set[tuple[str, frozenset[tuple[str, str, str]]]]:
    """Every pair that shares something, found by comparing all with all."""
    names: dict[tuple[str, str, str], set[str]] = {}
    for service, kind, value, name in accounts:
        key = (service, kind, normal_form(service, kind, value))  # type: ignore[arg-type]
        names.setdefault(key, set()).update({normal_form(service, "name", name)} if name else set())
    found = set()
    for one, other in itertools.combinations(names, 2):
        a, b = Account(*one), Account(*other)  # type: ignore[arg-type]
        both = frozenset((one, other))
        if number_of(a, "GB") and number_of(a, "GB") == number_of(b, "GB"):
            found.add(("same-number", both))
        if address_of(a) and address_of(a) == address_of(b):
            found.add(("same-address", both))
        elif mailbox_of(a) and mailbox_of(a) == mailbox_of(b):
            found.add(("same-mailbox", both))
        if a.kind == b.kind == "handle" and one[2] == other[2]:
            found.add(("same-handle", both))
        if names[one] & names[other]:
            found.add(("same-name", both))
        alike = (
            a.kind == b.kind and a.kind != "number" and one[2] != other[2] and skeleton(one[2]) == skeleton(other[2])
        )
        if alike or any(x != y and skeleton(x) == skeleton(y) for x in names[one] for y in names[other]):
            found.add(("look-alike", both))
    return found


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("empty") / "case"
    return Case.create(folder, CaseSettings(), lambda: datetime(2024, 12, 1, tzinfo=UTC), durable=False)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(VALUES, max_size=9), st.randoms())
@example(
    [(one, "address", "r.a@gmail.com", "") for one in ("email", "chat")] + [("email", "address", "ra+x@gmail.com", "")],
    Random(1),
)
def test_pairs_are_those_of_comparing_all_with_all_in_any_order_and_never_of_a_chain(
    empty: Case, accounts: list[tuple[str, str, str, str]], random: Any
) -> None:
    results = []
    for _ in range(2):
        empty.db.execute("DELETE FROM account")
        random.shuffle(accounts)
        for account in accounts:
            account_row(empty.db, account)
        found = suggest(empty, texts=False)
        sides = [(one.rule, one.one, one.other) for one in found.listed]
        results.append(
            {
                (rule, frozenset((s.service, s.kind, normal_form(s.service, s.kind, s.value)) for s in both))  # type: ignore[arg-type]
                for rule, *both in sides
            }
        )
        assert found.total == len(found.listed) == len(sides)
    assert results[0] == results[1] == brute(accounts)
