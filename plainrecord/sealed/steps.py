"""Steps in the life of a sealed bundle, each an entry of the log kept after sealing: received, handed over, checked,
corrected, disposed of.

Every step but a correction checks the bundle first, and is refused when it does not verify; what was found can then be
recorded instead. Nothing of a bundle is changed or deleted here, and no entry is ever edited.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Unpack

from plainrecord import __version__
from plainrecord.bundle.bagreader import UnreadableError, read_lines
from plainrecord.bundle.checks import VerifyReport
from plainrecord.bundle.checks_custody import CUSTODY
from plainrecord.bundle.verify import verify
from plainrecord.custody import Event, Who
from plainrecord.custody.checking import LONGEST_LINE
from plainrecord.custody.log import EventFields
from plainrecord.errors import IntegrityError, UsageError
from plainrecord.sealed.afterlog import Clock, continued
from plainrecord.sealed.place import Sealed, find_sealed, open_bag

SEAL_KIND = "SHA-256 of tagmanifest-sha256.txt"
VERIFIER = f"plainrecord {__version__}"
_SHOWN = 100
Ending = Literal["disposed", "returned", "retained"]


@dataclass(frozen=True, slots=True)
class Act:
    """What every step is recorded with: by whom, where, why, when, and on what ground. `occurred` None means now."""

    who: Who
    why: str
    place: str = "not stated"
    system: str | None = None
    zone: str = ""
    occurred: datetime | None = None
    authority: Mapping[str, object] | None = None
    storage: Mapping[str, object] | None = None
    condition: str | None = None
    note: str | None = None
    new_log: bool = False

    def fields(self) -> EventFields:
        """The envelope of an event, without who and why."""
        said: EventFields = {"where": {"place": self.place} | ({"system": self.system} if self.system else {})}
        if self.occurred is not None:
            said["occurred"] = self.occurred
        if self.authority:
            said["authority"] = self.authority
        if self.storage:
            said["storage"] = self.storage
        if self.condition:
            said["condition"] = self.condition
        if self.note:
            said["note"] = self.note
        return said


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry that is now in the log; `head` is the hash to write down, `torn` a file with what a crash had left."""

    sealed: Sealed
    event: Event
    torn: Path | None = None

    @property
    def head(self) -> str:
        """The hash of the entry, which is the log's last."""
        return self.event.this_hash

    def as_json(self) -> dict[str, object]:
        """The object the commands print with `--json`."""
        return {
            "bundle_id": self.sealed.bundle_id,
            "seal": self.sealed.seal,
            "after_log": str(self.sealed.after_log),
            "entry": self.event.seq,
            "type": self.event.type,
            "event_id": self.event.event_id,
            "head": self.head,
            "kept_aside": str(self.torn) if self.torn else None,
        }


@dataclass(frozen=True, slots=True)
class HandOver:
    """From whom to whom, and how; `signed_by` are the names that stand on the signed receipt, "" when it is not signed yet."""

    giver: str
    taker: str
    method: str
    signed_by: str = ""


def checked(path: Path, seal: str | None, act: Act, clock: Clock, *, note_findings: bool | None = None) -> Sealed:
    """The bundle at `path`, after a whole check. Raises IntegrityError when it does not verify: then nothing was recorded,
    or, with `note_findings`, one entry that says what was found; None where that cannot be asked for."""
    sealed, report = find_sealed(path), verify(path, seal=seal)
    wrong = [problem for problem in report.problems if problem.path != sealed.after_log.name]
    if not wrong:
        return sealed
    first = f"{wrong[0].path}: {wrong[0].says}"
    more = f" ({len(wrong) - 1:,} more)" if len(wrong) > 1 else ""
    if not note_findings:
        hint = " To record what was found, run the same with --note-findings." if note_findings is False else ""
        raise IntegrityError(f"The bundle does not verify, so nothing was recorded. {first}{more}{hint}")
    record(
        sealed,
        act,
        clock,
        "integrity.discrepancy",
        f"The bundle did not verify: {len(wrong):,} problems.",
        {
            "expected": "a bundle as it was sealed",
            "found": "; ".join(f"{one.path}: {one.kind}" for one in wrong[:_SHOWN]) + more,
            "first_noticed_by": act.who.name,
            "action": "The step was not taken.",
        },
        not_as_sealed=True,
        result={"status": "failed", "message": first[:500]},
        seal={"kind": SEAL_KIND, "id": sealed.seal, "state": "broken"},
    )
    raise IntegrityError(f"The bundle does not verify; what was found was recorded, and nothing else. {first}{more}")


def receive(path: Path, seal: str, hand: HandOver, act: Act, clock: Clock, *, note_findings: bool = False) -> Recorded:
    """Record that the bundle was received, and that its seal is the one on the giver's sheet (`seal`)."""
    sealed = checked(path, seal, act, clock, note_findings=note_findings)
    return _hand_over(sealed, "transfer.received", f"Received the bundle {sealed.bundle_id}.", hand, act, clock)


def transfer(
    path: Path, hand: HandOver, act: Act, clock: Clock, *, seal: str | None = None, note_findings: bool = False
) -> Recorded:
    """Record that the bundle was handed over; `receipts.py` makes the paper that both sign."""
    sealed = checked(path, seal, act, clock, note_findings=note_findings)
    what = f"Handed over the bundle {sealed.bundle_id}."
    return _hand_over(sealed, "transfer.released", what, hand, act, clock)


