"""Plain messages loaded in columns: those rows of a chunk of which a parser can say all that is said in one go.

A second way beside `loading._load`, only for what the case says nothing particular of; all else is loaded one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Protocol, TypeVar, runtime_checkable

from plainrecord.bundle.contents import Chosen, Many
from plainrecord.errors import AccountingError
from plainrecord.parsers import Claim
from plainrecord.parsers.base import InColumns
from plainrecord.records import Alike

Made_co = TypeVar("Made_co", covariant=True)
# A row of the case, as `loading` reads it.
Stored = tuple[Any, ...]
_AT_LOCATOR, _AT_NUMBER, _AT_GAP, _AT_COPIES, _AT_MEMBER = 2, 5, 6, 8, 9
# What rows that are filled in together share: whose they are, the rule, the conversation.
_shared = itemgetter(3, 4, 7)


@runtime_checkable
class UseOfMany(Protocol[Made_co]):
    """Makes something of rows with their content, and of messages that were loaded in columns among them."""

    def of_many(self, many: Sequence[Many], rows: Iterable[Any], talks: Mapping[int, Any], /) -> Iterator[Made_co]: ...


def load_many(
    parser: InColumns, claim: Claim, chunk: Sequence[Stored], member: int | None, place: Callable[[Stored], Chosen]
) -> tuple[list[Many], list[Stored]]:
    """The rows of a chunk that can be loaded in columns, and those that cannot.

    `member` is the number of the claim's principal member, `place` gives a row with its place. Raises AccountingError when
    the parser gives back what was not asked for.
    """
    asked = [row for row in chunk if row[_AT_MEMBER] == member and not row[_AT_GAP] and not row[_AT_COPIES]]
    many: list[Many] = []
    taken: set[int] = set()
    for places, said in parser.load_alike(claim, [row[_AT_LOCATOR] for row in asked]):
        rows = [asked[at] for at in places]
        if not taken.isdisjoint(places) or [row[_AT_LOCATOR] for row in rows] != list(said.locators):
            raise AccountingError(f"{claim.title}: a record was loaded that was not asked for. Nothing was sealed.")
        taken.update(places)
        many += _shared_out(rows, said, place)
    loaded = {id(asked[at]) for at in taken}
    return many, [row for row in chunk if id(row) not in loaded]


def _shared_out(rows: Sequence[Stored], said: Alike, place: Callable[[Stored], Chosen]) -> Iterator[Many]:
    """Messages alike in the export, by what the case says of them."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for at, key in enumerate(map(_shared, rows)):
        groups.setdefault(key, []).append(at)
    for places in groups.values():
        numbers = [rows[at][_AT_NUMBER] for at in places]
        yield Many(place(rows[places[0]]), numbers, said if len(groups) == 1 else said.at(places))
