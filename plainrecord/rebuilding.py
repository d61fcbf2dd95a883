"""Make a bundle again from the originals and its `manifest.json` alone, and hold what comes out against it, byte for byte.

A second party needs neither the case nor the one who made it: which accounts, which rule, which answers and in which order
things were handed in stand in the manifest. What must come out the same is `data/`, `timeline.csv`, the schedules and
every count; who built it, when, and what hangs on that need not (docs/bundle.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from plainrecord import __version__
from plainrecord.building import build, temporary_case
from plainrecord.bundle.bagreader import Bag, FolderBag, UnreadableError, read_whole
from plainrecord.bundle.bagreader_zip import BadArchiveError, ZipBag
from plainrecord.bundle.checks import Findings
from plainrecord.bundle.checks_digests import digest_files
from plainrecord.bundle.checks_stated import BUNDLE, MANIFEST, STATED_LIMIT
from plainrecord.custody.events import describe
from plainrecord.custody.manifest import CustodyManifest, SourceGiven
from plainrecord.errors import UsageError
from plainrecord.hashing import hash_file
from plainrecord.intake import list_source
from plainrecord.intake.downloads import downloads_of
from plainrecord.store import Case, CaseSettings
from plainrecord.store.adding import Progress
from plainrecord.store.case import Clock

_SAME = ("data/", "schedules/", "timeline.csv", "selectors.csv")
_OPTIONS = ("timezone", "date_order", "mapping")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that did not come out the same: a file of the bundle, a figure or an original, and how."""

    what: str
    says: str


@dataclass(slots=True)
class Rebuilt:
    """What came out. `path` is the new bundle, None when the originals at hand are not those of the manifest."""

    path: Path | None
    compared: int = 0
    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether everything that must be the same is."""
        return self.path is not None and not self.differences

    def as_json(self) -> dict[str, Any]:
        """The object `rebuild --json` prints."""
        return {
            "same": self.same,
            "path": str(self.path) if self.path else None,
            "files_compared": self.compared,
            "differences": [{"what": one.what, "says": one.says} for one in self.differences],
            "notes": self.notes,
        }


def rebuild(
    bundle: Path,
    originals: Sequence[Path],
    out: Path,
    clock: Clock,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> Rebuilt:
    """Build a bundle below `out` from `originals` by the manifest of `bundle` (folder or zip), and compare the two.

    Originals may be given in any order and need not lie where they lay, but need their names. Raises UsageError when
    `bundle` states nothing to rebuild by; whatever building raises is raised too.
    """
    with ExitStack() as stack:
        bag = stack.enter_context(_opened(bundle))
        manifest = _manifest(bundle, bag)
        done = Rebuilt(None, notes=list(_notes(manifest)))
        matched = _matched(manifest, originals, done)
        if done.differences:
            return done
        case = stack.enter_context(temporary_case(_settings(manifest), out, clock))
        for source, paths in matched:
            _add(case, source, paths, workers, progress)
        _assert_again(case, manifest)
        done.path = build(case, out, workers=workers, progress=progress).built.path
        _compare(bag, stack.enter_context(_opened(done.path)), done)
    return done


def _opened(path: Path) -> Bag:
    try:
        return FolderBag(path, Findings()) if path.is_dir() else ZipBag(path, Findings())
    except BadArchiveError as error:
        raise UsageError(f"{path.name} {error}. Nothing was built.") from None


def _manifest(path: Path, bag: Bag) -> CustodyManifest:
    try:
        manifest = CustodyManifest.model_validate_json(read_whole(bag, MANIFEST, STATED_LIMIT))
    except (UnreadableError, ValidationError) as error:
        why = describe(error)[:300] if isinstance(error, ValidationError) else str(error)
        raise UsageError(f"{path} has no manifest to rebuild by ({why}). Nothing was built.") from None
    if manifest.edition != "police":
        raise UsageError(
            f"{path} is a {manifest.edition} edition: what was taken out of it on purpose cannot be rebuilt. Rebuild the"
            " edition it was made from. Nothing was built."
        )
    return manifest


def _notes(manifest: CustodyManifest) -> Iterator[str]:
    made = manifest.made_with.version
    if made != __version__:
        yield f"The bundle was made with version {made}, this is {__version__}: differences may come from that."


# Originals


def _matched(
    manifest: CustodyManifest, given: Sequence[Path], done: Rebuilt
) -> list[tuple[SourceGiven, tuple[Path, ...]]]:
    """Each source of the manifest with the paths that hold its originals; what is missing becomes a difference."""
    waiting = {one.parts: dict(_digests(one.parts)) for one in downloads_of(given)}
    wants = {source.label: {one.name: one.before.sha256 for one in source.originals} for source in manifest.sources}
    matched = []
    # What is surely one source is not to be taken for another that has a file of the same name.
    for source in sorted(manifest.sources, key=lambda one: _best(wants[one.label], waiting.values()), reverse=True):
        wanted = wants[source.label]
        parts = max(waiting, key=lambda parts: _alike(wanted, waiting[parts]), default=())
        if not parts or not any(_alike(wanted, waiting[parts])):
            done.differences.append(
                Difference(source.label, f"No original of “{source.name}” is among what was given.")
            )
            continue
        found = waiting.pop(parts)
        done.differences += _lacking(source, wanted, found)
        if extra := sorted(found.keys() - wanted.keys()):
            done.notes.append(
                f"{source.label}: {len(extra)} files were not there when it was read (first: {extra[0]})."
            )
        matched.append((source, parts))
    done.notes += [f"{', '.join(map(str, parts))}: no original of this bundle; left aside." for parts in waiting]
    order = [source.label for source in manifest.sources]
    return sorted(matched, key=lambda one: order.index(one[0].label))


def _best(wanted: Mapping[str, str], every: Iterable[Mapping[str, str]]) -> tuple[int, int, int]:
    return max((_alike(wanted, found) for found in every), default=(0, 0, 0))


def _digests(parts: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Name inside its source and SHA-256 of every original below these paths."""
    for original in list_source(parts, "S01").originals:
        yield original.relpath, hash_file(original.path).sha256


