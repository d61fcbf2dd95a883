"""Find the lines that part mails in a mailbox stream, with the header block behind each; windows of any size, same result.

The kernel under `splitting`. Memory is one window plus at most 1 MiB of unfinished header. Decides nothing about which of
two doubtful lines is right: it reports what it sees, in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from plainrecord.errors import PlainrecordError
from plainrecord.intake.reading import Block
from plainrecord.parsers.email import separators
from plainrecord.parsers.email.headers import MAX_HEADER, fields_start
from plainrecord.parsers.email.separators import REACH, Verdict

# A header block longer than this is cut for reading (and noted); its bytes stay part of the mail.
HEADER_LIMIT = MAX_HEADER
# Room a stream must leave before each window for what could not be decided in the one before.
HEAD = HEADER_LIMIT + (64 << 10)
# Bytes kept before a candidate, to see whether a blank line stands there; and the longest piece of a cut candidate.
_CONTEXT = 8
_LONGEST_CANDIDATE = 7
# So many usual mails go through together.
_RUN = 250

_LEADING = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]{0,64}")
_BLANK_LINE = re.compile(rb"\n\r*\n")
# Where a header ends, or states the length of its mail.
_HEADER_STOPS = re.compile(rb"\n(?:\r*\n|[Cc]ontent-[Ll]ength)")
_USUAL = Verdict(True)


@dataclass(slots=True)
class Mark:
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


# The separator line of a mail, where the mail starts and ends, its header block, its notes.
MailValues = tuple[bytes, int, int, bytes, tuple[str, ...]]


@dataclass(slots=True)
class Run:
    """Mails one behind the other about whose ends nothing is in doubt (unless a mail before them states a length that leads
    behind them), and whether each stands behind a line that ends in CRLF."""

    mails: list[MailValues]
    after_crlf: list[bool]

    def marks(self) -> Iterator[Mark]:
        """The same as separators, for who has to weigh them."""
        for (separator, start, _, header, _), after_crlf in zip(self.mails, self.after_crlf, strict=True):
            yield Mark(start - len(separator), start, True, True, separator, header, (), after_crlf)


@dataclass(slots=True)
class Window:
    """`buffer[low:high]` is known; `origin` is the mailbox offset of `buffer[0]`; `last` when nothing follows."""

    buffer: bytearray
    low: int
    high: int
    origin: int
    last: bool


class Windows:
    """The blocks of a stream, each with the undecided end of the one before in front of it (from offset `keep` on)."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = blocks
        self.keep = 0
        self.size = 0
        self.lead = 0  # length of what may stand before the first separator (byte-order mark, blank lines)
        self.ends_in_crlf = False  # so does what is known
        self.fault: str | None = None

    def __iter__(self) -> Iterator[Window]:
        carry, ended = b"", False
        for block in self._readable():
            low, origin = block.lo - len(carry), block.base - block.lo
            block.buffer[low : block.lo] = carry
            self.size, ended = origin + block.hi, block.last
            self.ends_in_crlf = bytes(block.buffer[max(block.hi - 2, low) : block.hi]) == b"\r\n"
            yield Window(block.buffer, low, block.hi, origin, ended)
            carry = bytes(memoryview(block.buffer)[max(self.keep - origin, low) : block.hi])
        if not ended:
            yield Window(bytearray(carry), 0, len(carry), self.size - len(carry), True)

    def _readable(self) -> Iterator[Block]:
        try:
            yield from self._blocks
        except (OSError, PlainrecordError) as error:
            self.fault = str(error) or type(error).__name__


def scan(windows: Windows, judge: FromLines | MmdfLines | None) -> Iterator[Mark | Run]:
    """Every separator with its header block, and every doubtful line, in order: the kernel. Each line is looked at once,
    when enough of what follows it is known, so the result does not depend on where windows end; but for how many of the
    usual mails come as a `Run`."""
    pending: Mark | None = None  # a separator whose header block has not ended yet
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
            at, index = (first, first) if first >= 0 else _next_line(judge, window, index)
            if at < 0:
                break
            verdict, mark = judge.look(window, at, at == first)
            first = -1
            if not verdict.accepted:
                if verdict.notes and pending:
                    pending.notes = with_notes(pending.notes, verdict.notes)
                elif verdict.notes:
                    yield Mark(origin + at, 0, False, False, notes=verdict.notes)
                continue
            if pending:
                pending.header = bytes(memoryview(buffer)[pending.start - origin : at])
                yield pending
            if verdict is _USUAL and isinstance(judge, FromLines):
                run, mark = judge.run(window, mark)
                index = mark.at - origin
                if run.mails:
                    yield run
            pending = mark
            if not mark.opens or _take_header(mark, window):
                yield mark
                pending = None
        resume = origin + index
        windows.keep = min(resume - _CONTEXT, pending.start if pending else resume)


