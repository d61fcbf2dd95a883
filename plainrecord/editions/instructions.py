"""What a person decided about a service edition: what is kept back, what is blacked out, what may stay.

A TOML file that a named person writes. Nothing in it is found by a program; what the program does by rule is listed in
`RULES` and can be switched off there, by name and with a reason.

    by = "DC Dee"
    role = "OIC"
    private = ["22 Sample Street", "AB1 2CD"]     # the owner's; the build stops where any of it is left
    [[withhold]]  item = "M-000012"   reason = "legal_privilege_possible"
    [[redact]]    words = "22 Sample Street"   reason = "where the owner lives"   item = "M-000020"   # without item: everywhere
    [[allow]]     words = "0800 555 111"   reason = "a public number"
    [[keep]]      rule = "log"   reason = "the owner wants it served"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plainrecord.custody.events import ROLES
from plainrecord.errors import UsageError

REASONS = ("third_party_private", "legal_privilege_possible", "under18_image", "safety")
# What is done by rule, in words for the schedule; `keep` in the file switches one off.
RULES = {
    "log": "The owner's own log entries and events of the owner's own accounts are withheld.",
    "pages": "Pages the owner kept from a browser are withheld: they show what the owner's own session shows.",
    "owner-accounts": "Addresses, numbers and names of accounts of the owner are blacked out in words.",
    "device-data": "Files that state a place or a device are withheld; their fingerprints stay.",
}
_ITEM = re.compile(r"M-[0-9]{6,12}(-[0-9]{1,6}){0,8}")


@dataclass(frozen=True, slots=True)
class Withhold:
    """One item kept back whole, for one of REASONS."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Redact:
    """Words blacked out in one item, or in every one (`item` "")."""

    words: str
    reason: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Allow:
    """Words that the scan would stop at and that may stay."""

    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class Instructions:
    """Everything a named person decided."""

    by: str
    role: str = "reviewer"
    private: tuple[str, ...] = ()
    withhold: tuple[Withhold, ...] = ()
    redact: tuple[Redact, ...] = ()
    allow: tuple[Allow, ...] = ()
    keep: tuple[tuple[str, str], ...] = ()

    def applies(self, rule: str) -> bool:
        """Whether one of RULES is in force."""
        return rule not in dict(self.keep)


def read_instructions(path: Path) -> Instructions:
    """The file as values. Raises UsageError in one sentence that names the entry which cannot be understood."""
    try:
        found = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error}). Nothing was built.") from None
    reader = _Reader(path.name)
    reader.known(found, "by role private withhold redact allow keep".split(), "the file")
    role = reader.text(found, "role", "the file") if "role" in found else "reviewer"
    if role not in ROLES:
        raise reader.refusal(f"role must be one of {', '.join(ROLES)}")
    return Instructions(
        by=reader.text(found, "by", "the file"),
        role=role,
        private=tuple(reader.private(found.get("private", []))),
        withhold=tuple(reader.withhold(found.get("withhold", []))),
        redact=tuple(reader.redact(found.get("redact", []))),
        allow=tuple(
            Allow(reader.text(one, "words", where), reader.text(one, "reason", where))
            for where, one in reader.tables(found.get("allow", []), "allow", ("words", "reason"))
        ),
        keep=tuple(reader.keep(found.get("keep", []))),
    )


def held_in(item: str) -> Iterable[str]:
    """The item, and every item it is carried inside: M-000012-1 came with M-000012, and what is decided of that holds of it."""
    parts = item.split("-")
    return ("-".join(parts[:end]) for end in range(len(parts), 1, -1))


class _Reader:
    """Reads entries, and names the one it cannot read."""

    def __init__(self, name: str) -> None:
        self._name = name

    def refusal(self, says: str) -> UsageError:
        return UsageError(f"{self._name}: {says}. Nothing was built.")

    def known(self, table: dict[str, Any], names: Iterable[str], where: str) -> None:
        for name in table:
            if name not in names:
                raise self.refusal(f"{where} has “{name}”, which means nothing here")

    def text(self, table: dict[str, Any], name: str, where: str) -> str:
        value = table.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.refusal(f"{where} needs {name} as text that is not empty")
        return value.strip()

    def tables(self, value: Any, name: str, fields: tuple[str, ...]) -> Iterable[tuple[str, dict[str, Any]]]:
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.refusal(f"{name} must be written as [[{name}]]")
        for at, one in enumerate(value, start=1):
            where = f"[[{name}]] number {at}"
            self.known(one, fields, where)
            yield where, one

    def private(self, value: Any) -> Iterable[str]:
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            raise self.refusal("private must be a list of texts that are not empty")
        return (one.strip() for one in value)

    def withhold(self, value: Any) -> Iterable[Withhold]:
        for where, one in self.tables(value, "withhold", ("item", "reason")):
            reason = self.text(one, "reason", where)
            if reason not in REASONS:
                raise self.refusal(f"{where}: reason must be one of {', '.join(REASONS)}")
            yield Withhold(self._item(one, where), reason)

    def redact(self, value: Any) -> Iterable[Redact]:
        for where, one in self.tables(value, "redact", ("item", "words", "reason")):
            item = self._item(one, where) if "item" in one else ""
            yield Redact(self.text(one, "words", where), self.text(one, "reason", where), item)

    def keep(self, value: Any) -> Iterable[tuple[str, str]]:
        for where, one in self.tables(value, "keep", ("rule", "reason")):
            rule = self.text(one, "rule", where)
            if rule not in RULES:
                raise self.refusal(f"{where}: rule must be one of {', '.join(RULES)}")
            yield rule, self.text(one, "reason", where)

    def _item(self, table: dict[str, Any], where: str) -> str:
        item = self.text(table, "item", where)
        if not _ITEM.fullmatch(item):
            raise self.refusal(f"{where}: “{item}” is no item number; they are written M-000123")
        return item
