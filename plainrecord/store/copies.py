"""The same message in two exports becomes one item that names every place where it stands.

A view made when a bundle is built, never a deletion: each original stays as it is, each copy is counted and listed. Two
records are taken for copies only when both bear one name of their own (for mail its Message-ID) *and* say the same:
sender, recipients, time, subject, words, files and what is carried inside. Programs give one name to different mails,
and people edit their copies; such records stay items of their own.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from plainrecord.people.normal import normal_form
from plainrecord.records import Account, Attachment, Loaded, record_id
from plainrecord.store.loading import Row, Talk, load_rows

SAME_BYTES, SAME_CONTENT = "bytes", "content"

# `copied` has what stands beside an item that goes in: `places`, a JSON list, in the order of reading.
_TABLES = """
CREATE TEMP TABLE IF NOT EXISTS named(record_id INTEGER PRIMARY KEY, name INTEGER NOT NULL);
CREATE TEMP TABLE IF NOT EXISTS said(record_id INTEGER PRIMARY KEY, digest BLOB NOT NULL, raw TEXT);
CREATE TEMP TABLE IF NOT EXISTS copy(record_id INTEGER PRIMARY KEY, first INTEGER NOT NULL, same TEXT NOT NULL, raw TEXT);
CREATE TEMP TABLE IF NOT EXISTS copied(record_id INTEGER PRIMARY KEY, places TEXT NOT NULL);
"""
_MADE = ("named", "said", "copy", "copied")
_NAMED = (
    "SELECT r.id, r.claim_id, r.locator, c.part, c.matched, c.number, c.gap, p.conversation, '', r.member_id"
    " FROM temp.named n JOIN chosen c ON c.record_id=n.record_id JOIN record r ON r.id=c.record_id"
    " JOIN placed p ON p.record_id=r.id ORDER BY r.claim_id, r.id"
)


def set_copies_aside(db: sqlite3.Connection, workers: int = 1) -> int:
    """Take out of `chosen` every record that says again what an earlier one says, number the rest anew; how many.

    The first in the order of reading stays. Fills the temporary tables `copy` and `copied`, which the views of a bundle
    read. Raises IntegrityError when an original cannot be read now.
    """
    for statement in _TABLES.split(";"):
        db.execute(statement)
    for table in _MADE:
        db.execute(f"DELETE FROM temp.{table}")
    if not _find_named(db):
        return 0
    db.executemany("INSERT INTO temp.said VALUES(?,?,?)", load_rows(db, _NAMED, workers, contents_said, {}))
    db.execute(
        "INSERT INTO temp.copy SELECT record_id, first, CASE WHEN raw=first_raw THEN ? ELSE ? END, raw FROM"
        " (SELECT s.record_id, s.raw, min(s.record_id) OVER same AS first, first_value(s.raw) OVER same AS first_raw"
        " FROM temp.said s JOIN temp.named n ON n.record_id=s.record_id"
        " WINDOW same AS (PARTITION BY n.name, s.digest ORDER BY s.record_id))"
        " WHERE record_id<>first",
        (SAME_BYTES, SAME_CONTENT),
    )
    if not db.execute("SELECT 1 FROM temp.copy LIMIT 1").fetchone():
        return 0
    _note_places(db)
    return _take_out(db)


def _find_named(db: sqlite3.Connection) -> bool:
    """Note the records that go in whose own name another one bears too."""
    own = "FROM link l JOIN chosen c ON c.record_id=l.record_id WHERE l.own<>0"
    db.execute(
        f"INSERT OR IGNORE INTO temp.named SELECT l.record_id, l.key {own}"
        f" AND l.key IN (SELECT l.key {own} GROUP BY l.key HAVING count(*)>1) ORDER BY l.key"
    )
    return bool(db.execute("SELECT 1 FROM temp.named LIMIT 1").fetchone())


def contents_said(
    rows: Iterable[tuple[Row, Loaded]], _talks: Mapping[int, Talk]
) -> Iterator[tuple[int, bytes, str | None]]:
    """Of each row its number, a digest of what the record says, and the digest of its bytes."""
    for row, loaded in rows:
        said = json.dumps(_said(loaded), ensure_ascii=False, sort_keys=True)
        yield row.id, hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest(), loaded.raw_sha256


def _said(loaded: Loaded) -> list[Any]:
    """What a record says, without what only tells how a copy of it was kept (its folder, flags, line ends)."""
    envelope = loaded.envelope
    return [
        envelope.kind,
        envelope.time.utc_us if envelope.time.utc_us is not None else envelope.time.ts_raw,
        _who(envelope.sender) if envelope.sender else None,
        # A sender keeps the hidden recipients that nobody else is told of.
        sorted({_who(account) for account in envelope.recipients if account.role != "bcc"}),
        loaded.subject,
        _words(loaded.text),
        _words(loaded.html),
        [_file(one) for one in loaded.attachments],
        [_said(child) for child in loaded.children],
    ]


def _who(account: Account) -> str:
    return f"{account.service}\0{account.kind}\0{normal_form(account.service, account.kind, account.value)}"


def _words(text: str | None) -> str | None:
    return None if text is None else text.replace("\r\n", "\n").rstrip("\n")


def _file(one: Attachment) -> list[Any]:
    return [one.name, one.state, one.sha256]


def _note_places(db: sqlite3.Connection) -> None:
    """Say of each record that stays where else it stands."""
    rows = db.cursor().execute(
        "SELECT k.first, s.label, o.relpath, o.sha256, m.path, r.locator, k.same, k.raw FROM temp.copy k"
        " JOIN record r ON r.id=k.record_id JOIN member m ON m.id=r.member_id JOIN original o ON o.id=m.original_id"
        " JOIN source s ON s.id=o.source_id ORDER BY k.first, k.record_id"
    )
    places: list[dict[str, str | None]] = []
    of = None
    for first, source, original, sha256, member, locator, same, raw in rows:
        if of is not None and first != of:
            db.execute("INSERT INTO temp.copied VALUES(?,?)", (of, json.dumps(places)))
            places = []
        of = first
        places.append(
            {
                "source": source,
                "id": record_id(sha256, member, locator),
                "original_sha256": sha256,
                "original": original,
                "member": member,
                "locator": locator,
                "raw_sha256": raw,
                "same": same,
            }
        )
    if of is not None:
        db.execute("INSERT INTO temp.copied VALUES(?,?)", (of, json.dumps(places)))


def _take_out(db: sqlite3.Connection) -> int:
    """Take the copies out; what was left out before one stands before the next record of its conversation."""
    order = "r.utc_us IS NULL, r.utc_us, r.claim_id, r.tie"
    db.execute("CREATE TEMP TABLE IF NOT EXISTS gaps(record_id INTEGER PRIMARY KEY, gap INTEGER NOT NULL)")
    db.execute("DELETE FROM temp.gaps")
    db.execute(
        "INSERT INTO temp.gaps SELECT stays, sum(gap) FROM (SELECT c.gap, min(CASE WHEN k.record_id IS NULL THEN c.number"
        " END) OVER (PARTITION BY p.conversation ORDER BY c.number ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS stays"
        " FROM chosen c JOIN placed p ON p.record_id=c.record_id LEFT JOIN temp.copy k ON k.record_id=c.record_id)"
        " WHERE stays IS NOT NULL GROUP BY stays HAVING sum(gap)>0"
    )
    taken = db.execute("DELETE FROM chosen WHERE record_id IN (SELECT record_id FROM temp.copy)").rowcount
    db.execute("UPDATE chosen SET gap=coalesce((SELECT gap FROM temp.gaps g WHERE g.record_id=chosen.number),0)")
    db.execute(
        "UPDATE chosen SET number=n.number FROM (SELECT c.record_id, row_number() OVER (ORDER BY"
        f" {order}) AS number FROM chosen c JOIN record r ON r.id=c.record_id) n WHERE n.record_id=chosen.record_id"
    )
    return taken
