"""The timeline and the conversations as HTML, streamed: inside START_HERE.html when they are few, else on numbered pages.

Conversations are written first, and remember on which page each message came to stand, so that the timeline can link to
it. Memory is one page and four bytes an item, whatever the size of the case.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from markupsafe import Markup

from plainrecord.bundle.bag import Bag
from plainrecord.bundle.contents import ConversationView
from plainrecord.bundle.drawn import Row, Talk
from plainrecord.bundle.items import ItemTotals
from plainrecord.bundle.numbers import is_attached
from plainrecord.bundle.page_frame import page
from plainrecord.bundle.page_rows import gap_marker
from plainrecord.bundle.shown import html, period, plural
from plainrecord.conversations import RULE_WORDS
from plainrecord.errors import AccountingError
from plainrecord.times import to_local

# Above either, START_HERE.html holds the summary and the index, and the rest stands on pages of its own.
MOST_ITEMS_ON_ONE_PAGE = 2_000
MOST_CHARACTERS_ON_ONE_PAGE = 1_500_000
PAGE_BYTES = 1_000_000
ROWS_PER_PAGE = 1_000

_TABLE = (
    '<div class="scroll" role="region" aria-label="{caption}" tabindex="0"><table><caption>{caption}</caption><thead><tr>'
    '<th scope="col">Item</th><th scope="col">Time</th><th scope="col">Written by</th><th scope="col">Kind</th>'
    '<th scope="col">First words</th><th scope="col">Marks</th></tr></thead><tbody>\n'
)
_TABLE_END = "</tbody></table></div>\n"


def wants_pages(totals: ItemTotals) -> bool:
    """Whether the items are too many or too long for one page."""
    return totals.included + totals.attached > MOST_ITEMS_ON_ONE_PAGE or totals.characters > MOST_CHARACTERS_ON_ONE_PAGE


@dataclass(slots=True)
class PageEntry:
    """One written page for the index: its path and what it holds in words."""

    path: str
    label: str


@dataclass(slots=True)
class Written:
    """What was written: pages for the index, or `inline` HTML when it goes into START_HERE.html."""

    pages: list[PageEntry] = field(default_factory=list)
    inline: str = ""


@dataclass(slots=True)
class Month:
    """One calendar month (of the zone shown) with items: how many, and the first one."""

    name: str
    count: int
    first: str


class MessagePages:
    """On which conversation page each message came to stand: four bytes an item."""

    def __init__(self, items: int) -> None:
        # Index 0 is not used: numbers begin at 1. Attached messages stand on their carrier's page.
        self._pages = array("I", [0]) * (items + 1)

    def note(self, number: str, page: int) -> None:
        """Remember the page of a message; one attached to another stands where that does."""
        if not is_attached(number):
            self._pages[_main(number)] = page

    def of(self, number: str) -> str:
        """The file of the page with the whole message."""
        return f"conversations-{self._pages[_main(number)]:04d}.html"


def timeline_page(number: int) -> int:
    """On which page of a paged timeline the item of this number stands."""
    return (number - 1) // ROWS_PER_PAGE + 1


def _main(number: str) -> int:
    return int(number.split("-")[1])


class PageRun:
    """A row of numbered pages `pages/<stem>-0001.html`, each with a heading and links to the ones beside it."""

    def __init__(self, bag: Bag, stem: str, heading: str) -> None:
        self._bag = bag
        self._stem = stem
        self._heading = heading
        self._pieces: list[str] = []
        self._size = 0
        self.entries: list[PageEntry] = []

    @property
    def current(self) -> int:
        """The number of the page being written."""
        return len(self.entries) + 1

    @property
    def size(self) -> int:
        """Characters on the page being written."""
        return self._size

    def add(self, piece: str) -> None:
        """Put HTML on the page being written."""
        self._pieces.append(piece)
        self._size += len(piece)

    def turn(self, label: str, *, last: bool = False) -> None:
        """Write the page; `label` says what it holds. Not for the `last` one, there is a link to the next."""
        number = self.current
        body = Markup("".join(self._pieces))  # noqa: S704 - made of escaped rows
        text = page(
            self._bag.name,
            f"{self._heading}, page {number:,}",
            label,
            body,
            before=self._nav(number, "above", last=last),
            after=self._nav(number, "below", last=last),
        )
        path = f"pages/{self._stem}-{number:04d}.html"
        self._bag.add(path, text.encode("utf-8"))
        self.entries.append(PageEntry(path, label))
        self._pieces, self._size = [], 0

    def _nav(self, number: int, place: str, *, last: bool) -> Markup:
        links = ['<li><a href="../START_HERE.html">Start page</a></li>']
        if number > 1:
            links.append(f'<li><a href="{self._stem}-{number - 1:04d}.html">Previous page</a></li>')
        if not last:
            links.append(f'<li><a href="{self._stem}-{number + 1:04d}.html">Next page</a></li>')
        return Markup(f'<nav class="steps" aria-label="Pages, {place} the list"><ul>{"".join(links)}</ul></nav>')  # noqa: S704 - no evidence in it


def conversations_inline(items: Iterable[Talk], views: Iterator[ConversationView], zone: str | None) -> Written:
    """All conversations as HTML for START_HERE.html. `items` come in order of conversation, then number."""
    pieces: list[str] = []
    for view, item, trailing in _with_views(items, views):
        if view is not None:
            pieces.append(_conversation_head(view, zone, 3))
        pieces.append(item.html.at(""))
        pieces.append(gap_marker(trailing))
    return Written(inline="".join(pieces))


def conversations_paged(
    bag: Bag, items: Iterable[Talk], views: Iterator[ConversationView], zone: str | None, places: MessagePages
) -> Written:
    """All conversations on pages; notes in `places` where each message stands."""
    run = PageRun(bag, "conversations", "Conversations")
    first = number = ""
    for view, item, trailing in _with_views(items, views):
        if run.size >= PAGE_BYTES:
            run.turn(f"{first} to {number}")
            if view is None:
                run.add(f"<h2>{number}, continued</h2>\n")
            first = ""
        number = item.conversation
        first = first or number
        if view is not None:
            run.add(_conversation_head(view, zone, 2))
        places.note(item.number, run.current)
        run.add(item.html.at(f"timeline-{timeline_page(_main(item.number)):04d}.html") + gap_marker(trailing))
    run.turn(f"{first} to {number}" if first else "No items", last=True)
    return Written(pages=run.entries)


def timeline_inline(items: Iterable[Row]) -> Written:
    """The whole timeline as HTML for START_HERE.html; items without a time in a table of their own, last."""
    dated: list[str] = []
    undated: list[str] = []
    rows = dated
    for item in items:
        # A message carried inside another stands with it, whatever its own time.
        if not is_attached(item.number):
            rows = undated if item.utc_us is None else dated
        rows.append(item.html.at(""))
    return Written(inline=_table("Timeline", dated) + _table("Undated items, in no order of time", undated))


def timeline_paged(bag: Bag, items: Iterable[Row], places: MessagePages) -> Written:
    """The whole timeline on pages of 1,000 items."""
    run = PageRun(bag, "timeline", "Timeline")
    tables = _Tables(run)
    for item in items:
        if timeline_page(_main(item.number)) != run.current:
            tables.turn(last=False)
        tables.row(item, places)
    tables.turn(last=True)
    return Written(pages=run.entries)


class _Tables:
    """The tables of one run of timeline pages: dated items, then undated ones, each page's table closed at its end."""

    def __init__(self, run: PageRun) -> None:
        self._run = run
        self._open = ""
        self._first = self._last = ""
        self._carrier_undated = False

    def row(self, item: Row, places: MessagePages) -> None:
        """Add one item's row, in the table it belongs to."""
        attached = is_attached(item.number)
        if not attached:
            self._carrier_undated = item.utc_us is None
            self._last = item.shown
        self._begin("Undated items, in no order of time" if self._carrier_undated else "Timeline")
        self._run.add(item.html.at(places.of(item.number)))
        self._first = self._first or self._last

    def turn(self, *, last: bool) -> None:
        """End the page."""
        self._end()
        self._run.turn(f"{self._first} to {self._last}" if self._first else "No items", last=last)
        self._first = ""

    def _begin(self, caption: str) -> None:
        if self._open != caption:
            self._end()
            self._run.add(_TABLE.format(caption=caption))
            self._open = caption

    def _end(self) -> None:
        if self._open:
            self._run.add(_TABLE_END)
            self._open = ""


