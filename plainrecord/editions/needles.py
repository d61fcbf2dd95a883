"""Finding what belongs to one person in words, however it is spelt: addresses, numbers, handles, and any words given.

Both the blacking-out and the scan that follows use this, so that what one calls found the other does too. Comparing is
by a folded form (NFKD, case, accents and invisible characters off, one kind of apostrophe and dash, "%40" as "@", white
space as one blank); every character of it knows where it stands in the text as written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

# A character as it stands in a text; in links, some stand as a percent sign and two digits (RFC 3986 section 2.1).
_WRITTEN = re.compile(r"%[2-7][0-9a-f]|.", re.IGNORECASE | re.DOTALL)
# What programs write in place of ' and - as people type.
_ONE_KIND = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u02bc\u2032\u00b4`", "'")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)
# Letters that show nothing though they are no format characters: fillers, joiners, variation selectors.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
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
    # An underscore is no letter: chats write _words_ to slant them.
    before = r"(?<![^\W_])" if folded[0].isalnum() else ""
    behind = r"(?![^\W_])" if folded[-1].isalnum() else ""
    middle = re.escape(folded).replace(r"\ ", r"\s+")
    return Needle(value, what, re.compile(before + middle + behind), re.compile(middle))


def number_needle(value: str, what: str) -> Needle | None:
    """A needle for a telephone number in any spelling: the last nine digits, with whatever digits stand before them."""
    digits = _DIGITS.sub("", value)
    if len(digits) < 7:
        return words_needle(value, what)
    telling = _BETWEEN.join(digits[-_TELLING:])
    # Written with "+" or a nought it is the number also behind a letter ("tel07700…"); bare digits there may be of a digest.
    before = rf"(?:(?<![0-9])[+0]|(?<![0-9a-z]))(?:[0-9]{_BETWEEN}){{0,5}}"
    whole = re.compile(rf"{before}{telling}(?![0-9])")
    return Needle(value, what, whole, re.compile(telling))


def fold(text: str) -> tuple[str, Sequence[int]]:
    """The text in folded form, and for each of its characters the place of the one it came from."""
    if text.isascii() and "%" not in text:
        return text.lower(), range(len(text))
    folded: list[str] = []
    places: list[int] = []
    for found in _WRITTEN.finditer(text):
        plain = _folded(found[0])
        folded.append(plain)
        places.extend([found.start()] * len(plain))
    return "".join(folded), places


@lru_cache(maxsize=4096)
def _folded(written: str) -> str:
    character = chr(int(written[1:], 16)) if len(written) > 1 else written
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(one for one in plain if not _shows_nothing(one)).translate(_ONE_KIND)


def _shows_nothing(one: str) -> bool:
    """Whether a character is invisible, or a mark upon another, which can be written in two ways."""
    return unicodedata.category(one) == "Cf" or unicodedata.combining(one) > 0 or bool(_BLANK.match(one))


def _end(text: str, place: int) -> int:
    """Behind the character at a place, as it is written, with the marks upon it."""
    end = place + len(_WRITTEN.match(text, place)[0])  # type: ignore[index]
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def spans(text: str, needles: Iterable[Needle], *, loose: bool = False) -> Iterator[tuple[int, int, Needle]]:
    """Where needles stand in the text as written: first character, behind the last, needle. They may overlap."""
    folded, places = fold(text)
    for needle in needles:
        for found in (needle.loose if loose else needle.pattern).finditer(folded):
            if found.end() > found.start():
                yield places[found.start()], _end(text, places[found.end() - 1]), needle


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
