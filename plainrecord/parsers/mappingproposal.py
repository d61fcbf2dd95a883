"""Propose a mapping from a table's header row and first rows, for a person to check and correct. Never applied by itself."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from plainrecord.parsers.mapping import VERSION, Columns
from plainrecord.parsers.tabularrows import Row, folded
from plainrecord.parsers.tabulartimes import Shown, order_shown, tidy, written

_FIELDS = tuple(Columns.model_fields)
_MEANINGS = {
    "time": "date and time of a message, in one column",
    "date": "only when date and time of day stand in two columns",
    "clock": "only when date and time of day stand in two columns",
    "offset": "offset from UTC, e.g. +01:00",
    "sender": "name or account of who wrote",
    "sender_id": "number, address or id of who wrote, beside the name",
    "recipient": "who it was written to",
    "other": "the other party, whichever way it went; needs “direction”",
    "direction": "incoming or outgoing; say its words under [direction]",
    "text": "the words of the message",
    "conversation": "name or id of the chat",
    "attachments": "names of attached files",
    "service": "app or network, where rows differ in it",
    "message_id": "the message's own id",
}
_DIGITS: dict[int, str] = {10: "unix-seconds", 13: "unix-milliseconds", 16: "unix-microseconds", 9: "apple-seconds"}


@cache
def header_words() -> dict[str, dict[str, list[str]]]:
    """The table of words, as in its file."""
    text = files("plainrecord.parsers").joinpath("data", "tabular_words.toml").read_text("utf-8")
    return tomllib.loads(text)


def proposed_columns(header: Sequence[str]) -> dict[str, str]:
    """Field → column, for every field one of whose words heads a column; a column is given once."""
    plain = {folded(name): name for name in reversed(header)}
    found: dict[str, str] = {}
    for field in _FIELDS:
        names = (plain[word] for word in header_words()["columns"][field] if word in plain)
        name = next((name for name in names if name not in found.values()), None)
        if name:
            found[field] = name
    if "time" in found:
        found.pop("date", None)
        found.pop("clock", None)
    elif "clock" in found and "date" not in found:
        found["time"] = found.pop("clock")
    elif "date" in found and "clock" not in found:
        found["time"] = found.pop("date")
    if "sender" in found or "direction" not in found:
        found.pop("other", None)
    return found


def likely_table(header: Sequence[str]) -> bool:
    """Whether a header row looks like one of a table of messages: a time, a text, and somebody."""
    found = proposed_columns(header)
    return (
        bool({"time", "date"} & found.keys())
        and "text" in found
        and bool({"sender", "sender_id", "other"} & found.keys())
    )


def propose(shown: str, header: Sequence[str], rows: Sequence[Row], table: dict[str, Any]) -> str:
    """The TOML text of a proposed mapping. `table` holds what was found out about the file (delimiter, sheet, header row)."""
    columns = proposed_columns(header)
    form, order, why = _times(columns, header, rows)
    return "\n".join(
        (
            "# A column mapping, proposed from the first rows. Check every line against the table, correct it, save it,",
            "# and give it with --mapping FILE. Nothing is read with it before you do.",
            f"# The columns are: {_comment(', '.join(header))}",
            f"mapping_version = {VERSION}",
            f"name = {_toml(_comment(f'Mapping for {shown}'))}",
            "",
            "[table]",
            *(f"{key} = {_toml(value)}" for key, value in table.items()),
            "",
            "[columns]",
            *(f"{field} = {_toml(columns.get(field, ''))}  # {_MEANINGS[field]}" for field in _FIELDS),
            "",
            "[times]",
            f"form = {_toml(form)}  # text, unix-seconds, unix-milliseconds, unix-microseconds, filetime, apple-seconds,",
            "               # apple-nanoseconds, serial (days, as spreadsheets count)",
            f"order = {_toml(order)}  # {_comment(why)}",
            'timezone = ""  # zone of times that carry none, e.g. "Europe/London"; empty: as said for the case',
            "",
            *_directions(columns, header, rows),
            "[says]",
            'service = "table"  # the service the messages come from, e.g. "sms", where no column says it',
            'owner = ""  # the account or name of the person whose table it is, for sent messages',
            'accounts = ""  # number, address, handle, id or name; empty: by how each looks',
            'separator = ";"  # between several files in one cell',
            "",
        )
    )


def _times(columns: dict[str, str], header: Sequence[str], rows: Sequence[Row]) -> tuple[str, str, str]:
    """(form, order, remark) that the first rows suggest."""
    name = columns.get("time") or columns.get("date")
    cells = list(_column(name, header, rows))
    if not cells:
        return "text", "", "DMY, MDY or YMD, where 3/4/2024 could be either"
    if any(cell.kind == "date" for cell in cells):
        return "text", "", "the workbook stores its dates as dates, so nothing is open"
    first = tidy(cells[0].text)
    if re.fullmatch(r"\d{9,19}", first):
        form = _DIGITS.get(len(first)) or ("filetime" if first.startswith("1") else "apple-nanoseconds")
        return form, "", f"“{first}” has {len(first)} digits: check one time you know"
    return "text", *_order(order_shown(cell.text for cell in cells))


def _order(shown: Shown) -> tuple[str, str]:
    if shown.order:
        return shown.order, f"“{shown.evidence}” can only be read this way"
    if shown.contradicted:
        return "", f"“{shown.evidence}” contradict each other: the column is written in two ways"
    if shown.open_text:
        day, month = written(shown.open_text, "DMY"), written(shown.open_text, "MDY")
        if day and month:
            return "", (
                f"say DMY or MDY: “{shown.open_text}” is {day.local:%Y-%m-%d} by DMY and {month.local:%Y-%m-%d} by MDY"
            )
    return "", "nothing is open in the first rows"


def _column(name: str | None, header: Sequence[str], rows: Sequence[Row]) -> Iterator[Any]:
    at = header.index(name) if name in header else -1
    return (row.cells[at] for row in rows if 0 <= at < len(row.cells) and row.cells[at].text.strip())


def _directions(columns: dict[str, str], header: Sequence[str], rows: Sequence[Row]) -> Iterator[str]:
    known = header_words()["directions"]
    seen = list(dict.fromkeys(cell.text.strip() for cell in _column(columns.get("direction"), header, rows)))
    yield "[direction]"
    yield f"incoming = {_toml([word for word in seen if word.casefold() in known['incoming']])}"
    yield f"outgoing = {_toml([word for word in seen if word.casefold() in known['outgoing']])}"
    left = [word for word in seen if word.casefold() not in known["incoming"] + known["outgoing"]][:10]
    if left:
        yield f"# Not known: {_comment(', '.join(left))}"
    yield ""


def _toml(value: Any) -> str:
    """A string, number or list of strings as TOML; JSON's escapes are TOML's."""
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else str(value)


def _comment(text: str) -> str:
    """A text that stays on its line of comment."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:500]
