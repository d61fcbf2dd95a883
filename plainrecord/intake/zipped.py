"""Zip archives, read from their contents list (APPNOTE 6.3.10, PKWARE), with every claim in it checked against the bytes.

Own code rather than `zipfile`: raw name bytes are kept (zipfile cuts them at NUL), the number of entries is bounded
before memory is spent on them, and overlapping entries are found on every Python (zipfile looks for them from 3.11.8 on
only, and raises). Not read, by name: encrypted files, Deflate64 and other rare methods, split archives.
"""

from __future__ import annotations

import stat
import struct
import zlib
from dataclasses import dataclass

from plainrecord.intake.containers import Entry
from plainrecord.intake.extents import Extent, ExtentReader, Reader, WindowExtent, read_at
from plainrecord.intake.limits import ArchiveError, LimitError, Limits
from plainrecord.intake.listing import Fate
from plainrecord.intake.names import component, unique
from plainrecord.intake.unpacking import Checked, Squeeze, Unpacker

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")

_STORED = 0
_METHODS: dict[int, Squeeze] = {8: "deflate", 12: "bzip2"}
_METHOD_NAMES = {9: "Deflate64", 14: "LZMA", 93: "Zstandard", 95: "xz", 97: "WavPack", 98: "PPMd", 99: "AES"}
_UNIX = 3
_ENCRYPTED, _UTF8, _MASKED = 1 << 0, 1 << 11, 1 << 13
_PIECE = 1 << 20

_NO_END = "it is cut off or damaged: the list of contents, which stands at the end of a zip file, is missing"
_BAD_LIST = "its list of contents is damaged"


@dataclass(frozen=True, slots=True)
class _Where:
    """What is needed to read one entry: `end` is where the next thing in the archive begins."""

    header: int
    end: int
    method: int
    packed: int
    size: int
    crc: int


