"""Phrases that make a message a candidate for reading, and how they are found: word by word, in time that grows with the text.

No regular expression meets the text but the one that finds words, so no message can make it slow. Finds candidates; says
nothing of what they mean.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple
from unicodedata import combining, normalize

from plainrecord.facts.confirmed import TAGS

_APOSTROPHES = "'\u2019\u2018\u02bc\u0060\u00b4\uff07"
# A letter or digit belongs to one word only, so this takes one step a character.
_WORD = re.compile(rf"[^\W_]+(?:[{_APOSTROPHES}][^\W_]+)*")
_UNSEEN = dict.fromkeys((*range(0x200B, 0x200E), 0x2060, 0xFEFF, 0x00AD))
_NO_APOSTROPHE = dict.fromkeys(map(ord, _APOSTROPHES))
_GAP = 3
LIMITS = (
    "Found by words alone, in English and Welsh as the list spells them: other languages, other spellings, pictures, voice"
    " notes, emoji and what is meant without these words are not found. A candidate is a message to be read, not a finding;"
    " no candidate does not mean that there is nothing."
)


class _Step(NamedTuple):
    """One word of a phrase: any of these, or beginning so; `after` is how many other words may stand before it."""

    words: frozenset[str]
    beginnings: tuple[str, ...]
    after: int


@dataclass(frozen=True, slots=True)
class WordList:
    """The phrases of one kind: whose messages are searched ("owner" or "subject"), and the tag that is proposed."""

    name: str
    by: str
    tag: str
    # By the first word of the phrase.
    phrases: dict[str, list[tuple[_Step, ...]]]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All lists of one version."""

    version: str
    lists: tuple[WordList, ...]


class Found(NamedTuple):
    """A message that has a phrase of a list, with the words as they stand in it."""

    list: WordList
    words: tuple[str, ...]


@cache
def lexicon() -> Lexicon:
    """The lists that ship with this version."""
    return lexicon_of(files("plainrecord.facts").joinpath("lexicon.toml").read_text("utf-8"))


def lexicon_of(text: str) -> Lexicon:
    """Lists as a file states them. Raises ValueError for a tag or a phrase that cannot be."""
    said = tomllib.loads(text)
    return Lexicon(
        said["version"], tuple(_list(one["name"], one["by"], one["tag"], one["phrases"]) for one in said["list"])
    )


def candidates(text: str, by: str, said: Lexicon) -> Iterator[Found]:
    """Every list for this side that finds something, with up to five places."""
    wanted = [one for one in said.lists if one.by == by]
    if not wanted or not text:
        return
    shown = normalize("NFC", text.translate(_UNSEEN))
    places = [found.span() for found in _WORD.finditer(shown)]
    words = [folded(shown[start:end]) for start, end in places]
    for one in wanted:
        ends = list(_ends(words, one))
        if ends:
            yield Found(one, tuple(shown[places[first][0] : places[last][1]] for first, last in ends[:5]))


def folded(word: str) -> str:
    """A word without case, accents and apostrophes."""
    plain = word.casefold() if word.isascii() else _without_marks(word)
    return plain.translate(_NO_APOSTROPHE)


def _without_marks(word: str) -> str:
    return "".join(char for char in normalize("NFKD", word.casefold()) if not combining(char))


def _ends(words: Sequence[str], one: WordList) -> Iterator[tuple[int, int]]:
    """(first, last) word of each phrase found, none inside another of this list."""
    free = 0
    for at, word in enumerate(words):
        if at >= free and word in one.phrases:
            last = max((_last(words, at + 1, steps) for steps in one.phrases[word]), default=-1)
            if last >= 0:
                yield at, last
                free = last + 1


def _last(words: Sequence[str], at: int, steps: tuple[_Step, ...]) -> int:
    """The place of the last word when the steps follow from `at`; -1 when they do not."""
    if not steps:
        return at - 1
    step = steps[0]
    for place in range(at, min(at + step.after + 1, len(words))):
        if words[place] in step.words or (step.beginnings and words[place].startswith(step.beginnings)):
            last = _last(words, place + 1, steps[1:])
            if last >= 0:
                return last
    return -1


def _list(name: str, by: str, tag: str, phrases: Sequence[str]) -> WordList:
    if tag not in TAGS or by not in ("owner", "subject"):
        raise ValueError(f"The list “{name}” has a tag or a side that there is not.")
    by_first: dict[str, list[tuple[_Step, ...]]] = {}
    for phrase in phrases:
        first, *rest = _steps(phrase)
        if first.beginnings or first.after:
            raise ValueError(f"“{phrase}” does not begin with a whole word.")
        for word in sorted(first.words):
            by_first.setdefault(word, []).append(tuple(rest))
    return WordList(name, by, tag, by_first)


def _steps(phrase: str) -> Iterator[_Step]:
    after = 0
    for part in phrase.split():
        if part == "..":
            after = _GAP
            continue
        words = [folded(word) for word in part.split("/")]
        beginnings = tuple(word[:-1] for word in words if word.endswith("*"))
        yield _Step(frozenset(word for word in words if not word.endswith("*")), beginnings, after)
        after = 0
