"""Twitch, “Download your data”: `chat_messages.csv`, **the owner's own chat only**.

Reads: what the owner wrote in which channel, with the UTC time. Cannot read: what others wrote, whispers, rows of the older
tables without a header (their columns are not established), log-ins beside each line's address.
Source of knowledge: the downloads reference, section 15 (two public readers). Tier: `public schema`. Fixture: fixtures/social-twitch.

Trap: `time` may be another zone than UTC, so `time_utc` is used; `time` alone stays a wall clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pieces import TIME_MISSING, Message, Problem
from plainrecord.parsers.social.download import DownloadReader, Route, roots_by
from plainrecord.parsers.social.rows import Columns, has_columns, utc_moment
from plainrecord.parsers.social.sheets import Sheet, TableSheet, Where
from plainrecord.records import Account, Conversation

SERVICE = "twitch"
_CHAT = has_columns("body", "channel", "login", "msg_id")


def chat(where: Where[str | None], row: Mapping[str, str]) -> list[Message] | Problem:
    """A line the owner wrote in a channel."""
    values = Columns(row)
    stated = values["time_utc"]
    when = utc_moment(stated, "time_utc") if stated else utc_moment(values["time"], "time", zone=where.scene)
    owner = _account(values)
    channel = values["channel"]
    said = Message(
        "message", when, owner, Conversation(f"{SERVICE}:{channel}", channel or None, is_group=True), owner=owner
    )
    said.text = values.as_written("body_full") or values.as_written("body") or None
    said.marks += ["own-act"] + ["reply"] * (values["is_reply"].casefold() == "true")
    said.notes += ["twitch:own-half-only", *([] if when.utc_us is not None or when.local else [TIME_MISSING])]
    said.facts = values.rest(("time_utc", "body_full", "login", "user_id", "channel"))
    return [said]


def _account(values: Columns) -> Account | None:
    if values["login"]:
        return Account(SERVICE, "handle", values["login"])
    return Account(SERVICE, "id", values["user_id"]) if values["user_id"] else None


_SHEETS: dict[str, Sheet[str | None]] = {"chat": TableSheet(chat, is_header=_CHAT)}


class Twitch(DownloadReader[str | None]):
    """The chat table of one download."""

    name = "twitch"
    version = "1"
    service = SERVICE
    sheets = _SHEETS
    card = FormatCard(
        service=SERVICE,
        export="Twitch, Download your data (chat_messages.csv)",
        tier="public schema",
        holds="The owner's own chat with UTC times, by channel.",
        cannot_hold="Anything others wrote, whispers, follows, log-ins.",
        fixture="social-twitch",
        acts="twitch",
    )

    def roots(self, listing: Listing) -> Iterable[str]:
        """Where a table with Twitch's columns lies."""
        return roots_by(listing, lambda _path, member: member.name if _is_chat(member) else None)

    def route(self, path: str, member: Member) -> Route:
        """By the header."""
        return "chat" if _is_chat(member) else None

    def scene(self, claim: Claim) -> str | None:
        """The zone a person gave, for times that state none."""
        return claim.options.timezone


def _is_chat(member: Member) -> bool:
    return member.name.casefold().endswith(".csv") and _CHAT.among(member)
