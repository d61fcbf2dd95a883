"""Scanning and loading a DiscordChatExporter export of any form: the forms say only where their messages stand."""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections.abc import Collection, Iterator

from plainrecord.intake.reading import Stream
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.discordcontent import loaded
from plainrecord.parsers.chat.discordtalk import MANY, SERVICE, WORDS, Item, Talk, account
from plainrecord.parsers.chat.media import MediaFiles
from plainrecord.records import Account, Envelope, Loaded, Position, Unread


class DiscordExport:
    """A form of export: says how to find its messages; scanning and loading are the same for all. Stateless."""

    service = SERVICE

    @abstractmethod
    def items(self, claim: Claim, stream: Stream) -> Iterator[Item | Unread]:
        """Every message of the principal member, in file order, to the end of the stream."""

    def again(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Item]:
        """The messages at those places, with their bytes. Here by reading from the start; forms with more do better."""
        places = {position.locator for position in wanted}
        with claim.open(claim.members[0]) as stream:
            for item in self.items(claim, stream):
                if isinstance(item, Item) and item.locator in places:
                    yield item

    def prepare(self, claim: Claim) -> None:
        """Find out before the scan what messages alone do not say: the two people of a chat of two."""
        channel: dict[str, str] = json.loads(claim.facts["channel"])
        stated = channel.get("type")
        if stated and stated not in WORDS["channels"]["one_to_one"]:
            claim.facts["people"] = "[]"
            return
        limit = MANY - 1 if stated else MANY
        found: dict[str, Account] = {}
        with claim.open(claim.members[0]) as stream:
            for item in self.items(claim, stream):
                author = account(item.message.get("author")) if isinstance(item, Item) else None
                if author:
                    found.setdefault(author.value, author)
                    if len(found) == limit:
                        break
        people = [[one.kind, one.value, one.name] for one in found.values()]
        claim.facts["people"] = json.dumps(people)

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every message in file order. Memory: one message."""
        self.prepare(claim)
        talk = Talk(claim)
        with claim.open(claim.members[0]) as stream:
            for item in self.items(claim, stream):
                yield item if isinstance(item, Unread) else talk.envelope(item)

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those messages with their content."""
        if "people" not in claim.facts:
            self.prepare(claim)
        talk = Talk(claim)
        media = MediaFiles(claim.members[1:])
        for item in self.again(claim, wanted):
            found = loaded(claim, item, talk, media)
            found.raw_sha256, found.raw_bytes = hashlib.sha256(item.raw).hexdigest(), len(item.raw)
            yield found
