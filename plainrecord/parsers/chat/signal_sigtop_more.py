"""sigtop's two other forms of Signal Desktop: the short text, and the raw JSON of the app's own message objects.

Reads: short text: local time to the minute, name, replies and edits as such. JSON: ids, times, files named, reactions,
replies, earlier versions, calls, deletions. Cannot read: texts that newer Signal versions keep outside the object (the
JSON then has none, and the record says so); local files, unless exported beside.
Source of knowledge: the format reference (section 3.3), checked against sigtop's published source of July 2026.
Tier: `public schema` (JSON: field names from public readers). Fixture: fixtures/chat-signal-sigtop.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.lines import decoded
from plainrecord.parsers.chat.pieces import (
    TIME_MISSING,
    UTF_8,
    File,
    Message,
    PieceReader,
    Problem,
    Test,
    folder_claim,
    from_ms,
    no_time,
)
from plainrecord.parsers.chat.signal_people import SERVICE, items, part, words
from plainrecord.parsers.chat.signal_sigtop import OWNER, Chat, kind_of, person
from plainrecord.records import Account, Conversation
from plainrecord.times import TimeBlock, from_local, unreadable

_SHORT = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d [^\r\n]{1,300}?:(?: |\r?\n)")
_NAMED = re.compile(r".+ \((?:\+\d{5,15}|[0-9a-f-]{36}|[A-Za-z0-9_-]{43}|[^()]+\.\d{2,})\)\.(?:txt|json)\Z")
_PARTS = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d) (.*)\Z", re.DOTALL)
_DETAILS = re.compile(r" \[((?:reply to .+? on [^\],]+|edited|\d+ attachments?|[a-z0-9-]+ message)(?:, .*?)?)\]")
_REPLY = re.compile(r"reply to (.+) on (\d{4}-\d\d-\d\d \d\d:\d\d|unknown)")
_JSON = re.compile(rb'\s*\[\s*\{[^\n]{0,60000}"(?:conversationId|sent_at)"')
_SELF = Account(SERVICE, "id", "self")


class SigtopShort(PieceReader[tuple[Chat, str | None]]):
    """sigtop's short text files."""

    name = "signal-sigtop-short"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="sigtop export-messages of Signal Desktop (text-short format)",
        tier="public schema",
        holds="Messages by name to the minute; that something was a reply, edited or had files.",
        cannot_hold="Seconds and the time zone; names of files; reactions; earlier versions; words of quotes.",
        fixture="chat-signal-sigtop",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Text files named after a conversation as sigtop does, whose first line is such a message."""
        for member in listing.members:
            if _NAMED.match(member.name) and member.name.endswith(".txt") and _SHORT.match(member.head):
                yield folder_claim(self.name, member.name, [member], [], listing)

    def context(self, claim: Claim, member: Member) -> tuple[Chat, str | None]:
        """The conversation from the file's name."""
        stem = member.name.removesuffix(".txt")
        other = person(stem)
        is_group = other.kind == "id" and len(other.value) == 43
        place = Conversation(f"{other.kind}:{other.value}", other.name or other.value, is_group)
        return Chat(place, None if is_group else other, stem), claim.options.timezone

    def starts(self, context: tuple[Chat, str | None]) -> Test:
        """A line with a date, a time, a name and a colon."""
        return lambda line, _following: True if _SHORT.match(line.raw) else None

    def read(self, context: tuple[Chat, str | None], raw: bytes) -> list[Message] | Problem:
        """The message of one entry."""
        chat, zone = context
        text, notes = decoded(raw, UTF_8)
        found = _PARTS.match(text.removesuffix("\n").removesuffix("\r"))
        if not found:
            return Problem("no-header", "A line that starts like a message but is none.")
        sender, body = _split(found[2], chat)
        outgoing = sender == "You"
        known = chat.other if chat.other and sender == chat.other.name else person(sender)
        to = ((chat.other,) if chat.other else ()) if outgoing else (OWNER,)
        account = OWNER if outgoing else known
        message = Message("message", _minute(found[1], zone), account, chat.conversation, owner=OWNER, recipients=to)
        message.notes += notes
        if details := _DETAILS.match(body):
            _details(message, details[1])
            body = body[details.end() :]
        message.text = body.removeprefix(" ") or None
        return [message]


def _split(rest: str, chat: Chat) -> tuple[str, str]:
    known = chat.other.name if chat.other else None
    for name in ("You", known):
        if name and rest.startswith(f"{name}:"):
            return name, rest[len(name) + 1 :]
    name, _, body = rest.partition(":")
    return name, body


def _details(message: Message, said: str) -> None:
    if said.endswith(" message"):
        message.facts["type"] = said.removesuffix(" message")
        message.kind, mark = kind_of(message.facts["type"])
        message.marks += [mark] if mark else []
    if reply := _REPLY.search(said):
        message.marks.append("reply")
        message.facts |= {"quoted-from": reply[1], "quoted-sent": reply[2]}
    if "edited" in said.split(", "):
        message.marks.append("edited")
    if files := re.search(r"(\d{1,3}) attachments?", said):
        message.files += [File(None, absent="not-exported") for _ in range(int(files[1]))]


@lru_cache(maxsize=4096)
def _minute(raw: str, zone: str | None) -> TimeBlock:
    try:
        local = datetime.fromisoformat(raw)
    except ValueError:
        return unreadable(raw, "line")
    return from_local(raw, "line", local, zone, precision="min")


