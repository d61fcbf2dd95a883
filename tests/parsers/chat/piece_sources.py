"""How the tests of the Signal and iMessage readers read a folder: claims, every record, and one line said of each."""

from __future__ import annotations

import json
from pathlib import Path

from plainrecord.intake import list_source
from plainrecord.intake.listing import Listing, ReadOptions
from plainrecord.parsers.base import Claim, Parser
from plainrecord.parsers.chat.imazing import IMazing
from plainrecord.parsers.chat.imessage_html import IMessagePages
from plainrecord.parsers.chat.imessage_phoneview import PhoneView
from plainrecord.parsers.chat.imessage_text import IMessageText
from plainrecord.parsers.chat.signal_backup_pages import SignalBackupPages
from plainrecord.parsers.chat.signal_backup_text import SignalBackupText
from plainrecord.parsers.chat.signal_export_json import SignalExportJson
from plainrecord.parsers.chat.signal_export_markdown import SignalExportMarkdown
from plainrecord.parsers.chat.signal_official import SignalOfficial
from plainrecord.parsers.chat.signal_sigtop import Sigtop
from plainrecord.parsers.chat.signal_sigtop_more import SigtopJson, SigtopShort
from plainrecord.parsers.chat.signal_xml import SmsXml
from plainrecord.records import Envelope, Loaded, Unread

FIXTURES = Path(__file__).parents[3] / "fixtures"
ZONE = "Europe/London"
READERS: tuple[Parser, ...] = (
    SignalOfficial(),
    Sigtop(),
    SigtopShort(),
    SigtopJson(),
    SignalExportJson(),
    SignalExportMarkdown(),
    SignalBackupText(),
    SignalBackupPages(),
    SmsXml(),
    IMessageText(),
    IMessagePages(),
    IMazing(),
    PhoneView(),
)


def listing_of(path: Path, zone: str | None = ZONE) -> Listing:
    listing = list_source([path], "S1")
    listing.options = ReadOptions(timezone=zone)
    return listing


def claims_of(path: Path, zone: str | None = ZONE) -> list[tuple[Parser, Claim]]:
    """What these readers claim of a source, as a run would: a member is read by the first that claims it."""
    listing = listing_of(path, zone)
    taken: set[str] = set()
    claims = []
    for reader in READERS:
        for claim in reader.claim(listing):
            paths = {member.tree_path for member in claim.members} | set(claim.aside)
            if not paths & taken:
                taken |= paths
                claims.append((reader, claim))
    return claims


def read(path: Path, zone: str | None = ZONE) -> tuple[list[Loaded], list[Unread]]:
    """Every record of a source with its content, and what could not be read."""
    loaded, unread = [], []
    for reader, claim in claims_of(path, zone):
        found = list(reader.scan(claim))
        envelopes = [one for one in found if isinstance(one, Envelope)]
        unread += [one for one in found if isinstance(one, Unread)]
        again = list(reader.load(rebuilt(claim), [one.position for one in envelopes]))
        assert [one.envelope for one in again] == envelopes
        loaded += again
    return loaded, unread


def rebuilt(claim: Claim) -> Claim:
    """A claim as the store gives it back: facts and members, but no heads."""
    members = tuple(
        type(one)(one.original, one.path, one.tree_path, one.size, one.media_type, b"", one.modified_ns)
        for one in claim.members
    )
    return Claim(
        claim.parser, claim.title, members, claim.options, dict(claim.aside), json.loads(json.dumps(claim.facts))
    )


def said(item: Loaded) -> dict[str, object]:
    """One record as a line of an expected file, empty things left out."""
    one = item.envelope
    line = {
        "at": f"{one.position.member} {one.position.locator}",
        "kind": one.kind,
        "service": one.service,
        "time": f"{one.time.ts_raw} = {one.time.ts_utc} ({one.time.tz_basis}, {one.time.meaning})",
        "sender": one.sender and f"{one.sender.kind} {one.sender.value} {one.sender.name or ''}".strip(),
        "to": [account.value for account in one.recipients],
        "chat": f"{one.conversation.key} {one.conversation.title}{' (group)' if one.conversation.is_group else ''}",
        "text": item.text,
        "subject": item.subject,
        "marks": one.marks,
        "notes": one.notes,
        "dates": [f"{date.meaning} {date.where} {date.ts_utc}" for date in item.dates],
        "files": [[a.name, a.claimed_type, a.state, a.bytes, a.detected_type] for a in item.attachments],
        "status": item.status,
        "facts": item.facts,
    }
    return {name: value for name, value in line.items() if value}


def report(folder: Path) -> str:
    """Everything the readers say of a sample, as JSON lines."""
    lines: list[dict[str, object]] = []
    for reader, claim in claims_of(folder):
        found = list(reader.scan(claim))
        wanted = [one.position for one in found if isinstance(one, Envelope)]
        lines += [{"reader": reader.name} | said(one) for one in reader.load(rebuilt(claim), wanted)]
        lines += [
            {"reader": reader.name, "unread": one.kind, "at": f"{one.position.member} {one.position.locator}"}
            for one in found
            if isinstance(one, Unread)
        ]
        lines += [{"reader": reader.name, "aside": path, "says": says} for path, says in sorted(claim.aside.items())]
        lines += [{"reader": reader.name, "decision": d.subject, "chosen": d.chosen} for d in claim.decisions]
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines)
