"""The custody log: append-only lines, each holding the hash of the one before.

A line is the canonical JSON of an event; `this_hash` is the SHA-256 of that event without `this_hash`, and `prev_hash`
is the `this_hash` of the line before (for the first line: 64 zeros, or the seal when the log goes on after sealing).
A log is never edited: a mistake is put right by a later `correction`. This file writes; `checking.py` reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from plainrecord.custody.canonical import NotCanonicalError, canonical
from plainrecord.custody.checking import ChainCheck, hash_of_line
from plainrecord.custody.details import LogOpened, Strict
from plainrecord.custody.events import (
    CUSTODY_SCHEMA_VERSION,
    GENESIS,
    Authority,
    Changes,
    ClockSource,
    Event,
    EventRefusedError,
    Output,
    Result,
    Seal,
    SourceHashes,
    Storage,
    Supersedes,
    Tool,
    Transfer,
    Where,
    Who,
    describe,
    when_block,
)
from plainrecord.errors import IntegrityError
from plainrecord.records import valid_values

REPLACED_NOTE = "Text that was not valid Unicode was replaced by U+FFFD."


class EventFields(TypedDict, total=False):
    """What an event may hold beside its type, what, why, who and details. `occurred` defaults to now, `zone` to UTC;
    None means that a field does not apply."""

    occurred: datetime
    zone: str | None
    clock_source: ClockSource
    clock_offset_s: str
    clock_checked: str
    bundle_id: str | None
    case_ref: str | None
    item_refs: Sequence[str]
    where: Where | Mapping[str, object]
    authority: Authority | Mapping[str, object]
    tool: Tool | Mapping[str, object]
    ruleset_version: str
    source: SourceHashes | Mapping[str, object]
    output: Output | Mapping[str, object]
    transfer: Transfer | Mapping[str, object]
    storage: Storage | Mapping[str, object]
    seal: Seal | Mapping[str, object]
    condition: str
    changes: Changes | Mapping[str, object]
    result: Result | Mapping[str, object]
    supersedes: Supersedes | Mapping[str, object]
    witnesses: Sequence[str]
    note: str


_TIME_FIELDS = ("occurred", "zone", "clock_source", "clock_offset_s", "clock_checked")


class CustodyLog:
    """A log that can only grow.

    `lines` are the existing ones (empty for a new log); all are checked, and IntegrityError names the first problem, so
    that a damaged log is never continued. `clock` gives aware datetimes. `start` is the first line's `prev_hash`.
    `common` are fields put into every event unless the call says otherwise. Only `new_lines` (without line ends) are
    kept in memory.
    """

    def __init__(
        self,
        lines: Iterable[str],
        clock: Callable[[], datetime],
        new_id: Callable[[], str] = lambda: str(uuid4()),
        *,
        start: str = GENESIS,
        common: EventFields | None = None,
    ) -> None:
        check = ChainCheck(start)
        for problem in check.problems(lines):
            raise IntegrityError(f"The custody log was not continued, because it is damaged. {problem}")
        self._clock, self._new_id = clock, new_id
        self._common: EventFields = common or {}
        self._seq, self._head, self._start = check.seq, check.head, start
        self.new_lines: list[str] = []

    @property
    def seq(self) -> int:
        """The number of the last entry, 0 for an empty log."""
        return self._seq

    @property
    def head(self) -> str:
        """`this_hash` of the last entry; `start` for an empty log."""
        return self._head

    def begin(self, who: Who, *, log_id: str | None = None, **fields: Unpack[EventFields]) -> Event:
        """The first entry of a new log, which names the log and the schema version."""
        details = LogOpened(log_id=log_id or self._new_id(), schema_version=CUSTODY_SCHEMA_VERSION)
        return self.append(
            "log.opened",
            what="Opened this custody log.",
            why="To record who did what, when and why, from the first step on.",
            who=who,
            details=details,
            **fields,
        )

    def append(
        self,
        event_type: str,
        *,
        what: str,
        why: str,
        who: Who,
        details: Strict | Mapping[str, object],
        **fields: Unpack[EventFields],
    ) -> Event:
        """Add one event. Raises EventRefusedError, and adds nothing, when a required field is missing or malformed.

        Text that is not valid Unicode is replaced by U+FFFD and the entry's note says so.
        """
        if (event_type == "log.opened") != (self._seq == 0 and self._start == GENESIS):
            raise EventRefusedError("A new custody log begins with “log.opened”, and only there.")
        merged: EventFields = {**self._common, **fields}
        draft: dict[str, object] = {"type": event_type, "what": what, "why": why, "who": who, "details": details}
        draft |= {key: value for key, value in merged.items() if value is not None and key not in _TIME_FIELDS}
        draft |= {"event_id": self._new_id(), "seq": self._seq + 1, "prev_hash": self._head, "when": self._when(merged)}
        event, line = _sealed(event_type, draft)
        self._seq, self._head = event.seq, event.this_hash
        self.new_lines.append(line)
        return event

    def _when(self, fields: EventFields) -> dict[str, object]:
        block = when_block(
            self._clock(),
            fields.get("occurred"),
            fields.get("zone") or "UTC",
            clock_source=fields.get("clock_source", "system_clock"),
            clock_offset_s=fields.get("clock_offset_s"),
            clock_checked=fields.get("clock_checked"),
        )
        # The offset is required, so its absence is written out: null says that nobody held the clock against another.
        return {"clock_offset_s": None} | block.model_dump(mode="json", exclude_none=True)


def _sealed(event_type: str, draft: Mapping[str, object]) -> tuple[Event, str]:
    """The event and its line. What is validated is read back from the very bytes that will be stored."""
    try:
        plain = _with_valid_text({"bundle_id": None, "item_refs": [], **_REQUIRED, **draft})
        plain["this_hash"] = hash_of_line(plain)
        line = canonical(plain)
        return Event.model_validate_json(line), line.decode("utf-8")
    except ValidationError as error:
        raise EventRefusedError(f"The custody event {event_type} was not written: {describe(error)}.") from None
    except NotCanonicalError as error:
        raise EventRefusedError(f"The custody event {event_type} was not written. {error}") from None


_REQUIRED: dict[str, object] = {"where": Where(), "result": Result()}


def _with_valid_text(draft: Mapping[str, object]) -> dict[str, object]:
    plain = {key: _plain(value) for key, value in draft.items()}
    valid = {key: valid_values(value) for key, value in plain.items()}
    if valid != plain:
        note = valid.get("note")
        valid["note"] = f"{note} {REPLACED_NOTE}" if note else REPLACED_NOTE
    return valid


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True, exclude_none=True)
    if isinstance(value, Who):
        fields = {"name": value.name, "role": value.role, "org": value.org, "id_no": value.id_no}
        return fields | ({"contact": value.contact} if value.contact is not None else {})
    return dict(value) if isinstance(value, Mapping) else value
