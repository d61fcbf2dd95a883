"""Names found in evidence, made safe to show, to store and to use as paths in a tree that is never written to disk.

A name is hostile input: it may climb (`../../x`), start at the root, name a drive, hold control characters that a
terminal obeys, or bytes that are no text. The encoding here is one-to-one and reversible by eye: `%` and hex digits.
"""

from __future__ import annotations

import os
import re
from collections.abc import Container

# C0, DEL, C1, line and paragraph separators, bidirectional controls, lone surrogates: what must never reach a
# terminal, a report or a UTF-8 encoder as it stands. U+200D stays: emoji are joined with it.
_UNSAFE = "\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_SHOWN = re.compile(f"[{_UNSAFE}]")
_COMPONENT = re.compile(f"[%{_UNSAFE}]|!(?=/)")
_DRIVE = re.compile(r"^[A-Za-z]:")


def shown(text: str) -> str:
    """The text with control characters, bidirectional controls and undecodable bytes written as %XX."""
    return _SHOWN.sub(_percent, text)


def component(name: str) -> str:
    """One step of a member path: as `shown`, and `%` and the `!` of `!/` are encoded too, so that nothing is ambiguous.

    A file without a name becomes "%00": an empty step would mean the archive itself.
    """
    return _COMPONENT.sub(_percent, name) or "%00"


def _percent(match: re.Match[str]) -> str:
    raw = match[0].encode("utf-8", "surrogateescape" if "\udc80" <= match[0] <= "\udcff" else "surrogatepass")
    return "".join(f"%{byte:02X}" for byte in raw)


def disk_name(name: str) -> str:
    """A file name from the disk as reports show it: unchanged unless it needs encoding, then `%` is encoded too."""
    return _COMPONENT.sub(_percent, name) if _SHOWN.search(name) else name


def tree_path(raw: str, backslash_splits: bool = False) -> tuple[str, list[str]]:
    """A relative "/"-separated path without tricks for a name from an archive, and what was odd about the name.

    Steps that climb stay as visible text (`%2E%2E`), roots and drives lose their meaning, nothing is resolved away, so
    two different names give two different paths in all but contrived cases (the caller keeps those apart).
    """
    odd: list[str] = []
    if "\\" in raw and backslash_splits:
        raw = raw.replace("\\", "/")
        odd.append("uses backslashes between folders")
    if raw.startswith("/"):
        odd.append("is an absolute path")
    steps = [step for step in raw.split("/") if step not in ("", ".")]
    if ".." in steps:
        odd.append("tries to climb out of its folder")
    if steps and _DRIVE.match(steps[0]):
        odd.append("names a drive")
        steps[0] = steps[0].replace(":", "%3A", 1)
    if _SHOWN.search(raw):
        odd.append("holds characters that are not text")
    path = "/".join("%2E%2E" if step == ".." else shown(step) for step in steps)
    return path or "%00", odd


def unique(path: str, taken: Container[str]) -> str:
    """`path`, or `path%232`, `path%233` … when it is taken (`%23` is "#", which no literal name encodes that way)."""
    if path not in taken:
        return path
    number = 2
    while f"{path}%23{number}" in taken:
        number += 1
    return f"{path}%23{number}"


def byte_order(name: str) -> bytes:
    """The sort key of a file name: its bytes, so that no locale decides the order."""
    return os.fsencode(name) if os.name == "posix" else name.encode("utf-8", "surrogatepass")
