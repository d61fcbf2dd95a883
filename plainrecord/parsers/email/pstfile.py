"""Outlook mailbox files (PST, OST), lower layer: pages, blocks and nodes of the file (MS-PST, “node database”).

Reads the Unicode and the old ANSI form, plain or with the “compressible” encoding, which is a fixed table and hides nothing.
Nothing is held but the pages looked at last; every tree is bounded in depth. Damage raises `DamagedError` for the one thing
asked for. Knows nothing of what a node holds.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from plainrecord.intake.extents import Extent, read_at

MAGIC = b"!BDN"
MAX_DEPTH = 8
MAX_DATA = 1 << 30
_ANSI, _UNICODE, _LARGE_PAGES = (14, 15), (23,), (36,)
_PAGE = 512
_PLAIN, _PERMUTED = 0, 1
_DATA_TREE, _SUBNODES = 1, 2
# MS-PST 5.1: what each stored byte of the “compressible” encoding stands for.
_PERMUTATION = bytes.fromhex(
    "47f1b4e60b6a7248854e9eebe2f89453e0bba002e85a09abdbe3bac67cc310dd39059630f53760828cc9134a6b1df3fb8f2697ca911701c4"
    "322d6e3195ffd923d1005e79dc443b1a28c5615720903d83b943be67d2464276c06d5b7eb20f16293ca903540dda5ddff6b7c762cd8d06d3"
    "695c86d614f7a56675acb1e94521700c879f74a4224c6fbf1f56aa2eb3783350b0a392bccf191ca763cb1e4d3e4b1b9b4fe7f0eead3ab559"
    "04ea40552551e57a893868527bfc27aed7bdfa07f4cc8e5fef359c842b15d5773449b6120a7f7188fd9d18417d93d8582ccefe24afdeb836"
    "c8a180a69998a82f0e816573e4c2a28ad4e111d0088b2af2ed9a643fc16cf9ec"
)


class DamagedError(ValueError):
    """Something of the file that was asked for cannot be followed; the text says what, without content."""


class UnsupportedError(ValueError):
    """The file is of a form that is not read; the text ends the sentence “It …”."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node: its number, the block of its data, the block that lists its subnodes (0 for none), its parent's number."""

    number: int
    data: int
    subnodes: int
    parent: int = 0

    @property
    def kind(self) -> int:
        """What kind of node it is, from its number."""
        return self.number & 0x1F


