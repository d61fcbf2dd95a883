"""Envelopes on their way from the process that read them to the one that holds the case: as plain strings and numbers.

A list of envelopes takes several times as long to travel as to make; plain values do not. What takes longest to work out,
the numbers of links, is worked out before. Decides nothing: `database.RecordWriter` makes the same rows of either form.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from plainrecord.conversations import key_number, own_number
from plainrecord.records import Account, Conversation, Envelope, Position, Unread

# Service, kind, value, name or "": what an account goes by in a case; and its role in a record.
AccountKey = tuple[str, str, str, str]
Named = tuple[AccountKey, str]


class Packed(NamedTuple):
    """Some records of one claim: how many, and all of them as bytes; and what stopped their reader, if anything did."""

    size: int
    data: bytes
    stopped: Unread | None = None


class Kept(NamedTuple):
    """What a case keeps of one envelope; `people` has the sender first when it is `sent`."""

    member: str
    locator: str
    kind: str
    utc_us: int | None
    marks: str
    backwards: bool
    sent: bool
    people: tuple[Named, ...]
    links: tuple[tuple[int, int], ...]
    fallback: tuple[int, bool] | None
    stated: tuple[str, str, str | None, bool, bool] | None


def pack(records: Iterable[Envelope | Unread]) -> Packed:
    """The records as bytes."""
    people: dict[tuple[int, int, int], tuple[Named, ...]] = {}
    alive: list[Envelope | Unread] = []  # people are told apart by the objects that name them
    rows: list[tuple[object, ...]] = []
    for record in records:
        alive.append(record)
        if isinstance(record, Unread):
            rows.append((record.position.member, record.position.locator, record.kind, record.detail))
            continue
        key = (id(record.sender), id(record.recipients), id(record.also))
        if key not in people:
            people[key] = tuple(named_in(record))
        rows.append(_row(record, people[key]))
    return Packed(len(rows), marshal.dumps(rows))


def unpacked(packed: Packed) -> Iterator[Kept | Unread]:
    """The records that were packed, in order."""
    for row in marshal.loads(packed.data):  # noqa: S302 - packed by a process that this one started
        yield Kept._make(row) if len(row) == len(Kept._fields) else Unread(Position(row[0], row[1]), row[2], row[3])


def named_in(envelope: Envelope) -> Iterator[Named]:
    """Everybody a record names, with their roles: the sender, the recipients, who else stands beside them."""
    if envelope.sender:
        yield account_key(envelope.sender), envelope.sender.role or "from"
    for account in envelope.recipients:
        yield account_key(account), account.role or "to"
    for account in envelope.also:
        yield account_key(account), account.role or "other"


def account_key(account: Account) -> AccountKey:
    """What an account goes by in a case."""
    return account.service, account.kind, account.value, account.name or ""


def link_numbers(said: Conversation) -> Iterator[tuple[int, int]]:
    """The key of each link, and the record's own number for the one that names it (0 for the others)."""
    for text in said.links:
        yield key_number(f"link:{text}"), own_number(said.own_mark) if text == said.own else 0


def fallback_number(said: Conversation) -> int:
    """The key of a conversation's fallback."""
    return key_number(f"fallback:{said.fallback}")


def _row(envelope: Envelope, people: tuple[Named, ...]) -> tuple[object, ...]:
    said, position = envelope.conversation, envelope.position
    return (
        position.member,
        position.locator,
        envelope.kind,
        envelope.time.utc_us,
        " ".join(envelope.marks),
        envelope.backwards,
        envelope.sender is not None,
        people,
        tuple(link_numbers(said)),
        (fallback_number(said), said.seeks) if said.fallback else None,
        None if said.key is None else (envelope.service, said.key, said.title, said.is_group, said.account_events),
    )
