"""Facts of a sealed bundle: reads its items and its coverage, and counts. Writes nothing; knows nothing of how it was made.

Anyone who holds a bundle can count again: nothing but `data/items/messages.jsonl`, `meta/bundle.json` and `meta/coverage.json`
is read. It does not verify the bundle; `plainrecord verify` does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plainrecord.bundle.bagreader import Bag, FolderBag, UnreadableError, read_lines, read_whole
from plainrecord.bundle.bagreader_zip import BadArchiveError, ZipBag
from plainrecord.bundle.checks import Findings
from plainrecord.cluster import ordered_map
from plainrecord.errors import UsageError
from plainrecord.facts import Confirmed, Fact, Table, facts, parameters, part_of, read_confirmed
from plainrecord.facts.events import instant

_ITEMS = "data/items/messages.jsonl"
_LONGEST_LINE = 256 << 20
_LONGEST_META = 64 << 20
_ITEM = re.compile(r"M-([0-9]{6,12})(?:-[0-9]{1,6}){0,8}")
# Items are read a few megabytes at a time; below so many bytes of them, starting processes takes longer than reading.
_PIECE, _WORTH_WORKERS = 4 << 20, 64 << 20


@dataclass(slots=True)
class Counted:
    """The facts of one bundle: of the subject's contacts with the owner, and of the owner's with the subject."""

    bundle_id: str
    zone: str
    coverage: list[dict[str, Any]]
    subject: list[Fact]
    owner: list[Fact]
    confirmed_by: str = ""
    ruleset: str = field(default_factory=lambda: parameters().version)

    def as_json(self) -> dict[str, Any]:
        """The object `plainrecord facts --json` prints."""
        return {
            "bundle_id": self.bundle_id,
            "zone": self.zone,
            "parameters_version": self.ruleset,
            "confirmed_by": self.confirmed_by,
            "coverage": self.coverage,
            "subject_to_owner": [fact.as_json() for fact in self.subject],
            "owner_to_subject": [fact.as_json() for fact in self.owner],
        }

    def lines(self) -> Iterator[str]:
        """The same in words: coverage first, then each fact with its rule."""
        yield f"Facts of bundle {self.bundle_id}. Times of day are in {self.zone}."
        yield "What the sources cover (read this before any figure):"
        for row in self.coverage:
            yield f"  {row['source']} {row['title']}: {row['first_utc'] or '—'} to {row['last_utc'] or '—'}, {row['undated']} undated"
        for title, found in (("The subject to the owner", self.subject), ("The owner to the subject", self.owner)):
            yield ""
            yield title.upper()
            for fact in found:
                yield from _words(fact)


def count_bundle(path: Path, confirmed: Path | None = None, *, workers: int = 1) -> Counted:
    """The facts of a bundle (folder or zip). Raises UsageError in one sentence when it is none, or the file of what was
    confirmed cannot be understood."""
    said = _confirmed(confirmed) if confirmed else Confirmed()
    try:
        with opened_bundle(path) as bag:
            about = json.loads(read_whole(bag, "meta/bundle.json", _LONGEST_META))
            coverage = json.loads(read_whole(bag, "meta/coverage.json", _LONGEST_META))["rows"]
            zone = about.get("timezone") or None
            many = bag.files[_ITEMS].size > _WORTH_WORKERS if _ITEMS in bag.files else False
            found = Table.joined(ordered_map(part_of, _pieces(bag), workers if many else 1))
    except (UnreadableError, BadArchiveError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = str(error) or type(error).__name__
        raise UsageError(
            f"{path} cannot be read as a bundle ({why}). Nothing was counted. Check it with “plainrecord verify”."
        ) from None
    if confirmed:
        _check_items(said, set(found.numbers), confirmed.name)
    subject, owner = facts(found, zone, _spans(coverage), said)
    return Counted(str(about.get("bundle_id", "")), zone or "UTC", coverage, subject, owner, said.by)


def opened_bundle(path: Path) -> Bag:
    """A bundle (folder or zip) for reading, not verified. Raises BadArchiveError or OSError."""
    return FolderBag(path, Findings()) if path.is_dir() else ZipBag(path, Findings())


def _confirmed(path: Path) -> Confirmed:
    try:
        return read_confirmed(path.read_text("utf-8-sig"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}. Nothing was counted.") from None


def _check_items(said: Confirmed, known: set[int], name: str) -> None:
    """Refuse what was confirmed of another bundle: its numbers would be counted as if they were this one's."""
    for item in (*(one.item for one in said.stops if one.item), *(one.item for one in said.tags)):
        # A message carried inside an item has the item's number and one more.
        found = _ITEM.fullmatch(item)
        if found is None or int(found[1]) not in known:
            raise UsageError(
                f"{name} names {item}, and this bundle has no such item. Nothing was counted. Is it about another bundle?"
            )


def _pieces(bag: Bag) -> Iterator[list[bytes]]:
    """The lines of the items, a few megabytes at a time."""
    piece, size = list[bytes](), 0
    for line in read_lines(bag, _ITEMS, _LONGEST_LINE):
        piece.append(line)
        size += len(line)
        if size >= _PIECE:
            yield piece
            piece, size = [], 0
    yield piece


def _spans(rows: list[dict[str, Any]]) -> list[tuple[int, int]]:
    return [
        (first, last)
        for row in rows
        if (first := instant(row["first_utc"])) is not None and (last := instant(row["last_utc"])) is not None
    ]


def _words(fact: Fact) -> Iterator[str]:
    yield f"{fact.id} {fact.heading}"
    yield f"    {fact.rule}"
    for name, value in fact.value.items():
        yield f"    {name.replace('_', ' ')}: {_short(value)}"
    for reason, count in fact.left_out.items():
        if count:
            yield f"    left out, {reason}: {count}"
    if fact.says:
        yield f"    {fact.says}"


def _short(value: Any) -> str:
    """A value on one line; a list of rows as its length and first few."""
    if isinstance(value, list):
        shown = "; ".join(_short(one) for one in value[:5])
        return "none" if not value else f"{len(value)}: {shown}{' …' if len(value) > 5 else ''}"
    if isinstance(value, dict):
        rows = ((name, one) for name, one in value.items() if name != "items")
        return ", ".join(f"{name.replace('_', ' ')} {_short(one)}" for name, one in rows) or "none"
    return "—" if value is None else str(value)
