"""Split a mailbox stream into mails: every byte belongs to a mail, to a separator line, or is given back as stray bytes.

Weighs what the scan reports: stated lengths against separator lines, doubtful lines as notes on the mail round them.
Bounded memory; only what the caller needs for an envelope is copied out: the header block.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from plainrecord.intake.reading import Block
from plainrecord.parsers.email.mailscan import FromLines, Mark, Run, Windows, scan, with_notes

# trap 5: separators inside a stated Content-Length wait for its end. More than this, and the length is not believed.
_QUEUE_LENGTH = 256
_QUEUE_BYTES = 8 << 20
_CONTENT_LENGTH = re.compile(rb"\n[Cc]ontent-[Ll]ength[ \t]*:[ \t]*([0-9]{1,15})[ \t]*\r?\n")


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


def split(
    blocks: Iterable[Block], findings: Findings, *, whole: bool = True, patches: bool = False, undated: bool = False
) -> Iterator[Mail | Stray]:
    """Every mail and every stray stretch, in order.

    `whole` is false for a piece cut out of a mailbox, whose first line is then no separator for being the first, and
    which cannot show whether git patch lines or lines without a date are separators in it: `patches` and `undated` say so.
    A read error ends the last mail where the bytes end, and is given back as a `Stray` there; nothing is raised.
    """
    for part in split_in_runs(blocks, findings, whole=whole, patches=patches, undated=undated):
        if isinstance(part, Run):
            yield from (Mail(*values) for values in part.mails)
        else:
            yield part


def split_in_runs(
    blocks: Iterable[Block], findings: Findings, *, whole: bool = True, patches: bool = False, undated: bool = False
) -> Iterator[Mail | Stray | Run]:
    """As `split`, usual mails several at a time."""
    windows = Windows(blocks)
    judge = None if whole else FromLines(patches=patches, undated=undated)
    yield from _join(scan(windows, judge), windows, findings)
    if windows.fault:
        detail = f"The file could not be read beyond this point ({windows.fault}) What stands before it was kept."
        yield Stray(windows.size, windows.size, "read-error", detail)


def _join(marks: Iterable[Mark | Run], windows: Windows, findings: Findings) -> Iterator[Mail | Stray | Run]:
    joining = _Joining(windows, findings)
    for mark in marks:
        if isinstance(mark, Mark):
            yield from joining.mark(mark)
        elif joining.ends_at(mark):
            yield from joining.run(mark)
        else:
            for one in mark.marks():
                yield from joining.mark(one)
    yield from joining.mark(Mark(windows.size, windows.size, True, False, after_crlf=windows.ends_in_crlf))


class _Joining:
    """Mails from the marks between them. Holds marks back only while a Content-Length is being checked."""

    def __init__(self, windows: Windows, findings: Findings) -> None:
        self._windows = windows
        self._findings = findings
        self._waiting: deque[Mark] = deque()
        self._current: _Open | None = None
        self._told = 0  # everything before this offset is accounted for

    def ends_at(self, run: Run) -> bool:
        """Whether what came before ends where these mails begin."""
        return not self._waiting and (self._current is None or self._current.ends_at(next(run.marks())))

    def run(self, run: Run) -> Iterator[Mail | Stray | Run]:
        """What ends where these mails begin, and they."""
        yield from self._before(next(run.marks()))
        yield run
        self._current, self._told = None, run.mails[-1][2]

    def mark(self, mark: Mark) -> Iterator[Mail | Stray]:
        """What is certain when this mark is known too."""
        if self._current and not self._waiting:
            if not mark.closes:
                self._current.notes = with_notes(self._current.notes, mark.notes)
                return
            if self._current.ends_at(mark):
                yield from self._before(mark)
                self._begin(mark)
                return
        self._waiting.append(mark)
        while self._waiting:
            if self._current:
                closing = self._current.ended_by(self._waiting)
                if closing is None:
                    break
                yield self._current.close(closing, self._waiting, self._findings)
            else:
                closing = self._waiting.popleft()
                if closing.closes:
                    yield from self._before(closing)
            self._begin(closing)

    def _before(self, mark: Mark) -> Iterator[Mail | Stray]:
        """The mail that ends at this mark, or what stands before it without being one."""
        self._told = max(self._told, self._windows.lead)
        if self._current:
            yield self._current.mail(mark.at, self._current.notes, self._findings)
        elif mark.at > self._told:
            yield _stray(self._told, mark)

    def _begin(self, mark: Mark) -> None:
        self._told = max(self._told, mark.start)
        self._current = _Open(mark) if mark.opens else None


def _stray(start: int, mark: Mark) -> Stray:
    if mark.opens and not start:
        detail = "Bytes before the first separator line of the mailbox; the mail they belong to is not complete here."
        return Stray(start, mark.at, "before-first-mail", detail)
    detail = "No line in this part of the file separates mails, so it could not be read as mail."
    return Stray(start, mark.at, "no-separator", detail)


class _Open:
    """The mail that has begun and not ended yet."""

    def __init__(self, mark: Mark) -> None:
        self.notes = mark.notes
        self._mark = mark
        self._target: int | None = None
        self._prepared = False

    def ends_at(self, mark: Mark) -> bool:
        """Whether the mail ends at the next mark that closes one, as all do that state no length."""
        if not self._prepared:
            self._prepare(mark)
        return self._target is None

    def ended_by(self, waiting: deque[Mark]) -> Mark | None:
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

    def _prepare(self, nearest: Mark) -> None:
        mark = self._mark
        self._prepared = True
        mark.header = mark.header[: nearest.at - mark.start]
        # A plain search for a rare word costs a tenth of the pattern, and almost no mail has the field.
        if b"ength" not in mark.header:
            return
        match = _CONTENT_LENGTH.search(b"\n" + mark.header)
        if match and not mark.separator.startswith(b"\1"):
            self._target = mark.start + len(mark.header) + int(match[1])

    def _without_length(self, nearest: Mark) -> Mark:
        self._target = None
        self.notes = with_notes(self.notes, ("trap-5:content-length-wrong",))
        return nearest

    def close(self, closing: Mark, waiting: deque[Mark], findings: Findings) -> Mail:
        """This mail, ended at `closing`; takes everything up to that mark out of `waiting`."""
        notes = self.notes
        while (mark := waiting.popleft()) is not closing:
            inside = ("trap-5:from-line-inside-content-length",) if mark.opens else mark.notes
            notes = with_notes(notes, inside)
        return self.mail(closing.at, notes, findings)

    def mail(self, end: int, notes: tuple[str, ...], findings: Findings) -> Mail:
        """This mail, ended there."""
        for note in notes:
            findings.add(note, self._mark.at)
        return Mail(self._mark.separator, self._mark.start, end, self._mark.header, notes)
