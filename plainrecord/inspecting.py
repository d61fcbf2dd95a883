"""Say what was handed in and what would be read from it, one sentence a thing, without reading it through or writing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from plainrecord.errors import UsageError
from plainrecord.intake.describing import Described, describe
from plainrecord.intake.listing import Fate, Listing, Member, ReadOptions
from plainrecord.parsers import Claim, Parser
from plainrecord.parsers.tabular import proposal_for
from plainrecord.parsers.wrongkind import advice_on, advice_on_text
from plainrecord.store.adding import plan_claims

_TROUBLED = (Fate.REFUSED, Fate.UNREADABLE, Fate.PARTLY_PARSED)


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


@dataclass(frozen=True, slots=True)
class ProposedMapping:
    """A mapping file (TOML text) proposed for one table."""

    path: str
    toml: str


def propose_mappings(path: Path) -> list[ProposedMapping]:
    """A proposed column mapping for each table that no parser reads by itself. Raises UsageError when there is none."""
    found: list[ProposedMapping] = []
    for listing, _ in describe([path]):
        read = {member.tree_path for _, claim in plan_claims(listing, listing.members) for member in claim.members}
        for member in listing.members:
            toml = proposal_for(member) if member.tree_path not in read else None
            if toml is not None:
                found.append(ProposedMapping(_path(member), toml))
    if not found:
        raise UsageError(
            f"{path} holds no table that needs a mapping. To see what it is, use “plainrecord inspect {path}”."
        )
    return found


def inspect_paths(paths: Sequence[Path], options: ReadOptions = ReadOptions()) -> list[Inspected]:
    """What each path is, in order. Raises UsageError for a path that is not there, or a mapping that does not fit."""
    found: list[Inspected] = []
    for listing, described in describe(paths, options):
        found += _alike(_inspect(listing, described))
    return found


def _inspect(listing: Listing, described: Sequence[Described]) -> Iterator[Inspected]:
    yield from (Inspected(listing.name, said) for said in listing.missing)
    explained: set[str] = set()
    notes = {note.path: note.says for note in listing.notes}
    for parser, claim in plan_claims(listing, listing.members):
        explained.update(member.tree_path for member in claim.members)
        explained.update(claim.aside)
        yield _readable(parser, claim, notes)
    inside = any("!/" in line.path for line in described)
    for line in described:
        opened = line.member is None and line.fate is Fate.PARSED
        if (line.member and line.member.tree_path in explained) or (opened and inside):
            continue
        advice = (advice_on(line.member, listing) or advice_on_text(line.member)) if line.member else None
        yield Inspected(line.path, advice or line.says, line.media_type, None, line.fate in _TROUBLED)


def _readable(parser: Parser, claim: Claim, notes: dict[str, str]) -> Inspected:
    path = _path(claim.members[0])
    more = f" and {len(claim.members) - 1} more files" if len(claim.members) > 1 else ""
    says = " ".join(filter(None, (f"{path}{more}: {parser.card.export}; can be read.", notes.get(path))))
    return Inspected(path, says, claim.members[0].media_type, parser.name)


def _path(member: Member) -> str:
    return member.original.relpath + (f"!/{member.path}" if member.path else "")


def _alike(lines: Iterable[Inspected]) -> Iterator[Inspected]:
    """The lines, with those that say the same of other files counted instead of repeated."""
    groups: dict[tuple[str, str], list[Inspected]] = {}
    for line in lines:
        groups.setdefault((line.says.replace(line.path, ""), line.reader or ""), []).append(line)
    for same in groups.values():
        first = same[0]
        if len(same) > 1:
            first = replace(first, says=f"{first.says} The same is true of {len(same) - 1} more.")
        yield first
