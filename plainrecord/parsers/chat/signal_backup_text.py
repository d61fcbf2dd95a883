"""signalbackup-tools' text export of an Android backup: `NAME (_id7).txt`, one line a message.

Reads: name, local time, words, sent files by name, status lines. Cannot read: numbers; deleted and view-once messages,
which the tool leaves out; reactions apart from the words they stand behind; which name is the owner's.
Source of knowledge: the format reference (section 3.4), checked against the tool's published source.
Tier: `public schema`. Fixture: fixtures/chat-signal-backup.

The time of a line is when the message was *received* on the phone. A status line may say “***”.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.lines import decoded
from plainrecord.parsers.chat.pieces import TIME_MISSING, UTF_8, File, Message, PieceReader, Problem, Test, folder_claim
from plainrecord.parsers.chat.signal_people import SERVICE
from plainrecord.records import Account, Conversation
from plainrecord.times import Meaning, TimeBlock, from_local, unreadable

_OPENS = re.compile(
    rb"\[(?:[A-Z][a-z]{2} \d\d, \d{4} \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?)\] (?:\*\*\* [^\r\n]|<[^\r\n]*>)"
)
_PARTS = re.compile(r"\[([^\]]+)\] (?:\*\*\* (.*)|<(.*))\Z", re.DOTALL)
_SENT = re.compile(r'<(.*)> sent file(?: "(.*?)"| of type (\S+))?(.*)\Z', re.DOTALL)
_STAMP = re.compile(r"([A-Z][a-z]{2}) (\d\d), (\d{4}) (\d\d):(\d\d):(\d\d)\Z")
_MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_NAME = re.compile(r"(.*) \(_id\d+\)\Z", re.DOTALL)
_CALL = re.compile(r"\b(?:missed|incoming|outgoing|declined|unanswered)\b.*\bcall\b|\bcalled\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Chat:
    """The conversation of a file and the zone its times are read in."""

    conversation: Conversation
    other: str
    zone: str | None


class SignalBackupText(PieceReader[Chat]):
    """signalbackup-tools text files."""

    name = "signalbackup-tools-txt"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="signalbackup-tools of a Signal Android backup (--exporttxt)",
        tier="public schema",
        holds="Messages by name with the time they were received, names of files, status lines such as calls.",
        cannot_hold="Numbers; deleted and view-once messages; which name is the owner's; the time zone; the files.",
        fixture="chat-signal-backup",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Files that begin with such a line; the form with figures only where the file is named as the tool does."""
        for member in listing.members:
            named = _NAME.match(member.name.removesuffix(".txt"))
            if _OPENS.match(member.head) and (named or member.head[1:2].isalpha()):
                yield folder_claim(self.name, member.name, [member], [], listing)

    def context(self, claim: Claim, member: Member) -> Chat:
        """The conversation from the file's name."""
        stem = member.name.removesuffix(".txt")
        named = _NAME.match(stem)
        title = named[1] if named else stem
        return Chat(Conversation(f"file:{member.tree_path}", title), title, claim.options.timezone)

    def starts(self, context: Chat) -> Test:
        """A line with a time in brackets and a name in angles, or stars."""
        return lambda line, _following: True if _OPENS.match(line.raw) else None

    def read(self, context: Chat, raw: bytes) -> list[Message] | Problem:
        """The message or status of one entry."""
        text, notes = decoded(raw, UTF_8)
        found = _PARTS.match(text.removesuffix("\n").removesuffix("\r"))
        if not found:
            return Problem("no-header", "A line that starts like a message but is none.")
        message = Message("message", when(found[1], context.zone), None, context.conversation, notes=list(notes))
        if message.time.utc_us is None and message.time.local is None:
            message.notes.append(TIME_MISSING)
        if found[3] is not None:
            name, message.text = _split(found[3], context)
            message.sender = named(name)
        else:
            status(message, found[2])
        return [message]


def _split(rest: str, chat: Chat) -> tuple[str, str | None]:
    """Name and words. The name known beforehand comes first, because a name may hold an angle."""
    if rest.startswith(f"{chat.other}> "):
        return chat.other, rest[len(chat.other) + 2 :] or None
    name, _, body = rest.partition("> ")
    return name.removesuffix(">"), body or None


def named(shown: str) -> Account:
    """A name, or a number where the contact had none."""
    is_number = re.fullmatch(r"\+\d{5,15}", shown)
    return Account(SERVICE, "number" if is_number else "name", shown)


def status(message: Message, said: str) -> None:
    """A line the tool wrote itself: a file that was sent, a call, or another change."""
    if sent := _SENT.match(said):
        message.kind, message.sender = "file", named(sent[1])
        message.files.append(File(sent[2], claimed_type=sent[3], absent="not-exported"))
        message.text = sent[4].strip() or None
        return
    called(message, said)


def called(message: Message, said: str) -> None:
    """A status line: a call if its words say so, else a change of some kind."""
    message.text = said
    message.kind = "call" if _CALL.search(said) else "system"
    if message.kind == "call" and "missed" in said.lower():
        message.marks.append("missed")


@lru_cache(maxsize=8192)
def when(raw: str, zone: str | None, meaning: Meaning = "received") -> TimeBlock:
    """`Oct 19, 2024 10:12:00` or `2024-10-19 10:12` on the clock of the computer that made the export."""
    found = _STAMP.match(raw)
    try:
        if found:
            month = _MONTHS.get(found[1], 0)
            local = datetime(int(found[3]), month, int(found[2]), int(found[4]), int(found[5]), int(found[6]))
        else:
            local = datetime.fromisoformat(raw)
    except ValueError:
        return unreadable(raw, "line", meaning=meaning)
    if local.year <= 1970 or local.tzinfo:
        return unreadable(raw, "line", meaning=meaning)
    return from_local(raw, "line", local, zone, meaning=meaning, precision="s" if raw.count(":") > 1 else "min")
