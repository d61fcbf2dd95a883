"""The sections of the report that are not items: summary, exhibits, what was left out, people, log, custody, method, checks."""

from __future__ import annotations

from collections.abc import Iterator

from plainrecord import __version__
from plainrecord.bundle.contents import Person, Source, SourceOriginal
from plainrecord.bundle.exhibits import ExhibitRow
from plainrecord.bundle.meta import RULESET_VERSION
from plainrecord.bundle.page_rows import EVIDENCE
from plainrecord.bundle.page_start import Start, copied_words
from plainrecord.bundle.schedules import ROWS_SHOWN
from plainrecord.bundle.shown import period, plural
from plainrecord.custody.manifest import DOES_NOT_PROVE
from plainrecord.intake.listing import Fate
from plainrecord.paper.blocks import Block, Cell, box, bullets, digest, heading, pairs, paragraph, small, steps, table
from plainrecord.selection import REASONS
from plainrecord.times import show_local, to_utc_us

_TROUBLED = (Fate.UNREADABLE, Fate.REFUSED, Fate.PARTLY_PARSED, Fate.KNOWN_UNSUPPORTED)


def cover(start: Start, parts: list[tuple[str, str]], without: str) -> Iterator[Block]:
    """What stands on the first page. `parts` are the other files of the report with what each holds, `without` a sentence on
    items that are in none."""
    contents = start.contents
    who = contents.who
    yield pairs(
        [
            ("Bundle", contents.bundle_id),
            ("Edition", _edition(start)),
            ("Case reference", contents.case_ref),
            ("Subject", contents.subject.label),
            ("Owner", contents.owner.label),
            ("Selection", contents.selection.words),
            ("Items", f"{start.counts.included:,}, and {plural(start.counts.attached, 'message')} carried inside them"),
            ("First to last item", _span(start)),
            ("Times are shown in", contents.timezone or "UTC (no other zone was given)"),
            ("Made by", ", ".join(filter(None, (who.name, who.role, who.org)))),
            ("Made", f"{show_local(to_utc_us(start.built), contents.timezone)}, with plainrecord {__version__}"),
        ]
    )
    yield box("What this does not prove", DOES_NOT_PROVE)
    if contents.warnings:
        yield box("To be noted", contents.warnings)
    if without:
        yield paragraph(without)
    if parts:
        yield paragraph("The report stands in several files. This is the first; the items are in the others:")
        yield table((("File", "34mm"), ("Holds", "1fr")), parts)


def _edition(start: Start) -> str:
    made_from = start.contents.made_from
    words = f"{start.contents.edition} edition"
    return f"{words}, made from {made_from.bundle_id} (seal {made_from.seal})" if made_from else words


def _span(start: Start) -> str:
    months = start.months
    return period(months.first_us, months.last_us, start.contents.timezone) if months.rows else "no dated items"


def summary(start: Start) -> Iterator[Block]:
    """Coverage first, then the counts and the balance."""
    zone = start.contents.timezone
    yield heading("What the sources cover")
    yield paragraph(
        "Read this before any figure: a source can only show what it holds, and only for the time it covers."
    )
    columns = (
        ("Source", "12mm"), ("Export", "1.3fr"), ("First to last dated record", "1.4fr"), ("Seen", "13mm"), ("Read", "13mm"),
        ("Not readable", "16mm"), ("Undated", "15mm"), ("What it cannot hold", "2fr"),
    )  # fmt: skip
    rows = [
        (
            source.label,
            f"{c.title} ({c.service})",
            period(c.first_utc_us, c.last_utc_us, zone),
            f"{c.seen:,}",
            f"{c.read:,}",
            f"{c.unread:,}",
            f"{c.undated:,}",
            c.cannot_hold,
        )
        for source in start.sources
        for c in source.claims
    ]
    yield table(columns, rows)
    yield from _acts(start)
    yield heading("Counts")
    yield table((("What was counted", "1fr"), ("Records", "25mm")), _counts(start))
    counts = start.counts
    yield paragraph(
        f"The balance: {counts.seen:,} seen = {counts.included:,} in this bundle + {counts.not_included:,} not included"
        f" + {counts.unread:,} not readable."
    )
    if start.months.rows:
        yield heading("Items by month")
        months = [(month.name, f"{month.count:,}", month.first) for month in start.months.rows]
        yield table((("Month, in the zone shown", "1fr"), ("Items", "25mm"), ("First one", "30mm")), months)


