"""Suggestions from what was written and sent: accounts named in texts, files with the same bytes, changes of number.

Stands on the index of words, in which every text was looked through once. An account that a message was sent to is not suggested for
being named in it, and what very many name says nothing of any of them.
"""

from __future__ import annotations

import json
import re
import sqlite3
from typing import Protocol

from plainrecord.people.mentions import NEW_NUMBER
from plainrecord.people.normal import normal_form
from plainrecord.people.suggestions import Suggested
from plainrecord.selection import ARRIVAL_ROLES, RECIPIENT_ROLES
from plainrecord.times import format_utc

# Shared by more accounts than this, an equality says nothing about any two of them.
SHARED_BY = 12
_NAMED_BY = 5
_NAMES = 20
_STATEMENTS = 50

_NO_NAMES = frozenset(("me", "my", "you", "your", "self", "not", "the", "just"))
_NAMED_AFTER = re.compile(
    r"\b(?:it is|it[’']?s|this is|i am|i[’']?m)\s+([^\W\d_][\w’'-]+(?:\s+[A-Z][\w’'-]+)?)", re.IGNORECASE
)
# The author of a document of the index, as one of the accounts that are compared.
_AUTHOR = "temp.known w ON w.service=d.author_service AND w.kind=d.author_kind AND w.normal=d.author_normal"
_REACHED = ",".join(f"'{role}'" for role in (*RECIPIENT_ROLES, *ARRIVAL_ROLES))
_NAMED = (
    "SELECT w.id AS one, k.id AS other, m.place AS place, m.kind AS kind, m.normal AS shown, min(d.id) AS doc"
    " FROM temp.known k CROSS JOIN search.mention m ON m.kind='{0}' AND m.normal=k.{1}{2}"
    f" CROSS JOIN search.doc d ON d.id=m.doc JOIN {_AUTHOR}"
    " WHERE k.{1} IS NOT NULL AND w.id<>k.id AND m.normal IS NOT w.number AND m.normal IS NOT w.address"
    " AND NOT EXISTS (SELECT 1 FROM record r JOIN party_set p ON p.id=r.parties JOIN account a ON a.id=p.account_id"
    f" WHERE r.id=d.row AND p.role IN ({_REACHED}) AND a.service=k.service AND a.kind=k.kind AND a.normal=k.normal)"
    " GROUP BY 1, 2, 3, 4, 5"
)


class Keep(Protocol):
    """Keeps the pairs of a rule that a query gives: one, other, words (JSON), the record that shows it on either side or ""."""

    def __call__(self, rule: str, rows: str, values: tuple[object, ...] = ()) -> None: ...


def left_out(db: sqlite3.Connection, found: Suggested, where: str, many: str, says: str) -> None:
    """Say how many things are left out because too many share them; `many` is a query for those."""
    count = db.execute(f"SELECT count(*) FROM ({many})").fetchone()[0]
    if count:
        found.left_out.append(f"{where}: {count:,} {says}, which says nothing of any of them.")


def compare_texts(db: sqlite3.Connection, keep: Keep, found: Suggested) -> None:
    """Compare what was written and sent. Expects the table `known` of accounts and the index at hand as `search`."""
    db.execute("DROP TABLE IF EXISTS temp.named")
    db.execute(f"CREATE TEMP TABLE named AS {_NAMED.format('number', 'number', '')}")
    db.execute(f"INSERT INTO temp.named {_NAMED.format('address', 'address', '')}")
    db.execute(f"INSERT INTO temp.named {_NAMED.format('handle', 'handle', ' AND m.service=k.service')}")
    _mentions(db, keep, found)
    _files(db, keep, found)
    _changed_numbers(keep)
    _statements(db, keep, found)
    db.execute("DROP TABLE temp.named")


def _mentions(db: sqlite3.Connection, keep: Keep, found: Suggested) -> None:
    common = f"SELECT other FROM temp.named GROUP BY other HAVING count(DISTINCT one) > {_NAMED_BY}"
    chatty = f"SELECT one FROM temp.named WHERE place='text' GROUP BY one HAVING count(DISTINCT other) > {_NAMES}"
    for rule, which in (
        ("signature", "n.place='signature' AND n.kind<>'handle'"),
        ("profile-signature", "n.place='signature' AND n.kind='handle'"),
        ("stated", "n.place='stated'"),
        ("in-text", f"n.place='text' AND n.kind<>'handle' AND n.one NOT IN ({chatty})"),
        ("profile-link", f"n.place='text' AND n.kind='handle' AND n.one NOT IN ({chatty})"),
    ):
        keep(
            rule,
            "SELECT n.one, n.other, json_array(n.shown, w.value), d.ref, '' FROM temp.named n JOIN search.doc d ON d.id=n.doc"
            f" JOIN temp.known w ON w.id=n.one WHERE n.other NOT IN ({common}) AND {which}",
        )
    left_out(db, found, "in texts", common, f"accounts are named by more than {_NAMED_BY} others")
    left_out(db, found, "in texts", chatty, f"accounts name more than {_NAMES} others")


