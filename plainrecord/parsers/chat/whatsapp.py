"""WhatsApp “Export chat”: one `.txt`, alone, in a zip or in a folder with its media; iPhone and Android.

Reads: both families of headers and the old iPhone one, in every locale of fixtures/chat-whatsapp/headers.toml, and files
that start in mid-chat; UTF-8 with or without byte-order marks anywhere, UTF-16 with one. Messages that a person copied out
of the app are no export: `copied.py`.
Cannot read: years of calendars other than the Gregorian, Buddhist and Japanese (kept, without an instant); encrypted
backups and HTML made from a database are other formats. Whether a line is the app's is certain on iPhone only.
Source of knowledge: public parsers, their tests and sample files; Unicode CLDR. Tier: `public schema`; nothing here is a
copy of a real chat. Fixture: fixtures/chat-whatsapp. Numbers of traps: the test list in its README.

A record is a message's own bytes, header included, up to the next header. The date order is decided over the whole file
before the first record; where the file does not show it, the run asks (`NeedsAnswer`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Listing, Member, ReadOptions
from plainrecord.intake.reading import Stream
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.lines import (
    Encoding,
    byte_slices,
    decoded,
    digest,
    encoding_of,
    read_fault,
    span,
    wanted_bytes,
)
from plainrecord.parsers.chat.media import MediaFiles, attached, not_exported
from plainrecord.parsers.chat.whatsapp_claim import chat_shape, media_of, title_of
from plainrecord.parsers.chat.whatsapp_columns import LONGEST, alike, stretches
from plainrecord.parsers.chat.whatsapp_findings import Findings, settle
from plainrecord.parsers.chat.whatsapp_header import Shape, stored_shape
from plainrecord.parsers.chat.whatsapp_reading import SERVICE, Chat
from plainrecord.parsers.chat.whatsapp_split import (
    ROOM,
    WINDOW,
    Accepts,
    Cut,
    Piece,
    cut_up,
    split_decoded,
    windows,
)
from plainrecord.parsers.chat.whatsapp_survey import Survey
from plainrecord.records import Alike, Attachment, Envelope, Loaded, Position, Stretch, Unread
from plainrecord.times import unreadable


class WhatsApp:
    """Chats exported by WhatsApp."""

    name = "whatsapp"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="WhatsApp “Export chat” (.txt, or .zip with media), iPhone and Android",
        tier="public schema",
        holds="Messages with sender label and local time, media if exported with it, missed and answered calls, changes of"
        " number, blocks by the exporter, group changes, polls, locations, notices of deleted and edited messages.",
        cannot_hold="Reactions, which message a reply quotes, text of deleted messages, earlier wordings, read receipts, the"
        " time zone, a saved contact's number, blocks by the other side; older messages past the app's limit.",
        fixture="chat-whatsapp",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each chat text, with the media files beside it."""
        texts = [(member, shape) for member in listing.members if (shape := chat_shape(member))]
        chats = {member.tree_path for member, _ in texts}
        taken: set[str] = set()
        for member, shape in texts:
            media = [one for one in media_of(listing, member, chats) if one.tree_path not in taken]
            taken.update(one.tree_path for one in media)
            encoding, title = encoding_of(member.head), title_of(member)
            facts = {"header": shape.sample, "encoding": encoding.name, "named": title}
            yield Claim(self.name, title or member.name, (member, *media), listing.options, facts=facts)

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every message in file order. Raises NeedsAnswer, before any record, when the date order stays open."""
        return (one for one in self._scan(claim, in_columns=False) if not isinstance(one, Stretch))

    def scan_columns(self, claim: Claim) -> Iterator[Envelope | Unread | Stretch]:
        """The same, plain messages in columns; see `InColumns`."""
        return self._scan(claim, in_columns=True)

    def _scan(self, claim: Claim, *, in_columns: bool) -> Iterator[Envelope | Unread | Stretch]:
        member = claim.members[0]
        settle(claim, _surveyed(claim))
        chat = Chat(claim.facts, claim.options, member.tree_path)
        media, findings = MediaFiles(claim.members[1:]), Findings()
        try:
            with claim.open(member) as stream:
                for piece in _pieces(stream, claim.facts["encoding"], chat.shape, chat.stamps.accepts):
                    if isinstance(piece, Cut):
                        yield from _many(chat, media, findings, piece, in_columns=in_columns)
                    elif piece.stamp:
                        yield _one(chat, media, findings, piece)
                    else:
                        yield from _before_the_first(piece, member)
        except (OSError, PlainrecordError) as error:
            yield read_fault(member, findings.end, error)
        for unused in media.unused():
            yield _unnamed(unused, chat)
        claim.decisions.extend(findings.decisions())

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those messages with their text and files, in source order; then files that no message names."""
        member = claim.members[0]
        chat = _chat(tuple(claim.facts.items()), claim.options, member.tree_path)
        media = MediaFiles(claim.members[1:])
        for position, raw in wanted_bytes(claim, member, wanted):
            yield _loaded(claim, chat, media, position, raw)
        asked = {position.member for position in wanted if position.locator == "file"}
        for one in claim.members[1:]:
            if one.tree_path in asked:
                found, data = attached(claim, one, one.name)
                yield Loaded(_unnamed(one, chat), attachments=[found], blobs=[data], raw_sha256=found.sha256)

    def load_alike(self, claim: Claim, locators: Sequence[str]) -> Iterator[tuple[list[int], Alike]]:
        """Those of these messages that are plain, by sender; see `InColumns`."""
        member = claim.members[0]
        if claim.facts["encoding"] != "utf-8" or not locators:
            return
        chat, media = _chat(tuple(claim.facts.items()), claim.options, member.tree_path), MediaFiles(())
        for first, raws in byte_slices(claim, member, locators, LONGEST):
            here = locators[first : first + len(raws)]

            def load(at: int, here: Sequence[str] = here, raws: Sequence[bytes] = raws) -> Loaded:
                return _loaded(claim, chat, media, Position(member.tree_path, here[at]), raws[at])

            for places, said in alike(chat, here, raws, load):
                yield [first + at for at in places], said


