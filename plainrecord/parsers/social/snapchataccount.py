"""What a Snapchat download says of the owner's own account: log-ins, devices, changes, places, stories, memories, reports.

An unexpected log-in, a changed e-mail address or a download that somebody asked for is what matters here. Which list of
which file means what is a table; a list that is not in it is read all the same and says so. Decides nothing about whether
an event was the owner's doing: nearly none of these lists says who acted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from plainrecord.parsers.chat.jsonchat import rest, shown, words
from plainrecord.parsers.chat.pieces import Message, Problem
from plainrecord.parsers.social.download import account_events, acts_with
from plainrecord.parsers.social.sheets import Read, Where
from plainrecord.parsers.social.snapchatacts import LIST_UNKNOWN, list_of
from plainrecord.parsers.social.snapchatscene import (
    SERVICE,
    Scene,
    handle,
    mind_the_time,
    when,
)
from plainrecord.records import Conversation, Kind
from plainrecord.times import Meaning

_TIMES = (
    "Date",
    "Created",
    "Create Time",
    "Time",
    "Start Time",
    "Creation Date",
    "Story Date",
    "View Date",
    "Date & Time",
    "Timestamp",
    "Last Active",
)
# A row may name somebody in one of these.
_WHO = ("Username", "Reported User", "Reported Username", "View")
_LINKS = ("Download Link", "Media Download Url", "Media Download URL", "Story URL")
_TEXTS = ("Message", "Content", "Reason", "Report Reason", "Subject")
_ACCOUNT_EVENTS = account_events(SERVICE)
WITHHELD = "withheld: secret"
# Words in the names of fields that hold a key to the account, not a fact about it.
_SECRETS = ("token", "cookie", "password hash", "secret")


@dataclass(frozen=True, slots=True)
class _Row:
    """What the rows of one list are; `own` where the row is the owner's own act."""

    kind: Kind
    mark: str
    own: bool = False
    meaning: Meaning = "occurred"
    place: Conversation = _ACCOUNT_EVENTS


def _place(key: str, title: str) -> Conversation:
    return Conversation(f"{SERVICE}:{key}", title)


_STORIES = _place("stories", "Stories of the owner, and those the owner looked at")
_MEMORIES = _place("memories", "What the owner saved")
_REPORTS = _place("reports", "Reports and questions the owner sent to Snapchat")
_PLACES = _place("places", "Where the owner was, as Snapchat has it")
_CHANGE: Kind = "profile_change"

_ACCOUNT = {
    "basic information": _Row(_CHANGE, "account-made", meaning="created"),
    "device information": _Row("other", "device"),
    "device history": _Row("login_alert", "device"),
    "login history": _Row("login_alert", "login"),
}
_HISTORY = {
    "display name change": _Row(_CHANGE, "display-name"),
    "email change": _Row(_CHANGE, "email"),
    "mobile number change": _Row(_CHANGE, "number"),
    "password change": _Row(_CHANGE, "password"),
    "snapchat linked to bitmoji": _Row(_CHANGE, "bitmoji"),
    "spectacles": _Row(_CHANGE, "spectacles"),
    "two-factor authentication": _Row(_CHANGE, "two-factor"),
    "account deactivated / reactivated": _Row(_CHANGE, "deactivated-or-reactivated"),
    "download my data reports": _Row(_CHANGE, "data-download"),
}
_APPS = {
    "login": _Row(_CHANGE, "connected-app"),
    "permissions": _Row(_CHANGE, "connected-app"),
    "connected applications": _Row(_CHANGE, "connected-app"),
}
_STORY_LISTS = {
    "your story views": _Row("post", "story", own=True, place=_STORIES),
    "friend and public story views": _Row("other", "story-view", own=True, place=_STORIES),
    "shared story": _Row("post", "story", own=True, meaning="sent", place=_STORIES),
}
_SAVED = {"saved media": _Row("file", "memory", own=True, meaning="created", place=_MEMORIES)}
_REPORT_ROW = _Row("other", "report", own=True, meaning="sent", place=_REPORTS)
_PLACE_ROW = _Row("other", "location", place=_PLACES)
_UNKNOWN = _Row("other", "")


