"""Outlook mailbox files, middle layer: the properties of a node and its tables (MS-PST, “lists, tables, properties”).

A node's data is a heap of small pieces; properties are rows of a tree in it, with larger values in subnodes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from plainrecord.parsers.email import mapi
from plainrecord.parsers.email.mapi import Value
from plainrecord.parsers.email.pstfile import MAX_DATA, DamagedError, Node, PstFile

MAX_ROWS = 100_000
MAX_LEVELS = 8
_HEAP, _PROPERTIES, _TABLE, _TREE = 0xEC, 0xBC, 0x7C, 0xB5
_VARIABLE = frozenset((mapi.TEXT, mapi.TEXT_8BIT, mapi.BINARY, mapi.OBJECT))
# A value and the kind it is of, by property number.
Values = dict[int, tuple[int, Value]]


class Heap:
    """The heap of one node, and the subnodes that larger values lie in."""

    def __init__(self, file: PstFile, node: Node) -> None:
        self.file = file
        self._blocks = list(file.blocks(node.data))
        self._subnodes_at = node.subnodes
        self._subnodes: dict[int, Node] | None = None
        # Rows may point at each other and values at the same data: both are bounded for the whole node.
        self._rows_left, self._bytes_left = MAX_ROWS, MAX_DATA
        if not self._blocks or len(self._blocks[0]) < 12 or self._blocks[0][2] != _HEAP:
            raise DamagedError("Its data is no heap")
        self.kind = self._blocks[0][3]
        (self.root,) = struct.unpack_from("<I", self._blocks[0], 4)

    @property
    def subnodes(self) -> dict[int, Node]:
        """The subnodes of the node, by number."""
        if self._subnodes is None:
            self._subnodes = self.file.subnodes(self._subnodes_at)
        return self._subnodes

    def piece(self, place: int) -> bytes:
        """A piece of the heap; empty for none."""
        if not place:
            return b""
        index, block = place >> 5 & 0x7FF, place >> 16
        if block >= len(self._blocks) or not index:
            raise DamagedError("A piece of its data is missing")
        raw = self._blocks[block].ljust(2, b"\0")
        (page_map,) = struct.unpack_from("<H", raw)
        if page_map + 6 + 2 * index > len(raw):
            raise DamagedError("A piece of its data is missing")
        start, end = struct.unpack_from("<HH", raw, page_map + 4 + 2 * (index - 1))
        return raw[start:end]

    def value(self, place: int) -> bytes:
        """A value by its place: a piece of the heap, or the data of a subnode."""
        found = self.file.data(self._subnode(place).data) if place & 0x1F else self.piece(place)
        self._bytes_left -= len(found)
        if self._bytes_left < 0:
            raise DamagedError("It holds more than 1 GiB")
        return found

    def pieces(self, place: int) -> Iterator[bytes]:
        """The same, block by block: rows of a table do not cross from one block to the next."""
        if not place & 0x1F:
            yield self.piece(place)
        else:
            yield from self.file.blocks(self._subnode(place).data)

    def tree(self, place: int) -> Iterator[tuple[int, bytes]]:
        """(key, data) of each row of a tree."""
        head = self.piece(place)
        if len(head) < 8 or head[0] != _TREE:
            raise DamagedError("A tree of its data is damaged")
        key, width, levels = head[1], head[2], head[3]
        if key not in (2, 4) or levels > MAX_LEVELS:
            raise DamagedError("A tree of its data is of a form not known")
        yield from self._rows(struct.unpack_from("<I", head, 4)[0], key, width, levels)

    def _rows(self, place: int, key: int, width: int, level: int) -> Iterator[tuple[int, bytes]]:
        raw = self.piece(place)
        size = key + (4 if level else width)
        for at in range(0, len(raw) - size + 1, size):
            self._rows_left -= 1
            if self._rows_left < 0:
                raise DamagedError("It has too many rows")
            number = int.from_bytes(raw[at : at + key], "little")
            if level:
                yield from self._rows(struct.unpack_from("<I", raw, at + key)[0], key, width, level - 1)
            else:
                yield number, raw[at + key : at + size]

    def _subnode(self, number: int) -> Node:
        found = self.subnodes.get(number)
        if found is None:
            raise DamagedError("A part of it is missing")
        return found


def properties(heap: Heap) -> Values:
    """All properties of a node."""
    if heap.kind != _PROPERTIES:
        raise DamagedError("It has no properties")
    found: Values = {}
    for number, row in heap.tree(heap.root):
        if len(row) < 6:
            raise DamagedError("Its properties are of a form not known")
        kind, place = struct.unpack_from("<HI", row)
        value = _value(heap, kind, row[2:], place)
        if value is not None:
            found.setdefault(number, (kind, value))
    return found


def table(heap: Heap) -> Iterator[Values]:
    """The rows of a table as properties."""
    head = heap.piece(heap.root)
    if heap.kind != _TABLE or len(head) < 22 or head[0] != _TABLE:
        raise DamagedError("A table of it is damaged")
    _, _, bitmap_at, width, _, rows_at = struct.unpack_from("<HHHHII", head, 2)
    columns = [
        struct.unpack_from("<HHHBB", head, 22 + 8 * number) for number in range(min(head[1], (len(head) - 22) // 8))
    ]
    if not rows_at or not width:
        return
    count = 0
    for block in heap.pieces(rows_at):
        for at in range(0, len(block) - width + 1, width):
            count += 1
            if count > MAX_ROWS:
                raise DamagedError("A table of it has too many rows")
            yield _row(heap, block[at : at + width], columns, bitmap_at)


def _row(heap: Heap, row: bytes, columns: list[tuple[int, ...]], bitmap_at: int) -> Values:
    found: Values = {}
    for kind, number, at, size, bit in columns:
        there = row[bitmap_at + bit // 8 : bitmap_at + bit // 8 + 1]
        cell = row[at : at + size]
        if not there or not there[0] & 0x80 >> bit % 8 or len(cell) < size:
            continue
        place = int.from_bytes(cell[:4], "little")
        value = _value(heap, kind, cell, place, in_table=True)
        if value is not None:
            found.setdefault(number, (kind, value))
    return found


def _value(heap: Heap, kind: int, raw: bytes, place: int, *, in_table: bool = False) -> Value | None:
    if kind & mapi.MANY:
        return None
    if kind in _VARIABLE:
        return heap.value(place)
    width = mapi.WIDTHS.get(kind)
    if width is None:
        return None
    # Of a node's properties, values wider than four bytes lie in the heap; in a table they stand in the row.
    data = raw if width <= 4 or in_table else heap.value(place)
    return mapi.fixed_value(kind, data)
