"""Text logs read from front to back: what a line means depends on the lines before it (the day, the last time, the names).

Shared by the readers of Viber, LINE, KakaoTalk, WeChat, QQ, Zoom, Threema, Element, Pidgin, Psi and IRC texts. A record is
the line that opens it and the lines that go on from it, at `bytes:START-END`. Lines that are no message (titles, day
lines) are known as such; lines that belong to nothing are listed as unread. `load` reads the file again in the same way,
because a line alone does not say its day. Memory: one record.
"""

from __future__ import annotations

import tomllib
from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.lines import (
    LONGEST_RECORD,
    Encoding,
    Line,
    decoded,
    encoding_of,
    lines,
    read_fault,
    without_end,
)
from plainrecord.parsers.chat.media import beside
from plainrecord.parsers.chat.pieces import Message, Shelf, chats_of, envelope_of, folder_claim, head_of, loaded_of
from plainrecord.records import Account, Conversation, Envelope, Loaded, Position, Unread

_SNIFFED = 4096
_MANY_NAMES = 10_000
_NOT_READ = "These lines belong to no message; nothing was taken from them."


class Aside:
    """The answer for a line that is known to be no message: a title, a day line."""


class Stray:
    """The answer for a line that should be a message of its own and is none that can be read."""


ASIDE: Final = Aside()
STRAY: Final = Stray()


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a file: a message, an entry that could not be read, or (neither) lines known to be no message."""

    start: int
    raw: bytes
    message: Message | None = None
    unread: Unread | None = None

    @property
    def locator(self) -> str:
        """Its place as `records.Position` writes it."""
        return f"bytes:{self.start}-{self.start + len(self.raw)}"


class Reading:
    """One file being read. Made anew for each reading, so that every reading gives the same."""

    def first_look(self, text: str) -> None:
        """Sees every line before the first `line` call, when the reader asks for it (`LogReader.looks_first`)."""

    def looked(self, claim: Claim, *, tell: bool) -> None:
        """All lines were seen once; decide what has to be decided. `tell` is false where decisions were told before."""

    @abstractmethod
    def line(self, text: str) -> Message | Aside | Stray | None:
        """What a line (without its end) is: it opens a message, is none, cannot be read, or (None) goes on from the one before."""

    def finish(self, message: Message) -> None:
        """The message has all its lines in `text`; take what the text says of itself (files, calls, deleted, …)."""


@dataclass(slots=True)
class _Open:
    """A message whose lines are being gathered."""

    start: int
    message: Message | None
    raw: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, line: Line) -> None:
        self.raw.append(line.raw)
        self.size += len(line.raw)


class LogReader:
    """A parser of text logs. Subclasses say which files are theirs and make a `Reading` for each.

    All files of one folder are one claim; with `with_media` the pictures, sounds and films beside them, and what their first
    lines name, are the shelf that names are looked up on.
    """

    name: str
    service: str
    looks_first = False
    with_media = False

    @abstractmethod
    def recognises(self, member: Member) -> bool:
        """Whether the first bytes of a member have this format's shape."""

    @abstractmethod
    def reading(self, claim: Claim, member: Member, head: list[str]) -> Reading:
        """A reading of one file; `head` are its first lines."""

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for the recognised files of each folder."""
        folders: dict[str, list[Member]] = {}
        for member in listing.members:
            if member.head and self.recognises(member):
                folders.setdefault(member.tree_path.rpartition("/")[0], []).append(member)
        for folder, chats in folders.items():
            media = [one for one in beside(listing, chats[0]) if _is_media(one, chats)] if self.with_media else []
            title = chats[0].name if len(chats) == 1 else folder.rpartition("/")[2] or listing.name
            yield folder_claim(self.name, title, chats, media, listing)

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every message in file order."""
        for member in chats_of(claim):
            for piece in self.pieces(claim, member, tell=True):
                if piece.message:
                    yield envelope_of(piece.message, Position(member.tree_path, piece.locator), self.service)
                elif piece.unread:
                    yield piece.unread

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those messages with text and files; reads the file from its start, see above."""
        shelf = Shelf(claim)
        for member in chats_of(claim):
            places = {position.locator for position in wanted if position.member == member.tree_path}
            for piece in self.pieces(claim, member, tell=False) if places else ():
                if piece.message and piece.locator in places:
                    base = Position(member.tree_path, piece.locator)
                    named = shelf.files(member, piece.message.files)
                    yield loaded_of(piece.message, base, self.service, piece.raw, named)

    def pieces(self, claim: Claim, member: Member, *, tell: bool) -> Iterator[Piece]:
        """The whole file, piece by piece, without a gap: joined, the pieces' bytes are the file."""
        head = head_of(claim, member)
        encoding = encoding_of(head)
        reading = self.reading(claim, member, first_lines(head))
        if self.looks_first:
            _look(claim, member, encoding, reading)
            reading.looked(claim, tell=tell)
        return _Gathering(member, reading, encoding).pieces(claim)


