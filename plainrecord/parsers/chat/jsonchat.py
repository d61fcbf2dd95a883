"""One record, one JSON element: what the readers of JSON chat exports share on top of `jsonstream.py` and `pieces.py`.

A reader says where messages stand and what one of them says; this room walks the files, places every record
(`bytes:START-END#json:/pointer`), links the files it names, and reads the same element again in `load`. `read` sees one
element and what is the same for the whole file, so that `load` says what `scan` said. Memory: one element, and the headings
(names and ids that stand beside the messages).
"""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.media import beside
from plainrecord.parsers.chat.pieces import Message, Problem, Shelf, chats_of, envelope_of, loaded_of
from plainrecord.parsers.jsonstream import Broken, Found, Slice, place, placed, read_places, walk, walk_head
from plainrecord.records import Account, Envelope, Loaded, Position, Unread
from plainrecord.times import Meaning, Precision, TimeBlock, from_offset, unreadable

C = TypeVar("C")
Headings = Mapping[str, Any]
Read = Sequence[Message] | Problem

_LONGEST_FACT = 4000
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,]([0-9]{1,9}))?(?:Z|([+-])([0-9]{2}):?([0-9]{2}))?"
)


class JsonReader(Generic[C]):
    """A parser whose records are elements of JSON files. A claim's chats come first, files they name or need after.

    `headings` are patterns of values beside the messages. They are looked for before the first message is read, because an
    export may put them behind, and kept in `claim.facts["headings"]`.
    """

    service: str
    headings: tuple[str, ...] = ()

    @abstractmethod
    def pattern(self, claim: Claim, member: Member) -> str:
        """Where messages stand in this file, as `jsonstream.walk` takes it."""

    @abstractmethod
    def context(self, claim: Claim, member: Member, headings: Headings) -> C:
        """What is the same for all records of one file; `headings` by pointer."""

    @abstractmethod
    def read(self, context: C, pointer: str, element: dict[str, Any]) -> Read:
        """The records of one element, or why it could not be read. Never raises."""

    def complete(self, message: Message, element: dict[str, Any]) -> None:
        """What `load` adds to the first record of an element because it costs much and no envelope holds it.

        Text, files, facts and status; never marks, notes or anything else an envelope holds.
        """

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every record in file order; a file that cannot be read on costs no other file."""
        kept: dict[str, Headings] = {}
        for member in chats_of(claim):
            try:
                headings = self._headings(claim, member)
                if headings:
                    kept[member.tree_path] = headings
                context = self.context(claim, member, headings)
                with claim.open(member) as stream:
                    for found in walk(stream, [self.pattern(claim, member)]):
                        yield from self._envelopes(context, member, found)
            except (OSError, PlainrecordError) as error:
                detail = f"Reading stopped here ({error}). Records before were kept; what follows was not read."
                yield Unread(Position(member.tree_path, "file"), "reading-stopped", detail)
        if kept:
            claim.facts["headings"] = json.dumps(kept)

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those records with text and files."""
        shelf = Shelf(claim)
        kept: dict[str, Headings] = json.loads(claim.facts.get("headings", "{}"))
        places: dict[str, list[Position]] = {}
        for position in wanted:
            places.setdefault(position.member, []).append(position)
        for member in chats_of(claim):
            if positions := places.get(member.tree_path):
                headings = kept[member.tree_path] if member.tree_path in kept else self._headings(claim, member)
                context = self.context(claim, member, headings)
                yield from self._loaded(claim, context, member, positions, shelf)

    def _headings(self, claim: Claim, member: Member) -> dict[str, Any]:
        near = {one.pointer: one.value for one in walk_head(member.head, self.headings)} if self.headings else {}
        if len(near) == len(self.headings) and not any("*" in pattern for pattern in self.headings):
            # Passing over all messages to find what stands before them costs as much as reading them.
            return near
        with claim.open(member) as stream:
            return {one.pointer: one.value for one in walk(stream, self.headings) if isinstance(one, Found)}

    def _envelopes(self, context: C, member: Member, found: Found | Broken) -> Iterator[Envelope | Unread]:
        if isinstance(found, Broken):
            yield found.unread(member)
            return
        position = Position(member.tree_path, found.locator)
        messages = self._read(context, found.pointer, found.value)
        if isinstance(messages, Problem):
            yield Unread(position, messages.kind, messages.detail)
            return
        for message in messages:
            yield envelope_of(message, position, self.service)

    def _read(self, context: C, pointer: str, element: object) -> Read:
        if not isinstance(element, dict):
            return Problem("not-a-message", "There is no message in this place, but another kind of value.")
        return self.read(context, pointer, element)

    def _loaded(
        self, claim: Claim, context: C, member: Member, positions: list[Position], shelf: Shelf
    ) -> Iterator[Loaded]:
        depth = self.pattern(claim, member).count("/")
        last: tuple[str, dict[str, Message]] = ("", {})
        for part in read_places(claim, member, positions, lambda _pointer: depth):
            start, end, pointer = placed(part.position.locator)
            whole = "/".join(pointer.split("/")[: depth + 1])
            base = Position(member.tree_path, place(start, end, whole))
            if last[0] != base.locator:
                found = self._read(context, whole, part.element)
                if not isinstance(found, Problem) and found:
                    self.complete(found[0], part.element)
                last = (base.locator, {} if isinstance(found, Problem) else {one.suffix: one for one in found})
            if message := last[1].get(pointer[len(whole) :]):
                yield self._record(message, base, part, shelf.files(member, message.files))

    def _record(self, message: Message, base: Position, part: Slice, files: list[Any]) -> Loaded:
        loaded = loaded_of(message, base, self.service, part.raw, files)
        loaded.notes = part.notes
        return loaded


