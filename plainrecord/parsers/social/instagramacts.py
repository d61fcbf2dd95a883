"""Lists of acts in an Instagram download: followers, requests, blocks, comments, likes, answers to stories; Threads likewise.

Whose act an entry is stands in the table of files. Nobody else's comments, likes, tags or mentions are in any download, so
every one of these here is the owner's. Never raises, whatever an entry holds.
"""

from __future__ import annotations

from typing import Any

from plainrecord.parsers.chat.pieces import Message, Problem
from plainrecord.parsers.social.instagramentry import Entry, Part, entry_of, facts_of
from plainrecord.parsers.social.instagramfiles import Act
from plainrecord.parsers.social.instagramscene import (
    Scene,
    account,
    act,
    files_of,
    is_damaged,
    labelled_account,
    listed_account,
    time_of,
    titled_account,
)
from plainrecord.parsers.social.sheets import Read, Where
from plainrecord.records import Account

NO_ENTRY = Problem("not-an-entry", "There is no entry of the list in this place, but another kind of value.")
LABELS_NOT_KNOWN = "instagram:labels-not-known"
UNKNOWN_LABELS = Problem(
    "labels-not-known",
    "None of the labels of this entry is known in its language, and its values do not show which of them is the account.",
)


def read_act(what: Act, where: Where[Scene], pointer: str, element: Any) -> Read:
    """The acts of one entry: one for each row of it, or one for all of it."""
    del pointer
    entry = entry_of(element, damaged=is_damaged(where))
    if entry is None or not (entry.rows or entry.parts or entry.title):
        return NO_ENTRY
    rows: list[Part | None] = [*entry.rows] or [None]
    made = [_read(what, where, entry, row, at) for at, row in enumerate(rows)]
    problem = next((one for one in made if isinstance(one, Problem)), None)
    return problem or [one for one in made if isinstance(one, Message)]


def _read(what: Act, where: Where[Scene], entry: Entry, row: Part | None, at: int) -> Message | Problem:
    notes = list(entry.notes)
    other = _other(what, entry, row, notes)
    if other is None and any(part.value and not part.role for part in entry.parts):
        if what.who == "value":
            return UNKNOWN_LABELS
        # A like may name nobody; what it says is worth keeping all the same.
        notes.append(LABELS_NOT_KNOWN)
    when, dates = time_of(entry, row)
    message = act(where.scene, what.service, what.kind, other, when, by_owner=what.by == "owner")
    message.suffix = f"/string_list_data/{at}" if at else ""
    message.dates, message.marks = dates, list(what.marks)
    message.notes += notes
    _say(message, what, entry, row)
    message.facts |= _facts(what, entry, row, other)
    message.files, left = files_of(where, entry)
    if other and left.get("media_owner") == other.value:
        del left["media_owner"]
    message.facts |= left
    return message


def _other(what: Act, entry: Entry, row: Part | None, notes: list[str]) -> Account | None:
    if what.who == "title":
        return titled_account(what.service, entry, row, notes)
    if what.who == "label":
        # A comment of 2022 repeats the owner of the post in its heading; a newer one beside the envelope.
        stated = entry.title or str(entry.rest.get("media_owner") or "")
        return labelled_account(what.service, entry, notes) or account(what.service, stated)
    return listed_account(what.service, entry, row, notes)


def _say(message: Message, what: Act, entry: Entry, row: Part | None) -> None:
    """The words of a comment, the emoji of a like, the answer to a story."""
    roles = ("comment",) if what.kind == "comment" else ("answer", "emoji") if what.text else ()
    part = row if what.text and row else next((one for one in entry.with_role(*roles) if one.value), None)
    if part is None or not part.value:
        return
    message.text = part.value
    if part.stored is not None:
        message.facts["text-as-stored"] = part.stored


def _facts(what: Act, entry: Entry, row: Part | None, other: Account | None) -> dict[str, str]:
    facts = facts_of(part for part in entry.parts if not (part.role == "comment" and what.kind == "comment"))
    if row and row.href:
        facts["link"] = row.href[:4000]
    if entry.title and (other is None or entry.title not in (other.value, other.name)):
        facts["title"] = entry.title[:4000]
    if row and row.value and not what.text and (other is None or row.value != other.value):
        facts["value"] = row.value[:4000]
    return facts
