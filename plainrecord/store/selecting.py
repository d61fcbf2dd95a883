"""Run the selection rules over a case: place records in conversations, choose, number, count.

Holds the SQL; the rules themselves are in `selection.py` and `conversations.py`. Results land in the tables `placed`,
`conversation` and `chosen`, made anew each time.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from plainrecord.conversations import STATED, Joiner
from plainrecord.people.attributions import account_key
from plainrecord.people.normal import normal_form, read_selector
from plainrecord.records import Account
from plainrecord.selection import (
    ACCOUNT_EVENTS,
    ARRIVAL_ROLES,
    AUTHOR_ROLES,
    AUTHORED,
    CAPTURED,
    ROLE_ORDER,
    NameIndex,
    SelectionSpec,
    account_matches,
    best_rule,
    group_members_kept,
    stated_authors,
)
from plainrecord.store.keptback import mark_withheld
from plainrecord.store.schema import SELECTION_INDEXES

_INFERRED_SHARE = 0.5
# How a record's account matched, the strongest first.
_STRENGTH = ("exact", "label", "asserted", "name")
# What the owner made and handed in themselves, by its rule.
_OWN_MATERIAL = {AUTHORED: "incident", CAPTURED: "capture"}


@dataclass(frozen=True, slots=True)
class Selected:
    """What a selection found: counts, near misses by name (account as shown, records), and who the owner was taken to be.

    `subject_accounts` and `owner_accounts` hold those of `asserted_accounts` too: accounts that count only because a named
    person says so.
    """

    included: int
    subject_accounts: tuple[int, ...]
    owner_accounts: tuple[int, ...]
    near_misses: tuple[tuple[str, int], ...]
    name_only_accounts: tuple[int, ...] = ()
    inferred_owner: str | None = None
    inferred_basis: str = ""
    reused_ids: int = 0
    asserted_accounts: tuple[int, ...] = ()


def select(db: sqlite3.Connection, spec: SelectionSpec) -> Selected:
    """Choose the records of a case by `spec`; see the module docstring for where the result lands."""
    reused = place_records(db)
    subject, asserted, name_only = _subject_accounts(db, spec)
    owner, inferred, basis = _owner_accounts(db, spec, set(subject))
    _mark_matches(db, subject, asserted, name_only if spec.match_names else [])
    if spec.account_events:
        _mark_account_events(db)
    _choose(db, spec, set(subject) | (set(name_only) if spec.match_names else set()), set(owner))
    _number(db)
    included = db.execute("SELECT count(*) FROM chosen").fetchone()[0]
    misses = () if spec.match_names else tuple(_near_misses(db, name_only))
    offered = () if spec.match_names else tuple(name_only)
    by_word = [*asserted, *_asserted_owners(db, spec)]
    return Selected(included, tuple(subject), tuple(owner), misses, offered, inferred, basis, reused, tuple(by_word))


def place_records(db: sqlite3.Connection) -> int:
    """Put every record into a conversation (tables `placed` and `conversation`); how many message names could not join
    anything, because different messages bear them."""
    db.execute("DROP INDEX IF EXISTS placed_conversation")
    db.execute("DELETE FROM placed")
    db.execute("DELETE FROM conversation")
    reused = _join(db)
    _place_stated(db)
    for statement in SELECTION_INDEXES.split(";"):
        db.execute(statement)
    return reused


def _join(db: sqlite3.Connection) -> int:
    """Place what has to be joined: all but the records of conversations that an export states and nothing else links."""
    linked = _linked_conversations(db)
    joiner = Joiner(db.execute("SELECT max(id) FROM record").fetchone()[0] or 0)
    joiner.join_named(db.execute("SELECT key, record_id, own FROM link ORDER BY key, record_id"))
    if linked:
        stated = "SELECT stated_key, id FROM record WHERE stated_key IN (SELECT key FROM linked)"
        joiner.join_links(db.execute(f"{stated} ORDER BY stated_key, id"), STATED)
        for _, record in db.execute(stated):
            joiner.mark_stated(record)
    sought = "SELECT key FROM fallback WHERE seeks<>0"
    joiner.join_fallback(
        db.execute(f"SELECT key, record_id, seeks FROM fallback WHERE key IN ({sought}) ORDER BY key, record_id")
    )
    _place(db, joiner)
    return joiner.reused


def _place(db: sqlite3.Connection, joiner: Joiner) -> None:
    # Asked from inside the statement: to hand over a row for each record takes twice the time.
    db.create_function("root_of", 1, joiner.settled())
    db.create_function("rule_of", 1, joiner.rule)
    db.execute(
        "INSERT INTO placed SELECT id, root_of(id) FROM record"
        " WHERE stated_key IS NULL OR stated_key IN (SELECT key FROM linked) ORDER BY id"
    )
    db.execute("INSERT INTO conversation SELECT record_id, rule_of(record_id) FROM placed WHERE record_id=conversation")
    db.create_function("root_of", 1, None)
    db.create_function("rule_of", 1, None)


def _linked_conversations(db: sqlite3.Connection) -> bool:
    """Fill the temporary table `linked`: stated conversations of which something links a record to others. Whether any."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS linked(key INTEGER PRIMARY KEY)")
    db.execute("DELETE FROM linked")
    # Mail states no conversation, and listing what links it for nothing takes longer than joining it.
    if db.execute("SELECT 1 FROM stated LIMIT 1").fetchone():
        db.execute(
            "INSERT INTO linked SELECT DISTINCT stated_key FROM record WHERE stated_key IS NOT NULL"
            " AND (id IN (SELECT record_id FROM link) OR id IN (SELECT record_id FROM fallback))"
        )
    return db.execute("SELECT 1 FROM linked LIMIT 1").fetchone() is not None


