"""Check a custody log line by line: is every entry unchanged, in its place, and complete?

Every problem is a value with its line number and one sentence. Lines are read one at a time and may come from a hostile
file: length, depth and the number of remembered ids are bounded. A whole log can be rewritten by whoever holds it, so a
clean check means something only together with a head hash or seal that was written down elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal, TypeAlias

from pydantic import ValidationError

from plainrecord.custody.canonical import NotCanonicalError, canonical
from plainrecord.custody.events import GENESIS, Event, describe

ProblemKind: TypeAlias = Literal[
    "too-long", "not-json", "not-canonical", "changed", "not-following", "sequence", "schema", "duplicate-id",
    "not-opened", "truncated", "too-many",
]  # fmt: skip

LONGEST_LINE = 16 * 1024 * 1024
MOST_IDS = 1_000_000
MOST_PROBLEMS = 1_000
_HASH = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class ChainProblem:
    """One thing that is wrong. `line` is 1-based; `says` is one sentence for a person."""

    line: int
    kind: ProblemKind
    says: str

    def __str__(self) -> str:
        return f"Custody log, line {self.line}: {self.says}"


def check_chain(lines: Iterable[bytes | str], start: str = GENESIS) -> list[ChainProblem]:
    """Every problem of a log, in order; [] when there is none. `start` is the first line's `prev_hash` (a log that goes
    on after sealing starts from the seal hash). At most 1,000 problems are listed, then one saying that there are more;
    repeated ids are looked for among the first million entries.
    """
    found: list[ChainProblem] = []
    for problem in ChainCheck(start).problems(lines):
        if len(found) == MOST_PROBLEMS:
            return [*found, ChainProblem(problem.line, "too-many", "There are more problems from here on.")]
        found.append(problem)
    return found


def read_lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a log file with their line ends, none longer than the limit: of a longer one only the beginning is
    given, which the check then reports."""
    while line := stream.readline(LONGEST_LINE + 2):
        yield line
        while not line.endswith(b"\n") and (line := stream.readline(LONGEST_LINE)):
            pass


class ChainCheck:
    """The state of a check. After `problems` is exhausted, `seq`, `head` and `bundle_id` are those of the last line."""

    def __init__(self, start: str = GENESIS) -> None:
        self.seq = 0
        self.head = start
        self._start = start
        self._known: str | None = start
        self._ids: set[bytes] = set()

    def problems(self, lines: Iterable[bytes | str]) -> Iterator[ChainProblem]:
        """Check lines in order, with or without line ends, and yield what is wrong with each."""
        number, ended, last_ended = 0, False, True
        for number, line in enumerate(lines, 1):
            raw = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
            last_ended = raw.endswith(b"\n")
            ended = ended or last_ended
            yield from self._line(number, raw.removesuffix(b"\n"))
        if ended and not last_ended:
            yield ChainProblem(number, "truncated", "The last line has no line end: the log may have been cut off.")

    def _line(self, number: int, raw: bytes) -> Iterator[ChainProblem]:
        if len(raw) > LONGEST_LINE:
            self._lose_track()
            yield ChainProblem(number, "too-long", "The line is longer than 16 MiB and was not read.")
            return
        value = _parsed(raw)
        if value is None:
            self._lose_track()
            yield ChainProblem(number, "not-json", "The line is not a complete JSON object: it was cut off or changed.")
            return
        for kind, says in (*self._own(raw, value), *self._place(value), *self._schema(raw, value)):
            yield ChainProblem(number, kind, says)
        self._move_on(value)

    def _own(self, raw: bytes, value: dict[str, object]) -> Iterator[tuple[ProblemKind, str]]:
        """Is the line itself as it was written?"""
        try:
            if canonical(value) != raw:
                yield "not-canonical", "The line is not in canonical form: it was written or changed by something else."
            computed = hash_of_line(value)
        except NotCanonicalError as error:
            yield "not-canonical", f"The line has no canonical form. {error}"
            return
        if value.get("this_hash") != computed:
            yield "changed", f"The line was changed after it was written: its hash is {computed}, not what it states."

    def _place(self, value: dict[str, object]) -> Iterator[tuple[ProblemKind, str]]:
        """Does it stand where it was written?"""
        if self.seq == 0 and self._start == GENESIS and value.get("type") != "log.opened":
            yield "not-opened", "The log does not begin with “log.opened”: its beginning is missing."
        if self._known is not None and value.get("prev_hash") != self._known:
            yield (
                "not-following",
                "The line does not follow the one before: a line was removed, added, moved or rewritten here.",
            )
        if value.get("seq") != self.seq + 1:
            yield "sequence", f"The line has the number {_short(value.get('seq'))} where {self.seq + 1} was expected."

    def _schema(self, raw: bytes, value: dict[str, object]) -> Iterator[tuple[ProblemKind, str]]:
        """Does it say everything its type must say, under an id of its own?"""
        try:
            Event.model_validate_json(raw)
        except ValidationError as error:
            yield "schema", f"The entry is not complete: {describe(error)[:500]}."
        key = hashlib.sha256(repr(value.get("event_id")).encode("utf-8", "surrogatepass")).digest()[:16]
        if key in self._ids:
            yield "duplicate-id", "The entry has the id of an earlier one."
        elif len(self._ids) < MOST_IDS:
            self._ids.add(key)

    def _move_on(self, value: dict[str, object]) -> None:
        # What the line states is carried on, so that one change is reported once and not on every later line.
        seq, stated = value.get("seq"), value.get("this_hash")
        self.seq = seq if isinstance(seq, int) and not isinstance(seq, bool) else self.seq + 1
        self._known = stated if isinstance(stated, str) and _HASH.match(stated) else None
        self.head = self._known or ""

    def _lose_track(self) -> None:
        self.seq, self._known, self.head = self.seq + 1, None, ""


def hash_of_line(event: dict[str, object]) -> str:
    """SHA-256 (lower-case hex) of the canonical JSON of an event without its `this_hash`."""
    return hashlib.sha256(canonical({key: event[key] for key in event if key != "this_hash"})).hexdigest()


def _parsed(raw: bytes) -> dict[str, object] | None:
    try:
        value = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _short(value: object) -> str:
    return str(value)[:20] if isinstance(value, (int, str)) and not isinstance(value, bool) else "that is none"
