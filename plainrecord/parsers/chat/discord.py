"""Discord by DiscordChatExporter, JSON form: one channel or direct chat a file, whole, cut by dates or in parts.

Cannot read: Discord's own data package (it holds only its owner's messages; a reader of its own). Tested with: invented
exports of the shape the exporter's public source writes, with and without downloaded files.
Tier: `public schema`. Fixture: fixtures/chat-discord.

A record is one object of `messages`: `bytes:START-END#json:/pointer`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from plainrecord.intake.listing import Listing, Member
from plainrecord.intake.reading import Stream
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.discordexport import DiscordExport
from plainrecord.parsers.chat.discordtalk import SERVICE, Item
from plainrecord.parsers.chat.media import beside
from plainrecord.parsers.jsonstream import Broken, read_places, walk, walk_head
from plainrecord.records import Position, Unread


class Discord(DiscordExport):
    """The JSON form."""

    name = "discord-json"
    version = "1"
    card = FormatCard(
        service=SERVICE,
        export="Discord, JSON made by DiscordChatExporter",
        tier="public schema",
        holds="Messages of both sides with exact times and ids, edits (time only), calls, reactions, files if downloaded.",
        cannot_hold="Deleted messages, earlier wordings of edited ones, who did not answer a call.",
        fixture="chat-discord",
        acts="discord-exporter",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each file; parts of one channel share its conversation by the channel's id."""
        for member in listing.members:
            channel = _sniffed(member.head)
            if channel is not None:
                facts = {"channel": json.dumps(channel)}
                title = channel.get("name") or member.name
                yield Claim(self.name, title, (member, *downloaded(listing, member)), listing.options, facts=facts)

    def items(self, claim: Claim, stream: Stream) -> Iterator[Item | Unread]:
        """Every element of `messages`."""
        member = claim.members[0]
        for found in walk(stream, ("/messages/*",)):
            if isinstance(found, Broken):
                yield found.unread(member)
            elif isinstance(found.value, dict):
                yield Item(found.locator, found.value)
            else:
                detail = "There is no message in this place, but another kind of value."
                yield Unread(Position(member.tree_path, found.locator), "not-a-message", detail)

    def again(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Item]:
        """The messages at those places, each from its own bytes."""
        for part in read_places(claim, claim.members[0], wanted, lambda _: 2):
            # What only the second reading sees is no part of the envelope.
            yield Item(part.position.locator, part.value, part.raw)


def downloaded(listing: Listing, member: Member) -> list[Member]:
    """The files the exporter downloaded for an export: in a folder that bears its name."""
    folder = f"{member.tree_path}_Files/"
    return [other for other in beside(listing, member, deep=True) if other.tree_path.startswith(folder)]


def _sniffed(head: bytes) -> dict[str, str] | None:
    """What the head says of guild and channel, or None when this is no such export."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{" or b'"guild"' not in head or b'"channel"' not in head:
        return None
    told: dict[str, Any] = {}
    for found in walk_head(head, ("/guild", "/channel", "/dateRange", "/exportedAt")):
        told[found.pattern] = found.value
    guild, channel = told.get("/guild"), told.get("/channel")
    if not isinstance(guild, dict) or not isinstance(channel, dict) or "/dateRange" not in told:
        return None
    shown = {name: channel[name] for name in ("id", "type", "name", "category") if isinstance(channel.get(name), str)}
    return shown | ({"guild": guild["name"]} if isinstance(guild.get("name"), str) else {})
