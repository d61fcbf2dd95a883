"""Lines of a text export with their exact place in bytes: what every parser of chat texts stands on.

A line ends at LF and nowhere else. U+2028, U+0085, form feeds and the like occur inside messages, and so does a lone
CR, so `str.splitlines` would tear messages apart. Nothing is changed on the way: the bytes a line is made of, one
behind the other, are the file. Memory: one read window and the longest line, which is cut at `LONGEST_LINE`.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.intake.reading import Stream
from plainrecord.parsers.base import Claim
from plainrecord.records import Position, Unread, valid_text

Header = TypeVar("Header")

# A longer line is handed out in pieces of this size, of which only the first begins a line.
LONGEST_LINE = 1 << 20
# A record keeps growing with the lines behind it; past this the rest is an entry of its own, so that a hostile file cannot fill the memory.
LONGEST_RECORD = 16 << 20
# Wanted messages so close to each other are read in one go, up to so much at once.
_NEAR = 4 << 10
_TOGETHER = 1 << 20
GUESSED = "charset-guessed:windows-1252"

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the text is written. `mark` is the length of the byte-order mark at the start of the file (0 for none);
    `newline` the bytes of LF, `unit` the bytes of one code unit. `basis` says how it was found."""

    name: str = "utf-8"
    mark: int = 0
    newline: bytes = b"\n"
    unit: int = 1
    basis: str = "no byte-order mark; read as UTF-8"


def encoding_of(head: bytes) -> Encoding:
    """The encoding of a text from its first bytes: by byte-order mark, else by the zeros of UTF-16, else UTF-8.

    Bytes that are no UTF-8 are met line by line in `decoded`, which says so in a note.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            newline = "\n".encode(name)
            return Encoding(name, len(mark), newline, len(newline), "its byte-order mark")
    unmarked = _without_mark(head[:512])
    if unmarked:
        return Encoding(unmarked, 0, "\n".encode(unmarked), 2, "zero bytes at every second place")
    return Encoding()


def _without_mark(sample: bytes) -> str | None:
    sample = sample[: len(sample) // 2 * 2]
    if len(sample) < 16 or 0 not in sample:
        return None
    first, second = sample[0::2].count(0), sample[1::2].count(0)
    if second > len(sample) // 4 and first * 8 < second:
        return "utf-16-le"
    return "utf-16-be" if first > len(sample) // 4 and second * 8 < first else None


def decoded(raw: bytes, encoding: Encoding) -> tuple[str, tuple[str, ...]]:
    """The text of some bytes and notes on it. UTF-8 that is none is read as Windows-1252 and noted as guessed."""
    try:
        return raw.decode(encoding.name), ()
    except UnicodeDecodeError as error:
        if encoding.name != "utf-8":
            return valid_text(raw.decode(encoding.name, "replace")), ("charset-damaged",)
        # A file cut inside a letter is damaged at its end, not written in another charset.
        if error.reason == "unexpected end of data":
            return raw.decode("utf-8", "replace"), ("charset-damaged",)
    return raw.decode("cp1252", "replace"), (GUESSED,)


def without_end(text: str) -> str:
    """A line or record without its last line end: one LF, and one CR before it."""
    return text.removesuffix("\n").removesuffix("\r")


@dataclass(frozen=True, slots=True)
class Line:
    """`raw` with its LF, standing at byte `start` of the file. `begins` is false for a further piece of an overlong line;
    `number` counts lines from 1."""

    start: int
    raw: bytes
    number: int
    begins: bool = True

    @property
    def end(self) -> int:
        """The byte behind it."""
        return self.start + len(self.raw)


def lines(stream: Stream, encoding: Encoding = Encoding()) -> Iterator[Line]:
    """Every line in order; joined, they are the whole stream, byte-order mark included (it is part of the first line).

    Reads the stream to its end, so that its digests become known. Raises what the stream raises, after the lines before
    it were handed out.
    """
    number, begins = 1, True
    for start, raw in _pieces(stream, encoding):
        yield Line(start, raw, number, begins)
        begins = raw.endswith(encoding.newline)
        number += begins


def _pieces(stream: Stream, encoding: Encoding) -> Iterator[tuple[int, bytes]]:
    rest, at = b"", 0
    fault: Exception | None = None
    try:
        for block in stream.blocks(head=0, size=1 << 20):
            data = rest + block.buffer[block.lo : block.hi]
            done = 0
            for end in _ends(data, encoding):
                while done < end:
                    piece = data[done : min(end, done + LONGEST_LINE)]
                    yield at + done, piece
                    done += len(piece)
            # Cut only where more follows, so that where windows end makes no difference.
            while len(data) - done > LONGEST_LINE:
                yield at + done, data[done : done + LONGEST_LINE]
                done += LONGEST_LINE
            rest, at = data[done:], at + done
    except (OSError, PlainrecordError) as error:
        fault = error
    if rest:
        yield at, rest
    if fault:
        raise fault


def _ends(data: bytes, encoding: Encoding) -> Iterator[int]:
    """The places behind each LF. In UTF-16 an LF counts only where a code unit begins."""
    newline, unit = encoding.newline, encoding.unit
    found = data.find(newline)
    while found >= 0:
        if found % unit:
            found = data.find(newline, found + 1)
            continue
        yield found + unit
        found = data.find(newline, found + unit)


@dataclass(frozen=True, slots=True)
class Entry(Generic[Header]):
    """A header line and the lines behind it up to the next one: `raw` stands at `start` to `end` of the file.

    `header` is what the caller's test made of the first line, None for lines before the first header. `first` and `last`
    are line numbers.
    """

    start: int
    raw: bytes
    header: Header | None
    first: int
    last: int

    @property
    def end(self) -> int:
        """The byte behind it."""
        return self.start + len(self.raw)

    @property
    def locator(self) -> str:
        """Its place as `records.Position` writes it."""
        return f"bytes:{self.start}-{self.end}"


def entries(found: Iterable[Line], header: Callable[[Line], Header | None]) -> Iterator[Entry[Header]]:
    """Lines joined into records: each line for which `header` gives something begins one; all others continue it.

    Lines before the first header are one entry without a header: they belong to somebody's accounting, never dropped.
    """
    parts: list[bytes] = []
    start, size, first, last = 0, 0, 1, 1
    what: Header | None = None
    for line in found:
        new = header(line) if line.begins else None
        if parts and (new is not None or size + len(line.raw) > LONGEST_RECORD):
            yield Entry(start, b"".join(parts), what, first, last)
            parts, size = [], 0
        if not parts:
            start, first, what = line.start, line.number, new
        parts.append(line.raw)
        size, last = size + len(line.raw), line.number
    if parts:
        yield Entry(start, b"".join(parts), what, first, last)


def span(locator: str) -> tuple[int, int]:
    """Start and end of a `bytes:START-END` locator."""
    start, _, end = locator.removeprefix("bytes:").partition("-")
    return int(start), int(end)


def wanted_bytes(claim: Claim, member: Member, wanted: Collection[Position]) -> Iterator[tuple[Position, bytes]]:
    """The exact bytes at each wanted `bytes:` position of a member, in the order they stand in it.

    Messages that stand close together are read in one go: in a chat most of them are wanted.
    """
    spans = sorted((span(position.locator), position) for position in wanted if position.member == member.tree_path)
    blocks = list(_blocks([pair for pair, _ in spans]))
    pieces = claim.slices(member, ((start, end) for start, end, _ in blocks))
    found = iter(spans)
    for (first, _, count), block in zip(blocks, pieces, strict=True):
        for (start, end), position in islice(found, count):
            yield position, block[start - first : end - first]


def _blocks(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Start, end and number of spans of each piece that is read in one go."""
    first = last = count = 0
    for start, end in spans:
        if count and last <= start <= last + _NEAR and end - first <= _TOGETHER:
            last, count = end, count + 1
            continue
        if count:
            yield first, last, count
        first, last, count = start, end, 1
    if count:
        yield first, last, count


