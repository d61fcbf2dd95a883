"""One Outlook message as a record: who, for whom, when, from its properties and, where it has one, its internet header.

Outlook keeps a mail in pieces; the bytes that were sent are not in the file. What is read here is what the pieces state.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace

from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.email import mapi
from plainrecord.parsers.email.datechoice import all_dates, primary_time
from plainrecord.parsers.email.headers import MAX_HEADER, Fields, oddities
from plainrecord.parsers.email.mapi import Properties
from plainrecord.parsers.email.marks import header_marks
from plainrecord.parsers.email.memo import Memo
from plainrecord.parsers.email.msgobject import OutlookItem
from plainrecord.parsers.email.senders import Parties, parties
from plainrecord.parsers.email.threads import conversation
from plainrecord.records import Account, Envelope, Kind, Position
from plainrecord.times import TimeBlock, unreadable

_BANNER = re.compile(rb"^Microsoft Mail Internet Headers[^\n]*\n", re.IGNORECASE)
_ROLES = {1: "to", 2: "cc", 3: "bcc"}
_UNSENT = 0x08
# Items of Outlook that are no mail, by the beginning of their class.
_OTHER_ITEMS = (
    "ipm.appointment",
    "ipm.contact",
    "ipm.distlist",
    "ipm.task",
    "ipm.stickynote",
    "ipm.activity",
    "ipm.document",
    "ipm.microsoft.",
)
_TIMES = (
    (mapi.SUBMITTED, "client submit time", "sent"),
    (mapi.DELIVERED, "delivery time", "received"),
    (mapi.CREATED, "creation time of this copy", "stored"),
    (mapi.CHANGED, "change time of this copy", "edited"),
)


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """An envelope and what loading needs of what it was made from."""

    envelope: Envelope
    fields: Fields
    dates: tuple[TimeBlock, ...]
    subject: str | None


def message_facts(
    message: OutlookItem, position: Position, options: ReadOptions, memo: Memo, marks: tuple[str, ...] = ()
) -> MessageFacts:
    """The envelope of a message. Never raises on what the file holds."""
    values = message.properties
    header = _header(values)
    fields = Fields(header)
    stated = parties(fields, memo)
    sender, also, notes = _author(values, stated)
    recipients = _recipients(message) or stated.recipients or _shown_names(values)
    stored = _stored_times(values)
    time, said = _time(fields, stored, options)
    linked = Fields(_for_threads(values, header, sender))
    people = tuple(
        sorted({one.value.lower() for one in (sender, *recipients) if one and one.role in ("from", "to", "cc")})
    )
    kind, class_marks = _kind(values)
    envelope = Envelope(
        position,
        kind,
        "email",
        time,
        sender,
        recipients,
        also,
        conversation(linked, people, memo),
        _once((*marks, *class_marks, *header_marks(fields, stated.null_return_path))),
        _once((*(oddities(fields) if header else ("msg:no-internet-header",)), *notes, *said, *values.notes)),
    )
    dates = all_dates(fields, options.timezone, stored)
    return MessageFacts(envelope, fields, dates, values.text(mapi.SUBJECT) or fields.text(b"subject"))


def account(values: Properties, numbers: tuple[int, int, int, int], role: str) -> Account | None:
    """The account that four properties name (name, type, address, SMTP address). An address of Exchange's own directory
    is kept as it is, as an id, where the file gives no mail address (trap 20)."""
    name, kind, address, smtp = (values.text(number) for number in numbers)
    name = name.strip("'\" ") if name else None
    if smtp and "@" in smtp:
        return Account("email", "address", smtp, _unless_same(name, smtp), role)
    if address and "@" in address and (kind or "").upper() != "EX":
        return Account("email", "address", address, _unless_same(name, address), role)
    if address:
        return Account("email", "id", address, name, role)
    if name:
        # Of recipients many files give nothing but what was typed. A sender's name is the sender's choice: it makes no
        # address, whatever it looks like.
        typed = role in _ROLES.values() and re.fullmatch(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+", name)
        return Account("email", "address" if typed else "name", name, None, role)
    return None


def _header(values: Properties) -> bytes:
    """The internet header of the mail, without Outlook's own first line; empty where the file has none."""
    text = values.text(mapi.HEADERS)
    if not text:
        return b""
    # Outlook stores it as text: bytes beyond ASCII come back as UTF-8.
    return _BANNER.sub(b"", text.encode("utf-8", "replace").lstrip()[:MAX_HEADER])


