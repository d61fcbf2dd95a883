"""Timesketch: one event for each time an item states, as CSV or as JSON lines.

Timesketch asks for `message`, `datetime` (ISO 8601) and `timestamp_desc`, and takes any other name beside them (its
documentation, “Import from JSON or CSV”). An item that states a time of sending and one of receipt becomes two events. What
states no instant cannot stand on its timeline; it is counted and left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from plainrecord.bundle.shown import PARTS, one_line
from plainrecord.bundle.timeline import CsvRows
from plainrecord.exporting.forms import Form, Tally
from plainrecord.exporting.reading import Bundle
from plainrecord.exporting.rows import flat
from plainrecord.exporting.table import COLUMNS
from plainrecord.times import to_utc_us

_FIRST = ("message", "datetime", "timestamp", "timestamp_desc", "data_type")
_WORDS = 300
NO_INSTANT = "no instant is stated"


def write_csv(bundle: Bundle, tally: Tally, content: bool) -> Iterator[bytes]:
    """The events as CSV, cells made safe for spreadsheets."""
    csv, columns = CsvRows(), (*_FIRST, *COLUMNS)
    yield csv.row(columns).encode()
    for event in _events(bundle, tally, content):
        yield csv.row([str(event[name]) for name in columns]).encode()


def write_jsonl(bundle: Bundle, tally: Tally, content: bool) -> Iterator[bytes]:
    """The events as JSON lines, every text exactly as it is in the bundle."""
    for event in _events(bundle, tally, content):
        yield json.dumps(event, ensure_ascii=False).encode() + b"\n"


def _events(bundle: Bundle, tally: Tally, content: bool) -> Iterator[dict[str, Any]]:
    for item in bundle.items():
        tally.items += 1
        values = flat(item, bundle.bundle_id, content=content)
        message = _message(item, content)
        stated = [time for time in _times(item) if time["ts_utc"]]
        if not stated:
            tally.left_out[NO_INSTANT] += 1
        for time in stated:
            tally.written += 1
            instant = datetime.fromisoformat(time["ts_utc"])
            yield {
                "message": message,
                "datetime": instant.isoformat(),
                "timestamp": to_utc_us(instant),
                "timestamp_desc": f"{time['meaning'].replace('_', ' ').capitalize()} ({time['where']})",
                "data_type": f"plainrecord:{item['kind']}",
            } | values


def _times(item: dict[str, Any]) -> list[dict[str, Any]]:
    """The item's own time, then the others it states, each meaning and instant once."""
    times = {(one["meaning"], one["where"], one["ts_utc"]): one for one in (item["time"], *item["dates"])}
    return list(times.values())


def _message(item: dict[str, Any], content: bool) -> str:
    sender = (item["sender"] or {}).get("value") or "no sender stated"
    words = " · ".join(filter(None, (item["subject"], item["text"]))) if content else ""
    head = f"{item['item']} {item['kind']} by {sender} ({PARTS[item['part']].lower()})"
    return f"{head}: {one_line(words, _WORDS)}" if words else head


TIMESKETCH_CSV = Form("timesketch-csv", ".timesketch.csv", "events for Timesketch, as CSV", write_csv)
TIMESKETCH_JSONL = Form("timesketch-jsonl", ".timesketch.jsonl", "events for Timesketch, as JSON lines", write_jsonl)
