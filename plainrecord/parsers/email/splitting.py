"""Split a mailbox stream into mails: every byte belongs to a mail, to a separator line, or is given back as stray bytes.

Works on windows of any size with the same result; memory is one window plus at most 1 MiB of unfinished header and a
bounded queue of doubtful separators. Only what the caller needs for an envelope is copied out: the header block.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from plainrecord.errors import PlainrecordError
from plainrecord.intake.reading import Block
from plainrecord.parsers.email import separators
from plainrecord.parsers.email.headers import MAX_HEADER, fields_start
from plainrecord.parsers.email.separators import REACH, Verdict

# A header block longer than this is cut for reading (and noted); its bytes stay part of the mail.
HEADER_LIMIT = MAX_HEADER
# Room a stream must leave before each window for what could not be decided in the one before.
HEAD = HEADER_LIMIT + (64 << 10)
# trap 5: separators inside a stated Content-Length wait for its end. More than this, and the length is not believed.
_QUEUE_LENGTH = 256
_QUEUE_BYTES = 8 << 20
# Bytes kept before a candidate, to see whether a blank line stands there; and the longest piece of a cut candidate.
_CONTEXT = 8
_LONGEST_CANDIDATE = 7

_LEADING = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]{0,64}")
_CONTENT_LENGTH = re.compile(rb"\n[Cc]ontent-[Ll]ength[ \t]*:[ \t]*([0-9]{1,15})[ \t]*\r?\n")
_BLANK_LINE = re.compile(rb"\n\r*\n")


@dataclass(slots=True)
class Mail:
    """One mail of a mailbox: its separator line, its own bytes `start` to `end`, and a copy of its header block."""

    separator: bytes
    start: int
    end: int
    header: bytes
    notes: tuple[str, ...]


@dataclass(slots=True)
class Stray:
    """Bytes that belong to no mail, and why. `detail` is one sentence."""

    start: int
    end: int
    kind: str
    detail: str


@dataclass(slots=True)
class Findings:
    """How often each doubtful thing was met in one mailbox, and the offsets of the first few."""

    counts: dict[str, int] = field(default_factory=dict)
    places: dict[str, list[int]] = field(default_factory=dict)

    def add(self, code: str, at: int) -> None:
        """Count one more of `code`, in the mail whose separator line starts at `at`."""
        self.counts[code] = self.counts.get(code, 0) + 1
        places = self.places.setdefault(code, [])
        if len(places) < 20:
            places.append(at)


@dataclass(slots=True)
class _Mark:
    """A line that was looked at. It may end the mail before it (`closes`), begin one at `start` (`opens`), or only say
    something about the mail round it. `after_crlf`: the line before it ends in CRLF."""

    at: int
    start: int
    closes: bool
    opens: bool
    separator: bytes = b""
    header: bytes = b""
    notes: tuple[str, ...] = ()
    after_crlf: bool = False


@dataclass(slots=True)
class _Window:
    """`buffer[low:high]` is known; `origin` is the mailbox offset of `buffer[0]`; `last` when nothing follows."""

    buffer: bytearray
    low: int
    high: int
    origin: int
    last: bool


def split(
    blocks: Iterable[Block], findings: Findings, *, whole: bool = True, patches: bool = False
) -> Iterator[Mail | Stray]:
    """Every mail and every stray stretch, in order.

    `whole` is false for a piece cut out of a mailbox, whose first line is then no separator for being the first, and
    which cannot show whether git patch lines are separators in it: `patches` says so.
    A read error ends the last mail where the bytes end, and is given back as a `Stray` there; nothing is raised.
    """
    windows = _Windows(blocks)
    judge = None if whole else _FromLines(patches=patches)
    yield from _join(_scan(windows, judge), windows, findings)
    if windows.fault:
        detail = f"The file could not be read beyond this point ({windows.fault}) What stands before it was kept."
        yield Stray(windows.size, windows.size, "read-error", detail)


class _Windows:
    """The blocks of a stream, each with the undecided end of the one before in front of it (from offset `keep` on)."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = blocks
        self.keep = 0
        self.size = 0
        self.lead = 0  # length of what may stand before the first separator (byte-order mark, blank lines)
        self.fault: str | None = None

    def __iter__(self) -> Iterator[_Window]:
        carry, ended = b"", False
        for block in self._readable():
            low, origin = block.lo - len(carry), block.base - block.lo
            block.buffer[low : block.lo] = carry
            self.size, ended = origin + block.hi, block.last
            yield _Window(block.buffer, low, block.hi, origin, ended)
            carry = bytes(memoryview(block.buffer)[max(self.keep - origin, low) : block.hi])
        if not ended:
            yield _Window(bytearray(carry), 0, len(carry), self.size - len(carry), True)

    def _readable(self) -> Iterator[Block]:
        try:
            yield from self._blocks
        except (OSError, PlainrecordError) as error:
            self.fault = str(error) or type(error).__name__


