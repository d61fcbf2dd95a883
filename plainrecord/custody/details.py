"""What each type of custody event must say beyond the common envelope: one small model per type.

`EVENT_TYPES` is the whole list. A type that is not in it, or that lacks a required field, is refused when an entry is
appended and reported when a log is checked. Optional fields are those that only sometimes apply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

Text: TypeAlias = Annotated[str, Field(min_length=1)]
Sha256: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Blake3: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
TaggedSha256: TypeAlias = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Count: TypeAlias = Annotated[int, Field(ge=0, le=2**53 - 1)]
Covers: TypeAlias = Literal["file", "list of files"]
Block: TypeAlias = Literal["authority", "tool", "source", "output", "transfer", "storage", "seal", "supersedes"]


class Strict(BaseModel):
    """Unknown fields refused; no conversion between types, so that a number never turns into text or back."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True, defer_build=True)


class HashedFile(Strict):
    """One file with its digests (lower-case hex) and its length in bytes."""

    ref: Text
    sha256: Sha256
    blake3: Blake3 | None = None
    bytes: Count


class LogOpened(Strict):
    """The first line of a log."""

    log_id: Text
    schema_version: Text


class Scope(Strict):
    """What an agreement covers, in words."""

    accounts: list[str]
    people: list[str]
    dates: Text


class Agreement(Strict):
    """Who agreed to what, on which notice, and how it was explained."""

    agreed_by: Text
    scope: Scope
    notice_ref: Text
    how_explained: Text
    right_to_refuse_explained: bool


class SourceIdentified(Strict):
    """A place where records may be; `not_collected_reason` when it was left alone."""

    platform: Text
    account_label: Text
    device_or_owner: Text
    expected_dates: Text
    not_collected_reason: Text | None = None


class ExportRequested(Strict):
    """What was asked of a platform."""

    platform: Text
    format: Text
    media: Literal["yes", "no", "not offered"]
    dates: Text
    requested_by: Text
    requested_at: Text


class ExportObtained(Strict):
    """What the platform gave."""

    how: Text
    file_name: Text
    bytes: Count
    sha256: Sha256
    platform_date: Text | None = None
    link_expiry: Text | None = None


class CapturePart(Strict):
    """One saved part of a web page."""

    kind: Literal["dom", "screenshot", "media", "text", "archive", "other"]
    file: HashedFile


class CaptureWeb(Strict):
    """A page as it was shown to a person; null where nobody said whether it was logged in, or whether the risk was shown."""

    url_shown: Text
    url_final: Text
    title: str
    viewing_as: Text
    logged_in: bool | None
    browser: Text
    extension_version: Text
    viewport: Text
    parts: Annotated[list[CapturePart], Field(min_length=1)]
    page_timezone: Text | None = None
    notification_risk_shown: bool | None
    officer_authority: Text | None = None


class CaptureScreen(Strict):
    """A picture of a screen."""

    device: Text
    app: Text
    app_version: Text
    how: Literal["screenshot", "photo of screen"]
    clock_visible: bool
    sha256: Sha256
    shows: Text


class LogEntryMade(Strict):
    """An entry a person wrote in their own log."""

    occurred_from: Text
    occurred_to: Text
    recorded: Text
    precision: Text
    written_later: bool
    author: Text


class IntakeReceived(Strict):
    """What was handed in. For several files the digest is that of their list in sha256sum form."""

    given_by: Text
    given_to: Text
    medium: Text
    seal_state: Literal["intact", "broken", "resealed", "no seal"]
    condition: Text
    files: Count
    bytes: Count
    sha256: Sha256
    covers: Covers
    sha256_claimed: Sha256 | None = None
    match: Literal["yes", "no", "nothing claimed"]

    @model_validator(mode="after")
    def _match_is_true(self) -> IntakeReceived:
        claimed = self.sha256_claimed
        right = "nothing claimed" if claimed is None else "yes" if claimed == self.sha256 else "no"
        if self.match != right:
            raise ValueError(f"match must be “{right}” for these hashes")
        return self


class HashRecorded(Strict):
    """Digests of files as they were received."""

    algorithms: Annotated[list[Text], Field(min_length=1)]
    values: Annotated[list[HashedFile], Field(min_length=1)]
    as_received: bool


