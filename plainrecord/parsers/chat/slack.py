"""Slack workspace exports: `users.json`, `channels.json` … and a folder of `YYYY-MM-DD.json` files for each conversation.

Reads: messages, threads, edits, reactions, joins and leaves, files where a dump tool stored them beside. Cannot read:
earlier wordings, deleted messages (but their gravestones), files themselves in Slack's own export. Whose export it is does
not stand in it: an administrator makes it.
Source of knowledge: the format reference (chats, section 7), which read a public archive of a real export.
Tier: `real sample` for channels with text, joins, bots and shared files; direct messages, threads, blocks and dump tools'
files are `public schema`. Fixture: fixtures/chat-slack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import Headings, JsonReader, part, sniff, words
from plainrecord.parsers.chat.media import folder_of
from plainrecord.parsers.chat.pieces import Message, Problem, chats_of
from plainrecord.parsers.chat.slackmessage import SERVICE, Channel, Workspace, messages
from plainrecord.parsers.jsonstream import Found, walk
from plainrecord.records import Decision, Envelope, Loaded, Position, Unread

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\.json")
_TS = re.compile(r"[0-9]{9,11}\.[0-9]{1,9}")
_PEOPLE = ("users.json", "org_users.json")
_PLACES = {"channels.json": "channel", "groups.json": "private", "mpims.json": "group", "dms.json": "direct"}
_OTHERS = {
    "integration_logs.json": "Slack's list of apps that were added or removed; no messages in it.",
    "canvases.json": "Slack's list of shared pages; no messages in it.",
}
_TOKENS = Decision(
    "slack:access-tokens",
    "not shown",
    "Links to files carry access tokens. They are not taken into any output; hand the export itself on with care.",
)


class Slack(JsonReader[Channel]):
    """A workspace export as a folder or zip."""

    name = "slack-export"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="Slack workspace export (zip with users.json, channels.json and a folder of day files per conversation)",
        tier="real sample",
        holds="Messages with exact times, threads, edit times, reactions without their time, joins and leaves, names of files.",
        cannot_hold="Files themselves, earlier wordings, deleted messages; direct messages only in some plans' exports.",
        fixture="chat-slack",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each folder that holds conversations of day files beside its lists."""
        roots: dict[tuple[str, str], list[Member]] = {}
        for member in listing.members:
            if _DAY.fullmatch(member.name) and _is_day(member.head):
                root = folder_of(member).rpartition("/")[0]
                roots.setdefault((member.original.relpath if member.path else "", root), []).append(member)
        for (_, root), days in roots.items():
            yield self._claim(listing, root, days)

    def _claim(self, listing: Listing, root: str, days: list[Member]) -> Claim:
        below = f"{root}/" if root else ""
        chats = {folder_of(day) for day in days}
        lists = [one for name in (*_PEOPLE, *_PLACES) if (one := listing.at(below + name))]
        files = [
            one
            for one in listing.under(root)
            if one.tree_path.startswith(f"{below}__uploads/")
            or (folder_of(one).endswith("/attachments") and folder_of(one).rpartition("/")[0] in chats)
        ]
        members = (*days, *lists, *files)
        facts = {"chats": str(len(days)), "root": root}
        claim = Claim(self.name, root.rpartition("/")[2] or "Slack workspace", members, listing.options, facts=facts)
        for name, says in _OTHERS.items():
            if listing.at(below + name):
                claim.aside[below + name] = says
        return claim

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every message and reaction, conversation by conversation; first the lists of people and places."""
        yield from _learn(claim)
        yield from super().scan(claim)
        claim.decisions.append(_TOKENS)

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those records with text and files."""
        if "workspace" not in claim.facts:
            list(_learn(claim))
        yield from super().load(claim, wanted)

    def pattern(self, claim: Claim, member: Member) -> str:
        """A day file is one array."""
        return "/*"

    def context(self, claim: Claim, member: Member, headings: Headings) -> Channel:
        """The conversation a day file belongs to, by the name of its folder."""
        return _workspace(claim.facts["workspace"]).channel(folder_of(member).rpartition("/")[2])

    def read(self, context: Channel, pointer: str, element: dict[str, Any]) -> list[Message] | Problem:
        """One message and its reactions."""
        return messages(context, element)


def _is_day(head: bytes) -> bool:
    seen = sniff(head, b"[", (), ("/*",))
    if seen is None:
        return False
    first = seen.first("/*")
    if first is None:
        # A day without a message, or one whose first message is longer than what was looked at.
        return head.strip() == b"[]" or (b'"ts"' in head and b'"type"' in head)
    return isinstance(first, dict) and bool(_TS.fullmatch(words(first, "ts"))) and "type" in first


def _learn(claim: Claim) -> Iterator[Unread]:
    """Keep people and places in the claim; what of the lists cannot be read is said."""
    people: dict[str, str] = {}
    places: dict[str, list[Any]] = {}
    for member in claim.members[len(chats_of(claim)) :]:
        if member.name not in (*_PEOPLE, *_PLACES) or folder_of(member) != claim.facts["root"]:
            continue
        try:
            with claim.open(member) as stream:
                for found in walk(stream, ["/*"]):
                    if not isinstance(found, Found):
                        yield found.unread(member)
                    elif member.name in _PEOPLE:
                        people |= _person(found.value)
                    else:
                        places |= _place(found.value, _PLACES[member.name])
        except (OSError, PlainrecordError) as error:
            detail = f"This list could not be read ({error}). Names may be missing; messages were read."
            yield Unread(Position(member.tree_path, "file"), "reading-stopped", detail)
    claim.facts["workspace"] = json.dumps({"people": people, "places": places})


def _person(user: object) -> dict[str, str]:
    profile = part(user, "profile")
    choices = (
        words(profile, "real_name"),
        words(user, "real_name"),
        words(profile, "display_name"),
        words(user, "name"),
    )
    name = next(filter(None, choices), "")
    return {identity: name} if (identity := words(user, "id")) and name else {}


def _place(place: object, kind: str) -> dict[str, list[Any]]:
    identity, name = words(place, "id"), words(place, "name")
    members = place.get("members") if isinstance(place, dict) else None
    people = [one for one in members if isinstance(one, str)] if isinstance(members, list) else []
    # Trap: channels have folders by name, direct messages by id.
    key = identity if kind == "direct" else name or identity
    return {key: [identity, name, kind, people if kind in ("direct", "group") else []]} if key else {}


@lru_cache(maxsize=4)
def _workspace(said: str) -> Workspace:
    known = json.loads(said)
    return Workspace(known["people"], known["places"])
