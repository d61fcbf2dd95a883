"""Say what was handed in and what would be read from it, one sentence a thing, without reading it through or writing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from plainrecord.errors import UsageError
from plainrecord.intake import list_source
from plainrecord.intake.listing import Fate, Listing, Member
from plainrecord.parsers import Claim, Parser
from plainrecord.store.adding import plan_claims

_TROUBLED = (Fate.REFUSED, Fate.UNREADABLE, Fate.PARTLY_PARSED)
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Inspected:
    """One sentence about one file, export or group of files. `reader` is the parser that would read it, or None."""

    path: str
    says: str
    media_type: str = ""
    reader: str | None = None
    troubled: bool = False

    def as_json(self) -> dict[str, object]:
        """The object `inspect --json` prints."""
        return {
            "path": self.path,
            "says": self.says,
            "media_type": self.media_type,
            "reader": self.reader,
            "troubled": self.troubled,
        }


def inspect_paths(paths: Sequence[Path]) -> list[Inspected]:
    """What each path is, in order. Raises UsageError for a path that is not there."""
    found: list[Inspected] = []
    for path in paths:
        if not path.exists() and not path.is_symlink():
            raise UsageError(f"There is no file or folder called {path}.")
        lines = list(_inspect(list_source([path], "S01")))
        found += lines or [Inspected(path.name, f"{path.name}: nothing in it to read.")]
    return found


def _inspect(listing: Listing) -> Iterator[Inspected]:
    troubled = {fate.path for fate in listing.fates}
    for fate in listing.fates:
        says = f"{fate.path}: {fate.reason}"
        yield Inspected(fate.path, says, fate.media_type, None, fate.fate in _TROUBLED)
    planned = plan_claims(listing, listing.members)
    claimed: set[str] = set()
    for parser, claim in planned:
        claimed.update(member.tree_path for member in claim.members)
        claimed.update(claim.aside)
        yield _readable(parser, claim)
    rest = [m for m in listing.members if m.tree_path not in claimed and _path(m) not in troubled]
    yield from _unclaimed(rest)


def _path(member: Member) -> str:
    return member.original.relpath + (f"!/{member.path}" if member.path else "")


def _readable(parser: Parser, claim: Claim) -> Inspected:
    path = _path(claim.members[0])
    more = f" and {len(claim.members) - 1} more files" if len(claim.members) > 1 else ""
    says = f"{path}{more}: {parser.card.export}; can be read."
    return Inspected(path, says, claim.members[0].media_type, parser.name)


def _unclaimed(members: Sequence[Member]) -> Iterator[Inspected]:
    for member in members[:_NAMED]:
        path = _path(member)
        if member.size == 0:
            yield Inspected(path, f"{path}: the file is empty; there is nothing to read.", member.media_type)
        else:
            says = f"{path}: {member.media_type or 'unknown kind'}; no reader for it, it would be kept as a file with its hash."
            yield Inspected(path, says, member.media_type)
    if len(members) > _NAMED:
        yield Inspected("", f"… and {len(members) - _NAMED} more files without a reader, kept with their hashes.")