def _acts(start: Start) -> Iterator[Block]:
    """Which things done to the owner each export can show."""
    claims = [(f"{source.label} {c.service}", c.acts) for source in start.sources for c in source.claims if c.acts]
    if not claims:
        return
    yield heading("What these downloads can show of things done to the owner")
    yield small("Where the answer is not “yes”, it is not known whether anything happened.")
    yield table(
        (("Export", "26mm"), ("Yes, with its time", "1fr"), ("In part", "1fr"), ("No, or not known", "1fr")),
        [(name, *_sorted_acts(acts)) for name, acts in claims],
    )


def _sorted_acts(acts: dict[str, str]) -> tuple[str, str, str]:
    """The acts an export shows, shows in part (and how far), and does not show or may not."""
    part = [f"{act} ({said.partition(': ')[2]})" for act, said in acts.items() if said.startswith("in part")]
    rest = [
        act if said == "no" else f"{act} ({said})"
        for act, said in acts.items()
        if said != "yes" and not said.startswith("in part")
    ]
    return "; ".join(act for act, said in acts.items() if said == "yes"), "; ".join(part), "; ".join(rest)


def _counts(start: Start) -> Iterator[tuple[str, str]]:
    counts = start.counts
    rows = [
        ("Seen in the originals", counts.seen),
        ("In this bundle", counts.included),
        ("– written by the subject’s accounts", counts.from_subject),
        ("– written by the owner’s accounts", counts.from_owner),
        ("– written by other accounts", counts.included - counts.from_subject - counts.from_owner),
        ("– without a usable time", counts.undated),
        ("Not included", counts.not_included),
        ("Could not be read", counts.unread),
        ("Messages carried inside these", counts.attached),
        ("Conversations", counts.conversations),
        ("Attachments kept (different contents)", counts.media_files),
        ("Attachments without their bytes", counts.attachments_without_bytes),
        *((f"Kind: {kind}", count) for kind, count in counts.by_kind.items()),
        *((f"Service: {service}", count) for service, count in counts.by_service.items()),
    ]
    return ((name, f"{count:,}") for name, count in rows)


def exhibits(start: Start) -> Iterator[Block]:
    """The exhibits as assigned, each with what it covers and its fingerprint."""
    if not start.exhibits:
        yield paragraph("Exhibit references are given by the officer; none has been given here.")
        return
    columns = (("Reference", "20mm"), ("Description", "1.2fr"), ("What it is", "1fr"), ("Produced by", "28mm"))
    rows = [(one.reference, one.description, _what(one), one.producer) for one in start.exhibits]
    yield table(columns, rows)
    digests = [(one.reference, cover.ref, digest(cover.sha256)) for one in start.exhibits for cover in one.covers]
    yield table((("Reference", "20mm"), ("What", "1fr"), ("SHA-256 (of the whole bundle: the seal)", "88mm")), digests)


def _what(one: ExhibitRow) -> str:
    derived = f"; derived from {one.derived_from}" if one.derived_from else ""
    former = f"; formerly {', '.join(one.former_references)}" if one.former_references else ""
    return f"{one.covers_words}{derived}{former}"


def originals(start: Start) -> Iterator[Block]:
    """Every original with its fingerprint before and after reading."""
    yield heading("Originals handed in")
    yield paragraph("Originals are not in this bundle; anyone who holds one can compare its SHA-256.")
    for source in start.sources:
        yield heading(f"{source.label} {source.name}", 3)
        yield from _source(source)


def _source(source: Source) -> Iterator[Block]:
    columns = (("File", "1fr"), ("Bytes", "20mm"), ("SHA-256 when first read", "86mm"), ("After reading", "19mm"))
    rows = [
        (one.relpath, f"{one.size:,}", digest(one.before.sha256), _after(one)) for one in source.originals[:ROWS_SHOWN]
    ]
    yield table(columns, rows)
    if len(source.originals) > ROWS_SHOWN:
        yield small(f"{len(source.originals) - ROWS_SHOWN:,} more files stand in meta/sources.json.")
    troubled = [fate for fate in source.fates if fate.fate in _TROUBLED]
    if troubled:
        yield bullets(f"{fate.path}: {fate.fate.value}. {fate.reason}" for fate in troubled[:ROWS_SHOWN])


