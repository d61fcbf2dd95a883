"""What all tables of one Reddit export share: the owner, who is in which chat, which rows only the tables of headers have.

Learned before the first record and kept in the claim's facts. Memory: the ids of rows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from plainrecord.errors import PlainrecordError
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.jsonchat import utc_text
from plainrecord.parsers.chat.lines import decoded, encoding_of, without_end
from plainrecord.parsers.chat.pieces import head_of, no_time
from plainrecord.parsers.chat.textrows import Row, cells, header_of, table_rows
from plainrecord.parsers.social.download import files_of
from plainrecord.records import Account, Decision
from plainrecord.times import Meaning, TimeBlock

SERVICE = "reddit"
DELETED = "[deleted]"

_UTC = re.compile(r"\s*UTC\Z")
_FOLDER = re.compile(r"export_(.+)_[0-9]{8}(?:\.zip)?\Z")


@dataclass(slots=True)
class Export:
    """The scene of one export. `threads` are ids of messages that others name as the beginning of their thread."""

    owner: Account | None = None
    gaps: frozenset[str] = frozenset()
    threads: frozenset[str] = frozenset()
    rooms: dict[str, list[str]] = field(default_factory=dict)
    met: set[bytes] = field(default_factory=set)
    repeats: int = 0

    def is_repeat(self, named: Mapping[str, str]) -> bool:
        """Whether a message was read before: those of one table may stand in the table of the archive again."""
        if not named.get("id"):
            return False
        told = hashlib.sha256(json.dumps(dict(named), sort_keys=True).encode()).digest()
        again = told in self.met
        self.repeats += again
        self.met.add(told)
        return again

    def account(self, name: str) -> Account | None:
        """An account by its name; none for one that was deleted."""
        bare = name.strip().removeprefix("/")
        bare = bare.removeprefix("u/")
        if not bare or bare == DELETED:
            return None
        if self.owner and bare.casefold() == self.owner.value.casefold():
            return self.owner
        return Account(SERVICE, "handle", bare)


def scene_of(claim: Claim) -> Export:
    """The scene as `prepare` left it in the claim."""
    facts = claim.facts
    owner = facts.get("owner", "")
    return Export(
        Account(SERVICE, "handle", owner) if owner else None,
        frozenset(json.loads(facts.get("gaps", "[]"))),
        frozenset(json.loads(facts.get("threads", "[]"))),
        json.loads(facts.get("rooms", "{}")),
    )


def prepare(claim: Claim) -> None:
    """Learn all of it, and say what had to be decided."""
    rooms: dict[str, dict[str, None]] = {}
    for row in rows_of(claim, "chats"):
        if name := row.get("username", ""):
            rooms.setdefault(row.get("channel_url", ""), {})[name] = None
    claim.facts["rooms"] = json.dumps({key: list(names) for key, names in rooms.items()})
    gaps = [gap for kind in ("messages", "comments", "posts") for gap in _gaps(claim, kind)]
    claim.facts["gaps"] = json.dumps(gaps)
    if gaps:
        basis = "the tables of headers list them and no other table holds them; they are records without text"
        claim.decisions.append(Decision("reddit:rows-without-text", f"{len(gaps)} found", basis))
    ids = {row.get("id", "") for row in rows_of(claim, "messages")}
    named = {row.get("thread_id", "") for row in rows_of(claim, "messages")}
    claim.facts["threads"] = json.dumps(sorted((ids & named) - {""}))
    _settle_owner(claim)


def rows_of(claim: Claim, sheet: str) -> Iterator[Mapping[str, str]]:
    """Every whole row of a sheet's tables, by column name. What cannot be read says so when its records are read."""
    for member in files_of(claim, sheet):
        with suppress(OSError, PlainrecordError):
            encoding, names = encoding_of(head_of(claim, member)), list[str]()
            for row in table_rows(claim, member, encoding):
                if isinstance(row, Row) and not names:
                    names = header_of(row.raw, encoding)
                elif isinstance(row, Row) and row.closed:
                    yield dict(zip(names, cells(without_end(decoded(row.raw, encoding)[0])), strict=False))


def time_of(text: str, where: str, meaning: Meaning = "sent") -> TimeBlock:
    """A time as Reddit writes it: with UTC behind it, or documented as UTC."""
    said = text.strip()
    if not said:
        return no_time(None, where)
    if _UTC.search(said):
        return replace(utc_text(_UTC.sub("Z", said), where, meaning), ts_raw=text[:100])
    return utc_text(said, where, meaning)


def _gaps(claim: Claim, kind: str) -> list[str]:
    """Rows that only the table of headers has, as “kind:id”."""
    headers = [row.get("id", "") for row in rows_of(claim, f"{kind}-headers")]
    if not headers:
        return []
    whole = {row.get("id", "") for row in rows_of(claim, kind)}
    return [f"{kind}:{one}" for one in dict.fromkeys(headers) if one and one not in whole]


def _settle_owner(claim: Claim) -> None:
    """Whose export it is: its statistics, else the name of its folder, else who is on one side of every message."""
    for row in rows_of(claim, "statistics"):
        if row.get("statistic", "").strip().casefold() == "account name" and row.get("value", "").strip():
            claim.facts["owner"] = row["value"].strip()
            return
    named = _FOLDER.fullmatch(claim.title)
    pairs = [{row.get("from", ""), row.get("to", "")} - {DELETED, ""} for row in rows_of(claim, "messages")]
    shared = set.intersection(*pairs) if pairs else set()
    said = [name for name in claim.options.owner_names if any(name in pair for pair in pairs)]
    others = set().union(*pairs) - shared
    if said or named:
        one, basis = (said[0], "as said") if said else (named[1], "the name of the export") if named else ("", "")
        claim.facts["owner"] = one
        claim.decisions.append(Decision("reddit:owner", one, basis, certain=bool(said)))
    elif len(shared) == 1 and len(others) > 1:
        claim.facts["owner"] = min(shared)
        basis = f"statistics.csv is not here; the only account in all {len(pairs)} messages"
        claim.decisions.append(Decision("reddit:owner", min(shared), basis, certain=False))
    else:
        basis = "statistics.csv is not here or does not say"
        claim.decisions.append(Decision("reddit:owner", "not known", basis, certain=False))
