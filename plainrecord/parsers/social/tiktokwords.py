"""The names TikTok gives to sections, lists, files and labels, from `data/tiktok.toml` and a table of lists.

Decides from the keys above a list what its entries are; what it does not know is called unknown, never guessed.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from plainrecord.parsers.social.tiktokscene import squeezed

ASIDE, CHAT, GROUP, UNKNOWN = "aside", "chat", "group", "unknown"
# A list among the direct messages that nobody knows: its entries are read where they look like messages.
UNSORTED = "unsorted"

# The last key above the entries → what they are. `MAPS` are objects that are one entry themselves.
_LISTS = {
    "fanslist": "followers",
    "following": "following",
    "blocklist": "blocks",
    "commentslist": "comments",
    "itemfavoritelist": "likes",
    "loginhistorylist": "logins",
    "statuslist": "devices",
    "sendgifts": "gifts",
}
MAPS = {"profilemap": "profile", "locationdata": "location"}
_CHATS = {"chathistory": CHAT, "groupchat": GROUP}
_MESSAGES = frozenset(("directmessage", "directmessages"))
_POSTS = frozenset(("post", "posts", "video", "videos"))
_WITH = re.compile(r"(?:>>>\s*)?(?:chat|group) ?(?:chat )?history with\s+(.*?)\s*:*\s*\Z", re.IGNORECASE | re.DOTALL)


@cache
def _table() -> dict[str, Any]:
    text = files("plainrecord.parsers.social").joinpath("data", "tiktok.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def _aside() -> frozenset[str]:
    return frozenset(squeezed(name) for name in _table()["aside"]["sections"])


@cache
def _files() -> dict[str, str]:
    return {squeezed(name): what for what, names in _table()["files"].items() for name in names}


@cache
def labels(what: str) -> frozenset[str]:
    """The words that stand before a value in the text form, as `squeezed` writes them."""
    return frozenset(squeezed(word) for word in _table()["labels"][what])


def file_of(name: str) -> str | None:
    """What a file of the text form holds, by its name without the ending; None for a name nobody knows."""
    return _files().get(squeezed(name))


@lru_cache(maxsize=8192)
def what_of(keys: tuple[str, ...]) -> str:
    """What the entries below those keys are: a kind of act, a chat, a group, aside, or unknown."""
    names = tuple(squeezed(key) for key in keys)
    # Chats first: a group may be called like a section.
    if len(names) > 1 and names[-2] in _CHATS:
        return _CHATS[names[-2]]
    if names and is_chat_key(keys[-1]):
        return GROUP if "groupchat" in names[:-1] else CHAT
    for name in names:
        if name in MAPS:
            return MAPS[name]
    if any(name in _aside() for name in names):
        return ASIDE
    if names and names[-1] == "videolist" and _POSTS.intersection(names):
        return "posts"
    found = _LISTS.get(names[-1], UNKNOWN) if names else UNKNOWN
    return UNSORTED if found == UNKNOWN and _MESSAGES.intersection(names) else found


def is_chat_key(key: str) -> bool:
    """Whether a key says “Chat History with …”."""
    return _WITH.fullmatch(key.strip()) is not None


def partner_of(key: str) -> str:
    """With whom a chat is, from its key or its first line: without the words before and the colons behind."""
    match = _WITH.fullmatch(key.strip())
    return match[1].removeprefix("@") if match else key.strip().rstrip(":").strip()
