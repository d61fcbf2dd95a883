"""One bag as one zip: entries in order of name, fixed dates and rights, so that the same bag gives the same zip."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from plainrecord.bundle.zipping_ahead import BLOCK, LONGEST, Ahead

# What is packed already does not get smaller, only slower.
_PACKED = frozenset(f".{ending}" for ending in "jpg png gif webp heic avif m4a mov 3gp mp4 mkv ogg mp3 flac".split())
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_FILE_RIGHTS = 0o100644 << 16
# The largest upload some evidence systems take.
LARGE = 4_000_000_000


def write_zip(root: Path, target: Path, workers: int = 1) -> str:
    """Pack the folder `root` under its own name into the new file `target`; returns the zip's SHA-256.

    The bytes do not depend on `workers`.
    """
    paths = sorted(_files(root))
    with (
        zipfile.ZipFile(target, "x", allowZip64=True) as archive,
        Ahead(root, (path for path in paths if _worth(root / path)), workers - 1) as ahead,
    ):
        for path in paths:
            _pack(archive, root, path, ahead.take(path))
    with target.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _worth(path: Path) -> bool:
    return path.suffix not in _PACKED and path.stat().st_size <= LONGEST


class _Made:
    """Stands in the place of what deflates an entry when that is done."""

    def __init__(self, deflated: bytes) -> None:
        self._deflated = deflated

    def compress(self, _data: bytes) -> bytes:
        return b""

    def flush(self) -> bytes:
        return self._deflated


def _pack(archive: zipfile.ZipFile, root: Path, path: str, deflated: bytes | None) -> None:
    entry = zipfile.ZipInfo(f"{root.name}/{path}", _EPOCH)
    entry.create_system = _UNIX
    entry.external_attr = _FILE_RIGHTS
    entry.compress_type = zipfile.ZIP_STORED if Path(path).suffix in _PACKED else zipfile.ZIP_DEFLATED
    source = root / path
    # Told beforehand, zipfile uses the 64-bit form only for the files that need it.
    entry.file_size = source.stat().st_size
    with source.open("rb") as file, archive.open(entry, "w") as packed:
        # Where a later Python names it otherwise, what was made ahead is made again.
        if deflated is not None and hasattr(packed, "_compressor"):
            packed._compressor = _Made(deflated)  # noqa: SLF001 - the library takes no deflated bytes, and keeps its counts here
        shutil.copyfileobj(file, packed, BLOCK)


def _files(root: Path) -> Iterator[str]:
    for folder, _, names in os.walk(root):
        for name in names:
            yield (Path(folder) / name).relative_to(root).as_posix()
