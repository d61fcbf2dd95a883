"""Records against the originals they were read from, when somebody has those at hand.

Originals are opened read-only and may be anywhere on the machine; nothing is written beside them, no link is followed.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plainrecord.bundle.bagreader import CHUNK
from plainrecord.bundle.checks import Findings
from plainrecord.bundle.checks_stated import SOURCES, Stated
from plainrecord.hashing import Digests, hash_file

# Behind a byte range may stand the pointer of the value that was decoded from it; the digest is of the range.
_BYTES = re.compile(r"bytes:([0-9]{1,18})-([0-9]{1,18})(?:#json:.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes of an original that one item was read from (`end` None: to its end), with the SHA-256 they had."""

    start: int
    end: int | None
    item: str
    sha256: str


@dataclass(slots=True)
class Originals:
    """The files at hand by SHA-256, and the slices the bundle's items claim of each."""

    at_hand: dict[str, Path] = field(default_factory=dict)
    slices: dict[str, list[Slice]] = field(default_factory=lambda: defaultdict(list))
    elsewhere: int = 0

    def take(self, item: Any) -> None:
        """Remember where one item stands, if its original is at hand and the place is plain bytes of it."""
        position = item.position
        if position.original_sha256 not in self.at_hand or item.raw_sha256 is None:
            return
        match = _BYTES.fullmatch(position.locator)
        if position.member or not (match or position.locator == "file"):
            self.elsewhere += 1
            return
        start, end = (int(match[1]), int(match[2])) if match else (0, None)
        self.slices[position.original_sha256].append(Slice(start, end, item.item, item.raw_sha256))


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
    """Hold each item's SHA-256 against the very bytes of its original."""
    for sha256, slices in originals.slices.items():
        path = originals.at_hand[sha256]
        try:
            with path.open("rb", buffering=0) as file:
                for place in sorted(slices, key=lambda one: one.start):
                    if _digest(file, place.start, place.end) != place.sha256:
                        where = f"bytes {place.start} to {'the end' if place.end is None else place.end}"
                        says = f"{place.item} is not what stands at {where} of this original."
                        findings.problem(path.name, "originals", says)
            findings.count("records against originals", len(slices))
        except OSError as error:
            findings.problem(path.name, "originals", f"It cannot be read: {error.strerror or type(error).__name__}.")
    if originals.elsewhere:
        findings.note(
            f"{originals.elsewhere} records lie inside archives or other records and were not held against them."
        )


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


def _digest(file: io.RawIOBase, start: int, end: int | None) -> str:
    digest = hashlib.sha256()
    file.seek(start)
    left = sys.maxsize if end is None else end - start
    while left > 0 and (block := file.read(min(CHUNK, left))):
        digest.update(block)
        left -= len(block)
    return digest.hexdigest() if left == 0 or end is None else ""
