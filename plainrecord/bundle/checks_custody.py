"""Custody and seal of one of our bundles: the chain inside, its stated head, and what stands beside the bundle.

The seal proves something only against a copy that was kept elsewhere. A sheet found beside the bundle travelled with it,
so agreement with it is a note, never a proof; disagreement is a problem.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from plainrecord.bundle.bagreader import Bag, UnreadableError, read_lines
from plainrecord.bundle.checks import Findings
from plainrecord.bundle.checks_manifests import TAG_MANIFEST
from plainrecord.bundle.checks_stated import Stated
from plainrecord.bundle.workshop import AFTER_LOG, HANDOVER
from plainrecord.custody.checking import LONGEST_LINE, MOST_PROBLEMS, ChainCheck

CUSTODY = "custody/custody.jsonl"
BESIDE_LIMIT = 64 << 20
_SEAL = re.compile(r"[0-9a-f]{64}")
_WRITTEN_SEAL = re.compile(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{8}[\s-]{0,60}){7}[0-9A-Fa-f]{8}(?![0-9A-Fa-f])")


def check_custody(bag: Bag, stated: Stated, findings: Findings) -> None:
    """The chain inside the bundle, and its last line against the head that `manifest.json` states."""
    if CUSTODY not in bag.files:
        findings.problem(CUSTODY, "missing", "Every bundle has a custody log, and this one has none.")
        return
    check = ChainCheck()
    try:
        _chain(check, CUSTODY, read_lines(bag, CUSTODY, 2 * LONGEST_LINE), findings)
    except UnreadableError as error:
        findings.problem(CUSTODY, "unreadable", f"The custody log cannot be read: {error}.")
        return
    findings.count("custody lines", check.seq)
    if stated.manifest and (check.seq, check.head) != (stated.manifest.custody.entries, stated.manifest.custody.head):
        says = (
            f"manifest.json was written over {stated.manifest.custody.entries} entries ending in"
            f" {stated.manifest.custody.head}; the log has {check.seq} ending in {check.head or 'no hash'}."
        )
        findings.problem(CUSTODY, "custody", says)


def check_seal(found: str, given: str | None, findings: Findings) -> None:
    """Compare the seal as found ("" for none) with the one that was written down."""
    if given is None:
        return
    plain = re.sub(r"[\s-]", "", given).lower().removeprefix("sha256:")
    if not _SEAL.fullmatch(plain):
        findings.problem(TAG_MANIFEST, "seal", "The seal given to compare with is not 64 digits 0–9 and letters a–f.")
    elif not found:
        findings.problem(TAG_MANIFEST, "seal", "The bag has no such file, so it has no seal to compare.")
    elif found != plain:
        says = f"The seal written down is {plain}, but this bag’s is {found}: it is not the bag that was sealed."
        findings.problem(TAG_MANIFEST, "seal", says)
    else:
        findings.count("seal compared")


def check_beside(bundle: Path, seal: str, findings: Findings) -> None:
    """Hold the hand-over sheet and the log kept after sealing against the seal, when they lie beside the bundle."""
    place = bundle.absolute()
    stem = place.name.removesuffix(".zip")
    sheet, log = place.with_name(stem + HANDOVER), place.with_name(stem + AFTER_LOG)
    for path in (sheet, log):
        try:
            if path.is_symlink() or not path.is_file():
                continue
            if path.stat().st_size > BESIDE_LIMIT:
                findings.problem(path.name, "unreadable", "It is too long to be what its name says, and was not read.")
            elif path is sheet:
                _check_sheet(path, seal, findings)
            else:
                _check_after_log(path, seal, findings)
        except OSError as error:
            findings.problem(path.name, "unreadable", f"It cannot be read: {error.strerror or type(error).__name__}.")


def _check_sheet(path: Path, seal: str, findings: Findings) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    written = {re.sub(r"[\s-]", "", match[0]).lower() for match in _WRITTEN_SEAL.finditer(text)}
    if seal and seal in written:
        findings.note(f"{path.name} beside the bundle shows this seal; compare it with a copy that was kept elsewhere.")
    else:
        findings.problem(
            path.name, "seal", f"The hand-over sheet beside the bundle does not show its seal, {seal or 'none'}."
        )


def _check_after_log(path: Path, seal: str, findings: Findings) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    check = ChainCheck(seal)
    _chain(check, path.name, lines, findings)
    findings.count("custody lines after sealing", check.seq)


def _chain(check: ChainCheck, path: str, lines: Iterable[bytes], findings: Findings) -> None:
    problems = check.problems(lines)
    for problem in islice(problems, MOST_PROBLEMS):
        findings.problem(path, "custody", f"Line {problem.line}: {problem.says}")
    rest = sum(1 for _ in problems)
    if rest:
        findings.problem(path, "custody", f"{rest} more problems follow.")
