"""Telegram Desktop, machine-readable export: `result.json` of one chat or of the whole account.

From: Settings → Advanced → Export Telegram data, or ⋮ → Export chat history, format JSON. Reads every chat under
`messages`, `chats` and `left_chats`, files beside it included. Cannot read: secret chats (they are in no export), chats of
the mobile apps and of Telegram for macOS (they export nothing). Account data that is no message (contacts, sessions,
profile pictures) stays in the original.
Versions seen: exports with and without `*_unixtime` (since about 2021), with `text_entities`, with reactions.
Tested with: invented exports of those shapes. Source of knowledge: Telegram Desktop's public export writer and samples of
public readers. Tier: `public schema`. Fixture: fixtures/chat-telegram.

A record is one object of a `messages` array, or one named reaction inside it: `bytes:START-END#json:/pointer`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.media import MediaFiles, beside, folder_of
from plainrecord.parsers.chat.telegramcontent import Contents
from plainrecord.parsers.chat.telegramtalk import CHAT_TYPES, WORDS, Chat, Talk, Times, repair
from plainrecord.parsers.jsonstream import Broken, Found, placed, read_places, walk, walk_head
from plainrecord.records import Decision, Envelope, Loaded, Position, Unread

_LISTS = ("", "/chats/list/*", "/left_chats/list/*")
_PATTERNS = (
    "/personal_information",
    *(f"{at}/{name}" for at in _LISTS for name in ("name", "type", "id", "messages/*")),
)
_SENDER = re.compile(rb'"(?:from|actor)_id"\s*:\s*"?((?:user)?[0-9]{1,20})')
_TWIN = "The same export as web pages; result.json beside it says the same with exact times, and was read instead."
_DESIGN = "Design of the export's web pages; holds no messages."


class Telegram:
    """`result.json` of Telegram Desktop."""

    name = "telegram-json"
    version = "1"
    service = "telegram"
    card = FormatCard(
        service="telegram",
        export="Telegram Desktop, JSON (result.json): one chat or the whole account",
        tier="public schema",
        holds="Messages with exact times and ids, calls, service lines, files if chosen, times of edits, reactions (a sample of who).",
        cannot_hold="Secret chats, deleted messages, earlier wordings of edited ones, the original time of forwarded ones.",
        fixture="chat-telegram",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each export, with the media beside it; its own web pages and their design are set aside."""
        for member in listing.members:
            chat = _sniffed(member.head)
            if chat is None:
                continue
            media, aside = _neighbours(listing, member)
            title = chat.name or (member.tree_path if not chat.type else chat.type.replace("_", " "))
            yield Claim(self.name, title, (member, *media), listing.options, aside=aside)

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every message and every named reaction, in file order. Memory: one window, one message, the chats' names."""
        run = _Run(claim)
        with claim.open(run.member) as stream:
            for found in walk(stream, _PATTERNS, repair):
                if isinstance(found, Broken):
                    yield found.unread(run.member)
                elif found.pattern.endswith("/messages/*"):
                    yield from run.envelopes(found)
                else:
                    run.heading(found)
        run.finish()

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those records with their content, each from its own bytes."""
        run = _Run(claim)
        if not run.known:
            for _ in self.scan(claim):
                pass
            run = _Run(claim)
        yield from run.loaded(wanted)


class _Run:
    """What is the same for all messages of one export."""

    def __init__(self, claim: Claim) -> None:
        self.member: Member = claim.members[0]
        self._claim = claim
        self._times = Times(claim.options.timezone)
        said = json.loads(claim.facts.get("chats", "{}"))
        self.known = bool(said)
        self._chats: dict[str, Chat] = {key: Chat(**values) for key, values in said.items()}
        self._talks: dict[str, Talk] = {}
        self._owner: tuple[str | None, str | None] = (None, None)
        self._floating = 0
        if claim.options.owner_names:
            self._owner = (None, claim.options.owner_names[0])

    def heading(self, found: Found) -> None:
        """A field that stands beside the messages: the owner's own data, or a chat's name, type or id."""
        if found.pattern == "/personal_information":
            if isinstance(found.value, dict):
                self._owner = _owner_of(found.value)
            return
        if isinstance(found.value, str | int):
            at, _, name = found.pointer.rpartition("/")
            chat = self._chats.get(at, Chat())
            self._chats[at] = replace(chat, **{name: str(found.value)})
            self._talks.pop(at, None)

    def envelopes(self, found: Found) -> Iterator[Envelope | Unread]:
        """One element of a `messages` array: its envelope, then those of its named reactions."""
        if not isinstance(found.value, dict):
            detail = "There is no message in this place, but another kind of value."
            yield Unread(Position(self.member.tree_path, found.locator), "not-a-message", detail)
            return
        talk = self._talk(found.pointer)
        envelope = talk.envelope(found)
        self._floating += envelope.time.utc_us is None
        yield envelope
        if "reactions" in found.value:
            yield from (envelope for envelope, _, _ in talk.reactions(found))

    def finish(self) -> None:
        """Keep what the chats are, for `load`, and say what had to be assumed."""
        self._claim.facts["chats"] = json.dumps({at: asdict(chat) for at, chat in self._chats.items()})
        if self._floating:
            basis = f"{self._floating} entries have no count of seconds (older exports), only the exporting computer's clock"
            self._claim.decisions.append(Decision("telegram:times", "local clock", basis, certain=False))

    def loaded(self, wanted: Collection[Position]) -> Iterator[Loaded]:
        """The records at those places."""
        contents = Contents(self._claim, folder_of(self.member), MediaFiles(self._claim.members[1:]), self._times)
        for part in read_places(self._claim, self.member, wanted, _depth, repair):
            start, end, _ = placed(part.position.locator)
            steps = part.pointer.split("/")
            whole = "/".join(steps[: _depth(part.pointer) + 1])
            found = Found("", whole, start, end, part.element, repaired="json:repaired" in part.notes)
            talk = self._talk(whole)
            if whole == part.pointer:
                yield contents.message(part, talk.envelope(found))
                continue
            for envelope, reaction, _ in talk.reactions(found):
                if envelope.position == part.position:
                    yield contents.reaction(part, envelope, reaction)

    def _talk(self, pointer: str) -> Talk:
        at = pointer.rpartition("/messages/")[0]
        talk = self._talks.get(at)
        if talk is None:
            chat = self._chats.setdefault(at, Chat())
            if chat.owner is None and not self.known:
                owner, name = self._owner
                if owner is None and chat.other and not at:
                    owner = self._other_sender(chat.other) or ""
                chat = self._chats[at] = replace(chat, owner=owner, owner_name=name)
            talk = self._talks[at] = Talk(chat, self._times, self.member.tree_path)
        return talk

    def _other_sender(self, other: str) -> str | None:
        """Trap: one chat alone does not name its owner; it is whoever of the two writers is not the chat's id.

        A quote inside a string is escaped, so what the expression matches in the raw bytes is always a field.
        """
        carry = b""
        with self._claim.open(self.member) as stream:
            for block in stream.blocks(head=4096, size=1 << 20):
                data = carry + bytes(memoryview(block.buffer)[block.lo : block.hi])
                for match in _SENDER.finditer(data):
                    found = match[1].decode()
                    if match.end() < len(data) and found not in (other, other.removeprefix("user")):
                        return found
                carry = data[-128:]
        return None


def _owner_of(personal: dict[str, Any]) -> tuple[str | None, str | None]:
    names = [personal.get("first_name"), personal.get("last_name")]
    name = " ".join(part for part in names if isinstance(part, str) and part)
    identity = personal.get("user_id")
    return (f"user{identity}" if isinstance(identity, int) else None, name or None)


def _depth(pointer: str) -> int:
    """How many steps of a pointer lead to the message."""
    return 5 if pointer.startswith(("/chats/", "/left_chats/")) else 2


def _sniffed(head: bytes) -> Chat | None:
    """The chat a file starts with, an empty one for a whole account, None when it is no export of Telegram."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{" or not any(word in head for word in _MUST_HOLD):
        return None
    told: dict[str, Any] = {}
    for found in walk_head(head, (*_PATTERNS, "/about", "/chats/about", "/left_chats/about"), repair):
        told.setdefault(found.pattern, found.value)
    if told.get("/type") in CHAT_TYPES and "/id" in told:
        name = told.get("/name")
        return Chat(str(told["/id"]), told["/type"], name if isinstance(name, str) else None)
    listed = [told.get(f"/{which}/list/*/type") for which in ("chats", "left_chats")]
    personal = told.get("/personal_information")
    if any(kind in CHAT_TYPES for kind in listed) or (isinstance(personal, dict) and "user_id" in personal):
        return Chat()
    return None


_MUST_HOLD = (b'"messages"', b'"chats"', b'"left_chats"', b'"personal_information"')


def _neighbours(listing: Listing, member: Member) -> tuple[list[Member], dict[str, str]]:
    """The media of an export, and what beside it repeats it or is there for show."""
    media, aside = [], {}
    prefix = len(folder_of(member)) + 1 if folder_of(member) else 0
    for other in beside(listing, member, deep=True):
        first, slash, _ = other.tree_path[prefix:].partition("/")
        page = other.name.endswith((".html", ".css", ".js"))
        if not slash:
            if (page and b"Telegram" in other.head) or re.fullmatch(r"messages[0-9]*\.html", first):
                aside[other.tree_path] = _TWIN
        elif first in WORDS["folders"]["page"]:
            aside[other.tree_path] = _DESIGN
        elif first in WORDS["folders"]["media"]:
            if re.fullmatch(r"chats/chat_[0-9]+/messages[0-9]*\.html", other.tree_path[prefix:]):
                aside[other.tree_path] = _TWIN
            else:
                media.append(other)
    return media, aside
