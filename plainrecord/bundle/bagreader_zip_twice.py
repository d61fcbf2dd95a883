"""What makes programs unpack one zip in two ways: each file is described twice, and bytes may lie where only some look.

Says what is so, decides nothing. Reads the headers before each file's bytes, never the bytes.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_MAGIC = b"PK\x03\x04"
_SIZES_BEHIND = 8
_ENCRYPTED = 1
_NOT_SAID = 0xFFFFFFFF
# A second name for an entry, which some programs take instead of the first.
_UNICODE_NAME = 0x7075
# What may stand behind a file whose sizes are said there: check sum and sizes of 32 or 64 bits, with or without a mark.
_BEHIND = (0, 12, 16, 20, 24)


class _Local(NamedTuple):
    """What stands before the bytes of a file, and where those bytes begin."""

    flags: int
    method: int
    packed: int
    size: int
    name: bytes
    start: int


def read_in_two_ways(file: BinaryIO, infos: Iterable[zipfile.ZipInfo], table: int) -> Iterator[str]:
    """A sentence for each kind of ambiguity, naming the first place. `table` is where the table of contents begins."""
    closing: tuple[int, ...] = (0,)
    free, said = 0, set[str]()
    for info in sorted(infos, key=lambda one: one.header_offset):
        local = _local(file, info.header_offset)
        if local is None:
            return  # reading the file says so
        faults = [] if info.header_offset - free in closing else [_hidden()]
        faults += _twice(info, local)
        yield from (f"{fault} The first: {info.filename}." for fault in faults if fault not in said)
        said.update(faults)
        free = local.start + info.compress_size
        closing = _BEHIND if info.flag_bits & _SIZES_BEHIND else (0,)
    if table - free not in closing and _hidden() not in said:
        yield _hidden()


def _hidden() -> str:
    return "The archive holds bytes that are no file of its table of contents; some programs would show them as files."


def _local(file: BinaryIO, at: int) -> _Local | None:
    file.seek(at)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(_MAGIC):
        return None
    _, _, flags, method, _, _, _, packed, size, name, extra = _LOCAL.unpack(head)
    return _Local(flags, method, packed, size, file.read(name), at + _LOCAL.size + name + extra)


def _twice(info: zipfile.ZipInfo, local: _Local) -> Iterator[str]:
    name = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437", "replace")
    if name != local.name or _has_second_name(info.extra):
        yield "A file in the archive has two names; programs differ in which of them they take."
    sizes = ((local.packed, info.compress_size), (local.size, info.file_size))
    told = local.flags & _SIZES_BEHIND or all(one in (other, _NOT_SAID) for one, other in sizes)
    flags = (local.flags ^ info.flag_bits) & (_SIZES_BEHIND | _ENCRYPTED)
    if flags or local.method != info.compress_type or not told:
        yield "A file in the archive is described in two ways; programs differ in which of them they believe."


def _has_second_name(extra: bytes) -> bool:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == _UNICODE_NAME:
            return True
        at += 4 + length
    return False
