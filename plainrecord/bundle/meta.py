"""`meta/*.json`: the facts of a bundle in machine form, as pydantic models whose JSON Schemas ship beside them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field, create_model

from plainrecord import __version__
from plainrecord.bundle.contents import Contents, Person, Source, SourceClaim, SourceOriginal
from plainrecord.bundle.exhibits import ExhibitsFile
from plainrecord.bundle.items import ItemTotals
from plainrecord.bundle.salting import MerkleFile, SaltsFile
from plainrecord.custody.manifest import DOES_NOT_PROVE
from plainrecord.intake.listing import FileFate
from plainrecord.records import AccountModel, Record, Written
from plainrecord.times import format_utc, to_utc_us

SCHEMA_VERSION = "1.0"
RULESET_VERSION = "1.0"


NOT_REPRODUCIBLE = (
    "bundle id",
    "build time (meta/bundle.json, bag-info.txt, manifest.json, pages, report.pdf)",
    "ids, times and hashes of custody entries",
    "who built it",
    "salts and Merkle root (meta/salts.json, meta/merkle.json)",
)


class Figures(Written):
    """The balance of records. `included` counts lines of messages.jsonl without the `attached` ones."""

    seen: int
    included: int
    not_included: int
    unread: int
    attached: int
    from_subject: int
    from_owner: int
    undated: int
    by_kind: dict[str, int]
    by_source: dict[str, int]
    by_service: dict[str, int]
    native_files: int
    media_files: int
    attachments_without_bytes: int
    conversations: int


class MadeFromModel(Written):
    """The bundle that a service edition was made from; items have the same numbers there."""

    bundle_id: str
    seal: str


class BundleFile(Written):
    """`meta/bundle.json`: what this bundle is. `built_utc` and what hangs on it are not reproducible; the figures are."""

    schema_version: str = SCHEMA_VERSION
    bundle_id: str
    edition: str = "police"
    made_from: MadeFromModel | None = None
    mode: str
    case_ref: str
    built_utc: str
    tool: str = "plainrecord"
    tool_version: str = __version__
    ruleset_version: str = RULESET_VERSION
    timezone: str | None
    subject_label: str
    owner_label: str
    selection: str
    authority: str = "not stated"
    counts: Figures
    settings_sha256: str
    payload_manifest_sha256: str
    custody_head: str
    merkle_root: str


class DigestsModel(Written):
    """Digests of one file."""

    sha256: str
    blake3: str
    bytes: int


class OriginalModel(Written):
    """An original with its digests before and after reading; `unchanged` is null when it was not read again."""

    name: str
    bytes: int
    before: DigestsModel
    after: DigestsModel | None
    unchanged: bool | None
    after_reason: str
    same_as: str | None


class FateModel(Written):
    """What became of one file that was handed in, or that was inside an archive."""

    path: str
    fate: str
    reason: str
    media_type: str
    bytes: int | None
    sha256: str | None
    blake3: str | None


class DecisionModel(Written):
    """Something a parser had to decide, on what evidence."""

    subject: str
    chosen: str
    basis: str
    certain: bool


class ClaimModel(Written):
    """What one parser did with one export: seen = read + unread."""

    parser: str
    parser_version: str
    service: str
    title: str
    tier: str
    seen: int
    read: int
    unread: int
    decisions: list[DecisionModel]
    facts: dict[str, str]


class SourceModel(Written):
    """One thing that was handed in."""

    label: str
    name: str
    options: dict[str, str]
    originals: list[OriginalModel]
    claims: list[ClaimModel]
    fates: list[FateModel]


class SourcesFile(Written):
    """`meta/sources.json`: every original with its digests, every file with its fate, every parser with its counts."""

    schema_version: str = SCHEMA_VERSION
    sources: list[SourceModel]


class AttributedAccount(Written):
    """An account that counts as one person's: by which rule, on what ground, who says so.

    Where the rule is "asserted", a named person attributed it: `asserted_utc` is when, `custody_entry` the id of the entry
    in `custody/custody.jsonl`, `record_refs` ids of records in which the account stands. Else these are null and empty.
    """

    account: AccountModel
    rule: str
    basis: str
    asserted_by: str
    asserted_utc: str | None = None
    custody_entry: str | None = None
    record_refs: list[str] = []


class PersonModel(Written):
    """A label with its accounts."""

    role: str
    label: str
    accounts: list[AttributedAccount]


class PeopleFile(Written):
    """`meta/people.json`: whose accounts are whose, and why: the subject's, the owner's (`role`), and those of other people
    to whom a named person attributed accounts ("other")."""

    schema_version: str = SCHEMA_VERSION
    people: list[PersonModel]


class NearMiss(Written):
    """An account that only shares a display name with the subject: not included unless asked for."""

    account: str
    records: int


class RulesFile(Written):
    """`meta/rules.json`: the selection and every setting, so that the same bundle can be made again, or another one."""

    schema_version: str = SCHEMA_VERSION
    ruleset_version: str = RULESET_VERSION
    selection_words: str
    selection_machine: dict[str, Any]
    near_misses: list[NearMiss]
    settings: dict[str, str]
    reproducible: list[str] = ["data/", "timeline.csv", "selectors.csv", "every count"]
    not_reproducible: list[str] = list(NOT_REPRODUCIBLE)


class CoverageRow(Written):
    """What one export covers, and what it cannot hold.

    `acts`: which things done to the owner it can show, as "yes", "in part: why", "no" or "not known". Where that is not
    "yes", an absence is not known, never none. Empty for formats without such a table.
    """

    source: str
    service: str
    title: str
    first_utc: str | None
    last_utc: str | None
    undated: int
    seen: int
    read: int
    unread: int
    cannot_hold: str
    acts: dict[str, str] = {}


class CoverageFile(Written):
    """`meta/coverage.json`: for which time the sources can say anything at all."""

    schema_version: str = SCHEMA_VERSION
    rows: list[CoverageRow]


class LimitsFile(Written):
    """`meta/limits.json`: what this bundle does not prove, what its sources cannot hold, warnings of this build, and how
    the report on paper was made, or why there is none."""

    schema_version: str = SCHEMA_VERSION
    general: list[str]
    by_export: list[str]
    warnings: list[str]
    report: str = ""


def built_utc(moment: datetime) -> str:
    """The build time as written: RFC 3339 UTC, whole seconds."""
    return format_utc(to_utc_us(moment))


def settings_sha256(contents: Contents) -> str:
    """SHA-256 of the settings that decide what a bundle holds (sorted JSON of selection, settings and time zone)."""
    value = [contents.selection.machine, contents.settings, contents.timezone]
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


def figures(contents: Contents, totals: ItemTotals, conversations: int) -> Figures:
    """The figures of a bundle, from what was written."""
    return Figures(
        seen=contents.counts.seen,
        included=totals.included,
        not_included=contents.counts.not_included,
        unread=contents.counts.unread,
        attached=totals.attached,
        from_subject=totals.by_part["subject"],
        from_owner=totals.by_part["owner"],
        undated=totals.undated,
        by_kind=dict(sorted(totals.by_kind.items())),
        by_source=dict(sorted(totals.by_source.items())),
        by_service=dict(sorted(totals.by_service.items())),
        native_files=totals.native,
        media_files=totals.media,
        attachments_without_bytes=totals.media_missing,
        conversations=conversations,
    )


def meta_files(
    contents: Contents, counts: Figures, built: datetime, manifest: str, head: str, root: str, report: str
) -> dict[str, BaseModel]:
    """The files of facts in `meta/` by name. `manifest` is the payload manifest's SHA-256, `head` that of the custody log,
    `root` that of the items' Merkle tree, `report` a sentence on the report."""
    made_from = contents.made_from
    return {
        "bundle.json": BundleFile(
            bundle_id=contents.bundle_id,
            edition=contents.edition,
            made_from=MadeFromModel(bundle_id=made_from.bundle_id, seal=made_from.seal) if made_from else None,
            mode=contents.mode,
            case_ref=contents.case_ref,
            built_utc=built_utc(built),
            timezone=contents.timezone,
            subject_label=contents.subject.label,
            owner_label=contents.owner.label,
            selection=contents.selection.words,
            counts=counts,
            settings_sha256=settings_sha256(contents),
            payload_manifest_sha256=manifest,
            custody_head=head,
            merkle_root=root,
        ),
        "sources.json": SourcesFile(sources=[_source(source) for source in contents.sources]),
        "people.json": PeopleFile(people=_people(contents)),
        "rules.json": RulesFile(
            selection_words=contents.selection.words,
            selection_machine=contents.selection.machine,
            near_misses=[NearMiss(account=name, records=count) for name, count in contents.selection.near_misses],
            settings=dict(sorted(contents.settings.items())),
        ),
        "coverage.json": CoverageFile(rows=coverage_rows(contents.sources)),
        "limits.json": LimitsFile(
            general=list(DOES_NOT_PROVE),
            by_export=[f"{s.label} {c.title}: {c.cannot_hold}" for s in contents.sources for c in s.claims],
            warnings=list(contents.warnings),
            report=report,
        ),
    }


