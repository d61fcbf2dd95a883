"""`data/items`, `data/media` and `timeline.csv`: runs in any order in, one line each in timeline order out, all checked.

Native files and attachments are written as they arrive. Lines are written at once while runs come in order, and what
comes early waits: in memory while it is little, else sorted on disk. Nothing written below `data` depends on the time of
the build, its place, its id or the number of workers.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from plainrecord.bundle.bag import Bag, HashedFile
from plainrecord.bundle.blobs import get
from plainrecord.bundle.months import Months
from plainrecord.bundle.page_runs import Drawn
from plainrecord.bundle.runs import Native, Run
from plainrecord.bundle.sequence import Sequence
from plainrecord.bundle.timeline import BOM, COLUMNS, CsvRows
from plainrecord.errors import AccountingError, IntegrityError
from plainrecord.facts import Part, Table
from plainrecord.hashing.merkle import Tree

MESSAGES = "data/items/messages.jsonl"
TIMELINE = "timeline.csv"


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

    def add(self, run: Run) -> None:
        """Count one run."""
        self.characters += run.characters
        self.media_missing += run.media_missing
        self.attached += run.carried
        self.included += run.items
        self.undated += 0 if run.dated else run.items
        for (part, kind, source, service), count in run.counts.items():
            self.by_part[part] += count
            self.by_kind[kind] += count
            self.by_source[source] += count
            self.by_service[service] += count


class ItemWriter:
    """Takes runs in any order, and has written `messages.jsonl` and `timeline.csv` when its block ends.

    `in_order` says that runs come mostly in the order of their numbers, and what is carried inside an item with it; else
    all of them are sorted first. `drawn` then has what the pages show, `months` what stands in each, `table` what facts are
    counted from, and `tree` every line as a leaf.
    """

    def __init__(self, bag: Bag, spool: Path, drawn: Drawn, *, in_order: bool) -> None:
        self._bag = bag
        self._folder = spool
        self._sequence = Sequence(spool, in_order=in_order)
        self._order = _Order()
        self._drawn = drawn
        self._open = ExitStack()
        self.totals = ItemTotals()
        self.months = Months()
        self.tree = Tree()
        self.table = Table()

    def __enter__(self) -> ItemWriter:
        self._open.__enter__()
        self._messages: HashedFile = self._open.enter_context(self._bag.new(MESSAGES))
        self._timeline: HashedFile = self._open.enter_context(self._bag.new(TIMELINE))
        self._timeline.text(BOM + CsvRows().row(COLUMNS))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._open.__exit__(kind, error, trace)

    def take(self, run: Run) -> None:
        """Write the native forms and attachments of one run, and its lines if it is their turn.

        Raises AccountingError for a repeated number, IntegrityError when the native bytes are not those whose digest was
        recorded.
        """
        for native in run.natives:
            self._write_native(native)
        for path, blob in run.media:
            if not self._bag.has(path):
                self._bag.add(path, get(self._folder, blob))
                self.totals.media += 1
        for ready in self._sequence.take(run._replace(natives=(), media=()) if run.natives or run.media else run):
            self._write(ready)

    def finish(self) -> None:
        """Write what waited. Raises AccountingError when numbers are missing, repeated or out of time order."""
        for ready in self._sequence.rest():
            self._write(ready)

    def _write(self, run: Run) -> None:
        self._order.next(run)
        self._messages.write(get(self._folder, run.lines))
        self._timeline.write(get(self._folder, run.csv))
        self.totals.add(run)
        self.months.add(run)
        self.tree.add_all(run.leaves)
        self.table.add(Part(*run.events))
        self._drawn.take(run)

    def _write_native(self, native: Native) -> None:
        number, path, raw, recorded, original = native
        try:
            digest = self._bag.add(path, get(self._folder, raw))
        except FileExistsError:
            raise AccountingError(f"Two items have the number {number}. Nothing was sealed.") from None
        if recorded not in (None, digest):
            raise IntegrityError(
                f"{number} ({original}) is not what was recorded when it was read:"
                f" expected SHA-256 {recorded}, found {digest}. Nothing was sealed."
            )
        self.totals.native += 1


class _Order:
    """Numbers follow each other without a gap, dated items in order of time, undated ones last.

    Within a run that is so by construction (`RunMaker`); here each is held to the one before it.
    """

    def __init__(self) -> None:
        self._main = 0
        self._last_key = ""
        self._last_us: int | None = None
        self._undated = False

    def next(self, run: Run) -> None:
        """Look at the next run; raises AccountingError when it does not belong here."""
        expected = self._main if run.carried_first else self._main + 1
        if run.key <= self._last_key or run.first != expected:
            raise AccountingError(
                f"Item numbers do not follow each other: after {self._main:,} comes {run.first:,}. Nothing was sealed."
            )
        self._last_key, self._main = run.last_key, run.last
        if run.items:
            self._time(run)

    def _time(self, run: Run) -> None:
        if run.first_us is None or run.last_us is None:
            self._undated = True
        elif self._undated or (self._last_us is not None and run.first_us < self._last_us):
            raise AccountingError(f"Item {run.first:,} is not in order of time. Nothing was sealed.")
        else:
            self._last_us = run.last_us
