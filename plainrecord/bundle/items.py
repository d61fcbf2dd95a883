"""`data/items` and `data/media`: items in any order in, one line each in timeline order out, every count checked.

Native files and attachments are written as they arrive; lines are sorted on disk. Nothing written here depends on the
time of the build, its place, its id or the number of workers.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from plainrecord.bundle.bag import Bag
from plainrecord.bundle.contents import Item
from plainrecord.bundle.drawn import Drawn
from plainrecord.bundle.media import media_path
from plainrecord.bundle.numbers import conversation_key, is_attached, number_key
from plainrecord.bundle.spool import Spool
from plainrecord.errors import AccountingError, IntegrityError
from plainrecord.records import Attachment, Record
from plainrecord.times import to_utc_us

MESSAGES = "data/items/messages.jsonl"
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# Endings of native forms that no system starts as a program or opens as a page.
_NATIVE_ENDINGS = frozenset({".eml", ".emlx", ".txt", ".json", ".csv", ".xml", ".vcf"})


@dataclass(slots=True)
class ItemTotals:
    """What was counted while the items were written; numbers in `messages.jsonl` bear each of them out.

    `included`, `by_part`, `by_kind`, `by_source`, `by_service` and `undated` are without attached messages.
    """

    included: int = 0
    attached: int = 0
    undated: int = 0
    native: int = 0
    media: int = 0
    media_missing: int = 0
    characters: int = 0
    by_part: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    by_source: Counter[str] = field(default_factory=Counter)
    by_service: Counter[str] = field(default_factory=Counter)

    def add(self, item: Item) -> None:
        """Count one item."""
        self.characters += len(item.record.text or "")
        if is_attached(item.number):
            self.attached += 1
            return
        self.included += 1
        self.by_part[item.part] += 1
        self.by_kind[item.record.kind] += 1
        self.by_source[item.record.source] += 1
        self.by_service[item.record.service] += 1
        self.undated += item.record.time.ts_utc is None


class ItemWriter:
    """Takes items in any order; `finish()` writes `messages.jsonl` in the order of their numbers.

    `drawn` then has what the timeline and the pages show of them, times in `zone` (IANA; UTC for None).
    """

    def __init__(self, bag: Bag, spool: Path, zone: str | None) -> None:
        self._bag = bag
        self._spool = Spool(spool, "items")
        self.drawn = Drawn(spool, zone)
        self.totals = ItemTotals()

    def take(self, item: Item) -> None:
        """Write one item's native form and attachments, and keep its line.

        Raises AccountingError for a malformed or repeated number, IntegrityError when an attachment's bytes are not
        those whose digest was recorded.
        """
        key, conversation = number_key(item.number), conversation_key(item.conversation_number)
        native = self._write_native(item)
        record = self._with_media(item)
        extra = {
            "item": item.number,
            "part": item.part,
            "matched": item.matched,
            "conversation_number": item.conversation_number,
            "gap_before": item.gap_before,
            "native": native,
        }
        head = _JSON(extra)
        # The exact instant, which the written time may round to its precision, rides along for the check of the order.
        utc_us = item.loaded.envelope.time.utc_us
        self._spool.add(f"{key} {utc_us} {head[:-1]},{record.model_dump_json()[1:]}".encode())
        self.drawn.take(extra | record.model_dump(), key, conversation, _instant(record))
        self.totals.add(item)

    def finish(self) -> None:
        """Write `messages.jsonl`. Raises AccountingError when numbers are missing, repeated or out of time order."""
        check = _Order()
        with self._bag.new(MESSAGES) as file:
            for line in self._spool.lines():
                key, instant, text = line.split(b" ", 2)
                check.next(key.decode("ascii"), None if instant == b"None" else int(instant))
                file.write(text)

    def _write_native(self, item: Item) -> str | None:
        raw = item.loaded.raw
        if raw is None:
            return None
        suffix = item.loaded.native_suffix
        path = f"data/items/native/{item.number}{suffix if suffix in _NATIVE_ENDINGS else '.bin'}"
        if self._bag.has(path):
            raise AccountingError(f"Two items have the number {item.number}. Nothing was sealed.")
        digest = self._bag.add(path, raw)
        if item.record.raw_sha256 not in (None, digest):
            raise IntegrityError(
                f"{item.number} ({item.record.position.original}) is not what was recorded when it was read:"
                f" expected SHA-256 {item.record.raw_sha256}, found {digest}. Nothing was sealed."
            )
        self.totals.native += 1
        return path

    def _with_media(self, item: Item) -> Record:
        attachments = item.record.attachments
        blobs = item.loaded.blobs
        if not attachments:
            return item.record
        # A source may hand over fewer blobs than attachments: what is not there is said to be missing, not invented.
        placed = [
            self._place(item, attachment, blobs[at] if at < len(blobs) else None)
            for at, attachment in enumerate(attachments)
        ]
        return item.record.model_copy(update={"attachments": placed})

    def _place(self, item: Item, attachment: Attachment, blob: bytes | None) -> Attachment:
        if blob is None:
            self.totals.media_missing += 1
            return attachment.model_copy(update={"media": None})
        digest = hashlib.sha256(blob).hexdigest()
        if digest != attachment.sha256:
            raise IntegrityError(
                f"An attachment of {item.number} ({item.record.position.original}) is not what was recorded when it was"
                f" read: expected SHA-256 {attachment.sha256}, found {digest}. Nothing was sealed."
            )
        path = media_path(digest, blob)
        if not self._bag.has(path):
            self._bag.add(path, blob)
            self.totals.media += 1
        return attachment.model_copy(update={"media": path})


class _Order:
    """Numbers follow each other without a gap, dated items in order of time, undated ones last."""

    def __init__(self) -> None:
        self._main = 0
        self._last_key = ""
        self._last_us: int | None = None
        self._undated = False

    def next(self, key: str, utc_us: int | None) -> None:
        """Look at the next line; raises AccountingError when it does not belong here."""
        number = int(key[:12])
        attached = len(key) > 12
        expected = self._main if attached else self._main + 1
        if key == self._last_key or number != expected:
            raise AccountingError(
                f"Item numbers do not follow each other: after {self._main:,} comes {number:,}. Nothing was sealed."
            )
        self._last_key = key
        if not attached:
            self._main = number
            self._time(number, utc_us)

    def _time(self, number: int, utc_us: int | None) -> None:
        if utc_us is None:
            self._undated = True
        elif self._undated or (self._last_us is not None and utc_us < self._last_us):
            raise AccountingError(f"Item {number:,} is not in order of time. Nothing was sealed.")
        else:
            self._last_us = utc_us


def _instant(record: Record) -> int | None:
    """The instant of a record as written, that is as precise as its time says, in microseconds; or None."""
    text = record.time.ts_utc
    return None if text is None else to_utc_us(datetime.fromisoformat(text))
