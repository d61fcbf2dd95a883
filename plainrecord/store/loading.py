"""Load chosen records with their content and turn them into `Record`s: the only place where envelopes become files' lines.

Records are loaded in the order of reading, in chunks that may run on other processes; the result does not depend on how
many. The original is opened read-only again, and its bytes are sliced exactly.
"""

from __future__ import annotations

import json
import marshal
import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter, sub
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from plainrecord.cluster import ordered_map, worker_pool
from plainrecord.errors import AccountingError, IntegrityError
from plainrecord.intake.listing import Member, Original, ReadOptions
from plainrecord.parsers import Claim, Parser, parser_named
from plainrecord.parsers.base import InColumns
from plainrecord.parsers.tabularrows import WORKBOOK
from plainrecord.records import (
    COPIED_BY_HAND,
    RECORD_SCHEMA_VERSION,
    Account,
    AccountModel,
    ConversationModel,
    Direction,
    Envelope,
    EvidenceKind,
    Loaded,
    Position,
    PositionModel,
    Record,
    TimeModel,
    record_id,
    record_ids,
    short_base32,
    short_base32_of_each,
)
from plainrecord.selection import AUTHOR_ROLES, REACHED_ROLES, direction, stated_authors
from plainrecord.store.columns import UseOfMany, load_many

_CHUNK_RECORDS = 1_000
_CHUNK_BYTES = 2 << 20
# A file in an archive up to this size is unpacked anew for each chunk.
_UNPACKED_AGAIN = 8 << 20
_MEMBERS = 1_000
# Participants repeated in every record of a conversation; see ConversationModel.
_LISTED = 20

CHOSEN = (
    "SELECT r.id, r.claim_id, r.locator, c.part, c.matched, c.number, c.gap, p.conversation, coalesce(k.places,''),"
    " r.member_id FROM chosen c JOIN record r ON r.id=c.record_id JOIN placed p ON p.record_id=r.id"
    " LEFT JOIN temp.copied k ON k.record_id=c.record_id ORDER BY r.claim_id, r.id"
)
ALL = (
    "SELECT r.id, r.claim_id, r.locator, 'context', '', r.id, 0, p.conversation, '', r.member_id FROM record r"
    " JOIN placed p ON p.record_id=r.id ORDER BY r.claim_id, r.id"
)

# What a person wrote down or put together, and what was recorded as it was shown; all else is read out of an export.
_EVIDENCE: dict[str, EvidenceKind] = {"incident": "authored", "capture": "recorded"}


def _evidence_kind(envelope: Envelope) -> EvidenceKind:
    return "authored" if COPIED_BY_HAND in envelope.marks else _EVIDENCE.get(envelope.kind, "derived")


# A row of these queries, and the places of four of its columns; `Row` has the place of the member instead of its number.
_Stored = tuple[Any, ...]
_AT_CLAIM, _AT_LOCATOR, _AT_TALK, _AT_MEMBER = 1, 2, 7, 9
_Place = tuple[str, str, str, str, str]


class Row(NamedTuple):
    """What the case knows of one record to be loaded; `copies` is a JSON list of where else it stands, "" for nowhere."""

    id: int
    claim_id: int
    locator: str
    part: str
    matched: str
    number: int
    gap: int
    conversation: int
    copies: str
    tree_path: str
    member_path: str
    relpath: str
    original_sha256: str
    source: str

    @property
    def position(self) -> Position:
        """The position as the parser gave it."""
        return Position(self.tree_path, self.locator)

    def at(self, number: int, locator: str) -> Row:
        """The same with another number and place."""
        return self._replace(number=number, locator=locator)

    @property
    def record_id(self) -> str:
        """The record's stable id."""
        return record_id(self.original_sha256, self.member_path, self.locator)


