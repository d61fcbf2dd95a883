"""Whom the owner of an X archive follows and blocks, who follows them, and what happened to the account itself.

Followers and blocked accounts are numbers without a date. Log-ins go back some weeks only. Tokens and keys are withheld.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plainrecord.parsers.chat.jsonchat import rest, words
from plainrecord.parsers.chat.pieces import TIME_MISSING, Message, Problem, no_time
from plainrecord.parsers.social.download import account_events, acts_with
from plainrecord.parsers.social.sheets import JsonSheet, Read, Where
from plainrecord.parsers.social.xarchive import Archive
from plainrecord.parsers.social.xmessages import media_file, owned
from plainrecord.parsers.social.xscript import SERVICE, first_of, opening, stated, unwrapped
from plainrecord.records import Account, Kind
from plainrecord.times import Meaning, TimeBlock, from_local

EVENTS = account_events(SERVICE)
WITHHELD = "withheld: secret"
_SECRET = re.compile("token|udid|key$|secret|password|cookie", re.IGNORECASE)
_DAY = re.compile(r"([0-9]{4})[.\-/]([0-9]{2})[.\-/]([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Tie:
    """A list of accounts: the kind of act, whether the owner did it (None: nobody is said to have), and marks."""

    kind: Kind
    by_owner: bool | None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A file about the account: the kind of record, its marks, and which fields are times (the first is the record's)."""

    kind: Kind
    mark: str
    times: tuple[tuple[str, Meaning], ...] = ()


TIES = {
    "follower": Tie("follow", by_owner=False),
    "following": Tie("follow", by_owner=True),
    "block": Tie("block", by_owner=True),
    "mute": Tie("other", by_owner=True, marks=("muted",)),
    "smartblock": Tie("block", by_owner=None, marks=("automatic",)),
    "directmessagemute": Tie("other", by_owner=True, marks=("messages-muted",)),
}
ENTRIES = {
    "account": Entry("other", "account", (("createdAt", "created"),)),
    "details": Entry("other", "account", (("created_at", "created"),)),
    "profile": Entry("other", "profile"),
    "ipaudit": Entry("login_alert", "log-in", (("createdAt", "occurred"),)),
    "accountcreationip": Entry("other", "account-made"),
    "accounttimezone": Entry("other", "time-zone"),
    "accountsuspension": Entry("profile_change", "suspension", (("timeStamp", "occurred"),)),
    "emailaddresschange": Entry("profile_change", "email-changed", (("changedAt", "occurred"),)),
    "screennamechange": Entry("profile_change", "handle-changed", (("changedAt", "occurred"),)),
    "phonenumber": Entry("other", "phone-number"),
    "verified": Entry("other", "verified"),
    "protectedhistory": Entry("profile_change", "protection-changed", (("protectedAt", "occurred"),)),
    "connectedapplication": Entry("profile_change", "app-given-access", (("approvedAt", "occurred"),)),
    "devicetoken": Entry("login_alert", "device", (("createdAt", "created"), ("lastSeenAt", "occurred"))),
    "nidevices": Entry("login_alert", "device", (("createdDate", "created"), ("updatedDate", "edited"))),
    "sso": Entry("profile_change", "log-in-linked", (("createdAt", "created"),)),
    "keyregistry": Entry("login_alert", "device-with-keys", (("createdAt", "created"),)),
}
DEVICES = "/*/keyRegistryData/registeredDevices/deviceMetadataList/*"


def tie(what: Tie) -> Callable[[Where[Archive], str, Any], Read]:
    """A reader of one list of accounts."""

    def read(where: Where[Archive], _pointer: str, element: Any) -> Read:
        found = unwrapped(element)
        one = first_of(found[1], "accountId", "userId", "id") if found else ""
        if found is None or not one:
            return Problem("no-account", "There is no account in this place, but another kind of value.")
        scene = where.scene
        other = scene.account(one)
        sender = scene.owner if what.by_owner else other if what.by_owner is False else None
        others = scene.owner if what.by_owner is False else other
        message = Message(
            what.kind,
            no_time(None, "list"),
            sender,
            acts_with(other, SERVICE),
            recipients=(others,) if others else (),
            marks=list(what.marks),
            notes=[TIME_MISSING, *(["x:actor-not-stated"] if what.by_owner is None else [])],
            facts=rest(found[1], {"accountId"}),
        )
        return [owned(scene, message)]

    return read


