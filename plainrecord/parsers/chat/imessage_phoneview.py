"""PhoneView's CSV of messages: direction, time (`Jul 23, 2011 6:12:54 AM`), name, number, words, type.

Reads: rows under a header that names those six things. Cannot read: files without a header; other languages' words.
Source of knowledge: the format reference (section 4.4), which knows the columns at second hand only.
Tier: `not exercised`: no export was seen, so a row with an unknown direction is kept as one that names no sender.
Fixture: fixtures/chat-imessage-phoneview.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.imazing import rows_of_a_table
from plainrecord.parsers.chat.imessage_words import MONTHS
from plainrecord.parsers.chat.lines import decoded
from plainrecord.parsers.chat.pieces import (
    BOM,
    TIME_MISSING,
    UTF_8,
    Message,
    PieceReader,
    Problem,
    Test,
    folder_claim,
    head_of,
)
from plainrecord.records import Account, Conversation
from plainrecord.times import TimeBlock, from_local, unreadable

SERVICE = "imessage"
OWNER = Account(SERVICE, "id", "self")
_COLUMNS = ("direction", "timestamp", "name", "number", "content", "type")
_STAMP = re.compile(r"([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d\d):(\d\d)[ \u202f]([AP]M)\Z")
_OUT = re.compile(r"(?:sent|outgoing|to|out)\b", re.IGNORECASE)
_IN = re.compile(r"(?:received|incoming|from|in)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each of the six things stands, and the zone times are read in."""

    places: dict[str, int]
    zone: str | None


class PhoneView(PieceReader[Columns]):
    """PhoneView tables, one claim each."""

    name = "phoneview-csv"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="PhoneView CSV of messages from an iPhone",
        tier="not exercised",
        holds="Messages with direction, number and name, local time.",
        cannot_hold="Files, edits, reactions, delivery; the time zone.",
        fixture="chat-imessage-phoneview",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Tables whose header names exactly these six columns."""
        for member in listing.members:
            if sorted(_places(member.head)) == sorted(_COLUMNS):
                yield folder_claim(self.name, member.name, [member], [], listing)

    def context(self, claim: Claim, member: Member) -> Columns:
        """The columns of the first line."""
        return Columns(_places(head_of(claim, member)), claim.options.timezone)

    def starts(self, context: Columns) -> Test:
        """A line where no quote is open, the header apart."""
        return rows_of_a_table()

    def explained(self, raw: bytes) -> bool:
        """The header."""
        return sorted(_places(raw)) == sorted(_COLUMNS)

    def read(self, context: Columns, raw: bytes) -> list[Message] | Problem:
        """The message of one row."""
        if not raw.strip():
            return []
        text, notes = decoded(raw, UTF_8)
        cells = next(_cells(text), [])
        if len(cells) <= max(context.places.values()):
            return Problem("short-row", "A row with too few columns; perhaps the file was cut off here.")
        row = {name: cells[place] for name, place in context.places.items()}
        return [_message(row, context, list(notes))]


def _places(head: bytes) -> dict[str, int]:
    first = decoded(head.removeprefix(BOM)[:1024].partition(b"\n")[0], UTF_8)[0].strip()
    return {name.strip().lower(): place for place, name in enumerate(next(_cells(first), []))}


def _cells(text: str) -> Iterator[list[str]]:
    *full, last = text.removesuffix("\n").removesuffix("\r").split("\n")
    try:
        yield from csv.reader([*(f"{line}\n" for line in full), last])
    except csv.Error:
        return


def _message(row: dict[str, str], columns: Columns, notes: list[str]) -> Message:
    number, name = row["number"].strip(), row["name"].strip() or None
    kind = "address" if "@" in number else "number"
    other = Account(SERVICE, kind, number, name) if number else Account(SERVICE, "name", name or "Unknown")  # type: ignore[arg-type]
    place = Conversation(f"{other.kind}:{other.value}", name or number or None)
    message = Message("message", _when(row["timestamp"], columns.zone), None, place, owner=OWNER, notes=notes)
    message.text = row["content"] or None
    message.facts = {name: row[name] for name in ("direction", "type") if row[name]}
    if _OUT.match(row["direction"].strip()):
        message.sender, message.recipients = OWNER, (other,)
    elif _IN.match(row["direction"].strip()):
        message.sender, message.recipients = other, (OWNER,)
    else:
        message.notes.append("direction-unclear")
    if message.time.utc_us is None and message.time.local is None:
        message.notes.append(TIME_MISSING)
    return message


@lru_cache(maxsize=4096)
def _when(raw: str, zone: str | None) -> TimeBlock:
    found = _STAMP.match(raw.strip())
    if not found or not 1 <= int(found[4]) <= 12:
        return unreadable(raw, "timestamp")
    hour = int(found[4]) % 12 + (12 if found[7] == "PM" else 0)
    try:
        day = (int(found[3]), MONTHS.get(found[1], 0), int(found[2]))
        local = datetime(*day, hour, int(found[5]), int(found[6]))
    except ValueError:
        return unreadable(raw, "timestamp")
    return from_local(raw, "timestamp", local, zone)
