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

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from plainrecord.errors import UsageError
from plainrecord.facts.events import instant
from plainrecord.facts.table import Table
from plainrecord.times import format_utc

_ITEM = re.compile(r"M-([0-9]{6,12})(?:-[0-9]{1,6}){0,8}")
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
    """What a person read an item to be about, from the list of tags. `words` are those it was found by, `check` tells whether
    the item is still the one that was read ("" where nothing can)."""

    item: str
    tag: str
    amount: str = ""
    who: str = ""
    words: str = ""
    check: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How much of a reading list was read: of so many candidates in so many items, by whom, by which word list."""

    candidates: int
    items: int
    yes: int
    no: int
    unsure: int
    to_read: int
    lexicon: str

    def says(self, by: str, messages: int) -> str:
        """In words; `messages` is how many records there are."""
        rest = f"{self.no:,} read and not so, {self.unsure:,} unsure, {self.to_read:,} not read yet"
        others = max(messages - self.items, 0)
        return (
            f"{self.yes:,} of {self.candidates:,} candidates confirmed by {by or 'nobody'}; {rest};"
            f" {others:,} other records were not read for this."
        )


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Everything a named person confirmed, and how much they read for it (None where no reading list was used)."""

    by: str = ""
    stops: tuple[Stop, ...] = ()
    blocks: tuple[Block, ...] = ()
    in_force: tuple[InForce, ...] = ()
    tags: tuple[Tag, ...] = ()
    reading: Reading | None = None

    def tagged(self, *tags: str) -> list[Tag]:
        """Every tag of these kinds, in the order given; what two files or rows say of an item is said once."""
        found = {(one.item, one.tag, one.amount, one.who): one for one in reversed(self.tags) if one.tag in tags}
        return list(reversed(found.values()))


def read_confirmed(text: str, name: str) -> Confirmed:
    """What a file says. Raises UsageError naming the file, the table and what is wrong."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{name} cannot be read: {error}. Correct that line and try again.") from None
    return confirmed_of(said, name)


def confirmed_of(said: dict[str, Any], name: str) -> Confirmed:
    """What the tables of such a file say; also of `facts/confirmed.json` in a bundle."""
    if not isinstance(said.get("by"), str) or not said["by"].strip():
        raise UsageError(f'{name} does not say who confirmed it. Put a line like by = "DC Dee" at its top.')
    rows = _Rows(said, name)
    return Confirmed(
        said["by"],
        tuple(Stop(one.text("item", ""), one.moment("utc"), one.text("words", "")) for one in rows.of("stop")),
        tuple(Block(one.text("account"), one.moment("utc")) for one in rows.of("block")),
        tuple(one.in_force() for one in rows.of("in_force")),
        tuple(
            Tag(one.text("item"), one.tag(), *(one.text(name, "") for name in ("amount", "who", "words", "check")))
            for one in rows.of("tag")
        ),
        _reading(said.get("reading"), name),
    )


def require_items(confirmed: Confirmed, table: Table, name: str) -> None:
    """Refuse what was confirmed of other records: its numbers would be counted as if they were these records'.

    `name` is the file it was read from. Raises UsageError.
    """
    checked = [(one.item, "") for one in confirmed.stops if one.item] + [
        (one.item, one.check) for one in confirmed.tags
    ]
    for item, check in checked:
        # A message carried inside an item has the item's number and one more.
        found = _ITEM.fullmatch(item)
        at = table.place_of(int(found[1])) if found else None
        if at is None:
            raise UsageError(
                f"{name} names {item}, and there is no such item here. Nothing was counted. Is it about another bundle?"
            )
        if check and check != table.check(at):
            raise UsageError(
                f"{name} was filled in for another {item} than the one here: items were numbered anew since. Nothing was"
                " counted. Make the reading list again, and carry the answers over."
            )


def together(found: Sequence[Confirmed]) -> Confirmed:
    """What several files say, as one. Reading lists are added up."""
    if len(found) == 1:
        return found[0]
    return Confirmed(
        by=", ".join(dict.fromkeys(one.by for one in found if one.by)),
        stops=tuple(row for one in found for row in one.stops),
        blocks=tuple(row for one in found for row in one.blocks),
        in_force=tuple(row for one in found for row in one.in_force),
        tags=tuple(row for one in found for row in one.tags),
        reading=_added([one.reading for one in found if one.reading]),
    )


def _added(lists: Sequence[Reading]) -> Reading | None:
    if len(lists) < 2:
        return lists[0] if lists else None
    return Reading(
        candidates=sum(one.candidates for one in lists),
        items=sum(one.items for one in lists),
        yes=sum(one.yes for one in lists),
        no=sum(one.no for one in lists),
        unsure=sum(one.unsure for one in lists),
        to_read=sum(one.to_read for one in lists),
        lexicon=", ".join(dict.fromkeys(one.lexicon for one in lists)),
    )


def as_said(confirmed: Confirmed) -> dict[str, Any]:
    """The tables of which `confirmed_of` makes the same again: how a bundle keeps what was confirmed."""
    return {
        "by": confirmed.by,
        "stop": [{"item": one.item, "utc": _utc(one.utc_us), "words": one.words} for one in confirmed.stops],
        "block": [{"account": one.account, "utc": _utc(one.utc_us)} for one in confirmed.blocks],
        "in_force": [
            {"name": one.name, "text": one.text, "from_utc": _utc(one.from_us)}
            | ({} if one.to_us is None else {"to_utc": _utc(one.to_us)})
            for one in confirmed.in_force
        ],
        "tag": [asdict(one) for one in confirmed.tags],
        "reading": asdict(confirmed.reading) if confirmed.reading else None,
    }


def _utc(at: int) -> str:
    return format_utc(at, "us" if at % 1_000_000 else "s")


def _reading(said: object, name: str) -> Reading | None:
    if said is None:
        return None
    if not isinstance(said, dict) or said.keys() != {one.name for one in fields(Reading)}:
        raise UsageError(f"{name}: what it says of the reading list cannot be understood.")
    return Reading(**said)


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

    def in_force(self) -> InForce:
        found = InForce(self.text("name"), self.text("text", ""), self.moment("from_utc"), self.maybe("to_utc"))
        if found.to_us is not None and found.to_us <= found.from_us:
            raise UsageError(
                f"{self._where}: “to_utc” is not later than “from_utc”, so nothing could fall between them."
            )
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
