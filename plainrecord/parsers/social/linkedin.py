"""LinkedIn, “Get a copy of your data”: CSV files at the root of `Basic_…` or `Complete_LinkedInDataExport_….zip`.

Reads: messages both ways with exact times, invitations both ways with their notes, connections, log-ins, security
challenges, account status, the owner's own comments, reactions, shares and follows. Cannot read: incoming comments, profile
views, the block list (the download holds none).
Source of knowledge: the downloads reference, section 11 (public notes and readers; no real download was read).
Tier: `public schema`. Fixture: fixtures/social-linkedin.

People are named by the address of their profile; its last step is the handle. The owner is who takes part in every
conversation, or bears the name in Profile.csv. Columns are found by name. A draft was never sent and says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem
from plainrecord.parsers.email.htmltext import html_to_text
from plainrecord.parsers.social.download import Aside, DownloadReader, Route, plain, roots_by, shard
from plainrecord.parsers.social.linkedinacts import ACT_SHEETS, NAMED, invitations
from plainrecord.parsers.social.linkedinpeople import (
    CLOSED,
    SERVICE,
    Owner,
    account_of,
    owner_of,
    profile_name,
    settle_owner,
)
from plainrecord.parsers.social.rows import Columns, has_columns, utc_moment
from plainrecord.parsers.social.sheets import Sheet, TableSheet, Where
from plainrecord.records import Account, Conversation

_MESSAGES = has_columns("CONVERSATION ID", "SENDER PROFILE URL")
_SAID = (
    *("conversation id", "conversation title", "from", "sender profile url", "to", "recipient profile urls", "date"),
    *("subject", "content", "folder", "attachments", "is message draft", "is conversation draft"),
)
_MARKED_UP = re.compile(r"<(?:p|br|div|span|a|b|i|strong|em|ul|ol|li)\b[^>]*>", re.IGNORECASE)
_GENERATED = (
    "Message request accepted",
    "Message request declined",
    "A LinkedIn member left the conversation.",
    "joined the conversation",
)
_ASIDE = {
    "guidemessages.csv": "is a chat with LinkedIn's own assistant; no record was taken from it.",
    "learningroleplaymessages.csv": "is a chat with LinkedIn's own assistant; no record was taken from it.",
    "learningcoachaimessages.csv": "is a chat with LinkedIn's own assistant; no record was taken from it.",
    "coachmessages.csv": "is a chat with LinkedIn's own assistant; no record was taken from it.",
    "profile.csv": "says whose account it is; no record was taken from it.",
    "profilesummary.csv": "is the owner's own profile; no record was taken from it.",
    "positions.csv": "is the owner's own profile; no record was taken from it.",
    "education.csv": "is the owner's own profile; no record was taken from it.",
    "skills.csv": "is the owner's own profile; no record was taken from it.",
    "languages.csv": "is the owner's own profile; no record was taken from it.",
    "adtargeting.csv": "says how the owner is advertised to; no record was taken from it.",
    "adsclicked.csv": "says what advertisements the owner clicked; no record was taken from it.",
    "inferencesaboutyou.csv": "is what LinkedIn guesses about the owner; no record was taken from it.",
    "richmedia.csv": "lists the owner's own pictures; no record was taken from it.",
    "savedjobs.csv": "lists jobs; no record was taken from it.",
    "jobapplications.csv": "lists jobs; no record was taken from it.",
    "receipts.csv": "lists payments to LinkedIn; no record was taken from it.",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """Whose download it is, and the zone of its wall clocks; `backwards` where messages run from the newest to the oldest."""

    owner: Owner
    zone: str | None
    backwards: bool
    date_order: str


def message(where: Where[Scene], row: Mapping[str, str]) -> list[Message] | Problem:
    """A row of messages.csv."""
    values = Columns(row)
    if not values["date"] and not values["content"] and not values["from"]:
        return Problem("no-message", "The row says neither who wrote nor when nor what.")
    when = utc_moment(values["date"], "DATE")
    sender = account_of(values["from"], values["sender profile url"])
    said = Message("message", when, sender, _conversation(values), owner=where.scene.owner.account)
    said.recipients = _recipients(values)
    said.subject = values["subject"] or None
    said.notes += (
        [] if when.utc_us is not None else [TIME_MISSING if not when.ts_raw else "linkedin:date-not-understood"]
    )
    said.notes += [] if sender else ["linkedin:sender-missing"]
    # Everybody who closed their account is called the same; two of them cannot be told apart.
    said.notes += ["linkedin:closed-account"] if sender and sender.value == CLOSED else []
    said.backwards = where.scene.backwards
    said.facts = {"folder": values["folder"]} if values["folder"] else {}
    said.facts |= values.rest(_SAID)
    _say(said, values.as_written("content"))
    _mark(said, values)
    said.files = [File(None, absent="not-exported", facts={"address": one}) for one in values["attachments"].split()]
    return [said]


def _conversation(values: Columns) -> Conversation:
    others = [one for one in values["recipient profile urls"].split(";") if one.strip()]
    key = values["conversation id"]
    title = values["conversation title"] or None
    return Conversation(f"{SERVICE}:{key}" if key else None, title, is_group=len(others) > 1)


def _recipients(values: Columns) -> tuple[Account, ...]:
    addresses = [one.strip() for one in values["recipient profile urls"].split(";") if one.strip()]
    names = [one.strip() for one in re.split(r"[;,]", values["to"]) if one.strip()]
    if not addresses:
        return tuple(Account(SERVICE, "name", name) for name in dict.fromkeys(names))
    # Names may hold commas themselves, so they are only put beside addresses where their number fits.
    beside = names if len(names) == len(addresses) else [""] * len(addresses)
    if len(addresses) == 1 and values["to"]:
        beside = [values["to"]]
    found = (account_of(name, address) for name, address in zip(beside, addresses, strict=True))
    return tuple(dict.fromkeys(one for one in found if one))


def _say(said: Message, content: str) -> None:
    if _MARKED_UP.search(content):
        rendered = html_to_text(content)
        said.text, said.text_from = rendered.text or None, "html"
        said.notes += rendered.notes
        said.facts["content-as-stored"] = content[:4000]
    else:
        said.text = content or None
    if said.text and said.text.strip().endswith(_GENERATED):
        said.kind = "system"
        said.marks.append("generated-text")


def _mark(said: Message, values: Columns) -> None:
    if "yes" in (values["is message draft"].casefold(), values["is conversation draft"].casefold()):
        said.marks.append("draft")
        said.notes.append("linkedin:never-sent")
    if values["folder"].casefold() == "spam":
        said.marks.append("spam")


SHEETS: dict[str, Sheet[Scene]] = {
    "messages": TableSheet(message, is_header=_MESSAGES),
    "invitations": TableSheet(invitations, is_header=has_columns("From", "To", "Direction")),
    **ACT_SHEETS,
}


class LinkedIn(DownloadReader[Scene]):
    """One LinkedIn download."""

    name = "linkedin"
    version = "1"
    service = SERVICE
    sheets = SHEETS
    card = FormatCard(
        service=SERVICE,
        export="LinkedIn, copy of your data (Basic_ or Complete_LinkedInDataExport_….zip with messages.csv, Invitations.csv, …)",
        tier="public schema",
        holds="Messages both ways with exact times, invitations and their notes both ways, connections, log-ins, the owner's own acts.",
        cannot_hold="Comments, reactions and mentions by others, profile views, the block list, messages deleted before.",
        fixture="social-linkedin",
        acts="linkedin",
    )

    def roots(self, listing: Listing) -> Iterable[str]:
        """Where a table of LinkedIn's messages, invitations or connections lies."""
        return roots_by(listing, lambda path, member: path.rpartition("/")[2] if _is_linkedin(member) else None)

    def route(self, path: str, member: Member) -> Route:
        """By the header where a name means nothing, by the name otherwise."""
        if _MESSAGES.among(member):
            return "messages"
        name, _ = shard(path)
        if name in _ASIDE:
            return Aside(f"{path} {_ASIDE[name]}")
        known = NAMED.get(name)
        return known[0] if known and known[1].among(member) else None

    def settle(self, claim: Claim, routes: dict[str, Route], members: Mapping[str, Member]) -> None:
        """Profile.csv is not read through, but its first row says whose download it is."""
        for path, member in members.items():
            if plain(path) == "profile.csv":
                claim.facts["profile-name"] = profile_name(member.head)

    def prepare(self, claim: Claim) -> None:
        """Whose download it is, and which way its messages run."""
        settle_owner(claim)

    def scene(self, claim: Claim) -> Scene:
        """As `prepare` settled it."""
        return Scene(
            owner_of(claim),
            claim.options.timezone,
            json.loads(claim.facts.get("backwards", "false")),
            claim.facts.get("date-order", ""),
        )


def _is_linkedin(member: Member) -> bool:
    if not member.name.casefold().endswith(".csv"):
        return False
    return _MESSAGES.among(member) or any(
        plain(member.name) == name and columns.among(member)
        for name, (_, columns) in NAMED.items()
        if name in ("invitations.csv", "connections.csv")
    )
