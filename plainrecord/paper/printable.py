"""Text out of evidence made fit for paper: what cannot be drawn is written out, and nothing runs off the page.

One character that no font has would cost the whole document (trap 1), so each is shown as `[U+1826]`. Nothing is dropped
and nothing is replaced by something alike.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from plainrecord.bundle.shown import visible
from plainrecord.paper.fonts import fonts_with

# Drawn as nothing, but needed: joiners, direction marks, and the signs that choose a form of the character before them.
_NEEDED = frozenset({0x061C, 0x200C, 0x200D, 0x200E, 0x200F, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)})
# Drawn as nothing or as a blank of its own, and so able to hide: written out although fonts have them.
_HIDING = frozenset({0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2800, 0x3164, 0xFFA0})
_PRIVATE = "Co"
# Half of a pair: no character, and nothing that can be encoded.
_LONE = re.compile("[\ud800-\udfff]")
# A stretch without a place to break a line; scripts that break anywhere are left alone.
_UNBROKEN = re.compile("[^ \t\n\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]{15,}")
# The same where there is nothing but ASCII, which is searched many times faster.
_UNBROKEN_ASCII = re.compile("[^ \t\n]{15,}")
# Where a reader expects an address or a path to go on in the next line.
_JOINTS = re.compile(r"(?<=[@._/\\:=&?,;|#%~])(?=[^\W_])|(?<=-)(?=\d)")
# What has no joints is cut when it is longer than any word.
_LONGEST, _PIECE = 20, 10
_BREAK = "\u200b"
# What belongs to the character before it, and what ties the next one to itself.
# A digit in a box: one sign of the emoji font, which the layout asks for it (`base.typ`).
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
# Everything but ASCII, Latin letters of Europe, Greek and Cyrillic ones, and common punctuation; checked one by one in a test.
_NOT_IN_PICTURES = re.compile(
    "[^\x00-\x7e\xa1-\xac\xae-\u017f\u0391-\u03a1\u03a3-\u03c9\u0400-\u045f\u2013\u2014\u2018-\u201d\u2026]+"
)
_CLINGING = frozenset(
    {0x200C, 0x200D, 0x20E3, *range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), *range(0xE0100, 0xE01F0)}
)
_FLAGS = range(0x1F1E6, 0x1F200)
_JOINER = "\u200d"
_RTL = ("R", "AL")


def printable(text: str) -> str:
    """The text with every character that cannot be drawn, or would hide, as `[U+1826]`; long stretches may be broken."""
    text = visible(_LONE.sub(_named, text))
    if text.isascii():
        return _breakable(text.replace("\t", "    "))
    odd = [char for char in set(text) if not _drawn(char)]
    if odd:
        text = re.sub(f"[{re.escape(''.join(odd))}]", _named, text)
    if any(_is_mark(char) for char in set(text)):
        text = _with_their_marks(text)
    return _breakable(text.replace("\t", "    "))


def _named(match: re.Match[str]) -> str:
    return f"[U+{ord(match[0]):04X}]"


@lru_cache(maxsize=65_536)
def _drawn(char: str) -> bool:
    point = ord(char)
    if char in "\n\t" or point in _NEEDED:
        return True
    return bool(fonts_with(char)) and point not in _HIDING and unicodedata.category(char) != _PRIVATE


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M") and ord(char) not in _NEEDED


def _with_their_marks(text: str) -> str:
    """The text with every mark written out that is not in the font of the letter it stands on: drawn from another, it would
    stand in a wrong place, on top of a neighbour."""
    pieces: list[str] = []
    keys = {match.end() - 1 for match in _KEYCAP.finditer(text)}
    font = 0  # a mark that stands on nothing is drawn from the first font or not at all
    for at, char in enumerate(text):
        known = ord(char) in _NEEDED or at in keys
        if _is_mark(char) and not known and font not in fonts_with(char):
            pieces.append(f"[U+{ord(char):04X}]")
            font = min(fonts_with("]"))
            continue
        pieces.append(char)
        if not known and not _is_mark(char):
            font = min(fonts_with(char), default=0)
    return "".join(pieces)


def _breakable(text: str) -> str:
    return (_UNBROKEN_ASCII if text.isascii() else _UNBROKEN).sub(_broken, text)


def _broken(match: re.Match[str]) -> str:
    """A long stretch with places to break a line: behind joints, else every few characters, never inside one character."""
    parts = _JOINTS.split(match[0])
    return _BREAK.join(_cut(part) if len(part) > _LONGEST else part for part in parts)


def _cut(text: str) -> str:
    if text.isascii():  # where no character belongs to the one before it
        return _BREAK.join(text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    pieces, start = [], 0
    for at in range(1, len(text)):
        if at - start >= _PIECE and _may_break(text, at):
            pieces.append(text[start:at])
            start = at
    return _BREAK.join([*pieces, text[start:]])


def _may_break(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if before == _JOINER or ord(after) in _CLINGING or unicodedata.combining(after):
        return False
    return not (unicodedata.category(after).startswith("M") or (ord(before) in _FLAGS and ord(after) in _FLAGS))


def drawable(svg: str) -> str:
    """A picture (SVG) with nothing in it but letters that the engine draws in pictures without fail: there, it takes others
    from wherever it finds them, or refuses the document. The rest is shown as […], and stands in the table beneath."""
    return _NOT_IN_PICTURES.sub("[…]", svg)


def right_to_left(text: str) -> bool:
    """Whether the first letter with a direction is written from the right, as a browser decides for `dir="auto"`."""
    for char in text[:2_000]:
        found = unicodedata.bidirectional(char)
        if found == "L":
            return False
        if found in _RTL:
            return True
    return False


def isolated(text: str) -> str:
    """Text that stands beside other text on one line, so that its direction stays its own. `printable` first."""
    return text if text.replace(_BREAK, "").isascii() else f"\u2068{text}\u2069"
