"""Messages in a Discord package: only what the owner wrote, never what was written to them.

A record is one object of a channel's `messages.json`, or one row of the `messages.csv` that stood there before 2024.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from plainrecord.parsers.chat.jsonchat import rest, shown, utc_text, words
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem, no_time
from plainrecord.parsers.social.discordscene import Package, channel_of, time_of_id
from plainrecord.parsers.social.sheets import JsonSheet, Read, TableSheet, Where

_SAID = frozenset("ID Timestamp Contents Attachments".split())
_TOLERANCE_US = 1_000_000


def message(where: Where[Package], _pointer: str, element: Any) -> Read:
    """One message the owner wrote."""
    if not isinstance(element, dict) or not (words(element, "ID") or words(element, "Timestamp")):
        return Problem("not-a-message", "There is no message in this place, but another kind of value.")
    return _message(where, element)


def row(where: Where[Package], named: Mapping[str, str]) -> Read:
    """The same as a row."""
    if not (named.get("ID") or named.get("Timestamp")):
        return Problem("not-a-message", "The row has neither the id nor the time of a message.")
    return _message(where, dict(named))


def _message(where: Where[Package], element: dict[str, Any]) -> list[Message]:
    scene, channel = where.scene, channel_of(where.member)
    one, said = words(element, "ID"), words(element, "Timestamp")
    known = scene.channels.get(channel)
    found = Message(
        "message",
        utc_text(said, "Timestamp") if said else no_time(None, "Timestamp"),
        scene.owner,
        scene.conversation(channel),
        text=words(element, "Contents") or None,
        owner=scene.owner,
        also=scene.also(scene.owner, scene.others(channel)),
        recipients=scene.others(channel),
        facts={**({"message-id": one} if one else {}), **rest(element, _SAID)},
        files=_files(element.get("Attachments")),
        backwards=where.member.tree_path not in scene.ascending,
    )
    _check(found, one)
    # What is of another shape than these fields had so far is kept as it is.
    found.facts |= {name: shown(value) for name, value in element.items() if name in _SAID and not _is_text(value)}
    if known and known.server:
        found.facts["server"] = known.server
    if scene.owner is None:
        found.notes.append("discord:owner-not-stated")
    if not (known and known.kind):
        found.notes.append("discord:channel-not-described")
    return [found]


def _check(found: Message, one: str) -> None:
    """Hold the time against the one the id holds; where none can be read, take that."""
    by_id, said = time_of_id(one), found.time.utc_us
    if said is None:
        if by_id is None:
            found.notes.append(TIME_MISSING)
            return
        found.facts |= {"time-as-stated": found.time.ts_raw} if found.time.ts_raw else {}
        found.time = by_id
        found.notes.append("discord:time-taken-from-the-id")
    elif by_id and by_id.utc_us is not None and abs(by_id.utc_us - said) > _TOLERANCE_US:
        found.notes.append("discord:time-and-id-differ")
        found.facts["time-by-id"] = by_id.ts_utc or ""


def _is_text(value: object) -> bool:
    texts = value if isinstance(value, list) else [value]
    return all(one is None or isinstance(one, str | int) for one in texts)


def _files(value: object) -> list[File]:
    """Links to files, which are not in a package and end after a while."""
    links = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
    return [
        File(_last_step(link) or None, absent="not-exported", facts={"link": link[:1000]})
        for link in links
        if isinstance(link, str) and link
    ]


def _last_step(link: str) -> str:
    try:
        return urlsplit(link).path.rpartition("/")[2]
    except ValueError:
        return ""


MESSAGES: JsonSheet[Package] = JsonSheet(("/*",), message)
TABLE: TableSheet[Package] = TableSheet(row, lambda names: {"ID", "Timestamp", "Contents"} <= set(names))
