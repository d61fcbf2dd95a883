"""The sources of a case as a bundle states them: originals with digests, what became of each file, what each parser did."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from plainrecord.bundle.contents import Source, SourceClaim, SourceOriginal
from plainrecord.errors import IntegrityError
from plainrecord.intake.listing import Digests, Fate, FileFate
from plainrecord.parsers import parser_named
from plainrecord.parsers.acts import labels, shows
from plainrecord.parsers.base import STATED_FACTS
from plainrecord.records import Decision


def sources_of(db: sqlite3.Connection) -> tuple[Source, ...]:
    """The sources of a case as they stand now, with the digests of the last recheck."""
    return tuple(_sources(db))


def _sources(db: sqlite3.Connection) -> Iterator[Source]:
    for source_id, label, name, options in db.execute(
        "SELECT id, label, name, options FROM source WHERE state='done' ORDER BY id"
    ).fetchall():
        said = {
            key: json.dumps(value) if not isinstance(value, str) else value
            for key, value in json.loads(options).items()
        }
        yield Source(
            label,
            name,
            tuple(_originals(db, source_id)),
            tuple(_fates(db, source_id)),
            tuple(_claims(db, source_id)),
            said,
        )


def _originals(db: sqlite3.Connection, source_id: int) -> Iterator[SourceOriginal]:
    for row in db.execute(
        "SELECT relpath, size, sha256, blake3, after_sha256, after_blake3, after_size, after_reason, same_as"
        " FROM original WHERE source_id=? AND sha256 IS NOT NULL ORDER BY id",
        (source_id,),
    ):
        after = Digests(row[4], row[5], row[6]) if row[4] else None
        yield SourceOriginal(row[0], row[1], Digests(row[2], row[3], row[1]), after, row[7], row[8])


def _fates(db: sqlite3.Connection, source_id: int) -> Iterator[FileFate]:
    for path, fate, reason, media_type, size, sha256, blake3 in db.execute(
        "SELECT path, fate, reason, media_type, size, sha256, blake3 FROM fate WHERE source_id=? ORDER BY id",
        (source_id,),
    ):
        digests = Digests(sha256, blake3, size or 0) if sha256 else None
        yield FileFate(path, Fate(fate), reason, media_type, size, digests)


def _claims(db: sqlite3.Connection, source_id: int) -> Iterator[SourceClaim]:
    for row in db.execute(
        "SELECT id, parser, version, title, facts, decisions, seen, read, unread, first_us, last_us, undated FROM claim"
        " WHERE source_id=? ORDER BY id",
        (source_id,),
    ).fetchall():
        card = parser_named(row[1]).card
        yield SourceClaim(
            parser=row[1],
            parser_version=row[2],
            service=card.service,
            title=row[3],
            tier=card.tier,
            cannot_hold=card.cannot_hold,
            seen=row[6],
            read=row[7],
            unread=row[8],
            first_utc_us=row[9],
            last_utc_us=row[10],
            undated=row[11],
            decisions=tuple(Decision(**decision) for decision in json.loads(row[5])),
            facts={name: said for name, said in json.loads(row[4]).items() if name in STATED_FACTS},
            acts={label: shows(card.acts)[act] for act, label in labels().items()} if card.acts else {},
        )


def refuse_changed(db: sqlite3.Connection) -> None:
    """Raise IntegrityError when an original is no longer the one that was read: nothing may be sealed then."""
    rows = db.execute(
        "SELECT s.label, o.relpath, o.after_reason FROM original o JOIN source s ON s.id=o.source_id"
        " WHERE o.sha256 IS NOT NULL AND (o.after_sha256 IS NULL OR o.after_sha256<>o.sha256) ORDER BY o.id"
    ).fetchall()
    if rows:
        label, relpath, reason = rows[0]
        why = f" ({reason})" if reason else ""
        raise IntegrityError(
            f"{relpath} ({label}) is not the file it was when it was read{why}; {len(rows)} in all. Nothing was sealed."
            " Close the program that writes to it, or put the original back, and add it again."
        )
