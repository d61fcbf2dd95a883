"""The timeline as HTML: one row for each item, those without a time in a table of their own, last."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import NamedTuple

from plainrecord.bundle.bag import Bag
from plainrecord.bundle.page_parts import OPEN_BYTES, MessagePages, PageRun, Written, timeline_page

_TABLE = (
    '<div class="scroll" role="region" aria-label="{caption}" tabindex="0"><table><caption>{caption}</caption><thead><tr>'
    '<th scope="col">Item</th><th scope="col">Time</th><th scope="col">Written by</th><th scope="col">Kind</th>'
    '<th scope="col">First words</th><th scope="col">Marks</th></tr></thead><tbody>\n'
)
_TABLE_END = "</tbody></table></div>\n"
_DATED, _UNDATED = "Timeline", "Undated items, in no order of time"


class Rows(NamedTuple):
    """What the timeline needs of a `Run`, under the same names."""

    first: int
    last: int
    carried_first: bool
    dated: bool
    shown: tuple[str, str]
    items: int
    rows: bytes
    mains: bytes


def timeline_inline(every: Iterable[Rows]) -> Written:
    """The whole timeline as HTML for START_HERE.html."""
    dated: list[bytes] = []
    undated: list[bytes] = []
    rows = dated
    for run in every:
        # A message carried inside another stands with it, whatever its own time.
        if run.items:
            rows = dated if run.dated else undated
        rows.append(run.rows.replace(OPEN_BYTES, b""))
    return Written(inline=(_table(_DATED, dated) + _table(_UNDATED, undated)).decode())


def _table(caption: str, rows: list[bytes]) -> bytes:
    if not rows:
        return b""
    return b"".join([_TABLE.format(caption=caption).encode(), *rows, _TABLE_END.encode()])


class PagedTimeline:
    """The timeline on pages of 1,000 items: dated ones, then undated ones, each page's table closed at its end.

    `places` has to know where the messages of a run stand before its rows are taken.
    """

    def __init__(self, bag: Bag, places: MessagePages) -> None:
        self._out = PageRun(bag, "timeline", "Timeline")
        self._places = places
        self._open = ""
        self._first = self._last = ""
        self._carrier_undated = False

    def take(self, run: Rows) -> None:
        """Add the rows of the next run, in the table they belong to."""
        if timeline_page(run.first) != self._out.current:
            self._turn(last=False)
        if run.items:
            self._carrier_undated = not run.dated
        self._begin(_UNDATED if self._carrier_undated else _DATED)
        self._put(self._places.fill(run.rows, array("I", run.mains), run.first, run.last))
        self._first = self._first or (self._last if run.carried_first else run.shown[0])
        self._last = run.shown[1] if run.items else self._last

    def finish(self) -> Written:
        """End the last page."""
        self._turn(last=True)
        return self._out.written

    def _turn(self, *, last: bool) -> None:
        self._end()
        self._out.turn(f"{self._first} to {self._last}" if self._first else "No items", last=last)
        self._first = ""

    def _put(self, drawn: bytes) -> None:
        self._out.add(drawn, len(drawn))

    def _begin(self, caption: str) -> None:
        if self._open != caption:
            self._end()
            self._put(_TABLE.format(caption=caption).encode())
            self._open = caption

    def _end(self) -> None:
        if self._open:
            self._put(_TABLE_END.encode())
            self._open = ""
