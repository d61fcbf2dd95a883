"""The common envelope of every custody event, as it stands on one line of the log.

Required fields are always written, even when null; blocks that do not apply are left out. Times come from an aware
`datetime` the caller gives: nothing here asks a clock. Names follow docs/custody.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import ConfigDict, Field, JsonValue, ValidationError, model_validator

from plainrecord.custody.details import EVENT_TYPES, Count, Sha256, Strict, TaggedSha256, Text
from plainrecord.errors import UsageError
from plainrecord.times import format_utc, load_zone, to_utc_us

CUSTODY_SCHEMA_VERSION = "1.0"
GENESIS = "0" * 64

ROLES = ("witness", "DEFR", "DES", "OIC", "exhibits_officer", "reviewer", "system")
ClockSource: TypeAlias = Literal["system_clock", "system_clock+ntp_checked", "tsa", "manual_watch"]
Basis: TypeAlias = Literal[
    "witness_voluntary",
    "pcsc_s37",
    "pcsc_s41",
    "pace_seizure",
    "warrant",
    "court_order",
    "civil",
    "other_jurisdiction",
    "not_stated",
]
# Settings and forms hand over plain text, so the type is text and the list is held at the border.
Role: TypeAlias = Annotated[str, Field(pattern=f"^({'|'.join(ROLES)})$")]
UtcText: TypeAlias = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
LocalText: TypeAlias = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}$")]


class EventRefusedError(UsageError):
    """A custody event that cannot be written as given; `str()` names the type and each field."""


@dataclass(frozen=True, slots=True)
class Who:
    """The person answerable for a step, as they call themselves; `contact` stays out of anything that is served."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: str = "not stated"
    role: Role = "system"
    org: str = ""
    id_no: str = ""
    contact: str | None = None


class When(Strict):
    """When it happened and when it was written down; `late` says that these differ. `clock_offset_s` is text, seconds."""

    utc: UtcText
    local: LocalText
    tz: Text
    clock_source: ClockSource = "system_clock"
    clock_offset_s: Text | None = None
    clock_checked: Text | None = None
    recorded_utc: UtcText
    late: bool = False

    @model_validator(mode="after")
    def _late_is_true(self) -> When:
        if self.recorded_utc < self.utc:
            raise ValueError("an entry cannot be written down before what it describes")
        if self.late != (self.recorded_utc != self.utc):
            raise ValueError("late must say whether recorded_utc differs from utc")
        return self


class Where(Strict):
    """In words, never an owner's address; `system` (asset tag, host) stays out of anything that is served."""

    place: Text = "not stated"
    system: Text | None = None


class Authority(Strict):
    """On what ground: a code, and the reference and scope that go with it."""

    basis: Basis = "not_stated"
    line_of_enquiry: Text | None = None
    scope: Text | None = None
    agreed_by: Text | None = None
    form_ref: Text | None = None


class Tool(Strict):
    """The program of an automated step."""

    name: Text
    version: Text
    build_hash: TaggedSha256 | None = None
    settings_hash: TaggedSha256 | None = None


class SourceHashes(Strict):
    """What was read: its digest before and after, and its length in bytes."""

    hash_before: TaggedSha256
    hash_after: TaggedSha256
    bytes: Count


class OutputItem(Strict):
    """One thing a step made."""

    ref: Text
    sha256: Sha256
    bytes: Count
    evidence_kind: Literal["recorded", "derived", "computed", "authored"]


class Output(Strict):
    """Everything a step made."""

    items: Annotated[list[OutputItem], Field(min_length=1)]


class Transfer(Strict):
    """From whom to whom, and who signed for it."""

    from_: Text = Field(alias="from")
    to: Text
    method: Text
    receipt_signed_by: Text | None = None


class Storage(Strict):
    """Where something is kept."""

    kind: Text
    location: Text
    encrypted: bool | None = None


class Seal(Strict):
    """A bag seal number or the seal hash of a bundle."""

    kind: Text
    id: Text
    state: Literal["intact", "broken", "resealed", "none"]


class Changes(Strict):
    """A change that could not be avoided."""

    change: Text
    effect: Text
    answered_for_by: Text
    justification: Text


class Result(Strict):
    """How it ended."""

    status: Literal["ok", "failed", "partial"] = "ok"
    message: Text | None = None


class Supersedes(Strict):
    """The entry that this one corrects."""

    event_id: Text
    reason: Text


class Event(Strict):
    """One line of the log. `details` holds what the type requires beyond this envelope (`details.EVENT_TYPES`)."""

    event_id: Text
    seq: Annotated[int, Field(ge=1, le=2**53 - 1)]
    type: Text
    bundle_id: Text | None
    case_ref: Text | None = None
    item_refs: list[Text]
    who: Who
    when: When
    where: Where
    what: Text
    why: Text
    authority: Authority | None = None
    tool: Tool | None = None
    ruleset_version: Text | None = None
    source: SourceHashes | None = None
    output: Output | None = None
    transfer: Transfer | None = None
    storage: Storage | None = None
    seal: Seal | None = None
    condition: Text | None = None
    changes: Changes | None = None
    result: Result
    supersedes: Supersedes | None = None
    witnesses: list[Text] | None = None
    note: Text | None = None
    details: dict[str, JsonValue]
    prev_hash: Sha256
    this_hash: Sha256

    @model_validator(mode="after")
    def _type_is_complete(self) -> Event:
        kind = EVENT_TYPES.get(self.type)
        if kind is None:
            raise ValueError(f"there is no event type “{self.type}”")
        try:
            kind.details.model_validate(self.details)
        except ValidationError as error:
            raise ValueError(f"in details, {describe(error)}") from None
        missing = [block for block in kind.needs if getattr(self, block) is None]
        if missing:
            raise ValueError(f"{self.type} needs {', '.join(missing)}")
        return self


def when_block(
    recorded: datetime,
    occurred: datetime | None = None,
    zone: str = "UTC",
    *,
    clock_source: ClockSource = "system_clock",
    clock_offset_s: str | None = None,
    clock_checked: str | None = None,
) -> When:
    """The `when` block of an entry written at `recorded` about something at `occurred` (default: the same moment).

    Both must be aware; whole seconds are kept. `zone` is an IANA name for the local form. Raises UsageError for an
    unknown zone, ValueError for a floating time, EventRefusedError when the entry would precede what it describes.
    """
    recorded_us, occurred_us = _whole_seconds(recorded), _whole_seconds(occurred or recorded)
    try:
        return When(
            utc=format_utc(occurred_us),
            local=(occurred or recorded).astimezone(load_zone(zone)).isoformat(timespec="seconds"),
            tz=zone,
            clock_source=clock_source,
            clock_offset_s=clock_offset_s,
            clock_checked=clock_checked,
            recorded_utc=format_utc(recorded_us),
            late=recorded_us != occurred_us,
        )
    except ValidationError as error:
        raise EventRefusedError(f"The time of a custody entry was refused: {describe(error)}.") from None


def _whole_seconds(moment: datetime) -> int:
    return to_utc_us(moment.astimezone(UTC).replace(microsecond=0)) if moment.tzinfo else to_utc_us(moment)


def describe(error: ValidationError) -> str:
    """What pydantic found, in one line without the values themselves."""
    return "; ".join(_one(detail) for detail in error.errors(include_url=False, include_input=False))


def _one(detail: Any) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    says = str(detail["msg"]).removeprefix("Value error, ")
    return f"{place}: {says}" if place else says
