"""Facts of a sealed bundle or of a case. Writes nothing to either; knows nothing of how a bundle was made.

Anyone who holds a bundle can count again: nothing but `data/items/messages.jsonl`, `meta/bundle.json`, `meta/coverage.json` and
`facts/confirmed.json` is read. It does not verify the bundle; `plainrecord verify` does. Of a case the same is counted as of
the bundle that would be built of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from plainrecord.bundle.bagreader import Bag, FolderBag, UnreadableError, read_whole
from plainrecord.bundle.bagreader_zip import BadArchiveError, ZipBag
from plainrecord.bundle.blobs import get
from plainrecord.bundle.checks import Findings
from plainrecord.bundle.contents import Contents
from plainrecord.bundle.fact_files import CONFIRMED, count, spans
from plainrecord.bundle.fact_lines import table_of
from plainrecord.bundle.meta import coverage_rows
from plainrecord.bundle.page_parts import ROWS_PER_PAGE
from plainrecord.bundle.runs import MakeRuns, Run
from plainrecord.bundle.sequence import Sequence as Sequenced
from plainrecord.errors import UsageError
from plainrecord.facts import (
    Confirmed,
    Fact,
    Figures,
    Part,
    Table,
    confirmed_of,
    figures,
    read_confirmed_files,
    require_items,
)
from plainrecord.store import Case, contents_of
from plainrecord.store.case import Clock
from plainrecord.store.settings import FILE_NAME as SETTINGS_FILE
from plainrecord.store.working import working_folder

_LONGEST_META = 64 << 20


@dataclass(slots=True)
class Counted:
    """The facts of one bundle or case (`name` in words; `bundle_id` is "" for a case), with what its sources cover."""

    bundle_id: str
    name: str
    coverage: list[dict[str, Any]]
    found: Figures

    def as_json(self) -> dict[str, Any]:
        """The object `plainrecord facts --json` prints."""
        found = self.found
        return {
            "bundle_id": self.bundle_id,
            "zone": found.zone or "UTC",
            "parameters_version": found.parameters_version,
            "confirmed_by": found.confirmed.by,
            "reading": found.reading,
            "coverage": self.coverage,
            "key_dates": [one.as_json() for one in found.dates],
            "tags": [{"tag": one.tag, "items": list(one.items)} for one in found.tags],
            "subject_to_owner": [fact.as_json() for fact in found.subject],
            "owner_to_subject": [fact.as_json() for fact in found.owner],
        }

    def lines(self) -> Iterator[str]:
        """The same in words: coverage first, then each fact with its rule."""
        yield f"Facts of {self.name}. Times of day are in {self.found.zone or 'UTC'}."
        yield "What the sources cover (read this before any figure):"
        for row in self.coverage:
            yield f"  {row['source']} {row['title']}: {row['first_utc'] or '—'} to {row['last_utc'] or '—'}, {row['undated']} undated"
        yield self.found.reading
        for one in self.found.tags:
            yield f"  {one.tag.replace('_', ' ')}: {len(one.items)}"
        for title, found in (
            ("The subject to the owner", self.found.subject),
            ("The owner to the subject", self.found.owner),
        ):
            yield ""
            yield title.upper()
            for fact in found:
                yield from _words(fact)


def count_bundle(path: Path, confirmed: Sequence[Path] = (), *, workers: int = 1) -> Counted:
    """The facts of a bundle (folder or zip). What was confirmed is read from files, else from the bundle itself.

    Raises UsageError in one sentence when it is none, or a file of what was confirmed cannot be understood.
    """
    said = read_confirmed_files(confirmed) if confirmed else None
    with reading_bundle(path) as (bag, about):
        coverage = json.loads(read_whole(bag, "meta/coverage.json", _LONGEST_META))["rows"]
        kept = json.loads(read_whole(bag, CONFIRMED, _LONGEST_META)) if CONFIRMED in bag.files else None
        table = table_of(bag, workers)
        covered = spans(coverage)
    if said is None:
        said = confirmed_of(kept, CONFIRMED) if kept else Confirmed()
    require_items(said, table, _named(confirmed) or CONFIRMED)
    name = str(about["bundle_id"])
    return Counted(name, f"bundle {name}", coverage, figures(table, about["timezone"] or None, covered, said))


@contextmanager
def reading_bundle(path: Path) -> Iterator[tuple[Bag, dict[str, Any]]]:
    """An open bundle and its `meta/bundle.json`; whatever in it cannot be read is a UsageError."""
    try:
        with opened_bundle(path) as bag:
            about = json.loads(read_whole(bag, "meta/bundle.json", _LONGEST_META))
            yield bag, {"bundle_id": about["bundle_id"], "timezone": about["timezone"]}
    except (UnreadableError, BadArchiveError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise UsageError(
            f"{path} cannot be read as a bundle ({why}). Nothing was counted. Check it with “plainrecord verify”."
        ) from None


def count_case(case: Case, confirmed: Sequence[Path] = (), *, workers: int = 1) -> Counted:
    """The facts of what is selected in a case: those of the bundle that would be built of it.

    Raises as `building.build` does, and writes nothing but the selection.
    """
    said = read_confirmed_files(confirmed) if confirmed else Confirmed()
    table = Table()
    with _case_runs(case, workers) as (contents, _, runs):
        for run in runs:
            table.add(Part(*run.events))
    contents.confirmed, contents.confirmed_name = said, _named(confirmed)
    coverage = coverage_rows(contents.sources)
    rows = [row.model_dump() for row in coverage]
    return Counted("", f"the case {case.folder.name}", rows, count(contents, coverage, table))


@contextmanager
def case_lines(case: Case, *, workers: int = 1) -> Iterator[tuple[Contents, Iterator[bytes]]]:
    """What is selected in a case, and its items as the lines of `messages.jsonl` that a bundle of it would have."""
    with _case_runs(case, workers) as (contents, folder, runs):
        sequence = Sequenced(folder, in_order=contents.runs is not None)
        ready = (one for run in runs for one in sequence.take(run._replace(natives=(), media=())))
        lines = (get(folder, run.lines).splitlines() for run in chain(ready, _rest(sequence)))
        yield contents, chain.from_iterable(lines)


def _rest(sequence: Sequenced) -> Iterator[Run]:
    # A generator, so that it is asked only when everything was taken.
    yield from sequence.rest()


@contextmanager
def _case_runs(case: Case, workers: int) -> Iterator[tuple[Contents, Path, Iterator[Run]]]:
    contents = contents_of(case, case.select(), "case", workers=workers)
    with working_folder(case.folder) as folder:
        make = MakeRuns(contents.timezone, ROWS_PER_PAGE, str(folder))
        yield contents, folder, contents.runs(make) if contents.runs else make(contents.items())


def _named(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths)


def count_path(path: Path, confirmed: Sequence[Path], clock: Clock, *, workers: int = 1) -> Counted:
    """The facts of a bundle or of a case, whichever stands there."""
    if not (path / SETTINGS_FILE).is_file():
        return count_bundle(path, confirmed, workers=workers)
    with Case.open(path, clock) as case:
        return count_case(case, confirmed, workers=workers)


def opened_bundle(path: Path) -> Bag:
    """A bundle (folder or zip) for reading, not verified. Raises BadArchiveError or OSError."""
    return FolderBag(path, Findings()) if path.is_dir() else ZipBag(path, Findings())


def _words(fact: Fact) -> Iterator[str]:
    yield f"{fact.id} {fact.heading}"
    yield f"    {fact.rule}"
    for name, value in fact.value.items():
        yield f"    {name.replace('_', ' ')}: {_short(value)}"
    for reason, number in fact.left_out.items():
        if number:
            yield f"    left out, {reason}: {number}"
    if fact.says:
        yield f"    {fact.says}"


def _short(value: Any) -> str:
    """A value on one line; a list of rows as its length and first few."""
    if isinstance(value, list):
        shown = "; ".join(_short(one) for one in value[:5])
        return "none" if not value else f"{len(value)}: {shown}{' …' if len(value) > 5 else ''}"
    if isinstance(value, dict):
        rows = ((name, one) for name, one in value.items() if name != "items")
        return ", ".join(f"{name.replace('_', ' ')} {_short(one)}" for name, one in rows) or "none"
    return "—" if value is None else str(value)
