"""One entry of an Instagram list in any of its three envelopes, as labelled parts: what is written, repaired, with its role.

`string_list_data` (rows without labels), `string_map_data` (label → value) and `label_values` (a list of labels, nested at
will) say the same things in different years. Labels are in the account's language; `instagramlabels.toml` says what they
mean, and where it does not know a label, the shape of the value does. It knows no kinds of records and nobody's role.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from plainrecord.parsers import meta
from plainrecord.parsers.chat.jsonchat import shown
from plainrecord.times import Meaning, TimeBlock, from_epoch

BY_SHAPE = "instagram:read-by-shape"
WITHHELD = "withheld: secret"

_USERNAME = re.compile(r"[A-Za-z0-9._]{1,30}")
_AGENT = re.compile(r"(?:Instagram|Barcelona|Mozilla|Dalvik|okhttp)[ /][0-9]")
# What a label calls something with which an account can be used; a device's id is none.
_SECRET = re.compile(r"cookie|token|datr|session[ _-]?id|csrf|secret", re.IGNORECASE)
_MASKED = re.compile(r"\*{3,}\w*")
# What stands in a profile's place in a link without being one.
_NOBODY = frozenset("p reel reels tv explore accounts stories direct s web about".split())
_LINK = re.compile(r"https?://(?:[a-z0-9-]+\.)*(?:instagram\.com|threads\.(?:net|com))/(.*)", re.IGNORECASE)
_DEEPEST = 12


class Part(NamedTuple):
    """One value of an entry. `role` is what its label means ("" where nobody knows), `group` the heading it stands under."""

    label: str
    role: str
    value: str
    href: str = ""
    stamp: int | None = None
    group: str = ""
    group_role: str = ""
    stored: str | None = None


@dataclass(slots=True)
class Entry:
    """An entry: its heading, its parts, its rows without labels, and the time it gives for itself."""

    title: str
    parts: list[Part]
    rows: list[Part]
    stamp: int | None
    rest: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    def with_role(self, *roles: str) -> list[Part]:
        """Its parts of these roles, in order of roles, then as written."""
        return [part for role in roles for part in self.parts if part.role == role]

    def value(self, *roles: str) -> str:
        """The first value that is not empty among these roles, or ""."""
        return next((part.value for part in self.with_role(*roles) if part.value), "")


_LISTS: dict[str, type] = {"string_list_data": list, "string_map_data": dict, "label_values": list}
_PLAIN = frozenset(("label", "value"))
_OF_A_PART = frozenset("label value href timestamp timestamp_value dict vec title ent_field_name".split())
# The role of what stands beside a value and says nothing by itself.
_BESIDE = "beside"


def entry_of(element: object, *, damaged: bool) -> Entry | None:
    """The entry an element is; None when it is none. Whatever stands in it, nothing is raised and nothing is lost."""
    if not isinstance(element, dict):
        return None
    reading = _Reading(damaged)
    entry = Entry(
        reading.text(element.get("title")),
        [*reading.mapped(element.get("string_map_data")), *reading.labelled(element.get("label_values"))],
        list(reading.listed(element.get("string_list_data"))),
        stamp(element.get("timestamp")) or stamp(element.get("creation_timestamp")),
        {name: reading.tree(value) for name, value in element.items() if not _is_said(name, value)},
        reading.notes,
    )
    entry.parts = [*_by_shape(entry.parts, entry.notes), *reading.beside]
    return entry


def _is_said(name: str, value: object) -> bool:
    if name in _LISTS:
        return value is None or isinstance(value, _LISTS[name])
    if name in ("timestamp", "creation_timestamp"):
        return value in (0, "0", "") or stamp(value) is not None
    return name == "title" and not isinstance(value, dict | list)


@dataclass(slots=True)
class _Reading:
    """How values become text, and what had to be done; `beside` gathers what has no place of its own."""

    damaged: bool
    notes: list[str] = field(default_factory=list)
    beside: list[Part] = field(default_factory=list)

    def text(self, value: object) -> str:
        if value is None or value is False or isinstance(value, dict | list):
            return ""
        text = value if isinstance(value, str) else shown(value)
        if not self.damaged or text.isascii():
            return text
        fixed = meta.repaired(text)
        if fixed.note and fixed.note not in self.notes:
            self.notes.append(fixed.note)
        return fixed.text

    def tree(self, value: object) -> object:
        return meta.repaired_tree(value) if self.damaged else value

    def part(self, label: str, holds: dict[str, Any], group: str = "", group_role: str = "") -> Part:
        raw = holds.get("value")
        value = self.text(raw)
        stored = raw if isinstance(raw, str) and raw != value else None
        when = stamp(holds.get("timestamp")) or stamp(holds.get("timestamp_value"))
        if not (holds.keys() <= _PLAIN and (raw is None or isinstance(raw, str))):
            self._note_beside(label, holds, group)
        return Part(label, role_of(label), value, self.text(holds.get("href")), when, group, group_role, stored)

    def _note_beside(self, label: str, holds: dict[str, Any], group: str) -> None:
        self.beside += (
            Part(f"{label or 'value'}/{self.text(name)}", _BESIDE, self.text(shown(one)), group=group)
            for name, one in holds.items()
            if one not in (None, False, 0, "", [], {}) and _is_beside(name, one)
        )

    def listed(self, rows: object) -> Iterator[Part]:
        for row in rows if isinstance(rows, list) else ():
            yield self.part("", row if isinstance(row, dict) else {"value": row})

    def mapped(self, fields: object) -> Iterator[Part]:
        for label, holds in fields.items() if isinstance(fields, dict) else ():
            said = self.text(label)
            yield self.part(said, holds if isinstance(holds, dict) else {"value": holds})

    def labelled(self, values: object, group: str = "", depth: int = 0) -> Iterator[Part]:
        if depth > _DEEPEST:
            yield self.part(group, {"value": shown(values)}, group, role_of(group))
            return
        for one in values if isinstance(values, list) else ():
            if isinstance(one, dict):
                yield from self._label(one, group, depth)
            else:
                yield self.part(group, {"value": one}, group, role_of(group))

    def _label(self, one: dict[str, Any], group: str, depth: int) -> Iterator[Part]:
        """One label, and what is nested under it: a part without a label bears the heading above it."""
        label = self.text(one.get("label"))
        heading = self.text(one.get("title")) or label or group
        nests = [nest for nest in ("dict", "vec") if isinstance(one.get(nest), list)]
        if not nests or "value" in one or "timestamp_value" in one:
            yield self.part(label or heading, one, group, role_of(group))
        for nest in nests:
            for inner in self.labelled(one[nest], heading, depth + 1):
                yield inner if inner.label else inner._replace(label=heading)


def _is_beside(name: str, value: object) -> bool:
    """Whether a field of a part is said nowhere else: an unknown one, or a known one with a value of another kind."""
    if name in ("timestamp", "timestamp_value"):
        return stamp(value) is None
    if name in ("dict", "vec"):
        return not isinstance(value, list)
    return name not in _OF_A_PART or isinstance(value, dict | list)


def _by_shape(parts: Sequence[Part], notes: list[str]) -> Iterator[Part]:
    """Roles for the labels nobody knows, where the value can be one thing only and no label claims that role."""
    known = {part.role for part in parts}
    guessed: dict[str, list[Part]] = {}
    for part in parts:
        if not part.role and (role := _shape(part)):
            guessed.setdefault(role, []).append(part)
    sure = {id(one[0]): role for role, one in guessed.items() if len(one) == 1 and role not in known}
    if sure:
        notes.append(BY_SHAPE)
    for part in parts:
        # A cookie is withheld whatever its label, and however many there are.
        masked = not part.role and _MASKED.fullmatch(part.value)
        role = "cookie" if masked else sure.get(id(part), part.role)
        yield part._replace(role=role)


def _shape(part: Part) -> str:
    value = part.value
    if part.stamp is not None and not value:
        return "time"
    if _is_ip(value):
        return "ip"
    if _AGENT.match(value):
        return "user-agent"
    return "url" if value.startswith(("http://", "https://")) else ""


def _is_ip(value: str) -> bool:
    if not value or len(value) > 45 or not ("." in value or ":" in value):
        return False
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def stamp(value: object) -> int | None:
    """Seconds since 1970; None for 0, which means “not this field” and never the first of January 1970."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value) if isinstance(value, str) or abs(value) < 10**20 else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 and int(text) > 0 else None


