"""Write down that a named person attributes accounts to somebody, or takes that back: each an entry of the custody log.

The log is the only place where it is kept, so it survives whatever is added to or taken out of the case. Nothing is
attributed by the program itself, and nothing is ever merged.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from plainrecord import __version__
from plainrecord.custody import Who
from plainrecord.errors import UsageError
from plainrecord.people.attributions import ASSERTED, WITHDRAWN, AccountKey, Attribution, Role, account_key
from plainrecord.people.normal import normal_form, read_selector
from plainrecord.records import Account, AccountKind, record_id
from plainrecord.selection import account_matches, is_label
from plainrecord.store.case import Case

_REFS_OF_AN_ACCOUNT = 3
_KINDS = frozenset(get_args(AccountKind))
_TOOL = {"name": "plainrecord", "version": __version__}


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says: these accounts are this person's. `by` and `why` are theirs, in their words."""

    person: str
    accounts: tuple[Account, ...]
    by: str
    why: str


def account_rows(db: sqlite3.Connection, key: AccountKey) -> list[int]:
    """The rows of an account in a case, one for each display name beside it."""
    service, kind, normal = key
    rows = db.execute(
        "SELECT id FROM account WHERE service=? AND kind=? AND normal=? ORDER BY id", (service, kind, normal)
    )
    return [row[0] for row in rows]


def find_account(db: sqlite3.Connection, text: str, region: str | None = None) -> Account:
    """The account of a case that SERVICE:VALUE names, or SERVICE:KIND:VALUE where the value alone could be two.

    Raises UsageError when there is none, when there are several, and for a name where the service states more than names.
    """
    service, colon, value = text.partition(":")
    kind, second, rest = value.partition(":")
    wanted, value = (kind, rest) if second and kind in _KINDS and rest else ("", value)
    if not colon or not service.strip() or not value.strip():
        raise UsageError(f"“{text}” names no account. Write SERVICE:VALUE, for example email:sam@mail.example.")
    found = list(_like(db, service.strip().casefold(), wanted, value.strip(), region))
    if not found:
        raise UsageError(
            f"No record of this case names the account {text}. Nothing was written. “plainrecord people CASE” lists what there is."
        )
    if len(found) > 1:
        ways = ", ".join(f"{one.service}:{one.kind}:{one.value}" for one in found)
        raise UsageError(f"{text} can be several accounts. Nothing was written. Say which: {ways}.")
    if found[0].kind == "name" and not is_label(found[0]):
        raise UsageError(f"{text} is only a display name in a damaged header, and names nobody. Nothing was written.")
    return found[0]


def _like(db: sqlite3.Connection, service: str, kind: str, value: str, region: str | None) -> Iterator[Account]:
    """Accounts of that service whose normal form is that of `value`, each once; numbers also as those of `region`."""
    seen: set[AccountKey] = set()
    kinds = [kind] if kind else [row[0] for row in db.execute("SELECT DISTINCT kind FROM account ORDER BY kind")]
    for one in kinds:
        normal = normal_form(service, one, value)  # type: ignore[arg-type]
        rows = db.execute(
            "SELECT service, kind, value FROM account WHERE service=? AND kind=? AND normal=? ORDER BY id LIMIT 1",
            (service, one, normal),
        ).fetchall()
        if not rows and one == "number":
            wanted = normal_form(service, "number", value, region)
            every = db.execute(
                "SELECT service, kind, value FROM account WHERE service=? AND kind='number' ORDER BY id", (service,)
            )
            rows = [row for row in every if normal_form(row[0], "number", row[2], region) == wanted]
        for row in rows:
            account = Account(*row)
            if account_key(account) not in seen:
                seen.add(account_key(account))
                yield account


def assert_accounts(case: Case, said: Said) -> list[Attribution]:
    """Write that somebody attributes these accounts to a person; what is new of it.

    Accounts that are this person's already are passed over. Raises UsageError, and writes nothing, when one of them is
    attributed to somebody else.
    """
    _refuse_empty(said)
    person, role = _person(case, said.person)
    before = {one.key: one for one in case.attributions()}
    new: list[Account] = []
    for account in said.accounts:
        held = before.get(account_key(account))
        if held and _plain(held.person) != _plain(person):
            raise UsageError(
                f"{account.value} is attributed to {held.person} by {held.asserted_by}. Nothing was written. Withdraw that first."
            )
        if held is None and account_key(account) not in {account_key(one) for one in new}:
            new.append(account)
    theirs = [one.key for one in before.values() if one.role == role and _plain(one.person) == _plain(person)]
    other = [*theirs, *_named(case, role)] if new else []
    entries = []
    for account in new:
        entries.append(_Entry(account, person, role, tuple(dict.fromkeys(other))))
        other.append(account_key(account))
    _write(case, ASSERTED, said, entries)
    keys = {account_key(account) for account in new}
    return [one for one in case.attributions() if one.key in keys]


