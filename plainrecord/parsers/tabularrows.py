"""The nouns of tables: a cell as stored, a row with its place, and a header row whose names are unique.

Cells are data: nothing in them is evaluated, trimmed of zeros or turned into another form. What a cell means is decided by
whoever reads the row, with the stored text beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

CellKind = Literal["text", "number", "date", "boolean", "error"]

# The media type of an Excel workbook (.xlsx, .xlsm).
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# More columns than any message table has; Excel itself allows 16,384.
MOST_COLUMNS = 1_024
# Excel allows 32,767 letters in a cell; text files hold longer messages.
LONGEST_CELL = 1 << 20


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `text` is what is stored: for a number its digits as written, for a date its serial number.

    `kind` is "text" in every text file; a workbook says more. `formula` is true when the text is the result a formula
    had when the workbook was last saved.
    """

    text: str
    kind: CellKind = "text"
    formula: bool = False


EMPTY = Cell("")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet program counts (from 1, a cell with line breaks is one row), its place, cells.

    `raw` are the bytes `raw_sha256` is taken of: the exact bytes in a text file; in a workbook, which has no bytes a
    person could cut out, the UTF-8 JSON list of [cell reference, kind, stored text] (no spaces, no escapes of letters).
    """

    number: int
    locator: str
    cells: tuple[Cell, ...]
    raw: bytes
    notes: tuple[str, ...] = ()

    @property
    def blank(self) -> bool:
        """Whether no cell of it holds anything to read."""
        return not any(cell.text.strip() for cell in self.cells)

    @property
    def texts(self) -> list[str]:
        """What the cells hold, in order."""
        return [cell.text for cell in self.cells]

    def digest(self) -> str:
        """SHA-256 of `raw`."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that could not be read: its place, a short code and one sentence."""

    number: int
    locator: str
    kind: str
    detail: str


def canonical(cells: Sequence[tuple[str, CellKind, str]]) -> bytes:
    """The `Row.raw` of a workbook's row."""
    return json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def header_names(texts: Sequence[str]) -> tuple[str, ...]:
    """The names of columns from a header row: trimmed; an empty one is “Column 3”, a repeated one gets “ (2)”."""
    names: list[str] = []
    for number, text in enumerate(texts, start=1):
        name = " ".join(text.split()) or f"Column {number}"
        count = 1
        while name in names:
            count += 1
            name = f"{' '.join(text.split()) or f'Column {number}'} ({count})"
        names.append(name)
    return tuple(names)


def folded(name: str) -> str:
    """A column name for comparing: lower case, with underscores, hyphens and runs of spaces as one space."""
    return " ".join(name.replace("_", " ").replace("-", " ").casefold().split()).rstrip(":?")
