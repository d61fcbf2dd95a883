"""The pages on files: one question before any picture is added, adding by button or by path, what each file is, reading them."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from starlette.responses import JSONResponse, Response

from plainrecord.errors import PlainrecordError
from plainrecord.guide.ask import Ask, go
from plainrecord.guide.notes import Given, Notes
from plainrecord.guide.receiving import GIVEN, Arrived
from plainrecord.guide.services import services
from plainrecord.guide.work import State
from plainrecord.inspecting import inspect_paths
from plainrecord.intake.listing import ReadOptions

YOUNG = ("no", "yes", "unsure")
_MOST_SAID = 8
_MOST_WATCHED = 40
# What a download folder is searched for: names that exports have. What they are is told by what is in them.
_ENDINGS = frozenset(".zip .tgz .tar .gz .txt .csv .json .html .mbox .eml .msg .pst .xml .xlsx .db .jsonl".split())


def young(ask: Ask) -> Response:
    """The question that comes before any picture: could one of them show somebody under 18?"""
    notes = ask.desk.notes()
    if ask.form:
        answer = ask.one_of("young", YOUNG)
        if not ask.errors:
            notes.young = answer
            ask.desk.keep(notes)
            return go("/files" if answer == "no" else "/files/young/advice")
    return ask.page("young", answer=notes.young)


def young_advice(ask: Ask) -> Response:
    """What to do where the answer is yes or not sure."""
    return ask.page("young_advice")


def files(ask: Ask) -> Response:
    """The files so far, and how to add more."""
    notes = ask.desk.notes()
    if not notes.young:
        return go("/files/young")
    if ask.query.get("said") in ("none", "full", "broken"):
        ask.errors["files"] = f"error.{ask.query['said']}"
    return ask.page(
        "files",
        200,
        notes=notes,
        waiting=[given for given in notes.files if given.state == "new"],
        aside=[given for given in notes.files if given.state == "aside"],
        done=[given for given in notes.files if given.state == "done"],
        hints=[(key, services()[key].name) for key in notes.services if key in services()],
        size=size_text,
        work=ask.desk.work.look(),
    )


def receive(ask: Ask, arrived: list[Arrived]) -> Response:
    """Note the files that came from the browser. Called by the server, which took them in."""
    notes = ask.desk.notes()
    for one in arrived:
        known = next((given for given in notes.files if given.path == str(one.path)), None)
        if known is None:
            notes.files.append(_given(one.path, one.name, one.bytes, one.sha256, copied=True))
    ask.desk.keep(notes)
    return go("/files#added" if arrived else "/files?said=none#files")


def by_path(ask: Ask) -> Response:
    """Add a file or folder by where it is; it stays there."""
    notes, typed = ask.desk.notes(), ask.typed("path").strip("\"'")
    path = Path(typed).expanduser()
    if not typed or not path.is_absolute():
        ask.errors["path"] = "error.path"
    elif not path.exists():
        ask.errors["path"] = "error.not_there"
    if ask.errors:
        return ask.page("by_path", path=typed)
    _add_there(notes, path)
    ask.desk.keep(notes)
    return go("/files#added")


def show_by_path(ask: Ask) -> Response:
    """The form for adding by path."""
    return by_path(ask) if ask.form else ask.page("by_path", path="")


@dataclass(frozen=True, slots=True)
class Seen:
    """A file in the watched folder."""

    path: str
    name: str
    bytes: int


def watch(ask: Ask) -> Response:
    """What lies in the downloads folder, the newest first; what is ticked is added where it lies."""
    notes = ask.desk.notes()
    if ask.form and "folder" in ask.form:
        folder = Path(ask.typed("folder")).expanduser()
        if not folder.is_absolute() or not folder.is_dir():
            ask.errors["folder"] = "error.not_a_folder"
            return ask.page("watch", folder=ask.typed("folder"), seen=[], size=size_text)
        notes.watched = str(folder)
        ask.desk.keep(notes)
        return go("/files/watch")
    folder = Path(notes.watched) if notes.watched else Path.home() / "Downloads"
    seen = _in_folder(folder, {given.path for given in notes.files})
    if ask.form:
        chosen = [one for one in seen if one.path in ask.chosen("found")]
        for one in chosen:
            _add_there(notes, Path(one.path))
        ask.desk.keep(notes)
        return go("/files#added")
    return ask.page("watch", folder=str(folder), seen=seen, size=size_text)


def _in_folder(folder: Path, known: set[str]) -> list[Seen]:
    try:
        found = [
            (path, path.stat())
            for path in folder.iterdir()
            if path.suffix.lower() in _ENDINGS and path.is_file() and str(path) not in known
        ]
    except OSError:
        return []
    found.sort(key=lambda pair: (-pair[1].st_mtime_ns, pair[0].name))
    return [Seen(str(path), path.name, stat.st_size) for path, stat in found[:_MOST_WATCHED]]


def _add_there(notes: Notes, path: Path) -> None:
    if all(given.path != str(path) for given in notes.files):
        size = path.stat().st_size if path.is_file() else 0
        notes.files.append(_given(path, path.name, size, "", copied=False))


def _given(path: Path, name: str, size: int, sha256: str, *, copied: bool) -> Given:
    """A file with what it was taken to be: one that no reader knows is put aside, and says what to do."""
    try:
        found = inspect_paths([path], ReadOptions())
        says = [line.says for line in found[:_MOST_SAID]]
        readable = any(line.reader for line in found)
    except PlainrecordError as error:
        says, readable = [str(error)], False
    state = "new" if readable else "aside"
    return Given(
        id=secrets.token_hex(8),
        path=str(path),
        name=name,
        copied=copied,
        bytes=size,
        sha256=sha256,
        says=says,
        state=state,
    )


def change(ask: Ask) -> Response:
    """Take a file off the list, or add one all the same that no reader knows."""
    notes = ask.desk.notes()
    given = next((one for one in notes.files if one.id == ask.typed("file")), None)
    if given is None:
        return go("/files")
    if ask.typed("do") == "keep" and given.state == "aside":
        given.state = "new"
    elif given.state != "done":
        notes.files.remove(given)
        if given.copied and Path(given.path).parent.name.startswith(GIVEN):
            Path(given.path).unlink(missing_ok=True)
    ask.desk.keep(notes)
    return go("/files#added")


def read(ask: Ask) -> Response:
    """Begin to read every file that waits."""
    begin(ask, "read")
    return go("/progress")


def begin(ask: Ask, job: str) -> None:
    """Begin work on the files that wait (and, for "make", on the bundle)."""
    shown = {"id", "path", "name", "bytes", "sha256"}
    waiting = [given.model_dump(include=shown) for given in ask.desk.notes().files if given.state == "new"]
    ask.desk.record_log_entries()
    ask.desk.work.begin("make" if job == "make" else "read", files=waiting)


def work(ask: Ask) -> Response:
    """How far the work is; when it is done, on to what comes next."""
    state = ask.desk.work.look()
    ask.desk.notes()
    if state is None:
        return go("/")
    if state.state == "done":
        return go("/made" if state.job == "make" else "/files#added")
    return ask.page("work", state=state, says=progress_text(ask, state), orders=("DMY", "MDY", "YMD"))


def work_json(ask: Ask) -> Response:
    """The same for the script that asks each second."""
    state = ask.desk.work.look()
    if state is None:
        return JSONResponse({"state": "none", "says": "", "done": 0, "total": None})
    shown = {key: value for key, value in asdict(state).items() if key in ("state", "done", "total")}
    return JSONResponse(shown | {"says": progress_text(ask, state)})


def progress_text(ask: Ask, state: State) -> str:
    """What is being done and how long it will take, in one or two sentences."""
    said = ask.words.plain(f"work.step.{state.step}")
    if state.total:
        said += " " + ask.words.plain("work.share", share=min(100, 100 * state.done // state.total))
    elif state.done:
        said += " " + ask.words.plain("work.count", number=f"{state.done:,}")
    left = state.minutes_left
    if left is None:
        return f"{said} {ask.words.plain('work.cannot_tell')}"
    return f"{said} {ask.words.plain('work.left.one' if left == 1 else 'work.left.other', number=left)}"


def answer(ask: Ask) -> Response:
    """The order of day and month that an export leaves open, and on with the work."""
    state = ask.desk.work.look()
    order = ask.one_of("order", ("DMY", "MDY", "YMD"))
    if state is None or state.state != "asks":
        return go("/progress")
    if ask.errors:
        return ask.page("work", state=state, says="", orders=("DMY", "MDY", "YMD"))
    settings = ask.desk.settings()
    settings.date_order = order
    ask.desk.keep_settings(settings)
    begin(ask, state.job)
    return go("/progress")


def again(ask: Ask) -> Response:
    """Begin the same work once more."""
    state = ask.desk.work.look()
    if state is not None:
        begin(ask, state.job)
    return go("/progress")


def stop(ask: Ask) -> Response:
    """End the work for now."""
    ask.desk.work.stop()
    return go("/progress")


def size_text(size: int) -> str:
    """A size a person can picture."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} bytes"
