"""What the sheets of one Facebook download share, and how an act that is no message becomes a record.

Matters to the Facebook reader only. The gravest error in a download is to give an act to the wrong person, so that every
record says here whose act it is: the other's to the owner (`OTHER`), the owner's (`OWNER`), or nobody's because the source
does not say (`NOBODY`), with a note. Facebook states names only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from plainrecord.parsers.chat.jsonchat import words
from plainrecord.parsers.chat.pieces import TIME_MISSING, Message, no_time
from plainrecord.parsers.social.download import account_events, acts_with
from plainrecord.parsers.social.metalists import kept, labels
from plainrecord.parsers.social.metaparts import seconds
from plainrecord.parsers.social.metascene import MetaScene
from plainrecord.parsers.social.metathreads import SHARED_NAME
from plainrecord.records import Account, Conversation, Kind
from plainrecord.times import TimeBlock

SERVICE = "facebook"
ACTOR_NOT_STATED = "facebook:actor-not-stated"
OWNER_NOT_KNOWN = "facebook:owner-not-known"
ACTOR_FROM_PROSE = "facebook:actor-from-prose"
PARTY_FROM_PROSE = "facebook:party-from-prose"
NAME_BY_SHAPE = "facebook:name-by-shape"
_ROW_TIME = "string_list_data/timestamp"
_LINKS = ("http://", "https://")

By = Literal["other", "owner", "nobody"]
OTHER: By = "other"
OWNER: By = "owner"
NOBODY: By = "nobody"

# Labels of a name and of a time in newer files, in the languages they were seen in or are likely in; case-folded.
NAME_LABELS = frozenset("name naam nom nombre nome imię enw navn namn".split())
TIME_LABELS = frozenset("time tijd zeit heure hora ora czas amser".split())


@dataclass(frozen=True, slots=True)
class FacebookScene(MetaScene):
    """A `MetaScene` and the names of people that the download states anywhere."""

    names: frozenset[str] = frozenset()

    @property
    def me(self) -> Account | None:
        """The owner as Facebook's own files name them."""
        return Account(SERVICE, "name", self.owner) if self.owner else None


def person(name: str) -> Account | None:
    """Somebody by the name Facebook shows, or nobody."""
    return Account(SERVICE, "name", name) if name.strip() else None


class Said(NamedTuple):
    """What a record says besides who, whom and when."""

    text: str = ""
    marks: Iterable[str] = ()
    notes: Iterable[str] = ()
    facts: Mapping[str, str] = MappingProxyType({})


NOTHING_MORE = Said()


def act(
    scene: FacebookScene, kind: Kind, by: By, other: Account | None, when: TimeBlock | None, said: Said = NOTHING_MORE
) -> Message:
    """One act: whose it is, and who was its target."""
    me = scene.me
    sender = other if by == OTHER else me if by == OWNER else None
    targets = (me,) if by == OTHER else (other,)
    message = Message(
        kind,
        when or no_time(None, "timestamp"),
        sender,
        acts_with(other, SERVICE),
        text=said.text or None,
        owner=me,
        recipients=tuple(one for one in targets if one),
        marks=list(said.marks),
        notes=[*said.notes, *([] if when else [TIME_MISSING])],
        facts=dict(said.facts),
    )
    if by == NOBODY and other:
        message.notes.append(ACTOR_NOT_STATED)
    if me is None:
        message.notes.append(OWNER_NOT_KNOWN)
    if other and other.value.casefold() == "facebook user":
        message.notes.append(SHARED_NAME)
    return message


def event(
    scene: FacebookScene, kind: Kind, when: TimeBlock | None, said: Said, conversation: Conversation | None = None
) -> Message:
    """Something about the owner's own account. Who did it is not stated: whoever was logged in."""
    message = act(scene, kind, NOBODY, None, when, said)
    message.recipients = tuple(one for one in (scene.me,) if one)
    message.conversation = conversation or account_events(SERVICE)
    return message


def when_of(element: Mapping[str, Any], *keys: str) -> TimeBlock | None:
    """The time of a record: under the first of those keys that has one, else under the first labelled time."""
    for key in (*keys, "timestamp"):
        if found := seconds(element.get(key), key):
            return found
    stamped = next((found for one in rows_of(element) if (found := seconds(one.get("timestamp"), _ROW_TIME))), None)
    if stamped:
        return stamped
    return next((found for one in labels(element) if (found := seconds(one.timestamp, one.label or "timestamp"))), None)


def rows_of(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows inside a record of the form that Instagram's lists have too: each names somebody, and has its own time."""
    rows = element.get("string_list_data")
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []


def name_of(element: Mapping[str, Any]) -> str:
    """The name a relation is about, in any of the forms it was written in over the years."""
    if name := words(element, "name"):
        return name
    for one in labels(element):
        if one.label.casefold() in NAME_LABELS and one.value:
            return one.value
    if name := next((name for one in rows_of(element) if (name := words(one, "value"))), ""):
        return name
    return name_by_shape(element) or words(element, "title")


def name_by_shape(element: Mapping[str, Any]) -> str:
    """The name in a record whose labels are in a language not known here: the only value that can be one, or "".

    A link, a time and whatever has a figure in it (a date in words, a number) is none; of two that can be, neither is taken.
    """
    if words(element, "name") or rows_of(element):
        return ""
    said = list(labels(element))
    if any(one.label.casefold() in NAME_LABELS and one.value for one in said):
        return ""
    plain = [one.value for one in said if one.value and not one.timestamp and not one.value.startswith(_LINKS)]
    could = dict.fromkeys(value for value in plain if not any(letter.isdigit() for letter in value))
    return next(iter(could)) if len(could) == 1 else ""


def facts_of(element: Mapping[str, Any], *said: str) -> dict[str, str]:
    """What is left of a record once its name and its time were said."""
    return kept(element, ("name", "timestamp", *said))
