"""Mail files as tests need them: streams in windows of any size, listings of folders, all records of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from plainrecord.intake import Block, list_source
from plainrecord.parsers.base import Claim, Parser
from plainrecord.parsers.email.eml import Eml
from plainrecord.parsers.email.emlx import AppleMail
from plainrecord.parsers.email.maildir import Maildir
from plainrecord.parsers.email.mbox import Mbox
from plainrecord.parsers.email.outlook_msg import OutlookMessage
from plainrecord.parsers.email.outlook_pst import OutlookStore
from plainrecord.records import Envelope, Loaded, Unread

PARSERS: tuple[Parser, ...] = (OutlookMessage(), OutlookStore(), AppleMail(), Maildir(), Mbox(), Eml())
HEAD = 64 << 10


def windows(data: bytes, size: int, head: int = HEAD) -> Iterator[Block]:
    """The bytes as blocks of `size`, with `head` free bytes before each."""
    for base in range(0, max(len(data), 1), size):
        part = data[base : base + size]
        yield Block(bytearray(head) + part, head, head + len(part), base, last=base + size >= len(data))


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files (path → bytes) below a folder."""
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder


def claims_of(path: Path) -> list[tuple[Parser, Claim]]:
    """What each mail parser claims of a source, all asked about the same whole listing."""
    listing = list_source([path], "S1")
    return [(parser, claim) for parser in PARSERS for claim in parser.claim(listing)]


def records_of(path: Path) -> list[Envelope | Unread]:
    """Every record of a source, in claiming order."""
    return [record for parser, claim in claims_of(path) for record in parser.scan(claim)]


def mails_of(path: Path) -> list[Envelope]:
    """Every envelope of a source; fails when something was unread."""
    records = records_of(path)
    assert not [record for record in records if isinstance(record, Unread)]
    return [record for record in records if isinstance(record, Envelope)]


def loaded_of(path: Path) -> list[Loaded]:
    """Every mail of a source with its content."""
    return [
        item
        for parser, claim in claims_of(path)
        for item in parser.load(claim, [r.position for r in parser.scan(claim) if isinstance(r, Envelope)])
    ]
