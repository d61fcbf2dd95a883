"""KakaoTalk's table export of the Mac: `Date,User,Message`.

From: chat → ≡ → Save chat (Mac). Reads: time to the second, name, text. Cannot read: zone, ids; which chat it was, but for
the file's name. Source of knowledge: code of public readers. Tier: `public schema`. Fixture: fixtures/chat-kakaotalk.
"""

from __future__ import annotations

import re

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.kakaotalk import SERVICE, told
from plainrecord.parsers.chat.pieces import Message
from plainrecord.parsers.chat.textdates import clock, day, local_time
from plainrecord.parsers.chat.textlog import file_conversation, first_lines, named, words
from plainrecord.parsers.chat.textrows import TableReader, TableReading

_STAMP = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d:\d\d:\d\d)\Z", re.ASCII)
_FIRST = re.compile(r'"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"?,', re.ASCII)


class KakaoTalkCsv(TableReader):
    """KakaoTalk tables."""

    name = "kakaotalk-csv"
    version = "1"
    service = SERVICE
    must = frozenset(("Date", "User", "Message"))
    card = FormatCard(
        service=SERVICE,
        export="KakaoTalk for Mac, saved chat (CSV)",
        tier="public schema",
        holds="Messages with name and wall-clock time to the second; service lines, told from speech by their words only.",
        cannot_hold="Zone, ids, media, reactions, words of deleted messages; names are not accounts.",
        fixture="chat-kakaotalk",
    )

    def recognises(self, columns: list[str], member: Member) -> bool:
        """Exactly these three columns, and a time to the second in the first row."""
        head = first_lines(member.head)
        return columns == ["Date", "User", "Message"] and (len(head) == 1 or bool(_FIRST.match(head[1])))

    def reading(self, claim: Claim, member: Member) -> TableReading:
        """A reading of one chat."""
        return _Chat(claim, member)


class _Chat(TableReading):
    def __init__(self, claim: Claim, member: Member) -> None:
        self._zone = claim.options.timezone
        self._conversation = file_conversation(member, None)

    def row(self, values: dict[str, str]) -> list[Message]:
        found = _STAMP.match(values["Date"])
        on = day(int(found[1]), int(found[2]), int(found[3])) if found else None
        time = local_time(values["Date"], "Date", on, clock(found[4]) if found else None, self._zone)
        sender = named(SERVICE, values["User"]) if values["User"] else None
        text = values["Message"].replace("\r\n", "\n")
        message = Message("message" if sender else "system", time, sender, self._conversation, text=text)
        told(message)
        # Kakao trap 3: rows the app wrote have the name of the person they speak of in the column of senders.
        if (
            any(word in text for word in words("kakaotalk")["service_words"])
            and sender
            and text.startswith(sender.value)
        ):
            message.kind = "system"
            message.marks.append("maybe-system")
        return [message]
