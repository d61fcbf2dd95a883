"""`timeline.csv`: one row for each item, in timeline order, safe to open in a spreadsheet.

UTF-8 with a byte-order mark, because spreadsheets take a file without one for the machine's own encoding. RFC 4180.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from plainrecord.bundle.shown import (
    DIRECTIONS,
    PARTS,
    PRECISIONS,
    account_text,
    copy_text,
    plural,
    time_basis,
    visible,
)

COLUMNS = (
    "item",
    "local time",
    "utc",
    "time basis",
    "precision",
    "time as written",
    "written by",
    "direction",
    "from account",
    "from name",
    "to",
    "service",
    "kind",
    "conversation",
    "subject line",
    "text",
    "attachments",
    "marks",
    "notes",
    "source",
    "original",
    "position",
    "record id",
    "evidence kind",
    "matched rule",
    "also in",
)
BOM = "\ufeff"
# Excel holds 32,767 characters in a cell and spills the rest into the next rows.
LONGEST_CELL = 32_000
# Cells up to this length are mostly the same ones again: accounts, codes, names of files.
_SHORT = 64
# What spreadsheets take for the start of a formula, full-width forms included.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def cell(value: str) -> str:
    """The value as a cell that no spreadsheet runs: controls visible, formula starts behind an apostrophe, length bounded."""
    shown = visible(value)
    if len(shown) > LONGEST_CELL:
        shown = f"{shown[:LONGEST_CELL]} [cut here; {len(shown):,} characters, whole in data/items/messages.jsonl]"
    return "'" + shown if value.startswith(FORMULA) or shown.startswith(FORMULA) else shown


def quoted_cell(value: str) -> str:
    """The cell as it stands in a line of CSV, in quotation marks where RFC 4180 wants them."""
    shown = cell(value)
    if '"' in shown or "," in shown or "\n" in shown or "\r" in shown:
        return '"' + shown.replace('"', '""') + '"'
    return shown


@lru_cache(maxsize=8192)
def _short_cell(value: str) -> str:
    return quoted_cell(value)


class CsvRows:
    """Rows as CSV text (RFC 4180): `row()` gives one line, ready to be written."""

    def row(self, values: list[str] | tuple[str, ...]) -> str:
        """One line of CSV with its line end; every value is made safe first."""
        # The module `csv` looks at each character of a cell in turn, which for the words of a mail takes ten times as long.
        return (
            ",".join([_short_cell(value) if len(value) < _SHORT else quoted_cell(value) for value in values]) + "\r\n"
        )


def timeline_values(item: dict[str, Any], shown: str) -> list[str]:
    """The cells of one item (a line of `messages.jsonl`, its time `shown` in words) in the order of `COLUMNS`."""
    time, sender, position = item["time"], item["sender"] or {}, item["position"]
    conversation = item["conversation"] or {}
    return [
        item["item"],
        shown,
        time["ts_utc"] or "",
        time_basis(time),
        PRECISIONS[time["precision"]],
        time["ts_raw"],
        PARTS[item["part"]],
        DIRECTIONS[item["direction"]],
        sender.get("value") or "",
        sender.get("name") or "",
        "; ".join(account_text(account) for account in item["recipients"]),
        item["service"],
        item["kind"],
        " ".join(filter(None, (item["conversation_number"], conversation.get("title")))),
        item["subject"] or "",
        item["text"] or "",
        "; ".join(_attachment(attachment) for attachment in item["attachments"]),
        ", ".join([*item["marks"], *_gap(item)]),
        ", ".join(item["notes"]),
        item["source"],
        position["original"],
        f"{position['member']} {position['locator']}".strip(),
        item["id"],
        item["evidence_kind"],
        item["matched"],
        "; ".join(copy_text(copy) for copy in item["copies"]),
    ]


def _attachment(attachment: dict[str, Any]) -> str:
    state = f"sha256:{attachment['sha256']}" if attachment["sha256"] else attachment["state"]
    return f"{attachment['name'] or 'no name'} ({state})"


def _gap(item: dict[str, Any]) -> list[str]:
    return [f"{plural(item['gap_before'], 'message')} not included before this"] if item["gap_before"] else []
