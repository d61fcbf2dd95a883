"""P3, P4, P5, P14: most contacts in a window, runs close together, turns without a reply, gaps and restarts.

Source of the formulas: the domain reference, section 3.3. Exact, in one pass each over sorted instants.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, compress, islice, pairwise
from operator import attrgetter
from typing import Any

from plainrecord.facts.contacts import Contacts
from plainrecord.facts.fact import Fact, Items, item_name
from plainrecord.facts.parameters import Parameters
from plainrecord.facts.table import Dated, Table
from plainrecord.times import format_utc

_MINUTE_US = 60_000_000
_HOUR_US = 60 * _MINUTE_US
_DAY_US = 24 * _HOUR_US
_CHANNEL = attrgetter("channel")


def most_in_a_window(contacts: Contacts, parameters: Parameters) -> Fact:
    """P3: for each length w the largest number of contacts with t_i ≤ t < t_i + w, and the earliest window that has it."""
    windows = []
    for hours in parameters.window_hours:
        count, start = densest(contacts.times, hours * _HOUR_US)
        windows.append(
            {
                "hours": hours,
                "contacts": count,
                "from_utc": contacts.utc(start) if count else None,
                "items": contacts.items[start : start + count],
            }
        )
    return Fact(
        "P3",
        "Most in any period",
        "The most contacts in any window of that length that begins with a contact; the end of a window is not part of it.",
        {"windows": windows},
        {"hours": list(parameters.window_hours)},
        contacts.left_out,
        contacts.items,
    )


def densest(times: Sequence[int], width: int) -> tuple[int, int]:
    """(largest number of instants in a half-open window of `width` microseconds, index of its first), for ascending instants."""
    best = first = 0
    # Only a window that holds one more than the best so far is of interest: `after` is always as many ahead.
    after = iter(times)
    for start, (at, beyond) in enumerate(zip(times, after, strict=False)):
        if beyond - at < width:
            count = bisect_left(times, at + width, start + best) - start
            next(islice(after, count - best, count - best), None)
            best, first = count, start
    return best, first


def runs(contacts: Contacts, parameters: Parameters) -> Fact:
    """P4: maximal runs in which no two neighbours are further apart than the parameter, of at least its size."""
    stretches = close_together(contacts.times, parameters.run_minutes * _MINUTE_US, parameters.run_size)
    found = [
        {
            "from_utc": contacts.utc(start),
            "to_utc": contacts.utc(end),
            "contacts": end - start + 1,
            "channels": sorted(contacts.several(_CHANNEL, start, end + 1)),
            "items": contacts.items[start : end + 1],
        }
        for start, end in stretches
    ]
    return Fact(
        "P4",
        "Runs close together",
        "Contacts of which each follows the one before within the parameter's minutes, and at least its size in number.",
        {"runs": found},
        {"most_minutes_between": parameters.run_minutes, "least_size": parameters.run_size},
        contacts.left_out,
        Items(array("Q", chain.from_iterable(contacts.numbers[start : end + 1] for start, end in stretches))),
        "Where an export gives whole minutes, several contacts bear one time. Each message counts once, as it is stored.",
    )


def breaks(times: Sequence[int], most: int) -> list[int]:
    """The index of each of ascending instants that is more than `most` later than the one before it."""
    later = iter(times)
    next(later, None)
    return [at for at, (before, after) in enumerate(zip(times, later, strict=False), 1) if after - before > most]


def close_together(times: Sequence[int], most: int, least: int) -> list[tuple[int, int]]:
    """(first, last) index of each maximal run of at least `least` ascending instants whose neighbours are at most `most` apart."""
    ends = pairwise((0, *breaks(times, most), len(times)))
    return [(start, end - 1) for start, end in ends if end - start >= max(least, 1)]


@dataclass(slots=True)
class _Turns:
    """The subject's contacts in one conversation between two of the owner's: a row each, in order of time.

    Contacts are places in `dated`. `replies` are the owner's contacts that end each turn, None where none does; `turn_of` says
    of every contact in which turn it is, -1 for the owner's.
    """

    dated: Dated
    undated: int
    firsts: list[int] = field(default_factory=list)
    lasts: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    replies: list[int | None] = field(default_factory=list)
    turn_of: list[int] = field(default_factory=list)

    def items(self, flags: Sequence[bool]) -> Items:
        """The contacts of all turns whose flag is set, turn by turn."""
        chosen = compress(range(len(self.turn_of)), map([*flags, False].__getitem__, self.turn_of))
        return Items([self.dated.numbers[place] for place in sorted(chosen, key=self.turn_of.__getitem__)])

    def one(self, turn: int) -> dict[str, Any]:
        """A turn as it is shown."""
        first, last = self.firsts[turn], self.lasts[turn]
        times, numbers = self.dated.times, self.dated.numbers
        return {
            "contacts": self.sizes[turn],
            "from_utc": format_utc(times[first]),
            "to_utc": format_utc(times[last]),
            "items": Items([numbers[place] for place in range(first, last + 1) if self.turn_of[place] == turn]),
        }


def without_reply(table: Table, parameters: Parameters) -> Fact:
    """P5: turns of the subject (contacts in one conversation with none of the owner's between), and those without a reply."""
    turns = _turns(table)
    times = turns.dated.times
    # Of a turn so late that the days of a reply were not over, nobody knows whether one came.
    ends = table.times[table.by_time[-1]] if table.by_time else 0
    within = parameters.reply_days * _DAY_US
    pairs = list(zip(turns.lasts, turns.replies, strict=True))
    late = [reply is None or times[reply] - times[last] > within for last, reply in pairs]
    lengths = [times[last] - times[first] for first, last in zip(turns.firsts, turns.lasts, strict=True)]
    value = {
        "turns": len(pairs),
        "turns_without_reply": sum(late),
        "of_these_too_late_to_tell": sum(reply is None and times[last] + within > ends for last, reply in pairs),
        # Of several the first.
        "longest_by_number": turns.one(turns.sizes.index(max(turns.sizes))) if pairs else None,
        "longest_by_time": turns.one(lengths.index(max(lengths))) if pairs else None,
    }
    return Fact(
        "P5",
        "Messages without a reply",
        "A turn is the subject's contacts in one conversation with none of the owner's between them; a reply is the owner's next"
        " contact in that conversation within the parameter's days.",
        value,
        {"reply_within_days": parameters.reply_days},
        {"without a usable time": turns.undated},
        turns.items(late),
        "Advisers often recommend not to reply.",
    )


def _turns(table: Table) -> _Turns:
    shapes = table.shapes
    either = [one.is_contact and (one.to_owner or one.to_subject) for one in shapes]
    dated = table.dated(either)
    found = _Turns(dated, table.number(either) - len(dated.times))
    firsts, lasts, sizes, replies = found.firsts, found.lasts, found.sizes, found.replies
    talks: dict[str, int] = {}
    talk_of = [talks.setdefault(one.conversation, len(talks)) for one in shapes]
    by_subject = [one.to_owner for one in shapes]
    # In each conversation the turn that is open, -1 for none.
    current = [-1] * len(talks)
    for place, one in enumerate(dated.ids):
        talk = talk_of[one]
        turn = current[talk]
        if not by_subject[one]:
            if turn >= 0:
                replies[turn] = place
                turn = current[talk] = -1
        elif turn < 0:
            turn = current[talk] = len(firsts)
            firsts.append(place)
            lasts.append(place)
            sizes.append(1)
            replies.append(None)
        else:
            lasts[turn] = place
            sizes[turn] += 1
        found.turn_of.append(turn)
    return found


def gaps(contacts: Contacts, parameters: Parameters) -> Fact:
    """P14: silences of at least the parameter's days between two contacts, with the contact on either side."""
    least = parameters.gap_days * _DAY_US
    found = [
        {
            "days": (contacts.times[at] - contacts.times[at - 1]) // _DAY_US,
            "from_utc": contacts.utc(at - 1),
            "to_utc": contacts.utc(at),
            "before": item_name(contacts.numbers[at - 1]),
            "after": item_name(contacts.numbers[at]),
        }
        for at in breaks(contacts.times, least - 1)
    ]
    return Fact(
        "P14",
        "Gaps and restarts",
        "Between two contacts at least the parameter's days (of 24 hours) apart.",
        {"gaps": found},
        {"least_days": parameters.gap_days},
        contacts.left_out,
        [item for gap in found for item in (gap["before"], gap["after"])],  # type: ignore[misc]
        "A gap may be one of the exports: see the coverage.",
    )