def entry(what: Entry) -> Callable[[Where[Archive], str, Any], Read]:
    """A reader of one file about the account."""

    def read(where: Where[Archive], _pointer: str, element: Any) -> Read:
        found = unwrapped(element)
        if found is None:
            return Problem("not-an-entry", "There is no entry in this place, but another kind of value.")
        fields = _flat(found[1])
        times = [time for name, meaning in what.times if (time := _time(fields.get(name), name, meaning))]
        message = Message(
            what.kind,
            times[0] if times else no_time(None, what.mark),
            None,
            EVENTS,
            recipients=(where.scene.owner,) if where.scene.owner else (),
            dates=times[1:],
            marks=[what.mark],
            notes=[] if times and times[0].utc_us is not None else [TIME_MISSING],
            facts=rest(fields, {name for name, _ in what.times}),
        )
        if where.scene.owner:
            message.files = [media_file(where.scene.owner.value, url) for url in _pictures(fields)]
        return [owned(where.scene, message)]

    return read


def _pictures(fields: Mapping[str, Any]) -> list[str]:
    return [url for name in ("avatarMediaUrl", "headerMediaUrl") if (url := words(fields, name))]


def contact(where: Where[Archive], _pointer: str, element: Any) -> Read:
    """One entry of the address book the owner let X have: addresses and numbers, no account of X."""
    found = unwrapped(element)
    inner = found[1] if found else {}
    named = [Account(SERVICE, "address", one) for one in _texts(inner.get("emails"))]
    named += [Account(SERVICE, "number", one) for one in _texts(inner.get("phoneNumbers"))]
    if not named:
        return Problem("no-contact", "There is no address and no number in this place.")
    message = Message(
        "other",
        no_time(None, "contact"),
        where.scene.owner,
        acts_with(named[0], SERVICE),
        recipients=tuple(dict.fromkeys(named)),
        marks=["contact"],
        notes=[TIME_MISSING],
        facts=rest(inner, {"emails", "phoneNumbers"}),
    )
    return [owned(where.scene, message)]


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str) and one] if isinstance(value, list) else []


def _flat(inner: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of objects inside with those round them; what must not be passed on is withheld."""
    found: dict[str, Any] = {}
    for name, value in inner.items():
        if _SECRET.search(name) and value:
            # Whatever it holds: a key may be an object of its own.
            found[name] = WITHHELD
        elif isinstance(value, dict):
            found |= {(one if one not in found else f"{name}.{one}"): it for one, it in _flat(value).items()}
        elif isinstance(value, list):
            found[name] = [_flat(one) if isinstance(one, dict) else one for one in value]
        else:
            # “Not verified” says something too.
            found[name] = {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
    return found


def _time(value: object, name: str, meaning: Meaning) -> TimeBlock | None:
    """A time, or a day without an hour, which has no zone."""
    day = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if not day:
        return stated(value, name, meaning)
    try:
        local = datetime(int(day[1]), int(day[2]), int(day[3]))
    except ValueError:
        return None
    return from_local(str(value), name, local, None, meaning=meaning, precision="day")


def device(where: Where[Archive], pointer: str, element: Any) -> Read:
    """A device that holds keys of encrypted messages; what stands beside these is not known."""
    if "/deviceMetadataList/" in pointer:
        return entry(ENTRIES["keyregistry"])(where, pointer, element)
    if not isinstance(element, dict | list) or not element:
        return []
    return Problem("unknown-part", "This part of the list of keys is of a kind that is not known; it was not read.")


def nothing(_where: Where[Archive], _pointer: str, _element: Any) -> Read:
    """A file that was read for what it says of others."""
    return []


SHEETS: dict[str, JsonSheet[Archive]] = {
    **{name: JsonSheet(("/*",), tie(what), opening=opening, closing=b";") for name, what in TIES.items()},
    **{name: JsonSheet(("/*",), entry(what), opening=opening, closing=b";") for name, what in ENTRIES.items()},
    "details": JsonSheet(("",), entry(ENTRIES["details"]), opening=opening, closing=b";"),
    "keyregistry": JsonSheet((DEVICES, "/*/keyRegistryData/*", "/*/*"), device, opening=opening, closing=b";"),
    "contact": JsonSheet(("/*",), contact, opening=opening, closing=b";"),
    "manifest": JsonSheet(("",), nothing, opening=opening, closing=b";"),
}
