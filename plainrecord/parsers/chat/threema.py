"""Threema's export of one chat: `messages.txt`, from a password-protected zip that was opened with its password.

From: chat → ⋮ → Export chat. Reads: day and time to the minute, name, text, files lying beside it. Cannot read: the zip
without its password (unpack it first; keep the zip as the original), zone, seconds, ids; the date order, which is the
phone's. Source of knowledge: the published code of the Android app. Tier: `public schema`. Fixture: fixtures/chat-threema.
"""

from __future__ import annotations

import re

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pieces import File, Message
from plainrecord.parsers.chat.textdates import DateOrder, clock, local_time
from plainrecord.parsers.chat.textlog import LogReader, Reading, file_conversation, first_lines, named, words

SERVICE = "threema"
_HEAD = re.compile(
    r"\[(\d{1,4})[./-] ?(\d{1,2})[./-] ?(\d{2,4}),? (?P<time>\d{1,2}:\d\d(?:[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?)\] "
    r"(?P<sender>[^:]{1,100}|[^:].{0,98}?): ?(?P<text>.*)\Z",
    re.ASCII | re.DOTALL,
)
_NAMED = re.compile(r"(?P<words>.*?) ?<(?P<name>[^<>]{1,255})>\Z", re.DOTALL)
_FILE_NAME = "messages.txt"


class Threema(LogReader):
    """Exported chats of Threema."""

    name = "threema-chat"
    version = "1"
    service = SERVICE
    looks_first = True
    with_media = True
    card = FormatCard(
        service=SERVICE,
        export="Threema, Export chat (messages.txt and media, unpacked)",
        tier="public schema",
        holds="Messages with name, wall-clock time to the minute, files that lie beside the text.",
        cannot_hold="Zone, seconds, ids, reactions, edits, hidden chats' words; names are not accounts.",
        fixture="chat-threema",
    )

    def recognises(self, member: Member) -> bool:
        """A first line with a day and a time without seconds in brackets, and the file's own name or the word for “me”.

        WhatsApp on an iPhone writes nearly the same line, but with seconds, and never these words as a name.
        """
        head = [found for line in first_lines(member.head) if (found := _HEAD.match(line))]
        first = first_lines(member.head, 1024)
        if not head or not first or not _HEAD.match(first[0]):
            return False
        if member.name == _FILE_NAME:
            return True
        told = words("threema")
        own = any(found["sender"] in told["me"] and found["sender"] not in told["also_names"] for found in head)
        # WhatsApp puts this mark before the lines it writes itself.
        return own and "\u200e".encode() not in member.head

    def reading(self, claim: Claim, member: Member, head: list[str]) -> Reading:
        """A reading of one chat."""
        return _Chat(claim, member)


class _Chat(Reading):
    def __init__(self, claim: Claim, member: Member) -> None:
        self._zone = claim.options.timezone
        self._member = member
        self._order = DateOrder()
        folder = member.tree_path.rpartition("/")[0].rpartition("/")[2]
        self._conversation = file_conversation(member, folder or None)

    def first_look(self, text: str) -> None:
        if found := _HEAD.match(text):
            self._order.look(found[1], found[2], found[3], text)

    def looked(self, claim: Claim, *, tell: bool) -> None:
        if self._order.seen:
            self._order.decide(claim, self._member, tell=tell)

    def line(self, text: str) -> Message | None:
        found = _HEAD.match(text)
        if not found:
            return None
        on = self._order.date(found[1], found[2], found[3])
        if on is None:
            return None  # a head that is no day in this file's order is something a person wrote
        raw = text[1 : found.end("time")]
        time = local_time(raw, "line", on, clock(found["time"]), self._zone)
        sender = named(SERVICE, found["sender"])
        message = Message("message", time, sender, self._conversation, text=found["text"])
        if found["sender"] in words("threema")["me"]:
            message.owner = sender
        return message

    def finish(self, message: Message) -> None:
        text, told = message.text or "", words("threema")
        if text in told["deleted"]:
            message.marks += ["deleted", "maybe-system"]
            return
        found = _NAMED.match(text)
        kind = told["media"].get(found["words"]) if found else None
        if not found or (kind is None and "." not in found["name"]):
            return
        if kind == "call":
            message.kind = "call"
            message.facts["duration"] = found["name"]
            message.marks.append("maybe-system")
        elif kind == "location" or found["name"].startswith("geo:"):
            message.marks.append("location")
        else:
            facts = {"kind": kind} if kind else {}
            message.files.append(File(found["name"], (found["name"],), facts=facts))
