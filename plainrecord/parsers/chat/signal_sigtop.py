"""sigtop's text export of Signal Desktop: one `.txt` a conversation, messages as blocks of named lines.

Reads: sender with number, type, times with offset, files named, reactions, quotes, earlier versions of edited messages.
Cannot read: the files themselves unless exported beside the texts; what a call was (only that there was one).
Source of knowledge: the format reference (section 3.3), checked against sigtop's published source of July 2026.
Tier: `public schema`. Fixture: fixtures/chat-signal-sigtop.

A record is a block: its field lines, quote, body, and the blank line behind it. A body may hold blank lines, so a block
ends only where a blank line is followed by `From: ` or `Type: ` and the fields that come next in a real block.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.lines import Line, decoded
from plainrecord.parsers.chat.pieces import (
    BOM,
    TIME_MISSING,
    UTF_8,
    File,
    Message,
    PieceReader,
    Problem,
    Test,
    folder_claim,
    head_of,
    no_time,
)
from plainrecord.records import Account, Conversation, Kind
from plainrecord.times import Meaning, TimeBlock, from_offset, unreadable

SERVICE = "signal"
OWNER = Account(SERVICE, "name", "You")
_TITLE = re.compile(rb"(?:\xef\xbb\xbf)?Conversation: ([^\r\n]*)\r?\n\r?\n(?:From|Type): ")
_DETAILED = re.compile(r"(.*) \(([^()]*)\)\Z", re.DOTALL)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_GROUP = re.compile(r"[A-Za-z0-9_-]{43}\Z|[0-9a-f]{32}\Z")
_TIME = re.compile(r"[A-Z][a-z]{2}, (\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\Z")
_MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_ATTACHED = re.compile(r"(.*) \(([^()]*), (\d+) bytes\)\Z", re.DOTALL)
_REACTION = re.compile(r"(\S+) from (.*)\Z", re.DOTALL)
_FIELD = re.compile(r"(From|Type|Sent|Received|Attachment|Reaction|Edited): (.*)\Z", re.DOTALL)
_FIELD_LINE = re.compile(rb"(?:Sent|Received|Attachment|Reaction|Edited): ")
_KINDS: dict[str, tuple[Kind, str]] = {
    "incoming": ("message", ""),
    "outgoing": ("message", ""),
    "story": ("message", "story"),
    "call-history": ("call", ""),
    "group-v2-change": ("system", "group-change"),
    "timer-notification": ("system", "disappearing-timer"),
    "profile-change": ("profile_change", ""),
    "change-number-notification": ("profile_change", "number-changed"),
}


@dataclass(frozen=True, slots=True)
class Chat:
    """Whose conversation a file is."""

    conversation: Conversation
    other: Account | None
    folder: str


class Sigtop(PieceReader[Chat]):
    """sigtop text files; one claim for all of a folder, with the files exported beside them."""

    name = "signal-sigtop"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="sigtop export-messages of Signal Desktop (text format)",
        tier="public schema",
        holds="Messages with sender and number, times with offset, quotes, reactions, all versions of edited messages.",
        cannot_hold="Whether a call was answered; deleted messages' words; what disappeared before the export.",
        fixture="chat-signal-sigtop",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Folders with files that start with a conversation's title and a message block."""
        folders: dict[str, list[Member]] = {}
        for member in listing.members:
            if _TITLE.match(member.head[:4096]):
                folders.setdefault(member.tree_path.rpartition("/")[0], []).append(member)
        for folder, chats in folders.items():
            # Its attachment command makes a folder of the same name for each conversation.
            places = [f"{folder}/{chat.name.removesuffix('.txt')}".lstrip("/") for chat in chats]
            files = [file for place in places for file in listing.under(place)]
            yield folder_claim(self.name, folder.rpartition("/")[2] or listing.name, chats, files, listing)

    def context(self, claim: Claim, member: Member) -> Chat:
        """The conversation from the file's first line."""
        first = head_of(claim, member).removeprefix(BOM).partition(b"\n")[0]
        shown = decoded(first, UTF_8)[0].rstrip("\r").removeprefix("Conversation: ")
        other = person(shown)
        is_group = other.kind == "id" and bool(_GROUP.match(other.value)) and not _UUID.match(other.value)
        key = f"{other.kind}:{other.value}" if other.kind != "name" else f"file:{member.tree_path}"
        conversation = Conversation(key, other.name or other.value, is_group)
        return Chat(conversation, None if is_group else other, member.name.removesuffix(".txt"))

    def starts(self, context: Chat) -> Test:
        """A line that opens a block, behind a blank line."""
        before = b""

        def test(line: Line, following: Line | None) -> Literal[True] | None:
            nonlocal before
            blank, before = not before.strip(), line.raw
            behind = following.raw if following else b""
            if line.raw.startswith(b"From: "):
                return True if blank and behind.startswith(b"Type: ") else None
            opens = blank and line.raw.startswith(b"Type: ") and (not behind.strip() or _FIELD_LINE.match(behind))
            return True if opens else None

        return test

    def explained(self, raw: bytes) -> bool:
        """The title line and the blank line behind it."""
        return raw.removeprefix(BOM).startswith(b"Conversation: ") and len(raw.strip().split(b"\n")) == 1

    def read(self, context: Chat, raw: bytes) -> list[Message] | Problem:
        """The message of one block."""
        text, notes = decoded(raw, UTF_8)
        lines = [line.removesuffix("\r") for line in text.split("\n")]
        fields, body = _fields(lines)
        if "Type" not in fields:
            return Problem("no-type", "A block that starts like a message but says no type.")
        message = _message(fields, context)
        message.notes += notes
        _body(message, body, edited="Edited" in fields)
        return [message]