class Copied(Strict):
    """How a copy was made; its hashes stand in `source` and `output`."""

    medium: Text
    write_blocked: bool


class AccessRead(Strict):
    """Why and how deep somebody looked."""

    reason: Text
    view_mode: Literal["metadata only", "text", "media"]


class ParsePerformed(Strict):
    """What one parser did with one input: seen = parsed + skipped + failed."""

    parser: Text
    parser_version: Text
    input_sha256: Sha256
    input_covers: Covers
    seen: Count
    parsed: Count
    skipped: Count
    failed: Count
    reasons: dict[str, Count]
    timezone_decision: Text
    output_sha256: Sha256 | None = None

    @model_validator(mode="after")
    def _balanced(self) -> ParsePerformed:
        if self.seen != self.parsed + self.skipped + self.failed:
            raise ValueError("seen must be parsed + skipped + failed")
        return self


class SelectorUsed(Strict):
    """An identity as used for attribution or selection."""

    service: str
    kind: Text
    value: Text


class Attribution(Strict):
    """Accounts that a named person says belong to somebody; `item_refs` and `other_item_refs` are the two sides. `role`
    says which of the two people a bundle is about it is, if either."""

    selectors: Annotated[list[SelectorUsed], Field(min_length=1)]
    person: Text
    asserted_by: Text
    basis: Text
    other_item_refs: list[Text]
    role: Literal["subject", "owner", "other"] | None = None


class SelectionPerformed(Strict):
    """Which records went in, by which rule, and how many did not, by reason."""

    rule_words: Text
    rule_machine: dict[str, JsonValue]
    selectors: list[SelectorUsed]
    dates: Text
    included: Count
    excluded: dict[str, Count]
    context_window: Text


class TransformPerformed(Strict):
    """A rendering, transcoding, thumbnail, transcript or translation."""

    kind: Literal["render", "transcode", "thumbnail", "transcribe", "translate"]
    made_with: Text
    input_sha256: Sha256
    output_sha256: Sha256
    lossless: bool
    translator: Text | None = None


class RedactionApplied(Strict):
    """What was removed (not just covered), and where the whole item is."""

    kind: Text
    reason: Text
    by: Text
    unredacted_kept_at: Text
    redacted_sha256: Sha256
    method: Text


class Withheld(Strict):
    """An item that was kept back."""

    item: Text
    reason: Literal["third_party_private", "legal_privilege_possible", "under18_image", "safety"]
    decided_by: Text


class Tag(Strict):
    """A person's tag on an item."""

    tag: Text
    item: Text
    person: Text
    time: Text
    basis: Text


class ExhibitParts(Strict):
    """An exhibit: its reference in parts, so that no separator is ever taken for part of a name, and what it covers.

    `covers` names what it is: `bundle`, `source:S01`, `record:` with the record's id, or `media:` with a SHA-256.
    """

    initials: Annotated[str, Field(pattern="^[A-Z]{1,6}$")]
    number: Annotated[int, Field(ge=1, le=99_999)]
    sub: Annotated[str, Field(pattern="^[A-Za-z0-9]{0,4}$")] = ""
    separator: Literal["/", "", "-"] = "/"
    description: Text
    covers: Annotated[list[Text], Field(min_length=1)]
    statement_date: Text | None = None
    location: Text | None = None
    derived_from: Text | None = None


class ExhibitAssigned(Strict):
    """An exhibit reference given by its producer."""

    new_ref: Text
    producer: Text
    old_ref: Text | None = None
    exhibit: ExhibitParts | None = None


class ExhibitChanged(Strict):
    """A reference that changed; the old one is kept."""

    new_ref: Text
    old_ref: Text
    producer: Text
    exhibit: ExhibitParts | None = None


class BundleBuilt(Strict):
    """What a bundle was made from."""

    settings_hash: TaggedSha256
    inputs: list[HashedFile]
    counts: dict[str, Count]
    not_reproducible: list[Text]


class BundleSealed(Strict):
    """The seal, and where it was written down outside the bundle."""

    seal_hash: Sha256
    covers: Text
    written_down_at: list[Text]


class BundleSigned(Strict):
    """A signature over a seal."""

    key_id: Text
    algorithm: Text
    fingerprint: Text
    how_published: Text


