"""Which file of a Snapchat download is read by which sheet, which are known and not read, and where its folders begin.

A table, and the two tests by which a download is known: what its files hold, and for web pages also where they lie.
"""

from __future__ import annotations

import re

from plainrecord.intake.listing import Member
from plainrecord.parsers.social.download import SHELF, Aside, Route, plain

# File name without its ending → sheet. The same names are JSON files and web pages.
READ = {
    "chathistory": "chats",
    "snaphistory": "snaps",
    "friends": "friends",
    "account": "account",
    "accounthistory": "history",
    "talkhistory": "calls",
    "connectedapps": "apps",
    "locationhistory": "places",
    "snapmapplaceshistory": "places",
    "snapmapplaces": "places",
    "storyhistory": "stories",
    "sharedstory": "stories",
    "memorieshistory": "memories",
    "inappreports": "reports",
    "supportnote": "reports",
}
_NO_RECORD = "No record was taken from it."
_ASIDE = {
    "termshistory": "When the owner accepted Snapchat's terms.",
    "userprofile": "Interests, demographics and use of the app, for advertising.",
    "searchhistory": "What the owner searched for in the app.",
    "ranking": "Scores and counts of the account.",
    "bitmoji": "The owner's Bitmoji figure.",
    "subscriptions": "Channels the owner follows.",
    "snapads": "Advertising accounts of the owner.",
    "purchasehistory": "Purchases of the owner.",
    "snapchatplus": "Purchases of Snapchat+.",
    "snappro": "The owner's public profile.",
    "snapchatai": "Use of the app's own assistant.",
    "myai": "Use of the app's own assistant.",
    "cameosmetadata": "Pictures for Cameos.",
    "emailcampaignhistory": "Advertising mail from Snapchat.",
    "featureemails": "Mail from Snapchat about the app.",
    "communitylenses": "Lenses the owner made.",
    "lenses": "Lenses the owner made.",
    "snapgamesandminis": "Games played in the app.",
    "payments": "Means of payment.",
    "shoppingfavorites": "Things the owner marked in shops.",
    "snaptokens": "Tokens bought in the app.",
    "scans": "Codes and things the owner scanned.",
    "faq": "Snapchat's explanation of the download.",
    "index": "The first page of the download, which leads to the others.",
}
_FOLDERS = ("chatmedia/", "memories/", "sharedstory/")
_FRAME = re.compile(r".*\.(?:css|js|svg|woff2?|ico|png|gif)\Z")
_SUBPAGE = re.compile(r"(chathistory|snaphistory)/subpage.*\.html?\Z")

_CHAT_SHAPES = ((b'"Media Type"', b'"Created"', b'"From"'), (b'"Media Type"', b'"Created"', b'"To"'))
_OTHER_SHAPES: tuple[tuple[bytes, ...], ...] = (
    (b'"Username"', b'"Display Name"', b'"Creation Timestamp"'),
    (b'"Basic Information"', b'"Username"'),
    (b'"Display Name Change"', b'"Date"'),
    (b'"Saved Media"', b'"Media Type"'),
)
_PAGE_WORDS = re.compile(rb"snapchat|rightpanel|subpage_|Basic Information|Friend Requests Sent", re.IGNORECASE)
_JSON_PATH = re.compile(r"(?:\A|/)((?:json/)?([^/]+)\.json)\Z")
_PAGE_PATH = re.compile(r"(?:\A|/)(html/(?:([^/]+)|(?:chat|snap)_history/subpage_[^/]*)\.html?)\Z")


def route_of(path: str, member: Member) -> Route:
    """What is done with the file at `path` below the root of a download."""
    short = plain(path)
    folder, _, rest = short.partition("/") if short.startswith(("json/", "html/")) else ("", "", short)
    if short.startswith(_FOLDERS):
        return SHELF
    if match := _SUBPAGE.fullmatch(rest):
        return "chat-pages" if match[1] == "chathistory" else "snap-pages"
    if folder == "html" and _FRAME.fullmatch(rest):
        return Aside(f"Part of how the web pages of the download look. {_NO_RECORD}")
    stem, _, ending = rest.rpartition(".")
    if ending not in ("json", "html", "htm"):
        return None
    if sheet := READ.get(stem):
        return _json_sheet(sheet, member) if ending == "json" else f"{sheet}-page"
    if stem in _ASIDE:
        return Aside(f"{_ASIDE[stem]} {_NO_RECORD}")
    # Trap: people rename the one file they need; its rows say what it is.
    return _json_sheet("chats", member) if ending == "json" and _shaped(member.head, _CHAT_SHAPES) else None


def _json_sheet(sheet: str, member: Member) -> str:
    """Trap: some downloads wrap the conversations once more."""
    nested = sheet in ("chats", "snaps") and re.match(
        rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?:Chat|Snap) History"\s*:\s*\{', member.head
    )
    return f"{sheet}-nested" if nested else sheet


def known_at(tree_path: str, member: Member) -> str | None:
    """The path below its root of a file that shows a Snapchat download by what it holds; None for every other file."""
    if match := _JSON_PATH.search(tree_path):
        known = plain(match[2]) in READ and _shaped(member.head, _OTHER_SHAPES)
        return match[1] if known or _shaped(member.head, _CHAT_SHAPES) else None
    match = _PAGE_PATH.search(tree_path)
    if match is None or b"<" not in member.head[:64]:
        return None
    known = match[2] is None or (plain(match[2]) in READ and bool(_PAGE_WORDS.search(member.head)))
    return match[1] if known else None


def _shaped(head: bytes, shapes: tuple[tuple[bytes, ...], ...]) -> bool:
    begins = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
    return begins and any(all(word in head for word in words) for words in shapes)


def twin_of(path: str) -> str | None:
    """The JSON file that says the same as the page at `path`, as `plain` compares paths; None for no page of the download."""
    short = plain(path)
    if not short.startswith("html/"):
        return None
    if match := _SUBPAGE.fullmatch(short[len("html/") :]):
        return f"json/{match[1]}.json"
    stem, _, ending = short[len("html/") :].rpartition(".")
    return f"json/{stem}.json" if ending in ("html", "htm") and stem in READ else None


_PART = re.compile(r"(.*mydata~[0-9]{6,20})(?:-[0-9]{1,3})?((?:\.zip)?)\Z")


def stem_of(folder: str) -> tuple[str, str] | None:
    """What the folders of one download's parts have in common: `mydata~1-2` and `mydata~1` are one download."""
    match = _PART.fullmatch(folder)
    return (match[1], match[2]) if match else None
