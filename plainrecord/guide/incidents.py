"""The person's own log, `log.csv` in the case folder: one row an entry, in the form the diary parser reads. Rows are only added.

A correction is a further row that names the one it corrects. Nothing here changes or removes a row.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from plainrecord.custody import CustodyLog, Who
from plainrecord.errors import CaseError
from plainrecord.parsers.diarywords import template

FILE_NAME = "log.csv"
NUMBER, WRITTEN, FROM, UNTIL, SURE, CORRECTS = (
    "No",
    "Written on",
    "Happened from",
    "Happened until",
    "How sure",
    "Corrects No",
)
LATER_SECONDS = 86_400


def columns() -> list[str]:
    """The columns of the log, as the empty template has them."""
    return next(csv.reader([template()]))


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: what stands in each column."""

    cells: Mapping[str, str]

    @property
    def number(self) -> str:
        """Its number."""
        return self.cells[NUMBER]


def entries(folder: Path) -> list[Entry]:
    """Every entry in the order it was written. Raises CaseError when the file was changed into something else."""
    path = folder / FILE_NAME
    if not path.exists():
        return []
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CaseError(f"{path} cannot be read ({error}). Put back a copy of it; nothing else is touched.") from None
    if not rows or rows[0] != columns():
        raise CaseError(
            f"{path} does not begin with the columns of a log. Put back a copy of it; nothing else is touched."
        )
    return [Entry(dict(zip(rows[0], row, strict=False))) for row in rows[1:] if any(row)]


def write_entry(folder: Path, cells: Mapping[str, str], now: datetime) -> Entry:
    """Add one entry, numbered and dated (`now` in the zone of the case), and wait until it is on the disk."""
    number = str(len(entries(folder)) + 1)
    whole = {**cells, NUMBER: number, WRITTEN: f"{now:%Y-%m-%d %H:%M}"}
    text = io.StringIO(newline="")
    csv.writer(text).writerow([whole.get(column, "") for column in columns()])
    path = folder / FILE_NAME
    opening = "" if path.exists() else "\ufeff" + template()
    with path.open("ab") as stream:
        stream.write((opening + text.getvalue()).encode("utf-8", "replace"))
        stream.flush()
        os.fsync(stream.fileno())
    return Entry(whole)


def record_entry(log: CustodyLog, entry: Entry, who: Who) -> None:
    """Append to the custody log that an entry was written; its words stay in the log itself."""
    cells = entry.cells
    log.append(
        "log.entry_made",
        what=f"Wrote entry {entry.number} of the own log."
        + (f" It corrects entry {cells[CORRECTS]}." if cells.get(CORRECTS) else ""),
        why="To write down what happened.",
        who=who,
        item_refs=[FILE_NAME],
        details={
            "occurred_from": cells.get(FROM) or "not stated",
            "occurred_to": cells.get(UNTIL) or "not stated",
            "recorded": cells[WRITTEN],
            "precision": cells.get(SURE) or "not stated",
            "written_later": written_later(cells),
            "author": who.name,
        },
    )


def written_later(cells: Mapping[str, str]) -> bool:
    """Whether an entry was written more than a day after what it describes, as far as its own times say."""
    try:
        happened, written = (datetime.fromisoformat(cells[name]) for name in (FROM, WRITTEN))
    except (KeyError, ValueError):
        return False
    return (written - happened).total_seconds() > LATER_SECONDS
