"""Small parts of what Meta's files say: a count of seconds, the place in a link to a map, the link to a story.

Matters to the readers of Facebook and Instagram. Pure: values in, values out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from plainrecord.parsers.chat.pieces import from_ms
from plainrecord.times import TimeBlock, from_epoch

# Fields that hold an object, a list of objects, or either; of all others with a place in a record the value is a text, a
# number or a time.
_OBJECTS = frozenset("session extra_info external_context text_app_post thumbnail".split())
_LISTS = frozenset("media previous_names".split())
_EITHER = frozenset("data attachments entries children".split())
_COORDINATES = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]+)?),\s?(-?[0-9]{1,3}(?:\.[0-9]+)?)")


def seconds(value: object, where: str) -> TimeBlock | None:
    """A count of seconds, as all of Meta's files but the messages have it; 0 and less is no time, and so is none."""
    raw = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (raw.isascii() and raw.isdigit()) or len(raw) > 15 or int(raw) == 0:
        return None
    return from_epoch(int(raw), "s", raw, where)


def reaction_time(value: object) -> TimeBlock | None:
    """Newer downloads may give it, and nothing says in which unit: what would be after the year 5000 is milliseconds."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000_000_000:
        return from_epoch(value, "s", str(value), "reactions/timestamp")
    return from_ms(value, "reactions/timestamp")


def is_story(link: str) -> bool:
    """Whether a link leads to a story."""
    return "/stories/" in link or "/story/" in link


def place_in(link: str) -> dict[str, str]:
    """The coordinates of a shared place: they stand in the link to a map, as `where1` or inside another link."""
    if "where1" not in link and "/maps" not in link:
        return {}
    for _ in range(3):
        try:
            found = parse_qs(urlsplit(link).query)
        except ValueError:
            return {}
        value = next((found[key][0] for key in ("where1", "q", "daddr") if key in found), "")
        if match := _COORDINATES.fullmatch(value.strip()):
            return {"latitude": match[1], "longitude": match[2]}
        link = found["u"][0] if "u" in found else unquote(link)
    return {}


def said_in(element: Mapping[str, Any], names: Collection[str]) -> set[str]:
    """Those of the fields with a place in the record whose value that place can hold; every other value is kept as a fact.

    A service changes what a field holds without a word: a text becomes a list, a count of seconds a written date.
    """
    return {name for name in names if _can_hold(name, element.get(name))}


def _can_hold(name: str, value: object) -> bool:
    if value is None or value in ("", 0, "0", [], {}):
        return True
    if name in _OBJECTS or (name in _EITHER and isinstance(value, dict)):
        return isinstance(value, dict)
    if name in _LISTS | _EITHER:
        return isinstance(value, list) and all(isinstance(one, dict) for one in value)
    if name == "time" or name.endswith(("timestamp", "_time")):
        return seconds(value, name) is not None
    return isinstance(value, str | int)
