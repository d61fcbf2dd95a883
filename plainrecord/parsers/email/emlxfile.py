"""The three parts of an .emlx file: a byte count, the mail, a property list; and what the property list says.

The count decides where the mail ends, unless it leads nowhere (trap 17): then the last XML declaration of the file does,
because a mail may itself contain one. Read forward in bounded memory; only the header and the file's end are kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Protocol

from plainrecord.parsers.email.mailscan import HEADER_LIMIT, header_end
from plainrecord.parsers.email.shapes import emlx_start
from plainrecord.times import TimeBlock, from_epoch

_STEP = 64 << 10
# Property lists are about 1 KiB; the longest subject and sender leave them far below this.
_TAIL = 256 << 10
_XML = b'<?xml version="1.0"'
_PLIST_START = re.compile(rb"\s*(?:<\?xml|<!DOCTYPE plist|<plist)")
# Keys with plain values, read by pattern: a damaged list still gives what it holds, and no XML entity is ever expanded.
_PROPERTY = re.compile(rb"<key>([^<]{1,80})</key>\s*<(integer|real|string)>([^<]{0,4000})</\2>")
_NUMBER = re.compile(r"([0-9]{1,15})(?:\.[0-9]{0,20})?")
_FLAGS = ((1, "deleted"), (6, "draft"), (24, "spam"))


class Readable(Protocol):
    """Anything with a `read` that gives fewer bytes than asked for only at its end."""

    def read(self, n: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class MailFile:
    """Where the mail stands in the file (`start` to `end`), its header block, the property list, and notes."""

    start: int
    end: int
    header: bytes
    properties: bytes
    notes: tuple[str, ...]


def read_mail_file(stream: Readable) -> MailFile:
    """Read an .emlx file to its end. Never raises on what the bytes hold."""
    head = stream.read(_STEP)
    count = emlx_start(head)
    start = count[0] if count else 0
    tail, size, header = head, len(head), _header(head[start:], final=len(head) < _STEP)
    begun = bytearray(head[start:]) if header is None else bytearray()
    while piece := stream.read(_STEP):
        size += len(piece)
        tail = (tail + piece)[-_TAIL:]
        if header is None:
            begun += piece
            header = _header(begun, final=len(piece) < _STEP)
    if header is None:
        header = bytes(begun)
    stated = count[0] + count[1] if count else None
    end, properties, notes = _mail_end(stated, tail, size)
    return MailFile(start, end, header[: max(0, end - start)], properties, notes)


def _header(data: bytes | bytearray, *, final: bool) -> bytes | None:
    stop = min(len(data), HEADER_LIMIT)
    end = header_end(data, 0, stop)
    if end >= 0:
        return bytes(data[:end])
    return bytes(data[:stop]) if final or stop == HEADER_LIMIT else None


def _mail_end(stated: int | None, tail: bytes, size: int) -> tuple[int, bytes, tuple[str, ...]]:
    """Where the mail ends, the property list behind it, and notes. `tail` are the last bytes of a file of `size`."""
    before = size - len(tail)
    if stated is not None and before <= stated <= size:
        rest = tail[stated - before :]
        if _PLIST_START.match(rest):
            return stated, rest, ()
        if not rest.strip():
            return stated, b"", ("emlx:no-property-list",)
    note = "trap-17:byte-count-missing" if stated is None else "trap-17:byte-count-wrong"
    last = tail.rfind(_XML)
    if last >= 0 and b"<plist" in tail[last:]:
        return before + last, tail[last:], (note,)
    return size, b"", (note, "emlx:no-property-list")


def property_facts(properties: bytes) -> tuple[tuple[TimeBlock, ...], tuple[str, ...], dict[str, str]]:
    """Times, marks and plain facts of a property list.

    `date-received` is Unix seconds. `date-sent` is not used: its epoch is disputed, and the mail has its own Date.
    """
    values = {
        key.decode("utf-8", "replace"): unescape(value.decode("utf-8", "replace")).strip()
        for key, _, value in _PROPERTY.findall(properties)
    }
    flags = int(values["flags"]) if values.get("flags", "").isdecimal() and len(values["flags"]) < 20 else 0
    marks = tuple(mark for bit, mark in _FLAGS if flags >> bit & 1)
    received = values.get("date-received", "")
    match = _NUMBER.fullmatch(received)
    times = (from_epoch(int(match[1]), "s", received, "emlx date-received", meaning="received"),) if match else ()
    kept = ("flags", "remote-id", "conversation-id", "original-mailbox")
    return times, marks, {f"emlx_{key}": values[key] for key in kept if key in values}
