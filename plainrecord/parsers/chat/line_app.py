"""LINE's text export: one chat, text only, with a line for each day.

From: chat → ≡ or ⋮ → Settings → Export chat history (phone), ⋮ → Save chat (computer). Reads: day, time to the minute,
name, text, calls, taken-back messages as such. Cannot read: files (never exported), zone, ids, seconds.
Versions seen: English, Japanese and Chinese titles, day lines year-first and weekday-first, TAB and space between fields.
Source of knowledge: public parsers of LINE texts and their tests. Tier: `public schema`. Fixture: fixtures/chat-line_app.
"""

from __future__ import annotations

import re
from datetime import date

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pieces import File, Message
from plainrecord.parsers.chat.textdates import DateOrder, clock, day, local_time
from plainrecord.parsers.chat.textlog import (
    ASIDE,
    Aside,
    LogReader,
    Reading,
    file_conversation,
    first_lines,
    named,
    words,
)
from plainrecord.records import Account

SERVICE = "line"
_TITLES = (
    re.compile(r"(?:\[LINE\] ?)?Chat history (?:with|(?P<group>in)) (?P<name>.+)\Z"),
    re.compile(r"(?:\[LINE\] ?)?(?P<name>.+)とのトーク履歴\Z"),
    re.compile(r"\[LINE\] ?(?P<group>)(?P<name>.+)のトーク履歴\Z"),
    re.compile(r"(?:\[LINE\] ?)?[与與](?P<name>.+)的(?:聊天记录|聊天記錄)\Z"),
)
_SAVED = re.compile(r"(?:Saved on|保存日時|保存日期|儲存日期) ?[:\uff1a] ?\d")
_YEAR_FIRST = re.compile(
    r"(\d{4})[./](\d{1,2})[./](\d{1,2}) ?(?:\([^()]{1,9}\)|[A-Za-z]{3,9}|[週周]\S|星期\S)\Z", re.ASCII
)
_WEEKDAY_FIRST = re.compile(r"[A-Z][a-z]{2,8}\.?, ?(\d{1,2})[/.](\d{1,2})[/.](\d{4})\Z", re.ASCII)
_TIME = r"(?P<time>(?:午前|午後|上午|下午)?\d{1,2}:\d\d ?(?:[AaPp][Mm])?)"
_TABS = re.compile(_TIME + r"\t(?:(?P<sender>[^\t]*)\t)?(?P<text>.*)\Z", re.ASCII | re.DOTALL)
_SPACES = re.compile(_TIME + r" (?P<text>\S.*)\Z", re.ASCII | re.DOTALL)
_PLACE = re.compile(r"\[(?:null|Location|位置情報)\] https?://\S*maps\S*\Z")
_SURE = 3
_MANY_NAMES = 200


class LineApp(LogReader):
    """LINE texts."""

    name = "line-text"
    version = "1"
    service = SERVICE
    looks_first = True
    card = FormatCard(
        service=SERVICE,
        export="LINE, Export chat history (text of one chat)",
        tier="public schema",
        holds="Messages with name and wall-clock time to the minute, calls, service lines, that a message was unsent.",
        cannot_hold="Media, zone, seconds, ids, read receipts, words of unsent messages; names are not accounts.",
        fixture="chat-line_app",
    )

    def recognises(self, member: Member) -> bool:
        """A title or a saved line of LINE, and a day line or a TAB-separated time line near the top."""
        head = first_lines(member.head)[:12]
        if not head or not (_title(head[0]) or any(_SAVED.match(line) for line in head[:2])):
            return False
        return any(_is_day(line) for line in head[1:]) or bool(
            _title(head[0]) and len(head) > 1 and _SAVED.match(head[1])
        )

    def reading(self, claim: Claim, member: Member, head: list[str]) -> Reading:
        """A reading of one chat."""
        return _Chat(claim, member, head)


def _title(line: str) -> re.Match[str] | None:
    return next((found for shape in _TITLES if (found := shape.match(line))), None)


def _is_day(line: str) -> bool:
    return bool(_YEAR_FIRST.match(line) or _WEEKDAY_FIRST.match(line))


