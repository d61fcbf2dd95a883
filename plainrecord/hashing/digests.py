"""Digests and the object that makes them: SHA-256 and BLAKE3 over the same bytes, shaped like hashlib's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

from blake3 import blake3


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-256 and BLAKE3 (lower-case hex) and the length in bytes of one stream that was read to its end."""

    sha256: str
    blake3: str
    size: int


class Hash(Protocol):
    """The part of a hashlib object that is used here."""

    def update(self, data: memoryview, /) -> object: ...
    def digest(self) -> bytes: ...
    def hexdigest(self) -> str: ...


class DualHash:
    """SHA-256 and BLAKE3 of one stream, fed together.

    Shaped like a hashlib object (`hashlib.file_digest(file, DualHash)` works): `digest()` is the 32 bytes of SHA-256
    followed by the 32 of BLAKE3. The two are at hand singly as `sha256` and `blake3`, and `digests()` gives both with
    the length. Not for use by several threads at once, except by the ring, which feeds each part from one thread.
    """

    __slots__ = ("blake3", "sha256", "size")

    name = "sha256+blake3"
    digest_size = 64
    block_size = 64

    def __init__(self, data: bytes = b"") -> None:
        self.sha256 = hashlib.sha256(data)
        self.blake3 = blake3(data)
        self.size = len(data)

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        """Feed bytes (any contiguous buffer) to both."""
        self.sha256.update(data)
        self.blake3.update(data)
        self.size += memoryview(data).nbytes

    def digest(self) -> bytes:
        """SHA-256 ‖ BLAKE3, 64 bytes."""
        return self.sha256.digest() + self.blake3.digest()

    def hexdigest(self) -> str:
        """`digest()` in lower-case hex."""
        return self.digest().hex()

    def digests(self) -> Digests:
        """Both digests and the number of bytes fed so far."""
        return Digests(sha256=self.sha256.hexdigest(), blake3=self.blake3.hexdigest(), size=self.size)

    def copy(self) -> DualHash:
        """An independent object in the same state."""
        twin = DualHash()
        twin.sha256, twin.blake3, twin.size = self.sha256.copy(), self.blake3.copy(), self.size
        return twin
