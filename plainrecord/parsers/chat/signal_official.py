"""Signal's own plaintext export: `main.jsonl` with `metadata.json` and `files/` (Desktop folder or Android zip, 2026).

Reads: messages with replies, edits, reactions, calls, group and profile changes, deletions, delivery states, and the
files beside them, found by the name Signal gives them (SHA-256 of plaintext hash and local key). Cannot read: messages
with a disappearing timer, which Signal itself leaves out of the export; view-once media; sticker packs; stories.
Source of knowledge: the format reference (section 3.1), which states the public schema and its test cases.
Tier: `public schema`. Fixture: fixtures/chat-signal.

A record is one line (`bytes:`); each reaction on it is a record of its own (`#reaction:N`), because it has its own
author and time. Lines about recipients, chats and settings are explained, not records. The file holds keys: none of
them is ever given out.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Any

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat import signal_items
from plainrecord.parsers.chat.lines import lines
from plainrecord.parsers.chat.pieces import (
    TIME_MISSING,
    Message,
    PieceReader,
    Problem,
    Test,
    chats_of,
    folder_claim,
    from_ms,
    no_time,
)
from plainrecord.parsers.chat.signal_people import SERVICE, Directory, items, part, words
from plainrecord.records import Account, Conversation, Decision, Envelope, Unread
from plainrecord.times import format_utc

_HEADER = re.compile(rb'\s*\{[^{}]{0,2000}"backupTimeMs"\s*:')
_MEDIA = re.compile(r"([0-9a-f]{64})(\.[^./]*)?\Z")
_FRAMES = ("account", "recipient", "chat", "stickerPack", "adHocCall", "notificationProfile", "chatFolder")
# Frames of one kind stand together, so ranges of them are few; small gaps are read over.
_GAP = 1 << 20
_LEFT_OUT = Decision(
    "signal:disappearing-messages",
    "not in this export",
    "Signal leaves every message with a disappearing timer out of its plaintext export, and view-once media.",
)
_SECRETS = Decision(
    "signal:keys",
    "not shown",
    "The file holds Signal keys beside the messages. They are not taken into any output; hand the file on with care.",
)


class SignalOfficial(PieceReader[Directory]):
    """Signal's plaintext export, one claim for each `main.jsonl`."""

    name = "signal-export"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="Signal's own plaintext export (main.jsonl, metadata.json, files/), Desktop or Android",
        tier="public schema",
        holds="Messages with replies, edits and earlier versions, reactions, calls, deletions, delivery and read states.",
        cannot_hold="Messages with a disappearing timer and view-once media: Signal leaves them out itself.",
        fixture="chat-signal",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Every file whose first line is a backup header, with the media and the version file beside it."""
        for member in listing.members:
            if _HEADER.match(member.head[:4096]):
                yield self._claim(member, listing)

    def _claim(self, member: Member, listing: Listing) -> Claim:
        folder = member.tree_path.rpartition("/")[0]
        # The Desktop app may put files/ beside the snapshot folder instead of into it.
        near = [folder, folder.rpartition("/")[0]] if folder else [folder]
        media = [
            one for place in near for one in listing.under(f"{place}/files".lstrip("/")) if _MEDIA.search(one.name)
        ]
        shelf = list({one.tree_path: one for one in media}.values())
        claim = folder_claim(self.name, folder.rpartition("/")[2] or "Signal", [member], shelf, listing)
        version = listing.at(f"{folder}/metadata.json".lstrip("/"))
        if version and version.head.lstrip().startswith(b"{"):
            claim.aside[version.tree_path] = "The version number of the Signal export beside it; no messages in it."
        return claim

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every item and reaction. The file is gone through twice: first for who is who."""
        member = chats_of(claim)[0]
        claim.facts["frames"] = _ranges(claim, member)
        yield from super().scan(claim)
        claim.decisions += [_LEFT_OUT, _SECRETS]

    def context(self, claim: Claim, member: Member) -> Directory:
        """Recipients, chats and media files."""
        people = Directory()
        folder = member.tree_path.rpartition("/")[0]
        for file in claim.members[1:]:
            if found := _MEDIA.search(file.name):
                people.files.setdefault(found[1], posixpath.relpath(file.tree_path, folder or "."))
        spans = [tuple(map(int, span.split("-"))) for span in claim.facts.get("frames", "").split(",") if span]
        for raw in claim.slices(member, ((first, last) for first, last in spans)):
            for line in raw.split(b"\n"):
                if not _is_item(line):
                    people.learn(_parsed(line) or {})
        return people

    def starts(self, context: Directory) -> Test:
        """Every line is an entry of its own."""
        return lambda _line, _following: True

    def read(self, context: Directory, raw: bytes) -> list[Message] | Problem:
        """The messages of one line; a frame that is no chat item has none."""
        frame = _parsed(raw)
        if frame is None:
            return [] if not raw.strip() else Problem("bad-json", "This line is no complete JSON object.")
        if item := part(frame, "chatItem"):
            return _messages(item, context)
        if "backupTimeMs" in frame or any(name in frame for name in _FRAMES):
            return []
        return Problem(
            "unknown-frame", "This line is of a kind that Signal's export did not have when this was written."
        )


