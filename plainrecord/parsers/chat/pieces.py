"""One record, one range of bytes: what the Signal and iMessage readers share on top of `lines.py` and `media.py`.

A reader says which line starts a record and what one record's bytes say; this room gives each its byte range, links the
files it names, and reads the same range again in `load`. `read` sees nothing but the record's own bytes and what is the
same for the whole file, so that `load` says what `scan` said. Memory: one record.
"""

from __future__ import annotations

import posixpath
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Generic, Literal, TypeVar
from urllib.parse import unquote

from plainrecord.intake.listing import Listing, Member
from plainrecord.intake.reading import Stream
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.lines import Encoding, Entry, Line, digest, entries, lines
from plainrecord.parsers.chat.media import MediaFiles, attached
from plainrecord.parsers.email.attachments import file_entry
from plainrecord.records import (
    Account,
    Attachment,
    AttachmentState,
    Conversation,
    Envelope,
    Kind,
    Loaded,
    Position,
    Unread,
)
from plainrecord.times import Meaning, TimeBlock, from_epoch, unreadable

# As much of a file as may be looked at to know whose chat it is: the same bytes when listed and when read again.
HEAD = 1024
BOM = b"\xef\xbb\xbf"
TIME_MISSING = "time-missing"
# All these tools write UTF-8, some with a byte-order mark.
UTF_8 = Encoding()

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class File:
    """A file a message names: its name as shown, where it would lie, and what is said of it.

    A path is relative to the chat's folder, or begins with "/" for the top of the tree.

    `data` is its content where the record itself carries it.
    """

    name: str | None
    paths: tuple[str, ...] = ()
    claimed_type: str | None = None
    absent: AttachmentState = "missing"
    facts: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    data: bytes | None = None


@dataclass(slots=True)
class Message:
    """What one record says, before it becomes an envelope or a loaded record.

    `owner` is the account the source itself calls the exporting person (“Me”, “You”), whoever wrote this record; `also` are
    other names the source gives the sender, the owner or a recipient (a handle beside a number), with the role "sender", "owner" or
    "recipient".
    `suffix` extends the locator where one range of bytes holds several records (“#reaction:0”). `backwards` as in `Envelope`.
    """

    kind: Kind
    time: TimeBlock
    sender: Account | None
    conversation: Conversation
    text: str | None = None
    text_from: str = "plain"
    subject: str | None = None
    owner: Account | None = None
    also: tuple[Account, ...] = ()
    recipients: tuple[Account, ...] = ()
    dates: list[TimeBlock] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    status: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    service: str | None = None
    suffix: str = ""
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a range of bytes could not be read: a short code and one sentence without the content."""

    kind: str
    detail: str


Found = Sequence[Message] | Problem
# Whether a line, seen together with the one behind it (None at the end), is the first of a record; None when it is not.
Test = Callable[[Line, Line | None], Literal[True] | None]


class PieceReader(Generic[C]):
    """A parser whose records are ranges of bytes of text files. A claim's chats come first, files they name after.

    `claim.facts["chats"]` says how many of the claim's members are chats (all of them when it is not there).
    """

    service: str

    @abstractmethod
    def context(self, claim: Claim, member: Member) -> C:
        """What is the same for all records of one chat file."""

    @abstractmethod
    def starts(self, context: C) -> Test:
        """A test, made anew for each file and given its lines in order."""

    @abstractmethod
    def read(self, context: C, raw: bytes) -> Found:
        """The records that stand in one range of bytes, or why it could not be read. Never raises."""

    def lines(self, stream: Stream) -> Iterator[Line]:
        """What a file is cut between: its lines, unless a reader knows better."""
        return lines(stream)

    def explained(self, raw: bytes) -> bool:
        """Whether bytes before the first record are known to be none (a title, the head of a page)."""
        return not raw.removeprefix(BOM).strip()

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every record in file order."""
        for member in chats_of(claim):
            context = self.context(claim, member)
            with claim.open(member) as stream:
                for entry in cut(self.lines(stream), self.starts(context)):
                    yield from self._envelopes(context, member, entry)

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those records with text and files."""
        shelf = Shelf(claim)
        spans: dict[str, dict[tuple[int, int], set[str]]] = {}
        for position in wanted:
            spans.setdefault(position.member, {}).setdefault(span_of(position.locator), set()).add(position.locator)
        for member in chats_of(claim):
            if member.tree_path in spans:
                yield from self._loaded(claim, member, dict(sorted(spans[member.tree_path].items())), shelf)

    def _envelopes(self, context: C, member: Member, entry: Entry[Literal[True]]) -> Iterator[Envelope | Unread]:
        position = Position(member.tree_path, entry.locator)
        if not entry.header:
            if not (entry.start == 0 and self.explained(entry.raw)):
                yield Unread(position, "no-record", "These lines belong to no record; nothing was taken from them.")
            return
        found = self.read(context, entry.raw)
        if isinstance(found, Problem):
            yield Unread(position, found.kind, found.detail)
            return
        for message in found:
            yield envelope_of(message, position, self.service)

    def _loaded(
        self, claim: Claim, member: Member, spans: dict[tuple[int, int], set[str]], shelf: Shelf
    ) -> Iterator[Loaded]:
        context = self.context(claim, member)
        for (span, wanted), raw in zip(spans.items(), claim.slices(member, spans), strict=True):
            base = Position(member.tree_path, f"bytes:{span[0]}-{span[1]}")
            found = self.read(context, raw)
            for message in () if isinstance(found, Problem) else found:
                if base.locator + message.suffix in wanted:
                    yield loaded_of(message, base, self.service, raw, shelf.files(member, message.files))


def cut(found: Iterable[Line], test: Test) -> Iterator[Entry[Literal[True]]]:
    """Lines joined into records by a test that may look one line ahead."""
    following: Line | None = None

    def delayed() -> Iterator[Line]:
        nonlocal following
        held: Line | None = None
        for line in found:
            following = line
            if held:
                yield held
            held = line
        following = None
        if held:
            yield held

    return entries(delayed(), lambda line: test(line, following))


def envelope_of(message: Message, base: Position, service: str) -> Envelope:
    """The envelope of one message; `base` is the position of the bytes it stands in."""
    return Envelope(
        Position(base.member, base.locator + message.suffix),
        message.kind,
        message.service or service,
        message.time,
        message.sender,
        message.recipients,
        also=_stated_owner(message.owner) + message.also,
        conversation=message.conversation,
        marks=tuple(dict.fromkeys(message.marks)),
        notes=tuple(dict.fromkeys(message.notes)),
        backwards=message.backwards,
    )


@lru_cache(maxsize=64)
def _stated_owner(owner: Account | None) -> tuple[Account, ...]:
    return (replace(owner, role="owner"),) if owner else ()


def loaded_of(
    message: Message, base: Position, service: str, raw: bytes, files: list[tuple[Attachment, bytes | None]]
) -> Loaded:
    """One message with its content; `raw_sha256` is of the exact bytes at its position."""
    return Loaded(
        envelope_of(message, base, service),
        dates=tuple(message.dates),
        subject=message.subject,
        text=message.text,
        text_from=None if message.text is None else message.text_from,
        attachments=[attachment for attachment, _ in files],
        blobs=[blob for _, blob in files],
        status=message.status,
        facts=message.facts,
        raw_sha256=digest(raw),
        raw_bytes=len(raw),
    )


class Shelf:
    """The files of a claim that its records may name."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._files = MediaFiles(claim.members[len(chats_of(claim)) :])

    def files(self, chat: Member, named: Iterable[File]) -> list[tuple[Attachment, bytes | None]]:
        """Each named file as an attachment, with its bytes where it is there."""
        folder = chat.tree_path.rpartition("/")[0]
        return [self._entry(folder, file) for file in named]

    def _entry(self, folder: str, file: File) -> tuple[Attachment, bytes | None]:
        joined = (posixpath.join(folder, path) for path in file.paths if "\0" not in path)
        paths = [posixpath.normpath(path).lstrip("/") for path in joined]
        member = next((one for path in paths if (one := self._files.find(path))), None)
        if file.data is not None:
            found, data = file_entry(file.name, file.data, "", file.notes), file.data
            found.locator = None
        elif member is None:
            found, data = Attachment(name=file.name, state=file.absent, notes=list(file.notes)), None
        else:
            found, data = attached(self._claim, member, file.name or member.name, file.notes)
        found.claimed_type = file.claimed_type
        found.facts |= file.facts
        return found, data


