"""One message proven without the others: every line of `messages.jsonl` is a salted leaf of one Merkle tree.

Chat lines can be guessed, so each leaf has a salt before its line. The salts follow from one secret of the bundle, which
lies in `meta/salts.json`: whoever holds the bundle has all of them, whoever is given one proof has that one. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Literal

from pydantic import Field

from plainrecord.hashing.merkle import leaf_hash
from plainrecord.records import Written

MERKLE = "meta/merkle.json"
SALTS = "meta/salts.json"
MERKLE_SCHEMA_VERSION = "1.0"
SECRET = 32
SALT = 16

_LEAF = "SHA-256(00 || salt || line of data/items/messages.jsonl without its line end)"
_SALT = "first 16 bytes of SHA-256(02 || secret || item number in ASCII)"


class MerkleFile(Written):
    """`meta/merkle.json`: the root over all items in the order of `messages.jsonl`. It may be shown to anybody."""

    schema_version: str = MERKLE_SCHEMA_VERSION
    bundle_id: str
    tree: Literal["RFC 6962, SHA-256"] = "RFC 6962, SHA-256"
    leaf: str = _LEAF
    leaves: int = Field(ge=0)
    root: str = Field(pattern="^[0-9a-f]{64}$")


class SaltsFile(Written):
    """`meta/salts.json`: what every salt follows from. It never goes with a proof."""

    schema_version: str = MERKLE_SCHEMA_VERSION
    salt: str = _SALT
    secret: str = Field(pattern="^[0-9a-f]{64}$")


def salt_of(secret: bytes, number: str) -> bytes:
    """The salt of the item with that number ("M-000123")."""
    return sha256(b"\x02" + secret + number.encode("ascii")).digest()[:SALT]


def leaf_of(salt: bytes, line: bytes) -> bytes:
    """The leaf of an item: its salt and its line, without the line end."""
    return leaf_hash(salt + line)


def leaves_of(secret: bytes, numbers: Iterable[bytes], lines: Iterable[bytes]) -> bytes:
    """The leaves of items by their numbers and their lines with the line end, one behind the other."""
    # Written out, because hundreds of thousands of items pass here one by one.
    begun = sha256(b"\x02" + secret)
    leaves = []
    for number, line in zip(numbers, lines, strict=True):
        salt = begun.copy()
        salt.update(number)
        leaves.append(sha256(b"\x00" + salt.digest()[:SALT] + line[:-1]).digest())
    return b"".join(leaves)
