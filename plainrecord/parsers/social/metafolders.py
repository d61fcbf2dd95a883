"""The parts of one Meta download: folders beside one another, and files that are numbered.

Matters to the readers of Facebook and Instagram: pages of one thread, and messages and their pictures, may lie in different
parts. Decided by the names Meta gives its archives (all of one stem) and its files; it opens nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from plainrecord.intake.downloads import stem_of
from plainrecord.intake.listing import Listing
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.pieces import chats_of
from plainrecord.parsers.social.download import below, natural, shard

# A hostile name may have any number; of a list that misses very many a few are enough to say so.
_HIGHEST = 10_000
_SHOWN = 20


def parts_beside(root: str, listing: Listing) -> Iterator[str]:
    """The other folders beside `root` whose names say that they hold further parts of the same download."""
    above, _, name = root.rpartition("/")
    stem = _stem(name)
    if stem is None:
        return
    prefix = f"{above}/" if above else ""
    there = (member.tree_path[len(prefix) :].split("/") for member in listing.under(above))
    others = sorted({steps[0] for steps in there if len(steps) > 1} - {name})
    yield from (prefix + other for other in others if _stem(other) == stem)


def missing_numbers(claim: Claim) -> Iterator[tuple[str, list[int]]]:
    """Numbered files with records of which some numbers are not there: the path without the number, and the first of these."""
    folders: list[str] = json.loads(claim.facts.get("folders", "[]")) or [claim.facts.get("root", "")]
    numbers: dict[str, set[int]] = {}
    for member in chats_of(claim):
        inside = next((one for one in folders if member.tree_path.startswith(f"{one}/")), "")
        folder, _, name = below(inside, member).rpartition("/")
        bare, number = shard(name)
        if number is not None:
            numbers.setdefault(f"{folder}/{bare}", set()).add(number)
    for path, there in sorted(numbers.items(), key=lambda one: natural(one[0])):
        if gone := [number for number in range(1, min(max(there), _HIGHEST)) if number not in there]:
            yield path, gone[:_SHOWN]


def _stem(name: str) -> str | None:
    named = stem_of(f"{name}.zip")
    return named[0] if named else None
