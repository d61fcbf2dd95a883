"""Events of the app in a Discord package: one JSON object a line, hundreds of megabytes of clicks with some log-ins among them.

Read are log-ins and sessions, changes of password, address and second factor, requests of friends, blocks, and calls the owner
joined. All others are counted by type, and the counts are said. Which types there are is nowhere documented.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from plainrecord.intake.reading import Stream
from plainrecord.parsers.chat.jsonchat import rest, utc_text, words
from plainrecord.parsers.chat.lines import lines
from plainrecord.parsers.chat.pieces import TIME_MISSING, Message, Problem, no_time
from plainrecord.parsers.social.discordaccount import EVENTS, without_secrets
from plainrecord.parsers.social.discordscene import ACTOR_NOT_STATED, SERVICE, Package
from plainrecord.parsers.social.download import acts_with
from plainrecord.parsers.social.sheets import Piece, PieceSheet, Read, Where
from plainrecord.records import Kind
from plainrecord.times import TimeBlock

# What is only shown, clicked or measured is no event of the account.
_SHOWN = re.compile(
    r"\A(?:impression|experiment|app_ui|dismissible)_|_(?:viewed|clicked|loaded|opened|shown|hovered)\Z"
)
_KINDS: tuple[tuple[re.Pattern[str], Kind, str], ...] = (
    (re.compile(r"log_?in_(?:fail|attempt|denied|block)|failed_log_?in"), "login_alert", "log-in-tried"),
    (re.compile(r"(?:\A|_)log_?in(?:_success(?:ful)?|_completed?)?\Z|\A(?:user_)?register(?:ed)?\Z"), "login_alert", "log-in"),
    (re.compile(r"(?:\A|_)log_?in(?:_|\Z)"), "login_alert", "log-in-event"),
    (re.compile(r"\A(?:user_)?(?:session_start|session_end|logout|log_out)"), "login_alert", "session"),
    (re.compile("password|mfa|two_factor|2fa|authenticator|passkey|(?:user|account)_.*(?:email|phone|username)|"
                "(?:email|phone)_.*(?:chang|verif|add|remov)|account_(?:delet|disabl|recover)"), "profile_change", "account-changed"),
    (re.compile(r"friend_request|relationship_(?:add|remov|updat|creat|delet)"), "request", "friend-request"),
    (re.compile(r"(?:\A|_)(?:un)?block(?:ed|s)?(?:_user|_|\Z)|ignore_user_confirmed"), "block", "block"),
    (re.compile(r"\A(?:join|start|leave|decline|ring)_call\Z"), "call", "call"),
)  # fmt: skip
_OTHER = ("other_user_id", "target_user_id", "friend_id", "recipient_id", "to_user_id")
_SAID = frozenset("timestamp".split())


def cut(stream: Stream) -> Iterator[Piece]:
    """Line by line."""
    for line in lines(stream):
        what = "record" if line.begins else "unknown"
        yield Piece(line.start, line.raw, what if line.raw.strip(b"\xef\xbb\xbf \t\r\n") else "frame")


def event(where: Where[Package], raw: bytes) -> Read:
    """One event, if it is of a kind that is read."""
    try:
        said = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return Problem("bad-json", "This line is not valid JSON; the lines round it were read.")
    if not isinstance(said, dict) or not words(said, "event_type"):
        return Problem("not-an-event", "There is no event in this line, but another kind of value.")
    kind = kind_of(words(said, "event_type").lower())
    if kind is None:
        where.scene.passed[words(said, "event_type")[:80]] += 1
        return []
    if where.scene.is_repeat(words(said, "event_id"), json.dumps(said, sort_keys=True)):
        return []
    return [_message(where.scene, said, *kind)]


@lru_cache(maxsize=4096)
def kind_of(name: str) -> tuple[Kind, str] | None:
    """The kind of record an event is, by its type; None where no record is taken."""
    if _SHOWN.search(name):
        return None
    return next(((kind, mark) for form, kind, mark in _KINDS if form.search(name)), None)


def _message(scene: Package, said: dict[str, Any], kind: Kind, mark: str) -> Message:
    time = _time(said)
    other = scene.account(next((one for name in _OTHER if (one := words(said, name))), ""))
    channel = words(said, "channel_id")
    by_owner = kind == "call" and bool(channel)
    told = without_secrets(said)
    found = Message(
        kind,
        time,
        scene.owner if by_owner else None,
        scene.conversation(channel) if by_owner else acts_with(other, SERVICE) if other else EVENTS,
        owner=scene.owner,
        recipients=scene.others(channel) if by_owner else tuple(one for one in (other or scene.owner,) if one),
        marks=[mark],
        notes=[] if time.utc_us is not None else [TIME_MISSING],
        facts=rest(told, _SAID),
    )
    found.also = scene.also(None, found.recipients)
    if kind in ("request", "block"):
        found.notes.append(ACTOR_NOT_STATED)
    return found


def _time(said: dict[str, Any]) -> TimeBlock:
    """The time, whose quotation marks may be part of it."""
    text = words(said, "timestamp").strip('"')
    if not text:
        return no_time(said.get("timestamp"), "timestamp")
    return replace(utc_text(text, "timestamp", "occurred"), ts_raw=words(said, "timestamp")[:100])


ACTIVITY: PieceSheet[Package] = PieceSheet(cut, event)
