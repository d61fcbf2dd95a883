"""Encoded words and raw 8-bit header text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.parsers.email.words import decode_words


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?q?J=C3=BCrgen?= Doe", "Jürgen Doe"),
        (b"=?UTF-8?B?SsO8cmdlbg==?=", "Jürgen"),
        (b"=?utf-8?B?SsO8cmdlbg?=", "Jürgen"),
        (b"=?utf-8*en?q?a_b?=", "a b"),
        (b"=?utf-8?q?one?= =?utf-8?q?two?=", "onetwo"),
        (b"=?utf-8?q?one?= and =?utf-8?q?two?=", "one and two"),
        (b"=?utf-8?q?J=C3?= =?utf-8?q?=BCrgen?=", "Jürgen"),
        (b"=?utf-8?q?why?_not?=", "why? not"),
        (b"H=?ISO-8859-1?B?9g==?=hn", "Höhn"),
        (b"=?utf-8?x?nonsense?=", "=?utf-8?x?nonsense?="),
        (b"=?utf-8?q?half", "=?utf-8?q?half"),
    ],
)
def test_encoded_words(raw: bytes, text: str) -> None:
    assert decode_words(raw).text == text


def test_raw_eight_bit_text_is_read_as_utf_8_first_and_said_so() -> None:
    read = decode_words("Zoë".encode())
    assert (read.text, read.notes) == ("Zoë", ("header:raw-8-bit-read-as-utf-8",))


def test_raw_eight_bit_text_falls_back_to_the_body_charset_then_windows_1252() -> None:
    assert decode_words("Привет".encode("koi8-r"), "koi8-r").text == "Привет"
    assert decode_words(b"\xa380m").text == "£80m"


def test_an_unknown_charset_is_noted() -> None:
    read = decode_words(b"=?x-klingon?q?=C3=BC?=")
    assert read.text == "ü"
    assert "charset:unknown-x-klingon" in read.notes


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_become_text(data: bytes) -> None:
    decode_words(data)
    decode_words(b"=?" + data + b"?=")
