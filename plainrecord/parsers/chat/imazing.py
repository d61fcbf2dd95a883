"""iMazing's CSV of a chat: `Messages - NAME.csv` (iMessage and SMS) and `WhatsApp - NAME.csv`, with files beside them.

Reads: sender, times of sending, delivery, reading, editing and deletion, service, status, replies, reactions, files.
Columns are found by their names, because versions of the program order them differently. Cannot read: its TXT and PDF
files. Not known: the words other languages of the program use for its columns.
Source of knowledge: the format reference (section 4.3), from public importers' fixtures.
Tier: `public schema`. Fixture: fixtures/chat-imazing.

A record is one row, line feeds inside quotes included. Rows the owner wrote name nobody: that account is `self`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Literal

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.lines import Entry, Line, decoded, lines
from plainrecord.parsers.chat.pieces import (
    BOM,
    TIME_MISSING,
    UTF_8,
    File,
    Message,
    PieceReader,
    Problem,
    Test,
    chats_of,
    cut,
    folder_claim,
    head_of,
)
from plainrecord.records import Account, Conversation, Envelope, Unread
from plainrecord.times import Meaning, TimeBlock, from_local, unreadable

_NEEDED = frozenset({"chat session", "message date", "type", "sender id", "sender name", "text"})
_STAMP = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?\Z")
# How this program names the files it puts beside the table.
_EXTRACTED = re.compile(r"\d{4}-\d\d-\d\d[ _]\d\d[ _.-]\d\d")
_MEDIA = ("image/", "video/", "audio/", "text/vcard", "text/x-vcard")
_DATES: tuple[tuple[str, Meaning, str], ...] = (
    ("sent date", "sent", ""),
    ("delivered date", "received", ""),
    ("read date", "unstated", ""),
    ("edited date", "edited", "edited"),
    ("deleted date", "deleted", "deleted"),
)
_MOST_CHATS = 10_000


@dataclass(slots=True)
class Table:
    """The columns of one file and who is on the other side of each chat in it."""

    columns: dict[str, int]
    delimiter: str
    service: str
    zone: str | None
    partners: dict[str, Account] = field(default_factory=dict)

    @property
    def owner(self) -> Account:
        """The person whose phone it is, whom the table never names."""
        return Account(self.service, "id", "self")


class IMazing(PieceReader[Table]):
    """iMazing tables; one claim for a folder of them with the files beside them."""

    name = "imazing-csv"
    version = "1"
    service = "imessage"
    card = FormatCard(
        service="imessage",
        export="iMazing CSV of messages (iMessage, SMS, WhatsApp) from an iPhone or its backup",
        tier="public schema",
        holds="Messages with service, delivery, reading, editing and deletion times, replies, reactions, file names.",
        cannot_hold="Earlier versions of edited messages; calls; the time zone of the computer that wrote the table.",
        fixture="chat-imazing",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """Folders with tables that have this program's columns."""
        folders: dict[str, list[Member]] = {}
        for member in listing.members:
            if set(_columns(member.head)[0]) >= _NEEDED:
                folders.setdefault(member.tree_path.rpartition("/")[0], []).append(member)
        for folder, tables in folders.items():
            files = [one for one in listing.under(folder) if one not in tables and _is_file(one)]
            yield folder_claim(self.name, folder.rpartition("/")[2] or tables[0].name, tables, files, listing)

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every row. Each table is gone through twice: first for the number or address behind each chat."""
        for number, member in enumerate(chats_of(claim)):
            claim.facts[f"partners:{number}"] = self._partners(claim, member)
        yield from super().scan(claim)

    def context(self, claim: Claim, member: Member) -> Table:
        """Columns from the first line, partners from the rows the first pass found."""
        columns, delimiter = _columns(head_of(claim, member))
        service = "imessage" if "service" in columns else "whatsapp"
        table = Table(columns, delimiter, service, claim.options.timezone)
        number = next(at for at, chat in enumerate(chats_of(claim)) if chat.tree_path == member.tree_path)
        spans = [span.split("-") for span in claim.facts.get(f"partners:{number}", "").split(",") if span]
        for raw in claim.slices(member, ((int(first), int(last)) for first, last in spans)):
            row = _row(raw, table)
            table.partners.setdefault(row.get("chat session", ""), _sender(row, table))
        return table

    def starts(self, context: Table) -> Test:
        """A line where no quote is open, the first one (the columns' names) apart."""
        return rows_of_a_table()

    def explained(self, raw: bytes) -> bool:
        """The line of column names."""
        return set(_columns(raw)[0]) >= _NEEDED

    def read(self, context: Table, raw: bytes) -> list[Message] | Problem:
        """The message of one row."""
        if not raw.strip():
            return []
        row = _row(raw, context)
        if len(row) < len(context.columns) // 2 or "message date" not in row:
            return Problem("short-row", "A row with too few columns; perhaps the file was cut off here.")
        return [_message(row, context)]

    def _partners(self, claim: Claim, member: Member) -> str:
        """Byte ranges of the first incoming row of each chat, written "100-250,900-1000"."""
        columns, delimiter = _columns(head_of(claim, member))
        table = Table(columns, delimiter, self.service, None)
        spans: dict[str, str] = {}
        with claim.open(member) as stream:
            for entry in cut(lines(stream), rows_of_a_table()):
                row = _row(entry.raw, table) if entry.header else {}
                chat = row.get("chat session", "")
                if row.get("sender id") and chat not in spans and len(spans) < _MOST_CHATS:
                    spans[chat] = _span(entry)
        return ",".join(spans.values())


def _span(entry: Entry[Literal[True]]) -> str:
    return f"{entry.start}-{entry.end}"


def rows_of_a_table() -> Test:
    """A test for lines that open a row: those where no quote is open, the header apart."""
    inside = False

    def test(line: Line, _following: Line | None) -> Literal[True] | None:
        nonlocal inside
        opens = not inside and line.start > 0
        inside ^= bool(line.raw.count(b'"') % 2)
        return True if opens else None

    return test


def _columns(head: bytes) -> tuple[dict[str, int], str]:
    """The columns of a table by lower-case name, and what stands between them."""
    first = decoded(head.removeprefix(BOM)[:4096].partition(b"\n")[0], UTF_8)[0].rstrip("\r")
    delimiter = max(",;\t", key=first.count)
    try:
        names = next(csv.reader([first], delimiter=delimiter), [])
    except csv.Error:
        return {}, delimiter
    return {name.strip().lower(): number for number, name in enumerate(names)}, delimiter


def _row(raw: bytes, table: Table) -> dict[str, str]:
    text = decoded(raw, UTF_8)[0].removesuffix("\n").removesuffix("\r")
    try:
        cells = next(iter(csv.reader(_kept(text), delimiter=table.delimiter)), [])
    except csv.Error:
        return {}
    return {name: cells[number] for name, number in table.columns.items() if number < len(cells)}


def _kept(text: str) -> Iterator[str]:
    """Lines with their line feeds, as the csv module wants them."""
    *full, last = text.split("\n")
    yield from (f"{line}\n" for line in full)
    yield last


def _is_file(member: Member) -> bool:
    return member.media_type.startswith(_MEDIA) or bool(_EXTRACTED.match(member.name))


def _sender(row: dict[str, str], table: Table) -> Account:
    shown, name = row.get("sender id", "").strip(), row.get("sender name", "").strip() or None
    if re.fullmatch(r"\+?\d[\d ().-]{2,24}", shown):
        return Account(table.service, "number", shown, name)
    if re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", shown):
        return Account(table.service, "address" if table.service == "imessage" else "id", shown, name)
    return Account(table.service, "handle", shown, name) if shown else Account(table.service, "name", name or "Unknown")


@lru_cache(maxsize=8192)
def _when(raw: str, where: str, zone: str | None, meaning: Meaning) -> TimeBlock:
    found = _STAMP.match(raw.strip())
    if not found:
        return unreadable(raw, where, meaning=meaning)
    year, month, day, hour, minute = (int(part) for part in found.groups()[:5])
    try:
        local = datetime(year, month, day, hour, minute, int(found[6] or 0))
    except ValueError:
        return unreadable(raw, where, meaning=meaning)
    return from_local(raw, where, local, zone, meaning=meaning, precision="s" if found[6] else "min")


def _message(row: dict[str, str], table: Table) -> Message:
    chat, said = row.get("chat session", ""), row.get("type", "").strip().lower()
    is_group = " & " in chat or ", " in chat
    partner = table.partners.get(chat)
    others = (partner,) if partner and not is_group else ()
    time = _when(row["message date"], "Message Date", table.zone, "sent")
    place = Conversation(f"chat:{chat}", chat or None, is_group)
    message = Message("message", time, None, place, owner=table.owner, service=table.service)
    if said == "outgoing":
        message.sender, message.recipients = table.owner, others
    elif said == "incoming":
        message.sender, message.recipients = _sender(row, table), (table.owner,)
    else:
        message.kind = "system"
        message.facts["type"] = row.get("type", "")
    if time.utc_us is None and time.local is None:
        message.notes.append(TIME_MISSING)
    _content(message, row, table)
    return message


def _content(message: Message, row: dict[str, str], table: Table) -> None:
    message.text, message.subject = row.get("text") or None, row.get("subject") or None
    for column, meaning, mark in _DATES:
        if raw := row.get(column, "").strip():
            message.dates.append(_when(raw, column.title(), table.zone, meaning))
            message.marks += [mark] if mark else []
    if row.get("read date", "").strip():
        message.status["read"] = row["read date"].strip()
    if row.get("status"):
        message.status["status"] = row["status"]
    if row.get("service"):
        message.facts["transport"] = row["service"]
    if row.get("replying to"):
        message.marks.append("reply")
        message.facts["quoted-text"] = row["replying to"]
    if row.get("forwarded", "").strip().lower() not in ("", "no", "false", "0"):
        message.marks.append("forwarded")
    if row.get("reactions"):
        message.facts["reactions"] = row["reactions"]
    if name := row.get("attachment", "").strip():
        folders = ("", "Attachments/", "attachments/")
        message.files.append(
            File(name, tuple(folder + name for folder in folders), row.get("attachment type", "").strip() or None)
        )
