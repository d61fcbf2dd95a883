"""Add a source to a case: list it, claim it, scan it, give every file a fate. Resumable at any moment.

Each claim is its own step. A step that was cut off is undone and done again on the next `add`, so an interrupted case
and an uninterrupted one hold the same records in the same order.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from plainrecord import __version__
from plainrecord.intake.describing import unclaimed
from plainrecord.intake.listing import Digests, Fate, FileFate, Listing, Member, Original, ReadOptions
from plainrecord.parsers import Claim, Parser, in_order
from plainrecord.records import Decision
from plainrecord.store.database import RecordWriter, decisions_text
from plainrecord.store.scanning import Scanned, scan_in_order

Progress = Callable[[str, int, int | None], None]


@dataclass(slots=True)
class AddResult:
    """What one `add` did. `already` is the label under which the same bytes were added before (then nothing was added)."""

    label: str
    name: str
    already: str | None = None
    seen: int = 0
    read: int = 0
    unread: int = 0
    fates: list[FileFate] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """The object `add --json` prints for one export."""
        return {
            "label": self.label,
            "name": self.name,
            "already": self.already,
            "counts": {"seen": self.seen, "read": self.read, "unread": self.unread},
            "files": [{"path": f.path, "fate": f.fate.value, "reason": f.reason} for f in self.fates],
            "decisions": [asdict(decision) for decision in self.decisions],
            "changed": self.changed,
            "warnings": self.warnings,
        }


def source_row(db: sqlite3.Connection, listing: Listing, paths: Sequence[Path]) -> tuple[int, bool]:
    """The row of this source and whether earlier work on it can be continued; stale half-done work is removed."""
    fingerprint = _fingerprint(listing)
    found = db.execute("SELECT id, fingerprint FROM source WHERE label=?", (listing.label,)).fetchone()
    if found and found[1] == fingerprint:
        return int(found[0]), True
    if found:
        forget_source(db, int(found[0]))
    row = db.execute(
        "INSERT INTO source(label, name, paths, options, state, fingerprint, missing) VALUES(?,?,?,?,'adding',?,?)",
        (
            listing.label,
            listing.name,
            json.dumps([str(path) for path in paths]),
            json.dumps({key: value for key, value in asdict(listing.options).items() if value}),
            fingerprint,
            json.dumps(listing.missing, ensure_ascii=False),
        ),
    ).lastrowid
    assert row is not None
    _store_files(db, row, listing)
    return row, False


def _fingerprint(listing: Listing) -> str:
    facts = [__version__, str(listing.options)]
    facts += [f"{original.relpath}\0{original.size}\0{original.mtime_ns}" for original in listing.originals]
    return hashlib.sha256("\n".join(facts).encode("utf-8", "surrogateescape")).hexdigest()


def _store_files(db: sqlite3.Connection, source_id: int, listing: Listing) -> None:
    for original in listing.originals:
        db.execute(
            "INSERT INTO original(source_id, relpath, path, size, mtime_ns) VALUES(?,?,?,?,?)",
            (source_id, original.relpath, place_on_disk(original.path), original.size, original.mtime_ns),
        )
    ids = dict(db.execute("SELECT relpath, id FROM original WHERE source_id=?", (source_id,)))
    db.executemany(
        "INSERT INTO member(original_id, path, tree_path, size, media_type, modified_ns) VALUES(?,?,?,?,?,?)",
        ((ids[m.original.relpath], m.path, m.tree_path, m.size, m.media_type, m.modified_ns) for m in listing.members),
    )


def place_on_disk(path: Path) -> str | bytes:
    """A path as the case keeps it: text, or its bytes when it is none (POSIX names are bytes). `os.fsdecode` undoes it."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(path)
    return str(path)


def forget_source(db: sqlite3.Connection, source_id: int) -> None:
    """Remove a source and everything that was read from it (never the custody log)."""
    _forget_contents(db, source_id)
    db.execute("DELETE FROM source WHERE id=?", (source_id,))


def withdraw_source(db: sqlite3.Connection, source_id: int) -> None:
    """Remove what was read from a source whose originals are no longer what was read; its label is not given again."""
    _forget_contents(db, source_id)
    db.execute("UPDATE source SET state='withdrawn' WHERE id=?", (source_id,))


def _forget_contents(db: sqlite3.Connection, source_id: int) -> None:
    for (claim_id,) in db.execute("SELECT id FROM claim WHERE source_id=?", (source_id,)).fetchall():
        forget_claim(db, claim_id)
    db.execute("DELETE FROM member WHERE original_id IN (SELECT id FROM original WHERE source_id=?)", (source_id,))
    for table in ("original", "fate"):
        db.execute(f"DELETE FROM {table} WHERE source_id=?", (source_id,))


