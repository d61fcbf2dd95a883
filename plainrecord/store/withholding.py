"""Records that a person takes out of the selection by hand, each with a reason and a line in the custody log.

A record is named by where it stands in its original, so the choice outlives reading the export again. Nothing is deleted:
a record left out is listed as not included, and can be put back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from plainrecord.errors import UsageError
from plainrecord.records import record_id
from plainrecord.selection import LEFT_OUT
from plainrecord.store.case import Case
from plainrecord.store.copies import set_copies_aside
from plainrecord.store.keptback import PLACED, SAME_PLACE


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One record left out by hand: its row in the case, its stable id, when it was, and the reason code."""

    row: int
    id: str
    source: str
    service: str
    utc_us: int | None
    reason: str


def leave_out(case: Case, chosen: Mapping[int, str], reason: str) -> int:
    """Leave records out, given by row and stable id (which must agree), with every copy of them; how many are newly out.

    Whoever leaves a message out does not want to meet it again from another export.
    Raises UsageError for a reason that is not in `selection.LEFT_OUT`, or a record that is no longer there.
    """
    if reason not in LEFT_OUT:
        raise UsageError(f"“{reason}” is not a reason for leaving a record out. Choose one of: {', '.join(LEFT_OUT)}.")
    places = [_place(case, row, stable) for row, stable in chosen.items()]
    case.select()
    set_copies_aside(case.db)
    places += [place for row in chosen for place in _copies(case, row) if place not in places]
    log = case.custody()
    case.db.execute("BEGIN IMMEDIATE")
    done = 0
    for stable, label, place in places:
        if case.db.execute("SELECT 1 FROM withheld WHERE sha256=? AND path=? AND locator=?", place).fetchone():
            continue
        event = log.append(
            "withheld",
            what=f"Left the record {stable} of {label} out of the selection, by hand.",
            why=LEFT_OUT[reason],
            who=case.who,
            item_refs=[label],
            details={"item": stable, "reason": reason, "decided_by": case.who.name},
        )
        case.db.execute("INSERT INTO withheld VALUES(?,?,?,?,?)", (*place, reason, event.event_id))
        done += 1
    case.keep_custody(log.new_lines)
    case.db.execute("COMMIT")
    return done


def put_back(case: Case, chosen: Mapping[int, str]) -> int:
    """Take records that were left out by hand into the selection again; how many there were."""
    places = [_place(case, row, stable) for row, stable in chosen.items()]
    log = case.custody()
    case.db.execute("BEGIN IMMEDIATE")
    done = 0
    for stable, label, place in places:
        found = case.db.execute(
            "DELETE FROM withheld WHERE sha256=? AND path=? AND locator=? RETURNING event_id", place
        ).fetchone()
        if found is None:
            continue
        log.append(
            "correction",
            what=f"Put the record {stable} of {label} back into the selection.",
            why="The person who left it out changed their mind.",
            who=case.who,
            item_refs=[label],
            details={"what_was_wrong": "The record was left out.", "reason": "It is to be shown after all."},
            supersedes={"event_id": found[0], "reason": "The record is no longer left out by hand."},
        )
        done += 1
    case.keep_custody(log.new_lines)
    case.db.execute("COMMIT")
    return done


def left_out(case: Case) -> Iterator[LeftOut]:
    """Every record that is left out by hand, in order of time."""
    rows = case.db.execute(
        f"SELECT r.id, o.sha256, m.path, r.locator, s.label, c.parser, r.utc_us, w.reason{PLACED}"
        f" JOIN claim c ON c.id=r.claim_id JOIN withheld w ON {SAME_PLACE} ORDER BY r.utc_us IS NULL, r.utc_us, r.id"
    )
    for row, sha256, path, locator, label, parser, utc_us, reason in rows:
        yield LeftOut(row, record_id(sha256, path, locator), label, parser, utc_us, reason)


def _place(case: Case, row: int, stable: str) -> tuple[str, str, tuple[str, str, str]]:
    """Stable id, source label and place of a record; a page that is older than the case names one that is another now."""
    found = case.db.execute(f"SELECT s.label, o.sha256, m.path, r.locator{PLACED} WHERE r.id=?", (row,)).fetchone()
    if found is None or record_id(*found[1:]) != stable:
        raise UsageError(
            "One of these messages has moved since the page was made. Load the page again and choose anew."
        )
    return stable, found[0], found[1:]


def _copies(case: Case, row: int) -> Iterator[tuple[str, str, tuple[str, str, str]]]:
    """Where else the message of a record stands, as `_place` gives it."""
    rows = case.db.execute(
        f"SELECT s.label, o.sha256, m.path, r.locator{PLACED} JOIN temp.copy k ON k.record_id=r.id WHERE k.first=?",
        (row,),
    )
    for label, *place in rows.fetchall():
        yield record_id(*place), label, (place[0], place[1], place[2])


def maybe_left_out(case: Case) -> list[int]:
    """Rows that go in and bear the own name (for mail the Message-ID) of a record left out by hand: perhaps the same message,
    from an export that was added later. A person has to look, because one name can stand on different messages."""
    return [
        row
        for (row,) in case.db.execute(
            "SELECT DISTINCT l.record_id FROM link l JOIN chosen c ON c.record_id=l.record_id WHERE l.own<>0 AND l.key IN"
            " (SELECT o.key FROM temp.kept_back k JOIN link o ON o.record_id=k.record_id WHERE o.own<>0)"
        )
    ]
