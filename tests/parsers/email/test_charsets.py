"""The charset ladder (trap 12)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.parsers.email.charsets import LABELS, codec_for, decode


@pytest.mark.parametrize(
    ("label", "data", "text"),
    [
        ("utf8mb4", "ü".encode(), "ü"),
        ("gb2312", "镕".encode("gbk"), "镕"),
        ("iso-8859-8-i", "שלום".encode("iso8859_8"), "שלום"),
        ("windows-874", "สวัสดี".encode("cp874"), "สวัสดี"),
        ("x-sjis", "こんにちは①".encode("cp932"), "こんにちは①"),
        ("ks_c_5601-1987", "똠방".encode("cp949"), "똠방"),
        ("x-mac-cyrillic", "Привет".encode("mac_cyrillic"), "Привет"),
        ("x-cp1252", "’".encode("cp1252"), "’"),
        ("iso-8859-1", b"it\x92s", "it’s"),
        ("us-ascii", "ü".encode(), "ü"),
        ("unknown-8bit", b"\xfc", "ü"),
        ("iso-10646-ucs-2", "ab".encode("utf-16-be"), "ab"),
    ],
)
def test_trap_12_labels_python_does_not_know_are_read_and_recorded(label: str, data: bytes, text: str) -> None:
    read = decode(data, label)
    assert read.text == text
    assert not read.replaced
    assert any(note.startswith("charset:") for note in read.notes)


def test_trap_12_an_unknown_label_falls_back_and_says_so() -> None:
    read = decode(b"caf\xe9", "x-klingon")
    assert (read.text, read.codec) == ("café", "cp1252")
    assert read.notes == ("charset:unknown-x-klingon", "charset:x-klingon-read-as-cp1252")


@pytest.mark.parametrize(
    ("label", "written"),
    [("iso-2022-jp", "euc_jp"), ("shift_jis", "euc_jp"), ("iso-2022-jp", "cp932"), ("euc-jp", "cp932")],
)
def test_trap_12_japanese_under_the_label_of_its_other_code_is_read_and_recorded(label: str, written: str) -> None:
    text = "駅の前で待っています。また明日。"
    found = decode(text.encode(written), label)
    assert (found.text, found.codec) == (text, written)
    assert found.notes == (f"charset:{label}-read-as-{written}",)


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        ("é ü naïve ".encode() + b"\xff end", "utf-8", "é ü naïve \ufffd end"),
        ("é ü naïve ".encode() + b"\xff end", None, "é ü naïve \ufffd end"),
        ("Hello 😀".encode()[:-1], "utf-8", "Hello \ufffd"),
        ("Привет".encode("gb18030") + b"\xff", "gb2312", "Привет\ufffd"),
    ],
)
def test_trap_12_one_broken_character_does_not_change_the_charset(data: bytes, label: str | None, text: str) -> None:
    found = decode(data, label)
    assert (found.text, found.replaced) == (text, True)
    assert "charset:replaced-characters" in found.notes


@pytest.mark.parametrize("text", ["café", "café olé", "naïve", "Ærø på ski"])
def test_trap_12_windows_text_under_the_label_of_utf_8_is_still_read(text: str) -> None:
    found = decode(text.encode("cp1252"), "utf-8")
    assert (found.text, found.notes) == (text, ("charset:utf-8-read-as-cp1252",))


def test_trap_12_replacement_is_recorded() -> None:
    read = decode(b"\x81\xff", None)
    assert read.replaced
    assert "charset:replaced-characters" in read.notes


def test_a_true_label_leaves_no_note_however_it_is_hyphened() -> None:
    assert decode("é".encode("cp850"), "cp-850").text == "é"
    for label, data in (
        ("CP-1252", b"\x92"),
        ("cp-850", b"\x82"),
        ("utf-8", "ü".encode()),
        ("ISO-8859-1", b"\xfc"),
        ("windows-1252", b"\x92"),
        ("koi8-r", b"\xd0"),
    ):
        assert decode(data, label).notes == (), label


def test_a_byte_order_mark_and_the_pages_own_charset_are_rungs() -> None:
    assert decode("ﬁ".encode("utf-16"), None).text == "ﬁ"
    assert decode(b'<meta charset="koi8-r">\xf0', None, html=True).text.endswith("П")


def test_utf_7_is_decoded_but_flagged() -> None:
    assert decode(b"+ADw-b", "utf-7").notes == ("charset:utf-7",)


@pytest.mark.parametrize(
    "label", ["idna", "punycode", "unicode_escape", "undefined", "rot13", "zlib", "../x", "a\0b", "mbcs"]
)
def test_codecs_that_are_no_character_set_are_not_used(label: str) -> None:
    assert codec_for(label) is None
    assert decode(b"\\x41\xfc", label).text == "\\x41ü"


def test_every_alias_leads_to_a_codec_python_has() -> None:
    for label, codec in LABELS.items():
        assert codec == "" or b"a".decode("latin-1").encode(codec) is not None, label


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=100), st.one_of(st.none(), st.sampled_from(sorted(LABELS)), st.text(max_size=20)))
def test_any_bytes_under_any_label_decode(data: bytes, label: str | None) -> None:
    assert isinstance(decode(data, label, html=True).text, str)
