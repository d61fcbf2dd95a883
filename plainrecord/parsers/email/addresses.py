"""Address header values to mailboxes: addresses are parsed first, words decoded afterwards.

That order matters: an encoded or quoted display name may spell another address, and must never become one (but where it is
all the field says). The parser is tolerant (unquoted commas, `;` separators, missing or nested brackets, route addresses)
and says in `notes` what it had to bear with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice, zip_longest

from plainrecord.parsers.email.addresstext import (
    Segment,
    clean_address,
    comment_end,
    looks_like_address,
    outside_quotes,
    unescape,
    unquote,
)
from plainrecord.parsers.email.headers import unfold
from plainrecord.parsers.email.words import decode_words

MAX_MAILBOXES = 2_000
MAX_VALUE = 262_144

_ATOM = rb"[A-Za-z0-9!#$%&'*+/?^_`{|}~.-]++"
# The common single mailbox: optional plain or quoted name, then an address in brackets.
_SIMPLE = re.compile(
    rb"(?:\"([^\"\\]*+)\"[ \t]*+|([^\"<>()@,;:\\\[\]]*+))<(" + _ATOM + rb"@[A-Za-z0-9.-]++)>", re.DOTALL
)
_BARE = re.compile(_ATOM + rb"@[A-Za-z0-9.-]++")
_SPECIAL = re.compile(r"[\"(<\[,;:\\]")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_BLANKS = re.compile(r"[ \t\r\n]+")
# What stands between blanks outside quotation marks.
_PIECE = re.compile(r'(?:\\.|"(?:[^"\\]|\\.)*+"|[^ ])++', re.DOTALL)
# What a relay makes of a list of recipients that was left out, with its own name behind the "@".
_UNDISCLOSED = re.compile(r"\"?undisclosed(?:[-_. ]recipients?:|\s+recipients?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox: the addr-spec as written (None when there is none), the decoded display name, and the raw text."""

    address: str | None
    name: str | None
    raw: str


@dataclass(frozen=True, slots=True)
class AddressList:
    """What an address header holds: mailboxes in order, names of groups, and notes on oddities."""

    mailboxes: tuple[Mailbox, ...] = ()
    groups: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def parse_addresses(raw: bytes, charset: str | None = None) -> AddressList:
    """Parse the raw value of an address header (From, To, Return-Path, …). Never raises.

    Notes: `trap-9:address-outside-brackets`, `trap-10:unquoted-comma`, `trap-10:semicolon-separators`,
    `address:several-in-one-mailbox`, `address:without-brackets`, `address:nested-brackets`, `address:in-quotes`,
    `address:without-separator`, `address:undisclosed`, `address:none`, `address:null-sender`, `address:limited`,
    `spoof:display-name-is-address`.
    """
    flat = unfold(raw)
    simple = _SIMPLE.fullmatch(flat)
    if simple:
        return _simple(simple, flat, charset)
    if _BARE.fullmatch(flat):
        address = flat.decode("ascii")
        return AddressList((Mailbox(address, None, address),))
    return _Reader(flat, charset).read()


def _simple(match: re.Match[bytes], flat: bytes, charset: str | None) -> AddressList:
    address = match.group(3).decode("ascii")
    written = match.group(1) if match.group(1) is not None else match.group(2)
    name, notes = _name(written.strip(), address, charset)
    return AddressList((Mailbox(address, name, _as_text(flat)),), (), notes)


def _name(raw: bytes, address: str | None, charset: str | None) -> tuple[str | None, tuple[str, ...]]:
    read = decode_words(raw, charset)
    name = _BLANKS.sub(" ", read.text).strip()
    notes = read.notes
    if name and looks_like_address(name, address):
        notes = (*notes, "spoof:display-name-is-address")
    return name or None, notes


def _as_text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