def _files(db: sqlite3.Connection, keep: Keep, found: Suggested) -> None:
    files = f"search.file f JOIN search.doc d ON d.id=f.doc JOIN {_AUTHOR}"
    shared = f"SELECT f.sha256 FROM {files} GROUP BY f.sha256 HAVING count(DISTINCT w.id)"
    sent = (
        f"SELECT f.sha256 AS same, w.id AS id, min(f.name) AS name, min(d.ref) AS ref FROM {files}"
        f" WHERE f.sha256 IN ({shared} BETWEEN 2 AND {_NAMED_BY}) GROUP BY f.sha256, w.id"
    )
    keep(
        "same-file",
        "SELECT a.id, b.id, json_array(trim(a.name || ' (SHA-256 ' || substr(a.same,1,16) || '…)')),"
        f" a.ref, b.ref FROM ({sent}) a JOIN ({sent}) b ON b.same=a.same AND b.id>a.id",
    )
    left_out(db, found, "same-file", f"{shared} > {_NAMED_BY}", f"files sent by more than {_NAMED_BY} accounts")


def _changed_numbers(keep: Keep) -> None:
    """The app's own lines that name two numbers: the one was changed to the other."""
    two = (
        "SELECT d.id, d.ref, d.service, min(m.normal) AS low, max(m.normal) AS high FROM record r JOIN search.doc d ON d.row=r.id"
        " JOIN search.mention m ON m.doc=d.id AND m.kind='number' WHERE d.author IS NULL AND d.child=0"
        " AND ' ' || r.marks || ' ' LIKE '% number-changed %' GROUP BY d.id HAVING count(DISTINCT m.normal)=2"
    )
    keep(
        "number-changed",
        "SELECT a.id, b.id, '[]', t.ref, t.ref"
        f" FROM ({two}) t JOIN temp.known a ON a.number=t.low AND a.service=t.service"
        " JOIN temp.known b ON b.number=t.high AND b.service=t.service",
    )


def _statements(db: sqlite3.Connection, keep: Keep, found: Suggested) -> None:
    """Texts that speak of a new number: with a name that stands beside another account, or to be read by a person."""
    asked = '"new number" OR "new phone" OR "new mobile" OR "phone number" OR "my number"'
    rows = db.cursor().execute(
        "SELECT d.ref, d.text, w.id, w.service, w.value, d.utc_us FROM search.doc d LEFT JOIN"
        f" {_AUTHOR}"
        " WHERE d.id IN (SELECT rowid FROM search.words WHERE words MATCH ?) ORDER BY d.utc_us IS NULL, d.utc_us, d.id",
        (f"text : ({asked})",),
    )
    for ref, text, writer, service, value, utc_us in rows:
        line = next(
            (line for line in text.splitlines() if NEW_NUMBER.search(line) and not line.lstrip().startswith(">")),
            "",
        )
        if not line:
            continue
        if writer is not None and (name := _NAMED_AFTER.search(line)):
            _named_after(db, keep, (writer, value), name.group(1), ref)
        if len(found.statements) < _STATEMENTS:
            utc = "" if utc_us is None else format_utc(utc_us)
            said = {
                "record": ref,
                "account": f"{service}: {value}" if service else "",
                "utc": utc,
                "text": line.strip()[:200],
            }
            found.statements.append(said)


def _named_after(db: sqlite3.Connection, keep: Keep, by: tuple[int, str], name: str, ref: str) -> None:
    """Pair the writer of a text with the accounts beside which the name stands that the text gives."""
    writer, account = by
    normals = {normal_form("", "name", name), normal_form("", "name", name.split(maxsplit=1)[0])}
    for normal in sorted(normals - _NO_NAMES):
        asked = "SELECT known FROM temp.called WHERE normal=? OR substr(normal, 1, length(?) + 1)=? || ' '"
        others = [row[0] for row in db.execute(asked, (normal, normal, normal)) if row[0] != writer]
        for other in others if len(others) <= SHARED_BY else ():
            values = (writer, other, json.dumps([name, account], ensure_ascii=False), ref)
            keep("new-number-name", "SELECT ?, ?, ?, ?, ''", values)
