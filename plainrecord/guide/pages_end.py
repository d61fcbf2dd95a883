"""The last pages: make the bundle, hand it over, who can help, the lock, the blank page, removing the working files."""

from __future__ import annotations

import shutil
from pathlib import Path

from starlette.responses import Response

from plainrecord.custody import Who
from plainrecord.guide import incidents, pin, work
from plainrecord.guide import notes as noted
from plainrecord.guide.ask import Ask, go
from plainrecord.guide.capturing import BROWSERS, MINUTES, kept_pages, write_add_on
from plainrecord.guide.keys import LOCK_FILE, RUN_FILE
from plainrecord.guide.notes import Handed, MadeBundle
from plainrecord.guide.pages_files import begin
from plainrecord.guide.pages_start import typed_day
from plainrecord.guide.support import NATIONS, lines_for, support
from plainrecord.guide.worker import READY
from plainrecord.sealed.receipts import write_receipt
from plainrecord.sealed.steps import Act, HandOver, transfer
from plainrecord.showing import grouped
from plainrecord.store import settings as said
from plainrecord.store.database import FILE_NAME as CASE_FILE

REMOVE_WORD = "REMOVE"
_WRONG_PINS = 5


def make(ask: Ask) -> Response:
    """What will be made, and the button that begins it."""
    notes = ask.desk.notes()
    if not notes.who_said:
        return ask.page("look_none")
    if ask.form:
        begin(ask, "make")
        return go("/progress")
    with ask.desk.case() as case:
        named = [one.value for one in case.attributions() if one.role == "subject"]
    return ask.page(
        "make",
        named=named,
        waiting=sum(given.state == "new" for given in notes.files),
        entries=len(incidents.entries(ask.desk.folder)),
        out=str(ask.desk.folder / READY),
        made=notes.made,
    )


def made(ask: Ask) -> Response:
    """What the last work made, and what has to be said about it."""
    notes, state = ask.desk.notes(), ask.desk.work.look()
    if not notes.made:
        return go("/make")
    says = [line for result in state.results for line in result["says"]] if state and state.job == "make" else []
    return ask.page("made", bundle=notes.made[-1], seal=grouped(notes.made[-1].seal), says=says)


def hand_over(ask: Ask) -> Response:
    """The bundle and its sheet, where to keep copies, and who was given it."""
    notes = ask.desk.notes()
    if not notes.made:
        return ask.page("hand_over_none")
    bundle = notes.made[-1]
    if ask.form:
        handed = _handed(ask, bundle)
        if handed is not None:
            handed.paper = _record_handed(ask, bundle, handed)
            notes.handed.append(handed)
            ask.desk.keep(notes)
            return go("/hand-over#given")
    return ask.page(
        "hand_over",
        bundle=bundle,
        seal=grouped(bundle.seal),
        folder=str(Path(bundle.path).parent),
        name=Path(bundle.path).name,
        sheets=_sheets(Path(bundle.handover)),
        sheet_text=_sheet_text(Path(bundle.handover)),
        handed=[one for one in notes.handed if one.bundle_id == bundle.bundle_id],
        day=[ask.typed(f"day-{part}") for part in ("day", "month", "year")],
    )


def _sheets(text: Path) -> list[str]:
    """The names of the hand-over sheet: to print, where there is one, and as plain text."""
    return [path.name for path in (text.with_suffix(".pdf"), text) if path.is_file()]


def _sheet_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _handed(ask: Ask, bundle: MadeBundle) -> Handed | None:
    day = typed_day(ask, "day")
    if not day and "day" not in ask.errors:
        ask.errors["day"] = "error.day_missing"
    if not ask.typed("to"):
        ask.errors["to"] = "error.to"
    if not ask.typed("how"):
        ask.errors["how"] = "error.how"
    if ask.errors:
        return None
    return Handed(
        bundle_id=bundle.bundle_id, to=ask.typed("to"), day=day, how=ask.typed("how"), receipt=ask.typed("receipt")
    )


def _record_handed(ask: Ask, bundle: MadeBundle, handed: Handed) -> str:
    """Put the hand-over into the log beside the sealed bundle, which is checked first; the name of the receipt to print."""
    settings = ask.desk.settings()
    said = settings.who
    note = f"Written down in the guide; the day was given as {handed.day}."
    act = Act(
        who=Who(name=said.name, role=said.role, org=said.org, id_no=said.id_no),
        why="To give it to those who asked for it.",
        zone=settings.timezone,
        note=f"{note} Receipt or reference: {handed.receipt}." if handed.receipt else note,
    )
    hand = HandOver(said.name, handed.to, handed.how)
    done = transfer(Path(bundle.path), hand, act, ask.desk.clock, seal=bundle.seal)
    return write_receipt(done).html_path.name


