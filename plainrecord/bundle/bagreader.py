"""A bag's files, in a folder or in a zip: listed once, opened by listed name only, read without ever leaving the bag.

Bags come from others and are hostile until checked. Nothing here follows a link, unpacks to disk, or trusts a name; what
is refused is said in the findings, and what is left can be opened. What the files mean is none of this module's business.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Protocol, Self

from plainrecord.bundle.checks import Findings

CHUNK = 1 << 20
# Lines are handed on together in blocks of about so many bytes: few enough to stay near the processor.
_LINES = 256 << 10

# Not on Windows: there, nothing but the scan's own look stands against a link put in place between scan and opening.
_OPEN_FLAGS = os.O_RDONLY
for _flag in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY", "O_BINARY", "O_NOINHERIT"):
    _OPEN_FLAGS |= getattr(os, _flag, 0)


class UnreadableError(Exception):
    """The bytes of one file cannot be had; `str()` says why. Caught by the check that asked, and reported."""


class Entry(NamedTuple):
    """A regular file of the bag: its length in bytes, and what identifies it to the container that listed it."""

    size: int
    key: object


class Bag(Protocol):
    """The safe regular files of one bag, by "/"-separated path below the bag's base folder.

    `files` is complete after opening and never changes. `blocks` may be called from several threads at once. A name whose
    bytes are not in the system's encoding carries surrogate escapes.
    """

    name: str
    files: dict[str, Entry]

    def blocks(self, path: str, buffer: bytearray) -> Iterator[memoryview | bytes]:
        """The file's bytes in order; each block is good until the next is asked for. Raises UnreadableError."""
        ...

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def read_whole(bag: Bag, path: str, limit: int) -> bytes:
    """All bytes of a small file. Raises UnreadableError, also when the file is longer than `limit`."""
    entry = bag.files.get(path)
    if entry is None:
        raise UnreadableError("it is not in the bag")
    if entry.size > limit:
        raise UnreadableError(f"it is {entry.size} bytes long, more than the {limit} such a file may have")
    return b"".join(bytes(block) for block in bag.blocks(path, bytearray(CHUNK)))


def read_lines(bag: Bag, path: str, limit: int) -> Iterator[bytes]:
    """The lines of a file, each with its line feed, in memory bounded by `limit` for one line. Raises UnreadableError."""
    kept: list[bytes] = []
    length = 0
    for block in bag.blocks(path, bytearray(CHUNK)):
        lines = bytes(block).split(b"\n")
        for ended in lines[:-1]:
            yield b"".join(kept) + ended + b"\n"
            kept.clear()
            length = 0
        kept.append(lines[-1])
        length += len(lines[-1])
        if length > limit:
            raise UnreadableError(f"one of its lines is longer than {limit} bytes")
    if length:
        yield b"".join(kept)


def line_blocks(bag: Bag, path: str, limit: int, size: int = _LINES) -> Iterator[bytes]:
    """The lines of a file, each whole, in blocks of about `size` bytes; otherwise as `read_lines`."""
    kept = bytearray()
    for block in bag.blocks(path, bytearray(CHUNK)):
        kept += block
        end = kept.rfind(b"\n") + 1
        if end and len(kept) >= size:
            yield bytes(kept[:end])
            del kept[:end]
        elif len(kept) > limit:
            raise UnreadableError(f"one of its lines is longer than {limit} bytes")
    if kept:
        yield bytes(kept)


class Stretch(NamedTuple):
    """The lines of a file in a folder that begin within a range of its bytes. Travels between processes."""

    file: str
    entry: Entry
    start: int
    end: int

    def blocks(self, limit: int) -> Iterator[bytes]:
        """These lines as `line_blocks` gives them. Raises UnreadableError."""
        with _opened(self.file, self.entry) as descriptor, os.fdopen(descriptor, "rb", closefd=False) as file:
            if self.start:
                # What began before is the stretch's before this one.
                file.seek(self.start - 1)
                _rest_of_line(file, limit)
            while (left := self.end - file.tell()) > 0 and (block := file.read(min(left, _LINES))):
                yield block if block.endswith(b"\n") else block + _rest_of_line(file, limit)