def _scan(windows: _Windows, judge: _FromLines | _MmdfLines | None) -> Iterator[_Mark]:
    """Every separator with its header block, and every doubtful line, in order: the kernel. Each line is looked at once,
    when enough of what follows it is known, so the result does not depend on where windows end."""
    pending: _Mark | None = None  # a separator whose header block has not ended yet
    resume = 0
    for window in windows:
        buffer, high, origin, last = window.buffer, window.high, window.origin, window.last
        first = -1
        if judge is None:
            if high - window.low < REACH and not last:
                windows.keep = 0
                continue
            judge, first = _first_line(window)
            windows.lead = max(first - window.low, 0)
        if pending and _take_header(pending, window):
            yield pending
            pending = None
        index = max(resume - origin, window.low)
        while True:
            if first >= 0:
                at = first
            else:
                match = judge.candidate.search(buffer, index, high)
                if match is None:
                    index = max(index, high - _LONGEST_CANDIDATE)
                    break
                at = match.start() + 1
                if at + REACH > high and not last:
                    index = match.start()
                    break
            verdict, mark = judge.look(window, at, at == first)
            first, index = -1, at
            if not verdict.accepted:
                if verdict.notes and pending:
                    pending.notes += verdict.notes
                elif verdict.notes:
                    yield _Mark(origin + at, 0, False, False, notes=verdict.notes)
                continue
            if pending:
                pending.header = bytes(memoryview(buffer)[pending.start - origin : at])
                yield pending
            pending = mark
            if not mark.opens or _take_header(mark, window):
                yield mark
                pending = None
        resume = origin + index
        windows.keep = min(resume - _CONTEXT, pending.start if pending else resume)


class _FromLines:
    """The mbox family: a line starting `From ` parts mails."""

    candidate = separators.FROM_CANDIDATE

    def __init__(self, *, patches: bool = False) -> None:
        self._patches = patches

    def look(self, window: _Window, at: int, first: bool) -> tuple[Verdict, _Mark]:
        buffer = window.buffer
        verdict = separators.judge_from_line(buffer, at, window.high, first=first, patches=self._patches)
        line = bytes(memoryview(buffer)[at : verdict.body]) if verdict.accepted else b""
        after_crlf = at >= 2 and buffer[at - 2] == 13
        mark = _Mark(
            window.origin + at,
            window.origin + verdict.body,
            True,
            True,
            line,
            notes=verdict.notes,
            after_crlf=after_crlf,
        )
        return verdict, mark


class _MmdfLines:
    """MMDF: a line of four Control-A before and after every mail."""

    candidate = separators.MMDF_CANDIDATE

    def __init__(self) -> None:
        self._inside = False

    def look(self, window: _Window, at: int, _first: bool) -> tuple[Verdict, _Mark]:
        buffer, high, origin = window.buffer, window.high, window.origin
        match = separators.MMDF_LINE.match(buffer, at, high)
        body = match.end() if match else high
        ends = self._inside and (body >= high or separators.MMDF_LINE.match(buffer, body, high) is not None)
        self._inside = not ends
        if not ends and buffer.startswith(b"From ", body):
            inner = separators.judge_from_line(buffer, body, high, first=True)
            body = inner.body if inner.accepted else body
        return Verdict(True, body), _Mark(origin + at, origin + body, True, not ends, bytes(buffer[at:body]))


def _first_line(window: _Window) -> tuple[_FromLines | _MmdfLines, int]:
    """How this mailbox parts its mails, and where its first line stands if that is a separator (else -1)."""
    buffer, high = window.buffer, window.high
    match = _LEADING.match(buffer, window.low, high)
    at = match.end() if match else window.low
    if separators.MMDF_LINE.match(buffer, at, high):
        return _MmdfLines(), at
    if bytes(buffer[at : min(at + 5, high)]) in (b"From ", b"From\r", b"From\n", b"From"):
        newline = buffer.find(b"\n", at, min(high, at + separators.LINE_LIMIT))
        patches = separators.is_git_patch(bytes(buffer[at : max(newline, at)]))
        return _FromLines(patches=patches), at
    return _FromLines(), -1


def _take_header(mark: _Mark, window: _Window) -> bool:
    """Copy the header block if its end is in the window (or nothing more can come); say whether it was."""
    start = mark.start - window.origin
    stop = min(window.high, start + HEADER_LIMIT)
    full = window.last or stop - start == HEADER_LIMIT
    end = header_end(window.buffer, start, stop)
    if end < 0:
        if not full:
            return False
        end = stop
        if end - start == HEADER_LIMIT:
            mark.notes += ("header-block-over-1-MiB",)
    mark.header = bytes(memoryview(window.buffer)[start:end])
    return True


