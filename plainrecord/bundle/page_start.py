"""`START_HERE.html`: what an officer needs in a minute, and the way to everything else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from markupsafe import Markup

from plainrecord import __version__
from plainrecord.bundle.contents import Contents, ConversationView, Person, Source, SourceOriginal
from plainrecord.bundle.custody_steps import Entry
from plainrecord.bundle.exhibits import ExhibitRow
from plainrecord.bundle.meta import RULESET_VERSION, Figures
from plainrecord.bundle.months import Months
from plainrecord.bundle.page_frame import page, render
from plainrecord.bundle.page_parts import Written, timeline_page
from plainrecord.bundle.page_rows import EVIDENCE
from plainrecord.bundle.reporting import NO_REPORT, Report
from plainrecord.bundle.schedules import ROWS_SHOWN, Schedules
from plainrecord.bundle.shown import period, plural
from plainrecord.custody.manifest import DOES_NOT_PROVE
from plainrecord.facts import Figures as FactFigures
from plainrecord.intake.listing import Fate
from plainrecord.records import COPIED_BY_HAND, COPIED_CHAT
from plainrecord.selection import REASONS
from plainrecord.times import show_local, to_utc_us

_TROUBLED = (Fate.UNREADABLE, Fate.REFUSED, Fate.PARTLY_PARSED, Fate.KNOWN_UNSUPPORTED)
_SECTIONS = (
    ("summary", "1 Summary of facts"),
    ("exhibits", "2 Exhibits and originals"),
    ("timeline", "3 Timeline"),
    ("conversations", "4 Conversations in full"),
    ("left-out", "5 What was left out"),
    ("people", "6 Accounts and people"),
    ("log", "7 Log entries"),
    ("custody", "8 Custody"),
    ("method", "9 Method, versions, limits"),
    ("check", "10 How to check this"),
)


@dataclass(frozen=True, slots=True)
class Start:
    """Everything START_HERE.html is made from. `entries` are the last custody entries, `head` counts them all."""

    contents: Contents
    sources: tuple[Source, ...]
    built: datetime
    counts: Figures
    schedules: Schedules
    timeline: Written
    conversations: Written
    months: Months
    entries: list[Entry]
    payload_manifest: str
    exhibits: list[ExhibitRow] = field(default_factory=list)
    found: FactFigures | None = None
    report: Report = NO_REPORT


def start_page(start: Start) -> str:
    """The whole page."""
    contents = start.contents
    sections = "".join(f'<li><a href="#{anchor}">{name}</a></li>' for anchor, name in _SECTIONS)
    # The wrapper opens before <main> and closes after it, so that the list of sections can stand beside it.
    before = Markup(f'<div class="wide"><nav aria-label="Sections"><ul>{sections}</ul></nav>')  # noqa: S704 - fixed text
    under = "Messages and other records, in order of time, with where each was found. Nothing here needs a network or a program."
    body = render("start.html", **_values(start))
    return page(contents.bundle_id, f"Record {contents.bundle_id}", under, body, before=before, after=Markup("</div>"))


def _values(start: Start) -> dict[str, Any]:
    contents, schedules = start.contents, start.schedules
    return {
        "plural": plural,
        "bundle_id": contents.bundle_id,
        "limits": DOES_NOT_PROVE,
        "people": [_person("Subject", contents.subject), _person("Owner", contents.owner)],
        "others": [
            {
                "role": "Another person",
                "label": one.label,
                "accounts": one.accounts,
                "anchor": f"other-accounts-{number}",
            }
            for number, one in enumerate(contents.others, start=1)
        ],
        "zone": contents.timezone or "UTC (no other zone was given)",
        "selection": contents.selection.words,
        "case_ref": contents.case_ref,
        "who": ", ".join(filter(None, (contents.who.name, contents.who.role, contents.who.org))),
        "built": show_local(to_utc_us(start.built), contents.timezone),
        "version": __version__,
        "ruleset": RULESET_VERSION,
        "mode": contents.mode,
        "coverage": _coverage(start),
        "acts": _acts(start),
        "facts": contents.edition == "police",
        "counts": _counts(start),
        "balance": _balance(start.counts),
        "span": period(start.months.first_us, start.months.last_us, contents.timezone) if start.months.rows else "",
        "months": _months(start),
        "sources": [_source(source) for source in start.sources],
        "timeline": Markup(start.timeline.inline),  # noqa: S704 - escaped row by row
        "timeline_pages": start.timeline.pages,
        "find": "" if start.timeline.pages else render("find.html", index=start.timeline.index, paged=False),
        "conversations": Markup(start.conversations.inline),  # noqa: S704 - escaped message by message
        "conversation_pages": start.conversations.pages,
        "conversation_list": [_conversation(view, contents.timezone) for view in schedules.shown_conversations],
        "conversations_more": schedules.conversations - len(schedules.shown_conversations),
        "not_included": schedules.not_included,
        "not_included_rows": schedules.rows_not_included,
        "reasons": [
            (source, REASONS.get(reason, reason), f"{count:,}")
            for (source, reason), count in sorted(schedules.by_reason.items())
        ],
        "near_misses": contents.selection.near_misses,
        "incidents": start.counts.by_kind.get("incident", 0),
        "copied": copied_words(start.counts),
        "entries": start.entries,
        "entries_before": start.entries[0].seq - 1 if start.entries else 0,
        "evidence": list(EVIDENCE.values()),
        "warnings": contents.warnings,
        "claims": _claims(start),
        "decisions": [(s.label, one) for s in start.sources for c in s.claims for one in c.decisions],
        "unread": schedules.shown_unread,
        "unread_more": schedules.unread - len(schedules.shown_unread),
        "payload_manifest": start.payload_manifest,
        "report": start.report,
        "exhibits": start.exhibits,
    }


def copied_words(counts: Figures) -> str:
    """A sentence on items that a person copied or typed out of a chat; "" where there are none."""
    count = counts.by_service.get(COPIED_CHAT, 0)
    if not count:
        return ""
    return (
        f"{plural(count, 'item')} from texts into which a person copied or typed messages, marked “{COPIED_BY_HAND}” in the"
        " timeline. No app made these texts as an export: what was left out or changed in copying does not show in them."
    )


def _person(role: str, person: Person) -> dict[str, Any]:
    return {"role": role, "label": person.label, "accounts": person.accounts, "anchor": f"{role.lower()}-accounts"}


def _conversation(view: ConversationView, zone: str | None) -> dict[str, str]:
    return {
        "number": view.number,
        "title": view.title or "",
        "service": view.service,
        "included": f"{view.included:,}",
        "left_out": f"{view.left_out:,}",
        "period": period(view.first_utc_us, view.last_utc_us, zone),
    }


def _coverage(start: Start) -> list[dict[str, Any]]:
    zone = start.contents.timezone
    return [
        {
            "source": source.label,
            "title": claim.title,
            "service": claim.service,
            "period": period(claim.first_utc_us, claim.last_utc_us, zone),
            "seen": f"{claim.seen:,}",
            "read": f"{claim.read:,}",
            "unread": f"{claim.unread:,}",
            "undated": f"{claim.undated:,}",
            "cannot_hold": claim.cannot_hold,
        }
        for source in start.sources
        for claim in source.claims
    ]


def _acts(start: Start) -> dict[str, Any]:
    """Which things done to the owner each export can show: a column for each kind of export of a source, a row an act."""
    columns = {
        f"{source.label} {claim.service}": claim.acts
        for source in start.sources
        for claim in source.claims
        if claim.acts
    }
    labels = dict.fromkeys(label for acts in columns.values() for label in acts)
    return {"exports": list(columns), "rows": [(label, [acts[label] for acts in columns.values()]) for label in labels]}


def _counts(start: Start) -> list[tuple[str, str, str, str]]:
    counts = start.counts
    others = counts.included - counts.from_subject - counts.from_owner
    rows = [
        ("Seen in the originals", counts.seen, "#coverage", "coverage, by export"),
        ("In this bundle", counts.included, "#timeline", "timeline"),
        ("– written by the subject’s accounts", counts.from_subject, "#timeline", "timeline, marked Subject"),
        ("– written by the owner’s accounts", counts.from_owner, "#timeline", "timeline, marked Owner"),
        ("– written by other accounts", others, "#timeline", "timeline, marked Other person"),
        ("– without a usable time", counts.undated, "#timeline", "end of the timeline"),
        ("Not included", counts.not_included, "#left-out", "what was left out"),
        ("Could not be read", counts.unread, "#unread", "unread records"),
        ("Messages carried inside these", counts.attached, "#timeline", "timeline, after their carrier"),
        ("Conversations", counts.conversations, "#conversations", "conversations"),
        ("Attachments kept (different contents)", counts.media_files, "", "data/media/"),
        ("Attachments without their bytes", counts.attachments_without_bytes, "", "named with their message"),
    ]
    kinds = [
        (f"Kind: {kind}", count, "timeline.csv", "timeline.csv, column “kind”")
        for kind, count in counts.by_kind.items()
    ]
    return [(name, f"{count:,}", link, where) for name, count, link, where in [*rows, *kinds]]


def _balance(counts: Figures) -> str:
    return (
        f"The balance: {counts.seen:,} seen = {counts.included:,} in this bundle + {counts.not_included:,} not included"
        f" + {counts.unread:,} not readable."
    )


def _months(start: Start) -> list[dict[str, Any]]:
    paged = bool(start.timeline.pages)
    rows = []
    for month in start.months.rows:
        number = int(month.first.split("-")[1])
        path = f"pages/timeline-{timeline_page(number):04d}.html" if paged else ""
        rows.append({"name": month.name, "count": month.count, "first": month.first, "link": f"{path}#t-{month.first}"})
    return rows


def _source(source: Source) -> dict[str, Any]:
    troubled = [fate for fate in source.fates if fate.fate in _TROUBLED]
    return {
        "label": source.label,
        "name": source.name,
        "options": source.options,
        "originals": [_original(one) for one in source.originals[:ROWS_SHOWN]],
        "more": max(0, len(source.originals) - ROWS_SHOWN),
        "fates": sorted(Counter(fate.fate.value for fate in source.fates).items()),
        "troubled": troubled[:ROWS_SHOWN],
    }


def _original(one: SourceOriginal) -> dict[str, Any]:
    after = "the same" if one.after == one.before else "DIFFERENT"
    if one.after is None:
        after = f"not read again{': ' + one.after_reason if one.after_reason else ''}"
    if one.same_as:
        after += f"; same bytes as {one.same_as}"
    return {
        "name": one.relpath,
        "bytes": one.size,
        "sha256": one.before.sha256,
        "after": after,
    }


def _claims(start: Start) -> list[dict[str, str]]:
    return [
        {
            "source": source.label,
            "title": claim.title,
            "parser": claim.parser,
            "parser_version": claim.parser_version,
            "tier": claim.tier,
        }
        for source in start.sources
        for claim in source.claims
    ]