def _is_media(member: Member, chats: list[Member]) -> bool:
    """Whether a file beside chats may be one of theirs: nothing that another reader could want."""
    if member.media_type.partition("/")[0] in ("image", "audio", "video"):
        return True
    return any(member.name.encode("utf-8", "replace") in chat.head for chat in chats)


def _look(claim: Claim, member: Member, encoding: Encoding, reading: Reading) -> None:
    try:
        with claim.open(member) as stream:
            for line in lines(stream, encoding):
                if line.begins:
                    reading.first_look(_text_of(line, encoding)[0])
    except (OSError, PlainrecordError):
        return  # the second reading meets the same fault and lists it


class _Gathering:
    """Lines into pieces."""

    def __init__(self, member: Member, reading: Reading, encoding: Encoding) -> None:
        self._member = member
        self._reading = reading
        self._encoding = encoding
        self._open: _Open | None = None
        self._text: list[str] = []

    def pieces(self, claim: Claim) -> Iterator[Piece]:
        at = 0
        try:
            with claim.open(self._member) as stream:
                for line in lines(stream, self._encoding):
                    yield from self._line(line)
                    at = line.end
        except (OSError, PlainrecordError) as error:
            yield from self._closed()
            yield Piece(at, b"", unread=read_fault(self._member, at, error))
            return
        yield from self._closed()

    def _line(self, line: Line) -> Iterator[Piece]:
        text, notes = _text_of(line, self._encoding)
        what = self._reading.line(text) if line.begins else None
        if isinstance(what, Aside):
            yield from self._closed()
            yield Piece(line.start, line.raw)
            return
        if isinstance(what, Message):
            yield from self._closed()
            self._open = _Open(line.start, what)
            self._text = []
        elif what is STRAY or self._open is None or self._open.size + len(line.raw) > LONGEST_RECORD:
            yield from self._closed()
            self._open = _Open(line.start, None)
        self._open.add(line)
        if self._open.message:
            self._open.message.notes += notes
            self._text.append(text if what is None else self._open.message.text or "")

    def _closed(self) -> Iterator[Piece]:
        done, self._open = self._open, None
        if done is None:
            return
        raw = b"".join(done.raw)
        if done.message is None:
            position = Position(self._member.tree_path, f"bytes:{done.start}-{done.start + len(raw)}")
            blank = not decoded(raw, self._encoding)[0].strip("\ufeff \t\r\n")
            yield Piece(done.start, raw, unread=None if blank else Unread(position, "no-record", _NOT_READ))
            return
        while len(self._text) > 1 and not self._text[-1].strip():
            self._text.pop()
        done.message.text = "\n".join(self._text)
        self._reading.finish(done.message)
        yield Piece(done.start, raw, done.message)


def _text_of(line: Line, encoding: Encoding) -> tuple[str, tuple[str, ...]]:
    text, notes = decoded(line.raw, encoding)
    return without_end(text).removeprefix("\ufeff"), notes


def first_lines(head: bytes, size: int = _SNIFFED) -> list[str]:
    """The first lines of a file that are not blank, from its first bytes, the last one possibly cut; [] for no text."""
    encoding = encoding_of(head)
    text = head[:size].decode(encoding.name, "replace")
    if "\0" in text:
        return []
    return [line.removesuffix("\r").strip("\ufeff") for line in text.split("\n") if line.strip("\ufeff \t\r")]


@cache
def words(name: str) -> dict[str, Any]:
    """A table of words beside this module: `data/NAME.toml`."""
    return tomllib.loads(files(__package__).joinpath("data", f"{name}.toml").read_text("utf-8"))


def file_conversation(member: Member, title: str | None, *, is_group: bool = False) -> Conversation:
    """The conversation of an export that is one file for one chat and states no id for it."""
    return Conversation(f"file:{member.tree_path}", title or member.name.rpartition(".")[0] or member.name, is_group)


def named(service: str, name: str) -> Account:
    """A sender of whom the export says nothing but a name."""
    return Account(service, "name", name)


class NamesSeen:
    """How often each name stands before a colon in a file; a sentence of the app with a colon in it stands there once."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def count(self, name: str) -> None:
        """One more line with this name."""
        if name in self._counts or len(self._counts) < _MANY_NAMES:
            self._counts[name] = self._counts.get(name, 0) + 1

    def doubtful(self, name: str) -> bool:
        """Whether the file shows this name no second time."""
        return self._counts.get(name, 0) < 2
