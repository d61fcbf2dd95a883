"""Where a bundle is built before it appears: a locked folder beside the target, and the one rename that ends it.

Nothing of a bundle is ever at the target before it is whole. A run that was killed leaves its `.part` folder; the next
run in the same place removes it, but only when its lock shows that nobody is at work in it.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from plainrecord.bundle.flushing import flush_file, flush_folder
from plainrecord.errors import UsageError

_PART = re.compile(r"\.(.+)\.part")
_LOCK = "in-use.lock"
HANDOVER = ".handover.txt"
HANDOVER_PDF = ".handover.pdf"
AFTER_LOG = ".custody-after.jsonl"
# What stands beside a bundle, in the order it appears. The sheet as a PDF is not always made.
BESIDE = (HANDOVER, HANDOVER_PDF, AFTER_LOG)


def place_of(bundle: Path) -> Path:
    """Where a sealed bundle lies, with its own name in it: a person may stand inside it, and call it "." or ".."."""
    return bundle.resolve()


class Workshop:
    """A folder to build one bundle in: `bag` for the bag, `spool` for sorting, and files that go beside the target."""

    def __init__(self, out: Path, bundle_id: str) -> None:
        self.out = out
        self.bundle_id = bundle_id
        self.folder = out / f".{bundle_id}.part"
        self.bag = self.folder / bundle_id
        self.spool = self.folder / "spool"

    def beside(self, suffix: str) -> Path:
        """Where a finished file that goes beside the bundle is put until the end."""
        return self.folder / f"{self.bundle_id}{suffix}"

    def publish(self, made: Path) -> Path:
        """Let the bundle appear: first the sheets beside it, then the bundle itself by one rename. Returns its path."""
        target = self.out / made.name
        moved: list[Path] = []
        try:
            for suffix in (one for one in BESIDE if self.beside(one).exists()):
                flush_file(self.beside(suffix))
                moved.append(self.beside(suffix).rename(self.out / f"{self.bundle_id}{suffix}"))
            if made.is_file():
                flush_file(made)
            made.rename(target)
        except BaseException:
            for path in moved:
                path.unlink(missing_ok=True)
            raise
        flush_folder(self.out)
        return target


@contextmanager
def workshop(out: Path, bundle_id: str) -> Iterator[Workshop]:
    """A fresh workshop beside the target, removed at the end whatever happens.

    Removes what killed runs left in `out`. Raises UsageError when something of that name is there already.
    """
    out.mkdir(parents=True, exist_ok=True)
    clear_dead(out)
    for taken in (
        bundle_id,
        f"{bundle_id}.zip",
        *(bundle_id + suffix for suffix in BESIDE),
        f".{bundle_id}.part",
    ):
        if os.path.lexists(out / taken):
            raise UsageError(
                f"{out} already holds “{taken}”. It was left as it is; nothing was written. Choose another folder."
            )
    shop, ours = Workshop(out, bundle_id), True
    try:
        # Ctrl-C can come right behind this step too: what is not another's is removed below.
        try:
            shop.folder.mkdir()
        except OSError:
            ours = False
            raise
        with (shop.folder / _LOCK).open("xb") as lock:
            try_lock(lock)
            try:
                shop.bag.mkdir()
                shop.spool.mkdir()
                yield shop
            finally:
                _empty(shop.folder)
    finally:
        if ours and shop.folder.exists():
            _remove(shop.folder)


def clear_dead(out: Path) -> None:
    """Remove the workshops of runs that were killed. One without a lock file, or with a held one, is left alone."""
    for folder in sorted(out.glob(".*.part")):
        named = _PART.fullmatch(folder.name)
        if named is None or folder.is_symlink() or not (folder / _LOCK).is_file():
            continue
        with (folder / _LOCK).open("r+b") as lock:
            if not try_lock(lock):
                continue
            _withdraw_sheets(out, named.group(1))
            _empty(folder)
        _remove(folder)


def _withdraw_sheets(out: Path, bundle_id: str) -> None:
    # Killed between its sheets and its bundle: sheets without a bundle would vouch for something that never was.
    if not (out / bundle_id).exists() and not (out / f"{bundle_id}.zip").exists():
        for suffix in BESIDE:
            (out / f"{bundle_id}{suffix}").unlink(missing_ok=True)


def _empty(folder: Path) -> None:
    # The lock goes last: a folder without one is never touched again, so it must not lose it while it holds anything.
    for entry in sorted(folder.iterdir()):
        if entry.name == _LOCK:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _remove(folder: Path) -> None:
    # Windows cannot delete a file that is open, so this stands after the lock was closed.
    (folder / _LOCK).unlink(missing_ok=True)
    folder.rmdir()


if sys.platform == "win32":
    import msvcrt

    def try_lock(file: BinaryIO) -> bool:
        """Take the lock on an open file without waiting; it ends with the file or the process."""
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def wait_for_lock(file: BinaryIO) -> None:
        """Wait for the lock on an open file. Raises OSError when somebody keeps it for long."""
        # Far behind the end: Windows lets nobody read what is locked.
        at = file.tell()
        file.seek(1 << 40)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        file.seek(at)

else:
    import fcntl

    def try_lock(file: BinaryIO) -> bool:
        """Take the lock on an open file without waiting; it ends with the file or the process."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def wait_for_lock(file: BinaryIO) -> None:
        """Wait for the lock on an open file; it ends with the file or the process."""
        fcntl.flock(file, fcntl.LOCK_EX)
