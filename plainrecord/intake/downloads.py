"""Which archives are the parts of one download: services cut a large one into several files.

Decided by the names services give, and where a name alone could mean anything (`facebook-1.zip`), by what the archives hold.
Reads contents lists of archives and nothing else; joins nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from plainrecord.intake.archives import container_at
from plainrecord.intake.limits import ArchiveError, Limits
from plainrecord.intake.listing import Original

_ENDING = r"(\.(?:zip|tgz|tar|tar\.\w{2,4}))"
# Stem, number (None where parts have none, or for a first part without one), ending.
_NAMED = tuple(
    re.compile(pattern + _ENDING, re.IGNORECASE)
    for pattern in (
        r"(.+?)-(\d{3})",
        r"(.+?)[-_. ]part[-_ ]?(\d{1,3})",
        # The last step is another for each part, and no number: facebook-sam.field-2024-05-01-A1b2C3.zip
        r"((?:facebook|instagram|threads)-.+?-\d{4}-\d{2}-\d{2})-()[A-Za-z0-9]+",
        r"(mydata~\d+)(?:-(\d{1,3}))?",
    )
)
_COUNTED = re.compile(r"(.+?)[-_ ]\(?(\d{1,2})\)?" + _ENDING, re.IGNORECASE)
# Three digits behind a dash are a part's number where Google wrote them, and anything (`invoice-101.zip`) elsewhere.
_ANYBODYS, _GOOGLES = _NAMED[0], re.compile(r"takeout-", re.IGNORECASE)
_ENOUGH_ENTRIES = 50_000


@dataclass(frozen=True, slots=True)
class Download:
    """The parts of one download, in order, under the name they share; `missing` are numbers between them that are not there."""

    stem: str
    parts: tuple[Path, ...]
    missing: tuple[int, ...] = ()

    def says(self) -> str | None:
        """A sentence on what is missing, or None."""
        if not self.missing:
            return None
        which = f"part {self.missing[0]}" if len(self.missing) == 1 else f"parts {', '.join(map(str, self.missing))}"
        return (
            f"Of the download {self.stem}, {which} {'was' if len(self.missing) == 1 else 'were'} not handed in. What is in"
            " there is not known. Look for it where the others were, or ask the service for the download again."
        )


def stem_of(name: str) -> tuple[str, int | None] | None:
    """The name the parts of a download share, and the number of this one; None where a name does not tell.

    The number is None where a service gives its parts none.
    """
    for form in _NAMED:
        if match := form.fullmatch(name):
            number = match[2]
            return match[1] + match[3], int(number) if number else None if number == "" else 1
    return None


def downloads_of(paths: Sequence[Path]) -> list[Download]:
    """What was handed in, in order, with the parts of one download joined where the first of them stands."""
    groups: dict[tuple[Path, str], list[Path]] = {}
    for path in paths:
        key = (path.parent, key_of(path.name)) if not path.is_dir() else (path, "")
        groups.setdefault(key, []).append(path)
    return [one for (_, stem), group in groups.items() for one in _joined(stem, group)]


def key_of(name: str) -> str:
    """What files have in common that may be parts of one download; the name itself where it tells nothing."""
    named = stem_of(name)
    if named:
        return named[0]
    counted = _COUNTED.fullmatch(name)
    return f"{counted[1]}{counted[3]}" if counted else name


def _joined(stem: str, group: Sequence[Path]) -> Iterable[Download]:
    distinct = list(dict.fromkeys(group))
    sure = _is_part(distinct[0].name)
    if not (sure or (len(distinct) > 1 and _hold_one_tree(distinct))):
        return [Download(stem, (path,)) for path in group]
    numbers = {path: _number(path.name) for path in distinct}
    ordered = tuple(sorted(distinct, key=lambda path: (numbers[path] or 0, path.name)))
    known = {number for number in numbers.values() if number}
    missing = tuple(number for number in range(1, max(known, default=0)) if number not in known)
    if len(distinct) == 1:
        # The second part alone shows that there was a first.
        return [Download(stem, (path,), missing) for path in group]
    return [Download(stem, ordered, missing)]


def _is_part(name: str) -> bool:
    """Whether a name is one that a service gives to a part, and none that anybody may have given."""
    return stem_of(name) is not None and not (_ANYBODYS.fullmatch(name) and not _GOOGLES.match(name))


def _number(name: str) -> int | None:
    named = stem_of(name)
    if named:
        return named[1]
    counted = _COUNTED.fullmatch(name)
    return int(counted[2]) if counted else None


def _hold_one_tree(paths: Sequence[Path]) -> bool:
    """Whether each archive has a top folder in common with another: what lies flat in two archives is not one download."""
    tops = [_top_folders(path) for path in paths]
    return all(any(top & other for place, other in enumerate(tops) if place != at) for at, top in enumerate(tops))


def _top_folders(path: Path) -> set[str]:
    try:
        original = Original(path.resolve(), path.name, path.stat().st_size, 0)
        entries = container_at(original, (), Limits()).entries
    except (ArchiveError, OSError):
        return set()
    return {entry.raw.replace("\\", "/").split("/")[0] for entry in entries[:_ENOUGH_ENTRIES] if "/" in entry.raw}


def mounts(originals: Iterable[Original]) -> tuple[dict[str, str], list[str]]:
    """For archives inside folders: relpath → name of the folder they become, where parts share one; and what is missing."""
    folders: dict[str, list[Original]] = {}
    for original in originals:
        if key_of(original.path.name) != original.path.name:
            folders.setdefault(original.relpath.rpartition("/")[0], []).append(original)
    shared: dict[str, str] = {}
    says: list[str] = []
    for inside in folders.values():
        named = {one.path: one.relpath for one in inside}
        for download in downloads_of([one.path for one in inside]):
            if len(download.parts) > 1:
                shared |= {named[path]: download.stem for path in download.parts}
            says += filter(None, [download.says()])
    return shared, says
