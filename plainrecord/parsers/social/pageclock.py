"""Which zone the clock on a download's pages shows: found where a page writes one instant twice, in UTC and as it shows it.

Pages print a wall clock without a zone, and which zone that is differs by service and by download. Two places give it away:
the head of a page (`<time datetime="…Z">` with the clock as its text), and log-ins that are headed by their time in UTC and
say it again in a cell. A zone that disagrees with such a place is not used, whoever said it.

Source of knowledge: public tests that hold records of real downloads in both forms against each other. Facebook's pages show
the account's zone, and their heads say the offset of the day of the export; Instagram's rows stood eight hours behind UTC
in summer and in winter alike, whatever the account's zone and the head of the page, so that its heads show nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import NamedTuple

from plainrecord.parsers.social.pagedates import PageDates
from plainrecord.records import Decision
from plainrecord.times import format_offset, to_local, to_utc_us, zone_names

_HEAD = re.compile(
    rb'<time\b[^<>]{0,200}?\bdatetime="(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?Z)"[^<>]{0,200}>([^<>]{6,200})</time>'
)
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\+00:00|Z)")
# No zone is further from UTC than this.
_FURTHEST = timedelta(hours=15)
_MOST = 400
# Of places in rows, as many as this must agree: among them may be a time that somebody typed.
_AGREEING = 0.95
_SUMMER, _WINTER = frozenset((5, 6, 7, 8, 9)), frozenset((11, 12, 1, 2))


class Anchor(NamedTuple):
    """One instant a page writes twice: in UTC, and as its clock shows it."""

    utc: str
    shown: str


@dataclass(frozen=True, slots=True)
class ClockRules:
    """How a service's pages tell their zone: whether the head of a page shows the clock of its rows, and zones its rows
    were found to be in (IANA names), to be tried before others."""

    heads_count: bool = True
    found_in: tuple[str, ...] = ()


ORDINARY = ClockRules()


@dataclass(frozen=True, slots=True)
class Stated:
    """A zone the download itself states, and where."""

    zone: str
    basis: str


@dataclass(slots=True)
class RowAnchors:
    """Anchors in the rows of a page, found in its texts in order: a time in UTC, and the next date behind it."""

    found: list[Anchor]
    _open: str = ""
    _since: int = 0

    def look(self, text: str, *, is_date: bool) -> None:
        """The next text of the page."""
        if _ISO.fullmatch(text):
            self._open, self._since = text, 0
            return
        self._since += 1
        if is_date and self._open and self._since < 12 and len(self.found) < _MOST:
            self.found.append(Anchor(self._open, text))
        if is_date:
            self._open = ""


def head_anchors(data: bytes) -> list[Anchor]:
    """Anchors in the head of a page."""
    return [
        Anchor(match[1].decode(), unescape(match[2].decode("utf-8", "replace")).strip())
        for match in _HEAD.finditer(data)
        if not match[2].startswith(match[1])
    ]


def settle_clock(
    dates: PageDates,
    heads: Iterable[Anchor],
    rows: Iterable[Anchor],
    rules: ClockRules,
    stated: Stated | None,
    said: str | None,
) -> tuple[str | None, Decision]:
    """The zone of the pages' clock, None for not known; and the decision that says so."""
    in_rows = _instants(dates, rows)
    anchors = in_rows or (_instants(dates, heads) if rules.heads_count else [])
    if not anchors:
        return _unproved(rules, stated, said)
    basis = _basis(anchors, "rows" if in_rows else "heads")
    named = (zone for zone in (said, stated.zone if stated else None) if zone in zone_names())
    # In winter UTC looks like the time of London, so that nothing but a summer shows it.
    plain = ("UTC",) if _months(anchors) & _SUMMER else ()
    tried = (*rules.found_in, *named, *plain)
    fitting = next((zone for zone in tried if zone and _fits(zone, anchors)), None)
    if fitting is None:
        return None, Decision(
            "pages:timezone", "not known", f"{basis}; no zone that was said agrees with it", certain=False
        )
    if said and said != fitting and not _fits(said, anchors):
        basis += f"; {said} was said, and does not agree with it"
    return fitting, Decision("pages:timezone", fitting, basis, certain=_both_seasons(anchors))


def _unproved(rules: ClockRules, stated: Stated | None, said: str | None) -> tuple[str | None, Decision]:
    """Nothing on the pages shows their zone. Where a service's pages were found to show another clock than the account's, no
    zone of the account is taken for it: a time that is hours off is worse than one without an instant."""
    if rules.found_in and said not in rules.found_in:
        others = ", ".join(rules.found_in)
        basis = (
            f"the pages print times without a zone, and pages of this service were found to show {others}, whatever the"
        )
        basis += " account's zone; a JSON download gives exact times"
        return None, Decision("pages:timezone", "not known", basis, certain=False)
    if stated and stated.zone in zone_names():
        basis = f"{stated.basis}; that the pages show its clock is assumed"
        return stated.zone, Decision("pages:timezone", stated.zone, basis, certain=False)
    if said:
        basis = "said by the person who ran this; the pages do not show it"
        return said, Decision("pages:timezone", said, basis, certain=False)
    basis = "the pages print times without a zone, and none was said; a JSON download gives exact times"
    return None, Decision("pages:timezone", "not known", basis, certain=False)


def _instants(dates: PageDates, anchors: Iterable[Anchor]) -> list[tuple[datetime, datetime]]:
    """Instant and wall clock of each anchor that can be read and is possible."""
    found = []
    for anchor in anchors:
        text = dates.find(anchor.shown)
        local = text.local(dates.order) if text and text.clock else None
        utc = datetime.fromisoformat(anchor.utc)
        if local and abs(local - utc.replace(tzinfo=None)) <= _FURTHEST:
            found.append((utc, local))
    return found


def _fits(zone: str, anchors: Sequence[tuple[datetime, datetime]]) -> bool:
    agreeing = sum(
        # A page writes minutes where the other form has seconds.
        abs(to_local(to_utc_us(utc), zone).replace(tzinfo=None) - local) < timedelta(minutes=1)
        for utc, local in anchors
    )
    return agreeing >= _AGREEING * len(anchors)


def _both_seasons(anchors: Sequence[tuple[datetime, datetime]]) -> bool:
    """Whether the places lie in summer and in winter, so that a zone is told from one with the same time in one of them."""
    return bool(_months(anchors) & _SUMMER) and bool(_months(anchors) & _WINTER)


def _months(anchors: Sequence[tuple[datetime, datetime]]) -> set[int]:
    return {utc.astimezone(UTC).month for utc, _ in anchors}


def _basis(anchors: Sequence[tuple[datetime, datetime]], where: str) -> str:
    offsets = sorted({round((local - utc.replace(tzinfo=None)).total_seconds() / 900) * 15 for utc, local in anchors})
    shown = ", ".join(format_offset(minutes) for minutes in offsets[:4])
    place = "1 place" if len(anchors) == 1 else f"{len(anchors)} places"
    return f"{place} in the {where} of pages write a time in UTC too: the clock shown there is at {shown}"
