"""Pidgin and Finch (libpurple) logs, text and HTML: `logs/PROTOCOL/ACCOUNT/BUDDY/2014-03-16.235543-0400EDT.txt`.

Reads: day and offset from the file's name, time of day of each line, alias, own lines by colour (HTML). Cannot read: edits,
files; a change of the clocks in the middle of a conversation. Versions seen: text, HTML with font colours. Source of
knowledge: the published code of libpurple and the fixture of a public converter. Tier: `public schema`.
Fixture: fixtures/chat-pidgin.
"""

from __future__ import annotations

import html
import re
from datetime import date

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pieces import Message
from plainrecord.parsers.chat.textdates import MONTHS, Clock, Midnights, clock, day, local_time, offset_time
from plainrecord.parsers.chat.textlog import ASIDE, Aside, LogReader, NamesSeen, Reading, first_lines, named
from plainrecord.records import Account, Conversation
from plainrecord.times import TimeBlock

SERVICE = "pidgin"
_OPENS = re.compile(
    r"(?:<html>.{0,200}?<title>|<h\d>|<head>.{0,200}?<title>)?"
    r"Conversation with (?P<buddy>.{1,200}?) at (?P<at>[^<]{6,60}?) on (?P<account>\S{1,200}) \((?P<protocol>[\w-]{2,30})\)",
    re.DOTALL,
)
_FILE = re.compile(r"(\d{4})-(\d\d)-(\d\d)\.(\d\d)(\d\d)(\d\d)(?P<sign>[+-])(?P<oh>\d\d)(?P<om>\d\d)", re.ASCII)
_STAMP = r"\((?P<stamp>[^()]{4,40})\)"
_TEXT = re.compile(_STAMP + r" (?P<rest>.*)\Z", re.DOTALL)
_HTML = re.compile(
    r'<font(?: color="?(?P<color>#[0-9A-Fa-f]{6})"?)?>\s*<font size="2">' + _STAMP + r"</font>(?P<rest>.*)\Z",
    re.DOTALL,
)
_HTML_SYSTEM = re.compile(r'(?P<color>)<font size="2">' + _STAMP + r"</font>(?P<rest>.*)\Z", re.DOTALL)
_WHO = re.compile(r"\s*<b>(?P<name>.{0,200}?):?</b>(?:</font>)?(?P<text>.*)\Z", re.DOTALL)
_NAMED = re.compile(
    r"(?P<name>[^:]{1,100}?)(?P<auto> <AUTO-REPLY>)?: (?P<text>.*)\Z|(?P<empty>[^:]{1,100}):\Z", re.DOTALL
)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d) (.+)\Z", re.ASCII)
_US = re.compile(r"(\d\d)/(\d\d)/(\d{4}) (.+)\Z", re.ASCII)
_LONG = re.compile(r"(?:[A-Z][a-z]{2} )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) ", re.ASCII)
_TAG = re.compile(r"<[^<>]*>")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_MANY_NAMES = 200
_SENT, _RECEIVED, _ACTION = "#16569E", "#A82F2F", "#062585"
_LINKS = re.compile(r"</?(?:body|html|p|h\d)>", re.IGNORECASE)


class Pidgin(LogReader):
    """libpurple's logs of one contact's folder."""

    name = "pidgin-log"
    version = "1"
    service = SERVICE
    looks_first = True
    card = FormatCard(
        service=SERVICE,
        export="Pidgin or Finch, conversation logs (text or HTML)",
        tier="public schema",
        holds="Messages with alias and time of day, the day and offset of the file's name, own lines by colour (HTML).",
        cannot_hold="Ids, files, edits; an alias is what the owner called somebody; in text logs, which lines are the owner's.",
        fixture="chat-pidgin",
    )

    def recognises(self, member: Member) -> bool:
        """The sentence every log starts with."""
        head = first_lines(member.head, 1024)
        return bool(head) and bool(_OPENS.match(head[0]))

    def reading(self, claim: Claim, member: Member, head: list[str]) -> Reading:
        """A reading of one conversation."""
        return _Log(claim, member, head)


