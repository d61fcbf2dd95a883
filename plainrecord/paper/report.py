"""`report.pdf`: the whole bundle on paper, made from the bundle's own items while it is being built.

One file for most; a bundle with many items is split into `report-01.pdf` with everything but the items, which names the
others, and files of some thousand items each.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from plainrecord.bundle.bag import Bag
from plainrecord.bundle.page_start import Start
from plainrecord.bundle.reporting import Report
from plainrecord.bundle.shown import plural
from plainrecord.paper import front, volumes
from plainrecord.paper.blocks import Block, Cell, paragraph, table
from plainrecord.paper.facts_shown import fact_blocks
from plainrecord.paper.items import Paper, paper_item
from plainrecord.paper.printable import printable
from plainrecord.paper.typesetting import STANDARDS, Typeset, standards_words, typeset, unavailable
from plainrecord.paper.volumes import Talks, Volume

_ITEMS = "data/items/messages.jsonl"
_ENTRIES = 500
# So many conversations stand in the table of contents; more would fill pages. All are bookmarks.
_CONTENTS = 60
_COPY = 1 << 20
# Above this many items nobody turns the pages: they are set only when that is asked for (two milliseconds and 3 KB each).
MOST_ON_PAPER = 20_000

Progress = Callable[[str, int, int | None], None]


class _RefusedError(Exception):
    """The engine made no PDF; the text says why."""


def write_report(start: Start, bag: Bag, work: Path, progress: Progress, *, every_item: bool = False) -> Report:
    """Write the report into the bag; `work` is a new folder for the engine, which the caller removes.

    More than MOST_ON_PAPER items are left to the pages, and the report says so, unless `every_item` asks for them.

    Never raises for what the evidence holds: where there is no PDF, the answer says so in a sentence.
    """
    missing = unavailable()
    if missing:
        return Report((), f"There is no report.pdf in this bundle. {missing}", troubled=True)
    work.mkdir()
    counts = start.contents.counts
    on_paper = every_item or counts.included + counts.attached <= MOST_ON_PAPER
    writing = _Writing(start, bag.root / _ITEMS, work, progress, on_paper)
    try:
        writing.run()
    except _RefusedError as error:
        return Report((), f"There is no report.pdf in this bundle. {error} Everything else is here.", troubled=True)
    for name in sorted(writing.made):
        with bag.new(name) as target, (work / name).open("rb") as made:
            shutil.copyfileobj(made, target, _COPY)
    return writing.report()


@dataclass(slots=True)
class _Writing:
    """One report on its way. `made` are the files with their standards, `parts` those of the items with what they hold."""

    start: Start
    items: Path
    work: Path
    progress: Progress
    on_paper: bool
    entries: list[tuple[Cell, ...]] = field(default_factory=list)
    made: dict[str, Typeset] = field(default_factory=dict)
    parts: list[tuple[str, str]] = field(default_factory=list)

    def run(self) -> None:
        """Typeset every file of the report."""
        contents, counts = self.start.contents, self.start.counts
        self.progress("making the report", 0, counts.included)
        talks = Talks(contents.conversations, contents.timezone)
        if not self.on_paper:
            # Only the owner's log entries are looked for; a line says its kind once, outside every text.
            for line in self._lines():
                if '"kind":"incident"' in line:
                    self._note_entry(paper_item(json.loads(line), contents.timezone))
            self._typeset("report.pdf", self._sections(None, talks))
            return
        cut = volumes.volumes(self._papers())
        volume = next(cut)
        if len(volume.items) == counts.included + counts.attached:
            self._typeset("report.pdf", self._sections(volume, talks))
        else:
            self._split(chain((volume,), cut), talks)

    def report(self) -> Report:
        """What the bundle says of it."""
        least = min((typeset.standards for typeset in self.made.values()), key=len)
        names = sorted(self.made)
        what = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
        without = "" if self.on_paper else f" {self._not_on_paper()}"
        return Report(tuple(names), f"{what}: made as {standards_words(least)}.{without}", troubled=not least)

    def _not_on_paper(self) -> str:
        return (
            f"The items are more than {MOST_ON_PAPER:,} and are not on paper: they stand in pages/ and in timeline.csv. With"
            " --pdf they are."
        )

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

    def _split(self, every: Iterable[Volume], talks: Talks) -> None:
        """Files of items first: the one that names them can only be made when they are known."""
        done = 0
        for number, volume in enumerate(every, start=2):
            name = f"report-{number:02d}.pdf"
            self.parts.append((name, volume.holds))
            self._typeset(name, [self._timeline(volume), self._conversations(volume, talks)])
            done += len(volume.items)
            self.progress("making the report", done, self.start.counts.included)
        self._typeset("report-01.pdf", self._sections(None, talks))

    def _sections(self, volume: Volume | None, talks: Talks) -> list[dict[str, Any]]:
        """All ten, as on the start page; without a volume, the two of the items name the files that hold them."""
        start = self.start
        middle = (
            [self._timeline(volume), self._conversations(volume, talks)]
            if volume
            else [self._elsewhere("3 Timeline"), self._elsewhere("4 Conversations in full")]
        )
        facts = fact_blocks(start.found, self.work) if start.found else ()
        how = f"This PDF was made as {standards_words(STANDARDS[0])}, unless meta/limits.json says otherwise."
        return [
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

    def _elsewhere(self, title: str) -> dict[str, Any]:
        if not self.on_paper:
            return _section(title, [paragraph(self._not_on_paper())])
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

    def _typeset(self, name: str, sections: list[dict[str, Any]]) -> None:
        contents = self.start.contents
        whole = name in ("report.pdf", "report-01.pdf")
        talks = sum(len(section.get("conversations", ())) for section in sections)
        heading = f"Record {contents.bundle_id}"
        data = {
            "title": f"{heading}, {name}",
            "heading": heading if whole else f"{heading}: {name}",
            "left": f"Bundle {contents.bundle_id}",
            "right": printable(contents.case_ref),
            "foot": name,
            "marking": printable(contents.marking),
            "cover": list(front.cover(self.start, self.parts) if whole else [paragraph(self.parts[-1][1])]),
            "depth": 2 if talks <= _CONTENTS else 1,
            "sections": sections,
        }
        made = typeset("report.typ", data, self.work / name, self.work, self.start.built)
        if made.problem:
            raise _RefusedError(made.problem)
        self.made[name] = made


def _section(title: str, blocks: Iterable[Block]) -> dict[str, Any]:
    return {"title": title, "blocks": list(blocks)}
