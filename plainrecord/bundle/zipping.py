"""One bag as one zip: entries in order of name, fixed dates and rights, so that the same bag gives the same zip."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

# What is packed already does not get smaller, only slower.
_PACKED = frozenset(f".{ending}" for ending in "jpg png gif webp heic avif m4a mov 3gp mp4 mkv ogg mp3 flac".split())
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_FILE_RIGHTS = 0o100644 << 16
_BLOCK = 1 << 20
# The largest upload some evidence systems take.
LARGE = 4_000_000_000


def write_zip(root: Path, target: Path) -> str:
    """Pack the folder `root` under its own name into the new file `target`; returns the zip's SHA-256."""
    with zipfile.ZipFile(target, "x", allowZip64=True) as archive:
        for path in sorted(_files(root)):
            _pack(archive, root, path)
    with target.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack(archive: zipfile.ZipFile, root: Path, path: str) -> None:
    entry = zipfile.ZipInfo(f"{root.name}/{path}", _EPOCH)
    entry.create_system = _UNIX
    entry.external_attr = _FILE_RIGHTS
    entry.compress_type = zipfile.ZIP_STORED if Path(path).suffix in _PACKED else zipfile.ZIP_DEFLATED
    source = root / path
    # Told beforehand, zipfile uses the 64-bit form only for the files that need it.
    entry.file_size = source.stat().st_size
    with source.open("rb") as file, archive.open(entry, "w") as packed:
        shutil.copyfileobj(file, packed, _BLOCK)


def _files(root: Path) -> Iterator[str]:
    for folder, _, names in os.walk(root):
        for name in names:
            yield (Path(folder) / name).relative_to(root).as_posix()
