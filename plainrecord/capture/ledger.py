"""The captures of a case as its database knows them: number, manifest, signed receipt. One row and one custody line at once.

The row and the line are one transaction, so that there is never a receipt without its line or a line without its receipt.
The files in `vault/receipts` are written from the rows, again whenever one is missing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from plainrecord.capture.keys import encoded
from plainrecord.capture.vault import Vault, write_synced
from plainrecord.parsers.capturemanifest import SignedReceipt

_TABLE = (
    "CREATE TABLE IF NOT EXISTS capture(number INTEGER PRIMARY KEY, capture_id TEXT NOT NULL UNIQUE,"
    " manifest_sha256 TEXT NOT NULL, receipt TEXT NOT NULL, signature TEXT NOT NULL, public_key BLOB NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One capture: its number and the receipt that was given for it."""

    number: int
    capture_id: str
    manifest_sha256: str
    receipt: str
    signature: str
    public_key: bytes

    @property
    def name(self) -> str:
        """ "C-0001"."""
        return capture_name(self.number)


def capture_name(number: int) -> str:
    """How a capture is called in a case."""
    return f"C-{number:04d}"


class Ledger:
    """Reads and writes the captures in an open case's database."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.execute(_TABLE)

    def find(self, capture_id: str) -> Kept | None:
        """The capture of that id."""
        row = self._db.execute("SELECT * FROM capture WHERE capture_id=?", (capture_id,)).fetchone()
        return Kept(*row) if row else None

    def all(self) -> Iterator[Kept]:
        """Every capture in order."""
        for row in self._db.execute("SELECT * FROM capture ORDER BY number"):
            yield Kept(*row)

    def chain_head(self) -> str | None:
        """The hash of the last line of the case's custody log; None before its first."""
        row = self._db.execute("SELECT line FROM custody ORDER BY seq DESC LIMIT 1").fetchone()
        return str(json.loads(row[0])["this_hash"]) if row else None

    def next_number(self) -> int:
        """The number of the next capture."""
        return int(self._db.execute("SELECT coalesce(max(number), 0) + 1 FROM capture").fetchone()[0])

    def insert(self, kept: Kept) -> None:
        """Add a capture, inside the caller's transaction."""
        values = (kept.number, kept.capture_id, kept.manifest_sha256, kept.receipt, kept.signature, kept.public_key)
        self._db.execute("INSERT INTO capture VALUES(?,?,?,?,?,?)", values)

    def write_receipts(self, vault: Vault) -> None:
        """Write the receipt files that are not there, as after a stop between the row and its file."""
        for kept in self.all():
            path = receipt_path(vault, kept)
            if not path.exists():
                signed = SignedReceipt(
                    receipt=kept.receipt, signature=kept.signature, public_key=encoded(kept.public_key)
                )
                write_synced(path, signed.model_dump_json(indent=1).encode() + b"\n")


def receipt_path(vault: Vault, kept: Kept) -> Path:
    """The file of a receipt."""
    return vault.receipts / f"{kept.name}.json"
