"""Which rows of a Meta thread the app wrote and nobody typed: a table of English wordings, and the test of a text against it.

Matters to the readers of Facebook and Instagram threads. It says what a text is and never changes it; a text in another
language is simply not found here. The words are in `metawords.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from plainrecord.records import Kind

_SLOT = re.compile(r"\{(sender|person|text|emoji)\}")
_LONGEST = 400
# A family of four with the tones of their skin is eleven letters; the signs of a flag are seven.
_LONGEST_EMOJI = 16


@dataclass(frozen=True, slots=True)
class Row:
    """What a generated row is: its kind, and the marks that say more."""

    kind: Kind
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Wording:
    pattern: re.Pattern[str]
    slots: tuple[str, ...]
    row: Row


def generated(text: str, sender: str, owner: str, people: tuple[str, ...]) -> Row | None:
    """What the app meant by a text it wrote itself; None for everything that a person may have typed.

    Names are compared, so that “Robin called me.” in a thread without a Robin stays a message.
    """
    if len(text) > _LONGEST or not text:
        return None
    if text.partition(" ")[0] not in _first_words(people, sender):
        return None
    said = text.rstrip()
    for wording in _wordings():
        if (match := wording.pattern.fullmatch(said)) and _fits(wording, match, sender, owner, people):
            return wording.row
    return None


def _fits(wording: _Wording, match: re.Match[str], sender: str, owner: str, people: tuple[str, ...]) -> bool:
    return all(
        slot == "text"
        or (slot == "emoji" and _is_emoji(found))
        or (slot == "sender" and _is_name(found, (sender,), is_owner=not owner or sender == owner))
        or (slot == "person" and _is_name(found, (*people, sender), is_owner=True))
        for slot, found in zip(wording.slots, match.groups(), strict=True)
    )


def _is_emoji(found: str) -> bool:
    """Whether what stands there can be a reaction: words cannot, because a person may have typed the sentence."""
    return len(found) <= _LONGEST_EMOJI and not any(letter.isalpha() for letter in found)


def _is_name(found: str, names: Sequence[str], *, is_owner: bool) -> bool:
    if found in ("You", "you"):
        return is_owner
    return any(name and (found == name or found == name.partition(" ")[0]) for name in names)


@lru_cache(maxsize=4096)
def _first_words(people: tuple[str, ...], sender: str) -> frozenset[str]:
    """How a generated row of this thread can begin at all: few texts do, and only those are looked at closely."""
    return _fixed_starts() | {name.partition(" ")[0] for name in (*people, sender) if name}


@cache
def _fixed_starts() -> frozenset[str]:
    starts = {says.partition(" ")[0] for says, _ in _table()}
    return frozenset(start for start in starts if not _SLOT.search(start)) | {"You"}


@cache
def _wordings() -> tuple[_Wording, ...]:
    return tuple(_wording(says, row) for says, row in _table())


def _wording(says: str, row: Row) -> _Wording:
    slots = tuple(match[1] for match in _SLOT.finditer(says))
    pieces = [re.escape(piece) for piece in re.split(r"\{(?:sender|person|text|emoji)\}", says)]
    made = pieces[0]
    for slot, piece in zip(slots, pieces[1:], strict=True):
        made += ("(.{0,300}?)" if slot == "text" else "(.{1,100}?)") + piece
    return _Wording(re.compile(made, re.DOTALL), slots, row)


@cache
def _table() -> tuple[tuple[str, Row], ...]:
    rows = tomllib.loads(files(__package__).joinpath("metawords.toml").read_text("utf-8"))["row"]
    return tuple((row["says"], Row(row["kind"], tuple(row.get("marks", ())))) for row in rows)
