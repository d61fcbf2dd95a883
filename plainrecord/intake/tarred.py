"""Tar archives, plain or compressed, through `tarfile`'s header reader only: nothing is ever extracted.

A damaged or cut tar keeps the files before the damage; `tarfile` alone would end there in silence.
"""

from __future__ import annotations

import io
import tarfile

from plainrecord.intake.containers import Entry
from plainrecord.intake.extents import Extent, ExtentReader, Reader, WindowExtent, read_at
from plainrecord.intake.limits import ArchiveError, LimitError, Limits
from plainrecord.intake.listing import Fate
from plainrecord.intake.names import component, unique
from plainrecord.intake.unpacking import Checked

# tarfile reads long names and pax records in one piece of the size their header states.
_HEADER_MOST = 1 << 20


class _TarView(io.RawIOBase):
    """An extent as the seekable file `tarfile` wants; headers of absurd size are refused instead of allocated."""

    def __init__(self, extent: Extent) -> None:
        self._extent = extent
        self._at = 0

    def read(self, size: int = -1, /) -> bytes:
        if size < 0 or size > _HEADER_MOST:
            raise tarfile.ReadError("a header is larger than any real one")
        data = read_at(self._extent, self._at, size)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("only absolute positions")
        self._at = offset
        return offset

    def tell(self) -> int:
        return self._at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


class TarArchive:
    """The files of a tar archive. Raises ArchiveError when not even its first header can be read, LimitError past a limit."""

    name = "a tar archive"
    document: str | None = None
    flat = False

    def __init__(self, extent: Extent, limits: Limits, damage: str | None = None) -> None:
        self._extent = extent
        self.damage = damage
        self.entries: list[Entry] = []
        self._spans: list[tuple[int, int]] = []
        self._taken: set[str] = set()
        self._list(limits)
        self._by_step = {entry.step: entry for entry in self.entries}

    def entry(self, step: str) -> Entry | None:
        return self._by_step.get(step)

    def reader(self, entry: Entry) -> Reader:
        start, size = self._span(entry)
        return Checked(ExtentReader(WindowExtent(self._extent, start, size)), size, None)

    def extent(self, entry: Entry) -> Extent | None:
        return WindowExtent(self._extent, *self._span(entry))

    def _span(self, entry: Entry) -> tuple[int, int]:
        if entry.fate is not None:
            raise ArchiveError(entry.reason)
        return self._spans[entry.at]

    def _list(self, limits: Limits) -> None:
        view = _TarView(self._extent)
        try:
            with tarfile.TarFile(fileobj=view, mode="r", encoding="utf-8", errors="surrogateescape") as tar:
                while (info := tar.next()) is not None:
                    # tarfile keeps every header it has seen; 100,000 of them are a hundred megabytes.
                    vars(tar)["members"].clear()
                    self._add(info)
                    if len(self.entries) > limits.members:
                        raise LimitError(f"it lists more than {limits.members} files")
                ending = read_at(self._extent, tar.offset, tarfile.BLOCKSIZE)
        except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
            self._stop(self.damage or "it is cut off or damaged", error)
            return
        except LimitError:
            raise
        except ArchiveError as error:
            self._stop(str(error), error)
            return
        if self.damage or ending.strip(b"\0"):
            self._stop(self.damage or "it is damaged", None)
        elif not ending:
            self.damage = "its end mark is missing, so more files may have stood behind the last one"

    def _stop(self, why: str, error: Exception | None) -> None:
        if not self.entries:
            raise ArchiveError(why) from error
        self.damage = f"{why} after {len(self.entries)} files; what stands behind them could not be read"

    def _add(self, info: tarfile.TarInfo) -> None:
        if info.isdir():
            return
        if info.size < 0:
            raise ArchiveError("it is damaged")
        step = unique(component(info.name), self._taken)
        odd = (
            () if step == component(info.name) else ("has the same name as another file of the archive; both are kept",)
        )
        self._taken.add(step)
        fate, reason = _verdict(info)
        modified = int(info.mtime * 1_000_000_000)
        self.entries.append(Entry(step, info.name, info.size, modified, fate, reason, odd, len(self._spans)))
        self._spans.append((info.offset_data, info.size))


def _verdict(info: tarfile.TarInfo) -> tuple[Fate | None, str]:
    if info.issym():
        return Fate.REFUSED, "is a link to another place, not a file; it was not followed"
    if info.islnk():
        return Fate.REFUSED, "is a second name for another file of the archive; that file is read under its own name"
    if info.isdev():
        return Fate.REFUSED, "is a device or a pipe, not a file"
    if info.issparse():
        return Fate.KNOWN_UNSUPPORTED, "is stored as a sparse file, which is not read here; unpack the archive first"
    return (None, "") if info.isfile() else (Fate.KNOWN_UNSUPPORTED, "is of a kind that only its own tar program knows")
