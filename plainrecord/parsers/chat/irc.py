"""IRC logs of irssi, WeeChat, XChat and HexChat, mIRC and ZNC.

Reads: time of day or date, nick, text, actions, joins and leaves as events. Cannot read: zone; which person a nick is (only
joins name user@host). The day is that of the last “opened” or “changed” line, or of the file's name. Versions seen: default
settings; each of these programs lets its user change the shapes. Source of knowledge: the published code of irssi, a public
statistics script, and a forensic tool's code with real XChat sample logs, one of them Italian.
Tier: `public schema`. Fixture: fixtures/chat-irc.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.irc_shapes import (
    ASIDES,
    EVENT_NICKS,
    FILE_DAY,
    HEX_LINE,
    IRSSI_ACTION,
    IRSSI_EVENT,
    IRSSI_LINE,
    MIRC_LINE,
    SCROLLBACK,
    WEECHAT_LINE,
    day_line,
    is_log,
    month_of,
    shape_of,
    visible,
)
from plainrecord.parsers.chat.pieces import Message
from plainrecord.parsers.chat.textdates import Midnights, clock, day, local_time
from plainrecord.parsers.chat.textlog import ASIDE, STRAY, Aside, LogReader, Reading, Stray, first_lines
from plainrecord.records import Account, Conversation
from plainrecord.times import TimeBlock, from_epoch

SERVICE = "irc"


class Irc(LogReader):
    """IRC logs."""

    name = "irc-log"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="IRC logs: irssi, WeeChat, XChat/HexChat, mIRC, ZNC (default settings)",
        tier="public schema",
        holds="Lines with nick and time, joins, leaves and changes of nick as events.",
        cannot_hold="Zone, who a nick is, files, edits; XChat's lines have no year.",
        fixture="chat-irc",
    )

    def recognises(self, member: Member) -> bool:
        """The opening line of one of the programs, or lines in its own shape at the top."""
        return is_log(first_lines(member.head)[:8], member.name)

    def reading(self, claim: Claim, member: Member, head: list[str]) -> Reading:
        """A reading of one log."""
        return _Log(claim, member, shape_of(head[:8], member.name) or "mirc")


class _Log(Reading):
    def __init__(self, claim: Claim, member: Member, shape: str) -> None:
        self._zone = claim.options.timezone
        self._shape = shape
        self._readers: dict[str, Callable[[str], Message | None]] = {
            "irssi": self._irssi,
            "mirc": self._mirc,
            "weechat": self._weechat,
            "hexchat": self._hexchat,
            "scrollback": self._scrollback,
        }
        named = FILE_DAY.search(member.name)
        self._days = Midnights(day(int(named[1]), int(named[2]), int(named[3])) if named else None)
        self._year = self._days.on.year if self._days.on else 0
        self._month = 0
        parts = member.tree_path.split("/")
        # ZNC makes a file a day; the folder is the channel.
        title = parts[-2] if named and len(parts) > 1 else member.name.rpartition(".")[0] or member.name
        self._conversation = Conversation(f"file:{member.tree_path}", title, title.startswith(("#", "&")))

    def line(self, text: str) -> Message | Aside | Stray:
        if found := day_line(text):
            self._days = Midnights(found)
            self._year, self._month = found.year, found.month
            return ASIDE
        if not text.strip() or (text[0] in "-S*" and any(shape.match(text) for shape in ASIDES)):
            return ASIDE
        return self._readers[self._shape](text) or STRAY

    def _irssi(self, text: str) -> Message | None:
        if found := IRSSI_EVENT.match(text):
            return self._event(self._at(found["time"]), found["text"])
        if found := IRSSI_ACTION.match(text):
            return self._said(self._at(found["time"]), found["nick"], found["text"], "action")
        found = IRSSI_LINE.match(text)
        return self._said(self._at(found["time"]), found["nick"], found["text"], "") if found else None

    def _mirc(self, text: str) -> Message | None:
        found = MIRC_LINE.match(text)
        if not found:
            return None
        time = self._at(found["time"])
        if found["nick"]:
            return self._said(time, found["nick"], found["text"], "")
        if found["star"] == "*" and found["does"]:
            nick, _, does = found["does"].partition(" ")
            return self._said(time, nick, does, "action", "maybe-system")
        return self._event(time, found["does"] or "")

    def _weechat(self, text: str) -> Message | None:
        found = WEECHAT_LINE.match(text)
        if not found:
            return None
        on = day(int(found[1]), int(found[2]), int(found[3]))
        time = local_time(text[: found.end(4)], "line", on, clock(found[4]), self._zone)
        nick = found["nick"].strip()
        if nick == "*":
            who, _, does = found["text"].partition(" ")
            return self._said(time, who, does, "action")
        if nick in EVENT_NICKS:
            return self._event(time, found["text"])
        return self._said(time, nick, found["text"], "")

    def _hexchat(self, text: str) -> Message | None:
        found = HEX_LINE.match(text)
        if not found:
            return None
        # IRC trap 1: no line has a year; it is the opening line's, and one more when December turns to January.
        month = month_of(found["month"])
        if self._year and month and month < self._month - 6:
            self._year += 1
        self._month = month or self._month
        on = day(self._year, month, int(found["day"])) if self._year and month else None
        time = local_time(text[: found.end("time")], "line", on, clock(found["time"]), self._zone)
        if found["nick"]:
            message = self._said(time, found["nick"], found["text"], "")
        else:
            message = self._event(time, found["text"].removeprefix("*").strip())
        if on is None:
            message.notes.append("irc-trap-1:year-or-month-not-known")
        return message

    def _scrollback(self, text: str) -> Message | None:
        found = SCROLLBACK.match(text)
        if not found:
            return None
        time = from_epoch(int(found["time"]), "s", found["time"], "line")
        shown = visible(found["text"])
        speaks = re.match(r"<?([^\s<>]{1,64})>?\t(.*)\Z", shown, re.DOTALL)
        if speaks and speaks[1] != "*":
            return self._said(time, speaks[1], speaks[2], "")
        return self._event(time, shown)

    def _at(self, text: str) -> TimeBlock:
        at = clock(text)
        on: date | None = self._days.at(at) if at else None
        return local_time(text, "line", on, at, self._zone)

    def _said(self, time: TimeBlock, nick: str, text: str, *marks: str) -> Message:
        # IRC trap 2: one sign before a nick is its rank in the channel, not its name.
        bare = nick[1:] if len(nick) > 1 and nick[0] in "@+%&~! " else nick
        sender = Account(SERVICE, "handle", visible(bare))
        return Message("message", time, sender, self._conversation, text=text, marks=[mark for mark in marks if mark])

    def _event(self, time: TimeBlock, text: str) -> Message:
        return Message("system", time, None, self._conversation, text=text)

    def finish(self, message: Message) -> None:
        shown = visible(message.text or "")
        if shown != (message.text or ""):
            # IRC trap 3: colours are control codes; the words are shown without, the bytes stay in the original.
            message.notes.append("control-codes-left-out")
        message.text = shown