class PstFile:
    """A mailbox file, read at any place."""

    def __init__(self, extent: Extent) -> None:
        self._extent = extent
        head = read_at(extent, 0, 564)
        if len(head) < 564 or not head.startswith(MAGIC):
            raise UnsupportedError("is no Outlook mailbox")
        (version,) = struct.unpack_from("<H", head, 10)
        if version in _LARGE_PAGES:
            raise UnsupportedError("is an OST of Outlook 2013 or later, whose form is not read")
        if version not in (*_ANSI, *_UNICODE):
            raise UnsupportedError(f"is a mailbox of version {version}, which is not known here")
        self.unicode = version in _UNICODE
        self._word = "Q" if self.unicode else "I"
        self._nodes, self._blocks = _roots(head, unicode=self.unicode)
        self._coding = head[513 if self.unicode else 461]
        if self._coding not in (_PLAIN, _PERMUTED):
            raise UnsupportedError("is encoded in a way that is not read (“high encryption”)")
        self._page = lru_cache(maxsize=512)(self._read_page)

    @property
    def block_payload(self) -> int:
        """The most data one block holds."""
        return 8192 - (16 if self.unicode else 12)

    def nodes(self) -> Iterator[Node | DamagedError]:
        """Every node in order of its number; a page that cannot be read is given as the fault it is."""
        yield from self._leaves(self._nodes, 0, set())

    def node(self, number: int) -> Node | None:
        """The node of that number."""
        row = self._find(self._nodes, number)
        return None if row is None else self._node(row)

    def blocks(self, block: int) -> Iterator[bytes]:
        """The data of a node, block by block."""
        if not block:
            return
        left = MAX_DATA
        for piece in self._data(block, 0):
            left -= max(len(piece), 256)
            if left < 0:
                raise DamagedError("It holds more than 1 GiB")
            yield piece

    def data(self, block: int) -> bytes:
        """The data of a node in one piece."""
        return b"".join(self.blocks(block))

    def subnodes(self, block: int) -> dict[int, Node]:
        """The subnodes listed in a block, by number."""
        found: dict[int, Node] = {}
        if block:
            self._take_subnodes(block, found, 0)
        return found

    def _take_subnodes(self, block: int, found: dict[int, Node], depth: int) -> None:
        raw = self._block(block)
        if len(raw) < 4 or raw[0] != _SUBNODES or depth > 1:
            raise DamagedError("Its list of parts cannot be followed")
        count, at = struct.unpack_from("<H", raw, 2)[0], 8 if self.unicode else 4
        form = f"<{self._word * (2 if raw[1] else 3)}"
        for _ in range(count):
            if at + struct.calcsize(form) > len(raw):
                raise DamagedError("Its list of parts is cut off")
            numbers = struct.unpack_from(form, raw, at)
            at += struct.calcsize(form)
            if raw[1]:
                self._take_subnodes(numbers[1], found, depth + 1)
            else:
                number = numbers[0] & 0xFFFF_FFFF
                found.setdefault(number, Node(number, numbers[1], numbers[2]))

    def _data(self, block: int, depth: int) -> Iterator[bytes]:
        raw = self._block(block)
        if not block & 2:
            yield raw.translate(_PERMUTATION) if self._coding == _PERMUTED else raw
            return
        if len(raw) < 8 or raw[0] != _DATA_TREE or depth > 2:
            raise DamagedError("Its data cannot be followed")
        (count,) = struct.unpack_from("<H", raw, 2)
        size = struct.calcsize(self._word)
        if 8 + count * size > len(raw):
            raise DamagedError("The list of its data is cut off")
        for inner in struct.unpack_from(f"<{count}{self._word}", raw, 8):
            yield from self._data(inner, depth + 1)

    def _block(self, block: int) -> bytes:
        row = self._find(self._blocks, block & ~1)
        if row is None:
            raise DamagedError("A block of it is missing")
        _, place, size = struct.unpack_from(f"<{self._word}{self._word}H", row)
        raw = read_at(self._extent, place, size)
        if len(raw) < size:
            raise DamagedError("A block of it lies behind the end of the file")
        return raw

    def _find(self, root: int, key: int) -> bytes | None:
        """The row of a tree with that key."""
        place = root
        for _ in range(MAX_DEPTH):
            level, rows = self._page(place)
            keys = [struct.unpack_from(f"<{self._word}", row)[0] for row in rows]
            if not level:
                return next(
                    (
                        row
                        for row, one in zip(rows, keys, strict=True)
                        if (one & ~1 if root == self._blocks else one) == key
                    ),
                    None,
                )
            at = sum(one <= key for one in keys) - 1
            if at < 0:
                return None
            place = self._child(rows[at])
        raise DamagedError("A tree of the file is too deep")

    def _leaves(self, place: int, depth: int, seen: set[int]) -> Iterator[Node | DamagedError]:
        try:
            if place in seen or depth > MAX_DEPTH:
                raise DamagedError("A page of the file’s index stands in it twice")
            seen.add(place)
            level, rows = self._page(place)
        except DamagedError as error:
            yield error
            return
        for row in rows:
            if level:
                yield from self._leaves(self._child(row), depth + 1, seen)
            else:
                yield self._node(row)

    def _node(self, row: bytes) -> Node:
        number, data, subnodes = struct.unpack_from(f"<{self._word * 3}", row)
        (parent,) = struct.unpack_from("<I", row, 24 if self.unicode else 12)
        return Node(number & 0xFFFF_FFFF, data, subnodes, parent)

    def _child(self, row: bytes) -> int:
        size = struct.calcsize(self._word)
        return int(struct.unpack_from(f"<{self._word}", row, 2 * size)[0])

    def _read_page(self, place: int) -> tuple[int, list[bytes]]:
        """(level, rows) of a page of a tree."""
        raw = read_at(self._extent, place, _PAGE)
        at = 488 if self.unicode else 496
        if len(raw) < _PAGE:
            raise DamagedError("A page of the file’s index lies behind its end")
        count, _, width, level = raw[at : at + 4]
        kind, again = raw[at + 8 : at + 10] if self.unicode else raw[at + 4 : at + 6]
        if kind != again or kind not in (0x80, 0x81) or not width or count * width > at or level > MAX_DEPTH:
            raise DamagedError("A page of the file’s index is damaged")
        return level, [raw[number * width : (number + 1) * width].ljust(32, b"\0") for number in range(count)]


def _roots(head: bytes, *, unicode: bool) -> tuple[int, int]:
    """The places of the first pages of the node tree and the block tree."""
    if unicode:
        return struct.unpack_from("<Q", head, 224)[0], struct.unpack_from("<Q", head, 240)[0]
    return struct.unpack_from("<I", head, 188)[0], struct.unpack_from("<I", head, 196)[0]
