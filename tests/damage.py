"""Damage for exports, the same for the same chance: bytes taken out, put in, doubled, moved or cut off."""

from __future__ import annotations

import random
from collections.abc import Sequence

# What hurts readers of JSON: quotes, brackets, escapes cut short, numbers beyond measure, bytes that are no UTF-8.
JSON_PIECES = (
    b"",
    b"\0",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"]",
    b"[" * 40,
    b"\xff\xfe",
    b"<quote",
    b"\\u00e2",
    b"\\ud83d",
    b"9" * 40,
    b"1e999",
    b"null",
)


def damaged(data: bytes, chance: random.Random, pieces: Sequence[bytes] = JSON_PIECES) -> bytes:
    """A copy with one to seven damages; `pieces` are what is put in."""
    made = bytearray(data)
    for _ in range(chance.randrange(1, 8)):
        at, length = chance.randrange(len(made) + 1), chance.choice([0, 1, 2, 30, 400])
        match chance.randrange(4):
            case 0:
                made[at : at + length] = chance.choice(pieces)
            case 1:
                made[at:at] = made[at : at + length]
            case 2 if chance.random() < 0.2:
                del made[at:]
            case _:
                made[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(made)
