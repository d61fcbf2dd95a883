"""From contents to a sealed bundle: every file written once, in an order in which each hash is known when it is needed.

Payload, then the schedules and the timeline, then custody, pages and manifests, then the seal (docs/bundle.md, "Who
states which hash"). Nothing appears at the target before all of it is there and every count balances.
"""

from __future__ import annotations

import errno
import secrets
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from plainrecord import __version__
from plainrecord.bundle import custody_steps, exhibits, fact_files, meta, page_parts, zipping
from plainrecord.bundle.bag import Bag, check_path
from plainrecord.bundle.contents import Contents, Counts, Source
from plainrecord.bundle.custody_manifest import custody_manifest
from plainrecord.bundle.handover import Sheet, handover_text, verify_text
from plainrecord.bundle.items import MESSAGES, ItemTotals, ItemWriter
from plainrecord.bundle.months import Months
from plainrecord.bundle.page_panel import PanelInput
from plainrecord.bundle.page_parts import Written
from plainrecord.bundle.page_runs import Drawn
from plainrecord.bundle.page_start import Start, start_page
from plainrecord.bundle.reporting import NO_REPORT, PaperMaker, Report
from plainrecord.bundle.runs import MakeRuns, Run
from plainrecord.bundle.salting import MERKLE, SALTS, SECRET, MerkleFile, SaltsFile
from plainrecord.bundle.schedules import Schedules, write_schedules
from plainrecord.bundle.selectors import write_selectors
from plainrecord.bundle.workshop import AFTER_LOG, HANDOVER, HANDOVER_PDF, Workshop, workshop
from plainrecord.custody import CustodyLog
from plainrecord.custody.schemas import schema_files
from plainrecord.errors import AccountingError, UsageError
from plainrecord.exhibits import exhibits_of
from plainrecord.facts import Figures, Table
from plainrecord.hashing.merkle import Tree

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Built:
    """A finished bundle.

    `path` is the folder or the zip, `handover` and `after_log` stand beside it. `seal` is 64 lower-case hex digits.
    `custody_new_lines` are what the case's own log has to be continued with.
    """

    bundle_id: str
    path: Path
    seal: str
    counts: Counts
    handover: Path
    after_log: Path
    warnings: tuple[str, ...]
    custody_new_lines: tuple[str, ...]
    zip_sha256: str | None = None


def build_bundle(
    contents: Contents,
    out: Path,
    *,
    zipped: bool = False,
    progress: Progress | None = None,
    paper: PaperMaker | None = None,
    workers: int = 1,
) -> Built:
    """Write `contents` as a bundle below the folder `out` (made when it is not there); see `Built`.

    `paper` makes `report.pdf`; without it there is none. `progress(stage, done, total)` is called now and then. `workers`
    threads pack a zip. Raises AccountingError when counts do not balance, IntegrityError when bytes are not what was
    recorded, UsageError when the name is taken or the disk is full; in each case nothing is left at the target.
    """
    check_path(contents.bundle_id)
    try:
        with workshop(out, contents.bundle_id) as shop:
            return _Building(contents, shop, progress or _silent, paper, workers).run(zipped=zipped)
    except OSError as error:
        raise _refusal(error, out) from error


def _silent(stage: str, done: int, total: int | None) -> None:
    """Nobody asked."""


def _refusal(error: OSError, out: Path) -> UsageError:
    reasons = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EACCES: "writing there is not allowed",
        errno.EPERM: "writing there is not allowed",
        errno.EROFS: "it can only be read",
        errno.EFBIG: "a file would be larger than that disk can hold",
        errno.ENOTDIR: "it is not a folder",
        errno.EEXIST: "it is not a folder",
    }
    reason = reasons.get(error.errno or 0, error.strerror or str(error))
    return UsageError(
        f"The bundle could not be written to {out}: {reason}. Nothing was left there; the case is as it was. Choose another folder."
    )