def _next_line(judge: FromLines | MmdfLines, window: Window, index: int) -> tuple[int, int]:
    """Where the next line to look at stands (-1: none that can be decided yet), and from where to look on."""
    match = judge.candidate.search(window.buffer, index, window.high)
    if match is None:
        return -1, max(index, window.high - _LONGEST_CANDIDATE)
    at = match.start() + 1
    if at + REACH > window.high and not window.last:
        return -1, match.start()
    return at, at


def with_notes(notes: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    """Both, without repeats: a body may hold a million doubtful lines."""
    return notes if all(note in notes for note in more) else tuple(dict.fromkeys(notes + more))


class FromLines:
    """The mbox family: a line starting `From ` parts mails."""

    candidate = separators.FROM_CANDIDATE

    def __init__(self, *, patches: bool = False, undated: bool = False) -> None:
        self._said = {"patches": patches, "undated": undated}

    def look(self, window: Window, at: int, first: bool) -> tuple[Verdict, Mark]:
        buffer, origin = window.buffer, window.origin
        usual = None if first else separators.usual_line(buffer, at, window.high)
        if usual:
            return _USUAL, Mark(
                origin + at, origin + usual.end(), True, True, usual[0], b"", (), at >= 2 and buffer[at - 2] == 13
            )
        verdict = separators.judge_from_line(buffer, at, window.high, first=first, **self._said)
        line = bytes(memoryview(buffer)[at : verdict.body]) if verdict.accepted else b""
        after_crlf = at >= 2 and buffer[at - 2] == 13
        mark = Mark(origin + at, origin + verdict.body, True, True, line, notes=verdict.notes, after_crlf=after_crlf)
        return verdict, mark

    def run(self, window: Window, mark: Mark) -> tuple[Run, Mark]:
        """The usual mails from the one that `mark` begins, up to the first that needs a closer look; and what begins that."""
        buffer, origin, high = window.buffer, window.origin, window.high
        run = Run([], [])
        separator, body, after_crlf = mark.separator, mark.start - origin, mark.after_crlf
        known = high if window.last else high - REACH
        while len(run.mails) < _RUN:
            at, following = separators.next_usual(buffer, body - 1, known, high, **self._said)
            found = _HEADER_STOPS.search(buffer, body - 1, at) if at >= 0 else None
            stop = found.end() if found else 0
            if not 0 < stop - body <= HEADER_LIMIT or buffer[stop - 1] != 10 or not 97 <= buffer[body] | 32 <= 122:
                break
            run.mails.append((separator, origin + body, origin + at, bytes(buffer[body:stop]), ()))
            run.after_crlf.append(after_crlf)
            separator, body, after_crlf = bytes(buffer[at:following]), following, buffer[at - 2] == 13
        start = origin + body
        return run, Mark(start - len(separator), start, True, True, separator, b"", (), after_crlf)


class MmdfLines:
    """MMDF: a line of four Control-A before and after every mail."""

    candidate = separators.MMDF_CANDIDATE

    def __init__(self) -> None:
        self._inside = False

    def look(self, window: Window, at: int, _first: bool) -> tuple[Verdict, Mark]:
        buffer, high, origin = window.buffer, window.high, window.origin
        match = separators.MMDF_LINE.match(buffer, at, high)
        body = match.end() if match else high
        ends = self._inside and (body >= high or separators.MMDF_LINE.match(buffer, body, high) is not None)
        self._inside = not ends
        if not ends and buffer.startswith(b"From ", body):
            inner = separators.judge_from_line(buffer, body, high, first=True)
            body = inner.body if inner.accepted else body
        return Verdict(True, body), Mark(origin + at, origin + body, True, not ends, bytes(buffer[at:body]))


def _first_line(window: Window) -> tuple[FromLines | MmdfLines, int]:
    """How this mailbox parts its mails, and where its first line stands if that is a separator (else -1)."""
    buffer, high = window.buffer, window.high
    match = _LEADING.match(buffer, window.low, high)
    at = match.end() if match else window.low
    if separators.MMDF_LINE.match(buffer, at, high):
        return MmdfLines(), at
    if bytes(buffer[at : min(at + 5, high)]) in (b"From ", b"From\r", b"From\n", b"From"):
        newline = buffer.find(b"\n", at, min(high, at + separators.LINE_LIMIT))
        line = bytes(buffer[at : max(newline, at)])
        return FromLines(patches=separators.is_git_patch(line), undated=separators.is_undated(line)), at
    return FromLines(), -1


def _take_header(mark: Mark, window: Window) -> bool:
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
