"""Calendar invitations (text/calendar, RFC 5545): what is asked of whom, for when and where, as facts of the mail.

Nothing is added to any calendar. Times keep the wall clock as written; one is turned into UTC only where its zone is a name
of the IANA table or is defined in the same file. A name of neither kind leaves the time as it stands, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from plainrecord.parsers.email.calendarzones import Zone, read_zone
from plainrecord.parsers.email.charsets import decode
from plainrecord.times import from_local, from_offset, zone_names

MAX_EVENTS = 20
MAX_ATTENDEES = 100
MAX_LINES = 50_000
_LONGEST = 1 << 20
_LONGEST_FACT = 1_000
_FOLD = re.compile(r"\r?\n[ \t]")
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^;:"])*+)')
_LINE = re.compile(r"([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:\"[^\"]*\"|[^;:\"])*+)*+):(.*)", re.DOTALL)
_LOOSE_LINE = re.compile(r"([A-Za-z0-9-]+)[;:].*?:?([^:]*)", re.DOTALL)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)
_ESCAPED = re.compile(r"\\([nN\\;,])")
_METHODS = {
    "request": "an invitation or a change of one",
    "reply": "an answer to an invitation",
    "cancel": "an invitation called off",
    "counter": "another time proposed",
    "publish": "an event made known",
    "refresh": "the newest state asked for",
    "add": "a date added",
    "declinecounter": "a proposed time declined",
}


@dataclass(slots=True)
class Line:
    """One content line: name in upper case, parameters by upper-case name, the raw value."""

    name: str
    parameters: dict[str, str]
    value: str


@dataclass(slots=True)
class Part:
    """A component (VEVENT, VTIMEZONE, …) with its lines and the components in it."""

    kind: str
    lines: list[Line] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    def first(self, name: str) -> Line | None:
        """The first line of that name."""
        return next((line for line in self.lines if line.name == name), None)

    def said(self, name: str) -> str:
        """The text of the first line of that name, "" where there is none."""
        line = self.first(name)
        return text_of(line.value) if line else ""


@dataclass(slots=True)
class Calendar:
    """What one calendar file says: facts in the order they are shown, and notes."""

    facts: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_calendar(data: bytes, label: str | None = None) -> Calendar:
    """Read an invitation. Never raises; of a file that is none the facts are empty."""
    found = Calendar()
    read = decode(data[:_LONGEST], label or "utf-8")
    found.notes += read.notes
    root = _components(read.text)
    calendar = next((part for part in root.parts if part.kind == "VCALENDAR"), None)
    if calendar is None:
        return Calendar(notes=["calendar:not-readable"])
    method = calendar.said("METHOD")
    if method:
        found.facts["calendar method"] = f"{method[:50]} ({_METHODS.get(method.lower(), 'a method not known here')})"
    zones = {zone.name: zone for part in calendar.parts if part.kind == "VTIMEZONE" and (zone := _zone(part))}
    events = [part for part in calendar.parts if part.kind in ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY")]
    for number, event in enumerate(events[:MAX_EVENTS], start=1):
        for name, value in _event(event, zones, found.notes):
            found.facts[f"event:{number} {name}"] = value[:_LONGEST_FACT]
    if len(events) > MAX_EVENTS:
        found.facts["event:more"] = f"{len(events) - MAX_EVENTS} further events, not read"
    found.notes = list(dict.fromkeys(found.notes))
    return found


def text_of(value: str) -> str:
    """A text value with its escapes undone."""
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def _event(event: Part, zones: dict[str, Zone], notes: list[str]) -> Iterator[tuple[str, str]]:
    simple = (("summary", "SUMMARY"), ("location", "LOCATION"), ("status", "STATUS"), ("description", "DESCRIPTION"))
    for name, key in simple:
        if value := event.said(key):
            yield name, value
    for name, key in (("starts", "DTSTART"), ("ends", "DTEND"), ("due", "DUE"), ("instance of", "RECURRENCE-ID")):
        if line := event.first(key):
            yield name, _time_text(line, zones, notes)
    if line := event.first("ORGANIZER"):
        yield "organiser", _person(line)
    attendees = [line for line in event.lines if line.name == "ATTENDEE"]
    if attendees:
        shown = "; ".join(_person(line) for line in attendees[:MAX_ATTENDEES])
        more = len(attendees) - MAX_ATTENDEES
        yield "attendees", shown + (f"; and {more} more" if more > 0 else "")
    for name, key in (("lasts", "DURATION"), ("repeats", "RRULE"), ("revision", "SEQUENCE"), ("uid", "UID")):
        if value := event.said(key):
            yield name, value
    if line := event.first("DTSTAMP"):
        yield "written", _time_text(line, zones, notes)


def _person(line: Line) -> str:
    """ "Rowan Ash <rowan@mail.example> (chair, accepted)" as the line states it."""
    value = line.value.strip()
    address = value[7:] if value[:7].lower() == "mailto:" else value
    name = line.parameters.get("CN", "")
    said = [line.parameters[key].lower() for key in ("ROLE", "PARTSTAT") if line.parameters.get(key)]
    by = line.parameters.get("SENT-BY", "")
    said += [f"sent by {by.removeprefix('mailto:')}"] if by else []
    shown = f"{name} <{address}>" if name and name != address else address
    return f"{shown} ({', '.join(said)})" if said else shown


def _time_text(line: Line, zones: dict[str, Zone], notes: list[str]) -> str:
    """The time as written and, where its zone is known, in UTC."""
    value = line.value.strip()
    match = _TIME.fullmatch(value)
    local = _local(match) if match else None
    if match is None or local is None:
        notes.append("calendar:time-not-readable")
        return f"“{value[:100]}”, which is no time that can be read"
    if match[4] is None:
        return f"{local:%Y-%m-%d} (a whole day)"
    written = local.isoformat()
    if match[7]:
        return f"{written}Z"
    name = line.parameters.get("TZID", "")
    if not name:
        notes.append("calendar:time-without-zone")
        return f"{written}, no zone stated"
    instant = _instant(value, local, name, zones)
    if instant is None:
        notes.append("calendar:zone-not-known")
        return f"{written} in “{name[:100]}”, a zone this file does not define and no table here knows"
    return f"{written} in {name[:100]} ({instant})"


def _instant(value: str, local: datetime, name: str, zones: dict[str, Zone]) -> str | None:
    # What the file itself defines goes first: it is the writer's own statement of what the name means.
    if name in zones and (minutes := zones[name].offset(local)) is not None:
        return from_offset(value, "DTSTART", local, minutes).ts_utc
    bare = name.strip("/").rpartition("/")
    iana = next(
        (one for one in (name, "/".join(name.strip("/").split("/")[-2:]), bare[2]) if one in zone_names()), None
    )
    if iana is None:
        return None
    block = from_local(value, "DTSTART", local, iana)
    doubt = {"ambiguous": ", or an hour later: that hour came twice", "nonexistent": ", an hour the clocks left out"}
    return f"{block.ts_utc}{doubt.get(block.dst_flag, '')}" if block.ts_utc else None


def _local(match: re.Match[str]) -> datetime | None:
    year, month, day, hour, minute, second = (int(one or 0) for one in match.groups()[:6])
    try:
        return datetime(year, month, day, hour, minute, min(second, 59))
    except ValueError:
        return None


def _zone(part: Part) -> Zone | None:
    rules = [
        (one.kind, {line.name: line.value.strip() for line in one.lines})
        for one in part.parts
        if one.kind in ("STANDARD", "DAYLIGHT")
    ]
    return read_zone(part.said("TZID"), [rule for _, rule in rules])


def _components(text: str) -> Part:
    """The tree of components; what is not closed ends with its parent, a line that is none is passed over."""
    root = Part("")
    open_parts = [root]
    # Not splitlines(): a text may hold line ends of Unicode's own.
    lines = _FOLD.sub("", text.lstrip("\ufeff")).split("\n")
    for raw in lines[:MAX_LINES]:
        line = _content_line(raw.rstrip("\r"))
        if line is None:
            continue
        if line.name == "BEGIN" and len(open_parts) < 10:
            part = Part(line.value.strip().upper())
            open_parts[-1].parts.append(part)
            open_parts.append(part)
        elif line.name == "END":
            kinds = [part.kind for part in open_parts]
            kind = line.value.strip().upper()
            if kind in kinds[1:]:
                del open_parts[len(kinds) - 1 - kinds[::-1].index(kind) :]
        else:
            open_parts[-1].lines.append(line)
    return root


def _content_line(raw: str) -> Line | None:
    match = _LINE.fullmatch(raw)
    if match is None:
        # A quote that is not closed: what can be told apart is the name and what stands behind the last colon.
        loose = _LOOSE_LINE.fullmatch(raw)
        return Line(loose[1].upper(), {}, loose[2]) if loose else None
    parameters = {name.upper(): value.strip('"') for name, value in _PARAMETER.findall(match[2])}
    return Line(match[1].upper(), parameters, match[3])
