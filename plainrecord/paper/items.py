"""One item as it stands on paper: its row of the timeline and the whole of it in its conversation. Values, no layout.

What is shown is what the pages of the bundle show: everything passes through `printable`, pictures and other files are
named and stay closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from plainrecord.bundle.numbers import is_attached
from plainrecord.bundle.page_rows import FIRST_WORDS, LONGEST_TEXT
from plainrecord.bundle.shown import (
    DIRECTIONS,
    PARTS,
    account_text,
    copy_text,
    one_line,
    plural,
    shown_time,
    size_text,
    time_basis,
)
from plainrecord.paper.printable import isolated, printable, right_to_left
from plainrecord.times import to_utc_us

_SIDES = {"subject": "s", "owner": "o", "context": "c"}
_STATES = {"present": "kept in the bundle", "missing": "missing from the source", "not-exported": "not in the export"}


class Paper(NamedTuple):
    """One item made ready: `row` for the timeline, `whole` for its conversation, and what decides where both stand. All texts
    but `when` are printable."""

    number: str
    conversation: str
    dated: bool
    kind: str
    gap: int
    when: str
    row: dict[str, Any]
    whole: dict[str, Any]


def paper_item(item: dict[str, Any], zone: str | None) -> Paper:
    """One line of `messages.jsonl`, parsed; times are shown in `zone` (IANA; UTC for None)."""
    instant = item["time"]["ts_utc"]
    when = shown_time(item["time"], zone, to_utc_us(datetime.fromisoformat(instant)) if instant else None)
    return Paper(
        item["item"],
        item["conversation_number"],
        instant is not None,
        item["kind"],
        item["gap_before"],
        when,
        _row(item, printable(when)),
        _whole(item, printable(when)),
    )


def evidence(text: str) -> dict[str, Any]:
    """Text of the evidence as a paragraph of its own, in the direction of its first letter."""
    return {"t": printable(text), "rtl": right_to_left(text)}


def _row(item: dict[str, Any], when: str) -> dict[str, Any]:
    sender = one_line(item["sender"]["value"], 60) if item["sender"] else "no sender stated"
    words = " · ".join(filter(None, (item["subject"], (item["text"] or "")[: 4 * FIRST_WORDS])))
    return {
        "n": item["item"],
        "side": _SIDES[item["part"]],
        "when": when,
        "who": f"{_who(item)}: {_aside(sender)}",
        "first": evidence(one_line(words, FIRST_WORDS) or "(no text)"),
        "marks": printable(", ".join(_remarks(item))),
    }


def _remarks(item: dict[str, Any]) -> Iterator[str]:
    yield from item["marks"]
    if item["kind"] != "message":
        yield item["kind"]
    if item["attachments"]:
        yield plural(len(item["attachments"]), "attachment")
    if is_attached(item["item"]):
        yield "carried inside " + item["item"].rpartition("-")[0]


def _whole(item: dict[str, Any], when: str) -> dict[str, Any]:
    return {
        "n": item["item"],
        "side": _SIDES[item["part"]],
        "carried": is_attached(item["item"]),
        "gap": left_out_here(item["gap_before"]),
        "head": f"{when} · {_who(item)} · {_people(item)}",
        "subject": evidence(item["subject"]) if item["subject"] else None,
        "text": _text(item["text"]),
        "more": [_attachment(one) for one in item["attachments"]],
        "also": " · ".join(_stated(item)),
        "source": " · ".join(_source(item)),
    }


def left_out_here(count: int) -> str:
    """The line that stands for records left out, "" for none."""
    return f"[{plural(count, 'message')} not included]" if count else ""


def _who(item: dict[str, Any]) -> str:
    """Whose the item is and to whom, without saying either twice."""
    part, direction = PARTS[item["part"]], DIRECTIONS[item["direction"]]
    if direction.startswith(part.lower()):
        return direction.capitalize()
    return part if item["direction"] in ("other", "unknown") else f"{part} ({direction})"


def _people(item: dict[str, Any]) -> str:
    said = f"from {_account(item['sender'])}"
    for word, accounts in (("to", item["recipients"]), ("also named", item["also"])):
        if accounts:
            said += f" {word} " + ", ".join(_account(one) + _role(one) for one in accounts)
    return said


def _account(account: dict[str, Any] | None) -> str:
    return _aside(account_text(account))


def _aside(text: str) -> str:
    return isolated(printable(text))


def _role(account: dict[str, Any]) -> str:
    return f" ({printable(account['role'])})" if account["role"] and account["role"] != "to" else ""


def _text(text: str | None) -> dict[str, Any]:
    if not text:
        return {"t": "(no text)", "rtl": False}
    shown, rest = evidence(text[:LONGEST_TEXT]), len(text) - LONGEST_TEXT
    if rest > 0:
        shown["t"] += f"\n[The other {rest:,} characters are in data/items/messages.jsonl.]"
    return shown


def _attachment(one: dict[str, Any]) -> str:
    parts = [
        f"Attachment: {_aside(one['name']) if one['name'] else 'without a name'}",
        printable(one["detected_type"] or one["claimed_type"] or "type not known"),
        size_text(one["bytes"]),
        _STATES[one["state"]] if one["media"] or one["state"] != "present" else "bytes not kept",
    ]
    if one["claimed_type"] and one["claimed_type"] != one["detected_type"]:
        parts.append(f"sent as {printable(one['claimed_type'])}")
    if one["sha256"]:
        parts.append(f"SHA-256 {printable(one['sha256'])}")
    parts += [f"{printable(name)}: {_aside(value)}" for name, value in one["facts"].items()]
    return " · ".join([*parts, *map(printable, one["notes"])])


def _stated(item: dict[str, Any]) -> Iterator[str]:
    """What else the export says of it."""
    for label, values in (("Marks", item["marks"]), ("Notes", item["notes"])):
        if values:
            yield printable(f"{label}: {', '.join(values)}")
    for name, value in (*item["status"].items(), *item["facts"].items()):
        yield f"{printable(name)}: {_aside(value)}"


def _source(item: dict[str, Any]) -> Iterator[str]:
    """Where it was found and how its time was understood: what someone needs to find it again."""
    time, position = item["time"], item["position"]
    place = " ".join(filter(None, (position["original"], position["member"], position["locator"])))
    yield f"{item['source']}: {_aside(place)}"
    yield f"time as written {_aside(time['ts_raw'])} ({printable(time['where'])}, {time_basis(time)})"
    for other in item["dates"]:
        yield f"other time {_aside(other['ts_raw'])} ({printable(other['where'])})"
    for copy in item["copies"]:
        yield f"also in {_aside(copy_text(copy))}"
    if item["text_from"] == "html":
        yield "text taken from the HTML form"
    yield f"{item['evidence_kind']}, {printable(item['kind'])}, {printable(item['service'])}, {printable(item['matched'])}"
    if item["raw_sha256"]:
        yield f"SHA-256 of record {printable(item['raw_sha256'])}"
