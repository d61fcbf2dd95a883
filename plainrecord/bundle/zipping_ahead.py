"""Files deflated on other threads before it is their turn in a zip: deflating lets go of the interpreter lock.

Gives the very bytes the standard library's `zipfile` would write, or nothing, and then whoever asks does it as always.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from threading import Condition, Thread
from types import TracebackType

BLOCK = 1 << 20
# A file is held in memory deflated: larger ones are left to the one who writes, and so much may wait in all.
LONGEST = 32 << 20
_HELD = 64 << 20


class Ahead:
    """Deflates the files of `root` named in `paths` in that order, on so many `threads`, while its block lasts."""

    def __init__(self, root: Path, paths: Iterable[str], threads: int) -> None:
        self._root = root
        self._waiting = deque(paths)
        self._begun: set[str] = set()
        self._ready: dict[str, bytes | Exception] = {}
        self._held = 0
        self._changed = Condition()
        self._threads = [Thread(target=self._run, name="plainrecord-deflate", daemon=True) for _ in range(threads)]

    def __enter__(self) -> Ahead:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def take(self, path: str) -> bytes | None:
        """The deflated bytes of a file, in the order of the paths; None when nobody has begun with it. Raises what went wrong."""
        with self._changed:
            while self._waiting and self._waiting[0] <= path:
                self._waiting.popleft()
            while path in self._begun and path not in self._ready:
                self._changed.wait()
            found = self._ready.pop(path, None)
            if isinstance(found, bytes):
                self._held -= len(found)
            self._changed.notify_all()
        if isinstance(found, Exception):
            raise found
        return found

    def _run(self) -> None:
        while (path := self._next()) is not None:
            try:
                made: bytes | Exception = _deflated(self._root / path)
            except Exception as error:  # noqa: BLE001 - raised where its turn comes; else one would wait for it for ever
                made = error
            with self._changed:
                self._ready[path] = made
                self._held += len(made) if isinstance(made, bytes) else 0
                self._changed.notify_all()

    def _next(self) -> str | None:
        with self._changed:
            while self._waiting and self._held >= _HELD:
                self._changed.wait()
            if not self._waiting:
                return None
            path = self._waiting.popleft()
            self._begun.add(path)
            return path


def _deflated(path: Path) -> bytes:
    pieces = []
    deflating = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            pieces.append(deflating.compress(block))
    return b"".join([*pieces, deflating.flush()])
