"""Which accounts a named person says are whose: read from the custody log, and from nothing else.

The log only grows, so an attribution is never edited: a withdrawal is an entry of its own, and what stands is what was
asserted and not withdrawn since. Nothing here decides anything; nothing follows from two attributions taken together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from plainrecord.people.normal import normal_form
from plainrecord.records import Account, AccountKind

ASSERTED = "attribution.asserted"
WITHDRAWN = "attribution.withdrawn"

Role = Literal["subject", "owner", "other"]
# An account is known by these three: its service, its kind and its normal form.
AccountKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Attribution:
    """One account that counts as a person's because somebody says so: who, when (UTC), why, in which custody entry.

    `refs` are records in which the account stands, `other_refs` records of accounts that were this person's before.
    """

    service: str
    kind: AccountKind
    value: str
    person: str
    role: Role
    asserted_by: str
    why: str
    when_utc: str
    entry: str
    refs: tuple[str, ...] = ()
    other_refs: tuple[str, ...] = ()

    @property
    def key(self) -> AccountKey:
        """By what the account is known."""
        return self.service, self.kind, normal_form(self.service, self.kind, self.value)

    def words(self) -> str:
        """One line for people: the account, who says so, when and why."""
        return f"{self.value} ({self.service}; by {self.asserted_by}, {self.when_utc[:10]}: {self.why})"


def account_key(account: Account) -> AccountKey:
    """By what an account is known, whatever name stands beside it."""
    return account.service, account.kind, normal_form(account.service, account.kind, account.value)


def standing(lines: Iterable[str]) -> list[Attribution]:
    """What was asserted and not withdrawn, from the lines of a custody log, in the order of assertion."""
    found: dict[AccountKey, Attribution] = {}
    for line in lines:
        if "attribution." not in line:
            continue
        event = json.loads(line)
        if event["type"] == ASSERTED:
            found |= {one.key: one for one in _asserted(event)}
        elif event["type"] == WITHDRAWN:
            for one in _asserted(event):
                found.pop(one.key, None)
    return list(found.values())


def _asserted(event: dict[str, Any]) -> list[Attribution]:
    said = event["details"]
    return [
        Attribution(
            service=one["service"],
            kind=one["kind"],
            value=one["value"],
            person=said["person"],
            role=said.get("role", "other"),
            asserted_by=said["asserted_by"],
            why=said["basis"],
            when_utc=event["when"]["utc"],
            entry=event["event_id"],
            refs=tuple(event["item_refs"]),
            other_refs=tuple(said["other_item_refs"]),
        )
        for one in said["selectors"]
    ]
