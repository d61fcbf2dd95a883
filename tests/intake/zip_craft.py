"""Zip archives written byte by byte, so that they can lie in every way an archive can."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field


@dataclass
class Part:
    """One file of a crafted archive. None means: tell the truth."""

    name: bytes
    data: bytes = b""
    method: int = 0
    flags: int = 0
    size: int | None = None
    crc: int | None = None
    header: int | None = None
    extra: bytes = b""
    local_extra: bytes = b""
    made_by: int = 3
    attributes: int = 0
    packed: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.packed = self.data
        if self.method == 8:
            squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
            self.packed = squeeze.compress(self.data) + squeeze.flush()


def local_header(part: Part) -> bytes:
    crc = zlib.crc32(part.data) if part.crc is None else part.crc
    size = len(part.data) if part.size is None else part.size
    head = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, part.flags, part.method, 0, 0x21, crc, len(part.packed), size,
                       len(part.name), len(part.local_extra))  # fmt: skip
    return head + part.name + part.local_extra


def central_line(part: Part, offset: int) -> bytes:
    crc = zlib.crc32(part.data) if part.crc is None else part.crc
    size = len(part.data) if part.size is None else part.size
    offset = offset if part.header is None else part.header
    head = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20 | part.made_by << 8, 20, part.flags, part.method, 0, 0x21, crc,
                       len(part.packed), size, len(part.name), len(part.extra), 0, 0, 0, part.attributes, offset)  # fmt: skip
    return head + part.name + part.extra


def end_record(count: int, length: int, offset: int, disk: int = 0) -> bytes:
    few = min(count, 0xFFFF)
    return struct.pack("<4s4H2LH", b"PK\x05\x06", disk, disk, few, few, length, offset, 0)


def crafted(*parts: Part) -> bytes:
    """The archive of those parts."""
    body, lines = bytearray(), bytearray()
    for part in parts:
        lines += central_line(part, len(body))
        body += local_header(part) + part.packed
    return bytes(body + lines) + end_record(len(parts), len(lines), len(body))


def overlapping(files: int, unpacked: int) -> bytes:
    """Many names for one compressed kernel, as in the bombs that overlap their files."""
    kernel = Part(b"0", bytes(unpacked), method=8)
    body = local_header(kernel) + kernel.packed
    lines = b"".join(central_line(Part(b"%d" % n, bytes(unpacked), method=8, header=0), 0) for n in range(files))
    return body + lines + end_record(files, len(lines), len(body))


def quoted(files: int, unpacked: int) -> bytes:
    """The bomb in which each file's data begins with the (stored, quoted) local headers of the files after it."""
    kernel = Part(b"kernel", bytes(unpacked), method=8)
    tail = local_header(kernel) + kernel.packed
    headers: list[tuple[bytes, int, int]] = []
    for n in range(files):
        name = b"f%04d" % n
        quote = struct.pack("<BHH", 0, 35, 35 ^ 0xFFFF)
        part = Part(name)
        packed = len(quote) + len(tail)
        head = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0x21, 0, packed, unpacked, len(name), 0)
        tail = head + name + quote + tail
        headers.append((part.name, packed, len(tail)))
    lines = b""
    for name, packed, length in reversed(headers):
        lines += struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20 | 3 << 8, 20, 0, 8, 0, 0x21, 0, packed, unpacked, len(name),
                             0, 0, 0, 0, 0, len(tail) - length) + name  # fmt: skip
    return tail + lines + end_record(files, len(lines), len(tail))
