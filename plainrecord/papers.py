"""Papers that go with a sealed bundle: labels, exhibit list, paragraphs for a statement, a certificate. All are drafts.

Facts are filled in from the bundle's own files, and nothing else is: what only a person can know stays blank. Nothing is written
into the bundle.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from plainrecord.bundle.bagreader import UnreadableError, read_whole
from plainrecord.bundle.bagreader_zip import BadArchiveError
from plainrecord.bundle.exhibits import CoveredFile, ExhibitRow, ExhibitsFile, exhibit_row
from plainrecord.bundle.shown import seal_groups
from plainrecord.bundle.workshop import AFTER_LOG, place_of
from plainrecord.counting import opened_bundle
from plainrecord.errors import UsageError
from plainrecord.exhibits import Exhibit, exhibits_of
from plainrecord.paper.blocks import Block, as_text, digest, heading, paragraph, small, table
from plainrecord.paper.printable import printable
from plainrecord.paper.typesetting import typeset, unavailable
from plainrecord.paper.wording import Wording, checked, mark, wording

_LONGEST = 64 << 20
_BLANK = "____________"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the papers need of a bundle. `exhibits` are those of the bundle and of the log that goes on after its seal."""

    about: dict[str, Any]
    sources: list[dict[str, Any]]
    exhibits: list[ExhibitRow]
    seal: str

    @property
    def bundle_id(self) -> str:
        """The bundle's id, which names the files of its papers."""
        return str(self.about["bundle_id"])


def write_papers(bundle: Path, out: Path, moment: datetime, marking: str = "") -> list[Path]:
    """Write every paper of a bundle (folder or zip) into the folder `out`; gives the files.

    Where no PDF can be made, the texts are written alone. Raises UsageError when it is no bundle, `out` lies in it, or a
    paper is there already.
    """
    sealed = _read(bundle)
    if out.resolve().is_relative_to(bundle.resolve()):
        raise UsageError(
            "Papers are written beside a bundle, never into it. Choose another folder. Nothing was written."
        )
    out.mkdir(parents=True, exist_ok=True)
    targets = _targets(sealed, out)
    taken = [path.name for _, path in targets if path.exists()]
    if taken:
        raise UsageError(
            f"{out} already holds {taken[0]}. It was left as it is; nothing was written. Choose another folder."
        )
    with tempfile.TemporaryDirectory(prefix="plainrecord-") as work:
        for name, path in targets:
            _write(name, sealed, path, Path(work), moment, marking)
    return [path for _, path in targets if path.exists()]


_PAPERS = ("labels", "exhibit-list", "statement", "certificate-902-14")


def _targets(sealed: Sealed, out: Path) -> list[tuple[str, Path]]:
    endings = ("txt",) if unavailable() else ("pdf", "txt")
    return [
        (name, out / f"{sealed.bundle_id}.{name}.{ending}")
        for name in _PAPERS
        for ending in endings
        if (name, ending) != ("labels", "txt")
    ]


