"""Take what the vault holds into the case as a source like any other: read, hashed, counted, with its own label.

The vault only grows. When it has grown, its source is read again under the label it has; the ids of its records do not
change, because they are made from the manifests' own digests.
"""

from __future__ import annotations

import json

from plainrecord.capture.ledger import Ledger
from plainrecord.capture.vault import Vault
from plainrecord.store import AddResult, Case
from plainrecord.store.adding import Progress


def pick_up(case: Case, *, workers: int = 1, progress: Progress | None = None) -> AddResult | None:
    """Add the captures of a case to it; None when there are none, or none since the last time."""
    vault, ledger = Vault(case.folder.resolve()), Ledger(case.db)
    count = sum(1 for _ in ledger.all())
    if not count:
        return None
    ledger.write_receipts(vault)
    found = case.db.execute(
        "SELECT id, state FROM source WHERE paths=? AND state<>'withdrawn'", (json.dumps([str(vault.evidence)]),)
    ).fetchone()
    if found and found[1] == "done" and _receipts(case, found[0]) == count:
        return None
    if found:
        # As after an interrupted `add` of the same folder: it keeps its label and is read anew.
        case.db.execute("UPDATE source SET state='adding' WHERE id=?", (found[0],))
    return case.add([vault.evidence], workers=workers, progress=progress)


def _receipts(case: Case, source_id: int) -> int:
    """How many captures the source held when it was read."""
    rows = case.db.execute(
        "SELECT count(*) FROM original WHERE source_id=? AND relpath GLOB '*receipts/C-*.json'", (source_id,)
    )
    return int(rows.fetchone()[0])
