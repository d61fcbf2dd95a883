"""What stayed out of a bundle: per source and conversation, how much, why, and under which neutral label."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from plainrecord.bundle.contents import NotIncluded
from plainrecord.selection import BY_HAND, COPY, SelectionSpec
from plainrecord.store.loading import conversation_id
from plainrecord.store.selecting import Selected

_SETS_REMEMBERED = 8_192


def not_included(db: sqlite3.Connection, spec: SelectionSpec, found: Selected) -> Iterator[NotIncluded]:
    """Per source and conversation: how many records stayed out and why; contacts are numbered by first appearance."""
    names = _Names(db, found)
    labels: dict[str, str] = {}
    for row in db.cursor().execute(
        "SELECT s.label, g.conversation, g.records, g.first_us, g.last_us, o.relpath, o.sha256,"
        " k.conversation IS NOT NULL, coalesce(t.account_events,0), g.copied, g.by_hand, f.parties, fo.sha256, fm.path, f.locator"
        " FROM (SELECT p.conversation AS conversation,"
        " o.source_id AS source_id, count(*) AS records, min(r.utc_us) AS first_us, max(r.utc_us) AS last_us,"
        " min(r.id) AS first, y.record_id IS NOT NULL AS copied, coalesce(h.reason,'') AS by_hand FROM"
        " (SELECT * FROM placed n WHERE NOT EXISTS (SELECT 1 FROM chosen c WHERE c.record_id=n.record_id)) p"
        " JOIN record r ON r.id=p.record_id JOIN member b ON b.id=r.member_id JOIN original o ON o.id=b.original_id"
        " LEFT JOIN temp.copy y ON y.record_id=p.record_id LEFT JOIN temp.kept_back h ON h.record_id=p.record_id"
        " GROUP BY p.conversation, o.source_id, y.record_id IS NOT NULL, coalesce(h.reason,'')) g"
        " JOIN record r ON r.id=g.first JOIN member b ON b.id=r.member_id"
        " JOIN original o ON o.id=b.original_id JOIN source s ON s.id=g.source_id"
        " JOIN record f ON f.id=g.conversation JOIN member fm ON fm.id=f.member_id"
        " JOIN original fo ON fo.id=fm.original_id LEFT JOIN temp.concerned k ON k.conversation=g.conversation"
        " LEFT JOIN stated t ON t.key=f.stated_key"
        " ORDER BY g.conversation, s.id, g.copied, g.by_hand"
    ):
        label, conversation, count, first_us, last_us, relpath, sha256, concerned, own_events, *rest = row
        copied, by_hand, parties, *place = rest
        normal, service = names.counterparty(conversation, parties)
        yield NotIncluded(
            source=label,
            conversation=conversation_id(*place),
            counterparty=labels.setdefault(normal, f"Contact {len(labels) + 1}"),
            service=service,
            count=count,
            first_utc_us=first_us,
            last_utc_us=last_us,
            reason=COPY
            if copied
            else f"{BY_HAND}{by_hand}"
            if by_hand
            else _reason(spec, bool(concerned), names.only_name(conversation), bool(own_events)),
            examined=_examined(bool(copied), bool(by_hand)),
            kept_in=relpath,
            container_sha256=sha256,
        )


def _examined(copied: bool, by_hand: bool) -> str:
    if copied:
        return "compared with its copy"
    return "yes by the person who chose" if by_hand else "auto-match only"


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
