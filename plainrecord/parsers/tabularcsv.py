"""Delimited text (CSV, TSV, semicolons): its dialect from the first bytes, and its rows with their exact bytes.

RFC 4180, read by hand because `csv` gives no places. A quote opens a cell only where a cell begins; a cell may hold line
breaks. A quote that is never closed takes no other row with it. Memory: one row, at most `LONGEST_ROW` bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from plainrecord.parsers.chat.lines import Encoding, Line, decoded, encoding_of, without_end
from plainrecord.parsers.tabularrows import LONGEST_CELL, MOST_COLUMNS, Cell, Row, RowFault

DELIMITERS = (",", ";", "\t", "|")
LONGEST_ROW = 1 << 20
_SEPARATOR_LINE = re.compile(r"\ufeff?\"?sep=(.)\"?\s*$", re.IGNORECASE)
_SAMPLE_ROWS = 50
_SAMPLE = 16 << 10
# Names a person may write in a mapping, and Python's name; all but the first two leave a byte below 0x80 alone.
ENCODINGS = {
    "utf-8": "utf-8",
    "utf-16": "utf-16-le",
    "windows-1252": "cp1252",
    "iso-8859-1": "latin-1",
    "iso-8859-15": "iso8859-15",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "macintosh": "mac-roman",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text table is written. `instructed`: its first line is `sep=;`, an instruction to Excel and no row of data."""

    encoding: Encoding
    delimiter: str
    instructed: bool = False


def dialect_of(head: bytes, delimiter: str | None = None, charset: str | None = None) -> Dialect | None:
    """The dialect of a text from its first bytes; what a person said about it wins. None when it is no table.

    Without a word from anybody the delimiter is the one that cuts the first rows most evenly into two columns or more.
    """
    encoding = encoding_of(head)
    if charset and not encoding.mark and encoding.unit == 1:
        encoding = replace(encoding, name=ENCODINGS[charset], basis="said in the mapping")
    first, _ = decoded(head[: 1 << 10].split(encoding.newline)[0], encoding)
    instruction = _SEPARATOR_LINE.match(first.rstrip("\r\n"))
    if instruction:
        return Dialect(encoding, delimiter or instruction[1], instructed=True)
    if delimiter:
        return Dialect(encoding, delimiter)
    scored = [(_evenness(head, Dialect(encoding, one)), -rank, one) for rank, one in enumerate(DELIMITERS)]
    score, _, best = max(scored)
    return Dialect(encoding, best) if score > 0 else None


def _evenness(head: bytes, dialect: Dialect) -> float:
    """How well a delimiter fits: columns of the first row, weighed by the share of rows that have as many."""
    widths = [
        len(row.cells)
        for row in head_rows(head[:_SAMPLE], dialect, whole=True)[:_SAMPLE_ROWS]
        if isinstance(row, Row) and not row.blank
    ]
    if len(widths) < 2:
        return float(len(widths) and widths[0] > 2 and widths[0])
    usual = max(set(widths), key=lambda width: (widths.count(width), width))
    share = widths.count(usual) / len(widths)
    return usual * share if usual > 1 and share > 0.6 else 0.0


def head_rows(head: bytes, dialect: Dialect, *, whole: bool = False) -> list[Row | RowFault]:
    """The complete rows in the first bytes of a file; the last one is left out unless the bytes are the `whole` file."""
    found = list(rows(lines_of(head, dialect.encoding), dialect))
    return found if whole or len(found) < 2 else found[:-1]


def lines_of(data: bytes, encoding: Encoding, start: int = 0) -> Iterator[Line]:
    """The lines of some bytes that stand at byte `start` of their file."""
    at, number, newline = 0, 1, encoding.newline
    while at < len(data):
        found = data.find(newline, at)
        while found >= 0 and found % encoding.unit:
            found = data.find(newline, found + 1)
        end = len(data) if found < 0 else found + encoding.unit
        yield Line(start + at, data[at:end], number)
        at, number = end, number + 1


def rows(found: Iterable[Line], dialect: Dialect) -> Iterator[Row | RowFault]:
    """Every row in order; joined, the bytes of all rows and of the `sep=` line are the whole stream."""
    number = 0
    waiting: list[tuple[Line, str]] = []
    quoted, size = False, 0
    notes: dict[str, None] = {}
    for line in found:
        text, said = decoded(line.raw, dialect.encoding)
        if line.start == 0:
            text = text.removeprefix("\ufeff")
        if dialect.instructed and line.start == 0 and line.begins:
            continue
        quoted = open_quote(text, dialect.delimiter, inside=quoted)
        waiting.append((line, text))
        notes.update(dict.fromkeys(said))
        size += len(line.raw)
        if quoted and size < LONGEST_ROW:
            continue
        if not quoted:
            number += 1
            yield _row(waiting, number, dialect, tuple(notes))
        else:
            for one in _unclosed(waiting, number, dialect):
                number = one.number
                yield one
        waiting, quoted, size, notes = [], False, 0, {}
    if waiting:
        yield from _unclosed(waiting, number, dialect)


