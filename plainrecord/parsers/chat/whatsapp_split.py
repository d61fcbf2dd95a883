"""The kernel: a WhatsApp text cut into messages by the byte pattern of its own headers, in windows, in one pass.

Every byte belongs to a message or to the text before the first one. Where windows end makes no difference. Memory: one
window; of a message over 1 MiB only its beginning and its end are handed out (its place covers all of it). Where all that
looks like a header in a window is one, its messages can be had in columns (`cut_up`), which takes a third of the time.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from operator import add
from typing import NamedTuple

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.intake.reading import Block, Stream
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.lines import Encoding, decoded, lines
from plainrecord.parsers.chat.whatsapp_header import Shape

# What a window must have free in front of it for the unfinished message of the one before.
ROOM = 1 << 20
WINDOW = 1 << 20
# Of a message that does not fit in that room: so much of its beginning and its end.
_BEGINNING = 64 << 10
_ENDING = 4 << 10
_GIANT = 256 << 10

Accepts = Callable[[bytes, bytes], bool]


@dataclass(slots=True)
class Piece:
    """Bytes `start` to `end` of the file. `raw` is their content as UTF-8; `stamp`, `date` and `time` are the parts of the
    header (all empty for what stands before the first one) and `rest` is where in `raw` the header ends."""

    start: int
    end: int
    raw: bytes
    stamp: bytes = b""
    date: bytes = b""
    time: bytes = b""
    rest: int = 0


class Cut(NamedTuple):
    """Messages that follow each other, in columns: the header with the line feed before it, the parts of the header, and
    what stands behind it, without the line feed that ends the message. `data` is all of it from the first line feed on;
    `bounds` says where each message begins in the file, and where the last one ends."""

    data: bytes
    bounds: list[int]
    heads: list[bytes]
    stamps: list[bytes]
    dates: list[bytes]
    times: list[bytes]
    bodies: list[bytes]

    def piece(self, at: int) -> Piece:
        """One of the messages."""
        head, (start, end) = self.heads[at], self.bounds[at : at + 2]
        raw = b"".join((head[1:], self.bodies[at], b"\n"))
        return Piece(start, end, raw, self.stamps[at], self.dates[at], self.times[at], len(head) - 1)


def cut(pattern: re.Pattern[bytes], data: bytes, start: int = 0) -> tuple[bytes, Cut]:
    """What stands before the first header, and all messages; `pattern` is a `Shape.cutting`. Not asked is whether a date or
    a time is possible."""
    parts, step = pattern.split(data), pattern.groups + 1
    places = [pattern.groupindex[name] for name in ("head", "stamp", "date", "time")]
    heads, *more = (parts[at::step] for at in (*places, step))
    bounds = list(accumulate(map(add, map(len, heads), map(len, more[-1])), initial=start))
    return parts[0], Cut(data, bounds, heads, *more)


def found_in(found: Cut, *patterns: re.Pattern[bytes]) -> Iterator[int]:
    """The messages in which one of these stands, header included; each as often as it does."""
    hits = [match.start() for pattern in patterns for match in pattern.finditer(found.data)]
    first = found.bounds[0]
    yield from (bisect_right(found.bounds, first + at) - 1 for at in hits)


def cut_up(blocks: Iterable[Block], shape: Shape, accepts: Accepts) -> Iterator[Cut | Piece]:
    """What `split` gives, in columns where that can be done."""
    return _split(blocks, shape.pattern, accepts, shape.cutting)


def split(blocks: Iterable[Block], pattern: re.Pattern[bytes], accepts: Accepts) -> Iterator[Piece]:
    """Every message in order. A header that `accepts` (date, time) refuses is text of the message it stands in.

    An error of the stream is raised after everything before it was handed out.
    """
    return (one for one in _split(blocks, pattern, accepts, None) if isinstance(one, Piece))


def _split(
    blocks: Iterable[Block], pattern: re.Pattern[bytes], accepts: Accepts, cutting: re.Pattern[bytes] | None
) -> Iterator[Cut | Piece]:
    start, size, beginning = 0, 0, b""
    parts: tuple[bytes, bytes, bytes, int] = (b"", b"", b"", 0)
    carry, resume, fault = b"\n", -1, None  # a virtual LF in front of the first line
    source = iter(blocks)
    groups = tuple(pattern.groupindex[name] for name in ("stamp", "date", "time"))
    while True:
        try:
            block = next(source, None)
        except (OSError, PlainrecordError) as error:
            fault, block = error, None
        ended = block is None
        if block is None:
            buffer, low, high, origin = bytearray(carry), 0, len(carry), size - len(carry)
        else:
            buffer, high, origin, ended = block.buffer, block.hi, block.base - block.lo, block.last
            low = block.lo - len(carry)
            buffer[low : block.lo] = carry
        size = origin + high
        view = memoryview(buffer)
        limit = high if ended else _complete(buffer, low, high)
        # The open message stands at the beginning, and its header once more.
        whole = start - 1 - origin
        if cutting and whole >= low and (found := _cut_whole(cutting, bytes(view[whole:limit]), start, accepts)):
            yield found[0]
            start, parts = found[1]
            resume = max(resume, origin + limit - 1)
        for match in pattern.finditer(buffer, max(resume - origin, low), limit):
            stamp, date, time = match.group(*groups)
            if not accepts(date, time):
                continue
            at, rest = match.span()
            at += 1
            first, end = start - origin, at + origin
            if end > start:
                raw = bytes(view[max(low, first) : at])
                yield Piece(start, end, beginning + raw if beginning else raw, *parts)
            start, beginning, parts = end, b"", (stamp, date, time, rest - at)
        if limit:
            resume = max(resume, origin + limit - 1)
        if ended:
            break
        first = max(min(start - 1, resume) - origin, low)
        if high - first > ROOM:
            beginning = beginning or bytes(view[start - origin : start - origin + _BEGINNING])
            first = max(min(resume - origin, high - _ENDING), high - ROOM)
        carry = bytes(view[first:high])
        view.release()
    if size > start:
        yield Piece(start, size, beginning + bytes(view[max(start - origin, low) : high]), *parts)
    if fault:
        raise fault


def _complete(buffer: bytearray, low: int, high: int) -> int:
    """Up to where headers can be looked for: one in the unfinished last line waits for more of that line, but only so long
    that it is still there when more has come."""
    limit = buffer.rfind(b"\n", low, high) + 1
    return high if high - max(limit, low) > _ENDING else limit


_Open = tuple[int, tuple[bytes, bytes, bytes, int]]


def _cut_whole(pattern: re.Pattern[bytes], data: bytes, start: int, accepts: Accepts) -> tuple[Cut, _Open] | None:
    """The messages of a window but for the last, whose end is not known, and what is known of that one. None when there are
    no two, when text stands before them, or when something that looks like a header is refused."""
    before, found = cut(pattern, data, start)
    if before or len(found.heads) < 2:
        return None
    date, time = found.dates[0], found.times[0]
    if not all(accepts(one, time) for one in set(found.dates)) or not all(
        accepts(date, one) for one in set(found.times)
    ):
        return None
    head, stamp, date, time, body = (column.pop() for column in found[2:])
    found.bounds.pop()
    opened = (found.bounds[-1], (stamp, date, time, len(head) - 1))
    return found._replace(data=data[: -len(head) - len(body)]), opened


def split_decoded(stream: Stream, encoding: Encoding, pattern: re.Pattern[bytes], accepts: Accepts) -> Iterator[Piece]:
    """The same for a text that is not UTF-8: line by line, re-encoded for looking at; places are those of the file."""
    open_: Piece | None = None
    for line in lines(stream, encoding):
        raw = decoded(line.raw, encoding)[0].encode("utf-8", "replace")
        match = pattern.match(b"\n" + raw) if line.begins else None
        if match and accepts(*match.group("date", "time")):
            if open_:
                yield open_
            stamp, date, time = match.group("stamp", "date", "time")
            open_ = Piece(line.start, line.end, raw, stamp, date, time, match.end() - 1)
        elif open_ is None:
            open_ = Piece(line.start, line.end, raw)
        else:
            open_.end = line.end
            open_.raw += raw if len(open_.raw) < ROOM else b""
    if open_:
        yield open_


def clipped(raw: bytes, length: int) -> bytes:
    """What is looked at of a message of `length` bytes to say what it is: of giants only their beginning and their end."""
    return raw if length <= _GIANT else raw[:_BEGINNING] + raw[-_ENDING:]


def windows(claim: Claim, member: Member) -> Iterator[Block]:
    """The bytes of a member once more, unhashed, for a look ahead; with the room `split` needs in front."""
    size = member.size or 0
    buffer = bytearray(ROOM + WINDOW)
    ranges = [(at, min(at + WINDOW, size)) for at in range(0, size, WINDOW)]
    for (start, end), data in zip(ranges, claim.slices(member, ranges), strict=True):
        buffer[ROOM : ROOM + len(data)] = data
        yield Block(buffer, ROOM, ROOM + len(data), start, end == size)
