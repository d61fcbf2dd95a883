"""TikTok, “Download your data”: `user_data.json` of every generation of keys, or the text form in any language.

Reads: direct messages both ways, group chats, followers and whom the owner follows or blocked, log-ins, the owner's comments,
likes, posts and gifts, the last place, devices, the profile. Cannot read: pictures and videos (the download has links), and
what others did in public (comments, mentions, likes, visits): it is not in the download.
Source of knowledge: the downloads reference, section 8, from public readers of both forms.
Tier: `public schema`; group chats, gifts, posts and all text files but chats are `not exercised`. Fixture: fixtures/social-tiktok.

A section nobody knows is unread; known sections that show nothing of other people are named in a decision.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.social.download import Aside, DownloadReader, Route
from plainrecord.parsers.social.sheets import JsonSheet, Sheet
from plainrecord.parsers.social.tiktokacts import ACTS
from plainrecord.parsers.social.tiktokjson import look_through, patterns_of, read_json
from plainrecord.parsers.social.tiktokscene import SERVICE, Scene, account, squeezed
from plainrecord.parsers.social.tiktoktext import block_sheet, chat_sheet, is_chat, is_dated, owner_in
from plainrecord.parsers.social.tiktoktwins import BOTH, put_twins_aside
from plainrecord.parsers.social.tiktokwords import file_of
from plainrecord.records import Decision

# Keys at the top of the document, and keys below them of which one must be there too.
_TOPS = frozenset(
    squeezed(key)
    for key in (
        "Activity", "Your Activity", "Ads and data", "App Settings", "Comment", "Direct Message", "Direct Messages", "Income Plus",
        "Income+ Wallet Transactions", "Likes and Favorites", "Location Review", "Post", "Profile", "Profile And Settings",
        "Tiktok Live", "TikTok Shop", "TikTok Shopping", "Video",
    )
)  # fmt: skip
_BELOW = re.compile(
    rb'"(?:ProfileMap|FansList|ChatHistory|BlockList|VideoList|LoginHistoryList|SearchList|ItemFavoriteList|CommentsList|SettingsMap'
    rb"|Favorite ?Effects|Follower ?List|Like ?List|Login ?History|Profile ?Info(?:rmation)?|AIMojiList|FavoriteEffectsList"
    rb'|Auto ?Fill|Activity ?Summary|Reviews ?List)"\s*:',
    re.IGNORECASE,
)
_FIRST_KEY = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"([^"\\]{1,60})"\s*:')
_NAMED = re.compile(r"user_data(?:_tiktok)?.*\.json\Z", re.IGNORECASE)
# Names of text files so much TikTok's own that, with a time in their first line, they show a download without chats.
_TELLING = frozenset(("followers", "following", "blocks", "logins", "likes"))
_NO_RECORD = "What the owner watched, looked for, bought or set; no record was taken from it."


class TikTok(DownloadReader[Scene]):
    """One download of one account."""

    name = "tiktok"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="TikTok, Download your data: user_data.json or user_data_tiktok.json, or the text form (folders of .txt files)",
        tier="public schema",
        holds="Direct messages both ways with exact times, group chats, followers, whom the owner blocked, log-ins, the owner's"
        " own comments and likes.",
        cannot_hold="Pictures and videos, deleted messages, reactions, and what others did in public: comments, mentions, visits.",
        fixture="social-tiktok",
        acts="tiktok",
    )
    sheets: Mapping[str, Sheet[Scene]] = {
        "json": JsonSheet((), read_json, finds=patterns_of),
        "chats": chat_sheet(),
        **{what: block_sheet(what) for what in ACTS},
    }

    def roots(self, listing: Listing) -> Iterator[str]:
        """Where the JSON file lies; of the text form, above the folders of sections."""
        for member in listing.members:
            folder, _, name = member.tree_path.rpartition("/")
            if name.endswith(".json") and is_download(name, member.head):
                yield folder
            elif name.endswith(".txt") and _is_telling(name, member.head):
                yield _above(folder, name)

    def route(self, path: str, member: Member) -> Route:
        """JSON by its keys, chats by their first line, other text files by their names."""
        name = path.rpartition("/")[2]
        stem, _, ending = name.rpartition(".")
        if ending == "json":
            return "json" if is_download(name, member.head) else None
        if ending != "txt":
            return None
        if is_chat(member.head):
            return "chats"
        what = file_of(stem)
        if what == "aside":
            return Aside(_NO_RECORD)
        return "chats" if what in ("messages", "group") else what

    def settle(self, claim: Claim, routes: dict[str, Route], members: Mapping[str, Member]) -> None:
        """Of a download in both forms each message is read once."""
        put_twins_aside(claim, routes, members)

    def prepare(self, claim: Claim) -> None:
        """Whose account it is, in which order the lists of JSON run, and which sections are put aside."""
        owners, backwards, aside = dict[str, str](), [], dict[str, None]()
        for member, sheet in self._files(claim):
            if sheet is self.sheets["json"]:
                told, down, left = look_through(claim, member)
                aside |= dict.fromkeys(left)
                owners |= {squeezed(told): told} if told else {}
                backwards += [member.tree_path] if down else []
            elif sheet is self.sheets["profile"]:
                with suppress(OSError, PlainrecordError):
                    told = owner_in(claim, member)
                    owners |= {squeezed(told): told} if told else {}
        # Two accounts in one folder: whose act a list shows cannot be told for both, and one of them would be credited wrongly.
        owner = next(iter(owners.values())) if len(owners) == 1 else ""
        claim.facts |= {"owner": owner, "backwards": json.dumps(backwards)}
        claim.decisions += _decisions(list(owners.values()), backwards, list(aside))
        if beside := claim.facts.get(BOTH):
            basis = f"text files stand beside {beside}, and nothing says whether both are of one account; a message may stand twice"
            claim.decisions.append(Decision("tiktok:both-forms", "both read", basis, certain=False))

    def scene(self, claim: Claim) -> Scene:
        """The owner, and the files that run backwards."""
        backwards: list[str] = json.loads(claim.facts.get("backwards", "[]"))
        return Scene(account(claim.facts.get("owner", "")), frozenset(backwards))


def is_download(name: str, head: bytes) -> bool:
    """Whether a JSON file is TikTok's: by its first key, and its name or a key that only its sections have."""
    match = _FIRST_KEY.match(head)
    if match is None or squeezed(match[1].decode("utf-8", "replace")) not in _TOPS:
        return False
    return bool(_NAMED.match(name) or _BELOW.search(head))


def _is_telling(name: str, head: bytes) -> bool:
    return is_chat(head) or (file_of(name.rpartition(".")[0]) in _TELLING and is_dated(head))


def _above(folder: str, name: str) -> str:
    """The root above a text file: its folder, or the one above where the folder is that of a section."""
    above, _, last = folder.rpartition("/")
    section = squeezed(last)
    known = section in _TOPS or section == squeezed(name.rpartition(".")[0]) or file_of(last) is not None
    return above if known else folder


def _decisions(owners: list[str], backwards: list[str], aside: list[str]) -> Iterable[Decision]:
    if len(owners) > 1:
        basis = f"profiles of {len(owners)} accounts are here; hand in each download by itself"
        yield Decision("tiktok:owner", "not settled", basis, certain=False)
    elif not owners:
        basis = "no profile in the download names the account; in a chat of two, who is not the other is the owner"
        yield Decision("tiktok:owner", "not stated", basis, certain=False)
    for path in backwards:
        yield Decision(
            "tiktok:order", "newest first", f"times fall more often than they rise inside the chats of {path}"
        )
    if aside:
        yield Decision("tiktok:sections-not-read", ", ".join(aside), _NO_RECORD)
