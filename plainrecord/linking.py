"""Which bundles name one account: selectors of several bundles, compared for equality, with the items on both sides.

Says that two bundles name the same account, never that two accounts are one person. Reads bundles and an index file of its own
(SQLite) that can hold thousands of them; writes nothing else. With a key, only keyed digests of the normal forms are kept and
compared (HMAC-SHA-256), so that two offices can compare without showing each other a number: a plain hash of a telephone number
could be undone by trying all numbers.

Source of the selectors and their strength: the domain reference, section 6.3. A number or an account can be given to somebody
else later, so the dates stand beside it. Names are candidates to look at, and never in the list of matches.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from plainrecord.bundle.bagreader import UnreadableError, read_lines, read_whole
from plainrecord.bundle.bagreader_zip import BadArchiveError
from plainrecord.counting import opened_bundle
from plainrecord.errors import UsageError
from plainrecord.people.selectors import STRENGTH, SelectorKey, Strength, account_selector, file_selector

_ITEMS_KEPT = 20
_SHORTEST_KEY = 32
_LONGEST_LINE = 256 << 20
_LONGEST_META = 64 << 20

_TABLES = """
CREATE TABLE IF NOT EXISTS bundle(id TEXT PRIMARY KEY, keyed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS selector(
  bundle TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, service TEXT NOT NULL, shown TEXT NOT NULL,
  names TEXT NOT NULL, count INTEGER NOT NULL, first TEXT, last TEXT, items TEXT NOT NULL,
  PRIMARY KEY(bundle, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS selector_key ON selector(key);
"""


@dataclass(slots=True)
class Selector:
    """One account or file of the subject in one bundle, with where it stands: number of items, first and last time, item
    numbers (at most twenty). `shown` is as the bundle has it, "" in keyed form; `names` are display names beside it."""

    bundle: str
    key: str
    kind: str
    service: str
    shown: str
    names: list[str] = field(default_factory=list)
    count: int = 0
    first: str | None = None
    last: str | None = None
    items: list[str] = field(default_factory=list)

    def seen(self, item: dict[str, Any]) -> None:
        """One more item in which it stands."""
        when = item["time"].get("ts_utc")
        self.count += 1
        if len(self.items) < _ITEMS_KEPT:
            self.items.append(item["item"])
        if when:
            self.first, self.last = min(self.first or when, when), max(self.last or when, when)


@dataclass(frozen=True, slots=True)
class Link:
    """Two or more bundles with one selector. `status` is "suggested": confirming it is for a person."""

    kind: str
    strength: Strength
    reason: str
    sides: tuple[Selector, ...]
    status: str = "suggested"

    @property
    def conflicts(self) -> list[str]:
        """What does not fit: different names beside one account."""
        named = {name.casefold() for side in self.sides for name in side.names}
        return [f"{len(named)} different names stand beside it"] if len(named) > 1 else []

    def as_json(self) -> dict[str, Any]:
        """The object `plainrecord link --json` prints for it."""
        return {
            "kind": self.kind,
            "strength": self.strength,
            "reason": self.reason,
            "status": self.status,
            "conflicts": self.conflicts,
            "sides": [asdict(side) for side in self.sides],
        }


def selectors_of(path: Path, key: bytes | None = None) -> list[Selector]:
    """The selectors of one bundle: accounts attributed to its subject, and files the subject sent. Raises UsageError."""
    try:
        with opened_bundle(path) as bag:
            bundle = str(json.loads(read_whole(bag, "meta/bundle.json", _LONGEST_META))["bundle_id"])
            people = json.loads(read_whole(bag, "meta/people.json", _LONGEST_META))["people"]
            settings = json.loads(read_whole(bag, "meta/rules.json", _LONGEST_META))["settings"]
            found = _Selectors(bundle, key, people, settings.get("region") or None)
            for line in read_lines(bag, "data/items/messages.jsonl", _LONGEST_LINE):
                found.item(json.loads(line))
    except (UnreadableError, BadArchiveError, OSError, ValueError, KeyError, TypeError) as error:
        why = str(error) or type(error).__name__
        raise UsageError(f"{path} cannot be read as a bundle ({why}). It was not compared.") from None
    return found.all()


class _Selectors:
    """The selectors of one bundle as its items are read."""

    def __init__(self, bundle: str, key: bytes | None, people: list[dict[str, Any]], region: str | None) -> None:
        self._bundle, self._key, self._region = bundle, key, region
        self._found: dict[str, Selector] = {}
        subject = next(person for person in people if person["role"] == "subject")
        self._accounts = {self._of(row["account"]).key for row in subject["accounts"]}

    def item(self, item: dict[str, Any]) -> None:
        """One line of the items."""
        if item.get("parent") is not None:
            return
        sender = item.get("sender")
        for account in [*([sender] if sender else []), *item["recipients"]]:
            one = self._of(account)
            if one.key in self._accounts:
                self._found.setdefault(one.key, one).seen(item)
        if item["part"] == "subject":
            for attachment in item["attachments"]:
                if attachment.get("sha256") and attachment.get("bytes") != 0:
                    one = self._made(file_selector(attachment["sha256"]), attachment["sha256"], None)
                    self._found.setdefault(one.key, one).seen(item)

    def all(self) -> list[Selector]:
        """Every selector that stands in an item, in a stable order."""
        return sorted(self._found.values(), key=lambda one: (one.kind, one.key))

    def _of(self, account: dict[str, Any]) -> Selector:
        key = account_selector(account["service"], account["kind"], account["value"], self._region)
        return self._made(key, account["value"], account.get("name"))

    def _made(self, one: SelectorKey, shown: str, name: str | None) -> Selector:
        kind, service, _ = one
        plain = "\0".join(one)
        known = self._found.get(key := plain if self._key is None else _keyed(self._key, plain))
        if known is None:
            known = Selector(self._bundle, key, kind, service, "" if self._key else shown)
        if name and not self._key and name not in known.names:
            known.names.append(name)
        return known


def read_key(path: Path) -> bytes:
    """The secret in a file, without the white space round it. Raises UsageError when it is too short to keep a secret."""
    key = path.read_bytes().strip()
    if len(key) < _SHORTEST_KEY:
        raise UsageError(f"{path} holds {len(key)} characters; a key needs {_SHORTEST_KEY} or more, made at random.")
    return key


def _keyed(key: bytes, plain: str) -> str:
    return hmac.new(key, plain.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def link(bundles: Sequence[Path], index: Path | None = None, key: bytes | None = None) -> tuple[list[Link], list[Link]]:
    """(matches, candidates to look at) among the bundles, and those an index file already holds; the index is brought up to date.

    Raises UsageError for what is no bundle, and for an index that was made with a key when none is given, or the other way.
    """
    with closing(sqlite3.connect(index or ":memory:")) as db:
        try:
            db.executescript(_TABLES)
            _refuse_mixed(db, key is not None)
            for path in bundles:
                _keep(db, selectors_of(path, key), key is not None)
            db.commit()
            found = list(_links(db))
        except sqlite3.DatabaseError as error:
            raise UsageError(
                f"{index} is no index that can be used ({error}). Name another file with --index."
            ) from None
    return [one for one in found if one.strength != "weak"], [one for one in found if one.strength == "weak"]


def _refuse_mixed(db: sqlite3.Connection, keyed: bool) -> None:
    kept = db.execute("SELECT keyed FROM bundle LIMIT 1").fetchone()
    if kept and bool(kept[0]) != keyed:
        how = "with a key" if kept[0] else "without a key"
        raise UsageError(f"The index was made {how}, and is only compared in the same way. Nothing was compared.")


def _keep(db: sqlite3.Connection, selectors: Iterable[Selector], keyed: bool) -> None:
    rows = list(selectors)
    for bundle in {one.bundle for one in rows}:
        db.execute("DELETE FROM selector WHERE bundle=?", (bundle,))
        db.execute("INSERT OR REPLACE INTO bundle VALUES(?,?)", (bundle, int(keyed)))
    db.executemany(
        "INSERT INTO selector VALUES(?,?,?,?,?,?,?,?,?,?)",
        (
            (one.bundle, one.key, one.kind, one.service, one.shown, json.dumps(one.names), one.count, one.first, one.last,
             json.dumps(one.items))
            for one in rows
        ),
    )  # fmt: skip


def _links(db: sqlite3.Connection) -> Iterator[Link]:
    rows = db.execute(
        "SELECT s.* FROM selector s JOIN (SELECT key FROM selector GROUP BY key HAVING count(*) > 1) k ON k.key=s.key"
        " ORDER BY s.kind, s.key, s.bundle"
    ).fetchall()
    sides: dict[str, list[Selector]] = {}
    for bundle, key, kind, service, shown, names, count, first, last, items in rows:
        one = Selector(bundle, key, kind, service, shown, json.loads(names), count, first, last, json.loads(items))
        sides.setdefault(key, []).append(one)
    for same in sides.values():
        kind, service = same[0].kind, same[0].service
        of = f" of {service}" if service else ""
        yield Link(kind, STRENGTH.get(kind, "weak"), f"the same {kind}{of} in {len(same)} bundles", tuple(same))


def link_lines(matches: Sequence[Link], candidates: Sequence[Link]) -> Iterator[str]:
    """The links in words."""
    yield f"{len(matches)} equal, {len(candidates)} to look at. Equal accounts do not show who used them."
    for title, found in (("EQUAL", matches), ("TO LOOK AT (names prove nothing)", candidates)):
        if found:
            yield ""
            yield title
        for one in found:
            shown = next((side.shown for side in one.sides if side.shown), "(keyed)")
            yield f"{one.kind} {shown}: {one.reason}; {one.strength}"
            for side in one.sides:
                span = f"{side.first or '—'} to {side.last or '—'}"
                yield f"    {side.bundle}: {side.count} items, {span}; {', '.join(side.items[:5])}{' …' if side.count > 5 else ''}"
            yield from (f"    {conflict}" for conflict in one.conflicts)
