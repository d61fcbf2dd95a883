"""How much an archive may ask of this machine, and the running count of what it has asked for.

Every limit ends in one sentence that names the file and the limit. The defaults let any real download through: they
are far above the largest export of a mail provider and far below what a decompression bomb needs to do harm.
"""

from __future__ import annotations

from dataclasses import dataclass


class ArchiveError(Exception):
    """An archive, or a file in one, cannot be read: `str()` says why, as the end of a sentence about it."""


class LimitError(ArchiveError):
    """A limit was reached: the archive is refused, not broken."""


class TooLargeError(LimitError):
    """More would have to be unpacked at once than `spool_bytes`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one source.

    `depth`: archives inside archives. `members`: files in all archives together. `total_bytes`: their unpacked size.
    `ratio`: unpacked to packed size, for one file above `ratio_floor` bytes and for a whole archive above ten times
    that. `spool_bytes`: what is unpacked at once to look inside an inner archive; up to `spool_memory` in memory, above
    that in a nameless temporary file of the system, which vanishes with the process.
    """

    depth: int = 4
    members: int = 250_000
    total_bytes: int = 1 << 40
    ratio: int = 200
    ratio_floor: int = 64 << 20
    spool_bytes: int = 2 << 30
    spool_memory: int = 32 << 20

    def check_ratio(self, unpacked: int, packed: int, floor_times: int = 1) -> None:
        """Raise LimitError when so many bytes came, or are said to come, from so few."""
        if unpacked > self.ratio_floor * floor_times and unpacked > self.ratio * max(packed, 1):
            raise LimitError(
                f"it unpacks to more than {self.ratio} times its size, which ordinary files do not (a decompression bomb)"
            )


class Budget:
    """What the archives of one source have used of its limits so far."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._members = 0
        self._bytes = 0

    def deeper(self, depth: int) -> None:
        """Raise LimitError when an archive at this depth (1 = the file handed in) is one too many."""
        if depth > self.limits.depth:
            raise LimitError(f"it lies more than {self.limits.depth} archives deep")

    def files(self, count: int) -> None:
        """Count files of an archive; raises LimitError past the limit."""
        self._members += count
        if self._members > self.limits.members:
            raise LimitError(f"there are more than {self.limits.members} files inside the archives of this source")

    def bytes(self, count: int) -> None:
        """Count unpacked bytes; raises LimitError past the limit."""
        self._bytes += count
        if self._bytes > self.limits.total_bytes:
            raise LimitError(f"the archives of this source unpack to more than {self.limits.total_bytes} bytes")
