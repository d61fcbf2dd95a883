"""Working folders beside a target: held by a lock while in use, and swept away once the process that made them is gone."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plainrecord.errors import PlainrecordError

_PREFIX = ".plainrecord-"
_LOCK = "in-use"


@contextmanager
def working_folder(beside: Path) -> Iterator[Path]:
    """A new private folder below `beside`, removed afterwards; leftovers of killed runs are removed first.

    Raises PlainrecordError with one sentence when `beside` cannot be written to.
    """
    folder, lock = beside / f"{_PREFIX}{secrets.token_hex(6)}", -1
    try:
        # Ctrl-C can come between any two steps, so everything from the folder's first moment on is undone below.
        try:
            beside.mkdir(parents=True, exist_ok=True)
            sweep(beside)
            folder.mkdir(mode=0o700)
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise PlainrecordError(
                f"{beside} cannot be written to ({error.strerror or error}). Nothing was made; choose another folder with --out."
            ) from None
        try_lock(lock)
        yield folder
    finally:
        if lock >= 0:
            os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


def sweep(beside: Path) -> None:
    """Remove working folders whose process is gone (their lock is free)."""
    for folder in sorted(beside.glob(f"{_PREFIX}*")):
        try:
            lock = os.open(folder / _LOCK, os.O_RDWR)
        except OSError:
            continue
        free = try_lock(lock)
        os.close(lock)
        if free:
            shutil.rmtree(folder, ignore_errors=True)


def try_lock(descriptor: int) -> bool:
    """Take an exclusive lock on an open file without waiting; the system frees it when the process ends."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
