"""What only a person can say: when they asked to stop, what was blocked, what was in force, what an item is about.

Read from a TOML file that a person writes and signs with a name; nothing here is found by a program. Facts that need it
are empty without it, and say so.

    by = "DC Dee"
    [[stop]]     item = "M-000012"   utc = "2024-10-23T18:42:00Z"   words = "Please stop"
    [[block]]    account = "whatsapp number:+447700900317"   utc = "2024-11-01T08:19:00Z"
    [[in_force]] name = "…" text = "…" from_utc = "…" to_utc = "…"
    [[tag]]      item = "M-000031"   tag = "gift_delivery"   [amount = "0.01 GBP"]
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

from plainrecord.errors import UsageError
from plainrecord.facts.events import instant

TAGS = frozenset(
    """contact attempted_contact publishing_about impersonation monitoring_online following loitering watching property
    threat_physical threat_sexual threat_self_harm threat_share_images location_reference third_party_contact gift_delivery
    payment legal_process stop_request block report_made police_contact impact other""".split()
)


@dataclass(frozen=True, slots=True)
class Stop:
    """A request to stop, confirmed by a person: the item it stands in (or ""), its instant, its words."""

    item: str
    utc_us: int
    words: str


@dataclass(frozen=True, slots=True)
class Block:
    """An account that the owner blocked, and when."""

    account: str
    utc_us: int


@dataclass(frozen=True, slots=True)
class InForce:
    """An order, bail condition or the like, with its text and the time it held (end exclusive; None: still)."""

    name: str
    text: str
    from_us: int
    to_us: int | None


@dataclass(frozen=True, slots=True)
class Tag:
    """What a person read an item to be about, from the list of tags."""

    item: str
    tag: str
    amount: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Everything a named person confirmed."""

    by: str = ""
    stops: tuple[Stop, ...] = ()
    blocks: tuple[Block, ...] = ()
    in_force: tuple[InForce, ...] = ()
    tags: tuple[Tag, ...] = ()

    def tagged(self, *tags: str) -> list[Tag]:
        """Every tag of these kinds, in the order given."""
        return [one for one in self.tags if one.tag in tags]


def read_confirmed(text: str, name: str) -> Confirmed:
    """What a file says. Raises UsageError naming the file, the table and what is wrong."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{name} cannot be read: {error}. Correct that line and try again.") from None
    if not isinstance(said.get("by"), str) or not said["by"].strip():
        raise UsageError(f'{name} does not say who confirmed it. Put a line like by = "DC Dee" at its top.')
    rows = _Rows(said, name)
    return Confirmed(
        said["by"],
        tuple(Stop(one.text("item", ""), one.moment("utc"), one.text("words", "")) for one in rows.of("stop")),
        tuple(Block(one.text("account"), one.moment("utc")) for one in rows.of("block")),
        tuple(
            InForce(one.text("name"), one.text("text", ""), one.moment("from_utc"), one.maybe("to_utc"))
            for one in rows.of("in_force")
        ),
        tuple(Tag(one.text("item"), one.tag(), one.text("amount", ""), one.text("who", "")) for one in rows.of("tag")),
    )


class _Row:
    def __init__(self, values: dict[str, object], where: str) -> None:
        self._values, self._where = values, where

    def text(self, key: str, default: str | None = None) -> str:
        value = self._values.get(key, default)
        if not isinstance(value, str):
            raise UsageError(f"{self._where} has no “{key}”. Add it and try again.")
        return value

    def maybe(self, key: str) -> int | None:
        return self.moment(key) if key in self._values else None

    def moment(self, key: str) -> int:
        raw = self.text(key)
        try:
            found = instant(raw) if raw.endswith("Z") or "+" in raw[10:] or "-" in raw[10:] else None
        except ValueError:
            found = None
        if found is None:
            raise UsageError(f"{self._where}: “{key}” is no time with an offset, such as 2024-10-23T18:42:00Z.")
        return found

    def tag(self) -> str:
        tag = self.text("tag")
        if tag not in TAGS:
            raise UsageError(f"{self._where}: there is no tag “{tag}”. Use one of {', '.join(sorted(TAGS))}.")
        return tag


class _Rows:
    def __init__(self, said: dict[str, object], name: str) -> None:
        self._said, self._name = said, name

    def of(self, table: str) -> Iterable[_Row]:
        rows = self._said.get(table, [])
        if not isinstance(rows, list):
            raise UsageError(f"{self._name}: write [[{table}]] with two brackets, once for each.")
        for number, row in enumerate(rows, start=1):
            yield _Row(row, f"{self._name}, [[{table}]] number {number}")
