"""`verify`: is this bag whole and unchanged, and if it is one of ours, does everything in it bear everything else out?

Reports every problem, each with the file it is about; never raises because of what a bag, an archive or an original holds.
Writes nothing, follows no link, fetches nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plainrecord.bundle.bagreader import Bag, FolderBag, UnreadableError, read_whole
from plainrecord.bundle.bagreader_zip import BadArchiveError, ZipBag
from plainrecord.bundle.checks import Findings, Problem, VerifyReport
from plainrecord.bundle.checks_anchors import Trust, check_anchors
from plainrecord.bundle.checks_custody import check_beside, check_custody, check_seal
from plainrecord.bundle.checks_digests import Digested, Progress, digest_files
from plainrecord.bundle.checks_facts import check_facts
from plainrecord.bundle.checks_frame import check_oxum, read_frame, read_info
from plainrecord.bundle.checks_items import check_items
from plainrecord.bundle.checks_manifests import TAG_MANIFEST, Manifest, check_complete, check_form, read_manifests
from plainrecord.bundle.checks_originals import Originals, check_slices, find_originals
from plainrecord.bundle.checks_selectors import SelectorCheck
from plainrecord.bundle.checks_stated import Stated, check_stated, known_version, read_stated
from plainrecord.bundle.workshop import HANDOVER, place_of

__all__ = ["Problem", "VerifyReport", "verify"]
_TAG_MANIFEST_LIMIT = 256 << 20
# What shows that a bag means to be one of ours. Two will do, so that taking one or two away hides nothing; one alone
# (a stranger's manifest.json) will not.
_MARKS = ("manifest.json", "meta/bundle.json", "custody/custody.jsonl", "data/items/messages.jsonl")


def verify(
    bundle: Path,
    *,
    seal: str | None = None,
    originals: Sequence[Path] = (),
    trust: Trust | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> VerifyReport:
    """Check a bag (a folder, or a zip with the bag in one top folder) and report all that is wrong with it.

    Any RFC 8493 bag is checked for completeness and validity. One of ours is also checked for its custody chain, its
    counts against its lists, and its records against their native files. `seal` is the hash written down outside
    the bag (64 hex digits; case, spaces and hyphens do not matter). `originals` are files or folders to hold the records
    against. `trust` is what signatures and time stamps beside the bundle are held against. `progress(done,
    total)` is in bytes and called from this thread. The report does not depend on `workers`.
    """
    findings = Findings()
    bag = _opened(bundle, findings)
    if bag is None:
        return findings.report(bundle.name, "none", "")
    with bag:
        ours = sum(mark in bag.files for mark in _MARKS) >= 2
        digested = _check_bag(bag, findings, ours=ours, workers=workers, progress=progress)
        found = digested.digests.get(TAG_MANIFEST, {}).get("sha256", "")
        check_seal(found, seal, findings)
        place = place_of(bundle)
        check_anchors(place, _tag_manifest(bag), trust or Trust(), findings)
        if ours:
            check_beside(place, found, findings)
            _check_ours(bag, digested, originals, findings)
        elif originals:
            findings.note("Only a bundle made by this tool says which originals it came from; none were looked at.")
        return findings.report(bag.name, "plainrecord" if ours else "bag", found)


def _check_ours(bag: Bag, digested: Digested, originals: Sequence[Path], findings: Findings) -> None:
    stated = read_stated(bag, findings)
    check_custody(bag, stated, findings)
    if not known_version(stated, findings):
        return
    check_stated(stated, digested, findings)
    at_hand = _at_hand(originals, stated, findings)
    selectors = SelectorCheck(stated)

    def take(item: Any) -> None:
        at_hand.take(item)
        selectors.take(item)

    check_items(bag, digested, stated, findings, take)
    selectors.check(bag, findings)
    if not stated.bundle or stated.bundle.edition == "police":
        check_facts(bag, findings)
    check_slices(at_hand, findings)


def _at_hand(originals: Sequence[Path], stated: Stated, findings: Findings) -> Originals:
    """The originals to hold records against; none for a service edition, which does not say where in them records stand."""
    if not originals:
        return Originals()
    if stated.bundle and stated.bundle.edition == "service":
        findings.note(
            "A service edition hides where records stand; hold the bundle it was made from against the originals."
        )
        return Originals()
    return find_originals(originals, stated, findings)


def _tag_manifest(bag: Bag) -> bytes:
    """What is signed and stamped. Nothing where it cannot be read, which is among the findings then: no signature fits it."""
    try:
        return read_whole(bag, TAG_MANIFEST, _TAG_MANIFEST_LIMIT)
    except UnreadableError:
        return b""


def _opened(bundle: Path, findings: Findings) -> Bag | None:
    """The bag, or None with the reason among the findings."""
    try:
        if bundle.is_dir():
            inside = _bundle_inside(bundle)
            if inside is None:
                return FolderBag(bundle, findings)
            says = f"This folder is not a bundle, it holds one: {inside}. Verify {bundle / inside} instead."
            findings.problem(bundle.name or ".", "not-a-bag", says)
            return None
        return ZipBag(bundle, findings)
    except BadArchiveError as error:
        findings.problem(bundle.name, "not-a-bag", f"{bundle.name} {error}.")
    except OSError as error:
        findings.problem(bundle.name, "not-a-bag", f"It cannot be opened: {error.strerror or type(error).__name__}.")
    return None


def _bundle_inside(folder: Path) -> str | None:
    """The name of the one bundle directly in a folder that has nothing of a bag itself; None for none or several."""
    with os.scandir(folder) as entries:
        names = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
    if not names.keys().isdisjoint(("bagit.txt", "data")):
        return None
    found = [
        name
        for name, is_folder in names.items()
        if (is_folder and os.path.isfile(folder / name / "bagit.txt"))  # noqa: PTH113 - False where it may not be looked at
        or (name.endswith(".zip") and f"{name[:-4]}{HANDOVER}" in names)
    ]
    return found[0] if len(found) == 1 else None


def _check_bag(bag: Bag, findings: Findings, *, ours: bool, workers: int | None, progress: Progress | None) -> Digested:
    """Everything RFC 8493 asks, cheapest first: frame, figures, lists, and then one pass over all bytes."""
    frame = read_frame(bag, findings)
    check_oxum(bag, read_info(bag, frame, findings), findings)
    manifests = read_manifests(bag, frame, findings)
    check_complete(bag, manifests, frame, findings, ours=ours)
    if ours:
        check_form(manifests, findings)
    digested = digest_files(bag, _wanted(bag, manifests, ours=ours), workers, progress)
    _compare(manifests, digested, findings)
    findings.count("files", len(digested.digests))
    findings.count("bytes", digested.bytes)
    return digested


def _wanted(bag: Bag, manifests: list[Manifest], *, ours: bool) -> dict[str, tuple[str, ...]]:
    """Which digests of which files: what the manifests list, and in our bundles both digests of every medium."""
    wanted: dict[str, tuple[str, ...]] = {}
    for manifest in manifests:
        for path in manifest.lines.keys() & bag.files.keys():
            wanted[path] = (*wanted.get(path, ()), manifest.algorithm)
    if TAG_MANIFEST in bag.files:
        wanted[TAG_MANIFEST] = ("sha256",)
    if ours:
        for path in bag.files:
            if path.startswith("data/"):
                more = ("sha256", "blake3") if path.startswith("data/media/") else ("sha256",)
                wanted[path] = tuple(dict.fromkeys((*wanted.get(path, ()), *more)))
    return wanted


def _compare(manifests: list[Manifest], digested: Digested, findings: Findings) -> None:
    for path, why in digested.unreadable.items():
        findings.problem(path, "unreadable", f"This file cannot be read: {why}.")
    for manifest in manifests:
        for path, stated in manifest.lines.items():
            found = digested.digests.get(path, {}).get(manifest.algorithm)
            if found is not None and found != stated:
                says = f"{manifest.name} lists {manifest.algorithm} {stated}, but the file has {found}."
                findings.problem(path, "changed", says)
