"""Snapchat “My Data”, JSON: `chat_history.json` and `snap_history.json` with `chat_media/`, both shapes since 2018.

Reads: saved chats with sender and exact time, snaps as entries without picture, screenshots, erasures, missed calls, media
joined by their ids. Cannot read: chats nobody saved (Snapchat keeps none), words of erased ones, the HTML pages, police
returns. An absence means nothing in this export.
Source of knowledge: the format reference (chats section 16, downloads section 7), from public readers.
Tier: `public schema`; the list of media types and `Created(microseconds)` are `not exercised`. Fixture: fixtures/chat-snapchat.

Lists stand newest first and are given in the order of the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import Headings, JsonReader, rest, sniff, utc_text, words
from plainrecord.parsers.chat.media import folder_of
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem, chats_of, folder_claim, no_time
from plainrecord.records import Account, Conversation, Decision, Envelope, Kind, Unread
from plainrecord.times import EpochUnit, TimeBlock, from_epoch, from_offset, unreadable

SERVICE = "snapchat"
_PLACES = ("/Chat History/*/*", "/Snap History/*/*", "/*/*")
_SENT, _RECEIVED = re.compile(r"Sent .{0,20}History"), re.compile(r"Received .{0,20}History")
_SAID = frozenset(
    ("From", "To", "Media Type", "Created", "Created(microseconds)", "Content", "Text", "IsSender", "Media IDs")
)
_MEDIA = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}_(.+?)(?:\.[^.]*)?\Z", re.DOTALL)
_GROUP = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_ENGLISH = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) UTC ([0-9]{4})")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_SELF = Account(SERVICE, "id", "self")
_NEWEST_FIRST = Decision(
    "snapchat:order", "newest first", "Snapchat lists each conversation from its last entry to its first."
)
_SAVED_ONLY = Decision(
    "snapchat:unsaved", "not in this export", "Only chats that one of the two saved are kept; an absence means nothing."
)
# How a media type begins, longest first → kind and mark.
_TYPES: tuple[tuple[str, Kind, str], ...] = (
    ("STATUSCONVERSATIONCAPTURESCREENSHOT", "system", "screenshot"),
    ("STATUSSAVETOCAMERAROLL", "system", "saved-to-camera-roll"),
    ("STATUSPARTICIPANTREMOVED", "system", "group-change"),
    ("STATUSCALLMISSED", "call", "missed"),
    ("STATUSERASED", "system", "deleted"),
    ("STATUS", "system", ""),
    ("NONPARTICIPANTBOTRESPONSE", "message", "bot"),
    ("SHARE", "message", "share"),
    ("STICKER", "message", "sticker"),
    ("NOTE", "message", "voice-message"),
    ("LOCATION", "message", "location"),
    ("MAPREACTION", "message", "map-reaction"),
    ("MEDIA", "message", ""),
    ("TEXT", "message", ""),
    ("IMAGE", "message", "snap"),
    ("VIDEO", "message", "snap"),
)


@dataclass(frozen=True, slots=True)
class History:
    """The owner, and media by id; `snaps` where entries are snaps, of which the export has no picture."""

    owner: Account
    media: dict[str, str]
    snaps: bool


class Snapchat(JsonReader[History]):
    """Chat and snap history of one download."""

    name = "snapchat-json"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="Snapchat My Data with “Export JSON Files” (json/chat_history.json, json/snap_history.json, chat_media/)",
        tier="public schema",
        holds="Saved chats with exact times, entries for snaps, screenshots, erasures and missed calls, media of saved chats.",
        cannot_hold="Chats nobody saved, pictures of snaps, words of erased chats, who is in a group.",
        fixture="chat-snapchat",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each download: its history files, with the media beside their folder."""
        roots: dict[str, list[tuple[Member, str]]] = {}
        for member in listing.members:
            if place := _sniffed(member.head):
                folder = folder_of(member)
                root = folder[: -len("json")].rstrip("/") if folder.rpartition("/")[2] == "json" else folder
                roots.setdefault(root, []).append((member, place))
        for root, found in roots.items():
            chats = [member for member, _ in found]
            media = [one for one in listing.under(f"{root}/chat_media".lstrip("/")) if _MEDIA.match(one.name)]
            claim = folder_claim(self.name, root.rpartition("/")[2] or "Snapchat", chats, media, listing)
            claim.facts |= {"root": root, "at": json.dumps({member.tree_path: place for member, place in found})}
            if owner := _owner(listing.at(f"{folder_of(chats[0])}/account.json".lstrip("/"))):
                claim.facts["owner"] = owner
            yield claim

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every entry, conversation by conversation."""
        yield from super().scan(claim)
        claim.decisions += [_NEWEST_FIRST, _SAVED_ONLY]

    def pattern(self, claim: Claim, member: Member) -> str:
        """Where this file keeps its lists."""
        places: dict[str, str] = json.loads(claim.facts["at"])
        return places[member.tree_path]

    def context(self, claim: Claim, member: Member, headings: Headings) -> History:
        """The owner's account and the media of the download."""
        owner = claim.facts.get("owner")
        root = claim.facts["root"]
        up = "../" if folder_of(member) != root else ""
        media = {
            found[1]: f"{up}chat_media/{one.name}"
            for one in claim.members[len(chats_of(claim)) :]
            if (found := _MEDIA.match(one.name))
        }
        return History(Account(SERVICE, "handle", owner) if owner else _SELF, media, member.name.startswith("snap_"))

    def read(self, context: History, pointer: str, element: dict[str, Any]) -> list[Message] | Problem:
        """One entry."""
        if "Created" not in element and "Media Type" not in element:
            return Problem("not-a-message", "There is no chat entry in this place, but another kind of object.")
        key = pointer.split("/")[-2].replace("~1", "/").replace("~0", "~")
        type_ = words(element, "Media Type")
        kind, mark = _kind(type_)
        sender, recipients, conversation = _sides(context, key, element)
        message = Message(kind, _when(element), sender, conversation, recipients=recipients)
        message.owner = _own(context, element, sender)
        message.text = words(element, "Content") or words(element, "Text") or None
        message.facts |= {"media-type": type_} | rest(element, _SAID)
        message.marks += [mark] if mark else []
        if mark is None:
            message.notes.append("snapchat:type-unknown")
        if message.time.utc_us is None:
            message.notes.append(TIME_MISSING if not message.time.ts_raw else "snapchat:date-not-understood")
        _precise(message, element)
        _media(message, context, words(element, "Media IDs"))
        return [message]


