"""Text on paper: what cannot be drawn is written out, nothing is lost, and no text costs the document."""

from __future__ import annotations

import random
import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from paper.pdfs import opened, page_texts, squeezed
from plainrecord.paper.blocks import picture
from plainrecord.paper.fonts import code_points, font_files, fonts_with
from plainrecord.paper.printable import _cut, drawable, isolated, printable, right_to_left
from plainrecord.paper.typesetting import STANDARDS, typeset

MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LAST = 0x110000


def document(texts: list[str]) -> dict[str, object]:
    """The data of a paper that holds these texts and nothing else."""
    blocks = [{"kind": "p", "t": printable(text), "rtl": right_to_left(text)} for text in texts]
    return {
        "title": "Texts", "heading": "Texts", "left": "", "right": "", "foot": "", "marking": "", "cover": blocks,
        "depth": 1, "sections": [],
    }  # fmt: skip


def set_in_type(texts: list[str], folder: Path) -> list[str]:
    """The pages of a PDF of these texts, which the engine has to accept at its strictest."""
    out = folder / "texts.pdf"
    made = typeset("report.typ", document(texts), out, folder, MOMENT)
    assert made.problem == ""
    assert made.standards == STANDARDS[0]
    return page_texts(out)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u1826", "[U+1826]"),
        ("a\x00b\x07", "a[U+0000]b[U+0007]"),
        ("\u202egpj.exe", "[U+202E]gpj.exe"),
        ("\ue000 \U000f0000", "[U+E000] [U+F0000]"),
        ("\ud83d", "[U+D83D]"),
        ("soft\u00adhyphen", "soft[U+00AD]hyphen"),
        ("blank\u3164blank", "blank[U+3164]blank"),
        ("\ufdd0", "[U+FDD0]"),
        ("1\ufe0f\u20e3 👨‍👩‍👧 🇬🇧", "1\ufe0f\u20e3 👨‍👩‍👧 🇬🇧"),
        ("fi שלום 你好 สวัสดี नमस्ते", "fi שלום 你好 สวัสดี नमस्ते"),
        ("one\r\ntwo\tthree", "one\ntwo    three"),
        ("e\u0301 שָ नि ❤\u0366 \u05ad\u0332", "e\u0301 שָ नि ❤[U+0366] [U+05AD]\u0332"),
    ],
)
def test_what_cannot_be_drawn_is_written_out_and_the_rest_stays(text: str, shown: str) -> None:
    assert printable(text).replace("\u200b", "") == shown


@given(st.text(st.characters(), max_size=300))
@example(" \t")
def test_nothing_is_lost_and_nothing_undrawable_is_left(text: str) -> None:
    done = printable(text)
    points = {ord(char) for char in done} - {0x0A, 0x20, 0x200B}
    assert {point for point in points if not fonts_with(chr(point))} <= {0x061C, 0x200C, 0x200D, 0x200E, 0x200F} | {
        *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0),
    }  # fmt: skip
    back = re.sub(r"\[U\+([0-9A-F]{4,6})\]", lambda found: chr(int(found[1], 16)), done.replace("\u200b", ""))
    again = re.sub(r"\[U\+([0-9A-F]{4,6})\]", lambda found: chr(int(found[1], 16)), text)
    assert back.replace("\t", "    ") == again.replace("\r\n", "\n").replace("\t", "    ")


def test_every_code_point_there_is_can_be_printed(tmp_path: Path) -> None:
    # A letter before each, because a combining character alone and one on a letter go different ways in the engine. Of
    # ideographs and Hangul, which all go one way, every fortieth; none of the planes that are private or unassigned.
    points = [*range(0x3400), *range(0x3400, 0xD800, 40), *range(0xD800, 0x20000), *range(0x20000, 0x32000, 40)]
    shown = {char: printable(char) for char in map(chr, points)}
    drawn = [char for char, text in shown.items() if text == char]
    rest = [char for char, text in shown.items() if text != char]
    assert len(drawn) > 9_000
    texts = [
        "".join(f"a{char}" for char in some[at : at + 200])
        for some in (drawn, rest[::20])
        for at in range(0, len(some), 200)
    ]
    pages = set_in_type(texts, tmp_path)
    assert squeezed("".join(pages)).count("a") > len(drawn)


