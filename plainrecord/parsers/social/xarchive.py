"""What all files of one X archive share: the owner, names behind numbers, who was in a group when, and what stands twice.

Learned before the first record from the files themselves and kept in the claim's facts, so that `load` knows the same. X
names everybody but the owner by number only; a name is known where the owner's own posts mention the account, as it was
called then. Memory: eight bytes for each message, and what was learned.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.jsonchat import part, words
from plainrecord.parsers.chat.pieces import head_of
from plainrecord.parsers.jsonstream import Found
from plainrecord.parsers.social.download import files_of, handles_beside
from plainrecord.parsers.social.sheets import found_in
from plainrecord.parsers.social.xscript import SERVICE, first_of, identity, opening
from plainrecord.records import Account, Conversation, Decision

Changes = dict[str, list[tuple[str, bool]]]

_MESSAGES = ("/*/dmConversation/messages/*", "/*/messages/*")
_CONVERSATIONS = tuple(
    f"/*/{wrapped}{name}" for wrapped in ("dmConversation/", "") for name in ("conversationId", "name", "messages/*")
)


@dataclass(slots=True)
class Group:
    """A group conversation: its latest name, and when each member came or went (an empty list: always there)."""

    title: str = ""
    titled_at: str = ""
    members: Changes = field(default_factory=dict)

    def at(self, time: str) -> list[str]:
        """Who was in the group at a time (ISO text in UTC, as the archive writes it)."""
        return [one for one, changes in self.members.items() if _was_in(changes, time)]


@dataclass(slots=True)
class Archive:
    """The scene of one archive. `met` and `talks` are filled while it is read."""

    owner: Account | None = None
    handle: str = ""
    people: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    places: dict[str, dict[str, str]] = field(default_factory=dict)
    gaps: frozenset[str] = frozenset()
    repeated: frozenset[str] = frozenset()
    whole: bool = True
    met: dict[str, set[str]] = field(default_factory=dict)
    talks: dict[tuple[str, str], tuple[str, tuple[str, str] | None, Conversation]] = field(default_factory=dict)
    passed: int = 0

    def account(self, one: str) -> Account | None:
        """An account by its number, under the name the archive gives it, if it gives one."""
        if not one:
            return None
        if self.owner and one == self.owner.value:
            return self.owner
        handle, name = self.people.get(one, ("", ""))
        return Account(SERVICE, "id", one, name or (f"@{handle}" if handle else None))

    def accounts(self, ids: Iterable[object]) -> tuple[Account, ...]:
        """The accounts of a list of numbers, each once."""
        found = (self.account(identity(one)) for one in ids)
        return tuple(dict.fromkeys(one for one in found if one))

    def also(self, sender: Account | None, recipients: Iterable[Account]) -> tuple[Account, ...]:
        """Handles beside the numbers: the owner's, the sender's, and those of whoever it was for."""
        return handles_beside(self.owner, self.handle, self.people, sender, recipients)

    def is_repeat(self, one: str, content: str) -> bool:
        """Whether a message of this id and content was read before: a conversation may stand in a file twice."""
        if content in (known := self.met.setdefault(one, set())):
            self.passed += 1
            return True
        known.add(content)
        return False


def scene_of(claim: Claim) -> Archive:
    """The scene as `prepare` left it in the claim."""
    facts = claim.facts
    owner = json.loads(facts.get("owner", "[]"))
    return Archive(
        Account(SERVICE, "id", owner[0], owner[1] or None) if owner else None,
        owner[2] if owner else "",
        json.loads(facts.get("people", "{}")),
        {key: Group(title, at, members) for key, (title, at, members) in json.loads(facts.get("groups", "{}")).items()},
        json.loads(facts.get("conversations", "{}")),
        frozenset(json.loads(facts.get("gaps", "[]"))),
        frozenset(json.loads(facts.get("repeated", "[]"))),
        facts.get("whole") == "yes",
    )


def prepare(claim: Claim) -> None:
    """Learn all of it, and say what had to be decided."""
    facts, names = claim.facts, json.loads(claim.facts["sheets"])
    people = dict(_people(claim))
    _without_shared_handles(claim, people)
    facts["people"] = json.dumps(people)
    talk = _Talk()
    for sheet in ("messages", "groups", "headers"):
        for member in files_of(claim, sheet):
            talk.read(claim, member, sheet)
    facts["conversations"] = json.dumps(talk.places)
    facts["groups"] = json.dumps({key: (one.title, one.titled_at, one.members) for key, one in talk.groups.items()})
    facts["whole"] = "yes" if {"messages", "groups"} & set(names) else "no"
    facts["repeated"] = json.dumps(talk.repeated())
    gaps = talk.gaps()
    facts["gaps"] = json.dumps([*gaps, *_post_gaps(claim)])
    if gaps:
        basis = "the file of headers lists them and no file of messages holds them; they are records without text"
        claim.decisions.append(Decision("x:messages-without-text", f"{len(gaps)} found", basis))
    _settle_owner(claim, talk.pairs)


def elements(claim: Claim, member: Member, *patterns: str) -> Iterator[Found]:
    """What stands at those patterns. A file that cannot be read says so when its records are read."""
    with suppress(OSError, PlainrecordError):
        yield from found_in(claim, member, patterns, opening(head_of(claim, member)))


def conversation_index(pointer: str) -> str:
    """Which conversation of its file a pointer leads into."""
    return pointer.split("/")[1] if "/" in pointer else ""


class _Talk:
    """What a pass over all direct messages tells: ids, conversations, who is in them."""

    def __init__(self) -> None:
        self.places: dict[str, dict[str, str]] = {}
        self.groups: dict[str, Group] = {}
        self.pairs: set[tuple[str, str]] = set()
        self._ids = array("Q")
        self._headers: list[str] = []
        self._odd: set[str] = {""}

    def read(self, claim: Claim, member: Member, sheet: str) -> None:
        """One file. Names and members of a conversation are settled when it is known which one it is."""
        keys = self.places.setdefault(member.tree_path, {})
        waiting: dict[str, Group] = {}
        for found in elements(claim, member, *_CONVERSATIONS):
            at, group = (
                conversation_index(found.pointer),
                waiting.setdefault(conversation_index(found.pointer), Group()),
            )
            if found.pattern.endswith("/conversationId"):
                keys[at] = identity(found.value)
            elif found.pattern.endswith("/name"):
                group.title = group.title or identity(found.value)
            elif isinstance(found.value, dict):
                self._event(found.value, group, sheet == "headers")
        for at, key in keys.items():
            if pair := pair_of(key):
                self.pairs.add(pair)
            elif at in waiting:
                _join(self.groups.setdefault(key, Group()), waiting[at])

    def _event(self, event: dict[str, Any], group: Group, header: bool) -> None:
        if message := part(event, "messageCreate") or part(event, "welcomeMessageCreate"):
            one = words(message, "id")
            if header:
                self._headers.append(one)
            elif one.isascii() and one.isdigit() and len(one) < 20:
                self._ids.append(int(one))
            else:
                self._odd.add(one)
            if sender := first_of(message, "senderId"):
                group.members.setdefault(sender, [])
        if not message or len(event) > 1:
            _change(event, group)

    def repeated(self) -> list[str]:
        """Ids that stand in more than one place."""
        self._ids = array("Q", sorted(self._ids))
        return sorted({str(one) for one, other in zip(self._ids, self._ids[1:], strict=False) if one == other})

    def gaps(self) -> list[str]:
        """Ids that only headers have; call `repeated` first, which sorts."""
        return [one for one in dict.fromkeys(self._headers) if one not in self._odd and not _holds(self._ids, one)]


def pair_of(key: str) -> tuple[str, str] | None:
    """The two accounts of a one-to-one conversation, which its id names. Their order says nothing."""
    one, dash, other = key.partition("-")
    return (one, other) if dash and one.isdigit() and other.isdigit() else None


def _holds(ids: array[int], one: str) -> bool:
    if not (one.isascii() and one.isdigit()) or len(one) > 19:
        return False
    at = bisect_left(ids, int(one))
    return at < len(ids) and ids[at] == int(one)


def _change(event: dict[str, Any], group: Group) -> None:
    joined, left = part(event, "participantsJoin"), part(event, "participantsLeave")
    for change, there in ((joined, True), (left, False)):
        for one in _ids(change.get("userIds")):
            group.members.setdefault(one, []).append((words(change, "createdAt"), there))
    for one in _ids(part(event, "joinConversation").get("participantsSnapshot")):
        group.members.setdefault(one, [])
    named = part(event, "conversationNameUpdate")
    if words(named, "name") and words(named, "createdAt") >= group.titled_at:
        group.title, group.titled_at = words(named, "name"), words(named, "createdAt")


def _ids(value: object) -> list[str]:
    return [found for one in value if (found := identity(one))] if isinstance(value, list) else []


def _join(group: Group, other: Group) -> None:
    for one, changes in other.members.items():
        known = group.members.setdefault(one, [])
        known += [change for change in changes if change not in known]
        known.sort()
    if other.title and (other.titled_at >= group.titled_at or not group.title):
        group.title, group.titled_at = other.title, other.titled_at


def _was_in(changes: list[tuple[str, bool]], time: str) -> bool:
    before = [there for at, there in changes if at <= time]
    if before:
        return before[-1]
    # Whoever is first heard of as leaving was there before; whoever is first heard of as coming was not.
    return not changes or not changes[0][1]


def _people(claim: Claim) -> Iterator[tuple[str, list[str]]]:
    """Number → handle and name, from mentions in the owner's own posts."""
    patterns = [f"/*/{wrapped}entities/user_mentions/*" for wrapped in ("tweet/", "")]
    for sheet in ("tweets", "deleted"):
        for member in files_of(claim, sheet):
            for found in elements(claim, member, *patterns):
                if one := first_of(found.value, "id_str", "id") if isinstance(found.value, dict) else "":
                    yield one, [words(found.value, "screen_name"), words(found.value, "name")]


