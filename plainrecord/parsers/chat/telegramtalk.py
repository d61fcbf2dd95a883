"""One Telegram message as an envelope: who, when, in which chat, what kind. For the JSON export of Telegram Desktop.

Content is in `telegramcontent`. Source of knowledge: Telegram Desktop's public export writer; samples of public readers.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any, cast

from plainrecord.parsers.jsonstream import Found
from plainrecord.records import Account, Conversation, Envelope, Kind, Position
from plainrecord.times import Meaning, TimeBlock, from_epoch, from_local, from_offset, unreadable

SERVICE = "telegram"
WORDS: dict[str, Any] = tomllib.loads(
    (files("plainrecord.parsers.chat") / "data" / "telegram.toml").read_text(encoding="utf-8")
)
CHAT_TYPES = frozenset(
    "saved_messages replies verification_codes personal_chat bot_chat private_group private_supergroup public_supergroup"
    " private_channel public_channel".split()
)
_ONE_TO_ONE = frozenset(("personal_chat", "bot_chat"))
_ALONE = frozenset(("saved_messages", "replies", "verification_codes"))
_ESCAPE = re.compile(r"(\\\\)|\\x([0-9A-Fa-f]{2})")
_LONGEST_EPOCH = 15
_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class Chat:
    """What the export says about a chat before its messages. `owner` is the exporting account's `from_id`; "" when it was looked for
    in vain."""

    id: str = ""
    type: str = ""
    name: str | None = None
    owner: str | None = None
    owner_name: str | None = None

    @property
    def other(self) -> str | None:
        """The other person's `from_id` in a one-to-one chat (trap: the chat's id is the other one's, without prefix)."""
        return f"user{self.id}" if self.id and self.type in _ONE_TO_ONE else None

    def conversation(self) -> Conversation:
        """The conversation as the export states it."""
        return Conversation(
            key=f"{self.type}:{self.id}",
            title=self.name,
            is_group=self.type not in _ONE_TO_ONE and self.type not in _ALONE,
        )


def repair(text: str) -> str:
    """Trap: control characters are written as backslash-x-HH, which JSON forbids; here they become \\u00HH."""
    return _ESCAPE.sub(lambda match: match[1] or f"\\u00{match[2]}", text)


def account(identity: object, name: object, role: str | None = None) -> Account | None:
    """The account behind `from_id` and `from` (or `actor_id` and `actor`); the name alone when there is no id.

    A deleted account has an id and no name. Older exports write bare numbers: kept as written.
    """
    shown = name if isinstance(name, str) and name else None
    if isinstance(identity, str | int) and not isinstance(identity, bool) and str(identity):
        return Account(SERVICE, "id", str(identity), shown, role)
    return Account(SERVICE, "name", shown, shown, role) if shown else None


