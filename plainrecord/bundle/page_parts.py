"""Where HTML of items goes: inside START_HERE.html when they are few, else on numbered pages.

Conversations are written first, and remember on which page each message came to stand, so that the timeline can link to
it. Memory is one page and four bytes an item, whatever the size of the case.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from markupsafe import Markup

from plainrecord.bundle.bag import Bag
from plainrecord.bundle.page_frame import page_around
from plainrecord.bundle.page_rows import OPEN

# Above either, START_HERE.html holds the summary and the index, and the rest stands on pages of its own.
MOST_ITEMS_ON_ONE_PAGE = 2_000
MOST_CHARACTERS_ON_ONE_PAGE = 1_500_000
PAGE_BYTES = 1_000_000
ROWS_PER_PAGE = 1_000
OPEN_BYTES = OPEN.encode()


def wants_pages(items: int, characters: int) -> bool:
    """Whether the items are too many or too long for one page."""
    return items > MOST_ITEMS_ON_ONE_PAGE or characters > MOST_CHARACTERS_ON_ONE_PAGE


@dataclass(slots=True)
class PageEntry:
    """One written page for the index: its path and what it holds in words."""

    path: str
    label: str


@dataclass(slots=True)
class Written:
    """What was written: pages for the index, or `inline` HTML when it goes into START_HERE.html. `index` is what the script of
    that page finds items of the timeline by."""

    pages: list[PageEntry] = field(default_factory=list)
    inline: str = ""
    index: Markup = field(default_factory=Markup)


class MessagePages:
    """On which conversation page each message came to stand: four bytes an item."""

    def __init__(self, items: int) -> None:
        # Index 0 is not used: numbers begin at 1. Attached messages stand on their carrier's page.
        self._pages = array("I", [0]) * (items + 1)

    def note(self, mains: array[int], page: int) -> None:
        """Remember the page of the messages of these numbers; 0 is that of an attached one."""
        pages = self._pages
        for main in mains:
            if main:
                pages[main] = page

    def fill(self, rows: bytes, mains: array[int], first: int, last: int) -> bytes:
        """Rows of one conversation with their addresses filled in; `mains` as in `Run`, `first` and `last` of them."""
        pages = self._pages
        if pages[first] == pages[last]:
            return rows.replace(OPEN_BYTES, _conversation_page(pages[first]))
        pieces, at = rows.split(OPEN_BYTES), first
        filled = [pieces[0]]
        for main, piece in zip(mains, pieces[1:], strict=True):
            at = main or at
            filled += (_conversation_page(pages[at]), piece)
        return b"".join(filled)


def _conversation_page(number: int) -> bytes:
    return b"conversations-%04d.html" % number


def timeline_page(number: int) -> int:
    """On which page of a paged timeline the item of this number stands."""
    return (number - 1) // ROWS_PER_PAGE + 1


class Inline:
    """What PageRun is for pages, for the inside of START_HERE.html: never full."""

    size = 0
    current = 1

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def add(self, piece: bytes, length: int) -> None:
        """Put HTML behind what is there."""
        self.pieces.append(piece)

    def turn(self, label: str, *, last: bool = False) -> None:
        """There is only one."""

    @property
    def written(self) -> Written:
        """All of it."""
        return Written(inline=b"".join(self.pieces).decode())


class PageRun:
    """A row of numbered pages `pages/<stem>-0001.html`, each with a heading and links to the ones beside it."""

    def __init__(self, bag: Bag, stem: str, heading: str) -> None:
        self._bag = bag
        self._stem = stem
        self._heading = heading
        self._pieces: list[bytes] = []
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

    def add(self, piece: bytes, length: int) -> None:
        """Put HTML of that many characters on the page being written."""
        self._pieces.append(piece)
        self._size += length

    def turn(self, label: str, *, last: bool = False) -> None:
        """Write the page; `label` says what it holds. Not for the `last` one, there is a link to the next."""
        number = self.current
        before, after = page_around(
            self._bag.name,
            f"{self._heading}, page {number:,}",
            label,
            before=self._nav(number, "above", last=last),
            after=self._nav(number, "below", last=last),
        )
        path = f"pages/{self._stem}-{number:04d}.html"
        self._bag.add(path, b"".join([before, *self._pieces, after]))
        self.entries.append(PageEntry(path, label))
        self._pieces, self._size = [], 0

    @property
    def written(self) -> Written:
        """The pages written so far."""
        return Written(pages=self.entries)

    def _nav(self, number: int, place: str, *, last: bool) -> Markup:
        links = ['<li><a href="../START_HERE.html">Start page</a></li>']
        if number > 1:
            links.append(f'<li><a href="{self._stem}-{number - 1:04d}.html">Previous page</a></li>')
        if not last:
            links.append(f'<li><a href="{self._stem}-{number + 1:04d}.html">Next page</a></li>')
        return Markup(f'<nav class="steps" aria-label="Pages, {place} the list"><ul>{"".join(links)}</ul></nav>')  # noqa: S704 - no evidence in it
