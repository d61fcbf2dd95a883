"""What every form of export shares: the choices a person has, and the account of what the form could not hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from plainrecord.exporting.reading import Bundle


@dataclass(slots=True)
class Tally:
    """How many items there were, how many rows or objects came of them, and what was left out of the form, by reason."""

    items: int = 0
    written: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Form:
    """One form: `write` gives the file's bytes piece by piece; without `content` no words of a message are among them."""

    name: str
    ending: str
    says: str
    write: Callable[[Bundle, Tally, bool], Iterator[bytes]]
