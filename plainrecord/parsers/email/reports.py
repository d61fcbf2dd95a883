"""Reports that mail systems and mail programs send back: not delivered, delivered, read (RFC 3464, RFC 8098, RFC 5965).

A report is what a system states about another mail. It is shown as facts: about which mail, for whom, what became of it.
It may itself be forged, and one about a mail the owner never sent says that somebody used the owner's address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from plainrecord.parsers.email.headers import Fields, block_end, unfold
from plainrecord.parsers.email.words import decode_words

STATUS_TYPES = frozenset(("message/delivery-status", "message/global-delivery-status"))
READ_TYPES = frozenset(("message/disposition-notification", "message/global-disposition-notification"))
ABUSE_TYPES = frozenset(("message/feedback-report",))
HEADER_TYPES = frozenset(("text/rfc822-headers", "message/global-headers"))
REPORT_TYPES = STATUS_TYPES | READ_TYPES | ABUSE_TYPES
MAX_RECIPIENTS = 50
_LONGEST = 1 << 20
_LONGEST_FACT = 1_000
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")
_ACTIONS = frozenset(("failed", "delayed", "delivered", "relayed", "expanded"))
_GENERAL = ("reporting-mta", "reporting-ua", "arrival-date", "original-envelope-id", "feedback-type", "source-ip")
_OF_ONE = ("original-recipient", "status", "remote-mta", "diagnostic-code", "last-attempt-date", "will-retry-until")


@dataclass(slots=True)
class Report:
    """What a report says: facts to show, the short form for `status`, and notes."""

    facts: dict[str, str] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_report(kind: str, data: bytes) -> Report:
    """Read the machine part of a report. Never raises."""
    report = Report()
    groups = [_group(piece) for piece in _BLANK.split(data[:_LONGEST].strip(b"\r\n"))]
    groups = [group for group in groups if group]
    if not groups:
        report.notes.append("report:not-readable")
        return report
    if kind in STATUS_TYPES:
        _delivery(report, groups)
    elif kind in READ_TYPES:
        _reading(report, groups)
    else:
        _general(report, {name: value for group in reversed(groups) for name, value in group.items()})
        report.status["report"] = "a complaint about a mail, passed on by a provider"
    return report


def about(data: bytes) -> dict[str, str]:
    """The facts that name the mail a report is about, from its returned header or whole mail."""
    fields = Fields(data[: min(block_end(data), 65_536)])
    found = {}
    for name in ("message-id", "from", "to", "date", "subject"):
        raw = fields.first(name.encode())
        if raw is not None:
            found[f"report about {name}"] = decode_words(unfold(raw)).text[:_LONGEST_FACT]
    return found


def _delivery(report: Report, groups: list[dict[str, str]]) -> None:
    general = {} if "final-recipient" in groups[0] else groups[0]
    _general(report, general)
    recipients = [group for group in groups if "final-recipient" in group or "action" in group]
    for number, group in enumerate(recipients[:MAX_RECIPIENTS], start=1):
        whom = _address(group.get("final-recipient") or group.get("original-recipient", ""))
        action = group.get("action", "").split(" ")[0].lower()
        known = action if action in _ACTIONS else "no action stated that is known here"
        said = f"{known} ({group['status'].split(' ')[0][:20]})" if group.get("status") else known
        report.facts[f"report:{number} recipient"] = whom
        report.facts[f"report:{number} action"] = group.get("action", "not stated")[:_LONGEST_FACT]
        report.facts |= {f"report:{number} {name}": group[name] for name in _OF_ONE if name in group}
        report.status[f"delivery report:{number}"] = f"{said}: {whom}"[:300]
    if len(recipients) > MAX_RECIPIENTS:
        report.facts["report:more"] = f"{len(recipients) - MAX_RECIPIENTS} further recipients, not listed"
    if not recipients:
        report.notes.append("report:no-recipient")


def _reading(report: Report, groups: list[dict[str, str]]) -> None:
    said = {name: value for group in reversed(groups) for name, value in group.items()}
    _general(report, said)
    whom = _address(said.get("final-recipient") or said.get("original-recipient", ""))
    disposition = said.get("disposition", "")
    mode, _, what = disposition.partition(";")
    report.facts["report:1 recipient"] = whom
    report.facts["report:1 action"] = disposition or "not stated"
    if said.get("original-message-id"):
        report.facts["report about message-id"] = said["original-message-id"]
    by = " without the person doing anything" if "automatic-action" in mode.lower() else ""
    report.status["read report"] = f"{what.strip().lower() or 'not stated'}{by}: {whom}"[:300]


def _general(report: Report, group: dict[str, str]) -> None:
    report.facts |= {f"report {name}": group[name] for name in _GENERAL if name in group}


def _group(piece: bytes) -> dict[str, str]:
    """The fields of one group, lower-case names, the first of each."""
    found: dict[str, str] = {}
    for name, raw in Fields(piece).pairs:
        found.setdefault(name.lower().decode("ascii"), decode_words(unfold(raw)).text[:_LONGEST_FACT])
    return found


def _address(value: str) -> str:
    """ "rfc822; kim@mail.example" without its type."""
    return (
        value.rpartition(";")[2] if value.lower().startswith(("rfc822", "utf-8", "x400", "unknown")) else value
    ).strip(" <>") or "not stated"
