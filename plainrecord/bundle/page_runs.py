"""What the pages show of runs: kept on disk until it can be written, conversations in their order, rows in that of time.

A first conversation that is known to fill pages is written as its messages come, and the timeline with it until a message of
another comes: only then has a row to wait until it is known where its message stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from plainrecord.bundle.bag import Bag
from plainrecord.bundle.blobs import get
from plainrecord.bundle.contents import ConversationView
from plainrecord.bundle.page_index import FIND, ItemIndex, find_page
from plainrecord.bundle.page_parts import Inline, MessagePages, PageRun, Written, wants_pages
from plainrecord.bundle.page_talks import Conversations, Talk
from plainrecord.bundle.page_timeline import PagedTimeline, Rows, timeline_inline
from plainrecord.bundle.runs import Run
from plainrecord.bundle.runspool import InOrder, RunSpool

Views = Callable[[], Iterator[ConversationView]]
_FIRST = "V-0001"


class Drawn:
    """Takes runs in order of their numbers; `write()` then gives the timeline and the conversations.

    `items` is how many there will be in the timeline. Files are kept in `folder`, which the caller removes.
    """

    def __init__(self, folder: Path, bag: Bag, views: Views, zone: str | None, items: int) -> None:
        self._folder = folder
        self._rows = InOrder(folder, "rows")
        self._talks = RunSpool(folder, "talks")
        self._bag = bag
        self._views = views
        self._zone = zone
        self._places = MessagePages(items)
        self._early = self._conversations(paged=True) if wants_pages(items, 0) else None
        self._index = ItemIndex(zone)
        self._timeline = PagedTimeline(bag, self._places)
        self._waiting = self._early is None

    def take(self, run: Run) -> None:
        """Keep what is drawn of one run, or write it."""
        row = tuple([getattr(run, name) for name in Rows._fields])
        talk = tuple([getattr(run, name) for name in Talk._fields])
        if self._early is not None and run.conversation == _FIRST:
            self._early.take(self._talk(talk))
        else:
            self._waiting = True
            self._talks.add(f"{run.conversation_key} {run.key}", talk)
        if self._waiting:
            self._rows.add(row)
        else:
            self._timeline.take(self._index.note(self._row(row)))

    def write(self, *, paged: bool) -> tuple[Written, Written]:
        """The timeline and the conversations, on pages of their own or for the start page."""
        out = self._early or self._conversations(paged=paged)
        for value in self._talks.values():
            out.take(self._talk(value))
        conversations = out.finish()
        rows = (self._index.note(self._row(value)) for value in self._rows.values())
        if not paged:
            timeline = timeline_inline(rows)
            timeline.index = self._index.data(paged=False)
            return timeline, conversations
        for row in rows:
            self._timeline.take(row)
        self._bag.add(FIND, find_page(self._bag.name, self._index))
        return self._timeline.finish(), conversations

    def _talk(self, value: tuple[Any, ...]) -> Talk:
        talk = Talk(*value)
        return talk._replace(talks=get(self._folder, talk.talks))

    def _row(self, value: tuple[Any, ...]) -> Rows:
        row = Rows(*value)
        return row._replace(rows=get(self._folder, row.rows))

    def _conversations(self, *, paged: bool) -> Conversations:
        out = PageRun(self._bag, "conversations", "Conversations") if paged else Inline()
        return Conversations(out, self._views(), self._zone, self._places)
