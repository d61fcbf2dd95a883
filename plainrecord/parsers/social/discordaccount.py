"""The account in a Discord package: friends, requests, blocks, linked accounts, payments, servers and their logs.

What a relationship is stands there as a number whose meaning is public (1 friend, 2 blocked, 3 request received, 4 request
sent). Who asked to be a friend is not stated once somebody is one. Keys and tokens are withheld.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from plainrecord.parsers.chat.jsonchat import part, rest, shown, utc_text, words
from plainrecord.parsers.chat.pieces import TIME_MISSING, Message, Problem, no_time
from plainrecord.parsers.social.discordscene import ACTOR_NOT_STATED, SERVICE, Package, time_of_id
from plainrecord.parsers.social.download import account_events, acts_with
from plainrecord.parsers.social.sheets import JsonSheet, Read, Where
from plainrecord.records import Kind
from plainrecord.times import TimeBlock

WITHHELD = "withheld: secret"
EVENTS = account_events(SERVICE)
SECRET = re.compile("token|secret|password|cookie|fingerprint|payment_source|card|backup_code|hashes?$", re.IGNORECASE)
_ABOUT = tuple(
    f"/{name}"
    for name in "username discriminator global_name display_name email verified phone ip has_mobile premium_until"
    " temp_banned_until needs_email_verification".split()
)
_DEEPEST = 12
_SETTINGS = frozenset(
    "settings flags avatar_hash avatar guild_settings library_applications entitlements premium_usage user_settings"
    " user_activity_application_statistics payment_sources guild_profiles money_spent external_friends_lists".split()
)


class Tie(NamedTuple):
    """What a type of relationship is: kind of record, mark, and whether the owner did it (None: not stated)."""

    kind: Kind
    mark: str
    by_owner: bool | None


_TIES = {
    "1": Tie("follow", "friend", None),
    "2": Tie("block", "blocked", by_owner=True),
    "3": Tie("request", "pending", by_owner=False),
    "4": Tie("request", "pending", by_owner=True),
}
_WORDS = {"FRIEND": "1", "BLOCKED": "2", "PENDING_INCOMING": "3", "PENDING_OUTGOING": "4"}
# Entries of a server's log whose target is a member: put out, banned, allowed again, changed, moved.
_ON_MEMBERS = frozenset("20 22 23 24 25 26 27".split())


def relationship(where: Where[Package], element: Any) -> Read:
    """One account the owner has a relationship with."""
    user = part(element, "user")
    one = words(user, "id") or words(element, "id")
    if not one:
        return Problem("no-account", "There is no account in this place, but another kind of value.")
    scene, said = where.scene, words(element, "type")
    tie = _TIES.get(_WORDS.get(said, said), Tie("other", "relationship", None))
    other, time = scene.account(one), _time(element, "since")
    others = scene.owner if tie.by_owner is False else other
    found = Message(
        tie.kind,
        time,
        scene.owner if tie.by_owner else other if tie.by_owner is False else None,
        acts_with(other, SERVICE),
        recipients=(others,) if others else (),
        marks=[tie.mark],
        notes=[] if time.utc_us is not None else [TIME_MISSING],
        facts={"relationship-type": said, **_account_facts(user), **rest(element, {"id", "type", "user", "since"})},
    )
    found.notes += [ACTOR_NOT_STATED] if tie.by_owner is None else []
    return [_owned(scene, found)]


def user_file(where: Where[Package], pointer: str, element: Any) -> Read:
    """One part of `user.json`."""
    first, _, inner = pointer[1:].partition("/")
    if first == "relationships" and inner:
        return relationship(where, element)
    if first == "id":
        about = {name[1:]: shown(value) for name, value in where.headings.items() if value not in (None, "", False)}
        return [_own(where.scene, "account", about, time_of_id(str(element), "created"))]
    if first in _SETTINGS or f"/{first}" in _ABOUT or element in (None, "", False, [], {}):
        return []
    if first == "notes":
        return [_note(where.scene, inner, element if isinstance(element, str) else shown(element))]
    if first == "payments":
        found = _own(where.scene, "payment", _facts(element), _time(element, "created_at"))
        found.kind = "payment"
        return [found]
    what = {"connections": "account-linked"}.get(first, first.replace("_", "-"))
    return [_own(where.scene, what, _facts(element) if isinstance(element, dict) else _facts({first: element}))]


def _note(scene: Package, about: str, note: str) -> Message:
    """What the owner wrote down about an account, for nobody to read: it stands with that account, and was sent to nobody."""
    found = _own(scene, "note-by-the-owner", {"about": about, "note": note})
    found.sender, found.recipients, found.conversation = scene.owner, (), acts_with(scene.account(about), SERVICE)
    return _owned(scene, found)


def server(where: Where[Package], pointer: str, element: Any) -> Read:
    """One server the owner was in."""
    if not isinstance(element, str):
        return Problem("not-a-server", "There is no name of a server in this place.")
    return [_own(where.scene, "server", {"server": element, "server-id": pointer[1:]})]


def log_entry(where: Where[Package], _pointer: str, element: Any) -> Read:
    """One entry of a server's log: what somebody with rights in the server did, as a rule the owner."""
    if not isinstance(element, dict) or not words(element, "id"):
        return Problem("not-an-entry", "There is no entry in this place, but another kind of value.")
    scene = where.scene
    sender = scene.account(words(element, "user_id"))
    on_member = words(element, "action_type") in _ON_MEMBERS
    target = scene.account(words(element, "target_id")) if on_member else None
    other = target if target != scene.owner else sender
    time = time_of_id(words(element, "id"), "occurred")
    found = Message(
        "other",
        time or no_time(element.get("id"), "id"),
        sender,
        acts_with(other, SERVICE) if other and other != scene.owner else EVENTS,
        recipients=(target,) if target else (),
        marks=["server-log"],
        notes=["discord:shape-not-known", *([] if time else [TIME_MISSING]), *([] if sender else [ACTOR_NOT_STATED])],
        facts=_facts(element),
    )
    return [_owned(scene, found)]


