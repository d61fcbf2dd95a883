"""imessage-exporter's text files: one `.txt` a chat, made from a Mac's or an iPhone backup's message database.

Reads: sender, time, read receipts, edits with all versions, unsent and deleted messages, tapbacks, replies, effects,
announcements, files named. Cannot read: whether a message went as iMessage or SMS (the HTML files say it of sent ones).
Source of knowledge: the format reference (section 4.1), checked against imessage-exporter's published source of 2024.
Tier: `public schema`. Fixture: fixtures/chat-imessage.

A record is a block from its time line to the next. Replies stand twice, indented under the message they answer and
again at their own time: the indented copy is kept as a fact of the message it stands under and is no record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat import imessage_words as told
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
    chats_of,
    folder_claim,
)
from plainrecord.records import Account, Conversation

_OPENS = re.compile(
    rb"(?:\xef\xbb\xbf)?(" + told.STAMP.encode() + rb")(?: (\(Read by [^\r\n]+\))|( [^\r\n]+))?\r?\n?\Z"
)
_NESTED = re.compile(r"    " + told.STAMP)
_EDITED = re.compile(r"(" + told.STAMP + r") (.*)\Z", re.DOTALL)
_PATH = re.compile(r"(?:attachments/|~/Library/|/Users/|/var/mobile/|/private/var/|[A-Z]:\\).+\.\w{1,8}\Z")
_STICKER = re.compile(r"(?:.{1,20} )?Sticker from (.+?): (.+)\Z")
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Chat:
    """What is the same for all of a file. `direct` is the other person's name where nobody else can be a sender."""

    conversation: Conversation
    others: tuple[Account, ...]
    zone: str | None
    direct: str | None


