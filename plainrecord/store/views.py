"""A case as the values a bundle is made from (`bundle/contents.py`): everything read fresh, in order, in bounded memory."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache, partial
from itertools import starmap

from plainrecord.bundle.contents import (
    Contents,
    ConversationView,
    Counts,
    Person,
    PersonAccount,
    SelectionRule,
    UnreadRow,
)
from plainrecord.people.attributions import AccountKey, Attribution, account_key
from plainrecord.records import Account, Position, Record, Unread
from plainrecord.selection import AUTHORED, CAPTURED, SelectionSpec, is_label
from plainrecord.store.attributing import account_rows
from plainrecord.store.case import Case
from plainrecord.store.copies import set_copies_aside
from plainrecord.store.leftout import not_included
from plainrecord.store.loading import (
    ALL,
    CHOSEN,
    Parties,
    load_rows,
    read_conversation,
)
from plainrecord.store.making import Runs, every_record, items_in_order
from plainrecord.store.selecting import Selected, place_records
from plainrecord.store.sources import sources_of

# Views of so many conversations are kept from one asking to the next.
_VIEWS_REMEMBERED = 1_000


def contents_of(case: Case, found: Selected, bundle_id: str, *, workers: int = 1) -> Contents:
    """What a bundle of the current selection is made from. `sources` carries the digests of the last recheck."""
    spec = case.spec()
    db = case.db
    set_copies_aside(db, workers)
    parties = parties_of(db, found)
    view = secrets.token_hex(16)  # tells this selection from any other of this process; it is written nowhere
    return Contents(
        bundle_id=bundle_id,
        mode=case.settings.mode,
        case_ref=case.settings.case_ref,
        who=case.who,
        clock=case.clock,
        timezone=case.settings.timezone or None,
        subject=_subject(db, spec, found),
        owner=_owner(db, spec, found),
        others=_others(db, spec),
        selection=SelectionRule(_rule_words(db, spec), spec.machine(), _unnamed(found)),
        sources=sources_of(db),
        counts=_counts(db),
        conversations=_conversations(db),
        items=lambda: load_rows(db, CHOSEN, workers, partial(items_in_order, parties), dict(conversation_numbers(db))),
        runs=lambda make: load_rows(db, CHOSEN, workers, Runs(parties, make, view), dict(conversation_numbers(db))),
        not_included=lambda: not_included(db, spec, found),
        unread=lambda: _unread(db),
        custody_lines=lambda: (row[0] for row in db.cursor().execute("SELECT line FROM custody ORDER BY seq")),
        settings=_settings(case),
        marking=case.settings.marking,
        warnings=(*_missing_parts(db), *_warnings(found, spec)),
    )


def _rule_words(db: sqlite3.Connection, spec: SelectionSpec) -> str:
    """The rule, and that the owner's own log and the pages they kept are in, where they are; and what was left out by hand."""
    counts = dict(
        db.execute("SELECT matched, count(*) FROM chosen WHERE matched IN (?,?) GROUP BY 1", (AUTHORED, CAPTURED))
    )
    words = spec.words()
    if counts.get(AUTHORED):
        words += f" The owner's own log goes in too ({counts[AUTHORED]} entries)."
    if counts.get(CAPTURED):
        words += f" Pages the owner kept from a browser go in too ({counts[CAPTURED]})."
    by_hand = db.execute("SELECT count(*) FROM temp.kept_back").fetchone()[0]
    if by_hand:
        words += f" Left out by hand, each with its reason: {by_hand} records."
    return words


def all_records(case: Case, workers: int = 1) -> Iterator[Record]:
    """Every record of a case, unselected, in the order of reading; attached messages follow their carrier."""
    place_records(case.db)
    return load_rows(case.db, ALL, workers, every_record, {})


def parties_of(db: sqlite3.Connection, found: Selected) -> Parties:
    """Whose accounts are whose in a selection."""
    return Parties(_keys(db, found.subject_accounts), _keys(db, found.owner_accounts))


def _keys(db: sqlite3.Connection, accounts: tuple[int, ...]) -> frozenset[tuple[str, str, str]]:
    return frozenset((account.service, account.kind, account.value) for account in _account_rows(db, accounts))


