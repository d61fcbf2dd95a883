"""Dating apps: Tinder `data.json`, Hinge `matches.json`, Raya's table of messages. **Only the owner's own half.**

Reads: what the owner wrote, liked, blocked and when, with the other side as the app's own anonymous match. Cannot read: a word
of the other side, or who it was; the apps do not give it. Bumble, Grindr, Badoo, OkCupid and Plenty of Fish have no known
form; their files are kept and named.
Source of knowledge: the downloads reference, section 14 (a public reader; no real download was read).
Tier: `public schema`; whether Hinge writes UTC is not established, so its clock stays a wall clock. Fixture: fixtures/social-dating.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import listed, rest, shown, sniff, words
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem, no_time
from plainrecord.parsers.social.download import Aside, DownloadReader, Route, plain, roots_by
from plainrecord.parsers.social.rows import Columns, has_columns, utc_moment
from plainrecord.parsers.social.sheets import JsonSheet, Sheet, TableSheet, Where
from plainrecord.records import Account, Conversation, Decision, Kind
from plainrecord.times import TimeBlock, from_offset, unreadable

Told = list[Message] | Problem

_RFC_1123 = re.compile(r"[A-Z][a-z]{2}, ([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) GMT")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_HALF = "the owner's own messages only"
_HALF_BASIS = "{} gives a person nothing of what others wrote to them. An absence of answers means nothing."
_RAYA = has_columns("sender", "body", "created_at")


@dataclass(frozen=True, slots=True)
class Scene:
    """Whose download it is, as the app calls them, and the zone a person gave."""

    owner: Account
    zone: str | None


def tinder_match(where: Where[Scene], element: Any) -> Told:
    """One match of Tinder's `Messages`: an anonymous number, and what the owner wrote there."""
    match = words(element, "match_id")
    if not match or not isinstance(element.get("messages"), list):
        return Problem("not-a-match", "There is no match with messages in this place.")
    other = Account("tinder", "id", match)
    said = []
    for number, one in listed(element, "messages"):
        when = _gmt(words(one, "sent_date"))
        message = Message("message", when, where.scene.owner, Conversation(f"tinder:{match}", match))
        message.owner, message.recipients = where.scene.owner, (other,)
        message.suffix = f"/messages/{number}"
        stored = words(one, "message")
        message.text = html.unescape(stored) or None
        message.facts = rest(one, ("message", "sent_date", "from"))
        if message.text != (stored or None):
            message.facts["text-as-stored"] = shown(stored)
        message.facts["from"] = words(one, "from")
        message.notes += ["tinder:own-half-only", *([] if when.utc_us is not None else [TIME_MISSING])]
        message.marks += ["deleted"] if words(one, "type") == "tombstone" else []
        said.append(message)
    return _with_odd(said, element, ("match_id", "messages"), ("messages",))


def _with_odd(said: list[Message], element: dict[str, Any], known: Collection[str], lists: Iterable[str]) -> Told:
    """The records, the first with what else the match says: fields nobody knows, entries of another kind than their list has."""
    odd = {
        name: [one for one in element.get(name) or () if not isinstance(one, dict)]
        for name in lists
        if _is_list(element, name)
    }
    left = {name: shown(entries) for name, entries in odd.items() if entries}
    if left and not said:
        return Problem("not-an-act", "The lists of this match hold no entries, but another kind of value.")
    if said:
        said[0].facts |= rest(element, known) | {f"not-understood {name}": text for name, text in left.items()}
        said[0].notes += ["entries-not-understood"] if left else []
    return said


def _is_list(element: dict[str, Any], name: str) -> bool:
    return isinstance(element.get(name), list)


def tinder_usage(where: Where[Scene], pointer: str, element: Any) -> Told:
    """How many messages came in each day, without a word of them."""
    if not isinstance(element, dict):
        return Problem("not-counts", "There are no counts by day in this place.")
    said = []
    for day, count in sorted(element.items()):
        when = utc_moment(f"{day} 00:00:00", "Usage", "occurred", None)
        message = Message(
            "other",
            TimeBlock(day, "Usage", None, "floating_unknown", "day", "occurred", local=when.local),
            None,
            Conversation(),
        )
        message.owner, message.suffix = where.scene.owner, f"/{day.replace('~', '~0').replace('/', '~1')}"
        message.marks.append("count-by-day")
        message.facts = {pointer.rpartition("/")[2]: shown(count)}
        said.append(message)
    return said


