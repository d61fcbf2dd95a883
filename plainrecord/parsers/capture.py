"""Web pages that a person kept with the browser extension: the vault of `plainrecord capture serve`, read like any export.

From: the folder CASE/captures/vault, or a copy of it anywhere. Versions: manifest and receipt of form 1 (docs/capture-api.md).
Source of knowledge: this project itself, which wrote them. A record of kind `capture` is one manifest; it stands there with
its time by the device's clock, the words of the page as its text, and every part as an attachment. Nothing of a page is
rendered, and nothing is fetched. Cannot read: what a page loaded later, who wrote it, or whether the site said the same to
others. A manifest that no receipt names was never stored wholly: it is explained, and no record.

A record is the whole manifest: `bytes:0-SIZE` of its object.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from plainrecord.errors import PlainrecordError, UsageError
from plainrecord.intake.listing import Listing, Member
from plainrecord.intake.reading import open_member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.capturemanifest import Manifest, Receipt, read_manifest, read_receipt
from plainrecord.parsers.capturerecord import SERVICE, envelope_of, loaded_of
from plainrecord.records import Decision, Envelope, Loaded, Position, Unread

_RECEIPT = re.compile(r"(?:(?P<root>.+)/)?receipts/C-[0-9]{4,9}\.json")
_OBJECT = re.compile(r"objects/[0-9a-f]{2}/(?P<sha256>[0-9a-f]{64})")
# How a receipt begins, whoever wrote it down: its keys are in order.
_OPENING = re.compile(rb'\{\s{0,9}"receipt":\s{0,9}"\{\\"browser\\":\\"B-')
_LARGEST = 16 << 20
_UNNAMED = "No receipt names this: a part of a capture that was not completed."


@dataclass(frozen=True, slots=True)
class Found:
    """One capture, and the place of its manifest."""

    receipt: Receipt
    manifest: Manifest
    data: bytes
    position: Position


class Captures:
    """A vault of captured pages."""

    name = "capture"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="Pages kept with the browser extension (CASE/captures/vault of plainrecord capture serve)",
        tier="public schema",
        holds="Each page as the browser showed it: picture, archive, visible words, addresses, clocks, what was tried and failed.",
        cannot_hold="Who wrote what on a page, whether the site shows it to others, what was not loaded or not in view.",
        fixture="capture",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Folders with receipts and objects, known by the receipts' own words; one claim for each such folder."""
        signed = (member for member in listing.members if _OPENING.match(member.head))
        for root in dict.fromkeys(root for member in signed if (root := _root(member)) is not None):
            inside = root + "/" if root else ""
            receipts = [member for member in listing.under(root) if _root(member) == root]
            named = {digest for member in receipts for digest in _named(member)}
            objects = {member: match["sha256"] for member in listing.under(root) if (match := _object(member, inside))}
            kept = [member for member, digest in objects.items() if digest in named]
            aside = {member.tree_path: _UNNAMED for member, digest in objects.items() if digest not in named}
            yield Claim(self.name, root or listing.name, (*receipts, *kept), listing.options, aside)

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every capture in order of its number."""
        count = failed = 0
        for item in _captures(claim):
            if isinstance(item, Unread):
                yield item
                continue
            count += 1
            failed += any(step.result == "failed" for step in item.manifest.steps)
            yield envelope_of(item.receipt, item.manifest, item.position, claim.options)
        claim.decisions.append(Decision("captures", f"{count} pages", f"{failed} of them with a step that failed"))

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those captures with their parts, one in memory at a time."""
        asked, objects = set(wanted), _by_digest(claim)
        for item in _captures(claim):
            if isinstance(item, Found) and item.position in asked:
                envelope = envelope_of(item.receipt, item.manifest, item.position, claim.options)
                yield loaded_of(claim, envelope, item.receipt, item.manifest, item.data, objects)


def _root(member: Member) -> str | None:
    """The folder a vault lies in, if the member stands where a receipt does."""
    match = _RECEIPT.fullmatch(member.tree_path)
    return match["root"] or "" if match else None


def _object(member: Member, inside: str) -> re.Match[str] | None:
    return _OBJECT.fullmatch(member.tree_path.removeprefix(inside))


def _named(member: Member) -> set[str]:
    """The digests a receipt names; none for one that cannot be read, which `scan` says."""
    try:
        with open_member(member) as stream:
            receipt, _ = read_receipt(stream.read(_LARGEST))
    except (OSError, PlainrecordError):
        return set()
    return {receipt.manifest_sha256, *(part.sha256 for part in receipt.parts)}


def _by_digest(claim: Claim) -> dict[str, Member]:
    return {member.name: member for member in claim.members}


def _captures(claim: Claim) -> Iterator[Found | Unread]:
    objects = _by_digest(claim)
    for member in claim.members:
        if not _RECEIPT.fullmatch(member.tree_path):
            continue
        try:
            yield _capture(claim, member, objects)
        except (UsageError, OSError) as error:
            yield Unread(Position(member.tree_path, "file"), "capture-unreadable", f"{error}"[:300])


def _capture(claim: Claim, member: Member, objects: dict[str, Member]) -> Found:
    """The capture of a receipt. Raises UsageError with one sentence when it cannot be read."""
    receipt, _ = read_receipt(_bytes(claim, member))
    found = objects.get(receipt.manifest_sha256)
    if found is None:
        raise UsageError(f"The manifest of {receipt.capture} is not among the files.")
    data = _bytes(claim, found)
    if hashlib.sha256(data).hexdigest() != receipt.manifest_sha256:
        raise UsageError(f"The manifest of {receipt.capture} is not what was signed for.")
    return Found(receipt, read_manifest(data), data, Position(found.tree_path, f"bytes:0-{len(data)}"))


def _bytes(claim: Claim, member: Member) -> bytes:
    with claim.open(member) as stream:
        data = stream.read(_LARGEST)
    if len(data) == _LARGEST:
        raise UsageError("It is larger than any manifest or receipt.")
    return data