class TimestampObtained(Strict):
    """A time stated by somebody outside."""

    method: Literal["RFC 3161", "OTS"]
    authority_name: Text
    hash_sent: Sha256
    token_sha256: Sha256
    time_asserted: Text


class VerifyPerformed(Strict):
    """A check, by program or by hand."""

    verifier: Text
    checks: Annotated[list[Text], Field(min_length=1)]
    outcome: Literal["no problem found", "problems found"]
    mismatches: list[Text]


class Transferred(Strict):
    """A hand-over: both signatures and the hash at both ends; who, to whom and how stand in `transfer`."""

    signed_by_giver: Text
    signed_by_taker: Text
    sha256_given: Sha256
    sha256_taken: Sha256


class Stored(Strict):
    """Where it lies, or lay."""

    store: Text
    slot: Text
    reason: Text


class Disclosed(Strict):
    """Which version somebody was given."""

    to: Text
    version: Text
    redaction_set: Text
    under_authority: Text


class Discrepancy(Strict):
    """Something is not what was recorded."""

    expected: Text
    found: Text
    first_noticed_by: Text
    action: Text


class ClockChecked(Strict):
    """A clock held against another; `offset_s` in seconds, as text."""

    device: Text
    reference: Text
    offset_s: Text


class Correction(Strict):
    """An earlier entry was wrong; `supersedes` names it."""

    what_was_wrong: Text
    reason: Text


class Ended(Strict):
    """Returned, retained or disposed of."""

    to: Text
    under_authority: Text
    method: Text
    review_date: Text | None = None


@dataclass(frozen=True, slots=True)
class EventType:
    """One type: the model of its `details` and the envelope blocks it cannot do without."""

    details: type[Strict]
    needs: tuple[Block, ...] = ()


EVENT_TYPES: dict[str, EventType] = {
    "log.opened": EventType(LogOpened),
    "agreement.recorded": EventType(Agreement),
    "agreement.changed": EventType(Agreement),
    "agreement.withdrawn": EventType(Agreement),
    "source.identified": EventType(SourceIdentified),
    "export.requested": EventType(ExportRequested),
    "export.obtained": EventType(ExportObtained),
    "capture.web": EventType(CaptureWeb),
    "capture.screen": EventType(CaptureScreen),
    "log.entry_made": EventType(LogEntryMade),
    "intake.received": EventType(IntakeReceived),
    "hash.recorded": EventType(HashRecorded),
    "copy.evidentiary": EventType(Copied, ("source", "output")),
    "copy.working": EventType(Copied, ("source", "output")),
    "access.read": EventType(AccessRead),
    "parse.performed": EventType(ParsePerformed, ("tool",)),
    "attribution.asserted": EventType(Attribution),
    "attribution.withdrawn": EventType(Attribution),
    "selection.performed": EventType(SelectionPerformed),
    "transform.performed": EventType(TransformPerformed),
    "redaction.applied": EventType(RedactionApplied),
    "withheld": EventType(Withheld),
    "annotation.added": EventType(Tag),
    "tag.confirmed": EventType(Tag),
    "tag.rejected": EventType(Tag),
    "exhibit.ref_assigned": EventType(ExhibitAssigned),
    "exhibit.ref_changed": EventType(ExhibitChanged),
    "bundle.built": EventType(BundleBuilt, ("tool",)),
    "bundle.sealed": EventType(BundleSealed),
    "bundle.signed": EventType(BundleSigned),
    "timestamp.obtained": EventType(TimestampObtained),
    "verify.performed": EventType(VerifyPerformed),
    "transfer.released": EventType(Transferred, ("transfer", "seal")),
    "transfer.received": EventType(Transferred, ("transfer", "seal")),
    "storage.placed": EventType(Stored, ("storage",)),
    "storage.removed": EventType(Stored, ("storage",)),
    "disclosed": EventType(Disclosed),
    "integrity.discrepancy": EventType(Discrepancy),
    "clock.checked": EventType(ClockChecked),
    "correction": EventType(Correction, ("supersedes",)),
    "returned": EventType(Ended),
    "retained": EventType(Ended),
    "disposed": EventType(Ended),
}
