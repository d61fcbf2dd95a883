"""Instagram's “download your information” as JSON, with Threads (the text app) inside it; all layouts since 2018.

Reads: messages with reactions, files, calls as text, requests; followers, following, follow requests, unfollowed, blocked,
restricted, close friends; the owner's comments, likes, answers to stories and posts; log-ins, log-outs, devices, changes of
password, privacy and profile; devices of encrypted chats. Cannot read: other people's comments, likes, tags and mentions,
who looked at what, the words of encrypted or vanished chats, and log-ins that failed: a download has none of these.
Source of knowledge: the downloads reference, section 6 (public readers and their samples; newer lists from public notes).
Tier: `public schema`; downloads up to 2020 and lists with labels in languages other than English and Dutch are not exercised
on a real one. Fixture: fixtures/social-instagram.

The owner is who `personal_information.json` says, by username and, apart from it, by display name: messages name people by
display name and lists by username, and the download never says which belongs to which. They are not joined.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import words
from plainrecord.parsers.chat.pieces import chats_of, head_of
from plainrecord.parsers.jsonstream import Found, walk
from plainrecord.parsers.social.download import (
    SHELF,
    Aside,
    DownloadReader,
    Route,
    files_of,
    plain,
    roots_by,
)
from plainrecord.parsers.social.instagramacts import read_act
from plainrecord.parsers.social.instagramentry import entry_of, is_username
from plainrecord.parsers.social.instagramevents import read_event, read_secret
from plainrecord.parsers.social.instagramfiles import (
    INSTAGRAM,
    THREADS,
    Act,
    acts,
    aside_of,
    is_old_aside,
    is_only_instagram,
    sheet_of,
    tail_of,
)
from plainrecord.parsers.social.instagramold import OLD_SHEETS, is_old_file
from plainrecord.parsers.social.instagrampages import CLOCK, finish, profile_on_pages, shape_of
from plainrecord.parsers.social.instagramposts import read_post
from plainrecord.parsers.social.instagramscene import Scene, account
from plainrecord.parsers.social.metafolders import parts_beside
from plainrecord.parsers.social.metamissing import say_missing_numbers
from plainrecord.parsers.social.metapageroutes import is_page, leave_twins, page_route, page_sheets
from plainrecord.parsers.social.metapagescene import PAGE, THREAD_PAGE, add_owner, other_members, survey_all_pages
from plainrecord.parsers.social.metascene import (
    MetaScene,
    is_thread_page,
    settle_owner,
    survey,
    warn_of_encryption,
)
from plainrecord.parsers.social.metashape import ONE, first_key, places
from plainrecord.parsers.social.metathreads import THREAD_PATTERNS, read_thread
from plainrecord.parsers.social.pagesurvey import kept_dates
from plainrecord.parsers.social.sheets import JsonSheet, Read, Sheet, Where
from plainrecord.records import Decision, valid_text

_THREAD = "thread"
_SECRETS = "encrypted"
_PROFILE = "profile"
_READERS = {"act": read_act, "event": read_event, "post": read_post}
_OTHER_DOWNLOADS = ("yourfacebookactivity/", "youractivityacrossfacebook/")
_FOLDER = re.compile(r"instagram-(.+)-\d{4}-\d{2}-\d{2}(?:-[A-Za-z0-9]+)?|([A-Za-z0-9._]{1,30})_\d{8}(?:_part_\d+)?")
_PAGE = re.compile(r"mess[a-z]*(?:[_-]?\d+)?\.json")
_BOXES = frozenset(("inbox", "messagerequests", "broadcast"))
_ENTRY_PAGES = frozenset(("starthere.html", "index.html"))


def _sheet(what: Act) -> JsonSheet[Scene]:
    return JsonSheet(places, partial(_READERS[what.family], what))


def _read_thread(where: Where[Scene], pointer: str, element: object) -> Read:
    """Trap: the thread's folder is often the only place with a username, as it was on the day of the download."""
    found = read_thread(where, pointer, element)
    folder = where.member.tree_path.rpartition("/")[0].rpartition("/")[2]
    for message in found if isinstance(found, list) else ():
        message.facts.setdefault("thread-folder", folder[:300])
        if message.facts.get("thread_type", "").startswith("Pending") and "message-request" not in message.marks:
            message.marks.append("message-request")
    return found


