"""Walk what was handed in: every regular file in a stable order, and a fate for everything that is none.

Nothing is followed and nothing is opened here: links, devices, sockets and pipes are refused by name.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from plainrecord.errors import UsageError
from plainrecord.intake.extents import reason_of
from plainrecord.intake.listing import Fate, FileFate, Original
from plainrecord.intake.names import byte_order, disk_name, unique

# Far deeper than any export; a bound, because the walk calls itself.
_DEEPEST = 200
_KINDS = (
    (stat.S_ISLNK, "a link to another place"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was handed in: its place, and the prefix of the names of what it holds."""

    path: Path
    prefix: str
    is_folder: bool


def parts_of(paths: Sequence[Path]) -> list[Part]:
    """The parts of one source. A single folder lends no prefix; of several parts each folder keeps its own name.

    A path that is itself a link is followed, because a person named it. Raises UsageError for a path that is not there.
    """
    parts: list[Part] = []
    for given in paths:
        try:
            path = given.resolve(strict=True)
            mode = path.stat().st_mode
        except (OSError, RuntimeError) as error:
            if isinstance(error, FileNotFoundError) and not given.is_symlink():
                raise UsageError(
                    f"There is no file or folder called {disk_name(str(given))}. Nothing was read."
                ) from None
            says = reason_of(error) if isinstance(error, OSError) else "its links go in a circle"
            raise UsageError(f"{disk_name(str(given))} cannot be read: {says}. Nothing was read.") from error
        is_folder = stat.S_ISDIR(mode)
        prefix = f"{disk_name(path.name)}/" if is_folder and len(paths) > 1 else ""
        parts.append(Part(path, prefix, is_folder))
    return parts


def walk(parts: Sequence[Part]) -> Iterator[Original | FileFate]:
    """Every file of the parts, in the order given and by the bytes of the names inside a folder."""
    taken: set[str] = set()
    for part in parts:
        if part.is_folder:
            yield from _walk_folder(part.path, part.prefix, taken)
        else:
            yield _look(part.path, _claim_name(disk_name(part.path.name), taken))


def walk_originals(path: Path) -> Iterator[Original]:
    """The regular files of one file or folder, in the same order and under the same names as `list_source` lists them."""
    return (found for found in walk(parts_of([path])) if isinstance(found, Original))


def _claim_name(relpath: str, taken: set[str]) -> str:
    name = unique(relpath, taken)
    taken.add(name)
    return name


def _walk_folder(folder: Path, prefix: str, taken: set[str], depth: int = 1) -> Iterator[Original | FileFate]:
    if depth > _DEEPEST:
        name = prefix.rstrip("/")
        yield FileFate(name, Fate.REFUSED, f"{name} lies more than {_DEEPEST} folders deep; it was not looked into.")
        return
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: byte_order(entry.name))
    except OSError as error:
        name = prefix.rstrip("/") or disk_name(folder.name)
        yield FileFate(name, Fate.UNREADABLE, f"The folder {name} could not be looked into: {reason_of(error)}.")
        return
    for entry in entries:
        relpath = _claim_name(prefix + disk_name(entry.name), taken)
        path = folder / entry.name
        if _is_folder(entry):
            yield from _walk_folder(path, relpath + "/", taken, depth + 1)
        else:
            yield _look(path, relpath)


def _look(path: Path, relpath: str) -> Original | FileFate:
    try:
        found = os.stat(path, follow_symlinks=False)
    except OSError as error:
        return FileFate(relpath, Fate.UNREADABLE, f"{relpath} could not be looked at: {reason_of(error)}.")
    if stat.S_ISREG(found.st_mode):
        return Original(path, relpath, found.st_size, found.st_mtime_ns)
    kind = next((says for test, says in _KINDS if test(found.st_mode)), "a link to another folder")
    return FileFate(relpath, Fate.REFUSED, f"{relpath} is {kind}, not a file; it was not followed or opened.")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """A real folder: no link to one, nor a junction of Windows, which does not count as a link there."""
    try:
        if not entry.is_dir(follow_symlinks=False):
            return False
        tag: int = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    except OSError:
        return False  # it went away meanwhile, and `_look` says so
    return tag != getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1)