def _account_rows(db: sqlite3.Connection, accounts: tuple[int, ...]) -> Iterator[Account]:
    for number in accounts:
        row = db.execute("SELECT service, kind, value, name FROM account WHERE id=?", (number,)).fetchone()
        yield Account(row[0], row[1], row[2], row[3] or None)


def _subject(db: sqlite3.Connection, spec: SelectionSpec, found: Selected) -> Person:
    wanted = ", ".join(selector.value for selector in spec.selectors)
    said = _by_word(db, spec, found)
    accounts = tuple(
        said.get(account_key(account))
        or PersonAccount(account, *_rule(account, f"equal to a selector given: {wanted}"), "the person who ran this")
        for account in _told_apart(db, found.subject_accounts)
    )
    return Person(spec.subject_label, accounts)


def _rule(account: Account, basis: str) -> tuple[str, str]:
    if is_label(account):
        return "label", f"{basis}; the export states this sender by name only"
    return "exact", basis


def _owner(db: sqlite3.Connection, spec: SelectionSpec, found: Selected) -> Person:
    basis = found.inferred_basis or "equal to an owner account given"
    who = "nobody; inferred" if found.inferred_owner else "the person who ran this"
    said = _by_word(db, spec, found)
    accounts = tuple(
        said.get(account_key(account))
        or PersonAccount(account, *(("inferred", basis) if found.inferred_owner else _rule(account, basis)), who)
        for account in _told_apart(db, found.owner_accounts)
    )
    return Person(spec.owner_label, accounts)


def _by_word(db: sqlite3.Connection, spec: SelectionSpec, found: Selected) -> dict[AccountKey, PersonAccount]:
    """The accounts that count as somebody's only because a named person attributed them."""
    said = {one.key: one for one in spec.asserted}
    shown = _told_apart(db, found.asserted_accounts)
    return {account_key(account): _asserted(account, said[account_key(account)]) for account in shown}


def _asserted(account: Account, said: Attribution) -> PersonAccount:
    return PersonAccount(account, "asserted", said.why, said.asserted_by, said.when_utc, said.entry, said.refs)


def _others(db: sqlite3.Connection, spec: SelectionSpec) -> tuple[Person, ...]:
    """Further people to whom somebody attributed accounts, those whose accounts stand in a record that goes in."""
    found: dict[str, list[PersonAccount]] = {}
    for said in spec.asserted:
        rows = tuple(account_rows(db, said.key)) if said.role == "other" else ()
        if any(_goes_in(db, row) for row in rows):
            found.setdefault(said.person, []).append(_asserted(next(_told_apart(db, rows)), said))
    return tuple(Person(label, tuple(accounts)) for label, accounts in found.items())


def _goes_in(db: sqlite3.Connection, account: int) -> bool:
    return bool(
        db.execute(
            "SELECT 1 FROM chosen c JOIN record r ON r.id=c.record_id JOIN party_set s ON s.id=r.parties"
            " WHERE s.account_id=? LIMIT 1",
            (account,),
        ).fetchone()
    )


def _told_apart(db: sqlite3.Connection, accounts: tuple[int, ...]) -> Iterator[Account]:
    """One account per normal form, as first written, with every display name seen beside it."""
    groups: dict[AccountKey, list[Account]] = {}
    for account in _account_rows(db, accounts):
        groups.setdefault(account_key(account), []).append(account)
    for same in groups.values():
        names = "; ".join(dict.fromkeys(account.name for account in same if account.name))
        yield replace(same[0], name=names or None)


def _counts(db: sqlite3.Connection) -> Counts:
    seen, unread = db.execute("SELECT coalesce(sum(seen),0), coalesce(sum(unread),0) FROM claim").fetchone()
    records = db.execute("SELECT count(*) FROM record").fetchone()[0]
    included = db.execute("SELECT count(*) FROM chosen").fetchone()[0]
    parts = dict(db.execute("SELECT part, count(*) FROM chosen GROUP BY part"))
    undated = db.execute(
        "SELECT count(*) FROM chosen c JOIN record r ON r.id=c.record_id WHERE r.utc_us IS NULL"
    ).fetchone()[0]
    return Counts(
        seen=seen,
        included=included,
        not_included=records - included,
        unread=unread,
        from_subject=parts.get("subject", 0),
        from_owner=parts.get("owner", 0),
        undated=undated,
        copies=db.execute("SELECT count(*) FROM temp.copy").fetchone()[0],
    )


