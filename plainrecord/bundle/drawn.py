"""What `timeline.csv` and the pages show of each item: drawn once, when the item is written, and sorted on disk.

Reading every line of `messages.jsonl` again for the table, the timeline and the conversations took longer than drawing
them. Only addresses are left open, because on which page a message stands is known when all of them are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from plainrecord.bundle.page_rows import Open, message, timeline_row
from plainrecord.bundle.shown import shown_time
from plainrecord.bundle.spool import Spool
from plainrecord.bundle.timeline import CsvRows, timeline_values

# Neither can stand in anything drawn: `shown.visible` writes both out as “[U+0000]” and “[U+0001]”.
_FIELD, _LINE = b"\0", b"\1"
_CSV = CsvRows()


class Row(NamedTuple):
    """One item in the timeline: its number, its instant (None for undated), that instant in words, and its row of the table."""

    number: str
    utc_us: int | None
    shown: str
    html: Open


class Talk(NamedTuple):
    """One item in its conversation: how many records were left out before it, and the whole message."""

    conversation: str
    number: str
    gap_before: int
    html: Open


class Drawing(NamedTuple):
    """One item as it lies on disk: what its row is made from, and its message, each behind its sort key."""

    row: bytes
    talk: bytes


def draw(item: dict[str, Any], key: str, conversation_key: str, utc_us: int | None, zone: str | None) -> Drawing:
    """Draw one item (a line of `messages.jsonl`), its times in `zone`; both keys are text that sorts as the items do."""
    number, shown = item["item"], shown_time(item["time"], zone, utc_us)
    row, talk = timeline_row(item, shown), message(item, shown)
    line = _CSV.row(timeline_values(item, shown))
    return Drawing(
        _pack(key, number, "" if utc_us is None else str(utc_us), shown, line, *row),
        _pack(f"{conversation_key} {key}", item["conversation_number"], number, str(item["gap_before"]), *talk),
    )


class Drawn:
    """Takes drawings in any order; gives rows back in timeline order and messages by conversation.

    Runs are kept in `folder`, which the caller removes.
    """

    def __init__(self, folder: Path) -> None:
        self._rows = Spool(folder, "rows")
        self._talks = Spool(folder, "talks")

    def take(self, drawing: Drawing) -> None:
        """Keep one item's drawing."""
        self._rows.add(drawing.row)
        self._talks.add(drawing.talk)

    def csv(self) -> Iterator[tuple[str, int | None, bytes]]:
        """Number, instant and line of `timeline.csv` of each item, in order."""
        for fields in map(_fields, self._rows.lines()):
            yield fields[1].decode(), _instant(fields[2]), fields[4].replace(_LINE, b"\n")

    def rows(self) -> Iterator[Row]:
        """Each item's row, in timeline order."""
        for fields in map(_fields, self._rows.lines()):
            yield Row(
                fields[1].decode(), _instant(fields[2]), _text(fields[3]), Open(_text(fields[5]), _text(fields[6]))
            )

    def talks(self) -> Iterator[Talk]:
        """Each item's message, in order of conversation, then of number."""
        for fields in map(_fields, self._talks.lines()):
            html = Open(_text(fields[4]), _text(fields[5]))
            yield Talk(fields[1].decode(), fields[2].decode(), int(fields[3]), html)


def _pack(*fields: str) -> bytes:
    line = "\0".join(fields).encode()
    if line.count(_FIELD) != len(fields) - 1 or _LINE in line:
        raise ValueError("a control character was drawn without being made visible")
    return line.replace(b"\n", _LINE)


def _fields(line: bytes) -> list[bytes]:
    return line[:-1].split(_FIELD)


def _text(field: bytes) -> str:
    return field.replace(_LINE, b"\n").decode()


def _instant(field: bytes) -> int | None:
    return int(field) if field else None