def forget_claim(db: sqlite3.Connection, claim_id: int) -> None:
    """Undo a claim that was cut off, records and all."""
    db.execute("DELETE FROM party_set WHERE id IN (SELECT parties FROM record WHERE claim_id=?)", (claim_id,))
    for table in ("link", "fallback"):
        db.execute(f"DELETE FROM {table} WHERE record_id IN (SELECT id FROM record WHERE claim_id=?)", (claim_id,))
    for table in ("record", "unread", "reading"):
        db.execute(f"DELETE FROM {table} WHERE claim_id=?", (claim_id,))
    db.execute("DELETE FROM claim WHERE id=?", (claim_id,))


def read_claims(
    db: sqlite3.Connection,
    source_id: int,
    listing: Listing,
    members: Sequence[Member],
    workers: int,
    progress: Progress | None,
) -> None:
    """Scan every claim that is not done yet, in claiming order, one committed step each."""
    planned = plan_claims(listing, members)
    done = {row[0] for row in db.execute("SELECT position FROM claim WHERE source_id=? AND state='done'", (source_id,))}
    for (claim_id,) in db.execute("SELECT id FROM claim WHERE source_id=? AND state<>'done'", (source_id,)).fetchall():
        forget_claim(db, claim_id)
    ids = {
        row[0]: row[1]
        for row in db.execute(
            "SELECT m.tree_path, m.id FROM member m JOIN original o ON o.id=m.original_id WHERE o.source_id=?",
            (source_id,),
        )
    }
    todo = [(position, parser, claim) for position, (parser, claim) in enumerate(planned) if position not in done]
    for scanned in scan_in_order(todo, workers):
        _store_claim(db, source_id, scanned, ids, progress)


def plan_claims(listing: Listing, members: Sequence[Member]) -> list[tuple[Parser, Claim]]:
    """Which parser reads what: parsers claim in table order, and a member is read by the first that claims it."""
    left = {member.tree_path: member for member in members}
    planned: list[tuple[Parser, Claim]] = []
    for parser in in_order():
        if not left:
            # A claim is of members, so there is none any more.
            break
        rest = Listing(listing.label, listing.name, listing.originals, list(left.values()), [], listing.options)
        for claim in parser.claim(rest):
            if not all(member.tree_path in left for member in claim.members):
                continue
            for member in claim.members:
                del left[member.tree_path]
            for tree_path in claim.aside:
                left.pop(tree_path, None)
            planned.append((parser, claim))
    return planned


def _store_claim(
    db: sqlite3.Connection, source_id: int, scanned: Scanned, ids: dict[str, int], progress: Progress | None
) -> None:
    parser, claim = scanned.parser, scanned.claim
    claim_id = db.execute(
        "INSERT INTO claim(source_id, position, parser, version, title, members, aside, facts, decisions, state)"
        " VALUES(?,?,?,?,?,?,?,?,'[]','reading')",
        (
            source_id,
            scanned.position,
            parser.name,
            parser.version,
            claim.title,
            json.dumps([member.tree_path for member in claim.members]),
            json.dumps(claim.aside),
            "{}",
        ),
    ).lastrowid
    assert claim_id is not None
    writer = RecordWriter(db, claim_id, source_id, ids)
    told = 0
    for item in scanned.records:
        writer.write(item)
        if progress and writer.seen - told >= 1000:
            told = writer.seen
            progress(claim.title, told, None)
    for (relpath, path), digests in scanned.claim.readings.items():
        db.execute(
            "INSERT INTO reading VALUES(?,?,?,?,?,?)",
            (claim_id, relpath, path, digests.sha256, digests.blake3, digests.size),
        )
    db.execute(
        "UPDATE claim SET facts=?, decisions=?, seen=?, read=?, unread=?, first_us=?, last_us=?, undated=?, state='done'"
        " WHERE id=?",
        (
            json.dumps(claim.facts, ensure_ascii=False),
            decisions_text(claim.decisions),
            writer.seen,
            writer.read,
            writer.unread,
            *writer.span(),
            claim_id,
        ),
    )
    writer.flush()


