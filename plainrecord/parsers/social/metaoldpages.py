"""Facebook downloads from before 2018: all threads on one page (`html/messages.htm`), later one page for each (`messages/0.html`).

Reads: who is in a thread, sender, text, and the date, which states its offset on these pages. Cannot read: ids of threads,
files, calls, reactions; a person may be a name or an address `…@facebook.com`. Threads of the same people are one conversation,
because long ones were cut into several.
Source of knowledge: the downloads reference, section 4.4, and public readers of such pages. Tier: `not exercised` on a real
sample. Fixture: fixtures/social-facebook-pages.

A message does not say its thread: where each thread begins is gone through once and kept in the claim.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.pages import first, text_of, tree_of
from plainrecord.parsers.chat.pieces import Message, Problem, Shelf, envelope_of, loaded_of, span_of
from plainrecord.parsers.social.metapages import NO_ROW
from plainrecord.parsers.social.pagedates import PageDates
from plainrecord.parsers.social.pagesurvey import kept_dates
from plainrecord.parsers.social.sheets import Piece, Read, Where, cut_at
from plainrecord.parsers.social.standin import StandIns
from plainrecord.records import Envelope, Loaded, Position, Unread

_START = re.compile(rb'<div class="(?:thread|message)">')
_THREAD = b'<div class="thread">'
_PAGE = re.compile(r"(?:^|/)html/messages\.html?\Z|(?:^|/)messages/[0-9]{1,6}\.html\Z")
_LONGEST_START = 64


def is_old_page(path: str, head: bytes) -> bool:
    """Whether a file is such a page, by its place; of one for a single thread, by its first bytes too."""
    return bool(_PAGE.search(path)) and (
        path.endswith("messages.htm") or _THREAD in head or b'class="contents"' in head
    )


@dataclass(frozen=True, slots=True)
class Begun:
    """A thread of a page: where it begins, the number of its conversation, its people, and whether it runs forwards."""

    start: int
    number: int
    people: tuple[str, ...]
    is_oldest_first: bool = False

    def place(self, member: Member) -> str:
        """What stands for the folder that a thread has in later downloads."""
        return f"{member.tree_path}#{self.number}"


@dataclass(frozen=True, slots=True)
class OldThreadsSheet:
    """The messages of such a page; `read` is the reader of a message's JSON element."""

    read: Callable[[Where[Any], str, Any], Read]

    def scan(self, claim: Claim, member: Member, scene: Any, service: str) -> Iterator[Envelope | Unread]:
        """Every message in the order of the page."""
        begun = kept_threads(claim, member)
        with claim.open(member) as stream:
            for piece in _pieces(stream):
                if piece.what == "frame" or piece.raw.startswith(_THREAD):
                    continue
                base = Position(member.tree_path, f"bytes:{piece.start}-{piece.start + len(piece.raw)}")
                found = self._message(claim, member, scene, begun, piece.start, piece.raw)
                if isinstance(found, Problem):
                    yield Unread(base, found.kind, found.detail)
                else:
                    yield from (envelope_of(message, base, service) for message in found)

    def load(
        self, claim: Claim, member: Member, scene: Any, service: str, wanted: Sequence[Position], shelf: Shelf
    ) -> Iterator[Loaded]:
        """Those messages, each from its own bytes."""
        begun = kept_threads(claim, member)
        spans = sorted({span_of(position.locator) for position in wanted})
        for span, raw in zip(spans, claim.slices(member, spans), strict=True):
            base = Position(member.tree_path, f"bytes:{span[0]}-{span[1]}")
            found = self._message(claim, member, scene, begun, span[0], raw)
            for message in () if isinstance(found, Problem) else found:
                yield loaded_of(message, base, service, raw, shelf.files(member, message.files))

    def _message(
        self, claim: Claim, member: Member, scene: Any, begun: list[Begun], start: int, raw: bytes
    ) -> Sequence[Message] | Problem:
        at = bisect_right([one.start for one in begun], start) - 1
        tree, notes = tree_of(raw)
        said = _said(raw) if tree is not None and at >= 0 else None
        if said is None:
            return NO_ROW
        stand_ins = StandIns(kept_dates(claim))
        element: dict[str, Any] = {"sender_name": said[0], "content": said[2]}
        if said[1]:
            element["timestamp_ms"] = stand_ins.seconds(said[1]) * 1000
        inside = replace(member, tree_path=f"{begun[at].place(member)}/message")
        found = self.read(Where(scene, inside), "/messages/0", element)
        if not isinstance(found, Problem):
            for message in found:
                message.text_from = "html"
                message.notes += notes
            stand_ins.settle(found)
        return found


def _said(raw: bytes) -> tuple[str, str, str] | None:
    """Sender, date and text of one message; None where there is no head of a message."""
    tree, _ = tree_of(raw)
    header = first(tree, "message_header") if tree is not None else None
    if tree is None or header is None:
        return None
    user, meta = text_of(first(header, "user")).strip(), text_of(first(header, "meta")).strip()
    text = "\n".join(filter(None, (text_of(one).strip() for one in tree.iter("p"))))
    return user, meta, text


def find_threads(claim: Claim, member: Member, dates: PageDates) -> list[Begun]:
    """Where each thread of a page begins, who is in it, and which way it runs; kept in the claim."""
    found: list[Begun] = []
    numbers: dict[tuple[str, ...], int] = {}
    ends: dict[int, list[str]] = {}
    with suppress(OSError, PlainrecordError), claim.open(member) as stream:
        for piece in _pieces(stream):
            if piece.raw.startswith(_THREAD):
                tree, _ = tree_of(piece.raw)
                people = tuple(name.strip() for name in text_of(tree).split(",") if name.strip())
                number = numbers.setdefault(tuple(sorted(people)), len(numbers))
                found.append(Begun(piece.start, number, people))
            elif piece.what == "record" and found and (said := _said(piece.raw)):
                ends.setdefault(found[-1].number, []).append(said[1])
                del ends[found[-1].number][1:-1]
    forwards = {number: _ascends(texts, dates) for number, texts in ends.items()}
    found = [replace(one, is_oldest_first=forwards.get(one.number, False)) for one in found]
    claim.facts[_key(member)] = json.dumps([[one.start, one.number, one.people, one.is_oldest_first] for one in found])
    return found


def kept_threads(claim: Claim, member: Member) -> list[Begun]:
    """What `find_threads` found."""
    kept = json.loads(claim.facts.get(_key(member), "[]"))
    return [Begun(start, number, tuple(people), forwards) for start, number, people, forwards in kept]


def _key(member: Member) -> str:
    return f"old-threads:{member.tree_path}"


def _ascends(texts: list[str], dates: PageDates) -> bool:
    times = [dates.stamp(text, "page").time for text in texts]
    instants = [time.utc_us for time in times if time.utc_us is not None]
    return len(instants) > 1 and instants[0] < instants[-1]


def _pieces(stream: Any) -> Iterator[Piece]:
    return cut_at(stream, lambda data: (match.start() for match in _START.finditer(data)), _LONGEST_START, b"</body>")
