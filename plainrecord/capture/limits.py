"""How much a browser may send, how often, and how much room the disk must keep."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from plainrecord.parsers.capturemanifest import MOST_PARTS


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that a browser is told. `reserve_bytes` is the room a capture must leave on the disk."""

    chunk_bytes: int = 8 << 20
    part_bytes: int = 512 << 20
    parts: int = MOST_PARTS
    manifest_bytes: int = 4 << 20
    reserve_bytes: int = 200 << 20

    def as_json(self) -> dict[str, int]:
        """The object of the answers."""
        return asdict(self)


# A capture of six hundred small parts is sent in some 1,200 requests within seconds; a program that guesses asks more often.
REQUESTS = 3_000
WITHIN_SECONDS = 10.0
WRONG_TOKENS = 20
WRONG_WITHIN_SECONDS = 60.0
BODY_SECONDS = 60.0
QUESTION_BYTES = 4096


@dataclass(slots=True)
class Rate:
    """At most `most` events within some seconds; `ticks` is a clock that only goes forward."""

    most: int
    within: float
    ticks: Callable[[], float]
    _when: deque[float] = field(default_factory=deque, init=False)

    def full(self) -> bool:
        """Whether one more would be too many now."""
        while self._when and self._when[0] <= self.ticks() - self.within:
            self._when.popleft()
        return len(self._when) >= self.most

    def count(self) -> None:
        """One more. No more are remembered than are needed."""
        self._when.append(self.ticks())
        while len(self._when) > self.most:
            self._when.popleft()
