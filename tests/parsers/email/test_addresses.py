"""Address headers: traps 9 and 10."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.parsers.email.addresses import parse_addresses


def _pairs(raw: bytes) -> list[tuple[str | None, str | None]]:
    return [(mailbox.address, mailbox.name) for mailbox in parse_addresses(raw).mailboxes]


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        (b" j@x.example", [("j@x.example", None)]),
        (b" Jane Doe <j@x.example>", [("j@x.example", "Jane Doe")]),
        (b' "Doe, Jane" <j@x.example>', [("j@x.example", "Doe, Jane")]),
        (b" Jane\r\n Doe\r\n <j@x.example>", [("j@x.example", "Jane Doe")]),
        (b" j@x.example (Jane Doe)", [("j@x.example", "Jane Doe")]),
        (b" =?utf-8?q?J?=<j@x.example>", [("j@x.example", "J")]),
        (b' "=?utf-8?q?J=C3=BCrgen?=" <j@x.example>', [("j@x.example", "Jürgen")]),
        (b" a@x.example, B <b@y.example>", [("a@x.example", None), ("b@y.example", "B")]),
        (b' "j. d"@x.example', [('"j. d"@x.example', None)]),
        (b" j@(comment)x.example", [("j@x.example", "comment")]),
        (b" j @ x.example", [("j@x.example", None)]),
        (b" <@a.example,@b.example:c@d.example>", [("c@d.example", None)]),
        (b" <mailto:j@x.example>", [("j@x.example", None)]),
        (b" Jane j@x.example", [("j@x.example", "Jane")]),
        (b" Jane <j@x.example", [("j@x.example", "Jane")]),
        (b' "Jane <j@x.example>', [("j@x.example", "Jane")]),
        (b" MAILER-DAEMON", [(None, "MAILER-DAEMON")]),
        (b" Re: Jane <j@x.example>", [("j@x.example", "Re: Jane")]),
    ],
)
def test_one_value_gives_these_mailboxes(raw: bytes, pairs: list[tuple[str, str | None]]) -> None:
    assert _pairs(raw) == pairs


def test_trap_09_an_address_before_the_brackets_is_a_name() -> None:
    parsed = parse_addresses(b"alice@bank.example <evil@x.example>")
    assert [(box.address, box.name) for box in parsed.mailboxes] == [("evil@x.example", "alice@bank.example")]
    assert "spoof:display-name-is-address" in parsed.notes


@pytest.mark.parametrize(
    "raw",
    [
        b'"=?utf-8?q?Bank_=3Cbank=40x.example=3E?=" <evil@y.example>',
        b"=?utf-8?q?Bank_=3Cbank=40x.example=3E?= <evil@y.example>",
        b"=?utf-8?b?YmFua0B4LmV4YW1wbGU=?= <evil@y.example>",
        b'"bank@x.example" <evil@y.example>',
        "bank\uff20x.example <evil@y.example>".encode(),
    ],
)
def test_trap_09_an_encoded_or_quoted_name_never_becomes_the_address(raw: bytes) -> None:
    parsed = parse_addresses(raw)
    assert [box.address for box in parsed.mailboxes] == ["evil@y.example"]
    assert "spoof:display-name-is-address" in parsed.notes


def test_trap_09_several_bracketed_addresses_are_flagged_and_the_last_counts() -> None:
    parsed = parse_addresses(b"a@x.example <b@y.example> <c@z.example>")
    assert [box.address for box in parsed.mailboxes] == ["c@z.example"]
    assert "address:several-in-one-mailbox" in parsed.notes
    assert parsed.mailboxes[0].raw == "a@x.example <b@y.example> <c@z.example>"


def test_a_name_that_repeats_its_own_address_is_no_sign() -> None:
    assert parse_addresses(b'"J@x.example" <j@x.example>').notes == ()


def test_trap_10_an_unquoted_comma_in_a_name() -> None:
    parsed = parse_addresses(b"Doe, Jane <j@x.example>")
    assert [(box.address, box.name) for box in parsed.mailboxes] == [("j@x.example", "Doe, Jane")]
    assert "trap-10:unquoted-comma" in parsed.notes


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'"kim@bank.example", <sam@mail.example>', [("sam@mail.example", "kim@bank.example")]),
        (b'"Penrose, Sam", <sam@mail.example>', [("sam@mail.example", "Penrose, Sam")]),
        (b"Customer service, <sam@mail.example>", [("sam@mail.example", "Customer service")]),
        (b'"kim@bank.example", Kim <sam@mail.example>', [(None, "kim@bank.example"), ("sam@mail.example", "Kim")]),
    ],
)
def test_trap_10_a_quoted_name_before_the_comma_is_no_address(
    value: bytes, expected: list[tuple[str | None, str]]
) -> None:
    assert [(box.address, box.name) for box in parse_addresses(value).mailboxes] == expected


def test_trap_10_such_a_name_that_spells_another_address_is_flagged() -> None:
    parsed = parse_addresses(b'"kim@bank.example", <sam@mail.example>')
    assert {"trap-10:unquoted-comma", "spoof:display-name-is-address"} <= set(parsed.notes)


def test_a_quoted_address_counts_where_the_field_states_nothing_else() -> None:
    alone = parse_addresses(b'"sam@mail.example"')
    assert [box.address for box in alone.mailboxes] == ["sam@mail.example"]
    assert "address:in-quotes" in alone.notes
    beside = parse_addresses(b'"sam@mail.example", kim@mail.example')
    assert [box.address for box in beside.mailboxes] == [None, "kim@mail.example"]


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        (b'"kim@bank.example" sam@mail.example', "sam@mail.example", "kim@bank.example"),
        (b'"kim@bank.example" <sam@mail.example', "sam@mail.example", "kim@bank.example"),
        (b'sam@mail.example "kim@bank.example"', "sam@mail.example", "kim@bank.example"),
        (b'"Kim <kim@bank.example>" sam@mail.example', "sam@mail.example", "Kim <kim@bank.example>"),
        (b'"kim@bank.example" sam', None, "kim@bank.example sam"),
        (b'"Sam \\" P" sam@mail.example', "sam@mail.example", 'Sam " P'),
        (b'Kim <"kim@bank.example" <sam@mail.example>>', "sam@mail.example", "Kim"),
    ],
)
def test_a_quoted_name_beside_other_words_is_never_an_address(value: bytes, address: str | None, name: str) -> None:
    parsed = parse_addresses(value)
    assert [(box.address, box.name) for box in parsed.mailboxes] == [(address, name)]
    assert ("spoof:display-name-is-address" in parsed.notes) == ("kim@" in name)


def test_of_two_mailboxes_that_nothing_separates_a_quoted_name_spells_none() -> None:
    parsed = parse_addresses(b'Sam <sam@mail.example> "kim@bank.example" <lee@mail.example>')
    assert [box.address for box in parsed.mailboxes] == ["sam@mail.example", "lee@mail.example"]


def test_a_long_run_of_blanks_inside_brackets_takes_no_longer_than_it_is_long() -> None:
    blanks = b" " * 200_000
    assert parse_addresses(b"Kim <kim" + blanks + b"@ mail . example>").mailboxes[0].address == "kim@mail.example"
    # Where no sign follows them, each blank was the beginning of a search of its own: minutes, not milliseconds.
    assert parse_addresses(b"Kim <kim" + blanks + b"x@mail.example>").mailboxes[0].address is not None


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        (b"Friends <Sam Penrose <sam@mail.example>>", "sam@mail.example", "Friends Sam Penrose"),
        (b"Kim <xq7@<sam@mail.example>", "sam@mail.example", "Kim"),
        (b'Kim <"a<b"@mail.example>', '"a<b"@mail.example', "Kim"),
        (b"Kim <a<b>", None, "Kim <a<b>"),
    ],
)
def test_of_nested_brackets_the_innermost_holds_the_address(value: bytes, address: str | None, name: str) -> None:
    assert _pairs(value) == [(address, name)]


def test_two_mailboxes_that_nothing_separates_are_both_read() -> None:
    parsed = parse_addresses(b'Sam <sam@mail.example> "Kim" <kim@mail.example> Lee <lee@mail.example>, a@x.example')
    assert [(box.address, box.name) for box in parsed.mailboxes] == [
        ("sam@mail.example", "Sam"),
        ("kim@mail.example", "Kim"),
        ("lee@mail.example", "Lee"),
        ("a@x.example", None),
    ]
    assert "address:without-separator" in parsed.notes
    assert [box.raw for box in parsed.mailboxes][1] == '"Kim" <kim@mail.example>'


def test_comments_inside_an_address_are_no_part_of_it() -> None:
    parsed = parse_addresses(b"Sam <sam(his account)@mail(his host).example>, <kim(unclosed@mail.example>")
    assert [box.address for box in parsed.mailboxes] == ["sam@mail.example", "kim(unclosed@mail.example"]


def test_a_bare_address_with_two_at_signs_is_kept_as_written() -> None:
    assert _pairs(b"sam@home@mail.example") == [("sam@home@mail.example", None)]


@pytest.mark.parametrize("value", [b"undisclosed recipients@mx.example", b"<undisclosed-recipients:;@mx.example>"])
def test_undisclosed_recipients_are_nobodys_address(value: bytes) -> None:
    parsed = parse_addresses(value)
    assert [box.address for box in parsed.mailboxes] == [None]
    assert "address:undisclosed" in parsed.notes


def test_trap_10_semicolons_separate_as_outlook_writes_them() -> None:
    parsed = parse_addresses(b"a@x.example; B <b@y.example>;c@z.example")
    assert [box.address for box in parsed.mailboxes] == ["a@x.example", "b@y.example", "c@z.example"]
    assert "trap-10:semicolon-separators" in parsed.notes


def test_trap_10_groups() -> None:
    hidden = parse_addresses(b"undisclosed-recipients:;")
    assert (hidden.mailboxes, hidden.groups, hidden.notes) == ((), ("undisclosed-recipients",), ())
    team = parse_addresses(b"Team: a@x.example, B <b@y.example>;, c@z.example")
    assert [box.address for box in team.mailboxes] == ["a@x.example", "b@y.example", "c@z.example"]
    assert team.groups == ("Team",)


def test_trap_10_raw_utf_8_addresses() -> None:
    assert _pairs("Zoë <zoë@exämple.example>".encode()) == [("zoë@exämple.example", "Zoë")]


def test_trap_10_the_null_sender() -> None:
    parsed = parse_addresses(b" <>")
    assert (parsed.mailboxes, parsed.notes) == ((), ("address:null-sender",))


def test_trap_10_no_address_keeps_the_text() -> None:
    parsed = parse_addresses(b"jane(at)x.example")
    assert [(box.address, box.name) for box in parsed.mailboxes] == [(None, "jane(at)x.example")]
    assert "address:none" in parsed.notes


@pytest.mark.parametrize(
    "piece", [b"(", b'"', b'"\\', b"<", b"a@b<", b"a@b ", b"a,", b"x:a@b;", b" .", b"=?a?q?", b"a    "]
)
def test_hostile_repetition_is_read_in_bounded_time_and_memory(piece: bytes) -> None:
    parsed = parse_addresses(piece * 20_000)
    assert len(parsed.mailboxes) <= 2_000


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='ab@.,;:<>()"\\ =?[]\n\x80ü', max_size=60))
def test_any_value_can_be_parsed(text: str) -> None:
    for mailbox in parse_addresses(text.encode()).mailboxes:
        assert mailbox.address is None or mailbox.address
