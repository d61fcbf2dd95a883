"""What all files of one Discord package share: the owner, channels with who is in them, and names behind numbers.

Learned before the first record from `user.json`, `index.json` and each `channel.json`, and kept in the claim's facts.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.jsonchat import part, words
from plainrecord.parsers.chat.pieces import head_of
from plainrecord.parsers.jsonstream import Found, walk_head
from plainrecord.parsers.social.download import files_of, handles_beside
from plainrecord.parsers.social.sheets import found_in
from plainrecord.records import Account, Conversation, Decision
from plainrecord.times import Meaning, TimeBlock, from_epoch

SERVICE = "discord"
ID_EPOCH_MS = 1_420_070_400_000
ACTOR_NOT_STATED = "discord:actor-not-stated"

CHANNEL = re.compile(r"(?:^|/)c?([0-9]{5,25})/[^/]+\Z")
_TITLE = re.compile(r"Direct Message with (.+?)(?:#([0-9]{1,4}))?\Z")
_DIRECT = frozenset({"1", "DM"})
_GROUPS = frozenset({"3", "GROUP_DM"})


class Channel(NamedTuple):
    """One channel as the package describes it. `kind` is "direct", "group", "server" or "" (not described)."""

    kind: str = ""
    title: str = ""
    people: tuple[str, ...] = ()
    server: str = ""


@dataclass(slots=True)
class Package:
    """The scene of one package. `passed` counts events of which no record is taken, `repeats` those given again."""

    owner: Account | None = None
    handle: str = ""
    names: dict[str, list[str]] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    ascending: frozenset[str] = frozenset()
    passed: Counter[str] = field(default_factory=Counter)
    met: set[tuple[str, str]] = field(default_factory=set)
    repeats: int = 0

    def account(self, one: str) -> Account | None:
        """An account by its number, under the name the package gives it, if it gives one."""
        if not one:
            return None
        if self.owner and one == self.owner.value:
            return self.owner
        handle, name = self.names.get(one, ("", ""))
        return Account(SERVICE, "id", one, name or handle or None)

    def also(self, sender: Account | None, recipients: Iterable[Account]) -> tuple[Account, ...]:
        """Handles beside the numbers: the owner's, another sender's, and those of whoever it was for."""
        return handles_beside(self.owner, self.handle, self.names, sender, recipients)

    def is_repeat(self, one: str, content: str) -> bool:
        """Whether the same event was read before: the folders of events give many of them again."""
        key = (one, hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest())
        again = bool(one) and key in self.met
        self.repeats += again
        self.met.add(key)
        return again

    def others(self, channel: str) -> tuple[Account, ...]:
        """Who else is in a direct or group chat. Who read a channel of a server is not stated."""
        found = (self.account(one) for one in self.channels.get(channel, Channel()).people)
        return tuple(dict.fromkeys(one for one in found if one and one != self.owner))

    def conversation(self, channel: str) -> Conversation:
        """The conversation of a channel."""
        known = self.channels.get(channel, Channel())
        return Conversation(f"{SERVICE}:{channel}", known.title or None, is_group=known.kind in ("group", "server"))


def scene_of(claim: Claim) -> Package:
    """The scene as `prepare` left it in the claim."""
    facts = claim.facts
    owner = json.loads(facts.get("owner", "[]"))
    return Package(
        Account(SERVICE, "id", owner[0], owner[1] or owner[2] or None) if owner else None,
        owner[2] if owner else "",
        json.loads(facts.get("names", "{}")),
        {
            key: Channel(kind, title, tuple(people), server)
            for key, (kind, title, people, server) in json.loads(facts.get("channels", "{}")).items()
        },
        frozenset(json.loads(facts.get("ascending", "[]"))),
    )


def prepare(claim: Claim) -> None:
    """Learn all of it, and say whose package it is."""
    titles = {
        found.pointer[1:]: found.value
        for member in files_of(claim, "index")
        for found in values(claim, member, "/*")
        if isinstance(found.value, str)
    }
    channels = {key: _channel(said, titles.get(key, "")) for key, said in _described(claim)}
    for key, title in titles.items():
        channels.setdefault(key, Channel(title=title))
    names: dict[str, list[str]] = {}
    owner = _owner(claim, names) or _common(claim, channels)
    for known in channels.values():
        _name_other(known, owner[0] if owner else "", names)
    claim.facts |= {"names": json.dumps(names), "channels": json.dumps(channels), "owner": json.dumps(owner)}
    claim.facts["ascending"] = json.dumps(
        [one.tree_path for one in files_of(claim, "messages") if _ascends(claim, one)]
    )


def values(claim: Claim, member: Member, *patterns: str) -> Iterator[Found]:
    """What stands at those patterns. A file that cannot be read says so when its records are read."""
    with suppress(OSError, PlainrecordError):
        yield from found_in(claim, member, patterns)


def channel_of(member: Member) -> str:
    """The channel a file belongs to, by its folder."""
    match = CHANNEL.search(member.tree_path)
    return match[1] if match else ""


def time_of_id(one: str, meaning: Meaning = "sent") -> TimeBlock | None:
    """The time an id holds."""
    if not (one.isascii() and one.isdigit()) or not 15 <= len(one) <= 20:
        return None
    return from_epoch((int(one) >> 22) + ID_EPOCH_MS, "ms", one, "id", meaning=meaning)


def name_of(user: dict[str, Any]) -> list[str]:
    """Handle and shown name of a user object; before 2023 the handle had a number behind it."""
    handle, number = words(user, "username"), words(user, "discriminator")
    whole = f"{handle}#{number}" if handle and number.strip("0") else handle
    return [whole, words(user, "global_name") or words(user, "display_name")]


def _described(claim: Claim) -> Iterator[tuple[str, dict[str, Any]]]:
    for member in files_of(claim, "channel"):
        for found in values(claim, member, ""):
            if isinstance(found.value, dict):
                yield channel_of(member), found.value


def _channel(said: dict[str, Any], title: str) -> Channel:
    kind, guild = words(said, "type"), part(said, "guild")
    what = "direct" if kind in _DIRECT else "group" if kind in _GROUPS else "server" if kind or guild else ""
    people = said.get("recipients")
    ids = [str(one) for one in people if isinstance(one, str | int)] if isinstance(people, list) else []
    return Channel(what, title or words(said, "name"), tuple(ids), words(guild, "name"))


def _owner(claim: Claim, names: dict[str, list[str]]) -> list[str]:
    """The owner as `user.json` states them; names of those they have a relationship with go into `names`."""
    said: dict[str, str] = {}
    for member in files_of(claim, "user"):
        for found in values(claim, member, "/id", "/username", "/discriminator", "/global_name", "/relationships/*"):
            if not found.pointer.startswith("/relationships/"):
                said[found.pointer[1:]] = str(found.value)
            elif isinstance(found.value, dict):
                user = part(found.value, "user")
                if one := words(user, "id") or words(found.value, "id"):
                    names[one] = name_of(user)
    handle, name = name_of({key: value for key, value in said.items() if value != "None"})
    return [said["id"], name, handle] if said.get("id") else []


def _common(claim: Claim, channels: dict[str, Channel]) -> list[str]:
    """Without `user.json`: who is in every direct chat, when that is one account."""
    pairs = [set(one.people) for one in channels.values() if one.kind == "direct" and len(one.people) > 1]
    shared = sorted(set.intersection(*pairs)) if len(pairs) > 1 else []
    if len(shared) == 1:
        basis = f"user.json is not here; the only account in all {len(pairs)} direct chats"
        claim.decisions.append(Decision("discord:owner", shared[0], basis, certain=False))
        return [shared[0], "", ""]
    claim.decisions.append(
        Decision("discord:owner", "not known", "user.json is not here or does not say", certain=False)
    )
    return []


def _name_other(channel: Channel, owner: str, names: dict[str, list[str]]) -> None:
    """The title of a direct chat names the other one."""
    others = [one for one in channel.people if one != owner]
    match = _TITLE.fullmatch(channel.title)
    if channel.kind == "direct" and owner and len(others) == 1 and match:
        # Only with a number behind it (0 since 2023) is it surely the unique handle, and no name that anybody may choose.
        number, handle = match[2] or "", match[1] if match[2] is not None else ""
        named = [f"{handle}#{number}" if number.strip("0") else handle, "" if handle else match[1]]
        names.setdefault(others[0], named)


def _ascends(claim: Claim, member: Member) -> bool:
    """Whether a file runs from the oldest to the newest, by its first two ids; if that cannot be seen, it does not."""
    ids = [one.value for one in walk_head(head_of(claim, member), ("/*",)) if isinstance(one.value, dict)]
    first = [int(text) for one in ids[:2] if (text := words(one, "ID")).isdecimal() and len(text) < 25]
    return len(first) == 2 and first[0] < first[1]
