"""What the four forms of a DiscordChatExporter export share: envelopes, content, and whose chat it is.

Each form is read into the objects of the JSON form (`author`, `timestamp`, `content`, …), so that one chat says the same in
every form as far as the form goes. Source of knowledge: the exporter's public source; Discord's public documentation of
ids (a message id counts milliseconds since 2015).
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim
from plainrecord.records import Account, Conversation, Envelope, Kind, Position
from plainrecord.times import Meaning, Precision, TimeBlock, from_epoch, from_local, from_offset, unreadable

SERVICE = "discord"
WORDS: dict[str, Any] = tomllib.loads(
    (files("plainrecord.parsers.chat") / "data" / "discord.toml").read_text(encoding="utf-8")
)
_MADE = tuple(WORDS["made"]["begins"])
_EPOCH_MS = 1_420_070_400_000
_LONGEST_ID = 20
MANY = 3


@dataclass(frozen=True, slots=True)
class Item:
    """One message in the shape of the JSON form, where it stands, and its exact bytes when they are at hand."""

    locator: str
    message: dict[str, Any]
    raw: bytes = b""
    notes: tuple[str, ...] = ()


class Talk:
    """Envelopes of one channel's messages."""

    def __init__(self, claim: Claim) -> None:
        self._member: Member = claim.members[0]
        self.times = Times(claim.options.timezone)
        channel: dict[str, str] = json.loads(claim.facts["channel"])
        people = [Account(SERVICE, kind, value, name) for kind, value, name in json.loads(claim.facts["people"])]
        title = channel.get("name")
        other = next((one for one in people if title and title in (one.name, one.value)), None)
        stated = channel.get("type") in WORDS["channels"]["one_to_one"]
        self._pair = people if stated or (not channel.get("type") and other and len(people) < MANY) else []
        owner = next((one for one in self._pair if one != other), None) if other else None
        if self._pair and owner is None and claim.options.owner_names:
            # The owner never wrote here, so the export does not name them; a person did.
            owner = Account(SERVICE, "name", claim.options.owner_names[0], claim.options.owner_names[0])
            self._pair = [*self._pair, owner]
        self._also = (_with_role(owner, "owner"),) if owner else ()
        self._conversation = Conversation(
            channel.get("id") or self._member.tree_path, title, is_group=not (stated or self._pair)
        )
        self._memo: dict[str, tuple[Account | None, tuple[Account, ...], tuple[Account, ...]]] = {}

    def envelope(self, item: Item) -> Envelope:
        """The envelope of one message."""
        message = item.message
        sender, recipients, also = self._sides(message.get("author"))
        kind, marks = _kind_and_marks(message)
        time, notes = self.times.sent(message)
        return Envelope(
            Position(self._member.tree_path, item.locator),
            kind,
            SERVICE,
            time,
            sender,
            recipients,
            also,
            self._conversation,
            marks,
            (*notes, *item.notes),
        )

    def _sides(self, author: object) -> tuple[Account | None, tuple[Account, ...], tuple[Account, ...]]:
        sender = account(author)
        if sender is None or not isinstance(author, dict):
            return None, (), self._also
        handle = author.get("name")
        key = f"{sender.value}\0{sender.name}\0{handle}"
        if key not in self._memo:
            others = tuple(_with_role(one, "to") for one in self._pair if one.value != sender.value)
            # The unique name beside the number: people know the one, the export is keyed by the other.
            named = (
                (Account(SERVICE, "handle", handle, sender.name, "sender"),)
                if sender.kind == "id" and isinstance(handle, str) and handle
                else ()
            )
            self._memo[key] = sender, others, (*named, *self._also)
        return self._memo[key]


def account(author: object) -> Account | None:
    """The author object as an account: by number where there is one, else by name."""
    if not isinstance(author, dict):
        return None
    shown = author.get("nickname") or author.get("name")
    name = shown if isinstance(shown, str) else None
    identity = author.get("id")
    if isinstance(identity, str) and identity:
        return Account(SERVICE, "id", identity, name)
    handle = author.get("name")
    return Account(SERVICE, "handle", handle, name) if isinstance(handle, str) and handle else None


def _with_role(one: Account, role: str) -> Account:
    return Account(one.service, one.kind, one.value, one.name, role)


class Times:
    """Times of one export; `zone` is what a person said about the computer that exported, None when nobody did."""

    def __init__(self, zone: str | None) -> None:
        self._zone = zone
        self.stamp = lru_cache(maxsize=4096)(self._stamp)

    def sent(self, message: dict[str, Any]) -> tuple[TimeBlock, tuple[str, ...]]:
        """When a message was sent; what is written is held against the instant inside the message id."""
        local = message.get("local")
        if isinstance(local, datetime):
            return from_local(str(message["timestamp"]), "date", local, self._zone, precision="min"), ()
        identity = message.get("id")
        instant = snowflake_ms(identity)
        written = message.get("timestamp")
        if written is None and instant is not None:
            return from_epoch(instant, "ms", str(identity), "message id"), ()
        found = self.stamp(str(written or ""), "timestamp", "sent")
        if found.utc_us is None or instant is None or abs(found.utc_us // 1000 - instant) < 1000:
            return found, ()
        return found, ("discord:time-differs-from-id",)

    def _stamp(self, text: str, where: str, meaning: Meaning) -> TimeBlock:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return unreadable(text, where, meaning=meaning)
        precision: Precision = "s" if "." not in text else "ms" if moment.microsecond % 1000 == 0 else "us"
        offset = moment.utcoffset()
        if offset is None:
            return from_local(text, where, moment, self._zone, meaning=meaning, precision=precision)
        minutes = int(offset.total_seconds() // 60)
        return from_offset(text, where, moment.replace(tzinfo=None), minutes, meaning=meaning, precision=precision)


def snowflake_ms(identity: object) -> int | None:
    """Milliseconds since 1970 that a message id states, None for anything that is no id."""
    if not isinstance(identity, str) or not (
        identity.isascii() and identity.isdigit() and len(identity) <= _LONGEST_ID
    ):
        return None
    return (int(identity) >> 22) + _EPOCH_MS if int(identity) >> 22 else None


def _kind_and_marks(message: dict[str, Any]) -> tuple[Kind, tuple[str, ...]]:
    type_ = str(message.get("type", "Default"))
    speech, call = type_ in WORDS["speech"], type_ in WORDS["calls"]
    marks = [WORDS["marks"][type_]] if type_ in WORDS["marks"] else []
    if not speech and type_.isdigit() and not call:
        # A kind the exporter had no name for: its text may be anybody's.
        marks.append("maybe-system")
    if "type" not in message and str(message.get("content", "")).startswith(_MADE):
        marks.append("maybe-system")
    if message.get("timestampEdited"):
        marks.append("edited")
    if message.get("isPinned") is True:
        marks.append("pinned")
    if isinstance(message.get("forwardedMessage"), dict):
        marks.append("forwarded")
    return "message" if speech else "call" if call else "system", tuple(dict.fromkeys(marks))
