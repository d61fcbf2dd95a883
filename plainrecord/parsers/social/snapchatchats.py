"""Chats and snaps of a Snapchat download: one entry of `chat_history.json` or `snap_history.json`, in both shapes since 2018.

The older shape lists by direction and names the other side alone; the newer (2023 on) lists by conversation, newest first.
Knows what each media type means. The rows of the web pages come through here too, as the same fields.
"""

from __future__ import annotations

import re
from typing import Any

from plainrecord.parsers.chat.jsonchat import odd, rest, shown, words
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem
from plainrecord.parsers.social.sheets import Read, Where
from plainrecord.parsers.social.snapchatscene import NOT_UNDERSTOOD, SELF, SERVICE, Scene, mind_the_time, when
from plainrecord.records import Account, Conversation, Kind
from plainrecord.times import EpochUnit, from_epoch

_SENT, _RECEIVED = re.compile(r"Sent .{0,20}History"), re.compile(r"Received .{0,20}History")
_SAID = frozenset(
    ("From", "To", "Media Type", "Created", "Created(microseconds)", "Content", "Text", "IsSender", "Media IDs")
)
_TEXTS = ("From", "To", "Media Type", "Created", "Content", "Text", "Media IDs", "Created(microseconds)")
_GROUP = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
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


def is_group(key: str) -> bool:
    """Whether the key of a conversation is that of a group: an id, where one of two people has the other's name."""
    return bool(_GROUP.fullmatch(key))


def read_chat(where: Where[Scene], pointer: str, element: Any) -> Read:
    """One entry of a chat."""
    return read_entry(where.scene, _key(pointer), element)


def read_snap(where: Where[Scene], pointer: str, element: Any) -> Read:
    """One snap: the download has the entry and never the picture."""
    found = read_entry(where.scene, _key(pointer), element)
    for message in () if isinstance(found, Problem) else found:
        if not message.files and "snap" in message.marks:
            message.files.append(File(None, absent="not-exported", facts={"kind": "snap"}))
    return found


def read_entry(scene: Scene, key: str, element: Any) -> Read:
    """One entry of the list `key`: the other's name, a group's id, or the direction."""
    if not isinstance(element, dict):
        return Problem("not-a-message", "There is no message in this place, but another kind of value.")
    if "Created" not in element and "Media Type" not in element:
        return Problem("not-a-message", "There is no chat entry in this place, but another kind of object.")
    type_ = words(element, "Media Type")
    kind, mark = _kind(type_)
    sender, recipients, conversation = _sides(scene, key, element)
    message = Message(kind, when(element, "Created", meaning="sent"), sender, conversation, recipients=recipients)
    # Trap: lists run from the last entry to the first.
    message.backwards = True
    message.owner = _own(scene, element, sender)
    message.text = words(element, "Content") or words(element, "Text") or None
    message.facts |= {"media-type": type_} | rest(element, _SAID) | odd(element, _TEXTS)
    if not isinstance(element.get("IsSender"), bool | None):
        message.facts["IsSender as it stands"] = shown(element["IsSender"])
    message.marks += [mark] if mark else []
    if mark is None:
        message.notes.append("snapchat:type-unknown")
    mind_the_time(message)
    _precise(message, element)
    for identity in filter(None, (one.strip() for one in words(element, "Media IDs").split("|"))):
        message.files += scene.chat_files(identity)
    return [message]


def _key(pointer: str) -> str:
    return pointer.split("/")[-2].replace("~1", "/").replace("~0", "~")


def _kind(type_: str) -> tuple[Kind, str | None]:
    """Kind and mark of a media type; the mark is None for a type that is not known."""
    for start, kind, mark in _TYPES:
        if type_.startswith(start):
            return kind, mark
    return "message", None


def _sides(scene: Scene, key: str, element: dict[str, Any]) -> tuple[Account | None, tuple[Account, ...], Conversation]:
    """Sender, recipients and conversation, in the older shape (by direction) or the newer (by conversation)."""
    said_from, said_to = words(element, "From"), words(element, "To")
    if _SENT.fullmatch(key) or _RECEIVED.fullmatch(key):
        # Trap: the older shape names the other side alone, and has no groups.
        other = Account(SERVICE, "handle", said_to or said_from) if said_to or said_from else None
        place = Conversation(f"{SERVICE}:{other.value if other else ''}", other.value if other else None)
        sent = bool(_SENT.fullmatch(key))
        return (scene.owner, (other,) if other else (), place) if sent else (other, (scene.owner,), place)
    title = words(element, "Conversation Title")
    group = bool(title) or is_group(key)
    place = Conversation(f"{SERVICE}:{key}", title or key or None, group)
    sender = Account(SERVICE, "handle", said_from) if said_from else None
    if _is_own(scene, element):
        other = None if group or not key else Account(SERVICE, "handle", key)
        return sender or scene.owner, (other,) if other else (), place
    return sender, (scene.owner,) if sender else (), place


def _is_own(scene: Scene, element: dict[str, Any]) -> bool:
    """Trap: `IsSender` decides, because the owner may have had another name; only without it the name does."""
    said = element.get("IsSender")
    named = scene.owner != SELF and scene.owner.value == words(element, "From")
    return said if isinstance(said, bool) else named


def _own(scene: Scene, element: dict[str, Any], sender: Account | None) -> Account:
    """Whoever the row calls the sender by `IsSender` is the owner, under whatever name of the time."""
    return sender if sender and element.get("IsSender") is True else scene.owner


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
        message.facts["Created(microseconds)"] = str(value)[:30]
        return
    message.dates += [message.time] if message.time.ts_raw else []
    message.notes = [note for note in message.notes if note not in (TIME_MISSING, NOT_UNDERSTOOD)]
    message.time = exact
