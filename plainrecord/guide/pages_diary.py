"""The pages of the person's own log: what happened, when, and a correction beside what it corrects. Nothing is ever changed."""

from __future__ import annotations

import re

from starlette.responses import Response

from plainrecord.errors import UsageError
from plainrecord.guide import incidents
from plainrecord.guide.ask import Ask, go
from plainrecord.guide.pages_start import typed_day
from plainrecord.parsers.diarywords import kinds

SURE = ("exact", "about", "unknown")
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
# Field of the form → column of the log.
_TEXTS = {
    "what": "What happened",
    "words": "Exact words",
    "where": "Where",
    "how": "How",
    "whom": "Who it was",
    "witnesses": "Who else saw it",
    "kept": "Evidence",
    "told": "Told whom",
    "effect": "Effect on me",
    "did": "What I did",
}


def diary(ask: Ask) -> Response:
    """Every entry so far, the newest first."""
    notes = ask.desk.notes()
    ask.desk.record_log_entries()
    written = incidents.entries(ask.desk.folder)
    if ask.form:
        notes = ask.desk.notes()
        notes.log_said = True
        ask.desk.keep(notes)
        return go("/look")
    corrected = {entry.cells.get(incidents.CORRECTS, ""): entry.number for entry in written}
    return ask.page(
        "diary",
        entries=list(reversed(written)),
        corrected=corrected,
        columns=[name for name in incidents.columns() if name not in ("No", "What happened")],
    )


def new(ask: Ask) -> Response:
    """The form for a new entry, or for a correction of one (`/diary/correct/3`)."""
    corrects = ask.parts.get("number", "")
    if corrects and all(entry.number != corrects for entry in incidents.entries(ask.desk.folder)):
        raise UsageError("There is no entry with that number. Go back to your log.")
    if ask.form:
        cells = _cells(ask)
        if not ask.errors:
            incidents.write_entry(ask.desk.folder, {**cells, incidents.CORRECTS: corrects}, ask.desk.now())
            ask.desk.record_log_entries()
            return go("/diary")
    return ask.page(
        "diary_new",
        corrects=corrects,
        kinds=kinds(),
        sure=SURE,
        day=[ask.typed(f"day-{part}") for part in ("day", "month", "year")],
    )


def _cells(ask: Ask) -> dict[str, str]:
    """The columns of an entry from what was typed; what is missing or no time is noted as an error."""
    day = typed_day(ask, "day")
    begin, end = _clock(ask, "from"), _clock(ask, "until")
    if not day and "day" not in ask.errors:
        ask.errors["day"] = "error.day_missing"
    kind = ask.typed("kind")
    if not ask.typed("what"):
        ask.errors["what"] = "error.what"
    cells = {column: ask.typed(name) for name, column in _TEXTS.items()}
    return cells | {
        incidents.FROM: f"{day} {begin}".strip(),
        incidents.UNTIL: f"{day} {end}" if end else "",
        incidents.SURE: ask.one_of("sure", SURE),
        "Kind": kind if kind in kinds() else "other",
    }


def _clock(ask: Ask, name: str) -> str:
    """A time of day as HH:MM; "" for none."""
    typed = ask.typed(name)
    if not typed:
        return ""
    match = _CLOCK.fullmatch(typed)
    if not match:
        ask.errors[name] = "error.clock"
        return ""
    return f"{int(match[1]):02d}:{match[2]}"