@dataclass(frozen=True, slots=True)
class Parties:
    """Whose accounts are whose, by (service, kind, value) as written, for directions."""

    subject: frozenset[tuple[str, str, str]]
    owner: frozenset[tuple[str, str, str]]

    def of(self, account: Account) -> str:
        """ "subject", "owner" or "other"."""
        key = (account.service, account.kind, account.value)
        if key in self.subject:
            return "subject"
        return "owner" if key in self.owner else "other"

    def author(self, envelope: Envelope) -> str:
        """Whose a record is by its stated authors; "none" when it states none."""
        named = [(envelope.sender, "from")] if envelope.sender else []
        named += [(account, account.role or "") for account in envelope.also if account.role in AUTHOR_ROLES]
        whose = stated_authors((self.of(account), account.service, role) for account, role in named)
        return next((one for one in ("subject", "owner", "other") if one in whose), "none")


class Talk(NamedTuple):
    """What the records of one conversation say about it; `number` is its number in the bundle, "" for none."""

    model: ConversationModel
    number: str


Made = TypeVar("Made")
# Makes something of rows with their content, given their talks by conversation; travels to other processes.
Use = Callable[[Iterable[tuple[Row, Loaded]], Mapping[int, Talk]], Iterable[Made]]


def load_rows(
    db: sqlite3.Connection, query: str, workers: int, use: Use[Made], numbers: Mapping[int, str]
) -> Iterator[Made]:
    """What `use` makes of every row of `query` (CHOSEN or ALL) with its content, in the order of reading.

    `numbers` are those of conversations in the bundle. Raises AccountingError when a parser does not give back a record
    it found before.
    """
    members = _Members(db)
    rows = db.cursor().execute(query)
    claims, talks = _Claims(db), _Talks(db, numbers)
    with ExitStack() as stack:
        pool: Executor | None = None
        for claim_id, group in groupby(rows, key=itemgetter(_AT_CLAIM)):
            name, claim = claims.get(claim_id)
            parser = parser_named(name)
            if _streams_only(claim):
                # Inside an archive every chunk would start from the archive's beginning again: one pass instead.
                yield from use(_load(parser, claim, _placed(group, members)), talks)
                continue
            if workers <= 1:
                for chunk in _chunks(group):
                    yield from _made(parser, claim, chunk, members, use, talks)
                continue
            if pool is None:
                pool = stack.enter_context(worker_pool(workers - 1))
            tasks = (_task(parser, claim, chunk, members, use, talks) for chunk in _chunks(group))
            for results in ordered_map(_load_chunk, tasks, workers, executor=pool, helping=True):
                yield from results


def _streams_only(claim: Claim) -> bool:
    # A workbook has no places to jump to: each chunk would open and walk the whole of it.
    if claim.members[0].media_type == WORKBOOK:
        return True
    return any(member.path and (member.size is None or member.size > _UNPACKED_AGAIN) for member in claim.members)


def _chunks(rows: Iterable[_Stored]) -> Iterator[list[_Stored]]:
    rows = iter(rows)
    while several := list(islice(rows, _CHUNK_RECORDS)):
        yield from _in_bounds(several)


def _in_bounds(rows: list[_Stored]) -> Iterator[list[_Stored]]:
    """The rows in chunks of not too many bytes, or of one row."""
    sizes = _spans([row[_AT_LOCATOR] for row in rows])
    if sum(sizes) <= _CHUNK_BYTES:
        yield rows
        return
    start = size = 0
    for at, more in enumerate(sizes):
        if at > start and size >= _CHUNK_BYTES:
            yield rows[start:at]
            start, size = at, 0
        size += more
    yield rows[start:]


def _spans(locators: list[str]) -> list[int]:
    """How many bytes of its original each takes, as far as it says so."""
    places = [one[6:].partition("#")[0] if one.startswith("bytes:") else "0-0" for one in locators]
    numbers = list(map(int, "-".join(places).split("-")))
    return list(map(sub, numbers[1::2], numbers[::2]))


class _Task(NamedTuple, Generic[Made]):
    """`rows` are those of the case, packed: a list of a thousand rows takes several times as long to travel."""

    parser: Parser
    claim: Claim
    rows: bytes
    members: dict[int, _Place]
    use: Use[Made]
    talks: dict[int, Talk]


def _task(
    parser: Parser, claim: Claim, chunk: list[_Stored], members: _Members, use: Use[Made], talks: _Talks
) -> _Task[Made]:
    places = {member: members[member] for member in dict.fromkeys(map(itemgetter(_AT_MEMBER), chunk))}
    return _Task(parser, claim, marshal.dumps(chunk), places, use, talks.of(map(itemgetter(_AT_TALK), chunk)))


