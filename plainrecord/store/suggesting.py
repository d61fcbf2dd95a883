"""Find accounts that may belong together, over a case of any size: the work is done in SQL, in tables of the moment. What was
written is looked at in `suggestingtexts.py`.

Two accounts are put beside each other only where something is equal between exactly these two. What too many accounts share (a
name like “Info”, a logo in everybody's signature) says nothing and is left out, with a sentence. Nothing found is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from plainrecord.people.attributions import AccountKey, account_key
from plainrecord.people.lookalikes import skeleton
from plainrecord.people.normal import normal_form, read_selector
from plainrecord.people.suggestions import RANK, RULES, Side, Suggested, Suggestion, address_of, mailbox_of, number_of
from plainrecord.records import Account
from plainrecord.selection import account_matches
from plainrecord.store.adding import Progress
from plainrecord.store.attributing import refs_of
from plainrecord.store.case import Case
from plainrecord.store.schema import SELECTION_INDEXES
from plainrecord.store.searchindex import opened_index
from plainrecord.store.suggestingtexts import SHARED_BY, compare_texts, left_out
from plainrecord.times import format_utc

_REFS = 3

_TABLES = """
CREATE TEMP TABLE known(
  id INTEGER PRIMARY KEY, service TEXT, kind TEXT, value TEXT, normal TEXT, person TEXT, number TEXT, address TEXT,
  mailbox TEXT, handle TEXT, looks TEXT, UNIQUE(service, kind, normal));
CREATE TEMP TABLE called(known INTEGER, normal TEXT, shown TEXT, looks TEXT, PRIMARY KEY(known, normal)) WITHOUT ROWID;
CREATE TEMP TABLE pair(
  rule TEXT, rank INTEGER, one INTEGER, other INTEGER, words TEXT, ref_one TEXT, ref_other TEXT,
  PRIMARY KEY(rule, one, other)) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX temp.known_number ON known(number);
