"""imessage-exporter's pages: one `.html` a chat, made from a Mac's or an iPhone backup's message database.

Reads: what the text files hold (see `imessage_text.py`) and whether a sent message went as iMessage or SMS, and the
database's message id where the page has it. Cannot read: the service of received messages; times of tapbacks.
Source of knowledge: the format reference (section 4.2), checked against imessage-exporter's published source of 2024,
whose pages carry a stray comma in the tag of a reply (`class="message", id=`).
Tier: `public schema`. Fixture: fixtures/chat-imessage-html.

A record is a top-level message or announcement, from its line to the next; replies shown under it are a fact of it,
because each stands again at its own time. The exporter writes a straight apostrophe for a curled one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lxml.html import HtmlElement

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat import imessage_words as told
from plainrecord.parsers.chat.pages import classed, files_in, first, taken_out, text_of, tree_of
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, PieceReader, Problem, Test, folder_claim
from plainrecord.records import Account, Conversation

_OPENS = re.compile(rb'<div class ?= ?"(?:message|announcement)"')
_PAGE = re.compile(rb"\s*(?:<!DOCTYPE html>\s*)?<html>\s*<head>", re.IGNORECASE)
_FIRST = re.compile(
    rb'\n<div class ?= ?"(?:message"[^\n]{0,200}>\s*<div class="(?:sent|received)|announcement"[^\n]*class="timestamp")'
)
_STYLE = b".message .sent.iMessage"
_END = b"</body></html>"
_GUID = re.compile(r"(?:message-guid=|^r-|^)([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})")


@dataclass(frozen=True, slots=True)
class Page:
    """What is the same for all of a page."""

    conversation: Conversation
    others: tuple[Account, ...]
    zone: str | None


class IMessagePages(PieceReader[Page]):
    """imessage-exporter pages; one claim for a folder of them with its `attachments/`."""

    name = "imessage-exporter-html"
    version = "1"
    service = told.SERVICE
    card = FormatCard(
        service=told.SERVICE,
        export="imessage-exporter, HTML format: iMessage, SMS and MMS of a Mac or an iPhone backup",
        tier="public schema",
        holds="What the text format holds, and iMessage or SMS of sent messages, and ids of replies.",
        cannot_hold="iMessage or SMS of received messages; times of tapbacks; the words of unsent messages; calls.",
        fixture="chat-imessage-html",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Folders with pages in which a message of this exporter's form comes first."""
        folders: dict[str, list[Member]] = {}
        for member in listing.members:
            if _PAGE.match(member.head[:200]) and _is_page(member):
                folders.setdefault(member.tree_path.rpartition("/")[0], []).append(member)
        for folder, pages in folders.items():
            files = list(listing.under(f"{folder}/attachments".lstrip("/")))
            yield folder_claim(self.name, folder.rpartition("/")[2] or listing.name, pages, files, listing)

    def context(self, claim: Claim, member: Member) -> Page:
        """The conversation from the file's name."""
        return Page(*told.chat_of(member.tree_path), claim.options.timezone)

    def starts(self, context: Page) -> Test:
        """A line that opens a message at the top level, or ends the page. Below it, lines start with a reply's tag."""
        return lambda line, _following: (
            True if _OPENS.match(line.raw) or line.raw.startswith((_END, b"<html>")) else None
        )

    def explained(self, raw: bytes) -> bool:
        """The head of the page."""
        return bool(_PAGE.match(raw)) or not raw.strip()

    def read(self, context: Page, raw: bytes) -> list[Message] | Problem:
        """The message or announcement of one piece."""
        if raw.startswith((_END, b"<html>")):
            return []
        tree, notes = tree_of(raw.replace(_END, b""))
        stamp = None if tree is None else first(tree, "timestamp")
        if tree is None or stamp is None:
            return Problem("no-time-line", "A message without a time line.")
        announced = first(tree, "announcement") if raw.startswith(b'<div class ="ann') else None
        announced = announced if announced is not None else _announcement(tree)
        message = _announced(announced, context) if announced is not None else _message(tree, context)
        message.notes += notes
        if message.time.utc_us is None and message.time.local is None:
            message.notes.append(TIME_MISSING)
        return [message]