@dataclass(frozen=True, slots=True)
class Sniff:
    """What the first bytes of a file show: the values the asked patterns name, in order."""

    found: tuple[Found, ...]

    def first(self, pattern: str) -> Any:
        """The first value of a pattern, None when there is none."""
        return next((one.value for one in self.found if one.pattern == pattern), None)


def sniff(head: bytes, opening: bytes, must_hold: Sequence[bytes], patterns: Sequence[str]) -> Sniff | None:
    """The start of a JSON file that begins with `opening` and holds each of those words; else None, at little cost."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != opening or not all(word in head for word in must_hold):
        return None
    return Sniff(tuple(walk_head(head, patterns)))


def files_below(listing: Listing, member: Member, keep: Callable[[str], bool]) -> list[Member]:
    """Members below the folder of `member` whose path from there `keep` accepts."""
    start = len(member.tree_path) - len(member.name)
    return [one for one in beside(listing, member, deep=True) if keep(one.tree_path[start:])]


def part(value: object, name: str) -> dict[str, Any]:
    """The object under `name`, or an empty one."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def listed(value: object, name: str) -> list[tuple[int, dict[str, Any]]]:
    """The objects of the list under `name`, each with its index in the file."""
    found = value.get(name) if isinstance(value, dict) else None
    return [(at, one) for at, one in enumerate(found) if isinstance(one, dict)] if isinstance(found, list) else []


def words(value: object, name: str) -> str:
    """The text (or number, as text) under `name`, or ""."""
    found = value.get(name) if isinstance(value, dict) else None
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def without(accounts: Iterable[Account], one: Account | None) -> tuple[Account, ...]:
    """The accounts but for one and for repeats, whatever names they are shown under."""
    keys = {(one.kind, one.value)} if one else set()
    kept = {
        (other.kind, other.value): other for other in reversed(list(accounts)) if (other.kind, other.value) not in keys
    }
    return tuple(reversed(kept.values()))


def shown(value: object) -> str:
    """A value as a fact: text as it is, the rest as compact JSON, cut where no fact is that long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text[:_LONGEST_FACT]


def rest(element: Mapping[str, Any], said: Collection[str], prefix: str = "") -> dict[str, str]:
    """Every field that is said nowhere else in the record and is not empty, under its own name."""
    return {
        f"{prefix}{name}": shown(value)
        for name, value in element.items()
        if name not in said and value is not None and value is not False and value not in ("", [], {})
    }


def odd(element: Mapping[str, Any], texts: Collection[str], lists: Collection[str] = ()) -> dict[str, str]:
    """Fields a record says elsewhere as text (or a list of objects) that hold another kind of value: they would be lost there."""
    found = {}
    for name in (*texts, *lists):
        value = element.get(name)
        fits = value is None or isinstance(value, str | int) if name in texts else _is_list_of_objects(value)
        if not fits:
            found[f"{name} as it stands"] = shown(value)
    return found


def _is_list_of_objects(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(one, dict) for one in value))


@lru_cache(maxsize=4096)
def utc_text(raw: str, where: str, meaning: Meaning = "sent") -> TimeBlock:
    """An ISO 8601 time; without an offset it is UTC, because these formats document it so."""
    match = _ISO.fullmatch(raw.strip()) if len(raw) < 60 else None
    if match is None:
        return unreadable(raw[:100], where, meaning=meaning)
    day, clock, fraction, sign, hours, minutes = match.groups()
    try:
        local = datetime.fromisoformat(f"{day}T{clock}{'.' + (fraction + '00000')[:6] if fraction else ''}")
    except ValueError:
        return unreadable(raw, where, meaning=meaning)
    offset = (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1) if sign else 0
    precision: Precision = "min" if len(clock) == 5 else "s" if not fraction else "ms" if len(fraction) <= 3 else "us"
    documented = not sign and "Z" not in raw
    return from_offset(raw, where, local, offset, meaning=meaning, precision=precision, documented=documented)
