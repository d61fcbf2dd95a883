"""Whose Instagram download it is, and how an act in it becomes a record: what all sheets of such a download share.

The owner has two identities that are never joined: a username (lists, comments, log-ins) and a display name (messages).
Threads, the text app, is a service of its own with accounts of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from plainrecord.parsers.chat.jsonchat import rest, words
from plainrecord.parsers.chat.media import folder_of
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, no_time
from plainrecord.parsers.social.download import acts_with
from plainrecord.parsers.social.instagramentry import BY_SHAPE, Entry, Part, is_username, moment, user_of
from plainrecord.parsers.social.instagramfiles import THREADS
from plainrecord.parsers.social.metascene import MetaScene
from plainrecord.parsers.social.sheets import Where
from plainrecord.records import Account, Kind
from plainrecord.times import TimeBlock

NOT_NAMED = "instagram:account-not-named"
OWNER_NOT_NAMED = "instagram:owner-not-named"
LINK_DIFFERS = "instagram:link-names-another-account"
SEVERAL = "instagram:several-accounts-in-entry"


@dataclass(frozen=True, slots=True)
class Scene(MetaScene):
    """The scene of Meta's threads, and the owner's usernames beside the display name that threads have."""

    handle: Account | None = None
    on_threads: Account | None = None

    def of_service(self, service: str) -> Account | None:
        """The owner's username at a service."""
        return self.on_threads if service == THREADS else self.handle


def is_damaged(where: Where[Scene]) -> bool:
    """Whether the text of a sheet's file has to be repaired."""
    return where.member.tree_path in where.scene.damaged


def account(service: str, handle: str, name: str = "") -> Account | None:
    """An account by its username, with the display name the same entry states; what can be no username is a name."""
    handle = handle.strip().removeprefix("@")
    if not handle:
        return None
    shown = name if name and name != handle else None
    return Account(service, "handle" if is_username(handle) else "name", handle, shown)


def act(
    scene: Scene, service: str, kind: Kind, other: Account | None, when: TimeBlock | None, *, by_owner: bool
) -> Message:
    """A record of what the owner did to somebody, or somebody to the owner: whose act it is decides who is the sender."""
    owner = scene.of_service(service)
    message = Message(
        kind,
        when or no_time(None, "timestamp"),
        owner if by_owner else other,
        acts_with(other, service),
        owner=owner,
        recipients=tuple(one for one in ((other if by_owner else owner),) if one),
        service=service,
        notes=[] if when else [TIME_MISSING],
    )
    if other is None:
        message.notes.append(NOT_NAMED)
    if owner is None:
        message.notes.append(OWNER_NOT_NAMED)
    return message


def listed_account(service: str, entry: Entry, row: Part | None, notes: list[str]) -> Account | None:
    """Whom an entry of a list names: the row's value, else the heading, else the link (and labels, where there are such).

    Trap: newer lists leave the value out and name the account in the heading or the link only.
    """
    if row is None:
        return labelled_account(service, entry, notes) or account(service, entry.title if _can_be(entry.title) else "")
    linked = user_of(row.href)
    if row.value:
        if linked and linked.casefold() != row.value.strip().removeprefix("@").casefold():
            notes.append(LINK_DIFFERS)
        return account(service, row.value, entry.title)
    if _can_be(entry.title):
        return account(service, entry.title)
    return account(service, linked, entry.title)


def titled_account(service: str, entry: Entry, row: Part | None, notes: list[str]) -> Account | None:
    """Whom an entry names whose rows hold a link or an emoji: its heading, its labels, or the link where that says so."""
    stated = account(service, entry.title) or labelled_account(service, entry, notes)
    return stated or account(service, user_of(row.href) if row else "")


def labelled_account(service: str, entry: Entry, notes: list[str]) -> Account | None:
    """Whom labelled values name: the owner of a post before any other username in the entry."""
    stated = [part for part in entry.with_role("media-owner", "username", "owner") if part.value]
    stated.sort(key=lambda part: (part.role != "media-owner", part.group_role != "owner"))
    if len({part.value.casefold() for part in stated}) > 1:
        notes.append(SEVERAL)
    if stated:
        name = next((part.value for part in entry.with_role("name") if part.group == stated[0].group), "")
        return account(service, stated[0].value, name)
    if not entry.parts:
        return None
    return _by_shape(service, entry, notes)


def _by_shape(service: str, entry: Entry, notes: list[str]) -> Account | None:
    """Labels of a language nobody knows: the link, else the only value that can be a username. Never one of several."""
    linked = {user for part in entry.parts if (user := user_of(part.href or part.value))}
    unknown = [part.value for part in entry.parts if not part.role and is_username(part.value)]
    found = linked if len(linked) == 1 else set(unknown) if len(unknown) == 1 else set()
    if not found:
        return None
    notes.append(BY_SHAPE)
    return account(service, next(iter(found)))


def _can_be(title: str) -> bool:
    return is_username(title.strip().removeprefix("@"))


def time_of(entry: Entry, row: Part | None = None) -> tuple[TimeBlock | None, list[TimeBlock]]:
    """When an entry says it happened, and all other times in it."""
    stamped = [part for part in entry.parts if part.stamp]
    if row is not None and row.stamp:
        return moment(row.stamp, "string_list_data/timestamp"), [_of(part) for part in stamped]
    chosen = next((part for role in ("change-date", "time") for part in stamped if part.role == role), None)
    if entry.stamp and not (chosen and chosen.role == "change-date"):
        return moment(entry.stamp, "timestamp"), [_of(part) for part in stamped if part.stamp != entry.stamp]
    if chosen is None and len(stamped) == 1:
        chosen = stamped[0]
    others = [_of(part) for part in stamped if part is not chosen]
    return (_of(chosen) if chosen else None), others


def _of(part: Part) -> TimeBlock:
    return moment(part.stamp or 0, part.label or "timestamp")


def files_of(where: Where[Scene], entry: Entry) -> tuple[list[File], dict[str, str]]:
    """The files an entry names, in whichever place, and what else stands beside its envelope."""
    files: list[File] = []
    left: dict[str, Any] = {}
    for name, value in entry.rest.items():
        held = list(value.values()) if isinstance(value, dict) and name == "media_map_data" else value
        if name not in _MEDIA or not isinstance(held, list):
            left[name] = value
            continue
        for at, one in enumerate(held):
            uri = words(one, "uri")
            if uri:
                files.append(where.scene.media.file(uri, folder_of(where.member), rest(one, ("uri",))))
            elif one not in ({}, {"uri": ""}, None, ""):
                left[f"{name}/{at}"] = one
    return files, rest(left, ())


_MEDIA = ("media", "media_list_data", "media_map_data")
