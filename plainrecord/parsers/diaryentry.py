"""One row of a log of incidents as an envelope and as content: what happened, when it did, when it was written down."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from plainrecord import times
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.diarywords import columns_of, kind_of
from plainrecord.parsers.tabularrows import EMPTY, Cell, Row
from plainrecord.parsers.tabulartimes import block, clock_joined, serial, tidy, written
from plainrecord.records import Account, Conversation, Envelope, Loaded, Position, Unread
from plainrecord.times import Meaning, TimeBlock

SERVICE = "diary"
NO_NAME = "the person who kept this log"
_TITLE = "Log of incidents, written by its owner"
_LATER_US = 86_400_000_000  # an entry written more than a day after the event is marked
_DATES = ("written", "start", "end", "date")


@dataclass(frozen=True, slots=True)
class Entries:
    """What is the same for all entries of one log. `amended`: number of an entry → the numbers of those that correct it."""

    header: tuple[str, ...]
    options: ReadOptions
    since_1904: bool
    member: str
    order: str | None = None
    amended: Mapping[str, list[str]] = field(default_factory=dict)
    columns: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", columns_of(self.header))

    def cell(self, row: Row, name: str) -> Cell:
        """The cell of a field, an empty one when there is none."""
        at = self.columns.get(name)
        return row.cells[at] if at is not None and at < len(row.cells) else EMPTY

    def text(self, row: Row, name: str) -> str:
        """What stands in a field, without spaces around it."""
        return self.cell(row, name).text.strip()

    def date_texts(self, row: Row) -> Iterable[str]:
        """The texts from which the order of day and month can be seen."""
        cells = (self.cell(row, name) for name in _DATES)
        return (cell.text for cell in cells if cell.kind == "text" and cell.text.strip())

    def envelope(self, row: Row) -> Envelope | Unread:
        """The entry of a row; a row that neither says what happened nor when is none."""
        position = Position(self.member, row.locator)
        if not any(self.text(row, name) for name in ("what", "start", "date")):
            return Unread(position, "not-an-entry", "The row neither says what happened nor when.")
        notes = list(row.notes)
        time = self._occurred(row, notes)
        author, owner = self._author(row)
        if self.text(row, "private"):
            notes.append("private-note-left-out")
        return Envelope(
            position,
            "incident",
            SERVICE,
            time,
            author,
            also=(replace(author, role="owner"),) if owner else (),
            conversation=Conversation(key=f"diary:{self.member}", title=_TITLE),
            marks=tuple(self._marks(row, time)),
            notes=tuple(dict.fromkeys(notes)),
        )

    def _author(self, row: Row) -> tuple[Account, bool]:
        """Who wrote the entry, and whether that is the owner of the log."""
        named = self.text(row, "author")
        value = named or next(iter(self.options.owner_names), NO_NAME)
        return Account(SERVICE, "address" if "@" in value else "name", value), not named

    def _occurred(self, row: Row, notes: list[str]) -> TimeBlock:
        name = "start" if self.text(row, "start") or "date" not in self.columns else "date"
        cell, clock = self.cell(row, name), self.cell(row, "clock") if name == "date" else EMPTY
        time = self._time(cell, clock, self._where(name), "occurred", notes)
        sure = self.text(row, "sure").casefold()
        if sure.startswith(("about", "roughly", "around", "approx", "not sure", "ca")):
            notes.append("time-about")
        elif sure.startswith(("unknown", "don't know", "no")):
            notes.append("time-not-known")
        if time.utc_us is None and time.local is None:
            notes.append("time-unreadable" if cell.text.strip() else "time-not-stated")
        return time

    def written(self, row: Row) -> TimeBlock | None:
        """When the entry says it was written down."""
        cell = self.cell(row, "written")
        return self._time(cell, EMPTY, self._where("written"), "written", []) if cell.text.strip() else None

    def _where(self, name: str) -> str:
        return f"column “{self.header[self.columns[name]]}”" if name in self.columns else "no column"

    def _time(self, cell: Cell, clock: Cell, where: str, meaning: Meaning, notes: list[str]) -> TimeBlock:
        raw = clock_joined(cell.text, clock.text)
        if cell.kind == "date":
            found = serial(cell.text, since_1904=self.since_1904)
            if found and clock.text and clock.kind == "text":
                found = written(f"{found.local:%Y-%m-%d} {tidy(clock.text)}", None) or found
        else:
            found = written(raw, self.order)
        if found is None:
            return times.unreadable(raw, where, meaning=meaning)
        notes.extend(found.notes)
        return block(found, raw, where, self.options.timezone, meaning)

    def _marks(self, row: Row, occurred: TimeBlock) -> Iterable[str]:
        delay = _between(occurred, self.written(row))
        if delay is not None and delay > _LATER_US:
            yield "written-later"
        if self.text(row, "amends"):
            yield "amendment"
        if self.text(row, "number") in self.amended and self.text(row, "number"):
            yield "amended"

    def loaded(self, row: Row) -> Loaded:
        """The entry with its words. Every column but a private note is shown, under its own name."""
        envelope = self.envelope(row)
        assert isinstance(envelope, Envelope)
        end = self.cell(row, "end")
        until = self._time(end, EMPTY, self._where("end"), "occurred", []) if end.text.strip() else None
        noted = self.written(row)
        text = self.cell(row, "what").text
        return Loaded(
            envelope,
            dates=tuple(time for time in (until, noted) if time),
            text=text,
            text_from="plain" if text else "none",
            facts=self._facts(row, _delay_words(envelope.time, noted)),
            raw_sha256=row.digest(),
            raw_bytes=len(row.raw),
        )

    def _facts(self, row: Row, delay: str | None) -> dict[str, str]:
        left_out = {self.columns[name] for name in ("what", "private") if name in self.columns}
        facts = {
            self.header[at] if at < len(self.header) else f"Column {at + 1}": cell.text
            for at, cell in enumerate(row.cells)
            if at not in left_out and cell.text.strip()
        }
        kind = self.text(row, "kind")
        if kind:
            facts["kind in the list"] = kind_of(kind) or "not in the list of kinds"
        if delay is not None:
            facts["written after"] = delay
        later = self.amended.get(self.text(row, "number"))
        if later:
            facts["corrected by"] = ", ".join(later)
        return facts


def _between(occurred: TimeBlock, noted: TimeBlock | None) -> int | None:
    """Microseconds from the event to the entry, by instants, or by wall clocks when both float; None when one is unknown."""
    if noted is None:
        return None
    if occurred.utc_us is not None and noted.utc_us is not None:
        return noted.utc_us - occurred.utc_us
    if occurred.local and noted.local:
        return (
            times.resolve_local(_naive(noted.local), "UTC")[0] - times.resolve_local(_naive(occurred.local), "UTC")[0]
        )
    return None


def _delay_words(occurred: TimeBlock, noted: TimeBlock | None) -> str | None:
    """How long after the event the entry says it was written: in minutes, or in days where a time of day is missing."""
    microseconds = _between(occurred, noted)
    if microseconds is None or noted is None:
        return None
    if "day" not in (occurred.precision, noted.precision):
        return f"{microseconds // 60_000_000} minutes"
    days = (_naive(noted.local).date() - _naive(occurred.local).date()).days if noted.local and occurred.local else None
    return None if days is None else f"{days} days"


def _naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


def amendments(rows: Iterable[Row], entries: Entries) -> dict[str, list[str]]:
    """Number of an entry → numbers of the entries that say they correct it, in order."""
    found: dict[str, list[str]] = {}
    for row in rows:
        corrected = entries.text(row, "amends")
        if corrected:
            found.setdefault(corrected, []).append(entries.text(row, "number") or f"row {row.number}")
    return found


def as_fact(amended: Mapping[str, list[str]]) -> str:
    """`amended` for the claim's facts."""
    return json.dumps(amended, ensure_ascii=False)
