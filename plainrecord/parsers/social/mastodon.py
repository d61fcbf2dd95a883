"""Mastodon: the archive of an account (`outbox.json`, `actor.json`, `likes.json`, …) and the lists exported beside it.

Reads: the owner's posts, boosts and the direct messages they **sent**, likes and bookmarks (without their date), and the lists
of followed, muted and blocked accounts. Cannot read: anything others wrote, requests, followers' dates, log-ins; the archive has
none of it.
Source of knowledge: the downloads reference, section 15 (the service's own public export code).
Tier: `public schema`. Fixture: fixtures/social-mastodon.

A direct message is a post addressed neither to the public nor to a list of followers. Accounts are `user@server`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import listed, part, rest, sniff, utc_text, words
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem, no_time
from plainrecord.parsers.email.htmltext import html_to_text
from plainrecord.parsers.social.download import (
    SHELF,
    Aside,
    DownloadReader,
    Route,
    acts_with,
    plain,
    roots_by,
    web_steps,
)
from plainrecord.parsers.social.rows import Columns, has_columns, no_instant
from plainrecord.parsers.social.sheets import JsonSheet, Sheet, TableSheet, Where
from plainrecord.records import Account, Conversation, Kind

SERVICE = "mastodon"
Told = list[Message] | Problem

_PUBLIC = ("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public")
_FOLLOWING = has_columns("Account address", "Show boosts")
_MUTED = has_columns("Account address", "Hide notifications")
_BLOCKED = re.compile(rb"(?:\xef\xbb\xbf)?[^\s,@]+@[^\s,@]+\.[^\s,@]+\r?\n?")


class Scene(NamedTuple):
    """The owner, where `actor.json` or the outbox says who it is."""

    owner: Account | None


def account_of(address: str) -> Account | None:
    """`https://server/users/name`, `https://server/@name` or `@name@server` as the handle `name@server`."""
    if re.fullmatch(r"@?[^\s@/]+@[^\s@/]+", address):
        return Account(SERVICE, "handle", address.removeprefix("@"))
    host, steps = web_steps(address)
    if not host or not steps or steps[-1] in ("followers", "following"):
        return None
    name = steps[steps.index("users") + 1] if "users" in steps[:-1] else steps[0]
    return Account(SERVICE, "handle", f"{name.removeprefix('@')}@{host}")


def activity(where: Where[Scene], _pointer: str, element: Any) -> Told:
    """One entry of the outbox: a post, a direct message, or a boost."""
    if not isinstance(element, dict) or words(element, "type") not in ("Create", "Announce"):
        return Problem("unknown-activity", "This entry is neither a post nor a boost.")
    owner = account_of(words(element, "actor")) or where.scene.owner
    when = (
        utc_text(words(element, "published"), "published")
        if words(element, "published")
        else no_time(None, "published")
    )
    note = part(element, "object")
    if words(element, "type") == "Announce":
        said = Message(
            "reaction", when, owner, Conversation(), text=words(element, "object") or words(note, "id") or None
        )
        said.marks += ["own-act", "boost"]
    else:
        said = _post(element, note, owner, when)
    said.owner = owner
    said.notes += no_instant(when, SERVICE)
    said.facts |= rest(element, ("type", "actor", "published", "object", "to", "cc", "@context", "signature"))
    return [said]


def _post(element: dict[str, Any], note: dict[str, Any], owner: Account | None, when: Any) -> Message:
    to, cc = _addresses(element, "to"), _addresses(element, "cc")
    mentioned = [one for _, tag in listed(note, "tag") if words(tag, "type") == "Mention" and (one := _mention(tag))]
    people = tuple(dict.fromkeys(one for one in (*map(account_of, (*to, *cc)), *mentioned) if one and one != owner))
    direct = not any(address in _PUBLIC or address.endswith("/followers") for address in (*to, *cc))
    said = Message("message" if direct else "post", when, owner, Conversation(), recipients=people)
    if direct:
        said.conversation = Conversation(
            f"{SERVICE}:{words(note, 'conversation') or ' '.join(sorted(a.value for a in people))}"
        )
    said.marks += [] if direct else ["own-act"]
    said.notes += ["mastodon:own-half-only"] if direct else []
    content = words(note, "content")
    said.text, said.text_from = html_to_text(content).text or None, "html"
    said.subject = words(note, "summary") or None
    said.facts = {"to": " ".join(to), "cc": " ".join(cc)} | rest(
        note, ("content", "summary", "attachment", "tag", "to", "cc", "contentMap")
    )
    said.facts = {name: value for name, value in said.facts.items() if value}
    said.files = [_file(one) for _, one in listed(note, "attachment")]
    return said


def _mention(tag: dict[str, Any]) -> Account | None:
    name = words(tag, "name")
    return account_of(name if name.count("@") == 2 else words(tag, "href")) or account_of(words(tag, "href"))


def _addresses(element: Mapping[str, Any], name: str) -> list[str]:
    found = element.get(name)
    return (
        [one for one in found if isinstance(one, str)]
        if isinstance(found, list)
        else [words(element, name)] * bool(words(element, name))
    )


def _file(one: dict[str, Any]) -> File:
    address = words(one, "url")
    local = "" if web_steps(address)[0] else address
    facts = {"address": address[:500]} | ({"description": words(one, "name")[:4000]} if words(one, "name") else {})
    return File(
        address.rpartition("/")[2] or None,
        (local.lstrip("/"),) if local else (),
        words(one, "mediaType") or None,
        facts=facts,
    )


def _liked(mark: str) -> Any:
    def read(where: Where[Scene], _pointer: str, element: Any) -> Told:
        address = element if isinstance(element, str) else words(element, "id")
        if not address:
            return Problem("no-address", "This entry names no post.")
        author = account_of(address)
        said = Message(
            "reaction", no_time(None, "orderedItems"), where.scene.owner, acts_with(author, SERVICE), text=address
        )
        said.recipients, said.owner = (author,) if author else (), where.scene.owner
        said.marks += ["own-act", mark]
        said.notes.append(TIME_MISSING)
        return [said]

    return read


def _listed(kind: Kind, mark: str) -> Any:
    def read(where: Where[Scene], row: Mapping[str, str]) -> Told:
        values = Columns(row)
        other = account_of(values["account address"])
        if other is None:
            return Problem("no-address", "The row names no account.")
        said = Message(kind, no_time(None, "Account address"), where.scene.owner, acts_with(other, SERVICE))
        said.recipients, said.owner = (other,), where.scene.owner
        said.marks += ["own-act", mark]
        said.notes.append(TIME_MISSING)
        said.facts = values.rest(("account address",))
        return [said]

    return read


_SHEETS: dict[str, Sheet[Scene]] = {
    "outbox": JsonSheet(("/orderedItems/*",), activity),
    "likes": JsonSheet(("/orderedItems/*",), _liked("liked")),
    "bookmarks": JsonSheet(("/orderedItems/*",), _liked("bookmarked")),
    "following": TableSheet(_listed("follow", "followed"), is_header=_FOLLOWING),
    "muted": TableSheet(_listed("block", "muted"), is_header=_MUTED),
    "blocked": TableSheet(_listed("block", "blocked"), columns=("Account address",)),
}


class Mastodon(DownloadReader[Scene]):
    """The archive of one account."""

    name = "mastodon"
    version = "1"
    service = SERVICE
    sheets = _SHEETS
    card = FormatCard(
        service=SERVICE,
        export="Mastodon, archive of an account (outbox.json, actor.json, likes.json, …) and lists (following, muted, blocked)",
        tier="public schema",
        holds="The owner's own posts, boosts and sent direct messages with exact times; likes and lists of accounts without dates.",
        cannot_hold="Anything others wrote or did, direct messages received, requests, log-ins.",
        fixture="social-mastodon",
        acts="mastodon",
    )

    def roots(self, listing: Listing) -> Iterable[str]:
        """Where an outbox or one of the lists lies."""
        return roots_by(
            listing, lambda _path, member: member.name if _sheet_of(member) in ("outbox", *_LISTS) else None
        )

    def route(self, path: str, member: Member) -> Route:
        """By shape; `actor.json` tells whose account it is."""
        if plain(path) == "actor.json":
            return Aside(f"{path} says whose account it is; no record was taken from it.")
        if sheet := _sheet_of(member):
            return sheet
        return SHELF if plain(path).startswith("mediaattachments/") else None

    def settle(self, claim: Claim, routes: dict[str, Route], members: Mapping[str, Member]) -> None:
        """The owner is the account of `actor.json`."""
        for path, member in members.items():
            seen = sniff(member.head, b"{", (), ("/id",)) if plain(path) == "actor.json" else None
            if seen and (owner := account_of(str(seen.first("/id") or ""))):
                claim.facts["owner"] = json.dumps(owner.value)

    def scene(self, claim: Claim) -> Scene:
        """As `settle` found it."""
        return Scene(Account(SERVICE, "handle", json.loads(claim.facts["owner"])) if "owner" in claim.facts else None)


_LISTS = ("following", "muted", "blocked")


def _sheet_of(member: Member) -> str | None:
    name = plain(member.name)
    if name.endswith(".csv"):
        if _FOLLOWING.among(member) or _MUTED.among(member):
            return "following" if _FOLLOWING.among(member) else "muted"
        named = name.startswith("block")
        return "blocked" if named and _BLOCKED.match(member.head) else None
    if name not in ("outbox.json", "likes.json", "bookmarks.json"):
        return None
    seen = sniff(member.head, b"{", (b'"OrderedCollection"',), ())
    return name.removesuffix(".json") if seen is not None else None
