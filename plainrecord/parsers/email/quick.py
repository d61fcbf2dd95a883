"""The quick way from a header block to an envelope, for mail as most programs write it.

`message.envelope` is the authority: whatever is unusual (text among the fields, a date in another form or not borne out
by the relay, a reply that names no mail) gives None here, and the mail is read there. What is answered here is what it
would answer: `tests/parsers/email/test_quick.py` holds the two against each other. May not decide anything in doubt.

Why it is quick: programs write the same fields in the same order, so where the wanted ones stand is worked out once for
each *layout* (the names of all fields, in order); and the raw values of address fields repeat.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

from plainrecord.parsers.email.datechoice import EARLIEST_US, EARLY_US, LATE_US
from plainrecord.parsers.email.dates import common_instant
from plainrecord.parsers.email.headers import FIELD, WANTED, Fields
from plainrecord.parsers.email.marks import SPECIAL, header_marks
from plainrecord.parsers.email.memo import LONGEST_KEY, Memo
from plainrecord.parsers.email.message import once
from plainrecord.parsers.email.phonebackup import is_phone_backup
from plainrecord.parsers.email.senders import PEOPLE, Parties, read_parties
from plainrecord.parsers.email.singles import together
from plainrecord.parsers.email.storemarks import STORE_FIELDS, StoreReader
from plainrecord.parsers.email.threads import MAX_REFERENCES, named_ids, thread_ids
from plainrecord.records import Conversation, Envelope, Position
from plainrecord.times import TimeBlock

_LAYOUTS = 2_048
_PEOPLE = 8_192
# What stands behind the last field of a whole block, of one whose blank line is missing, and of one that is cut.
_ENDS = frozenset(((b"", b""), (b"\r", b""), (b"",), ()))
_ONE_ID = re.compile(rb"[ \t]*<([A-Za-z0-9][^<>\s\x80-\xff]{2,997})>\s*").fullmatch
_UNKNOWN = object()

Values = tuple[bytes, ...]
Dates = Callable[[bytes], tuple[TimeBlock, ...]]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the wanted fields of such a block stand among its values (-1: nowhere); `end` is behind the last field.

    `people` takes the values of the address fields, `special` those that `header_marks` asks for beside the type; what
    stands before each is the names of those fields. `stored` is true when the store wrote something into the header.
    """

    end: int
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


@dataclass(frozen=True, slots=True)
class _People:
    """Who certain address fields name, and what goes into a conversation of it: all addresses, the author as written."""

    parties: Parties
    addresses: str
    author: str