def _hand_over(sealed: Sealed, event_type: str, what: str, hand: HandOver, act: Act, clock: Clock) -> Recorded:
    signed = hand.signed_by or "not yet; the receipt has lines for both"
    moved = {"from": hand.giver, "to": hand.taker, "method": hand.method}
    if hand.signed_by:
        moved["receipt_signed_by"] = hand.signed_by
    return record(
        sealed,
        act,
        clock,
        event_type,
        what,
        {
            "signed_by_giver": signed,
            "signed_by_taker": signed,
            "sha256_given": sealed.seal,
            "sha256_taken": sealed.seal,
        },
        transfer=moved,
        seal={"kind": SEAL_KIND, "id": sealed.seal, "state": "intact"},
    )


def record_check(path: Path, report: VerifyReport, checks: list[str], act: Act, clock: Clock) -> Recorded:
    """Record that the bundle was checked, with what outcome; a bundle that does not verify is recorded as such."""
    sealed = find_sealed(path)
    found = [f"{one.path}: {one.kind}" for one in report.problems]
    if len(found) > _SHOWN:
        found = [*found[:_SHOWN], f"and {len(found) - _SHOWN:,} more"]
    return record(
        sealed,
        act,
        clock,
        "verify.performed",
        f"Checked the bundle {sealed.bundle_id}: "
        + (f"{len(report.problems):,} problems." if found else "no problem."),
        {
            "verifier": VERIFIER,
            "checks": list(checks),
            "outcome": "problems found" if found else "no problem found",
            "mismatches": found,
        },
        not_as_sealed=bool(found),
        result={"status": "failed" if found else "ok"},
        seal={"kind": SEAL_KIND, "id": sealed.seal, "state": "broken" if found else "intact"},
    )


def dispose(
    path: Path, ending: Ending, to: str, authority: str, method: str, act: Act, clock: Clock, *, review: str = ""
) -> Recorded:
    """Record that the bundle is returned, retained or about to be disposed of. Deletes nothing."""
    sealed = checked(path, None, act, clock)
    details = {"to": to, "under_authority": authority, "method": method} | ({"review_date": review} if review else {})
    said = {"disposed": "Disposed of", "returned": "Returned", "retained": "Retained"}[ending]
    return record(sealed, act, clock, ending, f"{said} the bundle {sealed.bundle_id}.", details)


def correct(path: Path, entry: str, wrong: str, right: str, act: Act, clock: Clock) -> Recorded:
    """Record that an earlier entry was wrong, and what is right. The entry itself stays as it is.

    `entry` is its number in the log kept after sealing, or "inside:" and its number in the log in the bundle, or its id.
    """
    sealed = find_sealed(path)
    old = _entry(sealed, entry)
    where = "the log in the bundle" if old["inside"] else "this log"
    return record(
        sealed,
        act,
        clock,
        "correction",
        f"Entry {old['seq']} of {where} ({old['type']}) was wrong. Right is: {right}",
        {"what_was_wrong": wrong, "reason": act.why},
        supersedes={"event_id": old["event_id"], "reason": act.why},
    )


def record(
    sealed: Sealed,
    act: Act,
    clock: Clock,
    event_type: str,
    what: str,
    details: Mapping[str, object],
    *,
    not_as_sealed: bool = False,
    **more: Unpack[EventFields],
) -> Recorded:
    """Append one entry to the log kept after sealing; on disk when this returns. `not_as_sealed` says that the entry is
    about a bundle that is not the one the log goes on from."""
    with continued(sealed, clock, act.who, act.zone, begin=act.new_log, other_seal=not_as_sealed) as held:
        fields: EventFields = {**act.fields(), **more}
        event = held.log.append(event_type, what=what, why=act.why, who=act.who, details=details, **fields)
    return Recorded(sealed, event, held.torn)


def _entry(sealed: Sealed, entry: str) -> dict[str, object]:
    """The entry that is meant. Raises UsageError when there is no such one."""
    wanted = entry.removeprefix("inside:")
    for inside, line in _lines(sealed):
        try:
            event = json.loads(line)
            said = {name: event[name] for name in ("seq", "type", "event_id")} | {"inside": inside}
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        here = inside == entry.startswith("inside:")
        if said["event_id"] == wanted or (here and wanted == str(said["seq"])):
            return said
    raise UsageError(
        f"There is no entry “{entry[:80]}”. Give its number in {sealed.after_log.name}, “inside:” and its number in"
        f" {CUSTODY}, or its event id. Nothing was recorded."
    )


def _lines(sealed: Sealed) -> Iterator[tuple[bool, bytes]]:
    """Every line of both logs, and whether it is of the one inside the bundle."""
    try:
        with open_bag(sealed.path) as bag:
            yield from ((True, line) for line in read_lines(bag, CUSTODY, 2 * LONGEST_LINE))
        yield from ((False, line) for line in sealed.after_log.read_bytes().splitlines())
    except (UnreadableError, OSError) as error:
        raise UsageError(f"The custody log cannot be read ({error}). Nothing was recorded.") from None
