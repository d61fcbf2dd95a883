"""JSON of any size, element by element: what an export holds at given paths, each with its pointer and its exact bytes.

Matters to every parser of a JSON export. It knows nothing of messages, decides nothing about what it finds, and never
holds more than one window and one element.

The standard library's scanner runs over a window of decoded text, so every element's first and last byte are known, lone
surrogate escapes come through as written, NaN and a byte-order mark are read, and bytes that are not UTF-8 stay apart
(as surrogates U+DC80–U+DCFF, which a written record shows as U+FFFD). Why not ijson: docs/decisions/0007.

A place is written `bytes:START-END#json:/pointer`: the half-open byte range of the element in its member, then the RFC 6901
pointer of the value in the whole document. The pointer may go deeper than the element (a reaction inside a message).
`raw_sha256` of a record read from JSON is the SHA-256 of exactly those bytes, so nothing has to be canonicalised:
`tail -c +START+1 FILE | head -c LENGTH | sha256sum` gives it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

from plainrecord.intake.listing import Member
from plainrecord.intake.reading import Block, Stream
from plainrecord.parsers.base import Claim
from plainrecord.parsers.jsonwindow import DECODER, Window
from plainrecord.records import Position, Unread

Repair = Callable[[str], str]

WINDOW = 1 << 19

_PLACE = re.compile(r"bytes:([0-9]{1,18})-([0-9]{1,18})(?:#json:(.*))?", re.DOTALL)


class Found(NamedTuple):
    """A value that stands where a pattern asked: decoded, with the half-open byte range it was decoded from."""

    pattern: str
    pointer: str
    start: int
    end: int
    value: Any
    repaired: bool = False

    @property
    def locator(self) -> str:
        """The place as a `Position.locator`."""
        return place(self.start, self.end, self.pointer)


class Broken(NamedTuple):
    """A stretch that could not be decoded: one element, or all from where the document stopped making sense."""

    pointer: str
    start: int
    end: int
    kind: str
    detail: str

    def unread(self, member: Member) -> Unread:
        """The same as the entry a parser yields."""
        return Unread(Position(member.tree_path, place(self.start, self.end, self.pointer)), self.kind, self.detail)


class Slice(NamedTuple):
    """One place read again: its bytes, the value at its pointer and the whole element (the same unless nested)."""

    position: Position
    pointer: str
    raw: bytes
    value: Any
    element: Any
    notes: tuple[str, ...]

    @property
    def raw_sha256(self) -> str:
        """SHA-256 of the element's exact bytes."""
        return hashlib.sha256(self.raw).hexdigest()


def walk(stream: Stream, patterns: Sequence[str], repair: Repair | None = None) -> Iterator[Found | Broken]:
    """Every value of the document that one of the patterns names, in document order, then nothing or one last `Broken`.

    A pattern is a pointer in which `*` stands for any index or key: `/messages/*`, `/chats/list/*/name`; the empty pattern
    is the whole document. A value that matches is not searched further. Where several patterns share a place, name each.
    `repair` gets the text of an element that does not decode and gives back one that may. An element that stays
    undecodable is a `Broken` of its own and the walk goes on; damage to the brackets round the elements ends it.
    Reads the stream to its end in any case. Memory: a window, and one element (at most `jsonwindow.ELEMENT_LIMIT` characters).
    """
    return _Walk(Window(stream.blocks(head=4096, size=WINDOW)), repair).document(_tree(patterns))


def walk_head(head: bytes, patterns: Sequence[str], repair: Repair | None = None) -> Iterator[Found]:
    """The same for the first bytes of a file, for sniffing: what stands whole in them and decodes, nothing else."""
    block = Block(bytearray(head), 0, len(head), 0, last=True)
    found = _Walk(Window([block]), repair).document(_tree(patterns))
    return (item for item in found if isinstance(item, Found))


def place(start: int, end: int, pointer: str) -> str:
    """The locator of the value at `pointer`, decoded from those bytes."""
    return f"bytes:{start}-{end}#json:{pointer}"