def chats_of(claim: Claim) -> tuple[Member, ...]:
    """The members of a claim that hold records, not files records name."""
    return claim.members[: int(claim.facts.get("chats", len(claim.members)))]


def folder_claim(name: str, title: str, chats: list[Member], files: Iterable[Member], listing: Listing) -> Claim:
    """One claim over chats that share the files lying beside them."""
    known = {member.tree_path for member in chats}
    shelf = [member for member in files if member.tree_path not in known]
    return Claim(name, title, (*chats, *shelf), listing.options, facts={"chats": str(len(chats))})


def head_of(claim: Claim, member: Member) -> bytes:
    """The first `HEAD` bytes of a member, the same in `scan` and in `load` (a rebuilt claim has no heads)."""
    if len(member.head) >= HEAD:
        return member.head[:HEAD]
    with claim.open(member) as stream:
        return stream.read(HEAD)


def span_of(locator: str) -> tuple[int, int]:
    """Start and end of a `bytes:START-END` locator, without what follows a “#”."""
    first, _, last = locator.removeprefix("bytes:").partition("#")[0].partition("-")
    return int(first), int(last)


def from_ms(value: object, where: str, meaning: Meaning = "sent") -> TimeBlock | None:
    """A count of milliseconds written as a number or as digits; None when there is none or it is 0.

    A missing time is no time: read as a count it would be the first of January 1970.
    """
    raw = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    digits = raw.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 20 or int(raw) <= 0:
        return None
    return from_epoch(int(raw), "ms", raw, where, meaning=meaning)


def no_time(raw: object, where: str) -> TimeBlock:
    """The time of a record whose source gives none; callers add the note `time-missing`."""
    return unreadable("" if raw is None else str(raw)[:100], where)


def url_path(text: str) -> tuple[str, ...]:
    """A link of an export as the paths it may mean: as written, and without its percent signs."""
    return tuple(dict.fromkeys((text, unquote(text))))