def _is_page(member: Member) -> bool:
    # Of a source with thousands of files only the first KiB is known: the exporter's own style sheet must do then.
    cut_short = len(member.head) < (member.size or 0)
    return bool(_FIRST.search(member.head)) or (cut_short and _STYLE in member.head)


def _announcement(tree: HtmlElement) -> HtmlElement | None:
    return first(tree, "announcement") if first(tree, "sent", "received") is None else None


def _announced(block: HtmlElement, page: Page) -> Message:
    stamp = first(block, "timestamp")
    raw = text_of(stamp).strip()
    words = " ".join(text_of(block).replace(raw, "", 1).split())
    message = Message("system", told.when(raw, "timestamp", page.zone), None, page.conversation, owner=told.OWNER)
    if not told.UNSENT.match(words):
        message.text, message.text_from = words, "html"
        message.marks.append("announcement")
        return message
    message.kind = "message"
    if words.startswith("You "):
        message.sender, message.recipients = told.OWNER, page.others
    elif words.startswith("They ") and len(page.others) == 1:
        message.sender, message.recipients = page.others[0], (told.OWNER,)
    told.removed(message, words)
    return message


def _message(tree: HtmlElement, page: Page) -> Message:
    replies = taken_out(tree, "replies")
    stamp, sender = first(tree, "timestamp"), first(tree, "sender")
    raw, status = told.stamp_and_status(text_of(stamp).strip("\n"))
    sent = first(tree, "sent")
    author = told.account(text_of(sender).strip("\n") or "?")
    owner = author if sent is not None else told.OWNER
    to = page.others if sent is not None else (told.OWNER,)
    message = Message(
        "message", told.when(raw, "timestamp", page.zone), author, page.conversation, owner=owner, recipients=to
    )
    message.status, message.text_from = status, "html"
    if sent is not None:
        said = [word for word in (sent.get("class") or "").split() if word != "sent"]
        message.facts["transport"] = " ".join(said)
    _identify(message, tree, stamp)
    _content(message, tree)
    if replies:
        message.facts["replies"] = "\n".join(" ".join(text_of(one).split()) for one in replies)
        message.facts["replies-shown"] = str(sum(len(list(classed(one, "reply"))) for one in replies))
    return message


def _identify(message: Message, tree: HtmlElement, stamp: HtmlElement | None) -> None:
    places = [one.get("id") or "" for one in classed(tree, "message")]
    places += [one.get("href") or "" for one in stamp.iter("a")] if stamp is not None else []
    found = next((found for place in places if (found := _GUID.search(place))), None)
    if found:
        message.facts["guid"] = found[1]


def _content(message: Message, tree: HtmlElement) -> None:
    message.subject = text_of(first(tree, "subject")) or None
    message.marks += ["deleted"] if first(tree, "deleted") is not None else []
    message.marks += ["reply"] if first(tree, "reply_context") is not None else []
    texts = [text_of(one) for one in classed(tree, "bubble")]
    for block in classed(tree, "attachment", "sticker"):
        message.files += files_in(block) or [File(" ".join(text_of(block).split()) or None)]
    for block in classed(tree, "attachment_error"):
        message.files.append(File(text_of(block).removeprefix("Unable to locate attachment: ").strip()))
    for block in classed(tree, "message_part"):
        if "Attachment does not exist!" in (block.text or ""):
            message.files.append(File(None))
    for block in classed(tree, "app"):
        texts.append("\n".join(line for part in text_of(block).split("\n") if (line := part.strip())))
        message.marks.append("app")
    if first(tree, "sticker") is not None:
        message.marks.append("sticker")
    said = [" ".join(text_of(one).split()) for one in classed(tree, "reaction", "tapback") if one.tag == "span"]
    if said:
        message.facts["reactions"] = " | ".join(said)
    if effect := text_of(first(tree, "expressive")).strip():
        message.facts["effect"] = effect.removeprefix("Sent with ")
    message.text = "\n".join(texts) or None
    for table in classed(tree, "edited"):
        rows = [[text_of(cell) for cell in row.iter("td")] for row in table.iter("tr")]
        if rows and all(len(row) == 2 for row in rows):
            told.edits(message, [(row[0], row[1]) for row in rows])