@settings(max_examples=6)
@given(st.lists(st.text(st.characters(), max_size=80), min_size=60, max_size=60))
def test_any_texts_become_a_pdf(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    set_in_type(texts, tmp_path_factory.mktemp("any"))


def test_characters_that_shape_each_other_become_a_pdf_in_any_mixture(tmp_path: Path) -> None:
    chance = random.Random(11)
    shaping = [char for char in map(chr, range(0x20000)) if unicodedata.category(char)[0] == "M" and fonts_with(char)]
    shaping += ["\u200d", "\u200c", "\ufe0f", "\ufe0e", "\u200f", "\u0301", "\U0001f3fd", "\u20e3", " ", "\n"]
    bases = list("aا9بשकกক你🇬👩❤")
    set_in_type(["".join(chance.choices(shaping + bases * 40, k=60)) for _ in range(500)], tmp_path)


def test_markup_in_evidence_stays_text(tmp_path: Path) -> None:
    hostile = [
        "#set page(width: 1pt)", "<script>alert(1)</script>", '#read("/etc/passwd")', "*bold* _it_ $x$ @ref <label>", "= Heading",
        '\\u{41} \\ #eval("1+1") //comment /* x */ ~ -- ---', "https://track.example/p.gif",
    ]  # fmt: skip
    pages = set_in_type(hostile, tmp_path)
    assert all(squeezed(text) in squeezed("".join(pages)) for text in hostile)


def test_a_row_of_the_timeline_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    row = {"n": "M-000001", "side": "s", "when": "", "who": "", "first": {"t": "", "rtl": False}, "marks": ""}
    sections = [{"title": "3 Timeline", "blocks": [], "timeline": [row]}]
    made = typeset("report.typ", document([]) | {"sections": sections}, tmp_path / "texts.pdf", tmp_path, MOMENT)
    assert "label `<M-000001>` does not exist" in made.problem


def test_one_message_written_from_the_right_does_not_reorder_its_neighbours(tmp_path: Path) -> None:
    pages = set_in_type(["before one 1", "שלום (abc) 12", "after two 2"], tmp_path)
    assert "before one 1" in pages[0]
    assert "after two 2" in pages[0]
    assert (right_to_left("שלום abc"), right_to_left("12 abc שלום"), right_to_left("12 ؟ سلام")) == (True, False, True)
    assert isolated("שלום") == "\u2068שלום\u2069"
    # A place to break a line has no direction.
    assert isolated(printable("alex.rowe@mail.example")) == "alex.\u200browe@\u200bmail.\u200bexample"


def test_long_stretches_get_places_to_break_but_no_character_is_cut() -> None:
    assert printable("x" * 90).count("\u200b") == 8
    assert printable("alex.rowe@mail.example") == "alex.\u200browe@\u200bmail.\u200bexample"
    assert "\u200b" not in printable("an ordinary sentence with words")
    family = "👨‍👩‍👧‍👦"
    assert all(piece.count("👨") == piece.count("👦") for piece in printable(family * 12).split("\u200b"))
    assert all(len(piece) % 2 == 0 for piece in printable("🇬🇧" * 30).split("\u200b"))
    assert printable("e\u0301" * 40).replace("\u200b", "") == "e\u0301" * 40
    assert "\u200b\u0301" not in printable("e\u0301" * 40)


@given(st.text(st.characters(codec="ascii"), max_size=120))
@example("a" * 40)
@example("a" * 41 + " b/c" * 9)
def test_plain_text_is_broken_by_the_quick_way_as_by_the_careful_one(text: str) -> None:
    # One letter more that is not ASCII, and every stretch and every cut goes the careful way.
    assert printable(text + " é") == printable(text) + " é"
    assert _cut(text + "é").removesuffix("é").removesuffix("\u200b") == _cut(text)


def boxes(path: Path) -> list[tuple[str, float, float]]:
    """(character, left, right) of everything on the first page that takes room, as it is drawn."""
    with opened(path) as document:
        text = document[0].get_textpage()
        found = [(text.get_text_range(at, 1), text.get_charbox(at)) for at in range(text.count_chars())]
        text.close()
    return [(char, box[0], box[2]) for char, box in found if box[2] > box[0]]


def test_nothing_runs_off_the_page(tmp_path: Path) -> None:
    set_in_type(["W" * 400, "M\u00a0M" * 200, "٣" * 300, "https://example.example/" + "a" * 300], tmp_path)
    assert max(right for _, _, right in boxes(tmp_path / "texts.pdf")) < 595 - 40


def test_a_digit_in_a_box_lies_on_no_neighbour(tmp_path: Path) -> None:
    set_in_type(["❤\ufe0f7\ufe0f\u20e3☎"], tmp_path)
    places = {char: (left, right) for char, left, right in boxes(tmp_path / "texts.pdf") if char in "❤7\u20e3☎"}
    assert places["7"] == places["\u20e3"]
    assert places["❤"][1] <= places["7"][0] + 1
    assert places["7"][1] <= places["☎"][0] + 1


def test_every_letter_that_stays_in_pictures_can_be_drawn_there(tmp_path: Path) -> None:
    letters = [char for char in map(chr, range(0x20, 0x30000)) if drawable(char) == char and char not in "<&"]
    assert {"a", "é", "ß", "Ω", "Ж", "–"} <= set(letters)
    assert drawable("Zoë שלום 😡 1\ufe0f\u20e3") == "Zoë […] […] 1[…]"
    lines = ["".join(letters[at : at + 40]) for at in range(0, len(letters), 40)]
    words = "".join(
        f'<text x="5" y="{20 * at}" font-family="Arial, sans-serif">{line}</text>' for at, line in enumerate(lines, 1)
    )
    (tmp_path / "one.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400">{words}</svg>', "utf-8"
    )
    data = document([]) | {"cover": [picture("/one.svg", "Letters")]}
    made = typeset("report.typ", data, tmp_path / "texts.pdf", tmp_path, MOMENT)
    assert (made.problem, made.standards) == ("", STANDARDS[0])


def test_the_tables_of_the_fonts_are_read_as_the_engine_reads_them() -> None:
    files = font_files()
    assert len(files) > 20
    arabic = next(path for path in files if "Arabic" in path.name)
    points = set(code_points(arabic.read_bytes()))
    assert {0x0627, 0x0628, 0x064B} <= points
    assert 0x4E00 not in points
    assert all(fonts_with(char) for char in "A€一😀กअ")
    assert not fonts_with("\u1826")
