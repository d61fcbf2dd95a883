"""The content of one Telegram message: its words, its files, and every further field as a fact. For the JSON export."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.media import MediaFiles, attached, not_exported
from plainrecord.parsers.chat.telegramtalk import WORDS, Times, was_edited
from plainrecord.parsers.jsonstream import Slice
from plainrecord.records import Attachment, Envelope, Loaded

_LONGEST_FACT = 4000
_FILES = {"photo": "photo", "file": "file", "thumbnail": "thumbnail", "contact_vcard": "contact card"}
# Said elsewhere in the record; everything else becomes a fact under its own name.
_SAID = frozenset(
    "type date date_unixtime edited edited_unixtime from from_id actor actor_id text text_entities reactions"
    " duration_seconds discard_reason is_missed is_active".split()
) | frozenset(_FILES)
_STATUS = {
    "duration_seconds": "duration-seconds",
    "discard_reason": "ended",
    "is_missed": "missed",
    "is_active": "active",
}


class Contents:
    """Turns slices of one export into loaded records."""

    def __init__(self, claim: Claim, folder: str, media: MediaFiles, times: Times) -> None:
        self._claim = claim
        self._folder = folder
        self._media = media
        self._times = times

    def message(self, part: Slice, envelope: Envelope) -> Loaded:
        """A message or service entry."""
        message: dict[str, Any] = part.value
        text = text_of(message)
        loaded = self._loaded(part, envelope)
        edited = self._times.of(message, "edited", "edited") if was_edited(message) else None
        loaded.dates = (edited,) if edited else ()
        loaded.text, loaded.text_from = (text, "plain") if text else (None, "none")
        loaded.status = {shown: _words(message[name]) for name, shown in _STATUS.items() if name in message}
        loaded.facts |= dict(_facts(message))
        for name, what in _FILES.items():
            if isinstance(message.get(name), str) and message[name]:
                found, data = self._file(message, name, what)
                loaded.attachments.append(found)
                loaded.blobs.append(data)
        return loaded

    def reaction(self, part: Slice, envelope: Envelope, reaction: dict[str, Any]) -> Loaded:
        """One named reaction; its text is the emoji, its fact the message it belongs to."""
        loaded = self._loaded(part, envelope)
        emoji = reaction.get("emoji")
        loaded.text, loaded.text_from = (emoji, "plain") if isinstance(emoji, str) else (None, "none")
        loaded.facts |= {"reaction_to": _words(part.element.get("id")), "reaction": _words(reaction.get("type"))}
        if "document_id" in reaction:
            loaded.facts["document_id"] = _words(reaction["document_id"])
        return loaded

    def _loaded(self, part: Slice, envelope: Envelope) -> Loaded:
        return Loaded(
            envelope,
            raw=part.raw,
            raw_sha256=part.raw_sha256,
            raw_bytes=len(part.raw),
            native_suffix=".json",
            notes=part.notes,
        )

    def _file(self, message: dict[str, Any], name: str, what: str) -> tuple[Attachment, bytes | None]:
        given: str = message[name]
        shown = message.get("file_name") if name == "file" else None
        if given.startswith(WORDS["left_out"]["begins"]):
            found, data = not_exported(what), None
            found.name = shown if isinstance(shown, str) else None
            found.facts["said"] = given
        else:
            member = self._media.find(f"{self._folder}/{given}" if self._folder else given)
            last = shown if isinstance(shown, str) and shown else given.rpartition("/")[2]
            found, data = (
                attached(self._claim, member, last) if member else (Attachment(name=last, state="missing"), None)
            )
            found.facts |= {"kind": what, "path": given}
        if name == "file":
            found.claimed_type = message.get("mime_type") if isinstance(message.get("mime_type"), str) else None
        found.inline = name == "thumbnail"
        return found, data


def _listed(value: object) -> list[Any]:
    """The value if it is a list; an empty one for whatever else stands in its place."""
    return value if isinstance(value, list) else []


def text_of(message: dict[str, Any]) -> str:
    """The words of a message, put together from `text_entities`, or from `text` in any of its three forms."""
    entities = message.get("text_entities")
    return _joined(entities if isinstance(entities, list) and entities else message.get("text"))


def _joined(value: object) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return ""
    return "".join(
        part if isinstance(part, str) else str(part.get("text", "")) if isinstance(part, dict) else "" for part in value
    )


def _facts(message: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every field that is said nowhere else, in the order of the file; hidden link targets and the local clock too."""
    for name, value in message.items():
        if name not in _SAID:
            yield name, _words(value)
    if "date_unixtime" in message and "date" in message:
        yield "date_local", _words(message["date"])
    links = [
        str(part[key])
        for part in _listed(message.get("text_entities")) or _listed(message.get("text"))
        if isinstance(part, dict)
        for key in ("href", "user_id")
        if key in part
    ]
    if links:
        yield "links", _words(links)
    reactions = message.get("reactions")
    if isinstance(reactions, list) and reactions:
        yield (
            "reactions",
            ", ".join(
                f"{one.get('emoji') or one.get('document_id') or one.get('type')} × {one.get('count')}"
                for one in reactions
                if isinstance(one, dict)
            ),
        )


def _words(value: object) -> str:
    """A value as text: strings as they are, the rest as compact JSON, cut where no fact is that long."""
    if isinstance(value, str):
        return value[:_LONGEST_FACT]
    if isinstance(value, list) and value and all(isinstance(item, str | dict) for item in value):
        joined = _joined(value)
        if joined and any(isinstance(item, dict) and "text" in item for item in value):
            return joined[:_LONGEST_FACT]
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))[:_LONGEST_FACT]
    except RecursionError:
        return "(nested too deeply to be shown; see the original)"