class _Building:
    """One bundle on its way; the steps of `run` in their order."""

    def __init__(
        self, contents: Contents, shop: Workshop, progress: Progress, paper: PaperMaker | None, workers: int
    ) -> None:
        self._contents = contents
        self._shop = shop
        self._progress = progress
        self._paper = paper
        self._workers = workers
        self._report = NO_REPORT
        self._bag = Bag(shop.bag, contents.bundle_id, shop.spool)
        self._built = contents.clock().astimezone(UTC)
        self._zone = contents.timezone
        # New for each bundle: two editions of one case must not share their salts.
        self._secret = secrets.token_bytes(SECRET)
        self._tree = Tree()

    def run(self, *, zipped: bool) -> Built:
        """Write everything, seal, publish."""
        totals, drawn, months, table = self._write_items()
        contents = self._contents
        if contents.begin_recheck:
            contents.begin_recheck()
        manifest = self._bag.close_payload()
        schedules = write_schedules(self._bag, contents.not_included(), contents.unread(), contents.conversations())
        _require_balance(contents.counts, totals, schedules)
        if contents.edition == "police":
            region = contents.settings.get("region") or None
            write_selectors(self._bag, self._shop.bag / MESSAGES, contents.subject, region)
        timeline, conversations = self._write_pages(drawn, totals)
        sources = contents.recheck() if contents.recheck else contents.sources
        assigned = self._write_exhibits(sources)
        counts = meta.figures(contents, totals, schedules.conversations)
        log, entries = self._write_custody(sources, schedules, counts)
        found = None
        if contents.edition == "police":
            found = self._write_facts(sources, table, paged=bool(timeline.pages))
        start = Start(
            contents,
            sources,
            self._built,
            counts,
            schedules,
            timeline,
            conversations,
            months,
            entries,
            manifest,
            assigned,
            found,
        )
        self._report = self._write_report(start)
        self._bag.add("START_HERE.html", start_page(replace(start, report=self._report)).encode("utf-8"))
        self._write_meta(sources, counts, log, assigned)
        self._progress("sealing", 0, None)
        return self._finish(log, totals, zipped=zipped)

    def _write_items(self) -> tuple[ItemTotals, Drawn, Months, Table]:
        included, spool = self._contents.counts.included, self._shop.spool
        drawn = Drawn(spool, self._bag, self._contents.conversations, self._zone, included)
        # Closed before the workshop is emptied: other processes may still be writing there when a build is given up.
        with (
            closing(self._runs()) as runs,
            ItemWriter(self._bag, spool, drawn, in_order=self._contents.runs is not None) as writer,
        ):
            done = 0
            for run in runs:
                writer.take(run)
                done += run.items + run.carried
                self._progress("writing items", done, included)
            writer.finish()
        self._tree = writer.tree
        return writer.totals, drawn, writer.months, writer.table

    def _runs(self) -> Generator[Run, None, None]:
        contents = self._contents
        make = MakeRuns(self._zone, page_parts.ROWS_PER_PAGE, str(self._shop.spool), self._secret)
        yield from contents.runs(make) if contents.runs else make(contents.items())

    def _write_custody(
        self, sources: tuple[Source, ...], schedules: Schedules, counts: meta.Figures
    ) -> tuple[CustodyLog, list[custody_steps.Entry]]:
        contents = self._contents
        log = custody_steps.continue_log(contents)
        custody_steps.record_selection(log, contents, schedules, counts.included)
        manifest = self._shop.bag / "manifest-sha256.txt"
        written = (self._bag.payload_manifest_sha256, manifest.stat().st_size)
        custody_steps.record_built(log, contents, sources, counts, written)
        return log, custody_steps.write_log(self._bag, contents.custody_lines(), log.new_lines)

    def _write_pages(self, drawn: Drawn, totals: ItemTotals) -> tuple[Written, Written]:
        """Timeline and conversations, as pages of their own when they are many."""
        self._progress("writing pages", 0, None)
        return drawn.write(paged=page_parts.wants_pages(totals.included + totals.attached, totals.characters))

    def _write_facts(self, sources: tuple[Source, ...], table: Table, *, paged: bool) -> Figures:
        self._progress("counting", 0, None)
        contents, coverage = replace(self._contents, sources=sources), meta.coverage_rows(sources)
        found = fact_files.count(contents, coverage, table)
        fact_files.write_facts(self._bag, PanelInput(contents, sources, coverage, found, self._built), paged=paged)
        return found

    def _write_report(self, start: Start) -> Report:
        if self._paper is None:
            return NO_REPORT
        return self._paper.report(start, self._bag, self._shop.spool / "report", self._progress)

    def _write_exhibits(self, sources: tuple[Source, ...]) -> list[exhibits.ExhibitRow]:
        assigned = exhibits_of(self._contents.custody_lines())
        with (self._shop.bag / "data/items/messages.jsonl").open("rb") as lines:
            rows = exhibits.placed(assigned, sources, self._bag, lines)
        exhibits.write_list(self._bag, rows)
        return rows

    def _write_meta(
        self, sources: tuple[Source, ...], counts: meta.Figures, log: CustodyLog, assigned: list[exhibits.ExhibitRow]
    ) -> None:
        bag, contents = self._bag, replace(self._contents, sources=sources)
        for name, value in meta.meta_files(
            contents,
            counts,
            self._built,
            bag.payload_manifest_sha256,
            log.head,
            self._tree.root().hex(),
            self._report.says,
        ).items():
            bag.add(f"meta/{name}", meta.pretty(value))
        bag.add("meta/exhibits.json", meta.pretty(exhibits.ExhibitsFile(exhibits=assigned)))
        self._write_tree()
        for name, schema in meta.schemas().items():
            bag.add(f"meta/schemas/{name}", meta.pretty(schema))
        for name, data in schema_files().items():
            bag.add(f"meta/schemas/{name}", data)
        for name, data in contents.more() if contents.more else ():
            bag.add(name, data)
        manifest = custody_manifest(contents, sources, counts, self._built, (log.seq, log.head))
        bag.add("manifest.json", manifest.to_bytes())
        bag.add("VERIFY.txt", verify_text(contents.bundle_id))

    def _write_tree(self) -> None:
        root = MerkleFile(bundle_id=self._contents.bundle_id, leaves=self._tree.leaves, root=self._tree.root().hex())
        self._bag.add(MERKLE, meta.pretty(root))
        self._bag.add(SALTS, meta.pretty(SaltsFile(secret=self._secret.hex())))

    def _finish(self, log: CustodyLog, totals: ItemTotals, *, zipped: bool) -> Built:
        contents, shop, bag = self._contents, self._shop, self._bag
        if contents.before_seal:
            contents.before_seal(bag.root)
        seal = bag.seal(_bag_info(contents, self._built))
        made, zip_sha256, warnings = shop.bag, None, [self._report.says] if self._report.troubled else []
        if zipped:
            self._progress("packing", 0, None)
            made = shop.beside(".zip")
            zip_sha256 = zipping.write_zip(shop.bag, made, self._workers)
            if made.stat().st_size > zipping.LARGE:
                warnings.append(
                    "The zip is larger than 4 GB, which some evidence systems do not take; hand over the folder."
                )
        counts = replace(contents.counts, attached=totals.attached)
        names = [contents.bundle_id + HANDOVER, contents.bundle_id + AFTER_LOG]
        sheet = Sheet(
            contents.bundle_id, made.name, meta.built_utc(self._built), seal, zip_sha256, counts, bag.octets, bag.files
        )
        text = handover_text(sheet)
        shop.beside(HANDOVER).write_bytes(text)
        if self._paper is not None:
            names += self._sheet_on_paper(self._paper, text.decode("utf-8"))
        sealed = custody_steps.sealed_line(contents, seal, names)
        shop.beside(AFTER_LOG).write_text(sealed + "\n", "utf-8", newline="\n")
        custody_steps.record_sealed(log, contents, seal, names)
        path = shop.publish(made)
        return Built(
            bundle_id=contents.bundle_id,
            path=path,
            seal=seal,
            counts=counts,
            handover=shop.out / names[0],
            after_log=shop.out / names[1],
            warnings=tuple(warnings),
            custody_new_lines=tuple(log.new_lines),
            zip_sha256=zip_sha256,
        )

    def _sheet_on_paper(self, paper: PaperMaker, text: str) -> list[str]:
        """The hand-over sheet as a PDF; gives its name, or nothing where none could be made."""
        contents, out = self._contents, self._shop.beside(HANDOVER_PDF)
        paper.sheet(text, contents.bundle_id, contents.marking, out, self._shop.spool / "sheet", self._built)
        return [out.name] if out.exists() else []


