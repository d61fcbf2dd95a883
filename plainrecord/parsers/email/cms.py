"""Containers of S/MIME mail (CMS, RFC 5652): what kind one is, and the content of one that is signed or compressed.

A reader of the outer structure only, for DER and BER. Nothing is decrypted and no signature is checked.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

MAX_DEPTH = 40
MAX_ELEMENTS = 500_000
MAX_INFLATED = 64 << 20
Kind = Literal["signed", "encrypted", "compressed"]
_KINDS: dict[bytes, Kind] = {
    bytes.fromhex("2a864886f70d010702"): "signed",
    bytes.fromhex("2a864886f70d010703"): "encrypted",
    bytes.fromhex("2a864886f70d010706"): "encrypted",
    bytes.fromhex("2a864886f70d0109100117"): "encrypted",
    bytes.fromhex("2a864886f70d0109100109"): "compressed",
}
_SEQUENCE, _OID, _OCTETS, _OCTETS_IN_PIECES, _EXPLICIT_0 = 0x30, 0x06, 0x04, 0x24, 0xA0


class _DamagedError(ValueError):
    pass


@dataclass(frozen=True, slots=True)
class Container:
    """The kind of a container and its content; None where there is none to be had (encrypted, certificates only, damaged)."""

    kind: Kind
    content: bytes | None


@dataclass(frozen=True, slots=True)
class _Element:
    tag: int
    start: int
    end: int
    after: int


def open_container(data: bytes) -> Container | None:
    """What a CMS container holds; None when the bytes are none. Never raises."""
    reader = _Reader(data)
    try:
        outer = next(reader.inside(reader.element(0, len(data), 0)))
        kind = _KINDS.get(data[outer.start : outer.end]) if outer.tag == _OID else None
    except (_DamagedError, StopIteration):
        return None
    if kind is None:
        return None
    try:
        content = None if kind == "encrypted" else reader.content()
        return Container(kind, _inflated(content) if content and kind == "compressed" else content)
    except (_DamagedError, StopIteration, zlib.error):
        return Container(kind, None)


class _Reader:
    """Walks elements by their place; bounded in depth and number."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = MAX_ELEMENTS

    def content(self) -> bytes | None:
        """ContentInfo → SignedData or CompressedData → encapsulated content → its octets."""
        outer = self.element(0, len(self._data), 0)
        explicit = self._first(outer, _EXPLICIT_0)
        inner = next(self.inside(explicit))
        wrapped = self._first(inner, _SEQUENCE, holding=_OID, content=True)
        octets = next(self.inside(self._first(wrapped, _EXPLICIT_0)))
        return self._octets(octets, 0)

    def inside(self, outer: _Element) -> Iterator[_Element]:
        """The elements directly inside a constructed one."""
        at = outer.start
        while at < outer.end:
            found = self.element(at, outer.end, 1)
            yield found
            at = found.after

    def element(self, at: int, end: int, depth: int) -> _Element:
        """The element that begins at a place; of one without a stated length the end is looked for."""
        self._left -= 1
        if depth > MAX_DEPTH or self._left < 0 or at + 2 > end:
            raise _DamagedError
        tag, length, start = self._data[at], self._data[at + 1], at + 2
        if tag & 0x1F == 0x1F:
            raise _DamagedError
        if length == 0x80:
            return self._open_ended(tag, start, end, depth)
        if length > 0x80:
            size = length & 0x7F
            if size > 6 or start + size > end:
                raise _DamagedError
            length, start = int.from_bytes(self._data[start : start + size], "big"), start + size
        if start + length > end:
            raise _DamagedError
        return _Element(tag, start, start + length, start + length)

    def _open_ended(self, tag: int, start: int, end: int, depth: int) -> _Element:
        at = start
        while self._data[at : at + 2] != b"\0\0":
            at = self.element(at, end, depth + 1).after
        if at + 2 > end:
            raise _DamagedError
        return _Element(tag, start, at, at + 2)

    def _first(self, outer: _Element, tag: int, *, holding: int | None = None, content: bool = False) -> _Element:
        for found in self.inside(outer):
            if found.tag != tag:
                continue
            inner = list(self.inside(found)) if holding is not None else []
            fits = holding is None or bool(inner and inner[0].tag == holding)
            # An algorithm is a sequence that begins with an identifier too; only the content has an explicit part.
            if fits and (not content or any(one.tag == _EXPLICIT_0 for one in inner)):
                return found
        raise _DamagedError

    def _octets(self, found: _Element, depth: int) -> bytes:
        if found.tag == _OCTETS:
            return self._data[found.start : found.end]
        if found.tag != _OCTETS_IN_PIECES or depth > MAX_DEPTH:
            raise _DamagedError
        return b"".join(self._octets(piece, depth + 1) for piece in self.inside(found))


def _inflated(data: bytes) -> bytes | None:
    inflater = zlib.decompressobj()
    found = inflater.decompress(data, MAX_INFLATED)
    return None if inflater.unconsumed_tail else found
