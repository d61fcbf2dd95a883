"""The quick way for plain messages: what the careful writers make of one of them, with the changing parts cut out.

The messages of a chat differ in number, time, text, place and digest, and in little else. For each set of what they
share (a `Form`) one message is made by the careful way (`finished`) with marks in the changing places; the lines and
drawings that come out, cut at the marks, are filled in for every other. So nothing is written here that is not written
there, and a test holds both ways to the same bytes. What is not plain goes the careful way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from html import escape
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any, NamedTuple

from plainrecord.bundle.clocktext import clock_text
from plainrecord.bundle.contents import Chosen, Item
from plainrecord.bundle.finished import Finished, finished
from plainrecord.bundle.page_rows import FIRST_WORDS
from plainrecord.bundle.shown import html, one_line, visible
from plainrecord.bundle.timeline import LONGEST_CELL, quoted_cell
from plainrecord.records import Account, Loaded, record_id
from plainrecord.times import Precision, TimeBlock, format_utc, show_local

Items = Callable[[Chosen, Loaded], Iterable[Item]]
_REMEMBERED = 2_000
_PLACE = re.compile(r"[a-z]+:[A-Za-z0-9/._:#~-]+")
# Marks for the changing parts. None of them needs an escape anywhere.
_NUMBER = 918273645546
_NUMBER_MARK = f"M-{_NUMBER}"
_MARK = "x7q9f3a71c5e0"
_TEXT_MARK, _RAW_MARK, _LOCAL_MARK, _PLACE_MARK = f"{_MARK}text", f"{_MARK}raw", f"{_MARK}local", f"{_MARK}:place"
_INSTANT = 183_257_363_227_000_000
_SHA256 = "7e57" * 16
_BYTES = 987_123_645_012
# Where each value stands; a text has four (JSON, cell, first words, HTML), a time as written four (JSON, cell, HTML,
# inside a cell), and
# each value of `status` and `facts` two (JSON, HTML).
_AT_NUMBER, _AT_ID, _AT_UTC, _AT_SHOWN, _AT_PLACE, _AT_TEXT, _AT_FIRST, _AT_RAW, _AT_LOCAL = 0, 1, 2, 3, 4, 5, 7, 9, 13
_AT_SHA256, _AT_BYTES, _AT_WORDS = 14, 15, 16
_NO_VALUES: tuple[list[bytes], int] = ([], 0)
_STEPS: dict[Precision, int] = {"min": 1_000_000, "s": 1_000_000, "day": 1_000_000, "ms": 1_000, "us": 1, "ns": 1}


class _Cut(NamedTuple):
    """A text with its changing parts cut out: every second of the `parts` is one, and `pick` gives what belongs there."""

    parts: list[bytes]
    pick: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]

    def fill(self, values: tuple[bytes, ...]) -> bytes:
        """The text with these values."""
        parts = self.parts.copy()
        parts[1::2] = self.pick(values)
        return b"".join(parts)


class Form(NamedTuple):
    """What messages that differ only in the changing parts share."""

    line: _Cut
    csv: _Cut
    row: _Cut
    talk: _Cut
    like: Finished
    shown: tuple[str, str]
    longer: int
    place: tuple[str, str]


class Forms:
    """The forms met so far, by everything that is not a changing part. Holds for one zone and one selection of one case."""

    def __init__(self, zone: str | None) -> None:
        self._zone = zone
        self._clock = clock_text(zone)
        self._forms: dict[tuple[Any, ...], Form | None] = {}
        self._near: dict[tuple[Any, ...], tuple[Form | None, Any]] = {}

    def begin(self) -> None:
        """Forget which objects were met: another chunk brings others."""
        self._near.clear()

    def ready(self, row: Chosen, loaded: Loaded, items: Items) -> Finished | None:
        """The message made ready, or None when it is for the careful way."""
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
            loaded.raw_bytes is None, *_shared(time), left, *loaded.status, "", *loaded.facts,
        )  # fmt: skip
        known = self._near.get(key)
        if known is None:
            if len(self._near) >= _REMEMBERED:
                self._near.clear()
            people = (envelope.sender, envelope.recipients, envelope.also)
            known = self._near[key] = (self._form(key[:5] + _named(people) + key[8:], row, loaded, items), people)
            if known[0] is None:
                del self._near[key]
        form = known[0]
        return None if form is None else self._filled(form, row, loaded, time)

    def _form(self, key: tuple[Any, ...], row: Chosen, loaded: Loaded, items: Items) -> Form | None:
        """The form, made when its like is met a second time."""
        if key not in self._forms:
            if len(self._forms) >= _REMEMBERED:
                self._forms.clear()
            self._forms[key] = None
            return None
        known = self._forms[key]
        if known is None:
            known = self._forms[key] = _form(row, loaded, items, self._zone)
        return known

    def _filled(self, form: Form, row: Chosen, loaded: Loaded, time: TimeBlock) -> Finished | None:
        text, raw, words = _text(loaded.text or ""), _raw(time.ts_raw), _values(loaded)
        utc_us, local, sha256, locator = time.utc_us, time.local, loaded.raw_sha256, row.locator
        if text is None or raw is None or words is None or not _PLACE.fullmatch(locator):
            return None
        if not (local or "").isascii() or not (sha256 or "0").isalnum():
            return None
        like, number = form.like, f"M-{row.number:06d}"
        utc, shown, instant = self._when(time, utc_us)
        values = (
            number.encode(), record_id(*form.place, locator).encode(), utc.encode(), shown.encode(), locator.encode(),
            *text[:4], *raw[:4], b"" if local is None else encode_basestring(local).encode(), (sha256 or "").encode(),
            b"%d" % (loaded.raw_bytes or 0), *words[0],
        )  # fmt: skip
        talk = form.talk.fill(values)
        longer = form.longer + text[4] + raw[4] * (1 if utc else 2) + words[1]
        return Finished(
            number, row.number, False, f"{row.number:012d}", like.conversation, like.conversation_key, 0, utc_us, instant,
            f"{form.shown[0]}{shown or time.ts_raw}{form.shown[1]}", form.line.fill(values), form.csv.fill(values),
            form.row.fill(values), talk, len(talk) - longer, None, b"", sha256, like.original, (), like.media_missing,
            len(loaded.text or ""), like.part, like.kind, like.source, like.service,
        )  # fmt: skip

    def _when(self, time: TimeBlock, utc_us: int | None) -> tuple[str, str, int | None]:
        """A time in UTC, in words, and the instant it states; empty for one that has none."""
        if utc_us is None:
            return "", "", None
        step = _STEPS[time.precision]
        utc = self._clock.utc(utc_us) if step == 1_000_000 else format_utc(utc_us, time.precision)
        return utc, self._clock.shown(utc_us), utc_us // step * step


@lru_cache(maxsize=4)
def forms_for(zone: str | None, view: object) -> Forms:  # noqa: ARG001 - part of what they are remembered by
    """The forms of this process for a zone and a `view`, a token of one selection of one case."""
    return Forms(zone)


def _plain(row: Chosen, loaded: Loaded) -> bool:
    return bool(
        loaded.text
        and not row.gap
        and not (loaded.blobs and any(blob is not None for blob in loaded.blobs))
        and not loaded.children
        and not loaded.dates
        and loaded.raw is None
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


def _text(text: str) -> tuple[bytes, bytes, bytes, bytes, int] | None:
    """A text as JSON, as a cell, its first words and all of it in HTML, and by how much these two have more bytes than
    characters; None where the careful way is needed."""
    if text.isprintable() or text.replace("\n", " ").replace("\t", " ").isprintable():
        shown, first = text, " ".join(text[: 4 * FIRST_WORDS].split())
        if len(first) > FIRST_WORDS:
            first = first[:FIRST_WORDS].rstrip() + " …"
    elif _encodable(text):
        shown, first = visible(text), visible(one_line(text[: 4 * FIRST_WORDS], FIRST_WORDS))
    else:
        return None
    if len(shown) > LONGEST_CELL:
        return None
    first, drawn = escape(first) or "(no text)", escape(shown)
    short, whole = first.encode(), drawn.encode()
    longer = len(short) + len(whole) - len(first) - len(drawn)
    return encode_basestring(text).encode(), quoted_cell(text).encode(), short, whole, longer


def _raw(text: str) -> tuple[bytes, bytes, bytes, bytes, int] | None:
    """A time as written as JSON, as a cell, in HTML and inside a cell, and by how much HTML has more bytes than characters."""
    if not text or not text.isprintable():
        return None
    drawn, inside = escape(text), text.replace('"', '""').encode()
    whole = drawn.encode()
    return encode_basestring(text).encode(), quoted_cell(text).encode(), whole, inside, len(whole) - len(drawn)


def _values(loaded: Loaded) -> tuple[list[bytes], int] | None:
    """Each value of `status` and `facts`, as JSON and as HTML, and by how much this has more bytes than characters."""
    if not loaded.status and not loaded.facts:
        return _NO_VALUES
    words: list[bytes] = []
    longer = 0
    for value in (*loaded.status.values(), *loaded.facts.values()):
        if not _encodable(value):
            return None
        drawn = html(value)
        words += (encode_basestring(value).encode(), drawn.encode())
        longer += len(words[-1]) - len(drawn)
    return words, longer


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _form(row: Chosen, loaded: Loaded, items: Items, zone: str | None) -> Form | None:
    """The form of a message: made with marks by the careful way, and cut at them. None when a mark is not alone."""
    marked = _marked(loaded)
    [item] = items(row.at(_NUMBER, _PLACE_MARK), marked)
    like, identity = finished(item, zone), item.record.id
    # What has no instant is shown by its time as written, which then stands twice.
    dated = marked.envelope.time.utc_us is not None
    when = show_local(_INSTANT, zone) if dated else _RAW_MARK
    shown = {when: [_AT_SHOWN]} if dated else {}
    line = _cut(like.line, _line_marks(marked, identity))
    csv = _cut(like.csv, _csv_marks(marked, identity) | shown)
    drawn = _cut(like.row, {
        _NUMBER_MARK: [_AT_NUMBER] * 3, _TEXT_MARK: [_AT_FIRST], **(shown or {_RAW_MARK: [_AT_RAW + 2]}),
    })  # fmt: skip
    talk = _cut(like.talk, _talk_marks(marked, identity) | shown)
    if line is None or csv is None or drawn is None or talk is None:
        return None
    before, _, behind = like.shown.partition(when)
    longer = len(like.talk) - like.talk_chars
    return Form(line, csv, drawn, talk, like, (before, behind), longer, (row.original_sha256, row.member_path))


def _line_marks(marked: Loaded, identity: str) -> dict[str, list[int]]:
    time, words = marked.envelope.time, [*marked.status.values(), *marked.facts.values()]
    return {
        _NUMBER_MARK: [_AT_NUMBER], identity: [_AT_ID], _PLACE_MARK: [_AT_PLACE], f'"{_TEXT_MARK}"': [_AT_TEXT],
        f'"{_RAW_MARK}"': [_AT_RAW],
        **({} if time.utc_us is None else {format_utc(_INSTANT, time.precision): [_AT_UTC]}),
        **({} if time.local is None else {f'"{_LOCAL_MARK}"': [_AT_LOCAL]}),
        **({} if marked.raw_sha256 is None else {_SHA256: [_AT_SHA256]}),
        **({} if marked.raw_bytes is None else {str(_BYTES): [_AT_BYTES]}),
        **{f'"{word}"': [_AT_WORDS + 2 * at] for at, word in enumerate(words)},
    }  # fmt: skip


def _csv_marks(marked: Loaded, identity: str) -> dict[str, list[int]]:
    time = marked.envelope.time
    return {
        _NUMBER_MARK: [_AT_NUMBER], identity: [_AT_ID], _PLACE_MARK: [_AT_PLACE], _TEXT_MARK: [_AT_TEXT + 1],
        _RAW_MARK: [_AT_RAW + 3, _AT_RAW + 1] if time.utc_us is None else [_AT_RAW + 1],
        **({} if time.utc_us is None else {format_utc(_INSTANT, time.precision): [_AT_UTC]}),
    }  # fmt: skip


def _talk_marks(marked: Loaded, identity: str) -> dict[str, list[int]]:
    words = [*marked.status.values(), *marked.facts.values()]
    return {
        _NUMBER_MARK: [_AT_NUMBER] * 4, identity: [_AT_ID], _PLACE_MARK: [_AT_PLACE],
        _TEXT_MARK: [_AT_FIRST, _AT_FIRST + 1],
        _RAW_MARK: [_AT_RAW + 2] * (2 if marked.envelope.time.utc_us is None else 1),
        **({} if marked.raw_sha256 is None else {_SHA256: [_AT_SHA256]}),
        **{word: [_AT_WORDS + 1 + 2 * at] for at, word in enumerate(words)},
    }  # fmt: skip


def _marked(loaded: Loaded) -> Loaded:
    """The message with marks in its changing parts."""
    time = loaded.envelope.time
    marked = replace(
        time,
        ts_raw=_RAW_MARK,
        utc_us=None if time.utc_us is None else _INSTANT,
        local=None if time.local is None else _LOCAL_MARK,
    )
    return replace(
        loaded,
        envelope=replace(loaded.envelope, time=marked),
        text=_TEXT_MARK,
        raw_sha256=None if loaded.raw_sha256 is None else _SHA256,
        raw_bytes=None if loaded.raw_bytes is None else _BYTES,
        status={name: f"{_MARK}status{at}." for at, name in enumerate(loaded.status)},
        facts={name: f"{_MARK}fact{at}." for at, name in enumerate(loaded.facts)},
    )


def _cut(text: bytes, marks: dict[str, list[int]]) -> _Cut | None:
    """The text cut at the marks, each with the values of its places in order. None unless each is met just so often."""
    left = {mark.encode(): list(slots) for mark, slots in marks.items()}
    parts = re.split(b"(" + b"|".join(map(re.escape, sorted(left, key=len, reverse=True))) + b")", text)
    slots: list[int] = []
    for mark in parts[1::2]:
        if not left[mark]:
            return None
        slots.append(left[mark].pop(0))
    if any(left.values()) or len(slots) < 2:
        return None
    return _Cut(parts, itemgetter(*slots))
