"""The work itself, in its own process: read the files that were handed in, or make the bundle and check it.

Writes how far it has come into `work.json`, and nothing into the guide's notes: those are the server's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from plainrecord.building import build
from plainrecord.bundle.verify import verify
from plainrecord.capture.pickup import pick_up
from plainrecord.errors import PlainrecordError
from plainrecord.guide import incidents
from plainrecord.guide.work import State, hold, read_state, write_state
from plainrecord.intake.downloads import downloads_of
from plainrecord.parsers.base import NeedsAnswer
from plainrecord.store import AddResult, Case
from plainrecord.store.case import Clock
from plainrecord.store.continuing import add_continued
from plainrecord.store.withholding import maybe_left_out

READY = "ready"
_EVERY = 0.3


class Reporter:
    """Keeps `work.json` true, a few times a second."""

    def __init__(self, folder: Path, state: State) -> None:
        self._folder, self.state = folder, state
        self._began = self._written = time.monotonic()

    def step(self, name: str, what: str = "") -> None:
        """A new step begins."""
        self._began = time.monotonic()
        self._keep(replace(self.state, step=name, what=what, done=0, total=None, seconds=0.0))

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """`done` of `total` of a part of the step; another part begins the count anew."""
        now = time.monotonic()
        if what != self.state.what:
            self._began = now
        elif now - self._written < _EVERY:
            return
        self._keep(replace(self.state, what=what, done=done, total=total, seconds=round(now - self._began, 1)))

    def end(self, **changes: Any) -> None:
        """The last word on this work."""
        self._keep(replace(self.state, **changes))

    def _keep(self, state: State) -> None:
        self.state, self._written = state, time.monotonic()
        write_state(self._folder, state)


def run(folder: Path, clock: Clock, pid: int) -> None:
    """Do the work that `work.json` names, unless another process is at it. Ends with a state, whatever happens."""
    with hold(folder) as ours:
        state = read_state(folder)
        if not ours or state is None or state.state != "running":
            return
        report = Reporter(folder, replace(state, pid=pid, results=[]))
        report.step("begin")
        try:
            with Case.open(folder, clock) as case:
                results = _JOBS[state.job](case, report)
        except NeedsAnswer as open_question:
            said = f"{open_question.says} {open_question.example}"
            report.end(state="asks", question=open_question.question, what=open_question.file, says=said)
        except PlainrecordError as error:
            report.end(state="failed", says=str(error))
        except OSError as error:
            report.end(
                state="failed", says=f"{error.filename or 'A file'} could not be used ({error.strerror or error})."
            )
        else:
            report.end(state="done", results=results)


def _read(case: Case, report: Reporter) -> list[dict[str, Any]]:
    """Add every file that waits; the parts of one download together."""
    files = {Path(one["path"]): one for one in report.state.options.get("files", [])}
    results = []
    for download in downloads_of(list(files)):
        report.step("reading", download.stem)
        added = case.add(download.parts, progress=report)
        given = [files[path] for path in download.parts]
        _record_obtained(case, given, added)
        results.append(_added([one["id"] for one in given], added))
    return results


def _record_obtained(case: Case, given: Sequence[dict[str, Any]], added: AddResult) -> None:
    """Put into the custody log what arrived from the browser: its name there, its length, and its SHA-256 on the way in."""
    log = case.custody()
    for one in given:
        if not one["sha256"] or added.already:
            continue
        log.append(
            "export.obtained",
            what=f"Copied {one['name']} into the case as it came from the browser; it was hashed on the way.",
            why="To look for records of the named sender.",
            who=case.who,
            item_refs=[added.label],
            details={
                "how": "chosen or dropped on the page of the guide",
                "file_name": one["name"],
                "bytes": one["bytes"],
                "sha256": one["sha256"],
            },
        )
    case.keep_custody(log.new_lines)


def _added(ids: Sequence[str], added: AddResult) -> dict[str, Any]:
    troubled = [
        f"{one.path}: {one.reason}"
        for one in added.fates
        if one.fate.value in ("unreadable", "refused", "partly-parsed")
    ]
    return {
        "files": ids,
        "label": added.label,
        "already": added.already or "",
        "read": added.read,
        "unread": added.unread,
        "changed": added.changed,
        "says": [*added.warnings, *troubled][:50],
    }


def _make(case: Case, report: Reporter) -> list[dict[str, Any]]:
    results = _read(case, report)
    log = case.folder / incidents.FILE_NAME
    if log.exists():
        report.step("log")
        add_continued(case, log, report)
    report.step("captures")
    pick_up(case, progress=report)
    report.step("making")
    made = build(case, case.folder / READY, zipped=True, progress=report)
    report.step("checking")
    checked = verify(
        made.built.path, seal=made.built.seal, progress=lambda done, total: report("checking", done, total)
    )
    counts = made.built.counts
    bundle = {
        "bundle_id": made.built.bundle_id,
        "path": str(made.built.path),
        "handover": str(made.built.handover),
        "seal": made.built.seal,
        "made": case.clock().isoformat(timespec="seconds"),
        "included": counts.included,
        "not_included": counts.not_included,
        "unread": counts.unread,
        "checked": checked.ok,
    }
    again = len(maybe_left_out(case))
    says = (
        [f"{again:,} messages may be copies of ones that were left out by hand. Look at them again."] if again else []
    )
    says += [*made.warnings, *(problem.says for problem in checked.problems)]
    return [*results, {"bundle": bundle, "says": says[:50]}]


_JOBS: dict[str, Callable[[Case, Reporter], list[dict[str, Any]]]] = {"read": _read, "make": _make}
