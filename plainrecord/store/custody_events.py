"""What adding a source writes into the custody log: received, hashed, parsed, and anything that was not as it should be."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence

from plainrecord import __version__
from plainrecord.custody import CustodyLog, Who
from plainrecord.store.adding import AddResult

# Above this many files an entry names their list instead of each one; the list itself is in meta/sources.json.
_NAMED_FILES = 200

TOOL = {"name": "plainrecord", "version": __version__}


def record_adding(
    log: CustodyLog, db: sqlite3.Connection, source_id: int, who: Who, timezone: str | None, result: AddResult
) -> None:
    """Append the entries of one finished `add` to `log`."""
    files = list(_hashed_files(db, source_id))
    _received(log, who, result, files)
    if files:
        _hashed(log, who, result, files)
    for parser, version, seen, read, unread in _parsers(db, source_id):
        _parsed(log, who, timezone, result, files, parser, version, (seen, read, unread))
    for relpath in result.changed:
        what = f"{relpath} of {result.label} was not the same after reading as before."
        message = "The original changed while it was being read. Nothing of this source was kept."
        _discrepancy(log, db, source_id, who, result.label, relpath, what, message)


def record_withdrawn(
    log: CustodyLog, db: sqlite3.Connection, source_id: int, label: str, who: Who, changed: Sequence[str]
) -> None:
    """Append that a source added before is taken out of the case, because its originals are not what was read."""
    for relpath in changed:
        what = f"{relpath} of {label} is not the file that was read; {label} was taken out of the case."
        message = "The original changed after it was added. What is there now was added under a new label."
        _discrepancy(log, db, source_id, who, label, relpath, what, message)


def _hashed_files(db: sqlite3.Connection, source_id: int) -> Iterator[dict[str, object]]:
    for relpath, sha256, blake3, size in db.execute(
        "SELECT relpath, sha256, blake3, size FROM original WHERE source_id=? AND sha256 IS NOT NULL ORDER BY id",
        (source_id,),
    ):
        yield {"ref": relpath, "sha256": sha256, "blake3": blake3, "bytes": size}


def _covering(files: list[dict[str, object]]) -> tuple[str, str]:
    """The digest an entry quotes, and what it covers: the one file, or the sha256sum-form list of all of them."""
    if len(files) == 1:
        return str(files[0]["sha256"]), "file"
    listing = "".join(f"{entry['sha256']}  {entry['ref']}\n" for entry in files)
    return hashlib.sha256(listing.encode("utf-8", "replace")).hexdigest(), "list of files"


def _received(log: CustodyLog, who: Who, result: AddResult, files: list[dict[str, object]]) -> None:
    sha256, covers = _covering(files)
    log.append(
        "intake.received",
        who=who,
        what=f"Took in {result.name} as {result.label}: {len(files)} files. They were opened read-only.",
        why="To look for records of the named sender.",
        item_refs=[result.label],
        details={
            "given_by": "not stated",
            "given_to": who.name,
            "medium": "files on this computer",
            "seal_state": "no seal",
            "condition": _condition(result),
            "files": len(files),
            "bytes": sum(int(str(entry["bytes"])) for entry in files),
            "sha256": sha256,
            "covers": covers,
            "match": "nothing claimed",
        },
        tool=TOOL,
    )


def _condition(result: AddResult) -> str:
    troubled = sum(1 for fate in result.fates if fate.fate.value in ("unreadable", "refused", "partly-parsed"))
    return "complete as far as can be seen" if not troubled else f"{troubled} files could not be read wholly (listed)"


def _hashed(log: CustodyLog, who: Who, result: AddResult, files: list[dict[str, object]]) -> None:
    sha256, _ = _covering(files)
    named = len(files) <= _NAMED_FILES
    total = sum(int(str(entry["bytes"])) for entry in files)
    values = files if named else [{"ref": f"list of {len(files)} files", "sha256": sha256, "bytes": total}]
    log.append(
        "hash.recorded",
        who=who,
        what=f"Took the SHA-256 and BLAKE3 of every file of {result.label} while reading it.",
        why="So that anyone can check that these are the same bytes.",
        item_refs=[result.label],
        details={"algorithms": ["SHA-256", "BLAKE3"], "values": values, "as_received": True},
        tool=TOOL,
    )


def _parsers(db: sqlite3.Connection, source_id: int) -> list[tuple[str, str, int, int, int]]:
    return db.execute(
        "SELECT parser, version, sum(seen), sum(read), sum(unread) FROM claim WHERE source_id=?"
        " GROUP BY parser, version ORDER BY min(id)",
        (source_id,),
    ).fetchall()


def _parsed(
    log: CustodyLog,
    who: Who,
    timezone: str | None,
    result: AddResult,
    files: list[dict[str, object]],
    parser: str,
    version: str,
    counts: tuple[int, int, int],
) -> None:
    seen, read, unread = counts
    sha256, covers = _covering(files)
    zone = (
        f"times without an offset are read in {timezone}" if timezone else "times without an offset are left floating"
    )
    log.append(
        "parse.performed",
        who=who,
        what=f"Read {result.label} as {parser}: {seen} records seen, {read} read, {unread} not readable.",
        why="To list every record with its time, sender and place in the original.",
        item_refs=[result.label],
        details={
            "parser": parser,
            "parser_version": version,
            "input_sha256": sha256,
            "input_covers": covers,
            "seen": seen,
            "parsed": read,
            "skipped": 0,
            "failed": unread,
            "reasons": {"unreadable": unread} if unread else {},
            "timezone_decision": zone,
        },
        tool=TOOL,
    )


def _discrepancy(
    log: CustodyLog,
    db: sqlite3.Connection,
    source_id: int,
    who: Who,
    label: str,
    relpath: str,
    what: str,
    message: str,
) -> None:
    before, after, reason = db.execute(
        "SELECT sha256, after_sha256, after_reason FROM original WHERE source_id=? AND relpath=?", (source_id, relpath)
    ).fetchone()
    log.append(
        "integrity.discrepancy",
        who=who,
        what=what,
        why="Only what can be found again in an original can be shown from it.",
        item_refs=[label],
        details={
            "expected": f"sha256:{before}",
            "found": f"sha256:{after}" if after else reason or "not readable again",
            "first_noticed_by": "plainrecord",
            "action": "Nothing from this original is sealed until it has been added again unchanged.",
        },
        result={"status": "failed", "message": message},
        tool=TOOL,
    )
