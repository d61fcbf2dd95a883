"""Facebook's comments, reactions, posts, tags and notifications.

Matters to the Facebook reader only. Comments and reactions in a download are the *owner's*; whose thing it was stands in
the title, in prose. Posts on the owner's profile, tags and notifications are others' acts; who it was stands in prose too,
but for tags. What was taken from prose is noted on each record, and the prose is kept.
Source: the downloads reference, section 4.6. Tier: `public schema`; wall posts and tags `not exercised`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from plainrecord.parsers.chat.jsonchat import listed, part, words
from plainrecord.parsers.chat.media import folder_of
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message
from plainrecord.parsers.social.facebookacts import NO_RECORD
from plainrecord.parsers.social.facebookprose import (
    named_first,
    notification,
    other_party,
    wrote_on_profile,
)
from plainrecord.parsers.social.facebookscene import (
    ACTOR_FROM_PROSE,
    ACTOR_NOT_STATED,
    NOBODY,
    OTHER,
    OWNER,
    PARTY_FROM_PROSE,
    FacebookScene,
    Said,
    act,
    facts_of,
    person,
    when_of,
)
from plainrecord.parsers.social.metalists import kept, labels
from plainrecord.parsers.social.metaparts import seconds
from plainrecord.parsers.social.sheets import Read, Where
from plainrecord.records import Kind
from plainrecord.times import TimeBlock

# Labels under which newer files name who tagged the owner; case-folded.
_TAGGERS = ("name of the person who tagged", "person who tagged you", "tagged by", "tagger")
_AUTHOR_DIFFERS = "facebook:author-is-not-the-owners-name"


def read_comment(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """A comment of the owner's. Trap: `author` is the owner, never the person commented on."""
    if not isinstance(element, dict):
        return NO_RECORD
    first = next((part(one, "comment") for _, one in listed(element, "data") if part(one, "comment")), {})
    text = words(first, "comment")
    message = _owners(where, "comment", element, text)
    message.facts |= kept(first, ("comment", "timestamp", "author"), "comment.")
    _say_time(message, seconds(first.get("timestamp"), "comment/timestamp"))
    _say_author(where, message, words(first, "author"))
    return [message]


