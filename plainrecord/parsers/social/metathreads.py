"""Messenger and Instagram threads, JSON: what one element of a `message_N.json` says.

Matters to the readers of Facebook and Instagram downloads, which share this form; they make the sheet
(`JsonSheet(THREAD_PATTERNS, read_thread)`) with a scene that is a `MetaScene` (see `metascene.py` for the survey before it).

Reads: messages, calls, files, shares, places, reactions, membership, unsent and taken-down rows, rows without content, the
thread's picture, join link and word effects. Cannot read: who a “Facebook User” was, and what a row of another language
that the app wrote means (its text is kept, as a message).
Source of knowledge: the downloads reference, sections 4.3 and 6.5, from public readers, schemas and notes. Tier: `public schema`.

Pages run from the newest message to the oldest, so that their records are `backwards`. Names are display names of the
day of the download: nobody is told apart by them who bears the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeVar

from plainrecord.parsers import meta
from plainrecord.parsers.chat.jsonchat import listed, part, rest, shown, words
from plainrecord.parsers.chat.media import folder_of
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem, from_ms, no_time
from plainrecord.parsers.social.metaparts import is_story, place_in, reaction_time, said_in, seconds
from plainrecord.parsers.social.metascene import THREAD_FOLDERS, TWO_OF_A_NAME, MetaScene, Thread
from plainrecord.parsers.social.metawords import Row, generated
from plainrecord.parsers.social.sheets import Read, Where
from plainrecord.records import Account, Conversation, Kind
from plainrecord.times import TimeBlock, from_epoch

S = TypeVar("S", bound=MetaScene)

THREAD_PATTERNS = ("/messages/*", "/image", "/joinable_mode", "/magic_words/*")
SENDER_MISSING = "meta:sender-missing"
SHARED_NAME = "meta:name-of-unavailable-accounts"
KIND_FROM_TEXT = "meta:kind-from-text"
STORY_BY_LINK = "meta:story-reply-by-link"
_MEDIA = ("photos", "videos", "audio_files", "gifs", "files")
# What is said in a field of its own, and the kind of value it has.
_KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys((*_MEDIA, "users", "reactions"), list),
    **dict.fromkeys(("sender_name", "content", "type"), str),
    **dict.fromkeys(("sticker", "share", "bumped_message_metadata"), dict),
    **dict.fromkeys(("is_unsent", "is_taken_down", "missed"), bool),
    **dict.fromkeys(("timestamp_ms", "call_duration"), (int, str)),
}
_SAID = frozenset(_KINDS)
_FLAGS = ("is_unsent", "is_taken_down", "is_geoblocked_for_viewer", "is_unsent_image_by_messenger_kid_parent")
_TEXT_ONLY = frozenset(("sender_name", "timestamp_ms", "content", "type", *_FLAGS))
_LATEST = 10**14  # the year 5138, in milliseconds
# The name of every account that is gone; it may stand for several people.
_UNAVAILABLE = frozenset(("Facebook User", "Facebook user", "Instagram User", "Instagram user", "Instagrammer"))
_NOTHING = Row("message", ())


def read_thread(where: Where[S], pointer: str, element: Any) -> Read:
    """The records of one place in a page: a message and its reactions, or a heading of the thread. Never raises."""
    thread = where.scene.threads.get(folder_of(where.member)) or _unknown_thread(where)
    if not pointer.startswith("/messages/"):
        return _heading(where, thread, pointer, element)
    if not isinstance(element, dict) or not ({"sender_name", "timestamp_ms", "content"} & element.keys()):
        return Problem("not-a-message", "There is no message in this place, but another kind of value.")
    damaged = where.member.tree_path in where.scene.damaged
    if _is_text_only(element) and (text := _text_only(where, thread, element, damaged)):
        return [text]
    said = _mended(element) if damaged else element
    message = _message(where, thread, said, element)
    return [message, *_reactions(where, thread, message, element, damaged)]


def _is_text_only(element: dict[str, Any]) -> bool:
    """Nine elements of ten: a sender, a time and a text, and beside them nothing that says anything."""
    return (
        element.keys() <= _TEXT_ONLY
        and isinstance(element.get("content"), str)
        and isinstance(element.get("sender_name"), str)
        and element.get("type", "Generic") == "Generic"
        and not any(element.get(key) for key in _FLAGS)
    )


def _text_only(where: Where[S], thread: Thread, element: dict[str, Any], damaged: bool) -> Message | None:
    """What `_message` says of such an element, in half the time; None where something about it is not ordinary."""
    scene, stored, count = where.scene, element["content"], element.get("timestamp_ms")
    name = _name(element["sender_name"], damaged)
    fixed = meta.repaired(stored)
    if not damaged:
        fixed = meta.Repaired(stored, fixed.note if fixed.note == meta.TWICE else None)
    if not fixed.text or not _is_ordinary(thread.people, name) or type(count) is not int or not 0 < count < _LATEST:
        return None
    if generated(fixed.text, name, scene.owner, thread.people):
        return None
    return Message(
        "message",
        from_epoch(count, "ms", str(count), "timestamp_ms"),
        _account(scene.service, name),
        thread.conversation,
        text=fixed.text,
        owner=scene.owner_account,
        recipients=_others(scene.service, thread.people, name),
        marks=[mark] if (mark := THREAD_FOLDERS.get(thread.kind, "")) else [],
        notes=[fixed.note] if fixed.note else [],
        service=scene.service,
        backwards=where.member.tree_path not in scene.oldest_first,
        facts=thread.facts
        | ({"type": element["type"]} if "type" in element else {})
        | ({"text-as-stored": stored} if stored != fixed.text else {}),
    )


@lru_cache(maxsize=4096)
def _name(stored: str, damaged: bool) -> str:
    return meta.repaired(stored).text if damaged else stored


@lru_cache(maxsize=4096)
def _is_ordinary(people: tuple[str, ...], name: str) -> bool:
    """Whether nothing has to be said about a sender."""
    return bool(name) and name not in _UNAVAILABLE and people.count(name) < 2


def _message(where: Where[S], thread: Thread, said: dict[str, Any], stored: dict[str, Any]) -> Message:
    name = words(said, "sender_name")
    text = said.get("content")
    text = text if isinstance(text, str) else ""
    told = generated(text, name, where.scene.owner, thread.people)
    sender = _sender(where.scene, thread, name)
    message = Message(
        _kind(said, told, text),
        _when(said),
        sender,
        thread.conversation,
        text=text or None,
        owner=None if thread.owner_is_ambiguous else where.scene.owner_account,
        recipients=() if sender is None else _others(where.scene.service, thread.people, sender.value),
        service=where.scene.service,
        backwards=where.member.tree_path not in where.scene.oldest_first,
        facts=thread.facts | rest(said, _SAID),
    )
    if message.time.utc_us is None:
        message.notes.append(TIME_MISSING)
    _say_who(message, thread, name)
    _say_marks(message, thread, said, told)
    _say_text(message, text, stored.get("content"))
    _say_more(message, said)
    message.files = list(_files(where, said))
    if _is_empty(message, said):
        message.marks.append("no-content")
    return message


def _kind(said: dict[str, Any], told: Row | None, text: str) -> Kind:
    """By what the element states; by its generated text only where it states nothing."""
    stated = words(said, "type")
    if stated == "Call" or "call_duration" in said or "missed" in said:
        return "call"
    if stated in ("Subscribe", "Unsubscribe") or (isinstance(said.get("users"), list) and said["users"]):
        return "system"
    if told and told.kind != "message":
        return told.kind
    return "story_reply" if text and told is None and is_story(words(part(said, "share"), "link")) else "message"


def _say_marks(message: Message, thread: Thread, said: dict[str, Any], told: Row | None) -> None:
    marks = message.marks
    marks += [mark] if (mark := THREAD_FOLDERS.get(thread.kind, "")) else []
    if told:
        marks += ["generated-text", *told.marks]
        if told.kind not in ("message", "call") or (message.kind == "call" and not _states_call(said)):
            message.notes += [KIND_FROM_TEXT] if "users" not in said else []
    elif message.kind == "story_reply":
        message.notes.append(STORY_BY_LINK)
    elif message.kind in ("call", "system") and message.text:
        marks.append("generated-text")
    if message.kind == "call" and _is_missed(said):
        marks.append("missed")
    stated = words(said, "type")
    marks += {"Subscribe": ["joined"], "Unsubscribe": ["left"]}.get(stated, [])
    marks += [mark for key, mark in (("is_unsent", "unsent"), ("is_taken_down", "taken-down")) if said.get(key) is True]
    if part(said, "bumped_message_metadata").get("is_bumped") is True:
        marks.append("bumped")


def _states_call(said: dict[str, Any]) -> bool:
    return words(said, "type") == "Call" or "call_duration" in said or "missed" in said


def _is_missed(said: dict[str, Any]) -> bool:
    """Stated, or a call of no length: the reference gives 0 for calls that nobody took."""
    return said.get("missed") is True or (said.get("missed") is not False and said.get("call_duration") == 0)


def _say_who(message: Message, thread: Thread, name: str) -> None:
    if not name:
        message.notes.append(SENDER_MISSING)
    elif name in _UNAVAILABLE:
        message.notes.append(SHARED_NAME)
    if name and thread.people.count(name) > 1:
        message.notes.append(TWO_OF_A_NAME)
        message.facts["sender_name"] = name


def _say_text(message: Message, text: str, stored: object) -> None:
    if not isinstance(stored, str):
        return
    if stored != text:
        message.notes.append(meta.repaired(stored).note or meta.REPAIRED)
        message.facts["text-as-stored"] = stored
    elif not text.isascii() and (note := meta.repaired(text).note) == meta.TWICE:
        message.notes.append(note)


def _say_more(message: Message, said: dict[str, Any]) -> None:
    facts = message.facts
    facts |= {"type": words(said, "type")} if words(said, "type") else {}
    if "call_duration" in said:
        message.status["duration-seconds"] = shown(said["call_duration"])
    if isinstance(users := said.get("users"), list) and users:
        names = [words(one, "name") for one in users]
        facts["users"] = shown(", ".join(names)) if all(names) else shown(users)
    if isinstance(share := said.get("share"), dict):
        facts |= rest(share, (), "share.")
        facts |= place_in(words(share, "link"))
        message.marks += ["location"] if "latitude" in facts and "location" not in message.marks else []
    bumped = part(said, "bumped_message_metadata")
    facts |= rest(bumped, ("is_bumped",), "bumped.")
    facts |= dict(_odd(said))


def _odd(said: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Values of a kind that no download is known to have there: kept as they stand."""
    for key, value in said.items():
        kind = _KINDS.get(key, object)
        if value is not None and not isinstance(value, kind):
            yield key, shown(value)
        elif isinstance(value, list):
            yield from ((f"{key}/{at}", shown(one)) for at, one in enumerate(value) if not isinstance(one, dict))


