"""A reading list that a person filled in, as what they confirmed. Reads the CSV that `plainrecord read-list` writes.

Only rows answered “yes” become anything; how many there were, and how many were not read, goes with them.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from plainrecord.errors import UsageError
from plainrecord.facts.confirmed import TAGS, Confirmed, Reading, Tag, read_confirmed, together

# What a person fills in stands first, what tells the record again last.
COLUMNS = (
    "item", "to read", "reader", "read at", "tag", "amount", "who", "list", "words found", "local time", "utc", "written by", "channel",
    "before", "text", "after", "check",
)  # fmt: skip
ANSWERS = ("to read", "yes", "no", "unsure")
# The row that is no candidate: what the list is, how many rows it had, and what it cannot find.
ABOUT = "about"


class _Row(NamedTuple):
    """One answered or unread row of a list."""

    answer: str
    reader: str
    tag: Tag | None


class _List(NamedTuple):
    """One filled-in list: how many rows it had when it was written, its word list, and its rows by item and kind of words."""

    name: str
    stated: int
    lexicon: str
    rows: dict[tuple[str, str], list[_Row]]


def read_filled(text: str, name: str) -> Confirmed:
    """What a filled-in list says. Raises UsageError naming the file, the row and what is wrong."""
    return _confirmed_in([_read_list(text, name)])


def read_confirmed_files(paths: Sequence[Path]) -> Confirmed:
    """What files say that a person wrote (TOML) or filled in (the CSV of a reading list), together. Raises UsageError."""
    texts = [(_text_of(path), path.name) for path in paths]
    lists = [_read_list(text, name) for text, name in texts if _is_filled(text)]
    found = [read_confirmed(text, name) for text, name in texts if not _is_filled(text)]
    return together([_confirmed_in(lists), *found] if lists else found)


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}. Nothing was counted. From a spreadsheet, save it as “CSV UTF-8”."
        ) from None


def _read_list(text: str, name: str) -> _List:
    about: dict[str, str] = {}
    rows: dict[tuple[str, str], list[_Row]] = {}
    for number, row in _rows(text, name):
        if row["item"] == ABOUT:
            about = row
        else:
            rows.setdefault((row["item"], row["list"]), []).append(_answered(row, f"{name}, row {number}"))
    if not about:
        raise UsageError(
            f"{name} has no row “{ABOUT}”, so what was read cannot be stated. Take the list as it was written."
        )
    return _List(name, _stated(about, name), about["list"], rows)


def _answered(row: dict[str, str], where: str) -> _Row:
    answer = row["to read"].casefold() or ANSWERS[0]
    if answer not in ANSWERS:
        raise UsageError(f"{where}: “{row['to read'][:40]}” is no answer. Write yes, no, unsure or to read.")
    reader = "" if answer == ANSWERS[0] else _reader(row, where)
    return _Row(answer, reader, _tag(row, where) if answer == "yes" else None)


def _confirmed_in(lists: Sequence[_List]) -> Confirmed:
    """What lists say together: a row that stands in several of them is one candidate, however many people had it."""
    rows: dict[tuple[str, str], tuple[str, list[_Row]]] = {}
    readers: dict[str, None] = {}
    for one in lists:
        for key, found in one.rows.items():
            readers |= dict.fromkeys(row.reader for row in found if row.reader)
            name, before = rows.get(key, (one.name, found))
            rows[key] = (one.name, found) if _unread(before) else (name, before)
            if not _unread(before) and not _unread(found) and _says(before) != _says(found):
                raise UsageError(
                    f"{name} and {one.name} answer {key[0]} in two ways. Nothing was counted. Settle which it is, and write it in both."
                )
    every = [row for _, found in rows.values() for row in found]
    tags = tuple(row.tag for row in every if row.tag)
    reading = _reading(lists, Counter(row.answer for row in every), len({item for item, _ in rows}))
    return Confirmed(", ".join(readers), tags=tags, reading=reading)


def _unread(rows: Sequence[_Row]) -> bool:
    return all(row.answer == ANSWERS[0] for row in rows)


def _says(rows: Sequence[_Row]) -> list[tuple[str, Tag | None]]:
    return [(row.answer, row.tag) for row in rows]


def _is_filled(text: str) -> bool:
    head = text.partition("\n")[0]
    return head.startswith(("item,", "item;", '"item"'))


def _rows(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row by the names of its columns. Spreadsheets of some languages write semicolons."""
    head = text.partition("\n")[0]
    reader = csv.reader(
        text.splitlines(keepends=True), delimiter=";" if head.count(";") > head.count(",") else ",", strict=True
    )
    try:
        columns = [one.strip() for one in next(reader, [])]
        missing = [one for one in ("item", "to read", "reader", "tag", "check") if one not in columns]
        if missing:
            raise UsageError(
                f"{name} has no column “{missing[0]}”. Take the list as it was written, and keep its first row."
            )
        for cells in reader:
            if any(cells):
                row = dict.fromkeys(COLUMNS, "") | dict(zip(columns, (one.strip() for one in cells), strict=False))
                yield reader.line_num, row
    except csv.Error as error:
        raise UsageError(f"{name}, line {reader.line_num}: {error}. Save it as CSV again.") from None


def _reader(row: dict[str, str], where: str) -> str:
    if not row["reader"]:
        raise UsageError(f"{where} is answered and names no reader. Put who read it into the column “reader”.")
    return row["reader"]


def _tag(row: dict[str, str], where: str) -> Tag:
    tag = row["tag"].replace(" ", "_")
    if tag not in TAGS:
        raise UsageError(f"{where}: there is no tag “{row['tag'][:40]}”. Use one of {', '.join(sorted(TAGS))}.")
    return Tag(row["item"], tag, row["amount"], row["who"], row["words found"], row["check"])


def _stated(about: dict[str, str], name: str) -> int:
    try:
        return int(about["amount"])
    except ValueError:
        raise UsageError(f"{name}: its row “{ABOUT}” was changed. Take the list as it was written.") from None


def _reading(lists: Sequence[_List], answers: Counter[str], items: int) -> Reading:
    # Rows that were taken out were not read.
    total = max(answers.total(), *(one.stated for one in lists))
    read = answers["yes"] + answers["no"] + answers["unsure"]
    lexicon = ", ".join(dict.fromkeys(one.lexicon for one in lists))
    return Reading(total, items, answers["yes"], answers["no"], answers["unsure"], total - read, lexicon)
