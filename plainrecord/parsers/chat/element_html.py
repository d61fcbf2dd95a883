"""Element's “Export chat” as pages: `messages.html`, `messages2.html`, …

From: room info → Export chat → HTML. Reads: event ids, names, wall-clock time to the minute with the day of the heading
above, text, files the page points to. Cannot read: zone, seconds, account ids. Use the JSON export where there is one.
Source of knowledge: the published export code and its tests. Tier: `public schema`. Fixture: fixtures/chat-element.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from lxml.html import HtmlElement

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.element import SERVICE
from plainrecord.parsers.chat.elementcut import Piece, cut
from plainrecord.parsers.chat.lines import read_fault
from plainrecord.parsers.chat.media import beside
from plainrecord.parsers.chat.pages import classed, files_in, first, text_of, tree_of
from plainrecord.parsers.chat.pieces import Message, Shelf, chats_of, envelope_of, folder_claim, loaded_of
from plainrecord.parsers.chat.textdates import MONTHS, clock, day, local_time
from plainrecord.records import Account, Conversation, Envelope, Loaded, Position, Unread

_START = re.compile(
    rb'<(?:li|div)\b[^<>]{0,300}?\bclass="(?:(?P<tile>mx_EventTile(?=[ "])[^"<>]{0,200})|(?P<day>mx_DateSeparator)(?=[ "]))'
)
_EVENT = re.compile(rb'data-event-id="([^"<>]{1,300})"')
_DAY = re.compile(r"(?:[A-Z][a-z]{2,8},? )?([A-Z][a-z]{2,8}) (\d{1,2}),? (\d{4})\Z", re.ASCII)
_PAGE = re.compile(r"messages(\d*)\.html?\Z")
_FOLDERS = ("files/", "images/", "audio/", "videos/")
_DESIGN_FILES = ("style.css", "script.js")
_DESIGN = "Design of the export's pages; holds no messages."
_WORDS = ("mx_EventTile_body", "mx_MTextBody", "mx_MNoticeBody", "mx_MEmoteBody", "mx_TextualEvent", "mx_RedactedBody")


@dataclass(slots=True)
class _State:
    """What a tile does not say itself: the day above it and who wrote the tile before."""

    room: Conversation
    zone: str | None
    day: date | None = None
    day_text: str = ""
    sender: Account | None = None


class ElementPages:
    """Element's pages; all of a folder are one export, read in the order of their numbers."""

    name = "element-html"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="Element, Export chat (HTML)",
        tier="public schema",
        holds="Messages with name, event id and wall-clock time to the minute, files if chosen.",
        cannot_hold="Zone, seconds, account ids, edits; names are not accounts. The JSON export holds all of these.",
        fixture="chat-element",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Pages with Element's message tiles or its export's own words in their head."""
        folders: dict[str, list[Member]] = {}
        for member in listing.members:
            if b"<html" in member.head[:2048].lower() and b"mx_" in member.head and _is_page(member.head):
                folders.setdefault(member.tree_path.rpartition("/")[0], []).append(member)
        for folder, pages in folders.items():
            pages.sort(key=lambda page: (_number(page.name), page.name))
            start = f"{folder}/" if folder else ""
            below = [one for one in beside(listing, pages[0], deep=True) if one not in pages]
            media = [one for one in below if one.tree_path.removeprefix(start).startswith(_FOLDERS)]
            claim = folder_claim(self.name, folder.rpartition("/")[2] or pages[0].name, pages, media, listing)
            claim.aside |= {one.tree_path: _DESIGN for one in below if one.name in _DESIGN_FILES}
            yield claim

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every tile in page order."""
        for member, piece, found in self._tiles(claim):
            if isinstance(found, Message) and piece is not None:
                yield envelope_of(found, Position(member.tree_path, _place(piece)), SERVICE)
            elif isinstance(found, Unread):
                yield found

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those tiles with text and files; reads the pages from their start, because a tile does not say its day."""
        shelf, places = Shelf(claim), {(position.member, position.locator) for position in wanted}
        for member, piece, found in self._tiles(claim):
            if isinstance(found, Message) and piece and (member.tree_path, _place(piece)) in places:
                base = Position(member.tree_path, _place(piece))
                yield loaded_of(found, base, SERVICE, piece.data, shelf.files(member, found.files))

    def _tiles(self, claim: Claim) -> Iterator[tuple[Member, Piece | None, Message | Unread]]:
        pages = chats_of(claim)
        folder = pages[0].tree_path.rpartition("/")[0]
        title = folder.rpartition("/")[2].removeprefix("matrix - ").partition(" - Chat Export")[0] or None
        room = Conversation(f"file:{folder or pages[0].tree_path}", title, is_group=True)
        state = _State(room, claim.options.timezone)
        for member in pages:
            at = 0
            try:
                with claim.open(member) as stream:
                    for piece in cut(stream, _START):
                        at = piece.end
                        found = _read(piece, state, member)
                        if found:
                            yield member, piece, found
            except (OSError, PlainrecordError) as error:
                yield member, None, read_fault(member, at, error)


def _place(piece: Piece) -> str:
    return f"bytes:{piece.start}-{piece.end}"


def _is_page(head: bytes) -> bool:
    return bool(_START.search(head)) or b"mx_Export" in head or b"mx_RoomView" in head


def _number(name: str) -> int:
    found = _PAGE.match(name)
    return int(found[1] or 1) if found and len(found[1]) < 9 else 1 << 30


def _read(piece: Piece, state: _State, member: Member) -> Message | Unread | None:
    position = Position(member.tree_path, _place(piece))
    tree, notes = tree_of(piece.data)
    if tree is None:
        return Unread(position, "bad-markup", "This part of the page could not be read as a page.")
    if piece.match["day"]:
        state.day_text = " ".join(text_of(first(tree, "mx_DateSeparator")).split())
        found = _DAY.match(state.day_text)
        state.day = day(int(found[3]), MONTHS.get(found[1].lower(), 0), int(found[2])) if found else None
        return None
    event = _EVENT.search(piece.data)
    if event is None:
        return None
    message = _message(tree, state, piece.match["tile"].split())
    message.facts["event_id"] = event[1].decode("utf-8", "replace")
    message.notes += notes
    if not piece.whole:
        message.marks.append("truncated")
    return message


def _message(tree: HtmlElement, state: _State, classes: list[bytes]) -> Message:
    shown = text_of(first(tree, "mx_MessageTimestamp")).strip()
    time = local_time(f"{state.day_text} {shown}".strip(), "day heading and time", state.day, clock(shown), state.zone)
    system = b"mx_EventTile_info" in classes
    name = text_of(first(tree, "mx_DisambiguatedProfile_displayName")).strip()
    message = Message("system" if system else "message", time, None, state.room)
    if name:
        state.sender = Account(SERVICE, "name", name)
    if not system:
        message.sender = state.sender
        if not name:
            # Element trap 3: a row that goes on from the one above does not repeat the name.
            message.notes.append("sender-from-row-above")
    message.notes.append("element-trap-4:minute-only")
    body = first(tree, *_WORDS)
    if body is not None:
        message.files += files_in(body)
        message.text = text_of(body).strip() or None
    if next(classed(tree, "mx_RedactedBody"), None) is not None:
        message.marks.append("deleted")
        message.facts["app-text"], message.text = message.text or "", None
    return message