def _table(caption: str, rows: list[str]) -> str:
    return f"{_TABLE.format(caption=caption)}{''.join(rows)}{_TABLE_END}" if rows else ""


def _with_views(
    items: Iterable[Talk], views: Iterator[ConversationView]
) -> Iterator[tuple[ConversationView | None, Talk, int]]:
    """Each item with its conversation's view when it is the first of it, and how many records were left out after it
    when it is the last. Raises AccountingError when items and conversations do not fit each other."""
    balance = _Balance()
    waiting: tuple[ConversationView | None, Talk] | None = None
    current: ConversationView | None = None
    for item in items:
        begins = current is None or item.conversation != current.number
        if waiting is not None:
            yield (*waiting, balance.left() if begins else 0)
        if begins:
            current = next((view for view in views if view.number == item.conversation), None)
            balance.begin(current, item.conversation)
        balance.add(item)
        waiting = (current if begins else None, item)
    if waiting is not None:
        yield (*waiting, balance.left())


class _Balance:
    """Holds one conversation's items against what its view says."""

    def __init__(self) -> None:
        self._view: ConversationView | None = None
        self._items = self._gaps = 0

    def begin(self, view: ConversationView | None, number: str) -> None:
        """Start on the next conversation."""
        if view is None:
            raise AccountingError(
                f"Items name the conversation {number}, which is not in the list. Nothing was sealed."
            )
        self._view, self._items, self._gaps = view, 0, 0

    def add(self, item: Talk) -> None:
        """Count one item; attached messages are counted apart."""
        self._items += not is_attached(item.number)
        self._gaps += item.gap_before

    def left(self) -> int:
        """How many records were left out after the last item."""
        view = self._view
        if view is None or self._items != view.included or self._gaps > view.left_out:
            stated = (view.number, view.included, view.left_out) if view else ("", 0, 0)
            raise AccountingError(
                f"Conversation {stated[0]} should hold {stated[1]:,} items with {stated[2]:,} left out;"
                f" {self._items:,} and {self._gaps:,} were found. Nothing was sealed."
            )
        return view.left_out - self._gaps


