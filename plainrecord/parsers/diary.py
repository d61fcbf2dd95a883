"""A person's own log of incidents: calls, presents, being followed; a CSV file or Excel workbook that its owner keeps.

From: the template of `plainrecord diary-template`, or a table with the columns police forces and charities ask for (see
data/diary.toml). Entries are `incident` records, `authored` and not recorded: they say what a person wrote down, when it
happened by their account, and when they wrote it. A correction is a further row that names the entry it corrects; both
stay. A private note is never read out. Cannot read: hand-written diaries (hand in the pages as pictures), free text.
Source of knowledge: published advice on what to write down. Tier: `public schema`. Fixture: fixtures/diary.

A record is one row: `bytes:START-END` in a text, `row:SHEET/NUMBER` in a workbook.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard, NeedsAnswer
from plainrecord.parsers.diaryentry import Entries, amendments, as_fact
from plainrecord.parsers.diarywords import is_diary
from plainrecord.parsers.tabularopen import Layout, is_workbook, peek, rows_at, table_rows
from plainrecord.parsers.tabularrows import Row, RowFault, header_names
from plainrecord.parsers.tabulartimes import order_shown, written
from plainrecord.records import Decision, Envelope, Loaded, Position, Unread

_HEADER_WITHIN = 20
# A log longer than this was not written by hand; its rows are held in memory to see which corrects which.
_MOST_ENTRIES = 200_000
_SIGNS = (b"happened", b"incident")


class Diary:
    """A log of incidents as a table."""

    name = "diary"
    version = "1"
    service = "diary"
    card = FormatCard(
        service="diary",
        export="The owner's own log of incidents (CSV or .xlsx; template: plainrecord diary-template)",
        tier="public schema",
        holds="What the owner wrote down, when it happened by their account, when it was written, corrections beside what they correct.",
        cannot_hold="Proof that it happened, or that an entry was written when it says; a private note, which is left out.",
        fixture="diary",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Tables whose header row is that of a log: what happened, when, and one thing more."""
        for member in listing.members:
            found = peek(member) if _worth_a_look(member) else None
            if found is None:
                continue
            header = next((row for row in found.rows[:_HEADER_WITHIN] if is_diary(header_names(row.texts))), None)
            if header is None:
                continue
            facts = {
                "table": found.layout.as_text(),
                "header": json.dumps(header_names(header.texts), ensure_ascii=False),
                "header_row": str(header.number),
            }
            claim = Claim(self.name, member.name, (member,), listing.options, facts=facts)
            claim.decisions.append(
                Decision("table", found.layout.says[0], "; ".join(found.layout.says[1:]) or "as found")
            )
            yield claim

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every entry in order. Raises NeedsAnswer when the log does not show which number of its dates is the day."""
        layout, entries = _again(claim)
        rows: list[Row] = []
        faults: list[Unread] = []
        for row in table_rows(claim, layout):
            if isinstance(row, Unread):
                faults.append(row)
            elif isinstance(row, RowFault):
                faults.append(Unread(Position(entries.member, row.locator), row.kind, row.detail))
            elif _is_entry(row, claim, entries):
                if len(rows) >= _MOST_ENTRIES:
                    detail = f"The log has more than {_MOST_ENTRIES} entries; this one was not read."
                    faults.append(Unread(Position(entries.member, row.locator), "too-many-entries", detail))
                    continue
                rows.append(row)
        claim.facts["order"] = _order(claim, rows, entries) or ""
        claim.facts["amended"] = as_fact(amendments(rows, entries))
        _, entries = _again(claim)
        _say(claim, rows, entries)
        yield from (entries.envelope(row) for row in rows)
        yield from faults

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those entries with their words."""
        if "amended" not in claim.facts:
            for _ in self.scan(claim):
                pass
        layout, entries = _again(claim)
        for _, row in rows_at(claim, layout, wanted):
            yield entries.loaded(row)


def _worth_a_look(member: Member) -> bool:
    """Whether the first bytes speak of what happened, so that a folder of other texts is not searched for tables."""
    if is_workbook(member):
        return True
    plain = member.head[:8192].replace(b"\0", b"").lower()
    return member.media_type.startswith("text/") and any(sign in plain for sign in _SIGNS)


def _again(claim: Claim) -> tuple[Layout, Entries]:
    layout = Layout.from_text(claim.facts["table"])
    header = tuple(json.loads(claim.facts["header"]))
    order = claim.facts.get("order") or None
    amended = json.loads(claim.facts.get("amended", "{}"))
    return layout, Entries(header, claim.options, layout.since_1904, claim.members[0].tree_path, order, amended)


def _is_entry(row: Row, claim: Claim, entries: Entries) -> bool:
    below = row.number > int(claim.facts["header_row"])
    return below and not row.blank and header_names(row.texts) != entries.header


def _order(claim: Claim, rows: Iterable[Row], entries: Entries) -> str | None:
    """The order of day and month: as the log itself shows, else as a person said; asked for when both are silent."""
    shown = order_shown(text for row in rows for text in entries.date_texts(row))
    said = claim.options.date_order
    if shown.order and not shown.contradicted:
        claim.decisions.append(Decision("date order", shown.order, f"“{shown.evidence}” can only be read this way"))
        return shown.order
    if said:
        claim.decisions.append(Decision("date order", said, "said by a person", certain=False))
        return said
    if shown.open_text or shown.contradicted:
        _ask(claim, shown.open_text or shown.evidence, contradicted=shown.contradicted)
    return None


def _ask(claim: Claim, text: str, *, contradicted: bool) -> None:
    day, month = written(text, "DMY"), written(text, "MDY")
    example = f"“{text}”"
    if day and month:
        example = f"“{text}” is {day.local:%Y-%m-%d} with DMY and {month.local:%Y-%m-%d} with MDY."
    says = "its dates are written in two ways." if contradicted else "its dates do not show which number is the day."
    raise NeedsAnswer("date_order", claim.members[0].name, says, example, "--date-order DMY or --date-order MDY")


def _say(claim: Claim, rows: list[Row], entries: Entries) -> None:
    """What a reader should know of the log as a whole: corrections, numbers used twice, entries out of order."""
    numbers = [entries.text(row, "number") for row in rows if entries.text(row, "number")]
    noted = [time.utc_us for row in rows if (time := entries.written(row)) and time.utc_us is not None]
    back = sum(later < earlier for earlier, later in pairwise(noted))
    parts = [f"{len(rows)} entries", f"{len(entries.amended)} corrected by later ones"]
    if len(numbers) > len(set(numbers)):
        parts.append(f"{len(numbers) - len(set(numbers))} numbers used more than once")
    if back:
        parts.append(f"{back} written before the entry above them, by their own account")
    unknown = [number for number in entries.amended if number not in numbers]
    if unknown:
        parts.append(f"{len(unknown)} corrections name an entry that is not there")
    claim.decisions.append(Decision("log", parts[0], "; ".join(parts[1:])))
