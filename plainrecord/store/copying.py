"""Copy originals into a case folder, checked: source hashed, copy hashed, source hashed again.

Only regular files are copied, each to the same relative name; an interrupted copy is taken up again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from plainrecord.errors import IntegrityError, PlainrecordError
from plainrecord.hashing import DualHash
from plainrecord.intake import hash_original, list_source
from plainrecord.intake.listing import Digests, FileFate, Original

Progress = Callable[[str, int, int | None], None]
_BUFFER = 1 << 20


@dataclass(slots=True)
class Copied:
    """The copies, and the fates of what was handed in beside them and could not be copied."""

    copies: list[Path] = field(default_factory=list)
    left: list[FileFate] = field(default_factory=list)


def copy_in(paths: Sequence[Path], target: Path, progress: Progress | None = None) -> Copied:
    """Copy files and folders below `target`; the copies stand in the same order.

    Raises IntegrityError when a copy or its source is not the same afterwards, PlainrecordError when the disk is full.
    """
    done = Copied()
    # Beside the copies, not among them: no name of an original can be in its way, nor be too long for an ending more.
    part = target.with_name(f"{target.name}.part")
    for path in paths:
        copy = target / path.name
        listing = list_source([path], path.name)
        there = {original.relpath for original in listing.originals}
        # Links, devices and what may not be read have no copy; an archive's members come with the archive.
        done.left += [fate for fate in listing.fates if fate.path.split("!/", 1)[0] not in there]
        for original in listing.originals:
            inside = copy if path.is_file() else copy / original.relpath
            _copy_one(original, inside, part, progress)
        done.copies.append(copy)
    return done


def _copy_one(original: Original, target: Path, part: Path, progress: Progress | None) -> None:
    if target.exists() and target.stat().st_size == original.size:
        kept = hash_original(Original(target, original.relpath, original.size, target.stat().st_mtime_ns))
        if kept == hash_original(original):
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        copied = _stream(original, part, progress)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise PlainrecordError(
            f"{original.relpath} could not be copied ({error.strerror or error}). The original was not touched; make room and try again."
        ) from None
    if hash_original(original) != copied:
        part.unlink(missing_ok=True)
        raise IntegrityError(
            f"{original.relpath} changed while it was being copied. No copy was kept; close the program that writes to it and try again."
        )
    os.utime(part, ns=(original.mtime_ns, original.mtime_ns))
    part.replace(target)


def _stream(original: Original, part: Path, progress: Progress | None) -> Digests:
    digest = DualHash()
    with original.path.open("rb", buffering=0) as source, part.open("wb") as copy:
        while block := source.read(_BUFFER):
            digest.update(block)
            copy.write(block)
            if progress:
                progress(original.relpath, digest.size, original.size)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.digests()
