"""Long work and how far it has come: a process of its own, told and asked about through `work.json` in the case folder.

The work goes on when the browser is closed and when the server ends. Where both were cut off, `Work.look` finds that nobody
holds the lock any more and starts the same work again; reading and building can both be begun anew at any time.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from plainrecord.store.working import try_lock

FILE_NAME = "work.json"
LOCK_FILE = "work.lock"
_MOST_ATTEMPTS = 3
_TRIES = 40
Done = TypeVar("Done")

Job = Literal["read", "make"]


@dataclass(frozen=True, slots=True)
class State:
    """One piece of work. `step` is where it is; `done` of `total` (None: not known) with `seconds` in this step.

    `state`: running, done, failed (`says` why), asks (`question` and what it is about), stopped. `results` are what the
    server has to note when it is done, and `noted` that it has.
    """

    job: Job
    state: str = "running"
    step: str = "begin"
    what: str = ""
    done: int = 0
    total: int | None = None
    seconds: float = 0.0
    pid: int = 0
    attempts: int = 1
    says: str = ""
    question: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    results: list[dict[str, Any]] = field(default_factory=list)
    noted: bool = False

    @property
    def minutes_left(self) -> int | None:
        """Whole minutes this step will take at its pace so far, at least one; None while nobody can tell."""
        if not self.total or self.done <= 0 or self.seconds < 1 or self.done >= self.total:
            return None
        return max(1, round(self.seconds * (self.total - self.done) / self.done / 60))


def read_state(folder: Path) -> State | None:
    """The last work of a case folder, None when there was none."""
    try:
        return State(**json.loads(_patiently((folder / FILE_NAME).read_text)))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def write_state(folder: Path, state: State) -> None:
    """Keep the state, whole or not at all."""
    part = folder / f"{FILE_NAME}.{os.getpid()}.part"
    part.write_text(json.dumps(asdict(state)), encoding="ascii")
    _patiently(lambda: part.replace(folder / FILE_NAME))


def _patiently(do: Callable[[], Done]) -> Done:
    """Do it, also where another process has the file open for a moment, which Windows does not allow."""
    for _ in range(_TRIES):
        try:
            return do()
        except PermissionError:
            time.sleep(0.05)
    return do()


@contextmanager
def hold(folder: Path) -> Iterator[bool]:
    """Hold the work of a folder for as long as the block runs; False when another process does."""
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield try_lock(descriptor)
    finally:
        os.close(descriptor)


class Work:
    """The work of one case folder, as the server sees it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: subprocess.Popen[bytes] | None = None

    def look(self) -> State | None:
        """How far it is. Work that was cut off is begun again, three times at most."""
        state = read_state(self._folder)
        if state is None or state.state != "running" or self._alive():
            return state
        # It may have ended between the two looks.
        state = read_state(self._folder)
        if state is None or state.state != "running":
            return state
        if state.attempts >= _MOST_ATTEMPTS:
            failed = replace(state, state="failed", says="The work was cut off three times. Nothing was changed.")
            write_state(self._folder, failed)
            return failed
        return self._start(replace(state, attempts=state.attempts + 1))

    def begin(self, job: Job, **options: Any) -> None:
        """Start work, unless some is already under way."""
        now = self.look()
        if now is None or now.state != "running":
            self._start(State(job, options=options))

    def running(self) -> bool:
        """Whether work is under way, so that nobody else may open the case."""
        state = self.look()
        return state is not None and state.state == "running"

    def stop(self) -> None:
        """End the work. Nothing half-made is left, and it can be begun again."""
        state = self.look()
        if state is None or state.state != "running":
            return
        pid = self._child.pid if self._child else state.pid
        if pid:
            os.kill(pid, signal.SIGTERM)
        if self._child:
            self._child.wait(10)
        write_state(self._folder, replace(state, state="stopped"))

    def _start(self, state: State) -> State:
        write_state(self._folder, state)
        apart: dict[str, Any] = (
            {"creationflags": 0x00000008 | 0x00000200} if os.name == "nt" else {"start_new_session": True}
        )
        self._child = subprocess.Popen(  # noqa: S603 - our own program, with a folder of ours
            [*_ourselves(), "guide-work", str(self._folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A program in one file unpacks itself; its child must do so for itself, or lose its files with its parent.
            env={**os.environ, "PYINSTALLER_RESET_ENVIRONMENT": "1"},
            **apart,
        )
        return state

    def _alive(self) -> bool:
        if self._child is not None and self._child.poll() is None:
            return True
        with hold(self._folder) as free:
            return not free


def _ourselves() -> list[str]:
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "plainrecord"]
