"""SHA-256 and BLAKE3 of files and streams in one pass, and the lines of manifests. Knows nothing about messages."""

from __future__ import annotations

from plainrecord.hashing.digests import Digests, DualHash
from plainrecord.hashing.files import Progress, hash_buffer, hash_file, hash_reads, hash_stream
from plainrecord.hashing.folders import Hashed, NotHashed, manifest_of
from plainrecord.hashing.manifest import (
    ManifestFault,
    ManifestLine,
    bag_decoded,
    bag_encoded,
    bag_line,
    read_manifest,
    sum_line,
)
from plainrecord.hashing.ring import Block, hashed_blocks

__all__ = [
    "Block",
    "Digests",
    "DualHash",
    "Hashed",
    "ManifestFault",
    "ManifestLine",
    "NotHashed",
    "Progress",
    "bag_decoded",
    "bag_encoded",
    "bag_line",
    "hash_buffer",
    "hash_file",
    "hash_reads",
    "hash_stream",
    "hashed_blocks",
    "manifest_of",
    "read_manifest",
    "sum_line",
]