def _without_shared_handles(claim: Claim, people: dict[str, list[str]]) -> None:
    """A handle that mentions give to two accounts (it went from one to the other) is no name by which either is known."""
    bearers: dict[str, list[str]] = {}
    for one, (handle, _) in people.items():
        bearers.setdefault(handle.casefold(), []).append(one)
    shared = [ones for handle, ones in bearers.items() if handle and len(ones) > 1]
    for one in (one for ones in shared for one in ones):
        people[one] = ["", people[one][1] or f"@{people[one][0]}"]
    if shared:
        # Which ones is not said here: those people may have nothing to do with what is asked for.
        basis = "posts of the owner give each of them to several accounts; name such an account by its number"
        claim.decisions.append(
            Decision("x:handles-of-several-accounts", f"{len(shared)} name nobody", basis, certain=False)
        )


def _post_gaps(claim: Claim) -> list[str]:
    """Ids of the owner's posts that only a file of headers has."""
    headers = [one for member in files_of(claim, "postheaders") for one in _post_ids(claim, member)]
    if not headers:
        return []
    whole = [member for sheet in ("tweets", "deleted") for member in files_of(claim, sheet)]
    known = {one for member in whole for one in _post_ids(claim, member)}
    return [one for one in dict.fromkeys(headers) if one not in known]