def _author(values: Properties, stated: Parties) -> tuple[Account | None, tuple[Account, ...], list[str]]:
    """The author, everyone beside, and notes. The stored author comes first; where it has no mail address, the header's."""
    author, sent_by = account(values, mapi.AUTHOR, "from"), account(values, mapi.SENT_BY, "sender")
    notes = [note for note in stated.notes if note != "from:missing"]
    in_header = stated.sender if stated.sender and stated.sender.kind == "address" else None
    chosen = author or (replace(sent_by, role="from") if sent_by else None)
    if chosen and chosen.kind != "address":
        notes.append("trap-20:exchange-address" if chosen.kind == "id" else "from:no-address")
        chosen = in_header or chosen
    elif chosen and in_header and chosen.value.lower() != in_header.value.lower():
        notes.append("trap-20:header-names-another-author")
    chosen = chosen or stated.sender
    if chosen is None:
        notes.append("from:missing")
    beside = [*stated.also]
    if in_header and chosen and in_header.value.lower() != chosen.value.lower():
        beside.insert(0, replace(in_header, role="original-from"))
    if sent_by and chosen and sent_by.value.lower() != chosen.value.lower() and sent_by not in beside:
        beside.append(sent_by)
        if author and sent_by.value.lower() != author.value.lower():
            notes.append("from-differs:sender")
    return chosen, tuple(beside), notes


def _recipients(message: OutlookItem) -> tuple[Account, ...]:
    found = []
    for one in message.recipients():
        role = _ROLES.get((one.number(mapi.RECIPIENT_ROLE) or 0) & 0xF, "to")
        who = account(one, (mapi.NAME, mapi.ADDRESS_TYPE, mapi.ADDRESS, mapi.SMTP_ADDRESS), role)
        found += [who] if who else []
    return tuple(found)


def _shown_names(values: Properties) -> tuple[Account, ...]:
    """Drafts may have no recipients but the names typed so far."""
    found = []
    for number, role in ((0x0E04, "to"), (0x0E03, "cc"), (0x0E02, "bcc")):
        for name in (values.text(number) or "").split(";"):
            said = name.strip(" '\"\0")
            found += [Account("email", "address" if "@" in said else "name", said, None, role)] if said else []
    return tuple(found)


def _stored_times(values: Properties) -> tuple[TimeBlock, ...]:
    found = (values.time(number, name, meaning) for number, name, meaning in _TIMES)  # type: ignore[arg-type]
    return tuple(time for time in found if time)


def _time(fields: Fields, stored: tuple[TimeBlock, ...], options: ReadOptions) -> tuple[TimeBlock, tuple[str, ...]]:
    """The header's Date as for any mail; without one the time of sending, then of delivery. The times of the copy are of
    whoever saved it and never stand for the mail's own."""
    own = tuple(time for time in stored if time.meaning in ("sent", "received"))
    if fields.first(b"date") is not None:
        return primary_time(fields, options.timezone, own)
    if own:
        return own[0], ()
    return unreadable("", "client submit time (0039)"), ("date:missing",)


def _for_threads(values: Properties, header: bytes, sender: Account | None) -> bytes:
    """A header block of what ties a message to others, for a message whose own header lacks it."""
    known = Fields(header)
    lines = []
    stated = (
        (b"message-id", values.text(mapi.MESSAGE_ID)),
        (b"in-reply-to", values.text(mapi.IN_REPLY_TO)),
        (b"references", values.text(mapi.REFERENCES)),
        (b"subject", values.text(mapi.SUBJECT)),
        (b"from", sender.value if sender else None),
        (b"date", str(values.raw(mapi.SUBMITTED) or "")),
    )
    for name, text in stated:
        if text and known.first(name) is None:
            lines.append(name + b": " + " ".join(text.split()).encode("utf-8", "replace") + b"\n")
    index = values.data(mapi.THREAD_INDEX)
    if index and known.first(b"thread-index") is None:
        lines.append(b"thread-index: " + base64.b64encode(index) + b"\n")
    return b"".join(lines) + header


def _kind(values: Properties) -> tuple[Kind, tuple[str, ...]]:
    name = (values.text(mapi.MESSAGE_CLASS) or "ipm.note").lower()
    marks = ["draft"] if (values.number(mapi.FLAGS) or 0) & _UNSENT else []
    if name.startswith("report."):
        marks.append("system")
    if name.startswith(_OTHER_ITEMS):
        return "other", (*marks, f"outlook-item:{name.split('.')[1]}")
    return "email", tuple(marks)


def _unless_same(name: str | None, address: str) -> str | None:
    return None if name is None or name.lower() == address.lower() else name


def _once(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(codes))