def placed(locator: str) -> tuple[int, int, str]:
    """Start, end and pointer of a locator made by `place`; raises ValueError for any other."""
    match = _PLACE.fullmatch(locator)
    if not match:
        raise ValueError(f"not a place in a JSON file: {locator}")
    return int(match[1]), int(match[2]), match[3] or ""


def pointer_step(key: str) -> str:
    """One key as it stands in an RFC 6901 pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def read_places(
    claim: Claim,
    member: Member,
    wanted: Collection[Position],
    depth: Callable[[str], int],
    repair: Repair | None = None,
) -> Iterator[Slice]:
    """Those places of one member, in file order, each element read once from its own bytes.

    `depth` says how many steps of a pointer lead to the element itself; the rest is looked up inside it.
    """
    spans: dict[tuple[int, int], list[tuple[str, Position]]] = {}
    for position in wanted:
        start, end, pointer = placed(position.locator)
        spans.setdefault((start, end), []).append((pointer, position))
    ordered = sorted(spans)
    for span, raw in zip(ordered, claim.slices(member, ordered), strict=True):
        element, notes = decode(raw, repair)
        for pointer, position in sorted(spans[span], key=_nesting):
            value = inside(element, pointer.split("/")[1:][depth(pointer) :])
            yield Slice(position, pointer, raw, value, element, notes)


def _nesting(item: tuple[str, Position]) -> tuple[tuple[int, str], ...]:
    return tuple((len(step), step) for step in item[0].split("/"))


def decode(raw: bytes, repair: Repair | None = None) -> tuple[Any, tuple[str, ...]]:
    """One element from its bytes, with notes on what the decoder had to do; raises ValueError when nothing helps.

    Of two equal keys the last wins, as in the walk; here a note says so.
    """
    twice: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) < len(items):
            twice.append("json:key-given-twice")
        return made

    decoder = json.JSONDecoder(strict=False, object_pairs_hook=pairs)
    text = raw.decode("utf-8", "surrogateescape")
    try:
        return decoder.decode(text), tuple(twice[:1])
    except ValueError:
        if repair is None:
            raise
        return decoder.decode(repair(text)), (*twice[:1], "json:repaired")


def inside(value: Any, steps: Iterable[str]) -> Any:
    """The value below `value` at those pointer steps; raises LookupError when there is none."""
    for step in steps:
        key = step.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


@dataclass(slots=True)
class _Node:
    """What the patterns say about one level: the pattern that ends here, or where to look below."""

    pattern: str | None = None
    below: dict[str, _Node] = field(default_factory=dict)


def _tree(patterns: Sequence[str]) -> _Node:
    root = _Node()
    for pattern in patterns:
        node = root
        for step in pattern.split("/")[1:]:
            node = node.below.setdefault(step.replace("~1", "/").replace("~0", "~"), _Node())
        node.pattern = pattern
    return root


class _DamageError(Exception):
    """The brackets round the elements do not hold; `start` is the byte from which nothing was read."""

    def __init__(self, pointer: str, start: int, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer, self.start, self.kind, self.detail = pointer, start, kind, detail


# What may be looked into; "" is the end of the file, which is somebody else's to report.
_HOLDS = ("{", "[", "]", "")

_SAYS = {
    "truncated": "The file ends in the middle of this value; everything before it was read.",
    "bad-structure": "The file stops being JSON here; everything before was read, what follows was not.",
    "bad-json": "This entry is not valid JSON; the entries round it were read.",
    "too-large": "This entry is larger than any message; it was passed over and the entries round it were read.",
    "trailing-data": "There is more text behind the end of the document; it was not read.",
    "stray-value": "This entry of a list is no object as the others are; nothing was taken from it.",
    "not-utf-8": "The file is not UTF-8 text, so it is no JSON file that can be read.",
}


class _Walk:
    """One document being walked; `document` is the way in."""

    def __init__(self, window: Window, repair: Repair | None) -> None:
        self._window = window
        self._repair = repair

    def document(self, root: _Node) -> Iterator[Found | Broken]:
        window = self._window
        try:
            if not window.is_utf8():
                raise _DamageError("", 0, "not-utf-8", _SAYS["not-utf-8"])
            yield from self._value(root, "")
            if window.char():
                self._stop("", "trailing-data")
        except _DamageError as damage:
            yield Broken(damage.pointer, damage.start, window.drain(), damage.kind, damage.detail)

    def _value(self, node: _Node, pointer: str) -> Iterator[Found | Broken]:
        first = self._window.char()
        if not first:
            self._stop(pointer, "truncated")
        if node.pattern is not None:
            yield self._decoded(node.pattern, pointer)
        elif node.below and first == "{":
            yield from self._object(node, pointer)
        elif "*" in node.below and first == "[":
            yield from self._array(node.below["*"], pointer)
        elif not self._window.skip():
            self._stop(pointer, "truncated")

    def _object(self, node: _Node, pointer: str) -> Iterator[Found | Broken]:
        window = self._window
        window.at += 1
        closed = window.char() == "}"
        while not closed:
            key = self._key(pointer)
            below = node.below.get(key) or node.below.get("*")
            if below:
                yield from self._value(below, f"{pointer}/{pointer_step(key)}")
            elif not (window.char() and window.skip()):
                self._stop(f"{pointer}/{pointer_step(key)}", "truncated")
            closed = self._goes_on(pointer, "}")
        window.at += 1

    def _array(self, node: _Node, pointer: str) -> Iterator[Found | Broken]:
        window = self._window
        window.at += 1
        closed = window.char() == "]"
        index = 0
        while not closed:
            if node.pattern is not None:
                for value, start, end in window.run():
                    yield Found(node.pattern, f"{pointer}/{index}", start, end, value)
                    index += 1
            if node.pattern is None and window.char() not in _HOLDS:
                yield from self._stray(f"{pointer}/{index}")
            else:
                yield from self._value(node, f"{pointer}/{index}")
            index += 1
            closed = self._goes_on(pointer, "]")
        window.at += 1

    def _stray(self, pointer: str) -> Iterator[Broken]:
        """An entry of a list of objects that is none: nothing can be looked up in it, but it is there."""
        window = self._window
        start, is_null = window.offset(), window.char() == "n"
        if not window.skip():
            self._stop(pointer, "truncated")
        if not is_null:
            yield Broken(pointer, start, window.offset(), "stray-value", _SAYS["stray-value"])

    def _decoded(self, pattern: str, pointer: str) -> Found | Broken:
        window = self._window
        start = window.offset()
        try:
            value, end = window.value()
            if isinstance(value, int | float) and pointer and not window.after_scalar():
                # A number may be cut off like everything else, but what is left of it still looks like one.
                raise _DamageError(pointer, start, "truncated", _SAYS["truncated"])
            return Found(pattern, pointer, start, end, value)
        except ValueError:
            text = window.passed_over()
        end = window.offset()
        if text is None:
            if window.ended and not window.balanced:
                raise _DamageError(pointer, start, "truncated", _SAYS["truncated"]) from None
            return Broken(pointer, start, end, "too-large", _SAYS["too-large"])
        try:
            if self._repair:
                return Found(pattern, pointer, start, end, DECODER.decode(self._repair(text)), repaired=True)
        except (ValueError, RecursionError):
            pass
        return Broken(pointer, start, end, "bad-json", _SAYS["bad-json"])

    def _key(self, pointer: str) -> str:
        window = self._window
        if window.char() != '"':
            self._stop(pointer, "bad-structure" if window.char() else "truncated")
        try:
            key, _ = window.value()
        except ValueError:
            # A key may carry the same unusual escapes as the values.
            text = window.passed_over()
            if text is None:
                self._stop(pointer, "truncated")
            key = text[1:-1]
        if window.char() != ":":
            self._stop(pointer, "bad-structure" if window.char() else "truncated")
        window.at += 1
        return str(key)

    def _goes_on(self, pointer: str, close: str) -> bool:
        char = self._window.char()
        if char == close:
            return True
        if char != ",":
            self._stop(pointer, "bad-structure" if char else "truncated")
        self._window.at += 1
        return False

    def _stop(self, pointer: str, kind: str) -> NoReturn:
        raise _DamageError(pointer, self._window.offset(), kind, _SAYS[kind])
