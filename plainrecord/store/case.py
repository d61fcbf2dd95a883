"""The case: a folder with `case.toml` (what people say) and `case.sqlite` (what was read), and what can be done with it.

Originals stay where they are and are referenced by path and hash, or are copied in. The case never prints, never reads
the clock by itself and never decides who is who.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from plainrecord.custody import CustodyLog, EventFields, Who
from plainrecord.errors import CaseError, NothingFoundError, UsageError
from plainrecord.intake import list_source
from plainrecord.intake.listing import FileFate, Listing
from plainrecord.people.attributions import AccountKey, Attribution, account_key, standing
from plainrecord.people.normal import read_selector
from plainrecord.records import Account, AccountKind, Decision
from plainrecord.selection import SelectionSpec
from plainrecord.store import adding, asking, copying, originals
from plainrecord.store.adding import AddResult, Progress
from plainrecord.store.custody_events import record_adding, record_withdrawn
from plainrecord.store.database import FILE_NAME, open_database
from plainrecord.store.selecting import Selected, select
from plainrecord.store.settings import CaseSettings, read_settings, write_settings
from plainrecord.times import format_utc

Clock = Callable[[], datetime]
_MOST_LABELS = 100_000


@dataclass(frozen=True, slots=True)
class AccountCount:
    """An account as shown by `plainrecord people`: as written, its display names, and how many records name it.

    `written` counts the records it is the stated author of, `named` those it occurs in at all; `first_us` and `last_us` are the
    first and last time it occurs. A number or a handle can be given to somebody else later.
    """

    service: str
    kind: AccountKind
    value: str
    names: tuple[str, ...]
    written: int
    named: int
    first_us: int | None
    last_us: int | None

    @property
    def key(self) -> AccountKey:
        """By what the account is known."""
        return account_key(Account(self.service, self.kind, self.value))

    @property
    def first_utc(self) -> str | None:
        """The first time it occurs, as RFC 3339 UTC."""
        return None if self.first_us is None else format_utc(self.first_us)

    @property
    def last_utc(self) -> str | None:
        """The last time it occurs, as RFC 3339 UTC."""
        return None if self.last_us is None else format_utc(self.last_us)

    def as_json(self) -> dict[str, object]:
        """The object `people --json` prints for it."""
        return {
            "service": self.service,
            "kind": self.kind,
            "value": self.value,
            "names": list(self.names),
            "written": self.written,
            "named": self.named,
            "first_utc": self.first_utc,
            "last_utc": self.last_utc,
        }


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

    def skip_labels_before(self, label: str) -> None:
        """Leave labels out, so that the next source gets this one: a label that was withdrawn is not given again.

        Raises UsageError when it was given already, or is none.
        """
        last = self.db.execute("SELECT max(id) FROM source").fetchone()[0] or 0
        wanted = int(label[1:]) if label[:1] == "S" and label[1:].isascii() and label[1:].isdigit() else 0
        if not last < wanted <= _MOST_LABELS:
            raise UsageError(f"“{label[:40]}” cannot be the label of the next source.")
        self.db.executemany(
            "INSERT INTO source(label, name, paths, options, state, fingerprint) VALUES(?,'','[]','{}','withdrawn','')",
            ((f"S{number:02d}",) for number in range(last + 1, wanted)),
        )

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
        same = originals.already_there(self.db, listing)
        if same and originals.nothing_new(self.db, listing, same):
            self._forget_adding(listing.label)
            return AddResult(listing.label, listing.name, already=next(iter(same.values())))
        source_id, _ = adding.source_row(self.db, listing, paths)
        for relpath, other in same.items():
            self.db.execute(
                "UPDATE original SET same_as=? WHERE source_id=? AND relpath=?", (other, source_id, relpath)
            )
        members = [one for one in listing.members if one.original.relpath not in same or originals.only_named(one)]
        # An archive is hashed before anything inside it is read; a plain file is hashed by the very pass that reads it.
        whole = {member.original.relpath for member in members if not member.path}
        originals.hash_rest(self.db, source_id, listing, progress, skip=whole)
        adding.read_claims(self.db, source_id, listing, members, workers, progress)
        originals.hash_rest(self.db, source_id, listing, progress)
        result = self._result(source_id, listing)
        if recheck:
            result.changed = originals.recheck(self.db, source_id, progress)
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
            changed = [] if relied_on.fetchone() else originals.recheck(self.db, other, progress, touched=False)
            if changed:
                record_withdrawn(log, self.db, other, label, self.who, changed)
                adding.withdraw_source(self.db, other)

    def _forget_adding(self, label: str) -> None:
        found = self.db.execute("SELECT id FROM source WHERE label=? AND state='adding'", (label,)).fetchone()
        if found:
            adding.forget_source(self.db, found[0])

    def _result(self, source_id: int, listing: Listing) -> AddResult:
        result = AddResult(listing.label, listing.name, warnings=list(listing.missing))
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

    def _note_changes(self, result: AddResult) -> None:
        names = ", ".join(result.changed)
        result.warnings.append(
            f"{names} changed while being read. Nothing of {result.label} was kept: close the program that writes to"
            " it, or copy it first, and add it again."
        )

    def attributions(self) -> list[Attribution]:
        """What named persons say about whose accounts are whose, as it stands now."""
        return standing(row[0] for row in self.db.execute("SELECT line FROM custody ORDER BY seq"))

    def sources(self) -> list[int]:
        """Row numbers of the sources that were added completely, in order."""
        return [row[0] for row in self.db.execute("SELECT id FROM source WHERE state='done' ORDER BY id")]

    def spec(self) -> SelectionSpec:
        """The selection the settings ask for. Raises UsageError when nobody is named."""
        said = self.settings
        asserted = self.attributions()
        if not said.subject.accounts and not any(one.role == "subject" for one in asserted):
            raise UsageError("Nobody is named yet. Name the sender with --sender, or under [subject] in case.toml.")
        region = said.region.upper() or None
        spec = SelectionSpec(
            tuple(read_selector(text, region) for text in said.subject.accounts),
            tuple(read_selector(text, region) for text in said.owner.accounts),
            said.select.match_names,
            said.select.scope,
            said.select.whole_groups,
            said.select.account_events,
            asking.day_bound(said.select.after, said.timezone),
            asking.day_bound(said.select.before, said.timezone),
            said.subject.label,
            said.owner.label,
            tuple(asserted),
            region,
        )
        asking.refuse_contradictions(spec, said)
        return spec

    def select(self) -> Selected:
        """Choose records by the settings. Raises NothingFoundError, with what was near, when nothing matches."""
        waiting = self.db.execute("SELECT label FROM source WHERE state='adding'").fetchall()
        if waiting:
            raise CaseError(f"{waiting[0][0]} was not added completely. Run “plainrecord add” for it again first.")
        self.db.execute("BEGIN IMMEDIATE")
        found = select(self.db, self.spec())
        self.db.execute("DELETE FROM meta WHERE key='numbered'")
        self.db.execute("COMMIT")
        if not found.included:
            raise NothingFoundError(asking.nothing_found(self.settings, found) + asking.not_looked_into(self.db))
        return found

    def note_numbers(self, bundle_id: str) -> None:
        """Keep that the item numbers in the case are those of this bundle, until something is selected or added."""
        self.db.execute(
            "INSERT OR REPLACE INTO meta VALUES('numbered', ?)", (json.dumps([bundle_id, self._sources_now()]),)
        )

    def numbered(self) -> str:
        """The bundle whose item numbers the case holds, "" when it holds none that are still right."""
        found = self.db.execute("SELECT value FROM meta WHERE key='numbered'").fetchone()
        bundle_id, sources = json.loads(found[0]) if found else ("", None)
        return str(bundle_id) if sources == self._sources_now() else ""

    def _sources_now(self) -> list[list[str]]:
        return [list(row) for row in self.db.execute("SELECT label, state, fingerprint FROM source ORDER BY id")]

    def accounts(self) -> Iterator[AccountCount]:
        """Every account of the case, one per normal form, those that wrote most first."""
        rows = self.db.execute(
            "SELECT a.service, a.kind, min(a.value), json_group_array(DISTINCT a.name),"
            " count(DISTINCT CASE WHEN p.role='from' THEN r.id END), count(DISTINCT r.id), min(r.utc_us), max(r.utc_us)"
            " FROM account a JOIN party_set p ON p.account_id=a.id JOIN record r ON r.parties=p.id GROUP BY a.service, a.kind, a.normal"
            " ORDER BY 5 DESC, 6 DESC, a.normal, a.kind"
        )
        for service, kind, value, names, *counted in rows:
            yield AccountCount(service, kind, value, tuple(sorted(filter(None, json.loads(names)))), *counted)


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
