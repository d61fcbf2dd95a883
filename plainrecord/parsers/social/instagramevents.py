"""Events of the account in an Instagram download: log-ins, log-outs, devices, changes of password, privacy and profile.

Nobody is named who did them, so no sender is given: a log-in may be the owner's or not, and the download does not say.
Where an address is, is not said either. Never raises, whatever an entry holds.
"""

from __future__ import annotations

from typing import Any

from plainrecord.parsers import meta
from plainrecord.parsers.chat.jsonchat import part, rest, shown, utc_text
from plainrecord.parsers.chat.pieces import TIME_MISSING, Message, no_time
from plainrecord.parsers.social.download import account_events
from plainrecord.parsers.social.instagramacts import NO_ENTRY
from plainrecord.parsers.social.instagramentry import Entry, entry_of, facts_of, moment, stamp
from plainrecord.parsers.social.instagramfiles import INSTAGRAM, Act
from plainrecord.parsers.social.instagramscene import Scene, files_of, is_damaged, time_of
from plainrecord.parsers.social.sheets import Read, Where
from plainrecord.records import Kind
from plainrecord.times import TimeBlock

TIMES_DIFFER = "instagram:title-and-time-differ"
_CHATS = "ig_secret_conversations"
_GROUPS = "ig_secret_groups"


def read_event(what: Act, where: Where[Scene], pointer: str, element: Any) -> Read:
    """One event, with everything its labels say."""
    del pointer
    entry = entry_of(element, damaged=is_damaged(where))
    if entry is None or not (entry.rows or entry.parts or entry.title or entry.stamp):
        return NO_ENTRY
    when, dates = time_of(entry, next(iter(entry.rows), None))
    dates = [when, *dates] if when and what.undated else dates
    message = event(where.scene, what.service, what.kind, None if what.undated else when)
    message.dates, message.marks = dates, list(what.marks)
    message.notes += entry.notes
    message.files, left = files_of(where, entry)
    message.facts |= facts_of((*entry.parts, *entry.rows)) | left
    message.dates += [moment(row.stamp, "string_list_data/timestamp") for row in entry.rows[1:] if row.stamp]
    _heading(message, entry)
    return [message]


def event(scene: Scene, service: str, kind: Kind, when: TimeBlock | None) -> Message:
    """A record of something that happened to the account."""
    owner = scene.of_service(service)
    return Message(
        kind,
        when or no_time(None, "timestamp"),
        None,
        account_events(service),
        owner=owner,
        recipients=(owner,) if owner else (),
        service=service,
        notes=[] if when else [TIME_MISSING],
    )


def _heading(message: Message, entry: Entry) -> None:
    """The heading is a sentence the service wrote, or the time once more; the second is compared."""
    if not entry.title:
        return
    again = utc_text(entry.title, "title", "occurred")
    if again.utc_us is None:
        message.text = entry.title
        message.marks.append("generated-text")
        return
    if message.time.utc_us is None:
        message.time, message.notes = again, [note for note in message.notes if note != TIME_MISSING]
    elif again.utc_us != message.time.utc_us:
        message.notes.append(TIMES_DIFFER)
        message.dates.append(again)
    else:
        message.facts["title"] = entry.title[:4000]


def read_secret(where: Where[Scene], pointer: str, element: Any) -> Read:
    """`secret_conversations.json` and `secret_groups.json`: devices, calls and groups of encrypted chats; never their words."""
    del pointer
    if not isinstance(element, dict):
        return NO_ENTRY
    element = meta.repaired_tree(element) if is_damaged(where) else element
    found = []
    for key in (_CHATS, _GROUPS):
        whole = part(element, key)
        for name, value in whole.items():
            rows = value if isinstance(value, list) else [value]
            for at, row in enumerate(rows):
                suffix = f"/{key}/{_step(name)}/{at}" if isinstance(value, list) else f"/{key}/{_step(name)}"
                if row not in (None, 0, "", {}):
                    found.append(_secret(where.scene, name, row, suffix))
    return found


def _secret(scene: Scene, name: str, row: Any, suffix: str) -> Message:
    fields = row if isinstance(row, dict) else {name: row}
    stamps = ("last_active_time", "timestamp", "creation_timestamp", "call_time", "start_time")
    seen = next(((key, count) for key in stamps if (count := stamp(fields.get(key)))), None)
    kind: Kind = "call" if name == "calls" else "login_alert" if "device" in name else "other"
    message = event(scene, INSTAGRAM, kind, moment(seen[1], seen[0]) if seen else None)
    message.marks = ["encrypted-chat", *(["device"] if kind == "login_alert" else [])]
    message.facts = {"list": name[:200]} | {key: shown(value) for key, value in rest(fields, ()).items()}
    message.suffix = suffix
    return message


def _step(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
