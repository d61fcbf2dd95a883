"""Microsoft Teams messages as the Graph interface gives them (`chatMessage` objects), as archiving programs store them.

Reads: a Graph page (`{"value": […]}`), an object with `messages`, or a bare list. Cannot read: Purview's transcripts, mail
stores (PST) and copied text, which have other shapes; a personal account's export is said to be Skype's (see `skype`).
Teams itself gives its users no button to export a chat.
Source of knowledge: the format reference (chats, section 8), from a public reader's types.
Tier: `public schema`; conversation ids, edits and elements of the body are `not exercised`. Fixture: fixtures/chat-teams.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import (
    Headings,
    JsonReader,
    Sniff,
    listed,
    part,
    rest,
    sniff,
    utc_text,
    without,
    words,
)
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem, from_ms, no_time
from plainrecord.parsers.email.htmltext import html_to_text
from plainrecord.records import Account, Conversation, Kind, valid_text
from plainrecord.times import TimeBlock

SERVICE = "teams"
_PLACES = ("/value/*", "/messages/*", "/*")
_NEEDED = frozenset(("messageType", "createdDateTime", "body"))
_SAID = frozenset(
    "messageType createdDateTime deletedDateTime lastEditedDateTime subject importance from body attachments reactions"
    " etag mentions".split()
)
_KINDS: dict[str, Kind] = {"message": "message", "systemEventMessage": "system"}
_EMOJI = re.compile(r"<emoji\b[^<>]{0,1000}?\balt=\"([^\"<>]{0,40})\"[^<>]{0,1000}>")
_HOSTED = re.compile(r"<img\b[^<>]{0,4000}hostedContents", re.IGNORECASE)
_LONGEST_JSON = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """What is the same for all messages of a file: its own name, for messages that do not name their chat."""

    file: str


class Teams(JsonReader[Place]):
    """Files of Graph chat messages."""

    name = "teams-graph"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="Microsoft Teams messages as Graph JSON, from an administrator or an archiving program",
        tier="public schema",
        holds="Messages with exact times, edits, deletions, replies, reactions with their time, calls, names of files.",
        cannot_hold="Files and pictures themselves. Purview transcripts, PST files and copied text are not read by this reader.",
        fixture="chat-teams",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Every JSON file whose first message is a Graph chat message."""
        for member in listing.members:
            if place := _sniffed(member.head):
                yield Claim(self.name, member.name, (member,), listing.options, facts={"at": place})

    def pattern(self, claim: Claim, member: Member) -> str:
        """Where this file keeps its messages."""
        return claim.facts["at"]

    def context(self, claim: Claim, member: Member, headings: Headings) -> Place:
        """The file's own name."""
        return Place(member.tree_path)

    def read(self, context: Place, pointer: str, element: dict[str, Any]) -> list[Message] | Problem:
        """One message and its reactions."""
        if "messageType" not in element and "body" not in element:
            return Problem("not-a-message", "There is no chat message in this place, but another kind of object.")
        sender = _sender(part(element, "from"))
        kind = _KINDS.get(words(element, "messageType"), "other")
        message = Message(kind, _created(element), sender, _conversation(context, element))
        message.notes += [TIME_MISSING] if message.time.utc_us is None else []
        message.facts |= rest(element, _SAID)
        message.subject = words(element, "subject") or None
        _changes(message, element)
        _event(message, part(element, "eventDetail"))
        _attachments(message, element)
        if mentioned := [words(one, "mentionText") for _, one in listed(element, "mentions")]:
            message.facts["mentions"] = ", ".join(filter(None, mentioned))
        return [message, *_reactions(message, element)]

    def complete(self, message: Message, element: dict[str, Any]) -> None:
        """The words, which stand as a page."""
        _body(message, part(element, "body"))


def _sniffed(head: bytes) -> str | None:
    words_needed = (b'"messageType"', b'"createdDateTime"', b'"body"')
    objects = sniff(head, b"{", words_needed, _PLACES[:2])
    found: Sniff | None = objects or sniff(head, b"[", words_needed, _PLACES[2:])
    for one in found.found[:1] if found else ():
        if isinstance(one.value, dict) and one.value.keys() >= _NEEDED and isinstance(one.value["body"], dict):
            return one.pattern
    return None


def _sender(source: dict[str, Any]) -> Account | None:
    """Trap: `from` is null for what Teams wrote itself; a bot stands under `application`."""
    for name in ("user", "application", "device"):
        identity = part(source, name)
        if said := words(identity, "id"):
            return Account(SERVICE, "id", said, words(identity, "displayName") or None)
        if shown := words(identity, "displayName"):
            return Account(SERVICE, "name", shown, shown)
    return None


