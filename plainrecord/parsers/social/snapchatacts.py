"""What a Snapchat download says of other people beside the chats: friends, requests, blocks and calls.

Whose act a list shows is a table here, and where the download does not say it the record says so. No row of these files
holds words that anybody typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from plainrecord.parsers.chat.jsonchat import rest, words
from plainrecord.parsers.chat.pieces import Message, Problem
from plainrecord.parsers.social.download import acts_with
from plainrecord.parsers.social.sheets import Read, Where
from plainrecord.parsers.social.snapchatscene import ACTOR_UNKNOWN, SERVICE, Scene, handle, mind_the_time, when
from plainrecord.records import Account, Conversation, Kind

LIST_UNKNOWN = "snapchat:list-unknown"
LAST_MODIFIED = "snapchat:time-is-last-modified"
_CALLS = Conversation(f"{SERVICE}:calls", "Calls of which the download does not say with whom")
_MADE = ("Creation Timestamp", "Timestamp", "Created")
_CHANGED = "Last Modified Timestamp"
_SAID = frozenset(("Username", "Display Name", *_MADE, _CHANGED))

By = Literal["owner", "other", "nobody"]


@dataclass(frozen=True, slots=True)
class _List:
    """What a row of a list is, whose act, and whether its last change is the time to show."""

    kind: Kind
    mark: str
    by: By
    changed: bool = False


_LISTS = {
    "friends": _List("follow", "friend", "nobody"),
    "friend requests sent": _List("request", "sent", "owner"),
    "friend requests received": _List("request", "received", "other"),
    "pending requests": _List("request", "pending", "other"),
    "ignored snapchatters": _List("request", "ignored", "other"),
    "blocked users": _List("block", "blocked", "owner", changed=True),
    "deleted friends": _List("follow", "removed", "nobody", changed=True),
    "hidden friend suggestions": _List("other", "suggestion-hidden", "owner", changed=True),
}
_UNKNOWN = _List("other", "", "nobody")
_CALL_LISTS: dict[str, tuple[Kind, str, By]] = {
    "outgoing calls": ("call", "outgoing", "owner"),
    "incoming calls": ("call", "incoming", "other"),
    "completed calls": ("call", "completed", "nobody"),
    "chat sessions": ("other", "chat-session", "nobody"),
    "game sessions": ("other", "game-session", "nobody"),
}
# Fields in which a row of a call may name the other side, by whose act it is: what names the owner must not be taken for it.
_WITH: dict[By, tuple[str, ...]] = {
    "owner": ("Recipient", "Callee", "To", "Username"),
    "other": ("Caller", "From", "Username"),
    "nobody": ("Username",),
}
_ENDS = {"missed": "missed", "declined": "declined", "rejected": "rejected", "no answer": "missed"}


def list_of(pointer: str) -> str:
    """The name of the list an element stands in, as it is compared."""
    steps = pointer.split("/")
    return steps[1].replace("~1", "/").replace("~0", "~").casefold().strip() if len(steps) > 1 else ""


def read_friend(where: Where[Scene], pointer: str, element: Any) -> Read:
    """One row of a list of people, or one shortcut."""
    name = list_of(pointer)
    if isinstance(element, dict) and name == "shortcuts":
        return [_shortcut(where.scene, element)]
    other = handle(element, "Username", shown="Display Name")
    if other is None:
        return Problem("not-a-person", "There is nobody's user name in this place.")
    row = _LISTS.get(name, _UNKNOWN)
    message = _act(where.scene, row, other)
    message.facts |= rest(element, _SAID) | ({} if name in _LISTS else {"list": name[:200]})
    if name not in _LISTS:
        message.notes.append(LIST_UNKNOWN)
    _times(message, row, element)
    return [mind_the_time(message)]


def read_call(where: Where[Scene], pointer: str, element: Any) -> Read:
    """One call or session. Most rows do not say with whom."""
    if not isinstance(element, dict):
        return Problem("not-a-call", "There is no call in this place, but another kind of value.")
    kind, mark, by = _CALL_LISTS.get(list_of(pointer), ("other", "", "nobody"))
    owner, other = where.scene.owner, handle(element, *_WITH[by])
    time = when(element, "Date & Time", "Date", "Created", "Time")
    message = Message(kind, time, None, acts_with(other, SERVICE) if other else _CALLS, owner=owner)
    if by == "owner":
        message.sender, message.recipients = owner, (other,) if other else ()
    else:
        message.sender, message.recipients = other if by == "other" else None, (owner,)
        message.notes += [ACTOR_UNKNOWN] if message.sender is None else []
    if other and by == "nobody":
        message.recipients = (other,)
    message.marks += [mark] if mark else []
    message.marks += [said for word, said in _ENDS.items() if word in words(element, "Result").casefold()]
    message.notes += [] if mark else [LIST_UNKNOWN]
    message.facts |= rest(element, frozenset(("Date & Time",)))
    return [mind_the_time(message)]


def _act(scene: Scene, row: _List, other: Account) -> Message:
    time = when({}, *_MADE)
    message = Message(row.kind, time, None, acts_with(other, SERVICE), owner=scene.owner)
    message.marks += [row.mark] if row.mark else []
    if row.by == "other":
        message.sender, message.recipients = other, (scene.owner,)
    else:
        message.sender, message.recipients = scene.owner if row.by == "owner" else None, (other,)
    if row.by == "nobody":
        # Trap: who added or removed whom is not in the list.
        message.notes.append(ACTOR_UNKNOWN)
    return message


def _times(message: Message, row: _List, element: Any) -> None:
    """Both times of a row. Trap: the last change of a blocked account is not said to be the block; it is called what it is."""
    made = when(element, *_MADE, meaning="created")
    changed = when(element, _CHANGED, meaning="edited")
    last = bool(changed.ts_raw) and (row.changed or not made.ts_raw)
    message.time, other = (changed, made) if last else (made, changed)
    message.dates += [other] if other.ts_raw else []
    message.notes += [LAST_MODIFIED] if last else []


def _shortcut(scene: Scene, element: dict[str, Any]) -> Message:
    place = Conversation(f"{SERVICE}:shortcuts", "Shortcuts the owner made")
    message = Message("other", when(element, "Created", meaning="created"), scene.owner, place, owner=scene.owner)
    message.marks.append("shortcut")
    message.facts |= rest(element, frozenset(("Created",)))
    return mind_the_time(message)