def _unclosed(waiting: list[tuple[Line, str]], number: int, dialect: Dialect) -> Iterator[Row | RowFault]:
    """Lines behind a quote that nothing closes: each is a row of its own, the first with the quote as a letter of it."""
    group: list[tuple[Line, str]] = []
    quoted = False
    for position, (line, text) in enumerate(waiting):
        quoted = bool(position) and open_quote(text, dialect.delimiter, inside=quoted)
        group.append((line, text))
        if not quoted:
            number += 1
            notes: tuple[str, ...] = () if position else ("unclosed-quote",)
            yield _row(group, number, dialect, (*_charset_notes(group, dialect), *notes))
            group = []
    for line, text in group:
        number += 1
        notes = (*_charset_notes([(line, text)], dialect), "unclosed-quote")
        yield _row([(line, text)], number, dialect, notes)


def _charset_notes(parts: list[tuple[Line, str]], dialect: Dialect) -> tuple[str, ...]:
    said = (note for line, _ in parts for note in decoded(line.raw, dialect.encoding)[1])
    return tuple(dict.fromkeys(said))


def _row(parts: list[tuple[Line, str]], number: int, dialect: Dialect, notes: tuple[str, ...]) -> Row | RowFault:
    start, end = parts[0][0].start, parts[-1][0].end
    raw = b"".join(line.raw for line, _ in parts)
    locator = f"bytes:{start}-{end}"
    text = without_end("".join(text for _, text in parts))
    cells = split_cells(text, dialect.delimiter)
    if len(cells) > MOST_COLUMNS or any(len(cell) > LONGEST_CELL for cell in cells):
        says = (
            f"Row {number} has {len(cells)} columns or a cell beyond what a table of messages holds; it was not read."
        )
        return RowFault(number, locator, "row-too-large", says)
    if not parts[0][0].begins:
        return RowFault(
            number, locator, "row-too-large", f"Row {number} goes on beyond one megabyte; this part was not read."
        )
    return Row(number, locator, tuple(Cell(cell) for cell in cells), raw, notes)


def open_quote(text: str, delimiter: str, *, inside: bool) -> bool:
    """Whether a quoted cell is still open at the end of a line that began `inside` one or not."""
    if '"' not in text:
        return inside
    at, end = 0, len(text)
    while True:
        if inside:
            at = text.find('"', at)
            if at < 0:
                return True
            if text.startswith('"', at + 1):
                at += 2
                continue
            inside = False
            at += 1
        at = _next_cell(text, at, delimiter)
        if at >= end:
            return False
        if text[at] == '"':
            inside = True
            at += 1


def _next_cell(text: str, at: int, delimiter: str) -> int:
    """Where the next quoted cell could begin: at `at` itself when a cell begins there, else behind a delimiter."""
    if at < len(text) and text[at] == '"' and (at == 0 or text[at - 1] == delimiter):
        return at
    found = text.find(f'{delimiter}"', at)
    return len(text) if found < 0 else found + 1


def split_cells(text: str, delimiter: str) -> list[str]:
    """The cells of one row without its line end. Quotes that follow no rule stay in the text."""
    if '"' not in text:
        return text.split(delimiter)
    cells: list[str] = []
    at = 0
    while True:
        cell, at = _quoted(text, at, delimiter) if text.startswith('"', at) else _plain(text, at, delimiter)
        cells.append(cell)
        if at > len(text) or len(cells) > MOST_COLUMNS:
            return cells


def _plain(text: str, at: int, delimiter: str) -> tuple[str, int]:
    end = text.find(delimiter, at)
    end = len(text) if end < 0 else end
    return text[at:end], end + 1


def _quoted(text: str, at: int, delimiter: str) -> tuple[str, int]:
    """A cell that begins with a quote; without a closing one the whole cell is taken as it stands."""
    pieces: list[str] = []
    start = at + 1
    while True:
        end = text.find('"', start)
        if end < 0:
            return _plain(text, at, delimiter)
        pieces.append(text[start:end])
        if not text.startswith('"', end + 1):
            break
        pieces.append('"')
        start = end + 2
    rest, after = _plain(text, end + 1, delimiter)
    return "".join(pieces) + rest, after