def _load_chunk(task: _Task[Made]) -> list[Made]:
    chunk: list[_Stored] = marshal.loads(task.rows)  # noqa: S302 - packed by the process that started this one
    return list(_made(task.parser, task.claim, chunk, task.members, task.use, task.talks))


def _made(
    parser: Parser,
    claim: Claim,
    chunk: list[_Stored],
    members: Mapping[int, _Place],
    use: Use[Made],
    talks: Mapping[int, Talk],
) -> Iterable[Made]:
    """What `use` makes of the rows of a chunk: of plain messages in columns, where it and the parser can."""
    if not (isinstance(parser, InColumns) and isinstance(use, UseOfMany)):
        return use(_load(parser, claim, _placed(chunk, members)), talks)
    principal = claim.members[0].tree_path
    found = dict.fromkeys(map(itemgetter(_AT_MEMBER), chunk))
    member = next((one for one in found if members[one][0] == principal), None)
    with _telling(claim):
        many, rest = load_many(parser, claim, chunk, member, lambda row: _placed((row,), members)[0])
    return use.of_many(many, _load(parser, claim, _placed(rest, members)), talks)


def _placed(chunk: Iterable[_Stored], members: Mapping[int, _Place]) -> list[Row]:
    """Rows of the case with the place of their member."""
    return [Row._make((*row[:_AT_MEMBER], *members[row[_AT_MEMBER]])) for row in chunk]


def _load(parser: Parser, claim: Claim, rows: list[Row]) -> Iterator[tuple[Row, Loaded]]:
    """Each row with its content, checked to be exactly the rows asked for."""
    waiting = deque(rows)
    aside: dict[Position, Row] = {}
    for item in _read(parser, claim, [row.position for row in rows]):
        row = _row_at(item.envelope.position, waiting, aside)
        if row is None:
            raise AccountingError(f"{claim.title}: a record was loaded that was not asked for. Nothing was sealed.")
        yield row, item
    aside |= {row.position: row for row in waiting}
    if aside:
        missing = next(iter(aside.values()))
        raise AccountingError(
            f"{missing.relpath}: {len(aside)} records found earlier could not be loaded again"
            f" (first: {missing.locator}). Nothing was sealed. Add the export again."
        )


def _row_at(position: Position, waiting: deque[Row], aside: dict[Position, Row]) -> Row | None:
    """The row at that place, taken out; None when there is none. Parsers give records back in the order they were asked
    for, so it is mostly the first; rows that were passed over are put `aside`."""
    if aside and position in aside:
        return aside.pop(position)
    while waiting:
        row = waiting.popleft()
        if row.locator == position.locator and row.tree_path == position.member:
            return row
        aside[row.position] = row
    return None


def _read(parser: Parser, claim: Claim, wanted: list[Position]) -> Iterator[Loaded]:
    with _telling(claim):
        yield from parser.load(claim, wanted)


@contextmanager
def _telling(claim: Claim) -> Iterator[None]:
    """An original that cannot be read ends the run, with a sentence."""
    try:
        yield
    except OSError as error:
        why = (error.strerror or str(error)).rstrip(".")
        raise IntegrityError(
            f"{claim.title}: an original that was read before cannot be read now: {why}. Nothing was sealed. Put it back"
            " where it was and build again."
        ) from error


