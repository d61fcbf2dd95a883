"""Everything a bundle is made from, as plain values: what the store and the selection hand over, and nothing else.

The bundle room never opens a case or an original; it writes down what stands here. All collections that can be large
are callables returning fresh iterators, so memory stays bounded whatever the case's size.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, Self

from plainrecord.custody.events import Who
from plainrecord.facts import Confirmed
from plainrecord.intake.listing import Digests, FileFate
from plainrecord.records import Account, Alike, Decision, Loaded, Record, Unread
from plainrecord.values import value

if TYPE_CHECKING:
    from plainrecord.bundle.runs import Run

Mode = Literal["owner", "officer", "lab"]
Part = Literal["subject", "owner", "context"]
Edition = Literal["police", "service"]


@dataclass(frozen=True, slots=True)
class PersonAccount:
    """An account that counts as one person's: which rule or who said so, and on what ground.

    Where a named person attributed it, `asserted_utc` says when, `entry` in which custody entry, and `refs` which records
    show the account.
    """

    account: Account
    rule: str
    basis: str
    asserted_by: str
    asserted_utc: str | None = None
    entry: str | None = None
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A label ("Subject", or the name the user typed) with its accounts."""

    label: str
    accounts: tuple[PersonAccount, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceOriginal:
    """One original file with its digests before and after reading (`after` None: not read again, with the reason)."""

    relpath: str
    size: int
    before: Digests
    after: Digests | None
    after_reason: str = ""
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class SourceClaim:
    """What one parser did with one export: seen = read + unread, and what it decided on what evidence.

    `acts` says which things done to the owner such an export can show: words shown → "yes", "in part: why", "no" or "not
    known"; empty where the format has no such table.
    """

    parser: str
    parser_version: str
    service: str
    title: str
    tier: str
    cannot_hold: str
    seen: int
    read: int
    unread: int
    first_utc_us: int | None
    last_utc_us: int | None
    undated: int
    decisions: tuple[Decision, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    acts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """What was handed in under one name: label S01, S02, …; name without any folder of the machine."""

    label: str
    name: str
    originals: tuple[SourceOriginal, ...]
    fates: tuple[FileFate, ...]
    claims: tuple[SourceClaim, ...]
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """The balance: seen = included + not_included + unread. `attached` are messages carried inside included ones (they
    are shown with their carrier and counted apart), `copies` those of `not_included` that items name as copies. All
    figures but `attached` are without attached messages, and the builder refuses to seal when any differs from what it
    wrote."""

    seen: int
    included: int
    not_included: int
    unread: int
    attached: int = 0
    from_subject: int = 0
    from_owner: int = 0
    undated: int = 0
    copies: int = 0


@dataclass(frozen=True, slots=True)
class ConversationView:
    """One conversation that went in: `number` is "V-0001" in order of its first item. `left_out` counts its records that did not go in."""

    id: str
    number: str
    title: str | None
    service: str
    rule: str
    participants: tuple[Account, ...]
    included: int
    left_out: int
    first_utc_us: int | None
    last_utc_us: int | None


@value(frozen=True, slots=True)
class NotIncluded:
    """One line of the not-included schedule: how many records of one conversation stayed out, and why.

    `counterparty` is a neutral label ("Contact 7"), never a name. `examined` is `no`, `auto-match only`, `compared with its
    copy` or `yes by …`.
    """

    source: str
    conversation: str
    counterparty: str
    service: str
    count: int
    first_utc_us: int | None
    last_utc_us: int | None
    reason: str
    examined: str
    kept_in: str
    container_sha256: str


@dataclass(frozen=True, slots=True)
class UnreadRow:
    """One record that could not be read, with the source and original it stands in."""

    source: str
    original: str
    unread: Unread


@dataclass(slots=True)
class Item:
    """One record that goes in. `number` is "M-000123" in timeline order ("M-000123-1" for a message attached to it).

    `part` says whose it is; `matched` the rule that made it part of the bundle (`from:exact`, `to:exact`,
    `conversation`, …). `loaded` carries the native bytes and the attachments' blobs; `record` is what gets written.
    `gap_before` counts records of this conversation that were left out directly before this one. `copies` says where else
    the same message stands (the fields of `meta.CopyModel`).
    """

    number: str
    record: Record
    loaded: Loaded
    part: Part
    matched: str
    conversation_number: str
    gap_before: int = 0
    copies: Sequence[Mapping[str, str | None]] = ()


class Chosen(Protocol):
    """One record that goes in, as the store knows it: its place in timeline, conversation and original."""

    @property
    def number(self) -> int: ...
    @property
    def part(self) -> str: ...
    @property
    def matched(self) -> str: ...
    @property
    def gap(self) -> int: ...
    @property
    def conversation(self) -> int: ...
    @property
    def copies(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def tree_path(self) -> str: ...
    @property
    def member_path(self) -> str: ...
    @property
    def original_sha256(self) -> str: ...
    @property
    def locator(self) -> str: ...

    def at(self, number: int, locator: str) -> Self:
        """The same with another number and place."""
        ...


class Many(NamedTuple):
    """Plain messages that are alike in the export and in the case: `row` is that of the first, `numbers` all their numbers."""

    row: Chosen
    numbers: Sequence[int]
    said: Alike

    def each(self) -> Iterator[tuple[Chosen, Loaded]]:
        """One after the other, as they are loaded one by one."""
        places = zip(self.numbers, self.said.locators, strict=True)
        return zip((self.row.at(number, locator) for number, locator in places), self.said.each(), strict=True)


class MakeRuns(Protocol):
    """Makes items ready to be written; travels to other processes."""

    def of_loaded(
        self,
        rows: Iterable[tuple[Chosen, Loaded]],
        items: Callable[[Chosen, Loaded], Iterable[Item]],
        view: Hashable,
        many: Sequence[Many] = (),
    ) -> Iterator[Run]:
        """Runs of what was loaded, in the order it comes, and of what was loaded in columns, which belongs among it. `items`
        makes items of one record; `view` is a token of this one selection of this one case: for equal ones, `items` says the
        same of the same record."""
        ...

    def __call__(self, items: Iterable[Item]) -> Iterator[Run]:
        """Runs of these items, in the order they come."""
        ...


@dataclass(frozen=True, slots=True)
class SelectionRule:
    """The selection in words and in machine form, so that it can be re-run with other selectors."""

    words: str
    machine: dict[str, object]
    near_misses: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """The sealed bundle that another edition was made from."""

    bundle_id: str
    seal: str


@dataclass(slots=True)
class Contents:
    """One bundle to be.

    `items()` yields in *source* order or any other order; numbers say where each belongs in the timeline, undated items
    are numbered last. `clock` is the only clock the writers may ask. `custody_lines` are the case's log so far,
    verbatim; the builder continues that chain. `recheck`, when given, is called once after every item was loaded and
    before anything is written about the sources: it hashes the originals again and gives back the sources with their
    digests after reading, or raises IntegrityError, and then nothing is sealed. `begin_recheck`, when given, is called as
    soon as every item was loaded, so that reading can go on beside the schedules. `marking` stands on every page of paper.
    `counts.attached` is found out by the
    builder, who counts attached messages as they arrive. `runs(make)`, when given, is used instead of `items()`: the
    same items through `make`, possibly on other processes, mostly in the order of their numbers, and what is carried
    inside an item always right behind it. `made_from` names the bundle that a service edition was made from. `more` gives
    further files outside `data/` by path. `before_seal`, when given, is called with the bag's folder when all but its last
    lists are written, and raises to stop the build. `others` are further people to whom a named person attributed accounts.
    `confirmed` is what a named person confirmed of these items, read from a file called `confirmed_name`.
    """

    bundle_id: str
    mode: Mode
    case_ref: str
    who: Who
    clock: Callable[[], datetime]
    timezone: str | None
    subject: Person
    owner: Person
    selection: SelectionRule
    sources: tuple[Source, ...]
    counts: Counts
    conversations: Callable[[], Iterator[ConversationView]]
    items: Callable[[], Iterator[Item]]
    not_included: Callable[[], Iterator[NotIncluded]]
    unread: Callable[[], Iterator[UnreadRow]]
    custody_lines: Callable[[], Iterator[str]]
    settings: dict[str, str] = field(default_factory=dict)
    marking: str = ""
    warnings: tuple[str, ...] = ()
    begin_recheck: Callable[[], None] | None = None
    confirmed: Confirmed = field(default_factory=Confirmed)
    confirmed_name: str = ""
    recheck: Callable[[], tuple[Source, ...]] | None = None
    edition: Edition = "police"
    made_from: MadeFrom | None = None
    more: Callable[[], Iterable[tuple[str, bytes]]] | None = None
    before_seal: Callable[[Path], None] | None = None
    runs: Callable[[MakeRuns], Iterator[Run]] | None = None
    others: tuple[Person, ...] = ()
