"""Element's “Export chat” as JSON: the Matrix events of one room.

From: room info → Export chat → JSON. Reads: exact times, ids, senders, text, edits, replies, reactions, calls, that an event
was removed, files exported beside it. Cannot read: events nobody could decrypt; more than the export's limit of number and
size. Source of knowledge: the published export code (the wrapper) and the Matrix specification (the events).
Tier: `public schema`. Fixture: fixtures/chat-element.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import Headings, JsonReader, files_below, part, rest, sniff, words
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, folder_claim, from_ms, no_time
from plainrecord.records import Account, Conversation, Kind

SERVICE = "matrix"
_FILES = {"m.image": "image", "m.file": "file", "m.audio": "audio", "m.video": "video", "m.sticker": "sticker"}
_CALLS = {
    "m.call.invite": "ringing",
    "m.call.answer": "answered",
    "m.call.hangup": "ended",
    "m.call.reject": "rejected",
}
_WRAPPER = ("room_name", "room_creator", "topic", "export_date", "exported_by")


@dataclass(frozen=True, slots=True)
class Room:
    """What stands around the events."""

    name: str
    key: str
    exporter: str


class Element(JsonReader[Room]):
    """Element's JSON."""

    name = "element-json"
    version = "1"
    service = SERVICE
    headings = tuple(f"/{name}" for name in _WRAPPER)
    card = FormatCard(
        service=SERVICE,
        export="Element, Export chat (JSON)",
        tier="public schema",
        holds="Messages with exact times, account and event ids, edits, replies, reactions, calls, removals, files if chosen.",
        cannot_hold="Words of removed or undecryptable messages, what lies beyond the export's limit.",
        fixture="chat-element",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Files with a room's name, an exporter and Matrix events."""
        for member in listing.members:
            patterns = (*self.headings, "/messages/*")
            seen = sniff(member.head, b"{", (b'"room_name"', b'"exported_by"', b'"messages"'), patterns)
            if seen is None or seen.first("/exported_by") is None:
                continue
            event = seen.first("/messages/*")
            if event is None or words(event, "event_id"):
                media = files_below(
                    listing, member, lambda path: path.startswith(("files/", "images/", "audio/", "videos/"))
                )
                yield folder_claim(self.name, str(seen.first("/room_name") or member.name), [member], media, listing)

    def pattern(self, claim: Claim, member: Member) -> str:
        """Where events stand."""
        return "/messages/*"

    def context(self, claim: Claim, member: Member, headings: Headings) -> Room:
        """The room."""
        return Room(words(headings, "/room_name"), f"file:{member.tree_path}", words(headings, "/exported_by"))

    def read(self, context: Room, pointer: str, element: dict[str, Any]) -> list[Message]:
        """One event."""
        time = from_ms(element.get("origin_server_ts"), "origin_server_ts")
        who = words(element, "sender")
        room = Conversation(words(element, "room_id") or context.key, context.name or None, is_group=True)
        message = Message("other", time or no_time(None, "origin_server_ts"), None, room)
        message.sender = Account(SERVICE, "id", who) if who else None
        if time is None:
            message.notes.append(TIME_MISSING)
        message.facts |= {name: words(element, name) for name in ("event_id", "type") if words(element, name)}
        _kind(message, element)
        return [message]


def _kind(message: Message, event: dict[str, Any]) -> None:
    kind, content = words(event, "type"), part(event, "content")
    removed = part(part(event, "unsigned"), "redacted_because")
    if removed:
        message.kind = "message" if kind in ("m.room.message", "m.room.encrypted") else "system"
        message.marks.append("deleted")
        by = words(removed, "sender")
        message.facts |= {"removed-by": by} if by else {}
        if when := from_ms(removed.get("origin_server_ts"), "redacted_because/origin_server_ts", "deleted"):
            message.dates.append(when)
    elif kind == "m.room.encrypted" or words(content, "msgtype") == "m.bad.encrypted":
        message.kind = "message"
        message.marks.append("not-decrypted")
        message.facts["app-text"] = words(content, "body")
    elif kind in ("m.room.message", "m.sticker"):
        message.kind = "message"
        _message(message, content, words(content, "msgtype") or kind)
    elif kind == "m.reaction":
        target = part(content, "m.relates_to")
        message.kind, message.text = "reaction", words(target, "key") or None
        message.facts["reacts-to"] = words(target, "event_id")
    elif kind in _CALLS:
        message.kind = "call"
        message.marks.append(_CALLS[kind])
    else:
        state: Kind = "system"
        message.kind = state
        message.facts |= rest(content, ())


def _message(message: Message, content: dict[str, Any], kind: str) -> None:
    relation = part(content, "m.relates_to")
    new = part(content, "m.new_content")
    if words(relation, "rel_type") == "m.replace" and new:
        # Element trap 1: the body of an edit is a fallback (“* text”); the new words stand beside it.
        message.marks.append("edited")
        message.facts["replaces"] = words(relation, "event_id")
        content = new
    text = words(content, "body")
    if answered := words(part(relation, "m.in_reply_to"), "event_id"):
        # Element trap 2: a reply repeats the words it answers as quoted lines above its own.
        message.marks.append("reply")
        message.facts["replies-to"] = answered
        text = _without_quote(message, text)
    message.text = text or None
    if kind == "m.emote":
        message.marks.append("action")
    elif kind == "m.notice":
        message.marks.append("automatic")
    elif kind == "m.location":
        message.marks.append("location")
        message.facts["geo"] = words(content, "geo_uri")
    elif kind in _FILES:
        name = words(content, "filename") or text
        claimed = words(part(content, "info"), "mimetype") or None
        folders = ("files", "images", "audio", "videos")
        paths = tuple(f"{folder}/{name}" for folder in folders) if name else ()
        message.files.append(File(name or None, paths, claimed, absent="not-exported", facts={"kind": _FILES[kind]}))
        message.text = text if text != name else None


def _without_quote(message: Message, text: str) -> str:
    lines = text.split("\n")
    quoted = next((at for at, line in enumerate(lines) if not line.startswith("> ")), len(lines))
    if not quoted or not lines[0].startswith("> <"):
        return text
    message.facts["quoted"] = "\n".join(lines[:quoted])
    return "\n".join(lines[quoted:]).removeprefix("\n")