def _alike(wanted: Mapping[str, str], found: Mapping[str, str]) -> tuple[int, int, int]:
    """How many originals are there as they were, how many under another name, how many names with other bytes."""
    same = len(set(wanted.values()) & set(found.values()))
    return len(wanted.items() & found.items()), same, len(wanted.keys() & found.keys())


def _lacking(source: SourceGiven, wanted: Mapping[str, str], found: Mapping[str, str]) -> Iterator[Difference]:
    names = {digest: name for name, digest in found.items()}
    for name, digest in wanted.items():
        if found.get(name) == digest:
            continue
        if digest in names:
            says = f"It was given as “{names[digest]}”. Names of originals stand in the records: give it its own."
        elif name in found:
            says = f"It has SHA-256 {found[name]}, not {digest}: it is not the file that was read."
        else:
            says = f"It is not among what was given (SHA-256 {digest})."
        yield Difference(f"{source.label} {name}", says)


# Building


def _settings(manifest: CustodyManifest) -> CaseSettings:
    """What was asked for, as the manifest states it."""
    said, machine = manifest.settings, manifest.selection.machine
    settings = CaseSettings(mode=manifest.mode, case_ref=manifest.case_ref, timezone=manifest.timezone_shown or "")
    settings.date_order, settings.region = said.get("date_order", ""), said.get("region", "")
    settings.subject.label, settings.owner.label = manifest.subject.label, manifest.owner.label
    settings.subject.accounts = _typed(machine.get("selectors"))
    settings.owner.accounts = _typed(machine.get("owners"))
    select = settings.select
    select.match_names, select.whole_groups = said.get("match_names") == "true", said.get("whole_groups") == "true"
    select.account_events = said.get("account_events") == "true"
    select.scope = "subject" if said.get("scope") == "subject" else "conversation"
    select.after, select.before = said.get("after", ""), said.get("before", "")
    return settings


