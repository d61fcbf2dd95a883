"""The first pages: the list of steps, what to know before, is this device safe, where and who, which services, how to get them."""

from __future__ import annotations

from datetime import date
from zoneinfo import available_timezones

from starlette.responses import Response

from plainrecord.errors import UsageError
from plainrecord.guide import incidents
from plainrecord.guide.ask import Ask, go
from plainrecord.guide.notes import Download, Notes
from plainrecord.guide.places import often_synced, synced_by
from plainrecord.guide.services import services
from plainrecord.guide.words import languages

SAFETY = ("device", "passwords", "account", "noticed")
YES_NO = ("no", "yes", "unsure")
FILLING_IN = ("me", "adviser", "officer")
_ROLES = {"me": "witness", "adviser": "reviewer", "officer": "OIC"}
_HOME_ZONE = "Europe/London"


def home(ask: Ask) -> Response:
    """The list of steps, each with how far it is."""
    notes = ask.desk.notes()
    if not notes.began:
        return go("/before")
    steps = _steps(ask, notes)
    first_open = next((step for step in steps if step[2] != "done"), None)
    return ask.page("home", steps=steps, first_open=first_open, work=ask.desk.work.look(), folder=str(ask.desk.folder))


def _steps(ask: Ask, notes: Notes) -> list[tuple[str, str, str]]:
    """Key, address and state ("done", "part" or "open") of every step."""
    arrived = [one for one in notes.services if notes.downloads.get(one, Download()).arrived_on]
    written = bool(incidents.entries(ask.desk.folder))
    all_read = bool(notes.files) and all(given.state != "new" for given in notes.files)
    states = {
        "safe": _state(len(notes.safety) == len(SAFETY), bool(notes.safety)),
        "place": _state(notes.place_said),
        "services": _state(notes.services_said),
        "get": _state(notes.services_said and len(arrived) == len(notes.services), bool(arrived)),
        "files": _state(all_read, bool(notes.files)),
        "who": _state(notes.who_said),
        "diary": _state(notes.log_said, written),
        "look": _state(notes.looked),
        "make": _state(bool(notes.made)),
        "hand-over": _state(bool(notes.handed)),
    }
    return [*((key, f"/{key}", state) for key, state in states.items()), ("next", "/next", "open")]


def _state(done: bool, begun: bool = False) -> str:
    return "done" if done else "part" if begun else "open"


def before(ask: Ask) -> Response:
    """What to know before the first question."""
    if ask.form:
        notes = ask.desk.notes()
        notes.began = True
        ask.desk.keep(notes)
        return go("/safe")
    return ask.page("before", folder=str(ask.desk.folder))


def safe(ask: Ask) -> Response:
    """Four questions on who else uses this device."""
    notes = ask.desk.notes()
    if ask.form:
        answers = {name: ask.one_of(name, YES_NO) for name in SAFETY}
        notes.safety = {name: answer for name, answer in answers.items() if answer}
        if not ask.errors:
            ask.desk.keep(notes)
            return go("/safe/result")
    return ask.page("safe", questions=SAFETY, answers=notes.safety)


def safe_result(ask: Ask) -> Response:
    """What the answers mean, where the files lie, and which traces stay."""
    notes, folder = ask.desk.notes(), ask.desk.folder.resolve()
    worried = [name for name in SAFETY if notes.safety.get(name) in ("yes", "unsure")]
    return ask.page(
        "safe_result", worried=worried, folder=str(folder), synced=synced_by(folder), often=often_synced(folder)
    )


def place(ask: Ask) -> Response:
    """Where the person lives, and who is filling this in."""
    notes, settings = ask.desk.notes(), ask.desk.settings()
    if ask.form:
        zone = ask.one_of("zone", ("uk", "other"))
        other = ask.typed("other_zone")
        if zone == "other" and other not in available_timezones():
            ask.errors["other_zone"] = "error.zone"
        filling_in, name = ask.one_of("filling_in", FILLING_IN), ask.typed("name")
        if not ask.errors:
            settings.timezone = other if zone == "other" else _HOME_ZONE
            settings.who.role, settings.who.name = _ROLES[filling_in], name or "not stated"
            settings.mode = "officer" if filling_in == "officer" else "owner"
            ask.desk.keep_settings(settings)
            notes.filling_in, notes.place_said = filling_in, True
            notes.nation = ask.typed("nation")
            ask.desk.keep(notes)
            return go("/services")
    return ask.page("place", notes=notes, settings=settings, zones=sorted(available_timezones()), home_zone=_HOME_ZONE)


def which_services(ask: Ask) -> Response:
    """Which services there are messages on."""
    notes = ask.desk.notes()
    if ask.form:
        notes.services = [key for key in services() if key in ask.chosen("services")]
        notes.services_said = True
        ask.desk.keep(notes)
        return go("/get")
    return ask.page("services", services=services(), chosen=notes.services)


def get(ask: Ask) -> Response:
    """The list of downloads: which were asked for, which have come."""
    notes = ask.desk.notes()
    listed = [
        (key, services()[key], notes.downloads.get(key, Download())) for key in notes.services if key in services()
    ]
    return ask.page("get", listed=listed, others=[key for key in services() if key not in notes.services])


def get_one(ask: Ask) -> Response:
    """How to get one download, step by step, and where it stands."""
    key = ask.parts["service"]
    if key not in services():
        raise UsageError("There is no such service. Go back to the list of downloads.")
    notes = ask.desk.notes()
    kept = notes.downloads.get(key, Download())
    if ask.form:
        changed = Download(
            asked_on=_day(ask, "asked"),
            arrived_on=_day(ask, "arrived"),
        )
        if not ask.errors:
            notes.downloads[key] = changed
            if key not in notes.services:
                notes.services.append(key)
            ask.desk.keep(notes)
            return go("/get")
    days = {name: _parts(ask, name, getattr(kept, f"{name}_on")) for name in ("asked", "arrived")}
    return ask.page("get_one", key=key, service=services()[key], days=days, today=ask.desk.now().date())


def _parts(ask: Ask, name: str, kept: str) -> list[str]:
    """Day, month and year as typed, else as kept."""
    if ask.form:
        return [ask.typed(f"{name}-{part}") for part in ("day", "month", "year")]
    return list(reversed(kept.split("-"))) if kept else ["", "", ""]


def _day(ask: Ask, name: str) -> str:
    """A day typed in three parts, or today where the box for it is ticked, as YYYY-MM-DD; "" for none."""
    if "today" in ask.chosen(f"{name}-today"):
        return ask.desk.now().date().isoformat()
    return typed_day(ask, name)


def typed_day(ask: Ask, name: str) -> str:
    """A day typed in three parts as YYYY-MM-DD, "" for none; what is no day is noted as an error."""
    parts = [ask.typed(f"{name}-{part}") for part in ("day", "month", "year")]
    if not any(parts):
        return ""
    try:
        number, month, year = (int(part) for part in parts)
        found = date(year if year > 99 else 2000 + year, month, number)
    except ValueError:
        ask.errors[name] = "error.day"
        return ""
    if found > ask.desk.now().date():
        ask.errors[name] = "error.future"
    return found.isoformat()


def language(ask: Ask) -> Response:
    """Which language the pages are in."""
    if ask.form:
        chosen = ask.one_of("language", list(languages()))
        if not ask.errors:
            notes = ask.desk.notes()
            notes.language = chosen
            ask.desk.keep(notes)
            return go("/")
    return ask.page("language")