def next_steps(ask: Ask) -> Response:
    """Who can help, for the nation that was said, and what people advise."""
    notes = ask.desk.notes()
    nation = ask.query.get("nation", notes.nation)
    nation = nation if nation in NATIONS else ""
    return ask.page("next", lines=lines_for(nation), nations=NATIONS, nation=nation, checked=support().checked)


def lock(ask: Ask) -> Response:
    """Set, change or drop the PIN of the screen."""
    folder = ask.desk.folder
    if ask.form:
        if ask.typed("do") == "drop":
            pin.set_pin(folder, "")
            return go("/lock?said=dropped")
        first, again = ask.typed("pin"), ask.typed("again")
        if len(first) < pin.SHORTEST:
            ask.errors["pin"] = "error.pin_short"
        elif first != again:
            ask.errors["again"] = "error.pin_differs"
        if not ask.errors:
            pin.set_pin(folder, first)
            return go("/lock?said=set")
    return ask.page("lock", has=pin.has_pin(folder), said=ask.query.get("said", ""), file=str(folder / pin.FILE_NAME))


def blank(ask: Ask) -> Response:
    """A page with nothing on it."""
    return ask.page("blank")


def open_again(ask: Ask) -> Response:
    """Back to the steps: with the PIN where there is one, else with one press."""
    desk, needs = ask.desk, pin.has_pin(ask.desk.folder)
    if ask.form:
        if needs and desk.wrong_pins >= _WRONG_PINS:
            ask.errors["pin"] = "error.pin_often"
        elif needs and not pin.is_pin(desk.folder, ask.typed("pin")):
            desk.wrong_pins += 1
            ask.errors["pin"] = "error.pin_wrong"
        else:
            desk.locked, desk.wrong_pins = False, 0
            return go("/")
    return ask.page("open", needs=needs, file=str(desk.folder / pin.FILE_NAME))


def capture(ask: Ask) -> Response:
    """How a page from the browser gets in: the add-on, a short code, and what was kept so far."""
    desk, code, written = ask.desk, "", ""
    if ask.form:
        desk.refuse_busy()
        browser = ask.typed("browser")
        if browser in BROWSERS:
            written = str(write_add_on(desk.folder, browser))
        else:
            code = desk.capturing.code()
    with desk.case() as case:
        seen = kept_pages(case)
    return ask.page(
        "capture",
        code=code,
        minutes=MINUTES,
        written=written,
        browsers=BROWSERS,
        running=desk.capturing.running,
        seen=seen,
    )


REMOVABLE = ("notes", "copies", "log")


def remove(ask: Ask) -> Response:
    """What removing the working files takes away and what it leaves; needs a word typed in full."""
    desk, notes = ask.desk, ask.desk.notes()
    if ask.form:
        desk.refuse_busy()
        what = [one for one in REMOVABLE if one in ask.chosen("what")]
        if not what:
            ask.errors["what"] = "error.choose"
        if ask.typed("word") != REMOVE_WORD:
            ask.errors["word"] = "error.word"
        if not ask.errors:
            gone = _remove(desk.folder, what)
            desk.ended = "notes" in what
            return ask.page("removed", gone=gone, folder=str(desk.folder))
    return ask.page(
        "remove",
        folder=str(desk.folder),
        word=REMOVE_WORD,
        handed=bool(notes.handed),
        made=bool(notes.made),
        copies=sum(given.copied for given in notes.files),
        there=[given.path for given in notes.files if not given.copied],
        entries=len(incidents.entries(desk.folder)),
    )


def _remove(folder: Path, what: list[str]) -> list[str]:
    """Remove what was asked for; the names of what is gone. Finished bundles and files that lie elsewhere are never touched."""
    gone = []
    names = {
        "notes": [
            CASE_FILE,
            f"{CASE_FILE}-wal",
            f"{CASE_FILE}-shm",
            said.FILE_NAME,
            noted.FILE_NAME,
            work.FILE_NAME,
            work.LOCK_FILE,
            RUN_FILE,
            LOCK_FILE,
            pin.FILE_NAME,
        ],
        "log": [incidents.FILE_NAME],
        "copies": [],
    }
    for name in (name for one in what for name in names[one]):
        if (folder / name).exists():
            (folder / name).unlink()
            gone.append(name)
    if "copies" in what:
        originals = folder / "originals"
        if originals.is_dir():
            shutil.rmtree(originals)
            gone.append(originals.name)
    return gone


def close(ask: Ask) -> Response:
    """The last page: the program ends, work that is under way goes on."""
    return ask.page("closed", working=ask.desk.work.running())
