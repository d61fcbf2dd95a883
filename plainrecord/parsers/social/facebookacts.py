"""Facebook's lists of relations and visits: friends, requests, followers, pokes, what the owner looked at, invitations.

Matters to the Facebook reader only. For each list the table below says whose act it is, after the downloads reference,
sections 4.5 and 4.6. Pokes say it row by row. Lists of visits are of pages and people the *owner* looked at, never of who
looked at the owner. Removed friends do not say who removed whom.
Tier: `public schema`; labels of newer files in other languages are `not exercised`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plainrecord.parsers.chat.jsonchat import part, shown, words
from plainrecord.parsers.chat.pieces import Message, Problem
from plainrecord.parsers.social.facebookscene import (
    NAME_BY_SHAPE,
    NOBODY,
    OTHER,
    OWNER,
    By,
    FacebookScene,
    Said,
    act,
    event,
    facts_of,
    name_by_shape,
    name_of,
    person,
    rows_of,
    when_of,
)
from plainrecord.parsers.social.metalists import kept
from plainrecord.parsers.social.metaparts import seconds
from plainrecord.parsers.social.metascene import TWO_OF_A_NAME
from plainrecord.parsers.social.sheets import Read, Where
from plainrecord.records import Conversation, Kind
from plainrecord.times import TimeBlock

NO_RECORD = Problem("not-a-record", "There is no record in this place, but another kind of value.")
LOCATIONS = Conversation("facebook:locations", "Locations the account recorded")
_PEOPLE_VISITED = ("profile visits", "profielbezoeken", "profilbesuche", "visites de profils")


@dataclass(frozen=True, slots=True)
class Relation:
    """One kind of list of names: what stands in it and whose act each row is."""

    kind: Kind
    by: By
    marks: tuple[str, ...] = ()

    def read(self, where: Where[FacebookScene], pointer: str, element: Any) -> Read:
        """One row."""
        if not isinstance(element, dict):
            return NO_RECORD
        marks = [*self.marks, *(["marked-as-spam"] if element.get("marked_as_spam") is True else [])]
        notes = [NAME_BY_SHAPE] if name_by_shape(element) else []
        made = []
        for at, (name, when, facts) in enumerate(_people(element)):
            if not name:
                return Problem("no-name", "This row of a list of people names nobody.")
            said = Said(marks=marks, notes=notes, facts=facts)
            made.append(act(where.scene, self.kind, self.by, person(name), when, said))
            made[-1].suffix = f"/string_list_data/{at}" if at else ""
        return made


def _people(element: dict[str, Any]) -> Iterator[tuple[str, TimeBlock | None, dict[str, str]]]:
    """Whom a row of a list names, since when, and what else it says: one person, or several in rows of their own.

    Trap: what is said of one of several is said of nobody else, so that no other name comes along with theirs.
    """
    rows = rows_of(element)
    if words(element, "name") or not rows or not all(words(one, "value") for one in rows):
        yield name_of(element), when_of(element), facts_of(element, "marked_as_spam")
        return
    beside = facts_of({key: value for key, value in element.items() if key != "string_list_data"}, "marked_as_spam")
    for one in rows:
        when = seconds(one.get("timestamp"), "string_list_data/timestamp") or when_of(element)
        yield words(one, "value"), when, beside | kept(one, ("value", "timestamp"))


RELATIONS = {
    "friends": Relation("follow", NOBODY, ("friend",)),
    "requests-received": Relation("request", OTHER, ("pending",)),
    "requests-rejected": Relation("request", OTHER, ("rejected",)),
    "requests-sent": Relation("request", OWNER, ("pending",)),
    "friends-removed": Relation("follow", NOBODY, ("friend-removed",)),
    "followers": Relation("follow", OTHER),
    "following": Relation("follow", OWNER),
}


def read_poke(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """One poke, in the direction that the row states. `rank` is a number nobody has explained, never a count."""
    if not isinstance(element, dict):
        return NO_RECORD
    poker, pokee = words(element, "poker"), words(element, "pokee")
    if not poker and not pokee:
        return Problem("no-name", "This poke names nobody.")
    scene, me = where.scene, where.scene.owner
    by: By = OTHER if pokee == me or not me else OWNER
    other = poker if by == OTHER else pokee
    message = act(scene, "poke", by, person(other), when_of(element), Said(facts=facts_of(element, "poker", "pokee")))
    message.sender = person(poker)
    message.recipients = tuple(one for one in (person(pokee),) if one)
    if poker == pokee:
        # Another account that bears the owner's name: the row does not say which of the two poked.
        message.sender, message.owner = None, None
        message.notes.append(TWO_OF_A_NAME)
    elif me and me not in (poker, pokee):
        message.notes.append("facebook:poke-without-the-owner")
    return [message]


def read_visits(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """One section of what the owner visited or looked at: the owner's acts, an entry each.

    Trap: “Profile visits” lists whom the owner visited. Nobody's visit to the owner is in any download.
    """
    return _sections(where, element, "visited", is_owners=True)


def read_interactions(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """One section of interactions with people: with whom and when, not who did what."""
    return _sections(where, element, "interaction", is_owners=False)


def read_see_less(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """One section of the people the owner chose to see less of."""
    return _sections(where, element, "see-less", is_owners=True, people=True)


def _sections(
    where: Where[FacebookScene], element: Any, mark: str, *, is_owners: bool, people: bool | None = None
) -> Read:
    if not isinstance(element, dict):
        return NO_RECORD
    title = words(element, "name")
    facts = {"section": title} if title else {}
    facts |= {"description": said} if (said := words(element, "description")) else {}
    facts |= kept(element, ("name", "description", "entries", "children", "timestamp", "data"))
    are_people = people if people is not None else not is_owners or title.casefold() in _PEOPLE_VISITED
    if "entries" not in element and "children" not in element:
        return [_entry(where.scene, element, mark, facts, is_owners, are_people, "")]
    return list(_entries(where.scene, element, mark, facts, is_owners, are_people))


def _entries(
    scene: FacebookScene, element: Mapping[str, Any], mark: str, facts: dict[str, str], is_owners: bool, people: bool
) -> Iterator[Message]:
    for at, entry in _each(element, "entries"):
        yield _entry(scene, entry, mark, facts, is_owners, people, f"/entries/{at}")
    for at, child in _each(element, "children"):
        inner = facts | ({"section": f"{facts.get('section', '')}: {words(child, 'name')}"} if "name" in child else {})
        for number, entry in _each(child, "entries"):
            yield _entry(scene, entry, mark, inner, is_owners, people, f"/children/{at}/entries/{number}")


def _each(element: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The entries of a section; what is no object is kept as a value, so that every entry is a record."""
    found = element.get(key)
    for at, one in enumerate(found if isinstance(found, list) else [] if found is None else [found]):
        yield at, one if isinstance(one, dict) else {"value": shown(one)}


