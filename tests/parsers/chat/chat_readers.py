"""What tests of chat readers share: every record of a folder with its content, and a short golden line for each."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from plainrecord.intake import list_source
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import Claim, Parser
from plainrecord.records import Account, Envelope, Loaded, Unread, valid_text

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
# Files that look a little like chats and are none of these.
FOREIGN = {
    "in.mbox": b"From rowan@mail.example Mon Oct 21 07:00:00 2024\nFrom: a@b.example\n\ntext\n",
    "WhatsApp Chat.txt": b"02/10/2024, 18:30 - Rowan: messages\n",
    "a.csv": b"Date,User,Message\n2024-10-02 18:30,Rowan,hello\n",
    "message_1.json": b'{"participants": [{"name": "R"}], "messages": [{"sender_name": "R", "timestamp_ms": 1}]}',
    "dce.json": b'{"guild": {"id": "0"}, "channel": {"id": "1", "type": "DirectTextChat"}, "messages": []}',
    "list.json": b'[{"type": "personal_chat", "id": 1}]',
    "messages.html": b"<html><div class=page_header>other</div></html>",
    "result.json": b'{"type": "results", "id": 1, "messages": []}',
}


def claims(parser: Parser, path: Path, options: ReadOptions | None = None) -> list[Claim]:
    """What the reader claims of a file or folder."""
    return list(parser.claim(list_source([path], "S1", options or ReadOptions())))


def scanned(parser: Parser, path: Path, options: ReadOptions | None = None) -> list[Envelope | Unread]:
    """Every envelope and every unread place, claim by claim."""
    return [item for claim in claims(parser, path, options) for item in parser.scan(claim)]


def loaded(parser: Parser, path: Path, options: ReadOptions | None = None) -> list[Loaded | Unread]:
    """Every record with its content, and the unread places behind them; what `load` says of it must be what `scan` said."""
    found: list[Loaded | Unread] = []
    for claim in claims(parser, path, options):
        items = list(parser.scan(claim))
        envelopes = [item for item in items if isinstance(item, Envelope)]
        # As a case does it: another claim, with the facts of the first and without the heads of its members.
        members = tuple(replace(member, head=b"") for member in claim.members)
        later = Claim(claim.parser, claim.title, members, claim.options, claim.aside, dict(claim.facts))
        records = list(parser.load(later, [envelope.position for envelope in reversed(envelopes)]))
        assert [record.envelope for record in records] == envelopes
        found += records + [item for item in items if isinstance(item, Unread)]
    return found


def read(parser: Parser, path: Path, options: ReadOptions | None = None) -> list[Loaded]:
    """Every record with its content; fails when something was unread."""
    found = loaded(parser, path, options)
    assert not [item for item in found if isinstance(item, Unread)], found
    return [item for item in found if isinstance(item, Loaded)]


def golden_line(item: Loaded | Unread) -> str:
    """One record as a line of `expected.jsonl`."""
    if isinstance(item, Unread):
        row: dict[str, Any] = {"unread": item.kind, "member": item.position.member, "at": item.position.locator}
        return json.dumps(row, ensure_ascii=False)
    envelope = item.envelope
    row = {
        "at": envelope.position.locator,
        "member": envelope.position.member,
        "kind": envelope.kind,
        "utc": envelope.time.ts_utc,
        "local": envelope.time.local,
        "raw_time": envelope.time.ts_raw,
        "basis": envelope.time.tz_basis,
        "from": _shown(envelope.sender),
        "to": [_shown(one) for one in envelope.recipients],
        "also": [_shown(one) for one in envelope.also],
        "chat": [envelope.conversation.key, envelope.conversation.title, envelope.conversation.is_group],
        "marks": envelope.marks,
        "text": None if item.text is None else valid_text(item.text),
        "dates": [[date.meaning, date.ts_raw, date.ts_utc] for date in item.dates],
        "status": item.status,
        "facts": {name: valid_text(value) for name, value in item.facts.items()},
        "files": [[one.name, one.state, one.bytes, one.sha256] for one in item.attachments],
        "raw_sha256": item.raw_sha256,
        "notes": [*envelope.notes, *item.notes],
    }
    return json.dumps(
        {name: value for name, value in row.items() if value not in (None, [], (), {}, "")}, ensure_ascii=False
    )


def _shown(account: Account | None) -> str | None:
    return (
        None
        if account is None
        else f"{account.kind}:{account.value} ({account.name or ''}) {account.role or ''}".strip()
    )


def check_golden(lines: list[str], path: Path, update: bool) -> None:
    """Compare with the expected file, or write it anew when asked to."""
    text = "".join(line + "\n" for line in lines)
    if update:
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")
