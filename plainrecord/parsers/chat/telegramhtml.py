"""Telegram Desktop, web pages: `messages.html`, `messages2.html`, … of one chat or of every chat of an account.

From: the same dialogue as result.json, format HTML. Reads each chat folder's pages as one conversation. Cannot read: what
the pages do not hold, above all ids (people are known by the name they had at export time) and times of service lines.
Versions seen: pages with and without the offset in the time's title. Tested with: invented pages of both shapes, beside
the JSON of the same chat. Source of knowledge: Telegram Desktop's public page writer and samples of public readers.
Tier: `public schema`. Fixture: fixtures/chat-telegram-html.

A record is one message element up to the next: `bytes:START-END` of its page. Trap: the offset in the title is the zone's
standard one even while the clock shown is on summer time; see `_Times`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import lru_cache

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat import telegrampage as page
from plainrecord.parsers.chat.elementcut import Piece, cut
from plainrecord.parsers.chat.media import MediaFiles, attached, beside, folder_of, not_exported
from plainrecord.parsers.chat.telegramtalk import SERVICE, WORDS
from plainrecord.records import (
    Account,
    Attachment,
    Conversation,
    Decision,
    Envelope,
    Kind,
    Loaded,
    Position,
    Unread,
)
from plainrecord.times import TimeBlock, from_local, from_offset, unreadable

_PAGE = re.compile(r"messages([0-9]*)\.html", re.IGNORECASE)
_STAMP = re.compile(r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d):(\d\d):(\d\d)(?: UTC([+-])(\d\d):(\d\d))?", re.ASCII)
_DAY = re.compile(r"(\d{1,2}) ([A-Z][a-z]+) (\d{4})", re.ASCII)
_NAME = re.compile(rb'<div class="from_name">\s*([^<]{1,400}?)\s*<')
_MONTHS = "January February March April May June July August September October November December".split()
_MANY = 3
_DESIGN = "Design or overview of the export's web pages; holds no messages."


class TelegramPages:
    """The HTML export of Telegram Desktop."""

    name = "telegram-html"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="Telegram Desktop, web pages (messages.html, messages2.html, …)",
        tier="public schema",
        holds="Messages with time and name, calls, forwarded, replies, files if chosen, reactions as shown.",
        cannot_hold="Ids of people, the time of service lines, whether a message was edited; the offset may be an hour off in summer.",
        fixture="chat-telegram-html",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for the pages of each folder, with the media below it."""
        folders: dict[str, list[tuple[int, Member]]] = {}
        names: dict[str, str] = {}
        for member in listing.members:
            match = _PAGE.fullmatch(member.name)
            name = page.chat_name(member.head) if match and b"message" in member.head else None
            if match and name is not None:
                folders.setdefault(folder_of(member), []).append((int(match[1] or 1), member))
                names.setdefault(folder_of(member), name)
        for folder, numbered in folders.items():
            pages = [member for _, member in sorted(numbered, key=lambda pair: (pair[0], pair[1].tree_path))]
            media, aside = _neighbours(listing, pages, set(folders) - {folder})
            facts = {"chat": names[folder], "pages": str(len(pages))}
            yield Claim(self.name, names[folder] or folder, (*pages, *media), listing.options, aside, facts)

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every message and service line, page by page. Memory: one message."""
        names = _names(claim)
        claim.facts["names"] = json.dumps(names)
        doubtful = 0
        for member in claim.members[: int(claim.facts["pages"])]:
            for item in _Page(claim, member).records():
                doubtful += isinstance(item, _Read) and "telegram:offset-doubtful" in item.envelope.notes
                yield item.envelope if isinstance(item, _Read) else item
        if doubtful:
            basis = (
                f"{doubtful} times with an offset that pages write without summer time; result.json would say exactly"
            )
            claim.decisions.append(Decision("telegram:page-offset", "offset as written", basis, certain=False))

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those records with their content. A page is read from its start, because a run of messages names its sender once."""
        if "names" not in claim.facts:
            claim.facts["names"] = json.dumps(_names(claim))
        left = set(wanted)
        media = MediaFiles(claim.members[int(claim.facts["pages"]) :])
        for member in claim.members[: int(claim.facts["pages"])]:
            if any(position.member == member.tree_path for position in left):
                for item in _Page(claim, member).records():
                    if isinstance(item, _Read) and item.envelope.position in left:
                        yield _loaded(claim, item, media, folder_of(member))