class InstagramDownload(DownloadReader[Scene]):
    """Downloads of one Instagram account."""

    name = "instagram-download"
    version = "1"
    service = INSTAGRAM
    sheets: Mapping[str, Sheet[Scene]] = {
        **{name: _sheet(what) for name, what in acts().items()},
        **OLD_SHEETS,
        _THREAD: JsonSheet(THREAD_PATTERNS, _read_thread),
        _SECRETS: JsonSheet(ONE, read_secret),
        **page_sheets({name: _sheet(what) for name, what in acts().items()}, shape_of, _read_thread, finish),
    }
    card = FormatCard(
        service=INSTAGRAM,
        export="Instagram and Threads, “download your information” (JSON or HTML, 2018 on; parts joined)",
        tier="public schema",
        holds=(
            "Messages of both sides with exact times, requests, reactions, calls as text, files; followers, requests, blocks"
            " with dates; the owner's comments, likes and posts; log-ins and changes of the account."
        ),
        cannot_hold=(
            "Other people's comments, likes, tags and mentions; who looked at the profile or a story; the words of encrypted"
            " or vanished chats; which username belongs to which display name."
        ),
        fixture="social-instagram",
        acts=INSTAGRAM,
    )

    def roots(self, listing: Listing) -> Iterable[str]:
        """Above the outermost folder of the layout, or where the files of a download up to 2020 lie."""
        return roots_by(listing, _known)

    def parts(self, root: str, listing: Listing) -> Iterable[str]:
        """Folders beside it that bear the name of another part."""
        return parts_beside(root, listing)

    def route(self, path: str, member: Member) -> Route:
        """By shape and first key before the name; pictures and the like to the shelf."""
        if plain(path).startswith(_OTHER_DOWNLOADS):
            return None
        name = plain(path.rpartition("/")[2])
        if name == "nodata.txt":
            return Aside("Instagram: this part of the download was asked for, and there was nothing in it.")
        if name.endswith(".html"):
            return self.route_page(path, member)
        if name.endswith(".json"):
            return _route_json(path, member.head)
        return SHELF if _may_be_named(path, member) else None

    def route_page(self, path: str, member: Member) -> Route:
        """What is done with a page of the HTML form: what is done with the JSON file of its name."""
        if plain(path) in _ENTRY_PAGES:
            return Aside(
                "Instagram: the page a download is opened with. It holds links only; no record was taken from it."
            )
        return page_route(path, member, self.route) if is_page(path, member.head) else None

    def settle(self, claim: Claim, routes: dict[str, Route], members: Mapping[str, Member]) -> None:
        """Leave pages whose content is there as JSON to that."""
        del claim, members
        leave_twins(routes)

    def prepare(self, claim: Claim) -> None:
        """Which files are damaged, what threads there are, and whose download it is, by username and by display name."""
        pages = [*files_of(claim, _THREAD), *files_of(claim, THREAD_PAGE)]
        survey(claim, files_of(claim, _THREAD), other_members(claim, _THREAD))
        survey_all_pages(claim, CLOCK, None)
        damaged = MetaScene.of(claim, INSTAGRAM).damaged
        handle, name = _profile(claim, _PROFILE, damaged)
        threads, _ = _profile(claim, f"threads-{_PROFILE}", damaged)
        if not handle:
            handle, name = profile_on_pages(claim, f"{PAGE}{_PROFILE}", kept_dates(claim))
        _settle_handle(claim, handle, name)
        if pages or name:
            settle_owner(claim, INSTAGRAM, name, "the display name in the download's own profile file")
        add_owner(claim)
        warn_of_encryption(claim, INSTAGRAM, "What was written later is in no download.")
        _settle_threads(claim, threads)
        read = {member.tree_path for member in pages}
        say_missing_numbers(claim, INSTAGRAM, pages, [one for one in chats_of(claim) if one.tree_path not in read])
        _warn_of_secrets(claim)

    def scene(self, claim: Claim) -> Scene:
        """The threads' scene and the owner's usernames."""
        shared = MetaScene.of(claim, INSTAGRAM)
        return Scene(
            shared.service,
            shared.owner,
            shared.damaged,
            shared.oldest_first,
            shared.threads,
            shared.media,
            account(INSTAGRAM, claim.facts.get("handle", ""), claim.facts.get("stated-name", "")),
            account(THREADS, claim.facts.get("threads-handle", "")),
        )


def _may_be_named(path: str, member: Member) -> bool:
    """Pictures, videos and voice notes anywhere, and whatever lies in a thread's folder."""
    folders = plain(path).split("/")[:-1]
    return member.media_type.partition("/")[0] in ("image", "video", "audio") or "messages" in folders


