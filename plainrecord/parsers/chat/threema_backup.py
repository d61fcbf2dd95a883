"""Threema's data backup for Android: tables of messages, contacts and groups, from an unpacked zip.

From: Threema → Backups → Threema data backup; the zip opens with its password only (unpack it first; keep the zip as the
original). Reads: exact times, ids, direction, edits and deletions as such, media that lie beside the tables. Cannot read:
earlier wordings. Source of knowledge: the published code of the Android app, which spells one column `messagestae`.
Tier: `public schema`. Fixture: fixtures/chat-threema.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import islice

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.lines import Encoding, decoded, without_end
from plainrecord.parsers.chat.media import beside
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem, from_ms, no_time
from plainrecord.parsers.chat.textrows import Row, TableReader, TableReading, cells, header_of, table_rows
from plainrecord.records import Account, Conversation, Kind

SERVICE = "threema"
OWNER = Account(SERVICE, "name", "isoutbox=1")
_KINDS: dict[str, Kind] = {
    "STATUS": "system",
    "DATE_SEPARATOR": "system",
    "GROUP_STATUS": "system",
    "FORWARD_SECURITY_STATUS": "system",
    "GROUP_CALL_STATUS": "call",
    "VOIP_STATUS": "call",
}
_MUST = frozenset(("messagestae", "apiid", "isoutbox", "body"))
_MEDIA = ("IMAGE", "VIDEO", "VOICEMESSAGE", "FILE")
_TABLE = re.compile(r"(?P<group>group_)?message_(?P<id>[^/]+?)(?:\.csv)?\Z")
_MOST_CONTACTS = 100_000
_BESIDE = re.compile(
    r"(?:contacts|groups|ballot\w*|distribution_list\w*|contact_reactions|group_reactions)(?:\.csv)?\Z"
)
_SAYS = "A table of this backup that holds no messages; it was looked at for names only."


class ThreemaBackup(TableReader):
    """Message tables of a Threema data backup."""

    name = "threema-backup"
    version = "1"
    service = SERVICE
    must = _MUST
    card = FormatCard(
        service=SERVICE,
        export="Threema, data backup for Android (tables, unpacked)",
        tier="public schema",
        holds="Messages with exact times, ids, direction, delivery and reading times, that they were edited or deleted, media.",
        cannot_hold="Earlier wordings, the words of deleted messages; reactions are in the backup but not read.",
        fixture="chat-threema",
    )

    def recognises(self, columns: list[str], member: Member) -> bool:
        """The columns of a message table, one of which is misspelt."""
        return set(columns) >= _MUST

    def shelf(self, listing: Listing, chats: list[Member], aside: dict[str, str]) -> list[Member]:
        """The media beside the tables; the other tables are explained."""
        found = []
        for member in beside(listing, chats[0]):
            if _BESIDE.match(member.name):
                aside[member.tree_path] = _SAYS
            elif member.name.startswith(("message_media_", "group_message_media_")):
                found.append(member)
        for name in ("contacts", "groups"):
            found += [one for one in beside(listing, chats[0]) if one.name in (name, f"{name}.csv")]
        for member in found:
            aside.pop(member.tree_path, None)
        return found

    def reading(self, claim: Claim, member: Member) -> TableReading:
        """A reading of one table, which is one chat."""
        return _Chat(claim, member)


@dataclass(slots=True)
class _Names:
    """What the other tables of a backup say: accounts by their number in file names, groups by theirs."""

    contacts: dict[str, Account] = field(default_factory=dict)
    by_identity: dict[str, Account] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)


def _names(claim: Claim) -> _Names:
    names = _Names()
    for member in claim.members:
        if member.name in ("contacts", "contacts.csv"):
            for row in _table(claim, member):
                shown = " ".join(filter(None, (row.get("firstname"), row.get("lastname")))) or row.get("nick_name")
                account = Account(SERVICE, "id", row.get("identity", ""), shown or None)
                names.by_identity[account.value] = account
                if row.get("identity_id"):
                    names.contacts[row["identity_id"]] = account
        elif member.name in ("groups", "groups.csv"):
            for row in _table(claim, member):
                names.groups[row.get("group_uid", "")] = row.get("groupname", "")
    return names


def _table(claim: Claim, member: Member) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    header: list[str] = []
    for row in islice(table_rows(claim, member, Encoding()), _MOST_CONTACTS):
        if not isinstance(row, Row):
            break
        values = cells(without_end(decoded(row.raw, Encoding())[0]))
        if not header:
            header = header_of(row.raw, Encoding())
        elif len(values) == len(header):
            found.append(dict(zip(header, values, strict=True)))
    return found


class _Chat(TableReading):
    def __init__(self, claim: Claim, member: Member) -> None:
        self._names = _names(claim)
        self._other: Account | None = None
        found = _TABLE.match(member.name)
        which = found["id"] if found else member.name
        self._group = bool(found and found["group"])
        self._prefix = "group_message_media_" if self._group else "message_media_"
        if self._group:
            self._conversation = Conversation(f"group:{which}", self._names.groups.get(which) or None, is_group=True)
        else:
            self._other = self._names.contacts.get(which) or Account(SERVICE, "id", which)
            self._conversation = Conversation(f"contact:{which}", self._other.name or self._other.value)

    def row(self, values: dict[str, str]) -> list[Message] | Problem:
        if values["isoutbox"] not in ("0", "1", "false", "true"):
            return Problem("bad-row", "The row does not say whether the owner sent it; it was credited to nobody.")
        own = values["isoutbox"] in ("1", "true")
        time = from_ms(values.get("posted_at"), "posted_at") or from_ms(
            values.get("created_at"), "created_at", "created"
        )
        kind = _KINDS.get(values.get("type", ""), "message")
        if values.get("isstatusmessage") == "1" and kind == "message":
            kind = "system"
        sender = OWNER if own else self._sender(values)
        message = Message(kind, time or no_time(values.get("posted_at"), "posted_at"), sender, self._conversation)
        if time is None:
            message.notes.append(TIME_MISSING)
        message.owner = OWNER if own else None
        if self._other and kind == "message":
            message.recipients = (self._other if own else OWNER,)
        _times(message, values)
        _status(message, values)
        _content(message, values, self._prefix)
        return [message]

    def _sender(self, values: dict[str, str]) -> Account | None:
        if not self._group:
            return self._other
        identity = values.get("identity", "")
        return self._names.by_identity.get(identity) or (Account(SERVICE, "id", identity) if identity else None)


def _times(message: Message, values: dict[str, str]) -> None:
    for column, mark in (("edited_at", "edited"), ("deleted_at", "deleted")):
        if found := from_ms(values.get(column), column, "edited" if mark == "edited" else "deleted"):
            message.dates.append(found)
            message.marks.append(mark)
    if found := from_ms(values.get("created_at"), "created_at", "created"):
        message.dates.append(found)


def _status(message: Message, values: dict[str, str]) -> None:
    for column in ("messagestae", "delivered_at", "read_at", "g_msg_states", "isread"):
        if values.get(column):
            message.status[column] = values[column]
    for column in ("apiid", "uid", "quoted_message_apiid", "type"):
        if values.get(column):
            message.facts[column] = values[column]


def _content(message: Message, values: dict[str, str], prefix: str) -> None:
    kind, body = values.get("type", ""), values.get("body", "").replace("\\\\", "\\")
    caption = values.get("caption", "").replace("\\\\", "\\")
    message.text = body or caption or None
    if values.get("deleted_at"):
        message.text = None
    elif kind in _MEDIA:
        message.text = caption or None
        name, claimed = _named_file(body) if kind == "FILE" else (None, None)
        place = f"{prefix}{values.get('uid', '')}"
        message.files.append(File(name, (place,), claimed, facts={"kind": kind.lower()}))
    elif kind in ("VOIP_STATUS", "GROUP_CALL_STATUS", "BALLOT"):
        message.facts["body"], message.text = body, None
    elif kind == "LOCATION":
        message.marks.append("location")


def _named_file(body: str) -> tuple[str | None, str | None]:
    """Name and media type from the JSON of a file message: [blob, key, type, size, name, …]; the key is a secret."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None, None
    texts = [value for value in told if isinstance(value, str)] if isinstance(told, list) else []
    claimed = next((text for text in texts if re.fullmatch(r"[a-z]+/[\w.+-]+", text)), None)
    name = next((text for text in texts if re.search(r"[^/]\.\w{1,5}\Z", text)), None)
    return name, claimed