def _after(one: SourceOriginal) -> str:
    after = "the same" if one.after == one.before else "DIFFERENT"
    if one.after is None:
        after = f"not read again{': ' + one.after_reason if one.after_reason else ''}"
    return f"{after}; same bytes as {one.same_as}" if one.same_as else after


def left_out(start: Start) -> Iterator[Block]:
    """What is not here, by reason and by conversation."""
    schedules = start.schedules
    yield paragraph(
        f"{plural(schedules.not_included, 'record')} of the originals not in this bundle. People in them are called"
        " “Contact 1” and so on, not by name. The originals were hashed whole, so they can be examined later."
    )
    reasons = [(s, REASONS.get(why, why), f"{count:,}") for (s, why), count in sorted(schedules.by_reason.items())]
    if reasons:
        yield table((("Source", "14mm"), ("Reason", "1fr"), ("Records", "20mm")), reasons)
        yield from _not_included(start)
    if start.contents.selection.near_misses:
        yield paragraph("Accounts with a display name like the subject’s, not included because a name proves nothing:")
        yield bullets(f"{name}: {plural(count, 'record')}" for name, count in start.contents.selection.near_misses)


def _not_included(start: Start) -> Iterator[Block]:
    zone, schedules = start.contents.timezone, start.schedules
    columns = (
        ("Source", "13mm"), ("With", "22mm"), ("Service", "20mm"), ("Records", "16mm"), ("First to last", "1.5fr"),
        ("Reason", "28mm"), ("Examined", "1fr"),
    )  # fmt: skip
    rows = [
        (
            one.source,
            one.counterparty,
            one.service,
            f"{one.count:,}",
            period(one.first_utc_us, one.last_utc_us, zone),
            one.reason,
            one.examined,
        )
        for one in schedules.shown_not_included
    ]
    yield heading("By conversation")
    yield table(columns, rows)
    yield _more(schedules.rows_not_included - len(rows), "schedules/not_included.csv")


def _more(count: int, where: str) -> Block:
    return small(f"{plural(count, 'more row')}. All are in {where}." if count > 0 else f"The same list: {where}.")


def people(start: Start) -> Iterator[Block]:
    """Whose accounts are whose, on what ground."""
    yield paragraph("An account is not a person. Each account below counts as somebody’s only on the ground stated.")
    for role, person in (("Subject", start.contents.subject), ("Owner", start.contents.owner)):
        yield heading(role if person.label == role else f"{role}: {person.label}")
        yield from _person(person)


def _person(person: Person) -> Iterator[Block]:
    if not person.accounts:
        yield paragraph("No account.")
        return
    columns = (
        ("Account", "1.4fr"), ("Display name", "1fr"), ("Service", "20mm"), ("Rule", "18mm"), ("Ground", "1.4fr"),
        ("Stated by", "26mm"),
    )  # fmt: skip
    rows = [
        (one.account.value, one.account.name or "", one.account.service, one.rule, one.basis, one.asserted_by)
        for one in person.accounts
    ]
    yield table(columns, rows)


def log_entries(start: Start, entries: list[tuple[Cell, ...]]) -> Iterator[Block]:
    """The owner's own entries: number, time, first words."""
    count = start.counts.by_kind.get("incident", 0)
    if copied := copied_words(start.counts):
        yield paragraph(copied)
    if not count:
        yield paragraph("This bundle holds no diary or log entries written by a person.")
        return
    yield paragraph(f"{plural(count, 'entry', 'entries')} written by a person as a note (“authored”).")
    yield table((("Item", "22mm"), ("Time", "45mm"), ("First words", "1fr")), entries)
    if count > len(entries):
        yield small(f"The other {count - len(entries):,} stand in the timeline.")


