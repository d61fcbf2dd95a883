"""Open a case file, and write what parsers yield into it in batches.

One process at a time: the connection holds the file exclusively, and a killed process lets go of it. Every commit is a
whole step, so a case can always go on from where it stopped.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

from plainrecord.conversations import key_number, numbers
from plainrecord.errors import CaseError
from plainrecord.people.normal import normal_form
from plainrecord.records import Conversation, Decision, Envelope, Stretch, Unread
from plainrecord.store.packing import (
    AccountKey,
    Columns,
    Named,
    Packed,
    fallback_number,
    link_numbers,
    named_in,
    people_of,
)
from plainrecord.store.schema import CASE_SCHEMA_VERSION, INDEXES, TABLES

FILE_NAME = "case.sqlite"
_BATCH = 5_000
_ACCOUNTS_REMEMBERED = 100_000
_SETS_REMEMBERED = 20_000
_RECORD = "INSERT INTO record VALUES(?,?,?,?,?,?,?,?,?,?,?)"
_LINK = "INSERT INTO link VALUES(?,?,?)"
_FALLBACK = "INSERT INTO fallback VALUES(?,?,?)"
# The set of a record that names nobody; sets of people are numbered from 1.
_NOBODY = 0
_PEOPLE_REMEMBERED = 8_192
# A letter to a whole list names thousands: how many names are remembered in all, and how many rows of them wait.
_NAMES_REMEMBERED = 200_000
_NAMED_BATCH = 100_000


def open_database(path: Path, *, durable: bool = True) -> sqlite3.Connection:
    """Open (or make) a case file and hold it. Raises CaseError when it is in use, not a case file, or of another version.

    `durable` waits for the disk at each commit and can undo an unfinished step; a case that is thrown away needs neither.
    """
    db = sqlite3.connect(path, timeout=2.0, isolation_level=None)
    try:
        db.execute("PRAGMA locking_mode=EXCLUSIVE")
        db.execute(f"PRAGMA journal_mode={'WAL' if durable else 'OFF'}")
        db.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
        db.execute("PRAGMA cache_size=-16000")
        db.execute("PRAGMA temp_store=FILE")
        db.execute("BEGIN IMMEDIATE")
        for statement in (TABLES + INDEXES).split(";"):
            db.execute(statement)
        db.execute("INSERT OR IGNORE INTO meta VALUES('schema', ?)", (CASE_SCHEMA_VERSION,))
        db.execute("COMMIT")
    except sqlite3.OperationalError as error:
        db.close()
        if "locked" in str(error) or "busy" in str(error):
            raise CaseError(f"{path.parent} is in use by another Plainrecord. Wait until it has finished.") from None
        raise CaseError(f"{path} cannot be opened ({error}). Nothing was changed.") from None
    except sqlite3.DatabaseError as error:
        db.close()
        raise CaseError(f"{path} is not a case file ({error}). Nothing was changed.") from None
    version = db.execute("SELECT value FROM meta WHERE key='schema'").fetchone()[0]
    if version != CASE_SCHEMA_VERSION:
        db.close()
        raise CaseError(f"{path} was made by another version of Plainrecord (case form {version}). Use that version.")
    return db


class _People(NamedTuple):
    """Who a record names: the row of its sender, its set of parties, and the objects that said so."""

    sender: int | None
    parties: int
    said: tuple[object, ...] = ()


class RecordWriter:
    """Writes the envelopes of one claim. `member_ids` maps a member's tree path to its row."""

    def __init__(self, db: sqlite3.Connection, claim_id: int, source_id: int, member_ids: Mapping[str, int]) -> None:
        self._db = db
        self._claim = claim_id
        self._source = source_id
        self._members = member_ids
        self._next = (db.execute("SELECT max(id) FROM record").fetchone()[0] or 0) + 1
        self._next_set = (db.execute("SELECT max(id) FROM party_set").fetchone()[0] or 0) + 1
        self._account_ids: dict[AccountKey, int] = {}
        self._sets: dict[tuple[tuple[int, str], ...], int] = {}
        # A parser that says the same again mostly does so with the same object, kept alive here.
        self._people: dict[tuple[int, int, int], _People] = {}
        self._packed_people: dict[bytes, _People] = {}
        self._stated: dict[tuple[int, str], tuple[int, Conversation]] = {}
        # How many names each of the three holds.
        self._set_names = self._people_names = self._packed_names = 0
        self._pending = 0
        self._rows: list[tuple[object, ...]] = []
        self._parties: list[tuple[int, int, int, str]] = []
        self._links: list[tuple[int, int, int]] = []
        self._fallbacks: list[tuple[int, int, int]] = []
        self._noted = self._dated = 0
        self._first_us: int | None = None
        self._last_us: int | None = None
        self.read = 0
        self.unread = 0

    def write(self, item: Envelope | Unread | Stretch | Packed) -> None:
        """Take one yield of `scan`, or several that were packed; commits by itself every few thousand."""
        if isinstance(item, Packed):
            self._write_packed(item.columns)
            self._pending += item.size
            if item.stopped:
                self._write_unread(item.stopped)
        elif isinstance(item, Unread):
            self._pending += 1
            self._write_unread(item)
        elif isinstance(item, Stretch):
            self._pending += len(item.locators)
            self._write_stretch(item)
        else:
            self._pending += 1
            self._write_envelope(item)
        if self._pending >= _BATCH or len(self._parties) >= _NAMED_BATCH:
            self.flush()

    @property
    def seen(self) -> int:
        """How much was written, what could not be read included."""
        return self.read + self.unread

    def span(self) -> tuple[int | None, int | None, int]:
        """The first and the last instant of what was written, and how much of it has none."""
        self._note_rows()
        return self._first_us, self._last_us, self.read - self._dated

    def _write_unread(self, item: Unread) -> None:
        self._add_unread(item.position.member, item.position.locator, item.kind, item.detail)

    def _add_unread(self, member: str, locator: str, kind: str, detail: str) -> None:
        self.unread += 1
        self._db.execute(
            "INSERT INTO unread(claim_id, member_id, locator, kind, detail) VALUES(?,?,?,?,?)",
            (self._claim, self._members[member], locator, kind, detail),
        )

    def _number(self) -> int:
        record = self._next
        self._next += 1
        self.read += 1
        return record

    def _write_packed(self, said: Columns) -> None:
        """The rows that `_write_envelope` would make of each, written at once."""
        count, first = len(said.locators), self._next
        ids = range(first, first + count)
        ties: list[int] = list(ids)
        for place in said.backwards:
            ties[place] = -ties[place]
        stated: list[int | None] = [None] * count
        for place, conversation in said.stated:
            stated[place] = self._stated_key(*conversation)
        people = [self._packed_people.get(one) or self._unpacked(one) for one in said.people]
        named = [people[who] for who in said.who]
        members = map(self._members.__getitem__, said.members)
        self._db.executemany(
            _RECORD,
            zip(
                ids,
                repeat(self._claim, count),
                members,
                said.locators,
                said.kinds,
                said.utc_us,
                [one.sender for one in named],
                stated,
                said.marks,
                ties,
                [one.parties for one in named],
                strict=True,
            ),
        )
        linked = [first + place for place in said.linked]
        self._db.executemany(_LINK, zip(numbers(said.links), linked, numbers(said.owns), strict=True))
        fallen = [first + place for place in said.fallen]
        self._db.executemany(_FALLBACK, zip(numbers(said.fallbacks), fallen, said.seeks, strict=True))
        for one in said.unread:
            self._add_unread(*one)
        self._next += count
        self.read += count
        self._note_times([instant for instant in said.utc_us if instant is not None])

    def _unpacked(self, packed: bytes) -> _People:
        if len(self._packed_people) >= _PEOPLE_REMEMBERED or self._packed_names >= _NAMES_REMEMBERED:
            self._packed_people.clear()
            self._packed_names = 0
        sent, named = people_of(packed)
        self._packed_names += len(named)
        found = self._packed_people[packed] = self._found(named, sent=sent)
        return found

    def _write_envelope(self, item: Envelope) -> None:
        record = self._number()
        people = self._people.get((id(item.sender), id(item.recipients), id(item.also))) or self._named(item)
        known = self._stated.get((id(item.conversation), item.service))
        position = item.position
        self._rows.append(
            (
                record,
                self._claim,
                self._members[position.member],
                position.locator,
                item.kind,
                item.time.utc_us,
                people.sender,
                known[0] if known else self._conversation(record, item),
                " ".join(item.marks),
                -record if item.backwards else record,
                people.parties,
            )
        )

    def _write_stretch(self, item: Stretch) -> None:
        """The rows that `_write_envelope` would make of each."""
        first, count = self._next, len(item.locators)
        met = dict(zip(map(id, item.likes), item.likes, strict=True))
        shared = {key: self._shared(like) for key, like in met.items()}
        claim = self._claim
        self._rows += [
            (record, claim, member, locator, kind, instant, sender, stated, marks, record, parties)
            for record, locator, instant, (member, kind, sender, stated, marks, parties) in zip(
                range(first, first + count), item.locators, item.instants, [shared[id(like)] for like in item.likes],
                strict=True,
            )
        ]  # fmt: skip
        self._next += count
        self.read += count

    def _shared(self, like: Envelope) -> tuple[int, str, int | None, int | None, str, int]:
        """Of the row of an envelope: member, kind, sender, what states its conversation, marks and parties."""
        people = self._people.get((id(like.sender), id(like.recipients), id(like.also))) or self._named(like)
        member = self._members[like.position.member]
        known = self._stated.get((id(like.conversation), like.service))
        # A stretch states its conversation, so no link of it needs the number of a record.
        stated = known[0] if known else self._conversation(0, like)
        return member, like.kind, people.sender, stated, " ".join(like.marks), people.parties

    def _named(self, item: Envelope) -> _People:
        """The row of the sender and the set of everybody named, made when it is new."""
        if len(self._people) >= _PEOPLE_REMEMBERED or self._people_names >= _NAMES_REMEMBERED:
            self._people.clear()
            self._people_names = 0
        self._people_names += len(item.recipients) + len(item.also)
        found = self._found(named_in((item.sender, item.recipients, item.also)), sent=item.sender is not None)
        found = found._replace(said=(item.sender, item.recipients, item.also))
        self._people[id(item.sender), id(item.recipients), id(item.also)] = found
        return found

    def _found(self, people: Iterable[Named], *, sent: bool) -> _People:
        named = tuple([(self._account(key), role) for key, role in people])
        return _People(named[0][0] if sent else None, self._set(named))

    def _set(self, named: tuple[tuple[int, str], ...]) -> int:
        if not named:
            # A set without rows leaves no number behind, so the next export would give its number to somebody else's.
            return _NOBODY
        known = self._sets.get(named)
        if known is None:
            if len(self._sets) >= _SETS_REMEMBERED or self._set_names >= _NAMES_REMEMBERED:
                self._sets.clear()
                self._set_names = 0
            self._set_names += len(named)
            known = self._sets[named] = self._next_set
            self._next_set += 1
            self._parties += [(known, place, row, role) for place, (row, role) in enumerate(named)]
        return known

    def _conversation(self, record: int, item: Envelope) -> int | None:
        conversation = item.conversation
        self._links += [(key, record, own) for key, own in link_numbers(conversation)]
        if conversation.fallback:
            self._fallbacks.append((fallback_number(conversation), record, int(conversation.seeks)))
        if conversation.key is None:
            return None
        stated = self._stated_key(
            item.service, conversation.key, conversation.title, conversation.is_group, conversation.account_events
        )
        if not conversation.links and not conversation.fallback:
            self._remember(item, stated)
        return stated

    def _stated_key(self, service: str, key: str, title: str | None, is_group: bool, account_events: bool) -> int:
        stated = key_number(f"stated:{self._source}:{service}:{key}")
        self._db.execute(
            "INSERT OR IGNORE INTO stated VALUES(?,?,?,?)", (stated, title, int(is_group), int(account_events))
        )
        return stated

    def _remember(self, item: Envelope, stated: int) -> None:
        if len(self._stated) >= _PEOPLE_REMEMBERED:
            self._stated.clear()
        self._stated[id(item.conversation), item.service] = (stated, item.conversation)

    def _account(self, key: AccountKey) -> int:
        known = self._account_ids.get(key)
        if known is None:
            if len(self._account_ids) >= _ACCOUNTS_REMEMBERED:
                self._account_ids.clear()
            known = self._account_ids[key] = account_row(self._db, key)
        return known

    def _note_times(self, dated: list[int]) -> None:
        if dated:
            self._dated += len(dated)
            self._first_us = min(dated) if self._first_us is None else min(self._first_us, *dated)
            self._last_us = max(dated) if self._last_us is None else max(self._last_us, *dated)

    def _note_rows(self) -> None:
        self._note_times([row[5] for row in self._rows[self._noted :] if row[5] is not None])  # type: ignore[misc]
        self._noted = len(self._rows)

    def flush(self) -> None:
        """Write what is pending and commit it, together with how far this claim has come."""
        self._note_rows()
        self._db.executemany(_RECORD, self._rows)
        self._db.executemany("INSERT INTO party_set VALUES(?,?,?,?)", self._parties)
        self._db.executemany(_LINK, self._links)
        self._db.executemany(_FALLBACK, self._fallbacks)
        for pending in (self._rows, self._parties, self._links, self._fallbacks):
            pending.clear()
        self._pending = self._noted = 0
        self._db.execute("COMMIT")
        self._db.execute("BEGIN IMMEDIATE")


def account_row(db: sqlite3.Connection, key: AccountKey) -> int:
    """The row of an account (service, kind, value, name or ""), made when it is new."""
    service, kind, value, name = (part.encode("utf-8", "replace").decode("utf-8") for part in key)
    found = db.execute(
        "SELECT id FROM account WHERE service=? AND kind=? AND value=? AND name=?", (service, kind, value, name)
    ).fetchone()
    if found:
        return int(found[0])
    normal = normal_form(service, kind, value)  # type: ignore[arg-type]
    row = db.execute(
        "INSERT INTO account(service, kind, value, name, normal) VALUES(?,?,?,?,?)",
        (service, kind, value, name, normal),
    ).lastrowid
    assert row is not None
    return row


def decisions_text(decisions: Iterable[Decision]) -> str:
    """Decisions as stored: a JSON list."""
    return json.dumps([asdict(decision) for decision in decisions], ensure_ascii=False)