def _place_stated(db: sqlite3.Connection) -> None:
    """Place records of conversations that an export states: each is known by its first record."""
    first = (
        "SELECT stated_key AS key, min(id) AS first FROM record"
        " WHERE stated_key IS NOT NULL AND stated_key NOT IN (SELECT key FROM linked) GROUP BY stated_key"
    )
    db.execute(f"INSERT INTO conversation SELECT first, 'stated' FROM ({first})")
    db.execute(f"INSERT INTO placed SELECT r.id, f.first FROM record r JOIN ({first}) f ON f.key=r.stated_key")


def _accounts(db: sqlite3.Connection) -> Iterator[tuple[int, Account]]:
    for row in db.execute("SELECT id, service, kind, value, name FROM account ORDER BY id"):
        yield row[0], Account(row[1], row[2], row[3], row[4] or None)


def _subject_accounts(db: sqlite3.Connection, spec: SelectionSpec) -> tuple[list[int], list[int], list[int]]:
    """Rows of accounts that are the subject's, of those among them that are so only because a person says so, and of those
    that only share a name."""
    # A display name may spell the subject's address beside another account: that is offered too.
    names = NameIndex({s.normal for s in spec.selectors if s.kind in ("name", "address")})
    attributed = spec.attributed("subject")
    exact: list[int] = []
    asserted: list[int] = []
    for row, account in _accounts(db):
        matches = account_matches(account, spec.selectors, spec.region)
        if matches or account_key(account) in attributed:
            exact.append(row)
            if not matches:
                asserted.append(row)
            if account.name and "@" not in account.name:
                names.names.add(normal_form(account.service, "name", account.name))
    names.names.discard("")
    known = set(exact)
    only_name = [row for row, account in _accounts(db) if row not in known and names.matches(account)]
    return exact, asserted, only_name


def _asserted_owners(db: sqlite3.Connection, spec: SelectionSpec) -> list[int]:
    """Rows of accounts that are the owner's only because a person says so."""
    attributed = spec.attributed("owner")
    return [
        row
        for row, account in (_accounts(db) if attributed else ())
        if account_key(account) in attributed and not account_matches(account, spec.owners, spec.region)
    ]


