"""signal-export's `data.json`: one folder a chat of Signal Desktop, one JSON object a line, with `media/`.

Reads: sender's name, local time, replies, stickers, reactions, files, deletions, calls and missed calls. Cannot read:
numbers or ids (the tool writes names only); the tool's `index.html`, which says the same as `data.json`.
Source of knowledge: the format reference (section 3.2), checked against signal-export's published source of 2026.
Tier: `public schema`. Fixture: fixtures/chat-signal-sigexport.

The tool takes back-ticks out of every text, so texts are not word for word; it writes 1970 where it knows no time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pieces import (
    TIME_MISSING,
    File,
    Message,
    PieceReader,
    Problem,
    Test,
    folder_claim,
    url_path,
)
from plainrecord.parsers.chat.signal_people import SERVICE, items, part, words
from plainrecord.records import Account, Conversation, Decision, Envelope, Unread
from plainrecord.times import TimeBlock, from_local, unreadable

OWNER = Account(SERVICE, "name", "Me")
NOT_VERBATIM = Decision(
    "signal-export:texts",
    "back-ticks are missing",
    "The tool that made this export takes every back-tick out of the texts; otherwise they are as they were sent.",
)
_LINE = re.compile(rb'\s*\{"date": ?"[^"]{10,40}", ?"sender": ?"')
_TWINS = ("chat.md", "index.html")


@dataclass(frozen=True, slots=True)
class Chat:
    """Whose chat a folder is, and the zone its times are read in."""

    conversation: Conversation
    other: Account
    zone: str | None


class SignalExportJson(PieceReader[Chat]):
    """signal-export folders; one claim for all chats of an export."""

    name = "signal-export-json"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="signal-export of Signal Desktop (data.json, with media/)",
        tier="public schema",
        holds="Messages by name, replies, reactions, deletions as such, calls answered and missed, files.",
        cannot_hold="Numbers and ids; the time zone; back-ticks in texts; earlier versions of edited messages.",
        fixture="chat-signal-sigexport",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Every folder with such a file, joined into one claim for each folder of folders."""
        exports: dict[str, list[Member]] = {}
        for member in listing.members:
            if _LINE.match(member.head):
                above = member.tree_path.rpartition("/")[0].rpartition("/")[0]
                exports.setdefault(above, []).append(member)
        for above, chats in exports.items():
            folders = [chat.tree_path.rpartition("/")[0] for chat in chats]
            files = [one for folder in folders for one in listing.under(f"{folder}/media".lstrip("/"))]
            files += listing.under(f"{above}/exported_stickers".lstrip("/"))
            claim = folder_claim(self.name, above.rpartition("/")[2] or listing.name, chats, files, listing)
            for path in (f"{folder}/{twin}".lstrip("/") for folder in folders for twin in _TWINS):
                if listing.at(path):
                    claim.aside[path] = "The same chat as data.json beside it, in another form; not read twice."
            yield claim

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every line."""
        yield from super().scan(claim)
        claim.decisions.append(NOT_VERBATIM)

    def context(self, claim: Claim, member: Member) -> Chat:
        """The chat from its folder's name."""
        return chat_of(member, claim.options.timezone)

    def starts(self, context: Chat) -> Test:
        """Every line is an entry of its own."""
        return lambda _line, _following: True

    def read(self, context: Chat, raw: bytes) -> list[Message] | Problem:
        """The message of one line."""
        if not raw.strip():
            return []
        try:
            row = json.loads(raw)
        except (ValueError, RecursionError):
            return Problem("bad-json", "This line is no complete JSON object.")
        if not isinstance(row, dict) or "date" not in row or "sender" not in row:
            return Problem("not-a-message", "A JSON line without the date and sender that messages have.")
        return [_message(row, context)]


def chat_of(member: Member, zone: str | None) -> Chat:
    """The chat of a file in a folder that is named after it."""
    folder = member.tree_path.rpartition("/")[0]
    title = folder.rpartition("/")[2] or member.original.relpath
    return Chat(Conversation(f"folder:{folder}", title), Account(SERVICE, "name", title), zone)


def author(shown: str) -> Account | None:
    """`Me`, nobody for `No-Sender`, a number where the contact had no name, else the name."""
    if shown in ("", "No-Sender"):
        return None
    is_number = re.fullmatch(r"\+\d{5,15}", shown)
    return OWNER if shown == "Me" else Account(SERVICE, "number" if is_number else "name", shown)


@lru_cache(maxsize=8192)
def when(raw: str, zone: str | None) -> TimeBlock:
    """A wall-clock time on the exporting computer; unreadable where it is the 1970 that stands for no time."""
    try:
        local = datetime.fromisoformat(raw)
    except ValueError:
        return unreadable(raw, "date")
    if local.year <= 1970 or local.tzinfo:
        return unreadable(raw, "date")
    return from_local(raw, "date", local, zone, precision="ms" if local.microsecond else "s")


def addressed(message: Message, sender: Account | None, chat: Chat) -> None:
    """Sender and recipients of a message in a chat."""
    message.sender = sender
    message.recipients = (chat.other,) if sender == OWNER else (OWNER,)
    if sender is None:
        message.notes.append("sender-not-stated")
    if message.time.utc_us is None and message.time.local is None:
        message.notes.append(TIME_MISSING)


def _message(row: dict[str, Any], chat: Chat) -> Message:
    message = Message("message", when(words(row, "date"), chat.zone), None, chat.conversation, owner=OWNER)
    addressed(message, author(words(row, "sender")), chat)
    message.text = words(row, "body").removesuffix("  ") or None
    if quote := words(row, "quote").strip():
        message.marks.append("reply")
        message.facts["quoted-text"] = "\n".join(line.removeprefix("> ") for line in quote.split("\n"))
    if row.get("deleted"):
        message.marks.append("deleted")
    if row.get("call"):
        _call(message, missed=bool(row.get("missed")))
    _extras(message, row)
    return message


def _call(message: Message, *, missed: bool) -> None:
    message.kind = "call"
    outgoing = message.sender == OWNER
    message.status = {"call": message.text or "", "direction": "outgoing" if outgoing else "incoming"}
    if missed:
        # The tool says “missed” of every call that nobody answered, also of the owner's own.
        message.marks.append("not-answered" if outgoing else "missed")


def _extras(message: Message, row: dict[str, Any]) -> None:
    said = row.get("reactions")
    pairs = [one for one in said if isinstance(one, list) and len(one) == 2] if isinstance(said, list) else []
    if pairs:
        message.facts["reactions"] = " | ".join(f"{emoji} {name}" for name, emoji in pairs)
    if sticker := part(row, "sticker"):
        message.marks.append("sticker")
        path = f"../exported_stickers/{words(sticker, 'packId')}/{words(sticker, 'id')}.{words(sticker, 'extension')}"
        message.files.append(File(words(sticker, "emoji") or "sticker", (path,)))
    for attachment in items(row, "attachments"):
        kind = words(attachment, "missing_kind")
        paths = url_path(words(attachment, "path")) if not kind else ()
        name = words(attachment, "name") or None
        facts = {"kind": kind} if kind else {}
        message.files.append(File(name, paths, absent="not-exported" if kind else "missing", facts=facts))
