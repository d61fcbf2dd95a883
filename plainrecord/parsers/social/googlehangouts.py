"""Hangouts (to 2022) inside a Takeout: `Hangouts.json`, all conversations with their events.

Reads: chat messages, texts sent through Hangouts, calls, renames, who was added and removed, voicemail, pictures by their
links. Times are strings of microseconds. Whose account it is, each conversation says itself (`self_conversation_state`).
Source of knowledge: the format reference (downloads section 10.3), from public readers. Tier: `public schema`; the older
layout (`conversation_state`, `event`) and places shared in a chat are `not exercised`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from plainrecord.parsers.chat.jsonchat import listed, part, rest, shown, without, words
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem, no_time
from plainrecord.parsers.social.googlescene import ACCOUNT, VOICE, Scene
from plainrecord.parsers.social.shapes import Shape, fits, misshapen
from plainrecord.parsers.social.sheets import JsonSheet, Read, Where
from plainrecord.records import Account, Conversation, Kind
from plainrecord.times import TimeBlock, from_epoch

SERVICE = "google-hangouts"
_KINDS: dict[str, Kind] = {
    "REGULAR_CHAT_MESSAGE": "message",
    "SMS": "message",
    "HANGOUT_EVENT": "call",
    "VOICEMAIL": "voicemail",
    "RENAME_CONVERSATION": "system",
    "ADD_USER": "system",
    "REMOVE_USER": "system",
    "OTR_MODIFICATION": "system",
    "GROUP_LINK_SHARING_MODIFICATION": "system",
}
_PERSON: dict[str, Shape] = {"gaia_id": str, "chat_id": str}
_LINK: dict[str, Shape] = {"link_target": str, "display_url": str}
_CONTENT: dict[str, Shape] = {
    "segment": [{"type": str, "text": str, "link_data": _LINK, "formatting": dict}],
    "attachment": [{"embed_item": dict, "id": str}],
}
_CALL: dict[str, Shape] = {"event_type": str, "hangout_duration_secs": str, "participant_id": [_PERSON]}
_SAID: dict[str, Shape] = {
    "conversation_id": {"id": str},
    "sender_id": _PERSON,
    "timestamp": (str, int),
    "event_id": str,
    "event_type": str,
    "chat_message": lambda chat: isinstance(chat, dict) and fits(chat.get("message_content"), _CONTENT),
    "hangout_event": lambda call: isinstance(call, dict) and all(fits(call.get(key), _CALL[key]) for key in _CALL),
    "conversation_rename": {"old_name": str, "new_name": str},
}
# One of those who came or went, or a list of them; and how the owner had set the conversation, which is said of no event.
_MEMBERSHIP = "membership_change"
_BESIDE = "self_event_state"
_OFF_NETWORK = "OFF_NETWORK_PHONE"


def read(where: Where[Scene], pointer: str, element: Any) -> Read:
    """One event of a conversation."""
    if not isinstance(element, dict):
        return Problem("not-an-event", "There is no event in this place, but another kind of value.")
    talk = _Talk(where, pointer)
    kind = words(element, "event_type")
    sender = talk.person(part(element, "sender_id"))
    when = _time(element.get("timestamp"))
    message = Message(
        _KINDS.get(kind, "message" if "chat_message" in element else "other"),
        when or no_time(element.get("timestamp"), "timestamp"),
        sender,
        talk.conversation,
        owner=talk.owner or where.scene.account,
        recipients=without(talk.people, sender) if sender else (),
        notes=[] if when else [TIME_MISSING],
        facts={"event_id": words(element, "event_id"), "event_type": kind} | _left(element),
        service=SERVICE,
    )
    if sender is None:
        message.notes.append("google-hangouts:sender-missing")
    if kind == "SMS" or "SMS" in words(part(element, "delivery_medium"), "medium_type"):
        message.marks.append("sms")
    _say(message, part(element, "chat_message"))
    _call(message, talk, part(element, "hangout_event"))
    _change(message, talk, element)
    return [message]


SHEET = JsonSheet(
    ("/conversations/*/events/*", "/conversation_state/*/conversation_state/event/*"),
    read,
    headings=("/conversations/*/conversation", "/conversation_state/*/conversation_state/conversation"),
)


def _left(element: dict[str, Any]) -> dict[str, str]:
    """What an event says in no place of its own, and what stands in such a place but is of another kind."""
    left = rest(element, {*_SAID, _MEMBERSHIP, _BESIDE}) | misshapen(element, _SAID)
    change = element.get(_MEMBERSHIP)
    moved = part(element, _MEMBERSHIP).get("participant_id")
    is_usual = isinstance(change, dict | None) and fits(part(element, _MEMBERSHIP).get("type"), str)
    if not is_usual or not fits(moved, [_PERSON] if isinstance(moved, list) else _PERSON):
        left[_MEMBERSHIP] = shown(change)
    return left


class _Talk:
    """One conversation: its people by id, and who of them the owner is."""

    def __init__(self, where: Where[Scene], pointer: str) -> None:
        # /conversations/3/events/7 stands beside /conversations/3/conversation.
        beside = where.headings.get(f"{pointer.rsplit('/', 2)[0]}/conversation")
        said = part(beside, "conversation") or (beside if isinstance(beside, dict) else {})
        identity = words(part(beside, "conversation_id"), "id") or words(part(said, "id"), "id")
        self._by_id = dict(_participants(said))
        own = part(part(part(said, "self_conversation_state"), "self_read_state"), "participant_id")
        self.owner = self.person(own) if own else None
        current = [self.person(one) for _, one in listed(said, "current_participant")]
        self.people = tuple(dict.fromkeys([*(one for one in current if one), *self._by_id.values()]))
        others = without(self.people, self.owner)
        group = words(said, "type") == "GROUP" or (words(said, "type") != "STICKY_ONE_TO_ONE" and len(others) > 1)
        title = words(said, "name") or ", ".join(one.name or one.value for one in others[:8])
        key = identity or f"{where.member.tree_path}#{pointer.rsplit('/', 2)[0]}"
        self.conversation = Conversation(f"{SERVICE}:{key}", title or None, group)

    def person(self, said: dict[str, Any]) -> Account | None:
        """The account of an id pair, with the name this conversation shows."""
        identity = words(said, "gaia_id") or words(said, "chat_id")
        if not identity:
            return None
        return self._by_id.get(identity) or Account(ACCOUNT, "id", identity)


def _participants(said: dict[str, Any]) -> Iterator[tuple[str, Account]]:
    for _, one in listed(said, "participant_data"):
        identity, name = part(one, "id"), words(one, "fallback_name") or None
        key = words(identity, "gaia_id") or words(identity, "chat_id")
        phone = words(part(one, "phone_number"), "e164") or words(one, "phone_number")
        if phone and (not key or words(one, "participant_type") == _OFF_NETWORK):
            # Somebody written to by text message has a made-up id here; the number is who they are.
            yield key or phone, Account(VOICE, "number", phone, name)
        elif key:
            yield key, Account(ACCOUNT, "id", key, name)


def _time(value: object) -> TimeBlock | None:
    """A count of microseconds, written as a string; 0 and absence are no time."""
    raw = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (raw.isascii() and raw.isdigit()) or len(raw) > 20 or int(raw) == 0:
        return None
    return from_epoch(int(raw), "us", raw, "timestamp")


def _say(message: Message, chat: dict[str, Any]) -> None:
    content = part(chat, "message_content")
    # Trap: a message is all of its segments; a line break is one of them.
    text = "".join(_segment(one) for _, one in listed(content, "segment"))
    message.text = text or None
    links = [words(part(one, "link_data"), "link_target") for _, one in listed(content, "segment")]
    if kept := list(dict.fromkeys(filter(None, links))):
        message.facts["links"] = shown(kept)
    for _, one in listed(content, "attachment"):
        _attach(message, part(one, "embed_item"))
    message.facts |= rest(chat, ("message_content",), "chat_message.")


def _segment(one: dict[str, Any]) -> str:
    kind = words(one, "type")
    return words(one, "text") or ("\n" if kind == "LINE_BREAK" else "")


def _attach(message: Message, item: dict[str, Any]) -> None:
    photo = next((one for name, one in item.items() if name.endswith("plus_photo") and isinstance(one, dict)), None)
    if photo is None:
        if item:
            message.facts["embedded"] = shown(item)
        return
    link = words(photo, "url") or words(part(photo, "thumbnail"), "image_url")
    path = link.partition("?")[0].rpartition("/")[2]
    name = unquote(path)
    inside = bool(name) and "/" not in name and name not in (".", "..")
    facts = {"link": link[:2000]} if link else {}
    paths = tuple(dict.fromkeys((name, path))) if inside else ()
    message.files.append(
        File(name or None, paths, absent="not-exported", facts=facts | rest(photo, ("url", "thumbnail")))
    )


def _call(message: Message, talk: _Talk, call: dict[str, Any]) -> None:
    if not call:
        return
    kind = words(call, "event_type")
    message.facts |= rest(call, ("participant_id", "hangout_duration_secs"), "hangout_event.")
    if seconds := words(call, "hangout_duration_secs"):
        message.status["duration-seconds"] = seconds
    if kind == "END_HANGOUT":
        message.marks.append("ended")
    present = [talk.person(one) for _, one in listed(call, "participant_id")]
    if named := [one for one in present if one]:
        message.facts["participants"] = ", ".join(one.name or one.value for one in named)


def _change(message: Message, talk: _Talk, element: dict[str, Any]) -> None:
    renamed = part(element, "conversation_rename")
    if renamed:
        message.facts |= {"old-name": words(renamed, "old_name"), "new-name": words(renamed, "new_name")}
        message.text = words(renamed, "new_name") or None
        message.marks.append("renamed")
    change = part(element, "membership_change")
    if not change:
        return
    message.marks.append({"JOIN": "joined", "LEAVE": "left"}.get(words(change, "type"), "membership"))
    moved = [talk.person(one) for _, one in listed(change, "participant_id")]
    if isinstance(change.get("participant_id"), dict):
        moved = [talk.person(part(change, "participant_id"))]
    message.facts["participants"] = ", ".join(one.name or one.value for one in moved if one)
    message.facts |= rest(change, ("type", "participant_id"), "membership_change.")
