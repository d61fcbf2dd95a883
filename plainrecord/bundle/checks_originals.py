"""Records against the originals they were read from, when somebody has those at hand.

Originals are opened read-only and may be anywhere on the machine; nothing is written beside them, no link is followed.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plainrecord.bundle.checks import Findings
from plainrecord.bundle.checks_stated import SOURCES, Stated
from plainrecord.bundle.slices import Range, slice_digests
from plainrecord.errors import IntegrityError
from plainrecord.hashing import Digests, hash_file
from plainrecord.intake.finding import find_member
from plainrecord.intake.limits import ArchiveError

# Behind a byte range may stand the pointer of the value that was decoded from it; the digest is of the range.
_BYTES = re.compile(r"bytes:([0-9]{1,18})-([0-9]{1,18})(?:#json:.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Slice:
    """What one item was read from: bytes of an original or of a file inside it (`end` None: to its end), as they were."""

    start: int
    end: int | None
    item: str
    sha256: str


@dataclass(slots=True)
class Originals:
    """The files at hand by SHA-256, and the slices the bundle's items claim of each and of each file inside it."""

    at_hand: dict[str, Path] = field(default_factory=dict)
    slices: dict[tuple[str, str], list[Slice]] = field(default_factory=lambda: defaultdict(list))
    elsewhere: int = 0

    def take(self, item: Any) -> None:
        """Remember where one item and its copies stand, where the original is at hand and the place is plain bytes of a file."""
        self._take(item.item, item.position, item.raw_sha256)
        for copy in item.copies:
            self._take(item.item, copy, copy.raw_sha256)

    def _take(self, item: str, place: Any, sha256: str | None) -> None:
        if place.original_sha256 not in self.at_hand:
            return
        match = _BYTES.fullmatch(place.locator)
        if sha256 is None or not (match or place.locator == "file"):
            self.elsewhere += 1
            return
        start, end = (int(match[1]), int(match[2])) if match else (0, None)
        self.slices[place.original_sha256, place.member].append(Slice(start, end, item, sha256))


def find_originals(given: Sequence[Path], stated: Stated, findings: Findings) -> Originals:
    """Hash the files given and match them to `meta/sources.json`: by digest, else by name, and then they differ."""
    files = list(_files(given, findings))
    hashed = {path: digests for path in files if (digests := _hashed(path, findings))}
    by_sha256 = {digests.sha256: (path, digests) for path, digests in reversed(hashed.items())}
    by_name = {path.name: path for path in reversed(hashed)}
    found = Originals()
    for source in stated.sources.sources if stated.sources else []:
        for original in source.originals:
            label = f"{source.label} {original.name}"
            path, digests = by_sha256.get(original.before.sha256, (None, None))
            namesake = by_name.get(original.name.rsplit("/", 1)[-1])
            if path and digests and digests.blake3 == original.before.blake3:
                found.at_hand[original.before.sha256] = path
                findings.count("originals")
            elif namesake:
                says = f"The file of this name has SHA-256 {hashed[namesake].sha256}; {original.before.sha256} was handed in."
                findings.problem(label, "originals", says)
            else:
                findings.note(f"The original {label} is not among the files given, so nothing was held against it.")
    if not found.at_hand:
        says = "None of the files given is an original of this bundle, so no record was held against one."
        findings.problem(SOURCES, "originals", says)
    return found


def check_slices(originals: Originals, findings: Findings) -> None:
    """Hold each item's SHA-256 against the very bytes of its original, or of the file inside it that they stand in."""
    # In order of path, so that what lies in one inner archive is read while that is open.
    for sha256, inside in sorted(originals.slices):
        _check_member(originals.at_hand[sha256], inside, originals.slices[sha256, inside], findings)
    if originals.elsewhere:
        findings.note(
            "Records not held against the originals, because they are rows of a table, were carried inside another record "
            f"or state no digest of their own: {originals.elsewhere}."
        )


def _check_member(path: Path, inside: str, slices: Sequence[Slice], findings: Findings) -> None:
    shown = path.name + (f"!/{inside}" if inside else "")
    claimed: dict[Range, list[Slice]] = defaultdict(list)
    for one in slices:
        claimed[one.start, one.end].append(one)
    try:
        for place, found in slice_digests(find_member(path, inside), list(claimed)):
            _compare(shown, claimed.pop(place), found, findings)
    except (ArchiveError, IntegrityError, OSError) as error:
        left = [one for same in claimed.values() for one in same]
        first = min(left, key=lambda one: (one.start, one.item)).item
        says = f"{_sentence(error)} Not held against it, from {first} on: {len(left)} of {len(slices)} records."
        findings.problem(shown, "originals", says)


def _compare(shown: str, slices: Sequence[Slice], found: str, findings: Findings) -> None:
    findings.count("records against originals", len(slices))
    for one in slices:
        if one.sha256 != found:
            where = f"bytes {one.start} to {'the end' if one.end is None else one.end}"
            says = f"{one.item} is not what stands at {where} of this original."
            findings.problem(shown, "originals", says)


def _sentence(error: ArchiveError | IntegrityError | OSError) -> str:
    if isinstance(error, IntegrityError) or (isinstance(error, OSError) and not error.strerror):
        return str(error)
    return f"It cannot be read: {error.strerror if isinstance(error, OSError) else error}."


def _files(given: Sequence[Path], findings: Findings) -> Iterator[Path]:
    for path in given:
        if path.is_dir():
            for folder, folders, names in os.walk(path):
                folders.sort()
                yield from (
                    found
                    for name in sorted(names)
                    if (found := Path(folder, name)).is_file() and not found.is_symlink()
                )
        elif path.is_file():
            yield path
        else:
            findings.problem(path.name, "originals", "There is no such file, so nothing was held against it.")


def _hashed(path: Path, findings: Findings) -> Digests | None:
    try:
        return hash_file(path)
    except OSError as error:
        findings.problem(path.name, "originals", f"It cannot be read: {error.strerror or type(error).__name__}.")
        return None
