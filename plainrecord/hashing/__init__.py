"""SHA-256 and BLAKE3 of files and streams in one pass, and the lines of manifests. Knows nothing about messages."""

from __future__ import annotations

from plainrecord.hashing.digests import Digests, DualHash
from plainrecord.hashing.files import Progress, hash_buffer, hash_file, hash_reads, hash_stream
from plainrecord.hashing.ring import Block, hashed_blocks

__all__ = [
    "Block",
    "Digests",
    "DualHash",
    "Progress",
    "hash_buffer",
    "hash_file",
    "hash_reads",
    "hash_stream",
    "hashed_blocks",
]