class _Reader:
    """A single pass over one value; latin-1 text stands for bytes until a piece is final."""

    def __init__(self, flat: bytes, charset: str | None) -> None:
        self._limited = len(flat) > MAX_VALUE
        self._text = flat[:MAX_VALUE].decode("latin-1")
        self._charset = charset
        self._segments: list[Segment] = []
        self._groups: list[str] = []
        self._notes: list[str] = []
        self._mailboxes: list[Mailbox] = []
        self._states_address = False
        # Once an opening mark was found without its end, later ones cannot be trusted either: they are plain text.
        self._broken: set[str] = set()

    def read(self) -> AddressList:
        self._split()
        self._states_address = any(segment.states_address() for segment in self._segments)
        pending: list[Segment] = []
        for segment, following in zip_longest(self._segments, self._segments[1:]):
            if self._limited and len(self._mailboxes) >= MAX_MAILBOXES:
                break
            if segment.lone_quoted() and following and following.lone_address():
                # trap 10: `"kim@bank.example", <sam@mail.example>` is one mailbox, and its name is no address.
                pending.append(segment)
                continue
            if segment.lone_name() and not segment.quoted:
                pending.append(segment)
                continue
            self._emit(segment, pending)
            pending = []
        for segment in pending:
            self._nameless(segment)
        if self._limited:
            self._notes.append("address:limited")
        return AddressList(tuple(self._mailboxes), tuple(self._groups), tuple(dict.fromkeys(self._notes)))

    def _split(self) -> None:
        text, at, in_group = self._text, 0, False
        segment = Segment(0)
        while at < len(text):
            match = _SPECIAL.search(text, at)
            stop = match.start() if match else len(text)
            segment.words.append(text[at:stop])
            if match is None:
                break
            mark = text[stop]
            if mark in ",;":
                if mark == ";" and not in_group and text[stop + 1 :].strip():
                    self._notes.append("trap-10:semicolon-separators")
                in_group = in_group and mark != ";"
                segment = self._close(segment, stop)
                at = stop + 1
            elif (
                mark == ":"
                and not in_group
                and not segment.angles
                and ";" in text[stop:]
                and "@" not in segment.plain()
            ):
                in_group = True
                self._groups.append(self._decoded(segment.name_words()))
                segment = Segment(stop + 1)
                at = stop + 1
            else:
                at = self._take(mark, stop, segment)
                if mark == "<" and segment.angles:
                    segment = self._parted(segment)
                    segment.after = (len(segment.words), at)
        self._close(segment, len(text))

    def _parted(self, segment: Segment) -> Segment:
        """The segment, or what follows the first mailbox of two that nothing separates: `A <a@x.example> B <b@x.example>`."""
        words, start = segment.after
        between = "".join(segment.words[words:])
        if not (
            between.strip()
            and "@" not in outside_quotes(between)
            and len(segment.angles) > 1
            and "@" in segment.angles[-2]
        ):
            return segment
        self._notes.append("address:without-separator")
        second = Segment(start)
        second.words, second.angles = segment.words[words:], [segment.angles.pop()]
        segment.words = segment.words[:words]
        self._close(segment, start)
        return second

    def _close(self, segment: Segment, end: int) -> Segment:
        segment.end = end
        if segment.plain() or segment.angles or segment.comments:
            self._segments.append(segment)
        return Segment(end + 1)

    def _take(self, mark: str, at: int, segment: Segment) -> int:
        text = self._text
        if mark == '"' and mark not in self._broken:
            match = _QUOTED.match(text, at)
            if match:
                segment.words.append(match.group())
                segment.quoted = True
                return match.end()
        elif mark == "(" and mark not in self._broken:
            end = comment_end(text, at)
            if end:
                segment.comments.append(text[at + 1 : end - 1])
                return end
        elif mark == "<" and mark not in self._broken:
            end = text.find(">", at)
            if end >= 0:
                return self._angle(segment, at + 1, end)
        elif mark == "\\":
            segment.words.append(text[at : at + 2])
            return at + 2
        if mark in '"(<':
            self._broken.add(mark)
        # An opening bracket that never closes still opens an address; other stray marks are text.
        segment.words.append(" " if mark == "<" else mark)
        return at + 1

    def _angle(self, segment: Segment, start: int, end: int) -> int:
        """Take what stands in brackets, of nested ones the innermost that holds an address; gives where to go on."""
        text = self._text[start:end]
        outer, bracket, inner = text.rpartition("<")
        # A bracket inside quotation marks belongs to a quoted local part.
        if not bracket or "@" not in inner or '"' in inner or not outside_quotes(text).endswith(bracket + inner):
            segment.angles.append(text)
            return end + 1
        self._notes.append("address:nested-brackets")
        segment.angles.append(inner)
        if "@" not in outer:
            segment.words.append(outer.replace("<", " "))
        return end + 1 + self._text.startswith(">", end + 1)

    def _emit(self, segment: Segment, before: list[Segment]) -> None:
        words = segment.plain()
        if before and not (segment.angles and "@" not in words):
            for lone in before:
                self._nameless(lone)
            before = []
        if before:
            self._notes.append("trap-10:unquoted-comma")
            words = ", ".join([*(lone.plain() for lone in before), *([words] if words else [])])
        start = before[0].start if before else segment.start
        raw = self._text[start : segment.end].strip()
        if segment.angles:
            self._bracketed(segment, words, raw)
        elif segment.lone_quoted():
            self._quoted(segment, words, raw)
        elif "@" in words:
            self._unbracketed(segment, words, raw)
        elif words or segment.comments:
            self._nameless(segment)

    def _bracketed(self, segment: Segment, words: str, raw: str) -> None:
        angles = [clean for clean in map(clean_address, segment.angles) if clean]
        if not angles:
            self._notes.append("address:null-sender")
            if words:
                self._add(None, words, raw)
            return
        if len(angles) > 1:
            self._notes.append("address:several-in-one-mailbox")
        if "@" in outside_quotes(words):
            self._notes.append("trap-9:address-outside-brackets")
        name = unquote(words) or unescape(" ".join(segment.comments))
        address = next((angle for angle in reversed(angles) if "@" in angle), None)
        self._add(address, name if address else raw, raw)

    def _quoted(self, segment: Segment, words: str, raw: str) -> None:
        """A quoted text alone: an address where it reads as one and the field states no other, as mail programs have it."""
        inside = unquote(words)
        if self._states_address or inside.count("@") != 1 or " " in inside:
            self._nameless(segment)
            return
        self._notes.append("address:in-quotes")
        self._add(inside, "", raw)

    def _unbracketed(self, segment: Segment, words: str, raw: str) -> None:
        comment = unescape(" ".join(segment.comments))
        joined = clean_address(words)
        bare = outside_quotes(joined)
        if ("@" in bare and " " not in bare) or _UNDISCLOSED.match(joined):
            self._add(joined, comment, raw)
            return
        # What stands in quotation marks is a name beside other words, whatever it spells.
        pieces = [match.group() for match in islice(_PIECE.finditer(joined), MAX_MAILBOXES)]
        stated = [(piece, outside_quotes(piece)) for piece in pieces]
        found = [piece for piece, said in stated if said.count("@") == 1 and said.strip("@") and len(piece) > 2]
        if not found:
            self._nameless(segment)
            return
        self._notes.append("address:several-in-one-mailbox" if len(found) > 1 else "address:without-brackets")
        rest = unquote(" ".join(piece for piece, said in stated if "@" not in said)) or comment
        for piece in found:
            self._add(clean_address(piece), rest if len(found) == 1 else "", raw)

    def _nameless(self, segment: Segment) -> None:
        self._notes.append("address:none")
        raw = self._text[segment.start : segment.end].strip()
        self._add(None, unquote(raw), raw)

    def _add(self, address: str | None, name: str, raw: str) -> None:
        if len(self._mailboxes) >= MAX_MAILBOXES:
            self._limited = True
            return
        if address and _UNDISCLOSED.match(address):
            self._notes.append("address:undisclosed")
            address, name = None, raw
        spec = _as_text(address.encode("latin-1")) if address else None
        shown, notes = _name(name.encode("latin-1"), spec, self._charset)
        self._notes.extend(notes)
        self._mailboxes.append(Mailbox(spec, shown, _as_text(raw.encode("latin-1"))))

    def _decoded(self, text: str) -> str:
        return _name(text.encode("latin-1"), None, self._charset)[0] or ""
