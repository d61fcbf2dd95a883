"""`manifest.json`, the chain-of-custody manifest, filled in from what was built."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime

from plainrecord import __version__
from plainrecord.bundle.contents import Contents, Person, Source, SourceClaim, SourceOriginal
from plainrecord.bundle.meta import Figures, built_utc
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
from plainrecord.intake.listing import Digests
from plainrecord.times import format_utc


def custody_manifest(
    contents: Contents, sources: tuple[Source, ...], counts: Figures, built: datetime, head: tuple[int, str]
) -> CustodyManifest:
    """The whole manifest. `head` is the number of custody entries in the bag and the hash of the last."""
    return CustodyManifest(
        bundle_id=contents.bundle_id,
        mode=contents.mode,
        edition=contents.edition,
        case_ref=contents.case_ref,
        created_utc=built_utc(built),
        made_by=Maker(name=contents.who.name, role=contents.who.role, org=contents.who.org, id_no=contents.who.id_no),
        made_with=Program(name="plainrecord", version=__version__),
        timezone_shown=contents.timezone,
        settings=dict(sorted(contents.settings.items())),
        subject=_person(contents.subject),
        owner=_person(contents.owner),
        sources=[_source(source) for source in sources],
        selection=Rule(
            words=contents.selection.words or "not stated",
            machine=json.loads(json.dumps(contents.selection.machine, default=str)),
            near_misses=dict(contents.selection.near_misses),
        ),
        counts=_balance(counts),
        custody=CustodyHead(entries=head[0], head=head[1]),
        digest_files=["manifest-sha256.txt", "tagmanifest-sha256.txt"],
        warnings=list(contents.warnings),
    )


def _balance(counts: Figures) -> Balance:
    return Balance(
        seen=counts.seen,
        included=counts.included,
        not_included=counts.not_included,
        unread=counts.unread,
        attached=counts.attached,
        from_subject=counts.from_subject,
        from_owner=counts.from_owner,
        undated=counts.undated,
        included_by_kind=counts.by_kind,
        included_by_source=counts.by_source,
    )


def _person(person: Person) -> PersonHeld:
    accounts = [
        AccountHeld(
            service=one.account.service,
            kind=one.account.kind,
            value=one.account.value,
            name=one.account.name,
            rule=one.rule,
            basis=one.basis,
            asserted_by=one.asserted_by,
        )
        for one in person.accounts
    ]
    return PersonHeld(label=person.label or "not stated", accounts=accounts)


def _source(source: Source) -> SourceGiven:
    fates = Counter(fate.fate.value for fate in source.fates)
    return SourceGiven(
        label=source.label,
        name=source.name,
        options=source.options,
        originals=[_original(one) for one in source.originals],
        fates=dict(sorted(fates.items())),
        read_as=[_claim(claim) for claim in source.claims],
    )


def _original(one: SourceOriginal) -> HandedIn:
    same = "not checked" if one.after is None else "yes" if one.after == one.before else "no"
    return HandedIn(
        name=one.relpath,
        name_hex=_name_hex(one.relpath),
        before=_digests(one.before),
        after=_digests(one.after) if one.after else None,
        same=same,  # type: ignore[arg-type]
        reason=one.after_reason or None,
        same_as=one.same_as,
    )


def _name_hex(name: str) -> str | None:
    # File names are bytes on some systems; those that are not UTF-8 arrive with surrogates standing for them.
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogateescape").hex()
    return None


def _digests(digests: Digests) -> FileDigests:
    return FileDigests(sha256=digests.sha256, blake3=digests.blake3, bytes=digests.size)


def _claim(claim: SourceClaim) -> ReadAs:
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
        first_utc=None if claim.first_utc_us is None else format_utc(claim.first_utc_us),
        last_utc=None if claim.last_utc_us is None else format_utc(claim.last_utc_us),
        decisions=[
            DecisionMade(subject=one.subject, chosen=one.chosen, basis=one.basis, certain=one.certain)
            for one in claim.decisions
        ],
        facts=claim.facts,
    )
