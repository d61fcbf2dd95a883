"""The quick way through `messages.jsonl`: lines exactly as a bundle has them, taken apart by one pattern.

The pattern is the JSON of such a line and of nothing else: each name in its place, no escape but in what a JSON parser reads
where it stands. So what it takes apart the careful way (`events.py`) reads alike, and a test holds both to that. What it does
not match goes the careful way, and so does the first of all lines that share a shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter

from plainrecord.facts.events import Event, Known, Shape, events_of, instant_of, target_of, written_of

# What an `Event` holds, as a plain tuple: making one takes a quarter of the time.
Row = tuple[int, int | None, Shape, bytes, int | None, int | None]

_TEXT = rb'"[^"\\\x00-\x1f]*+"'
_ESCAPED = rb'[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+'
_NUMBER, _FLAG = rb"(?:0|[1-9][0-9]{0,14}+)", rb"(?:true|false)"


def _or_null(value: bytes) -> bytes:
    return b"(?:null|" + value + b")"


def _kept(value: bytes) -> bytes:
    return b"(" + value + b")"


def _many(value: bytes) -> bytes:
    return value + b"(?:," + value + b")*+"


def _list(value: bytes, form: Callable[[bytes], bytes] = bytes) -> bytes:
    # Most are empty, and to find that out by a repetition costs as much as ten texts.
    return rb"\[(?:\]|" + form(_many(value)) + rb"\])"


def _map(name: bytes, value: bytes, form: Callable[[bytes], bytes] = bytes) -> bytes:
    return rb"\{(?:\}|" + form(_many(name + b":" + value)) + rb"\})"


def _members(**values: bytes) -> bytes:
    return b",".join(b'"' + name.encode() + b'":' + value for name, value in values.items())


def _object(**values: bytes) -> bytes:
    return rb"\{" + _members(**values) + rb"\}"


_MAYBE = _or_null(_TEXT)
_ACCOUNT = _object(service=_TEXT, kind=_TEXT, value=_TEXT, name=_MAYBE, role=_MAYBE)
_TIME = {"ts_raw": _TEXT, "where": _TEXT, "ts_utc": _MAYBE, "ts_offset": _MAYBE, "tz_basis": _TEXT, "tz_name": _MAYBE,
         "precision": _TEXT, "dst_flag": _TEXT, "meaning": _TEXT, "local": _MAYBE}  # fmt: skip
# The day, the minute of the day, the second, and what is smaller.
_UTC = rb'(?:null|"([0-9]{4}-[0-9]{2}-[0-9]{2})T((?:[01][0-9]|2[0-3]):[0-5][0-9]):([0-5][0-9])(\.[0-9]{1,6}+)?+Z")'
_ATTACHMENT = _object(
    name=_MAYBE, also_named=_list(_TEXT), claimed_type=_MAYBE, detected_type=_MAYBE, bytes=_or_null(_NUMBER), sha256=_MAYBE,
    blake3=_MAYBE, state=_TEXT, inline=_FLAG, locator=_MAYBE, media=_MAYBE, facts=_map(_TEXT, _TEXT), notes=_list(_TEXT),
)  # fmt: skip
_STATED = b'"' + _ESCAPED + b'"'
_WORDS = _or_null(b'"' + _kept(_ESCAPED) + b'"')
# The groups of the pattern are those that `Reader._row` names.
_LINE = re.compile(
    b",".join([
        rb'\{"item":"M-([0-9]{6,12})"',
        _kept(_members(part=_TEXT, matched=_TEXT, conversation_number=_TEXT)),
        _members(gap_before=_NUMBER, native=_MAYBE, copies=_list(_map(_TEXT, _MAYBE)), schema_version=_TEXT, id=_TEXT),
        _kept(_members(source=_TEXT, kind=_TEXT, evidence_kind=_TEXT, service=_TEXT)),
        _members(time=_object(**_TIME | {"ts_utc": _UTC, "precision": _kept(_TEXT)})),
        _members(dates=_list(_object(**_TIME), _kept)),
        _members(conversation=_or_null(_object(
            id=_TEXT, title=_MAYBE, is_group=_kept(_FLAG), rule=_TEXT, participant_count=_NUMBER, participants=_list(_ACCOUNT),
        ))),
        _kept(_members(sender=_or_null(_ACCOUNT), recipients=_list(_ACCOUNT), also=_list(_ACCOUNT), direction=_TEXT)),
        _members(subject=_WORDS, text=_WORDS, text_from=_MAYBE, html=_MAYBE, attachments=_list(_ATTACHMENT)),
        _kept(_members(marks=_list(_TEXT), status=_map(_TEXT, _TEXT))),
        _members(facts=_map(_STATED, _STATED, _kept)),
        b'"parent":null',
        _members(position=_object(original_sha256=_TEXT, original=_TEXT, member=_TEXT, locator=_TEXT)),
        _members(raw_sha256=_MAYBE, raw_bytes=_or_null(_NUMBER), notes=_list(_TEXT)) + rb"\}(?:\n|\Z)",
    ])
)  # fmt: skip
_DAY = b'"day"'
_MINUTES = {b"%02d:%02d" % divmod(minute, 60): 60_000_000 * minute for minute in range(24 * 60)}
_SECONDS = {b"%02d" % second: 1_000_000 * second for second in range(60)}
_read_text = TypeAdapter(str).validate_json
_read_facts = TypeAdapter(dict[str, str]).validate_json
_read_dates = TypeAdapter(list[dict[str, Any]]).validate_json

# What was learnt from so many bytes of lines is remembered: no more than these can it be.
_MOST = 64 << 20
_Key = tuple[bytes | bool | None, ...]


class Reader:
    """Reads lines, and remembers the shapes they had: by the bytes that decide on them, and as the careful way does."""

    def __init__(self) -> None:
        self._shapes: dict[_Key, Shape] = {}
        self._known: Known = {}
        self._learnt_from = 0

    def rows(self, block: bytes) -> Iterator[Row]:
        """What an `Event` would hold of each line in a block of whole lines; raises as `events.events_of` does."""
        match = _LINE.match if _is_utf8(block) else _nothing
        at = 0
        while at < len(block):
            found = match(block, at)
            if found is None:
                end = block.find(b"\n", at) + 1 or len(block)
                yield from self._carefully(block[at:end])
            else:
                end = found.end()
                yield self._row(found)
            at = end

    def _row(self, found: re.Match[bytes]) -> Row:
        (
            number, head, middle, day, minute, second, fraction, precision, dates, is_group, people, subject, text, marked, stated,
        ) = found.groups()  # fmt: skip
        words = b"%b\0%b" % (subject or b"", text or b"")
        if b"\\" in words:
            words = b"%b\0%b" % (_meant(subject or b""), _meant(text or b""))
        if stated:
            facts = _read_facts(b"{%b}" % stated)
            name, target_us = facts.get("message-id"), target_of(facts)
            words = name.encode() if name else words
        else:
            name = target_us = None
        key = (head, middle, is_group, people, marked, not name)
        if precision == _DAY or day is None:
            utc_us = None
        else:
            utc_us = _day(day) + _MINUTES[minute] + _SECONDS[second] + (_micros(fraction) if fraction else 0)
        return (
            int(number),
            utc_us,
            self._shapes.get(key) or self._learnt(key, found[0]),
            sha256(words).digest()[:16],
            target_us,
            written_of(_read_dates(b"[%b]" % dates)) if dates and b'"written"' in dates else None,
        )

    def _learnt(self, key: _Key, line: bytes) -> Shape:
        """The shape of a line by the careful way, for all that have the same key."""
        [event] = self._carefully(line)
        self._shapes[key] = event.shape
        return event.shape

    def _carefully(self, line: bytes) -> list[Event]:
        self._learnt_from += len(line)
        if self._learnt_from > _MOST:
            self._shapes.clear()
            self._known.clear()
            self._learnt_from = len(line)
        return list(events_of([line], self._known))


@lru_cache(maxsize=1)
def reader() -> Reader:
    """The reader of this process: what it met in one stretch of a file it need not learn again in the next."""
    return Reader()


@lru_cache(maxsize=65_536)
def _day(text: bytes) -> int:
    return instant_of(text.decode() + "T00:00:00Z")


def _micros(fraction: bytes) -> int:
    return int(fraction[1:].ljust(6, b"0"))


def _meant(text: bytes) -> bytes:
    """What a text means that may have escapes, in UTF-8."""
    return _read_text(b'"%b"' % text).encode()


def _is_utf8(block: bytes) -> bool:
    if not block.isascii():
        try:
            block.decode()
        except UnicodeDecodeError:
            return False
    return True


def _nothing(_block: bytes, _at: int) -> None:
    return None
