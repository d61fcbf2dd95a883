"""Facebook's record of the owner's own account: log-ins, sessions, devices, changes of name, e-mail, number and password.

Matters to the Facebook reader only. Who was logged in is not stated, so that no sender is: an entry may be the owner's own.
A place beside an address is a guess made from it, and nothing here is judged. Cookies and tokens are named, never copied.
Source: the downloads reference, sections 4.7 and 4.5. Tier: `public schema`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from plainrecord.parsers.chat.jsonchat import listed, part, shown, words
from plainrecord.parsers.chat.pieces import Message
from plainrecord.parsers.social.facebookacts import NO_RECORD
from plainrecord.parsers.social.facebookscene import FacebookScene, Said, event, when_of
from plainrecord.parsers.social.metalists import WITHHELD, kept, labels
from plainrecord.parsers.social.metaparts import seconds
from plainrecord.parsers.social.sheets import Read, Where
from plainrecord.records import Kind
from plainrecord.times import TimeBlock, format_utc

# Words of an action (case-folded) → what it is; the earlier line wins, and what fits none is `other`.
_ACTIONS: tuple[tuple[re.Pattern[str], Kind, tuple[str, ...]], ...] = (
    (re.compile("check.*failed|failed"), "login_alert", ("failed",)),
    (re.compile("log ?out|terminated"), "login_alert", ("session-ended",)),
    (re.compile("log-?in|session|checkpoint|roadblock|two-factor|approvals"), "login_alert", ()),
    (re.compile("password|e-?mail|contact ?point|name|vanity|phone number|security question"), "profile_change", ()),
    (re.compile("activated"), "profile_change", ("account-status",)),
)
_COOKIE = re.compile(r"(cookie\b[^:]*:\s*).+", re.IGNORECASE | re.DOTALL)

# What an entry says, in the first of these that says anything.
_SAYINGS = ("action", "event", "status", "name")


def read_security(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """One entry: an action, an address and a device as far as the file says."""
    if not isinstance(element, dict):
        return NO_RECORD
    session = part(element, "session")
    used = next((key for key in _SAYINGS if words(element, key)), "")
    text = _open_words(words(element, used) or _labelled(element))
    kind, marks = _kind(text)
    when = when_of(element, "created_timestamp", "verification_time", "update_time") or _first(session)
    facts = kept(element, ("timestamp", used, "session", "extra_info"))
    facts |= {key: _open_words(facts[key]) for key in _SAYINGS if key in facts}
    facts |= kept(session, (), "session.") | kept(part(element, "extra_info"), (), "changed.")
    message = event(where.scene, kind, when, Said(text=text, marks=("generated-text", *marks), facts=facts))
    message.dates = _dates(element, session)
    message.backwards = True
    return [message]


def read_session(where: Where[FacebookScene], pointer: str, element: Any) -> Read:
    """A session or device that was allowed in when the download was made."""
    found = read_security(where, pointer, element)
    return [_as(message, "login_alert", "known-session") for message in found] if isinstance(found, list) else found


def read_address(where: Where[FacebookScene], pointer: str, element: Any) -> Read:
    """An address that the account was used from."""
    found = read_security(where, pointer, element)
    return [_as(message, "login_alert", "address") for message in found] if isinstance(found, list) else found


def read_verification(where: Where[FacebookScene], pointer: str, element: Any) -> Read:
    """An e-mail address or number that was confirmed."""
    found = read_security(where, pointer, element)
    return (
        [_as(message, "profile_change", "contact-confirmed") for message in found] if isinstance(found, list) else found
    )


def read_device(where: Where[FacebookScene], pointer: str, element: Any) -> Read:
    """A phone the account was used on; its push tokens are counted, not copied."""
    found = read_security(where, pointer, element)
    if not isinstance(found, list):
        return found
    tokens = listed(element, "push_tokens")
    for message in found:
        message.facts["push_tokens"] = f"{len(tokens)} ({WITHHELD})" if tokens else "0"
        message.facts |= {key: value for _, one in tokens for key, value in kept(one, ("token",), "push.").items()}
    return [_as(message, "login_alert", "device") for message in found]


def read_cookies(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """The cookies of browsers that were used, with the times of their use: one record, in which no cookie is named."""
    if not isinstance(element, dict):
        return NO_RECORD
    lists = [value for value in element.values() if isinstance(value, dict)] or [element]
    facts = {}
    for number, times in enumerate((times for inner in lists for times in inner.values()), start=1):
        found = [one for value in times if (one := seconds(value, "cookie"))] if isinstance(times, list) else []
        shown = ", ".join(format_utc(one.utc_us) for one in found if one.utc_us is not None)
        facts[f"cookie {number}"] = f"{WITHHELD}; used {shown[:3000]}"
    return [event(where.scene, "login_alert", None, Said(marks=("browser-cookies",), facts=facts))]


def read_activity(where: Where[FacebookScene], pointer: str, element: Any) -> Read:
    """How much an app was used day by day: figures of the owner's own use."""
    facts = kept(element) if isinstance(element, dict) else {"value": shown(element)}
    facts["app"] = pointer.rpartition("/")[2]
    return [event(where.scene, "other", None, Said(marks=("activity",), facts=facts))]


