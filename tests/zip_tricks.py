"""Zips that programs read differently: each function gives the bytes of a sound zip back with one such trick in it."""

from __future__ import annotations

import struct
import zlib
from typing import Any


def with_a_gap(data: bytes, hidden: bytes, at: int) -> bytes:
    """The zip with bytes put in at a place among its files that the table of contents knows nothing of."""
    end = data.rindex(b"PK\x05\x06")
    size, table = struct.unpack_from("<II", data, end + 12)
    entries = bytearray(data[table : table + size])
    place = 0
    while place < size:
        (found,) = struct.unpack_from("<I", entries, place + 42)
        struct.pack_into("<I", entries, place + 42, found + (len(hidden) if found >= at else 0))
        place += 46 + sum(struct.unpack_from("<HHH", entries, place + 28))
    ending = bytearray(data[end:])
    struct.pack_into("<I", ending, 16, table + len(hidden))
    return data[:at] + hidden + data[at:table] + bytes(entries) + bytes(ending)


def one_more_file(folder: str) -> bytes:
    name, text = f"{folder}/data/items/native/M-999999.eml".encode(), b"put in"
    return (
        struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 0, 0, 0, zlib.crc32(text), len(text), len(text), len(name), 0)
        + name
        + text
    )


def hidden_first(data: bytes, folder: str) -> bytes:
    return with_a_gap(data, one_more_file(folder), 0)


def hidden_between(data: bytes, folder: str) -> bytes:
    return with_a_gap(data, one_more_file(folder), data.index(b"PK\x03\x04", 10))


def hidden_last(data: bytes, folder: str) -> bytes:
    return with_a_gap(data, one_more_file(folder), struct.unpack_from("<I", data, data.rindex(b"PK\x05\x06") + 16)[0])


def two_tables(data: bytes, _folder: str) -> bytes:
    """A second table right before the end, which programs find that count back from there."""
    end = data.rindex(b"PK\x05\x06")
    size, table = struct.unpack_from("<II", data, end + 12)
    return data[:end] + data[table : table + size] + data[end:]


def two_ends(data: bytes, _folder: str) -> bytes:
    end = bytearray(data[data.rindex(b"PK\x05\x06") :])
    whole = bytearray(data + bytes(end) + b"..")
    struct.pack_into("<H", whole, len(data) - 2, len(end) + 2)
    return bytes(whole)


def another_method(data: bytes, _folder: str) -> bytes:
    whole = bytearray(data)
    struct.pack_into("<H", whole, 8, 0 if struct.unpack_from("<H", data, 8)[0] else 8)
    return bytes(whole)


def another_size(data: bytes, _folder: str) -> bytes:
    whole = bytearray(data)
    struct.pack_into("<I", whole, 18, struct.unpack_from("<I", data, 18)[0] - 1)
    return bytes(whole)


def a_link(data: bytes, _folder: str) -> bytes:
    whole = bytearray(data)
    struct.pack_into("<H", whole, data.index(b"PK\x01\x02") + 40, 0o120777)
    return bytes(whole)


def two_names(data: bytes, folder: str) -> bytes:
    end = data.rindex(b"PK\x05\x06")
    size, table = struct.unpack_from("<II", data, end + 12)
    (length,) = struct.unpack_from("<H", data, table + 28)
    name, other = data[table + 46 : table + 46 + length], f"{folder}/other.txt".encode()
    extra = struct.pack("<HHBI", 0x7075, 5 + len(other), 1, zlib.crc32(name)) + other
    entries = bytearray(data[table : table + size])
    struct.pack_into("<H", entries, 30, len(extra))
    entries[46 + length : 46 + length] = extra
    ending = bytearray(data[end:])
    struct.pack_into("<I", ending, 12, len(entries))
    return data[:table] + bytes(entries) + bytes(ending)


AMBIGUOUS = (
    hidden_first,
    hidden_between,
    hidden_last,
    two_tables,
    two_ends,
    another_method,
    another_size,
    a_link,
    two_names,
)


class Forwards:
    """A file that can only be written onwards."""

    def __init__(self, file: Any) -> None:
        self.write, self.flush = file.write, file.flush
