"""Wire's unencrypted backup of the web and desktop app: `events.json` with its neighbours.

From: Settings → Account → Back up conversations, without a password, and the file unpacked as a zip. Reads: exact times,
ids, authors, text, edits and joins and leaves as events, reactions. Cannot read: a backup made with a password; files (the
backup holds only their keys, which are secrets and never shown). Versions seen: the older four-file backup. Source of
knowledge: the published code of the web app and its tests. Tier: `public schema`. Fixture: fixtures/chat-wire.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import Headings, JsonReader, part, sniff, utc_text, words
from plainrecord.parsers.chat.media import beside
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem, no_time
from plainrecord.parsers.jsonstream import Found, walk
from plainrecord.records import Account, Conversation, Kind

SERVICE = "wire"
_SIBLINGS = ("export.json", "conversations.json", "users.json")
_KINDS: dict[str, tuple[Kind, tuple[str, ...]]] = {
    "conversation.message-add": ("message", ()),
    "conversation.asset-add": ("file", ()),
    "conversation.knock": ("poke", ()),
    "conversation.location": ("message", ("location",)),
    "conversation.voice-channel-activate": ("call", ()),
    "conversation.voice-channel-deactivate": ("call", ("ended",)),
    "conversation.delete-everywhere": ("system", ("deleted",)),
    "conversation.member-join": ("system", ("joined",)),
    "conversation.member-leave": ("system", ("left",)),
    "conversation.rename": ("system", ("renamed",)),
    "conversation.message-timer-update": ("system", ("disappearing-timer",)),
}


@dataclass(frozen=True, slots=True)
class Backup:
    """What the files beside the events say."""

    people: dict[str, Account]
    chats: dict[str, Conversation]
    owner: str


class Wire(JsonReader[Backup]):
    """Wire's backup."""

    name = "wire-backup"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="Wire, backup of the web or desktop app (without password, unpacked)",
        tier="public schema",
        holds="Messages with exact times, account ids and names, calls, pings, group events, reactions.",
        cannot_hold="Files, earlier wordings, words of deleted messages, anything of a backup with a password.",
        fixture="chat-wire",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """An array of events with conversation, sender and time, beside the backup's own `export.json`."""
        for member in listing.members:
            seen = sniff(member.head, b"[", (b'"conversation"', b'"from"', b'"type"', b"conversation."), ("/*",))
            if seen is None or not _is_event(seen.first("/*")):
                continue
            names = [one for one in beside(listing, member) if one.name in _SIBLINGS]
            if names:
                yield Claim(self.name, "Wire backup", (member, *names), listing.options, facts={"chats": "1"})

    def pattern(self, claim: Claim, member: Member) -> str:
        """Where events stand."""
        return "/*"

    def context(self, claim: Claim, member: Member, headings: Headings) -> Backup:
        """Names of people and conversations, and who the owner is."""
        people: dict[str, Account] = {}
        for user in _elements(claim, "users.json", "/*"):
            if key := words(user, "id"):
                people[key] = Account(SERVICE, "id", key, words(user, "name") or None)
        owner = next((words(told, "user_id") for told in _elements(claim, "export.json", "")), "")
        chats = {words(one, "id"): _conversation(one, people) for one in _elements(claim, "conversations.json", "/*")}
        return Backup(people, chats, owner)

    def read(self, context: Backup, pointer: str, element: dict[str, Any]) -> list[Message] | Problem:
        """One event and the reactions inside it."""
        kind, marks = _KINDS.get(words(element, "type"), ("other", ()))
        raw = words(element, "time")
        time = utc_text(raw, "time") if raw else no_time(None, "time")
        who = words(element, "from") or words(part(element, "qualified_from"), "id")
        sender = context.people.get(who) or (Account(SERVICE, "id", who) if who else None)
        key = words(element, "conversation") or words(part(element, "qualified_conversation"), "id")
        chat = context.chats.get(key) or Conversation(key or "unnamed")
        message = Message(kind, time, sender, chat, marks=list(marks))
        if not raw:
            message.notes.append(TIME_MISSING)
        if context.owner:
            message.owner = context.people.get(context.owner) or Account(SERVICE, "id", context.owner)
        _content(message, element)
        return [message, *_reactions(message, element, context)]


def _is_event(value: object) -> bool:
    return bool(
        words(value, "type").startswith("conversation.") and words(value, "conversation") and words(value, "time")
    )


def _elements(claim: Claim, name: str, pattern: str) -> Iterable[dict[str, Any]]:
    for member in claim.members[1:]:
        if member.name != name:
            continue
        try:
            with claim.open(member) as stream:
                found = [item.value for item in walk(stream, (pattern,)) if isinstance(item, Found)]
        except (OSError, PlainrecordError):
            continue  # without its names the events still stand, under their ids
        yield from (value for value in found if isinstance(value, dict))


def _conversation(told: dict[str, Any], people: dict[str, Account]) -> Conversation:
    others = told.get("others")
    named = [people[key].name or key for key in others if key in people] if isinstance(others, list) else []
    title = words(told, "name") or ", ".join(named[:5])
    return Conversation(words(told, "id"), title or None, is_group=told.get("type") == 0 or len(named) > 1)


def _content(message: Message, element: dict[str, Any]) -> None:
    data = part(element, "data")
    message.text = words(data, "content") or None
    for name in ("id", "from_client_id"):
        if value := words(element, name):
            message.facts[name] = value
    if quoted := words(part(data, "quote"), "message_id"):
        message.marks.append("reply")
        message.facts["replies-to"] = quoted
    if edited := words(element, "edited_time"):
        message.marks.append("edited")
        message.dates.append(utc_text(edited, "edited_time", "edited"))
    if message.kind == "file":
        info = part(data, "info")
        claimed = words(data, "content_type") or None
        message.files.append(File(words(info, "name") or None, (), claimed, absent="not-exported"))
    if message.kind == "system" and (name := words(data, "name")):
        message.facts["name"] = name
    if (reason := words(data, "reason")) and message.kind == "call":
        message.marks += ["missed"] * (reason == "missed")
        message.facts["reason"] = reason


def _reactions(message: Message, element: dict[str, Any], backup: Backup) -> list[Message]:
    """Who reacted with what; an event says nothing of when."""
    found = []
    for who, what in part(element, "reactions").items():
        if isinstance(what, str) and what:
            sender = backup.people.get(who) or Account(SERVICE, "id", who)
            step = who.replace("~", "~0").replace("/", "~1")
            one = Message("reaction", no_time(None, "reactions"), sender, message.conversation, text=what)
            one.notes.append(TIME_MISSING)
            one.suffix = f"/reactions/{step}"
            found.append(one)
    return found
