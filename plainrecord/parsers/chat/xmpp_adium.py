"""Adium's chat logs: `CONTACT (TIME).chatlog/….xml`, one XML file a conversation.

Reads: exact times with offset, account ids, aliases, direction, status changes and window events. Cannot read: files, edits.
A file that was being written when the program crashed has no end; what is in it is read. Source of knowledge: the published
code of Adium and the fixture of a public converter. Tier: `public schema`. Fixture: fixtures/chat-xmpp.

A record is one element, from its start tag to the next: `bytes:START-END`. Nothing in the file is resolved or loaded.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Iterator

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.elementcut import Piece, cut
from plainrecord.parsers.chat.jsonchat import utc_text
from plainrecord.parsers.chat.lines import decoded, encoding_of, read_fault
from plainrecord.parsers.chat.pieces import Message, Problem, envelope_of, head_of, loaded_of
from plainrecord.records import Account, Conversation, Envelope, Kind, Loaded, Position, Unread
from plainrecord.times import unreadable

SERVICE = "adium"
_NAMESPACE = b"http://purl.org/net/ulf/ns/0.4-02"
_START = re.compile(rb"<(?P<tag>message|status|event)(?=[\s/>])|(?P<end></chat>)")
_CHAT = re.compile(r"<chat\b([^<>]*)>")
_ATTRIBUTE = re.compile(r"""([\w:.-]{1,60})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_OFFSET = re.compile(r"[+-]\d\d:?\d\d\Z|Z\Z")


class Adium:
    """Adium's logs, one claim each."""

    name = "adium-chatlog"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="Adium, chat logs (.chatlog, XML)",
        tier="public schema",
        holds="Messages with times and offsets, account ids, aliases, direction, status changes.",
        cannot_hold="Ids, files, edits, whether a message arrived.",
        fixture="chat-xmpp",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Files whose `chat` element has Adium's namespace."""
        for member in listing.members:
            if _NAMESPACE in member.head[:2048] and b"<chat" in member.head[:2048]:
                yield Claim(self.name, member.name, (member,), listing.options)

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every element in file order."""
        for position, _, found in self._elements(claim):
            if isinstance(found, Message):
                yield envelope_of(found, position, SERVICE)
            elif isinstance(found, Problem):
                yield Unread(position, found.kind, found.detail)
            else:
                yield found

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those elements with text."""
        places = set(wanted)
        for position, raw, found in self._elements(claim):
            if isinstance(found, Message) and position in places:
                yield loaded_of(found, position, SERVICE, raw, [])

    def _elements(self, claim: Claim) -> Iterator[tuple[Position, bytes, Message | Problem | Unread]]:
        member, at = claim.members[0], 0
        chat = _Chat(head_of(claim, member), member)
        try:
            with claim.open(member) as stream:
                for piece in cut(stream, _START):
                    at = piece.end
                    if not piece.match["end"]:
                        position = Position(member.tree_path, f"bytes:{piece.start}-{piece.end}")
                        yield position, piece.data, chat.read(piece)
        except (OSError, PlainrecordError) as error:
            unread = read_fault(member, at, error)
            yield unread.position, b"", unread


class _Chat:
    """What the `chat` element says."""

    def __init__(self, head: bytes, member: Member) -> None:
        found = _CHAT.search(decoded(head, encoding_of(b""))[0])
        told = _attributes(found[1]) if found else {}
        self.service = told.get("service", "")
        self.account = told.get("account", "")
        contact = member.name.partition(" (")[0]
        self.conversation = Conversation(f"{self.service}:{self.account}:{contact}", contact)

    def read(self, piece: Piece) -> Message | Problem:
        text, notes = decoded(piece.data, encoding_of(b""))
        start, closed, rest = text.partition(">")
        told, tag = _attributes(start), piece.match["tag"].decode()
        empty = start.endswith("/")
        body, ended, _ = rest.partition(f"</{tag}>")
        if not closed or not (empty or ended):
            return Problem("truncated", "The file ends in the middle of this entry; nothing was taken from it.")
        raw = told.get("time", "")
        # Adium trap 1: the offset may lack its colon; without any offset the time is not UTC but unknown.
        time = utc_text(raw, "time") if _OFFSET.search(raw) else unreadable(raw[:100], "time")
        who = told.get("sender") or None
        sender = Account(SERVICE, "id", who, told.get("alias")) if who else None
        kinds: dict[str, Kind] = {"message": "message"}
        message = Message(kinds.get(tag, "system"), time, sender, self.conversation)
        message.text = None if empty else html.unescape(_TAG.sub("", _BREAK.sub("\n", body))) or None
        if self.account:
            message.owner = sender if who == self.account else Account(SERVICE, "id", self.account)
        message.notes += notes
        message.marks += ["automatic"] * (told.get("auto") == "true")
        message.facts |= {"protocol": self.service, **({"type": told["type"]} if "type" in told else {})}
        return message


def _attributes(tag: str) -> dict[str, str]:
    return {found[1]: html.unescape(found[2] or found[3] or "") for found in _ATTRIBUTE.finditer(tag)}
