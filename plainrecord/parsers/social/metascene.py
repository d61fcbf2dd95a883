"""What is known of a Meta download before its records are read: whose it is, its threads, and which files are damaged.

Matters to the readers of Facebook and Instagram. `survey` goes once through every file with records and writes what it
saw into `claim.facts["meta"]`; `MetaScene.of` makes the same scene from there for `scan` and for `load`. It reads no record.

Threads: `participants` stands before the messages and the title behind them, so that a page is read to its end before its
first message means anything. Its beginning and its end are enough for that; the messages between are not decoded.
Damaged text: see `plainrecord/parsers/meta.py`; it is decided file by file.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.parsers import meta
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.jsonchat import listed, words
from plainrecord.parsers.chat.media import folder_of
from plainrecord.parsers.chat.pieces import chats_of
from plainrecord.parsers.jsonstream import walk_head
from plainrecord.parsers.social.metaends import LOOKED_AT, Ends, headings
from plainrecord.parsers.social.metamedia import MetaMedia
from plainrecord.parsers.social.metawords import generated
from plainrecord.records import Account, Conversation, Decision

# The folders in which threads lie, and the mark that a record from there bears.
THREAD_FOLDERS = {
    "inbox": "",
    "archived_threads": "archived",
    "filtered_threads": "filtered",
    "message_requests": "message-request",
    "e2ee_cutover": "before-encryption",
    "legacy_threads": "legacy",
    "broadcast": "broadcast",
    "ai_conversations": "ai-conversation",
}
_LIST = re.compile(rb'"messages"\s*:\s*\[')
TWO_OF_A_NAME = "meta:two-people-of-one-name"
# The id behind a thread's name: digits, or ten letters and digits. Ten small letters alone may as well be a name.
_THREAD_ID = re.compile(r"(?:.*_)?([0-9]{5,})|.*_(?![a-z]{10}\Z)([0-9A-Za-z]{10})")


@dataclass(frozen=True, slots=True)
class Thread:
    """One thread over all its pages. `people` has a name twice when two of its people bear it; `kind` is its folder's name.

    `first` is the tree path of its first page, the only one whose heading is a record.
    """

    conversation: Conversation
    people: tuple[str, ...]
    kind: str
    first: str
    facts: dict[str, str]
    owner_is_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class MetaScene:
    """What the sheets of one download share. `service` is that of its threads, `owner` the name of whose download it is."""

    service: str
    owner: str
    damaged: frozenset[str]
    oldest_first: frozenset[str]
    threads: Mapping[str, Thread]
    media: MetaMedia

    @classmethod
    def of(cls, claim: Claim, service: str) -> Self:
        """The scene as `survey` left it in the claim."""
        known = json.loads(claim.facts.get("meta", "{}"))
        owner = claim.facts.get("owner", "")
        threads = {folder: _thread(folder, said, service, owner) for folder, said in known.get("threads", {}).items()}
        shelf = [member.tree_path for member in claim.members[len(chats_of(claim)) :]]
        return cls(
            service,
            owner,
            frozenset(known.get("damaged", ())),
            frozenset(known.get("oldest-first", ())),
            threads,
            MetaMedia(claim.facts.get("root", ""), shelf, tuple(json.loads(claim.facts.get("folders", "[]")))),
        )

    @property
    def owner_account(self) -> Account | None:
        """The owner as the threads name them."""
        return Account(self.service, "name", self.owner) if self.owner else None

    def fix(self, member: Member, text: str) -> str:
        """A string of a file, repaired where that file is damaged."""
        return meta.repaired(text).text if text and member.tree_path in self.damaged else text


def is_thread_page(head: bytes) -> bool:
    """Whether a file begins like a page of an ordinary thread: participants are objects, times are `timestamp_ms`.

    Trap: the download of encrypted chats has participants that are strings; it is read by `chat/messenger.py`.
    """
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        return False
    found = list(walk_head(head, ("/participants/*", "/messages/*")))
    people = [one.value for one in found if one.pattern == "/participants/*"]
    rows = [one.value for one in found if one.pattern == "/messages/*"]
    if people:
        return all(isinstance(one, dict) for one in people) and (b'"messages"' in head or len(head) >= 1024)
    if rows:
        return isinstance(rows[0], dict) and "timestamp_ms" in rows[0]
    return b'"participants"' in head and (b'"thread_path"' in head or b'"timestamp_ms"' in head)


@dataclass(slots=True)
class _Seen:
    """What the survey gathered, thread by thread."""

    damaged: list[str] = field(default_factory=list)
    modern: list[str] = field(default_factory=list)
    oldest_first: list[str] = field(default_factory=list)
    threads: dict[str, dict[str, Any]] = field(default_factory=dict)
    secured: list[str] = field(default_factory=list)
    without_list: int = 0


def survey(claim: Claim, pages: Iterable[Member], others: Iterable[Member] = ()) -> None:
    """Look at every file before its records are read; `pages` are pages of threads, in natural order.

    Call it before `settle_owner`. A file that cannot be read says so when its records are read.
    """
    seen = _Seen()
    for member in pages:
        with suppress(OSError, PlainrecordError):
            _look_at_page(claim, member, seen)
    for member in others:
        with suppress(OSError, PlainrecordError), claim.open(member) as stream:
            _note_damage(member, meta.is_damaged(stream.blocks(head=4096, size=1 << 19)), seen)
    claim.facts["meta"] = json.dumps(
        {"damaged": seen.damaged, "oldest-first": seen.oldest_first, "threads": seen.threads}, ensure_ascii=False
    )
    if seen.without_list:
        count = "1 page of a thread holds" if seen.without_list == 1 else f"{seen.without_list} pages of threads hold"
        basis = f"{count} no list of messages, not even an empty one; the page itself is in the export as it was"
        claim.decisions.append(Decision("meta:pages-without-messages", "no message read", basis, certain=False))
    if seen.damaged:
        basis = "text written byte by byte as separate letters, and no letter above U+00FF in the file: "
        basis += (
            f"repaired string by string in {_files(seen.damaged)}; what was stored is kept beside each repaired text"
        )
        claim.decisions.append(Decision("meta:damaged-text", "repaired", basis))


def settle_owner(claim: Claim, service: str, stated: str, basis: str) -> str:
    """Whose download it is, into `claim.facts["owner"]`: what a person said, what the download states (`stated`, with its
    `basis`), or the one name that all threads have in common; otherwise nobody, never simply the last participant."""
    threads: list[list[str]] = [one["people"] for one in json.loads(claim.facts["meta"])["threads"].values()]
    in_threads = {name for people in threads for name in people}
    said = [name for name in claim.options.owner_names if name == stated or name in in_threads]
    # Trap: a thread that lists the other alone would make the other the owner, and turn every direction round.
    several = [set(people) for people in threads if len(set(people)) > 1]
    shared = sorted(set.intersection(*several)) if len(several) > 1 else []
    if said:
        owner, decision = said[0], None
    elif stated:
        owner, decision = stated, Decision(f"{service}:owner", stated, basis)
    elif len(shared) == 1:
        owner = shared[0]
        decision = Decision(f"{service}:owner", owner, f"the only name that all {len(several)} threads share", False)
    else:
        says = f"the download does not say whose it is, and {len(shared)} names are in all {len(threads)} threads"
        owner, decision = "", Decision(f"{service}:owner", "not known", says, certain=False)
    claim.facts["owner"] = owner
    claim.decisions += [decision] if decision else []
    _warn_of_names(claim, service, owner, threads)
    return owner


def warn_of_encryption(claim: Claim, service: str, says: str) -> None:
    """A decision when threads were moved to end-to-end encryption, so that what came later is somewhere else.

    It counts them and names none: their folders bear people's names, and decisions go into a bundle.
    """
    threads = json.loads(claim.facts["meta"])["threads"].values()
    moved = sum(1 for one in threads if one["kind"] == "e2ee_cutover" or one.get("secured"))
    if moved:
        count = "1 thread was" if moved == 1 else f"{moved} threads were"
        marks = "its records bear" if moved == 1 else "their records bear"
        basis = f"{count} moved to end-to-end encryption; {marks} the mark before-encryption or secured. {says}"
        claim.decisions.append(Decision(f"{service}:later-messages", "not in this download", basis))


def _warn_of_names(claim: Claim, service: str, owner: str, threads: list[list[str]]) -> None:
    twice = [people for people in threads if max(Counter(people).values(), default=0) > 1]
    if twice:
        basis = f"in {len(twice)} threads two people bear one name, and the download tells people apart by name only"
        chosen = "not told apart; where it is the owner's name, no sender is stated" if owner else "not told apart"
        claim.decisions.append(Decision(f"{service}:people-of-one-name", chosen, basis, certain=False))


def _look_at_page(claim: Claim, member: Member, seen: _Seen) -> None:
    with claim.open(member) as stream:
        ends = Ends(stream.blocks(head=4096, size=1 << 20))
        damaged = meta.is_damaged(ends)
        for _ in ends:
            pass
    _note_damage(member, damaged, seen)
    # What a longer page begins with may be longer than what is looked at.
    seen.without_list += len(ends.tail) < LOOKED_AT and not _LIST.search(ends.tail)
    said = headings(claim, member, ends)
    if damaged:
        said = {key: meta.repaired_tree(value) for key, value in said.items()}
    folder = folder_of(member)
    thread = seen.threads.setdefault(folder, {"people": [], "kind": _kind_of(folder), "first": member.tree_path})
    names = Counter(thread["people"]) | Counter(words(one, "name") for _, one in listed(said, "/participants"))
    order = dict.fromkeys([*thread["people"], *(words(one, "name") for _, one in listed(said, "/participants"))])
    thread["people"] = [name for name in order if name for _ in range(names[name])]
    for key in ("title", "thread_type", "is_still_participant"):
        value = said.get(f"/{key}")
        if isinstance(value, str | bool) and key not in thread:
            thread[key] = value
    _look_at_newest(member, ends.head, damaged, thread, seen)


def _look_at_newest(member: Member, head: bytes, damaged: bool, thread: dict[str, Any], seen: _Seen) -> None:
    """Which way the page runs, and whether the thread ends with the row that says it was moved to encryption."""
    rows = [one.value for one in walk_head(head, ("/messages/*",)) if isinstance(one.value, dict)]
    times = [row["timestamp_ms"] for row in rows if isinstance(row.get("timestamp_ms"), int)]
    if len(times) > 1 and times == sorted(times) and times[0] < times[-1]:
        seen.oldest_first.append(member.tree_path)
    if member.tree_path != thread["first"]:
        return
    for row in rows[:3]:
        text = words(row, "content")
        text = meta.repaired(text).text if damaged else text
        told = generated(text, words(row, "sender_name"), "", tuple(thread["people"]))
        if told and "secured" in told.marks:
            thread["secured"] = True


def _note_damage(member: Member, damaged: bool, seen: _Seen) -> None:
    if damaged:
        seen.damaged.append(member.tree_path)


def _kind_of(folder: str) -> str:
    parent = folder.rpartition("/")[0].rpartition("/")[2]
    return parent if parent in THREAD_FOLDERS else ""


def _thread(folder: str, said: dict[str, Any], service: str, owner: str) -> Thread:
    name = folder.rpartition("/")[2]
    match = _THREAD_ID.fullmatch(name)
    people: tuple[str, ...] = tuple(said["people"])
    type_ = said.get("thread_type")
    is_group = type_.endswith("Group") if isinstance(type_, str) and type_ else len(people) > 2
    facts = {"thread_type": type_} if isinstance(type_, str) and type_ else {}
    if said.get("is_still_participant") is False:
        facts["is_still_participant"] = "false"
    # Trap: the id behind the name is the same from one download to the next; the name before it is not.
    key = f"{service}:{match[1] or match[2]}" if match else f"{service}:{folder}"
    return Thread(
        Conversation(key, said.get("title") or None, is_group),
        people,
        said["kind"],
        said["first"],
        facts,
        owner_is_ambiguous=bool(owner) and people.count(owner) > 1,
    )


def _files(paths: list[str]) -> str:
    return "1 file" if len(paths) == 1 else f"{len(paths)} files"