class _Read:
    """One entry of a page with its envelope."""

    def __init__(self, piece: Piece, entry: page.Entry, envelope: Envelope) -> None:
        self.piece, self.entry, self.envelope = piece, entry, envelope


class _Page:
    """One page being read from its start."""

    def __init__(self, claim: Claim, member: Member) -> None:
        self._claim = claim
        self._member = member
        self._times = _Times(claim.options.timezone)
        self._name: str | None = None
        self._day: TimeBlock | None = None
        title = claim.facts.get("chat") or None
        names: list[str] = json.loads(claim.facts.get("names", "[]"))
        # A chat of two is one that bears the name of one of them.
        self._pair = names if title in names and len(names) < _MANY else []
        owner = next((name for name in self._pair if name != title), None)
        self._also = (Account(SERVICE, "name", owner, owner, "owner"),) if owner else ()
        self._conversation = Conversation(folder_of(member) or ".", title, is_group=not self._pair)

    def records(self) -> Iterator[_Read | Unread]:
        """Every message and service line; what stands between days is no record."""
        with self._claim.open(self._member) as stream:
            for piece in cut(stream, page.START):
                position = Position(self._member.tree_path, f"bytes:{piece.start}-{piece.end}")
                entry = page.entry(piece.data) if piece.whole else None
                if entry is None:
                    detail = "The page breaks off in this message; everything before it was read."
                    yield Unread(position, "truncated" if not piece.whole else "bad-element", detail)
                elif entry.service and entry.number.startswith("-"):
                    self._day = self._times.day(entry.text or "")
                else:
                    yield _Read(piece, entry, self._envelope(entry, position))

    def _envelope(self, entry: page.Entry, position: Position) -> Envelope:
        if entry.service:
            day = self._day or unreadable("", "service line")
            note = ("telegram:no-time-of-day",)
            return Envelope(position, "system", SERVICE, day, None, (), self._also, self._conversation, (), note)
        if not entry.joined:
            self._name = entry.name
        kind, marks = _kind_and_marks(entry)
        time, notes = self._times.stamp(entry.stamp or "")
        return Envelope(
            position,
            kind,
            SERVICE,
            time,
            Account(SERVICE, "name", self._name, self._name) if self._name else None,
            tuple(Account(SERVICE, "name", name, name, "to") for name in self._pair if name != self._name),
            self._also,
            self._conversation,
            marks,
            notes,
        )


class _Times:
    """Times as pages write them. With a zone that a person named, the clock shown is read in it, which is exact; without,
    the offset written is used and marked as doubtful."""

    def __init__(self, zone: str | None) -> None:
        self._zone = zone
        self.stamp = lru_cache(maxsize=4096)(self._stamp)

    def _stamp(self, text: str) -> tuple[TimeBlock, tuple[str, ...]]:
        match = _STAMP.fullmatch(text)
        if not match:
            return unreadable(text, "title"), ()
        day, month, year, hour, minute, second = (int(match[number]) for number in range(1, 7))
        try:
            local = datetime(year, month, day, hour, minute, second)
        except ValueError:
            return unreadable(text, "title"), ()
        if match[7] is None:
            return from_local(text, "title", local, self._zone), ()
        minutes = int(match[7] + "1") * (int(match[8]) * 60 + int(match[9]))
        stated = from_offset(text, "title", local, minutes)
        if self._zone is None:
            return stated, ("telegram:offset-doubtful",)
        found = from_local(text, "title", local, self._zone)
        return found, () if found.utc_us == stated.utc_us else ("telegram:offset-differs-from-zone",)

    def day(self, text: str) -> TimeBlock:
        """The date between two days, as a floating day."""
        match = _DAY.fullmatch(text)
        try:
            if match:
                local = datetime(int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1]))
                return from_local(text, "date line", local, None, precision="day")
        except ValueError:
            pass
        return unreadable(text, "date line")


