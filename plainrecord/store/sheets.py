"""A sheet of who is who: the accounts of a case as CSV or YAML, to be filled in by a person and read back.

The form is decided by the name's ending. Every cell is text: YAML is read without its types, because a number that a program
recalculates is another number. A sheet asserts what it says in column `person` and withdraws nothing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from plainrecord.bundle.timeline import BOM, CsvRows
from plainrecord.errors import UsageError
from plainrecord.people.attributions import AccountKey, Attribution, account_key
from plainrecord.records import Account
from plainrecord.store.attributing import Said, assert_accounts, find_account
from plainrecord.store.case import AccountCount, Case

COLUMNS = ("person", "because", "service", "kind", "account", "names", "wrote", "named in", "asserted by")
_NEEDED = ("person", "service", "account")
_LARGEST = 64 << 20
_WRITTEN_OUT = re.compile(r"\[U\+([0-9A-F]{4,6})\]")


@dataclass(frozen=True, slots=True)
class _Row:
    """One filled-in line of a sheet, with its place in it."""

    place: str
    person: str
    because: str
    account: Account


def export_sheet(case: Case, path: Path) -> int:
    """Write every account of a case to a new file; how many. Raises UsageError for another ending or a file that is there."""
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise UsageError(f"{path} ends neither in .csv nor in .yaml. Nothing was written.")
    said = {one.key: one for one in case.attributions()}
    rows = [_cells(one, said) for one in case.accounts()]
    try:
        with path.open("x", encoding="utf-8", newline="") as stream:
            stream.write(write(rows))
    except FileExistsError:
        raise UsageError(f"{path} is there already and was left as it is. Choose another name.") from None
    return len(rows)


def _cells(one: AccountCount, said: dict[AccountKey, Attribution]) -> list[str]:
    held = said.get(one.key)
    person, why, by = (held.person, held.why, held.asserted_by) if held else ("", "", "")
    return [person, why, one.service, one.kind, one.value, "; ".join(one.names), str(one.written), str(one.named), by]


def _as_csv(rows: Sequence[list[str]]) -> str:
    lines = CsvRows()
    return BOM + lines.row(COLUMNS) + "".join(lines.row(row) for row in rows)


def _as_yaml(rows: Sequence[list[str]]) -> str:
    return yaml.safe_dump([dict(zip(COLUMNS, row, strict=True)) for row in rows], allow_unicode=True, sort_keys=False)


_WRITERS = {".csv": _as_csv, ".yaml": _as_yaml, ".yml": _as_yaml}


def import_sheet(case: Case, path: Path, by: str, why: str) -> list[Attribution]:
    """Assert what a sheet says, all of it or nothing; what is new. `why` stands where a row gives no reason of its own.

    Raises UsageError, with the row, for an account the case does not know, and for one that is somebody else's already.
    """
    rows = [_row(case, place, cells) for place, cells in _lines(path) if cells["person"].strip()]
    _refuse_two_people(rows)
    groups: dict[tuple[str, str], list[Account]] = {}
    for row in rows:
        groups.setdefault((row.person, row.because or why), []).append(row.account)
    _refuse_held(case, rows)
    said = [Said(person, tuple(accounts), by, because) for (person, because), accounts in groups.items()]
    return [one for each in said for one in assert_accounts(case, each)]


def _lines(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a sheet with their places; every column that is needed is there."""
    read = {".csv": _from_csv, ".yaml": _from_yaml, ".yml": _from_yaml}.get(path.suffix.lower())
    if read is None:
        raise UsageError(f"{path} ends neither in .csv nor in .yaml. Nothing was read.")
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is larger than 64 MB, which no sheet of accounts is. Nothing was read.")
        text = path.read_text("utf-8-sig")
        yield from read(text, path.name)
    except (OSError, UnicodeDecodeError, csv.Error, yaml.YAMLError, RecursionError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(f"{path} cannot be read as a sheet ({why}). Nothing was written.") from None


def _from_csv(text: str, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    rows = csv.reader(text.splitlines(keepends=True), strict=True)
    columns = next(rows, [])
    _refuse_columns(name, columns)
    for number, cells in enumerate(rows, start=2):
        if any(cell.strip() for cell in cells):
            filled = [*map(_from_cell, cells), *[""] * (len(columns) - len(cells))]
            yield f"{name}, row {number}", dict(zip(columns, filled, strict=False))


def _from_cell(cell: str) -> str:
    """A cell as it was before it was made safe for spreadsheets."""
    bare = cell[1:] if cell.startswith("'") and cell[1:2] in "=+-@\t\r\uff1d\uff0b\uff0d\uff20" else cell
    return _WRITTEN_OUT.sub(lambda found: chr(min(int(found.group(1), 16), 0x10FFFF)), bare)


def _from_yaml(text: str, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    # BaseLoader makes nothing but text, lists and mappings: +447700900123 stays what was written.
    rows: Any = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    if not isinstance(rows, list):
        raise UsageError(
            f"{name} is no list of accounts. Nothing was written. “plainrecord people export” shows the form."
        )
    for number, row in enumerate(rows, start=1):
        place = f"{name}, entry {number}"
        if not isinstance(row, dict) or not all(isinstance(value, str) for value in row.values()):
            raise UsageError(
                f"{place} is not as it should be: each entry names columns with text. Nothing was written."
            )
        _refuse_columns(place, list(row))
        yield place, row


def _refuse_columns(place: str, columns: Sequence[str]) -> None:
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise UsageError(
            f"{place} has no column “{missing[0]}”. Nothing was written. Needed are: {', '.join(_NEEDED)}."
        )


def _row(case: Case, place: str, cells: dict[str, str]) -> _Row:
    kind = cells.get("kind", "").strip()
    text = f"{cells['service'].strip()}:{kind + ':' if kind else ''}{cells['account']}"
    try:
        account = find_account(case.db, text, case.settings.region.upper() or None)
    except UsageError as error:
        raise UsageError(f"{place}: {error}") from None
    return _Row(place, " ".join(cells["person"].split()), cells.get("because", "").strip(), account)


def _refuse_two_people(rows: Sequence[_Row]) -> None:
    people: dict[AccountKey, _Row] = {}
    for row in rows:
        first = people.setdefault(account_key(row.account), row)
        if first.person.casefold() != row.person.casefold():
            raise UsageError(
                f"{row.place} gives {row.account.value} to {row.person}, and {first.place} to {first.person}. Nothing was written."
            )


def _refuse_held(case: Case, rows: Sequence[_Row]) -> None:
    """All or nothing: look at every row before the first is written."""
    standing = {one.key: one for one in case.attributions()}
    for row in rows:
        held = standing.get(account_key(row.account))
        if held and row.person.casefold() not in (held.person.casefold(), held.role):
            raise UsageError(
                f"{row.place}: {row.account.value} is attributed to {held.person} by {held.asserted_by}. Nothing was written."
                " Withdraw that first."
            )
