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
from plainrecord.parsers.chat.copied_tally import tally_of
from plainrecord.parsers.tabular import advice_for
from plainrecord.parsers.tabularrows import WORKBOOK

_TABLE_NAMES = frozenset((".csv", ".tsv", ".tab", ".txt"))
_FIRST = 4 << 10
_EXPORTS = (
    "WhatsApp: open the chat, ⋮ → More → Export chat (on iPhone the contact's name → Export chat). Telegram Desktop: ⋮ → Export"
    " chat history. Signal Desktop: Settings → Chats → export. Instagram, Facebook, Snapchat, Discord: “download your data”."
    " Text messages: SMS Backup & Restore on Android, imessage-exporter or iMazing for an iPhone."
)


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
    return (advice_for(member, listing.options) if _maybe_table(member) else None) or _advice_on_names(member)


def advice_on_text(member: Member) -> str | None:
    """Sentences on a text of which nobody can tell whether it holds messages, for `inspect`; None for anything else."""
    if not member.size or member.media_type != "text/plain" or PurePosixPath(member.name).suffix.lower() != ".txt":
        return None
    return (
        f"{_shown(member)} is a text that no app wrote as an export, and no copied messages with a name to each were found in"
        f" it; it was kept as it is and not read. If it holds messages, ask the app for its own export. {_EXPORTS}"
    )


def _advice_on_names(member: Member) -> str | None:
    """What to say of a chat that may have been typed as `Name: text`, while nobody said which name is the owner's."""
    tally = tally_of(member) if PurePosixPath(member.name).suffix.lower() == ".txt" else None
    if tally is None or not tally.named_lines():
        return None
    return (
        f"{_shown(member)} has lines that begin with names, as a typed chat has, and no times; it was kept as it is and not read."
        " Said with --owner that one of the names is the owner's, it is read as a text that a person made. Better is the app's"
        f" own export. {_EXPORTS}"
    )


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
