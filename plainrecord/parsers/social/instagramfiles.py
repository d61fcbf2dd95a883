"""Which file of an Instagram download is which: the table `instagramfiles.toml`, looked up by first key, then by name.

The first key of a file decides before its name, because neither a language nor a renaming changes it; what is a bare list
has only its name and folder. It reads no records.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from plainrecord.parsers.social.download import Aside, plain, shard
from plainrecord.parsers.social.metashape import first_key
from plainrecord.records import Kind

INSTAGRAM, THREADS = "instagram", "threads"


@dataclass(frozen=True, slots=True)
class Act:
    """What an entry of a file is. `family` is "act", "event" or "post"; `service` Instagram or Threads."""

    sheet: str
    family: str
    service: str
    kind: Kind
    by: str = ""
    who: str = "value"
    text: bool = False
    marks: tuple[str, ...] = ()
    undated: bool = False


@dataclass(frozen=True, slots=True)
class _Table:
    acts: dict[str, Act]
    by_key: dict[str, str]
    by_name: dict[str, str]
    nesting: dict[str, tuple[str, ...]]
    only: frozenset[str]
    only_keys: tuple[str, ...]
    aside: dict[str, str]
    aside_keys: dict[str, str]
    old_aside: frozenset[str]


def acts() -> Mapping[str, Act]:
    """Every kind of list, by the name of its sheet."""
    return _table().acts


def sheet_of(path: str, head: bytes) -> str | None:
    """The sheet of a list at `path` below the root of its download; None for what is no list of the table."""
    table = _table()
    key = first_key(head)
    if key in table.by_key:
        return table.by_key[key]
    service = THREADS if in_threads(path) else INSTAGRAM
    return next((sheet for name in _names(path) if (sheet := table.by_name.get(f"{service}:{name}"))), None)


def aside_of(path: str, head: bytes) -> Aside | None:
    """What a file no record is taken from holds, by the most particular folder or name, then by its first key."""
    table = _table()
    folded = [plain(step) for step in path.split("/")]
    folded[-1] = shard(path.rpartition("/")[2])[0]
    for end in range(len(folded), 0, -1):
        for start in range(end):
            if says := table.aside.get("/".join(folded[start:end])):
                return Aside(says)
    key = first_key(head)
    return next((Aside(says) for start, says in table.aside_keys.items() if key.startswith(start)), None)


def in_threads(path: str) -> bool:
    """Whether a file stands in the folder of the Threads app. Its lists have the names of Instagram's."""
    return "threads" in (plain(step) for step in path.split("/")[:-1])


def tail_of(path: str) -> str | None:
    """The part of a tree path that belongs to the layout of a download; None where its folder is no folder of one.

    Trap: what stands in front may be anything, even a folder with a name of the layout.
    """
    nesting = _table().nesting
    steps = path.split("/")
    at = len(steps) - 2
    if at < 0 or plain(steps[at]) not in nesting:
        # A thread's own folder has no fixed name.
        at -= 1
        if at < 0 or plain(steps[at]) not in _BOXES:
            return None
    while at > 0 and plain(steps[at - 1]) in nesting[plain(steps[at])]:
        at -= 1
    return "/".join(steps[at:])


_BOXES = frozenset(("inbox", "messagerequests", "broadcast", "aiconversations"))


def is_only_instagram(tail: str, head: bytes) -> bool:
    """Whether a file shows that the download around it is Instagram's: by a folder of its own, or by its first key."""
    table = _table()
    if first_key(head).startswith(table.only_keys):
        return True
    return tail.endswith((".json", ".html")) and any(plain(step) in table.only for step in tail.split("/")[:-1])


def is_old_aside(name: str) -> bool:
    """A file at the top of a download up to 2020 that has none."""
    return plain(name) in _table().old_aside


def _names(path: str) -> Iterator[str]:
    """How a file may be named in the table: with its folder, or by its name alone where it stands in none."""
    folder, _, name = path.rpartition("/")
    bare = shard(name)[0]
    yield f"{plain(folder.rpartition('/')[2])}/{bare}"
    if not folder:
        yield f"/{bare}"


@cache
def _table() -> _Table:
    said = tomllib.loads(files(__package__).joinpath("instagramfiles.toml").read_text("utf-8"))
    made: dict[str, Act] = {}
    by_key: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for family in ("act", "event", "post"):
        for name, row in said[family].items():
            for act in _acts(family, name, row):
                made[act.sheet] = act
                threads = act.service == THREADS
                by_key |= dict.fromkeys(row.get("threads" if threads else "keys", ()), act.sheet)
                named = row.get("threads_files", _twins(row)) if threads else row["files"]
                by_name |= dict.fromkeys(_spelt(act.service, named, said["same"]), act.sheet)
    return _Table(
        made,
        by_key,
        by_name,
        {plain(name): tuple(map(plain, above)) for name, above in said["nesting"].items()},
        frozenset(map(plain, said["only"]["folders"])),
        tuple(said["only"]["keys"]),
        {plain(name): says for name, says in said["aside"].items()},
        said["aside-keys"],
        frozenset(map(plain, said["old"]["aside"])),
    )


def _acts(family: str, name: str, row: dict[str, Any]) -> Iterator[Act]:
    for service in (INSTAGRAM, *((THREADS,) if "threads" in row else ())):
        sheet = name if service == INSTAGRAM else f"threads-{name}"
        kind: Kind = row.get("kind", "post")
        by, who, marks = row.get("by", ""), row.get("who", "value"), tuple(row.get("marks", ()))
        yield Act(
            sheet, family, service, kind, by, who, row.get("text", False), marks, undated=row.get("undated", False)
        )


def _twins(row: dict[str, Any]) -> list[str]:
    return [f"threads/{name.rpartition('/')[2]}" for name in row["files"]]


def _spelt(service: str, named: Iterable[str], same: dict[str, list[str]]) -> Iterator[str]:
    for path in named:
        folder, _, name = path.partition("/")
        for one in same.get(folder, [folder]):
            yield f"{service}:{plain(one)}/{plain(name)}"
        yield f"{service}:/{plain(name)}"
