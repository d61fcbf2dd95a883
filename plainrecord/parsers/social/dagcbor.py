"""CAR files and DAG-CBOR, as far as a repository export needs them: blocks of a file with their bytes, and one block decoded.

Source of knowledge: the public specifications of CARv1, CIDv1 and DAG-CBOR. A CAR is a length-prefixed header and then
blocks: an unsigned LEB128 length, a CID, the block's bytes. DAG-CBOR is CBOR with definite lengths and tag 42 for links.
Knows no service. Memory: one block, at most `LONGEST_BLOCK` bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from plainrecord.intake.reading import Stream

LONGEST_BLOCK = 4 << 20
_DEEPEST = 64
_CID_SHA256 = 36  # version, codec, hash, length (one byte each for every CID in use) and 32 bytes of digest


class Block(NamedTuple):
    """One block: where its bytes (without length and CID) stand in the file. `raw` is None for what cannot be followed."""

    start: int
    raw: bytes | None
    end: int


class _Input:
    """A stream read exactly, with its place."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.at = 0

    def take(self, count: int) -> bytes:
        """The next bytes, fewer only at the end."""
        parts, left = [], count
        while left and (part := self._stream.read(min(left, 1 << 20))):
            parts.append(part)
            left -= len(part)
        data = b"".join(parts)
        self.at += len(data)
        return data

    def length(self) -> int | None:
        """An unsigned LEB128 number; None at the end or when it has no end."""
        value = 0
        for place in range(9):
            one = self.take(1)
            if not one:
                return None
            value |= (one[0] & 0x7F) << 7 * place
            if one[0] < 0x80:
                return value
        return None

    def drain(self) -> int:
        """Read to the end; where it is."""
        while self.take(1 << 20):
            pass
        return self.at


def blocks(stream: Stream) -> Iterator[Block]:
    """Every block behind the header, in order; where the lengths stop making sense, one last block without bytes."""
    source = _Input(stream)
    header = source.length()
    if header is None or header > LONGEST_BLOCK or len(source.take(header)) < header:
        yield Block(0, None, source.drain())
        return
    while True:
        begins = source.at
        size = source.length()
        if size is None and source.at == begins:
            return
        body = source.take(size) if size is not None and _CID_SHA256 <= size <= LONGEST_BLOCK else b""
        if not body or len(body) < (size or 0) or body[0] != 1:
            yield Block(begins, None, source.drain())
            return
        yield Block(source.at - len(body) + _CID_SHA256, body[_CID_SHA256:], source.at)


def decoded(raw: bytes) -> Any:
    """The value of one block; links as `{"$link": hex}`, bytes as `{"$bytes": hex}`. Raises ValueError when it is none."""
    value, end = _item(raw, 0, 0)
    if end != len(raw):
        raise ValueError("more bytes behind the value")
    return value


def _item(raw: bytes, at: int, depth: int) -> tuple[Any, int]:
    if at >= len(raw) or depth > _DEEPEST:
        raise ValueError("the value is cut off or too deep")
    kind, info = raw[at] >> 5, raw[at] & 31
    if kind == 7:
        return _simple(raw, at, info)
    count, at = _count(raw, at, info)
    if kind < 2:
        return (count if kind == 0 else -1 - count), at
    if kind < 4:
        return _text(raw, at, count, kind)
    if kind == 4:
        return _list(raw, at, count, depth)
    if kind == 5:
        return _map(raw, at, count, depth)
    value, at = _item(raw, at, depth + 1)
    return ({"$link": value["$bytes"]} if count == 42 and isinstance(value, dict) and "$bytes" in value else value), at


def _count(raw: bytes, at: int, info: int) -> tuple[int, int]:
    if info < 24:
        return info, at + 1
    if info > 27:
        raise ValueError("a length that is not allowed")
    size = 1 << (info - 24)
    if at + 1 + size > len(raw):
        raise ValueError("the value is cut off")
    return int.from_bytes(raw[at + 1 : at + 1 + size], "big"), at + 1 + size


def _text(raw: bytes, at: int, count: int, kind: int) -> tuple[Any, int]:
    if at + count > len(raw):
        raise ValueError("the value is cut off")
    data = raw[at : at + count]
    return (data.decode("utf-8", "surrogateescape") if kind == 3 else {"$bytes": data.hex()}), at + count


def _list(raw: bytes, at: int, count: int, depth: int) -> tuple[list[Any], int]:
    if count > len(raw) - at:
        raise ValueError("the value is cut off")
    values = []
    for _ in range(count):
        value, at = _item(raw, at, depth + 1)
        values.append(value)
    return values, at


def _map(raw: bytes, at: int, count: int, depth: int) -> tuple[dict[str, Any], int]:
    if count > len(raw) - at:
        raise ValueError("the value is cut off")
    values: dict[str, Any] = {}
    for _ in range(count):
        key, at = _item(raw, at, depth + 1)
        values[key if isinstance(key, str) else str(key)], at = _item(raw, at, depth + 1)
    return values, at


def _simple(raw: bytes, at: int, info: int) -> tuple[Any, int]:
    known = {20: False, 21: True, 22: None, 23: None}
    if info in known:
        return known[info], at + 1
    if info == 27 and at + 9 <= len(raw):
        return struct.unpack(">d", raw[at + 1 : at + 9])[0], at + 9
    raise ValueError("a value of a kind that is not allowed")
