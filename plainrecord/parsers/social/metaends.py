"""What stands beside the messages of a thread's page, from its beginning and its end alone, and which service wrote it.

Matters to the readers of Facebook and Instagram. Participants stand before the messages and the title behind them; decoding
everything between to find it would cost as much as reading the page. It reads no message and decides nothing about one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from plainrecord.intake.listing import Listing, Member
from plainrecord.intake.reading import Block
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.media import folder_of
from plainrecord.parsers.jsonstream import Found, walk, walk_head
from plainrecord.parsers.social.download import below

_HEADINGS = ("/participants", "/title", "/thread_type", "/thread_path", "/is_still_participant")
_PAGE_NAME = re.compile(r"message(?:_[0-9]{1,6})?\.json(?:%23[0-9]+)?")
_TAIL = re.compile(rb'\]\s*,\s*(?=")')
LOOKED_AT = 64 << 10
_TAIL_TRIES = 40
# Folders that only a download of Instagram has, and those above them that both services have.
_INSTAGRAMS = frozenset(
    (
        *("your_instagram_activity", "followers_and_following", "account_information", "device_information"),
        *("login_and_account_creation", "login_and_profile_creation", "story_sticker_interactions"),
    )
)
_SHARED = frozenset(("connections", "personal_information", "security_and_login_information"))


class Ends:
    """The blocks of a stream, of which the first and the last bytes are kept."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = iter(blocks)
        self.head = b""
        self.tail = b""

    def __iter__(self) -> Iterator[Block]:
        for block in self._blocks:
            data = memoryview(block.buffer)[block.lo : block.hi]
            if not self.head:
                self.head = bytes(data[:LOOKED_AT])
            last = bytes(data[-LOOKED_AT:])
            self.tail = last if len(last) == LOOKED_AT else (self.tail + last)[-LOOKED_AT:]
            data.release()
            yield block


def headings(claim: Claim, member: Member, ends: Ends) -> dict[str, Any]:
    """What stands beside the messages, from the ends of the page; from a walk through all of it where that fails."""
    found = {one.pointer: one.value for one in walk_head(ends.head, _HEADINGS)}
    found |= _behind(ends.tail)
    if "/participants" in found and "/title" in found:
        return found
    with claim.open(member) as stream:
        return {one.pointer: one.value for one in walk(stream, _HEADINGS) if isinstance(one, Found)}


def _behind(tail: bytes) -> dict[str, Any]:
    """The keys behind the list of messages.

    What stands behind a `],` and makes one whole object up to the end of the file, if an opening brace is put before it,
    is an end of the outermost object: nothing else closes exactly there.
    """
    for match in list(_TAIL.finditer(tail))[-1:-_TAIL_TRIES:-1]:
        with suppress(ValueError, RecursionError):
            value = json.loads("{" + tail[match.end() :].decode("utf-8", "replace"))
            if isinstance(value, dict) and "title" in value:
                return {f"/{key}": one for key, one in value.items()}
    return {}


def is_page_name(name: str) -> bool:
    """Whether a file is called like a page of a thread: two pages of two threads in one folder cannot be told apart."""
    return bool(_PAGE_NAME.fullmatch(name))


def is_instagram(listing: Listing, root: str) -> bool:
    """Whether what lies below a root is Instagram's: by folders that only it has, or else by its threads themselves.

    Trap: both services write threads of one form under `messages/inbox/`.
    """
    if root.rpartition("/")[2] in _INSTAGRAMS:
        return True
    pages = []
    for member in listing.under(root):
        if is_instagrams(below(root, member)):
            return True
        if is_page_name(member.name):
            pages.append(member)
    return any(_says_instagram(member) for member in pages)


def is_instagrams(path: str) -> bool:
    """Whether a path below a root begins with a folder that only Instagram has."""
    steps = path.split("/")
    return steps[0] in _INSTAGRAMS or (steps[0] in _SHARED and len(steps) > 2 and steps[1] in _INSTAGRAMS)


def _says_instagram(member: Member) -> bool:
    """By marks that Facebook's threads never bear. A link to Instagram is none: people send those on Messenger too."""
    folder = folder_of(member).rpartition("/")[2]
    return folder.startswith("instagramuser_") or b'"thread_type": "Pending' in member.head
