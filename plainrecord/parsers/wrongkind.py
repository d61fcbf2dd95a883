"""Name a file that is not the export that can be read, and say which button gives the right one.

Asked only of files that no parser reads. The table is `data/wrong_kind.toml`; the last word have tables, which a column
mapping lets be read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.tabular import advice_for
from plainrecord.parsers.tabularrows import WORKBOOK

_TABLE_NAMES = frozenset((".csv", ".tsv", ".tab", ".txt"))
_FIRST = 4 << 10


@dataclass(frozen=True, slots=True)
class WrongKind:
    """One entry of the table; an empty condition always holds."""

    says: str
    instead: str
    name: str = ""
    path: str = ""
    type: str = ""
    starts: str = ""
    holds: tuple[str, ...] = ()

    def fits(self, member: Member) -> bool:
        """Whether every condition holds for a file."""
        if self.name and not _pattern(self.name).fullmatch(member.name):
            return False
        if self.path and not _pattern(self.path).fullmatch(member.tree_path):
            return False
        if self.starts and not member.head.startswith(self.starts.encode()):
            return False
        if not member.media_type.startswith(self.type):
            return False
        return not self.holds or any(word.encode() in member.head for word in self.holds)


@cache
def wrong_kinds() -> tuple[WrongKind, ...]:
    """The table, in the order of its file."""
    text = files("plainrecord.parsers").joinpath("data", "wrong_kind.toml").read_text("utf-8")
    return tuple(WrongKind(**{**kind, "holds": tuple(kind.get("holds", ()))}) for kind in tomllib.loads(text)["kind"])


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.DOTALL)


def advice_on(member: Member, listing: Listing) -> str | None:
    """Sentences on a file that no parser reads: what it is, and how to get what can be read. None when there is nothing to say."""
    if not member.size:
        return None
    for kind in wrong_kinds():
        if kind.fits(member):
            return f"{_shown(member)} {kind.says}; it was kept as it is and not read. {kind.instead}"
    return advice_for(member, listing.options) if _maybe_table(member) else None


def _shown(member: Member) -> str:
    return member.original.relpath + (f"!/{member.path}" if member.path else "")


def _maybe_table(member: Member) -> bool:
    """A quick look, so that a folder of fifty thousand other files is not searched for tables."""
    if member.media_type == WORKBOOK:
        return True
    if PurePosixPath(member.name).suffix.lower() not in _TABLE_NAMES or not member.media_type.startswith("text/"):
        return False
    return any(line.count(mark) >= 2 for line in _first_lines(member) for mark in (b",", b";", b"\t", b"|"))


def _first_lines(member: Member) -> Iterator[bytes]:
    yield from member.head[:_FIRST].split(b"\n")[:20]
