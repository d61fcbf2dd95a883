"""Large pieces made by other processes, handed over in files: a pipe between processes costs several times as much."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

# Smaller pieces travel with what they belong to.
_LARGE = 32 << 10

# Bytes, or where they stand: name of a file, offset and length.
Blob = bytes | tuple[str, int, int]


def put(folder: str, pieces: tuple[bytes, ...]) -> tuple[Blob, ...]:
    """The pieces as they travel: in another process than the first, large ones in a file of its own in `folder`."""
    if multiprocessing.parent_process() is None or max(map(len, pieces)) < _LARGE:
        return pieces
    name = f"pieces-{os.getpid()}"
    with Path(folder, name).open("ab") as file:
        at = file.tell()
        file.writelines(pieces)
    placed: list[Blob] = []
    for piece in pieces:
        placed.append((name, at, len(piece)))
        at += len(piece)
    return tuple(placed)


def get(folder: Path, blob: Blob) -> bytes:
    """The bytes of a piece. Raises EOFError when the file does not hold them."""
    if isinstance(blob, bytes):
        return blob
    name, at, length = blob
    with (folder / name).open("rb", buffering=0) as file:
        file.seek(at)
        data = file.read(length)
    if len(data) != length:
        raise EOFError(f"{name} ends before {at + length}")
    return data


def size(blob: Blob) -> int:
    """How much of it is held in memory."""
    return len(blob) if isinstance(blob, bytes) else 0
