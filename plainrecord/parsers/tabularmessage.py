"""One row of a mapped table as an envelope and as content: who, when, which way, what else stands in the row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from plainrecord import times
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.media import MediaFiles
from plainrecord.parsers.mapping import Mapping
from plainrecord.parsers.tabularrows import EMPTY, Cell, Row
from plainrecord.parsers.tabulartimes import block, clock_joined, counted, is_clock, serial, tidy, written
from plainrecord.records import Account, Conversation, Envelope, Loaded, Position, Unread
from plainrecord.times import TimeBlock

# Traps of chat.md §24, by the notes they leave: `="0770…"`, a leading apostrophe, 4.477E+11, a number that was text.
_WRAPPED = re.compile(r'="(.*)"', re.DOTALL)
_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)

_WHO = ("direction", "other", "sender", "sender_id", "recipient")
_MOST_KNOWN = 4096
# Sender, recipients, and the owner where that is said.
_People = tuple[Account | None, tuple[Account, ...], Account | None]


@dataclass(frozen=True)
class RowReader:
    """Reads the rows of one table with one mapping. `since_1904` is the workbook's way of counting days."""

    mapping: Mapping
    header: tuple[str, ...]
    options: ReadOptions
    since_1904: bool
    member: str

    @cached_property
    def _at(self) -> dict[str, int]:
        return {field: self.header.index(name) for field, name in self.mapping.columns.named().items()}

    @cached_property
    def _ways(self) -> dict[str, str]:
        said = self.mapping.direction
        return {word.strip().casefold(): way for way in ("incoming", "outgoing") for word in getattr(said, way)}

    @cached_property
    def _owner(self) -> Account | None:
        named = self.mapping.says.owner or next(iter(self.options.owner_names), "")
        return self._account(named, self.mapping.says.service) if named else None

    def cell(self, row: Row, field: str) -> Cell:
        """The cell of a field, an empty one when the mapping or the row has none."""
        at = self._at.get(field)
        return row.cells[at] if at is not None and at < len(row.cells) else EMPTY

    def envelope(self, row: Row) -> Envelope | Unread:
        """What the row says of a message. A row with neither time nor person nor text is no message."""
        position = Position(self.member, row.locator)
        notes: list[str] = list(row.notes)
        time = self.time(row, notes)
        service = self.cell(row, "service").text.strip().casefold() or self.mapping.says.service
        sender, recipients, owner = self._people(row, service, notes)
        if time.utc_us is None and time.local is None and not sender and not self.cell(row, "text").text.strip():
            return Unread(position, "not-a-message", "The row has no time, nobody and no text in the mapped columns.")
        # A workbook stores no empty cells at the end of a row, so there a short row says nothing.
        if len(row.cells) != len(self.header) and row.locator.startswith("bytes:"):
            notes.append("row-shorter-than-header" if len(row.cells) < len(self.header) else "row-longer-than-header")
        return Envelope(
            position,
            "message",
            service,
            time,
            sender,
            recipients,
            also=(replace(owner, role="owner"),) if owner else (),
            conversation=self._conversation(row, sender, recipients),
            notes=tuple(dict.fromkeys(notes)),
        )

    def time(self, row: Row, notes: list[str] | None = None) -> TimeBlock:
        """The time of a row; unreadable ones keep their text."""
        said = notes if notes is not None else []
        field = "time" if "time" in self._at else "date"
        cell, clock, offset = self.cell(row, field), self.cell(row, "clock"), self.cell(row, "offset").text.strip()
        where = f"column “{self.header[self._at[field]]}”"
        form = self.mapping.times.form
        zone = self.mapping.times.timezone or self.options.timezone
        if form not in ("text", "serial"):
            return counted(_bare(cell.text), form, where) or _unreadable(cell.text, where, said)
        raw = clock_joined(cell.text, clock.text) if field == "date" else cell.text
        found = None
        if cell.kind == "date" or form == "serial":
            found = serial(_with_serial_clock(cell, clock), since_1904=self.since_1904)
            raw = " ".join(filter(None, (cell.text, clock.text)))
        else:
            text = clock_joined(_bare(cell.text), _bare(clock.text)) if field == "date" else _bare(cell.text)
            found = written(f"{text} {offset}" if offset else text, self.mapping.order(self.options.date_order))
        if found is None:
            return _unreadable(raw, where, said)
        said.extend(found.notes)
        return block(found, raw, where, zone)

    @cached_property
    def _known_people(self) -> dict[tuple[object, ...], tuple[_People, tuple[str, ...]]]:
        return {}

    def _people(self, row: Row, service: str, notes: list[str]) -> _People:
        """The same few people write row after row: what their cells mean is worked out once."""
        key = (service, *(self.cell(row, field) for field in _WHO))
        known = self._known_people.get(key)
        if known is None:
            if len(self._known_people) >= _MOST_KNOWN:
                self._known_people.clear()
            said: list[str] = []
            known = self._known_people[key] = self._people_of(row, service, said), tuple(said)
        notes.extend(known[1])
        return known[0]

    def _people_of(
        self, row: Row, service: str, notes: list[str]
    ) -> tuple[Account | None, tuple[Account, ...], Account | None]:
        """(sender, recipients, the owner where the row or the mapping says who that is)."""
        word = self.cell(row, "direction").text.strip()
        way = self._ways.get(word.casefold(), "")
        if word and not way:
            notes.append("direction-unknown")
        other = self._stated(row, "other", "", service, notes)
        sender = self._stated(row, "sender_id", "sender", service, notes) or self._stated(
            row, "sender", "", service, notes
        )
        recipients = tuple(self._recipients(row, service, notes))
        owner = self._owner
        if way == "outgoing":
            owner = sender or owner
            return owner, recipients or ((other,) if other else ()), owner
        if way == "incoming":
            return sender or other, recipients or ((owner,) if owner else ()), owner
        return sender or (other if "direction" not in self._at else None), recipients, owner

    def _recipients(self, row: Row, service: str, notes: list[str]) -> Iterator[Account]:
        cell = self.cell(row, "recipient")
        for text in cell.text.split(self.mapping.says.separator) if self.mapping.says.separator else [cell.text]:
            value = self._identity(replace(cell, text=text), notes)
            if value:
                yield self._account(value, service)

    def _stated(self, row: Row, field: str, named: str, service: str, notes: list[str]) -> Account | None:
        value = self._identity(self.cell(row, field), notes)
        if not value:
            return None
        name = self.cell(row, named).text.strip() if named else ""
        return self._account(value, service, name or None)

    def _account(self, value: str, service: str, name: str | None = None) -> Account:
        return Account(service, self.mapping.kind_of(value), value, name)

    def _identity(self, cell: Cell, notes: list[str]) -> str:
        """The identity in a cell. What a spreadsheet did to it is noted, never undone but for its own wrapping."""
        value = _bare(cell.text)
        if value != cell.text.strip():
            notes.append("excel-text-wrapper")
        if _SCIENTIFIC.fullmatch(value):
            notes.append("scientific-notation:digits-may-be-lost")
        elif cell.kind == "number":
            notes.append("stored-as-number:leading-zeros-may-be-lost")
        return value

    def _conversation(self, row: Row, sender: Account | None, recipients: Sequence[Account]) -> Conversation:
        """The chat a row names, else its parties; a table that never says who was written to is one conversation."""
        stated = self.cell(row, "conversation").text.strip()
        if stated:
            return Conversation(key=f"said:{stated}", title=stated)
        if not {"recipient", "other"} & self._at.keys():
            return Conversation(key="whole table")
        parties = {account.value for account in (sender, *recipients) if account}
        return Conversation(key="between:" + "|".join(sorted(parties)))

    def loaded(self, row: Row, claim: Claim, envelope: Envelope) -> Loaded:
        """The row with its text, its files and every other column as a fact."""
        media = MediaFiles(claim.members[1:])
        names = [name.strip() for name in self._file_names(row) if name.strip()]
        files = [media.attachment(claim, name) for name in names]
        text = self.cell(row, "text").text
        return Loaded(
            envelope,
            text=text,
            text_from="plain" if text else "none",
            attachments=[attachment for attachment, _ in files],
            blobs=[data for _, data in files],
            facts=self._facts(row),
            raw_sha256=row.digest(),
            raw_bytes=len(row.raw),
        )

    def _file_names(self, row: Row) -> list[str]:
        text, separator = self.cell(row, "attachments").text, self.mapping.says.separator
        return text.split(separator) if separator else [text]

    def _facts(self, row: Row) -> dict[str, str]:
        """Every cell that is not shown elsewhere, by the name of its column; cells past the header by their number."""
        shown = {self._at[field] for field in ("text", "attachments", "conversation") if field in self._at}
        return {
            self.header[at] if at < len(self.header) else f"Column {at + 1}": cell.text
            for at, cell in enumerate(row.cells)
            if at not in shown and cell.text
        }


def _bare(text: str) -> str:
    """A cell's text without what Excel or an export puts around text that looks like a number."""
    text = text.strip()
    match = _WRAPPED.fullmatch(text)
    if match:
        return match[1].strip()
    return text[1:] if text.startswith("'") and len(text) > 1 else text


def _with_serial_clock(cell: Cell, clock: Cell) -> str:
    """A date cell and the part of a day in its neighbour, both serial numbers, as one; a clock in words is added up too."""
    if not clock.text:
        return cell.text
    try:
        if is_clock(clock.text):
            time = written(f"2000-01-01 {tidy(clock.text)}", None)
            part = (time.local.hour * 3600 + time.local.minute * 60 + time.local.second) / 86_400 if time else 0.0
        else:
            part = float(clock.text) % 1
        return repr(int(float(cell.text)) + part)
    except (ValueError, OverflowError):
        return ""


def _unreadable(raw: str, where: str, notes: list[str]) -> TimeBlock:
    notes.append("time-unreadable")
    return times.unreadable(raw, where)
