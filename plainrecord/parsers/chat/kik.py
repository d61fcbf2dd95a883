"""Kik's answer to a legal request: `content/data-text.csv` and `data-media.csv` of a package.

Kik lets nobody export chats; this is what authorities are sent. Reads: time (UTC, text or count), ids of sender and receiver,
text, files under `medias`. Cannot read: the package's other logs, which are named in the list of files and left unread.
Versions seen: the header below; others are mapped by column name. Source of knowledge: a forensic tool's published code.
Tier: `public schema`. Fixture: fixtures/chat-kik.
"""

from __future__ import annotations

from dataclasses import replace

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import utc_text
from plainrecord.parsers.chat.media import beside
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, from_ms, no_time
from plainrecord.parsers.chat.textrows import TableReader, TableReading
from plainrecord.records import Account, Conversation
from plainrecord.times import TimeBlock

SERVICE = "kik"
_MUST = frozenset(("content_id", "sender_id", "receiver_id", "sent_at"))
_KEPT = ("id", "content_id", "ip", "port", "parent_id", "app_name")


class Kik(TableReader):
    """Kik's tables of texts and media."""

    name = "kik-return"
    version = "1"
    service = SERVICE
    must = _MUST
    card = FormatCard(
        service=SERVICE,
        export="Kik, answer to a legal request (data-text.csv, data-media.csv)",
        tier="public schema",
        holds="Messages with exact times, ids of sender and receiver, network address, files of the package.",
        cannot_hold="Names, groups' names, what the service did not keep; logs beside it are not read.",
        fixture="chat-kik",
    )

    def recognises(self, columns: list[str], member: Member) -> bool:
        """The columns of one content row."""
        return set(columns) >= _MUST and bool({"message", "filename"} & set(columns))

    def shelf(self, listing: Listing, chats: list[Member], aside: dict[str, str]) -> list[Member]:
        """The files in `medias` beside the tables."""
        return [
            one for one in beside(listing, chats[0], deep=True) if one.tree_path.rpartition("/")[0].endswith("medias")
        ]

    def reading(self, claim: Claim, member: Member) -> TableReading:
        """A reading of one table."""
        return _Table()


class _Table(TableReading):
    def row(self, values: dict[str, str]) -> list[Message]:
        time = _time(values)
        who, other = values["sender_id"], values["receiver_id"]
        sender = Account(SERVICE, "id", who) if who else None
        # Nothing says which chat a row is of; two accounts that write to each other are one, in whichever direction.
        both = sorted((who, other))
        chat = Conversation("with:" + "|".join(both), " and ".join(filter(None, both)) or None)
        message = Message("message", time or no_time(values["sent_at"], "sent_at"), sender, chat)
        if time is None:
            message.notes.append(TIME_MISSING)
        message.recipients = (Account(SERVICE, "id", other, role="to"),) if other else ()
        message.text = values.get("message") or None
        message.facts |= {name: values[name] for name in _KEPT if values.get(name)}
        if name := values.get("filename"):
            message.files.append(File(name, (f"medias/{name}",)))
        return [message]


def _time(values: dict[str, str]) -> TimeBlock | None:
    counted = from_ms(values.get("sent_at_ts"), "sent_at_ts")
    if counted:
        return counted
    raw = values["sent_at"]
    shown = utc_text(raw.removesuffix(" UTC").replace("/", "-"), "sent_at") if raw else None
    return replace(shown, ts_raw=raw) if shown and shown.utc_us is not None else None
