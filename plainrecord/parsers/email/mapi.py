"""MAPI properties, as Outlook keeps a message in pieces: their numbers, and their values from bytes.

Shared by the readers of `.msg` files and of `winmail.dat`. Knows nothing of how either file is built.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import datetime

from plainrecord.parsers.email.charsets import decode
from plainrecord.times import Meaning, TimeBlock, from_epoch

# Property numbers (MS-OXPROPS).
MESSAGE_CLASS, SUBJECT, HEADERS, NORMALISED_SUBJECT = 0x001A, 0x0037, 0x007D, 0x0E1D
BODY, RTF, HTML, INTERNET_CODE_PAGE, MESSAGE_CODE_PAGE = 0x1000, 0x1009, 0x1013, 0x3FDE, 0x3FFD
MESSAGE_ID, REFERENCES, IN_REPLY_TO = 0x1035, 0x1039, 0x1042
SUBMITTED, DELIVERED, FLAGS, CREATED, CHANGED = 0x0039, 0x0E06, 0x0E07, 0x3007, 0x3008
TOPIC, THREAD_INDEX = 0x0070, 0x0071
RECIPIENT_ROLE, NAME, ADDRESS_TYPE, ADDRESS, SMTP_ADDRESS = 0x0C15, 0x3001, 0x3002, 0x3003, 0x39FE
ATTACH_DATA, ATTACH_METHOD, ATTACH_LONG_NAME, ATTACH_SHORT_NAME = 0x3701, 0x3705, 0x3707, 0x3704
ATTACH_MIME, ATTACH_CONTENT_ID, ATTACH_HIDDEN = 0x370E, 0x3712, 0x7FFE
# (name, type, address, SMTP address) of who is stated as author, and of who sent it.
AUTHOR = (0x0042, 0x0064, 0x0065, 0x5D02)
SENT_BY = (0x0C1A, 0x0C1E, 0x0C1F, 0x5D01)

TEXT, TEXT_8BIT, BINARY, OBJECT, MANY = 0x001F, 0x001E, 0x0102, 0x000D, 0x1000
_FIXED = {
    0x0002: "<h",
    0x0003: "<i",
    0x0004: "<f",
    0x0005: "<d",
    0x000A: "<I",
    0x000B: "<H",
    0x0014: "<q",
    0x0040: "<Q",
}
WIDTHS = {kind: struct.calcsize(form) for kind, form in _FIXED.items()} | {0x0006: 8, 0x0007: 8, 0x0048: 16, 0x0001: 0}
_EPOCH_AS_FILETIME = 116_444_736_000_000_000
# What Outlook writes for “no date” (the year 4501), and nothing at all.
_NO_DATE = frozenset((0, 915_151_392_000_000_000, 915_046_235_400_000_000, 0x7FFF_FFFF_FFFF_FFFF))
_PAGES = {65001: "utf-8", 65000: "utf-7", 20127: "us-ascii", 28591: "iso-8859-1", 51932: "euc-jp", 51949: "euc-kr"} | {
    28590 + part: f"iso-8859-{part}" for part in range(2, 16)
}
_PAGES |= {20866: "koi8-r", 21866: "koi8-u", 50220: "iso-2022-jp", 50221: "iso-2022-jp", 52936: "hz", 54936: "gb18030"}

Value = int | float | str | bytes


def fixed_value(kind: int, data: bytes) -> Value | None:
    """A value of a fixed width, None for a kind that is not read or bytes that are too few."""
    form = _FIXED.get(kind)
    if form is None or len(data) < struct.calcsize(form):
        return None
    found: Value = struct.unpack_from(form, data)[0]
    return found


def text_value(kind: int, data: bytes, page: int | None) -> tuple[str, tuple[str, ...]]:
    """A text value and notes on its characters. `page` is the code page of 8-bit texts."""
    if kind == TEXT:
        even = data[: len(data) & ~1]
        return even.decode("utf-16-le", "surrogatepass").rstrip("\0"), ()
    read = decode(data.rstrip(b"\0"), charset_of(page))
    return read.text, read.notes


def charset_of(page: int | None) -> str | None:
    """The character set of a Windows code page number, None when none is stated."""
    if not page or page < 0:
        return None
    return _PAGES.get(page, f"cp{page}")


def time_value(value: Value | None, name: str, meaning: Meaning) -> TimeBlock | None:
    """The time of a FILETIME (100 nanoseconds since 1601, UTC), None where it stands for no date (trap 20)."""
    if not isinstance(value, int) or value in _NO_DATE:
        return None
    return from_epoch((value - _EPOCH_AS_FILETIME) // 10, "us", str(value), name, meaning=meaning)


def plain_time(data: bytes) -> datetime | None:
    """A wall-clock time of seven 16-bit numbers, as `winmail.dat` holds it; it has no zone."""
    if len(data) < 12:
        return None
    year, month, day, hour, minute, second = struct.unpack_from("<6H", data)
    try:
        return datetime(year, month, day, hour, minute, min(second, 59))
    except ValueError:
        return None


class Properties:
    """The properties of one object by number. Texts are decoded when asked for, because the code page may come last."""

    def __init__(self, values: Mapping[int, tuple[int, Value]], page: int | None = None) -> None:
        self._values = values
        # Where nothing says how 8-bit texts are written, the code page the mail was to be sent in is the nearest thing said.
        pages = (self.number(MESSAGE_CODE_PAGE), page, self.number(INTERNET_CODE_PAGE))
        self.page = next((stated for stated in pages if stated is not None), None)
        self.notes: list[str] = []

    def __contains__(self, number: int) -> bool:
        return number in self._values

    def raw(self, number: int) -> Value | None:
        """The value as it stands, None when there is none."""
        found = self._values.get(number)
        return found[1] if found else None

    def number(self, number: int) -> int | None:
        """A whole number."""
        found = self.raw(number)
        return found if isinstance(found, int) else None

    def data(self, number: int) -> bytes | None:
        """Bytes, whatever they stand for."""
        kind, found = self._values.get(number, (0, None))
        return found if isinstance(found, bytes) and kind != OBJECT else None

    def object(self, number: int) -> bytes | None:
        """What is stored for a message or another program's object: where it lies, as its container says it."""
        kind, found = self._values.get(number, (0, None))
        return found if isinstance(found, bytes) and kind == OBJECT else None

    def text(self, number: int) -> str | None:
        """A text, None when there is none or it is empty."""
        kind, found = self._values.get(number, (0, None))
        if not isinstance(found, bytes) or kind not in (TEXT, TEXT_8BIT):
            return None
        said, notes = text_value(kind, found, self.page)
        self.notes += [note for note in notes if note not in self.notes]
        return said or None

    def time(self, number: int, name: str, meaning: Meaning) -> TimeBlock | None:
        """A time, None when there is none."""
        return time_value(self.raw(number), f"{name} ({number:04X})", meaning)
