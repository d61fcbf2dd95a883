"""The words WhatsApp itself writes, in every language there is a table for: placeholders, calls, deletions, notices.

Tables are data (`data/whatsapp_words.toml`, `data/whatsapp_system.toml`, each with its source). Everything is compared in
one plain form: without bidirectional marks, without case, without a last full stop.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from plainrecord.parsers.chat.whatsapp_header import MARKS
from plainrecord.records import Kind

# Roles of `whatsapp_words.toml` that stand for a file the export left out; what they say the file was.
OMITTED = frozenset("image video audio sticker gif contact document video_note video_message media".split())
_WHOLE_LINES = (*sorted(OMITTED), "live_location", "deleted", "you_deleted", "missed_voice", "missed_video", "poll")
_DROPPED = {ord(mark): None for mark in MARKS} | {0xA0: " ", 0x202F: " ", 0x2009: " "}


def unmarked(text: str) -> str:
    """Text without bidirectional marks, exotic spaces as plain ones."""
    return text.translate(_DROPPED)


def plain(text: str) -> str:
    """The form in which words are compared."""
    return " ".join(unmarked(text).split()).removesuffix(".").casefold()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a whole line of the app means: its role in the table and the languages that write it so."""

    role: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SystemLine:
    """One pattern of `whatsapp_system.toml`."""

    code: str
    kind: Kind
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Words:
    """All tables, made ready. `whole_lines` is keyed by plain text; `first_lines` are their bytes in lower ASCII case."""

    whole_lines: dict[str, Meaning]
    first_lines: frozenset[bytes]
    attached: re.Pattern[str]
    file_attached: re.Pattern[str]
    locations: frozenset[str]
    edited: frozenset[str]
    options: frozenset[str]
    openings: tuple[str, ...]
    system: tuple[SystemLine, ...]
    calls: tuple[SystemLine, ...]
    titles: tuple[re.Pattern[str], ...]


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files("plainrecord.parsers.chat").joinpath("data", name).read_text("utf-8"))


@cache
def words() -> Words:
    """The tables, read once."""
    spoken, system = _table("whatsapp_words.toml"), _table("whatsapp_system.toml")
    lines: dict[str, tuple[str, list[str]]] = {}
    by_role: dict[str, list[str]] = defaultdict(list)
    for language, roles in sorted(spoken["words"].items()):
        for role, texts in roles.items():
            by_role[role] += texts
            for text in texts if role in _WHOLE_LINES else ():
                lines.setdefault(plain(text + (":" if role == "poll" else "")), (role, []))[1].append(language)
    return Words(
        whole_lines={text: Meaning(role, tuple(dict.fromkeys(found))) for text, (role, found) in lines.items()},
        first_lines=frozenset(_spellings([text for role in _WHOLE_LINES for text in by_role[role]], by_role["poll"])),
        attached=_attached(by_role["attached"], by_role["attached_after"]),
        file_attached=re.compile(
            rf"^(?P<name>[^\n]{{1,255}}?) \((?P<word>{_either(by_role['file_attached'])})\)[ \t]*$",
            re.MULTILINE | re.IGNORECASE,
        ),
        locations=frozenset(map(plain, by_role["location"])),
        edited=frozenset(map(plain, by_role["edited"])),
        options=frozenset(map(plain, by_role["option"])),
        openings=tuple(plain(text) for text in spoken["encryption"]["openings"]),
        system=tuple(_line(entry, entry["code"]) for entry in system["line"]),
        calls=tuple(_line(entry, entry["outcome"]) for entry in system["call"]),
        titles=tuple(_title(form) for form in system["titles"]["forms"]),
    )


def _spellings(texts: list[str], polls: list[str]) -> set[bytes]:
    """The whole lines as a cheap test on bytes meets them; what passes is looked at again in plain form."""
    spelt = {form for text in texts for form in (text, text.casefold(), text.capitalize())}
    spelt |= {form + "." for form in spelt} | {f"{poll}:" for poll in polls} | {"", ".", "null"}
    return {form.encode().lower() for form in spelt}


def _either(texts: list[str]) -> str:
    return "|".join(re.escape(text) for text in sorted(set(texts), key=lambda text: (-len(text), text)))


def _attached(before: list[str], after: list[str]) -> re.Pattern[str]:
    # Three generations: <attached: FILE>, Turkish <FILE eklendi>, and the old FILE <attached>.
    word, mark = _either(before), "[\u200e\u200f]?"
    forms = (
        rf"<{mark}(?:{word}): ?(?P<name>[^<>\n]{{1,255}})>",
        rf"<{mark}(?P<name_before>[^<>\n]{{1,255}}?) (?:{_either(after)})>",
        rf"(?P<name_old>[^<>\n]{{1,255}}?) <{mark}(?:{word})>",
    )
    return re.compile("|".join(forms), re.IGNORECASE)


def _line(entry: dict[str, str], code: str) -> SystemLine:
    kind: Any = entry.get("kind", "system")
    return SystemLine(code, kind, re.compile(entry["pattern"], re.IGNORECASE))


def _title(form: str) -> re.Pattern[str]:
    before, after = form.split("{}")
    # Underscores may stand for spaces, and " (1)" is what a second download of the same export is called.
    spaced = re.escape(before).replace(r"\ ", "[ _]") + r"(?P<name>.+?)" + re.escape(after).replace(r"\ ", "[ _]")
    return re.compile(spaced + r"(?:[ _]\(\d+\))?\Z", re.IGNORECASE)


def title_in(name: str) -> str | None:
    """The other party or group that the name of an export states (without its suffix), or None."""
    stem = re.sub(r"\.(?:txt|zip)\Z", "", name, flags=re.IGNORECASE)
    return next((match["name"].strip() for form in words().titles if (match := form.match(stem))), None)
