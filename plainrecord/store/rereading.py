"""Hash the originals of a case again in a thread of its own, beside what is written of them meanwhile.

Begun when no record is to be loaded any more, ended before anything is said about the originals: what was written in
between needs none of their bytes, and hashing gives up the interpreter lock. Reads files only; the case is asked before
and told after, by the caller's thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from threading import Event, Thread

from plainrecord.store import originals
from plainrecord.store.adding import Progress

# How often the caller's progress is told while it waits.
_EVERY = 0.2


class _StoppedError(Exception):
    """The build was given up."""


class Rereading:
    """One pass over the originals of some sources: `begin`, then `end`; `stop` at any time, whatever happened."""

    def __init__(self, db: sqlite3.Connection, sources: Sequence[int], progress: Progress | None) -> None:
        self._db = db
        self._sources = sources
        self._progress = progress
        self._thread: Thread | None = None
        self._given_up = Event()
        self._done = Event()
        self._todo: list[tuple[int, originals.Known]] = []
        self._found: list[originals.Again] = []
        self._failure: BaseException | None = None
        self._now: tuple[str, int, int | None] = ("", 0, None)

    def begin(self) -> None:
        """Start reading."""
        self._todo = [(source, known) for source in self._sources for known in originals.stored(self._db, source)]
        self._thread = Thread(target=self._run, name="plainrecord-reread", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Wait for the last byte and put what was found into the case."""
        while not self._done.wait(_EVERY):
            if self._progress and self._now[0]:
                self._progress(*self._now)
        if self._failure:
            raise self._failure
        for (source, known), again in zip(self._todo, self._found, strict=True):
            originals.keep(self._db, source, known, again)

    def stop(self) -> None:
        """Let go of the files; does nothing when all was read."""
        self._given_up.set()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        try:
            for _, known in self._todo:
                self._found.append(originals.hash_again(known.original, self._tell))
        except _StoppedError:
            pass
        except BaseException as error:  # noqa: BLE001 - crosses the thread border as a value; `end` raises it
            self._failure = error
        finally:
            self._done.set()

    def _tell(self, name: str, done: int, total: int | None) -> None:
        if self._given_up.is_set():
            raise _StoppedError
        self._now = (name, done, total)
