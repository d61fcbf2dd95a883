"""Viber's e-mailed message history: one text file of rows a conversation, without a header line.

From: Settings → Account (or Calls and messages) → Email message history, in versions that have it. Reads: day, time of
day, name, number beside it, text. Cannot read: files (they are named by a word), message ids, whose number stands in the
fourth column (sources differ, so it is kept as a fact and never taken for the sender). Viber for computers exports nothing.
Versions seen: the comma-separated shape and the TAB-separated one with ="…" wrappers. Source of knowledge: a public
script and an issue with sample rows. Tier: `public schema`. Fixture: fixtures/chat-viber.
"""

from __future__ import annotations

import re

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pieces import File, Message
from plainrecord.parsers.chat.textdates import DateOrder, clock, local_time
from plainrecord.parsers.chat.textlog import LogReader, Reading, file_conversation, first_lines, named, words
from plainrecord.records import Account

SERVICE = "viber"
_DATE = r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})"
_TIME = r"(\d{1,2}:\d\d:\d\d(?: ?[AaPp][Mm])?)"
# Viber trap 1: the text may hold commas, so only the first four are separators.
_COMMA = re.compile(_DATE + "," + _TIME + r",([^,\t]*),([+\d ()-]*),(.*)\Z", re.ASCII | re.DOTALL)
# Viber trap 2: values stand in ="…" so that a spreadsheet leaves them alone.
_TABS = re.compile(rf'="?{_DATE}"?\t=?"?{_TIME}"?\t="?((?:[^"\t]|"")*)"?\t="?([^"\t]*)"?\t(.*)\Z', re.ASCII | re.DOTALL)
_MANY_NAMES = 50


class Viber(LogReader):
    """Rows of Viber's message history."""

    name = "viber-history"
    version = "1"
    service = SERVICE
    looks_first = True
    card = FormatCard(
        service=SERVICE,
        export="Viber, Email message history (rows of text, comma- or TAB-separated)",
        tier="public schema",
        holds="Messages with name, number in the row, wall-clock time to the second.",
        cannot_hold="Zone, ids, media, edits, deletions, reactions; month-first and translated exports were not seen.",
        fixture="chat-viber",
    )

    def recognises(self, member: Member) -> bool:
        """A first line with a day, a time to the second, a name, a number and a text."""
        head = first_lines(member.head, 2048)
        return bool(head) and bool(_opening(head[0]))

    def reading(self, claim: Claim, member: Member, head: list[str]) -> Reading:
        """A reading of one conversation."""
        return _Rows(claim, member)


def _opening(text: str) -> re.Match[str] | None:
    return _TABS.match(text) or _COMMA.match(text)


class _Rows(Reading):
    def __init__(self, claim: Claim, member: Member) -> None:
        self._member = member
        self._zone = claim.options.timezone
        self._order = DateOrder()
        self._others: set[str] = set()
        self._conversation = file_conversation(member, None)

    def first_look(self, text: str) -> None:
        if found := _opening(text):
            self._order.look(found[1], found[2], found[3], text)
            if found[5] not in words("viber")["me"] and len(self._others) < _MANY_NAMES:
                self._others.add(found[5])

    def looked(self, claim: Claim, *, tell: bool) -> None:
        self._order.decide(claim, self._member, tell=tell)
        group = len(self._others) > 1
        self._conversation = file_conversation(self._member, None, is_group=group)

    def line(self, text: str) -> Message | None:
        found = _opening(text)
        if not found:
            return None  # Viber trap 3: a text of several lines breaks its row
        on = self._order.date(found[1], found[2], found[3])
        raw = f"{text[found.start(1) : found.end(3)]} {found[4]}"
        time = local_time(raw, "row", on, clock(found[4]), self._zone)
        name = found[5].replace('""', '"')
        sender: Account | None = named(SERVICE, name) if name else None
        message = Message("message", time, sender, self._conversation, text=found[7])
        if name in words("viber")["me"]:
            message.owner = sender
        if found[6].strip():
            message.facts["number-in-row"] = found[6].strip()
        if on is None:
            message.notes.append("date-impossible-in-this-order")
        if text.startswith("="):
            message.facts["shape"] = "wrapped"
        return message

    def finish(self, message: Message) -> None:
        text = message.text or ""
        if message.facts.pop("shape", None) and len(text) > 1 and text.startswith(('"', '="')) and text.endswith('"'):
            text = text.removeprefix("=")[1:-1].replace('""', '"')
        message.text = text
        if kind := words("viber")["media"].get(text):
            message.marks.append("maybe-media-word")
            message.files.append(File(None, absent="not-exported", facts={"kind": kind}))
