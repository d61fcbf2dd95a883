"""What the dates of all pages of a download show together: their language, and which number of `03/04/2024` is the day.

Dates whose month is a word need no order; a sample of each page tells the language. Where most dates of a page are all
numbers, the page is gone through whole, and the order is decided by evidence over the download (as `chat/whatsapp_dates.py`
does) or asked. Memory: the distinct dates that are all numbers.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from itertools import pairwise

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.intake.reading import Stream
from plainrecord.parsers.base import Claim, NeedsAnswer
from plainrecord.parsers.chat.whatsapp_dates import DateEvidence, Seen, calendar_date, candidates, decide
from plainrecord.parsers.chat.whatsapp_header import Written
from plainrecord.parsers.social.pageclock import (
    ORDINARY,
    Anchor,
    ClockRules,
    RowAnchors,
    Stated,
    head_anchors,
    settle_clock,
)
from plainrecord.parsers.social.pagedates import LONGEST, DateText, PageDates, date_text, known_languages
from plainrecord.records import Decision

_KEY = "pagedates"
# The design of a page may stand before its text, and be longer than the text.
_SAMPLE = 1 << 18
# A run of text between two tags that may be a date: bytes beyond ASCII are as long as four for one letter.
_RUN = re.compile(rb">\s*([^<>]{6,320}?)\s*(?=<)")
_LONGEST_RUN = 1024
_MOST = 400
_LONGEST_WALK = 20_000
# One date in numbers among this many in words is not what the download's own dates look like.
_FEW = 20


@dataclass(slots=True)
class PageSurvey:
    """What was seen on one page, or on many. `votes` counts, by language, the dates with all words known in it."""

    worded: int = 0
    numbered: int = 0
    votes: Counter[str] = field(default_factory=Counter)
    seen: dict[str, Seen] = field(default_factory=dict)
    walk: list[Written] = field(default_factory=list)
    heads: list[Anchor] = field(default_factory=list)
    rows: list[Anchor] = field(default_factory=list)
    _row: RowAnchors = field(init=False)

    def __post_init__(self) -> None:
        self._row = RowAnchors(self.rows)

    def look(self, text: str) -> None:
        """One text of a page; what is no date with a time of day counts for nothing."""
        found = date_text(text) if len(text) <= LONGEST else None
        self._row.look(text, is_date=found is not None)
        if found is None or found.clock is None or found.offset_minutes() is not None:
            return
        if found.written.named:
            self.worded += 1
            self.votes.update(found.languages)
        else:
            self._number(text, found)

    def _number(self, text: str, found: DateText) -> None:
        self.numbered += 1
        self.votes.update(found.languages)
        # Times of day are left out of the key: what is counted is days.
        key = f"{found.written.numbers} {found.written.separator}"
        if key in self.seen:
            self.seen[key].count += 1
        else:
            self.seen[key] = Seen(found.written, 1, text)
        if len(self.walk) < _LONGEST_WALK and (not self.walk or self.walk[-1] != found.written):
            self.walk.append(found.written)

    def join(self, other: PageSurvey) -> None:
        """Take in what another page shows. The longest run of dates is kept as it is: two joined would seem to step back."""
        self.worded += other.worded
        self.heads += other.heads[: _MOST - len(self.heads)]
        self.rows += other.rows[: _MOST - len(self.rows)]
        self.votes.update(other.votes)
        if other.numbered <= other.worded:
            # A few numbers among dates in words are what somebody typed.
            return
        self.numbered += other.numbered
        for key, one in other.seen.items():
            if key in self.seen:
                self.seen[key].count += one.count
            else:
                self.seen[key] = one
        if len(other.walk) > len(self.walk):
            self.walk = other.walk

    def languages(self) -> tuple[str, ...]:
        """The languages in which most dates can be read, in the order of the table."""
        most = max(self.votes.values(), default=0)
        return tuple(name for name in known_languages() if most and self.votes[name] == most)


def survey_pages(
    claim: Claim,
    pages: Iterable[Member],
    stated: Stated | None = None,
    rules: ClockRules = ORDINARY,
    heads: Iterable[Anchor] = (),
) -> PageDates:
    """How dates of these pages of a claim are read; decided once, kept in `claim.facts`, told as decisions.

    `stated` is the zone the download itself states, `heads` are anchors of pages that are no members of the claim. Raises
    NeedsAnswer when dates are all numbers and nothing shows their order. To be called in `prepare`.
    """
    whole, first, count = PageSurvey(heads=list(heads)), "", 0
    for member in pages:
        count += 1
        page = survey_page(claim, member)
        whole.join(page)
        first = first or (member.tree_path if page.numbered > page.worded else "")
    if not (whole.worded or whole.numbered):
        basis = f"no date was found on {count} pages: they have none, or they are in a language that is not read here"
        claim.decisions += [Decision("pages:dates", "not read", basis, certain=False)] if count else []
        return kept_dates(claim)
    order, told = _order(claim, whole, first)
    languages = whole.languages()
    undated = PageDates(languages, order)
    zone, clock = settle_clock(undated, whole.heads, whole.rows, rules, stated, claim.options.timezone)
    claim.facts[_KEY] = json.dumps([languages, order, zone])
    claim.decisions += [*told, *_language(whole, languages), clock]
    return kept_dates(claim)


def kept_dates(claim: Claim) -> PageDates:
    """What `survey_pages` decided for this claim."""
    languages, order, zone = json.loads(claim.facts.get(_KEY, '[[], "", null]'))
    return PageDates(tuple(languages), order, zone)


def survey_page(claim: Claim, member: Member) -> PageSurvey:
    """The dates of one page: of its beginning, and of the whole page where they are numbers."""
    page = PageSurvey()
    # A page that cannot be read says so when its records are read.
    with suppress(OSError, PlainrecordError):
        with claim.open(member) as stream:
            sample = stream.read(_SAMPLE)
        page.heads = head_anchors(sample)
        for text in _runs([sample]):
            page.look(text)
        if page.numbered > page.worded:
            page = PageSurvey(heads=page.heads)
            with claim.open(member) as stream:
                for text in texts_of(stream):
                    page.look(text)
    return page


def texts_of(stream: Stream) -> Iterator[str]:
    """Every short run of text between two tags of a page, in order."""
    return _runs(bytes(memoryview(block.buffer)[block.lo : block.hi]) for block in stream.blocks(head=0, size=1 << 20))


def _runs(blocks: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for block in blocks:
        data = rest + block
        done = 0
        for match in _RUN.finditer(data):
            done = match.end()
            if any(0x30 <= byte <= 0x39 or byte > 0x7F for byte in match[1]):
                yield unescape(match[1].decode("utf-8", "replace")).strip()
        rest = data[max(done, len(data) - _LONGEST_RUN) :]


def _order(claim: Claim, whole: PageSurvey, file: str) -> tuple[str, list[Decision]]:
    if not whole.numbered:
        return "", []
    evidence = DateEvidence(whole.seen, _forwards(whole))
    try:
        found = decide(evidence, claim.options.date_order, file)
    except NeedsAnswer:
        if whole.numbered * _FEW > whole.worded:
            raise
        # A page of what somebody typed is no reason to stop: the dates of the download itself are in words.
        basis = (
            f"{whole.numbered} dates are all numbers where {whole.worded} are in words; those times are left as found"
        )
        return "", [Decision("pages:date-order", "not decided", basis, certain=False)]
    return found.order, [Decision("pages:date-order", found.order, found.basis, certain=found.certain)]


def _forwards(whole: PageSurvey) -> list[Written]:
    """The walk in the direction in which it steps back least: most pages run from the newest to the oldest."""
    orders = [order for order in candidates(DateEvidence(whole.seen)) if order]
    turned = whole.walk[::-1]
    return turned if _least_back(turned, orders) < _least_back(whole.walk, orders) else whole.walk


def _least_back(walk: list[Written], orders: Iterable[str]) -> int:
    counts = []
    for order in orders:
        days = [day for day in (calendar_date(written, order) for written in walk) if day is not None]
        counts.append(sum(later < earlier for earlier, later in pairwise(days)))
    return min(counts, default=0)


def _language(whole: PageSurvey, languages: tuple[str, ...]) -> list[Decision]:
    total = whole.worded + whole.numbered
    if not whole.worded:
        return []
    most = max(whole.votes.values())
    basis = f"{most} of {total} dates looked at have no word of another language"
    return [Decision("pages:language", " or ".join(languages), basis, certain=most == total)]
