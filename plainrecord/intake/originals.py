"""Originals as they are on disk now: their digests, and whether they are still what was listed."""

from __future__ import annotations

import os
import stat

from plainrecord.hashing import Digests, Progress, hash_reads
from plainrecord.intake.extents import ExtentReader, FileExtent, reason_of
from plainrecord.intake.listing import Original


def changed_since_listed(original: Original) -> str | None:
    """One sentence when the file is gone, or its size or modified time is not what it was when listed; else None."""
    try:
        now = os.stat(original.path, follow_symlinks=False)
    except OSError as error:
        return f"{original.relpath} can no longer be looked at ({reason_of(error)})."
    if not stat.S_ISREG(now.st_mode):
        return f"{original.relpath} was a file when it was listed and is none now."
    if now.st_size != original.size:
        return (
            f"{original.relpath} changed after it was listed: it had {original.size} bytes and now has {now.st_size}."
        )
    if now.st_mtime_ns != original.mtime_ns:
        return f"{original.relpath} was written to after it was listed: its modified time is different."
    return None


def hash_original(original: Original, progress: Progress | None = None) -> Digests:
    """Both digests of an original as it is on disk now. Raises OSError when it cannot be read to its end."""
    with FileExtent(original.path) as extent:
        return hash_reads(ExtentReader(extent).readinto, progress, total=original.size)