def fates_of(db: sqlite3.Connection, source_id: int, listing: Listing) -> Iterator[FileFate]:
    """One fate for every member, in listing order: what its claim did with it, or why nothing read it."""
    claimed, aside = _claimed_members(db, source_id)
    readings = {
        (row[0], row[1]): Digests(row[2], row[3], row[4])
        for row in db.execute(
            "SELECT r.relpath, r.path, r.sha256, r.blake3, r.size FROM reading r JOIN claim c ON c.id=r.claim_id"
            " WHERE c.source_id=?",
            (source_id,),
        )
    }
    same = dict(
        db.execute("SELECT relpath, same_as FROM original WHERE source_id=? AND same_as IS NOT NULL", (source_id,))
    )
    given: dict[str, Fate] = {}
    notes: dict[str, list[str]] = {}
    for note in listing.notes:
        notes.setdefault(note.path, []).append(note.says)
    for member in listing.members:
        path = member.original.relpath + (f"!/{member.path}" if member.path else "")
        if member.original.relpath in same:
            continue
        fate, reason = _member_fate(path, member, claimed, aside, listing)
        reason = " ".join(filter(None, (reason, *notes.get(path, ()))))
        given[f"{listing.label} {path}"] = fate
        digests = readings.get((member.original.relpath, member.path))
        yield FileFate(path, fate, reason, member.media_type, member.size, digests)
    for relpath, twin in same.items():
        reason = f"The same bytes as {twin}; not read twice."
        yield FileFate(relpath, given.get(twin) or _stored_fate(db, twin), reason)


def _stored_fate(db: sqlite3.Connection, twin: str) -> Fate:
    """The fate of a file of an earlier source, named as "S01 inbox.mbox"; an archive's is that of its members."""
    label, _, relpath = twin.partition(" ")
    found = {
        Fate(row[0])
        for row in db.execute(
            "SELECT f.fate FROM fate f JOIN source s ON s.id=f.source_id"
            " WHERE s.label=? AND (f.path=? OR substr(f.path, 1, ?)=?)",
            (label, relpath, len(relpath) + 2, f"{relpath}!/"),
        )
    }
    if len(found) == 1:
        return found.pop()
    return Fate.PARTLY_PARSED if found else Fate.PARSED


def _claimed_members(db: sqlite3.Connection, source_id: int) -> tuple[dict[str, tuple[int, int]], dict[str, str]]:
    counts: dict[str, tuple[int, int]] = {}
    aside: dict[str, str] = {}
    read = dict(
        db.execute(
            "SELECT r.member_id, count(*) FROM record r JOIN claim c ON c.id=r.claim_id WHERE c.source_id=? GROUP BY 1",
            (source_id,),
        )
    )
    unread = dict(
        db.execute(
            "SELECT u.member_id, count(*) FROM unread u JOIN claim c ON c.id=u.claim_id WHERE c.source_id=? GROUP BY 1",
            (source_id,),
        )
    )
    ids = dict(
        db.execute(
            "SELECT m.tree_path, m.id FROM member m JOIN original o ON o.id=m.original_id WHERE o.source_id=?",
            (source_id,),
        )
    )
    for members, beside in db.execute("SELECT members, aside FROM claim WHERE source_id=?", (source_id,)):
        for tree_path in json.loads(members):
            counts[tree_path] = (read.get(ids[tree_path], 0), unread.get(ids[tree_path], 0))
        aside.update(json.loads(beside))
    return counts, aside


def _member_fate(
    path: str, member: Member, claimed: dict[str, tuple[int, int]], aside: dict[str, str], listing: Listing
) -> tuple[Fate, str]:
    if member.tree_path in claimed:
        read, unread = claimed[member.tree_path]
        if not unread:
            return Fate.PARSED, ""
        fate = Fate.PARTLY_PARSED if read else Fate.UNREADABLE
        return fate, f"{read} records read, {unread} could not be read (listed as unread)."
    if member.tree_path in aside:
        return Fate.KNOWN_UNSUPPORTED, aside[member.tree_path]
    from plainrecord.parsers.wrongkind import advice_on

    advice = advice_on(member, listing)
    return (Fate.KNOWN_UNSUPPORTED, advice) if advice else unclaimed(path, member.media_type, member.size)


def originals_missing_digests(db: sqlite3.Connection, source_id: int, originals: Sequence[Original]) -> list[Original]:
    """Fill in digests that scans already took of whole originals; give back the originals still to be hashed."""
    for relpath, sha256, blake3 in db.execute(
        "SELECT r.relpath, r.sha256, r.blake3 FROM reading r JOIN claim c ON c.id=r.claim_id"
        " WHERE c.source_id=? AND r.path=''",
        (source_id,),
    ).fetchall():
        db.execute(
            "UPDATE original SET sha256=?, blake3=? WHERE source_id=? AND relpath=? AND sha256 IS NULL",
            (sha256, blake3, source_id, relpath),
        )
    hashed = {
        row[0]
        for row in db.execute("SELECT relpath FROM original WHERE source_id=? AND sha256 IS NOT NULL", (source_id,))
    }
    return [original for original in originals if original.relpath not in hashed]


def read_options(timezone: str, date_order: str, owner_names: Sequence[str], mapping: str = "") -> ReadOptions:
    """What the case says about its exports, in the form parsers take."""
    return ReadOptions(timezone or None, date_order or None, tuple(owner_names), mapping or None)
