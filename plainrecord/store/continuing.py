"""A log that its owner goes on writing: each state of it is a source of its own, and the newest takes the older one's place.

The older state stays on disk as it was read; the custody log says which took its place, and that nothing was wrong with it.
"""

from __future__ import annotations

import json
from pathlib import Path

from plainrecord.store.adding import AddResult, Progress, withdraw_source
from plainrecord.store.case import Case

_WHY = "Its owner wrote further entries. The longer log was added and takes its place, so that no entry is there twice."


def add_continued(case: Case, path: Path, progress: Progress | None = None) -> AddResult:
    """Copy the log at `path` into the case as it is now, and take earlier states of the same log out. Unchanged, nothing is done."""
    result = case.add([path], copy=True, progress=progress)
    if result.already or result.changed:
        return result
    older = [
        (row, label)
        for row, label, name in case.db.execute("SELECT id, label, name FROM source WHERE state='done' ORDER BY id")
        if name == path.name and label != result.label and (case.folder / "originals" / label).is_dir()
    ]
    log = case.custody()
    case.db.execute("BEGIN IMMEDIATE")
    for row, label in older:
        log.append(
            "correction",
            what=f"{result.label} is {label} continued; {label} was taken out of the case, its file stays.",
            why=_WHY,
            who=case.who,
            item_refs=[label, result.label],
            details={"what_was_wrong": "Nothing; the log went on.", "reason": _WHY},
            supersedes={"event_id": _received(case, label), "reason": f"{result.label} is read instead of {label}."},
        )
        withdraw_source(case.db, row)
    case.keep_custody(log.new_lines)
    case.db.execute("COMMIT")
    return result


def _received(case: Case, label: str) -> str:
    """The id of the entry that says when a source was taken in."""
    for (line,) in case.db.execute("SELECT line FROM custody ORDER BY seq"):
        event = json.loads(line)
        if event["type"] == "intake.received" and event["item_refs"] == [label]:
            return str(event["event_id"])
    raise AssertionError(f"{label} was never taken in")
