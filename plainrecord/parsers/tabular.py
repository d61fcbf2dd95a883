"""Any table of messages, as delimited text or Excel workbook, read with a column mapping that a person gives.

From: phone-report spreadsheets, carrier records, home-made tables, exports without a reader of their own. Reads nothing
without a mapping (`--mapping FILE`; `plainrecord mapping EXPORT` proposes one), and only tables whose header row holds every
column the mapping names. The mapping is checked on the first rows before any is read. Cannot read: .xls, .xlsb, .ods,
tables without a header row. Source of knowledge: RFC 4180 and ECMA-376. Tier: `public schema`. Fixture: fixtures/tabular.

A record is one row: `bytes:START-END` in a text, `row:SHEET/NUMBER` in a workbook.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence

from plainrecord.errors import UsageError
from plainrecord.intake.listing import Listing, Member, ReadOptions
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.media import beside
from plainrecord.parsers.mapping import Mapping, TableShape, digest_of, read_mapping
from plainrecord.parsers.mappingproposal import likely_table, propose
from plainrecord.parsers.tabularmessage import RowReader
from plainrecord.parsers.tabularopen import Layout, Peek, is_workbook, peek, rows_at, table_rows
from plainrecord.parsers.tabularrows import Row, RowFault, header_names
from plainrecord.parsers.tabulartimes import tidy, written
from plainrecord.records import Decision, Envelope, Loaded, Position, Unread

# The share of the first rows whose time may be unreadable before the mapping is taken to be wrong.
_ODD_TIMES = 0.25


class Tabular:
    """Rows of a table, by a mapping."""

    name = "table"
    version = "1"
    service = "table"
    card = FormatCard(
        service="table",
        export="Any table with a header row (CSV, TSV, .xlsx), with a column mapping",
        tier="public schema",
        holds="What its columns hold; every column that is not mapped is kept as a fact of its row.",
        cannot_hold="Anything the maker of the table left out; zeros and digits a spreadsheet dropped; results of formulas not saved.",
        fixture="tabular",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Tables whose header row holds the mapping's columns. Raises UsageError when their first rows do not fit it."""
        text = listing.options.mapping
        if not text:
            return
        mapping = read_mapping(text)
        for member in listing.members:
            found = peek(member, mapping.table)
            header = _header(found, mapping) if found else None
            if found is None or header is None or _missing(mapping, header):
                continue
            reader = RowReader(mapping, header, listing.options, found.layout.since_1904, member.tree_path)
            _check(member, reader, [row for row in found.rows if row.number > mapping.table.header_row])
            facts = {"table": found.layout.as_text(), "header": json.dumps(header, ensure_ascii=False), "mapping": text}
            claim = Claim(
                self.name, member.name, (member, *_media(listing, member, mapping)), listing.options, facts=facts
            )
            claim.decisions += _decisions(found, mapping, text)
            yield claim

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every row below the header, in order, but for blank rows and repetitions of the header."""
        layout, reader = _again(claim)
        header_row = reader.mapping.table.header_row
        for row in table_rows(claim, layout):
            if isinstance(row, Unread):
                yield row
            elif isinstance(row, RowFault):
                yield Unread(Position(reader.member, row.locator), row.kind, row.detail)
            elif row.number > header_row and _below_header(row, reader):
                yield reader.envelope(row)

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those rows with their content."""
        layout, reader = _again(claim)
        for _, row in rows_at(claim, layout, wanted):
            envelope = reader.envelope(row)
            if isinstance(envelope, Envelope):
                yield reader.loaded(row, claim, envelope)


def _below_header(row: Row, reader: RowReader) -> bool:
    """Whether a row holds something of its own: blank ones and repetitions of the header (a page break) do not."""
    return not row.blank and header_names(row.texts) != reader.header


def _again(claim: Claim) -> tuple[Layout, RowReader]:
    layout = Layout.from_text(claim.facts["table"])
    header = tuple(json.loads(claim.facts["header"]))
    mapping = read_mapping(claim.facts["mapping"])
    return layout, RowReader(mapping, header, claim.options, layout.since_1904, claim.members[0].tree_path)


def _header(found: Peek, mapping: Mapping) -> tuple[str, ...] | None:
    row = next((row for row in found.rows if row.number == mapping.table.header_row), None)
    return header_names(row.texts) if row else None


