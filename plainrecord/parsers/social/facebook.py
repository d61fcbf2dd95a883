"""Facebook “Download your information”: Messenger threads, and everything the account's own files tell of others.

Reads: threads of every folder with all their pages; friends, requests received, rejected and sent, removed friends,
followers; pokes both ways; comments, reactions and posts of the owner; posts on the owner's profile, tags, notifications;
visits the owner made; log-ins, sessions, devices, changes of the account; places as facts. All layouts since 2018: folders
with and without `your_facebook_activity/`, keys with and without version, bare lists, single objects, `label_values`; the same
as web pages, where there is no JSON of it (`metapages.py`).
Cannot read: chats since they were end-to-end encrypted (a download of their own, `chat/messenger.py`), names in rows that
the app wrote in another language than English, the zone of pages that nothing shows. A list of blocked people was not found in any
download that is known.
Source of knowledge: the downloads reference, section 4, from public readers, schemas and notes. Tier: `public schema`.
Fixture: fixtures/social-facebook.

Nobody has an id here: a person is a display name of the day of the download. Threads have one, and are told apart by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.messenger import is_encrypted_thread
from plainrecord.parsers.social import facebookacts as acts
from plainrecord.parsers.social import facebookposts as posts
from plainrecord.parsers.social import facebooksecurity as security
from plainrecord.parsers.social.download import SHELF, Aside, DownloadReader, Route, below, files_of, shard
from plainrecord.parsers.social.facebookfiles import (
    aside_of,
    is_inside,
    is_media,
    is_ours,
    is_sent,
    json_route,
    root_of,
)
from plainrecord.parsers.social.facebooknames import NAMING, first_value, names_of, stated_owner
from plainrecord.parsers.social.facebookscene import SERVICE, FacebookScene
from plainrecord.parsers.social.metaends import is_instagram, is_instagrams
from plainrecord.parsers.social.metafolders import parts_beside
from plainrecord.parsers.social.metalists import list_sheet
from plainrecord.parsers.social.metamissing import say_missing_numbers
from plainrecord.parsers.social.metapageroutes import is_page, is_start_page, leave_twins, page_route, page_sheets
from plainrecord.parsers.social.metapagescene import (
    PAGE,
    THREAD_PAGE,
    add_owner,
    look_at_start,
    names_on_pages,
    other_members,
    owner_on_pages,
    page_members,
    survey_all_pages,
    zone_on_pages,
)
from plainrecord.parsers.social.metapageshapes import meta_shape
from plainrecord.parsers.social.metascene import settle_owner, survey, warn_of_encryption
from plainrecord.parsers.social.metathreads import THREAD_PATTERNS, read_thread
from plainrecord.parsers.social.pageclock import ORDINARY, Stated
from plainrecord.parsers.social.pagedates import PageDates
from plainrecord.parsers.social.pagesurvey import kept_dates
from plainrecord.parsers.social.sheets import JsonSheet, Sheet
from plainrecord.records import Decision

MESSENGER = "messenger"
_WHERE_LATER = (
    "What was written later is in Messenger's own download of encrypted chats (“secure storage”), which has to be asked for"
    " separately; that a chat stops here says nothing."
)


class FacebookDownload(DownloadReader[FacebookScene]):
    """The JSON files of one download, all parts joined."""

    name = "facebook-download"
    version = "1"
    service = SERVICE
    json_sheets: Mapping[str, Sheet[FacebookScene]] = {
        "thread": JsonSheet(THREAD_PATTERNS, read_thread),
        **{name: list_sheet(relation.read) for name, relation in acts.RELATIONS.items()},
        "pokes": list_sheet(acts.read_poke),
        "visits": list_sheet(acts.read_visits),
        "interactions": list_sheet(acts.read_interactions),
        "see-less": list_sheet(acts.read_see_less),
        "invitations": list_sheet(acts.read_invitation),
        "contacts": list_sheet(acts.read_contact),
        "own-list": list_sheet(acts.read_owner_list),
        "locations": list_sheet(acts.read_location),
        "comments": list_sheet(posts.read_comment),
        "reactions": list_sheet(posts.read_reaction),
        "own-posts": list_sheet(posts.read_own_post),
        "wall-posts": list_sheet(posts.read_wall_post),
        "tags": list_sheet(posts.read_tag),
        "notifications": list_sheet(posts.read_notification),
        "security": list_sheet(security.read_security),
        "sessions": list_sheet(security.read_session),
        "addresses": list_sheet(security.read_address),
        "verifications": list_sheet(security.read_verification),
        "devices": list_sheet(security.read_device),
        "activity": list_sheet(security.read_activity, "/*/*/*"),
        "cookies": list_sheet(security.read_cookies, ""),
        "profile": list_sheet(security.read_profile),
        "autofill": list_sheet(security.read_autofill, "/*"),
    }
    sheets: Mapping[str, Sheet[FacebookScene]] = {
        **json_sheets,
        **page_sheets(json_sheets, meta_shape, read_thread),
    }
    card = FormatCard(
        service=SERVICE,
        export="Facebook, “Download your information” (JSON or HTML) with Messenger threads, all layouts since 2018, in one part or many",
        tier="public schema",
        holds="Messages both ways with exact times, message requests, calls, reactions, unsent rows; friend requests received"
        " and rejected, pokes, tags, posts on the owner's profile, the newest notifications; log-ins and changes of the account.",
        cannot_hold="Chats since they were end-to-end encrypted, who visited the profile, who was blocked, most of what others"
        " commented or liked, and ids of people: everybody is a display name of the day of the download.",
        fixture="social-facebook",
        acts="facebook",
    )

    def roots(self, listing: Listing) -> Iterator[str]:
        """Where files with the shape of a Facebook download lie, less the folders that one has."""
        found = {root for member in listing.members if (root := root_of(member)) is not None}
        for root in found:
            if not is_instagram(listing, root) or any(is_ours(below(root, one), one) for one in listing.under(root)):
                yield root

    def parts(self, root: str, listing: Listing) -> Iterable[str]:
        """Folders beside it that bear the name of another part."""
        return parts_beside(root, listing)

    def route(self, path: str, member: Member) -> Route:
        """Threads by their shape, lists by their name or first key; the rest by the folder it lies in."""
        name, _ = shard(path)
        if name.endswith("nodata.txt"):
            return Aside(f"{path}: this category was asked for, and the service had nothing in it.")
        if is_instagrams(path):
            return None
        if is_sent(path):
            return SHELF
        if is_page(path, member.head):
            return page_route(path, member, json_route)
        if path.casefold().endswith(".json"):
            return json_route(path, member)
        if path.casefold().endswith((".html", ".htm")):
            return None
        return SHELF if is_media(path) and is_inside(path) else aside_of(path)

    def settle(self, claim: Claim, routes: dict[str, Route], members: Mapping[str, Member]) -> None:
        """Leave the files of encrypted chats to their own reader, and pages to their JSON twins; take those beside a thread
        that lies by itself."""
        look_at_start(claim, (member for path, member in members.items() if is_start_page(path)))
        leave_twins(routes)
        encrypted = {path.rpartition("/")[0] for path, member in members.items() if is_encrypted_thread(member.head)}
        theirs = tuple(f"{folder}/media/" if folder else "media/" for folder in encrypted)
        threads = tuple(
            {f"{path.rpartition('/')[0]}/" for path, route in routes.items() if route in ("thread", THREAD_PAGE)}
        )
        for path, route in routes.items():
            if theirs and path.startswith(theirs):
                routes[path] = None
            elif route is None and threads and path.startswith(threads) and is_media(path):
                routes[path] = SHELF
        if not any(is_ours(path, member) for path, member in members.items()):
            basis = (
                "threads of this form come from Facebook and from Instagram, and nothing beside them says from which"
            )
            claim.decisions.append(Decision("facebook:service", "taken for Messenger's", basis, certain=False))

    def prepare(self, claim: Claim) -> None:
        """Whose download it is, who is named in it, its threads, and which files are damaged."""
        threads, lists = files_of(claim, "thread"), other_members(claim, "thread")
        survey(claim, threads, lists)
        self._say_zone(claim)
        zone = Stated(claim.facts["timezone"], "the download names a zone") if "timezone" in claim.facts else None
        survey_all_pages(claim, ORDINARY, zone or zone_on_pages(claim, f"{PAGE}locations", PageDates()))
        stated, basis = stated_owner(claim)
        if not stated:
            stated, basis = owner_on_pages(claim, f"{PAGE}profile", kept_dates(claim))
        settle_owner(claim, SERVICE, stated, basis)
        add_owner(claim)
        names = names_of(claim) | names_on_pages(claim, NAMING, kept_dates(claim))
        claim.facts["names"] = json.dumps(sorted(names), ensure_ascii=False)
        warn_of_encryption(claim, MESSENGER, _WHERE_LATER)
        on_pages = page_members(claim, THREAD_PAGE)
        others = [member for member in page_members(claim) if member not in on_pages]
        say_missing_numbers(claim, SERVICE, [*threads, *on_pages], [*lists, *others])

    def _say_zone(self, claim: Claim) -> None:
        for member in files_of(claim, "locations"):
            if zone := first_value(claim, member, ("/timezone_v2", "/timezone")):
                claim.facts["timezone"] = str(zone)[:60]

    def scene(self, claim: Claim) -> FacebookScene:
        """The threads' scene, with every name the download states."""
        scene = FacebookScene.of(claim, MESSENGER)
        return replace(scene, names=frozenset(json.loads(claim.facts.get("names", "[]"))))