class QuickReader:
    """Reads the header blocks of one run. `dates` gives the container's own times of a mail from its separator line."""

    def __init__(self, memo: Memo, store: StoreReader, dates: Dates) -> None:
        self._memo = memo
        self._store = store
        self._dates = dates
        self._layouts: dict[bytes, _Layout | None] = {}
        self._people: dict[bytes, _People] = {}
        self._special: dict[Values, tuple[str, ...]] = {}

    def envelope(
        self, block: bytes, position: Position, separator: bytes, marks: tuple[str, ...], notes: tuple[str, ...]
    ) -> Envelope | None:
        """The envelope of a usual header block; None for one that `message.envelope` has to read.

        `marks` and `notes` are the container's.
        """
        # Text before the first field, bare CR and NUL are oddities; without NUL, values can be joined by it.
        if not block[:1].isalpha() or block.startswith(b"From ") or b"\0" in block:
            return None
        if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
            return None
        names, values = zip(*FIELD.findall(b"\n" + block), strict=True)
        key = b":".join(names)
        layout = self._layouts.get(key, _UNKNOWN)
        if layout is _UNKNOWN:
            layout = self._learn(key, names)
        if not isinstance(layout, _Layout) or values[layout.end :] not in _ENDS:
            return None
        time = self._time(layout, values, separator)
        people = self._people_of(layout, values, block)
        if time is None or people.parties.null_return_path:
            return None
        conversation = self._conversation(layout, values, people, time.ts_raw)
        own_marks = self._marks(layout, values, block)
        if conversation is None or own_marks is None:
            return None
        if layout.stored:
            store = self._store.facts(block)
            marks, notes = together(marks, store.marks), notes + store.notes
            if store.kind or is_phone_backup(marks):
                return None
        parties = people.parties
        return Envelope(
            position,
            "email",
            "email",
            time,
            parties.sender,
            parties.recipients,
            parties.also,
            conversation,
            once(marks, own_marks) if own_marks else marks,
            once(parties.notes, notes) if notes else parties.notes,
        )

    def _learn(self, key: bytes, names: Values) -> _Layout | None:
        layout = _layout_of(names)
        if len(key) <= LONGEST_KEY:
            if len(self._layouts) >= _LAYOUTS:
                self._layouts.clear()
            self._layouts[key] = layout
        return layout

    def _time(self, layout: _Layout, values: Values, separator: bytes) -> TimeBlock | None:
        """The time of the Date field, when the topmost relay or else the container bears it out (see `primary_time`)."""
        raw = values[layout.date]
        claimed = common_instant(raw)
        if claimed is None or claimed[0] < EARLIEST_US:
            return None
        if layout.received >= 0:
            hop = values[layout.received]
            arrived = common_instant(hop, hop.rfind(b";") + 1)
            anchor = arrived[0] if arrived else 0
        else:
            stored = (time.utc_us or 0 for time in self._dates(separator))
            anchor = next((instant for instant in stored if instant >= EARLIEST_US), claimed[0])
        if not anchor - EARLY_US <= claimed[0] <= anchor + LATE_US:
            return None
        text = raw.decode("ascii").strip(" \t\r\n")
        return TimeBlock(text, "Date", claimed[0], "explicit_offset", "s", "sent", claimed[1])

    def _people_of(self, layout: _Layout, values: Values, block: bytes) -> _People:
        key = b"\0".join((layout.people_names, *layout.people(values)))
        known = self._people.get(key)
        if known is None:
            fields = Fields(block)
            parties = read_parties(fields, self._memo)
            author = b" ".join((fields.first(b"from") or b"").split()).decode("latin-1")
            known = _People(parties, " ".join(parties.addresses), author)
            if len(key) <= LONGEST_KEY:
                if len(self._people) >= _PEOPLE:
                    self._people.clear()
                self._people[key] = known
        return known

    def _conversation(self, layout: _Layout, values: Values, people: _People, date: str) -> Conversation | None:
        links: list[str] = []
        if layout.message_id >= 0:
            one = _ONE_ID(values[layout.message_id])
            links = [one[1].decode("ascii")] if one else named_ids(values[layout.message_id])[:1]
        own, mark = (links[0], f"{people.author}\n{' '.join(date.split())}") if links else (None, "")
        before = len(links)
        if layout.references >= 0:
            links += named_ids(values[layout.references])
            if len(links) > MAX_REFERENCES:
                return None
        if layout.in_reply_to >= 0:
            one = _ONE_ID(values[layout.in_reply_to])
            if one is None or b"@" not in one[1]:
                return None
            links.append(one[1].decode("ascii"))
        for name, at in layout.threads:
            links += thread_ids({name: [values[at]]})
        fallback, prefixed = None, False
        if layout.subject >= 0:
            base = self._memo.subject_of(values[layout.subject])
            prefixed = base.prefixed
            fallback = f"{base.key}|{people.addresses}" if base.key else None
        seeks = prefixed and len(links) == before
        once_each = tuple(dict.fromkeys(links)) if len(links) > 1 else tuple(links)
        return Conversation(None, None, False, once_each, fallback, seeks, own, mark)

    def _marks(self, layout: _Layout, values: Values, block: bytes) -> tuple[str, ...] | None:
        """The marks of the mail's own header; None for a report, which the authority reads."""
        if layout.content_type >= 0 and b"multipart/report" in values[layout.content_type][:2_000].lower():
            return None
        if not layout.special_names:
            return ()
        key = (layout.special_names, *layout.special(values))
        known = self._special.get(key)
        if known is None:
            known = header_marks(Fields(block), False)
            self._memo.keep(self._special, key, known, sum(map(len, key)))
        return known


def _layout_of(names: Values) -> _Layout | None:
    """The layout of a block with these fields; None when no such block is usual: without a date or with several, or with
    a line among the fields that is none."""
    end = len(names)
    while end and not names[end - 1]:
        end -= 1
    lower = [name.lower() for name in names[:end]]
    if b"" in lower or lower.count(b"date") != 1:
        return None
    first = {name: at for at, name in reversed(list(enumerate(lower))) if name in WANTED}
    people = [at for at, name in enumerate(lower) if name in PEOPLE]
    special = [at for at, name in enumerate(lower) if name in SPECIAL]
    return _Layout(
        end,
        first[b"date"],
        first.get(b"received", -1),
        first.get(b"message-id", -1),
        first.get(b"in-reply-to", -1),
        first.get(b"references", -1),
        first.get(b"subject", -1),
        first.get(b"content-type", -1),
        tuple((name, first[name]) for name in (b"x-gm-thrid", b"thread-index") if name in first),
        b":".join(lower[at] for at in people),
        _picker(people),
        b":".join(lower[at] for at in special),
        _picker(special),
        not STORE_FIELDS.isdisjoint(lower),
    )


def _picker(places: list[int]) -> Callable[[Values], Values]:
    """What takes the values at those places. (`itemgetter` gives a bare value for a single place, and takes no none.)"""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: values[places[0] : places[0] + 1] if places else ()