def _files(where: Where[S], said: dict[str, Any]) -> Iterator[File]:
    folder = folder_of(where.member)
    for key in _MEDIA:
        for _, one in listed(said, key):
            facts = {"kind": key} | rest(one, said_in(one, ("uri", "thumbnail")))
            yield where.scene.media.file(words(one, "uri"), folder, facts)
            if thumbnail := words(part(one, "thumbnail"), "uri"):
                yield where.scene.media.file(thumbnail, folder, {"kind": "thumbnail"})
    if sticker := part(said, "sticker"):
        yield where.scene.media.file(
            words(sticker, "uri"), folder, {"kind": "sticker"} | rest(sticker, said_in(sticker, ("uri",)))
        )


def _is_empty(message: Message, said: dict[str, Any]) -> bool:
    """Trap: thousands of rows hold nothing but a sender and a time (expired, disappeared, not supported)."""
    return not (message.text or message.files or message.kind != "message" or said.get("share")) and (
        "unsent" not in message.marks and "taken-down" not in message.marks
    )


def _reactions(
    where: Where[S], thread: Thread, message: Message, element: dict[str, Any], damaged: bool
) -> Iterator[Message]:
    for number, reaction in listed(element, "reactions"):
        said = _mended(reaction) if damaged else reaction
        name = words(said, "actor")
        actor = _sender(where.scene, thread, name)
        when = reaction_time(reaction.get("timestamp"))
        made = Message(
            "reaction",
            when or no_time(reaction.get("timestamp"), "reactions"),
            actor,
            message.conversation,
            text=words(said, "reaction") or None,
            owner=message.owner,
            recipients=_reacted_to(where.scene.service, thread, message.sender, actor),
            marks=message.marks[:1] if THREAD_FOLDERS.get(thread.kind) else [],
            notes=[] if when else [TIME_MISSING],
            facts={"reaction-to-sent": message.time.ts_utc or ""}
            | rest(said, said_in(said, ("actor", "reaction", "timestamp"))),
            service=message.service,
            suffix=f"/reactions/{number}",
            backwards=message.backwards,
        )
        _say_who(made, thread, name)
        yield made


