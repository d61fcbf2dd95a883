"""Words that make a message a candidate: found whatever the spelling of apostrophes and accents, in time that only grows."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.facts.confirmed import TAGS
from plainrecord.facts.lexicon import candidates, lexicon, lexicon_of


def found(text: str, by: str = "subject") -> dict[str, tuple[str, ...]]:
    return {one.list.tag: one.words for one in candidates(text, by, lexicon())}


@pytest.mark.parametrize(
    ("text", "by", "tag", "words"),
    [
        ("Please stop.", "owner", "stop_request", "Please stop"),
        ("I don't want any more contact", "owner", "stop_request", "don't want any more contact"),
        ("DON\u2019T CALL me", "owner", "stop_request", "DON\u2019T CALL"),
        ("dont text", "owner", "stop_request", "dont text"),
        ("Paid \u00e2 chysylltu \u00e2 mi", "owner", "stop_request", "Paid \u00e2 chysylltu"),
        ("Gad lonydd i fi", "owner", "stop_request", "Gad lonydd"),
        ("I'll find you", "subject", "threat_physical", "I'll find you"),
        ("fe ladda i di", "subject", "threat_physical", "ladda i"),
        ("I will ki\u200bll myself", "subject", "threat_self_harm", "kill myself"),
        ("dwi'n meddwl lladd fy hun", "subject", "threat_self_harm", "lladd fy hun"),
        ("Parked right outside your house", "subject", "location_reference", "outside your"),
        ("tu allan i dy d\u0177", "subject", "location_reference", "tu allan i dy"),
        ("dwi\u2019n gweld ti", "subject", "watching", "dwi\u2019n gweld ti"),
        ("I asked your sister", "subject", "third_party_contact", "asked your"),
        ("These flowers are for you", "subject", "gift_delivery", "flowers"),
        ("my new number", "subject", "other", "new number"),
        ("Mae'n ddrwg gen i", "subject", "other", "Mae'n ddrwg gen i"),
        ("I will share all of those photos", "subject", "threat_share_images", "share all of those photos"),
    ],
)
def test_a_phrase_is_found_in_english_and_welsh(text: str, by: str, tag: str, words: str) -> None:
    assert any(words in one for one in found(text, by)[tag])


def test_a_gap_takes_three_words_and_not_four() -> None:
    assert "threat_share_images" in found("share one two three photos")
    assert "threat_share_images" not in found("share one two three four photos")


def test_whose_message_it_is_decides_which_lists_are_asked() -> None:
    assert found("please stop", "subject") == {}
    assert found("please stop", "context") == {}
    assert found("flowers", "owner") == {}


def test_part_of_a_word_is_no_word() -> None:
    assert found("unstoppable giftwrap wildflowers") == {}


def test_a_text_in_decomposed_letters_is_the_same_text() -> None:
    assert "stop_request" in found("Paid a\u0302 chysylltu", "owner")


@pytest.mark.parametrize(
    "text", ["share " * 200_000, "a'" * 400_000, "\u0301" * 400_000, "send your " * 100_000, "x" * 2_000_000]
)
def test_hostile_text_takes_time_in_proportion_to_its_length(text: str) -> None:
    list(candidates(text[: len(text) // 8], "subject", lexicon()))
    small, whole = (_seconds(part) for part in (text[: len(text) // 8], text))
    # Eight times the text; were it quadratic it would be sixty-four times the time.
    assert whole < 30 * small + 0.2


def _seconds(text: str) -> float:
    begun = time.process_time()
    list(candidates(text, "subject", lexicon()))
    return time.process_time() - begun


@given(st.text(max_size=300), st.sampled_from(["owner", "subject"]))
def test_any_text_can_be_searched_and_what_is_found_stands_in_it(text: str, by: str) -> None:
    for one in candidates(text, by, lexicon()):
        assert 0 < len(one.words) <= 5 and all(one.words)


def test_the_lists_are_data_of_known_tags_and_both_sides() -> None:
    said = lexicon()
    assert {one.tag for one in said.lists} <= TAGS and {one.by for one in said.lists} == {"owner", "subject"}
    assert len({one.name for one in said.lists}) == len(said.lists)


@pytest.mark.parametrize("broken", ['tag = "nothing"', 'by = "somebody"', 'phrases = [".. stop"]', 'phrases = ["st*"]'])
def test_a_list_that_cannot_be_is_refused(broken: str) -> None:
    lines = {"name": 'name = "x"', "by": 'by = "owner"', "tag": 'tag = "other"', "phrases": 'phrases = ["stop"]'}
    lines[broken.partition(" ")[0]] = broken
    with pytest.raises(ValueError, match="x|begin"):
        lexicon_of('version = "1"\n[[list]]\n' + "\n".join(lines.values()))


def test_a_word_may_be_given_by_its_beginning() -> None:
    said = lexicon_of('version = "1"\n[[list]]\nname = "x"\nby = "owner"\ntag = "other"\nphrases = ["stop call*"]')
    assert [one.words for one in candidates("stop calling, stop cold", "owner", said)] == [("stop calling",)]
