"""The events of a bundle's items, read by this process or by several, of which each reads a stretch of the file itself.

Loads little, because each of them loads it. Counts nothing and checks nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from plainrecord.bundle.bagreader import Bag, FolderBag, Stretch, line_blocks
from plainrecord.cluster import ordered_map
from plainrecord.facts import Part, Table, part_of

ITEMS = "data/items/messages.jsonl"
_LONGEST_LINE = 256 << 20
# A process is given so many bytes of items at a time; with fewer than these, starting some takes longer than reading.
_PIECE, _WORTH_WORKERS = 32 << 20, 64 << 20
# What has to be sent to it is less.
_SENT = 8 << 20


def table_of(bag: Bag, workers: int = 1) -> Table:
    """The events of all items. Raises UnreadableError, and as `events.events_of` for lines that are none."""
    many = ITEMS in bag.files and bag.files[ITEMS].size > _WORTH_WORKERS
    return Table.joined(ordered_map(_part, _pieces(bag), workers if many else 1))


def _pieces(bag: Bag) -> Iterator[Stretch | bytes]:
    if isinstance(bag, FolderBag) and ITEMS in bag.files:
        yield from bag.stretches(ITEMS, _PIECE)
    else:
        # An archive can be read from its beginning only.
        yield from line_blocks(bag, ITEMS, _LONGEST_LINE, _SENT)


def _part(piece: Stretch | bytes) -> Part:
    return part_of([piece] if isinstance(piece, bytes) else piece.blocks(_LONGEST_LINE))