def custody(start: Start) -> Iterator[Block]:
    """The custody log so far."""
    bundle_id, before = start.contents.bundle_id, start.entries[0].seq - 1 if start.entries else 0
    yield paragraph(
        "The whole log is custody/custody.jsonl: every line holds the fingerprint of the line before. What happened after"
        f" sealing is in {bundle_id}.custody-after.jsonl beside the bundle."
    )
    if before:
        yield small(f"{plural(before, 'earlier entry', 'earlier entries')} not shown here.")
    columns = (("No.", "10mm"), ("When", "38mm"), ("Type", "31mm"), ("Who", "24mm"), ("What was done", "1fr"))
    yield table(columns, [(str(one.seq), one.when, one.type, one.who, one.what) for one in start.entries])


def method(start: Start, made: str) -> Iterator[Block]:
    """Versions, parsers, decisions, unread records; `made` says how this PDF was made."""
    yield bullets(
        (
            (
                f"Made with plainrecord {__version__}, rules {RULESET_VERSION}, in {start.contents.mode} mode. Settings and the"
                " selection rule in machine form: meta/rules.json."
            ),
            "Originals were opened for reading only. Every record was read, or is in the list of unread ones.",
            (
                "Items are ordered by their instant in UTC, ties by source and position. Times without a known zone are not"
                " placed in the timeline; they come last, as undated."
            ),
            f"Evidence kinds: {'; '.join(EVIDENCE.values())}.",
            "This paper is a rendering. data/items/messages.jsonl in the bundle holds the text exactly as decoded.",
            (
                "Characters that no font has, that cannot be seen, or that change the direction of writing are shown like"
                " [U+202E]. Colour pictures (emoji) are drawn in black; Chinese characters in one national form."
            ),
            "Pictures, sound and other files are named with size and SHA-256 and are not shown.",
            made,
        )
    )
    yield heading("Parsers and how well they are proven")
    claims = [(s.label, c.title, f"{c.parser} {c.parser_version}", c.tier) for s in start.sources for c in s.claims]
    yield table((("Source", "14mm"), ("Export", "1fr"), ("Parser", "40mm"), ("Evidence", "1fr")), claims)
    yield from _decisions(start)
    yield from _unread(start)


def _decisions(start: Start) -> Iterator[Block]:
    yield heading("Decisions taken while reading")
    rows = [
        (source.label, one.subject, one.chosen, one.basis, "yes" if one.certain else "no")
        for source in start.sources
        for claim in source.claims
        for one in claim.decisions
    ]
    columns = (("Source", "14mm"), ("What", "32mm"), ("Decided", "1fr"), ("Because", "1.5fr"), ("Certain", "15mm"))
    yield table(columns, rows) if rows else paragraph("Nothing had to be decided.")


def _unread(start: Start) -> Iterator[Block]:
    schedules = start.schedules
    yield heading("Records that could not be read")
    if not schedules.unread:
        yield paragraph("None.")
        return
    columns = (("Source", "14mm"), ("Original and place in it", "1.2fr"), ("Kind", "28mm"), ("What happened", "1fr"))
    rows = [
        (one.source, f"{one.original} {one.unread.position.locator}", one.unread.kind, one.unread.detail)
        for one in schedules.shown_unread
    ]
    yield table(columns, rows)
    yield _more(schedules.unread - len(rows), "schedules/unread.csv")


def check(start: Start) -> Iterator[Block]:
    """How anyone can hold this against the bundle and the bundle against its seal."""
    bundle_id = start.contents.bundle_id
    yield paragraph(
        "A print can be changed like any paper. What it says can be held against the bundle it was made with:"
    )
    yield steps(
        (
            (
                f"Find the seal: 64 characters in 8 groups of 8 on the hand-over sheet {bundle_id}.handover.txt, or wherever it"
                " was written down. It is nowhere inside the bundle, and not in this report."
            ),
            (
                "On Windows, open the folder of the bundle, click into the address bar, type cmd, press Enter, and type:"
                " certutil -hashfile tagmanifest-sha256.txt SHA256"
            ),
            (
                "If the answer is the seal, the lists of fingerprints are the ones that were sealed. VERIFY.txt in the bundle"
                " says how to check every file against them, this report among them (tagmanifest-sha256.txt)."
            ),
            "Every item has a number. The same number stands in START_HERE.html, timeline.csv and messages.jsonl.",
        )
    )
    yield pairs([("SHA-256 of manifest-sha256.txt", start.payload_manifest)])
