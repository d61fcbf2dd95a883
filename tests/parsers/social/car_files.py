"""Writes small repository files (CARv1 of DAG-CBOR blocks) for the tests; shares no code with the reader."""

from __future__ import annotations

import hashlib
from typing import Any


def number(major: int, value: int) -> bytes:
    """A CBOR head with its shortest length."""
    if value < 24:
        return bytes([major << 5 | value])
    size = next(size for size in (1, 2, 4, 8) if value < 256**size)
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[size]]) + value.to_bytes(size, "big")


def encoded(value: Any) -> bytes:
    """A value as DAG-CBOR; `bytes` under tag 42 stand for a link."""
    match value:
        case bool():
            return b"\xf5" if value else b"\xf4"
        case None:
            return b"\xf6"
        case int():
            return number(0, value) if value >= 0 else number(1, -1 - value)
        case str():
            data = value.encode()
            return number(3, len(data)) + data
        case bytes():
            return b"\xd8\x2a" + number(2, len(value) + 1) + b"\0" + value
        case list():
            return number(4, len(value)) + b"".join(map(encoded, value))
        case dict():
            pairs = sorted(value.items(), key=lambda pair: (len(pair[0]), pair[0]))
            return number(5, len(pairs)) + b"".join(encoded(key) + encoded(item) for key, item in pairs)
    raise TypeError(value)


def cid(block: bytes) -> bytes:
    """The address of a block: version 1, DAG-CBOR, SHA-256."""
    return b"\x01\x71\x12\x20" + hashlib.sha256(block).digest()


def leb128(value: int) -> bytes:
    """An unsigned LEB128 number."""
    made = bytearray()
    while value >= 0x80:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])


def car(did: str, records: list[dict[str, Any]]) -> bytes:
    """A repository of one account with those records."""
    blocks = [encoded(record) for record in records]
    tree = encoded({"l": None, "e": [{"p": 0, "k": cid(b""), "v": cid(block), "t": None} for block in blocks]})
    commit = encoded(
        {"did": did, "version": 3, "data": cid(tree), "rev": "3kaaaaaaaaaa2", "prev": None, "sig": cid(b"s")}
    )
    header = encoded({"roots": [cid(commit)], "version": 1})
    parts = [leb128(len(header)), header]
    for block in (commit, tree, *blocks):
        parts += [leb128(36 + len(block)), cid(block), block]
    return b"".join(parts)


SAM, ALEX, ROBIN = (
    "did:plc:samfieldsamfieldsamfield",
    "did:plc:alexmerealexmerealexmere",
    "did:plc:robinvalerobinvalerobinv",
)
SAMPLE = [
    {
        "$type": "app.bsky.feed.post",
        "text": "Please leave me alone @alex_mere 🌧",
        "createdAt": "2024-07-01T12:34:56.123Z",
        "facets": [
            {
                "index": {"byteStart": 22, "byteEnd": 32},
                "features": [{"$type": "app.bsky.richtext.facet#mention", "did": ALEX}],
            }
        ],
    },
    {"$type": "app.bsky.graph.block", "subject": ALEX, "createdAt": "2024-07-01T12:40:00Z"},
    {"$type": "app.bsky.graph.follow", "subject": ROBIN, "createdAt": "2024-01-01T00:00:00.000Z"},
    {
        "$type": "app.bsky.feed.like",
        "subject": {"uri": f"at://{ROBIN}/app.bsky.feed.post/3kbbbb", "cid": "bafy"},
        "createdAt": "soon",
    },
    {"$type": "app.example.future", "count": -3, "flag": True},
]