class CopyModel(Written):
    """Another place where the message of an item stands: the same `bytes`, or the same `content` in other bytes."""

    source: str
    id: str
    original_sha256: str
    original: str
    member: str
    locator: str
    raw_sha256: str | None
    same: Literal["bytes", "content"]


def item_model() -> type[Record]:
    """One line of `messages.jsonl`: a record with its place in this bundle."""
    return create_model(
        "Item",
        __base__=Record,
        item=(str, Field(pattern=r"^M-[0-9]{6,12}(-[0-9]{1,6}){0,8}$")),
        part=(str, Field(pattern="^(subject|owner|context)$")),
        matched=(str, ...),
        conversation_number=(str, Field(pattern=r"^V-[0-9]{4,12}$")),
        gap_before=(int, Field(ge=0)),
        native=(str | None, ...),
        copies=(list[CopyModel], ...),
    )


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of every file described here, by file name."""
    models: Mapping[str, type[BaseModel]] = {
        "bundle": BundleFile,
        "sources": SourcesFile,
        "people": PeopleFile,
        "rules": RulesFile,
        "coverage": CoverageFile,
        "limits": LimitsFile,
        "exhibits": ExhibitsFile,
        "item": item_model(),
        "merkle": MerkleFile,
        "salts": SaltsFile,
    }
    return {f"{name}.schema.json": model.model_json_schema(mode="serialization") for name, model in models.items()}


def pretty(value: BaseModel | Mapping[str, Any]) -> bytes:
    """JSON for people and programs: two spaces, UTF-8, keys in the order of the model."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return (json.dumps(plain, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def _source(source: Source) -> SourceModel:
    return SourceModel(
        label=source.label,
        name=source.name,
        options=source.options,
        originals=[_original(original) for original in source.originals],
        claims=[_claim(claim) for claim in source.claims],
        fates=[_fate(fate) for fate in source.fates],
    )


