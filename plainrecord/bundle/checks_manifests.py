"""Manifests of a bag after RFC 8493: every line read or reported, and the lists held against the files that are there.

A manifest is read before anything it lists is opened; a path that could lead out of the bag is reported and forgotten.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from plainrecord.bundle.bagreader import Bag, UnreadableError, read_whole
from plainrecord.bundle.checks import Findings
from plainrecord.bundle.checks_frame import Frame, decode_tag_file, split_lines
from plainrecord.bundle.checks_paths import folded, hazard, system_made, twin_sentence, unsafe
from plainrecord.hashing import bag_decoded, bag_line

TAG_MANIFEST = "tagmanifest-sha256.txt"
MANIFEST_LIMIT = 1 << 30
_NAME = re.compile(r"(tag)?manifest-([A-Za-z0-9_-]{1,20})\.txt")
_LINE = re.compile(r"([0-9A-Fa-f]+)([ \t]+)(.+)", re.DOTALL)
# The names RFC 8493 §2.4 allows, without hyphens, and how many hex digits each digest has.
ALGORITHMS = {
    "md5": 32,
    "sha1": 40,
    "sha224": 56,
    "sha256": 64,
    "sha384": 96,
    "sha512": 128,
    "sha3224": 56,
    "sha3256": 64,
    "sha3384": 96,
    "sha3512": 128,
    "blake2b": 128,
    "blake2b512": 128,
    "blake2s": 64,
    "blake3": 64,
}


@dataclass(slots=True)
class Manifest:
    """One manifest: which files it lists (path → lower-case hex digest). `tags`: a tag manifest. `exact`: see `_exact`."""

    name: str
    algorithm: str
    tags: bool
    lines: dict[str, str] = field(default_factory=dict)
    exact: bool = True


def read_manifests(bag: Bag, frame: Frame, findings: Findings) -> list[Manifest]:
    """All manifests at the top of the bag, payload manifests first. None of them for the payload is a problem."""
    manifests = []
    for name in bag.files:
        match = _NAME.fullmatch(name)
        algorithm = re.sub("[^a-z0-9]", "", match[2].lower()) if match else ""
        if match and algorithm in ALGORITHMS:
            manifests.append(_read(bag, Manifest(name, algorithm, bool(match[1])), frame, findings))
        elif match:
            findings.problem(
                name, "bad-manifest", f"Digests by “{match[2]}” are not known here, so it was not checked."
            )
    if all(manifest.tags for manifest in manifests):
        findings.problem(
            "manifest-sha256.txt", "missing", "There is no payload manifest, so nothing in data/ can be checked."
        )
    return sorted(manifests, key=lambda manifest: (manifest.tags, manifest.name))


def check_form(manifests: list[Manifest], findings: Findings) -> None:
    """Ours are written in one form only, so that no byte of them can change unseen, not even in the list of lists."""
    if not any(manifest.name == TAG_MANIFEST for manifest in manifests):
        findings.problem(TAG_MANIFEST, "missing", "The list that the seal is made of is not there.")
    for manifest in manifests:
        if not manifest.exact:
            says = (
                "It is not written as this tool writes manifests (lower-case digest, two spaces, path, one line feed, in order"
                " of path)."
            )
            findings.problem(manifest.name, "bad-manifest", says)


def check_complete(bag: Bag, manifests: list[Manifest], frame: Frame, findings: Findings, *, ours: bool) -> None:
    """Hold the lists against the files: everything listed is there, all payload is listed, no two names are twins.

    A tag file in no tag manifest is allowed by RFC 8493, so it is a note in a foreign bag; ours list all of them.
    """
    payload = [manifest for manifest in manifests if not manifest.tags]
    listed = {path for manifest in manifests for path in manifest.lines}
    _report_missing(bag, manifests, findings)
    for path in bag.files:
        if path in listed or _NAME.fullmatch(path):
            continue
        if path.startswith("data/") or ours:
            says = f"This file is there, but no manifest lists it.{system_made(path)}"
            findings.problem(path, "extra", says)
    if frame.strict:
        _report_uneven(payload, findings)
    _note_tags(bag, manifests, listed, findings, ours=ours)
    _note_twins(listed | bag.files.keys(), findings)


def _read(bag: Bag, manifest: Manifest, frame: Frame, findings: Findings) -> Manifest:
    try:
        data = read_whole(bag, manifest.name, MANIFEST_LIMIT)
    except UnreadableError as error:
        findings.problem(manifest.name, "unreadable", f"This manifest cannot be read: {error}.")
        return manifest
    text, whole = decode_tag_file(data, frame.encoding)
    if not whole or text.startswith("\ufeff"):
        findings.problem(
            manifest.name, "bad-manifest", f"It is not plain {frame.encoding} text without a byte-order mark."
        )
    for number, line in enumerate(split_lines(text.removeprefix("\ufeff")), 1):
        if line.strip():
            _take_line(bag, manifest, number, line, frame, findings)
    manifest.exact = text == _exact(manifest)
    return manifest


def _take_line(bag: Bag, manifest: Manifest, number: int, line: str, frame: Frame, findings: Findings) -> None:
    match = _LINE.fullmatch(line)
    where = f"Line {number}"
    if match is None or len(match[1]) != ALGORITHMS[manifest.algorithm]:
        says = f"{where} is not a {manifest.algorithm} digest, a space and a path: “{line[:80]}”."
        findings.problem(manifest.name, "bad-manifest", says)
        return
    path = _path(bag, match[3], frame, findings, manifest.name)
    fault = unsafe(path)
    if fault:
        findings.problem(manifest.name, "unsafe-path", f"{where}: the path “{path[:160]}” {fault}; it was not opened.")
    elif path.startswith("data/") == manifest.tags:
        says = f"{where} lists “{path[:160]}”, but this manifest is for files {'outside' if manifest.tags else 'in'} data/."
        findings.problem(manifest.name, "bad-manifest", says)
    elif path not in manifest.lines:
        manifest.lines[path] = match[1].lower()
    elif frame.strict or manifest.lines[path] != match[1].lower():
        findings.problem(manifest.name, "bad-manifest", f"{where} lists “{path[:160]}” a second time.")
    else:
        findings.note(f"{manifest.name} lists “{path[:160]}” twice with the same digest.")


def _path(bag: Bag, text: str, frame: Frame, findings: Findings, manifest: str) -> str:
    """The file a line means. Older tools wrote "*", "./", and left "%" as it was; each is read when the file is there."""
    plain = text[1:] if text[0] == "*" and text not in bag.files else text
    if plain.startswith("./"):
        plain = plain.removeprefix("./")
        findings.note(f"{manifest} writes paths with “./” before them, which RFC 8493 does not ask for.")
    path = bag_decoded(plain)
    if path != plain and path not in bag.files and plain in bag.files:
        if frame.strict:
            says = f"“{plain[:160]}” is written with a bare %, which RFC 8493 wants as %25."
            findings.note(f"{manifest}: {says}")
        return plain
    return path


def _exact(manifest: Manifest) -> str:
    """The manifest in the one form this tool writes: lower-case hex, two spaces, percent-encoded path, LF, by path."""
    return "".join(f"{bag_line(digest, path)}\n" for path, digest in sorted(manifest.lines.items()))


def _report_missing(bag: Bag, manifests: list[Manifest], findings: Findings) -> None:
    missing: dict[str, list[str]] = defaultdict(list)
    for manifest in manifests:
        for path in manifest.lines:
            if path not in bag.files:
                missing[path].append(manifest.name)
    if not missing:
        return
    twins = {folded(path): path for path in bag.files}
    for path, names in missing.items():
        twin = twins.get(folded(path))
        also = f" But {twin_sentence(path, twin)}." if twin else ""
        findings.problem(path, "missing", f"{' and '.join(names)} lists this file, and it is not there.{also}")


def _report_uneven(payload: list[Manifest], findings: Findings) -> None:
    everything = {path for manifest in payload for path in manifest.lines}
    for manifest in payload:
        for path in sorted(everything - manifest.lines.keys()):
            says = f"It does not list {path[:160]}; in BagIt 1.0 every payload manifest lists every payload file."
            findings.problem(manifest.name, "bad-manifest", says)


def _note_tags(bag: Bag, manifests: list[Manifest], listed: set[str], findings: Findings, *, ours: bool) -> None:
    if ours:
        return
    if not any(manifest.tags for manifest in manifests):
        findings.note("There is no tag manifest, so nothing outside data/ can be checked.")
        return
    for path in bag.files:
        if path not in listed and not path.startswith("data/") and not path.startswith("tagmanifest-"):
            findings.note(f"{path} is in no tag manifest, so it cannot be checked (BagIt allows that).")


def _note_twins(paths: Iterable[str], findings: Findings) -> None:
    seen: dict[str, str] = {}
    hazards: dict[str, list[str]] = defaultdict(list)
    for path in sorted(paths):
        other = seen.setdefault(folded(path), path)
        if other != path:
            findings.note(f"{other} and {path} are one name on Windows or macOS; only one would survive a copy there.")
        if found := hazard(path):
            hazards[found].append(path)
    for found, named in hazards.items():
        more = f" and {len(named) - 1} more have" if len(named) > 1 else " has"
        findings.note(f"{named[0]}{more} {found}.")
