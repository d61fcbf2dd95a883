"""Normal forms: equal for two spellings of one account, different for two accounts, and never an exception."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from plainrecord.errors import UsageError
from plainrecord.people.normal import Selector, normal_form, provider_hint, read_selector
from plainrecord.records import AccountKind

KINDS = st.sampled_from(get_args(AccountKind))
ANY_TEXT = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=30)
TRICKY = st.text(alphabet="aÀİ\u0131ß\u017fςΣ@\uff20.\u3002<>+-0٣x\u0301\u200b\u202e\ufe0f\u3164 \t\ud83d", max_size=14)
REGIONS = st.sampled_from([None, "GB", "US", "IT", "nowhere"])


def address(value: str) -> str:
    return normal_form("email", "address", value)


@settings(max_examples=250)
@given(KINDS, ANY_TEXT | TRICKY, REGIONS)
def test_a_normal_form_is_its_own_normal_form_and_nothing_raises(
    kind: AccountKind, value: str, region: str | None
) -> None:
    once = normal_form("x", kind, value, region)
    assert normal_form("x", kind, once, region) == once


@settings(max_examples=150)
@given(st.sampled_from(["address", "handle", "name"]), st.text(max_size=20))
def test_case_does_not_matter_where_services_ignore_it(kind: AccountKind, value: str) -> None:
    upper = value.upper()
    assume(upper.lower() == value.lower())
    assume(upper.casefold() == value.casefold())
    assert normal_form("x", kind, upper) == normal_form("x", kind, value)


@settings(max_examples=150)
@given(st.from_regex(r"\+?[0-9 ().-]{0,25}", fullmatch=True), REGIONS)
@example("00000000000", "GB")
def test_numbers_settle_whatever_the_punctuation(value: str, region: str | None) -> None:
    once = normal_form("phone", "number", value, region)
    assert normal_form("phone", "number", once, region) == once


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("Jane.Doe@Example.EXAMPLE", "jane.doe@example.example"),
        ("  jane@x.example.\n", "jane@x.example"),
        ("\u202ajane@x.example\u202c", "jane@x.example"),
        ("jane@BÜCHER.example", "jane@xn--bcher-kva.example"),
        ("jane@xn--BCHER-kva.example", "jane@xn--bcher-kva.example"),
        ("JOSE\u0301@x.example", "jos\u00e9@x.example"),
        ('"J. D"@x.example', '"j. d"@x.example'),
        ('"j.d"@x.example', "j.d@x.example"),
        ('"j..d"@x.example', '"j..d"@x.example'),
        ("jane@straße.example", "jane@xn--strae-oqa.example"),
        ("jane@ｂüｃher.example", "jane@xn--bcher-kva.example"),
        ("jane@bücher。example", "jane@xn--bcher-kva.example"),
        ("a@b@c.example", "a@b@c.example"),
        ("no address", "no address"),
        ("jane@" + "ü" * 300, "jane@" + "ü" * 300),
        ("jane@ü..example", "jane@ü..example"),
        ("", ""),
    ],
)
def test_addresses(raw: str, normal: str) -> None:
    assert address(raw) == normal


def test_dots_and_plus_tags_keep_addresses_apart() -> None:
    assert len({address(a) for a in ("jane.doe@gmail.com", "janedoe@gmail.com", "janedoe+x@gmail.com")}) == 3


def test_the_provider_hint_is_equal_for_gmail_spellings_and_absent_elsewhere() -> None:
    spellings = ("jane.doe@gmail.com", "JaneDoe+x@GoogleMail.com", "janedoe@gmail.com")
    assert {provider_hint(a) for a in spellings} == {"janedoe@gmail.com"}
    assert provider_hint("jane.doe@x.example") is None
    assert provider_hint("Jane Doe") is None
    assert provider_hint("+x@gmail.com") is None


@pytest.mark.parametrize(
    ("raw", "region", "normal"),
    [
        ("07700 900123", None, "07700900123"),
        ("07700 900123", "GB", "+447700900123"),
        ("+44 (0)7700 900123", None, "+447700900123"),
        ("\u202a+44\u00a07700\u2011900123\u202c", None, "+447700900123"),
        ("0044 7700 900123", "GB", "+447700900123"),
        ("tel:+44-7700-900123", None, "+447700900123"),
        ("٠٧٧٠٠٩٠٠١٢٣", None, "07700900123"),
        ("\uff0b44 7700 900123", None, "+447700900123"),
        ("60300", "GB", "60300"),
        ("999", "GB", "999"),
        ("HSBC  Bank", "GB", "hsbc bank"),
        ("0800 FLOWERS", None, "0800 flowers"),
        ("-1", "GB", "-1"),
        ("+99999999999999999999", None, "+99999999999999999999"),
        ("", None, ""),
    ],
)
def test_numbers(raw: str, region: str | None, normal: str) -> None:
    assert normal_form("phone", "number", raw, region) == normal


def test_a_number_without_a_region_is_not_given_a_country() -> None:
    assert normal_form("phone", "number", "07700900123") != normal_form("phone", "number", "+447700900123")


@pytest.mark.parametrize(
    ("kind", "raw", "normal"),
    [
        ("handle", "@Some.User", "some.user"),
        ("handle", "@user@Server.example", "user@server.example"),
        ("id", " 100004567890123 ", "100004567890123"),
        ("id", "00123", "00123"),
        ("id", "٣٤٥", "345"),
        ("id", "UCaBcD", "UCaBcD"),
        ("name", "  Ada\u00a0\t LOVELACE ", "ada lovelace"),
        ("name", "A\u200bda\u202e Love\ufe0flace", "ada lovelace"),
        ("name", "\uff21\uff44\uff41", "ada"),
        ("name", "\u200b\u3164", ""),
    ],
)
def test_handles_ids_and_names(kind: AccountKind, raw: str, normal: str) -> None:
    assert normal_form("x", kind, raw) == normal


@pytest.mark.parametrize(
    ("typed", "kind", "normal"),
    [
        ("Jane@X.example", "address", "jane@x.example"),
        ("Jane Doe <Jane@X.example>", "address", "jane@x.example"),
        ("<jane@x.example>", "address", "jane@x.example"),
        ("mailto:jane@x.example?subject=hello", "address", "jane@x.example"),
        ("@Jane_D", "handle", "jane_d"),
        ("+44 7700 900123", "number", "+447700900123"),
        ("07700 900123", "number", "07700900123"),
        ("447700900123", "number", "447700900123"),
        ("1000045678901234", "id", "1000045678901234"),
        ("007", "name", "007"),
        ("Jane  Doe", "name", "jane doe"),
        ("jane at x.example", "name", "jane at x.example"),
        ("alice@bank.example <jane@x.example>", "address", "jane@x.example"),
        ('"Jane Doe"@x.example', "address", '"jane doe"@x.example'),
        ('Jane <"Jane Doe"@x.example>', "address", '"jane doe"@x.example'),
        ('"Doe, Jane" <jane@x.example>', "address", "jane@x.example"),
    ],
)
def test_a_typed_selector_is_read_as_what_it_looks_like(typed: str, kind: AccountKind, normal: str) -> None:
    assert read_selector(typed) == Selector(kind, typed, normal)


def test_a_typed_number_takes_the_region_it_is_given() -> None:
    assert read_selector("07700 900123", "GB").normal == "+447700900123"


@pytest.mark.parametrize("typed", ["", "  ", "\u200b\n", "\u3164"])
def test_an_empty_account_is_refused_in_one_sentence(typed: str) -> None:
    with pytest.raises(UsageError, match="names nobody"):
        read_selector(typed)


@settings(max_examples=150)
@given(ANY_TEXT | TRICKY)
def test_reading_a_selector_gives_a_form_that_an_account_can_equal(typed: str) -> None:
    try:
        selector = read_selector(typed)
    except UsageError:
        return
    assert selector.value == typed
    assert normal_form("x", selector.kind, selector.normal) == selector.normal


@pytest.mark.parametrize(
    ("typed", "kind", "normal"),
    [
        ("id:U02ABCDEF", "id", "U02ABCDEF"),
        ("ID: 29:1abc", "id", "29:1abc"),
        ("handle:Rowan_A", "handle", "rowan_a"),
        ("name:rowan@mail.example", "name", "rowan@mail.example"),
        ("number:12345", "number", "12345"),
    ],
)
def test_what_shape_cannot_tell_is_said_in_front(typed: str, kind: str, normal: str) -> None:
    selector = read_selector(typed)
    assert (selector.kind, selector.normal) == (kind, normal)


def test_a_kind_with_nothing_behind_it_is_read_as_it_stands() -> None:
    assert read_selector("id:").kind == "name"
