"""What a name looks like on a screen: one skeleton for names that only look alike. For warnings, never for comparing accounts.

The table is our own short list of letters of other scripts, digits and pairs that are drawn like Latin letters in common
fonts. It is not complete, and two names with one skeleton may belong to two people.
"""

from __future__ import annotations

import unicodedata

from plainrecord.people.normal import normal_form, settled

_ALIKE = {
    # Cyrillic
    "а": "a", "в": "b", "е": "e", "ё": "e", "з": "3", "і": "i", "ї": "i", "ј": "j", "к": "k", "м": "m", "н": "h",
    "о": "o", "р": "p", "с": "c", "ѕ": "s", "т": "t", "у": "y", "х": "x", "һ": "h", "ԁ": "d", "ԛ": "q", "ԝ": "w", "ӏ": "l",
    "ь": "b", "г": "r", "п": "n",
    # Greek
    "α": "a", "β": "b", "γ": "y", "ε": "e", "η": "n", "ι": "i", "κ": "k", "μ": "u", "ν": "v", "ο": "o", "ρ": "p",
    "σ": "o", "ς": "c", "τ": "t", "υ": "u", "χ": "x", "ω": "w",
    # Armenian and Latin letters of other languages
    "օ": "o", "ո": "n", "ս": "u", "հ": "h", "ց": "g", "ı": "i", "ɑ": "a", "ɡ": "g", "ł": "l", "ø": "o", "đ": "d", "ħ": "h",
    "ŧ": "t", "ƅ": "b", "ɩ": "i", "ʏ": "y", "ꞓ": "c",
    # Digits and signs
    "0": "o", "1": "l", "5": "s", "|": "l", "!": "l", "$": "s",
}  # fmt: skip
# A dotted i without its dot, a small L and a one are one stroke; told apart by no reader at a glance.
_STROKE = str.maketrans({"i": "l"})
_PAIRS = (("rn", "m"), ("vv", "w"))


def skeleton(name: str) -> str:
    """The skeleton of a name: normal form, without marks above and below letters, look-alikes as one letter. Idempotent."""
    return settled(_drawn, name)


def _drawn(name: str) -> str:
    bare = "".join(
        char
        for char in unicodedata.normalize("NFKD", normal_form("", "name", name))
        if not unicodedata.category(char).startswith("M")
    )
    drawn = "".join(_ALIKE.get(char, char) for char in bare.casefold()).translate(_STROKE)
    for pair, one in _PAIRS:
        drawn = drawn.replace(pair, one)
    return " ".join(drawn.split())


def look_alike(one: str, other: str) -> bool:
    """True for two different names that are drawn alike."""
    return normal_form("", "name", one) != normal_form("", "name", other) and bool(
        skeleton(one) and skeleton(one) == skeleton(other)
    )
