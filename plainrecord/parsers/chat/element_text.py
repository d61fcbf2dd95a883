"""Element's “Export chat” as plain text: a line a message, with the weekday in front.

From: room info → Export chat → Plain text. Reads: wall-clock time to the second, name, text, that a file was there. Cannot
read: zone, ids, removed messages' fate; other languages than English (their dates were not seen). Use the JSON export where
there is one. Source of knowledge: the published export code and its tests. Tier: `public schema`. Fixture:
fixtures/chat-element.
"""

from __future__ import annotations

import re

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.element import SERVICE
from plainrecord.parsers.chat.pieces import File, Message
from plainrecord.parsers.chat.textdates import MONTHS, clock, day, local_time
from plainrecord.parsers.chat.textlog import LogReader, NamesSeen, Reading, file_conversation, first_lines, named

_LINE = re.compile(
    r"(?P<stamp>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?P<month>[A-Z][a-z]{2}) (?P<day>\d{1,2}),? (?P<year>\d{4}), "
    r"(?P<time>\d{1,2}:\d\d:\d\d(?:[ \u202f][AP]M)?)) - (?P<rest>.*)\Z",
    re.ASCII | re.DOTALL,
)
_SAID = re.compile(r"(?P<name>[^:]{1,100}|[^:].{0,98}?): (?P<text>.*)\Z", re.DOTALL)
_TITLE = re.compile(r"matrix - (?P<room>.+) - Chat Export - ")
_EVENT = re.compile(
    r"\b(?:changed|set|removed|invited|joined|left|made|created|enabled|pinned|banned|kicked|updated)\b"
)
_FILES = re.compile(r" ?\((?P<what>File Attached|Media omitted|Media omitted - file size limit exceeded)\)\Z")
_REPLY = re.compile(r'<(?P<who>[^<>"]{1,100}) "(?P<words>.*?)"> (?P<own>.*)\Z', re.DOTALL)


class ElementText(LogReader):
    """Element's plain text."""

    name = "element-text"
    version = "1"
    service = SERVICE
    looks_first = True
    card = FormatCard(
        service=SERVICE,
        export="Element, Export chat (plain text, English)",
        tier="public schema",
        holds="Messages with name and wall-clock time to the second, room events as sentences.",
        cannot_hold="Zone, ids, edits, reactions; names are not accounts. The JSON export holds all of these.",
        fixture="chat-element",
    )

    def recognises(self, member: Member) -> bool:
        """A first line with weekday, month, day, year and seconds, and “ - ”."""
        head = first_lines(member.head, 1024)
        return bool(head) and bool(_LINE.match(head[0]))

    def reading(self, claim: Claim, member: Member, head: list[str]) -> Reading:
        """A reading of one room."""
        return _Room(claim, member)


class _Room(Reading):
    def __init__(self, claim: Claim, member: Member) -> None:
        self._zone = claim.options.timezone
        self._names = NamesSeen()
        found = _TITLE.match(member.name) or _TITLE.match(member.tree_path)
        self._conversation = file_conversation(member, found["room"] if found else None, is_group=True)

    def first_look(self, text: str) -> None:
        if (found := _LINE.match(text)) and (said := _SAID.match(found["rest"])):
            self._names.count(said["name"])

    def line(self, text: str) -> Message | None:
        found = _LINE.match(text)
        if not found:
            return None
        on = day(int(found["year"]), MONTHS.get(found["month"].lower(), 0), int(found["day"]))
        time = local_time(found["stamp"], "line", on, clock(found["time"]), self._zone)
        said = _SAID.match(found["rest"])
        if not said:
            return Message("system", time, None, self._conversation, text=found["rest"])
        if _EVENT.search(said["name"]) and self._names.doubtful(said["name"]):
            # Element trap 5: a sentence about the room may hold a colon; then nothing but its words tells it from speech.
            return Message("system", time, None, self._conversation, text=found["rest"], marks=["maybe-system"])
        message = Message("message", time, named(SERVICE, said["name"]), self._conversation, text=said["text"])
        message.marks += ["maybe-system"] * (" " in said["name"] and self._names.doubtful(said["name"]))
        return message

    def finish(self, message: Message) -> None:
        text = message.text or ""
        if found := _REPLY.match(text):
            message.marks.append("reply")
            message.facts["quoted"] = f"{found['who']}: {found['words']}"
            text = found["own"]
        if attached := _FILES.search(text[-80:]):
            name = text[: len(text) - len(attached[0])]
            folders = ("files", "images", "audio", "videos")
            paths = tuple(f"{folder}/{name}" for folder in folders)
            message.files.append(File(name or None, paths, absent="not-exported", facts={"said": attached["what"]}))
        message.text = text
