"""The contacts of one side with the other, in order, in the form the counting works on: parallel lists, sorted once.

`of` picks them: what the subject sent to the owner, or the other way round. Undated ones are kept apart and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from plainrecord.facts.events import Clock, Event
from plainrecord.times import format_utc


@dataclass
class Contacts:
    """Dated contact events of one side, ascending by instant and item; `undated` is how many had no usable time, `copies` how
    many are the same record again, `unsaid` how many of this side's records name nobody they were for."""

    events: Sequence[Event]
    clock: Clock
    undated: int = 0
    copies: int = 0
    unsaid: int = 0

    @classmethod
    def of(
        cls, events: Iterable[Event], clock: Clock, *, by_subject: bool = True, copies: Iterable[Event] = ()
    ) -> Contacts:
        """What the subject's accounts sent to the owner's, or (`by_subject` false) the owner's to the subject's."""
        events = list(events)
        chosen, again = (
            [one for one in found if one.is_contact and (one.to_owner if by_subject else one.to_subject)]
            for found in (events, copies)
        )
        dated = [one for one in chosen if one.utc_us is not None]
        dated.sort(key=lambda one: (one.utc_us, one.item))
        unsaid = sum(by_subject and one.is_contact and one.unsaid for one in events)
        return cls(dated, clock, len(chosen) - len(dated), len(again), unsaid)

    def __len__(self) -> int:
        return len(self.events)

    @cached_property
    def times(self) -> list[int]:
        """The instants, ascending."""
        return [one.utc_us or 0 for one in self.events]

    @cached_property
    def locals(self) -> list[datetime]:
        """The local wall-clock times, in the order of the events."""
        return [self.clock.local(at) for at in self.times]

    @cached_property
    def days(self) -> list[date]:
        """The local dates, in the order of the events."""
        return [moment.date() for moment in self.locals]

    @cached_property
    def items(self) -> list[str]:
        """All item numbers."""
        return [one.item for one in self.events]

    @property
    def left_out(self) -> dict[str, int]:
        """What no figure over time can use."""
        return {
            "without a usable time": self.undated,
            "copies of a record that is counted": self.copies,
            "to whom is not stated (most groups)": self.unsaid,
        }

    def utc(self, index: int) -> str:
        """The instant of one event, as text."""
        return format_utc(self.times[index])
