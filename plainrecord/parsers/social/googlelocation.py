"""Where the owner's phone was, inside a Takeout or exported from the phone: facts about the owner alone, about nobody else.

Reads `Records.json` (points), `Semantic Location History` (visits and journeys) and the phone's own `Timeline.json`. No
record names a sender: a place says where a device was, not who did anything, so none comes along with another person's
messages. Coordinates stay as they stand, divided by nothing but the documented factor.
Source of knowledge: the format reference (downloads section 10.7), from public readers. Tier: `public schema`; the list
an iPhone exports is `not exercised`.
"""

from __future__ import annotations

from typing import Any

from plainrecord.parsers.chat.jsonchat import part, rest, words
from plainrecord.parsers.chat.pieces import TIME_MISSING, Message, Problem, from_ms, no_time
from plainrecord.parsers.social.googlescene import Scene
from plainrecord.parsers.social.googletimes import stamp
from plainrecord.parsers.social.sheets import JsonSheet, Read, Where
from plainrecord.records import Conversation
from plainrecord.times import Meaning, TimeBlock

SERVICE = "google-location"
_E7 = 10_000_000
_PATTERNS = ("/locations/*", "/timelineObjects/*", "/semanticSegments/*", "/rawSignals/*", "/userLocationProfile")


def read(where: Where[Scene], _pointer: str, element: Any) -> Read:
    """One point, visit, journey or raw signal."""
    if not isinstance(element, dict):
        return Problem("not-a-place", "There is no place in this place, but another kind of value.")
    begins, ends = _times(element)
    owner = where.scene.account
    message = Message(
        "other",
        begins or no_time(None, "timestamp"),
        None,
        Conversation(),
        owner=owner,
        notes=[] if begins else [TIME_MISSING],
        marks=["location"],
        facts=rest(element, ()),
        service=SERVICE,
    )
    message.dates += [ends] if ends else []
    _place(message, element)
    return [message]


SHEET = JsonSheet(_PATTERNS, read)
LISTED = JsonSheet(("/*",), read)


def _times(element: dict[str, Any]) -> tuple[TimeBlock | None, TimeBlock | None]:
    """Beginning and end, wherever this kind of element has them."""
    inner = next((one for one in element.values() if isinstance(one, dict) and "duration" in one), element)
    span = part(inner, "duration") or element
    signal = next((one for one in element.values() if isinstance(one, dict) and "timestamp" in one), element)
    begins = (
        _time(span, "startTime", "occurred")
        or _time(span, "startTimestamp", "occurred")
        or _time(element, "timestamp", "occurred")
        or _time(signal, "timestamp", "occurred")
        or _time(signal, "deliveryTime", "occurred")
    )
    return begins, _time(span, "endTime", "unstated") or _time(span, "endTimestamp", "unstated")


def _time(said: dict[str, Any], name: str, meaning: Meaning) -> TimeBlock | None:
    """ISO 8601 under `name`, or the older count of milliseconds under `nameMs`."""
    return stamp(words(said, name), name, meaning) or from_ms(said.get(f"{name}Ms"), f"{name}Ms", meaning)


def _place(message: Message, element: dict[str, Any]) -> None:
    """Latitude and longitude in degrees, where they stand as ten-millionths."""
    for said in (element, part(part(element, "placeVisit"), "location")):
        latitude, longitude = said.get("latitudeE7"), said.get("longitudeE7")
        if isinstance(latitude, int) and isinstance(longitude, int):
            message.facts["latitude"], message.facts["longitude"] = _degrees(latitude), _degrees(longitude)
    place = part(part(element, "placeVisit"), "location")
    for name in ("name", "address"):
        if said_name := words(place, name):
            message.facts[f"place-{name}"] = said_name


def _degrees(value: int) -> str:
    sign, whole = "-" if value < 0 else "", abs(value)
    return f"{sign}{whole // _E7}.{whole % _E7:07d}"