def _rest_of_line(file: BinaryIO, limit: int) -> bytes:
    rest = file.readline(limit + 1)
    if len(rest) > limit:
        raise UnreadableError(f"one of its lines is longer than {limit} bytes")
    return rest


class FolderBag:
    """A bag that is a folder. Links, junctions, pipes, sockets and devices in it are refused, never opened."""

    def __init__(self, folder: Path, findings: Findings) -> None:
        self.name = folder.name or folder.resolve().name
        self.files: dict[str, Entry] = {}
        self._base = os.path.join(folder, "")  # noqa: PTH118 - a string, joined 20,000 times
        self._scan(findings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        """Nothing stays open between two reads."""

    def _scan(self, findings: Findings) -> None:
        waiting = [""]
        while waiting:
            below = waiting.pop()
            try:
                with os.scandir(self._base + below) as found:
                    for entry in found:
                        self._take(entry, below + entry.name, waiting, findings)
            except OSError as error:
                findings.problem(
                    below.rstrip("/") or ".", "unreadable", f"This folder cannot be listed ({_why(error)})."
                )
        self.files = dict(sorted(self.files.items()))

    def _take(self, entry: os.DirEntry[str], path: str, waiting: list[str], findings: Findings) -> None:
        try:
            # Windows fills st_ino and st_dev only in a stat of its own; elsewhere this is the scan's one lstat a file.
            status = os.lstat(entry.path) if os.name == "nt" else entry.stat(follow_symlinks=False)
        except OSError as error:
            findings.problem(path, "unreadable", f"This file cannot be looked at ({_why(error)}).")
            return
        mode = status.st_mode
        if stat.S_ISREG(mode):
            self.files[path] = Entry(status.st_size, (status.st_dev, status.st_ino))
        elif _is_link(status):
            findings.problem(path, "refused", "This is a link to somewhere else; links in a bag are never followed.")
        elif stat.S_ISDIR(mode):
            waiting.append(path + "/")
        else:
            findings.problem(path, "refused", "This is a pipe, socket or device, not a file; it was not opened.")

    def blocks(self, path: str, buffer: bytearray) -> Iterator[memoryview | bytes]:
        """See `Bag.blocks`. A file that is not the one that was listed (swapped, or reached by a link) is refused."""
        entry = self.files[path]
        with _opened(self._base + path, entry) as descriptor:
            yield from _from_descriptor(descriptor, entry.size, buffer)

    def stretches(self, path: str, size: int) -> Iterator[Stretch]:
        """All lines of a file, in stretches of about `size` bytes."""
        entry = self.files[path]
        for start in range(0, entry.size, size):
            yield Stretch(self._base + path, entry, start, min(start + size, entry.size))


@contextmanager
def _opened(file: str, entry: Entry) -> Iterator[int]:
    try:
        descriptor = os.open(file, _OPEN_FLAGS)
        try:
            now = os.fstat(descriptor)
            if (now.st_dev, now.st_ino) != entry.key:
                raise UnreadableError("it was replaced by another file while the bag was being read")
            yield descriptor
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UnreadableError(_why(error)) from error


def _from_descriptor(descriptor: int, size: int, buffer: bytearray) -> Iterator[memoryview | bytes]:
    if size < CHUNK:
        # One call for a small file: asking for a byte more than it has shows its end at once.
        first = os.read(descriptor, size + 1)
        yield first
        if len(first) == size:
            return
    with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
        view = memoryview(buffer)
        while got := file.readinto(view):
            yield view[:got]


def _is_link(status: os.stat_result) -> bool:
    # Windows junctions are not symlinks to Python 3.11 but lead out of the bag just the same.
    junction = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None)
    return stat.S_ISLNK(status.st_mode) or (junction is not None and getattr(status, "st_reparse_tag", 0) == junction)


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