def _read(rows: dict[str, _Row], other: _Row, where: Where[Scene], pointer: str, element: Any) -> Read:
    """One row of a file whose lists `rows` names; a list that is not among them is an `other`."""
    if element in (None, "", [], {}):
        return []
    name = list_of(pointer)
    known = rows.get(name, other)
    if isinstance(element, dict):
        message = _message(where.scene, known, element)
    elif known.mark == "location":
        message = _bare(where.scene, known, pointer.rpartition("/")[2], element)
    else:
        return Problem("not-a-row", "There is no row of fields in this place, but another kind of value.")
    if not known.mark:
        message.notes.append(LIST_UNKNOWN)
    if name not in rows:
        message.facts["list"] = name[:200]
    return [mind_the_time(message)]


def _message(scene: Scene, row: _Row, element: dict[str, Any]) -> Message:
    who = handle(element, *_WHO) if row.own else None
    place = acts_with(who, SERVICE) if who else row.place
    message = Message(row.kind, when(element, *_TIMES, meaning=row.meaning), None, place, owner=scene.owner)
    message.sender = scene.owner if row.own else None
    message.recipients = ((who,) if who else ()) if row.own else (scene.owner,)
    # On a page each field of the account is a row of its own, and only one of them says when it was made.
    mark = "account" if row.mark == "account-made" and not message.time.ts_raw else row.mark
    message.kind = "other" if mark == "account" else message.kind
    message.marks += [mark] if mark else []
    message.text = next((text for name in _TEXTS if row.own and (text := words(element, name))), None)
    for name in (*_LINKS, "Location") if row.mark == "memory" else _LINKS:
        message.files += scene.memory_files(words(element, name)) if not message.files else []
    said = {message.time.where} if message.time.ts_raw else set()
    message.facts |= _without_keys(rest(element, said))
    return message


def _bare(scene: Scene, row: _Row, step: str, element: Any) -> Message:
    """A place that is a pair of time and coordinates, or a name alone; `step` is its key, where it has one."""
    first = element[0] if isinstance(element, list) and element else None
    cell = {"Time": first} if isinstance(first, str) else {}
    time = when(cell, "Time")
    message = Message(row.kind, time, None, row.place, owner=scene.owner, recipients=(scene.owner,), marks=[row.mark])
    if time.utc_us is None:
        message.time = when({}, "Time")
    message.facts |= {"value": shown(element)} | ({} if step.isdecimal() else {"name": step[:200]})
    return message


def _without_keys(facts: dict[str, str]) -> dict[str, str]:
    """Facts without what opens a door: the signature behind a link, a token."""
    kept = {}
    for name, value in facts.items():
        secret = any(word in name.casefold() for word in _SECRETS)
        kept[name] = WITHHELD if secret else _link(value) if name in _LINKS else value
    return kept


def _link(value: str) -> str:
    """A link up to its query, which holds the key to the file."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return WITHHELD
    return value if not parts.query else f"{parts.scheme}://{parts.netloc}{parts.path}?{WITHHELD}"


_Reader = Callable[[Where[Scene], str, Any], Read]

read_account: _Reader = partial(_read, _ACCOUNT, _UNKNOWN)
read_history: _Reader = partial(_read, _HISTORY, _UNKNOWN)
read_apps: _Reader = partial(_read, _APPS, _UNKNOWN)
read_story: _Reader = partial(_read, _STORY_LISTS, _UNKNOWN)
read_memory: _Reader = partial(_read, _SAVED, _UNKNOWN)
read_place: _Reader = partial(_read, {}, _PLACE_ROW)
read_report: _Reader = partial(_read, {}, _REPORT_ROW)
