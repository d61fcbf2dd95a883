"""The HTML form of a Meta download that is there as JSON: the same account, as its pages would show it.

Written after the shapes public tests of such pages have, and knows nothing of our readers. What pages do not show (whether a
message was unsent, where a file was added) is not in them.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from page_samples import Said, box, page, section

Clock = Any
_MEDIA = ("photos", "videos", "audio_files", "gifs", "files")


def fixed(minutes: int, seconds: bool = False) -> Clock:
    """A clock at an offset, as a page prints it: `Nov 14, 2023 10:13 pm`."""

    def shown(utc_seconds: float) -> str:
        at = datetime.fromtimestamp(utc_seconds, tz=UTC) + timedelta(minutes=minutes)
        hour = at.hour % 12 or 12
        clock = f"{hour}:{at.minute:02d}" + (f":{at.second:02d}" if seconds else "")
        return f"{at.strftime('%b')} {at.day:02d}, {at.year} {clock} {'am' if at.hour < 12 else 'pm'}"

    return shown


def repaired(value: Any) -> Any:
    """Pages are ordinary UTF-8, where the JSON of the same download has each byte as a letter."""
    if isinstance(value, str):
        try:
            return value.encode("latin-1").decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            return value
    if isinstance(value, dict):
        return {repaired(key): repaired(item) for key, item in value.items()}
    return [repaired(item) for item in value] if isinstance(value, list) else value


def load(path: Path) -> Any:
    """A JSON file of a download."""
    return repaired(json.loads(path.read_text("utf-8-sig")))


def thread_page(value: dict[str, Any], clock: Clock, shape: str) -> bytes:
    """The page of one `message_N.json`."""
    row = box if shape == "box" else section
    rows = [row(_said(message, clock)) for message in value["messages"] if isinstance(message, dict)]
    people = [one["name"] for one in value.get("participants", ())]
    if people:
        names = " and ".join((", ".join(people[:-1]), people[-1])) if len(people) > 1 else people[0]
        rows.insert(0, f'<div class="pam _a6-g"><h2 class="_a6-h">Participants: {escape(names)}</h2></div>')
    return page(value.get("title", ""), rows)


def _said(message: dict[str, Any], clock: Clock) -> Said:
    more = "".join(_media(key, one["uri"]) for key in _MEDIA for one in message.get(key, ()))
    if sticker := message.get("sticker"):
        more += _media("photos", sticker["uri"])
    if link := message.get("share", {}).get("link"):
        more += f'<div><a target="_blank" href="{escape(link)}">{escape(link)}</a></div>'
    if "call_duration" in message:
        more += f'<span class="_idm">Duration: {message["call_duration"]} seconds</span>'
    reactions = [f"{one['reaction']}{one['actor']}{_when(one, clock)}" for one in message.get("reactions", ())]
    stamp = message.get("timestamp_ms")
    date = clock(stamp / 1000) if isinstance(stamp, int) else ""
    return Said(message.get("sender_name", ""), date, message.get("content", ""), more, reactions)


def _when(reaction: dict[str, Any], clock: Clock) -> str:
    return f" ({clock(reaction['timestamp'])})" if reaction.get("timestamp") else ""


def _media(kind: str, uri: str) -> str:
    uri = escape(uri)
    if kind in ("photos", "gifs"):
        return f'<div><a target="_blank" href="{uri}"><img src="{uri}" class="_a6_o _3-96" /></a></div>'
    if kind == "files":
        return f'<div><a target="_blank" href="{uri}">{uri.rpartition("/")[2]}</a></div>'
    tag = "video" if kind == "videos" else "audio"
    return f'<div>Click for {tag}:<{tag} src="{uri}" controls="1"></{tag}></div>'


def entries_of(value: Any) -> list[dict[str, Any]]:
    """The entries of an Instagram list, whichever of its envelopes it has."""
    if isinstance(value, dict) and not ({"label_values", "string_list_data", "string_map_data"} & value.keys()):
        value = next(iter(value.values()), [])
    return value if isinstance(value, list) else [value]


def list_page(title: str, entries: list[dict[str, Any]], clock: Clock) -> bytes:
    """The page of an Instagram list."""
    return page(title, [_row(one, clock) for one in entries])


def _row(entry: dict[str, Any], clock: Clock) -> str:
    heading = f'<h2 class="_3-95 _2pim _a6-h _a6-i">{escape(entry["title"])}</h2>' if entry.get("title") else ""
    pairs = [*_mapped(entry.get("string_map_data") or {}, clock), *_labelled(entry.get("label_values") or [], clock)]
    body = f'<table style="table-layout: fixed;">{"".join(pairs)}</table>' if pairs else ""
    body += "".join(_linked(one, clock) for one in entry.get("string_list_data") or ())
    body += "".join(
        _media("photos", one["uri"]) for one in (entry.get("media_map_data") or {}).values() if one.get("uri")
    )
    stamp = entry.get("timestamp")
    below = f'<div class="_3-94 _a6-o">{clock(stamp)}</div>' if stamp else ""
    return (
        f'<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder">{heading}<div class="_a6-p">{body}</div>{below}</div>'
    )


def _linked(row: dict[str, Any], clock: Clock) -> str:
    href, value = row.get("href") or "", row.get("value") or row.get("href") or ""
    said = f'<a target="_blank" href="{escape(href)}">{escape(value)}</a>' if href else escape(value)
    when = f"<div>{clock(row['timestamp'])}</div>" if row.get("timestamp") else ""
    return f"<div><div>{said}</div>{when}</div>"


def _mapped(fields: dict[str, Any], clock: Clock) -> list[str]:
    return [
        _pair(label, one.get("value") or one.get("href") or "", one.get("timestamp"), clock)
        for label, one in fields.items()
    ]


def _labelled(values: list[Any], clock: Clock) -> list[str]:
    made = []
    for one in values:
        if "dict" in one:
            inner = "".join(_labelled([*one["dict"]], clock))
            heading = f'<h2 class="_3-95 _2pim _a6-h _a6-i">{escape(one.get("title", ""))}</h2>'
            inside = f'{heading}<div class="_a6-p"><table>{inner}</table></div>'
            made.append(f'<tr><td colspan="2" class="_2pin _a6_q"><div><div>{inside}</div></div></td></tr>')
        else:
            made.append(
                _pair(
                    one.get("label", ""), one.get("value") or one.get("href") or "", one.get("timestamp_value"), clock
                )
            )
    return made


def _pair(label: str, value: str, stamp: Any, clock: Clock) -> str:
    if stamp:
        shown = f'<td class="_2pin _a6_q">{escape(label)}</td><td class="_2pin _2piu _a6_r">{clock(stamp)}</td>'
    else:
        shown = f'<td colspan="2" class="_2pin _a6_q">{escape(label)}<div><div>{escape(value)}</div></div></td>'
    return f"<tr>{shown}</tr>"


def of_zone(zone: str) -> Clock:
    """A clock of a zone with its summer time, seconds shown, as Facebook's pages print it."""

    def shown(utc_seconds: float) -> str:
        at = datetime.fromtimestamp(utc_seconds, tz=ZoneInfo(zone))
        clock = f"{at.hour % 12 or 12}:{at.minute:02d}:{at.second:02d} {'am' if at.hour < 12 else 'pm'}"
        return f"{at.strftime('%b')} {at.day:02d}, {at.year} {clock}"

    return shown