def _conversation_head(view: ConversationView, zone: str | None, level: int) -> str:
    title = f" · <bdi>{html(view.title)}</bdi>" if view.title else ""
    people = ", ".join(
        f"<bdi>{html(f'{one.name} <{one.value}>' if one.name and one.name != one.value else one.value)}</bdi>"
        for one in view.participants[:50]
    )
    more = f" and {len(view.participants) - 50:,} more" if len(view.participants) > 50 else ""
    left = f", {view.left_out:,} not included" if view.left_out else ""
    return (
        f'<h{level} id="{view.number}">{view.number} · {html(view.service)}{title}</h{level}>\n'
        f'<p class="sub">{plural(view.included, "item")} included{left}. {html(period(view.first_utc_us, view.last_utc_us, zone))}.'
        f" Put together: {html(RULE_WORDS.get(view.rule, view.rule))}. Accounts: {people}{more}.</p>\n"
    )


class Months:
    """Counts items by calendar month of the zone shown, in timeline order; knows the first and last instant."""

    _NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
              "November", "December")  # fmt: skip

    def __init__(self, zone: str | None) -> None:
        self._zone = zone or "UTC"
        self.rows: list[Month] = []
        self.first_us: int | None = None
        self.last_us: int | None = None

    def add(self, number: str, utc_us: int | None) -> None:
        """Count one item; attached messages are not counted."""
        if is_attached(number):
            return
        name = "Undated"
        if utc_us is not None:
            self.first_us = utc_us if self.first_us is None else self.first_us
            self.last_us = utc_us
            here = to_local(utc_us, self._zone)
            name = f"{self._NAMES[here.month - 1]} {here.year}"
        if not self.rows or self.rows[-1].name != name:
            self.rows.append(Month(name, 0, number))
        self.rows[-1].count += 1