@dataclass(slots=True)
class _Raw:
    """One line of the central directory, before it is judged."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    header: int
    disk: int
    made_by: int
    attributes: int
    extra: bytes


class ZipArchive:
    """The files of a zip archive. Raises ArchiveError when it has no readable list of contents, LimitError for a bomb."""

    name = "a zip archive"
    damage: str | None = None
    flat = False

    def __init__(self, extent: Extent, limits: Limits) -> None:
        self._extent = extent
        self._limits = limits
        start, length, shift = _find_directory(extent)
        lines = _directory(extent, start, length, limits)
        self._where = _places(lines, start, shift)
        self.document = _document_type(lines)
        self.entries = _entries(lines, limits)
        self._by_step = {entry.step: entry for entry in self.entries}
        if self.document is None:
            unpacked = sum(line.size for line in lines)
            limits.check_ratio(unpacked, extent.size, floor_times=10)

    def entry(self, step: str) -> Entry | None:
        return self._by_step.get(step)

    def reader(self, entry: Entry) -> Reader:
        """The unpacked bytes, checked against declared size and CRC. Raises ArchiveError when there are none."""
        where, start = self._data(entry)
        squeeze = _METHODS.get(where.method)
        inner: Reader
        if squeeze is None:
            inner = ExtentReader(WindowExtent(self._extent, start, where.packed))
        else:
            inner = Unpacker(self._extent, squeeze, self._limits, start, where.packed)
        return Checked(inner, where.size, where.crc)

    def extent(self, entry: Entry) -> Extent | None:
        """The bytes where they stand, when they are stored without compression."""
        where, start = self._data(entry)
        return WindowExtent(self._extent, start, where.packed) if where.method == _STORED else None

    def _data(self, entry: Entry) -> tuple[_Where, int]:
        if entry.fate is not None:
            raise ArchiveError(entry.reason)
        where = self._where[entry.at]
        header = read_at(self._extent, where.header, _LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
            raise ArchiveError("the archive has something else where this file should begin")
        fields = _LOCAL.unpack(header)
        start = where.header + _LOCAL.size + fields[9] + fields[10]
        if start + where.packed > where.end:
            raise ArchiveError("it overlaps another file of the archive, as in a decompression bomb")
        return where, start


def _find_directory(extent: Extent) -> tuple[int, int, int]:
    """(offset of the contents list, its length, how far all stated offsets are off)."""
    tail_length = min(extent.size, _END.size + 0xFFFF)
    tail_start = extent.size - tail_length
    tail = read_at(extent, tail_start, tail_length)
    found = tail.rfind(b"PK\x05\x06")
    while found >= 0 and len(tail) - found < _END.size:
        found = tail.rfind(b"PK\x05\x06", 0, found)
    if found < 0:
        raise ArchiveError(_NO_END)
    _, disk, _, _, _, length, offset, _ = _END.unpack_from(tail, found)
    end = tail_start + found
    wide = read_at(extent, end - _LOCATOR.size, _LOCATOR.size) if end >= _LOCATOR.size else b""
    if wide.startswith(b"PK\x06\x07"):
        end, disk, length, offset = _find_directory64(extent, end, wide)
    if disk not in (0, 0xFFFF):
        raise ArchiveError("it is one piece of a zip that was split into several; put the pieces together first")
    start = end - length
    if start < 0 or offset > start:
        raise ArchiveError(_NO_END)
    return start, length, start - offset


def _find_directory64(extent: Extent, end: int, locator: bytes) -> tuple[int, int, int, int]:
    _, _, stated, _ = _LOCATOR.unpack(locator)
    for place in (stated, end - _LOCATOR.size - _END64.size):
        record = read_at(extent, place, _END64.size) if 0 <= place < extent.size else b""
        if len(record) == _END64.size and record.startswith(b"PK\x06\x06"):
            fields = _END64.unpack(record)
            return place, fields[4], fields[8], fields[9]
    raise ArchiveError(_NO_END)


def _directory(extent: Extent, start: int, length: int, limits: Limits) -> list[_Raw]:
    """Every line of the contents list, read in pieces; LimitError before too many of them are in memory."""
    lines: list[_Raw] = []
    position, end = start, start + length
    held, at = b"", 0
    while position < end or at < len(held):
        line, used = _directory_line(held, at)
        if line is not None:
            lines.append(line)
            at += used
            if len(lines) > limits.members:
                raise LimitError(f"it lists more than {limits.members} files")
            continue
        piece = read_at(extent, position, min(_PIECE, end - position))
        if not piece:
            raise ArchiveError(_BAD_LIST)
        position += len(piece)
        held, at = held[at:] + piece, 0
    return lines


def _directory_line(data: bytes, at: int) -> tuple[_Raw | None, int]:
    """The line at `data[at:]` and its length; (None, 0) when more data is needed."""
    if len(data) - at >= 4 and not data.startswith(b"PK\x01\x02", at):
        raise ArchiveError(_BAD_LIST)
    if len(data) - at < _CENTRAL.size:
        return None, 0
    fields = _CENTRAL.unpack_from(data, at)
    made_by, flags, method, crc, packed, size = fields[1], fields[3], fields[4], fields[7], fields[8], fields[9]
    name_length, extra_length, comment_length, disk, _, attributes, header = fields[10:17]
    name_at = at + _CENTRAL.size
    extra_at = name_at + name_length
    used = _CENTRAL.size + name_length + extra_length + comment_length
    if len(data) - at < used:
        return None, 0
    name, extra = data[name_at:extra_at], data[extra_at : extra_at + extra_length]
    line = _Raw(name, flags, method, crc, packed, size, header, disk, made_by >> 8, attributes, extra)
    _widen(line)
    return line, used


def _widen(line: _Raw) -> None:
    """Put in the 64-bit sizes and offset that zip64 keeps in an extra field."""
    field = _extra(line.extra, 0x0001)
    for attribute, width, full in (("size", 8, 0xFFFFFFFF), ("packed", 8, 0xFFFFFFFF), ("header", 8, 0xFFFFFFFF)):
        if getattr(line, attribute) == full and len(field) >= width:
            setattr(line, attribute, int.from_bytes(field[:width], "little"))
            field = field[width:]
    if line.disk == 0xFFFF and len(field) >= 4:
        line.disk = int.from_bytes(field[:4], "little")


def _extra(extra: bytes, wanted: int) -> bytes:
    """The body of the extra field with that id; empty when there is none."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == wanted:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return b""


