"""Compound files (MS-CFB), the container of Outlook's `.msg`: a tree of named streams inside one file, read from its bytes.

Every chain and tree is bounded by the size of the file, so a loop or a wild number ends in a note and not in a hang. Reads
versions 3 and 4; writes nothing.
"""

from __future__ import annotations

import struct
import sys
from array import array
from dataclasses import dataclass, field

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_ENTRIES = 200_000
MAX_DEPTH = 60
_HEADER = 512
_ENTRY = 128
_LAST = 0xFFFF_FFFA  # higher numbers are marks, no sectors
_STORAGE, _STREAM, _ROOT = 1, 2, 5


class NotCompoundError(ValueError):
    """The bytes are no compound file, or its tables cannot be followed at all."""


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


@dataclass(slots=True)
class Storage:
    """A folder of the tree. Streams are read when asked for."""

    file: CompoundFile
    entries: dict[str, int] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)

    def read(self, name: str) -> bytes | None:
        """The bytes of a stream, None when there is none of that name."""
        entry = self.entries.get(name)
        return None if entry is None else self.file.stream(entry)


class CompoundFile:
    """A compound file by its bytes. `notes` says what was damaged in what was read so far."""

    def __init__(self, data: bytes) -> None:
        if len(data) < _HEADER or not data.startswith(MAGIC):
            raise NotCompoundError
        self._data = data
        # Thousands of streams may claim the same bytes; a sound file is read through twice at most.
        self._budget = 4 * len(data)
        self.notes: list[str] = []
        shift, self._mini_shift = struct.unpack_from("<HH", data, 0x1E)
        if shift not in (9, 12) or self._mini_shift != 6:
            raise NotCompoundError
        self._sector = 1 << shift
        self._count = -(-(len(data) - self._sector) // self._sector)
        self._table = self._fat()
        folder, self._cutoff, mini = struct.unpack_from("<I4xII", data, 0x30)
        self._entries = self._directory(folder)
        self._mini_table = _numbers(self._chain(mini, None))
        root = self._entries[0]
        self._mini = self._chain(root.start, root.size) if root.size else b""
        self.root = Storage(self)
        self._fill(self.root, root.child, set(), 0)

    def stream(self, number: int) -> bytes:
        """The bytes of the stream with that entry; shorter than stated when the file is damaged."""
        entry = self._entries[number]
        if self._budget < 0:
            self._note("compound:streams-lie-on-each-other")
            return b""
        chain = self._mini_chain if entry.size < self._cutoff else self._chain
        found = chain(entry.start, entry.size)
        self._budget -= len(found)
        if len(found) < entry.size:
            self._note("compound:stream-cut-off")
        return found

    def _note(self, code: str) -> None:
        if code not in self.notes:
            self.notes.append(code)

    def _at(self, number: int) -> bytes:
        start = (number + 1) * self._sector
        return self._data[start : start + self._sector]

    def _fat(self) -> array[int]:
        """The table of which sector follows which, put together from the list in the header and its continuations."""
        places = [*struct.unpack_from("<109I", self._data, 0x4C)]
        (following,) = struct.unpack_from("<I", self._data, 0x44)
        for _ in range(self._count):
            if following >= _LAST or following >= self._count:
                break
            numbers = _numbers(self._at(following))
            places += numbers[:-1]
            following = numbers[-1] if numbers else _LAST
        table = array("I")
        for place in places:
            if place < self._count:
                table.extend(_numbers(self._at(place)))
        if not table:
            raise NotCompoundError
        return table

    def _chain(self, start: int, size: int | None) -> bytes:
        pieces: list[bytes] = []
        wanted = self._count if size is None else min(-(-size // self._sector), self._count)
        number = start
        while len(pieces) < wanted and number < self._count:
            pieces.append(self._at(number))
            number = self._table[number] if number < len(self._table) else _LAST
        found = b"".join(pieces)
        return found if size is None else found[:size]

    def _mini_chain(self, start: int, size: int) -> bytes:
        width = 1 << self._mini_shift
        pieces: list[bytes] = []
        number = start
        while len(pieces) * width < size and number < len(self._mini_table):
            pieces.append(self._mini[number * width : (number + 1) * width])
            number = self._mini_table[number]
        return b"".join(pieces)[:size]

    def _directory(self, start: int) -> list[_Entry]:
        data = self._chain(start, None)
        count = min(len(data) // _ENTRY, MAX_ENTRIES)
        entries = [_entry(data, number * _ENTRY, self._sector) for number in range(count)]
        if not entries or entries[0].kind != _ROOT:
            raise NotCompoundError
        return entries

    def _fill(self, storage: Storage, first: int, seen: set[int], depth: int) -> None:
        """Everything in a storage: its children are a tree of siblings, walked without trusting it to be one."""
        waiting = [first]
        while waiting:
            number = waiting.pop()
            if number >= len(self._entries):
                continue
            if number in seen:
                self._note("compound:tree-with-a-loop")
                continue
            seen.add(number)
            entry = self._entries[number]
            waiting += [entry.left, entry.right]
            if entry.kind == _STREAM:
                storage.entries.setdefault(entry.name, number)
            elif entry.kind == _STORAGE and depth < MAX_DEPTH:
                inner = storage.storages.setdefault(entry.name, Storage(self))
                self._fill(inner, entry.child, seen, depth + 1)


def _entry(data: bytes, at: int, sector: int) -> _Entry:
    length, kind = struct.unpack_from("<HB", data, at + 64)
    left, right, child = struct.unpack_from("<III", data, at + 68)
    start, size = struct.unpack_from("<IQ", data, at + 116)
    name = data[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
    # Of the size of a version 3 file only the lower half counts.
    return _Entry(name, kind, left, right, child, start, size & 0xFFFF_FFFF if sector == _HEADER else size)


def _numbers(data: bytes) -> array[int]:
    numbers = array("I", data[: len(data) & ~3])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