def _typed(selectors: Any) -> list[str]:
    try:
        return [str(one["value"]) for one in selectors or ()]
    except (TypeError, KeyError):
        raise UsageError("The manifest does not state whose accounts were asked for. Nothing was built.") from None


def _add(case: Case, source: SourceGiven, paths: tuple[Path, ...], workers: int, progress: Progress | None) -> None:
    """Add one source under the label it had, with what was said of it then."""
    settings = case.settings
    kept = {name: getattr(settings, name) for name in _OPTIONS}, settings.owner.accounts
    for name in _OPTIONS:
        setattr(settings, name, source.options.get(name, ""))
    settings.owner.accounts = list(json.loads(source.options.get("owner_names", "[]")))
    case.skip_labels_before(source.label)
    case.add(paths, recheck=False, workers=workers, progress=progress)
    for name, value in kept[0].items():
        setattr(settings, name, value)
    settings.owner.accounts = kept[1]


def _assert_again(case: Case, manifest: CustodyManifest) -> None:
    """What named persons said of accounts, as the manifest states it, into the log of the new case."""
    stated = {
        (held.service, held.kind, held.value): held for held in (*manifest.subject.accounts, *manifest.owner.accounts)
    }
    labels = {"subject": manifest.subject.label, "owner": manifest.owner.label}
    said: Any = manifest.selection.machine.get("asserted") or ()
    log = case.custody()
    for one in said:
        held = stated.get((one["service"], one["kind"], one["value"]))
        log.append(
            "attribution.asserted",
            what="Took over an attribution that the manifest of the bundle states.",
            why="To rebuild the bundle by what was said when it was made.",
            who=case.who,
            details={
                "selectors": [{name: one[name] for name in ("service", "kind", "value")}],
                "person": labels.get(one["role"], "another person"),
                "asserted_by": held.asserted_by if held else "a person named in the bundle’s custody log",
                "basis": held.basis if held else f"entry {one['entry']} of that log",
                "other_item_refs": [],
                "role": one["role"],
            },
        )
    if said:
        case.keep_custody(log.new_lines)


# Comparing


def _compare(old: Bag, new: Bag, done: Rebuilt) -> None:
    """Every file that must be the same, by what its bytes are and not by what a list says; then every count."""
    sides = []
    for bag in (old, new):
        wanted = {path: ("sha256",) for path in bag.files if path.startswith(_SAME)}
        digested = digest_files(bag, wanted)
        sides.append({path: found["sha256"] for path, found in digested.digests.items()})
        done.differences += [
            Difference(path, f"It cannot be read: {why}.") for path, why in digested.unreadable.items()
        ]
    before, after = sides
    done.compared = len(before.keys() | after.keys())
    for path in sorted(before.keys() | after.keys()):
        if path not in after:
            done.differences.append(Difference(path, "It is in the bundle, and did not come out again."))
        elif path not in before:
            done.differences.append(Difference(path, "It came out, and is not in the bundle."))
        elif before[path] != after[path]:
            done.differences.append(
                Difference(path, f"It came out with SHA-256 {after[path]}; the bundle has {before[path]}.")
            )
    for name, stated, found in _figures(old, new):
        done.differences.append(Difference(f"{BUNDLE}: {name}", f"{found} came out; the bundle states {stated}."))


def _figures(old: Bag, new: Bag) -> Iterator[tuple[str, object, object]]:
    """Counts that are not the same: name, as stated, as rebuilt."""
    try:
        stated = dict(json.loads(read_whole(old, BUNDLE, STATED_LIMIT))["counts"])
    except (UnreadableError, ValueError, KeyError, TypeError, RecursionError):
        stated = {}
    found = dict(json.loads(read_whole(new, BUNDLE, STATED_LIMIT))["counts"])
    for name in sorted(stated.keys() | found.keys()):
        if stated.get(name) != found.get(name):
            yield name, stated.get(name), found.get(name)
