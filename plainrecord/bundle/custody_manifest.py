"""Fill in the chain-of-custody manifest from the contents of a bundle. Counts that do not balance stop the build."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from plainrecord import __version__
from plainrecord.bundle.contents import Contents, Counts, Person, SelectionRule, Source, SourceClaim, SourceOriginal
from plainrecord.custody.canonical import canonical
from plainrecord.custody.manifest import (
    AccountHeld,
    Balance,
    CustodyHead,
    CustodyManifest,
    DecisionMade,
    FileDigests,
    HandedIn,
    Maker,
    PersonHeld,
    Program,
    ReadAs,
    Rule,
    SourceGiven,
)
from plainrecord.errors import AccountingError
from plainrecord.intake.listing import Digests
from plainrecord.records import valid_text, valid_values
from plainrecord.times import format_utc, to_utc_us

_NOTHING: Mapping[str, int] = MappingProxyType({})


def custody_manifest(
    contents: Contents,
    *,
    made: datetime,
    custody_head: str,
    custody_entries: int,
    digest_files: Sequence[str] = ("manifest-sha256.txt",),
    included_by_kind: Mapping[str, int] = _NOTHING,
    included_by_source: Mapping[str, int] = _NOTHING,
) -> CustodyManifest:
    """The manifest of one bundle made at `made` (aware), whose custody log ends with `custody_head`.

    `digest_files` are the files that list the payload's digests. Raises AccountingError when a count does not balance.
    """
    return CustodyManifest(
        bundle_id=contents.bundle_id,
        mode=contents.mode,
        case_ref=contents.case_ref,
        created_utc=format_utc(to_utc_us(made)),
        made_by=Maker(name=contents.who.name, role=contents.who.role, org=contents.who.org, id_no=contents.who.id_no),
        made_with=Program(name="plainrecord", version=__version__),
        timezone_shown=contents.timezone,
        settings=dict(sorted(contents.settings.items())),
        subject=_person(contents.subject),
        owner=_person(contents.owner),
        sources=[_source(source) for source in contents.sources],
        selection=_rule(contents.selection),
        counts=_balance(contents.counts, included_by_kind, included_by_source),
        custody=CustodyHead(entries=custody_entries, head=custody_head),
        digest_files=list(digest_files),
        warnings=list(contents.warnings),
    )


def _person(person: Person) -> PersonHeld:
    return PersonHeld(
        label=person.label,
        accounts=[
            AccountHeld(
                service=held.account.service,
                kind=held.account.kind,
                value=held.account.value,
                name=held.account.name,
                rule=held.rule,
                basis=held.basis,
                asserted_by=held.asserted_by,
            )
            for held in person.accounts
        ],
    )


def _source(source: Source) -> SourceGiven:
    fates = Counter(fate.fate.value for fate in source.fates)
    return SourceGiven(
        label=source.label,
        name=source.name,
        options=dict(sorted(source.options.items())),
        originals=[_original(original) for original in source.originals],
        fates=dict(sorted(fates.items())),
        read_as=[_claim(source.label, claim) for claim in source.claims],
    )


def _original(original: SourceOriginal) -> HandedIn:
    before = _digests(original.before)
    after = None if original.after is None else _digests(original.after)
    return HandedIn(
        name=original.relpath,
        name_hex=_name_bytes(original.relpath).hex() if valid_text(original.relpath) != original.relpath else None,
        before=before,
        after=after,
        same="not checked" if after is None else "yes" if after == before else "no",
        reason=original.after_reason or None,
        same_as=original.same_as,
    )


def _name_bytes(name: str) -> bytes:
    """The bytes of a file name as the system gave them (POSIX keeps them as escapes, Windows as lone surrogates)."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")


def _digests(digests: Digests) -> FileDigests:
    return FileDigests(sha256=digests.sha256, blake3=digests.blake3, bytes=digests.size)


def _claim(label: str, claim: SourceClaim) -> ReadAs:
    if claim.seen != claim.read + claim.unread:
        raise AccountingError(
            f"In {label}, “{claim.title}” was read as {claim.parser} with {claim.seen} records seen, but {claim.read} read"
            f" and {claim.unread} not readable; these do not balance, so nothing was sealed."
        )
    return ReadAs(
        parser=claim.parser,
        parser_version=claim.parser_version,
        service=claim.service,
        title=claim.title,
        evidence_tier=claim.tier,
        cannot_hold=claim.cannot_hold,
        seen=claim.seen,
        read=claim.read,
        unread=claim.unread,
        undated=claim.undated,
        first_utc=_utc(claim.first_utc_us),
        last_utc=_utc(claim.last_utc_us),
        decisions=[
            DecisionMade(subject=made.subject, chosen=made.chosen, basis=made.basis, certain=made.certain)
            for made in claim.decisions
        ],
        facts=dict(sorted(claim.facts.items())),
    )


def _utc(utc_us: int | None) -> str | None:
    return None if utc_us is None else format_utc(utc_us)


def _rule(rule: SelectionRule) -> Rule:
    # Anything without a canonical form (a fraction, a date object) is a mistake in the rule, found here and not by a reader.
    machine: Any = valid_values(rule.machine)
    canonical(machine)
    return Rule(words=rule.words, machine=machine, near_misses=dict(rule.near_misses))


def _balance(counts: Counts, by_kind: Mapping[str, int], by_source: Mapping[str, int]) -> Balance:
    if counts.seen != counts.included + counts.not_included + counts.unread:
        raise AccountingError(
            f"{counts.seen} records were seen, but {counts.included} included, {counts.not_included} not included and"
            f" {counts.unread} not readable; these do not balance, so nothing was sealed."
        )
    return Balance(
        seen=counts.seen,
        included=counts.included,
        not_included=counts.not_included,
        unread=counts.unread,
        attached=counts.attached,
        from_subject=counts.from_subject,
        from_owner=counts.from_owner,
        undated=counts.undated,
        included_by_kind=dict(sorted(by_kind.items())),
        included_by_source=dict(sorted(by_source.items())),
    )
