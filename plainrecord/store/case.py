"""The case: a folder with `case.toml` (what people say) and `case.sqlite` (what was read), and what can be done with it.

Originals stay where they are and are referenced by path and hash, or are copied in. The case never prints, never reads
the clock by itself and never decides who is who.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from plainrecord.custody import CustodyLog, EventFields, Who
from plainrecord.errors import CaseError, IntegrityError, NothingFoundError, UsageError
from plainrecord.intake import changed_since_listed, hash_original, list_source
from plainrecord.intake.listing import Digests, Fate, FileFate, Listing, Member, Original
from plainrecord.people.normal import read_selector
from plainrecord.records import Decision
from plainrecord.selection import SelectionSpec
from plainrecord.store import adding, copying
from plainrecord.store.adding import AddResult, Progress
from plainrecord.store.custody_events import record_adding, record_withdrawn
from plainrecord.store.database import FILE_NAME, open_database
from plainrecord.store.selecting import Selected, select
from plainrecord.store.settings import CaseSettings, read_settings, write_settings
from plainrecord.times import resolve_local

Clock = Callable[[], datetime]

# Beyond these a day in microseconds is no whole number that every JSON reader can hold.
_FIRST_YEAR, _LAST_YEAR = 1700, 2200


@dataclass(frozen=True, slots=True)
class AccountCount:
    """An account as shown by `plainrecord people`: as written, its display names, and how many records name it.

    `written` counts the records it is the stated author of, `named` those it occurs in at all.
    """

    service: str
    kind: str
    value: str
    names: tuple[str, ...]
    written: int
    named: int


class Case:
    """An open case. Use as a context manager; only one process may have it open."""

    def __init__(self, folder: Path, db: sqlite3.Connection, settings: CaseSettings, clock: Clock) -> None:
        self.folder = folder
        self.db = db
        self.settings = settings
        self.clock = clock

    @classmethod
    def create(cls, folder: Path, settings: CaseSettings, clock: Clock, *, durable: bool = True) -> Case:
        """Make a new case folder. Raises UsageError when the folder already holds something."""
        if folder.exists() and any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty. Choose a new folder for the case.")
        folder.mkdir(parents=True, exist_ok=True)
        write_settings(folder, settings)
        return cls(folder, open_database(folder / FILE_NAME, durable=durable), settings, clock)

    @classmethod
    def open(cls, folder: Path, clock: Clock) -> Case:
        """Open a case. Raises CaseError when it is not one, or in use."""
        settings = read_settings(folder)
        return cls(folder, open_database(folder / FILE_NAME), settings, clock)

    def __enter__(self) -> Case:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the case file."""
        if self.db.in_transaction:
            self.db.execute("ROLLBACK")
        self.db.close()

    @property
    def who(self) -> Who:
        """Who answers for the steps taken, as the settings say."""
        said = self.settings.who
        return Who(name=said.name, role=said.role, org=said.org, id_no=said.id_no)

    def custody(self) -> CustodyLog:
        """The case's custody log, ready to be appended to; write it back with `keep_custody`."""
        lines = (row[0] for row in self.db.execute("SELECT line FROM custody ORDER BY seq"))
        common: EventFields = {"zone": self.settings.timezone or "UTC"}
        if self.settings.case_ref:
            common["case_ref"] = self.settings.case_ref
        log = CustodyLog(lines, self.clock, common=common)
        if not log.seq:
            log.begin(self.who)
        return log

    def keep_custody(self, new_lines: Sequence[str]) -> None:
        """Append lines to the stored log (inside the caller's transaction, if there is one)."""
        last = self.db.execute("SELECT max(seq) FROM custody").fetchone()[0] or 0
        self.db.executemany(
            "INSERT INTO custody VALUES(?,?)", ((last + number, line) for number, line in enumerate(new_lines, start=1))
        )

    def add(
        self,
        paths: Sequence[Path],
        *,
        copy: bool = False,
        recheck: bool = True,
        workers: int = 1,
        progress: Progress | None = None,
    ) -> AddResult:
        """Add what was handed in under one name (a file, a folder, the parts of one download).

        Interrupted, it can be called again and ends with the same case. The same bytes a second time add nothing and say
        so. `recheck` hashes the originals again after reading; leave it out only when the build will do it.
        A source that changed while it was read is not kept (`changed` names what did); what was read earlier from the same
        place and is different there now is taken out. Raises UsageError for a path that is not there.
        """
        for path in paths:
            if not path.exists() and not path.is_symlink():
                raise UsageError(f"There is no file or folder called {path}. Nothing was added.")
        label = self._label(paths)
        left: list[FileFate] = []
        if copy:
            copied = copying.copy_in(paths, self.folder / "originals" / label, progress)
            paths, left = copied.copies, copied.left
        said = self.settings
        options = adding.read_options(said.timezone, said.date_order, said.owner.accounts, said.mapping)
        listing = list_source(paths, label, options)
        listing.fates += left
        self.db.execute("BEGIN IMMEDIATE")
        result = self._add_listing(listing, paths, recheck, workers, progress)
        self.db.execute("COMMIT")
        if copy and result.already:
            shutil.rmtree(self.folder / "originals" / label)
        return result

    def _label(self, paths: Sequence[Path]) -> str:
        """The label of an interrupted `add` of the same paths, else the next free one."""
        wanted = json.dumps([str(path) for path in paths])
        for label, stored in self.db.execute("SELECT label, paths FROM source WHERE state='adding'"):
            if stored == wanted or json.loads(stored)[0].startswith(str(self.folder / "originals" / label)):
                return str(label)
        last = self.db.execute("SELECT max(id) FROM source").fetchone()[0] or 0
        return f"S{last + 1:02d}"

    def _add_listing(
        self, listing: Listing, paths: Sequence[Path], recheck: bool, workers: int, progress: Progress | None
    ) -> AddResult:
        same = self._already_there(listing)
        if same and self._nothing_new(listing, same):
            self._forget_adding(listing.label)
            return AddResult(listing.label, listing.name, already=next(iter(same.values())))
        source_id, _ = adding.source_row(self.db, listing, paths)
        for relpath, other in same.items():
            self.db.execute(
                "UPDATE original SET same_as=? WHERE source_id=? AND relpath=?", (other, source_id, relpath)
            )
        members = [one for one in listing.members if one.original.relpath not in same or _only_named(one)]
        # An archive is hashed before anything inside it is read; a plain file is hashed by the very pass that reads it.
        whole = {member.original.relpath for member in members if not member.path}
        self._hash_rest(source_id, listing, progress, skip=whole)
        adding.read_claims(self.db, source_id, listing, members, workers, progress)
        self._hash_rest(source_id, listing, progress)
        result = self._result(source_id, listing)
        if recheck:
            result.changed = self.recheck_originals(source_id, progress)
        if result.changed:
            self._note_changes(result)
        self.db.execute("DELETE FROM fate WHERE source_id=?", (source_id,))
        self.db.executemany(
            "INSERT INTO fate(source_id, path, fate, reason, media_type, size, sha256, blake3) VALUES(?,?,?,?,?,?,?,?)",
            (_fate_row(source_id, fate) for fate in result.fates),
        )
        log = self.custody()
        record_adding(log, self.db, source_id, self.who, self.settings.timezone or None, result)
        if result.changed:
            adding.withdraw_source(self.db, source_id)
        else:
            self.db.execute("UPDATE source SET state='done' WHERE id=?", (source_id,))
            self._withdraw_outdated(source_id, log, progress)
        self.keep_custody(log.new_lines)
        return result

    def _withdraw_outdated(self, source_id: int, log: CustodyLog, progress: Progress | None) -> None:
        """Take out sources that were read from the same places as this one and are not what is there now.

        One that another source relies on (the same bytes, not read twice) stays, and stops the next build.
        """
        older = self.db.execute(
            "SELECT DISTINCT s.id, s.label FROM source s JOIN original o ON o.source_id=s.id"
            " WHERE s.state='done' AND s.id<>? AND o.path IN (SELECT path FROM original WHERE source_id=?) ORDER BY s.id",
            (source_id, source_id),
        ).fetchall()
        for other, label in older:
            relied_on = self.db.execute(
                "SELECT 1 FROM original WHERE substr(same_as, 1, ?)=? LIMIT 1", (len(label) + 1, f"{label} ")
            )
            changed = [] if relied_on.fetchone() else self.recheck_originals(other, progress, touched=False)
            if changed:
                record_withdrawn(log, self.db, other, label, self.who, changed)
                adding.withdraw_source(self.db, other)

    def _forget_adding(self, label: str) -> None:
        found = self.db.execute("SELECT id FROM source WHERE label=? AND state='adding'", (label,)).fetchone()
        if found:
            adding.forget_source(self.db, found[0])

    def _already_there(self, listing: Listing) -> dict[str, str]:
        """Originals whose bytes are already known: relpath → where they were read first ("S01 inbox.mbox")."""
        known: dict[str, str] = {}
        sizes: dict[int, int] = dict(
            self.db.execute(
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
            other = self._known_as(digest, listing.label) or seen.get(digest)
            if other:
                known[original.relpath] = other
            else:
                seen[digest] = f"{listing.label} {original.relpath}"
        return known

    def _nothing_new(self, listing: Listing, same: dict[str, str]) -> bool:
        """True when what is not the same bytes as before (empty files, links, devices) has its fate from then."""
        if any(original.size and original.relpath not in same for original in listing.originals):
            return False
        known = {
            row[0]
            for row in self.db.execute(
                "SELECT f.path FROM fate f JOIN source s ON s.id=f.source_id WHERE s.label<>?", (listing.label,)
            )
        }
        rest = [original.relpath for original in listing.originals] + [fate.path for fate in listing.fates]
        return all(path.split("!/", 1)[0] in same or path in known for path in rest)

    def _known_as(self, sha256: str, label: str) -> str | None:
        found = self.db.execute(
            "SELECT s.label || ' ' || o.relpath FROM original o JOIN source s ON s.id=o.source_id"
            " WHERE o.sha256=? AND s.label<>? AND o.same_as IS NULL ORDER BY o.id LIMIT 1",
            (sha256, label),
        ).fetchone()
        return str(found[0]) if found else None

    def _hash_rest(
        self, source_id: int, listing: Listing, progress: Progress | None, skip: Collection[str] = ()
    ) -> None:
        for original in adding.originals_missing_digests(self.db, source_id, listing.originals):
            if original.relpath in skip:
                continue
            try:
                digests = hash_original(original, _bytes_progress(progress, original))
            except (OSError, IntegrityError) as error:
                self.db.execute(
                    "UPDATE original SET after_reason=? WHERE source_id=? AND relpath=?",
                    (f"could not be read: {error}", source_id, original.relpath),
                )
                listing.fates.append(_unreadable(original, error))
                continue
            self.db.execute(
                "UPDATE original SET sha256=?, blake3=? WHERE source_id=? AND relpath=?",
                (digests.sha256, digests.blake3, source_id, original.relpath),
            )

    def _result(self, source_id: int, listing: Listing) -> AddResult:
        result = AddResult(listing.label, listing.name)
        result.seen, result.read, result.unread = (
            value or 0
            for value in self.db.execute(
                "SELECT sum(seen), sum(read), sum(unread) FROM claim WHERE source_id=?", (source_id,)
            ).fetchone()
        )
        known = {fate.path for fate in listing.fates}
        member_fates = adding.fates_of(self.db, source_id, listing)
        result.fates = [*listing.fates, *(fate for fate in member_fates if fate.path not in known)]
        for (text,) in self.db.execute("SELECT decisions FROM claim WHERE source_id=? ORDER BY id", (source_id,)):
            result.decisions += [Decision(**decision) for decision in json.loads(text)]
        return result

    def recheck_originals(self, source_id: int, progress: Progress | None = None, *, touched: bool = True) -> list[str]:
        """Hash the originals of a source again and keep the result; relpaths of those that are no longer the same.

        With `touched`, also of those that were written to and hold the same bytes.
        """
        changed = []
        for original, sha256 in self._stored_originals(source_id):
            after, reason = _hash_again(original, progress)
            self.db.execute(
                "UPDATE original SET after_sha256=?, after_blake3=?, after_size=?, after_reason=?"
                " WHERE source_id=? AND relpath=?",
                (
                    after.sha256 if after else None,
                    after.blake3 if after else None,
                    after.size if after else None,
                    reason,
                    source_id,
                    original.relpath,
                ),
            )
            if after is None or after.sha256 != sha256 or (touched and changed_since_listed(original)):
                changed.append(original.relpath)
        return changed

    def _stored_originals(self, source_id: int) -> list[tuple[Original, str]]:
        return [
            (Original(Path(os.fsdecode(row[0])), row[1], row[2], row[3]), row[4])
            for row in self.db.execute(
                "SELECT path, relpath, size, mtime_ns, sha256 FROM original WHERE source_id=? AND sha256 IS NOT NULL"
                " ORDER BY id",
                (source_id,),
            )
        ]

    def _note_changes(self, result: AddResult) -> None:
        names = ", ".join(result.changed)
        result.warnings.append(
            f"{names} changed while being read. Nothing of {result.label} was kept: close the program that writes to"
            " it, or copy it first, and add it again."
        )

    def sources(self) -> list[int]:
        """Row numbers of the sources that were added completely, in order."""
        return [row[0] for row in self.db.execute("SELECT id FROM source WHERE state='done' ORDER BY id")]

    def spec(self) -> SelectionSpec:
        """The selection the settings ask for. Raises UsageError when nobody is named."""
        said = self.settings
        if not said.subject.accounts:
            raise UsageError("Nobody is named yet. Name the sender with --sender, or under [subject] in case.toml.")
        region = said.region.upper() or None
        spec = SelectionSpec(
            tuple(read_selector(text, region) for text in said.subject.accounts),
            tuple(read_selector(text, region) for text in said.owner.accounts),
            said.select.match_names,
            said.select.scope,
            said.select.whole_groups,
            day_bound(said.select.after, said.timezone),
            day_bound(said.select.before, said.timezone),
            said.subject.label,
            said.owner.label,
        )
        _refuse_contradictions(spec, said)
        return spec

    def select(self) -> Selected:
        """Choose records by the settings. Raises NothingFoundError, with what was near, when nothing matches."""
        waiting = self.db.execute("SELECT label FROM source WHERE state='adding'").fetchall()
        if waiting:
            raise CaseError(f"{waiting[0][0]} was not added completely. Run “plainrecord add” for it again first.")
        self.db.execute("BEGIN IMMEDIATE")
        found = select(self.db, self.spec())
        self.db.execute("COMMIT")
        if not found.included:
            raise NothingFoundError(_nothing_found(self.settings, found) + _not_looked_into(self.db))
        return found

    def accounts(self) -> Iterator[AccountCount]:
        """Every account of the case, one per normal form, those that wrote most first."""
        rows = self.db.execute(
            "SELECT a.service, a.kind, min(a.value), json_group_array(DISTINCT a.name),"
            " count(DISTINCT CASE WHEN p.role='from' THEN p.record_id END), count(DISTINCT p.record_id)"
            " FROM account a JOIN party p ON p.account_id=a.id GROUP BY a.service, a.kind, a.normal"
            " ORDER BY 5 DESC, 6 DESC, a.normal, a.kind"
        )
        for service, kind, value, names, written, named in rows:
            yield AccountCount(service, kind, value, tuple(sorted(filter(None, json.loads(names)))), written, named)


def _refuse_contradictions(spec: SelectionSpec, said: CaseSettings) -> None:
    taken = {(selector.kind, selector.normal) for selector in spec.selectors}
    both = next((owner.value for owner in spec.owners if (owner.kind, owner.normal) in taken), None)
    if both is not None:
        raise UsageError(f"{both} is named as the sender and as the owner. One account can only be one of them.")
    if spec.after is not None and spec.before is not None and spec.after >= spec.before:
        raise UsageError(
            f"No day lies between {said.select.after} and {said.select.before}: the first is a day that is taken,"
            " the second the day to stop before."
        )


def day_bound(text: str, timezone: str) -> int | None:
    """Midnight at the start of a day (YYYY-MM-DD) in the case's zone (UTC when none), in microseconds; None for ""."""
    if not text:
        return None
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"“{text}” is not a date. Write it as YYYY-MM-DD, for example 2024-10-27.") from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise UsageError(f"“{text}” is too far away. Give a day from {_FIRST_YEAR} to {_LAST_YEAR}.")
    return resolve_local(day.replace(tzinfo=None), timezone or "UTC")[0]


def _nothing_found(settings: CaseSettings, found: Selected) -> str:
    named = ", ".join(settings.subject.accounts)
    if not found.near_misses:
        return (
            f"No record names {named}. Check the spelling. To see which accounts there are, use “plainrecord new”,"
            " “plainrecord add” and “plainrecord people”."
        )
    shown = "; ".join(f"{name} ({count} records)" for name, count in found.near_misses[:5])
    return (
        f"No record has an account that is exactly {named}. The same display name occurs with: {shown}."
        " A name proves nothing by itself: give the address with --sender or --alias, or ask for names with --match-names."
    )


def _not_looked_into(db: sqlite3.Connection) -> str:
    """What else may be the reason that nothing was found: no export yet, or files that were not read."""
    if not db.execute("SELECT count(*) FROM source").fetchone()[0]:
        return " No export has been added yet."
    reasons = [
        row[0]
        for row in db.execute(
            "SELECT reason FROM fate WHERE fate IN ('unreadable', 'refused', 'partly-parsed') ORDER BY id"
        )
    ]
    if reasons:
        more = f" (and {len(reasons) - 1:,} more)" if len(reasons) > 1 else ""
        return f" Not everything could be looked into: {reasons[0]}{more}"
    if not db.execute("SELECT sum(seen) FROM claim").fetchone()[0]:
        return " There is no record at all in what was handed in: “plainrecord inspect” says what each file is."
    return ""


def _fate_row(source_id: int, fate: FileFate) -> tuple[object, ...]:
    digests = fate.digests
    return (
        source_id,
        fate.path,
        fate.fate.value,
        fate.reason,
        fate.media_type,
        fate.size,
        digests.sha256 if digests else None,
        digests.blake3 if digests else None,
    )


def _hash_again(original: Original, progress: Progress | None) -> tuple[Digests | None, str]:
    try:
        return hash_original(original, _bytes_progress(progress, original)), ""
    except (OSError, IntegrityError) as error:
        return None, f"could not be read again: {error}"


def _unreadable(original: Original, error: Exception) -> FileFate:
    return FileFate(original.relpath, Fate.UNREADABLE, f"The file could not be read ({error}).", "", original.size)


def _bytes_progress(progress: Progress | None, original: Original) -> Callable[[int, int | None], None] | None:
    if progress is None:
        return None
    return lambda done, total: progress(original.relpath, done, total)


def _only_named(member: Member) -> bool:
    """Whether a file can only be named by records, never hold any: a second copy of a picture belongs to its chat too."""
    return member.media_type.startswith(("image/", "video/", "audio/"))