def byte_slices(
    claim: Claim, member: Member, locators: Sequence[str], longest: int
) -> Iterator[tuple[int, list[bytes]]]:
    """The bytes at many `bytes:` places that follow each other in the order of the file: the first one's place among those
    asked for, and the bytes at it and at those behind it. A place longer than `longest`, and the one behind which places
    step back, end the stretch; they are left out."""
    numbers = list(map(int, "-".join([locator[6:] for locator in locators]).split("-")))
    starts, ends = numbers[::2], numbers[1::2]
    for first, behind in _ascending(starts, ends, longest):
        at = first
        blocks = list(_blocks(list(zip(starts[first:behind], ends[first:behind], strict=True))))
        pieces = claim.slices(member, ((start, end) for start, end, _ in blocks))
        for (start, _, count), block in zip(blocks, pieces, strict=True):
            spans = zip(starts[at : at + count], ends[at : at + count], strict=True)
            yield at, [block[one - start : end - start] for one, end in spans]
            at += count


def _ascending(starts: Sequence[int], ends: Sequence[int], longest: int) -> Iterator[tuple[int, int]]:
    """Stretches of places none of which is longer than `longest` or begins before the end of the one before."""
    first = last = 0
    for at, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start < last or end - start > longest:
            if first < at:
                yield first, at
            first = at + 1
        last = end
    if first < len(starts):
        yield first, len(starts)


def digest(raw: bytes) -> str:
    """SHA-256 of a record's exact bytes, for `Loaded.raw_sha256`."""
    return hashlib.sha256(raw).hexdigest()


def read_fault(member: Member, at: int, error: Exception) -> Unread:
    """What to yield when a stream ends in an error at byte `at`: everything before it was read and kept."""
    detail = f"The file could not be read beyond this point ({error}) What stands before it was kept."
    return Unread(Position(member.tree_path, f"bytes:{at}-{at}"), "read-error", detail)
