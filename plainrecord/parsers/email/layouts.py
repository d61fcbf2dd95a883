"""Where the wanted fields of a header stand, worked out once for each *layout*: the names of all fields, in order.

Programs write the same fields in the same order. Values are given as they stand; a header with a line that is no field, or
without one date, has no layout here. May not judge what a value says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from plainrecord.parsers.email.marks import SPECIAL
from plainrecord.parsers.email.memo import LONGEST_KEY
from plainrecord.parsers.email.senders import PEOPLE
from plainrecord.parsers.email.storemarks import STORE_FIELDS

_LAYOUTS = 2_048
# The lines of a header that are no fold: the name of each field, with its value behind it, and None for what is no field.
# Half the cost of finding both with `headers.FIELD`.
_FIELDS = re.compile(rb"\n(?:([!-9;-~]++):|(?![ \t]))").split
# After so many mails a layout gets a pattern of its own, which finds its values in a third of the time.
_FREQUENT = 1_000
_MOST_FIELDS = 80
_VALUE = rb"[^\n]*+(?:\n[ \t][^\n]*+)*+"
_THREADS = (b"x-gm-thrid", b"thread-index")
_SINGLE = (b"received", b"message-id", b"in-reply-to", b"references", b"subject", b"content-type", *_THREADS)

Values = Sequence[bytes]
Match = Callable[[bytes], re.Match[bytes] | None]


@dataclass(slots=True)
class Layout:
    """Where the wanted fields stand among the values of such a header (-1: nowhere).

    `people` takes the values of the address fields, `special` those that `header_marks` asks for beside the type; what
    stands before each is the names of those fields. `stored` is true when the store wrote something into the header.
    """

    date: int
    received: int
    message_id: int
    in_reply_to: int
    references: int
    subject: int
    content_type: int
    threads: tuple[tuple[bytes, int], ...]
    people_names: bytes
    people: Callable[[Values], Values]
    special_names: bytes
    special: Callable[[Values], Values]
    stored: bool
    met: int = field(default=0, compare=False)


class Layouts:
    """Reads the headers of one run, and remembers their layouts."""

    def __init__(self) -> None:
        self._known: dict[bytes, Layout | None] = {}
        self._patterns: dict[bytes, tuple[Match, Layout]] = {}
        self._frequent: tuple[Match, Layout] | None = None
        self._last: Layout | None = None

    def read(self, block: bytes) -> tuple[Layout, Values] | None:
        """The layout of a header block, and its values."""
        if self._frequent and (found := self._frequent[0](block)):
            return self._frequent[1], found.groups()
        _, *parts = _FIELDS(b"\n" + _trimmed(block))
        try:
            key = b":".join(parts[::2])
        except TypeError:  # a line is no field
            return None
        layout = self._known[key] if key in self._known else self._learn(key)
        if layout is None:
            return None
        layout.met += 1
        # Tried only where one mail is like the one before: in mail of all sorts, trying costs more than it saves.
        again = layout is self._last and layout.met >= _FREQUENT
        self._frequent = (self._patterns.get(key) or self._pattern(key)) if again else None
        self._last = layout
        return layout, parts[1::2]

    def _learn(self, key: bytes) -> Layout | None:
        layout = _layout_of(key.split(b":"))
        if len(key) <= LONGEST_KEY:
            if len(self._known) >= _LAYOUTS:
                self._known.clear()
            self._known[key] = layout
        return layout

    def _pattern(self, key: bytes) -> tuple[Match, Layout] | None:
        names = key.split(b":")
        if len(names) > _MOST_FIELDS:
            return None
        wanted = _wanted([name.lower() for name in names])
        fields = (
            re.escape(name) + b":" + (b"(" + _VALUE + b")" if at in wanted else _VALUE) for at, name in enumerate(names)
        )
        pattern = re.compile(b"\n".join(fields) + rb"(?:\n(?:\r?\n)?)?")
        layout = _layout_of(names, {at: number for number, at in enumerate(wanted)})
        assert layout is not None
        self._patterns[key] = (pattern.fullmatch, layout)
        return self._patterns[key]


def _trimmed(block: bytes) -> bytes:
    """The block without the end of its last field and the blank line."""
    if block.endswith(b"\n\n"):
        return block[:-2]
    if block.endswith(b"\n\r\n"):
        return block[:-3]
    return block[:-1] if block.endswith(b"\n") else block


def _wanted(lower: list[bytes]) -> list[int]:
    """The places of all fields that are asked for, ascending."""
    first = [lower.index(name) for name in (b"date", *_SINGLE) if name in lower]
    return sorted({*first, *(at for at, name in enumerate(lower) if name in PEOPLE or name in SPECIAL)})


def _layout_of(names: list[bytes], numbers: dict[int, int] | None = None) -> Layout | None:
    """The layout of a header with these fields; `numbers` says where a value stands when only the wanted ones are given.

    None when no such header is usual: without a date or with several.
    """
    lower = [name.lower() for name in names]
    if lower.count(b"date") != 1:
        return None
    places = numbers or {at: at for at in range(len(names))}
    first = {name: places[lower.index(name)] for name in (b"date", *_SINGLE) if name in lower}
    people = [at for at, name in enumerate(lower) if name in PEOPLE]
    special = [at for at, name in enumerate(lower) if name in SPECIAL]
    return Layout(
        first[b"date"],
        first.get(b"received", -1),
        first.get(b"message-id", -1),
        first.get(b"in-reply-to", -1),
        first.get(b"references", -1),
        first.get(b"subject", -1),
        first.get(b"content-type", -1),
        tuple((name, first[name]) for name in _THREADS if name in first),
        b":".join(lower[at] for at in people),
        _picker([places[at] for at in people]),
        b":".join(lower[at] for at in special),
        _picker([places[at] for at in special]),
        not STORE_FIELDS.isdisjoint(lower),
    )


def _picker(places: list[int]) -> Callable[[Values], Values]:
    """What takes the values at those places. (`itemgetter` gives a bare value for a single place, and takes no none.)"""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: values[places[0] : places[0] + 1] if places else ()