def facebook_page(title: str, elements: list[dict[str, Any]], clock: Clock) -> bytes:
    """The page of a Facebook list: a heading, words below it, labelled values, and the date."""
    return page(title, [_card(one, clock) for one in elements])


def _card(element: dict[str, Any], clock: Clock) -> str:
    if "entries" in element:
        return _card_of(element.get("name", ""), "".join(_visit(one, clock) for one in element["entries"]), "")
    rows = [(key.replace("_", " ").capitalize(), value) for key, value in element.items() if key not in _SHOWN]
    rows += [
        (one["label"], one.get("value") or one.get("href")) for one in element.get("label_values", ()) if "label" in one
    ]
    rows += [("Name", one["value"]) for one in element.get("string_list_data", ())]
    pairs = [_two(label, value, clock) for label, value in rows if isinstance(value, str | int) and value != ""]
    said = "".join(f"<div><div>{escape(text)}</div></div>" for text in _texts(element))
    files = "".join(_attached(one) for each in element.get("attachments", ()) for one in each["data"])
    heading = next(
        (element[key] for key in ("title", "name", "text", "action", "event", "status") if element.get(key)), ""
    )
    body = said + files + (f"<table>{''.join(pairs)}</table>" if pairs else "")
    if href := element.get("href"):
        body += f'<div><a href="{escape(href)}">{escape(href)}</a></div>'
    stamp = element.get("timestamp")
    return _card_of(heading, body, clock(stamp) if stamp else "")


_SHOWN = frozenset(
    "timestamp title name text action event status data attachments label_values href string_list_data media unread fbid".split()
)


def _card_of(heading: str, body: str, date: str) -> str:
    title = f'<h2 class="_2ph_ _a6-h _a6-i">{escape(heading)}</h2>' if heading else ""
    below = f'<footer class="_3-94 _a6-o"><div class="_a72d">{date}</div></footer>' if date else ""
    return f'<section class="_a6-g">{title}<div class="_2ph_ _a6-p">{body}</div>{below}</section>'


def _visit(entry: dict[str, Any], clock: Clock) -> str:
    data = entry["data"]
    return f'<div><div><a href="{escape(data["uri"])}">{escape(data["name"])}</a></div><div>{clock(entry["timestamp"])}</div></div>'


def _texts(element: dict[str, Any]) -> list[str]:
    found = []
    for one in element.get("data", ()):
        for key in ("comment", "reaction", "post"):
            value = one.get(key)
            text = value.get(key) if isinstance(value, dict) else value
            found += [text] if text else []
    return found


def _two(label: str, value: str | int, clock: Clock) -> str:
    shown = clock(value) if label.endswith("timestamp") and isinstance(value, int) else escape(str(value))
    label = label.removesuffix(" timestamp")
    return f'<tr><td class="_a6_q">{escape(label)}</td><td class="_2piu _a6_r">{shown}</td></tr>'


def _attached(one: dict[str, Any]) -> str:
    if uri := one.get("media", {}).get("uri"):
        return _media("photos", uri)
    link = one.get("external_context", {}).get("url", "")
    return f'<div><a href="{escape(link)}">{escape(link)}</a></div>' if link else ""