def person(shown: str) -> Account:
    """A person as sigtop shows them: “Name (number)”, or what stands instead of the number."""
    found = _DETAILED.match(shown)
    name, detail = (found[1], found[2]) if found else (shown, "")
    if detail.startswith("+") and detail[1:].isdigit():
        return Account(SERVICE, "number", detail, name)
    if _UUID.match(detail) or _GROUP.match(detail):
        return Account(SERVICE, "id", detail, name)
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*\.\d{2,}", detail):
        return Account(SERVICE, "handle", detail, name)
    return Account(SERVICE, "name", shown)


def kind_of(said: str) -> tuple[Kind, str]:
    """What Signal Desktop calls a message's type, as a kind and a mark; anything not known here is a system line."""
    return _KINDS.get(said, ("system", ""))


@lru_cache(maxsize=4096)
def when(raw: str, where: str, meaning: Meaning) -> TimeBlock:
    """`Mon, 2 Jan 2006 15:04:05 -0700`; anything else is kept as unreadable."""
    found = _TIME.match(raw)
    month = _MONTHS.get(found[2]) if found else None
    if not found or not month:
        return unreadable(raw, where, meaning=meaning)
    offset = (int(found[8]) * 60 + int(found[9])) * (-1 if found[7] == "-" else 1)
    try:
        local = datetime(int(found[3]), month, int(found[1]), int(found[4]), int(found[5]), int(found[6]))
    except ValueError:
        return unreadable(raw, where, meaning=meaning)
    return from_offset(raw, where, local, offset, meaning=meaning)


def _fields(lines: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """The field lines at the top, and what is behind the blank line that ends them."""
    fields: dict[str, list[str]] = {}
    for number, line in enumerate(lines):
        found = _FIELD.match(line)
        if not found:
            return fields, lines[number:]
        fields.setdefault(found[1], []).append(found[2])
    return fields, []


def _message(fields: dict[str, list[str]], chat: Chat) -> Message:
    said = fields["Type"][0]
    kind, mark = kind_of(said)
    sender = fields.get("From", [""])[0]
    outgoing = sender == "You"
    account = OWNER if outgoing else person(sender) if sender else None
    recipients = (OWNER,) if not outgoing else (chat.other,) if chat.other else ()
    message = Message(kind, no_time(None, "Sent"), account, chat.conversation, owner=OWNER, recipients=recipients)
    message.marks += [mark] if mark else []
    message.facts["type"] = said
    if "Sent" in fields:
        message.time = when(fields["Sent"][0], "Sent", "sent")
    message.dates += [when(raw, "Received", "received") for raw in fields.get("Received", [])]
    if message.time.utc_us is None and message.dates:
        message.time = message.dates.pop(0)
    if message.time.utc_us is None:
        message.notes.append(TIME_MISSING)
    message.files += [_file(text, chat) for text in fields.get("Attachment", [])]
    if reactions := [_reaction(text) for text in fields.get("Reaction", [])]:
        message.facts["reactions"] = " | ".join(reactions)
    return message


def _file(text: str, chat: Chat) -> File:
    found = _ATTACHED.match(text)
    if not found:
        return File(text, notes=("attachment-line-unclear",))
    name = None if found[1] == "no filename" else found[1]
    return File(name, (f"{chat.folder}/{name}",) if name else (), found[2] or None, facts={"stated-bytes": found[3]})


def _reaction(text: str) -> str:
    found = _REACTION.match(text)
    return f"{found[1]} {found[2]}" if found else text


def _body(message: Message, lines: list[str], *, edited: bool) -> None:
    """Quote, history and words of a block. The last blank line belongs to the container, not to the text."""
    while lines and not lines[-1]:
        lines = lines[:-1]
    lines = lines[1:] if lines and not lines[0] else lines
    if edited:
        _history(message, lines)
        return
    quoted = 0
    # Words of the sender's own may start with ">": a quote says first from whom it is.
    if lines and lines[0].startswith("> From: "):
        quoted = next((at for at, line in enumerate(lines) if not line.startswith(">")), len(lines))
    if quoted:
        _quote(message, [line[2:] for line in lines[:quoted]])
        lines = lines[quoted + 1 :] if lines[quoted : quoted + 1] == [""] else lines[quoted:]
    message.text = "\n".join(lines) or None


def _quote(message: Message, lines: list[str]) -> None:
    fields, body = _fields(lines)
    message.marks.append("reply")
    message.facts["quoted-from"] = fields.get("From", [""])[0]
    message.facts["quoted-sent"] = fields.get("Sent", [""])[0]
    message.facts["quoted-text"] = "\n".join(body[1:])


def _history(message: Message, lines: list[str]) -> None:
    """All versions, the newest first; the current text stands nowhere else."""
    message.marks.append("edited")
    versions: list[tuple[dict[str, list[str]], str]] = []
    block: list[str] = []
    for line in [*lines, "| Version: end"]:
        if line.startswith("| Version: ") and block:
            versions.append(_version(block))
            block = []
        block.append(line)
    for number, (fields, text) in enumerate(versions):
        name = fields.get("Version", ["?"])[0]
        message.facts[f"version-{name}"] = text
        message.dates += [when(raw, f"Version {name}: Sent", "edited") for raw in fields.get("Sent", [])]
        if number == 0:
            message.text = text or None


def _version(block: list[str]) -> tuple[dict[str, list[str]], str]:
    lines = [line[2:] for line in block]
    fields: dict[str, list[str]] = {"Version": [lines[0].removeprefix("Version: ")]}
    more, body = _fields(lines[1:])
    while body and not body[-1]:
        body = body[:-1]
    body = body[1:] if body and not body[0] else body
    return fields | more, "\n".join(line for line in body if not line.startswith(">")).lstrip("\n")
