"""Assigning exhibit references in a case: checked, and written into its custody log before a bundle is built."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from plainrecord.bundle.bagreader import Bag, UnreadableError, read_lines
from plainrecord.bundle.bagreader_zip import BadArchiveError
from plainrecord.counting import opened_bundle
from plainrecord.custody.details import ExhibitParts
from plainrecord.custody.events import describe
from plainrecord.errors import UsageError
from plainrecord.exhibits import (
    ASSIGNED,
    BUNDLE,
    CHANGED,
    MEDIA,
    RECORD,
    SOURCE,
    Exhibit,
    exhibits_of,
    has_had,
    reference,
)
from plainrecord.store import Case

_ITEMS = "data/items/messages.jsonl"
_LONGEST_LINE = 256 << 20
_SHA256 = re.compile("[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True)
class Said:
    """What an officer says of one exhibit; empty text for what they do not say."""

    initials: str
    number: int
    description: str
    producer: str
    sub: str = ""
    separator: str = "/"
    statement_date: str = ""
    location: str = ""
    derived_from: str = ""
    whole_bundle: bool = False
    sources: Sequence[str] = ()
    records: Sequence[str] = ()
    media: Sequence[str] = ()


def exhibits_in(case: Case) -> list[Exhibit]:
    """The exhibits assigned in a case so far."""
    return exhibits_of(row[0] for row in case.db.execute("SELECT line FROM custody ORDER BY seq"))


def assign(case: Case, said: Said) -> Exhibit:
    """Assign a new reference. Raises UsageError when it is taken, says too little, or names what is not in the case."""
    parts = _checked(case, said)
    for one in exhibits_in(case):
        if has_had(one, reference(parts)):
            raise UsageError(
                f"{one.reference} is assigned already ({one.parts.description}){_formerly(one)}. Nothing was assigned."
            )
    return _written(case, said, parts, None)


def change(case: Case, old: str, said: Said) -> Exhibit:
    """Give an exhibit another reference or description; the old reference stays in the log. Raises UsageError as `assign`."""
    known = exhibits_in(case)
    found = next((one for one in known if one.reference == old), None)
    if found is None:
        raise UsageError(
            f"No exhibit has the reference {old}. Nothing was changed. “plainrecord exhibits list” shows them."
        )
    parts = _checked(case, said)
    if any(has_had(one, reference(parts)) for one in known if one is not found):
        raise UsageError(f"{reference(parts)} is or was another exhibit's reference. Nothing was changed.")
    return _written(case, said, parts, old)


def _formerly(exhibit: Exhibit) -> str:
    return f", formerly {', '.join(exhibit.former)}" if exhibit.former else ""


def record_ids(bundle: Path, items: Sequence[str]) -> list[str]:
    """The ids of the records that have these numbers in a bundle built before. Raises UsageError for one that is not there."""
    try:
        with opened_bundle(bundle) as bag:
            found = _ids(bag, set(items))
    except (UnreadableError, BadArchiveError, OSError, ValueError) as error:
        raise UsageError(f"{bundle} cannot be read as a bundle ({error}). Nothing was assigned.") from None
    missing = [item for item in items if item not in found]
    if missing:
        raise UsageError(f"{bundle.name} has no item {missing[0]}. Nothing was assigned.")
    return [found[item] for item in items]


def _ids(bag: Bag, wanted: set[str]) -> dict[str, str]:
    items = map(json.loads, read_lines(bag, _ITEMS, _LONGEST_LINE))
    return {item["item"]: item["id"] for item in items if item["item"] in wanted}


def _checked(case: Case, said: Said) -> ExhibitParts:
    if case.settings.mode == "owner":
        raise UsageError("Exhibit references are given by the police, not by the owner. Nothing was assigned.")
    if not said.producer.strip() or not said.description.strip():
        raise UsageError("An exhibit needs a description and the name of who produces it. Nothing was assigned.")
    labels = {row[0] for row in case.db.execute("SELECT label FROM source WHERE state='done'")}
    unknown = [label for label in said.sources if label not in labels]
    if unknown:
        raise UsageError(f"This case has no source {unknown[0]}. Nothing was assigned.")
    odd = [one for one in said.media if not _SHA256.fullmatch(one.strip())]
    if odd:
        raise UsageError(f"“{odd[0][:80]}” is not a SHA-256 (64 digits 0–9 and letters a–f). Nothing was assigned.")
    try:
        return ExhibitParts.model_validate(_values(said))
    except ValidationError as error:
        raise UsageError(f"This exhibit cannot be assigned: {describe(error)}. Nothing was assigned.") from None


def _values(said: Said) -> dict[str, object]:
    covers = [BUNDLE] if said.whole_bundle else []
    named: Iterable[tuple[str, Sequence[str]]] = ((SOURCE, said.sources), (RECORD, said.records))
    covers += [prefix + one.strip() for prefix, those in named for one in those]
    covers += [MEDIA + one.strip().lower() for one in said.media]
    return {
        "initials": said.initials.strip().upper(),
        "number": said.number,
        "sub": said.sub.strip(),
        "separator": said.separator,
        "description": said.description.strip(),
        "covers": covers,
        "statement_date": said.statement_date or None,
        "location": said.location or None,
        "derived_from": said.derived_from or None,
    }


def _written(case: Case, said: Said, parts: ExhibitParts, old: str | None) -> Exhibit:
    new = reference(parts)
    details: dict[str, object] = {
        "new_ref": new,
        "producer": said.producer.strip(),
        "exhibit": parts.model_dump(exclude_none=True),
    }
    if old:
        details["old_ref"] = old
    case.db.execute("BEGIN IMMEDIATE")
    try:
        log = case.custody()
        log.append(
            CHANGED if old else ASSIGNED,
            what=f"The exhibit {old} is now {new}."
            if old
            else f"Gave the exhibit reference {new}: {parts.description}",
            why="So that it can be produced in evidence.",
            who=case.who,
            item_refs=parts.covers,
            details=details,
        )
        case.keep_custody(log.new_lines)
    except BaseException:
        case.db.execute("ROLLBACK")
        raise
    case.db.execute("COMMIT")
    return next(one for one in exhibits_in(case) if one.reference == new)
