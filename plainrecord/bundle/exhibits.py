"""The exhibits of a bundle: what each covers here, with its digest. An exhibit that covers something else stops the build.

`schedules/exhibit_list.csv` is for a spreadsheet, `meta/exhibits.json` for programs; both are written when there is none too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from plainrecord.bundle.bag import Bag
from plainrecord.bundle.contents import Source
from plainrecord.bundle.timeline import BOM, CsvRows
from plainrecord.errors import UsageError
from plainrecord.exhibits import BUNDLE, MEDIA, RECORD, SOURCE, Exhibit
from plainrecord.records import Written

EXHIBIT_LIST = "schedules/exhibit_list.csv"
EXHIBIT_COLUMNS = (
    "reference", "initials", "number", "sub", "description", "covers", "producer", "statement date", "location",
    "derived from", "former references", "items", "bytes", "sha256", "assigned by", "assigned",
)  # fmt: skip


class CoveredFile(Written):
    """One thing an exhibit covers: what it is, its item number or file, its length and SHA-256 ("" for the whole bundle,
    whose seal cannot stand inside it)."""

    what: str
    ref: str
    bytes: int | None
    sha256: str


class ExhibitRow(Written):
    """One exhibit as it stands in this bundle."""

    reference: str
    initials: str
    number: int
    sub: str
    description: str
    producer: str
    statement_date: str
    location: str
    derived_from: str
    former_references: list[str]
    assigned_by: str
    assigned: str
    covers: list[CoveredFile]

    @property
    def covers_words(self) -> str:
        """What it covers, on one line."""
        return "; ".join(f"{one.what} {one.ref}".strip() for one in self.covers)


class ExhibitsFile(Written):
    """`meta/exhibits.json`: exhibits assigned before this bundle was built."""

    schema_version: str = "1.0"
    exhibits: list[ExhibitRow]


def placed(
    exhibits: Sequence[Exhibit], sources: Sequence[Source], bag: Bag, lines: Iterable[bytes]
) -> list[ExhibitRow]:
    """Each exhibit with what it covers in this bundle; `lines` are those of `messages.jsonl`, read only when needed.

    Raises UsageError for an exhibit that names something which is not in the bundle.
    """
    wanted = {record for one in exhibits for record in one.records}
    items = _items(lines, wanted) if wanted else {}
    return [
        exhibit_row(one, [_covered(one, cover, sources, items, bag) for cover in one.parts.covers]) for one in exhibits
    ]


def _items(lines: Iterable[bytes], wanted: set[str]) -> dict[str, CoveredFile]:
    found = {}
    for line in lines:
        item = json.loads(line)
        if item["id"] in wanted:
            digest, size = item["raw_sha256"] or "", item["raw_bytes"]
            found[item["id"]] = CoveredFile(what="item", ref=item["item"], bytes=size, sha256=digest)
    return found


def _covered(
    exhibit: Exhibit, cover: str, sources: Sequence[Source], items: dict[str, CoveredFile], bag: Bag
) -> CoveredFile:
    if cover == BUNDLE:
        return CoveredFile(what="the whole bundle", ref=bag.name, bytes=None, sha256="")
    if cover.startswith(RECORD) and cover.removeprefix(RECORD) in items:
        return items[cover.removeprefix(RECORD)]
    if cover.startswith(MEDIA):
        found = sorted((bag.root / "data/media").glob(f"*/{cover.removeprefix(MEDIA)}.*"))
        if found:
            path = found[0].relative_to(bag.root).as_posix()
            return CoveredFile(what="file", ref=path, bytes=found[0].stat().st_size, sha256=cover.removeprefix(MEDIA))
    if cover.startswith(SOURCE):
        source = next((one for one in sources if one.label == cover.removeprefix(SOURCE)), None)
        if source is not None:
            return _of_source(source)
    raise UsageError(
        f"The exhibit {exhibit.reference} covers {cover}, which is not in this bundle. Nothing was sealed. Change the"
        " exhibit with “plainrecord exhibits change”, or the selection."
    )


def _of_source(source: Source) -> CoveredFile:
    one = source.originals[0] if len(source.originals) == 1 else None
    return CoveredFile(
        what="original",
        ref=f"{source.label} {source.name}"
        if one
        else f"{source.label} {source.name}, {len(source.originals):,} files",
        bytes=sum(original.size for original in source.originals),
        sha256=one.before.sha256 if one else "",
    )


def exhibit_row(exhibit: Exhibit, covers: list[CoveredFile]) -> ExhibitRow:
    """An exhibit as it is written down, with what it covers."""
    parts = exhibit.parts
    return ExhibitRow(
        reference=exhibit.reference,
        initials=parts.initials,
        number=parts.number,
        sub=parts.sub,
        description=parts.description,
        producer=exhibit.producer,
        statement_date=parts.statement_date or "",
        location=parts.location or "",
        derived_from=parts.derived_from or "",
        former_references=list(exhibit.former),
        assigned_by=exhibit.assigned_by,
        assigned=exhibit.assigned,
        covers=covers,
    )


def write_list(bag: Bag, rows: Iterable[ExhibitRow]) -> None:
    """Write `schedules/exhibit_list.csv`."""
    csv = CsvRows()
    with bag.new(EXHIBIT_LIST) as file:
        file.text(BOM + csv.row(EXHIBIT_COLUMNS))
        for row in rows:
            file.text(csv.row(tuple(_cells(row))))


def _cells(row: ExhibitRow) -> Iterator[str]:
    yield from (row.reference, row.initials, str(row.number), row.sub, row.description, row.covers_words, row.producer)
    yield from (row.statement_date, row.location, row.derived_from, "; ".join(row.former_references))
    yield "; ".join(one.ref for one in row.covers if one.what == "item")
    yield str(sum(one.bytes or 0 for one in row.covers)) if any(one.bytes is not None for one in row.covers) else ""
    yield "; ".join(one.sha256 for one in row.covers if one.sha256)
    yield from (row.assigned_by, row.assigned)
