"""Open originals read-only, walk folders, look inside archives within limits, give every file a fate.

Writes nothing beside the originals, renames nothing, unpacks nothing in place, and knows nothing about messages.
"""

from __future__ import annotations

from plainrecord.intake.describing import Described, describe, unclaimed
from plainrecord.intake.kinds import libmagic_version, media_type
from plainrecord.intake.limits import Limits
from plainrecord.intake.listing import Digests, Fate, FileFate, FileNote, Listing, Member, Original, ReadOptions
from plainrecord.intake.originals import changed_since_listed, hash_original
from plainrecord.intake.reading import Block, Stream, open_member, read_slices
from plainrecord.intake.sources import list_source
from plainrecord.intake.walking import walk_originals

__all__ = [
    "Block",
    "Described",
    "Digests",
    "Fate",
    "FileFate",
    "FileNote",
    "Limits",
    "Listing",
    "Member",
    "Original",
    "ReadOptions",
    "Stream",
    "changed_since_listed",
    "describe",
    "hash_original",
    "libmagic_version",
    "list_source",
    "media_type",
    "open_member",
    "read_slices",
    "unclaimed",
    "walk_originals",
]