def read_reaction(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """A reaction of the owner's to something of somebody's."""
    if not isinstance(element, dict):
        return NO_RECORD
    first = next((part(one, "reaction") for _, one in listed(element, "data") if part(one, "reaction")), {})
    said = words(first, "reaction") or next(
        (one.value for one in labels(element) if "react" in one.label.casefold()), ""
    )
    message = _owners(where, "reaction", element, said)
    message.facts |= kept(first, ("reaction", "actor"), "reaction.")
    _say_author(where, message, words(first, "actor"))
    return [message]


def read_own_post(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """A post of the owner's own."""
    if not isinstance(element, dict):
        return NO_RECORD
    return [_owners(where, "post", element, _post_text(element))]


def read_wall_post(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """A post by somebody else on the owner's profile; who it was stands in the title only."""
    if not isinstance(element, dict):
        return NO_RECORD
    who, basis = wrote_on_profile(words(element, "title"), where.scene.names, where.scene.owner)
    facts = _facts(element) | ({"actor-by": basis} if basis else {})
    made = []
    for number, name in enumerate(who or ("",)):
        said = Said(
            text=_post_text(element),
            marks=("on-owners-profile",),
            notes=(ACTOR_FROM_PROSE,) if name else (ACTOR_NOT_STATED,),
            facts=facts,
        )
        message = act(where.scene, "post", OTHER, person(name), when_of(element), said)
        message.suffix = _suffix("title", number)
        message.files = list(_attached(where, element))
        made.append(message)
    return made


def _suffix(field: str, number: int) -> str:
    """Where the second and each further person of one record is named."""
    return f"/{field}/{number}" if number > 1 else f"/{field}" if number else ""


def read_tag(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """A photo, video or place that somebody tagged the owner in. Trap: whose photo it is has not always tagged."""
    if not isinstance(element, dict):
        return NO_RECORD
    by_label = {one.label.casefold().rpartition(": ")[2]: one.value for one in labels(element) if one.value}
    tagger = words(element, "tagger") or next((by_label[label] for label in _TAGGERS if label in by_label), "")
    named = [name for name in by_label.values() if name in where.scene.names and name != where.scene.owner]
    other = person(tagger or (named[0] if len(set(named)) == 1 else ""))
    said = Said(words(element, "title"), ("tagged",), (), kept(element, ("timestamp", "title", "tagger", "media")))
    message = act(where.scene, "mention", OTHER if tagger else NOBODY, other, when_of(element), said)
    message.recipients = message.recipients or tuple(one for one in (where.scene.me,) if one)
    message.notes += [] if other else [ACTOR_NOT_STATED]
    message.files = list(_attached(where, element))
    return [message]


def read_notification(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """What Facebook told the owner, word for word; whose act it was is read from these words, and noted as such.

    Trap: a sentence about somebody (“has a birthday”) is no act of theirs; then nobody's act is claimed.
    """
    if not isinstance(element, dict):
        return NO_RECORD
    text = words(element, "text")
    facts, when = facts_of(element, "text"), when_of(element)
    told = notification(text, where.scene.names, where.scene.owner)
    if told is None:
        about = named_first(text, where.scene.names)
        other = person(about) if about != where.scene.owner else None
        message = act(where.scene, "other", NOBODY, other, when, Said(text=text, marks=_NOTICE, facts=facts))
        message.recipients = message.recipients or tuple(one for one in (where.scene.me,) if one)
        message.backwards = True
        return [message]
    made = []
    for number, name in enumerate(told.actors):
        message = act(
            where.scene,
            told.kind,
            OTHER,
            person(name),
            when,
            Said(
                text=text,
                marks=(*_NOTICE, *told.marks),
                notes=(ACTOR_FROM_PROSE,),
                facts=facts | {"actor-by": told.basis},
            ),
        )
        message.suffix = _suffix("text", number)
        message.backwards = True
        made.append(message)
    return made


_NOTICE = ("notification", "generated-text")


def _owners(where: Where[FacebookScene], kind: Kind, element: Mapping[str, Any], text: str) -> Message:
    title = words(element, "title")
    name, basis = other_party(title, where.scene.names, where.scene.owner)
    message = act(
        where.scene,
        kind,
        OWNER,
        person(name),
        when_of(element),
        Said(
            text=text,
            notes=(PARTY_FROM_PROSE,) if name else (),
            facts=_facts(element) | ({"party-by": basis} if basis else {}),
        ),
    )
    message.files = list(_attached(where, element))
    return message


def _say_time(message: Message, inner: TimeBlock | None) -> None:
    """The time inside a comment: the only one where the record gives none, and another date where it differs."""
    if inner is None or inner.utc_us == message.time.utc_us:
        return
    if message.time.utc_us is None:
        message.time, message.notes = inner, [note for note in message.notes if note != TIME_MISSING]
    else:
        message.dates.append(inner)


def _say_author(where: Where[FacebookScene], message: Message, author: str) -> None:
    if not author:
        return
    message.facts["author"] = author
    if not where.scene.owner:
        # The list is of the owner's own acts, so that its author is the owner, by the name borne then.
        message.sender = person(author)
    elif author != where.scene.owner:
        message.notes.append(_AUTHOR_DIFFERS)


def _facts(element: Mapping[str, Any]) -> dict[str, str]:
    """What a record says besides its text, title and files. Of several texts in `data` the first is the record's text."""
    facts = kept(element, ("timestamp", "data", "attachments", "title", "media"))
    facts |= {"title": title} if (title := words(element, "title")) else {}
    for at, one in enumerate(_items(element, "data")):
        facts |= kept(one if at else _without_text(one), (), f"data.{at}." if at else "data.")
    for at, one in enumerate(_inside_attachments(element)):
        facts |= kept(_without_files(one), (), f"attached.{at}.")
    for at, media in enumerate(one for one in _items(element, "media") if not words(one, "uri")):
        facts |= kept(media, (), f"media.{at}.")
    return facts


def _without_text(one: Mapping[str, Any]) -> dict[str, Any]:
    """What stands beside the text of a record, and the text itself where it is of a kind nothing is read from."""
    kinds: dict[str, type] = {"comment": dict, "reaction": dict, "post": str}
    return {key: value for key, value in one.items() if not isinstance(value, kinds.get(key, ()))}


def _without_files(one: Mapping[str, Any]) -> dict[str, Any]:
    """What stands beside a file or link; one without an address is no file, and is kept here."""
    named = {"media": "uri", "external_context": "url"}
    return {key: value for key, value in one.items() if not (key in named and words(value, named[key]))}


def _items(element: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; what is none stands for itself as a value."""
    found = element.get(key)
    for one in found if isinstance(found, list) else [] if found is None else [found]:
        yield one if isinstance(one, dict) else {"value": one}


def _inside_attachments(element: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for each in _items(element, "attachments"):
        yield from _items(each, "data") if "data" in each else (each,)


def _post_text(element: Mapping[str, Any]) -> str:
    return next((words(one, "post") for _, one in listed(element, "data") if words(one, "post")), "")


def _attached(where: Where[FacebookScene], element: Mapping[str, Any]) -> Iterator[File]:
    """Files of a record: `attachments[].data[].media`, and `media` of newer ones."""
    folder = folder_of(where.member)
    inner = list(_inside_attachments(element))
    for media in [*(part(one, "media") for one in inner), *(one for _, one in listed(element, "media"))]:
        if uri := words(media, "uri"):
            yield where.scene.media.file(uri, folder, kept(media, ("uri",)))
    for one in inner:
        if link := words(part(one, "external_context"), "url"):
            yield where.scene.media.file(link, folder, {"kind": "link"} | kept(part(one, "external_context"), ("url",)))
