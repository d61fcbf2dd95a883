"""Zoom's saved meeting chat: lines with a time of day and a name, no date.

From: meeting → chat → Save chat, or the chat file of a recording. Reads: time of day to the second, name, whom it was
written to, replies and reactions as texts. Cannot read: zone, ids, files; the date, unless the folder or file is named
after it. In a recording's file the times may count from its start: they are kept as written and given no instant.
Versions seen: `meeting_saved_chat.txt` (one line), `meeting_saved_new_chat.txt` (two lines), recording. Source of knowledge:
two public readers, one with a sample. Tier: `public schema`. Fixture: fixtures/chat-zoom.
"""

from __future__ import annotations

import re
from datetime import date

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pieces import Message
from plainrecord.parsers.chat.textdates import Midnights, clock, day, local_time
from plainrecord.parsers.chat.textlog import LogReader, Reading, first_lines, named
from plainrecord.records import Account, Conversation, Decision
from plainrecord.times import unreadable

SERVICE = "zoom"
_ONE = re.compile(
    r"(\d\d:\d\d:\d\d)[\t ]+ ?From (?P<from>.{1,150}?)(?: to (?P<to>.{1,150}?))? ?: (?P<text>.*)\Z",
    re.ASCII | re.DOTALL,
)
_TWO = re.compile(r"(\d\d:\d\d:\d\d)[\t ]+From (?P<from>.{1,150}?) to (?P<to>.{1,150}?):\Z", re.ASCII)
_RECORDED = re.compile(r"(\d\d:\d\d:\d\d)\t ?(?P<from>[^\t]+?):\t(?P<text>.*)\Z", re.ASCII | re.DOTALL)
_PRIVATE = re.compile(r" ?\((?:Privately|Direct Message|Private)\)\Z")
_FOLDER = re.compile(r"(\d{4})-(\d\d)-(\d\d) \d\d\.\d\d\.\d\d (?P<topic>.+)\Z", re.ASCII)
_REACTED = re.compile(r"(?:Reacted to|Removed an? \S+ reaction from) [\"“]")


class Zoom(LogReader):
    """Saved chats of Zoom meetings."""

    name = "zoom-chat"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="Zoom, saved meeting chat (text)",
        tier="public schema",
        holds="Messages with name, recipient, time of day to the second; what the person who saved it could see.",
        cannot_hold="The date (but for the folder's name), zone, ids, files, private messages of others; names can be chosen freely.",
        fixture="chat-zoom",
    )

    def recognises(self, member: Member) -> bool:
        """A first line in one of the three shapes."""
        head = first_lines(member.head, 2048)
        if not head:
            return False
        first = head[0]
        return bool(_TWO.match(first) or _ONE.match(first) or _RECORDED.match(first))

    def reading(self, claim: Claim, member: Member, head: list[str]) -> Reading:
        """A reading of one meeting."""
        return _Meeting(claim, member, recorded=bool(head and _RECORDED.match(head[0]) and not _ONE.match(head[0])))


class _Meeting(Reading):
    def __init__(self, claim: Claim, member: Member, *, recorded: bool) -> None:
        self._zone = claim.options.timezone
        self._recorded = recorded
        folder = member.tree_path.rpartition("/")[0].rpartition("/")[2]
        named_after = _FOLDER.match(folder)
        self._on: date | None = None
        title = folder or member.name
        if named_after and not recorded:
            self._on = day(int(named_after[1]), int(named_after[2]), int(named_after[3]))
            title = named_after["topic"]
        self._days = Midnights(self._on)
        self._conversation = Conversation(f"file:{member.tree_path}", title, True)
        decision = Decision(
            f"date of {member.name}",
            self._on.isoformat() if self._on else "not known",
            "the folder's name" if self._on else "the chat states times of day only and no folder names its day",
            certain=False,
        )
        if decision not in claim.decisions:
            claim.decisions.append(decision)

    def line(self, text: str) -> Message | None:
        if self._recorded:
            found = _RECORDED.match(text)
            return self._message(found, found["text"], None) if found else None
        if found := _TWO.match(text):
            message = self._message(found, "", found["to"])
            message.facts["shape"] = "two lines"
            return message
        found = _ONE.match(text)
        return self._message(found, found["text"], found["to"]) if found else None

    def _message(self, found: re.Match[str], text: str, to: str | None) -> Message:
        at = clock(found[1])
        # Zoom trap 1: no line has a date; past midnight the clock falls.
        on = self._days.at(at) if at else None
        time = unreadable(found[1], "line") if on is None else local_time(found[1], "line", on, at, self._zone)
        sender, private = _without_private(found["from"])
        message = Message("message", time, named(SERVICE, sender), self._conversation, text=text)
        message.notes.append("date-unknown" if on is None else "date-from-folder-name")
        if self._recorded:
            message.notes.append("time-may-count-from-start-of-recording")
        if to is not None:
            name, direct = _without_private(to)
            message.recipients = (Account(SERVICE, "name", name, role="to"),)
            private = private or direct
        if private:
            message.marks.append("private")
        return message

    def finish(self, message: Message) -> None:
        text = message.text or ""
        if message.facts.pop("shape", None):
            lines = text.removeprefix("\n").split("\n")
            text = "\n".join(line.removeprefix("\t") if line.startswith("\t") else line.lstrip(" ") for line in lines)
        message.text = text
        if _REACTED.match(text):
            message.kind = "reaction"
            message.marks.append("maybe-system")
        elif text.startswith(('Replying to "', "Replying to “")):
            message.marks.append("reply")


def _without_private(name: str) -> tuple[str, bool]:
    """A name without the words that say a message was for one person only."""
    bare = _PRIVATE.sub("", name.strip())
    return bare, bare != name.strip()