def _owner_accounts(
    db: sqlite3.Connection, spec: SelectionSpec, subject: set[int]
) -> tuple[list[int], str | None, str]:
    stated = [*_stated_owners(db, subject), *_asserted_owners(db, spec)]
    if spec.owners or spec.attributed("owner"):
        named = [row for row, account in _accounts(db) if account_matches(account, spec.owners, spec.region)]
        return sorted({*named, *stated}), None, ""
    arrivals, total = _arrivals(db)
    best = sorted(arrivals.items(), key=lambda pair: (-pair[1], pair[0]))[:1]
    if not best or best[0][1] <= total * _INFERRED_SHARE:
        return stated, None, ""
    value, count = best[0]
    selector = read_selector(value)
    rows = [row for row, account in _accounts(db) if account_matches(account, [selector]) and row not in subject]
    return (
        sorted({*rows, *stated}),
        value,
        f"named in Delivered-To of {count} of {total} mails that have one; not confirmed by a person",
    )


def _arrivals(db: sqlite3.Connection) -> tuple[dict[str, int], int]:
    """In how many mails each account is named where mail arrives, as it was first spelt; and how many mails name any."""
    counts: Counter[str] = Counter()
    spelt: dict[str, tuple[int, str]] = {}
    total = 0
    # Set by set: whoever has a mailbox stands in every mail of it, always with the same others.
    rows = db.execute(
        "SELECT s.id, (SELECT count(*) FROM record r WHERE r.parties=s.id), a.normal, a.id, a.value"
        " FROM party_set s JOIN account a ON a.id=s.account_id"
        f" WHERE s.role IN ({_marks(ARRIVAL_ROLES)}) ORDER BY s.id",
        ARRIVAL_ROLES,
    )
    for (_, count), named in groupby(rows, key=itemgetter(0, 1)):
        total += count
        different: dict[str, int] = {}
        for _, _, normal, row, value in named:
            different[normal] = count
            spelt[normal] = min((row, value), spelt.get(normal, (row, value)))
        counts.update(different)
    return {spelt[normal][1]: count for normal, count in counts.items()}, total


def _stated_owners(db: sqlite3.Connection, subject: set[int]) -> list[int]:
    """Accounts that an export itself calls the person who made it (“Me”, “You”), by the role "owner"."""
    rows = db.execute("SELECT DISTINCT account_id FROM party WHERE role='owner' ORDER BY account_id")
    return [row for (row,) in rows if row not in subject]


def _mark_matches(db: sqlite3.Connection, exact: list[int], asserted: list[int], by_name: list[int]) -> None:
    """Fill the temporary table `matched(record_id, rule)` with the strongest rule for each record."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS wanted(account_id INTEGER PRIMARY KEY, suffix TEXT)")
    db.execute("CREATE TEMP TABLE IF NOT EXISTS matched(record_id INTEGER PRIMARY KEY, rule TEXT)")
    db.execute("DELETE FROM wanted")
    db.execute("DELETE FROM matched")
    db.executemany("INSERT OR IGNORE INTO wanted VALUES(?, 'name')", ((row,) for row in by_name))
    db.executemany("INSERT OR REPLACE INTO wanted VALUES(?, 'exact')", ((row,) for row in exact))
    db.execute(
        "UPDATE wanted SET suffix='label'"
        " WHERE suffix='exact' AND account_id IN (SELECT id FROM account WHERE kind='name')"
    )
    db.executemany("UPDATE wanted SET suffix='asserted' WHERE account_id=?", ((row,) for row in asserted))
    db.execute("CREATE TEMP TABLE IF NOT EXISTS set_rule(parties INTEGER PRIMARY KEY, rule TEXT)")
    db.execute("DELETE FROM set_rule")
    found = db.cursor().execute(
        "SELECT s.id, s.role, w.suffix FROM party_set s JOIN wanted w ON w.account_id=s.account_id"
        f" WHERE s.role IN ({_marks(ROLE_ORDER)}) ORDER BY s.id, w.suffix",
        ROLE_ORDER,
    )
    for parties, group in groupby(found, key=itemgetter(0)):
        rows = list(group)
        suffix = min((row[2] for row in rows), key=_STRENGTH.index)
        rule = best_rule((row[1] for row in rows if row[2] == suffix), suffix)
        db.execute("INSERT INTO set_rule VALUES(?,?)", (parties, rule))
    db.execute("INSERT INTO matched SELECT r.id, t.rule FROM set_rule t JOIN record r ON r.parties=t.parties")
    _mark_authored(db)


def _mark_authored(db: sqlite3.Connection) -> None:
    """Take in the owner's own log entries and the pages they kept. Where nothing of the sender was found among other records,
    they alone would make a bundle that seems to answer the question asked: then they stay out, and nothing is found."""
    if not db.execute("SELECT 1 FROM matched LIMIT 1").fetchone() and _holds_recorded(db):
        return
    for rule, kind in _OWN_MATERIAL.items():
        db.execute("INSERT OR REPLACE INTO matched SELECT id, ? FROM record WHERE kind=?", (rule, kind))


def _mark_account_events(db: sqlite3.Connection) -> None:
    """Take in log-ins and changes of the owner's own accounts, beside what was found of the sender and never instead of it."""
    if db.execute("SELECT 1 FROM matched WHERE rule NOT IN (?,?) LIMIT 1", tuple(_OWN_MATERIAL)).fetchone():
        db.execute(
            "INSERT OR IGNORE INTO matched SELECT r.id, ? FROM record r JOIN stated s ON s.key=r.stated_key"
            " WHERE s.account_events",
            (ACCOUNT_EVENTS,),
        )