def read_autofill(where: Where[FacebookScene], pointer: str, element: Any) -> Read:  # noqa: ARG001
    """What the owner let forms be filled in with; the owner's name is in it."""
    if not isinstance(element, dict):
        return NO_RECORD
    return [event(where.scene, "other", None, Said(marks=("autofill",), facts=kept(element)))]


def read_profile(where: Where[FacebookScene], pointer: str, element: Any) -> Read:
    """What the account says of its owner: one record, and one for each earlier name."""
    if not isinstance(element, dict):
        return NO_RECORD
    wrapped = "name" not in element and len(element) == 1
    profile = next(iter(element.values())) if wrapped else element
    if not isinstance(profile, dict):
        return NO_RECORD
    whole = event(where.scene, "other", None, Said(marks=("profile",), facts=kept(profile, ("previous_names",))))
    if created := seconds(profile.get("registration_timestamp"), "registration_timestamp"):
        whole.dates.append(replace(created, meaning="created"))
    made = [whole]
    for at, name in listed(profile, "previous_names"):
        text = words(name, "name")
        change = event(
            where.scene,
            "profile_change",
            when_of(name),
            Said(text=text, marks=("previous-name",), facts=kept(name, ("name", "timestamp"))),
        )
        step = f"/{next(iter(element))}" if wrapped and pointer == "" else ""
        change.suffix = f"{step}/previous_names/{at}"
        made.append(change)
    return made


def _labelled(element: Mapping[str, Any]) -> str:
    """What an entry with labelled values says was done."""
    return next((one.value for one in labels(element) if one.label.casefold() in _SAYINGS and one.value), "")


def _open_words(text: str) -> str:
    """Words that name a cookie, without it."""
    return _COOKIE.sub(rf"\1{WITHHELD}", text)


def _kind(text: str) -> tuple[Kind, tuple[str, ...]]:
    folded = text.casefold()
    return next(((kind, marks) for words_of, kind, marks in _ACTIONS if words_of.search(folded)), ("other", ()))


def _as(message: Message, kind: Kind, mark: str) -> Message:
    message.kind = kind
    message.marks = [mark, *(one for one in message.marks if one == "failed")]
    return message


def _first(session: Mapping[str, Any]) -> TimeBlock | None:
    return seconds(session.get("created_timestamp"), "session/created_timestamp") or seconds(
        session.get("updated_timestamp"), "session/updated_timestamp"
    )


def _dates(element: Mapping[str, Any], session: Mapping[str, Any]) -> list[TimeBlock]:
    """The other times of an entry: when a session was last used."""
    found = [seconds(one.get("updated_timestamp"), "updated_timestamp") for one in (element, session)]
    return [replace(one, meaning="stored") for one in found if one]
