"""Open a member read-only and stream it, hashed on the way: the bytes a parser sees are the bytes that were hashed.

Contract used by every parser. Never writes, never unpacks to disk.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, Self

from plainrecord.errors import IntegrityError
from plainrecord.hashing import Block, Digests, DualHash, hashed_blocks
from plainrecord.intake.archives import container_at, entry_of
from plainrecord.intake.containers import Container, Entry
from plainrecord.intake.extents import Extent, ExtentReader, FileExtent, Reader, read_at
from plainrecord.intake.limits import ArchiveError
from plainrecord.intake.listing import Member

__all__ = ["Block", "MemberStream", "Stream", "open_member", "read_slices"]

_READ = 1 << 20


class Stream(Protocol):
    """Forward-only, hashed reading. Closing before the end leaves no digests."""

    def read(self, n: int = -1) -> bytes: ...
    def readinto(self, buffer: bytearray | memoryview, /) -> int: ...
    def blocks(self, head: int = 1 << 20, size: int = 4 << 20) -> Iterator[Block]: ...
    def close(self) -> None: ...
    def __enter__(self) -> Stream: ...
    def __exit__(self, *exc: object) -> None: ...


class MemberStream:
    """The one implementation of `Stream`: counts and hashes every byte of a reader, in order, once.

    `on_complete` is called with the digests as soon as the end was reached: by reading past it, by closing right at it,
    or by exhausting `blocks` (or leaving it after the block marked last). Errors of the reader come as OSError or
    IntegrityError with one plain sentence, after all bytes before them were handed out.
    """

    def __init__(self, reader: Reader, on_complete: Callable[[Digests], None] | None = None) -> None:
        self._reader = reader
        self._on_complete = on_complete
        self._digest = DualHash()
        self._ended = False
        self._open = True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:
        """Fill the buffer as far as one read of the source does; 0 at the end."""
        view = memoryview(buffer).cast("B")
        if not self._open:
            raise ValueError("This stream is closed.")
        if self._ended or not len(view):
            return 0
        count = self._reader.readinto(view)
        if count:
            self._digest.update(view[:count])
        else:
            self._complete()
        return count

    def read(self, n: int = -1) -> bytes:
        """Exactly `n` bytes, fewer only at the end; all that is left when `n` is negative."""
        left = n if n >= 0 else sys.maxsize
        pieces: list[bytes] = []
        piece = memoryview(bytearray(min(left, _READ, self._likely_left())))
        while left and (count := self.readinto(piece[:left])):
            pieces.append(bytes(piece[:count]))
            left -= count
            if count == len(piece) < min(left, _READ):
                piece = memoryview(bytearray(min(left, _READ)))  # there is more than the source said
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _likely_left(self) -> int:
        """How much room the rest should need, and one byte more, in which the end is seen."""
        size = self._reader.size
        return _READ if size is None else max(1, size - self._digest.size + 1)

    def blocks(self, head: int = 1 << 20, size: int = 4 << 20) -> Iterator[Block]:
        """The rest of the stream as full buffers, hashed on other cores while the caller scans them (see `Block`).

        The room before a block is `head` bytes, but for the only block of a stream under 1 MiB, where it is at least
        4 KiB. Only from the start of a stream: raises ValueError after a `read`.
        """
        if self._digest.size or self._ended:
            raise ValueError("Blocks can only be asked for at the start of a stream.")
        source = hashed_blocks(self._reader.readinto, self._digest, head=head, size=size, expected=self._reader.size)
        last = False
        try:
            for block in source:
                last = block.last
                yield block
        finally:
            # Leaving early must end the hashing threads now, not when the collector comes round.
            if hasattr(source, "close"):
                source.close()
            if last:
                self._complete()

    def close(self) -> None:
        """End reading. A reader who took exactly all bytes without looking further still gets the digests."""
        if not self._open:
            return
        try:
            if not self._ended and self._digest.size == self._reader.size:
                self.readinto(bytearray(1))
        except (OSError, IntegrityError):
            # The caller has all bytes it wanted; a fault behind them only means that there are no digests.
            self._ended = True
        finally:
            self._open = False
            self._reader.close()

    def _complete(self) -> None:
        if not self._ended:
            self._ended = True
            if self._on_complete:
                self._on_complete(self._digest.digests())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _OwnFile(ExtentReader):
    """Reads a whole original and closes it."""

    def __init__(self, extent: FileExtent) -> None:
        super().__init__(extent)
        self._file = extent

    def close(self) -> None:
        self._file.close()


class _Inside:
    """Reads a file of an archive; what goes wrong there becomes a sentence that names the file."""

    def __init__(self, reader: Reader, shown: str) -> None:
        self._reader = reader
        self._shown = shown
        self.size = reader.size

    def readinto(self, view: memoryview) -> int:
        try:
            return self._reader.readinto(view)
        except ArchiveError as error:
            raise IntegrityError(
                f"{self._shown} could not be read to its end: {error}. What came before was read; the archive is kept as it is."
            ) from error

    def close(self) -> None:
        self._reader.close()


def open_member(member: Member, on_complete: Callable[[Digests], None] | None = None) -> MemberStream:
    """Open for streaming. Raises OSError/IntegrityError with a plain sentence when the original cannot be read.

    For a plain original the digests are the original's own. Whether it changed meanwhile is for the caller to ask
    (`changed_since_listed`): the digests are always those of the bytes that were handed out.
    """
    with _sentences(member):
        if not member.path:
            return MemberStream(_OwnFile(FileExtent(member.original.path)), on_complete)
        container, entry = _found(member)
        return MemberStream(_Inside(container.reader(entry), _shown(member)), on_complete)


def read_slices(member: Member, ranges: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    """Exact bytes of ascending, non-overlapping half-open ranges; a range past the end raises IntegrityError.

    Random access where the bytes stand uncompressed (a plain file, a stored member), else one pass forward. Memory: the
    largest range.
    """
    with _sentences(member):
        extent, close = _random_access(member)
    if extent is None:
        yield from _slices_forward(member, ranges)
        return
    try:
        for start, end in ranges:
            data = read_at(extent, start, end - start)
            _expect(member, start, end, len(data))
            yield data
    finally:
        close()


def _random_access(member: Member) -> tuple[Extent | None, Callable[[], object]]:
    if not member.path:
        file = FileExtent(member.original.path)
        return file, file.close
    container, entry = _found(member)
    return container.extent(entry), lambda: None


def _slices_forward(member: Member, ranges: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    position = 0
    with open_member(member) as stream:
        for start, end in ranges:
            while position < start and (skipped := len(stream.read(min(_READ, start - position)))):
                position += skipped
            data = stream.read(end - start) if position == start else b""
            position += len(data)
            _expect(member, start, end, len(data))
            yield data


def _expect(member: Member, start: int, end: int, found: int) -> None:
    if found != end - start:
        raise IntegrityError(
            f"{_shown(member)} no longer holds bytes {start} to {end}; it did when it was read first. "
            "Nothing was taken from there. Compare the file with the copy it came from."
        )


def _found(member: Member) -> tuple[Container, Entry]:
    *steps, last = member.path.split("!/")
    container = container_at(member.original, tuple(steps))
    return container, entry_of(container, last)


@contextmanager
def _sentences(member: Member) -> Iterator[None]:
    try:
        yield
    except ArchiveError as error:
        raise IntegrityError(f"{_shown(member)} could not be read: {error}. The archive is kept as it is.") from error
    except OSError as error:
        raise type(error)(f"{_shown(member)} could not be read. {error.strerror or error}.") from error


def _shown(member: Member) -> str:
    return member.original.relpath + (f"!/{member.path}" if member.path else "")
