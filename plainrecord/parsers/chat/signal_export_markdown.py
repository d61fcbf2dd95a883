"""signal-export's `chat.md`, where its `data.json` is not there: `[2024-10-19 10:12:00] Name: words`.

Reads: sender's name, local time, replies, reactions, stickers, files, deletions. Cannot read: which lines are calls,
other than by their words (marked `maybe-system`); where a name ends that holds a colon.
Source of knowledge: the format reference (section 3.2), checked against signal-export's published source of 2026.
Tier: `public schema`. Fixture: fixtures/chat-signal-sigexport.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.lines import decoded
from plainrecord.parsers.chat.pieces import UTF_8, File, Message, PieceReader, Problem, Test, folder_claim, url_path
from plainrecord.parsers.chat.signal_export_json import NOT_VERBATIM, Chat, addressed, author, chat_of, when
from plainrecord.parsers.chat.signal_people import SERVICE
from plainrecord.records import Envelope, Unread

_OPENS = re.compile(rb"\[\d{4}-\d\d-\d\d,? \d\d:\d\d(?::\d\d)?\] [^\r\n]*:")
_PARTS = re.compile(r"\[(\d{4}-\d\d-\d\d),? (\d\d:\d\d(?::\d\d)?)\] (.*)\Z", re.DOTALL)
# The tool ends every body with two blanks, which no messenger's own text export does.
_ENDS = re.compile(rb"\] [^\r\n]*:[^\r\n]*(?:  |\(This message was deleted\))\r?\n")
_REACTIONS = re.compile(r"\n\(- (.*) -\)")
_STICKER = re.compile(r"\n\(\( (.*) \)\)")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\((\.\.?/(?:media|exported_stickers)/[^()\s]*)\)(?:  )?")
_ABSENT = re.compile(r"\((image|audio|video|media|attachment) not exported\)  ")
_QUOTE = re.compile(r"\s*\n((?:>[^\n]*\n)+)\n?")
_CALLS = re.compile(r"(?:Incoming|Outgoing|Missed) (?:voice |video )?call(?: \([^()]*\))?\Z")


class SignalExportMarkdown(PieceReader[Chat]):
    """`chat.md` files that no `data.json` stands beside."""

    name = "signal-export-md"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="signal-export of Signal Desktop (chat.md, with media/)",
        tier="public schema",
        holds="Messages by name, replies, reactions, deletions as such, files.",
        cannot_hold="Numbers and ids; the time zone; back-ticks in texts; for sure, which lines are calls.",
        fixture="chat-signal-sigexport",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Each such file with the media folder beside it."""
        for member in listing.members:
            if not (member.name.endswith(".md") and _OPENS.match(member.head) and _ENDS.search(member.head)):
                continue
            folder = member.tree_path.rpartition("/")[0]
            files = list(listing.under(f"{folder}/media".lstrip("/")))
            yield folder_claim(self.name, folder.rpartition("/")[2] or member.name, [member], files, listing)

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every message."""
        yield from super().scan(claim)
        claim.decisions.append(NOT_VERBATIM)

    def context(self, claim: Claim, member: Member) -> Chat:
        """The chat from its folder's name."""
        return chat_of(member, claim.options.timezone)

    def starts(self, context: Chat) -> Test:
        """A line with a time in brackets and a colon behind it."""
        return lambda line, _following: True if _OPENS.match(line.raw) else None

    def read(self, context: Chat, raw: bytes) -> list[Message] | Problem:
        """The message of one entry."""
        text, notes = decoded(raw, UTF_8)
        found = _PARTS.match(text)
        if not found:
            return Problem("no-header", "A line that starts like a message but is none.")
        sender, body = _split(found[3], context)
        time = when(f"{found[1]} {found[2]}", context.zone)
        message = Message("message", time, None, context.conversation, owner=author("Me"), notes=list(notes))
        addressed(message, author(sender), context)
        _body(message, body)
        return [message]


def _split(rest: str, chat: Chat) -> tuple[str, str]:
    """Sender and body. The names known beforehand come first, because a name may hold a colon."""
    for name in ("Me", "No-Sender", chat.other.value):
        if rest.startswith(f"{name}:"):
            return name, rest[len(name) + 1 :].removeprefix(" ")
    name, _, body = rest.partition(":")
    return name, body.removeprefix(" ")


def _body(message: Message, body: str) -> None:
    body = body.removesuffix("\n").removesuffix("\r")
    if body == "(This message was deleted)":
        message.marks.append("deleted")
        return
    if quote := _QUOTE.match(f"\n{body}" if body.startswith(">") else body):
        message.marks.append("reply")
        message.facts["quoted-text"] = "\n".join(line[2:] for line in quote[1].strip("\n").split("\n"))
        body = (f"\n{body}" if body.startswith(">") else body)[quote.end() :]
    if reactions := _REACTIONS.search(body):
        message.facts["reactions"] = " | ".join(" ".join(pair.split(": ")[::-1]) for pair in reactions[1].split(", "))
        body = body[: reactions.start()] + body[reactions.end() :]
    if sticker := _STICKER.search(body):
        message.marks.append("sticker")
        message.facts["sticker"] = sticker[1]
        body = body[: sticker.start()] + body[sticker.end() :]
    message.files += [File(unquote(link[1]), url_path(link[2])) for link in _LINK.finditer(body)]
    message.files += [File(None, absent="not-exported", facts={"kind": one[1]}) for one in _ABSENT.finditer(body)]
    message.text = _ABSENT.sub("", _LINK.sub("", body)).removesuffix("  ") or None
    if message.text and _CALLS.match(message.text):
        message.notes.append("maybe-system")