class _Claims:
    """Claims rebuilt from the case. The last one is remembered, and the members of a source that has many claims."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._last: tuple[int, tuple[str, Claim]] | None = None
        self._source = 0
        self._members: dict[str, Member] = {}

    def get(self, claim_id: int) -> tuple[str, Claim]:
        if self._last is None or self._last[0] != claim_id:
            self._last = (claim_id, self._rebuilt(claim_id))
        return self._last[1]

    def _rebuilt(self, claim_id: int) -> tuple[str, Claim]:
        """Parser name and claim as they were when the claim was scanned (heads are not kept)."""
        parser, title, listed, aside, facts, source_id, options = self._db.execute(
            "SELECT c.parser, c.title, c.members, c.aside, c.facts, c.source_id, s.options"
            " FROM claim c JOIN source s ON s.id=c.source_id WHERE c.id=?",
            (claim_id,),
        ).fetchone()
        said, paths = json.loads(options), json.loads(listed)
        chosen = ReadOptions(
            said.get("timezone"), said.get("date_order"), tuple(said.get("owner_names", ())), said.get("mapping")
        )
        members = self._of_source(source_id)
        claim = Claim(
            parser, title, tuple(members[path] for path in paths), chosen, json.loads(aside), json.loads(facts)
        )
        if 2 * len(paths) > len(members):
            # No other claim of the source can ask for as many, and a list of a hundred thousand files is not small.
            self._source, self._members = 0, {}
        return parser, claim

    def _of_source(self, source_id: int) -> dict[str, Member]:
        # A folder of six thousand mailboxes is as many claims: its list is not to be read once for each of them.
        if self._source != source_id:
            self._members = {member.tree_path: member for member in stored_members(self._db, source_id)}
            self._source = source_id
        return self._members


def stored_members(db: sqlite3.Connection, source_id: int) -> Iterator[Member]:
    """The members of a source as listed when it was added."""
    originals: dict[int, Original] = {}
    for row in db.execute("SELECT id, path, relpath, size, mtime_ns FROM original WHERE source_id=?", (source_id,)):
        originals[row[0]] = Original(Path(os.fsdecode(row[1])), row[2], row[3], row[4])
    for row in db.execute(
        "SELECT m.original_id, m.path, m.tree_path, m.size, m.media_type, m.modified_ns FROM member m"
        " JOIN original o ON o.id=m.original_id WHERE o.source_id=? ORDER BY m.id",
        (source_id,),
    ):
        yield Member(originals[row[0]], row[1], row[2], row[3], row[4], b"", row[5])


class _Members(dict[int, _Place]):
    """Where a member stands: its path in the listing and in its original, the original's name and digest, the source."""

    def __init__(self, db: sqlite3.Connection) -> None:
        super().__init__()
        self._db = db

    def __missing__(self, member: int) -> _Place:
        if len(self) >= _MEMBERS:
            self.clear()
        found: _Place = self._db.execute(
            "SELECT m.tree_path, m.path, o.relpath, o.sha256, s.label FROM member m JOIN original o ON o.id=m.original_id"
            " JOIN source s ON s.id=o.source_id WHERE m.id=?",
            (member,),
        ).fetchone()
        self[member] = found
        return found


class _Talks(Mapping[int, Talk]):
    """Conversations as the case knows them, those of neighbouring rows remembered."""

    def __init__(self, db: sqlite3.Connection, numbers: Mapping[int, str]) -> None:
        self._db = db
        self._numbers = numbers
        self._known: dict[int, Talk] = {}

    def of(self, conversations: Iterable[int]) -> dict[int, Talk]:
        """These conversations."""
        return {conversation: self[conversation] for conversation in dict.fromkeys(conversations)}

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, conversation: int) -> Talk:
        known = self._known.get(conversation)
        if known is None:
            if len(self._known) > 500:
                self._known.clear()
            model = read_conversation(self._db, conversation)
            if model.participant_count > _LISTED:
                model = model.model_copy(update={"participants": []})
            known = self._known[conversation] = Talk(model, self._numbers.get(conversation, ""))
        return known


