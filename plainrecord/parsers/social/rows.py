"""What readers of CSV downloads share: a row whose columns are asked for by name, however the name is spelt, and its rest.

Trap: column names differ in case, spaces and underscores between two downloads of one service, and their number grows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from plainrecord.intake.listing import Member
from plainrecord.parsers.chat.jsonchat import shown
from plainrecord.parsers.chat.pieces import TIME_MISSING
from plainrecord.times import Meaning, TimeBlock, from_local, from_offset, unreadable

_LOOSE = re.compile(r"[^a-z0-9]")
_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?( ?UTC| ?Z)?"
)
_HEAD_LINES = 12


@lru_cache(maxsize=4096)
def column(name: str) -> str:
    """A column's name as it is compared: lower case, letters and digits only."""
    return _LOOSE.sub("", name.casefold())


class Columns(Mapping[str, str]):
    """One row; `row["sender profile url"]` finds `SENDER_PROFILE_URL`. A column that is not there is empty."""

    def __init__(self, row: Mapping[str, str]) -> None:
        self._row = {column(name): value for name, value in row.items()}
        self._names = {column(name): name for name in row}

    def __getitem__(self, name: str) -> str:
        return self._row.get(column(name), "").strip()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.values())

    def __len__(self) -> int:
        return len(self._row)

    def as_written(self, name: str) -> str:
        """The value with its surrounding space."""
        return self._row.get(column(name), "")

    def rest(self, said: Collection[str]) -> dict[str, str]:
        """Every value that is said nowhere else and is not empty, under the column's own name."""
        known = {column(name) for name in said}
        return {
            self._names[key] or "beyond the header": shown(value)
            for key, value in self._row.items()
            if key not in known and value.strip()
        }


def has_columns(*names: str) -> HasColumns:
    """A test for a header row that names all of these."""
    return HasColumns(frozenset(map(column, names)))


class HasColumns:
    """Whether a header row names all of some columns; can be asked of names, or of the first lines of a file."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted

    def __call__(self, names: Sequence[str]) -> bool:
        """Of the names in a row."""
        return self._wanted <= {column(name) for name in names}

    def among(self, member: Member) -> bool:
        """Of the first lines of a file, before which a preamble may stand."""
        text = member.head[:16384].decode("utf-8", "replace").removeprefix("\ufeff")
        try:
            return any(self(row) for row in csv.reader(text.splitlines()[:_HEAD_LINES]))
        except csv.Error:
            return False


def no_instant(time: TimeBlock, service: str) -> list[str]:
    """What is noted of a time that is no instant: that none is given, or that nobody can read what is."""
    if time.utc_us is not None or time.local:
        return []
    return [f"{service}:date-not-understood" if time.ts_raw.strip() else TIME_MISSING]


@lru_cache(maxsize=4096)
def utc_moment(raw: str, where: str, meaning: Meaning = "sent", zone: str | None = "UTC") -> TimeBlock:
    """`YYYY-MM-DD HH:MM:SS` with or without ` UTC`. Without it: UTC because the format documents it (`zone="UTC"`), else a
    wall clock in `zone`, or one nobody can place (None)."""
    match = _MOMENT.fullmatch(raw.strip()) if len(raw) < 60 else None
    if match is None:
        return unreadable(raw[:100], where, meaning=meaning)
    year, month, day, hour, minute, second, fraction, stated = match.groups()
    try:
        local = datetime(*map(int, (year, month, day, hour, minute, second or 0)))  # type: ignore[arg-type]
    except ValueError:
        return unreadable(raw, where, meaning=meaning)
    local = local.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]))
    precision = "min" if second is None else "s" if not fraction else "ms" if len(fraction) <= 3 else "us"
    if stated or zone == "UTC":
        return from_offset(raw, where, local, 0, meaning=meaning, precision=precision, documented=not stated)  # type: ignore[arg-type]
    return from_local(raw, where, local, zone, basis="export_locale_assumed", meaning=meaning, precision=precision)  # type: ignore[arg-type]
