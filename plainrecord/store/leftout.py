"""What stayed out of a bundle: per source and conversation, how much, why, and under which neutral label."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from plainrecord.bundle.contents import NotIncluded
from plainrecord.selection import BY_HAND, COPY, SelectionSpec
from plainrecord.store.loading import conversation_ids
from plainrecord.store.selecting import Selected

_SETS_REMEMBERED = 8_192
_MEMBERS_REMEMBERED = 8_192
_AT_ONCE = 1_000
# Names of files are looked up apart: a big mailbox has a line for each of its conversations, and they would be sorted with it.
_LINES = (
    "SELECT g.conversation, g.records, g.first_us, g.last_us, r.member_id, k.conversation IS NOT NULL,"
    " coalesce(t.account_events,0), g.copied, g.by_hand, f.parties, f.member_id, f.locator"
    " FROM (SELECT p.conversation AS conversation,"
    " o.source_id AS source_id, count(*) AS records, min(r.utc_us) AS first_us, max(r.utc_us) AS last_us,"
    " min(r.id) AS first, y.record_id IS NOT NULL AS copied, coalesce(h.reason,'') AS by_hand FROM"
    " (SELECT * FROM placed n WHERE NOT EXISTS (SELECT 1 FROM chosen c WHERE c.record_id=n.record_id)) p"
    " JOIN record r ON r.id=p.record_id JOIN member b ON b.id=r.member_id JOIN original o ON o.id=b.original_id"
    " LEFT JOIN temp.copy y ON y.record_id=p.record_id LEFT JOIN temp.kept_back h ON h.record_id=p.record_id"
    " GROUP BY p.conversation, o.source_id, y.record_id IS NOT NULL, coalesce(h.reason,'')) g"
    " JOIN record r ON r.id=g.first JOIN record f ON f.id=g.conversation"
    " LEFT JOIN temp.concerned k ON k.conversation=g.conversation LEFT JOIN stated t ON t.key=f.stated_key"
    " ORDER BY g.conversation, g.source_id, g.copied, g.by_hand"
)


def not_included(db: sqlite3.Connection, spec: SelectionSpec, found: Selected) -> Iterator[NotIncluded]:
    """Per source and conversation: how many records stayed out and why; contacts are numbered by first appearance."""
    names, places = _Names(db, found), _Places(db)
    labels: dict[str, str] = {}
    for (
        conversation, count, first_us, last_us, member, concerned, own_events, copied, by_hand, parties, talk,
    ) in _with_ids(db.cursor().execute(_LINES), places):  # fmt: skip
        normal, service = names.counterparty(conversation, parties)
        if normal not in labels:
            labels[normal] = f"Contact {len(labels) + 1}"
        if copied:
            reason, examined = COPY, "compared with its copy"
        elif by_hand:
            reason, examined = f"{BY_HAND}{by_hand}", "yes by the person who chose"
        else:
            reason = _reason(spec, concerned, names.only_name(conversation), own_events)
            examined = "auto-match only"
        source, kept_in, sha256, _ = places[member]
        yield NotIncluded(
            source, talk, labels[normal], service, count, first_us, last_us, reason, examined, kept_in, sha256
        )


def _with_ids(rows: sqlite3.Cursor, places: _Places) -> Iterator[tuple[Any, ...]]:
    """The rows with the id of the conversation in the place of where it begins: made for many at once."""
    while some := rows.fetchmany(_AT_ONCE):
        for member, group in groupby(some, key=itemgetter(-2)):
            alike = list(group)
            _, _, sha256, path = places[member]
            for row, talk in zip(alike, conversation_ids(sha256, path, [row[-1] for row in alike]), strict=True):
                yield (*row[:-2], talk)


class _Places(dict[int, tuple[str, str, str, str]]):
    """Of a member: its source's label, the name and digest of its original, and its path in that."""

    def __init__(self, db: sqlite3.Connection) -> None:
        super().__init__()
        self._db = db

    def __missing__(self, member: int) -> tuple[str, str, str, str]:
        if len(self) >= _MEMBERS_REMEMBERED:
            self.clear()
        found: tuple[str, str, str, str] = self._db.execute(
            "SELECT s.label, o.relpath, o.sha256, b.path FROM member b JOIN original o ON o.id=b.original_id"
            " JOIN source s ON s.id=o.source_id WHERE b.id=?",
            (member,),
        ).fetchone()
        self[member] = found
        return found


def _reason(spec: SelectionSpec, concerned: bool, name_only: bool, own_events: bool) -> str:
    if own_events and not (concerned and spec.account_events):
        return "account-events"
    if not concerned:
        return "name-only" if name_only else "no-subject-account"
    if spec.after is not None or spec.before is not None:
        return "outside-dates"
    return "outside-scope" if spec.scope == "subject" else "group-context"


class _Names:
    """Who the other side of a conversation is, and whether only a display name there is like the subject's."""

    def __init__(self, db: sqlite3.Connection, found: Selected) -> None:
        self._db = db
        self._names = set(found.name_only_accounts)
        self._owner = set(found.owner_accounts)
        self._others: dict[int, tuple[str, str] | None] = {}

    def counterparty(self, conversation: int, parties: int) -> tuple[str, str]:
        """Normal form and service of the first account that is not the owner's (the first at all when there is none).

        `parties` is the set of the conversation's first record, which mostly names it.
        """
        if parties not in self._others:
            if len(self._others) >= _SETS_REMEMBERED:
                self._others.clear()
            self._others[parties] = self._other_of(parties)
        return self._others[parties] or self._other_in(conversation)

    def _other_of(self, parties: int) -> tuple[str, str] | None:
        rows = self._db.execute(
            "SELECT a.id, a.normal, a.service FROM party_set q JOIN account a ON a.id=q.account_id"
            " WHERE q.id=? AND q.role IN ('from','to','cc','bcc','member') ORDER BY q.place LIMIT 20",
            (parties,),
        )
        return next((row[1:] for row in rows if row[0] not in self._owner), None)

    def _other_in(self, conversation: int) -> tuple[str, str]:
        rows = self._db.execute(
            "SELECT a.id, a.normal, a.service FROM placed p JOIN party q ON q.record_id=p.record_id"
            " JOIN account a ON a.id=q.account_id WHERE p.conversation=? AND q.role IN ('from','to','cc','bcc','member')"
            " ORDER BY q.record_id, q.place LIMIT 20",
            (conversation,),
        ).fetchall()
        if not rows:
            return "", "unknown"
        chosen = next((row for row in rows if row[0] not in self._owner), rows[0])
        return chosen[1], chosen[2]

    def only_name(self, conversation: int) -> bool:
        """True when an account that shares only the subject's display name wrote in the conversation."""
        if not self._names:
            return False
        rows = self._db.execute(
            "SELECT DISTINCT q.account_id FROM placed p JOIN party q ON q.record_id=p.record_id WHERE p.conversation=?",
            (conversation,),
        )
        return any(row[0] in self._names for row in rows)
