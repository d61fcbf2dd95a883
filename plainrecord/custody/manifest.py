"""The chain-of-custody manifest: `manifest.json` at the root of a bundle, one page of facts for people and programs.

It says what was handed in (with hashes before and after reading), what was read and what not, which rule chose the
records, whose accounts were taken to be whose and on what ground, who made the bundle with what, and what all this does
not prove. It names no machine, user or path. Nothing here opens a file; `bundle/` fills it in.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field, JsonValue, field_validator, model_validator

from plainrecord.custody.canonical import canonical
from plainrecord.custody.details import Blake3, Count, Sha256, Text
from plainrecord.custody.events import Role, UtcText
from plainrecord.records import AccountKind, Written, valid_text, valid_values

MANIFEST_SCHEMA_VERSION = "1.0"
Same: TypeAlias = Literal["yes", "no", "not checked"]

DOES_NOT_PROVE = (
    "An account is not a person: nothing here shows who used an account or typed a message.",
    "A sender stated in an export can be false; signs of that are noted with the record and not resolved.",
    "An export shows what its service chose to give on that day; what was deleted or never exported cannot be seen.",
    "Where a source cannot hold something, its absence is not known, and not none.",
    "Times are as the sources state them; a source's clock can be wrong, and a time without a zone stays without one.",
    "Equal hashes show that bytes have not changed since the first hash was taken, and nothing about the time before.",
    "Whoever holds the custody log can rewrite it whole; compare the seal with the one written down elsewhere.",
    "A mail handed in several times is one item that names each place; any other message is listed once for each place.",
    "Counts are counts. No assessment of risk, of intent or of any offence has been made.",
)


class Part(Written):
    """Unknown fields refused, no conversion between types, every string valid Unicode."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class Maker(Part):
    """Who answers for the bundle, as they call themselves."""

    name: Text
    role: Role
    org: str
    id_no: str


class Program(Part):
    """The program that made it."""

    name: Text
    version: Text


class FileDigests(Part):
    """SHA-256 and BLAKE3 in lower-case hex, and the length in bytes."""

    sha256: Sha256
    blake3: Blake3
    bytes: Count


class HandedIn(Part):
    """One original: its digests when it was first read and after reading.

    `same` is `not checked`, with the reason, when it was not read again. `name_hex` holds the name's bytes where they
    are not valid Unicode (filled in by itself). `same_as` names an earlier original with the same bytes.
    """

    name: str
    name_hex: Text | None = None
    before: FileDigests
    after: FileDigests | None
    same: Same
    reason: Text | None = None
    same_as: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _valid_unicode(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(name := data.get("name"), str) and valid_text(name) != name:
            data = {"name_hex": name_bytes(name).hex(), **data}
        return valid_values(data)

    @model_validator(mode="after")
    def _same_is_true(self) -> HandedIn:
        right = "not checked" if self.after is None else "yes" if self.after == self.before else "no"
        if self.same != right:
            raise ValueError(f"same must be “{right}” for these digests")
        return self


def name_bytes(name: str) -> bytes:
    """The bytes of a file name as the system gave them (POSIX keeps them as escapes, Windows as lone surrogates)."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")


class DecisionMade(Part):
    """Something the reading had to decide, and on what evidence."""

    subject: str
    chosen: str
    basis: str
    certain: bool


class ReadAs(Part):
    """What one parser did with one export: seen = read + unread. `cannot_hold` is what such an export cannot show."""

    parser: Text
    parser_version: Text
    service: str
    title: str
    evidence_tier: str
    cannot_hold: str
    seen: Count
    read: Count
    unread: Count
    undated: Count
    first_utc: UtcText | None
    last_utc: UtcText | None
    decisions: list[DecisionMade]
    facts: dict[str, str]

    @model_validator(mode="after")
    def _balanced(self) -> ReadAs:
        if self.seen != self.read + self.unread:
            raise ValueError("seen must be read + unread")
        return self


class SourceGiven(Part):
    """What was handed in under one name. `fates` counts its files by what became of them."""

    label: Text
    name: str
    options: dict[str, str]
    originals: list[HandedIn]
    fates: dict[str, Count]
    read_as: list[ReadAs]


class Balance(Part):
    """seen = included + not_included + unread; `attached` messages are shown with their carrier and counted apart."""

    seen: Count
    included: Count
    not_included: Count
    unread: Count
    attached: Count
    from_subject: Count
    from_owner: Count
    undated: Count
    included_by_kind: dict[str, Count]
    included_by_source: dict[str, Count]

    @model_validator(mode="after")
    def _balanced(self) -> Balance:
        if self.seen != self.included + self.not_included + self.unread:
            raise ValueError("seen must be included + not_included + unread")
        return self


class Rule(Part):
    """The selection in words and in machine form, and the near misses that were counted but not included."""

    words: Text
    machine: dict[str, JsonValue]
    near_misses: dict[str, Count]

    @field_validator("machine")
    @classmethod
    def _without_fractions(cls, machine: dict[str, JsonValue]) -> dict[str, JsonValue]:
        canonical(machine)
        return machine


class AccountHeld(Part):
    """One account taken to be a person's: by which rule, on what ground, and who said so."""

    service: str
    kind: AccountKind
    value: str
    name: str | None
    rule: str
    basis: str
    asserted_by: str


class PersonHeld(Part):
    """A label and its accounts."""

    label: Text
    accounts: list[AccountHeld]


class CustodyHead(Part):
    """The custody log at the time of writing: its file, number of entries and the hash of the last one."""

    file: Text = "custody/custody.jsonl"
    entries: Annotated[int, Field(ge=1)]
    head: Sha256


class CustodyManifest(Part):
    """The whole of `manifest.json`. All numbers are whole; all times are UTC."""

    schema_version: Text = MANIFEST_SCHEMA_VERSION
    kind: Literal["chain-of-custody manifest"] = "chain-of-custody manifest"
    bundle_id: Text
    edition: Literal["police", "service"] = "police"
    mode: Literal["owner", "officer", "lab"]
    case_ref: str
    created_utc: UtcText
    made_by: Maker
    made_with: Program
    timezone_shown: Text | None
    settings: dict[str, str]
    subject: PersonHeld
    owner: PersonHeld
    sources: list[SourceGiven]
    selection: Rule
    counts: Balance
    custody: CustodyHead
    digest_files: Annotated[list[Text], Field(min_length=1)]
    seal: Text = (
        "The seal is the SHA-256 of tagmanifest-sha256.txt. It cannot stand in a file it covers; it is written on the "
        "hand-over sheet beside the bundle."
    )
    not_reproducible: list[Text] = Field(default_factory=lambda: ["bundle_id", "created_utc", "custody"])
    warnings: list[Text]
    does_not_prove: list[Text] = Field(default_factory=lambda: list(DOES_NOT_PROVE))

    def to_bytes(self) -> bytes:
        """The file: UTF-8 JSON, two blanks of indent, fields in the order of the schema, one line end at the end."""
        plain = self.model_dump(mode="json")
        return (json.dumps(plain, ensure_ascii=False, indent=2) + "\n").encode("utf-8")
