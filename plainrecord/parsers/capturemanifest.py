"""The manifest of one captured page, and the receipt for it: their fields, held strictly. docs/capture-api.md explains each.

The browser's extension writes the manifest, the case's own service writes the receipt. Nothing is converted or filled in:
a text is a text, what does not apply is null, an unknown field is refused. It may not read files.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from plainrecord.errors import UsageError

MANIFEST_SCHEMA = "plainrecord-capture/1"
RECEIPT_SCHEMA = "plainrecord-capture-receipt/1"

UUID_PATTERN = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
PART_NAME_PATTERN = r"[a-z0-9][a-z0-9._-]{0,63}"
MOST_PARTS = 600

Uuid: TypeAlias = Annotated[str, Field(pattern=f"^{UUID_PATTERN}$")]
PartName: TypeAlias = Annotated[str, Field(pattern=f"^{PART_NAME_PATTERN}$")]
Sha256: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Address: TypeAlias = Annotated[str, Field(max_length=8192)]
Short: TypeAlias = Annotated[str, Field(max_length=4096)]
Long: TypeAlias = Annotated[str, Field(max_length=65_536)]
Whole: TypeAlias = Annotated[int, Field(ge=0, le=2**53 - 1)]
# Pages of any size, and places above or left of their beginning.
Length: TypeAlias = Annotated[float, Field(ge=-1e9, le=1e9)]
# Up to the last day of the year 9999.
Milliseconds: TypeAlias = Annotated[float, Field(ge=0, le=253_402_300_799_999)]
Difference: TypeAlias = Annotated[float, Field(ge=-253_402_300_799_999, le=253_402_300_799_999)]

Role = Literal["viewport", "tile", "picture", "text", "selection", "mhtml", "html", "snapshot", "other"]
PartType = Literal[
    "image/png",
    "image/jpeg",
    "multipart/related",
    "text/html",
    "text/plain",
    "application/pdf",
    "application/json",
]
Stopped = Literal["end", "limit-tiles", "limit-time", "limit-bytes", "person", "tab-changed", "page-changed", "fault"]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)


class Moment(_Given):
    """One moment by the device's clock and by the monotonic clock of the capture page."""

    wall_ms: Milliseconds
    mono_ms: Milliseconds


class Series(_Given):
    """Which of several captures of one long thread this is."""

    id: Uuid
    part: Annotated[int, Field(ge=1, le=10_000)]
    of: Annotated[int, Field(ge=1, le=10_000)] | None


class Page(_Given):
    """What the browser says of the page, and what the page says of itself."""

    url: Annotated[Address, Field(min_length=1)]
    url_after: Annotated[Address, Field(min_length=1)]
    title: Short
    title_after: Short
    canonical: Address | None
    referrer: Address | None
    language: Short | None
    charset: Short | None
    content_type: Short | None


class Person(_Given):
    """What the person said."""

    note: Long | None
    viewing_as: Short | None
    logged_in: bool | None
    subject_account: Short | None
    warned: bool | None
    authority: Short | None


class View(_Given):
    """What was in view, in CSS pixels."""

    width: Length
    height: Length
    scroll_x: Length
    scroll_y: Length
    page_width: Length
    page_height: Length
    pixel_ratio: Length
    zoom: Length


class ServerClock(_Given):
    """What the site's server said of the time when it was asked, or why it said nothing. It is the site's claim."""

    asked: Moment
    answered: Moment
    date: Short | None
    offset_ms: Difference | None
    uncertainty_ms: Difference | None
    reason: Short | None


class Times(_Given):
    """When it was, by each clock there is."""

    clicked: Moment
    finished: Moment
    zone: Short | None
    utc_offset_minutes: Annotated[int, Field(ge=-1440, le=1440)] | None
    server: ServerClock | None


class Browser(_Given):
    """With what."""

    user_agent: Short
    brands: Annotated[list[Short], Field(max_length=50)]
    languages: Annotated[list[Short], Field(max_length=50)]
    extension_id: Short
    extension_version: Short


class Extent(_Given):
    """How much of the page was kept, and why it ended there."""

    kind: Literal["page", "thread", "view", "pdf"]
    reached_end: bool | None
    stopped: Stopped


class Step(_Given):
    """One thing that was tried."""

    step: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    result: Literal["stored", "failed", "skipped"]
    reason: Short | None
    wall_ms: Milliseconds
    mono_ms: Milliseconds
    part: PartName | None


class Part(_Given):
    """One file of a capture."""

    name: PartName
    role: Role
    type: PartType
    size: Annotated[Whole, Field(ge=1)]
    sha256: Sha256
    order: Annotated[int, Field(ge=1, le=100_000)] | None
    x: Length | None
    y: Length | None
    width: Length | None
    height: Length | None


class Manifest(_Given):
    """One capture."""

    schema_: Literal["plainrecord-capture/1"] = Field(alias="schema")
    id: Uuid
    series: Series | None
    page: Page
    person: Person
    selection: Long | None
    view: View
    times: Times
    browser: Browser
    extent: Extent
    steps: Annotated[list[Step], Field(max_length=5000)]
    parts: Annotated[list[Part], Field(min_length=1, max_length=MOST_PARTS)]

    @model_validator(mode="after")
    def _names_differ(self) -> Manifest:
        if len({part.name for part in self.parts}) < len(self.parts):
            raise ValueError("two parts have the same name")
        return self


class ReceiptPart(_Given):
    """One file as it was found on the disk."""

    name: PartName
    sha256: Sha256
    size: Whole


class Receipt(_Given):
    """What was stored, when, and where it stands in the case's custody log."""

    schema_: Literal["plainrecord-capture-receipt/1"] = Field(alias="schema")
    capture: Annotated[str, Field(pattern=r"^C-\d{4,9}$")]
    id: Uuid
    browser: Annotated[str, Field(pattern=r"^B-\d{2,6}$")]
    origin: Short
    manifest_sha256: Sha256
    parts: list[ReceiptPart]
    count: Whole
    received_utc: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
    chain_seq: Whole
    chain_head: Sha256
    key_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class SignedReceipt(_Given):
    """A receipt as kept beside the parts: the exact signed text, the signature, and the public key it can be checked with."""

    receipt: str
    signature: str
    public_key: str


def read_manifest(data: bytes) -> Manifest:
    """The manifest in these bytes; raises UsageError, naming each field that is not as it must be."""
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        raise UsageError(_described(error)) from None


def read_receipt(data: bytes) -> tuple[Receipt, SignedReceipt]:
    """The receipt in the bytes of a receipt file, and the file's own fields. Raises UsageError. No signature is checked."""
    try:
        signed = SignedReceipt.model_validate_json(data)
        return Receipt.model_validate_json(signed.receipt), signed
    except ValidationError as error:
        raise UsageError(_described(error)) from None


def _described(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'the whole'}: {one['msg']}" for one in found[:5])
