"""Copy originals into a case folder, checked: source hashed, copy hashed, source hashed again.

Only regular files are copied, each to the same relative name; an interrupted copy is taken up again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from plainrecord.errors import IntegrityError, PlainrecordError
from plainrecord.hashing import DualHash
from plainrecord.intake import hash_original, list_source
from plainrecord.intake.listing import Digests, FileFate, Original
from plainrecord.intake.walking import parts_of, walk

Progress = Callable[[str, int, int | None], None]
_BUFFER = 1 << 20


def copy_in(paths: Sequence[Path], target: Path, progress: Progress | None = None) -> list[Path]:
    """Copy files and folders below `target`; the paths of the copies, in the same order.

    Raises IntegrityError when a copy or its source is not the same afterwards, PlainrecordError when the disk is full.
    """
    copies = []
    # Beside the copies, not among them: no name of an original can be in its way, nor be too long for an ending more.
    part = target.with_name(f"{target.name}.part")
    for path in paths:
        copy = target / path.name
        for original in list_source([path], path.name).originals:
            inside = copy if path.is_file() else copy / original.relpath
            _copy_one(original, inside, part, progress)
        copies.append(copy)
    return copies


def not_copied(paths: Sequence[Path]) -> list[FileFate]:
    """What is no file and so has no copy (links, devices, folders nobody may look into), each with its reason."""
    return [found for found in walk(parts_of(paths)) if isinstance(found, FileFate)]


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
