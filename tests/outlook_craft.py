"""Makes `.msg` files and `winmail.dat` as Outlook does, for fixtures and tests: from properties to bytes, nothing read.

Written from Microsoft's published formats (MS-CFB, MS-OXMSG, MS-OXTNEF, MS-OXRTFCP), apart from the readers under test.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

TEXT, TEXT_8BIT, BINARY, OBJECT, INT, BOOL, TIME = 0x1F, 0x1E, 0x102, 0x0D, 0x03, 0x0B, 0x40
_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def filetime(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    """A time in UTC as 100 nanoseconds since 1601."""
    since = datetime(year, month, day, hour, minute, second, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 10_000_000


def plain_rtf(rtf: bytes) -> bytes:
    """RTF in the uncompressed form of the compressed-RTF property."""
    return struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf


def packed_rtf(rtf: bytes) -> bytes:
    """RTF in the compressed form, every byte given as it is (which the form allows), and the end mark."""
    out, write = bytearray(), 207
    for start in range(0, len(rtf), 8):
        piece = rtf[start : start + 8]
        out += bytes([1 << len(piece) if len(piece) < 8 else 0]) + piece
        write = (write + len(piece)) % 4096
    out += b"" if len(rtf) % 8 else b"\x01"
    out += struct.pack(">H", write << 4)
    # The checksum starts from nothing and is not inverted at the end.
    total = zlib.crc32(bytes(out), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return struct.pack("<II4sI", len(out) + 12, len(rtf), b"LZFu", total) + bytes(out)


# --- compound files (MS-CFB), version 3 ---


@dataclass
class Storage:
    """A folder of a compound file: streams and storages by name."""

    streams: dict[str, bytes] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)


@dataclass
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    child: int = _FREE
    left: int = _FREE
    right: int = _FREE
    start: int = _END
    size: int = 0


def compound(root: Storage) -> bytes:
    """A compound file with that tree."""
    entries = [_Entry("Root Entry", 5)]
    _place(root, 0, entries)
    mini, mini_fat, sectors, fat = bytearray(), [], bytearray(), []
    for entry in entries[1:]:
        entry.size = len(entry.data)
        if entry.kind != 2 or not entry.data:
            continue
        if entry.size < _CUTOFF:
            entry.start = _chain(entry.data, mini, mini_fat, _MINI)
        else:
            entry.start = _chain(entry.data, sectors, fat, _SECTOR)
    entries[0].start, entries[0].size = (_chain(bytes(mini), sectors, fat, _SECTOR) if mini else _END), len(mini)
    mini_start = _chain(struct.pack(f"<{len(mini_fat)}I", *mini_fat), sectors, fat, _SECTOR, 0xFF) if mini_fat else _END
    mini_count = -(-len(mini_fat) * 4 // _SECTOR)
    folder_start = _chain(b"".join(_entry(one) for one in entries), sectors, fat, _SECTOR)
    return _with_header(sectors, fat, folder_start, mini_start, mini_count)


def _place(storage: Storage, parent: int, entries: list[_Entry]) -> None:
    here: list[int] = []
    for name, data in storage.streams.items():
        here.append(len(entries))
        entries.append(_Entry(name, 2, data))
    for name, inner in storage.storages.items():
        here.append(len(entries))
        entries.append(_Entry(name, 1))
        _place(inner, here[-1], entries)
    # Readers walk the tree of siblings; a list is a tree that leans to one side.
    here.sort(key=lambda at: (len(entries[at].name), entries[at].name.upper()))
    entries[parent].child = here[0] if here else _FREE
    for at, following in pairwise(here):
        entries[at].right = following


def _chain(data: bytes, sectors: bytearray, fat: list[int], size: int, fill: int = 0) -> int:
    start = len(fat)
    count = max(1, -(-len(data) // size))
    sectors += data.ljust(count * size, bytes([fill]))
    fat += [*range(start + 1, start + count), _END]
    return start


def _entry(entry: _Entry) -> bytes:
    name = (entry.name + "\0").encode("utf-16-le")
    head = name.ljust(64, b"\0") + struct.pack("<HBB", len(name), entry.kind, 1)
    links = struct.pack("<III", entry.left, entry.right, entry.child)
    return head + links + bytes(16 + 4 + 16) + struct.pack("<IQ", entry.start, entry.size)


def _with_header(sectors: bytearray, fat: list[int], folder: int, mini: int, mini_count: int) -> bytes:
    count = 1
    while (len(fat) + count) * 4 > count * _SECTOR:
        count += 1
    at = len(fat)
    fat += [_FAT] * count
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(count * _SECTOR, b"\xff")
    places = [*range(at, at + count), *[_FREE] * (109 - count)]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    head += struct.pack("<IIIIIIIII", count, folder, 0, _CUTOFF, mini, mini_count, _END, 0, places[0])
    return head + struct.pack("<108I", *places[1:]) + bytes(sectors) + table


# --- messages (MS-OXMSG) ---

Value = int | str | bytes | Storage
Props = dict[tuple[int, int], Value]


def message(
    props: Props, recipients: list[Props] | None = None, files: list[Props] | None = None, *, inner: bool = False
) -> Storage:
    """A message as a storage; `files` may hold a Storage under (0x3701, OBJECT). `inner` when it lies in another one."""
    recipients, files = recipients or [], files or []
    count = struct.pack("<IIII", len(recipients), len(files), len(recipients), len(files))
    root = _object(props, bytes(8) + count + (b"" if inner else bytes(8)))
    for number, one in enumerate(recipients):
        root.storages[f"__recip_version1.0_#{number:08X}"] = _object(one, bytes(8))
    for number, one in enumerate(files):
        root.storages[f"__attach_version1.0_#{number:08X}"] = _object(one, bytes(8))
    if not inner:
        streams = {"__substg1.0_00020102": b"", "__substg1.0_00030102": b"", "__substg1.0_00040102": b""}
        root.storages["__nameid_version1.0"] = Storage(streams)
    return root


def _object(props: Props, head: bytes) -> Storage:
    made = Storage()
    rows = b""
    for (number, kind), value in sorted(props.items()):
        if isinstance(value, Storage):
            made.storages[f"__substg1.0_{number:04X}{kind:04X}"] = value
            rows += struct.pack("<HHIII", kind, number, 6, 0xFFFFFFFF, 1)
        elif isinstance(value, int):
            rows += struct.pack("<HHI", kind, number, 6) + value.to_bytes(8, "little", signed=value < 0)
        else:
            data = _bytes(kind, value)
            made.streams[f"__substg1.0_{number:04X}{kind:04X}"] = data
            extra = {TEXT: 2, TEXT_8BIT: 1}.get(kind, 0)
            rows += struct.pack("<HHIII", kind, number, 6, len(data) + extra, 0)
    made.streams["__properties_version1.0"] = head + rows
    return made


def _bytes(kind: int, value: str | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    return value.encode("utf-16-le", "surrogatepass") if kind == TEXT else value.encode("cp1252")


# --- winmail.dat (MS-OXTNEF) ---


def attribute(level: int, name: int, kind: int, data: bytes, *, wrong_sum: bool = False) -> bytes:
    """One attribute with its checksum."""
    total = (sum(data) + wrong_sum) & 0xFFFF
    return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", total)


def tnef(*attributes: bytes) -> bytes:
    """A whole wrapping: signature, key, version, code page, and what is given."""
    start = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x9006, 8, b"\0\0\1\0")
    return start + attribute(1, 0x9007, 6, struct.pack("<II", 1252, 0)) + b"".join(attributes)


def tnef_properties(props: Props) -> bytes:
    """MAPI properties in the form of a wrapping."""
    out = struct.pack("<I", len(props))
    for (number, kind), value in props.items():
        out += struct.pack("<HH", kind, number)
        if number & 0x8000:
            out += bytes(16) + struct.pack("<II", 0, number)
        if isinstance(value, int):
            width = 8 if kind == TIME else 4
            out += value.to_bytes(width, "little")
        elif not isinstance(value, Storage):
            data = _bytes(kind, value) + {TEXT: b"\0\0", TEXT_8BIT: b"\0"}.get(kind, b"")
            out += struct.pack("<II", 1, len(data)) + data + bytes(-len(data) % 4)
    return out
