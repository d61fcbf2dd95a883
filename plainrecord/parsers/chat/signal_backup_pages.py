"""signalbackup-tools' pages of an Android backup: a folder a thread with `media/`, one or more `.html`.

Reads: direction, names in groups, local time, words, replies, earlier versions as shown, reactions with their times,
files, deletions, view-once, calls, delivery ticks. Cannot read: the other person's number in a chat of two.
Source of knowledge: the format reference (section 3.4), checked against the tool's published source.
Tier: `public schema`. Fixture: fixtures/chat-signal-backup.

A record is what stands from one `<!-- Message: … -->` to the next.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

from lxml.html import HtmlElement

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pages import classed, files_in, first, taken_out, text_of, tree_of
from plainrecord.parsers.chat.pieces import (
    TIME_MISSING,
    File,
    Message,
    PieceReader,
    Problem,
    Test,
    folder_claim,
    head_of,
)
from plainrecord.parsers.chat.signal_backup_text import called, named, when
from plainrecord.parsers.chat.signal_people import SERVICE
from plainrecord.records import Account, Conversation

_MADE = re.compile(rb"<!-- Generated on [^\n]{0,60} by signalbackup-tools ")
_TITLE = re.compile(rb"<title>([^<]*)</title>")
_OPENS = re.compile(rb"\s*<!-- Message: _id:(\d+),type:(\d+) -->")
_TICKS = ("read", "received", "sent")
_SELF = Account(SERVICE, "id", "self")


@dataclass(frozen=True, slots=True)
class Page:
    """The conversation of a thread's page and the zone its times are read in."""

    conversation: Conversation
    zone: str | None


class SignalBackupPages(PieceReader[Page]):
    """signalbackup-tools pages; one claim for each thread's folder."""

    name = "signalbackup-tools-html"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="signalbackup-tools of a Signal Android backup (--exporthtml)",
        tier="public schema",
        holds="Messages with direction, replies, edits, reactions and their times, files, deletions, calls, ticks.",
        cannot_hold="The other person's number in a chat of two; the time zone of the computer that made the pages.",
        fixture="chat-signal-backup",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Threads' pages, by the comment the tool writes; its index and settings pages hold no messages."""
        folders: dict[str, list[Member]] = {}
        for member in listing.members:
            if _MADE.match(member.head) and (_conversation(member) or len(member.head) < (member.size or 0)):
                folders.setdefault(member.tree_path.rpartition("/")[0], []).append(member)
        for folder, pages in folders.items():
            files = list(listing.under(f"{folder}/media".lstrip("/")))
            yield folder_claim(self.name, folder.rpartition("/")[2] or listing.name, pages, files, listing)

    def context(self, claim: Claim, member: Member) -> Page:
        """The conversation from the page's title; pages of one folder are one conversation."""
        found = _TITLE.search(head_of(claim, member))
        title = html.unescape(found[1].decode("utf-8", "replace")) if found else None
        folder = member.tree_path.rpartition("/")[0]
        key = f"folder:{folder}" if folder else f"file:{member.tree_path}"
        return Page(Conversation(key, title), claim.options.timezone)

    def starts(self, context: Page) -> Test:
        """A message's comment."""
        return lambda line, _following: True if _OPENS.match(line.raw) else None

    def explained(self, raw: bytes) -> bool:
        """The head of the page."""
        return bool(_MADE.match(raw))

    def read(self, context: Page, raw: bytes) -> list[Message] | Problem:
        """The message of one piece."""
        tree, notes = tree_of(raw)
        bubble = None if tree is None else first(tree, "msg")
        if bubble is None:
            return Problem("no-message", "A message's mark without a message behind it.")
        message = _message(bubble, context)
        message.notes += notes
        if found := _OPENS.match(raw):
            message.facts["database-id"] = found[1].decode()
        return [message]


def _conversation(member: Member) -> bool:
    return b"Message: _id:" in member.head or b"conversation-box" in member.head


def _message(bubble: HtmlElement, page: Page) -> Message:
    kinds = set((bubble.get("class") or "").split())
    reactions = taken_out(bubble, "msg-reactions")
    quote = taken_out(bubble, "msg-quote")
    edits = taken_out(bubble, "edited")
    stamp = text_of(first(bubble, "msg-data")).strip()
    message = Message("message", when(stamp, page.zone), None, page.conversation, owner=_SELF, text_from="html")
    if message.time.utc_us is None and message.time.local is None:
        message.notes.append(TIME_MISSING)
    _sides(message, bubble, kinds, page)
    _words(message, bubble, kinds)
    if quote:
        message.marks.append("reply")
        message.facts["quoted-text"] = text_of(next(quote[0].iter("pre"), None))
    if edits:
        message.marks.append("edited")
        message.facts["earlier-versions"] = " ".join(_line(one) for one in edits)
    said = [_line(one) for group in reactions for one in classed(group, "msg-reaction")]
    if said:
        message.facts["reactions"] = " | ".join(said)
    return message


def _line(element: HtmlElement) -> str:
    return " ".join(" ".join(str(text) for text in element.itertext()).split())


def _sides(message: Message, bubble: HtmlElement, kinds: set[str], page: Page) -> None:
    other = Account(SERVICE, "name", page.conversation.title or "Unknown")
    if "msg-outgoing" in kinds:
        message.sender, message.recipients = _SELF, (other,)
    elif "msg-incoming" in kinds:
        name = text_of(first(bubble, "msg-name")).strip()
        message.sender, message.recipients = named(name) if name else other, (_SELF,)
    for tick in _TICKS:
        if first(bubble, f"checkmarks-{tick}") is not None:
            message.status["delivery"] = tick


def _words(message: Message, bubble: HtmlElement, kinds: set[str]) -> None:
    for block in classed(bubble, "attachment"):
        said = " ".join(text_of(block).split())
        absent = File(None, absent="not-exported", facts={"says": said})
        message.files += files_in(block) or [absent]
    texts = [text_of(one) for one in bubble.iter("pre")]
    message.text = "\n".join(texts) or None
    if "msg-status" in kinds:
        called(message, message.text or "")
    if "deleted-msg" in kinds:
        message.marks.append("deleted")
        message.facts["app-text"], message.text = message.text or "", None
    if "msg-viewonce" in kinds:
        message.marks.append("view-once")
    if first(bubble, "is-expiring") is not None:
        message.marks.append("disappearing")