class _Log(Reading):
    def __init__(self, claim: Claim, member: Member, head: list[str]) -> None:
        self._zone = claim.options.timezone
        opened = _OPENS.match(head[0]) if head else None
        self._html = bool(head and "<" in head[0][:10])
        # Pidgin trap 1: the day stands in the file's name, with the offset; the sentence has it in the phone's language.
        self._offset, on = _of_name(member.name)
        self._from_name = on is not None
        self._days = Midnights(on or (_of_sentence(html.unescape(opened["at"])) if opened else None))
        buddy = html.unescape(opened["buddy"]) if opened else member.name
        account = html.unescape(opened["account"]) if opened else ""
        protocol = opened["protocol"] if opened else ""
        folder = member.tree_path.split("/")[-2:-1]
        group = bool(folder and folder[0].endswith(".chat"))
        self._conversation = Conversation(f"{protocol}:{account}:{buddy}", buddy, group)
        self._account = Account(SERVICE, "handle", account) if account else None
        self._first = True
        self._names: dict[str, None] = {}
        self._seen = NamesSeen()

    def first_look(self, text: str) -> None:
        if not self._html and (found := _TEXT.match(text)) and (said := _NAMED.match(found["rest"])):
            self._seen.count(said["name"] or said["empty"])

    def line(self, text: str) -> Message | Aside | None:
        if self._first:
            self._first = False
            return ASIDE
        found = (_HTML.match(text) or _HTML_SYSTEM.match(text)) if self._html else _TEXT.match(text)
        when = self._when(found["stamp"]) if found else None
        if found is None or when is None:
            closing = self._html and text.strip() and not _LINKS.sub("", text).strip()
            return ASIDE if closing else None
        message = self._coloured(found) if self._html else self._plain(found["rest"])
        message.time, message.conversation = when, self._conversation
        message.notes.append("day-from-file-name" if self._from_name else "day-from-first-line")
        return message

    def _when(self, stamp: str) -> TimeBlock | None:
        on: date | None
        if (found := _ISO.match(stamp)) and (at := clock(found[4])):
            on = day(int(found[1]), int(found[2]), int(found[3]))
        elif (found := _US.match(stamp)) and (at := clock(found[4])):
            # Pidgin trap 2: a line that came late has its date too, in the order of the computer's language.
            on = self._nearest(int(found[3]), int(found[1]), int(found[2]))
        elif at := clock(stamp):
            on = self._days.at(at)  # Pidgin trap 3: past midnight the clock falls and no line says so
        else:
            return None
        return self._time(stamp, on, at)

    def _nearest(self, year: int, first: int, second: int) -> date | None:
        """Of the two days that numbers may mean, the one nearer to the day of the log."""
        either = [one for one in (day(year, first, second), day(year, second, first)) if one]
        opened = self._days.on
        return min(either, key=lambda one: abs(one - opened)) if either and opened else next(iter(either), None)

    def _time(self, stamp: str, on: date | None, at: Clock) -> TimeBlock:
        if on is not None and self._offset is not None:
            return offset_time(stamp, "line, file name", on, at, self._offset)
        return local_time(stamp, "line", on, at, self._zone)

    def _coloured(self, found: re.Match[str]) -> Message:
        color, who = (found["color"] or "").upper(), _WHO.match(found["rest"])
        blank = Message("system", _NO_TIME, None, self._conversation, text=found["rest"])
        if who is None or color not in (_SENT, _RECEIVED, _ACTION):
            return blank
        name = html.unescape(_TAG.sub("", who["name"])).strip()
        blank.kind, blank.text = "message", who["text"]
        if color == _ACTION:
            blank.marks.append("action")
            name = name.removeprefix("***")
        blank.sender = named(SERVICE, name) if name else None
        # Pidgin trap 4: only the colour says whose line it is; the names are aliases.
        if color == _SENT:
            blank.owner = blank.sender
            blank.facts["account"] = self._account.value if self._account else ""
        return blank

    def _plain(self, rest: str) -> Message:
        chat = self._conversation
        if rest.startswith("***"):
            return self._acted(rest.removeprefix("***"))
        found = _NAMED.match(rest)
        if not found:
            return Message("system", _NO_TIME, None, chat, text=rest)
        name = found["name"] or found["empty"]
        if len(self._names) < _MANY_NAMES:
            self._names[name] = None
        message = Message("message", _NO_TIME, named(SERVICE, name), chat, text=found["text"] or "")
        message.marks += ["automatic"] * bool(found["auto"])
        # Pidgin trap 6: a sentence of the program with a colon in it looks like a name and what it says.
        message.marks += ["maybe-system"] * (" " in name and self._seen.doubtful(name))
        return message

    def _acted(self, said: str) -> Message:
        # Pidgin trap 5: nothing marks the end of the name before an action; a name seen before settles it.
        known = [name for name in self._names if said.startswith(name + " ")]
        name = max(known, key=len) if known else said.partition(" ")[0]
        message = Message("message", _NO_TIME, named(SERVICE, name or "***"), self._conversation, marks=["action"])
        message.text = said[len(name) + 1 :]
        if not known:
            message.notes.append("end-of-name-not-marked")
        return message

    def finish(self, message: Message) -> None:
        if self._html:
            marked = (message.text or "").replace("\n", "")
            message.text = html.unescape(_TAG.sub("", _BREAK.sub("\n", marked))).strip(" \n")


_NO_TIME = local_time("", "line", None, None, None)


def _of_name(name: str) -> tuple[int | None, date | None]:
    found = _FILE.match(name)
    if not found:
        return None, None
    minutes = (int(found["oh"]) * 60 + int(found["om"])) * (-1 if found["sign"] == "-" else 1)
    return minutes, day(int(found[1]), int(found[2]), int(found[3]))


def _of_sentence(said: str) -> date | None:
    if found := _ISO.match(said):
        return day(int(found[1]), int(found[2]), int(found[3]))
    if found := _LONG.match(said):
        return day(int(found[3]), MONTHS.get(found[2].lower(), 0), int(found[1]))
    return None
