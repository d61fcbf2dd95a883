"""The quick way from a header block to what a case keeps of a mail, for mail as most programs write it.

`message.envelope` is the authority: whatever is unusual (text among the fields, a date in another form or not borne out
by the relay, a reply that names no mail) gives None here, and the mail is read there. What is answered here makes the rows
its envelope would make: `tests/parsers/email/test_quick.py` holds the two against each other. May not decide anything in
doubt.

Why it is quick: where the wanted fields stand is known from the *layout* (`layouts.py`); the raw values of address fields
repeat, and so do days and zones; and no object is made that is taken apart again at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from plainrecord.parsers.base import Brief, People
from plainrecord.parsers.email.datechoice import EARLIEST_US, EARLY_US, LATE_US
from plainrecord.parsers.email.headers import Fields
from plainrecord.parsers.email.instants import Instants
from plainrecord.parsers.email.layouts import Layout, Layouts, Values
from plainrecord.parsers.email.marks import header_marks
from plainrecord.parsers.email.memo import LONGEST_KEY, Memo
from plainrecord.parsers.email.message import once
from plainrecord.parsers.email.phonebackup import is_phone_backup
from plainrecord.parsers.email.senders import read_parties
from plainrecord.parsers.email.singles import together
from plainrecord.parsers.email.storemarks import StoreReader
from plainrecord.parsers.email.threads import MAX_REFERENCES, raw_ids, thread_ids
from plainrecord.times import TimeBlock

_PEOPLE = 8_192
_ONE_ID = re.compile(rb"[ \t]*<([A-Za-z0-9][^<>\s\x80-\xff]{2,997})>\s*").fullmatch

# `Brief(…)` goes through a function written in Python.
_new_brief = tuple.__new__

Dates = Callable[[bytes], tuple[TimeBlock, ...]]


@dataclass(frozen=True, slots=True)
class _People:
    """Who certain address fields name, and what goes into a conversation of it: all addresses, the author as written."""

    people: People
    addresses: bytes
    author: bytes
    null_return_path: bool


class QuickReader:
    """Reads the header blocks of one run. `dates` gives the container's own times of a mail from its separator line."""

    def __init__(self, memo: Memo, store: StoreReader, dates: Dates) -> None:
        self._memo = memo
        self._store = store
        self._dates = dates
        self._claims, self._hops = Instants(minus_zero=True), Instants()
        self._layouts = Layouts()
        self._people: dict[bytes, _People] = {}
        self._special: dict[tuple[bytes, ...], tuple[str, ...]] = {}

    def brief(self, block: bytes, member: str, locator: str, separator: bytes, marks: tuple[str, ...]) -> Brief | None:
        """What a case keeps of a mail with a usual header block; None for one that `message.envelope` has to read.

        `marks` are the container's.
        """
        # Text before the first field, bare CR and NUL are oddities; without NUL, values can be joined by it.
        if not block[:1].isalpha() or block.startswith(b"From ") or b"\0" in block:
            return None
        if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
            return None
        found = self._layouts.read(block)
        if found is None:
            return None
        layout, values = found
        utc_us = self._time(layout, values, separator)
        people = self._people_of(layout, values, block)
        if utc_us is None or people.null_return_path:
            return None
        linked = self._links(layout, values)
        own_marks = self._marks(layout, values, block)
        if linked is None or own_marks is None:
            return None
        if layout.stored:
            store = self._store.facts(block)
            marks = together(marks, store.marks)
            if store.kind or is_phone_backup(marks):
                return None
        links, named, answers = linked
        fallback, prefixed = None, False
        if layout.subject >= 0:
            subject, prefixed = self._memo.subject_key(values[layout.subject])
            fallback = subject + b"|" + people.addresses if subject else None
        return _new_brief(
            Brief,
            (
                member,
                locator,
                "email",
                utc_us,
                people.people,
                once(marks, own_marks) if own_marks else marks,
                links,
                named,
                people.author,
                b" ".join(values[layout.date].split()) if named else b"",
                fallback,
                prefixed and not answers,
            ),
        )

    def _time(self, layout: Layout, values: Values, separator: bytes) -> int | None:
        """The time of the Date field, when the topmost relay or else the container bears it out (see `primary_time`)."""
        claimed = self._claims.of(values[layout.date])
        if claimed is None or claimed < EARLIEST_US:
            return None
        if layout.received >= 0:
            hop = values[layout.received]
            anchor = self._hops.of(hop[hop.rfind(b";") + 1 :]) or 0
        else:
            stored = (time.utc_us or 0 for time in self._dates(separator))
            anchor = next((instant for instant in stored if instant >= EARLIEST_US), claimed)
        return claimed if anchor - EARLY_US <= claimed <= anchor + LATE_US else None

    def _people_of(self, layout: Layout, values: Values, block: bytes) -> _People:
        key = b"\0".join((layout.people_names, *layout.people(values)))
        known = self._people.get(key)
        if known is None:
            known = self._read_people(block)
            if len(key) <= LONGEST_KEY:
                if len(self._people) >= _PEOPLE:
                    self._people.clear()
                self._people[key] = known
        return known

    def _read_people(self, block: bytes) -> _People:
        fields = Fields(block)
        found = read_parties(fields, self._memo)
        author = b" ".join((fields.first(b"from") or b"").split()).decode("latin-1").encode()
        addresses = " ".join(found.addresses).encode("utf-8", "surrogatepass")
        return _People((found.sender, found.recipients, found.also), addresses, author, found.null_return_path)

    def _links(self, layout: Layout, values: Values) -> tuple[tuple[bytes, ...], bool, bool] | None:
        """What names the mail and what it names, each once; whether it has a name, and whether it names any other."""
        links: list[bytes] = []
        if layout.message_id >= 0:
            one = _ONE_ID(values[layout.message_id])
            links = [one[1]] if one else _ids(values[layout.message_id])[:1]
        own = len(links)
        if layout.references >= 0:
            links += _ids(values[layout.references])
            if len(links) > MAX_REFERENCES:
                return None
        if layout.in_reply_to >= 0:
            one = _ONE_ID(values[layout.in_reply_to])
            if one is None or b"@" not in one[1]:
                return None
            links.append(one[1])
        for name, at in layout.threads:
            links += [one.encode() for one in thread_ids({name: [values[at]]})]
        once_each = tuple(dict.fromkeys(links)) if len(links) > 1 else tuple(links)
        return once_each, own > 0, len(links) > own

    def _marks(self, layout: Layout, values: Values, block: bytes) -> tuple[str, ...] | None:
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


def _ids(raw: bytes) -> list[bytes]:
    """As `named_ids`, in UTF-8."""
    return [one if one.isascii() else one.decode("utf-8", "replace").encode() for one in raw_ids(raw)]
