"""Skype's own export (`messages.json` with `media/`, in a .tar): everything an account still had when Skype was closed.

Reads: messages, edits, deletions, calls with their length, files, quotes, members coming and going. Cannot read: what was
deleted before, earlier wordings, read receipts. Personal Teams exports are said to have the same shape (nobody here saw one).
Source of knowledge: the format reference (chats, section 6), from two public readers of such exports.
Tier: `public schema`. Fixture: fixtures/chat-skype.

The file is gone through twice: first for the names of conversations. Messages stand newest first and are given in the
order of the file; times have milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat import skypetext
from plainrecord.parsers.chat.jsonchat import (
    Headings,
    JsonReader,
    files_below,
    part,
    rest,
    sniff,
    utc_text,
    without,
    words,
)
from plainrecord.parsers.chat.media import folder_of
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem, folder_claim, from_ms, no_time
from plainrecord.records import Account, Conversation, Decision, Envelope, Kind, Unread

SERVICE = "skype"
_PREFIX = "/conversations/"
_SAID = frozenset(
    "id displayName originalarrivaltime messagetype content conversationid from properties amsreferences version".split()
)
_SAID_PROPERTIES = frozenset(("edittime", "deletetime", "isserversidegenerated"))
_NEWEST_FIRST = Decision(
    "skype:order", "newest first", "A Skype export lists each conversation from its last message to its first."
)
# What the first part of a message type says; a type that is not here is a message with a note.
_KINDS: dict[str, tuple[Kind, str]] = {
    "Event/Call": ("call", ""),
    "Notice": ("system", ""),
    "PopCard": ("system", ""),
    "Translation": ("system", ""),
    "InviteFreeRelationshipChanged/Initialized": ("request", ""),
    "RichText/Location": ("message", "location"),
    "RichText/Contacts": ("message", "contact-card"),
    "RichText/Media_AudioMsg": ("message", "voice-message"),
    "RichText/ScheduledCallInvite": ("message", "call-invitation"),
}


@dataclass(frozen=True, slots=True)
class Chats:
    """The owner and the conversations of one export, by their index in the file."""

    owner: Account | None
    by_index: dict[str, Conversation]
    members: dict[str, tuple[Account, ...]]
    media: dict[str, str]


class Skype(JsonReader[Chats]):
    """`messages.json` of Skype's export."""

    name = "skype"
    version = "1"
    service = SERVICE
    headings = ("/userId", *(f"{_PREFIX}*/{name}" for name in ("id", "displayName", "threadProperties")))
    card = FormatCard(
        service=SERVICE,
        export="Skype, “Export files and chat history” (.tar with messages.json and media/)",
        tier="public schema",
        holds="Messages with exact times, edits and deletions, calls with length and who joined, files, quotes, group changes.",
        cannot_hold="Earlier wordings of edited messages, the words of deleted ones, read receipts, block times.",
        fixture="chat-skype",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Every file with a user, an export date and conversations, with the media beside it."""
        for member in listing.members:
            seen = sniff(member.head, b"{", (b'"userId"', b'"conversations"'), ("/userId", "/exportDate"))
            if seen is None or not (isinstance(seen.first("/userId"), str) and seen.first("/exportDate")):
                continue
            beside = files_below(listing, member, lambda path: path.startswith("media/"))
            media = [one for one in beside if not one.name.endswith(".json")]
            claim = folder_claim(self.name, f"Skype {seen.first('/userId')}", [member], media, listing)
            for one in beside:
                if one.name.endswith(".json"):
                    claim.aside[one.tree_path] = "Skype's description of the media file of the same name; no messages."
            folder = folder_of(member)
            endpoints = listing.at(f"{folder}/endpoints.json".lstrip("/"))
            if endpoints and b"endpoint" in endpoints.head:
                claim.aside[endpoints.tree_path] = "The devices Skype was used on; no messages in it."
            yield claim

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every message, conversation by conversation."""
        yield from super().scan(claim)
        claim.decisions.append(_NEWEST_FIRST)

    def pattern(self, claim: Claim, member: Member) -> str:
        """The messages of all conversations."""
        return f"{_PREFIX}*/MessageList/*"

    def context(self, claim: Claim, member: Member, headings: Headings) -> Chats:
        """Owner, conversations with title and members, and media by the id their names begin with."""
        owner = words(headings, "/userId")
        chats = Chats(account(owner) if owner else None, {}, {}, {})
        for pointer, value in headings.items():
            index, _, name = pointer.removeprefix(_PREFIX).partition("/")
            if name == "id" and isinstance(value, str):
                properties = part(headings, f"{_PREFIX}{index}/threadProperties")
                title = words(headings, f"{_PREFIX}{index}/displayName") or words(properties, "topic")
                chats.by_index[index] = Conversation(f"{SERVICE}:{value}", title or None, value.startswith("19:"))
                chats.members[index] = _members(value, title, words(properties, "members"))
        for file in claim.members[1:]:
            chats.media.setdefault(file.name.partition(".")[0], f"media/{file.name}")
        return chats

    def read(self, context: Chats, pointer: str, element: dict[str, Any]) -> list[Message] | Problem:
        """One message."""
        index = pointer.removeprefix(_PREFIX).partition("/")[0]
        place = context.by_index.get(index) or Conversation(f"{SERVICE}:{words(element, 'conversationid')}")
        sender = account(words(element, "from"), words(element, "displayName"))
        type_ = words(element, "messagetype")
        kind, mark = _KINDS.get(type_, ("message", ""))
        message = Message(kind, no_time(None, "originalarrivaltime"), sender, place, owner=context.owner)
        message.marks += [mark] if mark else []
        message.recipients = _recipients(context, index, sender)
        message.facts |= {"type": type_} | rest(element, _SAID)
        if not type_.startswith(("Text", "RichText")) and type_ not in _KINDS:
            message.kind = "system"
            message.marks += ["group-change"] if type_.startswith("ThreadActivity/") else []
            message.notes += [] if type_.startswith("ThreadActivity/") else ["skype:type-unknown"]
        _when(message, element)
        _changes(message, part(element, "properties"))
        _hints(message, words(element, "content"))
        message.files = _media(context, element)
        return [message]

    def complete(self, message: Message, element: dict[str, Any]) -> None:
        """Words, quotes, links, and what a file is called."""
        media = message.files
        _content(message, words(element, "content"))
        # Trap: the ids of media stand beside the markup that names them, in the same order.
        for number, found in enumerate(media):
            named = message.files[number] if number < len(message.files) else File(None)
            message.files[number : number + 1] = [replace(found, name=named.name, facts=named.facts | found.facts)]


def account(identity: str, name: str = "") -> Account | None:
    """The account behind `8:live:name` (a user), `4:+44…` (a telephone), `28:…` (a bot) and the like; None for none.

    The digit says what it is and is no part of the name people know.
    """
    if not identity:
        return Account(SERVICE, "name", name, name) if name else None
    digit, _, value = identity.partition(":")
    if digit == "4" and value:
        return Account(SERVICE, "number", value, name or None)
    if digit == "8" and value:
        return Account(SERVICE, "handle", value, name or None)
    return Account(SERVICE, "id", identity, name or None)


def _members(conversation: str, title: str, written: str) -> tuple[Account, ...]:
    """The other person of a one-to-one chat, or the members of a group, which stand as JSON text inside the JSON."""
    if not conversation.startswith("19:"):
        # Trap: private chats carry a suffix behind the other person's name.
        other = account(conversation.removesuffix("@encrypted.skype"), title)
        return (other,) if other and not conversation.startswith("48:") else ()
    try:
        names = json.loads(written) if written else []
    except (ValueError, RecursionError):
        return ()
    names = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    return tuple(one for name in names if (one := account(name)))


def _recipients(context: Chats, index: str, sender: Account | None) -> tuple[Account, ...]:
    if sender is None:
        return ()
    known = (*context.members.get(index, ()), *((context.owner,) if context.owner else ()))
    return without(known, sender)


def _when(message: Message, element: dict[str, Any]) -> None:
    if written := words(element, "originalarrivaltime"):
        message.time = utc_text(written, "originalarrivaltime")
    if message.time.utc_us is None:
        # The id is the moment in milliseconds.
        when = from_ms(element.get("id"), "id")
        message.notes.append("skype:time-from-id" if when else TIME_MISSING)
        message.time = when or message.time


def _changes(message: Message, properties: dict[str, Any]) -> None:
    if edited := from_ms(properties.get("edittime"), "properties.edittime", "edited"):
        message.marks.append("edited")
        message.dates.append(edited)
    if deleted := from_ms(properties.get("deletetime"), "properties.deletetime", "deleted"):
        message.marks.append("deleted")
        message.dates.append(deleted)
    if str(properties.get("isserversidegenerated")).lower() == "true":
        message.marks.append("maybe-system")
    message.facts |= rest(properties, _SAID_PROPERTIES, "properties.")


def _hints(message: Message, content: str) -> None:
    """Marks that show in the markup without reading it; of a call, everything."""
    if message.kind == "call":
        _call(message, skypetext.read(content))
    elif message.kind == "message" and message.facts["type"] != "Text":
        message.marks += ["reply"] if "<quote" in content else []
        message.marks += ["edited"] if "<e_m" in content and "edited" not in message.marks else []


def _content(message: Message, content: str) -> None:
    if message.kind == "system":
        # Written by Skype, as markup of times and ids; nobody's words.
        message.facts |= {"activity": content[:4000]} if content else {}
        return
    if message.facts["type"] == "Text":
        message.text = skypetext.plain(content) or None
        return
    said = skypetext.read(content)
    if message.kind != "call":
        message.text, message.text_from = said.text or None, "html"
    if said.note:
        message.facts["markup"] = said.note
    message.facts |= {name: value[:4000] for name, value in said.facts.items()}
    for name, found in (("links", said.links), ("mentions", said.mentions)):
        message.facts |= {name: " ".join(found)[:4000]} if found else {}
    message.files = [_named(file) for file in said.files]


def _named(file: dict[str, str]) -> File:
    facts = {
        name: file[key] for key, name in (("uri", "uri"), ("bytes", "stated-bytes"), ("type", "type")) if file.get(key)
    }
    return File(file.get("name") or None, facts=facts)


def _call(message: Message, said: skypetext.Said) -> None:
    message.status["call"] = said.call
    seconds = [length for _, length in said.parts if length]
    if seconds:
        message.status["duration-seconds"] = max(seconds, key=_number)
    message.marks += ["missed"] if said.call == "missed" else ["answered"] if seconds else []
    # Trap: whoever has no duration was called and did not join.
    parts = [f"{identity} {f'{length} s' if length else 'did not join'}" for identity, length in said.parts]
    message.facts |= {"call-parts": "; ".join(parts)[:4000]} if parts else {}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _media(context: Chats, element: dict[str, Any]) -> list[File]:
    """One entry for each media id, found by the id its name begins with."""
    given = element.get("amsreferences")
    ids = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
    return [
        File(None, (path,) if (path := context.media.get(asset)) else (), facts={"asset": asset[:500]}) for asset in ids
    ]
