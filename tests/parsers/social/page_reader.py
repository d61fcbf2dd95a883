"""A reader of nothing but pages, which the tests of pages stand on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.pieces import Message, no_time
from plainrecord.parsers.social.download import SHELF, DownloadReader, Route, acts_with, shard
from plainrecord.parsers.social.metapageroutes import is_page, leave_twins, page_route, page_sheets
from plainrecord.parsers.social.metapagescene import (
    add_owner,
    look_at_start,
    owner_on_pages,
    survey_all_pages,
    zone_on_pages,
)
from plainrecord.parsers.social.metapageshapes import meta_shape
from plainrecord.parsers.social.metascene import MetaScene, settle_owner
from plainrecord.parsers.social.metathreads import read_thread
from plainrecord.parsers.social.pageclock import ORDINARY
from plainrecord.parsers.social.pagedates import PageDates
from plainrecord.parsers.social.pagesurvey import kept_dates
from plainrecord.parsers.social.sheets import JsonSheet, Read, Sheet, Where
from plainrecord.records import Account


def told(where: Where[Any], pointer: str, element: Any) -> Read:
    """A record that says what it was told, word for word."""
    del where, pointer
    account = Account("facebook", "name", str(element.get("name") or element.get("title") or "nobody"))
    facts = {key: str(value) for key, value in element.items()}
    return [Message("other", no_time(None, "none"), account, acts_with(account, "facebook"), facts=facts)]


class Pages(DownloadReader[MetaScene]):
    """Threads and some lists, all of them pages."""

    name = "pages"
    version = "1"
    service = "facebook"
    _lists: Mapping[str, Sheet[MetaScene]] = {
        name: JsonSheet(("/*",), told)
        for name in ("friends", "pokes", "visits", "comments", "security", "profile", "zone")
    }
    sheets: Mapping[str, Sheet[MetaScene]] = {**_lists, **page_sheets(_lists, meta_shape, read_thread)}
    card = FormatCard("facebook", "pages", "not exercised", "", "", "social-facebook")

    def roots(self, listing: Listing) -> Iterable[str]:
        del listing
        return [""]

    def route(self, path: str, member: Member) -> Route:
        if is_page(path, member.head):
            return page_route(path, member, self.json_route)
        return self.json_route(path, member) if path.endswith(".json") else SHELF

    def json_route(self, path: str, member: Member) -> Route:
        del member
        name = shard(path.rpartition("/")[2])[0].removesuffix(".json")
        return name if name in self._lists else None

    def settle(self, claim: Claim, routes: dict[str, Route], members: Mapping[str, Member]) -> None:
        look_at_start(claim, [member for path, member in members.items() if path.startswith("start")])
        leave_twins(routes)

    def prepare(self, claim: Claim) -> None:
        survey_all_pages(claim, ORDINARY, zone_on_pages(claim, "page-zone", PageDates()))
        settle_owner(claim, "facebook", *owner_on_pages(claim, "page-profile", kept_dates(claim)))
        add_owner(claim)

    def scene(self, claim: Claim) -> MetaScene:
        return MetaScene.of(claim, "messenger")