class _Chat(Reading):
    def __init__(self, claim: Claim, member: Member, head: list[str]) -> None:
        self._member = member
        self._zone = claim.options.timezone
        self._order = DateOrder()
        self._day: date | None = None
        self._day_text = ""
        self._begun = False
        self._names: dict[str, list[str] | None] = {}
        self._counts: dict[str, int] = {}
        self._tabs = False
        title = _title(head[0]) if head else None
        self._title = title["name"] if title else None
        group = bool(title and title.groupdict().get("group") is not None)
        self._conversation = file_conversation(member, self._title, is_group=group)

    def first_look(self, text: str) -> None:
        if found := _WEEKDAY_FIRST.match(text):
            self._order.look(found[1], found[2], found[3], text)
        elif _TABS.match(text):
            self._tabs = True
        elif not self._tabs and (row := _SPACES.match(text)):
            self._count_name(row["text"].split(" "))

    def _count_name(self, said: list[str]) -> None:
        first = said[0]
        if first not in self._counts and len(self._counts) >= _MANY_NAMES:
            return
        known = self._names.get(first) if first in self._counts else said[:-1]
        shared = 0
        while known and shared < min(len(known), len(said) - 1) and known[shared] == said[shared]:
            shared += 1
        self._names[first] = (known or [first])[: max(shared, 1)]
        self._counts[first] = self._counts.get(first, 0) + 1

    def looked(self, claim: Claim, *, tell: bool) -> None:
        if self._order.seen:
            self._order.decide(claim, self._member, tell=tell)

    def line(self, text: str) -> Message | Aside | None:
        if found := _YEAR_FIRST.match(text):
            self._day, self._day_text = day(int(found[1]), int(found[2]), int(found[3])), text
        elif found := _WEEKDAY_FIRST.match(text):
            self._day, self._day_text = self._order.date(found[1], found[2], found[3]), text
        elif row := _TABS.match(text):
            return self._message(row["time"], row["sender"], row["text"])
        elif not self._tabs and (row := _SPACES.match(text)):
            return self._spaced(row["time"], row["text"])
        elif self._begun or not (_title(text) or _SAVED.match(text)):
            return None
        self._begun = bool(self._day_text)
        return ASIDE

    def _message(self, time: str, sender: str | None, text: str) -> Message | None:
        at = clock(time)
        if at is None:
            return None
        self._begun = True
        raw = f"{self._day_text} {time}".strip()
        when = local_time(raw, "day line and time of the line", self._day, at, self._zone)
        who: Account | None = named(SERVICE, sender) if sender else None
        message = Message("message" if who else "system", when, who, self._conversation, text=text)
        if self._day is None:
            message.notes.append("day-unknown")
        return message

    def _spaced(self, time: str, rest: str) -> Message | None:
        """A line of the computer's export, where nothing marks the end of the name."""
        first = rest.split(" ", 1)[0]
        name = first
        if self._title and rest.startswith(self._title + " "):
            name = self._title
        elif self._counts.get(first, 0) >= _SURE:
            name = " ".join(self._names.get(first) or [first])
        if name == rest:
            return self._message(time, None, rest)
        message = self._message(time, name, rest[len(name) + 1 :])
        if message and name != self._title:
            message.notes.append("line-trap:end-of-name-not-marked")
        return message

    def finish(self, message: Message) -> None:
        text = message.text or ""
        # A text of several lines stands in quotes; one line that begins with a quote is the person's own.
        if "\n" in text and text.startswith('"') and text.rstrip().endswith('"'):
            text = text.rstrip()[1:-1].replace('""', '"')
        message.text = text
        told = words("line_app")
        if kind := told["media"].get(text):
            message.files.append(File(None, absent="not-exported", facts={"kind": kind}))
        elif _PLACE.match(text):
            message.marks.append("location")
        elif message.sender is None and any(text.endswith(end) for end in told["unsent"]):
            message.marks += ["deleted", "unsent"]
        else:
            _call(message, text.removeprefix("☎").strip(), marked=text.startswith("☎"))


def _call(message: Message, text: str, *, marked: bool) -> None:
    told = words("line_app")
    if text in told["missed"]:
        message.marks.append("missed")
    elif not any(re.fullmatch(re.escape(start) + r"\d[\d:]*", text) for start in told["answered"]):
        return
    message.kind = "call"
    if not marked:
        message.marks.append("maybe-system")
