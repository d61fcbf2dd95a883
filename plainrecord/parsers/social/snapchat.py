"""Snapchat “My Data”: the whole download, JSON of both shapes since 2018 or web pages, in one or several parts.

Reads: saved chats with sender and exact time, snaps as entries without picture, screenshots, erasures, missed calls, media
joined by their ids; friends, requests, blocks, log-ins, devices, changes of the account, connected apps, calls, places,
stories, memories, reports. Cannot read: chats nobody saved (Snapchat keeps none), words of erased ones, police returns.
An absence means nothing in this export.
Source of knowledge: the format reference (chats section 16, downloads section 7), from public readers.
Tier: `public schema`; the list of media types, `Created(microseconds)`, calls, places and the web pages are `not exercised`.
Fixture: fixtures/social-snapchat.

Of a page and a JSON file that say the same, JSON is read: it has ids, exact times and whose row each is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import words
from plainrecord.parsers.jsonstream import Found, walk
from plainrecord.parsers.social.download import Aside, DownloadReader, Route, plain, roots_by
from plainrecord.parsers.social.pagesurvey import survey_pages
from plainrecord.parsers.social.sheets import JsonSheet, PieceSheet, Sheet
from plainrecord.parsers.social.snapchataccount import (
    read_account,
    read_apps,
    read_history,
    read_memory,
    read_place,
    read_report,
    read_story,
)
from plainrecord.parsers.social.snapchatacts import read_call, read_friend
from plainrecord.parsers.social.snapchatchats import read_chat, read_snap
from plainrecord.parsers.social.snapchatfiles import known_at, route_of, stem_of, twin_of
from plainrecord.parsers.social.snapchatpages import chat_page, owner_in, table_page
from plainrecord.parsers.social.snapchatscene import SERVICE, Scene, scene_of, unlinked
from plainrecord.records import Decision

_ROWS, _NESTED = ("/*/*",), ("/Chat History/*/*", "/Snap History/*/*")
_SECTIONS = ("/Basic Information", "/Device Information", "/*/*")
_JSON = {
    "chats": JsonSheet(_ROWS, read_chat),
    "snaps": JsonSheet(_ROWS, read_snap),
    "friends": JsonSheet(_ROWS, read_friend),
    "account": JsonSheet(_SECTIONS, read_account),
    "history": JsonSheet(_ROWS, read_history),
    "calls": JsonSheet(_ROWS, read_call),
    "apps": JsonSheet(_ROWS, read_apps),
    "places": JsonSheet(_ROWS, read_place),
    "stories": JsonSheet(_ROWS, read_story),
    "memories": JsonSheet(_ROWS, read_memory),
    "reports": JsonSheet(_ROWS, read_report),
}
_NEWEST_FIRST = Decision(
    "snapchat:order", "newest first", "Snapchat lists each conversation from its last entry to its first."
)
_SAVED_ONLY = Decision(
    "snapchat:unsaved", "not in this export", "Only chats that one of the two saved are kept; an absence means nothing."
)
_TWIN = "Says the same as {}, which was read: JSON has ids, exact times and whose row each is."
# An empty list or object: no twin of a page that says something.
_EMPTY = 8


class Snapchat(DownloadReader[Scene]):
    """One download of one account."""

    name = "snapchat"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="Snapchat My Data (mydata~….zip and its parts): JSON files, or web pages where there is no JSON",
        tier="public schema",
        holds="Saved chats with exact times, entries for snaps, screenshots, erasures, calls, friends, requests, blocks,"
        " log-ins, changes of the account, media of saved chats.",
        cannot_hold="Chats nobody saved, pictures of snaps, words of erased chats, who is in a group, when somebody was blocked.",
        fixture="social-snapchat",
        acts="snapchat",
    )
    sheets: Mapping[str, Sheet[Scene]] = {
        **_JSON,
        "chats-nested": JsonSheet(_NESTED, read_chat),
        "snaps-nested": JsonSheet(_NESTED, read_snap),
        "chat-pages": chat_page(snaps=False),
        "snap-pages": chat_page(snaps=True),
        **{f"{name}-page": table_page(sheet.read) for name, sheet in _JSON.items()},
    }

    def roots(self, listing: Listing) -> Iterable[str]:
        """The folders above `json/` or `html/`, by what the files there hold."""
        return roots_by(listing, known_at)

    def parts(self, root: str, listing: Listing) -> Iterable[str]:
        """`mydata~1.zip`, `mydata~1-2.zip` … beside each other, as archives or unpacked, are one download."""
        above, slash, folder = root.rpartition("/")
        stem = stem_of(folder)
        if stem is None:
            return []
        start = f"{above}{slash}"
        names = {one.tree_path[len(start) :].partition("/")[0] for one in listing.under(above)}
        return [f"{start}{name}" for name in sorted(names) if stem_of(name) == stem]

    def route(self, path: str, member: Member) -> Route:
        """By the table of known files."""
        return route_of(path, member)

    def settle(self, claim: Claim, routes: dict[str, Route], members: Mapping[str, Member]) -> None:
        """A page whose JSON twin is there is not read a second time."""
        read = {
            path if "json/" in path else f"json/{path}": members[path].tree_path
            for path, route in routes.items()
            if isinstance(route, str) and path.endswith(".json") and (members[path].size or 0) > _EMPTY
        }
        twins = {plain(path): tree_path for path, tree_path in read.items()}
        for path, route in routes.items():
            twin = twins.get(twin_of(path) or "")
            if twin and isinstance(route, str):
                routes[path] = Aside(_TWIN.format(twin))

    def prepare(self, claim: Claim) -> None:
        """Whose account it is."""
        told: dict[str, Any] = {}
        for member, sheet in self._files(claim):
            # A file that cannot be read says so when its records are read.
            with suppress(OSError, PlainrecordError):
                if sheet is self.sheets["account"]:
                    told |= _basic(claim, member)
                elif sheet is self.sheets["account-page"]:
                    told = owner_in(claim, member) | told
        claim.facts |= {"owner": words(told, "Username"), "owner-name": words(told, "Name")}
        if not claim.facts["owner"]:
            basis = "no file of the download names the account; rows of the owner are known by their own mark alone"
            claim.decisions.append(Decision("snapchat:owner", "not stated", basis, certain=False))
        survey_pages(claim, [member for member, sheet in self._files(claim) if isinstance(sheet, PieceSheet)])

    def scene(self, claim: Claim) -> Scene:
        """The owner and the media."""
        return scene_of(claim)

    def conclude(self, claim: Claim, scene: Scene) -> None:
        """What this download cannot show, and the media that no record names."""
        names: list[str] = json.loads(claim.facts["sheets"])
        lists = any(name.partition("-")[0] in ("chats", "snaps") for name in names)
        claim.decisions += [*([_NEWEST_FIRST] if lists else []), _SAVED_ONLY, *unlinked(claim, scene)]


def _basic(claim: Claim, member: Member) -> dict[str, Any]:
    with claim.open(member) as stream:
        found = [one.value for one in walk(stream, ("/Basic Information",)) if isinstance(one, Found)]
    return found[0] if found and isinstance(found[0], dict) else {}