def _holds_recorded(db: sqlite3.Connection) -> bool:
    kinds = tuple(_OWN_MATERIAL.values())
    return bool(db.execute("SELECT 1 FROM record WHERE kind NOT IN (?,?) LIMIT 1", kinds).fetchone())


def _choose(db: sqlite3.Connection, spec: SelectionSpec, subject: set[int], owner: set[int]) -> None:
    """Fill the temporary table `picked` with what goes in: record, whose it is, rule, how many were left out before it."""
    db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS picked(record_id INTEGER PRIMARY KEY, part TEXT, matched TEXT, gap INTEGER)"
    )
    db.execute("DELETE FROM picked")
    db.execute("CREATE TEMP TABLE IF NOT EXISTS concerned(conversation INTEGER PRIMARY KEY)")
    db.execute("DELETE FROM concerned")
    db.execute(
        "INSERT INTO concerned SELECT DISTINCT p.conversation FROM matched m JOIN placed p ON p.record_id=m.record_id"
    )
    _mark_parts(db, subject, owner)
    mark_withheld(db)
    whole = f"{_whole_conversations(spec)} EXCEPT {_TOUCHED}"
    db.execute(
        f"INSERT INTO picked SELECT {_CANDIDATE}, 0 {_CANDIDATES} WHERE p.conversation IN ({whole}) AND {_GOES_ALONG}"
    )
    rows = db.cursor().execute(
        f"SELECT {_CANDIDATE}, p.conversation, r.utc_us, coalesce(s.is_group,0), k.record_id IS NOT NULL {_CANDIDATES}"
        f" WHERE p.conversation NOT IN ({whole}) AND {_GOES_ALONG}"
        " ORDER BY p.conversation, r.utc_us IS NULL, r.utc_us, r.claim_id, r.tie"
    )
    for _, group in groupby(rows, key=itemgetter(3)):
        candidates = [_Candidate(*row) for row in group]
        db.executemany("INSERT INTO picked VALUES(?,?,?,?)", _chosen_of(candidates, spec))


_CANDIDATE = "r.id, coalesce(t.part,'context'), coalesce(m.rule,'conversation')"
_CANDIDATES = (
    "FROM concerned c JOIN placed p ON p.conversation=c.conversation JOIN record r ON r.id=p.record_id"
    " LEFT JOIN matched m ON m.record_id=r.id LEFT JOIN stated s ON s.key=r.stated_key"
    " LEFT JOIN set_part t ON t.parties=r.parties LEFT JOIN temp.kept_back k ON k.record_id=r.id"
)
# Conversations of which a person left something out: each record of theirs is looked at, so that the gap is marked.
_TOUCHED = "SELECT p.conversation FROM temp.kept_back k JOIN placed p ON p.record_id=k.record_id"
# Events of the owner's account are nobody's conversation: one that names the subject brings none of the others along.
_GOES_ALONG = "(m.rule IS NOT NULL OR NOT coalesce(s.account_events,0))"


