"""What a person asked of a case: whether it makes sense, what its dates mean, and what to say when nothing answers it."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from plainrecord.errors import UsageError
from plainrecord.people.attributions import Role
from plainrecord.people.normal import Selector
from plainrecord.records import Account
from plainrecord.selection import SelectionSpec, account_matches
from plainrecord.store.selecting import Selected
from plainrecord.store.settings import CaseSettings
from plainrecord.times import resolve_local

# Beyond these a day in microseconds is no whole number that every JSON reader can hold.
_FIRST_YEAR, _LAST_YEAR = 1700, 2200


def refuse_contradictions(spec: SelectionSpec, said: CaseSettings) -> None:
    """Raise UsageError when what was asked for cannot be meant: one account on both sides, an end before its start."""
    taken = {(selector.kind, selector.normal) for selector in spec.selectors}
    both = next((owner.value for owner in spec.owners if (owner.kind, owner.normal) in taken), None)
    if both is not None:
        raise UsageError(f"{both} is named as the sender and as the owner. One account can only be one of them.")
    _refuse_contradicted(spec)
    if spec.after is not None and spec.before is not None and spec.after >= spec.before:
        raise UsageError(
            f"No day lies between {said.select.after} and {said.select.before}: the first is a day that is taken,"
            " the second the day to stop before."
        )


def _refuse_contradicted(spec: SelectionSpec) -> None:
    """Raise UsageError when an account is named as one person's and attributed to the other."""
    named: dict[Role, tuple[Selector, ...]] = {
        "owner": spec.selectors,
        "subject": spec.owners,
        "other": spec.selectors + spec.owners,
    }
    for one in spec.asserted:
        if account_matches(Account(one.service, one.kind, one.value), named[one.role], spec.region):
            raise UsageError(
                f"{one.value} is named as somebody else’s with --sender, --alias or --owner, and {one.asserted_by} attributed it"
                f" to {one.person}. One account can only be one person’s: withdraw the one or leave out the other."
            )


def day_bound(text: str, timezone: str) -> int | None:
    """Midnight at the start of a day (YYYY-MM-DD) in the case's zone (UTC when none), in microseconds; None for ""."""
    if not text:
        return None
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"“{text}” is not a date. Write it as YYYY-MM-DD, for example 2024-10-27.") from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise UsageError(f"“{text}” is too far away. Give a day from {_FIRST_YEAR} to {_LAST_YEAR}.")
    return resolve_local(day.replace(tzinfo=None), timezone or "UTC")[0]


def nothing_found(settings: CaseSettings, found: Selected) -> str:
    """One or two sentences for a selection that is empty, with the accounts that only share the name."""
    named = ", ".join(settings.subject.accounts)
    if not found.near_misses:
        return (
            f"No record names {named}. Check the spelling. To see which accounts there are, use “plainrecord new”,"
            " “plainrecord add” and “plainrecord people”."
        )
    shown = "; ".join(f"{name} ({count} records)" for name, count in found.near_misses[:5])
    return (
        f"No record has an account that is exactly {named}. The same display name occurs with: {shown}."
        " A name proves nothing by itself: give the address with --sender or --alias, or ask for names with --match-names."
    )


def not_looked_into(db: sqlite3.Connection) -> str:
    """What else may be the reason that nothing was found: no export yet, or files that were not read."""
    if not db.execute("SELECT count(*) FROM source").fetchone()[0]:
        return " No export has been added yet."
    reasons = [
        row[0]
        for row in db.execute(
            "SELECT reason FROM fate WHERE fate IN ('unreadable', 'refused', 'partly-parsed') ORDER BY id"
        )
    ]
    if reasons:
        more = f" (and {len(reasons) - 1:,} more)" if len(reasons) > 1 else ""
        return f" Not everything could be looked into: {reasons[0]}{more}"
    if not db.execute("SELECT sum(seen) FROM claim").fetchone()[0]:
        return " There is no record at all in what was handed in: “plainrecord inspect” says what each file is."
    return ""
