"""`winmail.dat`: a mail as Outlook wraps it for other Outlooks (MS-OXTNEF): its text, and the files that are in it.

Who wrote the mail is said by the mail's own header; what stands in here about the sender is the sending program's word and
is not used. Wrong checksums and bytes behind the end are common: noted and read on (trap 22).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from plainrecord.parsers.email import mapi
from plainrecord.parsers.email.charsets import decode
from plainrecord.parsers.email.lzfu import unpack_rtf
from plainrecord.parsers.email.mapi import Properties, Value, charset_of
from plainrecord.parsers.email.rtf import read_rtf

SIGNATURE = b"\x78\x9f\x3e\x22"
MAX_FILES = 500
MAX_PROPERTIES = 5_000
_MESSAGE, _ATTACHMENT = 1, 2
_SUBJECT, _SENT, _CLASS, _BODY = 0x8004, 0x8005, 0x8008, 0x800C
_DATA, _TITLE, _STARTS_FILE, _PROPERTIES, _FILE_PROPERTIES, _CODE_PAGE = 0x800F, 0x8010, 0x9002, 0x9003, 0x9005, 0x9007
_OBJECT_HEAD = 16


@dataclass(slots=True)
class WrappedFile:
    """A file in the wrapping. `message` when it is a mail wrapped the same way."""

    name: str | None = None
    data: bytes = b""
    media_type: str | None = None
    content_id: str | None = None
    message: bool = False


@dataclass(slots=True)
class Wrapped:
    """Everything read. `text` is the plain text or that of the rich text, `html` the page where there is one."""

    subject: str | None = None
    text: str | None = None
    html: str | None = None
    facts: dict[str, str] = field(default_factory=dict)
    files: list[WrappedFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, *codes: str) -> None:
        """Add codes without repeats."""
        self.notes.extend(code for code in codes if code not in self.notes)


def read_tnef(data: bytes) -> Wrapped:
    """Read a wrapping. Never raises; what comes before a fault is kept."""
    reader = _Reader(Wrapped())
    if not data.startswith(SIGNATURE):
        reader.found.note("tnef:not-readable")
        return reader.found
    for level, name, piece, sound in _attributes(data):
        if not sound:
            reader.found.note("trap-22:wrong-checksum")
        reader.take(level, name, piece)
    end = _end(data)
    if end < len(data):
        reader.found.note("trap-22:bytes-behind-the-end")
    reader.finish()
    return reader.found


def _attributes(data: bytes) -> Iterator[tuple[int, int, bytes, bool]]:
    """(level, name, data, whether the checksum fits) of each attribute up to the first that cannot be one."""
    at = 6
    while at + 11 <= len(data):
        level, name, _, length = struct.unpack_from("<BHHI", data, at)
        start = at + 9
        if level not in (_MESSAGE, _ATTACHMENT) or start + length > len(data):
            return
        piece = data[start : start + length]
        stated = int.from_bytes(data[start + length : start + length + 2], "little")
        yield level, name, piece, sum(piece) & 0xFFFF == stated
        at = start + length + 2


def _end(data: bytes) -> int:
    at = 6
    for _, _, piece, _ in _attributes(data):
        at += 11 + len(piece)
    return at


class _Reader:
    """Takes attributes in order; the code page and the parts of a file may come in any."""

    def __init__(self, found: Wrapped) -> None:
        self.found = found
        self._page: int | None = None
        self._texts: dict[int, bytes] = {}
        self._values: dict[int, tuple[int, Value]] = {}
        self._files: list[tuple[dict[int, bytes], dict[int, tuple[int, Value]]]] = []

    def take(self, level: int, name: int, piece: bytes) -> None:
        """One attribute."""
        if level == _MESSAGE and name == _CODE_PAGE and len(piece) >= 4:
            self._page = int.from_bytes(piece[:4], "little")
        elif level == _MESSAGE and name == _PROPERTIES:
            self._values |= self._properties(piece)
        elif level == _MESSAGE:
            self._texts.setdefault(name, piece)
        elif name == _STARTS_FILE:
            if len(self._files) < MAX_FILES:
                self._files.append(({}, {}))
            else:
                self.found.note("tnef:too-many-files")
        elif self._files and name == _FILE_PROPERTIES:
            self._files[-1][1].update(self._properties(piece))
        elif self._files:
            self._files[-1][0].setdefault(name, piece)

    def finish(self) -> None:
        """The texts and files, now that the code page is known."""
        found, values = self.found, Properties(self._values, self._page)
        found.subject = values.text(mapi.SUBJECT) or self._text(_SUBJECT)
        found.text = self._text(_BODY) or values.text(mapi.BODY)
        kind = self._text(_CLASS) or values.text(mapi.MESSAGE_CLASS)
        if kind:
            found.facts["winmail.dat class"] = kind
        if found.subject:
            found.facts["winmail.dat subject"] = found.subject[:1_000]
        if sent := mapi.plain_time(self._texts.get(_SENT, b"")):
            found.facts["winmail.dat sent"] = f"{sent.isoformat()} by the sending computer’s clock, zone not stated"
        self._page_or_rich_text(values)
        found.files = [self._file(*one) for one in self._files]
        found.note(*values.notes)

    def _page_or_rich_text(self, values: Properties) -> None:
        found = self.found
        page = values.data(mapi.HTML)
        if page:
            read = decode(page, charset_of(values.number(mapi.INTERNET_CODE_PAGE)), html=True)
            found.html = read.text
            found.note(*read.notes)
            return
        packed = values.data(mapi.RTF)
        if not packed:
            return
        rtf, notes = unpack_rtf(packed)
        rich = read_rtf(rtf)
        found.note(*notes, *rich.notes)
        found.html = rich.html
        if not found.text and rich.text:
            found.text = rich.text
            found.note("trap-22:text-from-rich-text")

    def _text(self, name: int) -> str | None:
        raw = self._texts.get(name, b"").rstrip(b"\0")
        if not raw:
            return None
        read = decode(raw, charset_of(self._page))
        self.found.note(*read.notes)
        return read.text

    def _file(self, texts: dict[int, bytes], values: dict[int, tuple[int, Value]]) -> WrappedFile:
        stated = Properties(values, self._page)
        thing, raw = stated.object(mapi.ATTACH_DATA), stated.data(mapi.ATTACH_DATA) or b""
        if thing is None and raw[_OBJECT_HEAD : _OBJECT_HEAD + 4] == SIGNATURE:
            thing = raw
        # In front of a message or object stands which interface it is for, and that is no part of it.
        inner = thing[_OBJECT_HEAD:] if thing else b""
        title = texts.get(_TITLE, b"").rstrip(b"\0")
        name = stated.text(mapi.ATTACH_LONG_NAME) or stated.text(mapi.ATTACH_SHORT_NAME) or stated.text(mapi.NAME)
        found = WrappedFile(
            name or (decode(title, charset_of(self._page)).text if title else None),
            # Beside it, the old attribute says only that it cannot be shown.
            inner or texts.get(_DATA) or raw,
            stated.text(mapi.ATTACH_MIME),
            stated.text(mapi.ATTACH_CONTENT_ID),
            inner.startswith(SIGNATURE),
        )
        self.found.note(*stated.notes)
        return found

    def _properties(self, piece: bytes) -> dict[int, tuple[int, Value]]:
        """The MAPI properties of an attribute; what comes before a fault is kept and the fault noted."""
        found: dict[int, tuple[int, Value]] = {}
        try:
            for number, kind, value in _mapi(piece):
                found.setdefault(number, (kind, value))
        except (struct.error, _DamagedError):
            self.found.note("tnef:damaged-properties")
        return found


class _DamagedError(ValueError):
    pass


def _mapi(piece: bytes) -> Iterator[tuple[int, int, Value]]:
    (count,) = struct.unpack_from("<I", piece)
    at = 4
    for _ in range(min(count, MAX_PROPERTIES)):
        kind, number = struct.unpack_from("<HH", piece, at)
        at += 4
        if number & 0x8000:
            at = _past_name(piece, at)
        values, at = _values(piece, at, kind)
        if values and not number & 0x8000:
            yield number, kind & 0xFFF, values[0]


def _past_name(piece: bytes, at: int) -> int:
    """Past the name of a property that has one: a number, or a text."""
    (form,) = struct.unpack_from("<I", piece, at + 16)
    (said,) = struct.unpack_from("<I", piece, at + 20)
    return at + 24 + (_padded(said) if form == 1 else 0)


def _values(piece: bytes, at: int, kind: int) -> tuple[list[Value], int]:
    base = kind & 0xFFF
    variable = base in (mapi.TEXT, mapi.TEXT_8BIT, mapi.BINARY, mapi.OBJECT)
    count = 1
    if variable or kind & mapi.MANY:
        (count,) = struct.unpack_from("<I", piece, at)
        at += 4
    if count > MAX_PROPERTIES or (not variable and base not in mapi.WIDTHS):
        raise _DamagedError
    found: list[Value] = []
    for _ in range(count):
        if variable:
            (size,) = struct.unpack_from("<I", piece, at)
            at += 4
            raw = piece[at : at + size]
        else:
            size = mapi.WIDTHS[base]
            raw = piece[at : at + size]
        if len(raw) < size:
            raise _DamagedError
        value: Value | None = raw if variable else mapi.fixed_value(base, raw)
        found += [] if value is None else [value]
        at += _padded(size)
    return found, at


def _padded(size: int) -> int:
    return (size + 3) & ~3
