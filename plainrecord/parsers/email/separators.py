"""Which lines of a mailbox part one mail from the next, and what time a separator line states. Bytes in, no input or output.

Every `From ` line that public mailboxes are known to hold is accepted when a date is on it and a header follows; prose,
dates with more text behind them and git patch lines are not. A line that is not decided beyond doubt carries a note, so
that a person can look: a phantom or a lost mail is a defect of evidence.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from plainrecord.parsers.email.dates import ZONES
from plainrecord.times import Precision, TimeBlock, from_local, from_offset, unreadable

# A separator line longer than this is none; what follows it is looked at for a header within `HEADER_REACH` bytes.
LINE_LIMIT = 1024
HEADER_REACH = 4096
REACH = LINE_LIMIT + HEADER_REACH + 16

# Patterns for bulk bytes start with the literal newline: only then does the scan run at memchr speed.
FROM_CANDIDATE = re.compile(rb"\nFrom(?=[ \r\n])")
MMDF_CANDIDATE = re.compile(rb"\n\x01\x01\x01\x01(?=\r?\n)")
MMDF_LINE = re.compile(rb"\x01\x01\x01\x01\r?\n")

_MONTHS = {
    name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)
}
_MONTH_NUMBERS = {name.decode("ascii"): f"{number:02d}" for name, number in _MONTHS.items()}
_WEEKDAY = rb"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? {1,2})?"
_MONTH = rb"Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_CLOCK = rb"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
_ZONE = rb"[+-][0-9]{4}|[A-Z]{1,5}(?: DST)?"
_DATED = re.compile(
    rb"From .*?(?<=[ \t])(?P<date>" + _WEEKDAY + rb"(?:"
    rb"(?P<month>" + _MONTH + rb") {1,2}(?P<day>[0-9]{1,2}) {1,2}(?P<clock>" + _CLOCK + rb")"
    rb"(?: (?P<before>" + _ZONE + rb"))? (?P<year>[0-9]{4}|[0-9]{2})(?: (?P<after>" + _ZONE + rb"))?"
    rb"|(?P<day2>[0-9]{1,2})[ -](?P<month2>" + _MONTH + rb")[ -](?P<year2>[0-9]{4}|[0-9]{2}),? {1,2}(?P<clock2>"
    + _CLOCK + rb")(?: (?P<after2>" + _ZONE + rb"))?"
    rb"))(?: remote from [^ ]+)?[ \t]*"
)  # fmt: skip
# Nine of ten lines end like this, and then nothing more needs to be asked about them.
_COMMON = re.compile(
    rb"[ \t](?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:" + _MONTH + rb") [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4}"
)
_COMMON_LENGTH = 25
# The whole of such a line, one word before its date (which may have an offset, as Gmail writes it), with a field behind it.
_USUAL_REST = (
    rb" [^\s]{0,200} (?!Mon Sep 17 00:00:00 2001)(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:" + _MONTH + rb") [ 0-9][0-9]"
    rb" [0-9]{2}:[0-9]{2}:[0-9]{2}(?: [+-][0-9]{4})? [0-9]{4}\r?\n(?=[!-9;-~]{1,200}:)"
)
_USUAL = re.compile(rb"From" + _USUAL_REST)
# The next candidate, and the rest of its line where that is usual.
_NEXT = re.compile(FROM_CANDIDATE.pattern + rb"(?:" + _USUAL_REST + rb")?")
_BARE = len(b"\nFrom")
_GIT_PATCH = re.compile(rb"From [0-9a-f]{40} Mon Sep 17 00:00:00 2001[ \t]*")
_UNDATED = re.compile(rb"From [^\s]{1,500}[ \t]*")
_HEADER = re.compile(rb"[!-9;-~]{1,200}[ \t]{0,16}:")
_BLANK = re.compile(rb"\r*\n")
# A field that a mail has; "From home" with "PS: bring it" beneath is a letter.
_MAIL_FIELD = re.compile(
    rb"\n(?:From|Date|Received|Return-Path|Message-ID|Delivered-To|To|Subject|X-UID|MIME-Version)[ \t]{0,16}:",
    re.IGNORECASE,
)
_HEADER_END = re.compile(rb"\n\r*\n")
# A header may be preceded by a line without a colon or by a quoted separator (traps 6 and 2.6), not by a page of prose.
_LINES_TO_HEADER = 4


class Verdict(NamedTuple):
    """What a candidate line is: `accepted` as a separator, whose line ends before `body`; `notes` say what is not certain."""

    accepted: bool
    body: int = 0
    notes: tuple[str, ...] = ()


_PLAIN_NO = Verdict(False)


def judge_from_line(
    buffer: bytes | bytearray,
    at: int,
    stop: int,
    *,
    first: bool = False,
    patches: bool = False,
    undated: bool = False,
) -> Verdict:
    """Decide on the `From` line at `buffer[at]`; `stop` is the end of the known bytes (or of the mailbox).

    At least `REACH` bytes must be known unless the mailbox ends before. `first` is the mailbox's first line, which is
    always a separator; `patches` is true when that line was a git patch line itself, `undated` when it gave no date.
    """
    usual = None if first else usual_line(buffer, at, stop)
    if usual:
        return Verdict(True, usual.end())
    newline = buffer.find(b"\n", at, min(stop, at + LINE_LIMIT))
    if newline < 0 and not (first and stop - at <= LINE_LIMIT):
        return _PLAIN_NO
    if first:
        return Verdict(True, newline + 1 if newline >= 0 else stop)
    line = bytes(memoryview(buffer)[at:newline]).rstrip(b"\r")
    dated = _is_common(line) or _DATED.fullmatch(line) is not None
    bare = not dated and line.rstrip() == b"From"
    lines = header_within(buffer, newline + 1, min(stop, newline + 1 + HEADER_REACH))
    dated = dated or (undated and lines == 1 and is_undated(line) and _mail_behind(buffer, newline + 1, stop))
    after_blank = _blank_before(buffer, at)
    if bare:
        # trap 2: without anything else on the line, only a header right behind it makes it a separator.
        return Verdict(True, newline + 1, ("bare-from-line",)) if lines == 1 else _PLAIN_NO
    if not dated:
        return Verdict(False, notes=("from-line-without-date",)) if lines == 1 and after_blank else _PLAIN_NO
    if not patches and _GIT_PATCH.fullmatch(line):
        return Verdict(False, notes=("trap-1:git-patch-line",))
    if not lines:
        return Verdict(False, notes=("from-line-without-headers",))
    notes = () if after_blank else ("separator-without-blank-line",)
    return Verdict(True, newline + 1, notes if lines == 1 else (*notes, "separator-before-odd-line"))


def _mail_behind(buffer: bytes | bytearray, start: int, stop: int) -> bool:
    """Whether the header block at `start` has a field of a mail, as far as it is looked at."""
    stop = min(stop, start + HEADER_REACH)
    end = _HEADER_END.search(buffer, start - 1, stop)
    return _MAIL_FIELD.search(buffer, start - 1, end.start() + 1 if end else stop) is not None


def usual_line(buffer: bytes | bytearray, at: int, stop: int) -> re.Match[bytes] | None:
    """The line at `buffer[at]`, line end included, when it is a separator about which nothing more needs to be asked."""
    usual = _USUAL.match(buffer, at, stop)
    return usual if usual and _blank_before(buffer, at) else None


def next_usual(
    buffer: bytes | bytearray, index: int, known: int, stop: int, *, patches: bool, undated: bool
) -> tuple[int, int]:
    """Where the next separator after the line that ends at `index` begins, and where its own line ends, when it is a usual
    one and there is no doubtful line before it; else (-1, 0). A candidate behind `known` cannot be decided yet."""
    while (found := _NEXT.search(buffer, index, stop)) and (index := found.start() + 1) <= known:
        end = found.end()
        if end - index >= _BARE and (buffer[index - 2] == 10 or _blank_before(buffer, index)):
            return index, end
        verdict = judge_from_line(buffer, index, stop, patches=patches, undated=undated)
        if verdict.accepted or verdict.notes:
            break
    return -1, 0


def is_git_patch(line: bytes) -> bool:
    """Whether this is the fixed first line that `git format-patch` writes."""
    return _GIT_PATCH.fullmatch(line.rstrip(b"\r\n")) is not None


def is_undated(line: bytes) -> bool:
    """Whether this first line of a mailbox has no date, as some programs write them all."""
    return _UNDATED.fullmatch(line.rstrip(b"\r\n")) is not None


def header_within(buffer: bytes | bytearray, start: int, stop: int) -> int:
    """Number (from 1) of the line at or after `start` that is a header field, 0 when there is none among the first few.

    One blank line may come first; a later blank line ends the search.
    """
    for number in range(1, _LINES_TO_HEADER + 1):
        if _HEADER.match(buffer, start, stop):
            return number
        if number > 1 and _BLANK.match(buffer, start, stop):
            return 0
        newline = buffer.find(b"\n", start, stop)
        if newline < 0:
            return 0
        start = newline + 1
    return 0


def from_line_time(line: bytes, zone: str | None) -> TimeBlock | None:
    """The time a separator line states, or None for a line without one.

    The text may carry an offset, before the year (Gmail) or after it. Without one it may be UTC (RFC 4155) or the local
    time of whoever stored the mail, so it stays floating unless a person named a `zone` (IANA) for the export.
    """
    line = line.rstrip(b"\r\n")
    if zone is None and _is_common(line):
        return _common_time(line[1 - _COMMON_LENGTH :].decode("ascii"))
    match = _DATED.fullmatch(line)
    if match is None:
        return None
    raw, where = match["date"].decode("ascii"), "From_ line"
    hour, minute, *second = (int(part) for part in (match["clock"] or match["clock2"]).split(b":"))
    written = (match["before"] or match["after"] or match["after2"] or b"").decode("ascii")
    try:
        local = datetime(
            _year(match["year"] or match["year2"]),
            _MONTHS[match["month"] or match["month2"]],
            int(match["day"] or match["day2"]),
            hour,
            minute,
            second[0] if second else 0,
        )
        offset = _offset(written)
    except ValueError:
        return unreadable(raw, where, meaning="stored")
    precision: Precision = "s" if second else "min"
    if offset is not None:
        return from_offset(raw, where, local, offset, meaning="stored", precision=precision)
    # A zone name that names no single offset is not "no zone": what the person said does not apply to it.
    return from_local(raw, where, local, None if written else zone, meaning="stored", precision=precision)


def _is_common(line: bytes) -> bool:
    return line.startswith(b"From ") and _COMMON.fullmatch(line, len(line) - _COMMON_LENGTH) is not None


def _common_time(raw: str) -> TimeBlock:
    month, day, year = _MONTH_NUMBERS[raw[4:7]], raw[8:10].replace(" ", "0"), raw[20:24]
    try:
        datetime(int(year), int(month), int(day), int(raw[11:13]), int(raw[14:16]), int(raw[17:19]))
    except ValueError:
        return unreadable(raw, "From_ line", meaning="stored")
    local = f"{year}-{month}-{day}T{raw[11:19]}"
    return TimeBlock(raw, "From_ line", None, "floating_unknown", "s", "stored", None, None, "none", local)


def _year(digits: bytes) -> int:
    # RFC 5322 section 4.3: two digits below 50 are 20xx.
    value = int(digits)
    return value if len(digits) == 4 else value + (2000 if value < 50 else 1900)


def _offset(zone: str) -> int | None:
    if zone[:1] in ("+", "-"):
        minutes = int(zone[1:3]) * 60 + int(zone[3:5])
        return -minutes if zone[0] == "-" else minutes
    return ZONES.get(zone)


def _blank_before(buffer: bytes | bytearray, at: int) -> bool:
    last = at - 2
    if last >= 0 and buffer[last] == 10:
        return True
    while last >= 0 and buffer[last] == 13 and at - last < 5:
        last -= 1
    return last < 0 or buffer[last] == 10