def _kind_and_marks(entry: page.Entry) -> tuple[Kind, tuple[str, ...]]:
    marks = ["forwarded"] if entry.forwarded_from is not None else []
    if entry.call is None:
        return "message", tuple(marks)
    said = WORDS["page_calls"].get(entry.call.partition(" (")[0])
    return "call", (*marks, said[1]) if said else tuple(marks)


def _loaded(claim: Claim, item: _Read, media: MediaFiles, folder: str) -> Loaded:
    entry, data = item.entry, item.piece.data
    loaded = Loaded(item.envelope, raw=data, raw_sha256=hashlib.sha256(data).hexdigest(), raw_bytes=len(data))
    loaded.native_suffix = ".html"
    loaded.text, loaded.text_from = (entry.text, "html") if entry.text else (None, "none")
    loaded.facts = {"id": entry.number} | entry.facts
    if entry.forwarded_from is not None:
        loaded.facts["forwarded_from"] = entry.forwarded_from
    if entry.forwarded_stamp:
        loaded.facts["forwarded_date"] = entry.forwarded_stamp
    if entry.call is not None:
        loaded.status["call"] = entry.call
        said = WORDS["page_calls"].get(entry.call.partition(" (")[0])
        if said:
            loaded.status["way"] = said[0]
    for file in entry.files:
        found, blob = _attachment(claim, file, media, folder)
        loaded.attachments.append(found)
        loaded.blobs.append(blob)
    return loaded


def _attachment(claim: Claim, file: page.File, media: MediaFiles, folder: str) -> tuple[Attachment, bytes | None]:
    if file.path is None:
        found, blob = not_exported(file.kind), None
        found.name = file.title or None
        found.facts["said"] = file.said
        return found, blob
    member = media.find(f"{folder}/{file.path}" if folder else file.path)
    name = file.path.rpartition("/")[2]
    found, blob = attached(claim, member, name) if member else (Attachment(name=name, state="missing"), None)
    found.facts |= {"kind": file.kind, "path": file.path} | ({"said": file.said} if file.said else {})
    if file.title and file.title != name:
        found.also_named.append(file.title)
    return found, blob


def _names(claim: Claim) -> list[str]:
    """The names of senders in order of appearance; three are enough to know a group."""
    names: list[str] = []
    for member in claim.members[: int(claim.facts["pages"])]:
        with claim.open(member) as stream:
            for piece in cut(stream, page.START):
                match = _NAME.search(piece.data)
                entry = page.entry(piece.data) if match and b"joined" not in piece.data[:80] else None
                if entry and entry.name and entry.name not in names:
                    names.append(entry.name)
                    if len(names) == _MANY:
                        return names
    return names


def _neighbours(listing: Listing, pages: list[Member], others: set[str]) -> tuple[list[Member], dict[str, str]]:
    media, aside = [], {}
    folder = folder_of(pages[0])
    taken = {member.tree_path for member in pages}
    prefix = len(folder) + 1 if folder else 0
    for other in beside(listing, pages[0], deep=True):
        if other.tree_path in taken or any(
            folder_of(other).startswith(one) for one in others if len(one) > len(folder)
        ):
            continue
        first, slash, _ = other.tree_path[prefix:].partition("/")
        if slash and first in WORDS["folders"]["media"]:
            media.append(other)
        elif slash and first in WORDS["folders"]["page"]:
            aside[other.tree_path] = _DESIGN
    return media, aside