def _sniffed(head: bytes) -> str | None:
    seen = sniff(head, b"{", (b'"Created"', b'"Media Type"'), _PLACES)
    for one in seen.found if seen else ():
        value = one.value
        if isinstance(value, dict) and {"Created", "Media Type"} <= value.keys() and {"From", "To"} & value.keys():
            return one.pattern
    return None


def _kind(type_: str) -> tuple[Kind, str | None]:
    """Kind and mark of a media type; the mark is None for a type that is not known."""
    for start, kind, mark in _TYPES:
        if type_.startswith(start):
            return kind, mark
    return "message", None


def _owner(account: Member | None) -> str | None:
    seen = sniff(account.head, b"{", (), ("/Basic Information",)) if account else None
    return words(seen.first("/Basic Information"), "Username") or None if seen else None


def _sides(
    context: History, key: str, element: dict[str, Any]
) -> tuple[Account | None, tuple[Account, ...], Conversation]:
    """Sender, recipients and conversation, in the older shape (by direction) or the newer (by conversation)."""
    said_from, said_to = words(element, "From"), words(element, "To")
    if _SENT.fullmatch(key) or _RECEIVED.fullmatch(key):
        # Trap: the older shape names the other side alone, and has no groups.
        other = Account(SERVICE, "handle", said_to or said_from) if said_to or said_from else None
        place = Conversation(f"{SERVICE}:{other.value if other else ''}", other.value if other else None)
        sent = bool(_SENT.fullmatch(key))
        return (context.owner, (other,) if other else (), place) if sent else (other, (context.owner,), place)
    title = words(element, "Conversation Title")
    group = bool(title or _GROUP.fullmatch(key))
    place = Conversation(f"{SERVICE}:{key}", title or key or None, group)
    sender = Account(SERVICE, "handle", said_from) if said_from else None
    if element.get("IsSender") is True:
        other = None if group or not key else Account(SERVICE, "handle", key)
        return sender or context.owner, (other,) if other else (), place
    return sender, (context.owner,) if sender else (), place


def _own(context: History, element: dict[str, Any], sender: Account | None) -> Account:
    """Whoever the row calls the sender by `IsSender` is the owner, under whatever name of the time."""
    return sender if sender and element.get("IsSender") is True else context.owner


def _when(element: dict[str, Any]) -> TimeBlock:
    written = words(element, "Created")
    return _created(written) if written else no_time(None, "Created")


@lru_cache(maxsize=4096)
def _created(written: str) -> TimeBlock:
    """Any of the three forms of a date, all UTC."""
    if match := _ENGLISH.fullmatch(written):
        month, day, clock, year = match.groups()
        try:
            moment = datetime.fromisoformat(f"{year}-{_MONTHS.index(month) + 1:02d}-{int(day):02d}T{clock}")
        except ValueError:
            return unreadable(written, "Created")
        return from_offset(written, "Created", moment, 0)
    if written.isascii() and written.isdigit() and len(written) in (10, 13):
        return from_epoch(int(written), "s" if len(written) == 10 else "ms", written, "Created")
    if written.endswith(" UTC"):
        found = utc_text(written.removesuffix(" UTC"), "Created")
        # The zone is part of what is written.
        return TimeBlock(written, "Created", found.utc_us, found.tz_basis, found.precision)
    return unreadable(written[:100], "Created")


def _precise(message: Message, element: dict[str, Any]) -> None:
    """Trap: `Created(microseconds)` holds milliseconds; its size decides, and it must agree with `Created`."""
    value = element.get("Created(microseconds)")
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        return
    unit: EpochUnit | None = "ms" if 10**12 <= value < 10**13 else "us" if 10**15 <= value < 10**16 else None
    exact = from_epoch(value, unit, str(value), "Created(microseconds)") if unit else None
    coarse = message.time.utc_us
    if exact is None or exact.utc_us is None or (coarse is not None and abs(exact.utc_us - coarse) > 1_000_000):
        message.notes.append("snapchat:times-disagree")
        message.facts["Created(microseconds)"] = str(value)
        return
    message.dates += [message.time] if message.time.ts_raw else []
    message.notes = [note for note in message.notes if note not in (TIME_MISSING, "snapchat:date-not-understood")]
    message.time = exact


def _media(message: Message, context: History, ids: str) -> None:
    for identity in filter(None, (one.strip() for one in ids.split("|"))):
        path = context.media.get(identity)
        name = path.rpartition("/")[2] if path else None
        message.files.append(File(name, (path,) if path else (), facts={"media-id": identity[:500]}))
    if context.snaps and not message.files and "snap" in message.marks:
        message.files.append(File(None, absent="not-exported", facts={"kind": "snap"}))
