"""The index of a case's words: `search.sqlite` beside the case, made on demand, gone on with where it stopped, thrown away freely.

Every record is in it, selected or not, and every message carried inside another. An index knows which claims it has read and in
which state; what is new is added, what is gone or changed is taken out, so it is never older than the case. Nothing but the
search and the suggestions read it.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from plainrecord.errors import CaseError
from plainrecord.people.mentions import Mention, mentions
from plainrecord.people.normal import normal_form
from plainrecord.records import Account, Loaded, record_id, valid_text
from plainrecord.store.adding import Progress
from plainrecord.store.case import Case
from plainrecord.store.loading import Row, Talk, load_rows

FILE_NAME = "search.sqlite"
_FORM = "1"
_BATCH = 2_000
# Scripts written without blanks between words: such texts are looked through instead (see `searching.py`).
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff]"
)

_TABLES = """
CREATE TABLE IF NOT EXISTS search.about(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS search.covered(claim INTEGER PRIMARY KEY, stamp TEXT NOT NULL, done INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS search.doc(
  id INTEGER PRIMARY KEY, claim INTEGER NOT NULL, row INTEGER NOT NULL, child INTEGER NOT NULL, ref TEXT NOT NULL,
  locator TEXT NOT NULL, utc_us INTEGER, raw TEXT NOT NULL, kind TEXT NOT NULL, service TEXT NOT NULL,
  author_service TEXT, author_kind TEXT, author TEXT, author_name TEXT, author_normal TEXT, unspaced INTEGER NOT NULL,
  subject TEXT NOT NULL, text TEXT NOT NULL, names TEXT NOT NULL, files TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS search.doc_row ON doc(row);
CREATE INDEX IF NOT EXISTS search.doc_claim ON doc(claim);
CREATE INDEX IF NOT EXISTS search.doc_author ON doc(author_normal);
CREATE INDEX IF NOT EXISTS search.doc_unspaced ON doc(id) WHERE unspaced;
CREATE TABLE IF NOT EXISTS search.mention(
  doc INTEGER NOT NULL, kind TEXT NOT NULL, service TEXT NOT NULL, normal TEXT NOT NULL, place TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS search.mention_normal ON mention(normal);
CREATE INDEX IF NOT EXISTS search.mention_doc ON mention(doc);
CREATE TABLE IF NOT EXISTS search.file(doc INTEGER NOT NULL, sha256 TEXT NOT NULL, name TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS search.file_sha256 ON file(sha256);
CREATE INDEX IF NOT EXISTS search.file_doc ON file(doc);
CREATE VIRTUAL TABLE IF NOT EXISTS search.words USING fts5(
  subject, text, names, files, content='doc', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
"""
_SEARCHED = "subject, text, names, files"

# The title of a conversation travels in the place of the rule, which nobody needs here.
_ROWS = (
    "SELECT r.id, r.claim_id, r.locator, '', CASE WHEN s.is_group THEN s.title END,"
    " r.id, 0, 0, '', r.member_id FROM record r"
    " LEFT JOIN stated s ON s.key=r.stated_key JOIN search.covered c ON c.claim=r.claim_id"
    " WHERE NOT c.done AND r.id NOT IN (SELECT row FROM search.doc) ORDER BY r.claim_id, r.id"
)


@dataclass(frozen=True, slots=True)
class _Doc:
    """One record as it is indexed; `child` counts the messages carried inside it, 0 for the record itself."""

    row: Row
    child: int
    ref: str
    locator: str
    loaded: Loaded
    found: list[Mention]
    region: str | None


@contextmanager
def opened_index(
    case: Case, progress: Progress | None = None, *, rebuild: bool = False
) -> Iterator[sqlite3.Connection]:
    """The case's connection with the index at hand as schema `search`, brought up to date first.

    Stopped at any moment, the next call goes on from there. An index that cannot be read, or is of another form, is made anew.
    """
    path = case.folder / FILE_NAME
    _detach(case.db)
    if rebuild:
        _remove(path)
    _attach(case.db, path, case.settings.region.upper())
    try:
        _bring_up_to_date(case, progress)
        yield case.db
    except BaseException:
        # What failed may still be reading, and then holds the index until it is let go of; the failure is what counts.
        with suppress(sqlite3.OperationalError):
            _detach(case.db)
        raise
    _detach(case.db)


def _detach(db: sqlite3.Connection) -> None:
    """Let go of the index, if there is one at hand."""
    if db.in_transaction:
        db.execute("ROLLBACK")
    if any(name == "search" for _, name, _ in db.execute("PRAGMA database_list").fetchall()):
        db.execute("DETACH search")


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _attach(db: sqlite3.Connection, path: Path, region: str) -> None:
    form = f"{_FORM} {region}"
    if _attached(db, path, form):
        return
    _remove(path)
    if not _attached(db, path, form):
        raise CaseError(
            f"{path} cannot be written, so the case cannot be searched. Make room, or look at its permissions."
        )


def _attached(db: sqlite3.Connection, path: Path, form: str) -> bool:
    """Whether there is now an index of this form as schema `search`; if not, nothing is attached."""
    known = None
    try:
        db.execute("ATTACH ? AS search", (str(path),))
        db.execute("PRAGMA search.journal_mode=WAL")
        db.execute("PRAGMA search.synchronous=NORMAL")
        db.execute("BEGIN IMMEDIATE")
        for statement in _TABLES.split(";\n"):
            db.execute(statement)
        db.execute("INSERT OR IGNORE INTO search.about VALUES('form', ?)", (form,))
        known = db.execute("SELECT value FROM search.about WHERE key='form'").fetchone()[0]
        db.execute("COMMIT")
    except sqlite3.DatabaseError:  # whatever it is, it is no index: it is made anew
        known = None
    if known != form:
        _detach(db)
    return known == form


def _bring_up_to_date(case: Case, progress: Progress | None) -> None:
    db = case.db
    stamps = dict(_stamps(db))
    kept = dict(db.execute("SELECT claim, stamp FROM search.covered"))
    db.execute("BEGIN IMMEDIATE")
    for claim, stamp in kept.items():
        if stamps.get(claim) != stamp:
            _forget(db, claim)
    db.executemany("INSERT OR IGNORE INTO search.covered VALUES(?,?,0)", stamps.items())
    db.execute("COMMIT")
    if db.execute("SELECT 1 FROM search.covered WHERE NOT done LIMIT 1").fetchone():
        _index(case, progress)


def _stamps(db: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """For each claim of a whole source, what tells it from any other that could have its number."""
    rows = db.execute(
        "SELECT c.id, s.fingerprint, c.position, c.parser, c.version, r.records, r.first, r.last FROM claim c"
        " JOIN source s ON s.id=c.source_id JOIN (SELECT claim_id, count(*) AS records, min(id) AS first, max(id) AS last"
        " FROM record GROUP BY claim_id) r ON r.claim_id=c.id WHERE s.state='done' AND c.state='done'"
    )
    for claim, *state in rows:
        yield claim, " ".join(map(str, state))


def _forget(db: sqlite3.Connection, claim: int) -> None:
    """Take a claim's records out of the index."""
    of_claim = "SELECT id FROM search.doc WHERE claim=?"
    db.execute(
        f"INSERT INTO search.words(words, rowid, {_SEARCHED}) SELECT 'delete', id, {_SEARCHED} FROM search.doc WHERE claim=?",
        (claim,),
    )
    for table in ("mention", "file"):
        db.execute(f"DELETE FROM search.{table} WHERE doc IN ({of_claim})", (claim,))
    db.execute("DELETE FROM search.doc WHERE claim=?", (claim,))
    db.execute("DELETE FROM search.covered WHERE claim=?", (claim,))


def _index(case: Case, progress: Progress | None) -> None:
    db = case.db
    total = db.execute(
        "SELECT count(*) FROM record r JOIN search.covered c ON c.claim=r.claim_id WHERE NOT c.done"
    ).fetchone()[0]
    done = db.execute(
        "SELECT count(DISTINCT row) FROM search.doc d JOIN search.covered c ON c.claim=d.claim WHERE NOT c.done"
    )
    count = int(done.fetchone()[0])
    batch: list[list[_Doc]] = []
    # Closed when it is given up: an open statement would hold the index.
    with closing(_loaded(db, case.settings.region.upper() or None)) as rows:
        for documents in rows:
            batch.append(documents)
            if len(batch) >= _BATCH:
                count += _keep(db, batch)
                if progress:
                    progress("indexing", count, total)
    _keep(db, batch)
    db.execute("UPDATE search.covered SET done=1")


def _loaded(db: sqlite3.Connection, region: str | None) -> Generator[list[_Doc], None, None]:
    yield from load_rows(db, _ROWS, 1, partial(_documents, region), {})


def _documents(
    region: str | None, rows: Iterable[tuple[Row, Loaded]], _talks: Mapping[int, Talk]
) -> Iterator[list[_Doc]]:
    """For each record, it and the messages carried inside it."""
    for row, loaded in rows:
        inside = [(row.locator, loaded), *((one.envelope.position.locator, one) for one in _carried(loaded))]
        yield [
            _Doc(row, child, _ref(row, locator), locator, one, _named_in(one, region), region)
            for child, (locator, one) in enumerate(inside)
        ]


def _ref(row: Row, locator: str) -> str:
    return record_id(row.original_sha256, row.member_path, locator)


def _carried(loaded: Loaded) -> Iterator[Loaded]:
    for child in loaded.children:
        yield child
        yield from _carried(child)


def _named_in(loaded: Loaded, region: str | None) -> list[Mention]:
    return mentions(loaded.text or "", region, mail=loaded.envelope.kind == "email")


def _keep(db: sqlite3.Connection, batch: list[list[_Doc]]) -> int:
    """Write a batch and commit it: records are in the index with all they carry, or not at all."""
    last = db.execute("SELECT coalesce(max(id),0) FROM search.doc").fetchone()[0]
    docs = list(enumerate((doc for documents in batch for doc in documents), start=last + 1))
    db.execute("BEGIN IMMEDIATE")
    values = [(number, *_values(doc)) for number, doc in docs]
    db.executemany("INSERT INTO search.doc VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", values)
    db.executemany(
        f"INSERT INTO search.words(rowid, {_SEARCHED}) VALUES(?,?,?,?,?)", ((one[0], *one[-4:]) for one in values)
    )
    db.executemany(
        "INSERT INTO search.mention VALUES(?,?,?,?,?)",
        ((number, one.kind, one.service, one.normal, one.place) for number, doc in docs for one in doc.found),
    )
    db.executemany(
        "INSERT INTO search.file VALUES(?,?,?)",
        (
            (number, one.sha256, _text(one.name))
            for number, doc in docs
            for one in doc.loaded.attachments
            if one.sha256 and one.bytes
        ),
    )
    db.execute("COMMIT")
    count = len(batch)
    batch.clear()
    return count


def _values(doc: _Doc) -> tuple[object, ...]:
    envelope, loaded, sender = doc.loaded.envelope, doc.loaded, doc.loaded.envelope.sender
    searched = (_text(loaded.subject), _text(loaded.text), _names(doc), _files(loaded))
    return (
        doc.row.claim_id,
        doc.row.id,
        doc.child,
        doc.ref,
        _text(doc.locator),
        envelope.time.utc_us,
        _text(envelope.time.ts_raw),
        envelope.kind,
        envelope.service,
        sender.service if sender else None,
        sender.kind if sender else None,
        _text(sender.value) if sender else None,
        _text(sender.name) if sender else None,
        _text(normal_form(sender.service, sender.kind, sender.value)) if sender else None,
        int(any(UNSPACED.search(text) for text in searched)),
        *searched,
    )


def _names(doc: _Doc) -> str:
    envelope = doc.loaded.envelope
    accounts = [*([envelope.sender] if envelope.sender else []), *envelope.recipients, *envelope.also]
    said = [part for account in accounts for part in _spellings(account, doc.region)]
    return _text("\n".join(dict.fromkeys(filter(None, [doc.row.matched, *said]))))


def _spellings(account: Account, region: str | None) -> tuple[str | None, ...]:
    number = normal_form(account.service, "number", account.value, region) if account.kind == "number" else None
    return account.name, account.value, number


def _files(loaded: Loaded) -> str:
    return _text("\n".join(name for one in loaded.attachments for name in (one.name, *one.also_named) if name))


def _text(text: str | None) -> str:
    # A NUL ends a text for some functions of SQLite.
    return valid_text(text or "").replace("\0", " ")


def folded(text: str) -> str:
    """The text as it is looked through: compatibility forms, case and accents of Latin, Greek and Cyrillic letters off."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in apart if not "\u0300" <= char <= "\u036f")
    return unicodedata.normalize("NFKC", bare)