# Hinge's lists: kind of record, the field of its words, and a mark.
_HINGE: Mapping[str, tuple[Kind, str, str]] = {
    "like": ("reaction", "comment", "liked"),
    "match": ("follow", "", "matched"),
    "chats": ("message", "body", ""),
    "block": ("block", "", "blocked"),
    "we_met": ("other", "", "we-met"),
    "voice_notes": ("message", "", "voice-note"),
}


def hinge_match(where: Where[Scene], pointer: str, element: Any) -> Told:
    """One match of Hinge: everything the owner did there; the other side is nobody but its place in the file."""
    if not isinstance(element, dict) or not _HINGE.keys() & element.keys():
        return Problem("not-a-match", "There is no match in this place.")
    other = Account("hinge", "id", f"match {int(pointer.rpartition('/')[2]) + 1} of {where.member.name}")
    talk = Conversation(f"hinge:{other.value}", other.value)
    said = []
    for name, (kind, field, mark) in _HINGE.items():
        for number, one in listed(element, name):
            when = utc_moment(words(one, "timestamp"), "timestamp", zone=where.scene.zone)
            message = Message(kind, when, where.scene.owner, talk, owner=where.scene.owner, recipients=(other,))
            message.suffix = f"/{name}/{number}"
            message.text = (words(one, field) or _inner_comment(one)) or None
            message.marks += ["own-act"] + [mark] * bool(mark)
            message.notes += ["hinge:own-half-only", *_untimed(when)]
            message.facts = rest(one, ("timestamp", field, "like", "url"))
            message.files = [File(None, absent="not-exported", facts={"address": words(one, "url")})] * bool(
                words(one, "url")
            )
            if name == "match":
                message.sender, message.notes = None, [*message.notes, "hinge:actor-not-stated"]
            said.append(message)
    found = _with_odd(said, element, _HINGE, _HINGE)
    return found or Problem("empty-match", "Nothing was done in this match, or nothing that has a known form.")


def _inner_comment(one: dict[str, Any]) -> str:
    """A like with a comment keeps it one level further in."""
    return " ".join(filter(None, (words(inner, "comment") for _, inner in listed(one, "like"))))


def raya_row(where: Where[Scene], row: Mapping[str, str]) -> Told:
    """A row of Raya's messages."""
    values = Columns(row)
    when = utc_moment(values["created_at"], "created_at", zone=where.scene.zone)
    sender = Account("raya", "name", values["sender"]) if values["sender"] else None
    said = Message("message", when, sender, Conversation(f"raya:{where.member.tree_path}", "Raya"), service="raya")
    said.text = values.as_written("body") or None
    said.facts = values.rest(("sender", "body", "created_at"))
    said.notes += _untimed(when)
    return [said]


def _untimed(when: TimeBlock) -> list[str]:
    return [] if when.utc_us is not None or when.local else [TIME_MISSING]


@lru_cache(maxsize=4096)
def _gmt(raw: str) -> TimeBlock:
    match = _RFC_1123.fullmatch(raw)
    if match is None or match[2] not in _MONTHS:
        return unreadable(raw[:100], "sent_date") if raw else no_time(None, "sent_date")
    day, month, year, clock = match.groups()
    try:
        local = datetime.fromisoformat(f"{year}-{_MONTHS.index(month) + 1:02d}-{int(day):02d}T{clock}")
    except ValueError:
        return unreadable(raw, "sent_date")
    return from_offset(raw, "sent_date", local, 0)


_TINDER_SHEETS: dict[str, Sheet[Scene]] = {
    "data": JsonSheet(
        ("/Messages/*", "/Usage/messages_received", "/Usage/messages_sent"),
        lambda where, pointer, element: (
            tinder_match(where, element) if pointer.startswith("/Messages/") else tinder_usage(where, pointer, element)
        ),
    )
}
_HINGE_SHEETS: dict[str, Sheet[Scene]] = {"matches": JsonSheet(("/*",), hinge_match)}
_RAYA_SHEETS: dict[str, Sheet[Scene]] = {"messages": TableSheet(raya_row, is_header=_RAYA)}


class _Dating(DownloadReader[Scene]):
    """What the three have in common."""

    def scene(self, claim: Claim) -> Scene:
        """The owner as the app calls them."""
        return Scene(
            Account(self.service, "id", "owner", claim.facts.get("owner-name") or None), claim.options.timezone
        )

    def prepare(self, claim: Claim) -> None:
        """Say that half of every conversation is not there."""
        claim.decisions.append(Decision(f"{self.service}:half", _HALF, _HALF_BASIS.format(self.service.capitalize())))


