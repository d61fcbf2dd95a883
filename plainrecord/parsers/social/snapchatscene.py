"""What all sheets of a Snapchat download share: whose account it is, the media by their ids, and times and names as written.

Knows how Snapchat names media files, and which of them belong to one picture. Decides nothing about what a row means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.jsonchat import words
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, chats_of, no_time
from plainrecord.parsers.social.pagedates import PageDates
from plainrecord.parsers.social.pagesurvey import kept_dates
from plainrecord.parsers.social.writtenutc import utc_written
from plainrecord.records import Account, Decision
from plainrecord.times import Meaning, TimeBlock

SERVICE = "snapchat"
NOT_UNDERSTOOD = "snapchat:date-not-understood"
ACTOR_UNKNOWN = "snapchat:actor-not-stated"
SELF = Account(SERVICE, "id", "self")

# `2024-08-19_b~AbC.jpg`: what stands behind the day is the id by which a row names it.
_CHAT_MEDIA = re.compile(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2})_(.+?)(?:\.[^.]*)?\Z", re.DOTALL)
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
# Beside `media~X`: what was drawn over it, a small picture of it, and a file without a picture.
_COMPANIONS = ("overlay", "thumbnail", "metadata")
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Scene:
    """The owner, and the tree paths of media: of chats by id, of memories by the id in their names.

    `dates` is how dates of pages are read that do not say UTC. `used` collects the paths that records named in one reading;
    it serves counting alone.
    """

    owner: Account
    media: dict[str, str] = field(default_factory=dict)
    memories: dict[str, list[str]] = field(default_factory=dict)
    dates: PageDates = field(default_factory=PageDates)
    used: set[str] = field(default_factory=set)

    def chat_files(self, identity: str) -> list[File]:
        """The file with that id and what belongs to it; one missing file when the download does not hold it."""
        path = self.media.get(identity)
        said = {"media-id": identity[:500]}
        if path is None:
            return [File(None, facts=said)]
        stem = identity.partition("~")[2]
        beside = [(role, self.media.get(f"{role}~{stem}")) for role in _COMPANIONS if stem]
        return [self.file(path, said), *(self.file(found, said | {"role": role}) for role, found in beside if found)]

    def memory_files(self, text: str) -> list[File]:
        """The files of the memory whose id stands in a text (a link)."""
        for match in _UUID.finditer(text):
            if paths := self.memories.get(match[0].lower()):
                return [self.file(path, {"matched-by": "the id in the link"}) for path in paths]
        return []

    def named(self, file: File) -> File:
        """A file that a page names by its path: that of the download, where its name is one of the media's."""
        match = _CHAT_MEDIA.match(file.name or "")
        path = self.media.get(match[1]) if match else None
        return self.file(path, {"matched-by": "the name on the page"}) if path else file

    def file(self, path: str, facts: dict[str, str]) -> File:
        """A file of the download, counted as named."""
        self.used.add(path)
        return File(path.rpartition("/")[2], (f"/{path}",), facts=facts)


def scene_of(claim: Claim) -> Scene:
    """The scene of a claim, from its facts and its members."""
    name, shown = claim.facts.get("owner"), claim.facts.get("owner-name")
    owner = Account(SERVICE, "handle", name, shown or None) if name else SELF
    scene = Scene(owner, dates=kept_dates(claim))
    for member in shelf_of(claim):
        if member.tree_path.rpartition("/")[0].rpartition("/")[2] == "memories":
            if match := _UUID.search(member.name):
                scene.memories.setdefault(match[0].lower(), []).append(member.tree_path)
        elif match := _CHAT_MEDIA.match(member.name):
            scene.media.setdefault(match[1], member.tree_path)
    return scene


def shelf_of(claim: Claim) -> tuple[Member, ...]:
    """The media of a claim."""
    return claim.members[len(chats_of(claim)) :]


def unlinked(claim: Claim, scene: Scene) -> Iterable[Decision]:
    """What no record names: how many media files of each folder, and the first of their names."""
    folders: dict[str, list[Member]] = {}
    for member in shelf_of(claim):
        folders.setdefault(member.tree_path.rpartition("/")[0].rpartition("/")[2], []).append(member)
    for folder, members in folders.items():
        left = sorted(member.name for member in members if member.tree_path not in scene.used)
        if left:
            more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
            basis = f"no record names them: {', '.join(left[:_SHOWN])}{more}. A day in a name is a day of UTC."
            chosen = f"{len(left)} of {len(members)} files in {folder or 'the folder'}"
            yield Decision(f"{SERVICE}:unlinked-media", chosen, basis)


def handle(element: Any, *names: str, shown: str = "") -> Account | None:
    """The account named in the first of those fields; `shown` is the field of its display name."""
    value = next((found for name in names if (found := words(element, name).strip())), "")
    return Account(SERVICE, "handle", value, words(element, shown) or None) if value else None


def when(element: Any, *names: str, meaning: Meaning = "occurred") -> TimeBlock:
    """The time in the first of those fields that holds one."""
    for name in names:
        if written := words(element, name).strip():
            return utc_written(written, name, meaning)
    return no_time(None, names[0])


def mind_the_time(message: Message) -> Message:
    """Say of a record without an instant why it has none."""
    if message.time.utc_us is None:
        message.notes.append(NOT_UNDERSTOOD if message.time.ts_raw else TIME_MISSING)
    return message