def _original(original: SourceOriginal) -> OriginalModel:
    before, after = original.before, original.after
    return OriginalModel(
        name=original.relpath,
        bytes=original.size,
        before=DigestsModel(sha256=before.sha256, blake3=before.blake3, bytes=before.size),
        after=DigestsModel(sha256=after.sha256, blake3=after.blake3, bytes=after.size) if after else None,
        unchanged=after == before if after else None,
        after_reason=original.after_reason,
        same_as=original.same_as,
    )


def _claim(claim: SourceClaim) -> ClaimModel:
    return ClaimModel(
        parser=claim.parser,
        parser_version=claim.parser_version,
        service=claim.service,
        title=claim.title,
        tier=claim.tier,
        seen=claim.seen,
        read=claim.read,
        unread=claim.unread,
        decisions=[
            DecisionModel(subject=one.subject, chosen=one.chosen, basis=one.basis, certain=one.certain)
            for one in claim.decisions
        ],
        facts=claim.facts,
    )


def _fate(fate: FileFate) -> FateModel:
    return FateModel(
        path=fate.path,
        fate=fate.fate.value,
        reason=fate.reason,
        media_type=fate.media_type,
        bytes=fate.size,
        sha256=fate.digests.sha256 if fate.digests else None,
        blake3=fate.digests.blake3 if fate.digests else None,
    )


def _people(contents: Contents) -> list[PersonModel]:
    people = [("subject", contents.subject), ("owner", contents.owner), *(("other", one) for one in contents.others)]
    return [_person(role, person) for role, person in people]


def _person(role: str, person: Person) -> PersonModel:
    accounts = [
        AttributedAccount(
            account=AccountModel.of(one.account),
            rule=one.rule,
            basis=one.basis,
            asserted_by=one.asserted_by,
            asserted_utc=one.asserted_utc,
            custody_entry=one.entry,
            record_refs=list(one.refs),
        )
        for one in person.accounts
    ]
    return PersonModel(role=role, label=person.label, accounts=accounts)


def coverage_rows(sources: Iterable[Source]) -> list[CoverageRow]:
    """What each export covers, in the order they were handed in."""
    return [_coverage(source.label, claim) for source in sources for claim in source.claims]


def _coverage(label: str, claim: SourceClaim) -> CoverageRow:
    return CoverageRow(
        source=label,
        service=claim.service,
        title=claim.title,
        first_utc=None if claim.first_utc_us is None else format_utc(claim.first_utc_us),
        last_utc=None if claim.last_utc_us is None else format_utc(claim.last_utc_us),
        undated=claim.undated,
        seen=claim.seen,
        read=claim.read,
        unread=claim.unread,
        cannot_hold=claim.cannot_hold,
        acts=claim.acts,
    )