def moment(seconds: int, where: str, meaning: Meaning = "occurred") -> TimeBlock:
    """The time block of such a count."""
    return from_epoch(seconds, "s", str(seconds), where, meaning=meaning)


def user_of(href: str) -> str:
    """The username a profile's link names, or ""."""
    match = _LINK.match(href) if len(href) < 2000 else None
    if match is None:
        return ""
    steps = [step for step in re.split(r"[/?#]", match[1]) if step]
    if steps and steps[0] in ("_u", "stories"):
        steps = steps[1:]
    name = steps[0].removeprefix("@") if steps else ""
    return name if is_username(name) and name not in _NOBODY else ""


def is_username(text: str) -> bool:
    """Whether a text can be a username at all: a display name with a blank or an accent cannot."""
    return _USERNAME.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def role_of(label: str) -> str:
    """What a label means, or ""."""
    return _roles().get(_bare(label), "") if label else ""


@cache
def _roles() -> dict[str, str]:
    table = tomllib.loads(files(__package__).joinpath("instagramlabels.toml").read_text("utf-8"))
    return {_bare(label): role for role, labels in table.items() for label in labels}


def _bare(label: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", label[:200]).casefold().replace("’", "'").split())


def facts_of(parts: Iterable[Part]) -> dict[str, str]:
    """Every part under its own label; two of one label are numbered. No secret is copied, and times stand elsewhere."""
    facts: dict[str, str] = {}
    for part in parts:
        is_secret = part.value and (part.role == "cookie" or _SECRET.search(part.label))
        said = WITHHELD if is_secret else part.value or part.href
        if said:
            facts[_free(facts, f"{part.group}: {part.label}" if part.group else part.label)] = said[:4000]
            if part.value and part.href and part.href != part.value:
                facts[_free(facts, f"{part.label} (link)")] = part.href[:4000]
    return facts


def _free(facts: dict[str, str], name: str) -> str:
    name = name[:200] or "value"
    number = 2
    free = name
    while free in facts:
        free, number = f"{name} ({number})", number + 1
    return free
