"""Makes Outlook mailbox files (PST) as Outlook does, for fixtures and tests: from messages to bytes, nothing read.

Written from Microsoft's published format (MS-PST), apart from the reader under test. Both the Unicode and the ANSI form; with or
without the “compressible” encoding, whose table the tests take from the reader (it is the format's own).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from outlook_craft import BINARY, INT, OBJECT, TEXT, TEXT_8BIT, TIME, Props

FOLDER, MESSAGE, ATTACHMENT = 0x02, 0x04, 0x05
ROOT, STORE, NAMES, RECIPIENTS = 0x122, 0x21, 0x61, 0x692
_HEAP_MOST = 3580
_WIDTH = {INT: 4, TIME: 8, 0x0B: 2}


@dataclass
class Mail:
    """A message with recipients, files and messages attached to it (`files` under (0x3701, OBJECT))."""

    props: Props
    recipients: list[Props] = field(default_factory=list)
    files: list[dict[tuple[int, int], object]] = field(default_factory=list)


class Pst:
    """A mailbox file in the making."""

    def __init__(self, *, unicode: bool = True, decoding: bytes | None = None) -> None:
        self.unicode = unicode
        self._encoding = bytes(decoding.index(byte) for byte in range(256)) if decoding else None
        self._word = "Q" if unicode else "I"
        self._blocks: list[tuple[int, bytes]] = []
        self._nodes: list[tuple[int, int, int, int]] = []
        self._bid, self._last, self._sub = 4, 0x8000, 0x10000
        self.node(STORE, {(0x3001, self.text): self.said("Personal Folders")}, 0)
        self.node(ROOT, {(0x3001, self.text): self.said("")}, ROOT)

    @property
    def text(self) -> int:
        """The kind of texts in this form of the file."""
        return TEXT if self.unicode else TEXT_8BIT

    def said(self, value: str) -> bytes:
        """A text in the form of the file."""
        return value.encode("utf-16-le") if self.unicode else value.encode("cp1252")

    def folder(self, name: str, parent: int = ROOT) -> int:
        """Add a folder; its number."""
        return self.node(self._number(FOLDER), {(0x3001, self.text): self.said(name)}, parent)

    def mail(self, mail: Mail, folder: int) -> int:
        """Add a message to a folder; its number."""
        data, sub = self._message(mail)
        number = self._number(MESSAGE)
        self._nodes.append((number, data, sub, folder))
        return number

    def node(self, number: int, props: Props, parent: int) -> int:
        """Add a node with properties."""
        data, subnodes = self._properties(props)
        self._nodes.append((number, data, self._sub_list(subnodes), parent))
        return number

    def bare(self, number: int, data: bytes, parent: int) -> None:
        """Add a node with any data, sound or not."""
        self._nodes.append((number, self._data(data), 0, parent))

    def write(self) -> bytes:
        """The whole file."""
        body, start = bytearray(), 0x4600
        rows: list[tuple[int, int, int]] = []
        for bid, data in self._blocks:
            rows.append((bid, start + len(body), len(data)))
            stored = data if bid & 2 or not self._encoding else data.translate(self._encoding)
            body += stored + bytes(-(len(stored) + self._trailer) % 64)
            total = zlib.crc32(stored, 0xFFFFFFFF) ^ 0xFFFFFFFF
            place = rows[-1][1]
            mark = (place ^ bid) >> 16 & 0xFFFF ^ (place ^ bid) & 0xFFFF
            order = (total, bid) if self.unicode else (bid, total)
            body += struct.pack("<HHIQ" if self.unicode else "<HHII", len(data), mark, *order)
        body += bytes(-len(body) % 512)
        nodes = [struct.pack(f"<{self._word * 3}I", *one) + bytes(4 * self.unicode) for one in sorted(self._nodes)]
        blocks = [struct.pack(f"<{self._word * 2}HH", *one, 2) + bytes(4 * self.unicode) for one in sorted(rows)]
        roots = [self._tree(body, start, 0x81, nodes), self._tree(body, start, 0x80, blocks)]
        return self._header(start + len(body), roots).ljust(start, b"\0") + bytes(body)

    # --- messages ---

    def _message(self, mail: Mail) -> tuple[int, int]:
        data, subnodes = self._properties(mail.props)
        if mail.recipients:
            table, more = self._table(mail.recipients)
            subnodes.append((RECIPIENTS, table, self._sub_list(more)))
        for file in mail.files:
            subnodes.append(self._file(file))
        return data, self._sub_list(subnodes)

    def _file(self, file: dict[tuple[int, int], object]) -> tuple[int, int, int]:
        inner = file.get((0x3701, OBJECT))
        props: Props = {key: value for key, value in file.items() if not isinstance(value, Mail)}  # type: ignore[misc]
        more: list[tuple[int, int, int]] = []
        if isinstance(inner, Mail):
            number = self._number(MESSAGE)
            more.append((number, *self._message(inner)))
            props[0x3701, OBJECT] = struct.pack("<II", number, 0)
        data, subnodes = self._properties(props)
        return self._number(ATTACHMENT), data, self._sub_list(subnodes + more)

    def _number(self, kind: int) -> int:
        self._last += 1
        return self._last << 5 | kind

    # --- properties and tables ---

    def _properties(self, props: Props) -> tuple[int, list[tuple[int, int, int]]]:
        heap, subnodes = _Heap(8192 - self._trailer), []
        rows = b""
        for (number, kind), value in sorted(props.items(), key=lambda one: one[0]):
            place = value if isinstance(value, int) and _WIDTH[kind] <= 4 else self._put(kind, value, heap, subnodes)
            rows += struct.pack("<HHI", number, kind, place)
        root = heap.add(struct.pack("<BBBBI", 0xB5, 2, 6, 0, heap.add(rows) if rows else 0))
        return self._heap_data(heap.write(0xBC, root)), subnodes

    def _table(self, rows: list[Props]) -> tuple[int, list[tuple[int, int, int]]]:
        heap, subnodes = _Heap(8192 - self._trailer), []
        keys = sorted({key for row in rows for key in row}, key=lambda one: one[0])
        columns = [(kind, number, 8 + 4 * bit, 4, bit) for bit, (number, kind) in enumerate(keys)]
        bitmap_at = 8 + 4 * len(keys)
        width = bitmap_at + -(-len(keys) // 8)
        cells = [self._cells(number, row, keys, width - bitmap_at, heap, subnodes) for number, row in enumerate(rows)]
        # Rows do not cross from one block to the next: what is left of a block stays empty.
        most = 8192 - self._trailer
        blocks = [b"".join(cells[at : at + most // width]) for at in range(0, len(cells), most // width)]
        rows_at = self._put(
            BINARY, b"".join(one.ljust(most, b"\0") for one in blocks[:-1]) + blocks[-1], heap, subnodes
        )
        head = struct.pack(
            "<BBHHHHIII",
            0x7C,
            len(keys),
            bitmap_at,
            bitmap_at,
            bitmap_at,
            width,
            self._index(heap, len(rows)),
            rows_at,
            0,
        )
        root = heap.add(head + b"".join(struct.pack("<HHHBB", *one) for one in columns))
        return self._heap_data(heap.write(0x7C, root)), subnodes

    def _cells(
        self,
        number: int,
        row: Props,
        keys: list[tuple[int, int]],
        width: int,
        heap: _Heap,
        subnodes: list[tuple[int, int, int]],
    ) -> bytes:
        cells, bits = struct.pack("<II", number, 0), 0
        for bit, key in enumerate(keys):
            value = row.get(key)
            bits |= 0x80 >> bit % 8 << 8 * (bit // 8) if value is not None else 0
            place = (
                value
                if isinstance(value, int)
                else self._put(key[1], value, heap, subnodes)
                if value is not None
                else 0
            )
            cells += struct.pack("<I", place)
        return cells + bits.to_bytes(width, "little")

    def _index(self, heap: _Heap, count: int) -> int:
        """The tree of which row is where."""
        form = "<II" if self.unicode else "<IH"
        leaves = [range(at, min(at + 400, count)) for at in range(0, count, 400)]
        places = [heap.add(b"".join(struct.pack(form, one, one) for one in leaf)) for leaf in leaves]
        top = places[0]
        if len(places) > 1:
            top = heap.add(
                b"".join(struct.pack("<II", leaf[0], place) for leaf, place in zip(leaves, places, strict=True))
            )
        return heap.add(struct.pack("<BBBBI", 0xB5, 4, 4 if self.unicode else 2, len(places) > 1, top))

    def _put(self, kind: int, value: object, heap: _Heap, subnodes: list[tuple[int, int, int]]) -> int:
        if isinstance(value, int):
            data = value.to_bytes(_WIDTH[kind], "little")
        elif isinstance(value, str):
            data = value.encode("utf-16-le") if kind == TEXT else value.encode("cp1252")
        else:
            assert isinstance(value, bytes)
            data = value
        if len(data) <= _HEAP_MOST:
            return heap.add(data)
        self._sub += 1
        subnodes.append((self._sub << 5 | 0x1F, self._data(data), 0))
        return subnodes[-1][0]

    # --- blocks and pages ---

    @property
    def _trailer(self) -> int:
        return 16 if self.unicode else 12

    def _block(self, data: bytes, *, internal: bool = False) -> int:
        self._bid += 4
        self._blocks.append((self._bid | 2 * internal, data))
        return self._bid | 2 * internal

    def _data(self, data: bytes) -> int:
        most = 8192 - self._trailer
        if len(data) <= most:
            return self._block(data)
        return self._listed([data[at : at + most] for at in range(0, len(data), most)])

    def _heap_data(self, blocks: list[bytes]) -> int:
        return self._block(blocks[0]) if len(blocks) == 1 else self._listed(blocks)

    def _listed(self, pieces: list[bytes]) -> int:
        parts = [self._block(piece) for piece in pieces]
        head = struct.pack("<BBHI", 1, 1, len(parts), sum(map(len, pieces)))
        return self._block(head + struct.pack(f"<{len(parts)}{self._word}", *parts), internal=True)

    def _sub_list(self, subnodes: list[tuple[int, int, int]]) -> int:
        if not subnodes:
            return 0
        head = struct.pack("<BBH", 2, 0, len(subnodes)) + bytes(4 * self.unicode)
        return self._block(
            head + b"".join(struct.pack(f"<{self._word * 3}", *one) for one in sorted(subnodes)), internal=True
        )

    def _tree(self, body: bytearray, start: int, kind: int, rows: list[bytes]) -> tuple[int, int]:
        room, level = 488 if self.unicode else 496, 0
        while True:
            width, made = len(rows[0]), []
            for at in range(0, len(rows), room // width):
                some = rows[at : at + room // width]
                self._bid += 4
                place = start + len(body)
                made.append(
                    some[0][: struct.calcsize(self._word)] + struct.pack(f"<{self._word * 2}", self._bid, place)
                )
                page = b"".join(some).ljust(room, b"\0") + bytes([len(some), room // width, width, level])
                page += bytes(4 * self.unicode)
                mark = (place ^ self._bid) >> 16 & 0xFFFF ^ (place ^ self._bid) & 0xFFFF
                total = zlib.crc32(page, 0xFFFFFFFF) ^ 0xFFFFFFFF
                order = (total, self._bid) if self.unicode else (self._bid, total)
                body += page + struct.pack("<BBHIQ" if self.unicode else "<BBHII", kind, kind, mark, *order)
            if len(made) == 1:
                _, bid, place = struct.unpack(f"<{self._word * 3}", made[0])
                return bid, place
            rows, level = made, level + 1

    def _header(self, size: int, roots: list[tuple[int, int]]) -> bytes:
        coding = bytes([0x80, 1 if self._encoding else 0])
        flat = [number for root in roots for number in root]
        if self.unicode:
            root = struct.pack("<IQQQQ4QBB", 0, size, 0, 0, 0, *flat, 2, 0) + bytes(2)
            part = (
                struct.pack("<HHBBII", 23, 19, 1, 1, 0, 0) + struct.pack("<QQI", 0, self._bid + 4, 1) + bytes(128 + 8)
            )
            rest = part + root + bytes(4) + b"\xff" * 256 + coding + bytes(2) + struct.pack("<Q", self._bid + 8)
            full = struct.pack("<I", zlib.crc32(b"SM" + rest, 0xFFFFFFFF) ^ 0xFFFFFFFF)
            rest += full + bytes(36)
        else:
            root = struct.pack("<IIIII4IBB", 0, size, 0, 0, 0, *flat, 2, 0) + bytes(2)
            part = struct.pack("<HHBBII", 14, 19, 1, 1, 0, 0) + struct.pack("<III", 0, self._bid + 4, 1) + bytes(128)
            rest = part + root + b"\xff" * 256 + coding + bytes(50)
        client = b"SM" + rest
        total = zlib.crc32(client[:471], 0xFFFFFFFF) ^ 0xFFFFFFFF
        return b"!BDN" + struct.pack("<I", total) + client


class _Heap:
    """A heap of one block or more: pieces, and in each block the map of where each begins."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._blocks: list[list[bytes]] = [[]]

    def add(self, piece: bytes) -> int:
        """Add a piece; its place."""
        used = sum(len(one) + 2 for one in self._blocks[-1])
        if used + len(piece) + 100 > self._most:
            self._blocks.append([])
        self._blocks[-1].append(piece)
        return len(self._blocks) - 1 << 16 | len(self._blocks[-1]) << 5

    def write(self, kind: int, root: int) -> list[bytes]:
        """The blocks."""
        return [self._block(number, kind, root) for number in range(len(self._blocks))]

    def _block(self, number: int, kind: int, root: int) -> bytes:
        size = 66 if number % 128 == 8 else 2 if number else 12
        starts, at = [], size
        for piece in self._blocks[number]:
            starts.append(at)
            at += len(piece)
        body = b"".join(self._blocks[number]) + bytes((at + size) % 2)
        page_map = struct.pack("<HH", len(starts), 0) + struct.pack(f"<{len(starts) + 1}H", *starts, at)
        place = size + len(body)
        head = (
            struct.pack("<HBBI4x", place, 0xEC, kind, root)
            if not number
            else struct.pack("<H", place).ljust(size, b"\0")
        )
        return head + body + page_map
