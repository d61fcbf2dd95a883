"""The key dates of a record, in order: first and last contact, and what a named person confirmed between them.

Takes them from the facts that state them and from what was confirmed; finds none of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from plainrecord.facts.confirmed import Confirmed
from plainrecord.facts.events import instant
from plainrecord.facts.fact import Fact
from plainrecord.times import format_utc

What = Literal["contact", "stop", "block", "account", "report", "order"]
# Tags that say that somebody told the police, or the police somebody.
_REPORTS = {"report_made": "Report made", "police_contact": "Contact with the police", "legal_process": "Legal process"}


@dataclass(frozen=True, slots=True)
class KeyDate:
    """One date with its words; `item` is the item it stands in ("" for none), `until_us` the end of what held a while."""

    utc_us: int
    what: What
    words: str
    item: str = ""
    until_us: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        until = None if self.until_us is None else format_utc(self.until_us)
        return {
            "utc": format_utc(self.utc_us),
            "what": self.what,
            "words": self.words,
            "item": self.item,
            "until_utc": until,
        }


def key_dates(subject: Sequence[Fact], confirmed: Confirmed, moments: Mapping[str, int | None]) -> list[KeyDate]:
    """All of them in order of time. `moments` gives the instants of items (for those that were tagged)."""
    facts = {fact.id: fact for fact in subject}
    found = [*_contacts(facts["P1"]), *_accounts(facts["P11"]), *_confirmed(confirmed, moments)]
    return sorted(found, key=lambda one: (one.utc_us, one.what, one.words, one.item))


def _contacts(how_many: Fact) -> list[KeyDate]:
    if not how_many.items:
        return []
    ends = (("First contact", "first_utc", 0), ("Last contact", "last_utc", -1))
    return [KeyDate(_at(how_many.value[name]), "contact", words, how_many.items[at]) for words, name, at in ends]


def _accounts(first_seen: Fact) -> list[KeyDate]:
    # The account of the first contact is in the line above; only later ones are new.
    rows = first_seen.value["accounts"][1:]
    return [
        KeyDate(_at(row["first_seen_utc"]), "account", f"Account first seen: {row['account']}", row["item"])
        for row in rows
    ]


def _confirmed(confirmed: Confirmed, moments: Mapping[str, int | None]) -> list[KeyDate]:
    found = [KeyDate(one.utc_us, "stop", f"Request to stop: “{one.words}”", one.item) for one in confirmed.stops]
    found += [KeyDate(one.utc_us, "block", f"Block of {one.account}") for one in confirmed.blocks]
    found += [KeyDate(one.from_us, "order", f"In force: {one.name}", "", one.to_us) for one in confirmed.in_force]
    for tag in confirmed.tagged(*_REPORTS):
        at = moments.get(tag.item)
        if at is not None:
            found.append(KeyDate(at, "report", _REPORTS[tag.tag] + (f": {tag.who}" if tag.who else ""), tag.item))
    return found


def _at(text: str) -> int:
    found = instant(text)
    if found is None:
        raise ValueError("a fact states a date that is none")
    return found