def _conversation(context: Place, element: dict[str, Any]) -> Conversation:
    chat = words(element, "chatId")
    if chat:
        return Conversation(f"{SERVICE}:{chat}", None, not chat.endswith("@unq.gbl.spaces"))
    channel = part(element, "channelIdentity")
    if identity := words(channel, "channelId"):
        return Conversation(f"{SERVICE}:{words(channel, 'teamId')}/{identity}", None, is_group=True)
    return Conversation(f"{SERVICE}:{context.file}", context.file.rpartition("/")[2])


def _created(element: dict[str, Any]) -> TimeBlock:
    if written := words(element, "createdDateTime"):
        return utc_text(written, "createdDateTime")
    return from_ms(element.get("id"), "id") or no_time(None, "createdDateTime")


def _changes(message: Message, element: dict[str, Any]) -> None:
    if edited := words(element, "lastEditedDateTime"):
        message.marks.append("edited")
        message.dates.append(utc_text(edited, "lastEditedDateTime", "edited"))
    if deleted := words(element, "deletedDateTime"):
        message.marks.append("deleted")
        message.dates.append(utc_text(deleted, "deletedDateTime", "deleted"))
    if words(element, "replyToId"):
        message.marks.append("reply")
    if (importance := words(element, "importance")) not in ("", "normal"):
        message.marks.append(f"importance-{importance}"[:40])
    if part(element, "from").get("application"):
        message.marks.append("bot")


def _body(message: Message, body: dict[str, Any]) -> None:
    content = words(body, "content")
    if words(body, "contentType").lower() != "html":
        message.text = content or None
        return
    found = html_to_text(_EMOJI.sub(r"\1", valid_text(content)))
    message.text, message.text_from = found.text or None, "html"
    message.facts |= {"page": ", ".join(found.notes)} if found.notes else {}
    if pictures := len(_HOSTED.findall(content)):
        message.facts["pictures-in-body"] = str(pictures)
        message.files[:0] = [
            File(None, absent="not-exported", facts={"kind": "picture"}) for _ in range(min(pictures, 100))
        ]


def _event(message: Message, event: dict[str, Any]) -> None:
    """What Teams itself recorded: a call, members, a new title."""
    type_ = words(event, "@odata.type").rpartition(".")[2].removesuffix("EventMessageDetail")
    if not type_:
        return
    message.facts["event"] = type_
    if type_.startswith("call"):
        message.kind = "call"
        message.status["call"] = type_.removeprefix("call").lower()
        if length := words(event, "callDuration"):
            message.status["duration"] = length
    elif type_.startswith(("members", "chatRenamed", "teamRenamed", "channel")):
        message.marks.append("group-change")
    if initiator := _sender(part(event, "initiator")):
        message.facts["initiator"] = initiator.value
        message.sender = message.sender or initiator


def _attachments(message: Message, element: dict[str, Any]) -> None:
    for _, attachment in listed(element, "attachments"):
        if words(attachment, "contentType") == "messageReference":
            _quoted(message, words(attachment, "content"))
            continue
        names = {"contentUrl": "url", "contentType": "type", "id": "id"}
        facts = {shown: words(attachment, key)[:4000] for key, shown in names.items() if words(attachment, key)}
        message.files.append(File(words(attachment, "name") or None, absent="not-exported", facts=facts))
        if content := words(attachment, "content"):
            message.files[-1].facts["content"] = content[:4000]


def _quoted(message: Message, written: str) -> None:
    """The message replied to stands as JSON text inside the JSON."""
    message.marks += [] if "reply" in message.marks else ["reply"]
    try:
        quoted = json.loads(written) if len(written) < _LONGEST_JSON else {}
    except (ValueError, RecursionError):
        message.notes.append("teams:quote-unreadable")
        return
    sender = _sender(part(quoted, "messageSender"))
    message.facts["quoted-message"] = words(quoted, "messageId")
    message.facts["quoted-text"] = words(quoted, "messagePreview")
    message.facts["quoted-from"] = (sender.name or sender.value) if sender else ""


def _reactions(message: Message, element: dict[str, Any]) -> Iterator[Message]:
    for number, reaction in listed(element, "reactions"):
        when = words(reaction, "createdDateTime")
        sender = _sender(part(reaction, "user"))
        yield Message(
            "reaction",
            utc_text(when, "reactions.createdDateTime") if when else no_time(None, "reactions.createdDateTime"),
            sender,
            message.conversation,
            text=words(reaction, "reactionType") or None,
            recipients=without((message.sender,) if message.sender else (), sender),
            notes=[] if when else [TIME_MISSING],
            facts={"reaction-to": words(element, "id")},
            suffix=f"/reactions/{number}",
        )
