"""The quick way for plain messages: what the careful writers make of one of them, with the changing parts cut out.

The messages of a chat differ in number, time, text, place and digest, and in little else. For each set of what they
share (a `Form`, made in `formcut.py`) the careful way is taken once, and what comes out is filled in for all others at
once (`filling.py`). So nothing is written here that is not written there, and a test holds both ways to the same bytes.
What is not plain goes the careful way.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any

from plainrecord.bundle.batch import Batch, PlainEvent
from plainrecord.bundle.clocktext import clock_text
from plainrecord.bundle.contents import Chosen, Many
from plainrecord.bundle.filling import (
    Clock,
    Column,
    Plain,
    clock_written,
    json_bytes,
    misfits,
    plain_bytes,
    stamps_written,
    texts_written,
    words_written,
)
from plainrecord.bundle.formcut import Form, Items, form_of
from plainrecord.facts import digests_of
from plainrecord.facts.events import digest_of, is_missed, target_of
from plainrecord.records import Account, Loaded, record_ids
from plainrecord.times import TimeBlock

_REMEMBERED = 1_000
# Of what the messages share: met once, so that a form may be worth making; or there can be none.
_MET, _NONE = "met", "none"


class Forms:
    """The forms met so far, by everything that is not a changing part. Holds for one zone and one selection of one case."""

    def __init__(self, zone: str | None) -> None:
        self._zone = zone
        self._clock = clock_text(zone)
        self._forms: dict[tuple[Any, ...], Form | str] = {}
        self._near: dict[tuple[Any, ...], tuple[Form | None, Any]] = {}

    def begin(self) -> None:
        """Forget which objects were met: another chunk brings others."""
        self._near.clear()

    def form(self, row: Chosen, loaded: Loaded, items: Items) -> Form | None:
        """The form of a message, or None when it is for the careful way."""
        if not _plain(row, loaded):
            return None
        envelope, time = loaded.envelope, loaded.envelope.time
        left = _attachments(loaded) if loaded.attachments else ()
        if left is None:
            return None
        # Objects are told apart by identity, which is safe because `_near` keeps them alive.
        key = (
            row.conversation, row.source, row.tree_path, row.part, row.matched,
            id(envelope.sender), id(envelope.recipients), id(envelope.also), envelope.kind, envelope.service,
            envelope.marks, envelope.notes, loaded.notes, loaded.text_from, loaded.raw_sha256 is None,
            loaded.raw_bytes is None, *_shared(time), left, loaded.raw is None, loaded.native_suffix, *loaded.status, "", *loaded.facts,
        )  # fmt: skip
        known = self._near.get(key)
        if known is None:
            if len(self._near) >= _REMEMBERED:
                self._near.clear()
            people = (envelope.sender, envelope.recipients, envelope.also)
            known = self._near[key] = (self._form(key[:5] + _named(people) + key[8:], row, loaded, items), people)
            if known[0] is None:
                del self._near[key]
        return known[0]

    def form_of_many(self, many: Many, items: Items) -> Form | None:
        """The form of messages that are known to be alike; None when they are for the careful way."""
        found = self.form(many.row, many.said.like, items)
        if found is None and len(many.numbers) > 1:
            # A form is made when its like is met a second time, and here there are several at once.
            return self.form(many.row, many.said.like, items)
        return found

    def fill(self, form: Form, plain: Plain) -> tuple[Batch, list[int]]:
        """Messages of a form made ready; and the places of those that are for the careful way after all."""
        left = misfits(plain)
        if left:
            aside = set(left)
            plain = plain.at(at for at in range(len(plain.numbers)) if at not in aside)
        ready = Batch()
        if plain.numbers:
            self._fill(ready, form, plain)
        return ready, left

    def _form(self, key: tuple[Any, ...], row: Chosen, loaded: Loaded, items: Items) -> Form | None:
        """The form, made when its like is met a second time."""
        known = self._forms.get(key)
        if known is None:
            if len(self._forms) >= _REMEMBERED:
                self._forms.clear()
            self._forms[key] = _MET
            return None
        if known is _MET:
            known = self._forms[key] = form_of(row, loaded, items, self._zone) or _NONE
        return known if isinstance(known, Form) else None

    def _fill(self, ready: Batch, form: Form, plain: Plain) -> None:
        numbers, count = [b"M-%06d" % number for number in plain.numbers], len(plain.numbers)
        texts, stamps = texts_written(plain.texts), stamps_written(plain.stamps)
        clock = clock_written(plain.instants, form.precision, self._clock)
        words, longer = words_written(plain.words)
        # In the order of the places in `formcut.py`.
        columns: list[Column] = [
            numbers, plain_bytes(record_ids(*form.place, plain.locators)), plain_bytes(clock.utc),
            plain_bytes(clock.shown), plain_bytes(plain.locators), *texts[:4], *stamps[:4],
            json_bytes([local or "" for local in plain.locals]), plain_bytes(digest or "" for digest in plain.digests),
            [b"%d" % (size or 0) for size in plain.sizes], *words,
        ]  # fmt: skip
        talks = form.talk.fill(columns)
        times = 1 if form.dated else 2  # how often the time as written stands in a message
        chars = [
            len(talk) - (form.longer + text + times * stamp + value)
            for talk, text, stamp, value in zip(talks, texts.longer, stamps.longer, longer, strict=True)
        ]
        before, behind = form.shown
        when = clock.shown if form.dated else plain.stamps
        ready.extend((
            [f"{number:012d}" for number in plain.numbers], numbers, plain.numbers, plain.instants, clock.instants,
            [f"{before}{one}{behind}" for one in when] if before or behind else when, form.line.fill(columns),
            form.csv.fill(columns), form.row.fill(columns), talks, chars, list(map(len, plain.texts)), [form.like] * count,
            _events(form, plain, clock), _natives(form, plain, numbers),
        ))  # fmt: skip


def _events(form: Form, plain: Plain, clock: Clock) -> list[PlainEvent]:
    """Each message as facts count it."""
    like = form.like.event
    assert like is not None
    count = len(plain.numbers)
    instants: Sequence[int | None] = [None] * count if form.precision == "day" else clock.instants
    if not form.status and not form.facts:
        shape, says = repeat(like.shape), digests_of(plain.texts)
        return list(zip(plain.numbers, instants, shape, says, repeat(None), repeat(None)))
    return [
        _worded_event(form, number, instant, text, values)
        for number, instant, text, values in zip(plain.numbers, instants, plain.texts, plain.words, strict=True)
    ]


def _worded_event(form: Form, number: int, instant: int | None, text: str, values: tuple[str, ...]) -> PlainEvent:
    like = form.like.event
    assert like is not None
    shape, among = like.shape, len(form.status)
    facts = dict(zip(form.facts, values[among:], strict=True))
    if form.status:
        status = dict(zip(form.status, values[:among], strict=True))
        shape = shape._replace(missed=is_missed(shape.kind, form.marks, status))
    return number, instant, shape, digest_of(facts, None, text), target_of(facts) if facts else None, None


def _natives(form: Form, plain: Plain, numbers: list[bytes]) -> list[Any]:
    if form.native is None:
        return [None] * len(numbers)
    before, behind, original = *form.native, form.like.original
    return [
        (number.decode(), f"{before}{number.decode()}{behind}", raw or b"", digest, original)
        for number, raw, digest in zip(numbers, plain.raws, plain.digests, strict=True)
    ]


def plain_of(rows: Sequence[tuple[Chosen, Loaded]]) -> Plain:
    """What differs between messages that were loaded one by one."""
    times = [loaded.envelope.time for _, loaded in rows]
    return Plain(
        [row.number for row, _ in rows],
        [row.locator for row, _ in rows],
        [loaded.text or "" for _, loaded in rows],
        [time.ts_raw for time in times],
        [time.utc_us for time in times],
        [time.local for time in times],
        [loaded.raw_sha256 for _, loaded in rows],
        [loaded.raw_bytes for _, loaded in rows],
        [(*loaded.status.values(), *loaded.facts.values()) for _, loaded in rows],
        [loaded.raw for _, loaded in rows],
    )


def plain_of_many(many: Many) -> Plain:
    """The same of messages that were loaded in columns."""
    said, count = many.said, len(many.numbers)
    words = (*said.like.status.values(), *said.like.facts.values())
    return Plain(
        many.numbers, said.locators, said.texts, said.stamps, said.instants, said.locals, said.digests, said.sizes,
        [words] * count, [None] * count,
    )  # fmt: skip


@lru_cache(maxsize=4)
def forms_for(zone: str | None, view: object) -> Forms:  # noqa: ARG001 - part of what they are remembered by
    """The forms of this process for a zone and a `view`, a token of one selection of one case."""
    return Forms(zone)


def _plain(row: Chosen, loaded: Loaded) -> bool:
    return bool(
        loaded.text
        and not row.gap
        and not row.copies
        and not (loaded.blobs and any(blob is not None for blob in loaded.blobs))
        and not loaded.children
        and not loaded.dates
        and loaded.html is None
        and loaded.subject is None
    )


def _attachments(loaded: Loaded) -> tuple[str, ...] | None:
    """What is said of attachments that are not there; None where that cannot be written as it is."""
    try:
        return tuple([one.model_dump_json() for one in loaded.attachments])
    except ValueError:  # a text that is not valid Unicode
        return None


def _shared(time: TimeBlock) -> tuple[Any, ...]:
    return (
        time.where, time.tz_basis, time.precision, time.meaning, time.ts_offset, time.tz_name, time.dst_flag,
        time.local is None, time.utc_us is None,
    )  # fmt: skip


def _named(people: tuple[Account | None, tuple[Account, ...], tuple[Account, ...]]) -> tuple[Any, ...]:
    sender, recipients, also = people
    return (
        sender and _account(sender),
        tuple([_account(account) for account in recipients]),
        tuple([_account(account) for account in also]),
    )


def _account(account: Account) -> tuple[str | None, ...]:
    # All of it: `role` is no part of what accounts are compared by.
    return (account.service, account.kind, account.value, account.name, account.role)