class SigtopJson(PieceReader[Chat]):
    """sigtop's JSON files: an array with one message object a line."""

    name = "signal-sigtop-json"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="sigtop export-messages of Signal Desktop (JSON format)",
        tier="public schema",
        holds="The app's own message objects: ids, times, reactions, replies, earlier versions, deletions.",
        cannot_hold="Texts, where the app keeps them outside the object (the record says so); the files themselves.",
        fixture="chat-signal-sigtop",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Arrays of Signal Desktop's message objects, with the attachments exported beside them."""
        for member in listing.members:
            if _JSON.match(member.head) and b'"type"' in member.head:
                folder = member.tree_path.removesuffix(".json")
                files = list(listing.under(folder))
                yield folder_claim(self.name, member.name, [member], files, listing)

    def context(self, claim: Claim, member: Member) -> Chat:
        """The conversation from the file's name."""
        stem = member.name.removesuffix(".json")
        other = person(stem)
        is_group = other.kind == "id" and len(other.value) == 43
        place = Conversation(f"{other.kind}:{other.value}", other.name or other.value, is_group)
        return Chat(place, None if is_group else other, stem)

    def starts(self, context: Chat) -> Test:
        """A line that opens an object, or closes the array."""
        return lambda line, _following: True if line.raw.lstrip()[:1] in (b"{", b"]") else None

    def explained(self, raw: bytes) -> bool:
        """The bracket that opens the array."""
        return raw.strip() == b"["

    def read(self, context: Chat, raw: bytes) -> list[Message] | Problem:
        """The message of one object, and its reactions."""
        text = raw.strip().removesuffix(b",")
        if text == b"]":
            return []
        try:
            row = json.loads(text)
        except (ValueError, RecursionError):
            return Problem("bad-json", "This line is no complete JSON object.")
        if not isinstance(row, dict):
            return Problem("bad-json", "This line is no complete JSON object.")
        message = _message(row, context)
        return [message, *_reactions(row, message, context)]


def _message(row: dict[str, Any], chat: Chat) -> Message:
    said = words(row, "type") or "incoming"
    when = from_ms(row.get("sent_at") or row.get("timestamp"), "sent_at")
    outgoing = said == "outgoing"
    sender = _SELF if outgoing else _source(row, chat)
    to = ((chat.other,) if chat.other else ()) if outgoing else (_SELF,)
    kind, mark = kind_of(said)
    message = Message(
        kind, when or no_time(row.get("sent_at"), "sent_at"), sender, chat.conversation, owner=_SELF, recipients=to
    )
    message.notes += [] if when else [TIME_MISSING]
    message.marks += [mark] if mark else []
    message.facts["type"] = said
    for name in ("received_at_ms", "serverTimestamp"):
        if received := from_ms(row.get(name), name, "received"):
            message.dates.append(received)
    _content(message, row, chat)
    return message


def _source(row: dict[str, Any], chat: Chat) -> Account | None:
    """The sender as the object states it; in a chat of two, as the file's name does."""
    stated = words(row, "sourceServiceId") or words(row, "sourceUuid")
    if number := words(row, "source"):
        return Account(SERVICE, "number", number)
    if chat.other:
        return chat.other
    return Account(SERVICE, "id", stated.lower()) if stated else None


def _content(message: Message, row: dict[str, Any], chat: Chat) -> None:
    message.text = words(row, "body") or None
    for attachment in items(row, "attachments"):
        name = words(attachment, "fileName") or None
        facts = {"stated-bytes": words(attachment, "size")} if words(attachment, "size") else {}
        paths = (f"{chat.folder}/{name}",) if name else ()
        message.files.append(File(name, paths, words(attachment, "contentType") or None, facts=facts))
    if quote := part(row, "quote"):
        message.marks.append("reply")
        message.facts["quoted-text"] = words(quote, "text")
    if row.get("deletedForEveryone"):
        message.marks.append("deleted")
    elif message.kind == "message" and "body" not in row and not message.files and "sticker" not in row:
        # Newer versions of the app keep texts in a column of their own: the words are missing, not empty.
        message.notes.append("body-not-in-export")
    message.marks += [
        mark
        for name, mark in (("isViewOnce", "view-once"), ("expireTimer", "disappearing"), ("sticker", "sticker"))
        if row.get(name)
    ]
    call = part(row, "callHistoryDetails")
    if call:
        message.status["call"] = words(call, "status") or words(call, "acceptedTime")
        if words(call, "status").lower() == "missed":
            message.marks.append("missed")
    _versions(message, row)


def _versions(message: Message, row: dict[str, Any]) -> None:
    """The app lists versions newest first, the current one among them."""
    history = items(row, "editHistory")
    if not history:
        return
    message.marks.append("edited")
    for number, version in enumerate(reversed(history), start=1):
        message.facts[f"version-{number}"] = words(version, "body")
        if edited := from_ms(version.get("timestamp"), f"editHistory/{len(history) - number}/timestamp", "edited"):
            message.dates.append(edited)


def _reactions(row: dict[str, Any], message: Message, chat: Chat) -> Iterator[Message]:
    for number, reaction in enumerate(items(row, "reactions")):
        when = from_ms(reaction.get("timestamp"), f"reactions/{number}/timestamp")
        yield Message(
            "reaction",
            when or no_time(reaction.get("timestamp"), f"reactions/{number}/timestamp"),
            # The object names the reacting conversation by a local number that says nobody's name.
            Account(SERVICE, "id", f"conversation:{words(reaction, 'fromId')}") if reaction.get("fromId") else None,
            chat.conversation,
            text=words(reaction, "emoji") or None,
            owner=_SELF,
            notes=[] if when else [TIME_MISSING],
            facts={"reaction-to-sent": message.time.ts_utc or ""},
            suffix=f"#reaction:{number}",
        )
