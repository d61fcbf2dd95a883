"""Notes of Proton's export tool beside its mails: `ID.metadata.json` with labels and time, `labels.json` with their names.

The mails themselves are plain .eml files, put together anew by the tool after it decrypted them. Source of knowledge: the
tool's public source. Reads nothing but small JSON files; one that is damaged is noted and its mail stays readable.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.email.folders import folder_mark
from plainrecord.times import TimeBlock, from_epoch

ENDING = ".metadata.json"
LABELS = "labels.json"
MAX_NOTES = 4 << 20
# Proton's own folders have numbers; a mail also carries those of “all mail” and the like, which say nothing.
_FOLDERS = {"0": "Inbox", "3": "Trash", "4": "Spam", "6": "Archive", "7": "Sent", "8": "Drafts", "10": "Starred"}
_EVERYTHING = frozenset(("1", "2", "5", "12", "15", "16"))


@dataclass(frozen=True, slots=True)
class Notes:
    """What the notes beside one mail say."""

    labels: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    dates: tuple[TimeBlock, ...] = ()
    codes: tuple[str, ...] = ()


NOTHING = Notes()


def beside(mails: Iterable[Member], members: Iterable[Member]) -> Iterator[Member]:
    """The notes among `members` that belong to one of the mails, and the list of labels in the same folder."""
    stems = {_stem(mail) for mail in mails}
    folders = {stem.rpartition("/")[0] for stem in stems}
    found = [one for one in members if one.name.endswith(ENDING) and one.tree_path.removesuffix(ENDING) in stems]
    yield from found
    if found:
        yield from (one for one in members if one.name == LABELS and one.tree_path.rpartition("/")[0] in folders)


def is_note(member: Member) -> bool:
    """Whether a member of a claim is one of these notes and no mail."""
    return member.name.endswith(ENDING) or member.name == LABELS


class ProtonNotes:
    """The notes of one claim, read as they are asked for."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._notes = {one.tree_path.removesuffix(ENDING): one for one in claim.members if one.name.endswith(ENDING)}
        self._names: dict[str, str] | None = None

    def of(self, mail: Member) -> Notes:
        """What is noted about a mail."""
        note = self._notes.get(_stem(mail))
        if note is None:
            return NOTHING
        said = self._payload(note)
        if not isinstance(said, dict):
            return Notes(codes=("proton:notes-not-readable",))
        ids = (
            [one for one in said.get("LabelIDs") or [] if isinstance(one, str)]
            if _is_list(said.get("LabelIDs"))
            else []
        )
        labels = tuple(dict.fromkeys(self._name(one) for one in ids if one not in _EVERYTHING))
        marks = tuple(dict.fromkeys(mark for label in labels for mark in (f"label:{label}", *folder_mark(label))))
        return Notes(labels, marks, _times(said.get("Time")))

    def read_rest(self) -> None:
        """Read what no mail asked for, so that every member of the claim is read to its end."""
        for member in self._claim.members:
            if is_note(member) and (member.original.relpath, member.path) not in self._claim.readings:
                self._payload(member)

    def _name(self, label: str) -> str:
        if label in _FOLDERS:
            return _FOLDERS[label]
        if self._names is None:
            self._names = dict(self._all_names())
        return self._names.get(label, label)

    def _all_names(self) -> Iterator[tuple[str, str]]:
        for member in self._claim.members:
            said = self._payload(member) if member.name == LABELS else None
            for one in said if isinstance(said, list) else []:
                if isinstance(one, dict) and isinstance(one.get("ID"), str) and isinstance(one.get("Name"), str):
                    yield one["ID"], one["Name"]

    def _payload(self, member: Member) -> object:
        """The content of a note: its `Payload`, or all of it where older versions wrote no frame. None when damaged."""
        try:
            with self._claim.open(member) as stream:
                data = stream.read(MAX_NOTES + 1)
                while stream.read(1 << 20):
                    pass
            said = json.loads(data) if len(data) <= MAX_NOTES else None
        except (OSError, PlainrecordError, ValueError, RecursionError):
            return None
        return said.get("Payload", said) if isinstance(said, dict) else said


def _stem(mail: Member) -> str:
    return mail.tree_path.removesuffix(".eml")


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _times(value: object) -> tuple[TimeBlock, ...]:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1 << 40:
        return ()
    return (from_epoch(value, "s", str(value), "metadata.json Time", meaning="stored"),)
