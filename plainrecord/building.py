"""From a case to a sealed bundle, and the one-shot way from exports straight to a bundle.

Joins the store and the bundle room; the command line and every other front call these two functions and nothing deeper.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from plainrecord.bundle import Built, build_bundle
from plainrecord.bundle.contents import Source
from plainrecord.bundle.reporting import PaperMaker
from plainrecord.errors import IntegrityError
from plainrecord.facts import read_confirmed_files
from plainrecord.intake.downloads import downloads_of
from plainrecord.intake.listing import Fate, FileFate
from plainrecord.store import Case, CaseSettings, all_records, contents_of, refuse_changed, sources_of
from plainrecord.store.adding import AddResult, Progress
from plainrecord.store.case import Clock
from plainrecord.store.rereading import Rereading
from plainrecord.store.working import working_folder

_TROUBLED = (Fate.UNREADABLE, Fate.REFUSED, Fate.PARTLY_PARSED)


@dataclass(slots=True)
class Made:
    """A finished bundle, with what has to be said about it. `fates` are (source label, fate); `near_misses` name accounts
    that share only the subject's display name, which the bundle itself does not."""

    built: Built
    warnings: list[str] = field(default_factory=list)
    fates: list[tuple[str, FileFate]] = field(default_factory=list)
    near_misses: tuple[tuple[str, int], ...] = ()

    def as_json(self) -> dict[str, object]:
        """The object `bundle --json` and `build --json` print."""
        counts = self.built.counts
        return {
            "bundle_id": self.built.bundle_id,
            "path": str(self.built.path),
            "seal": self.built.seal,
            "counts": {
                "seen": counts.seen,
                "included": counts.included,
                "not_included": counts.not_included,
                "unread": counts.unread,
                "attached": counts.attached,
                "copies": counts.copies,
            },
            "fates": dict(sorted(Counter(fate.fate.value for _, fate in self.fates).items())),
            "files": [
                {"source": label, "path": fate.path, "fate": fate.fate.value, "reason": fate.reason}
                for label, fate in self.fates
            ],
            "near_misses": [{"account": name, "records": count} for name, count in self.near_misses],
            "warnings": self.warnings,
            "handover": str(self.built.handover),
            "after_log": str(self.built.after_log),
        }

    @property
    def troubled(self) -> list[FileFate]:
        """Files handed in that could not be read, or not wholly."""
        return [fate for _, fate in self.fates if fate.fate in _TROUBLED]


def new_bundle_id() -> str:
    """A random bundle id: no name, no date, no meaning ("pr-7k2m9qx4tb")."""
    alphabet = "23456789abcdefghjkmnpqrstvwxyz"
    return "pr-" + "".join(secrets.choice(alphabet) for _ in range(10))


def build(
    case: Case,
    out: Path,
    *,
    zipped: bool = False,
    pdf: bool | None = None,
    workers: int = 1,
    bundle_id: str | None = None,
    progress: Progress | None = None,
    confirmed: Sequence[Path] = (),
) -> Made:
    """Select by the case's settings and seal a bundle below `out`, with what people confirmed of its items in files, and with
    its report on paper unless `pdf` is False; with True every item is in it, however many pages they fill.

    The originals are hashed again after their records were loaded and before anything is sealed. Raises NothingFoundError,
    AccountingError, IntegrityError or UsageError; then nothing is left at the target.
    """
    found = case.select()
    contents = contents_of(case, found, bundle_id or new_bundle_id(), workers=workers)
    if confirmed:
        contents.confirmed = read_confirmed_files(confirmed)
        contents.confirmed_name = ", ".join(path.name for path in confirmed)
    # Joining and choosing walked through all of the case; what is asked of it now is little.
    case.db.execute("PRAGMA shrink_memory")
    again = Rereading(case.db, case.sources(), progress)

    def recheck() -> tuple[Source, ...]:
        again.end()
        refuse_changed(case.db)
        return sources_of(case.db)

    contents.begin_recheck, contents.recheck = again.begin, recheck
    paper = None if pdf is False else _paper(every_item=bool(pdf), workers=workers)
    try:
        built = build_bundle(contents, out, zipped=zipped, progress=progress, paper=paper, workers=workers)
    finally:
        again.stop()
    case.db.execute("BEGIN IMMEDIATE")
    case.keep_custody(built.custody_new_lines)
    case.note_numbers(built.bundle_id)
    case.db.execute("COMMIT")
    fates = [(source.label, fate) for source in sources_of(case.db) for fate in source.fates]
    return Made(built, [*contents.warnings, *built.warnings], fates, found.near_misses)


