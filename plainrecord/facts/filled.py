"""A reading list that a person filled in, as what they confirmed. Reads the CSV that `plainrecord read-list` writes.

Only rows answered “yes” become anything; how many there were, and how many were not read, goes with them.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

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


def read_filled(text: str, name: str) -> Confirmed:
    """What a filled-in list says. Raises UsageError naming the file, the row and what is wrong."""
    about: dict[str, str] = {}
    answers: Counter[str] = Counter()
    items: set[str] = set()
    readers: dict[str, None] = {}
    tags: list[Tag] = []
    for number, row in _rows(text, name):
        if row["item"] == ABOUT:
            about = row
            continue
        answer = row["to read"].casefold() or ANSWERS[0]
        if answer not in ANSWERS:
            raise UsageError(
                f"{name}, row {number}: “{row['to read'][:40]}” is no answer. Write yes, no, unsure or to read."
            )
        answers[answer] += 1
        items.add(row["item"])
        if answer != ANSWERS[0]:
            readers[_reader(row, f"{name}, row {number}")] = None
        if answer == "yes":
            tags.append(_tag(row, f"{name}, row {number}"))
    if not about:
        raise UsageError(
            f"{name} has no row “{ABOUT}”, so what was read cannot be stated. Take the list as it was written."
        )
    return Confirmed(", ".join(readers), tags=tuple(tags), reading=_reading(about, answers, len(items), name))


def read_confirmed_files(paths: Sequence[Path]) -> Confirmed:
    """What files say that a person wrote (TOML) or filled in (the CSV of a reading list), together. Raises UsageError."""
    return together([_read_confirmed_file(path) for path in paths])


def _read_confirmed_file(path: Path) -> Confirmed:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}. Nothing was counted. From a spreadsheet, save it as “CSV UTF-8”."
        ) from None
    return read_filled(text, path.name) if _is_filled(text) else read_confirmed(text, path.name)


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


def _reading(about: dict[str, str], answers: Counter[str], items: int, name: str) -> Reading:
    try:
        stated = int(about["amount"])
    except ValueError:
        raise UsageError(f"{name}: its row “{ABOUT}” was changed. Take the list as it was written.") from None
    # Rows that were taken out were not read.
    total = max(stated, answers.total())
    read = answers["yes"] + answers["no"] + answers["unsure"]
    return Reading(total, items, answers["yes"], answers["no"], answers["unsure"], total - read, about["list"])