def _missing(mapping: Mapping, header: Sequence[str]) -> list[str]:
    return [name for name in mapping.columns.named().values() if name not in header]


def _check(member: Member, reader: RowReader, rows: Sequence[Row]) -> None:
    """Hold the mapping against the first rows. Raises UsageError with the row, the column and what stands there.

    A single odd time among good ones is no fault of the mapping; it is kept and marked when the table is read.
    """
    filled = [row for row in rows if _below_header(row, reader) and reader.cell(row, _time_field(reader)).text.strip()]
    bad = [row for row in filled if (time := reader.time(row)).utc_us is None and time.local is None]
    if bad and (bad[0] is filled[0] or len(bad) > len(filled) * _ODD_TIMES):
        raise UsageError(_says(member, reader, bad[0]))
    if rows and not filled:
        name = getattr(reader.mapping.columns, _time_field(reader))
        raise UsageError(
            f"{member.name}: the column “{name}”, which the mapping takes for the time, is empty in the first rows."
            " Nothing was read. Correct the mapping file and try again."
        )


def _time_field(reader: RowReader) -> str:
    return "time" if reader.mapping.columns.time else "date"


def _says(member: Member, reader: RowReader, row: Row) -> str:
    field = _time_field(reader)
    name, text = getattr(reader.mapping.columns, field), tidy(reader.cell(row, field).text)[:60]
    order = reader.mapping.order(reader.options.date_order)
    form = reader.mapping.times.form
    start = f"{member.name}, row {row.number}: “{text}” in the column “{name}”"
    if form == "text" and not order and (written(text, "DMY") or written(text, "MDY")):
        why = 'does not show which number is the day. Say it in the mapping, order = "DMY" or order = "MDY", or with --date-order'
    else:
        why = (
            f"is no time of the form “{form}”"
            + (f" in the order {order}" if order else "")
            + ". Correct the mapping file"
        )
    return f"{start} {why}. Nothing was read."


def _media(listing: Listing, member: Member, mapping: Mapping) -> list[Member]:
    """Files beside the table that its rows may name; only where the mapping names a column for them."""
    if not mapping.columns.attachments:
        return []
    near = beside(listing, member, deep=True)
    return [other for other in near if not is_workbook(other) and not other.media_type.startswith("text/")]


def _decisions(found: Peek, mapping: Mapping, text: str) -> list[Decision]:
    shown = f"“{mapping.name}”, SHA-256 {digest_of(text)}" if mapping.name else f"SHA-256 {digest_of(text)}"
    return [
        Decision("column mapping", shown, f"given by a person: {mapping.words()}"),
        Decision("table", found.layout.says[0], "; ".join(found.layout.says[1:]) or "as found in the file"),
    ]


def proposal_for(member: Member) -> str | None:
    """A proposed mapping for a table, None for what is no table."""
    found = peek(member)
    if found is None:
        return None
    row = next((row for row in found.rows if not row.blank and len(row.texts) > 1), None)
    if row is None:
        return None
    for candidate in found.rows[:20]:
        if likely_table(header_names(candidate.texts)):
            row = candidate
            break
    layout = found.layout
    table: dict[str, object] = {"header_row": row.number}
    table |= {"sheet": layout.sheet} if layout.sheet is not None else {"delimiter": layout.delimiter}
    rest = [below for below in found.rows if below.number > row.number and not below.blank]
    return propose(member.name, header_names(row.texts), rest, table)


def advice_for(member: Member, options: ReadOptions) -> str | None:
    """What to say of a table that nothing read: that a mapping would, or why the one given did not. None for no table."""
    found = peek(member, read_mapping(options.mapping).table if options.mapping else TableShape())
    if found is None:
        return None
    if options.mapping:
        mapping = read_mapping(options.mapping)
        missing = _missing(mapping, _header(found, mapping) or ())
        if not missing:
            return None
        return f"{member.name} is a table, but the mapping given is not for it: it has no column “{missing[0]}”. It was kept and not read."
    if not any(likely_table(header_names(row.texts)) for row in found.rows[:20]):
        return None
    return (
        f"{member.name} looks like a table of messages. It can be read with a column mapping: “plainrecord mapping FILE”"
        " proposes one, to be checked and given with --mapping. It was kept and not read."
    )