def conversation_numbers(db: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Conversations that went in, numbered by their first item."""
    rows = db.cursor().execute(
        "SELECT p.conversation, min(c.number) FROM chosen c JOIN placed p ON p.record_id=c.record_id"
        " GROUP BY p.conversation ORDER BY 2"
    )
    for count, (conversation, _) in enumerate(rows, start=1):
        yield conversation, f"V-{count:04d}"


def _conversations(db: sqlite3.Connection) -> Callable[[], Iterator[ConversationView]]:
    # Asked for the pages and for the schedule, and counting a long conversation takes as long as writing both.
    view = lru_cache(maxsize=_VIEWS_REMEMBERED)(partial(_conversation, db))
    return lambda: starmap(view, conversation_numbers(db))


def _conversation(db: sqlite3.Connection, conversation: int, number: str) -> ConversationView:
    said = read_conversation(db, conversation)
    included, total, first, last = db.execute(
        "SELECT count(c.record_id), count(*) - count(k.record_id), min(CASE WHEN c.record_id IS NULL THEN NULL ELSE r.utc_us END),"
        " max(CASE WHEN c.record_id IS NULL THEN NULL ELSE r.utc_us END)"
        " FROM placed p JOIN record r ON r.id=p.record_id LEFT JOIN chosen c ON c.record_id=p.record_id"
        " LEFT JOIN temp.copy k ON k.record_id=p.record_id WHERE p.conversation=?",
        (conversation,),
    ).fetchone()
    participants = tuple(Account(a.service, a.kind, a.value, a.name) for a in said.participants)
    service = participants[0].service if participants else "unknown"
    return ConversationView(
        said.id, number, said.title, service, said.rule, participants, included, total - included, first, last
    )


def _unread(db: sqlite3.Connection) -> Iterator[UnreadRow]:
    for label, relpath, path, locator, kind, detail in db.cursor().execute(
        "SELECT s.label, o.relpath, m.path, u.locator, u.kind, u.detail FROM unread u JOIN member m ON m.id=u.member_id"
        " JOIN original o ON o.id=m.original_id JOIN source s ON s.id=o.source_id ORDER BY u.id"
    ):
        yield UnreadRow(label, relpath, Unread(Position(path, locator), kind, detail))


def _settings(case: Case) -> dict[str, str]:
    said = case.settings
    return {
        "timezone": said.timezone,
        "date_order": said.date_order,
        "region": said.region.upper(),
        "match_names": str(said.select.match_names).lower(),
        "scope": said.select.scope,
        "whole_groups": str(said.select.whole_groups).lower(),
        "account_events": str(said.select.account_events).lower(),
        "after": said.select.after,
        "before": said.select.before,
    }


def _unnamed(found: Selected) -> tuple[tuple[str, int], ...]:
    """Near misses without the third party's name or address: those are told to the person at the keyboard only."""
    return tuple(
        (f"Another account with a like display name ({number})", count)
        for number, (_, count) in enumerate(found.near_misses, start=1)
    )


def _missing_parts(db: sqlite3.Connection) -> Iterator[str]:
    for label, missing in db.execute("SELECT label, missing FROM source WHERE state='done' ORDER BY id"):
        yield from (f"{label}: {said}" for said in json.loads(missing))


def _warnings(found: Selected, spec: SelectionSpec) -> tuple[str, ...]:
    said = []
    if found.inferred_owner:
        said.append(f"The owner was not named; taken to be {found.inferred_owner} ({found.inferred_basis}).")
    elif spec.owners and not found.owner_accounts:
        named = ", ".join(owner.value for owner in spec.owners)
        said.append(f"No record names the owner’s account {named}, so directions are not stated. Check the spelling.")
    elif not found.owner_accounts:
        said.append("The owner was not named, so directions are not stated. Name them with --owner.")
    if found.near_misses:
        total = sum(count for _, count in found.near_misses)
        accounts = len(found.near_misses)
        said.append(
            f"Left out, although the display name is like the subject's: {total:,} record{'s' * (total != 1)} of"
            f" {accounts:,} other account{'s' * (accounts != 1)}. A name proves nothing."
        )
    if found.reused_ids:
        said.append(
            f"{found.reused_ids:,} Message-ID{'s are' if found.reused_ids != 1 else ' is'} borne by different mails of different people."
            " Such mails were not joined into one conversation by it, nor were replies to it."
        )
    return tuple(said)