class Tinder(_Dating):
    """`data.json` of one Tinder download."""

    name = "tinder"
    version = "1"
    service = "tinder"
    sheets = _TINDER_SHEETS
    card = FormatCard(
        service="tinder",
        export="Tinder, copy of your data (myData.zip with data.json)",
        tier="public schema",
        holds="The owner's own messages only, with exact times, by anonymous match; how many came in each day, without words.",
        cannot_hold="Anything the other side wrote, who a match is, unmatched people, reports, the block list.",
        fixture="social-dating",
        acts="tinder",
    )

    def roots(self, listing: Listing) -> Iterable[str]:
        """Where a `data.json` lies that has Tinder's two lists."""
        return roots_by(listing, lambda _path, member: member.name if _is_tinder(member) else None)

    def route(self, path: str, member: Member) -> Route:
        """One file has records; the page beside it says the same."""
        if _is_tinder(member):
            return "data"
        if plain(path) == "data.html":
            return Aside(f"{path} shows what data.json says; data.json is read instead.")
        return Aside(f"{path} is one of the owner's own pictures.") if member.media_type.startswith("image/") else None


class Hinge(_Dating):
    """`matches.json` of one Hinge download."""

    name = "hinge"
    version = "1"
    service = "hinge"
    sheets = _HINGE_SHEETS
    card = FormatCard(
        service="hinge",
        export="Hinge, Download My Data (matches.json, user.json, prompts.json, media.json)",
        tier="public schema",
        holds="The owner's own messages, likes, comments, blocks and voice notes, with wall-clock times; no ids.",
        cannot_hold="Anything the other side wrote, who a match is, the zone of the times.",
        fixture="social-dating",
        acts="hinge",
    )

    def roots(self, listing: Listing) -> Iterable[str]:
        """Where a `matches.json` lies that has Hinge's lists."""
        return roots_by(listing, lambda _path, member: member.name if _is_hinge(member) else None)

    def route(self, path: str, member: Member) -> Route:
        """One file has records; the others are the owner's own profile."""
        if _is_hinge(member):
            return "matches"
        known = (
            "user.json",
            "prompts.json",
            "media.json",
            "index.html",
            "subscriptions.json",
            "selfieverification.json",
        )
        return (
            Aside(f"{path} is the owner's own profile; no record was taken from it.") if plain(path) in known else None
        )


class Raya(_Dating):
    """A Raya table of messages."""

    name = "raya"
    version = "1"
    service = "raya"
    sheets = _RAYA_SHEETS
    card = FormatCard(
        service="raya",
        export="Raya, table of messages (columns sender, body, created_at)",
        tier="public schema",
        holds="Messages with the sender's name and a wall-clock time.",
        cannot_hold="Ids, conversations, files; whether both sides are there is not known.",
        fixture="social-dating",
    )

    def roots(self, listing: Listing) -> Iterable[str]:
        """Where a table with just these columns lies."""
        return roots_by(listing, lambda _path, member: member.name if _is_raya(member) else None)

    def route(self, path: str, member: Member) -> Route:
        """By the header alone."""
        return "messages" if _is_raya(member) else None

    def prepare(self, claim: Claim) -> None:
        """Nothing is known of what Raya leaves out."""


def _is_tinder(member: Member) -> bool:
    seen = sniff(member.head, b"{", (b'"Messages"',), ("/Messages/*/match_id", "/Usage/*"))
    if seen is None:
        return plain(member.name) == "data.json" and b'"Usage"' in member.head and b'"swipes_likes"' in member.head
    return seen.first("/Messages/*/match_id") is not None or seen.first("/Usage/*") is not None


def _is_hinge(member: Member) -> bool:
    seen = sniff(member.head, b"[", (b'"timestamp"',), ("/*",))
    first = seen.first("/*") if seen else None
    return isinstance(first, dict) and bool(_HINGE.keys() & first.keys()) and first.keys() <= {*_HINGE}


def _is_raya(member: Member) -> bool:
    if not member.name.casefold().endswith(".csv") or not _RAYA.among(member):
        return False
    first = member.head.split(b"\n", 1)[0].decode("utf-8", "replace")
    return first.count(",") == 2