class IMessageText(PieceReader[Chat]):
    """imessage-exporter text files; one claim for a folder of them with its `attachments/`."""

    name = "imessage-exporter-txt"
    version = "1"
    service = told.SERVICE
    card = FormatCard(
        service=told.SERVICE,
        export="imessage-exporter, text format: iMessage, SMS and MMS of a Mac or an iPhone backup",
        tier="public schema",
        holds="Messages with read receipts, all versions of edited ones, unsent ones as such, tapbacks, replies, files.",
        cannot_hold="iMessage or SMS; times of tapbacks; the words of unsent or deleted messages; calls.",
        fixture="chat-imessage",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Folders with text files that start with a time line and a sender, or an announcement."""
        folders: dict[str, list[Member]] = {}
        for member in listing.members:
            if _is_chat(member.head):
                folders.setdefault(member.tree_path.rpartition("/")[0], []).append(member)
        for folder, chats in folders.items():
            files = list(listing.under(f"{folder}/attachments".lstrip("/")))
            claim = folder_claim(self.name, folder.rpartition("/")[2] or listing.name, chats, files, listing)
            direct = [str(number) for number, chat in enumerate(chats) if _names_its_sender(chat)]
            claim.facts["direct"] = ",".join(direct)
            yield claim

    def context(self, claim: Claim, member: Member) -> Chat:
        """The conversation from the file's name."""
        conversation, others = told.chat_of(member.tree_path)
        number = next(at for at, chat in enumerate(chats_of(claim)) if chat.tree_path == member.tree_path)
        direct = str(number) in claim.facts.get("direct", "").split(",")
        return Chat(conversation, others, claim.options.timezone, others[0].value if direct else None)

    def starts(self, context: Chat) -> Test:
        """A time line behind a blank line, with a sender or nothing behind it."""
        before = b""

        def test(line: Line, following: Line | None) -> Literal[True] | None:
            nonlocal before
            blank, before = not before.strip(), line.raw
            found = _OPENS.match(line.raw) if blank else None
            if not found:
                return None
            behind = following.raw.strip() if following else b""
            if found[3]:
                said = found[3].decode("utf-8", "replace").strip()
                return True if not behind and told.ANNOUNCED.match(said) else None
            return True if _may_send(behind, context) else None

        return test

    def read(self, context: Chat, raw: bytes) -> list[Message] | Problem:
        """The message or announcement of one block."""
        text, notes = decoded(raw.removeprefix(BOM), UTF_8)
        lines = [line.removesuffix("\r") for line in text.split("\n")]
        found = _OPENS.match(lines[0].encode())
        if not found:
            return Problem("no-time-line", "A block without a time line.")
        stamp = found[1].decode()
        time = told.when(stamp, "time line", context.zone)
        if found[3]:
            message = Message("system", time, None, context.conversation, owner=told.OWNER)
            message.text = found[3].decode().strip()
            message.marks.append("announcement")
        else:
            sender = told.account(lines[1].strip())
            to = context.others if sender == told.OWNER else (told.OWNER,)
            message = Message("message", time, sender, context.conversation, owner=told.OWNER, recipients=to)
            message.status = told.stamp_and_status(lines[0])[1]
            _body(message, lines[2:])
        message.notes += notes
        if message.time.utc_us is None and message.time.local is None:
            message.notes.append(TIME_MISSING)
        return [message]


def _is_chat(head: bytes) -> bool:
    first, _, rest = head[:4096].partition(b"\n")
    found = _OPENS.match(first + b"\n")
    behind = rest.partition(b"\n")[0].strip()
    return bool(found) and (not behind if found and found[3] else bool(behind) and len(behind) < _LONGEST_NAME)


def _names_its_sender(member: Member) -> bool:
    """Whether the file is named after one person who is seen writing in it: then nobody but them and the owner can."""
    others = told.chat_of(member.tree_path)[1]
    if len(others) != 1 or others[0].kind != "name":
        return False
    lines = member.head.replace(b"\r\n", b"\n").split(b"\n")
    senders = {lines[at + 1] for at, line in enumerate(lines[:-1]) if _OPENS.match(line)}
    return others[0].value.encode() in senders


def _may_send(behind: bytes, chat: Chat) -> bool:
    shown = behind.decode("utf-8", "replace")
    if not shown or len(behind) > _LONGEST_NAME:
        return False
    return chat.direct is None or shown == chat.direct or told.is_handle(shown)


def _body(message: Message, lines: list[str]) -> None:
    """Everything behind the sender's line."""
    while lines and not lines[-1]:
        lines = lines[:-1]
    if lines and lines[-1] == told.RESPONDED:
        message.marks.append("reply")
        lines = lines[:-1]
    if lines and lines[0] == told.DELETED:
        message.marks.append("deleted")
        lines = lines[1:]
    lines = _without_tapbacks(message, _without_replies(message, lines))
    if len(lines) == 1 and told.UNSENT.match(lines[0]):
        told.removed(message, lines[0])
        return
    if versions := _versions(lines):
        told.edits(message, versions)
        return
    words = [line for line in lines if not _taken(message, line)]
    message.text = "\n".join(words) or None


def _without_replies(message: Message, lines: list[str]) -> list[str]:
    first = next((at for at, line in enumerate(lines) if _NESTED.match(line)), None)
    if first is None:
        return lines
    message.facts["replies"] = "\n".join(lines[first:]).strip("\n")
    message.facts["replies-shown"] = str(sum(bool(_NESTED.match(line)) for line in lines[first:]))
    kept = lines[:first]
    while kept and not kept[-1]:
        kept = kept[:-1]
    return kept


def _without_tapbacks(message: Message, lines: list[str]) -> list[str]:
    for at, line in enumerate(lines[:-1]):
        if line.strip() in ("Reactions:", "Tapbacks:") and told.REACTION.fullmatch(lines[at + 1].strip()):
            end = next((n for n in range(at + 1, len(lines)) if not lines[n].strip()), len(lines))
            said = [one.strip() for one in lines[at + 1 : end]]
            message.facts["reactions"] = " | ".join(filter(None, [message.facts.get("reactions", ""), *said]))
            rest = lines[end + 1 :]
            return lines[:at] + (_without_tapbacks(message, rest) if rest else [])
    return lines


def _versions(lines: list[str]) -> list[tuple[str, str]]:
    """All versions of an edited message: the first with its time, the others with how much later."""
    first = _EDITED.match(lines[0]) if lines else None
    if not first:
        return []
    versions = [[first[1], first[2]]]
    for line in lines[1:]:
        edit = told.edit_line(line)
        if edit:
            versions.append(list(edit))
        elif line or versions[-1][1]:
            versions[-1][1] += f"\n{line}"
    return [(said, text.rstrip("\n")) for said, text in versions]


def _taken(message: Message, line: str) -> bool:
    """Whether a line is not words but a file, a sticker or an effect."""
    if line == "Attachment missing!":
        message.files.append(File(None, absent="missing"))
    elif line in told.EFFECTS:
        message.facts["effect"] = line.removeprefix("Sent with ")
    elif found := _STICKER.match(line):
        message.marks.append("sticker")
        message.files.append(_file(found[2]) if _PATH.match(found[2]) else File(found[2]))
    elif _PATH.match(line):
        message.files.append(_file(line))
    else:
        return False
    return True


def _file(path: str) -> File:
    name = path.replace("\\", "/").rpartition("/")[2]
    return File(name, (path,), facts={"stated-path": path})