def _known(path: str, member: Member) -> str | None:
    name = path.rpartition("/")[2]
    tail = tail_of(path)
    if tail and is_only_instagram(tail, member.head):
        return tail
    if is_old_file(name, member.head):
        return name
    # A list that somebody took out of its folders.
    return name if tail is None and name.endswith(".json") and is_only_instagram(name, member.head) else None


def _route_json(path: str, head: bytes) -> Route:
    folder, _, name = path.rpartition("/")
    box = plain(folder.rpartition("/")[0].rpartition("/")[2])
    if box == "aiconversations":
        return aside_of(path, head)
    if box in _BOXES or (_PAGE.fullmatch(plain(name)) and is_thread_page(head)):
        # A damaged page is read as one, so that it says so; a page of encrypted chats is another reader's.
        is_page = _PAGE.fullmatch(plain(name)) and b'"senderName"' not in head
        return _THREAD if is_page or is_thread_page(head) else None
    if first_key(head).startswith("ig_secret_"):
        return _SECRETS
    if not folder and is_old_file(name, head, in_download=True):
        return f"old-{name.removesuffix('.json').replace('_', '-')}"
    if sheet := sheet_of(path, head):
        return sheet
    if not folder and is_old_aside(name):
        return Aside("Instagram, a download up to 2020: settings and lists of the owner. No record was taken from it.")
    return aside_of(path, head)


def _profile(claim: Claim, sheet: str, damaged: frozenset[str]) -> tuple[str, str]:
    """Username and display name in a profile file, or ""; a file that cannot be read says so when its record is read."""
    for member in files_of(claim, sheet):
        with suppress(OSError, PlainrecordError), claim.open(member) as stream:
            for found in walk(stream, places(head_of(claim, member))):
                entry = entry_of(found.value, damaged=member.tree_path in damaged) if isinstance(found, Found) else None
                if entry and entry.value("username"):
                    return valid_text(entry.value("username")), valid_text(entry.value("name"))
    for member in files_of(claim, "old-profile") if sheet == _PROFILE else ():
        with suppress(OSError, PlainrecordError), claim.open(member) as stream:
            for found in walk(stream, ONE):
                value = found.value if isinstance(found, Found) else None
                if isinstance(value, dict) and isinstance(value.get("username"), str):
                    return value["username"], words(value, "name")
    return "", ""


def _settle_handle(claim: Claim, stated: str, name: str) -> None:
    """The owner's username: what the profile file says, else what a person said, else the name of the download's folder."""
    said = next((one.removeprefix("@") for one in claim.options.owner_names if one.startswith("@")), "")
    folder = _FOLDER.fullmatch(claim.title.removesuffix(".zip"))
    guessed = (folder[1] or folder[2]) if folder else ""
    if stated:
        claim.facts["handle"] = stated
        claim.facts["stated-name"] = name
        basis = "the username in the download's own profile file"
        claim.decisions.append(Decision("instagram:owner-username", stated, basis))
    elif said:
        claim.facts["handle"] = said
    elif is_username(guessed):
        claim.facts["handle"] = guessed
        basis = f"the download has no profile file; the folder is called {claim.title}"
        claim.decisions.append(Decision("instagram:owner-username", guessed, basis, certain=False))
    else:
        basis = "the download has no profile file: it may be in a part that was not handed in. Say it with --owner @username"
        claim.decisions.append(Decision("instagram:owner-username", "not known", basis, certain=False))


def _settle_threads(claim: Claim, stated: str) -> None:
    """The owner on Threads: an account of its own, under the same username where it states none."""
    if stated:
        claim.facts["threads-handle"] = stated
        return
    handle = claim.facts.get("handle", "")
    if handle and any(name.startswith("threads-") for name in json.loads(claim.facts["sheets"])):
        claim.facts["threads-handle"] = handle
        basis = "the lists of Threads do not say whose they are; taken to be the username of the Instagram account they came with"
        claim.decisions.append(Decision("threads:owner-username", handle, basis, certain=False))


def _warn_of_secrets(claim: Claim) -> None:
    """A decision where there are encrypted chats: their words are in no download."""
    if _SECRETS in json.loads(claim.facts["sheets"]):
        basis = (
            "the download lists devices of end-to-end encrypted chats; what was written in such chats is in no download"
        )
        claim.decisions.append(Decision("instagram:encrypted-chats", "not in this download", basis))