CREATE INDEX temp.known_address ON known(address);
CREATE INDEX temp.known_handle ON known(handle);
CREATE INDEX temp.called_normal ON called(normal);
CREATE INDEX temp.called_looks ON called(looks);
"""


def suggest(case: Case, *, limit: int = 200, texts: bool = True, progress: Progress | None = None) -> Suggested:
    """Accounts that may belong together, the strongest first. `texts` looks into what was written too, through the index
    of words, which is made when it is not there; without it only the accounts themselves are compared."""
    found = Suggested(texts_read=texts)
    work = _Work(case, found)
    try:
        work.fill()
        work.accounts()
        if texts:
            with opened_index(case, progress):
                compare_texts(case.db, work.pairs, found)
        work.pick(limit)
    finally:
        work.clear()
    return found


class _Work:
    """One search for suggestions; its tables are temporary and removed at the end."""

    def __init__(self, case: Case, found: Suggested) -> None:
        self._case, self._db, self._found = case, case.db, found
        self._region = case.settings.region.upper() or None

    def fill(self) -> None:
        """Put every account of the case down once, with everything it is compared by."""
        self.clear()
        for statement in (_TABLES + SELECTION_INDEXES).split(";"):
            self._db.execute(statement)
        whose = self._whose()
        rows = self._db.cursor().execute("SELECT id, service, kind, value, name FROM account ORDER BY id")
        self._db.execute("BEGIN")
        for row in rows:
            self._put(row, whose)
        for statement in _INDEXES.split(";"):
            self._db.execute(statement)
        self._db.execute("COMMIT")

    def clear(self) -> None:
        """Remove the tables of the moment."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        for table in ("known", "called", "pair"):
            self._db.execute(f"DROP TABLE IF EXISTS temp.{table}")

    def _whose(self) -> Callable[[Account], str]:
        """A function that says to whom an account is attributed, by a named person or by --sender, --alias and --owner."""
        said = self._case.settings
        by_word = {one.key: one.person for one in self._case.attributions()}
        named = [
            (person.label, [read_selector(text, self._region) for text in person.accounts])
            for person in (said.subject, said.owner)
        ]

        def whose(account: Account) -> str:
            known = by_word.get(account_key(account))
            if known:
                return known
            return next((label for label, selectors in named if account_matches(account, selectors, self._region)), "")

        return whose

    def _put(self, row: tuple[int, str, Any, str, str], whose: Callable[[Account], str]) -> None:
        number, service, kind, value, name = row
        account = Account(service, kind, value, name or None)
        key: AccountKey = account_key(account)
        at = self._db.execute("SELECT id FROM temp.known WHERE service=? AND kind=? AND normal=?", key).fetchone()
        if at is None:
            handle = key[2] if kind == "handle" else None
            looks = skeleton(key[2]) if kind in ("handle", "address") else None
            equal = (number_of(account, self._region), address_of(account), mailbox_of(account), handle, looks)
            values = (number, service, kind, value, key[2], whose(account), *equal)
            self._db.execute("INSERT INTO temp.known VALUES(?,?,?,?,?,?,?,?,?,?,?)", values)
        shown = value if kind == "name" else name
        normal = normal_form(service, "name", shown or "")
        if normal and "@" not in normal:
            called = (at[0] if at else number, normal, shown, skeleton(normal))
            self._db.execute("INSERT OR IGNORE INTO temp.called VALUES(?,?,?,?)", called)

    def accounts(self) -> None:
        """Compare the accounts themselves, and the names beside them."""
        for rule, column in (("same-number", "number"), ("same-address", "address"), ("same-handle", "handle")):
            self._equal(
                rule, f"SELECT {column} AS same, id, {column} AS shown FROM temp.known WHERE {column} IS NOT NULL"
            )
        self._equal("same-name", "SELECT normal AS same, known AS id, shown FROM temp.called")
        looks = "SELECT kind || looks AS same, id, normal, value AS shown FROM temp.known WHERE looks <> ''"
        for rule, rows in (
            (
                "same-mailbox",
                "SELECT mailbox AS same, id, address AS normal, mailbox AS shown FROM temp.known WHERE mailbox <> ''",
            ),
            ("look-alike", looks),
            ("look-alike", "SELECT looks AS same, known AS id, normal, shown FROM temp.called WHERE looks <> ''"),
        ):
            self._equal_but_not_the_same(rule, rows)

    def _equal(self, rule: str, rows: str) -> None:
        """Pair accounts that have the same of something, unless too many have it."""
        shared = f"SELECT same FROM ({rows}) GROUP BY same HAVING count(DISTINCT id)"
        self.pairs(
            rule,
            "SELECT a.id, b.id, json_array(a.shown), '', ''"
            f" FROM ({rows}) a JOIN ({rows}) b ON b.same=a.same AND b.id>a.id"
            f" WHERE a.same IN ({shared} BETWEEN 2 AND {SHARED_BY})",
        )
        left_out(self._db, self._found, rule, f"{shared} > {SHARED_BY}", f"shared by more than {SHARED_BY} accounts")

    def _equal_but_not_the_same(self, rule: str, rows: str) -> None:
        """Pair accounts that have the same of something and are written differently, unless too many have it."""
        shared = f"SELECT same FROM ({rows}) GROUP BY same HAVING count(DISTINCT normal) > 1 AND count(DISTINCT id)"
        self.pairs(
            rule,
            "SELECT a.id, b.id, json_array(a.shown, b.shown), '', ''"
            f" FROM ({rows}) a JOIN ({rows}) b ON b.same=a.same AND b.id>a.id AND b.normal<>a.normal"
            f" WHERE a.same IN ({shared} BETWEEN 2 AND {SHARED_BY})",
        )
        left_out(self._db, self._found, rule, f"{shared} > {SHARED_BY}", f"shared by more than {SHARED_BY} accounts")

    def pairs(self, rule: str, rows: str, values: tuple[object, ...] = ()) -> None:
        """Keep pairs (one, other, words, the record that shows it on either side or ""), each once and in one order, but for
        what is attributed to one person already."""
        self._db.execute(
            "INSERT OR IGNORE INTO temp.pair SELECT ?, ?, min(p.one, p.other), max(p.one, p.other), p.words,"
            " iif(p.one<p.other, p.ref_one, p.ref_other), iif(p.one<p.other, p.ref_other, p.ref_one)"
            f" FROM (SELECT 0 AS one, 0 AS other, '' AS words, '' AS ref_one, '' AS ref_other WHERE 0 UNION ALL {rows}) p"
            " JOIN temp.known a ON a.id=p.one JOIN temp.known b ON b.id=p.other"
            " WHERE a.id<>b.id AND (a.person='' OR a.person<>b.person)",
            (rule, RANK[RULES[rule].strength], *values),
        )

    def pick(self, limit: int) -> None:
        """Put the strongest into the result, with records, dates and names of both sides."""
        self._found.total = self._db.execute("SELECT count(*) FROM temp.pair").fetchone()[0]
        order = list(RULES)
        found = self._db.execute(
            "SELECT p.rule, p.one, p.other, p.words, p.ref_one, p.ref_other FROM temp.pair p JOIN temp.known a ON a.id=p.one"
            " JOIN temp.known b ON b.id=p.other ORDER BY p.rank, (SELECT value FROM json_each(?) WHERE key=p.rule),"
            " a.service, a.normal, b.service, b.normal LIMIT ?",
            (json.dumps({rule: place for place, rule in enumerate(order)}), limit),
        ).fetchall()
        for rule, one, other, words, *shown in found:
            said = RULES[rule]
            reason = said.says.format(*json.loads(words))
            sides = [self._side(known, evidence) for known, evidence in zip((one, other), shown, strict=True)]
            self._found.listed.append(Suggestion(rule, said.strength, reason, sides[0], sides[1], said.warns))

    def _side(self, known: int, evidence: str) -> Side:
        service, kind, value, normal, person = self._db.execute(
            "SELECT service, kind, value, normal, person FROM temp.known WHERE id=?", (known,)
        ).fetchone()
        names = tuple(self._names(known))
        first, last = self._db.execute(
            "SELECT min(r.utc_us), max(r.utc_us) FROM account a JOIN party_set p ON p.account_id=a.id JOIN record r ON r.parties=p.id"
            " WHERE a.service=? AND a.kind=? AND a.normal=?",
            (service, kind, normal),
        ).fetchone()
        refs = tuple(dict.fromkeys([*filter(None, [evidence]), *refs_of(self._db, (service, kind, normal))]))[:_REFS]
        first_utc, last_utc = (None if one is None else format_utc(one) for one in (first, last))
        return Side(service, kind, value, names, first_utc, last_utc, refs, person)

    def _names(self, known: int) -> Iterator[str]:
        for (shown,) in self._db.execute("SELECT shown FROM temp.called WHERE known=? ORDER BY normal", (known,)):
            yield shown
