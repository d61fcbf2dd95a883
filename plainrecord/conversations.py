"""Join records into conversations: mail by its own identifiers, chats as the export states them.

Two records belong together when they share a strong key (Message-ID, In-Reply-To, References, thread id, or the
conversation an export names). A weak key (base subject + the same participants) joins only a *reply* that carries no
strong key of its own; a common subject alone never does, and conversations joined that way say so. Works on ordered
integer pairs, four bytes of memory a record, so 500,000 mails cost two megabytes; knows nothing of databases.
"""

from __future__ import annotations

import hashlib
import struct
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from sys import byteorder

# Every record has some of these numbers: a copy of a state takes half the time of making one.
_EIGHT_BYTES, _FOUR_BYTES = hashlib.blake2b(digest_size=8), hashlib.blake2b(digest_size=4)
NOT_OWN = bytes(8)
_ONE = (1).to_bytes(8)
_SIGNED = struct.Struct(">q").unpack
SINGLE, LINKED, STATED, BY_SUBJECT = 0, 1, 2, 4


def key_bytes(data: bytes) -> bytes:
    """Eight bytes for a conversation key (BLAKE2b); `numbers` makes the number of them."""
    state = _EIGHT_BYTES.copy()
    state.update(data)
    return state.digest()


def key_number(text: str) -> int:
    """A signed 64-bit number for a conversation key, so that keys sort and store in eight bytes."""
    number: int = _SIGNED(key_bytes(text.encode("utf-8", "surrogatepass")))[0]
    return number


def own_bytes(author: bytes, date: bytes) -> bytes:
    """Eight bytes for what tells copies of a message from others that bear its name: four of its author, four of its date.
    Never `NOT_OWN`, which stands for "names another message"."""
    own = _half_of(author) + _four_bytes(date)
    return _ONE if own == NOT_OWN else own


def own_number(mark: str) -> int:
    """The number of a message's `own_mark`; never 0."""
    author, _, date = mark.encode("utf-8", "surrogatepass").partition(b"\n")
    number: int = _SIGNED(own_bytes(author, date))[0]
    return number


def numbers(keys: bytes) -> array[int]:
    """The signed numbers of many keys that stand one behind the other, eight bytes each."""
    found = array("q", keys)
    if byteorder == "little":
        found.byteswap()
    return found


def _four_bytes(data: bytes) -> bytes:
    state = _FOUR_BYTES.copy()
    state.update(data)
    return state.digest()


_HALF = 0xFFFFFFFF
_UNSTATED = int.from_bytes(_four_bytes(b""))
# People write more than once; a date is written once.
_half_of = lru_cache(maxsize=8_192)(_four_bytes)