def withdraw_accounts(case: Case, said: Said) -> list[Attribution]:
    """Write that an attribution of these accounts no longer stands; what is withdrawn. The entries of before stay.

    Raises UsageError, and writes nothing, when one of them is attributed to nobody, or to another person.
    """
    _refuse_empty(said)
    standing = {one.key: one for one in case.attributions()}
    person = _person(case, said.person)[0] if said.person else ""
    gone: dict[AccountKey, Attribution] = {}
    for account in said.accounts:
        held = standing.get(account_key(account))
        if held is None:
            raise UsageError(f"{account.value} is attributed to nobody. Nothing was written.")
        if person and _plain(held.person) != _plain(person):
            raise UsageError(f"{account.value} is attributed to {held.person}, not to {person}. Nothing was written.")
        gone[held.key] = held
    entries = [_Entry(Account(one.service, one.kind, one.value), one.person, one.role) for one in gone.values()]
    _write(case, WITHDRAWN, said, entries)
    return list(gone.values())


def _refuse_empty(said: Said) -> None:
    for text, option in ((said.by, "--by"), (said.why, "--because")):
        if not text.strip():
            raise UsageError(f"{option} is empty: an attribution needs a name and a reason. Nothing was written.")


def _person(case: Case, typed: str) -> tuple[str, Role]:
    """The label a person has in this case, and whether that is the subject or the owner; "subject" and "owner" will do."""
    said = case.settings
    label = " ".join(typed.split())
    if not _plain(label):
        raise UsageError(
            "--person is empty: say whose the account is, “subject”, “owner” or a label. Nothing was written."
        )
    roles: tuple[tuple[Role, str], ...] = (("subject", said.subject.label), ("owner", said.owner.label))
    for role, known in roles:
        if _plain(label) in (role, _plain(known)):
            return known, role
    spelled = {_plain(one.person): one.person for one in case.attributions()}
    return spelled.get(_plain(label), label), "other"


def _plain(label: str) -> str:
    """By what labels are compared: two that look the same, one with an unseen character in it, are one person's."""
    return normal_form("", "name", label)


def _named(case: Case, role: Role) -> Iterator[AccountKey]:
    """The accounts that count as the subject's or the owner's because they were named with --sender, --alias or --owner."""
    said = case.settings
    region = said.region.upper() or None
    named = {"subject": said.subject.accounts, "owner": said.owner.accounts, "other": []}[role]
    selectors = [read_selector(text, region) for text in named]
    for row in case.db.execute("SELECT service, kind, value FROM account ORDER BY id"):
        account = Account(*row)
        if account_matches(account, selectors, region):
            yield account_key(account)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One account in one entry; `other` are the accounts of the same person, for the second side of the records."""

    account: Account
    person: str
    role: Role
    other: tuple[AccountKey, ...] = ()


def _write(case: Case, event: str, said: Said, entries: Sequence[_Entry]) -> None:
    """One custody entry for each account, all of them or none."""
    verb = "attributed" if event == ASSERTED else "withdrew the attribution of"
    who = case.who if case.who.name != Who().name else replace(case.who, name=said.by)
    db = case.db
    db.execute("BEGIN IMMEDIATE")
    log = case.custody()
    for entry in entries:
        account = entry.account
        log.append(
            event,
            what=f"{said.by} {verb} the {account.service} account {account.value} to {entry.person}.",
            why=said.why,
            who=who,
            item_refs=refs_of(db, account_key(account)),
            details={
                "selectors": [{"service": account.service, "kind": account.kind, "value": account.value}],
                "person": entry.person,
                "asserted_by": said.by,
                "basis": said.why,
                "other_item_refs": list(dict.fromkeys(ref for key in entry.other for ref in refs_of(db, key))),
                "role": entry.role,
            },
            tool=_TOOL,
        )
    case.keep_custody(log.new_lines)
    db.execute("COMMIT")


def refs_of(db: sqlite3.Connection, key: AccountKey) -> list[str]:
    """The ids of the first records, in order of time, that name an account."""
    accounts = account_rows(db, key)
    marks = ",".join("?" * len(accounts))
    rows = db.execute(
        "SELECT o.sha256, m.path, r.locator FROM record r JOIN member m ON m.id=r.member_id JOIN original o ON o.id=m.original_id"
        f" WHERE r.parties IN (SELECT id FROM party_set WHERE account_id IN ({marks}))"
        " ORDER BY r.utc_us IS NULL, r.utc_us, r.claim_id, r.tie LIMIT ?",
        (*accounts, _REFS_OF_AN_ACCOUNT),
    )
    return [record_id(*row) for row in rows]
