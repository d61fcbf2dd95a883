"""Where a case keeps captures on disk, and how bytes get there for certain.

    CASE/captures/vault/receipts/C-0001.json   what was stored, signed
    CASE/captures/vault/objects/ab/ab12…       manifests and parts, each under its own SHA-256, read-only
    CASE/captures/service/                     the key, paired browsers, the pairing code, what has only half arrived

Only `vault` is evidence. Nothing in it has an ending, so that nothing starts when it is clicked.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from plainrecord.bundle.flushing import flush_folder
from plainrecord.hashing import hash_file

_READ_ONLY = 0o444


@dataclass(frozen=True, slots=True)
class Vault:
    """The places of one case's captures; `case` is its folder."""

    case: Path

    @property
    def evidence(self) -> Path:
        """The folder that is handed in as a source."""
        return self.case / "captures" / "vault"

    @property
    def objects(self) -> Path:
        """Manifests and parts by content."""
        return self.evidence / "objects"

    @property
    def receipts(self) -> Path:
        """One file for each capture."""
        return self.evidence / "receipts"

    @property
    def service(self) -> Path:
        """What the service needs and no bundle ever holds."""
        return self.case / "captures" / "service"

    @property
    def incoming(self) -> Path:
        """Parts that have not arrived wholly."""
        return self.service / "incoming"

    def make(self) -> None:
        """Make the folders; those of the service are for their owner alone."""
        for folder in (self.objects, self.receipts):
            folder.mkdir(parents=True, exist_ok=True)
        self.incoming.mkdir(parents=True, exist_ok=True)
        self.service.chmod(0o700)

    def object(self, sha256: str) -> Path:
        """Where the bytes of that digest stand."""
        return self.objects / sha256[:2] / sha256

    def holds(self, sha256: str, size: int) -> bool:
        """Whether these bytes are there, by name and length."""
        try:
            return self.object(sha256).stat().st_size == size
        except OSError:
            return False

    def put(self, sha256: str, data: bytes) -> None:
        """Keep small bytes (a manifest) under their digest; there already is as good as put."""
        if not self.holds(sha256, len(data)):
            waiting = self.incoming / f"object-{sha256}"
            write_synced(waiting, data)
            self.take(waiting, sha256)

    def take(self, waiting: Path, sha256: str) -> None:
        """Let a file that is complete and on the disk become the object of that digest."""
        target = self.object(sha256)
        made = not target.parent.exists()
        target.parent.mkdir(exist_ok=True)
        waiting.chmod(_READ_ONLY)
        waiting.replace(target)
        flush_folder(target.parent)
        if made:
            flush_folder(self.objects)

    def sound(self, sha256: str, size: int) -> bool:
        """Whether the object is there and its bytes still have that digest."""
        if not self.holds(sha256, size):
            return False
        return hash_file(self.object(sha256)).sha256 == sha256

    def free_bytes(self) -> int:
        """Room on the disk of the case."""
        return shutil.disk_usage(self.case).free


def write_synced(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, and stays through a power cut."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)
