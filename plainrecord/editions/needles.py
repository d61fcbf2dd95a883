"""Finding what belongs to one person in words, however it is spelt: addresses, numbers, handles, and any words given.

Both the blacking-out and the scan that follows use this, so that what one calls found the other does too. Comparing is
by a folded form (NFKC, case off, invisible characters off, white space as one blank); every character of it knows where
it stands in the text as written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

_DIGITS = re.compile(r"\D")
# How far a number may be spelt out: digits with up to three of these between two of them.
_BETWEEN = r"[\s().\-/\u2010-\u2015\u2212]{0,3}"
# The end of a number that tells it from others; country codes and a leading nought come and go.
_TELLING = 9


@dataclass(frozen=True, slots=True)
class Needle:
    """Something to be found, and what it is in words ("the owner's number"). `loose` takes it inside longer words too, for
    bytes that are no text."""

    value: str
    what: str
    pattern: re.Pattern[str]
    loose: re.Pattern[str]


def words_needle(value: str, what: str) -> Needle | None:
    """A needle for words as they stand; None where nothing is left of them when folded."""
    folded = fold(value)[0].strip()
    if not folded:
        return None
    # A short word inside a longer one is another word; what begins or ends with a sign needs no such edge.
    before = r"(?<!\w)" if folded[0].isalnum() else ""
    behind = r"(?!\w)" if folded[-1].isalnum() else ""
    middle = re.escape(folded).replace(r"\ ", r"\s+")
    return Needle(value, what, re.compile(before + middle + behind), re.compile(middle))


def number_needle(value: str, what: str) -> Needle | None:
    """A needle for a telephone number in any spelling: the last nine digits, with whatever digits stand before them."""
    digits = _DIGITS.sub("", value)
    if len(digits) < 7:
        return words_needle(value, what)
    telling = _BETWEEN.join(digits[-_TELLING:])
    whole = re.compile(rf"(?<![0-9a-z])\+?(?:[0-9]{_BETWEEN}){{0,5}}{telling}(?![0-9a-z])")
    return Needle(value, what, whole, re.compile(telling))


def fold(text: str) -> tuple[str, Sequence[int]]:
    """The text in folded form, and for each of its characters the place of the one it came from."""
    if text.isascii():
        return text.lower(), range(len(text))
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        plain = _folded(character)
        folded.append(plain)
        places.extend([place] * len(plain))
    return "".join(folded), places


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character).casefold()
    return "".join(one for one in plain if unicodedata.category(one) != "Cf")


def spans(text: str, needles: Iterable[Needle], *, loose: bool = False) -> Iterator[tuple[int, int, Needle]]:
    """Where needles stand in the text as written: first character, behind the last, needle. They may overlap."""
    folded, places = fold(text)
    for needle in needles:
        for found in (needle.loose if loose else needle.pattern).finditer(folded):
            if found.end() > found.start():
                yield places[found.start()], places[found.end() - 1] + 1, needle


def blacked_out(text: str, needles: Iterable[tuple[Needle, str]]) -> tuple[str, list[str]]:
    """The text with every needle replaced by its sign, and the signs of all that were found, in the order of `needles`.

    Where needles overlap, all of what they cover goes, under the sign of the one that begins first.
    """
    signs = dict(needles)
    found = sorted(
        ((start, end, signs[needle]) for start, end, needle in spans(text, signs)), key=lambda one: (one[0], -one[1])
    )
    if not found:
        return text, []
    pieces: list[str] = []
    at = 0
    for start, end, sign in found:
        if start >= at:
            pieces += (text[at:start], sign)
        at = max(at, end)
    pieces.append(text[at:])
    used = {sign for _, _, sign in found}
    return "".join(pieces), [sign for sign in dict.fromkeys(signs.values()) if sign in used]