def _places(lines: list[_Raw], directory: int, shift: int) -> list[_Where]:
    """Where each file begins and must end. Files that lie on top of each other are how the smallest bombs are made."""
    places: list[_Where | None] = [None] * len(lines)
    end = directory
    for number in sorted(range(len(lines)), key=lambda n: lines[n].header, reverse=True):
        line = lines[number]
        header = line.header + shift
        if header + _LOCAL.size + len(line.name) + line.packed > end:
            if end == directory:
                raise ArchiveError("its list of contents points to places that are not in the file")
            raise LimitError("files inside it lie on top of each other, as in a decompression bomb")
        places[number] = _Where(header, end, line.method, line.packed, line.size, line.crc)
        end = header
    return [place for place in places if place is not None]


def _document_type(lines: list[_Raw]) -> str | None:
    """The media type when the zip is really a document or a program: those are members, not folders of members."""
    names = {line.name for line in lines}
    if b"[Content_Types].xml" in names:
        for folder, kind in ((b"word/", "wordprocessingml.document"), (b"xl/", "spreadsheetml.sheet")):
            if any(name.startswith(folder) for name in names):
                return f"application/vnd.openxmlformats-officedocument.{kind}"
        is_slides = any(name.startswith(b"ppt/") for name in names)
        slides = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
        return slides if is_slides else "application/zip"
    if lines and lines[0].name == b"mimetype":
        return "application/epub+zip" if b"META-INF/container.xml" in names else "application/vnd.oasis.opendocument"
    if b"AndroidManifest.xml" in names:
        return "application/vnd.android.package-archive"
    return "application/java-archive" if b"META-INF/MANIFEST.MF" in names else None


def _entries(lines: list[_Raw], limits: Limits) -> list[Entry]:
    entries: list[Entry] = []
    taken: set[str] = set()
    for number, line in enumerate(lines):
        raw, odd = _decode_name(line)
        if raw.endswith(("/", "\\")) and line.size == 0:
            continue
        step = unique(component(raw), taken)
        if step != component(raw):
            odd = (*odd, "has the same name as another file of the archive; both are kept")
        taken.add(step)
        fate, reason = _verdict(line, limits)
        entries.append(Entry(step, raw, line.size, _modified(line.extra), fate, reason, odd, number))
    return entries


def _decode_name(line: _Raw) -> tuple[str, tuple[str, ...]]:
    if line.name.isascii():
        return line.name.decode("ascii"), ()
    if line.flags & _UTF8:
        return line.name.decode("utf-8", "surrogateescape"), ()
    unicode_path = _extra(line.extra, 0x7075)
    if len(unicode_path) > 5 and unicode_path[1:5] == zlib.crc32(line.name).to_bytes(4, "little"):
        return unicode_path[5:].decode("utf-8", "surrogateescape"), ()
    try:
        return line.name.decode("utf-8"), ("has a name that is UTF-8 without saying so",)
    except UnicodeDecodeError:
        note = f"has a name in an unstated character set, read as cp437 (its bytes are {line.name.hex()})"
        return line.name.decode("cp437"), (note,)


def _verdict(line: _Raw, limits: Limits) -> tuple[Fate | None, str]:
    """Why a file of the archive will not be read; (None, "") when it will."""
    mode = line.attributes >> 16
    if line.made_by == _UNIX and stat.S_ISLNK(mode):
        return Fate.REFUSED, "is a link to another place, not a file; it was not followed"
    if line.made_by == _UNIX and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return Fate.REFUSED, "is a device or a pipe, not a file"
    if line.flags & (_ENCRYPTED | _MASKED) or line.method == 99:
        return Fate.UNREADABLE, "is password-protected; unlock the archive with its own program and hand in the result"
    if line.method != _STORED and line.method not in _METHODS:
        name = _METHOD_NAMES.get(line.method, f"method {line.method}")
        return (
            Fate.KNOWN_UNSUPPORTED,
            f"is compressed with {name}, which is not read here; unpack the archive and hand in the folder",
        )
    try:
        limits.check_ratio(line.size, line.packed)
    except LimitError as error:
        return Fate.REFUSED, f"was not read: {error}"
    if line.method == _STORED and line.size != line.packed:
        return Fate.UNREADABLE, "has two different sizes in the archive's list"
    return None, ""


def _modified(extra: bytes) -> int | None:
    """The modified time in UTC from the extended-timestamp field; the DOS time has no zone and is not used."""
    field = _extra(extra, 0x5455)
    if len(field) >= 5 and field[0] & 1:
        return int.from_bytes(field[1:5], "little", signed=True) * 1_000_000_000
    return None