def _entry(
    scene: FacebookScene,
    entry: Mapping[str, Any],
    mark: str,
    facts: dict[str, str],
    owners: bool,
    people: bool,
    at: str,
) -> Message:
    data = part(entry, "data")
    name = words(data, "name") or name_of(entry)
    is_person = people or name in scene.names
    more = facts | kept(entry, ("timestamp", "data")) | kept(data, ("name",))
    more |= {} if is_person or not name else {"name": name}
    more |= {} if data or not entry.get("data") else {"data": shown(entry["data"])}
    other = person(name) if is_person else None
    message = act(scene, "other", OWNER if owners else NOBODY, other, when_of(entry), Said("", (mark,), (), more))
    message.suffix = at
    return message


def read_invitation(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """An event the owner was invited to. Who invited is not stated; the event's own time is no time of the invitation."""
    if not isinstance(element, dict):
        return NO_RECORD
    message = act(
        where.scene,
        "request",
        NOBODY,
        None,
        None,
        Said(marks=("event-invitation",), text=name_of(element), facts=kept(element, ("name",))),
    )
    message.recipients = tuple(one for one in (where.scene.me,) if one)
    return [message]


def read_contact(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """A contact of the owner's uploaded address book: the owner's name for somebody, which is no name on Facebook."""
    if not isinstance(element, dict):
        return NO_RECORD
    when = when_of(element, "created_timestamp", "updated_timestamp")
    return [act(where.scene, "other", NOBODY, None, when, Said(marks=("address-book",), facts=kept(element)))]


def read_owner_list(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """A row of some other list of what the owner did; it names nobody as far as is known."""
    if not isinstance(element, dict):
        return NO_RECORD
    text = words(element, "title") or words(element, "name")
    return [
        act(
            where.scene,
            "other",
            OWNER,
            None,
            when_of(element),
            Said(text=text, facts=kept(element, ("title", "timestamp"))),
        )
    ]


def read_location(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """A place the account recorded of the owner: kept as facts, and evaluated by nobody here."""
    facts = kept(element, ("timestamp",)) if isinstance(element, dict) else {"value": str(element)[:500]}
    when = None
    if isinstance(element, dict):
        inner = next((value for value in element.values() if isinstance(value, dict) and "time" in value), element)
        when = seconds(inner.get("time"), "time") or when_of(element, "creation_timestamp")
    return [event(where.scene, "other", when, Said(marks=("location",), facts=facts), LOCATIONS)]
