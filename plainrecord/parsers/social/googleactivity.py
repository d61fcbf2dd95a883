"""“My Activity” and the histories of YouTube inside a Takeout: what the owner did at Google, as JSON and as pages.

All of it is the owner's own. Times in JSON are exact. Trap: a page prints every time with the zone's letters *of the day of
the export*: `Jan 15, 2021, 6:54:12 PM BST` is 17:54:12 UTC, although that was no summer. So the letters are an offset here,
the same for the whole page, and never a zone with its own summer time.
Source of knowledge: the format reference (downloads section 10.5), from public readers and their tests. Tier: `public schema`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml.html import HtmlElement

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.intake.reading import Stream
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.jsonchat import listed, rest, shown, utc_text, words
from plainrecord.parsers.chat.pages import classed, files_in, first, text_of, tree_of
from plainrecord.parsers.chat.pieces import TIME_MISSING, File, Message, Problem, no_time
from plainrecord.parsers.social.googlescene import CUT_OFF, OWNER_MISSING, Scene, looked_for
from plainrecord.parsers.social.googlewords import WORDS
from plainrecord.parsers.social.pagedates import LONGEST, ZONE_LETTERS, DateText
from plainrecord.parsers.social.pagesurvey import kept_dates, texts_of
from plainrecord.parsers.social.shapes import Shape, misshapen
from plainrecord.parsers.social.sheets import JsonSheet, Piece, PieceSheet, Read, Where, cut_at
from plainrecord.records import Conversation, Decision
from plainrecord.times import TimeBlock, TzBasis, format_offset, from_local, from_offset, load_zone, unreadable

SERVICE = "google-activity"
OFFSET_BY_LETTERS = "google-activity:offset-of-the-export"
_CELL = re.compile(rb"<div\s+class=\"outer-cell\b")
_LETTERS = (
    "Google prints beside every time of a page the letters of the zone on the day of the export, not of the day itself"
)
_LAST_LINES = 20
_SAID: dict[str, Shape] = {
    **dict.fromkeys(("header", "title", "time", "imageFile"), str),
    "subtitles": [{"name": str, "url": str}],
    "audioFiles": [str],
}


def state_letters(claim: Claim, pages: Iterable[Member]) -> None:
    """Put in place of what is decided of pages that state no zone, what is decided of these: their letters are an offset."""
    dates = kept_dates(claim)
    letters: dict[str, str] = {}
    for member in pages:
        with suppress(OSError, PlainrecordError), claim.open(member) as stream:
            found = (dates.find(text) for text in texts_of(stream) if len(text) <= LONGEST)
            zoned = next((one for one in found if one and one.clock), None)
            local = zoned.local(dates.order) if zoned else None
            if zoned and zoned.zone and local:
                offset = zoned.offset_minutes()
                offset = offset_of(zoned.zone, local, claim.options.timezone) if offset is None else offset
                letters[zoned.zone] = "" if offset is None else format_offset(offset)
    if not letters:
        return
    claim.decisions[:] = [one for one in claim.decisions if one.subject != "pages:timezone"]
    for name, written in letters.items():
        chosen = f"{name} is {written}, in summer and in winter" if written else f"{name} is not settled"
        claim.decisions.append(Decision("pages:timezone", chosen, _LETTERS, certain=bool(written)))


def read_element(where: Where[Scene], _pointer: str, element: Any) -> Read:
    """One activity of a JSON file."""
    if not isinstance(element, dict):
        return Problem("not-an-activity", "There is no activity in this place, but another kind of value.")
    message = _own(where)
    if raw := words(element, "time"):
        message.time = utc_text(raw, "time", "occurred")
    else:
        message.notes.append(TIME_MISSING)
    lines = [words(element, "title"), *(words(one, "name") for _, one in listed(element, "subtitles"))]
    message.text = "\n".join(filter(None, lines)) or None
    _header(message, words(element, "header"))
    sounds = element.get("audioFiles")
    named = [words(element, "imageFile"), *(sounds if isinstance(sounds, list) else [])]
    message.files = [_file(name) for name in named if isinstance(name, str) and name]
    links = [words(one, "url") for _, one in listed(element, "subtitles") if words(one, "url")]
    message.facts |= (
        rest(element, _SAID) | misshapen(element, _SAID) | ({"subtitle-links": shown(links)} if links else {})
    )
    return [message]


def cut(stream: Stream) -> Iterator[Piece]:
    """A page before each of its cards."""
    return looked_for(cut_at(stream, lambda data: (one.start() for one in _CELL.finditer(data)), 48, ends=b"</body"))


def read_card(where: Where[Scene], raw: bytes) -> Read:
    """One card of a page: product, what was done, the time in its last line, and small print."""
    tree, notes = tree_of(raw)
    body = next((one for one in classed(tree, "content-cell") if _is_body(one)), None) if tree is not None else None
    if tree is None or body is None:
        return Problem("no-page", "This stretch of the page could not be read as a page.")
    if not raw.rstrip().endswith(b"</div>"):
        return CUT_OFF
    message = _own(where)
    message.notes += notes
    message.files = files_in(body)
    links = [str(one.get("href")) for one in body.iter("a") if one.get("href")]
    lines = [line for line in (" ".join(line.split()) for line in text_of(body).split("\n")) if line]
    _time_of_card(where.scene, message, lines)
    message.text = "\n".join(lines) or None
    _header(message, " ".join(text_of(first(tree, "header-cell")).split()))
    small = [" ".join(text_of(one).split()) for one in classed(tree, "mdl-typography--caption")]
    message.facts |= {"details": " ".join(small)[:4000]} if any(small) else {}
    message.facts |= {"links": shown(links)} if links else {}
    return [message]


ELEMENTS = JsonSheet(("/*",), read_element)
CARDS = PieceSheet(cut, read_card)


def _own(where: Where[Scene]) -> Message:
    owner = where.scene.account
    return Message(
        "other",
        no_time(None, "time"),
        owner,
        Conversation(),
        owner=owner,
        notes=[] if owner else [OWNER_MISSING],
        marks=["own-activity"],
        service=SERVICE,
        backwards=True,
    )


def _header(message: Message, header: str) -> None:
    if header:
        message.facts["product"] = header[:200]


def _file(name: str) -> File:
    inside = "/" not in name and name not in (".", "..")
    return File(name, (name,) if inside else ())


def _is_body(cell: HtmlElement) -> bool:
    """The card's own words: neither the empty cell at its right nor the small print."""
    names = set((cell.get("class") or "").split())
    return not names & {"mdl-typography--text-right", "mdl-typography--caption"}


