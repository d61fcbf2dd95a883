"""Conversations as HTML: every message of each, in order, with what was left out between them marked."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from plainrecord.bundle import page_parts
from plainrecord.bundle.contents import ConversationView
from plainrecord.bundle.page_parts import OPEN_BYTES, Inline, MessagePages, PageRun, Written, timeline_page
from plainrecord.bundle.page_rows import ROOT, ROOT_ABOVE, ROOT_HERE, gap_marker
from plainrecord.bundle.shown import html, period, plural
from plainrecord.conversations import RULE_WORDS
from plainrecord.errors import AccountingError

_ROOT, _ROOT_HERE, _ROOT_ABOVE = ROOT.encode(), ROOT_HERE.encode(), ROOT_ABOVE.encode()


class Talk(NamedTuple):
    """What the conversations need of a `Run`, under the same names."""

    conversation: str
    first: int
    gaps: int
    items: int
    talks: bytes
    mains: bytes
    chars: bytes
    octets: bytes


class Conversations:
    """Conversations written one behind the other, inline or on pages; notes in `places` where each message stands.

    Takes talks in order of conversation, then number. Raises AccountingError when they and the views do not fit.
    """

    def __init__(
        self, out: Inline | PageRun, views: Iterator[ConversationView], zone: str | None, places: MessagePages
    ) -> None:
        self._out = out
        self._views = views
        self._zone = zone
        self._places = places
        self._paged = isinstance(out, PageRun)
        self._balance = _Balance()
        self._number = self._first = ""

    def take(self, talk: Talk) -> None:
        """Add the messages of one run."""
        head = ""
        if talk.conversation != self._number:
            self._end()
            view = next((view for view in self._views if view.number == talk.conversation), None)
            head = conversation_head(self._balance.begin(view, talk.conversation), self._zone, 2 if self._paged else 3)
        self._balance.add(talk)
        self._add(talk, head)

    def finish(self) -> Written:
        """End the last conversation and the last page."""
        self._end()
        self._out.turn(f"{self._first} to {self._number}" if self._first else "No items", last=True)
        return self._out.written

    def _end(self) -> None:
        if self._number:
            self._put(gap_marker(self._balance.left()))

    def _put(self, text: str) -> None:
        if text:
            self._out.add(text.encode(), len(text))

    def _add(self, talk: Talk, head: str) -> None:
        """The messages of a run, a page turned wherever one is full."""
        address = b"timeline-%04d.html" % timeline_page(talk.first) if self._paged else b""
        drawn, longer = talk.talks.replace(OPEN_BYTES, address), len(address) - 1
        drawn = drawn.replace(_ROOT, _ROOT_ABOVE if self._paged else _ROOT_HERE)
        mains, chars, octets = array("I", talk.mains), array("I", talk.chars), array("I", talk.octets)
        sizes = list(accumulate([count + longer for count in chars], initial=0))
        at = start = 0
        while at < len(mains):
            if self._out.size >= page_parts.PAGE_BYTES:
                self._turn(continued=not head)
            self._put(head)
            self._number, head = talk.conversation, ""
            self._first = self._first or self._number
            upto = self._upto(at, sizes)
            self._places.note(mains[at:upto], self._out.current)
            end = start + sum(octets[at:upto]) + longer * (upto - at)
            self._out.add(drawn[start:end], sizes[upto] - sizes[at])
            at, start = upto, end

    def _upto(self, at: int, sizes: list[int]) -> int:
        """How far the page being written takes messages, one at least; `sizes` are of all before each."""
        room = page_parts.PAGE_BYTES - self._out.size
        return bisect_left(sizes, sizes[at] + room, at + 1, len(sizes) - 1) if self._paged else len(sizes) - 1

    def _turn(self, *, continued: bool) -> None:
        self._out.turn(f"{self._first} to {self._number}")
        self._first = ""
        if continued:
            self._put(f"<h2>{self._number}, continued</h2>\n")


class _Balance:
    """Holds one conversation's items against what its view says."""

    def __init__(self) -> None:
        self._view: ConversationView | None = None
        self._items = self._gaps = 0

    def begin(self, view: ConversationView | None, number: str) -> ConversationView:
        """Start on the next conversation."""
        if view is None:
            raise AccountingError(
                f"Items name the conversation {number}, which is not in the list. Nothing was sealed."
            )
        self._view, self._items, self._gaps = view, 0, 0
        return view

    def add(self, talk: Talk) -> None:
        """Count items; attached messages are counted apart."""
        self._items += talk.items
        self._gaps += talk.gaps

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


def conversation_head(view: ConversationView, zone: str | None, level: int) -> str:
    """The heading of a conversation, and what it holds in a sentence."""
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
