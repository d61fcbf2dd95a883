"""Google Takeout: a person's own copy of their Google account, all products but Mail and Chat, which have readers of their own.

Reads: Hangouts, Google Voice, YouTube comments and histories, the access log, “My Activity”, location history (facts about
the owner alone). Cannot read: what others wrote under the owner's videos, “location sharing” with others, and what the
owner deleted before the download; a Takeout has none of it.
Source of knowledge: the format reference (downloads section 10), from public readers and their tests. Tier: `public schema`;
what is `not exercised` is said in each module. Fixture: fixtures/social-google.

Folders are named in the account's language, so files are known by what they hold. Parts of one download
(`takeout-…-001.zip`, `-002.zip`) are one tree already; every product of it is one claim.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import words
from plainrecord.parsers.chat.pieces import chats_of
from plainrecord.parsers.jsonstream import walk_head
from plainrecord.parsers.social import (
    googleaccount,
    googleactivity,
    googlehangouts,
    googlelocation,
    googlevoice,
    googleyoutube,
)
from plainrecord.parsers.social.download import Aside, DownloadReader, Route, roots_by
from plainrecord.parsers.social.googleroutes import (
    CHANNELS,
    PHONES,
    PROFILE,
    depth_of,
    folder_route,
    is_shown,
    route_of,
    sheet_of,
)
from plainrecord.parsers.social.googlescene import ACCOUNT, Scene, learn, scene_of
from plainrecord.parsers.social.googlevoicepages import learn_pages
from plainrecord.parsers.social.pagesurvey import survey_pages
from plainrecord.parsers.social.sheets import Sheet

_TWIN = "The same activities are read from {name} beside it, which has exact times."
_ROOT = "takeout"


class Takeout(DownloadReader[Scene]):
    """One Google Takeout, whatever its products."""

    name = "google-takeout"
    version = "1"
    service = ACCOUNT
    sheets: Mapping[str, Sheet[Scene]] = {
        "hangouts": googlehangouts.SHEET,
        "voice": googlevoice.SHEET,
        "comments": googleyoutube.COMMENTS,
        "subscriptions": googleyoutube.SUBSCRIPTIONS,
        "items": googleyoutube.ITEMS,
        "access": googleaccount.ACCESS,
        "devices": googleaccount.DEVICES,
        "account": googleaccount.PAGE,
        "activity": googleactivity.ELEMENTS,
        "cards": googleactivity.CARDS,
        "places": googlelocation.SHEET,
        "places-listed": googlelocation.LISTED,
    }
    card = FormatCard(
        service=ACCOUNT,
        export="Google Takeout: Hangouts, Google Voice, YouTube, access log, My Activity, location history",
        tier="public schema",
        holds="Hangouts and Voice messages and calls both ways, voicemail; accesses to the account with addresses and"
        " devices; the owner's own comments, searches and places.",
        cannot_hold="What others wrote under the owner's videos, location sharing with others, who stands behind an access.",
        fixture="social-google",
        acts="google",
    )

    def roots(self, listing: Listing) -> Iterable[str]:
        """The folder above the products, found by any file of a known shape."""
        return roots_by(listing, _path_in_download)

    def route(self, path: str, member: Member) -> Route:
        """By shape, then by the product's folder."""
        return route_of(path, member) or (None if _is_others(path) else folder_route(path))

    def settle(self, claim: Claim, routes: dict[str, Route], members: Mapping[str, Member]) -> None:
        """Pages whose JSON twin is there are not read again; folders count only in what is surely a Takeout."""
        for path in [path for path, route in routes.items() if route == "cards"]:
            twin = f"{path.rpartition('.')[0]}.json"
            if routes.get(twin) == "activity":
                routes[path] = Aside(_TWIN.format(name=twin.rpartition("/")[2]))
        if not _is_sure(routes, members):
            for path, route in routes.items():
                if isinstance(route, Aside) and route == folder_route(path):
                    routes[path] = None
        _learn_from_chat(claim, members)

    def prepare(self, claim: Claim) -> None:
        """Whose account it is, which numbers names stand for, and how the dates of pages are written."""
        by_sheet: dict[str, list[Member]] = {}
        for member, name in zip(chats_of(claim), json.loads(claim.facts["sheets"]), strict=True):
            by_sheet.setdefault(name, []).append(member)
        for member in claim.members[len(chats_of(claim)) :]:
            kind = _small(member)
            if kind:
                by_sheet.setdefault(kind, []).append(member)
        learn(claim, by_sheet)
        learn_pages(claim, by_sheet.get("voice", ()))
        pages = by_sheet.get("cards", ())
        survey_pages(claim, pages, None)
        googleactivity.state_letters(claim, pages)

    def scene(self, claim: Claim) -> Scene:
        """From the claim's facts alone."""
        return scene_of(claim)


def _path_in_download(tree_path: str, member: Member) -> str | None:
    """The path of a known file below the root: below a folder called Takeout, or as many folders up as it stands deep."""
    sheet = sheet_of(tree_path, member)
    if sheet is None or sheet in (PROFILE, PHONES, CHANNELS):
        return None
    steps = tree_path.split("/")
    for at in range(len(steps) - 2, -1, -1):
        if steps[at].casefold() == _ROOT:
            return "/".join(steps[at + 1 :])
    if not is_shown(tree_path, member):
        return None
    return "/".join(steps[-1 - depth_of(sheet, tree_path) :])


def _is_others(path: str) -> bool:
    """Google Chat has its own reader; nothing of its folder is put aside here."""
    return path.casefold().startswith("google chat/")


def _is_sure(routes: Mapping[str, Route], members: Mapping[str, Member]) -> bool:
    """Whether this is a Takeout as Google packs it: its folder is called so, or its list of contents is there."""
    for path, member in members.items():
        root = member.tree_path[: -len(path)].rstrip("/").rpartition("/")[2]
        if root.casefold() == _ROOT or ("/" not in path and isinstance(routes[path], Aside)):
            return True
    return False


def _learn_from_chat(claim: Claim, members: Mapping[str, Member]) -> None:
    """The owner's address and name stand in the Chat folder, which another reader reads; its first bytes are at hand."""
    owners: dict[str, str] = {}
    for path, member in members.items():
        if path.endswith("/user_info.json") and b'"membership_info"' in member.head:
            for found in walk_head(member.head, ["/user"]):
                if address := words(found.value, "email"):
                    owners[address] = words(found.value, "name")
    if len(owners) == 1:
        [(claim.facts["address"], claim.facts["owner-name"])] = owners.items()


def _small(member: Member) -> str | None:
    """Which of the small files a shelved one is; a rebuilt claim has no heads, but then it is prepared already."""
    return sheet_of(member.tree_path, member)
