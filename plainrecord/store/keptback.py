"""Which records of a case were left out by hand, found again by where they stand. Read by the selection; written by `withholding.py`."""

from __future__ import annotations

import sqlite3

PLACED = (
    " FROM record r JOIN member m ON m.id=r.member_id JOIN original o ON o.id=m.original_id"
    " JOIN source s ON s.id=o.source_id"
)
SAME_PLACE = "w.sha256=o.sha256 AND w.path=m.path AND w.locator=r.locator"


def mark_withheld(db: sqlite3.Connection) -> None:
    """Fill the temporary table `kept_back(record_id, reason)` with the records of the case that were left out by hand."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS kept_back(record_id INTEGER PRIMARY KEY, reason TEXT NOT NULL)")
    db.execute("DELETE FROM kept_back")
    if db.execute("SELECT 1 FROM withheld LIMIT 1").fetchone():
        db.execute(f"INSERT INTO kept_back SELECT r.id, w.reason{PLACED} JOIN withheld w ON {SAME_PLACE}")
