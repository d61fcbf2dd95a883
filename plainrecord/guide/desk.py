"""One run of the guide on one case folder: its notes, its case, its work, and whether the screen is locked.

Pages run one after another on one thread, so nothing here is shared between threads but `locked`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from pathlib import Path

from plainrecord.errors import PlainrecordError
from plainrecord.guide import incidents, pin
from plainrecord.guide.capturing import BROWSERS, Capturing
from plainrecord.guide.keys import LOCK_FILE
from plainrecord.guide.notes import MadeBundle, Notes, read_notes, write_notes
from plainrecord.guide.work import LOCK_FILE as WORK_LOCK
from plainrecord.guide.work import State, Work, write_state
from plainrecord.store import Case
from plainrecord.store import settings as said
from plainrecord.store.case import Clock
from plainrecord.store.settings import CaseSettings, WhoSettings, read_settings, write_settings
from plainrecord.times import load_zone

# What removing the working files leaves in a folder.
_ADD_ONS = (f"add-on-{one}" for one in BROWSERS)
_LEFT = frozenset(
    ("ready", "originals", "captures", *_ADD_ONS, incidents.FILE_NAME, pin.FILE_NAME, LOCK_FILE, WORK_LOCK)
)


class BusyError(PlainrecordError):
    """The case is being worked on; pages that need it have to wait."""


@dataclass(slots=True)
class Desk:
    """What the pages work on. `ended` is set when the working files were removed and nothing is left to show."""

    folder: Path
    clock: Clock
    locked: bool = False
    ended: bool = False
    wrong_pins: int = 0
    work: Work = field(init=False)
    capturing: Capturing = field(init=False)

    def __post_init__(self) -> None:
        self.work = Work(self.folder)
        self.capturing = Capturing(self.folder, self.clock)
        self.locked = pin.has_pin(self.folder)

    @classmethod
    def open(cls, folder: Path, clock: Clock) -> Desk:
        """The desk of a folder: an existing case, or a new one. Raises UsageError or CaseError with one sentence."""
        if not (folder / said.FILE_NAME).is_file():
            _begin(folder, clock)
        read_settings(folder)
        read_notes(folder)
        return cls(folder, clock)

    def lock(self) -> None:
        """Show nothing but a neutral page until it is opened again."""
        self.locked = True

    def notes(self) -> Notes:
        """The notes, with what finished work has to add to them."""
        notes = read_notes(self.folder)
        state = self.work.look()
        if state and state.state == "done" and not state.noted:
            _note(notes, state)
            write_notes(self.folder, notes)
            write_state(self.folder, replace(state, noted=True))
        return notes

    def keep(self, notes: Notes) -> None:
        """Write the notes."""
        write_notes(self.folder, notes)

    def settings(self) -> CaseSettings:
        """What was said about the case."""
        return read_settings(self.folder)

    def keep_settings(self, settings: CaseSettings) -> None:
        """Write what was said about the case. Raises BusyError while work reads it."""
        self.refuse_busy()
        write_settings(self.folder, settings)

    def refuse_busy(self) -> None:
        """Raise BusyError while work is under way."""
        if self.work.running():
            raise BusyError("The computer is still working. Wait until it has finished.")

    @contextmanager
    def case(self) -> Iterator[Case]:
        """The open case. Raises BusyError while work is under way."""
        self.refuse_busy()
        with Case.open(self.folder, self.clock) as case:
            yield case

    def zone(self) -> tzinfo:
        """The zone in which times are shown and written down."""
        return load_zone(self.settings().timezone or "UTC")

    def now(self) -> datetime:
        """Now, by the clock that was passed in, in that zone."""
        return self.clock().astimezone(self.zone())

    def record_log_entries(self) -> None:
        """Put entries of the own log that the custody log does not name yet into it, unless the case is busy."""
        if self.work.running():
            return
        notes, written = self.notes(), incidents.entries(self.folder)
        waiting = written[notes.logged :]
        if not waiting:
            return
        with self.case() as case:
            log = case.custody()
            for entry in waiting:
                incidents.record_entry(log, entry, case.who)
            case.keep_custody(log.new_lines)
        notes.logged = len(written)
        self.keep(notes)


def _begin(folder: Path, clock: Clock) -> None:
    """A new case; what stayed when the working files of an earlier one were removed is no hindrance."""
    settings = CaseSettings(mode="owner", region="GB", who=WhoSettings(role="witness"))
    left = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    begun = folder / ".begin" if left and left <= _LEFT else folder
    with Case.create(begun, settings, clock):
        pass
    if begun != folder:
        for path in begun.iterdir():
            path.replace(folder / path.name)
        begun.rmdir()


def _note(notes: Notes, state: State) -> None:
    """What finished work adds to the notes: which files are in the case, which bundles there are."""
    files = {given.id: given for given in notes.files}
    for result in state.results:
        if "bundle" in result:
            made = MadeBundle.model_validate(result["bundle"])
            notes.made = [*(one for one in notes.made if one.bundle_id != made.bundle_id), made]
            continue
        for given in (files[one] for one in result["files"] if one in files):
            given.state = "aside" if result["changed"] else "done"
            given.label = result["already"] or result["label"]
            given.says = result["says"] or given.says
