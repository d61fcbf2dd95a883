"""`report.pdf`: the whole bundle on paper, made from the bundle's own items while it is being built.

One file for most; a bundle with many items is split into `report-01.pdf` with everything but the items, which names the
others, and files of some thousand items each. Items that would fill more pages than anybody turns stay off it, and it says so.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from plainrecord.bundle.bag import Bag
from plainrecord.bundle.page_start import Start
from plainrecord.bundle.reporting import Report
from plainrecord.bundle.shown import plural
from plainrecord.cluster import ordered_map
from plainrecord.paper import front, volumes
from plainrecord.paper.blocks import Block, Cell, paragraph, table
from plainrecord.paper.extent import pages_of
from plainrecord.paper.facts_shown import fact_blocks
from plainrecord.paper.items import Paper, paper_item
from plainrecord.paper.printable import printable
from plainrecord.paper.typesetting import STANDARDS, Typeset, standards_words, typeset, unavailable
from plainrecord.paper.volumes import Talks, Volume

_ITEMS = "data/items/messages.jsonl"
_ENTRIES = 500
_WHOLE = ("report.pdf", "report-01.pdf")
# So many conversations stand in the table of contents; more would fill pages. All are bookmarks.
_CONTENTS = 60
_COPY = 1 << 20
# A ream of paper. Items that would fill more are set only when that is asked for: nobody turns the pages, and each takes the
# engine five to ten milliseconds and 15 to 25 KB.
MOST_PAGES = 500
# Files set at once, however many processes may be used: each takes up to 0.7 GB.
_AT_ONCE = 4

Progress = Callable[[str, int, int | None], None]


class _RefusedError(Exception):
    """The engine made no PDF; the text says why."""


def write_report(
    start: Start, bag: Bag, work: Path, progress: Progress, *, every_item: bool = False, workers: int = 1
) -> Report:
    """Write the report into the bag; `work` is a new folder for the engine, which the caller removes.

    Items that would fill more than MOST_PAGES are left to the other files of the bundle, and the report says so, unless
    `every_item` asks for them. The files of a split report are set by as many processes as `workers` allows.

    Never raises for what the evidence holds: where there is no PDF, the answer says so in a sentence.
    """
    missing = unavailable()
    if missing:
        return Report((), f"There is no report.pdf in this bundle. {missing}", troubled=True)
    work.mkdir()
    writing = _Writing(start, bag.root / _ITEMS, work, progress, min(workers, _AT_ONCE))
    try:
        writing.run(every_item=every_item)
    except _RefusedError as error:
        return Report((), f"There is no report.pdf in this bundle. {error} Everything else is here.", troubled=True)
    for name in sorted(writing.made):
        with bag.new(name) as target, (work / name).open("rb") as made:
            shutil.copyfileobj(made, target, _COPY)
    return writing.report()


class _Job(NamedTuple):
    """One file to be set: its sections, on how many items, and the folder that the engine may read."""

    name: str
    sections: list[dict[str, Any]]
    cover: list[Block]
    items: int
    folder: Path


@dataclass(slots=True)
class _Writing:
    """One report on its way. `made` are the files with their standards, `parts` those of the items with what they hold;
    `without` is the sentence on items that are not on paper."""

    start: Start
    items: Path
    work: Path
    progress: Progress
    at_once: int
    without: str = ""
    entries: list[tuple[Cell, ...]] = field(default_factory=list)
    made: dict[str, Typeset] = field(default_factory=dict)
    parts: list[tuple[str, str]] = field(default_factory=list)

    def run(self, *, every_item: bool) -> None:
        """Typeset every file of the report."""
        contents, counts = self.start.contents, self.start.counts
        self.progress("making the report", 0, counts.included)
        papers = self._papers() if every_item else self._few()
        if papers is None:
            self._leave_items_out()
            self._set_all([self._whole("report.pdf", None, None)])
            return
        talks = Talks(contents.conversations, contents.timezone)
        cut = volumes.volumes(papers)
        volume = next(cut)
        if len(volume.items) == counts.included + counts.attached:
            self._set_all([self._whole("report.pdf", volume, talks)])
        else:
            self._set_all(self._split(chain((volume,), cut), talks))

    def report(self) -> Report:
        """What the bundle says of it."""
        least = min((typeset.standards for typeset in self.made.values()), key=len)
        names = sorted(self.made)
        what = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
        without = f" {self.without}" if self.without else ""
        says = f"{what}: made as {standards_words(least)}.{without}"
        return Report(tuple(names), says, troubled=not least, without=self.without)

    def _few(self) -> list[Paper] | None:
        """Every item, or None when they would fill more pages than are set unasked."""
        papers, pages = [], 0.0
        for paper in self._papers():
            papers.append(paper)
            pages += pages_of(paper)
            if pages > MOST_PAGES:
                return None
        return papers

    def _leave_items_out(self) -> None:
        """Say where the items are. The owner's log entries have a section of their own: a line says its kind once, outside
        every text."""
        where = "pages/" if self.start.timeline.pages else "START_HERE.html"
        self.without = (
            f"The items would fill more than {MOST_PAGES:,} pages and are not on paper: they stand in {where} and in"
            " timeline.csv. With --pdf they are."
        )
        self.entries.clear()
        for line in self._lines():
            if '"kind":"incident"' in line:
                self._note_entry(paper_item(json.loads(line), self.start.contents.timezone))

    def _papers(self) -> Iterator[Paper]:
        for item in map(json.loads, self._lines()):
            paper = paper_item(item, self.start.contents.timezone)
            self._note_entry(paper)
            yield paper

    def _note_entry(self, paper: Paper) -> None:
        if paper.kind == "incident" and len(self.entries) < _ENTRIES:
            self.entries.append((paper.number, paper.when, paper.row["first"]))

    def _lines(self) -> Iterator[str]:
        with self.items.open(encoding="utf-8", newline="\n") as lines:
            yield from lines

    def _split(self, every: Iterable[Volume], talks: Talks) -> Iterator[_Job]:
        """Files of items first: the one that names them can only be made when they are known."""
        for number, volume in enumerate(every, start=2):
            name = f"report-{number:02d}.pdf"
            self.parts.append((name, volume.holds))
            sections = [self._timeline(volume), self._conversations(volume, talks)]
            yield _Job(name, sections, [paragraph(volume.holds)], len(volume.items), self._folder(name))
        yield self._whole("report-01.pdf", None, None)

    def _folder(self, name: str) -> Path:
        folder = self.work / Path(name).stem
        folder.mkdir()
        return folder

    def _whole(self, name: str, volume: Volume | None, talks: Talks | None) -> _Job:
        """All ten sections, as on the start page; without a volume, the two of the items say where those are."""
        start, folder = self.start, self._folder(name)
        middle = (
            [self._timeline(volume), self._conversations(volume, talks)]
            if volume and talks
            else [self._elsewhere("3 Timeline"), self._elsewhere("4 Conversations in full")]
        )
        facts = fact_blocks(start.found, folder) if start.found else ()
        how = f"This PDF was made as {standards_words(STANDARDS[0])}, unless meta/limits.json says otherwise."
        sections = [
            _section("1 Summary of facts", chain(front.summary(start), facts)),
            _section("2 Exhibit list", chain(front.exhibits(start), front.originals(start))),
            *middle,
            _section("5 What was left out", front.left_out(start)),
            _section("6 Accounts and people", front.people(start)),
            _section("7 Log entries", front.log_entries(start, self.entries)),
            _section("8 Custody", front.custody(start)),
            _section("9 Method, versions, limits", front.method(start, how)),
            _section("10 How to check this", front.check(start)),
        ]
        cover = list(front.cover(start, self.parts, self.without))
        return _Job(name, sections, cover, len(volume.items) if volume else 0, folder)

    def _elsewhere(self, title: str) -> dict[str, Any]:
        if self.without:
            return _section(title, [paragraph(self.without)])
        files = table((("File", "34mm"), ("Holds", "1fr")), self.parts)
        return _section(title, [paragraph(f"In {plural(len(self.parts), 'file')}:"), files])

    def _timeline(self, volume: Volume) -> dict[str, Any]:
        words = (
            "Every item, in order of time. The last column is the page on which it stands in full. Numbers in bold were written"
            " by the subject’s accounts. The same list for a spreadsheet: timeline.csv."
        )
        return _section("3 Timeline", [paragraph(words)]) | volumes.timeline(volume)

    def _conversations(self, volume: Volume, talks: Talks) -> dict[str, Any]:
        words = (
            "Both directions. A thick bar stands beside what the subject’s accounts wrote, a thin one beside what the owner’s"
            " wrote, a dotted one beside the rest. Where messages were left out, a line says how many."
        )
        section = _section("4 Conversations in full", [paragraph(words)])
        return section | {"conversations": talks.of(volume)}

    def _set_all(self, jobs: Iterable[_Job]) -> None:
        """Every file; the engine is a process each, so threads are enough to wait for several."""
        done, total = 0, self.start.counts.included
        with ThreadPoolExecutor(self.at_once) as pool:
            for job, made in ordered_map(self._set, jobs, self.at_once, window=self.at_once, executor=pool):
                if made.problem:
                    raise _RefusedError(made.problem)
                self.made[job.name] = made
                done += job.items
                self.progress("making the report", done, total)

    def _set(self, job: _Job) -> tuple[_Job, Typeset]:
        contents = self.start.contents
        talks = sum(len(section.get("conversations", ())) for section in job.sections)
        heading = f"Record {contents.bundle_id}"
        data = {
            "title": f"{heading}, {job.name}",
            "heading": heading if job.name in _WHOLE else f"{heading}: {job.name}",
            "left": f"Bundle {contents.bundle_id}",
            "right": printable(contents.case_ref),
            "foot": job.name,
            "marking": printable(contents.marking),
            "cover": job.cover,
            "depth": 2 if talks <= _CONTENTS else 1,
            "sections": job.sections,
        }
        return job, typeset("report.typ", data, self.work / job.name, job.folder, self.start.built)


def _section(title: str, blocks: Iterable[Block]) -> dict[str, Any]:
    return {"title": title, "blocks": list(blocks)}
