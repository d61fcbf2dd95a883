"""`data/items` and `data/media`: items in any order in, one line each in timeline order out, every count checked.

Native files and attachments are written as they arrive; lines are sorted on disk. Nothing written here depends on the
time of the build, its place, its id or the number of workers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from plainrecord.bundle.bag import Bag
from plainrecord.bundle.drawn import Drawn
from plainrecord.bundle.finished import Finished
from plainrecord.bundle.numbers import is_attached
from plainrecord.bundle.spool import Spool
from plainrecord.errors import AccountingError, IntegrityError

MESSAGES = "data/items/messages.jsonl"


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

    def add(self, item: Finished) -> None:
        """Count one item."""
        self.characters += item.characters
        self.media_missing += item.media_missing
        if is_attached(item.number):
            self.attached += 1
            return
        self.included += 1
        self.by_part[item.part] += 1
        self.by_kind[item.kind] += 1
        self.by_source[item.source] += 1
        self.by_service[item.service] += 1
        self.undated += item.undated


class ItemWriter:
    """Takes finished items in any order; `finish()` writes `messages.jsonl` in the order of their numbers.

    `drawn` then has what the timeline and the pages show of them.
    """

    def __init__(self, bag: Bag, spool: Path) -> None:
        self._bag = bag
        self._spool = Spool(spool, "items")
        self.drawn = Drawn(spool)
        self.totals = ItemTotals()

    def take(self, item: Finished) -> None:
        """Write one item's native form and attachments, and keep its line.

        Raises AccountingError for a repeated number, IntegrityError when the native bytes are not those whose digest was
        recorded.
        """
        if item.native is not None:
            self._write_native(item, item.native)
        for path, blob in item.media:
            if not self._bag.has(path):
                self._bag.add(path, blob)
                self.totals.media += 1
        self._spool.add(item.line)
        self.drawn.take(item.drawing)
        self.totals.add(item)

    def finish(self) -> None:
        """Write `messages.jsonl`. Raises AccountingError when numbers are missing, repeated or out of time order."""
        check = _Order()
        with self._bag.new(MESSAGES) as file:
            for line in self._spool.lines():
                key, instant, text = line.split(b" ", 2)
                check.next(key.decode("ascii"), None if instant == b"None" else int(instant))
                file.write(text)

    def _write_native(self, item: Finished, path: str) -> None:
        try:
            digest = self._bag.add(path, item.raw)
        except FileExistsError:
            raise AccountingError(f"Two items have the number {item.number}. Nothing was sealed.") from None
        if item.raw_sha256 not in (None, digest):
            raise IntegrityError(
                f"{item.number} ({item.original}) is not what was recorded when it was read:"
                f" expected SHA-256 {item.raw_sha256}, found {digest}. Nothing was sealed."
            )
        self.totals.native += 1


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
