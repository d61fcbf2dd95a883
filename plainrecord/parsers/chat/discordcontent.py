"""The content of one Discord message: words, files, embeds, reactions and every further field as a fact."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.discordtalk import Item, Talk
from plainrecord.parsers.chat.media import MediaFiles, attached, folder_of
from plainrecord.records import Attachment, Loaded

_LONGEST_FACT = 4000
_SAID = frozenset(
    "timestamp timestampEdited callEndedTimestamp isPinned content author attachments stickers reactions local".split()
)


def loaded(claim: Claim, item: Item, talk: Talk, media: MediaFiles) -> Loaded:
    """One message with its content; a forwarded one keeps the other's words apart from the author's own, as a fact."""
    message = item.message
    found = Loaded(talk.envelope(item), raw=item.raw, notes=item.notes)
    text = message.get("content")
    found.text, found.text_from = (text, "plain") if isinstance(text, str) and text else (None, "none")
    for name, meaning in (("timestampEdited", "edited"), ("callEndedTimestamp", "unstated")):
        if isinstance(message.get(name), str):
            found.dates += (talk.times.stamp(message[name], name, "edited" if meaning == "edited" else "unstated"),)
    if isinstance(message.get("callEndedTimestamp"), str):
        found.status["call-ended"] = message["callEndedTimestamp"]
    found.facts = dict(_facts(message))
    folder = folder_of(claim.members[0])
    for url, given, kind in _files(message):
        entry, blob = _attachment(claim, media, folder, url, given)
        entry.facts["kind"] = kind
        found.attachments.append(entry)
        found.blobs.append(blob)
    return found


def _attachment(
    claim: Claim, media: MediaFiles, folder: str, url: str, name: str | None
) -> tuple[Attachment, bytes | None]:
    """A file by its address: beside the export when it was downloaded (percent-encoded or not), else a link only."""
    last: str = name or unquote(url.partition("?")[0].rpartition("/")[2])
    if "://" in url[:12]:
        return Attachment(name=last, state="not-exported", facts={"address": url[:_LONGEST_FACT]}), None
    prefix = f"{folder}/" if folder else ""
    for path in dict.fromkeys((url, unquote(url), url.replace("\\", "/"), unquote(url).replace("\\", "/"))):
        if member := media.find(prefix + path):
            entry, blob = attached(claim, member, last or member.name)
            entry.facts["path"] = path
            return entry, blob
    return Attachment(name=last, state="missing", facts={"path": url[:_LONGEST_FACT]}), None


def _files(message: dict[str, Any]) -> Iterator[tuple[str, str | None, str]]:
    forwarded = message.get("forwardedMessage")
    for source, prefix in ((message, ""), (forwarded, "forwarded ")):
        if not isinstance(source, dict):
            continue
        for key, address, name, kind in (
            ("attachments", "url", "fileName", "file"),
            ("stickers", "sourceUrl", "name", "sticker"),
        ):
            for one in _listed(source.get(key)):
                if isinstance(one, dict) and isinstance(one.get(address), str):
                    given = one.get(name)
                    yield one[address], given if isinstance(given, str) else None, prefix + kind


def _facts(message: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in message.items():
        if name not in _SAID and value not in (None, [], "", {}) and (name, value) != ("type", "Default"):
            yield name, _words(value)
    author = message.get("author")
    if isinstance(author, dict):
        for name in ("name", "discriminator", "nickname", "isBot"):
            if author.get(name) not in (None, "", False, "0000"):
                yield f"author_{name.lower()}", _words(author[name])
    reactions = [_reaction(one) for one in _listed(message.get("reactions")) if isinstance(one, dict)]
    if reactions:
        yield "reactions", ", ".join(reactions)[:_LONGEST_FACT]


def _reaction(reaction: dict[str, Any]) -> str:
    emoji = reaction.get("emoji")
    shown = emoji.get("name") if isinstance(emoji, dict) else emoji
    users = reaction.get("users")
    names = [
        str(one.get("nickname") or one.get("name"))
        for one in (users if isinstance(users, list) else ())
        if isinstance(one, dict)
    ]
    return f"{shown} × {reaction.get('count')}" + (f" ({', '.join(names)})" if names else "")


def _listed(value: object) -> list[Any]:
    """The value if it is a list; an empty one for whatever else stands in its place."""
    return value if isinstance(value, list) else []


def _words(value: object) -> str:
    if isinstance(value, str):
        return value[:_LONGEST_FACT]
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)[:_LONGEST_FACT]
    except RecursionError:
        return "(nested too deeply to be shown; see the original)"