@lru_cache(maxsize=4)
def _chat(facts: tuple[tuple[str, str], ...], options: ReadOptions, member: str) -> Chat:
    """The chat of a claim, remembered: it is loaded a thousand messages at a time, and knows its dates from the last ones."""
    return Chat(dict(facts), options, member)


def _one(chat: Chat, media: MediaFiles, findings: Findings, piece: Piece) -> Envelope:
    """One message, the careful way."""
    envelope, body = chat.envelope(piece)
    findings.add(piece, body, chat.stamps)
    for name in body.files if body else ():
        media.find(name)
    return envelope


def _many(
    chat: Chat, media: MediaFiles, findings: Findings, found: Cut, *, in_columns: bool
) -> Iterator[Envelope | Stretch]:
    """Messages that were cut up together, in columns where they are plain and columns are wanted."""
    bounds = found.bounds
    parts = stretches(chat, found) if in_columns else ((at, at + 1, None) for at in range(len(found.heads)))
    for first, last, plain in parts:
        if plain is None:
            yield _one(chat, media, findings, found.piece(first))
        else:
            findings.add_plain(found.dates[first:last], bounds[first : last + 1], chat.stamps)
            yield plain


def _surveyed(claim: Claim) -> Survey:
    """The look ahead over the whole text."""
    member, encoding = claim.members[0], claim.facts["encoding"]
    shape = stored_shape(claim.facts["header"])
    survey = Survey(shape.bracketed)
    # A fault is met again, and told, when the file is read for its records; what was seen so far stands.
    with suppress(OSError, PlainrecordError):
        if encoding == "utf-8" and member.size is not None:
            return survey.look(cut_up(windows(claim, member), shape, survey.accepts))
        with claim.open(member) as stream:
            survey.look(_pieces(stream, encoding, shape, survey.accepts))
    return survey


def _pieces(stream: Stream, encoding: str, shape: Shape, accepts: Accepts) -> Iterator[Piece | Cut]:
    if encoding == "utf-8":
        return cut_up(stream.blocks(head=ROOM, size=WINDOW), shape, accepts)
    return split_decoded(stream, _encoding(encoding), shape.pattern, accepts)


def _encoding(name: str) -> Encoding:
    newline = "\n".encode(name)
    return Encoding(name, 0, newline, len(newline))


def _before_the_first(piece: Piece, member: Member) -> Iterator[Unread]:
    """What stands before the first header: the end of a message whose beginning is not in this file."""
    if piece.raw.decode("utf-8", "replace").strip(" \r\n\t\ufeff\u200e\u200f"):
        detail = "The text before the first header belongs to a message whose beginning is not in this file."
        yield Unread(Position(member.tree_path, f"bytes:{piece.start}-{piece.end}"), "orphan-text", detail)


def _unnamed(member: Member, chat: Chat) -> Envelope:
    """A file of the export that no message names: still a record, without sender and time."""
    time = unreadable("", "none: the file is named in no message")
    position = Position(member.tree_path, "file")
    return Envelope(position, "file", SERVICE, time, None, (), (), chat.conversation, ("named-in-no-message",))


def _loaded(claim: Claim, chat: Chat, media: MediaFiles, position: Position, raw: bytes) -> Loaded:
    """One message from its exact bytes."""
    start, end = span(position.locator)
    text = raw if claim.facts["encoding"] == "utf-8" else _as_utf8(raw, claim.facts["encoding"])
    match = chat.shape.pattern.match(b"\n" + text)
    assert match is not None, "a position that scan gave begins with a header"
    stamp, date, time = match.group("stamp", "date", "time")
    piece = Piece(start, end, text, stamp, date, time, match.end() - 1)
    envelope, body, words, notes = chat.whole(piece, position)
    found = Loaded(envelope, text=words, text_from="plain", raw_sha256=digest(raw), raw_bytes=len(raw), notes=notes)
    if body is not None:
        for name in body.files:
            _attach(found, *media.attachment(claim, name))
        for what in body.left_out:
            _attach(found, not_exported(what), None)
        found.status, found.facts = dict(body.status), dict(body.facts)
        if envelope.sender is None and (label := chat.printed_label(piece)) and chat.shape.bracketed:
            found.facts["printed_label"] = label
    return found


def _attach(found: Loaded, attachment: Attachment, data: bytes | None) -> None:
    found.attachments.append(attachment)
    found.blobs.append(data)


def _as_utf8(raw: bytes, encoding: str) -> bytes:
    return decoded(raw, _encoding(encoding))[0].encode("utf-8", "replace")