@dataclass(frozen=True, slots=True)
class RecordMaker:
    """Turns one row and its loaded content into records; asks nothing of the case, so that any process can do it."""

    parties: Parties

    def make(self, row: Row, loaded: Loaded, conversation: ConversationModel) -> Record:
        """The record of one row, in file form."""
        return self._record(row, loaded, conversation, row.record_id, None)

    def children(
        self, row: Row, loaded: Loaded, conversation: ConversationModel, parent: str
    ) -> Iterator[tuple[Record, Loaded]]:
        """Records of the messages carried inside this one, depth first, each with its own author and position.

        `parent` is the id of the record they are carried in.
        """
        for child in loaded.children:
            locator = child.envelope.position.locator
            identity = record_id(row.original_sha256, row.member_path, locator)
            yield self._record(row._replace(locator=locator), child, conversation, identity, parent), child
            yield from self.children(row, child, conversation, identity)

    def _record(
        self, row: Row, loaded: Loaded, conversation: ConversationModel, identity: str, parent: str | None
    ) -> Record:
        envelope = loaded.envelope
        return Record.of(
            {
                "schema_version": RECORD_SCHEMA_VERSION,
                "id": identity,
                "source": row.source,
                "kind": envelope.kind,
                "evidence_kind": _evidence_kind(envelope),
                "service": envelope.service,
                "time": TimeModel.as_found(envelope.time),
                "dates": [TimeModel.as_found(time) for time in loaded.dates],
                "conversation": conversation,
                "sender": AccountModel.as_found(envelope.sender) if envelope.sender else None,
                "recipients": [AccountModel.as_found(account) for account in envelope.recipients],
                "also": [AccountModel.as_found(account) for account in envelope.also],
                "direction": self._direction(loaded),
                "subject": loaded.subject,
                "text": loaded.text,
                "text_from": loaded.text_from,
                "html": loaded.html,
                "attachments": loaded.attachments,
                "marks": list(envelope.marks),
                "status": loaded.status,
                "facts": loaded.facts,
                "parent": parent,
                "position": PositionModel.trusted(
                    {
                        "original_sha256": row.original_sha256,
                        "original": row.relpath,
                        "member": row.member_path,
                        "locator": row.locator,
                    }
                ),
                "raw_sha256": loaded.raw_sha256,
                "raw_bytes": loaded.raw_bytes,
                "notes": list(dict.fromkeys((*envelope.notes, *loaded.notes))),
            }
        )

    def _direction(self, loaded: Loaded) -> Direction:
        envelope = loaded.envelope
        arrivals = [account for account in envelope.also if account.role in REACHED_ROLES]
        recipients = [self.parties.of(account) for account in (*envelope.recipients, *arrivals)]
        return direction(self.parties.author(envelope), recipients, owner_known=bool(self.parties.owner))


def read_conversation(db: sqlite3.Connection, number: int) -> ConversationModel:
    """A conversation's id (from its first record), title, rule and participants (one per normal form)."""
    sha256, path, locator, title, is_group, rule = db.execute(
        "SELECT o.sha256, m.path, r.locator, s.title, coalesce(s.is_group,0), c.rule FROM record r"
        " JOIN member m ON m.id=r.member_id JOIN original o ON o.id=m.original_id"
        " JOIN conversation c ON c.id=r.id LEFT JOIN stated s ON s.key=r.stated_key WHERE r.id=?",
        (number,),
    ).fetchone()
    participants = [
        AccountModel(service=row[0], kind=row[1], value=row[2], name=row[3] or None)
        for row in db.execute(
            "SELECT a.service, a.kind, a.value, a.name, min(f.first << 24 | q.place) FROM (SELECT r.parties, min(r.id) AS first"
            " FROM placed p JOIN record r ON r.id=p.record_id WHERE p.conversation=? GROUP BY r.parties) f"
            " JOIN party_set q ON q.id=f.parties JOIN account a ON a.id=q.account_id"
            " WHERE q.role IN ('from','to','cc','bcc','member') GROUP BY a.service, a.kind, a.normal ORDER BY 5",
            (number,),
        )
    ]
    return ConversationModel(
        id=conversation_id(sha256, path, locator),
        title=title,
        is_group=bool(is_group),
        rule=rule,
        participant_count=len(participants),
        participants=participants,
    )


def conversation_id(original_sha256: str, member_path: str, locator: str) -> str:
    """ "c-" and 26 characters of base32, made from the place of the conversation's first record."""
    return "c-" + short_base32(_first_record(record_id(original_sha256, member_path, locator)))


def conversation_ids(original_sha256: str, member_path: str, locators: Iterable[str]) -> list[str]:
    """`conversation_id` of many conversations that begin in one member."""
    records = record_ids(original_sha256, member_path, locators)
    return ["c-" + text for text in short_base32_of_each(map(_first_record, records))]


def _first_record(record: str) -> bytes:
    return f"conversation\0{record}".encode()