def _time_of_card(scene: Scene, message: Message, lines: list[str]) -> None:
    """The last line that is a date is the time; it is taken out of the words."""
    for at in range(len(lines) - 1, max(-1, len(lines) - _LAST_LINES), -1):
        if (found := scene.dates.find(lines[at])) and found.clock:
            message.time, notes = _instant(scene, lines.pop(at), found)
            message.notes += notes
            return
    message.notes.append(TIME_MISSING)


def _instant(scene: Scene, text: str, found: DateText) -> tuple[TimeBlock, list[str]]:
    local = found.local(scene.dates.order)
    if local is None or found.clock is None:
        return unreadable(text[:100], "last line", meaning="occurred"), []
    precision = found.clock.precision
    offset = found.offset_minutes()
    notes: list[str] = []
    if offset is None and found.zone:
        offset = offset_of(found.zone, local, scene.zone)
        notes = [ZONE_LETTERS if offset is None else OFFSET_BY_LETTERS]
    if offset is not None:
        return from_offset(text, "last line", local, offset, meaning="occurred", precision=precision), notes
    # Letters that may mean several zones settle nothing; with a zone that a person gave they would contradict it.
    zone = None if found.zone else scene.zone
    basis: TzBasis = "export_locale_assumed"
    return from_local(text, "last line", local, zone, basis=basis, meaning="occurred", precision=precision), notes


def offset_of(letters: str, local: datetime, zone: str | None) -> int | None:
    """Minutes east of UTC that zone letters mean: in the zone a person gave, or by the table where it knows one meaning."""
    if zone is not None:
        rules = load_zone(zone)
        # The same day of every month of that year: any of them may be the day of the export.
        for month in range(12):
            moment = (datetime(local.year, 1, 15, tzinfo=UTC) + timedelta(days=30 * month)).astimezone(rules)
            if (moment.tzname() or "").upper() == letters.upper():
                return int((moment.utcoffset() or timedelta()).total_seconds() // 60)
    known = WORDS["zones"].get(letters.upper())
    return int(known) if known is not None else None
