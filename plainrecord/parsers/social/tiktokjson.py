"""The JSON form of a TikTok download: which lists a file has, what each holds, and in which order.

All generations of keys are read by one search: the file's own outline is taken first, and each list is known by the keys
above it, whatever their case. A list nobody knows is unread, not passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.pieces import Problem
from plainrecord.parsers.jsonoutline import Part, outline
from plainrecord.parsers.jsonstream import Found, walk
from plainrecord.parsers.social.sheets import Read, Where
from plainrecord.parsers.social.tiktokacts import ACTS, Chat, read_act, read_message
from plainrecord.parsers.social.tiktokscene import Scene
from plainrecord.parsers.social.tiktokscene import field as field_of
from plainrecord.parsers.social.tiktokwords import ASIDE, CHAT, GROUP, MAPS, UNKNOWN, UNSORTED, partner_of, what_of

# A file of more sections is no download; each costs a pattern that is kept.
_MOST_PARTS = 20_000
_ENOUGH = 400
_SHOWN = 40
_NOBODY_KNOWS = Problem("unknown-section", "Nobody knows what this section means; nothing was taken from it.")


@dataclass(slots=True)
class Layout:
    """Where entries stand in one file: patterns for `jsonstream.walk`, those of chats and of the profile, sections put aside."""

    patterns: dict[str, None] = field(default_factory=dict)
    chats: dict[str, None] = field(default_factory=dict)
    profile: dict[str, None] = field(default_factory=dict)
    aside: dict[str, None] = field(default_factory=dict)

    def add(self, part: Part) -> None:
        """Take in one place of the outline."""
        keys = keys_of(part.pointer)
        whole = next((at for at, key in enumerate(keys) if what_of((key,)) in MAPS.values()), 0)
        what = what_of(keys)
        if what in MAPS.values():
            pattern = "/".join(part.pointer.split("/")[: whole + 2])
            self.patterns[pattern] = None
            self.profile |= {pattern: None} if what == "profile" else {}
        elif what == ASIDE:
            self.aside[next(key for key in keys if what_of((key,)) == ASIDE)] = None
        elif what == UNKNOWN or (what == UNSORTED and part.what != "list"):
            self.patterns[part.pointer] = None
        elif part.what == "list":
            self._list(part.pointer, keys, chat=what in (CHAT, GROUP))

    def _list(self, pointer: str, keys: tuple[str, ...], *, chat: bool) -> None:
        above = pointer.rpartition("/")[0]
        # Chats by the thousand are one pattern, where all that stands beside them are chats.
        together = chat and what_of((*keys[:-1], "")) in (CHAT, GROUP)
        pattern = f"{above}/*/*" if together else f"{pointer}/*"
        self.patterns[pattern] = None
        self.chats |= {pattern: None} if chat else {}


def keys_of(pointer: str) -> tuple[str, ...]:
    """The keys of a pointer, as they stand in the document."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def layout_of(claim: Claim, member: Member) -> Layout:
    """The layout of one file. Raises PlainrecordError where it has more sections than any download."""
    layout = Layout()
    with claim.open(member) as stream:
        for count, part in enumerate(outline(stream)):
            if count > _MOST_PARTS:
                raise PlainrecordError("the file has more sections than a download of TikTok can have")
            layout.add(part)
    return layout


def patterns_of(claim: Claim, member: Member) -> Sequence[str]:
    """The patterns of one file's entries."""
    return list(layout_of(claim, member).patterns)


def read_json(where: Where[Scene], pointer: str, element: Any) -> Read:
    """One entry of whatever list it stands in."""
    above, _, last = pointer.rpartition("/")
    listed = last.isdecimal()
    what, key = _place(above if listed else pointer)
    if what in (CHAT, GROUP):
        found = read_message(where.scene, Chat(partner_of(key), what == GROUP), element)
    elif what in ACTS:
        found = read_act(where.scene, what, element)
    elif what == UNSORTED and _is_message(element):
        found = _unsorted(where.scene, element)
    else:
        return [] if element in ("", [], {}) or element is None else _NOBODY_KNOWS
    for message in () if isinstance(found, Problem) else found:
        message.backwards = listed and where.member.tree_path in where.scene.backwards
    return found


@lru_cache(maxsize=4096)
def _place(pointer: str) -> tuple[str, str]:
    """What stands at a pointer, and its last key."""
    keys = keys_of(pointer)
    return what_of(keys), keys[-1] if keys else ""


def _is_message(element: Any) -> bool:
    return isinstance(element, dict) and bool(field_of(element, "from")[0] and field_of(element, "content")[0])


def _unsorted(scene: Scene, element: dict[str, Any]) -> Read:
    """A message of a list nobody knows (requests from strangers, it may be): with whom it is told by its sender alone."""
    sender = field_of(element, "from")[1]
    found = read_message(
        scene, Chat("" if scene.is_owner(sender) else sender.strip().removeprefix("@"), is_group=False), element
    )
    for message in () if isinstance(found, Problem) else found:
        message.notes.append("tiktok:section-unknown")
    return found


def profile_and_order(claim: Claim, member: Member, layout: Layout) -> tuple[str, bool]:
    """The owner's user name ("" where the file does not say), and whether messages run from the newest to the oldest."""
    owner, down, up, last = "", 0, 0, ("", "")
    if not (layout.profile or layout.chats):
        return "", False
    with claim.open(member) as stream:
        for pointer, value in _values(walk(stream, [*layout.profile, *layout.chats])):
            if pointer in layout.profile:
                owner = field_of(value, "username")[1].strip()
            else:
                this = (pointer.rpartition("/")[0], field_of(value, "date")[1])
                down += this[0] == last[0] and this[1] < last[1]
                up += this[0] == last[0] and this[1] > last[1]
                last = this
            if (owner or not layout.profile) and down + up > _ENOUGH:
                break
    return owner, down > up


def _values(found: Iterator[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((one.pointer, one.value) for one in found if isinstance(one, Found) and isinstance(one.value, dict))


def look_through(claim: Claim, member: Member) -> tuple[str, bool, list[str]]:
    """What is told before the first record: the owner, the order, and the sections put aside. A damaged file tells less."""
    owner, backwards, aside = "", False, []
    with suppress(OSError, PlainrecordError):
        layout = layout_of(claim, member)
        # The sheet asks for the same patterns; they are kept where it looks for them.
        claim.facts[f"patterns:{member.tree_path}"] = json.dumps({"patterns": list(layout.patterns)})
        aside = list(layout.aside)[:_SHOWN]
        owner, backwards = profile_and_order(claim, member, layout)
    return owner, backwards, aside
