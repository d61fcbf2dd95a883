"""Which part of a date is the day: decided over the whole file by evidence, or asked; never guessed.

`decide` only weighs what a survey of the file collected; it reads nothing itself. Orders are written "DMY", "MDY",
"YMD" and, for a year in the middle, "MYD" and "DYM".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise

from plainrecord.parsers.base import NeedsAnswer
from plainrecord.parsers.chat.whatsapp_header import Written, written_date

_EPOCHS = {"r": 2018, "h": 1988, "s": 1925}
_BUDDHIST = range(2440, 2651)
_YEARS = range(1970, 2101)
# Two-digit years are of this century; the service began in 2009, which tells a year from a day where both could be meant.
_FIRST_YEAR = 9
_STEPS_BACK = 3
_REMEMBERED = 20_000
_FEW = 0.02
_IN_WORDS = ("January February March April May June July August September October November December").split()


@dataclass(slots=True)
class Seen:
    """One distinct date text of the file in the order of first appearance: how many headers carry it, and the first."""

    written: Written
    count: int
    sample: str


@dataclass(slots=True)
class DateEvidence:
    """What a survey collected. `walk` is the sequence of dates without direct repeats (bounded); `named` are dates that
    the names of media files state, with the date of the message they stand in; `not_after` bounds every date."""

    seen: dict[str, Seen] = field(default_factory=dict)
    walk: list[Written] = field(default_factory=list)
    named: list[tuple[Written, date]] = field(default_factory=list)
    not_after: date | None = None

    def note(self, text: str, sample: str) -> None:
        """One more line with a date; `sample` is its beginning. What is no date is left alone."""
        written = written_date(text)
        if written is None:
            return
        if text in self.seen or len(self.seen) < _REMEMBERED:
            self.seen.setdefault(text, Seen(written, 0, sample)).count += 1
        if len(self.walk) < _REMEMBERED and self.walk[-1:] != [written]:
            self.walk.append(written)


@dataclass(frozen=True, slots=True)
class Order:
    """The decision: `order` ("" when every month is a word), its basis in words, and whether evidence leaves no doubt."""

    order: str
    basis: str
    certain: bool = True


@lru_cache(maxsize=8192)
def calendar_date(written: Written, order: str) -> date | None:
    """The day a written date means under an order, or None when there is no such day or no year is written."""
    if written.named:
        year, month, day = written.named
        return _day(year, month, day) if year is not None else None
    if len(written.numbers) < 3 or len(order) != 3:
        return None
    parts = dict(zip(order, zip(written.numbers, written.widths, strict=True), strict=True))
    return _day(_year(*parts["Y"], written.era), parts["M"][0], parts["D"][0])


def _day(year: int | None, month: int, day: int) -> date | None:
    if year is None or year not in _YEARS:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(year: int, width: int, era: str) -> int:
    if era in _EPOCHS:
        return _EPOCHS[era] + year
    if era == "be" or year in _BUDDHIST:
        return year - 543
    return 2000 + year if width <= 2 else year


def undatable(written: Written) -> str:
    """Why a date can be placed under no order: "no-year", "calendar" (a year of a calendar that is not converted), or ""."""
    if written.named:
        return "" if written.named[0] is not None else "no-year"
    if len(written.numbers) < 3:
        return "no-year"
    years = [number for number, width in zip(written.numbers, written.widths, strict=True) if width > 2]
    known = any(year in _YEARS or year in _BUDDHIST for year in years)
    return "calendar" if years and not known else ""


def candidates(evidence: DateEvidence) -> tuple[str, ...]:
    """The orders that the place of the year leaves open ("" alone when months are words or there is no year)."""
    places: dict[int, int] = {}
    numeric = [seen for seen in evidence.seen.values() if len(seen.written.numbers) == 3]
    for seen in numeric:
        place = _year_place(seen.written)
        places[place] = places.get(place, 0) + seen.count
    if not places:
        return ("",)
    sure = {place: count for place, count in places.items() if place >= 0}
    place = max(sure, key=lambda key: (sure[key], -key)) if sure else -1
    return {0: ("YMD",), 1: ("DYM", "MYD"), 2: ("DMY", "MDY")}.get(place) or _short(numeric)


def _short(numeric: list[Seen]) -> tuple[str, ...]:
    """Three numbers of two digits. The year stands first only in Korean (“22. 3. 27.”), and in Basque and Nepali with “/”;
    there the first part changes less often than the last, which is how a year shows."""
    first, last = (len({seen.written.numbers[place] for seen in numeric}) for place in (0, 2))
    if all(seen.written.closed and seen.written.separator == "." for seen in numeric):
        return ("YMD",) if first <= last else ("YMD", "DMY")
    slashes = all(seen.written.separator == "/" for seen in numeric)
    return ("DMY", "MDY", "YMD") if slashes and first < last else ("DMY", "MDY")


def _year_place(written: Written) -> int:
    if written.era:
        return 2
    # A two-digit number over 31 shows nothing: no year of this service is, so it stands in a line that is no header.
    wide = [index for index, width in enumerate(written.widths) if width > 2]
    return wide[0] if len(wide) == 1 else -1


def decide(evidence: DateEvidence, said: str | None, file: str) -> Order:
    """The date order of a file. Raises NeedsAnswer when neither the file nor a person says it.

    Evidence in order of strength: a part that can be no month; dates in names of media files; the end of the archive's
    own time; dates that would run backwards; a separator that no country uses month first.
    """
    open_orders = candidates(evidence)
    if said == "YMD" and len(open_orders) == 2 and _year_may_lead(evidence):
        open_orders = (*open_orders, "YMD")
    if open_orders == ("",):
        return Order("", _unnumbered(evidence))
    total = sum(seen.count for seen in evidence.seen.values())
    right = {order: _dated(evidence, order) for order in open_orders}
    best = max(right.values())
    left = [order for order in open_orders if right[order] == best]
    found = _by_parts(evidence, left, right, total) if len(left) < len(open_orders) else None
    if len(open_orders) == 1:
        found = _by_parts(evidence, left, right, total) or Order(left[0], f"the year stands first; {_fields(evidence)}")
    if found is None and len(left) < len(open_orders) and len(left) > 1:
        open_orders = tuple(left)
    found = found or _by_hints(evidence, list(open_orders))
    if found:
        return _against(found, said, evidence)
    if said in open_orders:
        return Order(said or "", f"said by the person who ran this; {_fields(evidence)}")
    raise _question(evidence, open_orders, file)


def _year_may_lead(evidence: DateEvidence) -> bool:
    return all(max(seen.written.widths, default=4) <= 2 for seen in evidence.seen.values())


def _unnumbered(evidence: DateEvidence) -> str:
    if all(undatable(seen.written) == "no-year" for seen in evidence.seen.values()):
        return "no year is written in this file, so its times cannot be placed"
    return "months are written as words"


def _dated(evidence: DateEvidence, order: str) -> int:
    return sum(seen.count for seen in evidence.seen.values() if _valid(seen.written, order))


def _valid(written: Written, order: str) -> bool:
    if calendar_date(written, order) is None:
        return False
    year = order.index("Y")
    return written.widths[year] > 2 or bool(written.era) or written.numbers[year] >= _FIRST_YEAR


def _by_parts(evidence: DateEvidence, left: list[str], right: dict[str, int], total: int) -> Order | None:
    """Decided by parts that can be no month or year. A few lines against it are pasted text; many mean two settings."""
    if len(left) > 1:
        return None
    wrong = total - right[left[0]]
    rest = max((count for order, count in right.items() if order != left[0]), default=0)
    against = sum(
        seen.count
        for seen in evidence.seen.values()
        if not _valid(seen.written, left[0]) and any(_valid(seen.written, other) for other in right)
    )
    if against > max(3, total * _FEW):
        return None
    text = f"{right[left[0]]} of {total} dates exist in this order, {rest} in the next best; {_fields(evidence)}"
    if wrong:
        text += f"; {wrong} header-like lines do not exist in it and are kept as text"
    return Order(left[0], text, certain=not wrong)


def _by_hints(evidence: DateEvidence, left: list[str]) -> Order | None:
    agreeing = [order for order in left if _named_agree(evidence, order)]
    if evidence.named and len(agreeing) == 1:
        return Order(agreeing[0], f"{len(evidence.named)} dates in names of media files agree with this order only")
    if evidence.not_after:
        before = [order for order in left if not _later(evidence, order)]
        if len(before) == 1:
            return Order(
                before[0], "in the other order dates would lie after the day the archive was made", certain=False
            )
    steps = {order: _steps_back(evidence.walk, order) for order in left}
    calm = [order for order in left if steps[order] == 0]
    if len(calm) == 1 and all(steps[order] >= _STEPS_BACK for order in left if order not in calm):
        other = min(steps[order] for order in left if order not in calm)
        basis = (
            f"dates run forwards in this order and step back {other} times or more in the other; {_fields(evidence)}"
        )
        return Order(calm[0], basis, certain=False)
    separators = {seen.written.separator for seen in evidence.seen.values()}
    if set(left) == {"DMY", "MDY"} and separators <= {".", "-"}:
        return Order(
            "DMY",
            f"dates written with “{min(separators)}” and the year last are written day first everywhere",
            certain="-" not in separators,
        )
    return None


def _named_agree(evidence: DateEvidence, order: str) -> bool:
    agreeing = sum(calendar_date(written, order) == named for written, named in evidence.named)
    return agreeing * 2 > len(evidence.named)


def _later(evidence: DateEvidence, order: str) -> bool:
    days = (calendar_date(seen.written, order) for seen in evidence.seen.values())
    return any(day is not None and evidence.not_after is not None and day > evidence.not_after for day in days)


def _steps_back(walk: Sequence[Written], order: str) -> int:
    days = [day for day in (calendar_date(written, order) for written in walk) if day is not None]
    return sum((later - earlier).days < -1 for earlier, later in pairwise(days))


def _fields(evidence: DateEvidence) -> str:
    """The largest value of each part, which is what decides most files."""
    rows = [seen.written.numbers for seen in evidence.seen.values() if len(seen.written.numbers) == 3]
    shown = ", ".join(str(max(column)) for column in zip(*rows, strict=True))
    return f"largest first, second and third part: {shown}"


def _against(found: Order, said: str | None, evidence: DateEvidence) -> Order:
    """What was said gives way only to a file that shows the contrary; it then says so. It outweighs uncertain evidence."""
    if not said or said == found.order:
        return found
    if not found.certain and _dated(evidence, said) >= _dated(evidence, found.order):
        return Order(
            said, f"said by the person who ran this; the file itself points to {found.order}: {found.basis}", False
        )
    return Order(found.order, f"{found.basis}; {said} was said, but the file shows otherwise", certain=False)


def _question(evidence: DateEvidence, orders: Sequence[str], file: str) -> NeedsAnswer:
    seen = next(
        (one for one in evidence.seen.values() if len({calendar_date(one.written, order) for order in orders}) > 1),
        next(iter(evidence.seen.values())),
    )
    ways = []
    for order in orders:
        day = calendar_date(seen.written, order)
        if day is not None:
            ways.append(f"{day.day} {_IN_WORDS[day.month - 1]} {day.year} read as {order}")
    return NeedsAnswer(
        "date_order",
        file,
        "the file does not show which part of its dates is the day, and both ways fit.",
        f"The line that begins “{seen.sample.strip()}” is {' or '.join(ways)}.",
        " or ".join(f"--date-order {order}" for order in orders if order in ("DMY", "MDY", "YMD")),
    )
