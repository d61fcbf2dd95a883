"""What a front shows of a case before anything is made: who is in it with dates, and the messages of one conversation.

Reads the case and the originals, page by page; changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from plainrecord.bundle.contents import Item
from plainrecord.people.attributions import AccountKey, account_key
from plainrecord.records import Account, AccountKind
from plainrecord.selection import is_label
from plainrecord.store.case import Case
from plainrecord.store.loading import load_rows
from plainrecord.store.making import items_in_order
from plainrecord.store.selecting import Selected
from plainrecord.store.views import conversation_numbers, parties_of


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """An account, the names seen beside it, how many records it wrote and is named in, and their first and last instant.

    `said` names it so that it is found again as this account and no other. `by_name` is true where a name is all that the
    export states. `owner` is true where an export itself calls it the person who made it.
    """

    service: str
    kind: AccountKind
    value: str
    names: tuple[str, ...]
    written: int
    named: int
    first_us: int | None
    last_us: int | None
    owner: bool

    @property
    def said(self) -> str:
        """The account by service, kind and value; see `attributing.find_account`."""
        return f"{self.service}:{self.kind}:{self.value}"

    @property
    def key(self) -> AccountKey:
        """By what the account is known."""
        return account_key(Account(self.service, self.kind, self.value))

    @property
    def by_name(self) -> bool:
        """Whether a name is the only identity that the export states."""
        return self.kind == "name"

    @property
    def usable(self) -> bool:
        """Whether naming it can match anything: a mail sender that is only a name proves nothing."""
        return bool(self.value.strip()) and (not self.by_name or is_label(Account(self.service, "name", self.value)))


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of a conversation, with its row in the case."""

    row: int
    item: Item


def accounts_seen(case: Case, search: str, limit: int, offset: int) -> tuple[list[AccountSeen], int]:
    """A page of the accounts of a case, those that wrote most first, and how many there are. `search` is part of a name."""
    like = f"%{search.strip().replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
    grouped = (
        "FROM account a JOIN party_set p ON p.account_id=a.id JOIN record r ON r.parties=p.id"
        " WHERE a.value LIKE ? ESCAPE '!' OR a.name LIKE ? ESCAPE '!' GROUP BY a.service, a.kind, a.normal"
    )
    total = case.db.execute(f"SELECT count(*) FROM (SELECT 1 {grouped})", (like, like)).fetchone()[0]
    rows = case.db.execute(
        "SELECT a.service, a.kind, min(a.value), json_group_array(DISTINCT a.name),"
        " count(DISTINCT CASE WHEN p.role='from' THEN r.id END), count(DISTINCT r.id),"
        f" min(r.utc_us), max(r.utc_us), max(p.role='owner') {grouped}"
        " ORDER BY 5 DESC, 6 DESC, a.normal, a.kind LIMIT ? OFFSET ?",
        (like, like, limit, offset),
    )
    return [
        AccountSeen(
            row[0],
            row[1],
            row[2],
            tuple(sorted(filter(None, json.loads(row[3])))),
            row[4],
            row[5],
            row[6],
            row[7],
            bool(row[8]),
        )
        for row in rows
    ], total


def conversation_page(case: Case, found: Selected, number: str, limit: int, offset: int) -> list[Shown]:
    """Messages of one conversation of the selection (by its number, "V-0001") in order of time, from `offset` on."""
    conversation = next((one for one, known in conversation_numbers(case.db) if known == number), None)
    if conversation is None:
        return []
    wanted = (
        "SELECT c.record_id FROM chosen c JOIN placed p ON p.record_id=c.record_id"
        f" WHERE p.conversation={int(conversation)} ORDER BY c.number LIMIT {int(limit)} OFFSET {int(offset)}"
    )
    query = (
        "SELECT r.id, r.claim_id, r.locator, c.part, c.matched, c.number, c.gap, p.conversation, '', r.member_id"
        " FROM chosen c JOIN record r ON r.id=c.record_id JOIN placed p ON p.record_id=r.id"
        f" WHERE c.record_id IN ({wanted}) ORDER BY r.claim_id, r.id"
    )
    rows = {
        f"M-{at:06d}": row
        for row, at in case.db.execute(f"SELECT record_id, number FROM chosen WHERE record_id IN ({wanted})")
    }
    items = load_rows(
        case.db, query, 1, partial(items_in_order, parties_of(case.db, found)), dict(conversation_numbers(case.db))
    )
    return sorted(_shown(items, rows), key=lambda one: one.item.number)


def _shown(items: Iterator[Item], rows: dict[str, int]) -> Iterator[Shown]:
    """Messages with their rows; what is carried inside a message is shown with the bundle, not here."""
    for item in items:
        if item.number in rows:
            yield Shown(rows[item.number], item)
