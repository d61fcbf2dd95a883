"""The reading list: messages that have certain words, with what stands around them, for a person to read and answer.

Reads a bundle or a case and writes one CSV. A candidate is no finding, and nothing is counted from it until a person has
answered (`facts/filled.py`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from plainrecord.bundle.bagreader import read_lines
from plainrecord.bundle.shown import DIRECTIONS, one_line
from plainrecord.bundle.timeline import BOM, CsvRows
from plainrecord.counting import case_lines, reading_bundle
from plainrecord.facts.events import Line, event_of, instant, read_line
from plainrecord.facts.filled import ABOUT, ANSWERS, COLUMNS
from plainrecord.facts.lexicon import LIMITS, Found, candidates, lexicon
from plainrecord.facts.table import check_of
from plainrecord.store import Case
from plainrecord.store.case import Clock
from plainrecord.store.settings import FILE_NAME as SETTINGS_FILE
from plainrecord.times import show_local

_ITEMS = "data/items/messages.jsonl"
_LONGEST_LINE = 256 << 20
# So many messages of the same conversation stand on either side.
AROUND = 3
_CONTEXT, _TEXT = 240, 4_000


@dataclass(slots=True)
class Listed:
    """What was searched, and the rows found, each as the values of `COLUMNS`."""

    version: str
    records: int = 0
    without_words: int = 0
    rows: list[dict[str, str]] = field(default_factory=list)

    @property
    def says(self) -> str:
        """What the list is and what it cannot find."""
        return (
            f"{len(self.rows):,} candidates in {self.records:,} records, of which {self.without_words:,} have no words to search."
            f" {LIMITS} Answer each row in the column “to read” with yes, no or unsure, and put your name into “reader”."
            f" Word list: version {self.version}."
        )

    def csv(self) -> str:
        """The list as a file for a spreadsheet: the first row says what it is."""
        rows = CsvRows()
        about = dict.fromkeys(COLUMNS, "") | {
            "item": ABOUT, "amount": str(len(self.rows)), "list": self.version, "text": self.says,
        }  # fmt: skip
        return (
            BOM + rows.row(COLUMNS) + "".join(rows.row([one[name] for name in COLUMNS]) for one in (about, *self.rows))
        )


def read_list(path: Path, clock: Clock, *, workers: int = 1) -> Listed:
    """The reading list of a bundle or a case. Raises UsageError in one sentence when it is neither."""
    if (path / SETTINGS_FILE).is_file():
        with Case.open(path, clock) as case, case_lines(case, workers=workers) as (contents, lines):
            return list_of(lines, contents.timezone)
    with reading_bundle(path) as (bag, about):
        return list_of(read_lines(bag, _ITEMS, _LONGEST_LINE), about["timezone"] or None)


def list_of(lines: Iterable[bytes], zone: str | None) -> Listed:
    """The reading list of the lines of `messages.jsonl`, in their order."""
    said = lexicon()
    listed = Listed(said.version)
    talks: dict[str, _Talk] = {}
    for line in lines:
        item = read_line(line)
        words = "\n".join(filter(None, (item["subject"], item["text"])))
        listed.records += 1
        listed.without_words += not words
        talk = talks.setdefault(item["conversation_number"], _Talk())
        talk.follow(_context(item, words))
        for found in candidates(words, item["part"], said):
            row = _row(item, words, found, zone, talk)
            listed.rows.append(row)
            talk.open.append((AROUND, row))
        talk.before.append(_context(item, words))
    return listed


@dataclass(slots=True)
class _Talk:
    """The last messages of one conversation, and the rows that still wait for the ones behind them."""

    before: deque[str] = field(default_factory=lambda: deque(maxlen=AROUND))
    open: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    def follow(self, context: str) -> None:
        """Put one more message behind the rows that wait."""
        for _, row in self.open:
            row["after"] += ("\n" if row["after"] else "") + context
        self.open = [(left - 1, row) for left, row in self.open if left > 1]


def _context(item: Line, words: str) -> str:
    return f"{item['item']} {item['part']}: {one_line(words, _CONTEXT) or '(no words)'}"


def _row(item: Line, words: str, found: Found, zone: str | None, talk: _Talk) -> dict[str, str]:
    at = instant(item["time"]["ts_utc"])
    return dict.fromkeys(COLUMNS, "") | {
        "item": item["item"],
        "to read": ANSWERS[0],
        "tag": found.list.tag,
        "list": found.list.name,
        "words found": "; ".join(one_line(one, 120) for one in found.words),
        "local time": "" if at is None else show_local(at, zone),
        "utc": item["time"]["ts_utc"] or "",
        "written by": DIRECTIONS[item["direction"]],
        "channel": item["service"],
        "before": "\n".join(talk.before),
        "text": words[:_TEXT] + (" …" if len(words) > _TEXT else ""),
        "check": _check(item),
    }


def _check(item: Line) -> str:
    if item["parent"] is not None:
        return ""
    event = event_of(item, {})
    return check_of(event.utc_us, event.says)


def written(listed: Listed, out: Path) -> Iterator[str]:
    """Write the list to a new file, and say so in words. Raises FileExistsError when there is one."""
    with out.open("x", encoding="utf-8", newline="") as stream:
        stream.write(listed.csv())
    yield f"Wrote {out}: {len(listed.rows):,} candidates to be read by a person. Nothing in it is counted before that."
    yield listed.says
