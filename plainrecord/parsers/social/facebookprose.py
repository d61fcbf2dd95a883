"""Who did what, from a sentence that Facebook wrote: the actor of a notification, the other party of a comment's title.

Matters to the reader of Facebook downloads. The service names people in prose only, in the account's language. An act is
given to somebody only where the sentence begins with a name and goes on with words of the table (`facebookprose.toml`); a
name of the download without such words is named, and nobody's act is claimed. Pure: texts in, names out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from plainrecord.records import Kind

BY_NAME, BY_WORDS = "a name of this download", "English wording"
_LONGEST_NAME = 80
_OTHERS = re.compile(r" and (?:[0-9,.]+ (?:other|others|other people|other friends|more)|others)\Z")
# How a sentence begins that names nobody.
_NO_NAMES = frozenset("A An The Your Someone Somebody One Two Several People Friends You".split())
_OF_SOMEBODY = re.compile("['’]s?\\b")
_HYPHENS = ("-", "\u2010", "\u2011")
_SPLIT = re.compile(r", (?:and )?| and ")
_OWNER_OF = re.compile(
    r"(?:replied to|commented on|likes|liked|reacted to|loved|shared|mentioned|was at|wrote on|posted on|posted in)"
    r" (.{1,80}?)(?:'s|’s) "
)
_WROTE_ON = re.compile(
    r"(.{1,80}?) (?:wrote on|posted on|posted to|shared (?:a|an) [a-z ]{1,30} (?:to|on)|added (?:a|an|[0-9]+)"
    r" (?:new )?[a-z ]{1,30} (?:to|on))(?: .{1,80}(?:'s|’s)| your) (?:timeline|profile|wall)"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a sentence says: who acted (first named first), what it was, and how the names were known."""

    actors: tuple[str, ...]
    kind: Kind
    marks: tuple[str, ...]
    basis: str


def notification(text: str, names: Collection[str], owner: str) -> Told | None:
    """Who acted in a notification; None where the sentence does not say it in words that are known.

    Trap: of several known words the first is what was done (“reacted to a comment that mentioned you”).
    """
    found = [(at, saying) for saying in _sayings() if (at := _at(text, saying[0])) > 0]
    if not found:
        return None
    at, (_, kind, marks) = min(found, key=lambda one: (one[0], -len(one[1][0])))
    who = people_in(text[:at], names)
    if not who or owner in who or "You" in who:
        return None
    return Told(who, kind, marks, BY_NAME if all(name in names for name in who) else BY_WORDS)


def _at(text: str, says: str) -> int:
    """Where a sentence goes on with these words, as whole words; -1 where it does not."""
    at = text.find(f" {says}", 0, 4 * _LONGEST_NAME)
    end = at + 1 + len(says)
    return at if at > 0 and (end >= len(text) or not text[end].isalnum()) else -1


def people_in(text: str, names: Collection[str]) -> tuple[str, ...]:
    """The people in front of a verb: “Alex Mere”, “Alex Mere and Robin Vale”, “Alex Mere and 3 others”."""
    bare = _OTHERS.sub("", text.strip()).removesuffix(" also").strip()
    if bare in names:
        return (bare,)
    found = tuple(name.strip() for name in _SPLIT.split(bare) if name.strip())
    return found if found and all(name in names or _may_be_name(name, names) for name in found) else ()


def _may_be_name(text: str, names: Collection[str]) -> bool:
    """Whether words in front of a verb can be a name nobody else in the download bears, and not a longer sentence."""
    words = text.split(" ")
    # “Alex Mere Smith” is somebody of their own; “a friend of Alex Mere” is a sentence.
    longer = bool(_longest(text, names)) and all(word[:1].isupper() for word in words)
    return (
        len(text) <= _LONGEST_NAME
        and len(words) <= 5
        and not (words[0][:1].islower() or words[-1][:1].islower())
        and not _OF_SOMEBODY.search(text)
        and words[0] not in _NO_NAMES
        and (longer or not _names_in(text, names, _longest))
    )


def named_first(text: str, names: Collection[str]) -> str:
    """The name of this download that a sentence begins with, the longest of those, or "".

    Trap: “Alex Mere Smith commented” does not begin with the name of Alex Mere; it may be somebody who is nowhere else.
    """
    name = _longest(text, names)
    return "" if name and _goes_on(text, len(name)) else name


def _longest(text: str, names: Collection[str]) -> str:
    ends = (at for at in range(min(len(text), _LONGEST_NAME), 0, -1) if at == len(text) or not text[at].isalnum())
    return next((text[:at] for at in ends if text[:at] in names), "")


def _goes_on(text: str, at: int) -> bool:
    """Whether a name goes on behind this place: with another word in upper case, or behind a hyphen."""
    between, following = text[at : at + 1], text[at + 1 : at + 2]
    return (between == " " and following.isupper()) or (between in _HYPHENS and following.isalnum())


def other_party(title: str, names: Collection[str], owner: str) -> tuple[str, str]:
    """Whose thing it was that the owner commented on or reacted to, from the title, and how that is known.

    “Sam Field replied to Alex Mere's comment.”: Alex Mere. The owner's own things (“his own photo”) are nobody's else.
    """
    behind = title.removeprefix(owner) if owner else title
    inside = [name for name in _names_in(behind, names) if name != owner]
    if len(inside) == 1:
        return inside[0], BY_NAME
    match = _OWNER_OF.search(behind)
    if match and not inside and match[1] != owner and _may_be_name(match[1], names):
        return match[1], BY_WORDS
    return "", ""


def wrote_on_profile(title: str, names: Collection[str], owner: str) -> tuple[tuple[str, ...], str]:
    """Who wrote on the owner's profile, from the title of the post, and how that is known."""
    match = _WROTE_ON.match(title)
    who = people_in(match[1], names) if match else ()
    if who and owner not in who:
        return who, BY_NAME if all(name in names for name in who) else BY_WORDS
    name = named_first(title, names)
    # “Alex Mere's post was shared”: whose post it was has not written it.
    is_anothers = title[len(name) :].startswith(("'", "’", ",", " and "))
    return ((name,), BY_NAME) if name and name != owner and not is_anothers else ((), "")


def _names_in(
    text: str, names: Collection[str], first: Callable[[str, Collection[str]], str] = named_first
) -> list[str]:
    """Known names that stand in a text as whole words, the longer instead of a shorter inside it."""
    found: list[str] = []
    at = 0
    while at < len(text):
        if (at == 0 or not text[at - 1].isalnum()) and (name := first(text[at:], names)):
            found.append(name)
            at += len(name)
        at += 1
    return list(dict.fromkeys(found))


@cache
def _sayings() -> tuple[tuple[str, Kind, tuple[str, ...]], ...]:
    rows = tomllib.loads(files(__package__).joinpath("facebookprose.toml").read_text("utf-8"))["notification"]
    return tuple((says, row["kind"], tuple(row.get("marks", ()))) for row in rows for says in row["says"])
