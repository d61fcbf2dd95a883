"""Text out of evidence made fit to be shown: hidden characters visible, markup inert, words for codes.

Everything a page, a sheet or a CSV cell shows of an export passes through here. What is stored (`messages.jsonl`, native
files) never does: there the text stands exactly as decoded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import Any

from plainrecord.records import valid_text
from plainrecord.times import format_utc, show_local

# Controls (C0 without tab and line feed, DEL, C1), direction embeddings, overrides and isolates, line separators,
# zero-width and tag characters, noncharacters. Direction *marks* stay: they are harmless and common in chat exports.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text with every hidden or direction-changing character as `[U+202E]`; line ends become line feeds."""
    # Every hidden character is unprintable, and this asks many times faster than the pattern below.
    if text.isprintable() or text.replace("\n", " ").replace("\t", " ").isprintable():
        return text
    text = valid_text(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    return _HIDDEN.sub(_name, text)


def _name(match: re.Match[str]) -> str:
    return f"[U+{ord(match[0]):04X}]"


def html(text: str) -> str:
    """The text visible and escaped, for an element or a quoted attribute."""
    return escape(visible(text))


@lru_cache(maxsize=8192)
def short_html(text: str) -> str:
    """`html`, remembered: for the names, codes and labels that stand in one item after the other."""
    return html(text)


def one_line(text: str, longest: int) -> str:
    """The text's first characters on one line, visible, with "…" where it goes on."""
    shown = " ".join(visible(text[: 4 * longest]).split())
    return shown if len(shown) <= longest and len(text) <= 4 * longest else shown[:longest].rstrip() + " …"


PARTS = {"subject": "Subject", "owner": "Owner", "context": "Other person"}
DIRECTIONS = {
    "subject_to_owner": "subject to owner",
    "owner_to_subject": "owner to subject",
    "subject_to_other": "subject to others",
    "other": "between others",
    "unknown": "direction not known",
}
BASES = {
    "explicit_offset": "offset from UTC written in the source",
    "epoch_utc": "stored as a count of seconds in UTC",
    "documented_utc": "the format says that it is UTC",
    "device_local_assumed": "zone assumed: the device’s",
    "export_locale_assumed": "zone assumed: the export’s",
    "floating_unknown": "zone not known, so it stands in no timeline",
}
PRECISIONS = {
    "ns": "nanosecond",
    "us": "microsecond",
    "ms": "millisecond",
    "s": "second",
    "min": "minute",
    "day": "day",
}
FLAGS = {
    "ambiguous": "this clock time happened twice that night",
    "nonexistent": "this clock time was skipped that night",
}


def shown_time(time: dict[str, Any], zone: str | None, utc_us: int | None) -> str:
    """A record's time as a person reads it; one that could not be placed is shown as written and says so.

    `time` is the file form of a time block, `utc_us` its instant in microseconds or None.
    """
    if utc_us is None:
        return f"Undated, written “{visible(time['ts_raw'])}”" if time["ts_raw"] else "Undated, no time given"
    shown = show_local(utc_us, zone)
    return shown if time["precision"] in ("s", "ms", "us", "ns") else f"{shown}, to the {PRECISIONS[time['precision']]}"


def time_basis(time: dict[str, Any]) -> str:
    """How the time was understood, in words."""
    words = BASES[time["tz_basis"]]
    if time["tz_name"]:
        words += f" ({time['tz_name']})"
    return f"{words}; {FLAGS[time['dst_flag']]}" if time["dst_flag"] in FLAGS else words


def period(first: int | None, last: int | None, zone: str | None) -> str:
    """Two instants as a span, or that there is none."""
    if first is None or last is None:
        return "no dated records"
    return show_local(first, zone) if first == last else f"{show_local(first, zone)} to {show_local(last, zone)}"


def utc_text(utc_us: int | None) -> str:
    """An instant as RFC 3339 UTC, "" for none."""
    return "" if utc_us is None else format_utc(utc_us)


def account_text(account: dict[str, Any] | None) -> str:
    """An account as written, with the display name beside it."""
    if account is None:
        return "not stated in the source"
    name = account.get("name")
    return f"{name} <{account['value']}>" if name and name != account["value"] else str(account["value"])


def copy_text(copy: Mapping[str, Any]) -> str:
    """Another place where the message of an item stands, and how far it is the same."""
    place = " ".join(filter(None, (copy["original"], copy["member"], copy["locator"])))
    same = "the same bytes" if copy["same"] == "bytes" else "other bytes that say the same"
    return f"{copy['source']}: {place} ({same})"


def size_text(count: int | None) -> str:
    """A length in bytes, with thousands separated."""
    return "size not known" if count is None else f"{count:,} bytes"


def plural(count: int, one: str, many: str | None = None) -> str:
    """ "1 message", "2 messages", "1,234 messages"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def seal_groups(seal: str) -> list[str]:
    """A digest in groups of eight characters, for reading aloud."""
    return [seal[at : at + 8] for at in range(0, len(seal), 8)]
