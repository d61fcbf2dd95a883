"""Records on their way to the case file: the values of many side by side, plain enough to travel between processes.

A list of envelopes takes several times as long to travel as to make; plain values do not. What takes longest to work out,
the numbers of links, is worked out before. Decides nothing: an envelope and what it is in brief give the same values, and
`database.RecordWriter` makes the rows that it makes of an envelope by itself.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple

from plainrecord.conversations import NOT_OWN, key_bytes, key_number, own_bytes, own_number
from plainrecord.parsers.base import Brief, People, Piece
from plainrecord.records import Account, Conversation, Envelope, Unread

# Service, kind, value, name or "": what an account goes by in a case; and its role in a record.
AccountKey = tuple[str, str, str, str]
Named = tuple[AccountKey, str]
# Service, key, title, whether it is a group, whether it lists events of the owner's account.
Stated = tuple[str, str, str | None, bool, bool]

_PEOPLE_REMEMBERED = 8_192
_LINKS_REMEMBERED = 16_384
_LONGEST_LINK = 256
# A letter to a whole list names thousands, so the number of those remembered bounds nothing.
_PEOPLE_BYTES = 8 << 20


class Columns(NamedTuple):
    """The values of some records, side by side. `who` says which of `people` each record names: whether the first of them
    sent it, and all of them, marshalled. What only some records have comes with their places: `backwards`, what states a
    conversation, links and fallbacks; the keys of these stand one behind the other, eight bytes each.
    """

    members: list[str]
    locators: list[str]
    kinds: list[str]
    utc_us: list[int | None]
    marks: list[str]
    who: list[int]
    people: list[bytes]
    backwards: list[int]
    stated: list[tuple[int, Stated]]
    linked: list[int]
    links: bytes
    owns: bytes
    fallen: list[int]
    fallbacks: bytes
    seeks: list[bool]
    unread: list[tuple[str, str, str, str]]

    def __reduce__(self) -> tuple[Callable[[bytes], Columns], tuple[bytes]]:
        return _arrived_columns, (marshal.dumps(tuple(self)),)


def _arrived_columns(data: bytes) -> Columns:
    return Columns._make(marshal.loads(data))  # noqa: S302 - from a process of this run


@dataclass(frozen=True, slots=True)
class Parcel:
    """A piece that may go to another process: `marshal` takes a third of the time of `pickle`, and nothing is done to what
    stays here."""

    piece: Piece

    def __reduce__(self) -> tuple[Callable[[bytes], Parcel], tuple[bytes]]:
        return _arrived_parcel, (marshal.dumps(self.piece),)


def _arrived_parcel(data: bytes) -> Parcel:
    return Parcel(marshal.loads(data))  # noqa: S302 - from a process of this run


class Packed(NamedTuple):
    """Some records of one claim: how many, and their `Columns`; and what stopped their reader, if anything did."""

    size: int
    columns: Columns
    stopped: Unread | None = None


def pack(records: Iterable[Envelope | Brief | Unread]) -> Packed:
    """The values of the records, in order."""
    briefs: list[Brief] = []
    backwards: list[int] = []
    stated: list[tuple[int, Stated]] = []
    unread: list[tuple[str, str, str, str]] = []
    for record in records:
        if isinstance(record, Brief):
            briefs.append(record)
        elif isinstance(record, Unread):
            unread.append((record.position.member, record.position.locator, record.kind, record.detail))
        else:
            said = record.conversation
            if record.backwards:
                backwards.append(len(briefs))
            if said.key is not None:
                named = (record.service, said.key, said.title, said.is_group, said.account_events)
                stated.append((len(briefs), named))
            briefs.append(_in_brief(record))
    return Packed(len(briefs) + len(unread), _columns(briefs, backwards, stated, unread))


def _columns(
    briefs: list[Brief],
    backwards: list[int],
    stated: list[tuple[int, Stated]],
    unread: list[tuple[str, str, str, str]],
) -> Columns:
    # Turned round at once, and then column by column: that takes half the time of adding record after record.
    turned = zip(*briefs, strict=True) if briefs else repeat((), len(Brief._fields))
    members, locators, kinds, instants, people, marks, links, named, authors, dates, fallbacks, seeks = turned
    who, parties = _told_apart(people)
    fallen = [place for place, one in enumerate(fallbacks) if one is not None]
    return Columns(
        list(members),
        list(locators),
        list(kinds),
        list(instants),
        [" ".join(some) if some else "" for some in marks],
        who,
        parties,
        backwards,
        stated,
        [place for place, some in enumerate(links) for _ in some],
        b"".join([_seen_links.get(link) or _link_key(link) for some in links for link in some]),
        b"".join(
            [
                (own_bytes(author, date) if one else NOT_OWN) + NOT_OWN * (len(some) - 1)
                for some, one, author, date in zip(links, named, authors, dates, strict=True)
                if some
            ]
        ),
        fallen,
        b"".join([key_bytes(b"fallback:" + one) for one in fallbacks if one is not None]),
        [seeks[place] for place in fallen],
        unread,
    )


def _told_apart(people: Sequence[People]) -> tuple[list[int], list[bytes]]:
    """Which of the different people each of these is, and all of those; they are told apart by the objects that name them."""
    different = {id(one): one for one in people}
    places = {one: place for place, one in enumerate(different)}
    return [places[id(one)] for one in people], [_named(one) for one in different.values()]


def _named(people: People) -> bytes:
    known = _seen_people.get(id(people))
    if known is None:
        packed = marshal.dumps((people[0] is not None, tuple(named_in(people))))
        if len(_seen_people) >= _PEOPLE_REMEMBERED or _seen_people.size >= _PEOPLE_BYTES:
            _seen_people.clear()
            _seen_trios.clear()
        _seen_people.size += len(packed)
        known = _seen_people[id(people)] = (people, packed)
    return known[1]


class _Seen(dict[int, tuple[People, bytes]]):
    """People that were packed, and the size of that."""

    size = 0

    def clear(self) -> None:
        super().clear()
        self.size = 0


# What this process packed before. Whoever is remembered is kept alive, so nobody else gets their number.
_seen_people = _Seen()
_seen_trios: dict[tuple[int, int, int], People] = {}
_seen_links: dict[bytes, bytes] = {}


def forget() -> None:
    """Let go of what is remembered between the packs of one claim."""
    for seen in (_seen_people, _seen_trios, _seen_links):
        seen.clear()


def _link_key(link: bytes) -> bytes:
    key = key_bytes(b"link:" + link)
    if len(link) <= _LONGEST_LINK:
        if len(_seen_links) >= _LINKS_REMEMBERED:
            _seen_links.clear()
        _seen_links[link] = key
    return key


def _in_brief(item: Envelope) -> Brief:
    said = item.conversation
    author, _, date = said.own_mark.partition("\n")
    links = dict.fromkeys(said.links if said.own is None else (said.own, *said.links))
    return Brief(
        item.position.member,
        item.position.locator,
        item.kind,
        item.time.utc_us,
        _people_of(item),
        item.marks,
        tuple(map(_utf8, links)),
        said.own is not None,
        _utf8(author),
        _utf8(date),
        _utf8(said.fallback) if said.fallback else None,
        said.seeks,
    )


def _people_of(item: Envelope) -> People:
    key = (id(item.sender), id(item.recipients), id(item.also))
    known = _seen_trios.get(key)
    if known is None:
        if len(_seen_trios) >= _PEOPLE_REMEMBERED:
            _seen_trios.clear()
        known = _seen_trios[key] = (item.sender, item.recipients, item.also)
    return known


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def named_in(people: People) -> Iterator[Named]:
    """Everybody a record names, with their roles: the sender, the recipients, who else stands beside them."""
    sender, recipients, also = people
    if sender:
        yield account_key(sender), sender.role or "from"
    for account in recipients:
        yield account_key(account), account.role or "to"
    for account in also:
        yield account_key(account), account.role or "other"


def people_of(packed: bytes) -> tuple[bool, tuple[Named, ...]]:
    """Whether the first one sent it, and everybody, from `Columns.people`."""
    sent, named = marshal.loads(packed)  # noqa: S302 - packed by this process or one that it started
    return sent, named


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
