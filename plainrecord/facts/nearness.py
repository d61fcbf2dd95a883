"""P3, P4, P5, P14: most contacts in a window, runs close together, turns without a reply, gaps and restarts.

Source of the formulas: the domain reference, section 3.3. Exact, in one pass each over sorted instants.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from plainrecord.facts.contacts import Contacts
from plainrecord.facts.fact import Fact, Items, item_name
from plainrecord.facts.parameters import Parameters
from plainrecord.facts.table import Table
from plainrecord.times import format_utc

_MINUTE_US = 60_000_000
_HOUR_US = 60 * _MINUTE_US
_DAY_US = 24 * _HOUR_US


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
    best, begins, first = 0, 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= width:
            first += 1
        if last - first + 1 > best:
            best, begins = last - first + 1, first
    return best, begins


def runs(contacts: Contacts, parameters: Parameters) -> Fact:
    """P4: maximal runs in which no two neighbours are further apart than the parameter, of at least its size."""
    found = [
        {
            "from_utc": contacts.utc(start),
            "to_utc": contacts.utc(end),
            "contacts": end - start + 1,
            "channels": sorted({contacts.shapes[one].channel for one in set(contacts.ids[start : end + 1])}),
            "items": contacts.items[start : end + 1],
        }
        for start, end in close_together(contacts.times, parameters.run_minutes * _MINUTE_US, parameters.run_size)
    ]
    return Fact(
        "P4",
        "Runs close together",
        "Contacts of which each follows the one before within the parameter's minutes, and at least its size in number.",
        {"runs": found},
        {"most_minutes_between": parameters.run_minutes, "least_size": parameters.run_size},
        contacts.left_out,
        Items([number for run in found for number in run["items"].numbers]),  # type: ignore[attr-defined]
        "Where an export gives whole minutes, several contacts bear one time. Each message counts once, as it is stored.",
    )


def close_together(times: Sequence[int], most: int, least: int) -> list[tuple[int, int]]:
    """(first, last) index of each maximal run of at least `least` ascending instants whose neighbours are at most `most` apart."""
    breaks = [at for at, (before, after) in enumerate(pairwise(times), 1) if after - before > most]
    ends = pairwise((0, *breaks, len(times)))
    return [(start, end - 1) for start, end in ends if end - start >= max(least, 1)]


class _Turn(NamedTuple):
    """The subject's contacts between two of the owner's; `reply_us` is that of the latter, None for none."""

    first_us: int
    numbers: list[int]
    last_us: int
    reply_us: int | None


def without_reply(table: Table, parameters: Parameters) -> Fact:
    """P5: turns of the subject (contacts in one conversation with none of the owner's between), and those without a reply."""
    turns, undated = _turns(table)
    # Of a turn so late that the days of a reply were not over, nobody knows whether one came.
    ends = table.times[table.by_time[-1]] if table.by_time else 0
    within = parameters.reply_days * _DAY_US
    unanswered = [one for one in turns if one.reply_us is None or one.reply_us - one.last_us > within]
    longest = max(turns, key=lambda one: (len(one.numbers), -one.first_us), default=None)
    lasting = max(turns, key=lambda one: (one.last_us - one.first_us, -one.first_us), default=None)
    value = {
        "turns": len(turns),
        "turns_without_reply": len(unanswered),
        "of_these_too_late_to_tell": sum(one.reply_us is None and one.last_us + within > ends for one in unanswered),
        "longest_by_number": _shown(longest),
        "longest_by_time": _shown(lasting),
    }
    return Fact(
        "P5",
        "Messages without a reply",
        "A turn is the subject's contacts in one conversation with none of the owner's between them; a reply is the owner's next"
        " contact in that conversation within the parameter's days.",
        value,
        {"reply_within_days": parameters.reply_days},
        {"without a usable time": undated},
        Items([number for one in unanswered for number in one.numbers]),
        "Advisers often recommend not to reply.",
    )


def _turns(table: Table) -> tuple[list[_Turn], int]:
    """All turns in order of time, and how many contacts had no time."""
    shapes, ids, times, numbers = table.shapes, table.ids, table.times, table.numbers
    either = [one.is_contact and (one.to_owner or one.to_subject) for one in shapes]
    to_owner = [one.to_owner for one in shapes]
    talks: dict[str, list[int]] = {}
    talk_of = [talks.setdefault(one.conversation, []) for one in shapes]
    for at in table.dated(either):
        talk_of[ids[at]].append(at)
    turns: list[_Turn] = []
    for talk in talks.values():
        sides = bytes([to_owner[ids[at]] for at in talk])
        start = sides.find(1)
        while start >= 0:
            end = sides.find(0, start)
            block = talk[start : end if end >= 0 else len(talk)]
            reply = times[talk[end]] if end >= 0 else None
            turns.append(_Turn(times[block[0]], [numbers[at] for at in block], times[block[-1]], reply))
            start = sides.find(1, end) if end >= 0 else -1
    turns.sort(key=lambda one: (one.first_us, one.numbers))
    dated = sum(map(len, talks.values()))
    return turns, len(table.kept(either)) - dated


def _shown(turn: _Turn | None) -> dict[str, Any] | None:
    if turn is None:
        return None
    return {
        "contacts": len(turn.numbers),
        "from_utc": format_utc(turn.first_us),
        "to_utc": format_utc(turn.last_us),
        "items": Items(turn.numbers),
    }


def gaps(contacts: Contacts, parameters: Parameters) -> Fact:
    """P14: silences of at least the parameter's days between two contacts, with the contact on either side."""
    least = parameters.gap_days * _DAY_US
    found = [
        {
            "days": (after - before) // _DAY_US,
            "from_utc": contacts.utc(at - 1),
            "to_utc": contacts.utc(at),
            "before": item_name(contacts.numbers[at - 1]),
            "after": item_name(contacts.numbers[at]),
        }
        for at, (before, after) in enumerate(pairwise(contacts.times), 1)
        if after - before >= least
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
