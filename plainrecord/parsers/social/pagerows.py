"""A page of a download cut into its rows by nesting, streamed: exact bytes of each, whatever the size of the page or of a line.

A row is a child of the element that holds all rows. Class names are artefacts of a build and change, so that element is found
by what it holds: the main part of the page, and in it the place below which several children bear a date. Bytes beside
rows are frame where they are blank or stand outside that element, and unknown where they are not.

Memory: the sample and one row. It knows no service, and not what a row says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from plainrecord.intake.reading import Stream
from plainrecord.parsers.chat.lines import LONGEST_RECORD
from plainrecord.parsers.social.pagedates import date_text
from plainrecord.parsers.social.sheets import Piece

# The elements whose nesting counts; pages close each of them. Everything else lies inside one of these.
_TAG = re.compile(
    rb"<(?:(/?)(html|body|main|header|aside|section|article|footer|div|ul|ol|li|table|tbody|thead|tr|td|th)\b([^<>]*)>|(!--|script\b))"
)
_ENDS = {b"!--": b"-->", b"script": b"</script"}
_RUN = re.compile(rb">\s*([^<>]{6,320}?)\s*(?=<)")
_CLASS = re.compile(rb'\bclass="([^"]*)"')
_MAIN = re.compile(rb'\brole="main"')
# Words of the class of a row in the two generations of pages known; a hint where nesting leaves it open.
_ROW_WORDS = frozenset((b"_a6-g", b"uiBoxWhite"))
_SAMPLE = 1 << 18
_LONGEST_SAMPLE = 1 << 22
_LONGEST_TAG = 1 << 14
_DEEPEST = 400
_TABLE = frozenset((b"table", b"tbody", b"thead", b"tr", b"td", b"th"))


@dataclass(slots=True)
class _Element:
    """An element of the sample: its name, the words of its class, how many dates stand in it, and what is in it."""

    name: bytes
    words: bytes
    path: tuple[int, ...]
    is_main: bool = False
    dates: int = 0
    inner: list[_Element] = field(default_factory=list)

    @property
    def is_row(self) -> bool:
        return bool(_ROW_WORDS & set(self.words.split()))


def rows(stream: Stream) -> Iterator[Piece]:
    """Every byte of a page in order: its rows, the frame around them, and what belongs to neither."""
    reader, size = _Reader(stream), _SAMPLE
    while True:
        sample = reader.sample(size)
        holder = _holder(_tree(sample))
        if reader.ended or size >= _LONGEST_SAMPLE or sum(bool(one.dates or one.is_row) for one in holder.inner) > 1:
            break
        size *= 4
    yield from _Cutter(holder.path).pieces(reader.blocks())


def _holder(top: _Element) -> _Element:
    """The element that holds the rows. Its path is the place of each element on the way to it among its sisters."""
    holder = next((one for one in _all(top) if one.is_main), None) or next(
        (one for one in _all(top) if one.name == b"body"), top
    )
    while (further := _further(holder)) is not None:
        holder = further
    return holder


def _further(holder: _Element) -> _Element | None:
    """The only element inside that can hold the rows; None where the rows stand here."""
    dated = [one for one in holder.inner if one.dates]
    if any(one.is_row for one in holder.inner) or len(dated) > 1:
        return None
    if not dated:
        return holder.inner[0] if len(holder.inner) == 1 and holder.inner[0].inner else None
    (only,) = dated
    if only.name in _TABLE or any(one.words == only.words and one.words for one in holder.inner if one is not only):
        return None
    # A row has several parts, so that an element with one date is passed only if there may be a row further in.
    return (
        only
        if only.dates > 1 or any(one.dates and len(one.inner) > 1 for one in _all(only) if one is not only)
        else None
    )


def _all(element: _Element) -> Iterator[_Element]:
    left = [element]
    while left:
        one = left.pop(0)
        yield one
        left[:0] = one.inner


def _tree(sample: bytes) -> _Element:
    """The nesting of the sample, with the number of dates in each element. Dates in the head of a page do not count."""
    top = _Element(b"", b"", ())
    walker = _Walker()
    open_: list[_Element] = [top]
    at = 0
    for step in walker.steps(sample, 0, len(sample)):
        _count(sample[at : step.start], open_)
        at = step.end - 1
        if step.opens:
            path = (*open_[-1].path, len(open_[-1].inner))
            found = _CLASS.search(step.said)
            is_main = step.name == b"main" or bool(_MAIN.search(step.said))
            made = _Element(step.name, found[1] if found else b"", path, is_main)
            open_[-1].inner.append(made)
            open_.append(made)
        else:
            del open_[step.depth + 1 :]
    return top


def _count(between: bytes, open_: list[_Element]) -> None:
    if any(one.name in (b"header", b"aside") for one in open_):
        return
    for match in _RUN.finditer(between + b"<"):
        found = date_text(unescape(match[1].decode("utf-8", "replace")).strip())
        if found:
            for one in open_:
                one.dates += 1


@dataclass(frozen=True, slots=True)
class _Step:
    """A tag: its bytes, and the number of elements that are open before it opens, or after it closes."""

    start: int
    end: int
    name: bytes
    said: bytes
    opens: bool
    depth: int


class _Walker:
    """The nesting of a page, tag by tag. A closing tag without an opening one means nothing."""

    def __init__(self) -> None:
        self.open: list[bytes] = []
        self._until = b""
        self.at = 0

    def steps(self, data: bytes, start: int, end: int) -> Iterator[_Step]:
        """The tags between two places; `at` is then where the next look begins."""
        self.at = start
        while True:
            if self._until:
                found = data.find(self._until, self.at, end)
                if found < 0:
                    self.at = max(self.at, end - len(self._until) + 1)
                    return
                self.at, self._until = found + len(self._until), b""
            match = _TAG.search(data, self.at, end)
            if match is None:
                self.at = max(self.at, self._rest(data, end))
                return
            self.at = match.end()
            if match[4]:
                self._until = _ENDS[match[4]]
            elif step := self._step(match):
                yield step

    def _rest(self, data: bytes, end: int) -> int:
        """Where a tag that is not whole yet may begin."""
        last = data.rfind(b"<", max(0, end - _LONGEST_TAG), end)
        return last if last >= 0 and data.find(b">", last, end) < 0 else end

    def _step(self, match: re.Match[bytes]) -> _Step | None:
        name, said = match[2], match[3]
        if not match[1]:
            if len(self.open) >= _DEEPEST:
                return None
            self.open.append(name)
            return _Step(match.start(), match.end(), name, said, True, len(self.open) - 1)
        if name not in self.open:
            return None
        while self.open.pop() != name:
            pass
        return _Step(match.start(), match.end(), name, said, False, len(self.open))


class _Reader:
    """The bytes of a stream, of which the first are looked at before they are read."""

    def __init__(self, stream: Stream) -> None:
        self._blocks = (
            bytes(memoryview(block.buffer)[block.lo : block.hi]) for block in stream.blocks(head=0, size=1 << 20)
        )
        self._held: list[bytes] = []
        self._first = b""
        self.ended = False

    def sample(self, size: int) -> bytes:
        """The beginning of the page, so much of it behind the design in its head."""
        while not self.ended and len(self._first) < max(self._first.find(b"<body"), 0) + size:
            block = next(self._blocks, None)
            self.ended = block is None
            self._held += [block] if block is not None else []
            self._first += block or b""
        return self._first[: max(self._first.find(b"<body"), 0) + size]

    def blocks(self) -> Iterator[bytes]:
        """All of it, from the beginning."""
        self._first = b""
        while self._held:
            yield self._held.pop(0)
        yield from self._blocks


class _Cutter:
    """The pieces of one page. `_way` counts the open elements on the way to the holder of the rows."""

    def __init__(self, holder: tuple[int, ...]) -> None:
        self._holder = holder
        self._places = [0]
        self._way = 0
        self._in_row = False
        self._what = "frame"

    def pieces(self, blocks: Iterator[bytes]) -> Iterator[Piece]:
        walker, data, base, look = _Walker(), b"", 0, 0
        for block in blocks:
            data += block
            done = 0
            for step in walker.steps(data, look, len(data)):
                edge, what = self._step(step)
                if edge > done:
                    yield _piece(base + done, data[done:edge], self._what)
                    done = edge
                if edge >= 0:
                    self._what = what
            look = walker.at - done
            data, base = data[done:], base + done
            while len(data) > LONGEST_RECORD and look >= LONGEST_RECORD:
                yield _piece(base, data[:LONGEST_RECORD], self._what)
                data, base, look = data[LONGEST_RECORD:], base + LONGEST_RECORD, look - LONGEST_RECORD
                self._what = "unknown" if self._what == "record" else self._what
        if data:
            yield _piece(base, data, self._what)

    def _step(self, step: _Step) -> tuple[int, str]:
        """Where the piece before this tag ends and what then begins; (-1, "") where nothing does."""
        return self._opened(step) if step.opens else self._closed(step)

    def _opened(self, step: _Step) -> tuple[int, str]:
        place = self._places[step.depth]
        self._places[step.depth :] = [place + 1, 0]
        inside = len(self._holder)
        if self._way == inside == step.depth:
            self._in_row = True
            return step.start, "record"
        if self._way == step.depth < inside and place == self._holder[step.depth]:
            self._way += 1
            return (step.end, "beside") if self._way == inside else (-1, "")
        return -1, ""

    def _closed(self, step: _Step) -> tuple[int, str]:
        inside = len(self._holder)
        if step.depth < self._way:
            self._in_row = False
            self._way = step.depth
            return step.start, "frame"
        if self._in_row and step.depth == inside:
            self._in_row = False
            return step.end, "beside"
        return -1, ""


def _piece(start: int, raw: bytes, what: str) -> Piece:
    if what == "beside":
        what = "unknown" if raw.strip() else "frame"
    return Piece(start, raw, what)
