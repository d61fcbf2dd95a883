"""What the header of one mail states about its way: hops, results written down by hosts, signatures. Facts, no findings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from plainrecord.parsers.email.authresults import stated_facts
from plainrecord.parsers.email.body import Content
from plainrecord.parsers.email.dkim import dkim_facts
from plainrecord.parsers.email.headers import Fields
from plainrecord.parsers.email.trace import read_trace, trace_facts

HEADER_ONLY = "only the header of the mail is in the export"
ELSEWHERE = "parts of the body are not stored with the mail"
REBUILT = "the mail was put together anew by the service that exported it, after it was decrypted"
CUT_OFF = "the mail ends before its last part does"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Facts in the order they are shown, and short codes."""

    facts: dict[str, str]
    notes: tuple[str, ...]


def header_evidence(
    fields: Fields, body: bytes | None, quoting: str, incomplete: str | None, *, carried: bool
) -> Evidence:
    """Everything of the kind that a mail's header states. `body` is None where its bytes as sent are not kept, and
    `incomplete` says why; `carried`: the mail was attached to another one, whose sender can have written all of it."""
    trace = read_trace(fields, carried=carried)
    facts, notes = trace_facts(trace, carried=carried)
    parts = (
        stated_facts(fields, trace, carried=carried),
        dkim_facts(fields, body, quoting, incomplete),
    )
    for more, codes in parts:
        facts |= more
        notes += codes
    return Evidence(facts, tuple(notes))


def why_incomplete(fields: Fields, content: Content, marks: Collection[str]) -> str | None:
    """Why the body as signed may not be all there."""
    if "header-only" in marks:
        return HEADER_ONLY
    if fields.first(b"x-pm-internal-id") is not None:
        return REBUILT
    if any(one.state != "present" or "attachment:stored-beside-the-mail" in one.notes for one in content.attachments):
        return ELSEWHERE
    return CUT_OFF if "trap-13:no-closing-boundary" in content.notes else None
