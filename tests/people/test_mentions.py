"""What a text names: addresses, numbers and profiles, where they stand, and never another person's quoted lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.people.lookalikes import look_alike, skeleton
from plainrecord.people.mentions import Mention, mentions
from plainrecord.people.suggestions import address_of, mailbox_of, number_of
from plainrecord.records import Account

ANY_TEXT = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=60)
TRICKY = st.text(alphabet="a1@.+/ :>\n-(0٣)wxyt.me\u202e\ud83dАо", max_size=60)


@pytest.mark.parametrize(
    ("text", "mail", "found"),
    [
        ("call 07700 900123 today", False, [("number", "", "+447700900123", "text")]),
        ("My new number is +44 (0)7700 900123", False, [("number", "", "+447700900123", "stated")]),
        ("Rowan.Ash@Mail.example, please.", False, [("address", "", "rowan.ash@mail.example", "text")]),
        ("see https://www.instagram.com/Rowan.Ash/?hl=en", False, [("handle", "instagram", "rowan.ash", "text")]),
        ("t.me/rowan_ash or wa.me/447700900123", False, [
            ("handle", "telegram", "rowan_ash", "text"), ("number", "", "+447700900123", "text")]),
        ("https://x.com/rowan https://www.tiktok.com/@rowan", False, [
            ("handle", "x", "rowan", "text"), ("handle", "tiktok", "rowan", "text")]),
        ("Hello.\n\n-- \nRowan\n07700 900123\n", True, [("number", "", "+447700900123", "signature")]),
        ("Hello there.\n\nRowan\nrowan@mail.example\n", True, [("address", "", "rowan@mail.example", "signature")]),
        ("Hello there.\n\nWrite to rowan@mail.example, she knows.\n", True, [("address", "", "rowan@mail.example", "text")]),
        ("> 07700 900123\n", True, []),
        ("From: rowan@mail.example\nTo: kim@mail.example\n", True, []),
        ("On Monday Kim <kim@mail.example> wrote:\n> words", True, []),
        ("On Monday Kim\n<kim@mail.example> wrote:\n> words", True, []),
        ("in 2024-10-20 18:05:00 or 12345 or 1.2.3.4", False, []),
        ("id=447700900123abc", False, []),
    ],
)  # fmt: skip
def test_what_stands_in_a_text_and_where(text: str, mail: bool, found: list[tuple[str, str, str, str]]) -> None:
    assert mentions(text, "GB", mail=mail) == [Mention(*one) for one in found]  # type: ignore[arg-type]


@settings(max_examples=300)
@given(ANY_TEXT | TRICKY, st.booleans())
def test_any_text_gives_normal_forms_and_never_raises(text: str, mail: bool) -> None:
    for one in mentions(text, "GB", mail=mail):
        assert one.normal and one.normal == one.normal.strip()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rowan Ash", "R\u043ewan Ash"),
        ("Zoë", "Zoe"),
        ("corner", "comer"),
        ("Alan", "A1an"),
        ("Bill", "BiIl"),
        ("ada", "аdа"),
    ],
)
def test_names_that_are_drawn_alike(one: str, other: str) -> None:
    assert look_alike(one, other) and look_alike(other, one)


@pytest.mark.parametrize(("one", "other"), [("Rowan", "ROWAN"), ("Rowan", "Robin"), ("", ""), ("\u200b", " ")])
def test_equal_and_different_names_are_no_look_alikes(one: str, other: str) -> None:
    assert not look_alike(one, other)


@settings(max_examples=300)
@given(ANY_TEXT | TRICKY)
def test_a_skeleton_is_its_own_skeleton_and_nothing_raises(name: str) -> None:
    once = skeleton(name)
    assert skeleton(once) == once


def test_what_an_account_is_compared_by() -> None:
    assert number_of(Account("sms", "number", "07700 900123"), "GB") == "+447700900123"
    assert number_of(Account("sms", "number", "07700 900123"), None) is None
    assert number_of(Account("whatsapp", "id", "447700900123@s.whatsapp.net"), None) == "+447700900123"
    assert number_of(Account("sms", "number", "KILNSHOP"), "GB") is None
    assert address_of(Account("chat", "name", "Rowan@Mail.example")) == "rowan@mail.example"
    assert address_of(Account("mastodon", "handle", "rowan@server.example")) is None
    assert address_of(Account("email", "address", "Rowan Ash")) is None
    assert mailbox_of(Account("email", "address", "r.a+x@googlemail.com")) == "ra@gmail.com"
    assert mailbox_of(Account("email", "address", "r.a+x@mail.example")) is None