def _is_item(raw: bytes) -> bool:
    return raw.lstrip()[:12].startswith(b'{"chatItem"')


def _parsed(raw: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _ranges(claim: Claim, member: Member) -> str:
    """Byte ranges of the lines that are no chat items, written "0-900,5000-5100"."""
    spans: list[list[int]] = []
    with claim.open(member) as stream:
        for line in lines(stream):
            if _is_item(line.raw):
                continue
            if spans and line.start - spans[-1][1] < _GAP:
                spans[-1][1] = line.end
            else:
                spans.append([line.start, line.end])
    return ",".join(f"{first}-{last}" for first, last in spans)


def _messages(item: dict[str, Any], people: Directory) -> list[Message]:
    chat = words(item, "chatId")
    message = Message("message", no_time(None, "dateSent"), None, people.chat(chat)[0], owner=people.owner)
    when = from_ms(words(item, "dateSent"), "dateSent")
    if when:
        message.time = when
    else:
        message.notes.append(TIME_MISSING)
    _sides(message, item, people)
    signal_items.fill(message, item, people)
    signal_items.versions(message, item)
    if lifetime := words(item, "expiresInMs"):
        message.marks.append("disappearing")
        message.facts["expires-in-ms"] = lifetime
    if item.get("sms"):
        message.facts["transport"] = "sms"
    if "pinDetails" in item:
        message.marks.append("pinned")
    return [message, *_reactions(message, item, people)]


def _sides(message: Message, item: dict[str, Any], people: Directory) -> None:
    """Sender, recipients, delivery: from which of incoming, outgoing and directionless is there."""
    author, others = people.account(words(item, "authorId")), people.chat(words(item, "chatId"))[1]
    if "outgoing" in item:
        message.sender, message.recipients = people.owner, others
        _sent(message, part(item, "outgoing"))
        return
    message.sender, message.recipients = author, others if author == people.owner else (people.owner,)
    if author is None:
        message.notes.append("author-not-in-export")
    if "incoming" in item:
        incoming = part(item, "incoming")
        message.status["read"] = "yes" if incoming.get("read") else "no"
        for name in ("dateReceived", "dateServerSent"):
            if when := from_ms(words(incoming, name), f"incoming.{name}", "received"):
                message.dates.append(when)


def _sent(message: Message, outgoing: dict[str, Any]) -> None:
    states = ("failed", "skipped", "pending", "sent", "delivered", "read", "viewed")
    counts: dict[str, int] = {}
    for status in items(outgoing, "sendStatus"):
        state = next((name for name in states if name in status), "unknown")
        counts[state] = counts.get(state, 0) + 1
        if when := from_ms(words(status, "timestamp"), "sendStatus.timestamp"):
            message.status[f"{state}-at"] = format_utc(when.utc_us or 0, "ms")
    message.status |= {state: str(counts[state]) for state in states if state in counts}
    if "failed" in counts:
        message.marks.append("failed")


def _reactions(message: Message, item: dict[str, Any], people: Directory) -> Iterator[Message]:
    for number, reaction in enumerate(signal_items.reactions_of(item)):
        sender: Account | None = people.account(words(reaction, "authorId"))
        when = from_ms(words(reaction, "sentTimestamp"), f"reactions/{number}/sentTimestamp")
        place: Conversation = message.conversation
        target = message.time.ts_utc or ""
        yield Message(
            "reaction",
            when or no_time(None, f"reactions/{number}/sentTimestamp"),
            sender,
            place,
            text=words(reaction, "emoji") or None,
            owner=people.owner,
            recipients=_other_side(sender, message, people),
            notes=[] if when else [TIME_MISSING],
            facts={"reaction-to-sent": target},
            suffix=f"#reaction:{number}",
        )


def _other_side(sender: Account | None, message: Message, people: Directory) -> tuple[Account, ...]:
    """To whom a reaction goes: whoever wrote the message; on one's own message, the others."""
    if message.sender and message.sender != sender:
        return (message.sender,)
    return tuple(one for one in message.recipients if one != sender) or (people.owner,)
