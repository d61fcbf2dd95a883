"""`winmail.dat` and the rich text in it; the compressed samples are those Microsoft publishes with the format."""

from __future__ import annotations

import pytest

from outlook_craft import BINARY, INT, OBJECT, TEXT, TEXT_8BIT, attribute, packed_rtf, plain_rtf, tnef, tnef_properties
from plainrecord.parsers.email.lzfu import unpack_rtf
from plainrecord.parsers.email.rtf import read_rtf
from plainrecord.parsers.email.tnef import read_tnef

RICH = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\pard Caf\'e9\par Two\par}"
PAGE = rb"{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Hello\htmlrtf }\htmlrtf0{\*\htmltag72 </p>}}"


@pytest.mark.parametrize(
    ("packed", "rtf"),
    [
        (
            "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0",
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
        ),
        ("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0", b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"),
    ],
)
def test_the_published_samples_are_unpacked(packed: str, rtf: bytes) -> None:
    assert unpack_rtf(bytes.fromhex(packed)) == (rtf, ())


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 4095, 9_000])
def test_both_forms_give_back_what_was_packed(length: int) -> None:
    rtf = (b"{\\rtf1 0123456789abcdef" * 500)[:length]
    assert unpack_rtf(packed_rtf(rtf)) == (rtf, ()) and unpack_rtf(plain_rtf(rtf)) == (rtf, ())


def test_cut_off_compressed_text_gives_what_there_is_and_says_so() -> None:
    packed = packed_rtf(RICH)
    for end in range(16, len(packed) - 12):
        rtf, notes = unpack_rtf(packed[:end])
        assert RICH.startswith(rtf) and notes == ("rtf:cut-off",)


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1\ansi A\tab B\line C\par \{d\}\\ \endash\~}", "A\tB\nC\n{d}\\ –\u00a0"),
        (rb"{\rtf1\ansi\uc1 \u8364 ?x\u-10179?\u-8704?}", "€x😀"),
        (rb"{\rtf1\ansi\uc2 \u8364 \'a4\'a5x}", "€x"),
        (rb"{\rtf1\ansi{\fonttbl{\f1\fcharset204 Y;}}{\f1 \'cf}\'e9}", "Пé"),
        (rb"{\rtf1{\info{\author X}}{\*\other hidden}{\pict 00ff}\bin3 }}}shown}", "shown"),
    ],
)
def test_the_text_of_rich_text(rtf: bytes, text: str) -> None:
    assert read_rtf(rtf).text == text


def test_the_page_wrapped_in_rich_text_is_given_back_as_a_page() -> None:
    found = read_rtf(PAGE)
    assert found.text is None and found.html is not None and found.html.strip() == "<p>Hello</p>"


def test_deep_and_open_groups_do_no_harm() -> None:
    assert read_rtf(b"{\\rtf1 " + b"{" * 100_000 + b"x").notes == ("rtf:too-deep",)
    assert read_rtf(b"{\\rtf1 a" + b"}" * 1_000 + b"b").text == "ab"


def test_trap_22_a_bad_checksum_and_garbage_behind_the_end_are_noted_and_read_through() -> None:
    data = tnef(attribute(1, 0x8004, 1, b"Hi\0", wrong_sum=True), attribute(1, 0x800C, 2, b"Text\0")) + b"\x07garbage"
    found = read_tnef(data)
    assert (found.subject, found.text) == ("Hi", "Text")
    assert found.notes == ["trap-22:wrong-checksum", "trap-22:bytes-behind-the-end"]


def test_trap_22_a_body_of_rich_text_only_is_read() -> None:
    found = read_tnef(tnef(attribute(1, 0x9003, 6, tnef_properties({(0x1009, BINARY): packed_rtf(RICH)}))))
    assert found.text == "Café\nTwo" and "trap-22:text-from-rich-text" in found.notes


def test_files_have_their_long_name_and_named_properties_are_passed_over() -> None:
    props = {(0x8005, INT): 3, (0x3707, TEXT): "a long name.txt", (0x370E, TEXT_8BIT): "text/plain"}
    found = read_tnef(
        tnef(
            attribute(2, 0x9002, 6, bytes(14)),
            attribute(2, 0x8010, 1, b"ALONG~1.TXT\0"),
            attribute(2, 0x800F, 6, b"data"),
            attribute(2, 0x9005, 6, tnef_properties(props)),
            attribute(2, 0x9002, 6, bytes(14)),
            attribute(2, 0x8010, 1, b"SHORT.TXT\0"),
        )
    )
    assert [(one.name, one.data, one.media_type) for one in found.files] == [
        ("a long name.txt", b"data", "text/plain"),
        ("SHORT.TXT", b"", None),
    ]


@pytest.mark.parametrize("kind", [BINARY, OBJECT])
def test_a_mail_inside_is_kept_as_a_file(kind: int) -> None:
    inner = bytes(16) + tnef(attribute(1, 0x8004, 1, b"Inner\0"))
    props = tnef_properties({(0x3701, kind): inner, (0x3001, TEXT): "Inner"})
    stand_in = attribute(2, 0x800F, 6, b"This message cannot be shown here.")
    [file] = read_tnef(tnef(attribute(2, 0x9002, 6, bytes(14)), stand_in, attribute(2, 0x9005, 6, props))).files
    assert file.message and file.name == "Inner" and read_tnef(file.data).subject == "Inner"


def test_an_object_of_another_program_is_kept_as_a_file() -> None:
    props = tnef_properties({(0x3701, OBJECT): bytes(16) + b"a picture", (0x3001, TEXT): "Picture"})
    [file] = read_tnef(tnef(attribute(2, 0x9002, 6, bytes(14)), attribute(2, 0x9005, 6, props))).files
    assert (file.message, file.name, file.data) == (False, "Picture", b"a picture")


def test_damaged_properties_keep_what_came_before_the_damage() -> None:
    props = tnef_properties({(0x0037, TEXT): "Kept", (0x1000, TEXT): "Lost"})
    found = read_tnef(tnef(attribute(1, 0x9003, 6, props[:-6])))
    assert found.subject == "Kept" and found.text is None and found.notes == ["tnef:damaged-properties"]
