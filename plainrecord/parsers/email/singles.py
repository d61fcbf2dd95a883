"""Files that hold one mail each (.eml, Maildir): read the header, stream the rest through, load whole files on demand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.intake.reading import Stream
from plainrecord.parsers.base import Claim
from plainrecord.parsers.email import message, shapes
from plainrecord.parsers.email.mailscan import HEADER_LIMIT, header_end
from plainrecord.parsers.email.message import ContainerFacts
from plainrecord.parsers.email.storemarks import StoreFacts, StoreReader
from plainrecord.records import Envelope, Loaded, Position, Unread

_STEP = 64 << 10
_CR = "trap-7:lines-end-in-cr"


class SingleMails:
    """Turns files of one mail into envelopes and records; remembers what repeats between them."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._memo = message.Memo()
        self._store = StoreReader()

    def envelope(self, member: Member, container: ContainerFacts) -> Envelope | Unread:
        """The envelope of the mail a whole file holds; the file is read to its end, so that its digests are known."""
        position = Position(member.tree_path, "file")
        try:
            with self._claim.open(member) as stream:
                header = read_header(stream)
                drain(stream)
        except (OSError, PlainrecordError) as error:
            return Unread(position, "unreadable", f"The file could not be read ({error}).")
        if shapes.ends_lines_in_cr(header):
            header, container = _cut(shapes.with_lf(header)), _noting(container)
        return self.envelope_of(header, position, container)

    def envelope_of(self, header: bytes, position: Position, container: ContainerFacts) -> Envelope:
        """The envelope of a mail whose header block is at hand."""
        store = self._store.facts(header)
        over = ("header-block-over-1-MiB",) if len(header) >= HEADER_LIMIT else ()
        found = message.envelope(
            header,
            position=position,
            options=self._claim.options,
            container=with_store(container, store, over),
            memo=self._memo,
        )
        return replace(found, kind=store.kind) if store.kind else found

    def loaded(self, member: Member, position: Position, container: ContainerFacts) -> Loaded:
        """The mail a whole file holds, with its content."""
        with self._claim.open(member) as stream:
            raw = stream.read()
        if not shapes.ends_lines_in_cr(raw[:HEADER_LIMIT]):
            return self.loaded_from(raw, position, container)
        found = self.loaded_from(shapes.with_lf(raw), position, _noting(container))
        found.raw, found.raw_sha256 = raw, hashlib.sha256(raw).hexdigest()
        _note_carried(found)
        return found

    def loaded_from(self, raw: bytes, position: Position, container: ContainerFacts) -> Loaded:
        """A mail with its content, from its exact bytes."""
        header = raw[: _header_length(raw)]
        store = self._store.facts(header)
        over = ("header-block-over-1-MiB",) if len(header) >= HEADER_LIMIT else ()
        found = message.load(
            raw,
            position=position,
            options=self._claim.options,
            container=with_store(container, store, over),
            memo=self._memo,
        )
        if store.kind:
            found.envelope = replace(found.envelope, kind=store.kind)
        return found


def with_store(container: ContainerFacts, store: StoreFacts, notes: tuple[str, ...] = ()) -> ContainerFacts:
    """The container's facts and those that the store wrote into the header."""
    if not (store.marks or store.notes or store.labels or notes):
        return container
    return replace(
        container,
        marks=together(container.marks, store.marks),
        notes=container.notes + store.notes + notes,
        labels=container.labels + store.labels,
    )


def together(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Both sets of marks in order, without repeats."""
    return tuple(dict.fromkeys(first + second)) if first and second else first or second


def read_header(stream: Stream) -> bytes:
    """The header block of the mail that starts here, at most 1 MiB of it."""
    data = bytearray()
    while len(data) < HEADER_LIMIT:
        piece = stream.read(min(_STEP, HEADER_LIMIT - len(data)))
        data += piece
        end = header_end(data, 0, len(data))
        if end >= 0:
            return bytes(data[:end])
        if not piece:
            break
    return bytes(data)


def drain(stream: Stream) -> None:
    """Read to the end, so that every byte is hashed."""
    for _ in iter(lambda: stream.read(1 << 20), b""):
        pass


def ordered(claim: Claim, wanted: set[str]) -> Iterator[Member]:
    """The members of a claim with those paths, in the claim's order."""
    return (member for member in claim.members if member.tree_path in wanted)


def _cut(header: bytes) -> bytes:
    return header[: _header_length(header)]


def _noting(container: ContainerFacts) -> ContainerFacts:
    return replace(container, notes=(*container.notes, _CR))


def _note_carried(carrier: Loaded) -> None:
    # A mail carried inside was cut from the bytes with LF, so that it too does not stand in the original as it is kept.
    for child in carrier.children:
        child.notes = (*child.notes, _CR)
        _note_carried(child)


def _header_length(raw: bytes) -> int:
    end = header_end(raw, 0, min(len(raw), HEADER_LIMIT))
    return end if end >= 0 else min(len(raw), HEADER_LIMIT)
