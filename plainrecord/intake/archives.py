"""Open an archive, or an archive inside one, and find a file in it again by its path, in any process.

A few opened archives are kept per process, so that reading 50,000 files of one zip reads its contents list once. What is
kept refers to the file by its identity, size and modified time: a changed file is opened anew.
"""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from threading import RLock

from plainrecord.intake.containers import Container, Entry
from plainrecord.intake.extents import Extent, FileExtent, Reader, read_at
from plainrecord.intake.kinds import archive_kind
from plainrecord.intake.limits import ArchiveError, Limits, TooLargeError
from plainrecord.intake.listing import Original
from plainrecord.intake.tarred import TarArchive
from plainrecord.intake.unpacking import ForwardExtent, Squeeze, Unpacker, spooled
from plainrecord.intake.zipped import ZipArchive

_KEPT = 4
# Enough for every signature, the tar one stands at 257.
_SIGNATURE = 1024
_PART = re.compile(r"^(.+?)(?:-\d{3}|[-_. ]part[-_ ]?\d{1,3})(\.(?:zip|tgz|tar|tar\.\w+))$", re.IGNORECASE)
_SUFFIX = re.compile(r"^(.+)\.(?:gz|gzip|bz2|xz)$", re.IGNORECASE)

_kept: OrderedDict[tuple[object, ...], Container] = OrderedDict()
_keeping = RLock()


class SqueezedFile:
    """One file compressed on its own (gzip, bzip2, xz), as an archive of one."""

    document: str | None = None
    damage: str | None = None
    flat = True

    def __init__(self, extent: Extent, squeeze: Squeeze, name: str, limits: Limits) -> None:
        self._extent = extent
        self._squeeze: Squeeze = squeeze
        self._limits = limits
        self.name = f"a {squeeze} file"
        inner = _SUFFIX.sub(r"\1", name)
        raw = inner if inner != name else f"{name} (unpacked)"
        self.entries = [Entry(raw, raw, None)]

    def entry(self, step: str) -> Entry | None:
        return self.entries[0] if step == self.entries[0].step else None

    def reader(self, entry: Entry) -> Reader:
        return Unpacker(self._extent, self._squeeze, self._limits)

    def extent(self, entry: Entry) -> Extent | None:
        return None


def container_at(original: Original, steps: tuple[str, ...] = (), limits: Limits = Limits()) -> Container:
    """The archive at these steps inside an original (() for the original itself), opened or taken from the shelf.

    Raises ArchiveError or LimitError when it cannot be opened as one, OSError when the original cannot be read.
    """
    found = os.stat(original.path, follow_symlinks=False)
    key = (str(original.path), found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, steps, limits)
    with _keeping:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
        container = _open(original, steps, limits)
        _kept[key] = container
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
        return container


def _open(original: Original, steps: tuple[str, ...], limits: Limits) -> Container:
    if not steps:
        return open_container(FileExtent(original.path), original.relpath.rsplit("/", 1)[-1], limits)
    parent = container_at(original, steps[:-1], limits)
    entry = entry_of(parent, steps[-1])
    extent = parent.extent(entry) or _unpacked(parent.reader(entry), limits)
    return open_container(extent, entry.step.rsplit("/", 1)[-1], limits)


def _unpacked(reader: Reader, limits: Limits) -> Extent:
    """The bytes of an inner archive. Damage is not fatal here: what the bytes before it hold, its own reader will say."""
    return spooled(reader, limits).extent


def entry_of(container: Container, step: str) -> Entry:
    """The entry with that name; raises ArchiveError when the archive no longer has it."""
    entry = container.entry(step)
    if entry is None:
        raise ArchiveError("it is no longer in the archive")
    return entry


def open_container(extent: Extent, name: str, limits: Limits) -> Container:
    """Open bytes as the kind of archive their signature says. Raises ArchiveError."""
    kind = archive_kind(read_at(extent, 0, _SIGNATURE))
    if kind == "zip":
        return ZipArchive(extent, limits)
    if kind == "tar":
        return TarArchive(extent, limits)
    if kind is None:
        raise ArchiveError("it is no archive")
    return _open_squeezed(extent, kind, name, limits)


def _open_squeezed(extent: Extent, squeeze: Squeeze, name: str, limits: Limits) -> Container:
    if not _holds_tar(extent, squeeze, limits):
        return SqueezedFile(extent, squeeze, name, limits)
    try:
        spool = spooled(Unpacker(extent, squeeze, limits), limits)
    except TooLargeError:
        return TarArchive(ForwardExtent(lambda: Unpacker(extent, squeeze, limits)), limits)
    return TarArchive(spool.extent, limits, spool.damage)


def _holds_tar(extent: Extent, squeeze: Squeeze, limits: Limits) -> bool:
    reader = Unpacker(extent, squeeze, limits)
    head = bytearray(_SIGNATURE)
    view, done = memoryview(head), 0
    try:
        while done < len(head) and (count := reader.readinto(view[done:])):
            done += count
    except ArchiveError:
        pass  # judged by whoever reads it; what came before the damage decides what it is
    return archive_kind(bytes(view[:done])) == "tar"


def mount_name(name: str) -> str:
    """The folder an archive becomes in the tree of a folder: the parts `-001`, `-002` … of one download share theirs."""
    return _PART.sub(r"\1\2", name)
