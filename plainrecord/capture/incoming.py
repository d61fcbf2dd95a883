"""Parts on their way: how many bytes of each are there, the next ones, and what they hash to once all have come.

The file of a part is named by the SHA-256 of capture and part name, so that no name a client sends becomes a path. Bytes
count as held only when they are on the disk; a piece that could not be written wholly is taken back.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from plainrecord.bundle.flushing import flush_folder
from plainrecord.capture.limits import Limits
from plainrecord.capture.vault import Vault
from plainrecord.errors import PlainrecordError
from plainrecord.hashing import hash_file


class NoRoomError(PlainrecordError):
    """The disk would be fuller than the reserve allows."""

    def __init__(self, free: int, needs: int) -> None:
        super().__init__(
            "There is not enough room on the disk of the case. Nothing of this piece was kept; make room and go on."
        )
        self.free, self.needs = free, needs


class OffsetError(PlainrecordError):
    """A piece does not go on where the bytes that are held end."""

    def __init__(self, have: int) -> None:
        super().__init__("The piece does not go on where the bytes held so far end.")
        self.have = have


@dataclass(frozen=True, slots=True)
class Incoming:
    """The half-arrived parts of a case."""

    vault: Vault
    limits: Limits

    def path(self, capture: str, name: str) -> Path:
        """The file a part waits in."""
        return self.vault.incoming / hashlib.sha256(f"{capture}/{name}".encode()).hexdigest()

    def have(self, capture: str, name: str) -> int:
        """The bytes held of a part."""
        try:
            return self.path(capture, name).stat().st_size
        except FileNotFoundError:
            return 0

    def room(self) -> int:
        """Bytes that may still be taken in."""
        return max(0, self.vault.free_bytes() - self.limits.reserve_bytes)

    def need_room(self, needs: int) -> None:
        """Raises NoRoomError when so many bytes would not fit."""
        room = self.room()
        if needs > room:
            raise NoRoomError(room, needs)

    def append(self, capture: str, name: str, offset: int, piece: bytes) -> int:
        """Add a piece and have it on the disk; how many bytes are held then. Raises OffsetError, NoRoomError, OSError."""
        path = self.path(capture, name)
        have = self.have(capture, name)
        if offset != have:
            raise OffsetError(have)
        self.need_room(len(piece))
        with path.open("ab") as file:
            try:
                file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                _take_back(path, have)
                raise
        if not have:
            flush_folder(path.parent)
        return have + len(piece)

    def digest(self, capture: str, name: str) -> str:
        """The SHA-256 of what is held, read from the disk."""
        return hash_file(self.path(capture, name)).sha256

    def drop(self, capture: str, name: str) -> None:
        """Throw a part away."""
        self.path(capture, name).unlink(missing_ok=True)

    def waiting_bytes(self) -> int:
        """How much lies here and belongs to no capture yet."""
        folder = self.vault.incoming
        return sum(path.stat().st_size for path in folder.iterdir()) if folder.exists() else 0


def _take_back(path: Path, length: int) -> None:
    if length:
        os.truncate(path, length)
    else:
        path.unlink(missing_ok=True)
