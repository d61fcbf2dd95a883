"""OpenSSH's wire form: a 32-bit length, then so many bytes. Bounds everything it reads."""

from __future__ import annotations

import struct


class SshFormatError(ValueError):
    """Bytes that are not what OpenSSH writes; `str()` says what is wrong."""


def to_string(value: bytes) -> bytes:
    """One value with its length before it."""
    return struct.pack(">I", len(value)) + value


def strings_of(data: bytes, count: int, *, whole: bool = False) -> list[bytes]:
    """The first `count` values; with `whole`, nothing may follow them. Raises SshFormatError."""
    values, at = [], 0
    for _ in range(count):
        if at + 4 > len(data):
            raise SshFormatError("it ends too early")
        (length,) = struct.unpack_from(">I", data, at)
        if at + 4 + length > len(data):
            raise SshFormatError("it ends too early")
        values.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    if whole and at != len(data):
        raise SshFormatError("there is more than belongs to it")
    return values