def _paper(*, every_item: bool, workers: int) -> PaperMaker:
    from plainrecord.paper.report import write_report  # noqa: PLC0415  not loaded where no report is asked for
    from plainrecord.paper.sheet import write_sheet  # noqa: PLC0415

    return PaperMaker(partial(write_report, every_item=every_item, workers=workers), write_sheet)


def make_bundle(
    exports: Sequence[Path],
    settings: CaseSettings,
    out: Path,
    clock: Clock,
    *,
    zipped: bool = False,
    pdf: bool | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Made:
    """One shot: a temporary case beside the target, every export added, one bundle sealed, the case removed."""
    with temporary_case(settings, out, clock) as case:
        added = [
            case.add(one.parts, recheck=False, workers=workers, progress=progress) for one in downloads_of(exports)
        ]
        made = build(case, out, zipped=zipped, pdf=pdf, workers=workers, progress=progress)
    made.warnings = [*_already(added), *made.warnings]
    return made


def _already(added: Sequence[AddResult]) -> list[str]:
    return [
        f"{result.name} holds the same bytes as {result.already}; it was not read twice."
        for result in added
        if result.already
    ]


@contextmanager
def temporary_case(settings: CaseSettings, beside: Path, clock: Clock) -> Iterator[Case]:
    """A case that exists only inside the `with` block, in a working folder below `beside`."""
    with working_folder(beside) as folder, Case.create(folder / "case", settings, clock, durable=False) as case:
        yield case


@dataclass(slots=True)
class Streamed:
    """What `stream_records` did: counts, and a sentence for everything that could not be read.

    `aside` counts the files that nothing was read from, because they are no export that is known or can be read.
    """

    seen: int = 0
    read: int = 0
    unread: int = 0
    aside: int = 0
    notes: list[str] = field(default_factory=list)


def stream_records(
    exports: Sequence[Path],
    settings: CaseSettings,
    work: Path,
    clock: Clock,
    write: Callable[[bytes], object],
    *,
    workers: int = 1,
) -> Streamed:
    """Write every record of the exports, unselected, as JSON lines through `write`, in the order of the originals.

    `work` is an existing folder for the temporary case. Attached messages follow their carrier with `parent` set.
    """
    done = Streamed()
    with temporary_case(settings, work, clock) as case:
        for download in downloads_of(exports):
            result = case.add(download.parts, recheck=True, workers=workers)
            if result.changed:
                raise IntegrityError(
                    f"{', '.join(result.changed)} changed while being read. Nothing was printed of it."
                )
            done.seen, done.unread = done.seen + result.seen, done.unread + result.unread
            done.notes += result.warnings
            done.notes += [f"{fate.path}: {fate.reason}" for fate in result.fates if fate.fate in _TROUBLED]
            done.aside += sum(fate.fate in (Fate.UNKNOWN, Fate.KNOWN_UNSUPPORTED) for fate in result.fates)
        for record in all_records(case, workers):
            done.read += record.parent is None
            write(record.model_dump_json().encode("utf-8", "replace") + b"\n")
    return done


__all__ = ["Made", "Streamed", "build", "make_bundle", "new_bundle_id", "stream_records", "temporary_case"]
