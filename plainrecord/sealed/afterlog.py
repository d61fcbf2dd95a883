"""The log kept after sealing, appended to: one writer at a time, on disk before anything is said, never cut short unseen.

A crash in the middle of a line leaves its beginning. The next writer keeps those bytes in a file of their own, takes them
off the log, and the first thing it records is that it did so. A log that is damaged in any other way is not continued.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from plainrecord import __version__
from plainrecord.bundle.checks_custody import BESIDE_LIMIT
from plainrecord.bundle.flushing import flush_folder
from plainrecord.bundle.workshop import wait_for_lock
from plainrecord.custody import CustodyLog, Who
from plainrecord.custody.checking import ChainCheck
from plainrecord.custody.log import EventFields
from plainrecord.errors import IntegrityError, UsageError
from plainrecord.sealed.place import Sealed

Clock = Callable[[], datetime]
_SEAL = re.compile("[0-9a-f]{64}")
TORN = ".custody-after.torn-"
TOOL = {"name": "plainrecord", "version": __version__}


@dataclass(slots=True)
class Continued:
    """The log while it is held: append to `log`; `torn` is where the beginning of a line was put that a crash had left."""

    log: CustodyLog
    torn: Path | None = None


@contextmanager
def continued(
    sealed: Sealed, clock: Clock, who: Who, zone: str = "", *, begin: bool = False, other_seal: bool = False
) -> Iterator[Continued]:
    """The log of `sealed`, held for this process; what was appended is on disk when the block ends without an error.

    With `begin`, a log that is not there is begun; without it, its absence is refused (UsageError), because an earlier one
    may lie elsewhere. With `other_seal`, the log may be of another seal than the one found: for recording that the bundle
    is not the one that was sealed. Raises IntegrityError for a damaged log, OSError when it cannot be written.
    """
    with _opened(sealed.after_log, begin=begin) as file:
        wait_for_lock(file)
        file.seek(0)
        data = file.read(BESIDE_LIMIT + 1)
        if len(data) > BESIDE_LIMIT:
            raise IntegrityError(f"{sealed.after_log.name} is too long to be a custody log. It was not continued.")
        start = (_begun_from(data) if other_seal else None) or sealed.seal
        whole, torn = _split(data, start)
        common: EventFields = {"bundle_id": sealed.bundle_id, "tool": TOOL, "zone": zone or sealed.timezone or "UTC"}
        if sealed.case_ref:
            common["case_ref"] = sealed.case_ref
        lines = (line.decode("utf-8", "surrogateescape") for line in whole.splitlines(keepends=True))
        held = Continued(CustodyLog(lines, clock, start=start, common=common))
        if torn:
            held.torn = _put_aside(sealed, torn)
            _record_torn(held, torn, who)
        yield held
        if held.log.new_lines:
            _append(file, len(whole), "".join(f"{line}\n" for line in held.log.new_lines).encode("utf-8"))
    flush_folder(sealed.after_log.parent)


@contextmanager
def _opened(path: Path, *, begin: bool) -> Iterator[BinaryIO]:
    flags = os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | (os.O_CREAT if begin else 0)
    try:
        descriptor = os.open(path, flags, 0o644)
    except FileNotFoundError:
        raise UsageError(
            f"{path.name} does not lie beside the bundle. Nothing was recorded. Put it there, or, if there is none any more,"
            " begin a new one with --new-log."
        ) from None
    try:
        with os.fdopen(descriptor, "r+b") as file:
            yield file
    finally:
        if begin and path.stat().st_size == 0:
            path.unlink()


def _begun_from(data: bytes) -> str | None:
    """The seal that a log goes on from, by its first line; None when that says none."""
    try:
        stated = json.loads(data.partition(b"\n")[0])["prev_hash"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return stated if isinstance(stated, str) and _SEAL.fullmatch(stated) else None


def _split(data: bytes, seal: str) -> tuple[bytes, bytes]:
    """Whole lines, and the beginning of one that was never finished. A last line that lacks only its end is whole."""
    whole, _, rest = data.rpartition(b"\n")
    whole = data[: len(data) - len(rest)]
    if rest and not any(True for _ in ChainCheck(seal).problems([*whole.splitlines(keepends=True), rest + b"\n"])):
        return data + b"\n", b""
    return whole, rest


def _put_aside(sealed: Sealed, torn: bytes) -> Path:
    number = 1
    while os.path.lexists(path := sealed.beside(f"{TORN}{number}")):
        number += 1
    with path.open("xb") as file:
        file.write(torn)
        file.flush()
        os.fsync(file.fileno())
    return path


def _record_torn(held: Continued, torn: bytes, who: Who) -> None:
    assert held.torn is not None
    digest = hashlib.sha256(torn).hexdigest()
    held.log.append(
        "integrity.discrepancy",
        what=f"The last line of this log was never finished. Its {len(torn)} bytes were kept in {held.torn.name}.",
        why="So that nothing that was written is lost, and the log can go on.",
        who=who,
        result={"status": "partial", "message": "What that line was to say is not known."},
        details={
            "expected": "a line that ends with a line end",
            "found": f"{len(torn)} bytes with SHA-256 {digest}",
            "first_noticed_by": f"plainrecord {__version__}",
            "action": f"kept in {held.torn.name} and taken off the log",
        },
    )


def _append(file: BinaryIO, end: int, data: bytes) -> None:
    """Write behind the last whole line, and wait until it is on disk."""
    if file.seek(0, os.SEEK_END) == end - 1:
        file.write(b"\n")  # the last line lacked nothing but its end
    file.seek(end)
    file.write(data)
    # Last, so that a crash here leaves at worst another beginning of a line, and the next writer says so again.
    file.truncate()
    file.flush()
    os.fsync(file.fileno())
