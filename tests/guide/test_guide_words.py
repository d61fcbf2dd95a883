"""The words of the pages: every text used exists, every text is plain enough, none says what must not be on a shared screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plainrecord.guide import words
from plainrecord.guide.services import services
from plainrecord.guide.support import NATIONS, lines_for, support
from plainrecord.parsers.diarywords import kinds
from plainrecord.selection import LEFT_OUT

textstat = pytest.importorskip("textstat")

GUIDE = Path(words.__file__).parent
ENGLISH = words.table("en")
# Two measures that need no dictionary, only the lengths of words and sentences: Automated Readability Index and Coleman–Liau.
# Both give a school grade; a grade plus five is about the age of a reader in the UK, so grade 4 is nine and grade 6 is eleven.
MEASURES = (textstat.automated_readability_index, textstat.coleman_liau_index)
HARDEST_ALL, HARDEST_PAGE = 4.0, 6.0


def grade(said: list[str]) -> float:
    """The harder of the two measures."""
    return max(measure(" ".join(said)) for measure in MEASURES)


def texts(key: str = "") -> list[str]:
    """Every sentence of the English texts whose key begins with `key`."""
    found: list[str] = []
    for name, said in ENGLISH.items():
        if name.startswith(key):
            found += [said] if isinstance(said, str) else list(said)
    return [text if text[-1:] in ".?!:" else f"{text}." for text in found if " " in text]


def used_keys() -> set[str]:
    """Keys written out in templates and code."""
    asked = r"\bt(?:\.plain|\.lines|\.raw)?\(|p\.(?:lines|points|go_on)\(|words(?:\.plain|\.lines|\.raw)?\(|\] = "
    pattern = re.compile(rf"""(?:{asked})f?["']([a-z_-]+\.[a-z0-9_.-]+)["']""")
    sources = [*GUIDE.glob("templates/*.html"), *GUIDE.glob("*.py")]
    return {key for path in sources for key in pattern.findall(path.read_text("utf-8")) if not key.endswith(".")}


def test_every_text_that_a_page_asks_for_exists() -> None:
    keys = used_keys()
    assert len(keys) > 150
    assert keys <= set(ENGLISH)


def test_texts_made_of_two_parts_exist() -> None:
    wanted = [f"kind.{kind}" for kind in kinds()]
    wanted += [f"look.reason.{code}" for code in LEFT_OUT]
    wanted += [f"nation.{nation}" for nation in NATIONS]
    wanted += [f"month.{month}" for month in range(1, 13)]
    assert set(wanted) <= set(ENGLISH)


@pytest.mark.parametrize("language", [code for code in words.languages() if code != "en"])
def test_every_language_has_the_same_keys_and_the_same_places_for_values(language: str) -> None:
    other = words.table(language)
    assert set(other) == set(ENGLISH)
    for key, text in other.items():
        if text:
            assert type(text) is type(ENGLISH[key]), key
            assert set(re.findall(r"{(\w+)}", str(text))) == set(re.findall(r"{(\w+)}", str(ENGLISH[key]))), key


def test_what_is_not_translated_is_english_and_says_so() -> None:
    welsh = words.Words("cy")
    assert not welsh.complete
    assert welsh("frame.go_on") == "Parhau"
    assert welsh("home.heading") == '<span lang="en">Your steps</span>'
    assert welsh.plain("home.heading") == "Your steps"


def test_a_value_is_escaped() -> None:
    said = words.Words("en")("home.folder", folder="<script>alert(1)</script>")
    assert "<script>" not in said
    assert "&lt;script&gt;" in said


def test_the_reading_age_of_all_texts_is_nine() -> None:
    assert grade(texts()) <= HARDEST_ALL


@pytest.mark.parametrize("page", sorted({key.split(".")[0] for key in ENGLISH}))
def test_the_reading_age_of_no_page_is_more_than_eleven(page: str) -> None:
    said = texts(f"{page}.")
    if len(" ".join(said).split()) >= 60:  # the measure says nothing of a handful of words
        assert grade(said) <= HARDEST_PAGE


def test_the_steps_of_the_services_are_plain_too() -> None:
    said = [line for one in services().values() for line in (one.holds, one.form, one.wait, *one.steps, *one.mind)]
    assert grade(said) <= HARDEST_PAGE


# On a shared computer a title, an address or a file name is what somebody sees first.
TELLING = re.compile(r"stalk|evidence|police|abuse|victim|crime|court|harass|report", re.IGNORECASE)


def test_titles_addresses_and_file_names_say_nothing_of_why_a_person_is_here() -> None:
    from plainrecord.guide import launcher, server

    titles = [str(text) for key, text in ENGLISH.items() if key.startswith("title.") or key == "frame.title"]
    addresses = [*server._BOTH, *server._SHOWN, *server._TAKEN]
    assert not [text for text in [*titles, *addresses, launcher.NAME] if TELLING.search(text)]


def test_every_service_and_every_number_says_when_it_was_looked_at_and_where() -> None:
    assert all(one.checked.year >= 2026 and one.sources and one.how_checked for one in services().values())
    assert support().checked.year >= 2026
    assert all(line.source for line in support().line)


@pytest.mark.parametrize("nation", NATIONS)
def test_every_nation_has_the_emergency_number_first_and_a_line_of_its_own(nation: str) -> None:
    found = lines_for(nation)
    assert found[0].number == "999"
    assert any(line.nations == [nation] for line in found)