class Times:
    """Times of one export; the zone is what a person said about it, None when nobody did."""

    def __init__(self, zone: str | None) -> None:
        self._zone = zone
        self._local = lru_cache(maxsize=4096)(self._read_local)

    def of(self, values: Mapping[str, Any], name: str = "date", meaning: Meaning = "sent") -> TimeBlock | None:
        """The time under `name`: the count of seconds beside it when there is one, else the wall clock; None if absent."""
        epoch = values.get(f"{name}_unixtime")
        if epoch is not None:
            text = str(epoch)
            digits = text.removeprefix("-")
            if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_EPOCH:
                return from_epoch(int(text), "s", text, f"{name}_unixtime", meaning=meaning)
        written = values.get(name)
        if written is None:
            return None if epoch is None else unreadable(str(epoch), f"{name}_unixtime", meaning=meaning)
        return self._local(str(written), name, meaning)

    def _read_local(self, text: str, where: str, meaning: Meaning) -> TimeBlock:
        # Trap: no offset is written; the clock is that of the computer that exported, and jumps when its clocks change.
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return unreadable(text, where, meaning=meaning)
        offset = moment.utcoffset()
        if offset is not None:
            minutes = int(offset.total_seconds() // 60)
            return from_offset(text, where, moment.replace(tzinfo=None), minutes, meaning=meaning)
        return from_local(text, where, moment, self._zone, meaning=meaning)


class Talk:
    """Envelopes of one chat's messages and of the reactions that carry a name."""

    def __init__(self, chat: Chat, times: Times, member: str) -> None:
        self._chat = chat
        self._times = times
        self._member = member
        self._conversation = chat.conversation()
        self._known: dict[tuple[object, object], tuple[Account | None, tuple[Account, ...]]] = {}
        self._owner = account(chat.owner or None, chat.owner_name, "owner")
        self._also = (self._owner,) if self._owner else ()

    def envelope(self, found: Found) -> Envelope:
        """The envelope of one message object."""
        message: dict[str, Any] = found.value
        kind, marks = _kind_and_marks(message)
        service = message.get("type") == "service"
        sender, recipients = self._sides(message, "actor" if service else "from")
        time = self._times.of(message) or unreadable("", "date")
        notes = ("telegram:invalid-escape-repaired",) if found.repaired else ()
        return Envelope(
            Position(self._member, found.locator),
            kind,
            SERVICE,
            time,
            sender,
            recipients,
            self._also,
            self._conversation,
            marks,
            notes,
        )

    def reactions(self, found: Found) -> Iterator[tuple[Envelope, dict[str, Any], dict[str, Any]]]:
        """Envelope, reaction and reactor of every reaction whose author the export names (a sample, never all)."""
        message: dict[str, Any] = found.value
        author, _ = self._sides(message, "actor" if message.get("type") == "service" else "from")
        for number, reaction in enumerate(_dicts(message.get("reactions"))):
            for index, one in enumerate(_dicts(reaction.get("recent"))):
                pointer = f"{found.pointer}/reactions/{number}/recent/{index}"
                envelope = Envelope(
                    Position(self._member, found._replace(pointer=pointer).locator),
                    "reaction",
                    SERVICE,
                    self._times.of(one) or unreadable("", "date"),
                    account(one.get("from_id"), one.get("from")),
                    (author,) if author else (),
                    self._also,
                    self._conversation,
                )
                yield envelope, reaction, one

    def _recipients(self, sender: Account | None) -> tuple[Account, ...]:
        """In a one-to-one chat the side that did not write; whoever is not the other one is the owner."""
        if sender is None or self._chat.other is None:
            return ()
        # Older exports write ids without "user": the side that is not named here has to be spelt as it is elsewhere.
        other = self._chat.other if sender.value.startswith("user") else self._chat.id
        if sender.value == other:
            return (replace(self._owner, role="to"),) if self._owner else ()
        return (Account(SERVICE, "id", other, self._chat.name, "to"),)

    def _sides(self, message: dict[str, Any], name: str) -> tuple[Account | None, tuple[Account, ...]]:
        """Who wrote a message and, in a one-to-one chat, to whom; remembered for each pair of id and name."""
        key = (message.get(f"{name}_id"), message.get(name))
        try:
            return self._known[key]
        except KeyError:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            sender = account(*key)
            sides = self._known[key] = sender, self._recipients(sender)
            return sides
        except TypeError:
            # A list or an object where an id belongs.
            return None, ()


def _dicts(value: object) -> list[dict[str, Any]]:
    """The objects of a list; positions inside it stay right because anything else ends the list."""
    if not isinstance(value, list):
        return []
    stop = next((index for index, item in enumerate(value) if not isinstance(item, dict)), len(value))
    return value[:stop]


def was_edited(message: dict[str, Any]) -> bool:
    """Older exports write the zero of the clock, at the exporting computer's offset, for messages never edited."""
    if "edited_unixtime" in message:
        return str(message["edited_unixtime"]) != "0"
    return "edited" in message and not str(message["edited"]).startswith(("1970-01-01", "1969-12-31"))


def _kind_and_marks(message: dict[str, Any]) -> tuple[Kind, tuple[str, ...]]:
    kind: Kind = "message"
    marks: list[str] = []
    if was_edited(message):
        marks.append("edited")
    type_ = message.get("type")
    if type_ == "service":
        action = str(message.get("action", ""))
        kind = cast(Kind, WORDS["kinds"].get(action, "system"))
        marks += _action_marks(message, action)
    elif type_ != "message":
        kind = "other"
        marks.append("unsupported")
    if "forwarded_from" in message or "forwarded_from_id" in message:
        marks.append("forwarded")
    if "self_destruct_period_seconds" in message:
        marks.append("disappearing")
    return kind, tuple(marks)


def _action_marks(message: dict[str, Any], action: str) -> Iterator[str]:
    if action in WORDS["marks"]:
        yield WORDS["marks"][action]
    if message.get("is_missed") is True:
        yield "missed"
    reason = message.get("discard_reason")
    if isinstance(reason, str) and reason in WORDS["calls"]:
        yield WORDS["calls"][reason]
    elif action == "phone_call" and message.get("duration_seconds"):
        yield "answered"