def _post_ids(claim: Claim, member: Member) -> Iterator[str]:
    for found in elements(claim, member, *(f"/*/tweet/{name}" for name in ("id_str", "id", "tweet_id"))):
        yield identity(found.value)


def _settle_owner(claim: Claim, pairs: set[tuple[str, str]]) -> None:
    """Whose archive it is: the account's own file, else the manifest, else who is in every one-to-one conversation."""
    for sheet, pattern in (("account", "/*/account"), ("manifest", "/userInfo"), ("details", "")):
        stated = list(_stated(claim, sheet, pattern))
        if len({one for one, *_ in stated}) > 1:
            # Two archives in one folder: lists that name nobody but “the owner” cannot be credited to either.
            basis = f"archives of {len({one for one, *_ in stated})} accounts are here; hand in each by itself"
            claim.decisions.append(Decision("x:owner", "not settled", basis, certain=False))
            return
        if stated:
            claim.facts["owner"] = json.dumps(stated[0])
            return
    shared = set.intersection(*map(set, pairs)) if len(pairs) > 1 else set()
    said = [name for name in claim.options.owner_names if any(name in pair for pair in pairs)]
    if said or len(shared) == 1:
        one = said[0] if said else min(shared)
        claim.facts["owner"] = json.dumps([one, "", ""])
        basis = (
            "as said"
            if said
            else f"the only account in all {len(pairs)} one-to-one conversations; account.js is not here"
        )
        claim.decisions.append(Decision("x:owner", one, basis, certain=bool(said)))
    else:
        basis = "account.js and manifest.js are not here or do not say"
        claim.decisions.append(Decision("x:owner", "not known", basis, certain=False))


def _stated(claim: Claim, sheet: str, pattern: str) -> Iterator[list[str]]:
    """Number, name and handle of the owner, as each file of a kind states them."""
    for member in files_of(claim, sheet):
        for found in elements(claim, member, pattern):
            if isinstance(found.value, dict) and (one := first_of(found.value, "accountId", "id")):
                handle = words(found.value, "username") or words(found.value, "userName")
                name = words(found.value, "accountDisplayName") or words(found.value, "displayName")
                yield [one, name or words(found.value, "full_name"), handle or words(found.value, "screen_name")]
