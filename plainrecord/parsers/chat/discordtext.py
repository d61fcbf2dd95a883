"""Discord by DiscordChatExporter, plain text form: `[date] Author`, the words, `{Attachments}` and the like.

Dates are written as the exporting computer's country does, to the minute, without a zone: their order is decided over the
whole file, or asked for. Cannot read: what the form leaves out (ids of any kind, edits, replies). A typed blank line
followed by a typed `[date] name` line looks like a message. Tested with: invented exports of the shape the exporter's public
source writes. Tier: `public schema`. Fixture: fixtures/chat-discord.

A record is a header line and what follows up to the next: `bytes:START-END`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, time
from typing import Any

from plainrecord.intake.listing import Listing
from plainrecord.intake.reading import Stream
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.discordcsv import claim_of
from plainrecord.parsers.chat.discordexport import DiscordExport
from plainrecord.parsers.chat.discordtalk import SERVICE, WORDS, Item
from plainrecord.parsers.chat.lines import Entry, Line, decoded, encoding_of, entries, lines, wanted_bytes
from plainrecord.parsers.chat.whatsapp_dates import DateEvidence, calendar_date, decide
from plainrecord.parsers.chat.whatsapp_header import Written, written_date
from plainrecord.records import Decision, Position, Unread

_RULE = b"=" * 62
_HEADER = re.compile(
    r"\[([0-9]{1,4}[^\]\[0-9A-Za-z]{1,3}[0-9]{1,2}[^\]\[0-9A-Za-z]{1,3}[0-9]{1,4}\.?),?[ \u00a0]+"
    r"([0-9]{1,2})[:.]([0-9]{2})(?:[ \u00a0\u202f]*([AaPp])\.?[Mm]\.?)?\] (.+?)( \(pinned\))?"
)
_FOOT = re.compile(r"={20,}\s*Exported [0-9,.\s]+ message\(s\)\s*={20,}\s*", re.ASCII)


class DiscordText(DiscordExport):
    """The plain text form."""

    name = "discord-text"
    version = "1"
    card = FormatCard(
        service=SERVICE,
        export="Discord, plain text made by DiscordChatExporter",
        tier="public schema",
        holds="Messages of both sides with author name, time to the minute on the exporting computer's clock, links to files.",
        cannot_hold="Ids, seconds, zone, edits, replies, deleted messages; lines made by Discord look like typed ones.",
        fixture="chat-discord",
        acts="discord-exporter",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each file, known by the rule and the two fields above the first message."""
        for member in listing.members:
            head = member.head[:1024].removeprefix(b"\xef\xbb\xbf")
            if head.startswith(_RULE) and re.match(rb"=+\r?\nGuild: .*\r?\nChannel: ", head):
                yield claim_of(self.name, listing, member)

    def prepare(self, claim: Claim) -> None:
        """Decide the order of the dates as well; raises NeedsAnswer when neither the file nor a person says it."""
        if "date_order" not in claim.facts:
            evidence = DateEvidence()
            for entry in _entries(claim):
                if entry.header is not None:
                    evidence.note(entry.header[1], entry.header[0][:80])
            if evidence.seen:
                order = decide(evidence, claim.options.date_order, claim.members[0].name)
                claim.facts["date_order"] = order.order
                claim.decisions.append(Decision("date order", order.order, order.basis, order.certain))
        super().prepare(claim)

    def items(self, claim: Claim, stream: Stream) -> Iterator[Item | Unread]:
        """Every message; the lines above the first and the line below the last are the exporter's."""
        order = claim.facts.get("date_order", "")
        for entry in _split(stream):
            if entry.header is not None:
                yield Item(entry.locator, _message(entry.raw, order), entry.raw)
            elif not (entry.start == 0 or _FOOT.fullmatch(_text(entry.raw))):
                detail = "These lines belong to no message; what stands round them was read."
                yield Unread(Position(claim.members[0].tree_path, entry.locator), "stray-lines", detail)

    def again(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Item]:
        """The messages at those places."""
        order = claim.facts.get("date_order", "")
        for position, raw in wanted_bytes(claim, claim.members[0], wanted):
            yield Item(position.locator, _message(raw, order), raw)


def _entries(claim: Claim) -> Iterator[Entry[re.Match[str]]]:
    with claim.open(claim.members[0]) as stream:
        yield from _split(stream)


def _split(stream: Stream) -> Iterator[Entry[re.Match[str]]]:
    return entries(lines(stream), _starts())


def _starts() -> Callable[[Line], re.Match[str] | None]:
    """A test for header lines: a date in brackets with a blank line (or the rule) above it."""
    above = b""

    def test(line: Line) -> re.Match[str] | None:
        nonlocal above
        before, above = above, line.raw
        if before.strip(b"\r\n") and not before.startswith(b"====="):
            return None
        return _HEADER.fullmatch(_text(line.raw).rstrip("\r\n")) if line.raw.startswith(b"[") else None

    return test


def _text(raw: bytes) -> str:
    return decoded(raw, encoding_of(b""))[0]


def _message(raw: bytes, order: str) -> dict[str, Any]:
    """A header line and its lines as an object of the JSON form; the sections in braces are taken apart."""
    text = _text(raw)
    head, _, rest = text.partition("\n")
    header = _HEADER.fullmatch(head.rstrip("\r"))
    if header is None:
        return {"content": text}
    stamp = head.partition("]")[0].removeprefix("[")
    message: dict[str, Any] = {"timestamp": stamp, "author": {"name": header[5]}, "isPinned": bool(header[6])}
    written = written_date(header[1])
    local = _local(written, header, order) if written else None
    if local:
        message["local"] = local
    body, sections = _sections(_FOOT.sub("", rest))
    message["content"] = body
    if "{Attachments}" in sections:
        message["attachments"] = [{"url": line} for line in sections.pop("{Attachments}").split("\n") if line]
    if "{Forwarded Message}" in sections:
        message["forwardedMessage"] = {"content": sections.pop("{Forwarded Message}")}
    for name, value in sections.items():
        message[name.strip("{}").lower() + "_as_written"] = value
    return message


def _local(written: Written, header: re.Match[str], order: str) -> datetime | None:
    day = calendar_date(written, order)
    hour, minute = int(header[2]), int(header[3])
    if header[4]:
        hour = hour % 12 + (12 if header[4] in "Pp" else 0)
    if day is None or hour > 23 or minute > 59:
        return None
    return datetime.combine(day, time(hour, minute))


def _sections(text: str) -> tuple[str, dict[str, str]]:
    """The words, and what stands under each heading in braces that the exporter writes."""
    body: list[str] = []
    sections: dict[str, list[str]] = {}
    into = body
    for line in text.replace("\r\n", "\n").split("\n"):
        if line in WORDS["text"]["sections"]:
            into = sections.setdefault(line, [])
        else:
            into.append(line)
    return "\n".join(body).strip("\n"), {name: "\n".join(lines).strip("\n") for name, lines in sections.items()}
