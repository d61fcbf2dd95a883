"""The columns and kinds of a log of incidents (`data/diary.toml`): which header row is one's, and the empty template."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from plainrecord.parsers.tabularrows import folded

# What makes a table with an account of what happened and a date a log of incidents: at least one column of these.
_TELLING = frozenset(
    "written sure where kind witnesses evidence told officer report effect response changes amends".split()
)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("plainrecord.parsers").joinpath("data", "diary.toml").read_text("utf-8"))


@cache
def _fields() -> dict[str, str]:
    return {folded(word): column["field"] for column in _table()["column"] for word in column["words"]}


@cache
def _kinds() -> dict[str, str]:
    words = {folded(word): kind for kind, words in _table()["kinds"].items() for word in words}
    return words | {folded(kind): kind for kind in _table()["kinds"]}


def columns_of(header: Sequence[str]) -> dict[str, int]:
    """Field → place of its column, the first where a field has several."""
    found: dict[str, int] = {}
    for at, name in enumerate(header):
        field = _fields().get(folded(name))
        if field:
            found.setdefault(field, at)
    return found


def is_diary(header: Sequence[str]) -> bool:
    """Whether a header row is that of a log of incidents: what happened, when, and at least one thing more of a log."""
    found = columns_of(header).keys()
    return "what" in found and bool({"start", "date"} & found) and bool(_TELLING & found)


def kind_of(text: str) -> str | None:
    """The kind a word stands for, None for a word that is not in the list."""
    return _kinds().get(folded(text))


def kinds() -> tuple[str, ...]:
    """The kinds there are."""
    return tuple(_table()["kinds"])


def template() -> str:
    """An empty log: the header row as CSV, ending in one line end."""
    return ",".join(column["words"][0] for column in _table()["column"] if column.get("template")) + "\r\n"
