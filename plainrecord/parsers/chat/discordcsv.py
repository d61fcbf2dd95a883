"""Discord by DiscordChatExporter, CSV form: `AuthorID,Author,Date,Content,Attachments,Reactions`.

Reads rows of any number of lines; dates carry their offset. Cannot read: what the form leaves out (message ids, edits,
replies, the kind of a message: a line Discord made cannot be told from a typed one). Tested with: invented exports of the
shape the exporter's public source writes. Tier: `public schema`. Fixture: fixtures/chat-discord.

A record is one row with its line end: `bytes:START-END`.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from plainrecord.intake.listing import Listing, Member
from plainrecord.intake.reading import Stream
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.discord import downloaded
from plainrecord.parsers.chat.discordexport import DiscordExport
from plainrecord.parsers.chat.discordtalk import SERVICE, Item
from plainrecord.parsers.chat.lines import lines, wanted_bytes
from plainrecord.records import Position, Unread

FIELDS = ("AuthorID", "Author", "Date", "Content", "Attachments", "Reactions")
_HEADER = re.compile(
    rb'(?:\xef\xbb\xbf)?"?AuthorID"?,"?Author"?,"?Date"?,"?Content"?,"?Attachments"?,"?Reactions"?\r?\n'
)
_NAME = re.compile(r"(?:(?P<guild>.+?) - )?(?:(?P<category>.+) - )?(?P<name>.+?) \[(?P<id>[0-9]{1,20})\].*", re.DOTALL)
_LONGEST_ROW = 16 << 20
# What stands in a typed field is never this long; the standard library refuses more than 131,072 characters without it.
csv.field_size_limit(_LONGEST_ROW)


class DiscordCsv(DiscordExport):
    """The CSV form."""

    name = "discord-csv"
    version = "1"
    card = FormatCard(
        service=SERVICE,
        export="Discord, CSV made by DiscordChatExporter",
        tier="public schema",
        holds="Messages of both sides with author id, exact time, words and links to files; reactions as counts.",
        cannot_hold="Message ids, edits, replies, deleted messages; lines made by Discord look like typed ones.",
        fixture="chat-discord",
        acts="discord-exporter",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each file, known by its first line."""
        for member in listing.members:
            if _HEADER.match(member.head):
                yield claim_of(self.name, listing, member)

    def items(self, claim: Claim, stream: Stream) -> Iterator[Item | Unread]:
        """Every row below the first."""
        member = claim.members[0]
        for start, raw, whole in _rows(stream):
            if start == 0:
                continue
            locator = f"bytes:{start}-{start + len(raw)}"
            message = _message(raw) if whole else None
            if message is None:
                detail = "This row is cut off or has another number of fields; the rows before it were read."
                yield Unread(Position(member.tree_path, locator), "bad-row" if whole else "truncated", detail)
            else:
                yield Item(locator, message, raw)

    def again(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Item]:
        """The rows at those places."""
        for position, raw in wanted_bytes(claim, claim.members[0], wanted):
            yield Item(position.locator, _message(raw) or {}, raw)


def claim_of(name: str, listing: Listing, member: Member) -> Claim:
    """A claim on an export whose channel is told by its file name: `Guild - Category - Channel [id].csv`."""
    match = _NAME.fullmatch(member.name)
    channel = {key: value for key, value in match.groupdict().items() if value} if match else {}
    if channel.get("guild") == "Direct Messages" and "," not in channel.get("name", ","):
        channel["type"] = "DirectTextChat"
    title = channel.get("name") or member.name
    facts = {"channel": json.dumps(channel)}
    return Claim(name, title, (member, *downloaded(listing, member)), listing.options, facts=facts)


def _rows(stream: Stream) -> Iterator[tuple[int, bytes, bool]]:
    """Start, bytes and wholeness of every row: a row goes on while a quotation mark is open."""
    parts: list[bytes] = []
    start, size, quotes = 0, 0, 0
    for line in lines(stream):
        if not parts:
            start = line.start
        parts.append(line.raw)
        size, quotes = size + len(line.raw), quotes + line.raw.count(b'"')
        if (quotes % 2 == 0 and line.raw.endswith(b"\n")) or size > _LONGEST_ROW:
            yield start, b"".join(parts), quotes % 2 == 0
            parts, size, quotes = [], 0, 0
    if parts:
        yield start, b"".join(parts), False


def _message(raw: bytes) -> dict[str, Any] | None:
    text = raw.decode("utf-8", "surrogateescape").removesuffix("\n").removesuffix("\r")
    try:
        fields = next(csv.reader([text], strict=True), [])
    except csv.Error:
        return None
    if len(fields) != len(FIELDS):
        return None
    identity, author, date, content, attachments, reactions = fields
    message: dict[str, Any] = {"timestamp": date, "content": content, "author": {"id": identity, "name": author}}
    if attachments:
        message["attachments"] = [{"url": url} for url in attachments.split(",") if url]
    if reactions:
        message["reactions_as_written"] = reactions
    return message
