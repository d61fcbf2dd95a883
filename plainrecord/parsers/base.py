"""The contract between intake, parsers and the store: format card, claim, parser."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Digests, Listing, Member, ReadOptions
from plainrecord.intake.reading import Stream, open_member, read_slices
from plainrecord.records import Account, Alike, Decision, Envelope, Kind, Loaded, Position, Stretch, Unread

# Facts of a claim that a bundle states. All others are working notes of a reader: they may name people of chats that were left
# out, and stay in the case.
STATED_FACTS = frozenset({"mapping", "table", "dialect", "date_order", "date-order", "encoding"})

Tier = Literal["real sample", "public schema", "not exercised"]


@dataclass(frozen=True, slots=True)
class FormatCard:
    """What `plainrecord formats` prints about a parser: one row, in words a person can check.

    `holds` and `cannot_hold` say what such an export can and cannot show: an absence in a source that cannot hold a
    thing is *not known*, never *none*. `fixture` is the folder under `fixtures/` that exercises it. `acts` names the
    export's column in `acts.toml`, which says so act by act, where there is one.
    """

    service: str
    export: str
    tier: Tier
    holds: str
    cannot_hold: str
    fixture: str
    acts: str = ""


@dataclass(slots=True)
class Claim:
    """ "This parser reads these members together" (one mailbox; one Maildir; the parts of one thread).

    `members[0]` is the principal member. `aside` are members the claim explains without reading records from them (an
    index file beside a mailbox): tree path → sentence; they get the fate known-unsupported with that sentence.
    `readings` fills up while `scan` runs: digests of every member that was read to its end. `decisions` may be appended
    to by `scan`.
    `facts` are what `load` needs to say what `scan` said; only those in `STATED_FACTS` go into a bundle. Claims are
    picklable, so that worker processes can run them.
    """

    parser: str
    title: str
    members: tuple[Member, ...]
    options: ReadOptions = ReadOptions()
    aside: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    readings: dict[tuple[str, str], Digests] = field(default_factory=dict)

    def open(self, member: Member) -> Stream:
        """A hashed, forward-only stream over a member; its digests land in `readings` once it was read to the end."""
        key = (member.original.relpath, member.path)
        return open_member(member, on_complete=lambda digests: self.readings.__setitem__(key, digests))

    def slices(self, member: Member, ranges: Iterable[tuple[int, int]]) -> Iterator[bytes]:
        """The exact bytes of ascending half-open ranges of a member (random access where the original allows it)."""
        return read_slices(member, ranges)


# Who an envelope names: its sender, its recipients, who else stands beside them.
People = tuple[Account | None, tuple[Account, ...], tuple[Account, ...]]


class Brief(NamedTuple):
    """What a case keeps of one record, without the objects an envelope is made of; the store makes the same rows of either.

    A parser gives it where it is sure of each value and there are many records. `member` and `locator` are its position,
    `people` are best the same object where they are the same. Texts are bytes here: `links` and `fallback` hold the UTF-8 of
    what `Conversation` calls so. The first of `links` is the record's own name when `named`; then `author` and `date` are the
    two lines of its own mark.
    """

    member: str
    locator: str
    kind: Kind
    utc_us: int | None
    people: People
    marks: tuple[str, ...]
    links: tuple[bytes, ...]
    named: bool
    author: bytes
    date: bytes
    fallback: bytes | None
    seeks: bool


Piece = list[tuple[object, ...]]


@runtime_checkable
class InPieces(Protocol):
    """What a parser has besides `scan` when there is a quicker way to what a case keeps, and the work can be shared.

    `pieces` reads, hashes and parts the claim where it is called, in order, and fills its readings and decisions as `scan`
    does; a piece is plain values, such as `marshal` takes. `read_piece` makes a piece's records in any process; the pieces
    of a claim are best read in order. Together they give what `scan` gives, some of it in brief.
    """

    def pieces(self, claim: Claim) -> Iterator[Piece]: ...
    def read_piece(self, claim: Claim, piece: Piece) -> Iterator[Envelope | Brief | Unread]: ...


@runtime_checkable
class InColumns(Protocol):
    """What a parser has besides `scan` and `load` when it can read plain messages many at a time.

    `scan_columns` gives what `scan` gives, in the same order, plain messages in stretches. `load_alike` looks at places of
    the claim's principal member, ascending, and gives those that it knows to be plain in columns: where each stands among
    the places asked for, and what `load` says of all of them. What it leaves out is for `load`.
    """

    def scan_columns(self, claim: Claim) -> Iterator[Envelope | Unread | Stretch]: ...
    def load_alike(self, claim: Claim, locators: Sequence[str]) -> Iterator[tuple[list[int], Alike]]: ...


class NeedsAnswer(PlainrecordError):  # noqa: N818 - it ends the run with a question; the export itself is in order
    """An export leaves open what a person has to say; nothing is guessed, and nothing is made until it is said.

    `question` is a short key ("date_order"); `file` names the file; `says` is one sentence on what cannot be decided;
    `example` a line of the file and how it reads each way; `answer` what to give ("--date-order DMY or --date-order MDY").
    Raised by `scan`; unlike every other error it is not turned into an `Unread`.
    """

    def __init__(self, question: str, file: str, says: str, example: str, answer: str) -> None:
        super().__init__(question, file, says, example, answer)
        self.question, self.file, self.says, self.example, self.answer = question, file, says, example, answer

    def __str__(self) -> str:
        return f"{self.file}: {self.says} {self.example} Nothing was made. Say which it is with {self.answer}."


class Parser(Protocol):
    """One kind of export. Instances are stateless and cheap; everything about one run is in the claim."""

    name: str
    version: str
    card: FormatCard

    @property
    def service(self) -> str:
        """The service its records come from, e.g. "email"."""
        ...

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Which members this parser reads, decided by shape (content, neighbours), never by file name alone."""
        ...

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every record in source order, streaming, in bounded memory. Damage is yielded as `Unread`, not raised."""
        ...

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """The records at those positions, with content, in source order. A position `scan` gave must load."""
        ...
