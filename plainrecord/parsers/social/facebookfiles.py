"""What each file of a Facebook download is, by its shape, its name and the folder it lies in; and where a download begins.

Matters to the Facebook reader only. The names are in `facebookfiles.toml`. It opens nothing: a file's first bytes are enough.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from plainrecord.intake.listing import Member
from plainrecord.parsers.chat.media import folder_of
from plainrecord.parsers.chat.messenger import is_encrypted_thread
from plainrecord.parsers.social.download import Aside, Route, plain, shard
from plainrecord.parsers.social.metaends import is_page_name
from plainrecord.parsers.social.metalists import bare_key, is_versioned
from plainrecord.parsers.social.metaoldpages import is_old_page
from plainrecord.parsers.social.metapageroutes import is_page, is_thread_page_path, twin_name
from plainrecord.parsers.social.metascene import THREAD_FOLDERS, is_thread_page

_PAGE = re.compile(rf"(?:^|/)(?:{'|'.join(THREAD_FOLDERS)})/[^/]+/message(?:_[0-9]+)?\.json\Z")
# Whatever lies below the threads and is no page: a sent file may have any name at all.
_SENT = re.compile(
    r"(?:^|/)messages/(?:.+\.(?!json\Z|html?\Z|txt\Z)[^/.]+|.+/(?:files|photos|videos|audio|gifs)/[^/]+)\Z"
)
_MEDIA = re.compile(r"\.(?:jpe?g|png|gif|webp|heic|mp4|mov|m4a|aac|mp3|ogg|opus|wav|3gp|avi|pdf)\Z", re.IGNORECASE)
# Folders of a download that `facebookfiles.toml` has no sentence for.
_ABOVE = frozenset("messages yourfacebookactivity youractivityacrossfacebook activityyouretaggedin friends".split())
_ABOVE |= frozenset("followers comments notifications locationhistory photosandvideos".split())
_ABOVE |= frozenset(plain(name) for name in THREAD_FOLDERS)
# What the beginning of a page of Meta's holds: its classes of either generation, or the name of the service.
_MARKS = (b"_a6-g", b"_a705", b"_3-95", b"uiBoxWhite", b"acebook")
# Folders that only a download of Facebook has.
_OWN = frozenset(
    (
        *("your_facebook_activity", "your_activity_across_facebook", "friends_and_followers", "profile_information"),
        *("comments_and_reactions", "likes_and_reactions", "apps_and_websites_off_of_facebook", "facebook_news"),
    )
)


def json_route(path: str, member: Member) -> Route:
    """What is done with a JSON file: by its shape, its name, its first key, or the folder it lies in."""
    name, _ = shard(path)
    if is_encrypted_thread(member.head):
        return None
    if _PAGE.search(path) or (is_page_name(member.name) and is_thread_page(member.head)):
        return "thread"
    table = _table()
    if sheet := table["sheets"].get(name.rpartition("/")[2]) or table["keys"].get(bare_key(member.head)):
        return sheet
    return aside_of(path)


def aside_of(path: str) -> Route:
    """The sentence for a file that is no record's, by its own name or by the innermost folder that has one."""
    table, (name, _) = _table(), shard(path)
    says = next((says for end, says in table["asides"].items() if name == end or name.endswith(f"/{end}")), "")
    folders = reversed(name.split("/")[:-1])
    says = says or next((table["folders"][step] for step in folders if step in table["folders"]), "")
    return Aside(f"{path}: {says[:1].lower()}{says[1:]}. No record was taken from it.") if says else None


def root_of(member: Member) -> str | None:
    """Where the download begins that a file with a known shape belongs to: above the folders that a download has."""
    folder, head = folder_of(member), member.head
    if is_page(member.name, head) and is_old_page(member.tree_path, head) and b"acebook" in head:
        return folder.rpartition("/")[0]
    is_thread_as_page = is_page(member.name, head) and is_thread_page_path(member.tree_path)
    if is_thread_as_page or (is_page_name(member.name) and is_thread_page(head)):
        folder = folder.rpartition("/")[0]
    elif not _is_list(member):
        return None
    steps = folder.split("/")
    while steps and plain(steps[-1]) in _known_folders():
        steps.pop()
    return "/".join(steps)


def _is_list(member: Member) -> bool:
    """A list by its versioned key, or by a known name in a known folder; a page must bear a mark of Meta's too."""
    if is_page(member.name, member.head):
        return any(mark in member.head for mark in _MARKS) and _is_named(member, twin_name(member.name))
    if not member.name.casefold().endswith(".json") or member.head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (
        b"{",
        b"[",
    ):
        return False
    table, key = _table(), bare_key(member.head)
    if is_versioned(member.head) and key in table["keys"]:
        return True
    return _is_named(member, member.name) and (key in table["keys"] or b'"label_values"' in member.head)


def _is_named(member: Member, name: str) -> bool:
    parent = plain(folder_of(member).rpartition("/")[2])
    return shard(name)[0] in _table()["sheets"] and parent in _known_folders()


def is_ours(path: str, member: Member) -> bool:
    """Whether a file below a root can only be Facebook's."""
    return any(step in _OWN for step in path.split("/")[:2]) or (
        is_versioned(member.head) and bare_key(member.head) in _table()["keys"]
    )


def is_sent(path: str) -> bool:
    """Whether a file lies among the threads and is no page of one: something that was sent may have any name."""
    return bool(_SENT.search(path))


def is_media(path: str) -> bool:
    """Whether a file is a picture, a video, a voice note or a document, by its name."""
    return bool(_MEDIA.search(path))


def is_inside(path: str) -> bool:
    """Whether a file lies in a folder that a download has."""
    return any(plain(step) in _known_folders() for step in path.split("/")[:-1])


@cache
def _known_folders() -> frozenset[str]:
    return _ABOVE | _table()["folders"].keys()


@cache
def _table() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = tomllib.loads(
        files(__package__).joinpath("facebookfiles.toml").read_text("utf-8")
    )
    return found