def _read(bundle: Path) -> Sealed:
    try:
        with opened_bundle(bundle) as bag:
            about = json.loads(read_whole(bag, "meta/bundle.json", _LONGEST))
            sources = json.loads(read_whole(bag, "meta/sources.json", _LONGEST))["sources"]
            inside = ExhibitsFile.model_validate_json(read_whole(bag, "meta/exhibits.json", _LONGEST)).exhibits
            seal = hashlib.sha256(read_whole(bag, "tagmanifest-sha256.txt", _LONGEST)).hexdigest()
    except (UnreadableError, BadArchiveError, OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{bundle} cannot be read as a bundle ({error}). Nothing was written.") from None
    after = place_of(bundle).parent / f"{about['bundle_id']}{AFTER_LOG}"
    lines = after.read_text("utf-8").splitlines() if after.is_file() else []
    return Sealed(about, sources, [*inside, *map(_later, exhibits_of(lines))], seal)


def _later(exhibit: Exhibit) -> ExhibitRow:
    """An exhibit assigned after the seal: what it covers in the words it was given."""
    return exhibit_row(
        exhibit, [CoveredFile(what="", ref=cover, bytes=None, sha256="") for cover in exhibit.parts.covers]
    )


def _write(name: str, sealed: Sealed, path: Path, work: Path, moment: datetime, marking: str) -> None:
    said = wording(
        {"labels": "label", "exhibit-list": "exhibit_list", "certificate-902-14": "certificate"}.get(name, name)
    )
    blocks = [] if name == "labels" else [*_BODIES[name](sealed, said), *_sources(said)]
    if path.suffix == ".txt":
        text = as_text(said.title, [paragraph(mark()), *blocks])
        path.write_text(text, "utf-8", newline="\r\n")
        return
    data: dict[str, Any] = {
        "title": f"{said.title}, {sealed.bundle_id}",
        "heading": said.title,
        "mark": mark(),
        "left": f"Bundle {sealed.bundle_id}",
        "right": printable(sealed.about["case_ref"]),
        "foot": "Template",
        "marking": printable(marking),
    }
    if name == "labels":
        made = typeset("labels.typ", data | {"labels": _labels(sealed), "checked": checked()}, path, work, moment)
    else:
        made = typeset("paper.typ", data | {"blocks": blocks}, path, work, moment)
    if made.problem:
        raise UsageError(f"{path.name} could not be made. {made.problem}")


def _sources(said: Wording) -> Iterator[Block]:
    yield heading("Where this wording comes from", 2)
    yield small(checked())
    for source in said.sources:
        yield small(f"– {source}.")


def _labels(sealed: Sealed) -> list[dict[str, Any]]:
    rows: list[ExhibitRow | None] = [*sealed.exhibits]
    return [_label(sealed, row) for row in rows or [None]]


def _label(sealed: Sealed, row: ExhibitRow | None) -> dict[str, Any]:
    whole = row is None or any(one.what == "the whole bundle" for one in row.covers)
    hashes = sealed.seal if whole else " ".join(one.sha256 for one in row.covers if one.sha256) if row else ""
    lines = [
        ("Force / agency", ""),
        ("Case reference", sealed.about["case_ref"]),
        ("Description", row.description if row else ""),
        ("What it is", row.covers_words if row else "the whole bundle"),
        ("SHA-256" + (" (seal)" if whole else ""), hashes),
        ("Produced by", row.producer if row else ""),
        ("Statement of", row.producer if row else ""),
        ("dated", row.statement_date if row else ""),
        ("Date produced", ""),
        ("Seal / bag no.", ""),
        ("Signature", ""),
    ]
    return {
        "reference": printable(row.reference) if row else "",
        "lines": [[name, printable(value)] for name, value in lines],
    }


def _exhibit_list(sealed: Sealed, said: Wording) -> Iterator[Block]:
    yield small(said.under)
    columns = (
        ("Reference", "19mm"), ("Description", "1.4fr"), ("What it is", "1fr"), ("Produced by", "24mm"),
        ("Statement of", "20mm"), ("Kept at", "24mm"),
    )  # fmt: skip
    rows = [
        (row.reference, row.description, _what(row), row.producer, row.statement_date or _BLANK, row.location or _BLANK)
        for row in sealed.exhibits
    ]
    yield table(columns, rows or [(_BLANK, _BLANK, f"the whole bundle {sealed.bundle_id}", _BLANK, _BLANK, _BLANK)])
    yield heading("Fingerprints", 2)
    yield from _fingerprints(sealed)


def _what(row: ExhibitRow) -> str:
    derived = f"; derived from {row.derived_from}" if row.derived_from else ""
    former = f"; formerly {', '.join(row.former_references)}" if row.former_references else ""
    return f"{row.covers_words}{derived}{former}"


def _fingerprints(sealed: Sealed) -> Iterator[Block]:
    rows = [
        (row.reference, one.ref, digest(sealed.seal if one.what == "the whole bundle" else one.sha256))
        for row in sealed.exhibits
        for one in row.covers
    ]
    yield table((("Reference", "19mm"), ("What", "1fr"), ("SHA-256", "88mm")), rows)
    yield small(f"The fingerprint of a whole bundle is its seal: {' '.join(seal_groups(sealed.seal))}.")


def _statement(sealed: Sealed, said: Wording) -> Iterator[Block]:
    """A draft for each person who produces an exhibit: each can only state what they did themselves."""
    yield small(said.under)
    producers = dict.fromkeys(row.producer for row in sealed.exhibits)
    for producer in producers:
        own = [row for row in sealed.exhibits if row.producer == producer]
        yield from _draft(sealed, said, producer, own)
    if not producers:
        yield from _draft(sealed, said, "[name]", [])


def _draft(sealed: Sealed, said: Wording, producer: str, own: list[ExhibitRow]) -> Iterator[Block]:
    covered = [one for row in own for one in row.covers]
    handed_in = {one.ref.partition(" ")[0] for one in covered if one.what == "original"}
    yield heading(said.say("heading", name=producer), 2)
    if handed_in or not own:
        yield paragraph(said.say("exported"))
        yield _files(sealed, handed_in)
    if not own or any(one.what != "original" for one in covered):
        yield from _making(sealed, said)
    for row in own:
        yield paragraph(
            said.say("produce", description=row.description, covers=row.covers_words, reference=row.reference)
        )
    if not own:
        yield paragraph(said.say("produce_blank"))
    yield paragraph(said.say("limits"))


def _making(sealed: Sealed, said: Wording) -> Iterator[Block]:
    """What who made the bundle can state."""
    about, counts = sealed.about, sealed.about["counts"]
    values = {"built": about["built_utc"], "version": about["tool_version"], "bundle_id": sealed.bundle_id}
    yield paragraph(said.say("built", **values, **_comparison(sealed)))
    yield _files(sealed, set())
    yield paragraph(said.say("selection", selection=about["selection"]))
    names = ("seen", "included", "not_included", "unread")
    yield paragraph(said.say("counts", **{name: f"{counts[name]:,}" for name in names}))
    yield paragraph(said.say("seal", seal=" ".join(seal_groups(sealed.seal))))


def _comparison(sealed: Sealed) -> dict[str, str]:
    """How many files there are, how many had one value before and after reading, and what is to be said of the others."""
    files = [one for _, one in _originals(sealed)]
    same, unknown = (sum(one["unchanged"] is value for one in files) for value in (True, None))
    changed = len(files) - same - unknown
    other = [f"{unknown:,} were not read a second time."] if unknown else []
    other += [f"{changed:,} had another value, which must be explained here: [explanation]."] if changed else []
    return {"files": f"{len(files):,}", "same": f"{same:,}", "other": " ".join(other)}


def _originals(sealed: Sealed) -> Iterator[tuple[str, dict[str, Any]]]:
    for source in sealed.sources:
        for one in source["originals"]:
            yield source["label"], one


def _files(sealed: Sealed, only: set[str]) -> Block:
    """The originals with their fingerprints: those of the sources named, or all when none is."""
    columns = (("Source", "14mm"), ("File", "1fr"), ("Bytes", "22mm"), ("SHA-256", "88mm"))
    rows = [
        (label, one["name"], f"{one['bytes']:,}", digest(one["before"]["sha256"]))
        for label, one in _originals(sealed)
        if not only or label in only
    ]
    return table(columns, rows)


def _certificate(sealed: Sealed, said: Wording) -> Iterator[Block]:
    yield small(said.under)
    yield paragraph(said.say("person"))
    yield paragraph(said.say("process", version=sealed.about["tool_version"]))
    columns = (("Source", "13mm"), ("File", "1fr"), ("Bytes", "18mm"), ("SHA-256 before and after", "88mm"))
    yield table(columns, [row for label, one in _originals(sealed) for row in _before_and_after(label, one)])
    yield paragraph(said.say("match", **_comparison(sealed)))
    yield paragraph(said.say("bundle", bundle_id=sealed.bundle_id, seal=" ".join(seal_groups(sealed.seal))))
    yield paragraph(said.say("declaration"))
    yield paragraph(said.say("signature"))


def _before_and_after(label: str, one: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    yield label, f"{one['name']}, before", f"{one['bytes']:,}", digest(one["before"]["sha256"])
    after = one["after"]
    if after is None:
        yield label, f"{one['name']}, after: not read again", "", ""
    else:
        yield label, f"{one['name']}, after", f"{after['bytes']:,}", digest(after["sha256"])


_BODIES = {"exhibit-list": _exhibit_list, "statement": _statement, "certificate-902-14": _certificate}