def _same_messages(bearers: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Records (own number, record) that bear one name, in groups: those that agree in author or in date are copies, and
    nobody agrees in what is not stated."""
    # Half a million mails may bear one name, so no bearer is held against every other.
    group = list(range(len(bearers)))
    firsts: dict[tuple[int, int], int] = {}
    for at, (own, _) in enumerate(bearers):
        for mark in ((0, own >> 32 & _HALF), (1, own & _HALF)):
            if mark[1] != _UNSTATED:
                _unite(group, at, firsts.setdefault(mark, at))
    found: dict[int, list[int]] = {}
    for at, (_, record) in enumerate(bearers):
        found.setdefault(_head(group, at), []).append(record)
    return list(found.values())


def _head(group: list[int], at: int) -> int:
    while group[at] != at:
        group[at] = at = group[group[at]]
    return at


def _unite(group: list[int], one: int, other: int) -> None:
    one, other = _head(group, one), _head(group, other)
    group[max(one, other)] = min(one, other)


def _groups(triples: Iterable[tuple[int, int, int]]) -> Iterator[list[tuple[int, int, int]]]:
    """Neighbours with one key, where there are several. Most keys stand alone, and `groupby` makes as much of those."""
    key, members = None, list[tuple[int, int, int]]()
    for triple in triples:
        if triple[0] == key:
            members.append(triple)
            continue
        if len(members) > 1:
            yield members
        key, members = triple[0], [triple]
    if len(members) > 1:
        yield members


class Joiner:
    """Disjoint sets over record numbers 1…`last`; every set is known by its smallest member.

    Feed it groups in any order; `rule` tells how a set came to be, as the strongest statement that is true of all of it.
    """

    def __init__(self, last: int) -> None:
        self._parent = array("I", range(last + 1))
        self._flags = bytearray(last + 1)
        self.reused = 0

    def join_links(self, pairs: Iterable[tuple[int, int]], flag: int = LINKED) -> None:
        """Join records that share a strong key. `pairs` are (key, record), sorted by key."""
        for _, group in groupby(pairs, key=itemgetter(0)):
            self._join([record for _, record in group], flag)

    def join_named(self, triples: Iterable[tuple[int, int, int]]) -> None:
        """Join messages with what names them. `triples` are (key, record, own), sorted by key; see `own_number`.

        A name that several different messages bear (a broken program gave it to all) joins only the copies of each: a
        reply to it could mean any of them. Such names are counted in `reused`.
        """
        for members in _groups(triples):
            if len(members) == 2 and not (members[0][2] and members[1][2]):
                self._join_two(members[0][1], members[1][1], LINKED)
                continue
            bearers = [(own, record) for _, record, own in members if own]
            copies = _same_messages(bearers) if len(bearers) > 1 else []
            if len(copies) < 2:
                self._join([record for _, record, _ in members], LINKED)
                continue
            self.reused += 1
            for records in copies:
                self._join(records, LINKED)

    def join_fallback(self, triples: Iterable[tuple[int, int, int]]) -> None:
        """Join replies without strong keys to what shares their subject and participants.

        `triples` are (key, record, seeks), sorted by key; groups without a seeker stay apart.
        """
        for members in _groups(triples):
            if any(seeks for _, _, seeks in members):
                self._join_seekers(members)

    def _join_seekers(self, members: list[tuple[int, int, int]]) -> None:
        roots = {self.find(record) for _, record, seeks in members if not seeks}
        seekers = [record for _, record, seeks in members if seeks]
        # Two unrelated threads with one subject between the same people must not be merged by a stray reply.
        if len(roots) > 1:
            self._join(seekers, BY_SUBJECT)
        else:
            self._join([*roots, *seekers], BY_SUBJECT)

    def _join(self, records: list[int], flag: int) -> None:
        if len(records) < 2:
            return
        find = self.find
        roots = sorted({find(record) for record in records})
        head = roots[0]
        for root in roots[1:]:
            self._parent[root] = head
            self._flags[head] |= self._flags[root]
        self._flags[head] |= flag

    def _join_two(self, one: int, other: int, flag: int) -> None:
        # Most messages that are linked at all are linked to one other by each name.
        one, other = self.find(one), self.find(other)
        head, root = (one, other) if one <= other else (other, one)
        self._parent[root] = head
        self._flags[head] |= self._flags[root] | flag

    def find(self, record: int) -> int:
        """The smallest record number of the set `record` is in."""
        parent = self._parent
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    def rule(self, root: int) -> str:
        """How the set known by `root` was joined: `stated`, `message-ids`, `subject`, `single`."""
        flags = self._flags[root]
        if flags & BY_SUBJECT:
            return "subject"
        if flags & LINKED:
            return "message-ids"
        return "stated" if flags & STATED else "single"

    def mark_stated(self, record: int) -> None:
        """Note that an export itself names the conversation of this record."""
        self._flags[self.find(record)] |= STATED

    def settled(self) -> Callable[[int], int]:
        """What gives the root of each record. Nothing can be joined any more."""
        # Everybody's parent's parent, until that changes nothing: in a few passes all know their root.
        while (nearer := array("I", map(self._parent.__getitem__, self._parent))) != self._parent:
            self._parent = nearer
        return self._parent.__getitem__


RULE_WORDS = {
    "stated": "as the export states it",
    "message-ids": "joined by Message-ID, In-Reply-To, References or thread id",
    "subject": "joined partly by subject and participants, because a reply carried no reference",
    "single": "a single record with nothing that refers to another",
}
