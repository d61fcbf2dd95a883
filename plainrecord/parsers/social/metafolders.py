"""The parts of one Meta download: folders beside one another.

Matters to the readers of Facebook and Instagram: pages of one thread, and messages and their pictures, may lie in different
parts. Decided by the names Meta gives its archives (all of one stem); it opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from plainrecord.intake.downloads import stem_of
from plainrecord.intake.listing import Listing


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


def _stem(name: str) -> str | None:
    named = stem_of(f"{name}.zip")
    return named[0] if named else None