def _whole_conversations(spec: SelectionSpec) -> str:
    """A query for the conversations of which everything goes in, so that nobody has to look at each record."""
    if spec.scope == "subject" or spec.after is not None or spec.before is not None:
        return "SELECT 0 WHERE 0"
    if spec.whole_groups:
        return "SELECT conversation FROM concerned"
    return (
        "SELECT conversation FROM concerned WHERE conversation NOT IN (SELECT p.conversation FROM stated s"
        " JOIN record r ON r.stated_key=s.key JOIN placed p ON p.record_id=r.id WHERE s.is_group)"
    )


def _mark_parts(db: sqlite3.Connection, subject: set[int], owner: set[int]) -> None:
    """Fill the temporary table `set_part`: whose a record is by its stated authors, for each set of parties."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS set_part(parties INTEGER PRIMARY KEY, part TEXT)")
    db.execute("DELETE FROM set_part")
    rows = db.cursor().execute(
        "SELECT s.id, s.account_id, a.service, s.role FROM party_set s JOIN account a ON a.id=s.account_id"
        f" WHERE s.role IN ({_marks(AUTHOR_ROLES)}) ORDER BY s.id",
        AUTHOR_ROLES,
    )
    named = ((parties, [row[1:] for row in group]) for parties, group in groupby(rows, key=itemgetter(0)))
    parts = ((parties, _part(stated_authors(authors), subject, owner)) for parties, authors in named)
    db.executemany("INSERT INTO set_part VALUES(?,?)", parts)


def _part(authors: set[int], subject: set[int], owner: set[int]) -> str:
    return "subject" if authors & subject else "owner" if authors & owner else "context"


class _Candidate(NamedTuple):
    record: int
    part: str
    rule: str
    conversation: int
    utc_us: int | None
    is_group: int
    kept_back: int


def _chosen_of(candidates: list[_Candidate], spec: SelectionSpec) -> Iterator[tuple[int, str, str, int]]:
    """The records of one conversation that go in: record, part, rule, and how many were left out before it."""
    keep = [True] * len(candidates)
    if spec.scope == "subject":
        keep = [one.part == "subject" or one.rule in (AUTHORED, CAPTURED, ACCOUNT_EVENTS) for one in candidates]
    elif candidates[0].is_group and not spec.whole_groups:
        keep = list(group_members_kept([one.part for one in candidates]))
    gap = 0
    for one, kept in zip(candidates, keep, strict=True):
        if not kept or one.kept_back or not _within(one.utc_us, spec):
            gap += 1
            continue
        yield one.record, one.part, one.rule, gap
        gap = 0


def _within(utc_us: int | None, spec: SelectionSpec) -> bool:
    if utc_us is None:
        return True
    return (spec.after is None or utc_us >= spec.after) and (spec.before is None or utc_us < spec.before)


def _number(db: sqlite3.Connection) -> None:
    """Number what was chosen in timeline order: dated by instant, then undated; ties by claim, then as the export has them."""
    db.execute("DELETE FROM chosen")
    db.execute(
        "INSERT INTO chosen(record_id, part, matched, gap, number) SELECT k.record_id, k.part, k.matched, k.gap,"
        " row_number() OVER (ORDER BY r.utc_us IS NULL, r.utc_us, r.claim_id, r.tie)"
        " FROM picked k JOIN record r ON r.id=k.record_id"
    )


def _near_misses(db: sqlite3.Connection, name_only: list[int]) -> Iterator[tuple[str, int]]:
    for row in name_only:
        value, name = db.execute("SELECT value, name FROM account WHERE id=?", (row,)).fetchone()
        count = db.execute(
            "SELECT count(DISTINCT p.record_id) FROM party p WHERE p.account_id=?"
            " AND p.record_id NOT IN (SELECT record_id FROM chosen)",
            (row,),
        ).fetchone()[0]
        if count:
            yield (f"{name} <{value}>" if name and name != value else value), count


def _marks(values: tuple[str, ...]) -> str:
    return ",".join("?" * len(values))
