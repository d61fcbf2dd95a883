"""One table with everything an item states, for any program that reads CSV.

`timeline.csv` in the bundle is for people and has fewer columns. Cells are made safe for spreadsheets in the same way, and
long ones are cut and say so; the exact text is in `messages.jsonl`.
"""

from __future__ import annotations

from collections.abc import Iterator

from plainrecord.bundle.timeline import BOM, CsvRows
from plainrecord.exporting.forms import Form, Tally
from plainrecord.exporting.reading import Bundle
from plainrecord.exporting.rows import flat

COLUMNS = (
    "item", "record_id", "bundle_id", "source", "service", "kind", "evidence_kind", "utc", "time_as_written",
    "time_meaning", "time_basis", "time_zone", "time_offset", "time_precision", "part", "direction", "matched", "sender",
    "sender_kind", "sender_name", "recipients", "also_named", "conversation", "conversation_title", "subject", "text",
    "attachments", "marks", "status", "facts", "notes", "original", "original_sha256", "member", "position", "raw_sha256",
    "also_in", "carried_in",
)  # fmt: skip


def write_table(bundle: Bundle, tally: Tally, content: bool) -> Iterator[bytes]:
    """CSV as in RFC 4180, UTF-8 with a byte-order mark; one row for each item."""
    csv = CsvRows()
    yield (BOM + csv.row(COLUMNS)).encode()
    for item in bundle.items():
        values = flat(item, bundle.bundle_id, content=content)
        tally.items += 1
        tally.written += 1
        yield csv.row([values[name] for name in COLUMNS]).encode()


TABLE = Form("csv", ".csv", "one table with everything an item states", write_table)
