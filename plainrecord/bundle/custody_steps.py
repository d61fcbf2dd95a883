"""What building adds to the custody log, and the log that goes on after the seal.

`custody.jsonl` in the bag is the case's log verbatim plus `selection.performed` and `bundle.built`. The seal does not
exist yet when the bag is written, so `bundle.sealed` is the first line of the after-log, whose `prev_hash` is the seal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from plainrecord import __version__
from plainrecord.bundle.bag import Bag
from plainrecord.bundle.contents import Contents, Source
from plainrecord.bundle.meta import NOT_REPRODUCIBLE, RULESET_VERSION, Figures, settings_sha256
from plainrecord.bundle.schedules import Schedules
from plainrecord.custody import CustodyLog
from plainrecord.custody.log import EventFields

CUSTODY = "custody/custody.jsonl"
TOOL = {"name": "plainrecord", "version": __version__}
# Above this many originals the entry quotes the digest of their list, which stands in meta/sources.json in full.
_NAMED_INPUTS = 200
# A page shows so many entries of the log.
ENTRIES_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One custody entry as a page shows it."""

    seq: int
    when: str
    type: str
    who: str
    what: str


def continue_log(contents: Contents) -> CustodyLog:
    """The case's log, checked and ready to go on; a case without one gets its first entry here."""
    common: EventFields = {"bundle_id": contents.bundle_id, "tool": TOOL, "ruleset_version": RULESET_VERSION}
    if contents.case_ref:
        common["case_ref"] = contents.case_ref
    if contents.timezone:
        common["zone"] = contents.timezone
    log = CustodyLog(contents.custody_lines(), contents.clock, common=common)
    if log.seq == 0:
        log.begin(contents.who)
    return log


def record_selection(log: CustodyLog, contents: Contents, schedules: Schedules, included: int) -> None:
    """Append `selection.performed`: the rule in words and machine form, and what it let in and left out."""
    excluded: dict[str, int] = {}
    for (_, reason), count in sorted(schedules.by_reason.items()):
        excluded[reason] = excluded.get(reason, 0) + count
    machine = json.loads(json.dumps(contents.selection.machine, default=str))
    accounts = [one.account for one in contents.subject.accounts]
    log.append(
        "selection.performed",
        what=f"Selected {included:,} of {contents.counts.seen:,} records by rule. Matching was automatic.",
        why="To put the conversations with the named sender together.",
        who=contents.who,
        details={
            "rule_words": contents.selection.words or "not stated",
            "rule_machine": machine,
            "selectors": [{"service": one.service, "kind": one.kind, "value": one.value} for one in accounts],
            "dates": _dates(machine),
            "included": included,
            "excluded": excluded,
            "context_window": "whole conversations; in groups as the rule says",
        },
    )


def _dates(machine: dict[str, object]) -> str:
    after, before = machine.get("after_us"), machine.get("before_us")
    if after is None and before is None:
        return "all dates"
    return f"from {after if after is not None else 'the first'} to {before if before is not None else 'the last'} (microseconds UTC)"


def record_built(
    log: CustodyLog, contents: Contents, sources: tuple[Source, ...], counts: Figures, manifest: tuple[str, int]
) -> None:
    """Append `bundle.built`, the last entry inside the bag. `manifest` is the payload manifest's SHA-256 and length."""
    log.append(
        "bundle.built",
        what=f"Wrote the bundle {contents.bundle_id}: {counts.included:,} records and {counts.media_files:,} attachments.",
        why="To hand over the records with everything needed to check them.",
        who=contents.who,
        item_refs=[source.label for source in sources],
        output={"items": [_manifest_item(*manifest)]},
        details={
            "settings_hash": f"sha256:{settings_sha256(contents)}",
            "inputs": _inputs(sources),
            "counts": {
                "seen": counts.seen,
                "included": counts.included,
                "not_included": counts.not_included,
                "unread": counts.unread,
                "attached": counts.attached,
            },
            "not_reproducible": list(NOT_REPRODUCIBLE),
        },
    )


def _manifest_item(sha256: str, size: int) -> dict[str, object]:
    return {"ref": "manifest-sha256.txt", "sha256": sha256, "bytes": size, "evidence_kind": "computed"}


def _inputs(sources: tuple[Source, ...]) -> list[dict[str, object]]:
    files = [(f"{source.label}/{one.relpath}", one.before) for source in sources for one in source.originals]
    if len(files) <= _NAMED_INPUTS:
        return [{"ref": r, "sha256": d.sha256, "blake3": d.blake3, "bytes": d.size} for r, d in files]
    listing = "".join(f"{digests.sha256}  {ref}\n" for ref, digests in files).encode("utf-8", "replace")
    total = sum(digests.size for _, digests in files)
    return [
        {"ref": f"list of {len(files)} files", "sha256": hashlib.sha256(listing).hexdigest(), "bytes": total},
    ]


def write_log(bag: Bag, old: Iterable[str], new: Iterable[str]) -> list[Entry]:
    """Write `custody.jsonl`; returns the last entries for the page."""
    shown: list[Entry] = []
    with bag.new(CUSTODY) as file:
        for lines in (old, new):
            for line in lines:
                file.text(line.removesuffix("\n") + "\n")
                shown.append(_entry(line))
                del shown[:-ENTRIES_SHOWN]
    return shown


def _entry(line: str) -> Entry:
    event = json.loads(line)
    return Entry(
        event["seq"], event["when"]["local"].replace("T", " "), event["type"], event["who"]["name"], event["what"]
    )


def sealed_line(contents: Contents, seal: str, names: list[str]) -> str:
    """The first line of the after-log. `names` are the files beside the bundle the seal was written to."""
    log = CustodyLog((), contents.clock, start=seal)
    _append_sealed(log, contents, seal, names)
    return log.new_lines[0]


def record_sealed(log: CustodyLog, contents: Contents, seal: str, names: list[str]) -> None:
    """Append the same fact to the case's own log, which goes on without the seal as its start."""
    _append_sealed(log, contents, seal, names)


def _append_sealed(log: CustodyLog, contents: Contents, seal: str, names: list[str]) -> None:
    log.append(
        "bundle.sealed",
        what=f"Sealed the bundle {contents.bundle_id}.",
        why="So that any later change to it can be noticed.",
        who=contents.who,
        bundle_id=contents.bundle_id,
        tool=TOOL,
        details={
            "seal_hash": seal,
            "covers": "tagmanifest-sha256.txt, which covers every other file directly or through manifest-sha256.txt",
            "written_down_at": names,
        },
        seal={"kind": "SHA-256 of tagmanifest-sha256.txt", "id": seal, "state": "intact"},
        zone=contents.timezone or "UTC",
    )
