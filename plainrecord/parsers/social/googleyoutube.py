"""YouTube inside a Takeout: the owner's own comments, live-chat messages and subscriptions, in tables and in older pages.

Everything here is the owner's own act: what others wrote under the owner's videos is not in a Takeout. Watch and search
history have the shape of “My Activity” and are read there.
Source of knowledge: the format reference (downloads section 10.6), from public readers. Tier: `public schema`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from plainrecord.intake.reading import Stream
from plainrecord.parsers.chat.jsonchat import listed, rest, shown, words
from plainrecord.parsers.chat.pages import text_of, tree_of
from plainrecord.parsers.chat.pieces import TIME_MISSING, Message, Problem, no_time
from plainrecord.parsers.social.download import acts_with
from plainrecord.parsers.social.googlescene import CUT_OFF, OWNER_MISSING, Scene, looked_for
from plainrecord.parsers.social.googlescene import YOUTUBE as SERVICE
from plainrecord.parsers.social.googletimes import stamp
from plainrecord.parsers.social.sheets import Piece, PieceSheet, Read, TableSheet, Where, cut_at
from plainrecord.records import Account, Conversation

_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]+[0-9]{2}:[0-9]{2}:[0-9]{2}(?: ?(?:UTC|Z))?")
_ITEM = re.compile(rb"<li\b")
_SAID = frozenset(
    (
        *("comment id", "live chat id", "channel id", "comment create timestamp", "live chat create timestamp"),
        *("comment text", "live chat text", "video id", "parent comment id"),
    )
)


def read_comment(where: Where[Scene], row: Mapping[str, str]) -> Read:
    """One row of `comments.csv` or `live chats.csv`; columns are found by name, because their order differs."""
    named = {name.casefold(): value.strip() for name, value in row.items()}
    if not any(named.values()):
        return []
    live = "live chat id" in named
    written = named.get("live chat create timestamp" if live else "comment create timestamp", "")
    message = _own(where, named.get("channel id", ""), written)
    message.text, notes = _text(named.get("live chat text" if live else "comment text", ""))
    message.notes += notes
    message.marks += ["live-chat"] if live else []
    if parent := named.get("parent comment id"):
        message.marks.append("reply")
        message.facts["reply-to"] = parent
    if video := named.get("video id"):
        message.conversation = Conversation(f"{SERVICE}:video:{video}", f"Comments on the YouTube video {video}", True)
        message.facts["video"] = video
    message.facts["id"] = named.get("live chat id" if live else "comment id", "")
    message.facts |= rest(named, _SAID)
    return [message]


def read_subscription(where: Where[Scene], row: Mapping[str, str]) -> Read:
    """One channel the owner follows; the table gives no time."""
    named = {name.casefold(): value.strip() for name, value in row.items()}
    identity, title = named.get("channel id", ""), named.get("channel title", "")
    if not identity and not title:
        return []
    channel = Account(SERVICE, "id", identity, title or None) if identity else Account(SERVICE, "name", title, title)
    owner = where.scene.channel or where.scene.account
    return [
        Message(
            "follow",
            no_time(None, "subscriptions"),
            owner,
            acts_with(channel, SERVICE),
            owner=owner,
            recipients=(channel,),
            notes=[TIME_MISSING, *([] if owner else [OWNER_MISSING])],
            facts=rest(named, ("channel id", "channel title")),
            service=SERVICE,
        )
    ]


def cut_items(stream: Stream) -> Iterator[Piece]:
    """A page of the older form before each list item."""
    return looked_for(cut_at(stream, lambda data: (match.start() for match in _ITEM.finditer(data)), 8, ends=b"</ul"))


def read_item(where: Where[Scene], raw: bytes) -> Read:
    """One comment or live-chat message of `my-comments.html`: a sentence with its time, a line break, the words."""
    tree, notes = tree_of(raw)
    item = next(tree.iter("li"), None) if tree is not None else None
    if item is None:
        return Problem("no-page", "This stretch of the page could not be read as a page.")
    if b"</li" not in raw:
        return CUT_OFF
    said, _, text = text_of(item).partition("\n")
    written = _WRITTEN.search(said)
    message = _own(where, "", written[0] if written else "")
    message.text = text.strip() or None
    message.notes += notes
    if "live" in where.member.name.casefold():
        message.marks.append("live-chat")
    message.facts["said-before-it"] = " ".join(said.split())[:1000]
    links = [str(one.get("href")) for one in item.iter("a") if one.get("href")]
    if links:
        message.facts["links"] = shown(links)
    return [message]


COMMENTS: TableSheet[Scene] = TableSheet(read_comment, ragged=True)
SUBSCRIPTIONS: TableSheet[Scene] = TableSheet(read_subscription, ragged=True)
ITEMS = PieceSheet(cut_items, read_item)


def _own(where: Where[Scene], channel: str, written: str) -> Message:
    """A comment of the owner: the account is the channel that the row names."""
    owner = Account(SERVICE, "id", channel) if channel else where.scene.channel or where.scene.account
    if owner and where.scene.channel and owner == where.scene.channel:
        owner = where.scene.channel
    when = stamp(written, "time")
    notes = [*([] if when else [TIME_MISSING]), *([] if owner else [OWNER_MISSING])]
    return Message(
        "comment", when or no_time(None, "time"), owner, Conversation(), owner=owner, notes=notes, service=SERVICE
    )


def _text(said: str) -> tuple[str | None, list[str]]:
    """The words of a comment: `{"takeoutSegments": […]}`, or newer several objects joined by commas without brackets."""
    if not said.startswith("{"):
        return said or None, []
    try:
        parts: Any = json.loads(f"[{said}]")
    except (ValueError, RecursionError):
        return said, ["google-youtube:text-as-stored"]
    pieces: list[str] = []
    for one in parts:
        segments = [segment for _, segment in listed(one, "takeoutSegments")] or [one]
        pieces += [words(segment, "text") for segment in segments]
    text = "".join(pieces)
    return (text, []) if text else (said, ["google-youtube:text-as-stored"])
