"""Lines keep their exact bytes and places, whatever stands in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.intake import list_source
from plainrecord.intake.listing import Member, Original
from plainrecord.intake.reading import open_member
from plainrecord.parsers.chat import lines as text_lines
from plainrecord.parsers.chat.lines import Encoding, Line, decoded, encoding_of, entries, lines, span, without_end


def lines_of(path: Path, data: bytes) -> list[Line]:
    path.write_bytes(data)
    [member] = list_source([path], "S01").members
    with open_member(member) as stream:
        return list(lines(stream, encoding_of(data)))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lines") / "chat.txt"


@given(st.binary(max_size=400).map(lambda data: data.replace(b"\0", b"\n")))
def test_the_lines_of_a_file_joined_are_the_file(place: Path, data: bytes) -> None:
    place.write_bytes(data)
    member = Member(Original(place, place.name, len(data), 0), "", place.name, len(data), "text/plain")
    with open_member(member) as stream:
        found = list(lines(stream))
    assert b"".join(line.raw for line in found) == data
    assert [line.start for line in found] == [sum(len(one.raw) for one in found[:n]) for n in range(len(found))]
    assert [line.number for line in found] == list(range(1, len(found) + 1))


def test_trap_2_only_lf_ends_a_line(place: Path) -> None:
    data = "a\u2028b\u0085c\x0bd\x0ce\rf\r\ng\n".encode()
    assert [without_end(line.raw.decode()) for line in lines_of(place, data)] == ["a\u2028b\u0085c\x0bd\x0ce\rf", "g"]


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [True, False])
def test_utf_16_is_split_at_whole_code_units(place: Path, name: str, mark: bool) -> None:
    # U+0A00 and U+000A share bytes with LF; neither half of the first ends a line.
    text = ("\ufeff" if mark else "") + "ab\u0a00c is a line\r\nsecond line of it\n"
    found = lines_of(place, text.encode(name))
    assert [decoded(line.raw, Encoding(name))[0].lstrip("\ufeff") for line in found] == [
        "ab\u0a00c is a line\r\n",
        "second line of it\n",
    ]


def test_an_overlong_line_is_cut_at_the_same_places_however_it_is_read(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_lines, "LONGEST_LINE", 1000)
    found = lines_of(place, b"x" * 2500 + b"\nshort\n")
    assert [(len(line.raw), line.begins, line.number) for line in found] == [
        (1000, True, 1),
        (1000, False, 1),
        (501, False, 1),
        (6, True, 2),
    ]


def test_bytes_that_are_no_utf_8_are_read_and_the_guess_is_noted() -> None:
    assert decoded(b"caf\xe9 au lait", Encoding()) == ("café au lait", (text_lines.GUESSED,))
    assert decoded("cut é".encode()[:-1], Encoding()) == ("cut \ufffd", ("charset-damaged",))


def test_lines_without_a_header_are_an_entry_of_their_own(place: Path) -> None:
    found = lines_of(place, b"lost\nH one\nmore\n\nH two")
    joined = list(entries(found, lambda line: line.raw[2:].strip() if line.raw.startswith(b"H ") else None))
    assert [(entry.header, entry.raw, entry.first, entry.last) for entry in joined] == [
        (None, b"lost\n", 1, 1),
        (b"one", b"H one\nmore\n\n", 2, 4),
        (b"two", b"H two", 5, 5),
    ]
    assert span(joined[1].locator) == (5, 17)
