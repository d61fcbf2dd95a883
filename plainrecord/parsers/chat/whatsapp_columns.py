"""Plain messages of a WhatsApp text, many at a time: the quick way for almost all of a chat.

A text is cut at its headers in one go, and of what comes out only that is taken of which `is_ordinary` would say that it
was typed, behind a sender who is known and with a date and a time of an ordinary day. All else is for the careful way
(`whatsapp_reading.py`), which also gives what these messages share; a test holds both ways to the same records.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import accumulate
from typing import NamedTuple

from plainrecord.parsers.chat.whatsapp_reading import Chat
from plainrecord.parsers.chat.whatsapp_stamps import Day
from plainrecord.parsers.chat.whatsapp_words import words
from plainrecord.records import Alike, Loaded

# What shows that a message may be more than typed text, each with letters in front by which it is found quickly. A header,
# a sender or a word that looks so only sends the message the careful way.
_ODD = (
    re.compile(rb"\xe2\x80[\x8e\x8f]"),
    re.compile(rb"<"),
    re.compile(rb"\.com/"),
    re.compile(rb"\)[ \t\r\x0b\x0c]*(?:\n|\Z)"),
)
_WAITING = b"waiting"
_LONGEST_LABEL = 700


class Cut(NamedTuple):
    """Messages in columns: the header with the line feed before it, the parts of the header, and what stands behind it
    without its last line feed."""

    heads: list[bytes]
    stamps: list[bytes]
    dates: list[bytes]
    times: list[bytes]
    bodies: list[bytes]


class Known(NamedTuple):
    """What is known of some messages: `places` by sender and by whether seconds are written, and of every message its
    sender's label and its text. `days` and `clocks` hold what is needed of the dates and times of those in `places`."""

    places: dict[tuple[bytes, bool], list[int]]
    texts: Sequence[bytes]
    days: dict[bytes, Day]
    clocks: dict[bytes, tuple[int, bool, str]]


def cut(pattern: re.Pattern[bytes], data: bytes) -> tuple[bytes, Cut]:
    """What stands before the first header, and all messages. Not asked is whether a date or a time is possible."""
    parts, step = pattern.split(data), pattern.groups + 1
    head, stamp, date, time = (pattern.groupindex[name] for name in ("head", "stamp", "date", "time"))
    return parts[0], Cut(*(parts[at::step] for at in (head, stamp, date, time, step)))


def cut_whole(chat: Chat, raws: Sequence[bytes]) -> tuple[bytes, Cut] | None:
    """Messages whose bytes are known, joined and cut; None where what comes out is not just these messages."""
    data = b"\n" + b"".join(raws)
    if not data.endswith(b"\n"):
        return None
    data = data[:-1]
    before, found = cut(chat.shape.cutting, data)
    sizes = [len(head) + len(body) for head, body in zip(found.heads, found.bodies, strict=True)]
    return None if before or sizes != list(map(len, raws)) else (data, found)


def known_in(chat: Chat, data: bytes, found: Cut) -> Known:
    """Which of these messages can be taken as they are; `data` is all of them, from the first header on."""
    labels, _, texts = zip(*[body.partition(b": ") for body in found.bodies], strict=True)
    days = {text: day for text in set(found.dates) if (day := chat.stamps.even_day(text))}
    clocks = {text: clock for text in set(found.times) if (clock := chat.stamps.clock(text))}
    named = {label for label in set(labels) if _is_plain_label(label) and chat.knows(label)}
    odd = {*_odd_places(data, found), *_worded(texts)}
    places: dict[tuple[bytes, bool], list[int]] = {}
    for at, (label, date, time) in enumerate(zip(labels, found.dates, found.times, strict=True)):
        if label in named and date in days and time in clocks and at not in odd:
            key = label, clocks[time][1]
            if key in places:
                places[key].append(at)
            else:
                places[key] = [at]
    return Known(places, texts, days, clocks)


def _is_plain_label(label: bytes) -> bool:
    return 0 < len(label) <= _LONGEST_LABEL and b"\n" not in label


def _odd_places(data: bytes, found: Cut) -> Iterator[int]:
    """The messages in which something stands that an app may have written."""
    hits = [match.start() for pattern in _ODD for match in pattern.finditer(data)]
    if hits:
        sizes = (len(head) + len(body) for head, body in zip(found.heads, found.bodies, strict=True))
        starts = list(accumulate(sizes, initial=0))
        yield from (bisect_right(starts, at) - 1 for at in hits)


def _worded(texts: Sequence[bytes]) -> Iterator[int]:
    """The messages whose first line is one that the app writes."""
    known, longest = words().first_lines, words().longest + 1
    firsts = [text[:longest].partition(b"\n")[0].rstrip().lower() for text in texts]
    if not known.isdisjoint(firsts):
        yield from (at for at, first in enumerate(firsts) if first in known)
    yield from (at for at, first in enumerate(firsts) if first.startswith(_WAITING))


def alike(
    chat: Chat, locators: Sequence[str], raws: Sequence[bytes], load: Callable[[int], Loaded]
) -> Iterator[tuple[list[int], Alike]]:
    """Plain messages by sender, and where each stands among all of them; `load` gives one the careful way."""
    whole = cut_whole(chat, raws)
    if whole is None:
        return
    found = whole[1]
    known = known_in(chat, *whole)
    for places in known.places.values():
        texts = _decoded([known.texts[at] for at in places])
        if texts is None:
            continue
        like = load(places[0])
        said = Alike(
            like,
            [locators[at] for at in places],
            texts,
            [found.stamps[at].decode() for at in places],
            *times_of(known, found, places),
            [sha256(raws[at]).hexdigest() for at in places],
            [len(raws[at]) for at in places],
        )
        # What is said of the first one has to be what was loaded: if it is not, nothing here was understood.
        if next(said.each()) == like:
            yield places, said


def times_of(known: Known, found: Cut, places: Sequence[int]) -> tuple[list[int], list[str]]:
    """Instants and wall clocks of the messages at some places."""
    starts = {text: day.start_us or 0 for text, day in known.days.items()}
    written = {text: day.written for text, day in known.days.items()}
    both = [(found.dates[at], known.clocks[found.times[at]]) for at in places]
    instants = [starts[date] + clock[0] * 1_000_000 for date, clock in both]
    return instants, [f"{written[date]}T{clock[2]}" for date, clock in both]


def _decoded(texts: Sequence[bytes]) -> list[str] | None:
    """The texts without a carriage return at the end; None when one is no UTF-8."""
    try:
        return [text.decode().removesuffix("\r") for text in texts]
    except UnicodeDecodeError:
        return None
