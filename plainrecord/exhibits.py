"""Exhibits as officers assign them: a reference in parts, what it covers, who produces it. Read from the custody log.

The log is the only place they are kept, so nothing can be assigned, changed or renumbered without an entry. A reference is
never part of a file name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from plainrecord.custody.details import ExhibitParts

ASSIGNED, CHANGED = "exhibit.ref_assigned", "exhibit.ref_changed"
BUNDLE = "bundle"
SOURCE, RECORD, MEDIA = "source:", "record:", "media:"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One exhibit as it stands. `former` are references it had before, oldest first; `assigned` is the local time."""

    parts: ExhibitParts
    producer: str
    assigned_by: str
    assigned: str
    former: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """The reference as it is written ("ABC/1")."""
        return reference(self.parts)

    @property
    def records(self) -> list[str]:
        """Ids of the records it covers."""
        return [one.removeprefix(RECORD) for one in self.parts.covers if one.startswith(RECORD)]


def reference(parts: ExhibitParts) -> str:
    """A reference as it is written ("ABC/1")."""
    return f"{parts.initials}{parts.separator}{parts.number}{parts.sub}"


def has_had(exhibit: Exhibit, wanted: str) -> bool:
    """Whether that reference is the exhibit's or was before, however it is separated: ABC/11 is one, whatever its parts."""
    return any(_unseparated(one) == _unseparated(wanted) for one in (exhibit.reference, *exhibit.former))


def _unseparated(written: str) -> str:
    return written.replace("/", "").replace("-", "").casefold()


def exhibits_of(lines: Iterable[str]) -> list[Exhibit]:
    """The exhibits that the lines of a custody log assign, in order of their initials and numbers."""
    known: dict[str, Exhibit] = {}
    for line in lines:
        if ASSIGNED not in line and CHANGED not in line:
            continue
        event = json.loads(line)
        details = event["details"]
        if event["type"] == ASSIGNED and details.get("exhibit"):
            known[details["new_ref"]] = _exhibit(event)
        elif event["type"] == CHANGED and details.get("exhibit"):
            before = known.pop(details["old_ref"], None)
            former = (*before.former, details["old_ref"]) if before else (details["old_ref"],)
            known[details["new_ref"]] = _exhibit(event, former)
    return sorted(known.values(), key=lambda one: (one.parts.initials, one.parts.number, one.parts.sub))


def _exhibit(event: dict[str, Any], former: tuple[str, ...] = ()) -> Exhibit:
    details = event["details"]
    parts = ExhibitParts.model_validate(details["exhibit"])
    return Exhibit(parts, details["producer"], event["who"]["name"], event["when"]["local"].replace("T", " "), former)
