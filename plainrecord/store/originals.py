"""The originals of a case: which are known already, their digests before and after reading, and whether they are the same."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

from plainrecord.errors import IntegrityError
from plainrecord.intake import changed_since_listed, hash_original
from plainrecord.intake.listing import Digests, Fate, FileFate, Listing, Member, Original
from plainrecord.store import adding
from plainrecord.store.adding import Progress


def already_there(db: sqlite3.Connection, listing: Listing) -> dict[str, str]:
    """Originals whose bytes are already known: relpath → where they were read first ("S01 inbox.mbox")."""
    known: dict[str, str] = {}
    sizes: dict[int, int] = dict(
        db.execute(
            "SELECT o.size, count(*) FROM original o JOIN source s ON s.id=o.source_id"
            " WHERE s.label<>? AND o.same_as IS NULL GROUP BY o.size",
            (listing.label,),
        )
    )
    here: dict[int, int] = {}
    for original in listing.originals:
        here[original.size] = here.get(original.size, 0) + 1
    seen: dict[str, str] = {}
    for original in listing.originals:
        if not original.size or (original.size not in sizes and here[original.size] < 2):
            continue
        try:
            digest = hash_original(original).sha256
        except (OSError, IntegrityError):
            continue
        other = _known_as(db, digest, listing.label) or seen.get(digest)
        if other:
            known[original.relpath] = other
        else:
            seen[digest] = f"{listing.label} {original.relpath}"
    return known


def nothing_new(db: sqlite3.Connection, listing: Listing, same: dict[str, str]) -> bool:
    """True when what is not the same bytes as before (empty files, links, devices) has its fate from then."""
    if any(original.size and original.relpath not in same for original in listing.originals):
        return False
    known = {
        row[0]
        for row in db.execute(
            "SELECT f.path FROM fate f JOIN source s ON s.id=f.source_id WHERE s.label<>?", (listing.label,)
        )
    }
    rest = [original.relpath for original in listing.originals] + [fate.path for fate in listing.fates]
    return all(path.split("!/", 1)[0] in same or path in known for path in rest)


def _known_as(db: sqlite3.Connection, sha256: str, label: str) -> str | None:
    found = db.execute(
        "SELECT s.label || ' ' || o.relpath FROM original o JOIN source s ON s.id=o.source_id"
        " WHERE o.sha256=? AND s.label<>? AND o.same_as IS NULL ORDER BY o.id LIMIT 1",
        (sha256, label),
    ).fetchone()
    return str(found[0]) if found else None


def hash_rest(
    db: sqlite3.Connection, source_id: int, listing: Listing, progress: Progress | None, skip: Collection[str] = ()
) -> None:
    """Take the digests that no scan took; an original that cannot be read gets its fate in the listing."""
    for original in adding.originals_missing_digests(db, source_id, listing.originals):
        if original.relpath in skip:
            continue
        try:
            digests = hash_original(original, _bytes_progress(progress, original))
        except (OSError, IntegrityError) as error:
            db.execute(
                "UPDATE original SET after_reason=? WHERE source_id=? AND relpath=?",
                (f"could not be read: {error}", source_id, original.relpath),
            )
            listing.fates.append(_unreadable(original, error))
            continue
        db.execute(
            "UPDATE original SET sha256=?, blake3=? WHERE source_id=? AND relpath=?",
            (digests.sha256, digests.blake3, source_id, original.relpath),
        )


def recheck(
    db: sqlite3.Connection, source_id: int, progress: Progress | None = None, *, touched: bool = True
) -> list[str]:
    """Hash the originals of a source again and keep the result; relpaths of those that are no longer the same.

    With `touched`, also of those that were written to and hold the same bytes.
    """
    changed = []
    for known in stored(db, source_id):
        again = hash_again(known.original, progress)
        keep(db, source_id, known, again)
        if again.changed(known) or (touched and changed_since_listed(known.original)):
            changed.append(known.original.relpath)
    return changed


class Known(NamedTuple):
    """An original of a case, and its digest from when it was read."""

    original: Original
    sha256: str


class Again(NamedTuple):
    """What a second look found: digests, or why there are none."""

    digests: Digests | None
    reason: str = ""

    def changed(self, known: Known) -> bool:
        """Whether these are not the bytes that were read."""
        return self.digests is None or self.digests.sha256 != known.sha256


def keep(db: sqlite3.Connection, source_id: int, known: Known, again: Again) -> None:
    """Put what a second look found into the case."""
    after = again.digests
    db.execute(
        "UPDATE original SET after_sha256=?, after_blake3=?, after_size=?, after_reason=?"
        " WHERE source_id=? AND relpath=?",
        (
            after.sha256 if after else None,
            after.blake3 if after else None,
            after.size if after else None,
            again.reason,
            source_id,
            known.original.relpath,
        ),
    )


def stored(db: sqlite3.Connection, source_id: int) -> list[Known]:
    """The originals of a source that were hashed, as listed."""
    return [
        Known(Original(Path(os.fsdecode(row[0])), row[1], row[2], row[3]), row[4])
        for row in db.execute(
            "SELECT path, relpath, size, mtime_ns, sha256 FROM original WHERE source_id=? AND sha256 IS NOT NULL"
            " ORDER BY id",
            (source_id,),
        )
    ]


def hash_again(original: Original, progress: Progress | None) -> Again:
    """An original as it is on disk now; asks nothing of the case, so that any thread can do it."""
    try:
        return Again(hash_original(original, _bytes_progress(progress, original)))
    except (OSError, IntegrityError) as error:
        return Again(None, f"could not be read again: {error}")


def _unreadable(original: Original, error: Exception) -> FileFate:
    return FileFate(original.relpath, Fate.UNREADABLE, f"The file could not be read ({error}).", "", original.size)


def _bytes_progress(progress: Progress | None, original: Original) -> Callable[[int, int | None], None] | None:
    if progress is None:
        return None
    return lambda done, total: progress(original.relpath, done, total)


def only_named(member: Member) -> bool:
    """Whether a file can only be named by records, never hold any: a second copy of a picture belongs to its chat too."""
    return member.media_type.startswith(("image/", "video/", "audio/"))
