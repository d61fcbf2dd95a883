"""A bag in a zip, read in place: nothing is unpacked, and what a hostile archive can cost is bounded before it is read.

RFC 8493 §5: one bag in one top folder. Refused with a sentence: too many or overlapping entries, an unpacked size out of
all proportion, encryption, rare compression methods, names that lead out, links, the same name twice.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self, cast

from plainrecord.bundle.bagreader import Entry, UnreadableError
from plainrecord.bundle.bagreader_zip_twice import read_in_two_ways
from plainrecord.bundle.checks import Findings, ProblemKind
from plainrecord.bundle.checks_paths import system_made, unsafe

# A central directory entry is 46 bytes and a name, and costs about a kilobyte of memory; this much lists a million files.
DIRECTORY_LIMIT = 128 << 20
# Deflate cannot do better than 1,032 to 1. Text bundles reach 20; 200 leaves room, and stops a bomb made of layers.
RATIO_LIMIT = 200
RATIO_FLOOR = 256 << 20

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_DECODING_ERRORS = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error, struct.error)
_END = b"PK\x05\x06"
_END_ZIP64 = b"PK\x06\x06"


class BadArchiveError(Exception):
    """The archive as a whole is refused; `str()` is the rest of a sentence that begins with its name."""


class ZipBag:
    """A bag in a zip archive, opened by its listed names and read block by block.

    Raises BadArchiveError when the archive cannot or must not be read at all.
    """

    def __init__(self, path: Path, findings: Findings) -> None:
        self.name = path.name
        self.files: dict[str, Entry] = {}
        self._file = path.open("rb")
        try:
            self._archive = _open_archive(self._file)
            infos = _bounded(self._archive.infolist(), self._file.seek(0, io.SEEK_END))
            self._list(infos, findings)
            for says in read_in_two_ways(self._file, infos, self._archive.start_dir):
                findings.problem(self.name, "refused", says)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._archive.close()
        self._file.close()

    def blocks(self, path: str, buffer: bytearray) -> Iterator[memoryview | bytes]:
        """See `Bag.blocks`. zipfile stops at the stated size and checks the CRC, so a lying entry ends in an error."""
        info = cast("zipfile.ZipInfo", self.files[path].key)
        try:
            with self._archive.open(info) as file:
                view = memoryview(buffer)
                # What is opened for reading is an io.BufferedIOBase; the type stubs only promise IO[bytes].
                while got := cast("io.BufferedIOBase", file).readinto(view):
                    yield view[:got]
        except _DECODING_ERRORS as error:
            raise UnreadableError(f"the archive is damaged there: {error}") from error

    def _list(self, infos: list[zipfile.ZipInfo], findings: Findings) -> None:
        named = [(_name(info), info) for info in infos]
        top = _top_folder([name for name, _ in named])
        if top is None:
            raise BadArchiveError("holds no bag: there is no bagit.txt in a folder at its top")
        for name, info in named:
            self._take(name, info, top, findings)
        self.files = dict(sorted(self.files.items()))

    def _take(self, name: str, info: zipfile.ZipInfo, top: str, findings: Findings) -> None:
        inside = name.removeprefix(top)
        if refusal := _refusal(name, info):
            findings.problem(inside, *refusal)
        elif info.is_dir():
            return
        elif not name.startswith(top):
            says = f"This file is outside the bag’s folder {top} in the archive.{system_made(name)}"
            findings.problem(name, "extra", says)
        elif inside in self.files:
            says = "The archive holds two files of this name; programs differ in which of them they show."
            findings.problem(inside, "refused", says)
        else:
            self.files[inside] = Entry(info.file_size, info)


def _open_archive(file: BinaryIO) -> zipfile.ZipFile:
    size = _directory_size(file)
    if size is None:
        raise BadArchiveError("is not a zip archive, or its end is cut off")
    if size > DIRECTORY_LIMIT:
        raise BadArchiveError(f"lists more files than is sensible (a directory of {size} bytes), so it was not read")
    try:
        return zipfile.ZipFile(file)
    except _DECODING_ERRORS as error:
        raise BadArchiveError(f"is damaged: {error}") from error


def _directory_size(file: BinaryIO) -> int | None:
    """Bytes of the central directory as the archive's end states it; zipfile reads that much before any limit of ours."""
    length = file.seek(0, io.SEEK_END)
    file.seek(max(0, length - (1 << 16) - 22 - 76))
    tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or end + 22 > len(tail):
        return None
    size: int = struct.unpack_from("<L", tail, end + 12)[0]
    zip64 = tail.rfind(_END_ZIP64, 0, end)
    if size == 0xFFFFFFFF and zip64 >= 0 and zip64 + 48 <= len(tail):
        size = struct.unpack_from("<Q", tail, zip64 + 40)[0]
    return min(size, length)


def _bounded(infos: list[zipfile.ZipInfo], length: int) -> list[zipfile.ZipInfo]:
    total = sum(info.file_size for info in infos)
    if total > RATIO_LIMIT * length + RATIO_FLOOR:
        raise BadArchiveError(f"would unpack to {total} bytes from {length}, which is how archive bombs look; not read")
    end = 0
    for info in sorted(infos, key=lambda one: one.header_offset):
        if info.header_offset < end:
            raise BadArchiveError(f"has entries that overlap (at {info.filename}), which is how archive bombs look")
        end = info.header_offset + 30 + info.compress_size
    return infos


def _name(info: zipfile.ZipInfo) -> str:
    """The entry's name. Without the UTF-8 flag the format means code page 437, but macOS and others write UTF-8."""
    name = info.orig_filename
    if info.flag_bits & 0x800:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _top_folder(names: list[str]) -> str | None:
    """The bag's folder with its "/" ("" when the bag lies at the top itself); None when there is none or more than one."""
    holding = {name.removesuffix("bagit.txt") for name in names if re.fullmatch(r"(?:[^/]+/)?bagit\.txt", name)}
    # A bag that lost its bagit.txt is still worth a full report, as long as there is only one folder it can be.
    candidates = holding or {name.partition("/")[0] + "/" for name in names if "/" in name}
    return candidates.pop() if len(candidates) == 1 else None


def _refusal(name: str, info: zipfile.ZipInfo) -> tuple[ProblemKind, str] | None:
    mode = info.external_attr >> 16
    fault = unsafe(name)
    if fault or "\\" in name or {"", "."} & set(name.removesuffix("/").split("/")):
        return (
            "unsafe-path",
            f"The name of this archive entry {fault or 'is not plain folders and a file'}; it was not read.",
        )
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR) or (info.is_dir() and info.file_size):
        return "refused", "This archive entry is a link or device, not a file; it was not followed."
    if info.flag_bits & 0x41:
        return "refused", "This archive entry is encrypted, so it cannot be checked."
    if info.compress_type not in _METHODS:
        return "refused", f"This archive entry uses compression method {info.compress_type}, which is not read here."
    return None
