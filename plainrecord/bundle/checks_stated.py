"""What one of our bundles says about itself (`manifest.json`, `meta/*.json`), read through its published models and held
against each other: one fact stated twice must be the same twice.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from plainrecord.bundle.bagreader import Bag, UnreadableError, read_whole
from plainrecord.bundle.checks import Findings
from plainrecord.bundle.checks_digests import Digested
from plainrecord.bundle.meta import SCHEMA_VERSION, BundleFile, Figures, PeopleFile, RulesFile, SourcesFile
from plainrecord.bundle.salting import MERKLE, SALTS, MerkleFile, SaltsFile
from plainrecord.custody.events import describe
from plainrecord.custody.manifest import MANIFEST_SCHEMA_VERSION, CustodyManifest

MANIFEST = "manifest.json"
BUNDLE = "meta/bundle.json"
SOURCES = "meta/sources.json"
RULES = "meta/rules.json"
PEOPLE = "meta/people.json"
STATED_LIMIT = 256 << 20

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Stated:
    """The files other checks hold things against; None where one cannot be read (said among the findings)."""

    manifest: CustodyManifest | None
    bundle: BundleFile | None
    sources: SourcesFile | None
    rules: RulesFile | None
    merkle: MerkleFile | None
    salts: SaltsFile | None
    people: PeopleFile | None = None

    @property
    def figures(self) -> Figures | None:
        """The counts of `meta/bundle.json`."""
        return self.bundle.counts if self.bundle else None

    @property
    def originals(self) -> set[tuple[str, str]]:
        """(source label, SHA-256) of every original that was handed in."""
        sources = self.sources.sources if self.sources else []
        return {(source.label, original.before.sha256) for source in sources for original in source.originals}


def read_stated(bag: Bag, findings: Findings) -> Stated:
    """Read and validate the files; each fault is a problem of its file."""
    return Stated(
        manifest=_read(bag, MANIFEST, CustodyManifest, findings),
        bundle=_read(bag, BUNDLE, BundleFile, findings),
        sources=_read(bag, SOURCES, SourcesFile, findings),
        rules=_read(bag, RULES, RulesFile, findings),
        people=_read(bag, PEOPLE, PeopleFile, findings),
        merkle=_read(bag, MERKLE, MerkleFile, findings),
        salts=_read(bag, SALTS, SaltsFile, findings),
    )


def check_stated(stated: Stated, digested: Digested, findings: Findings) -> None:
    """Hold the files against each other and against the payload manifest's digest."""
    if stated.manifest and stated.bundle:
        _check_twice_stated(stated.manifest, stated.bundle, findings)
    if stated.manifest and stated.sources:
        _check_originals_agree(stated.manifest, stated.sources, findings)
    if stated.manifest:
        _check_seen(stated.manifest, findings)
    if stated.bundle:
        found = digested.digests.get("manifest-sha256.txt", {}).get("sha256")
        if found and found != stated.bundle.payload_manifest_sha256:
            says = (
                f"It states SHA-256 {stated.bundle.payload_manifest_sha256} for manifest-sha256.txt, which has {found}."
            )
            findings.problem(BUNDLE, "counts", says)
    if stated.bundle and stated.merkle and stated.bundle.merkle_root != stated.merkle.root:
        says = f"It states the root {stated.bundle.merkle_root}, but {MERKLE} has {stated.merkle.root}."
        findings.problem(BUNDLE, "counts", says)
    if stated.bundle and stated.rules:
        _check_settings(stated.bundle, stated.rules, findings)


def _read(bag: Bag, path: str, model: type[_Model], findings: Findings) -> _Model | None:
    if path not in bag.files:
        findings.problem(path, "missing", "This file belongs to every bundle and is not there.")
        return None
    try:
        return model.model_validate_json(read_whole(bag, path, STATED_LIMIT))
    except UnreadableError as error:
        findings.problem(path, "unreadable", f"This file cannot be read: {error}.")
    except ValidationError as error:
        findings.problem(path, "bad-tag-file", f"It is not what its schema says: {describe(error)[:300]}.")
    return None


def _check_twice_stated(manifest: CustodyManifest, bundle: BundleFile, findings: Findings) -> None:
    counts, figures = manifest.counts, bundle.counts
    pairs: list[tuple[str, object, object]] = [
        ("bundle_id", manifest.bundle_id, bundle.bundle_id),
        ("mode", manifest.mode, bundle.mode),
        ("edition", manifest.edition, bundle.edition),
        ("case_ref", manifest.case_ref, bundle.case_ref),
        ("custody head", manifest.custody.head, bundle.custody_head),
        ("included_by_kind", counts.included_by_kind, figures.by_kind),
        ("included_by_source", counts.included_by_source, figures.by_source),
        *(
            (name, getattr(counts, name), getattr(figures, name))
            for name in (
                "seen",
                "included",
                "not_included",
                "unread",
                "attached",
                "from_subject",
                "from_owner",
                "undated",
            )
        ),
    ]
    for name, here, there in pairs:
        if here != there:
            findings.problem(MANIFEST, "counts", f"Its {name} is {here}, but {BUNDLE} says {there}.")


def _check_settings(bundle: BundleFile, rules: RulesFile, findings: Findings) -> None:
    value = [rules.selection_machine, rules.settings, bundle.timezone]
    # The same words as meta.settings_sha256, written out here so that a mistake there is not repeated unseen.
    found = hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    if found != bundle.settings_sha256:
        says = f"Its rule and settings have SHA-256 {found}; {BUNDLE} was written with {bundle.settings_sha256}."
        findings.problem(RULES, "counts", says)


def _check_originals_agree(manifest: CustodyManifest, sources: SourcesFile, findings: Findings) -> None:
    here = {(s.label, o.name, o.before.sha256, o.before.blake3) for s in manifest.sources for o in s.originals}
    there = {(s.label, o.name, o.before.sha256, o.before.blake3) for s in sources.sources for o in s.originals}
    for label, name, sha256, _ in sorted(here ^ there):
        says = f"{MANIFEST} and {SOURCES} do not say the same of original “{name}” of {label} (SHA-256 {sha256})."
        findings.problem(SOURCES, "counts", says)


def _check_seen(manifest: CustodyManifest, findings: Findings) -> None:
    seen = sum(claim.seen for source in manifest.sources for claim in source.read_as)
    if seen != manifest.counts.seen:
        says = f"It counts {manifest.counts.seen} records seen, but its exports add up to {seen}."
        findings.problem(MANIFEST, "counts", says)


def known_version(stated: Stated, findings: Findings) -> bool:
    """Whether the bundle is of a version this tool knows; a later one is checked as a bag only, and that is said."""
    versions = {
        MANIFEST: (stated.manifest.schema_version, MANIFEST_SCHEMA_VERSION) if stated.manifest else None,
        BUNDLE: (stated.bundle.schema_version, SCHEMA_VERSION) if stated.bundle else None,
    }
    for path, pair in versions.items():
        if pair and pair[0] != pair[1]:
            says = (
                f"It is of version {pair[0]}; this tool knows {pair[1]}, so only the bag and its custody were checked."
            )
            findings.problem(path, "bad-tag-file", says)
            return False
    return True
