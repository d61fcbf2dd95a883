"""Who is who in Signal's own export: its recipient and chat frames, as accounts and conversations.

Keys (profile keys, group keys) stand in the same frames and are never taken out of them.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from dataclasses import dataclass, field
from typing import Any

from plainrecord.records import Account, Conversation

SERVICE = "signal"
OWNER = Account(SERVICE, "id", "self")


def part(value: object, name: str) -> dict[str, Any]:
    """The object under `name`, or an empty one: absent and default values are left out of such exports."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def items(value: object, name: str) -> list[dict[str, Any]]:
    """The objects of the list under `name`."""
    found = value.get(name) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def words(value: object, name: str) -> str:
    """The text (or number, as text) under `name`, or ""."""
    found = value.get(name) if isinstance(value, dict) else None
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def decoded(text: str) -> bytes:
    """Bytes written as base64; none when the text is no base64."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_" if set(text) & set("-_") else None)
    except (ValueError, binascii.Error):
        return b""


@dataclass(slots=True)
class Directory:
    """Recipients and chats by their numbers in the export; `files` is media by name without ending → path."""

    recipients: dict[str, dict[str, Any]] = field(default_factory=dict)
    chats: dict[str, str] = field(default_factory=dict)
    by_aci: dict[str, str] = field(default_factory=dict)
    owner: Account = OWNER
    files: dict[str, str] = field(default_factory=dict)
    _accounts: dict[str, Account | None] = field(default_factory=dict)
    _chats: dict[str, tuple[Conversation, tuple[Account, ...]]] = field(default_factory=dict)

    def learn(self, frame: dict[str, Any]) -> None:
        """Take in an account, recipient or chat frame; other frames change nothing."""
        self._accounts.clear()
        self._chats.clear()
        if recipient := part(frame, "recipient"):
            number = words(recipient, "id")
            self.recipients[number] = recipient
            if aci := words(part(recipient, "contact"), "aci"):
                self.by_aci[aci] = number
        elif chat := part(frame, "chat"):
            self.chats[words(chat, "id")] = words(chat, "recipientId")
        elif account := part(frame, "account"):
            name = " ".join(filter(None, (words(account, "givenName"), words(account, "familyName"))))
            self.owner = Account(SERVICE, "id", "self", name or None)

    def account(self, number: str) -> Account | None:
        """The account behind a recipient's number; None when the export does not hold it."""
        if number not in self._accounts:
            self._accounts[number] = self._account(number)
        return self._accounts[number]

    def chat(self, chat: str) -> tuple[Conversation, tuple[Account, ...]]:
        """The conversation of a chat's number with its title, and who is in it beside the owner."""
        if chat not in self._chats:
            self._chats[chat] = self._conversation(chat), self._others(chat)
        return self._chats[chat]

    def _account(self, number: str) -> Account | None:
        recipient = self.recipients.get(number)
        if recipient is None:
            return None
        if "self" in recipient:
            return self.owner
        if "releaseNotes" in recipient:
            return Account(SERVICE, "name", "Signal")
        contact = part(recipient, "contact")
        return contact_account(contact) if contact else None

    def _conversation(self, chat: str) -> Conversation:
        recipient = self.recipients.get(self.chats.get(chat, ""), {})
        group = part(recipient, "group")
        if group or "distributionList" in recipient:
            title = words(part(part(group, "snapshot"), "title"), "title") or None
            return Conversation(f"chat:{chat}", title, is_group=True)
        other = self.account(self.chats.get(chat, ""))
        return Conversation(f"chat:{chat}", (other.name or other.value) if other else None)

    def _others(self, chat: str) -> tuple[Account, ...]:
        number = self.chats.get(chat, "")
        group = part(self.recipients.get(number), "group")
        if not group:
            found = self.account(number)
            return (found,) if found and found.value != "self" else ()
        members = (words(member, "userId") for member in items(part(group, "snapshot"), "members"))
        accounts = (self.account(self.by_aci.get(aci, "")) for aci in members)
        return tuple(
            Account(one.service, one.kind, one.value, one.name, "member")
            for one in accounts
            if one and one.value != "self"
        )


def contact_account(contact: dict[str, Any]) -> Account:
    """A contact as its strongest identity: number, service id, user name, shown name (nickname, system, profile)."""
    name = _shown_name(contact)
    if number := words(contact, "e164"):
        return Account(SERVICE, "number", f"+{number.removeprefix('+')}", name)
    if aci := words(contact, "aci"):
        raw = decoded(aci)
        return Account(SERVICE, "id", str(uuid.UUID(bytes=raw)) if len(raw) == 16 else aci, name)
    if handle := words(contact, "username"):
        return Account(SERVICE, "handle", handle, name)
    return Account(SERVICE, "name", name or "Unknown")


def _shown_name(contact: dict[str, Any]) -> str | None:
    nickname = part(contact, "nickname")
    pairs = (
        (words(nickname, "given"), words(nickname, "family")),
        (words(contact, "systemGivenName"), words(contact, "systemFamilyName")),
        (words(contact, "profileGivenName"), words(contact, "profileFamilyName")),
    )
    return next((" ".join(filter(None, pair)) for pair in pairs if any(pair)), None)