def header_end(buffer: bytes | bytearray, start: int, stop: int) -> int:
    """Index behind the first blank line after the header that begins at `start`, or -1 when there is none before `stop`.

    The same as `headers.block_end`, in place: line ends may be LF, CRLF, CR CR LF or mixed, and blank lines or quoted
    separator lines before the first field do not end the header.
    """
    if not buffer[start : start + 1].isalpha() or buffer.startswith(b"From ", start):
        start = max(start, start + fields_start(bytes(memoryview(buffer)[start:stop])) - 1)
    # Measured: this pattern takes a fifth of the time of `find` for each form of blank line.
    match = _BLANK_LINE.search(buffer, start, stop)
    return match.end() if match else -1


def _join(marks: Iterator[_Mark], windows: _Windows, findings: Findings) -> Iterator[Mail | Stray]:
    """Mails from the marks between them. Holds marks back only while a Content-Length is being checked."""
    waiting: deque[_Mark] = deque()
    current: _Open | None = None
    told = 0  # everything before this offset is accounted for
    for mark in _with_end(marks, windows):
        told = max(told, windows.lead)
        if current and not waiting and not mark.closes:
            current.notes += mark.notes
            continue
        waiting.append(mark)
        while waiting:
            if current:
                closing = current.ended_by(waiting)
                if closing is None:
                    break
                yield current.close(closing, waiting, findings)
            else:
                closing = waiting.popleft()
                if closing.closes and closing.at > told:
                    yield _stray(told, closing)
            told = max(told, closing.start)
            current = _Open(closing) if closing.opens else None


def _with_end(marks: Iterator[_Mark], windows: _Windows) -> Iterator[_Mark]:
    yield from marks
    yield _Mark(windows.size, windows.size, True, False)


def _stray(start: int, mark: _Mark) -> Stray:
    if mark.opens and not start:
        detail = "Bytes before the first separator line of the mailbox; the mail they belong to is not complete here."
        return Stray(start, mark.at, "before-first-mail", detail)
    detail = "No line in this part of the file separates mails, so it could not be read as mail."
    return Stray(start, mark.at, "no-separator", detail)


class _Open:
    """The mail that has begun and not ended yet."""

    def __init__(self, mark: _Mark) -> None:
        self.notes = mark.notes
        self._mark = mark
        self._target: int | None = None
        self._prepared = False

    def ended_by(self, waiting: deque[_Mark]) -> _Mark | None:
        """The mark that ends this mail, or None while its Content-Length needs more of the file to be checked."""
        nearest = next((mark for mark in waiting if mark.closes), None)
        if nearest is None:
            return None
        if not self._prepared:
            self._prepare(nearest)
        if self._target is None:
            return nearest
        for mark in waiting:
            if mark.closes and mark.at >= self._target:
                # The blank line behind the body is not counted in its length.
                gap = mark.at - self._target
                if gap <= 1 or (gap == 2 and mark.after_crlf):
                    return mark
                return self._without_length(nearest)
        at_end = waiting[-1].closes and not waiting[-1].opens
        if at_end or len(waiting) > _QUEUE_LENGTH or sum(len(mark.header) for mark in waiting) > _QUEUE_BYTES:
            return self._without_length(nearest)
        return None

    def _prepare(self, nearest: _Mark) -> None:
        mark = self._mark
        self._prepared = True
        mark.header = mark.header[: nearest.at - mark.start]
        # A plain search for a rare word costs a tenth of the pattern, and almost no mail has the field.
        if b"ontent-Length" not in mark.header and b"ontent-length" not in mark.header:
            return
        match = _CONTENT_LENGTH.search(b"\n" + mark.header)
        if match and not mark.separator.startswith(b"\1"):
            self._target = mark.start + len(mark.header) + int(match[1])

    def _without_length(self, nearest: _Mark) -> _Mark:
        self._target = None
        self.notes += ("trap-5:content-length-wrong",)
        return nearest

    def close(self, closing: _Mark, waiting: deque[_Mark], findings: Findings) -> Mail:
        """This mail, ended at `closing`; takes everything up to that mark out of `waiting`."""
        notes = self.notes
        while (mark := waiting.popleft()) is not closing:
            notes += ("trap-5:from-line-inside-content-length",) if mark.opens else mark.notes
        if notes:
            notes = tuple(dict.fromkeys(notes))
            for note in notes:
                findings.add(note, self._mark.at)
        return Mail(self._mark.separator, self._mark.start, closing.at, self._mark.header, notes)
