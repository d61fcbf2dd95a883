"""A BagIt 1.0 bag being written: files in, manifests out. Hashes what it writes while it writes it.

It knows names, bytes and digests (RFC 8493), nothing about messages. It writes below its root only, and every path is
checked first, so a bag can be unpacked on any system.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from plainrecord.bundle.flushing import EarlyFlush, flush_tree
from plainrecord.bundle.spool import Spool
from plainrecord.errors import PlainrecordError

LONGEST_PATH = 120
_COMPONENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?<!\.)")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


class UnsafeNameError(PlainrecordError):
    """A path that may not stand in a bag."""


def check_path(path: str, prefix: str = "") -> str:
    """The path, if every component is of `A-Z a-z 0-9 . _ -`, none is special anywhere, and the whole is short enough.

    `prefix` is the name of the bag's own folder, which counts towards the length. Raises UnsafeNameError.
    """
    for part in path.split("/"):
        if not _COMPONENT.fullmatch(part) or _RESERVED.fullmatch(part):
            raise UnsafeNameError(
                f"“{ascii(path)[1:-1]}” may not be the name of a file in a bundle. Nothing was sealed."
            )
    if len(prefix) + 1 + len(path) > LONGEST_PATH:
        raise UnsafeNameError(f"“{path}” is longer than {LONGEST_PATH} characters. Nothing was sealed.")
    return path


class HashedFile:
    """A new file that is hashed (SHA-256) while it is written, and flushed to disk on the way when it is large."""

    def __init__(self, file: BinaryIO, early: EarlyFlush) -> None:
        self._file = file
        self._early = early
        self._begun = 0
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)
        self._flush(closing=False)

    def written(self) -> None:
        """Say that nothing more comes."""
        self._flush(closing=True)

    def _flush(self, *, closing: bool) -> None:
        if self._early.due(self.size - self._begun, closing=closing):
            self._begun = self.size
            self._early.begin(self._file)

    def text(self, text: str) -> None:
        """Append text as UTF-8."""
        self.write(text.encode("utf-8"))

    @property
    def sha256(self) -> str:
        """Lower-case hex digest of what was written so far."""
        return self._hash.hexdigest()


class Bag:
    """One bag below `root` (an empty folder). `spool` is a folder outside it for sorting.

    Write payload files first (`data/…`), then `close_payload()`, then tag files, then `seal()`.
    """

    def __init__(self, root: Path, name: str, spool: Path) -> None:
        self.root = root
        self.name = name
        self._payload = Spool(spool, "payload")
        self._tags = Spool(spool, "tags")
        self._early = EarlyFlush()
        self._folders: set[str] = set()
        self.octets = 0
        self.files = 0
        self.payload_manifest_sha256 = ""

    @contextmanager
    def new(self, path: str) -> Iterator[HashedFile]:
        """A new file at `path` ("/"-separated, below the root); it is entered in its manifest when it is closed.

        Raises UnsafeNameError for a path that may not be, FileExistsError for one that is there already.
        """
        check_path(path, self.name)
        with self._make_folders(path).open("xb") as file:
            hashed = HashedFile(file, self._early)
            yield hashed
            hashed.written()
        self._enter(path, hashed)

    def add(self, path: str, data: bytes) -> str:
        """Write one whole file; returns its SHA-256."""
        with self.new(path) as file:
            file.write(data)
        return file.sha256

    def has(self, path: str) -> bool:
        """Whether a file of that path was written before."""
        return (self.root / path).exists()

    def close_payload(self) -> str:
        """Write `bagit.txt` and the payload manifest; returns the manifest's SHA-256. No payload may follow."""
        self.add("bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        with self.new("manifest-sha256.txt") as manifest:
            for line in self._payload.lines():
                manifest.write(_manifest_line(line))
        self.payload_manifest_sha256 = manifest.sha256
        return manifest.sha256

    def seal(self, info: Iterable[tuple[str, str]]) -> str:
        """Write `bag-info.txt` (with `Payload-Oxum` added) and the tag manifest, flush all to disk, return the seal.

        The seal is the SHA-256 of `tagmanifest-sha256.txt`.
        """
        lines = [*info, ("Payload-Oxum", f"{self.octets}.{self.files}")]
        self.add("bag-info.txt", "".join(_info_line(label, value) for label, value in lines).encode())
        path = self.root / "tagmanifest-sha256.txt"
        with path.open("xb") as file:
            hashed = HashedFile(file, self._early)
            for line in self._tags.lines():
                hashed.write(_manifest_line(line))
        self._early.end()
        flush_tree(self.root)
        return hashed.sha256

    def _make_folders(self, path: str) -> Path:
        folder = path.rpartition("/")[0]
        if folder not in self._folders:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
            self._folders.add(folder)
        return self.root / path

    def _enter(self, path: str, file: HashedFile) -> None:
        entry = f"{path} {file.sha256}".encode("ascii")
        if path.startswith("data/"):
            if self.payload_manifest_sha256:
                raise ValueError("the payload manifest is written already")
            self._payload.add(entry)
            self.octets += file.size
            self.files += 1
        else:
            self._tags.add(entry)


def _manifest_line(entry: bytes) -> bytes:
    path, _, digest = entry.rstrip(b"\n").partition(b" ")
    return digest + b"  " + path + b"\n"


def _info_line(label: str, value: str) -> str:
    # A line feed would let a name typed by a person begin a new label.
    return f"{label}: {' '.join(value.split())}\n"
