"""A form: what the careful writers make of one plain message, with the changing parts cut out.

The message is given marks in its changing parts, goes the careful way (`finished`), and the lines and drawings that come
out are cut at the marks. Where a mark is met more or less often than it should be, there is no form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import NamedTuple

from plainrecord.bundle.contents import Chosen, Item
from plainrecord.bundle.filling import Column
from plainrecord.bundle.finished import Finished, finished
from plainrecord.records import Loaded
from plainrecord.times import Precision, format_utc, show_local

Items = Callable[[Chosen, Loaded], Iterable[Item]]
# Marks for the changing parts. None of them needs an escape anywhere.
_NUMBER = 918273645546
_NUMBER_MARK = f"M-{_NUMBER}"
_MARK = "x7q9f3a71c5e0"
_TEXT_MARK, _RAW_MARK, _LOCAL_MARK, _PLACE_MARK = f"{_MARK}text", f"{_MARK}raw", f"{_MARK}local", f"{_MARK}:place"
_INSTANT = 183_257_363_227_000_000
_SHA256 = "7e57" * 16
_BYTES = 987_123_645_012
# Where each value stands; a text has four (JSON, cell, first words, HTML), a time as written four (JSON, cell, HTML,
# inside a cell), and each value of `status` and `facts` two (JSON, HTML).
_AT_NUMBER, _AT_ID, _AT_UTC, _AT_SHOWN, _AT_PLACE, _AT_TEXT, _AT_FIRST, _AT_RAW, _AT_LOCAL = 0, 1, 2, 3, 4, 5, 7, 9, 13
_AT_SHA256, _AT_BYTES, _AT_WORDS = 14, 15, 16


class _Cut(NamedTuple):
    """A text with its changing parts cut out: a format of bytes, and what picks the columns that belong there, in order."""

    form: bytes
    pick: Callable[[Sequence[Column]], tuple[Column, ...]]

    def fill(self, columns: Sequence[Column]) -> list[bytes]:
        """The text with each row of these columns."""
        form = self.form
        return [form % values for values in zip(*self.pick(columns), strict=True)]


class Form(NamedTuple):
    """What messages that differ only in the changing parts share.

    `like` is one of them made ready. `shown` stands around the time in words, `longer` is by how much the message in HTML
    has more bytes than characters without its changing parts, `place` is digest and member of the original. `native` stands
    around the number in the path of the native form. `status` and `facts` are names, in the order of their values.
    """

    line: _Cut
    csv: _Cut
    row: _Cut
    talk: _Cut
    like: Finished
    shown: tuple[str, str]
    longer: int
    place: tuple[str, str]
    native: tuple[str, str] | None
    precision: Precision
    dated: bool
    marks: tuple[str, ...]
    status: tuple[str, ...]
    facts: tuple[str, ...]


def form_of(row: Chosen, loaded: Loaded, items: Items, zone: str | None) -> Form | None:
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
    native = (
        None
        if like.native is None
        else (like.native.partition(_NUMBER_MARK)[0], like.native.partition(_NUMBER_MARK)[2])
    )
    place = (row.original_sha256, row.member_path)
    return Form(
        line, csv, drawn, talk, like, (before, behind), longer, place, native, marked.envelope.time.precision, dated,
        marked.envelope.marks, tuple(marked.status), tuple(marked.facts),
    )  # fmt: skip


def _line_marks(marked: Loaded, identity: str) -> dict[str, list[int]]:
    time, words = marked.envelope.time, [*marked.status.values(), *marked.facts.values()]
    native = marked.raw is not None  # its path holds the number
    return {
        _NUMBER_MARK: [_AT_NUMBER] * (1 + native), identity: [_AT_ID], _PLACE_MARK: [_AT_PLACE],
        f'"{_TEXT_MARK}"': [_AT_TEXT],
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
    words, native = [*marked.status.values(), *marked.facts.values()], marked.raw is not None
    return {
        _NUMBER_MARK: [_AT_NUMBER] * (4 + native), identity: [_AT_ID], _PLACE_MARK: [_AT_PLACE],
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
        raw=None if loaded.raw is None else b"",
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
    form = b"%b".join([part.replace(b"%", b"%%") for part in parts[::2]])
    return _Cut(form, itemgetter(*slots))