def nothing(_where: Where[Package], _pointer: str, _element: Any) -> Read:
    """A file that was read for what it says of others."""
    return []


def _own(scene: Package, mark: str, facts: dict[str, str], time: TimeBlock | None = None) -> Message:
    known = time is not None and time.utc_us is not None
    found = Message(
        "other",
        time or no_time(None, mark),
        None,
        EVENTS,
        recipients=(scene.owner,) if scene.owner else (),
        marks=[mark],
        notes=[] if known else [TIME_MISSING],
        facts=facts,
    )
    return _owned(scene, found)


def _owned(scene: Package, found: Message) -> Message:
    found.owner, found.also = scene.owner, scene.also(found.sender, found.recipients)
    return found


def _facts(element: Any) -> dict[str, str]:
    told = element if isinstance(element, dict) else {"value": element}
    return rest(without_secrets(told), ())


def without_secrets(value: Any, depth: int = 0) -> Any:
    """The same with what opens a door withheld, however deep it stands."""
    if depth > _DEEPEST:
        return WITHHELD
    if isinstance(value, list):
        return [without_secrets(one, depth + 1) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: WITHHELD if SECRET.search(name) and inner else without_secrets(inner, depth + 1)
        for name, inner in value.items()
    }


def _account_facts(user: dict[str, Any]) -> dict[str, str]:
    return {f"account-{name}": value for name in ("username", "global_name") if (value := words(user, name))}


def _time(element: Any, name: str) -> TimeBlock:
    said = words(element, name)
    return utc_text(said, name, "occurred") if said else no_time(None, name)


USER: JsonSheet[Package] = JsonSheet(
    ("/id", "/relationships/*", "/notes/*", "/connections/*", "/payments/*", "/*"), user_file, _ABOUT
)
SERVERS: JsonSheet[Package] = JsonSheet(("/*",), server)
LOG: JsonSheet[Package] = JsonSheet(("/*",), log_entry)
DESCRIBED: JsonSheet[Package] = JsonSheet(("",), nothing)
INDEX: JsonSheet[Package] = JsonSheet(("/*",), nothing)
