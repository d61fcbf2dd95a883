"""Decompress as it is read: bounded in memory, counted in real bytes, checked at the end. What a container declares
about sizes is a claim to be held against it, never a reason to allocate anything.
"""

from __future__ import annotations

import bz2
import io
import lzma
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Literal, Protocol, cast

from plainrecord.intake.extents import BytesExtent, Extent, Reader, TemporaryExtent
from plainrecord.intake.limits import ArchiveError, LimitError, Limits, TooLargeError

Squeeze = Literal["gzip", "bzip2", "xz", "deflate"]

_INPUT = 64 << 10
_OUTPUT = 1 << 20
# xz may ask for gigabytes of dictionary; what `xz -9` makes needs 65 MiB.
_XZ_MEMORY = 256 << 20
_MAGIC: dict[Squeeze, bytes] = {"gzip": b"\x1f\x8b", "bzip2": b"BZh", "xz": b"\xfd7zXZ\0"}


class _Codec(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Inflate:
    """zlib's decompressor with the manners of bz2's and lzma's."""

    def __init__(self, window: int) -> None:
        self._zlib = zlib.decompressobj(window)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._zlib.decompress(self._zlib.unconsumed_tail or data, max_length)
        # A full output means that more may be waiting inside, even when all input was taken.
        self.needs_input = not self._zlib.unconsumed_tail and len(out) < max_length
        return out


_CODECS: dict[Squeeze, Callable[[], _Codec]] = {
    "gzip": lambda: _Inflate(31),
    "deflate": lambda: _Inflate(-15),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
}


class Unpacker:
    """A reader that decompresses `packed` bytes of an extent from `start`; also files of several streams in a row.

    Memory: one input piece of 64 KiB and one output piece of at most 1 MiB. Raises ArchiveError when the data is cut
    off or damaged, LimitError at the ratio of a bomb, both after all bytes before were handed out.
    """

    def __init__(
        self, extent: Extent, squeeze: Squeeze, limits: Limits, start: int = 0, packed: int | None = None
    ) -> None:
        self._extent = extent
        self._squeeze = squeeze
        self._limits = limits
        self._offset = start
        self._end = start + (extent.size - start if packed is None else packed)
        self._start = start
        self._codec = _CODECS[squeeze]()
        self._waiting = b""
        self._made = 0
        self._input = bytearray(min(_INPUT, max(self._end - start, 1)))
        self.size: int | None = None

    def readinto(self, view: memoryview) -> int:
        """Fill the front of the view with the next bytes; 0 at the end."""
        try:
            out = self._next(min(len(view), _OUTPUT))
        except (zlib.error, lzma.LZMAError, EOFError, ValueError) as error:
            raise ArchiveError("its compressed data is damaged") from error
        except OSError as error:
            # bz2 says "Invalid data stream" as an OSError without a number; a failing disk has one.
            raise (error if error.errno else ArchiveError("its compressed data is damaged")) from error
        self._made += len(out)
        self._limits.check_ratio(self._made, self._offset - self._start)
        view[: len(out)] = out
        return len(out)

    def _next(self, room: int) -> bytes:
        while True:
            if self._codec.eof and not self._another():
                return b""
            data = b""
            if self._codec.needs_input:
                data = self._waiting or self._feed()
                self._waiting = b""
                if not data:
                    raise ArchiveError("it is cut off before its end")
            out = self._codec.decompress(data, room)
            if out:
                return out

    def _another(self) -> bool:
        """Whether one more stream of the same kind follows; zeros between streams are padding, other bytes an end."""
        magic = _MAGIC.get(self._squeeze)
        if magic is None:
            return False
        rest = (self._codec.unused_data + self._waiting).lstrip(b"\0")
        while len(rest) < len(magic) and (more := self._feed()):
            rest = (rest + more).lstrip(b"\0")
        self._waiting = rest
        if not rest.startswith(magic):
            self._waiting = b""
            self._offset = self._end
            return False
        self._codec = _CODECS[self._squeeze]()
        return True

    def _feed(self) -> bytes:
        view = memoryview(self._input)[: self._end - self._offset]
        count = self._extent.readinto_at(self._offset, view) if len(view) else 0
        self._offset += count
        return bytes(view[:count])

    def close(self) -> None:
        """Nothing of its own to close."""


class Checked:
    """A reader that must give exactly `size` bytes with that CRC-32 (None: not stated), else raises ArchiveError."""

    def __init__(self, reader: Reader, size: int, crc: int | None) -> None:
        self._reader = reader
        self._crc = crc
        self._sum = 0
        self._done = 0
        self.size: int | None = size

    def readinto(self, view: memoryview) -> int:
        assert self.size is not None
        count = self._reader.readinto(view[: max(1, self.size - self._done)]) if len(view) else 0
        self._done += count
        if self._done > self.size:
            raise ArchiveError(f"it unpacks to more than the {self.size} bytes its archive declares")
        if count == 0 and len(view):
            self._check_end(self.size)
        if self._crc is not None:
            self._sum = zlib.crc32(view[:count], self._sum)
        return count

    def _check_end(self, size: int) -> None:
        if self._done < size:
            raise ArchiveError(f"it is cut off: {self._done} of {size} bytes are there")
        if self._crc is not None and self._sum != self._crc:
            raise ArchiveError("its content does not match the checksum its archive gives for it")

    def close(self) -> None:
        self._reader.close()


class ForwardExtent:
    """Random access into a compressed stream too large to spool: forward is quick, backward starts again."""

    size = 1 << 62

    def __init__(self, reopen: Callable[[], Reader]) -> None:
        self._reopen = reopen
        self._reader = reopen()
        self._at = 0
        self._lock = Lock()

    def readinto_at(self, offset: int, view: memoryview) -> int:
        with self._lock:
            if offset < self._at:
                self._reader, self._at = self._reopen(), 0
            scrap = memoryview(bytearray(min(_OUTPUT, max(1, offset - self._at))))
            while self._at < offset:
                count = self._reader.readinto(scrap[: offset - self._at])
                if count == 0:
                    return 0
                self._at += count
            count = self._reader.readinto(view)
            self._at += count
            return count


@dataclass(frozen=True, slots=True)
class Spool:
    """Unpacked bytes that can be read at any offset; `damage` says why they end early, if they do."""

    extent: Extent
    damage: str | None


def spooled(reader: Reader, limits: Limits) -> Spool:
    """All bytes of a reader, for random access: in memory, or past `spool_memory` in a nameless temporary file.

    Raises TooLargeError past `spool_bytes`, LimitError at the ratio of a bomb. Other damage ends the spool there.
    """
    data, total = bytearray(), 0
    piece = memoryview(bytearray(_OUTPUT))
    file: io.RawIOBase | None = None
    damage = None
    try:
        while count := reader.readinto(piece):
            total += count
            if total > limits.spool_bytes:
                raise TooLargeError(f"it unpacks to more than {limits.spool_bytes} bytes, too much to look into")
            if file is None and total > limits.spool_memory:
                file = _nameless()
                _write_all(file, memoryview(data))
            if file is None:
                data += piece[:count]
            else:
                _write_all(file, piece[:count])
    except LimitError:
        if file is not None:
            file.close()
        raise
    except ArchiveError as error:
        damage = str(error)
    return Spool(BytesExtent(data) if file is None else TemporaryExtent(file, total), damage)


def _nameless() -> io.RawIOBase:
    # On Linux and macOS it has no name from the start; on Windows the system removes it when it is closed.
    return cast(io.RawIOBase, tempfile.TemporaryFile(buffering=0))


def _write_all(file: io.RawIOBase, data: memoryview) -> None:
    while len(data):
        data = data[file.write(data) or 0 :]
