"""The header field splitter."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.parsers.email.headers import Fields, block_end, oddities, unfold


def test_raw_values_are_kept_exactly_with_their_folds() -> None:
    fields = Fields(b"Subject: one\r\n two\r\nFrom: a@x.example\r\n\r\n")
    assert fields.first(b"subject") == b" one\r\n two\r"
    assert fields.text(b"subject") == "one two"


def test_unfolding_removes_only_the_line_end() -> None:
    assert unfold(b" one\n\t two\r\n  three ") == b"one\t two  three"


@pytest.mark.parametrize(
    "block",
    [
        b"this line has no colon\nFrom: a@x.example\nSubject: hi\n\n",
        b"From: a@x.example\nno colon here\nSubject: hi\n\n",
        b"From : a@x.example\nSubject \t: hi\n\n",
        b"\n\nFrom: a@x.example\nSubject: hi\n\n",
        b"\xef\xbb\xbfFrom: a@x.example\nSubject: hi\n\n",
        b">From mallory Tue Jan 21 05:30:14 2014\nFrom: a@x.example\nSubject: hi\n\n",
        b"From mallory Tue Jan 21 05:30:14 2014\nFrom: a@x.example\nSubject: hi\n\n",
        b"From: a@x.example\n>From mallory Tue Jan 21 05:30:14 2014\nSubject: hi\n\n",
        b"\xef\xbb\xbf\r\n\r\nFROM: a@x.example\r\nSUBJECT: hi\r\n\r\n",
    ],
)
def test_trap_06_from_and_subject_are_found_in_damaged_header_blocks(block: bytes) -> None:
    fields = Fields(block[: block_end(block)])
    assert fields.text(b"from") == "a@x.example"
    assert fields.text(b"subject") == "hi"


def test_trap_06_damage_is_noted() -> None:
    assert oddities(Fields(b"From: a@x.example\nno colon here\n\n")) == ("trap-6:line-without-colon",)
    assert oddities(Fields(b"no colon here\nFrom: a@x.example\n\n")) == ("trap-6:line-without-colon",)
    assert oddities(Fields(b"\nFrom: a@x.example\n\n")) == ("trap-6:text-before-the-headers",)
    assert oddities(Fields(b"From: a@x.example\nSubject : hi\n folded\n\n")) == ()


def test_trap_07_a_bare_cr_does_not_start_a_new_header_and_is_flagged() -> None:
    fields = Fields(b"Subject: hello\rFrom: hidden@x.example\nFrom: real@x.example\n\n")
    assert fields.all(b"from") == [b" real@x.example"]
    assert "trap-7:bare-cr-in-headers" in oddities(fields)


def test_trap_07_crlf_line_ends_are_not_flagged() -> None:
    assert oddities(Fields(b"Subject: hello\r\nFrom: a@x.example\r\n\r\n")) == ()


def test_the_body_starts_after_the_first_blank_line_behind_the_fields() -> None:
    for raw in (b"A: 1\n\nbody", b"A: 1\r\n\r\nbody", b"\nA: 1\n\nbody", b"A: 1\n\r\nbody", b"A: 1\r\n\r\r\nbody"):
        assert raw[block_end(raw) :] == b"body", raw


def test_a_block_without_a_blank_line_is_all_header() -> None:
    assert block_end(b"A: 1\nB: 2") == 9


def test_the_first_of_repeated_fields_is_the_topmost() -> None:
    fields = Fields(b"X-A: 1\nx-a: 2\nTo: a@x.example\nTO: b@x.example\n\n")
    assert fields.all(b"x-a") == [b" 1", b" 2"]
    assert fields.all(b"to") == [b" a@x.example", b" b@x.example"]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_can_be_split(data: bytes) -> None:
    fields = Fields(data)
    assert 0 <= block_end(data) <= len(data)
    assert all(value in data for _, value in fields.pairs)
    oddities(fields)
