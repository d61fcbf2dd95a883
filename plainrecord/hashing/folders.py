"""The manifest of files and folders on disk, in a stable order. Follows no links and opens nothing but regular files."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from plainrecord.hashing.digests import Digests
from plainrecord.hashing.files import hash_file

FileProgress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Hashed:
    """A file and its digests. `path` is as given, or the folder as given with the path below it, "/"-separated; a name
    that is no text keeps its bytes as surrogate escapes, so encode with `os.fsencode`."""

    path: str
    digests: Digests


@dataclass(frozen=True, slots=True)
class NotHashed:
    """A thing that has no digest, and one sentence why."""

    path: str
    says: str


def manifest_of(paths: Sequence[Path], progress: FileProgress | None = None) -> Iterator[Hashed | NotHashed]:
    """Every file of the paths in the order given; inside a folder by the bytes of the path below it.

    Both digests are made in one reading; which of them is written (`sum_line`) is the caller's choice. Links, devices
    and unreadable files are values, too. `progress(path, bytes_done, bytes_total)`.
    """
    for path in paths:
        shown = path.as_posix()
        if not path.is_dir():
            yield _hash_one(path, shown, named=True, progress=progress)
            continue
        prefix = "" if shown == "." else shown.rstrip("/") + "/"
        for below in sorted(_below(path), key=os.fsencode):
            yield _hash_one(path / below, prefix + below, named=False, progress=progress)


def _below(folder: Path, prefix: str = "") -> Iterator[str]:
    """Everything below a folder that is no folder, and folders that cannot be looked into, as "/"-separated paths."""
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except OSError:
        yield prefix.rstrip("/")
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from _below(folder / entry.name, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name


def _hash_one(path: Path, shown: str, named: bool, progress: FileProgress | None) -> Hashed | NotHashed:
    """A link that a person named is followed; one met on the way is not."""
    try:
        mode = path.stat(follow_symlinks=named).st_mode
        if stat.S_ISDIR(mode):
            return NotHashed(shown, f"The folder {shown} could not be looked into.")
        if not stat.S_ISREG(mode):
            return NotHashed(shown, f"{shown} is a link or a device, not a file; it was not read.")
        return Hashed(shown, hash_file(path, (lambda done, total: progress(shown, done, total)) if progress else None))
    except OSError as error:
        return NotHashed(shown, f"{shown} could not be read: {error.strerror or error}.")
