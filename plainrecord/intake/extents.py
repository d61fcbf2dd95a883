"""Random-access bytes: a file on disk, a window into other bytes, or a bounded spool; and a reader that walks along them.

Files are opened read-only, regular files only, never through a link, without touching their access time if possible.
Reads carry their own offset, so several readers can share one extent.
"""

from __future__ import annotations

import io
import os
import stat
import weakref
from pathlib import Path
from threading import Lock
from typing import Protocol, Self

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    # A named pipe would block the open for ever; the check below refuses it afterwards.
    | getattr(os, "O_NONBLOCK", 0)
)
_NOATIME: int = getattr(os, "O_NOATIME", 0)


def open_original(path: Path) -> int:
    """A descriptor for reading a regular file. Raises OSError (also for links and devices) with a plain sentence."""
    try:
        descriptor = _open(path)
    except OSError as error:
        raise type(error)(error.errno, f"It cannot be opened ({reason_of(error)})") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("It is not a regular file, so it was not opened")
    return descriptor


def _open(path: Path) -> int:
    try:
        return os.open(path, _FLAGS | _NOATIME)
    except PermissionError:
        # O_NOATIME is allowed to the file's owner only.
        return os.open(path, _FLAGS)


def reason_of(error: OSError) -> str:
    """The system's short reason for a failed call, in lower case, without number or path."""
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, FileNotFoundError):
        return "it is no longer there"
    return (error.strerror or str(error) or type(error).__name__).strip().rstrip(".").lower()


class Extent(Protocol):
    """Bytes that can be read at any offset."""

    @property
    def size(self) -> int:
        """Length in bytes when it was opened."""
        ...

    def readinto_at(self, offset: int, view: memoryview) -> int:
        """Fill `view` from `offset`; the count read, 0 at the end. Raises OSError."""
        ...


class _Descriptor:
    """Reads at an offset through a descriptor: safe for several threads, and for a process forked meanwhile."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = Lock()

    def readinto_at(self, offset: int, view: memoryview) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._descriptor, [view], offset)
        with self._lock:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            data = os.read(self._descriptor, len(view))
        view[: len(data)] = data
        return len(data)


class FileExtent(_Descriptor):
    """A regular file, opened read-only. Closed by `close`, at the end of a `with`, or when nothing uses it any more."""

    def __init__(self, path: Path) -> None:
        super().__init__(open_original(path))
        self.size = os.fstat(self._descriptor).st_size
        self.close = weakref.finalize(self, os.close, self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class TemporaryExtent(_Descriptor):
    """A nameless temporary file that is already written; it goes away with the last user."""

    def __init__(self, file: io.RawIOBase, size: int) -> None:
        super().__init__(file.fileno())
        self.size = size
        self._gone = weakref.finalize(self, file.close)


class BytesExtent:
    """Bytes in memory."""

    def __init__(self, data: bytes | bytearray) -> None:
        self._view = memoryview(data).toreadonly()
        self.size = len(data)

    def readinto_at(self, offset: int, view: memoryview) -> int:
        piece = self._view[offset : offset + len(view)]
        view[: len(piece)] = piece
        return len(piece)


class WindowExtent:
    """`size` bytes of another extent from `start`: a stored member of an archive, read where it stands."""

    def __init__(self, inner: Extent, start: int, size: int) -> None:
        self._inner = inner
        self._start = start
        self.size = size

    def readinto_at(self, offset: int, view: memoryview) -> int:
        left = max(0, self.size - offset)
        return self._inner.readinto_at(self._start + offset, view[:left]) if left else 0


class Reader(Protocol):
    """Forward reading: `readinto` gives 0 at the end; `size` is the length to expect, if anybody said."""

    size: int | None

    def readinto(self, view: memoryview) -> int: ...
    def close(self) -> None: ...


class ExtentReader:
    """Reads an extent from `start` to its end (as it is when read, not as it was when opened)."""

    def __init__(self, extent: Extent, start: int = 0) -> None:
        self._extent = extent
        self._offset = start
        self.size: int | None = extent.size - start

    def readinto(self, view: memoryview) -> int:
        count = self._extent.readinto_at(self._offset, view)
        self._offset += count
        return count

    def close(self) -> None:
        """Nothing of its own to close: the extent belongs to who opened it."""


def read_at(extent: Extent, offset: int, count: int) -> bytes:
    """Up to `count` bytes from `offset`; fewer only at the end."""
    data = bytearray(min(count, max(0, extent.size - offset)))
    view, done = memoryview(data), 0
    while done < len(data):
        got = extent.readinto_at(offset + done, view[done:])
        if got == 0:
            break
        done += got
    return bytes(view[:done])