def _reacted_to(service: str, thread: Thread, sender: Account | None, actor: Account | None) -> tuple[Account, ...]:
    if sender and sender != actor:
        return (sender,)
    return _others(service, thread.people, actor.value) if actor else ()


def _when(said: dict[str, Any]) -> TimeBlock:
    return from_ms(said.get("timestamp_ms"), "timestamp_ms") or no_time(said.get("timestamp_ms"), "timestamp_ms")


def _heading(where: Where[S], thread: Thread, pointer: str, element: Any) -> Read:
    """What stands once beside the messages. Each page repeats it, so that only the first says it."""
    if where.member.tree_path != thread.first or element in (None, {}, [], ""):
        return []
    said = meta.repaired_tree(element) if where.member.tree_path in where.scene.damaged else element
    if not isinstance(said, dict):
        return Problem("not-a-heading", "There is no object in this place, but another kind of value.")
    when = from_ms(said.get("creation_timestamp_ms"), "creation_timestamp_ms") or seconds(
        said.get("creation_timestamp"), "creation_timestamp"
    )
    what = {"image": "thread-picture", "joinable_mode": "join-link"}.get(pointer.split("/")[1], "word-effect")
    message = Message(
        "system",
        when or no_time(None, pointer[1:]),
        None,
        thread.conversation,
        owner=where.scene.owner_account,
        marks=[what],
        notes=[] if when else [TIME_MISSING],
        facts=thread.facts | rest(said, said_in(said, ("uri", "creation_timestamp", "creation_timestamp_ms"))),
        service=where.scene.service,
        backwards=True,
    )
    if uri := words(said, "uri"):
        message.files.append(where.scene.media.file(uri, folder_of(where.member), {"kind": what}))
    return [message]


def _sender(scene: MetaScene, thread: Thread, name: str) -> Account | None:
    """Trap: where somebody else in the thread bears the owner's name, that name says of nobody who wrote."""
    if not name or (thread.owner_is_ambiguous and name == scene.owner):
        return None
    return _account(scene.service, name)


@lru_cache(maxsize=4096)
def _account(service: str, name: str) -> Account:
    return Account(service, "name", name)


@lru_cache(maxsize=4096)
def _others(service: str, people: tuple[str, ...], sender: str) -> tuple[Account, ...]:
    """Everybody but the sender, once; of two who bear the sender's name, the other."""
    left = list(people)
    if sender in left:
        left.remove(sender)
    return tuple(_account(service, name) for name in dict.fromkeys(left) if name)


def _unknown_thread(where: Where[S]) -> Thread:
    """The thread of a page that the survey could not read."""
    folder = folder_of(where.member)
    return Thread(Conversation(f"{where.scene.service}:{folder}"), (), "", where.member.tree_path, {})


def _mended(value: dict[str, Any]) -> dict[str, Any]:
    made = meta.repaired_tree(value)
    return made if isinstance(made, dict) else value
