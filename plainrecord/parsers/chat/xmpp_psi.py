"""Psi and Psi+ history: `NAME.history`, a line an event, fields between bars.

Reads: wall-clock time to the second, direction, subject, link, text. Cannot read: zone; who the owner was (only the folder of
the profile says). Source of knowledge: the published code of Psi. Tier: `public schema`. Fixture: fixtures/chat-xmpp.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pieces import Message
from plainrecord.parsers.chat.textdates import clock, day, local_time
from plainrecord.parsers.chat.textlog import STRAY, LogReader, Reading, Stray, first_lines, named
from plainrecord.records import Account, Conversation, Kind

SERVICE = "xmpp"
OWNER = named(SERVICE, "to")
_LINE = re.compile(
    r"\|(?P<stamp>(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d))\|(?P<type>[0-8])\|(?P<way>to|from)\|(?P<flags>[N-][0-9a-fA-F-]{3})\|"
    r"(?P<rest>.*)\Z",
    re.ASCII | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)")
_LETTERS = {"n": "\n", "p": "|", "\\": "\\"}
_KINDS: dict[str, Kind] = {"0": "message", "1": "message", "4": "system", "5": "message"}


class Psi(LogReader):
    """Psi's history files."""

    name = "psi-history"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="Psi or Psi+, history files",
        tier="public schema",
        holds="Messages with direction, the contact's address from the file's name, wall-clock time to the second.",
        cannot_hold="Zone, the owner's address, ids, files.",
        fixture="chat-xmpp",
    )

    def recognises(self, member: Member) -> bool:
        """A first line of bars, time, type, direction and flags."""
        return member.head[:1] == b"|" and bool(_LINE.match(first_lines(member.head)[0]))

    def reading(self, claim: Claim, member: Member, head: list[str]) -> Reading:
        """A reading of one contact's history."""
        return _History(claim, member)


class _History(Reading):
    def __init__(self, claim: Claim, member: Member) -> None:
        self._zone = claim.options.timezone
        coded = member.name.removesuffix(".history")
        jid = unquote(coded.replace("_at_", "@"))
        self._other = Account(SERVICE, "address" if "@" in jid else "handle", jid)
        self._conversation = Conversation(jid, jid)

    def line(self, text: str) -> Message | Stray | None:
        found = _LINE.match(text)
        if not found:
            return STRAY
        on = day(int(found[2]), int(found[3]), int(found[4]))
        time = local_time(found["stamp"], "line", on, clock(found[5]), self._zone)
        own = found["way"] == "to"
        sender, other = (OWNER, self._other) if own else (self._other, OWNER)
        message = Message(_KINDS.get(found["type"], "request"), time, sender, self._conversation, recipients=(other,))
        message.owner = OWNER
        message.facts |= {"type": found["type"], "flags": found["flags"]}
        message.text = found["rest"]
        return message

    def finish(self, message: Message) -> None:
        flags, text = message.facts.get("flags", ""), message.text or ""
        digit = flags[1:2]
        bits = int(digit, 16) if digit in set("0123456789abcdefABCDEF") else 0
        if bits & 1:
            subject, _, text = text.partition("|")
            message.subject = _unescaped(subject)
        if bits & 2:
            link, _, text = text.partition("|")
            words, _, text = text.partition("|")
            message.facts["url"] = " ".join(filter(None, (_unescaped(link), _unescaped(words))))
        message.text = _unescaped(text)


def _unescaped(text: str) -> str:
    """Psi trap 1: a bar, a line end and a backslash are written as two letters."""
    return _ESCAPED.sub(lambda found: _LETTERS.get(found[1], found[0]), text)
