"""Which file of a Takeout is read by which sheet, by shape: folders and many files are named in the account's language.

Looks at the path and at the first bytes (at least 1 KiB) and at nothing else; reads no record.
"""

from __future__ import annotations

import re

from plainrecord.intake.listing import Member
from plainrecord.parsers.chat.jsonchat import sniff
from plainrecord.parsers.chat.textrows import columns_of
from plainrecord.parsers.social.download import SHELF, Aside, OnShelf, Route, plain
from plainrecord.parsers.social.googlevoicepages import NAMED
from plainrecord.parsers.social.googlewords import WORDS

PROFILE, PHONES, CHANNELS = "profile", "phones", "channels"
# Whose account it is: small files that hold no record of their own.
_SMALL = (PROFILE, PHONES, CHANNELS)
_MEDIA = re.compile(r"\.(?:jpe?g|png|gif|webp|heic|mp4|mov|3gp|webm|mp3|wav|amr|ogg|m4a|vcf|pdf)\Z", re.IGNORECASE)
_MEDIA_FOLDERS = ("hangouts", "voice", "myactivity", "meineaktivitten")
_HTML = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml|title|body|head)", re.IGNORECASE)
_ACTIVITY = frozenset(("header", "title", "time"))
_HEAD = 1024
_BLANK = b"\xef\xbb\xbf \t\r\n"


def sheet_of(path: str, member: Member) -> str | None:
    """The sheet, or the small file (`PROFILE` …), that a file is by its shape; None for every other."""
    name = path.rpartition("/")[2].casefold()
    if name.endswith(".json"):
        return _json(path, member.head)
    if name.endswith(".csv"):
        return _table(member.head)
    if name.endswith((".html", ".htm")):
        return _page(path, member.head)
    return PHONES if name == "phones.vcf" else None


def route_of(path: str, member: Member) -> Route:
    """What is done with a file of a Takeout."""
    found = sheet_of(path, member)
    if found:
        return SHELF if found in _SMALL else found
    return _beside(path)


def depth_of(sheet: str, path: str) -> int:
    """How many folders stand above a file of that kind inside the download."""
    if sheet == "places":
        # Semantic Location History/2023/2023_MAY.json stands deeper than Records.json.
        return 3 if re.search(r"/\d{4}/\d{4}_[^/]+\Z", path) else 1
    return {"voice": 2, "activity": 2, "cards": 2, "comments": 2, "items": 2, "subscriptions": 2, CHANNELS: 2}.get(
        sheet, 1
    )


def folder_route(path: str) -> Aside | None:
    """What is said of a file by the folder of the product alone; only where it is sure that this is a Takeout."""
    steps = path.split("/")
    said = WORDS["folders"].get(plain(steps[0])) if len(steps) > 1 else WORDS["files"].get(plain(path))
    return Aside(said) if said else None


def _json(path: str, head: bytes) -> str | None:
    start = head[:_HEAD]
    first = head.lstrip(_BLANK)[:1]
    if first == b"{":
        if b'"conversation_id"' in start and re.search(rb'"conversations?(?:_state)?"\s*:\s*\[', start):
            return "hangouts" if b'"conversation"' in start or b'"conversation_state"' in start else None
        if re.search(rb'"(?:timelineObjects|semanticSegments|rawSignals)"\s*:\s*\[', start):
            return "places"
        if re.search(rb'"locations"\s*:\s*\[', start) and re.search(rb'"(?:latitudeE7|timestampMs)"', start):
            return "places"
        return PROFILE if plain(path).endswith("profile/profile.json") and b'"emails"' in head else None
    return _listed(path, head) if first == b"[" else None


def is_by_name(path: str) -> bool:
    """Whether a JSON file is called as a list of activities. An empty list is known by nothing else, and others have such files too."""
    return bool(WORDS["pages"].get(plain(path.rpartition("/")[2]).replace(".json", ".html")) == "cards")


def is_shown(path: str, member: Member) -> bool:
    """Whether what a JSON list holds shows that it is Google's, and not its name alone."""
    return (
        not path.casefold().endswith(".json")
        or _listed("", member.head) is not None
        or member.head.lstrip(_BLANK)[:1] == b"{"
    )


def _listed(path: str, head: bytes) -> str | None:
    seen = sniff(head, b"[", (), ("/*",))
    one = seen.first("/*") if seen else None
    start = head[:_HEAD]
    if isinstance(one, dict):
        if one.keys() >= _ACTIVITY:
            return "activity"
        return "places-listed" if one.keys() >= {"startTime", "endTime"} and one.keys() & _PLACES else None
    if b'"header"' in start and b'"title"' in start:
        # The first element is longer than what may be looked at.
        return "activity"
    return "activity" if is_by_name(path) else None


_PLACES = {"visit", "activity", "timelinePath", "timelineMemory"}


def _table(head: bytes) -> str | None:
    columns = {name.casefold() for name in columns_of(head)} if b"," in head[:_HEAD] else set()
    if "channel id" in columns:
        if columns & {"comment id", "live chat id"}:
            return "comments"
        if "channel url" in columns:
            return "subscriptions"
        return CHANNELS if any(name.startswith("channel title") for name in columns) else None
    if "gaia id" in columns:
        return (
            "access"
            if "activity timestamp" in columns
            else "devices"
            if any("device" in one for one in columns)
            else None
        )
    return None


def _page(path: str, head: bytes) -> str | None:
    if not _HTML.match(head[:_HEAD]):
        return None
    name = path.rpartition("/")[2]
    if NAMED.fullmatch(name) or b'class="hChatLog' in head or b'class="haudio"' in head:
        return "voice"
    if plain(name).endswith(("subscriberinfo.html", "changehistory.html")):
        return "account"
    known: str | None = WORDS["pages"].get(plain(name))
    # The design of such a page is longer than what may be looked at, so that its cards are often out of sight.
    cards = b'class="outer-cell' in head or (b"material-design-lite" in head[:_HEAD] and path.count("/") > 1)
    return known or ("cards" if cards else None)


def _beside(path: str) -> OnShelf | None:
    """Pictures and sounds that records of their folder name."""
    folders = {plain(step) for step in path.split("/")[:-1]}
    media = _MEDIA.search(path) and (folders & set(_MEDIA_FOLDERS) or NAMED.fullmatch(path.rpartition("/")[2]))
    return SHELF if media else None