def _require_balance(counts: Counts, totals: ItemTotals, schedules: Schedules) -> None:
    """Every stated count against what was really written; raises AccountingError naming the first that differs."""
    checks = (
        ("records in the bundle", counts.included, totals.included),
        ("records not included", counts.not_included, schedules.not_included),
        ("unread records", counts.unread, schedules.unread),
        ("records seen", counts.seen, totals.included + schedules.not_included + schedules.unread),
        ("records in conversations", counts.included, schedules.in_conversations),
        ("records from the subject", counts.from_subject, totals.by_part["subject"]),
        ("records from the owner", counts.from_owner, totals.by_part["owner"]),
        ("undated records", counts.undated, totals.undated),
    )
    for what, stated, found in checks:
        if stated != found:
            raise AccountingError(
                f"The counts do not balance: {stated:,} {what} were expected and {found:,} found. Nothing was sealed;"
                " the case is as it was. Please report this, with the counts."
            )


def _bag_info(contents: Contents, built: datetime) -> Iterator[tuple[str, str]]:
    yield "Bag-Software-Agent", f"plainrecord {__version__}"
    yield "Bagging-Date", f"{built:%Y-%m-%d}"
    yield "External-Identifier", contents.bundle_id
    yield "External-Description", "Records from message exports, in order of time, with their sources."
    if contents.case_ref:
        yield "Internal-Sender-Identifier", contents.case_ref
    if contents.who.org:
        yield "Source-Organization", contents.who.org
    yield "Bag-Count", "1 of 1"
