"""Discord by DiscordChatExporter, web page form (dark or light).

Message ids are in the page, and a Discord id holds its instant to the millisecond: times come from there, what the page
shows (a date as the exporting computer's country writes it) is kept beside it. Cannot read: replies' and embeds' own parts
beyond their words. Class names vary with the exporter's version; these are those of its later ones. Tested with: invented
pages. Tier: `public schema` (older versions: not exercised). Fixture: fixtures/chat-discord.

A record is one message container up to the next: `bytes:START-END`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from plainrecord.intake.listing import Listing
from plainrecord.intake.reading import Stream
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.discordcsv import claim_of
from plainrecord.parsers.chat.discordexport import DiscordExport
from plainrecord.parsers.chat.discordtalk import SERVICE, WORDS, Item
from plainrecord.parsers.chat.elementcut import cut
from plainrecord.records import Position, Unread

_START = re.compile(
    rb'<div class="?chatlog__message-group[^>]{0,80}>|<div [^<>]{0,200}\bdata-message-id="?([0-9]{1,20})"?[^<>]{0,80}>'
)
_HREFS = frozenset("a img video audio source".split())


class DiscordPages(DiscordExport):
    """The web page form."""

    name = "discord-html"
    version = "1"
    card = FormatCard(
        service=SERVICE,
        export="Discord, web page made by DiscordChatExporter",
        tier="public schema",
        holds="Messages of both sides with ids and, from these, exact times; author ids, replies, files if downloaded.",
        cannot_hold="When a message was edited beyond the text shown, deleted messages, who reacted.",
        fixture="chat-discord",
        acts="discord-exporter",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each page, known by its class names."""
        for member in listing.members:
            if b"chatlog" in member.head and b"preamble" in member.head and b"<" in member.head[:64]:
                yield claim_of(self.name, listing, member)

    def items(self, claim: Claim, stream: Stream) -> Iterator[Item | Unread]:
        """Every message container; of a group only the first names the author."""
        author: dict[str, str] = {}
        for piece in cut(stream, _START):
            locator = f"bytes:{piece.start}-{piece.end}"
            if piece.match[1] is None:
                # A group begins: it holds no words before its first message.
                author = {}
                continue
            message = _message(piece.data, piece.match[1].decode()) if piece.whole else None
            if message is None:
                kind = "bad-element" if piece.whole else "truncated"
                detail = "The page breaks off in this message; everything before it was read."
                yield Unread(Position(claim.members[0].tree_path, locator), kind, detail)
                continue
            author = message.setdefault("author", author)
            yield Item(locator, message, piece.data)


def _message(data: bytes, identity: str) -> dict[str, Any] | None:
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True)
    parser.feed(data)
    root = next((one for one in parser.close().iter("div") if one.get("data-message-id")), None)
    if root is None:
        return None
    message: dict[str, Any] = {"id": identity, "type": "Default", "isPinned": "pinned" in (root.get("class") or "")}
    for node in root.iter("span", "div"):
        _take(node, message)
    urls = [url for node in root.iter("div", "a") if "chatlog__attachment" in _classes(node) for url in _urls(node)]
    if urls:
        message["attachments"] = [{"url": url} for url in dict.fromkeys(urls)]
    return message


def _take(node: etree._Element, message: dict[str, Any]) -> None:
    classes = _classes(node)
    if classes & {"chatlog__author", "chatlog__system-notification-author"} and "author" not in message:
        message["author"] = {
            "id": node.get("data-user-id") or "",
            "name": node.get("title") or _words(node),
            "nickname": _words(node),
        }
    elif "chatlog__system-notification-content" in classes:
        message["content"] = _words(node)
        message["type"] = "Call" if message["content"].startswith(WORDS["made"]["call"]) else "system-notification"
    elif "chatlog__content" in classes and "content" not in message:
        message["content"] = _words(node, without="chatlog__edited-timestamp")
    elif classes & {"chatlog__timestamp", "chatlog__short-timestamp", "chatlog__system-notification-timestamp"}:
        message["shown_time"] = node.get("title") or _words(node)
    elif "chatlog__edited-timestamp" in classes:
        message["timestampEdited"] = node.get("title") or _words(node)
    elif "chatlog__reply-content" in classes:
        message["reply_to_words"] = _words(node)
    elif "chatlog__reactions" in classes:
        message["reactions_as_written"] = " ".join(_words(node).split())
    elif "chatlog__embed" in classes and "embed_words" not in message:
        message["embed_words"] = " ".join(_words(node).split())


def _urls(node: etree._Element) -> Iterator[str]:
    for one in node.iter(*_HREFS):
        url = one.get("href") or one.get("src")
        if url:
            yield url


def _classes(node: etree._Element) -> frozenset[str]:
    return frozenset((node.get("class") or "").split())


def _words(node: etree._Element, without: str = "") -> str:
    """Text as shown: a line break for `<br>`, an emoji picture as its name."""
    parts: list[str] = []
    left_out = 0
    for event, one in etree.iterwalk(node, events=("start", "end")):
        if event == "start":
            if left_out or (without and without in _classes(one)):
                left_out += 1
                continue
            parts.append("\n" if one.tag == "br" else one.get("alt") or "" if one.tag == "img" else "")
            parts.append(one.text or "")
            continue
        left_out -= left_out > 0
        if not left_out and one is not node:
            parts.append(one.tail or "")
    return "".join(parts).strip()
