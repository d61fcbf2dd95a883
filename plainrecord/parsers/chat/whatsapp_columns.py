"""Plain messages of a WhatsApp text, many at a time: the quick way for almost all of a chat.

A text is cut at its headers in one go, and of what comes out only that is taken of which `is_ordinary` would say that it
was typed, behind a sender who is known and with a date and a time of an ordinary day. All else is for the careful way
(`whatsapp_reading.py`), which also gives what these messages share; a test holds both ways to the same records.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import accumulate, groupby, pairwise
from typing import NamedTuple

from plainrecord.parsers.chat.whatsapp_reading import Chat
from plainrecord.parsers.chat.whatsapp_split import Cut, Piece, cut, found_in
from plainrecord.parsers.chat.whatsapp_stamps import Day
from plainrecord.parsers.chat.whatsapp_words import words
from plainrecord.records import Alike, Envelope, Loaded, Stretch

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
# Of longer messages `is_ordinary` sees only the beginning and the end.
LONGEST = 64 << 10
# What an app writes in place of a file is said over and over.
_SHORT = 100
# Where every line has a sender part, a hostile text can have as many senders as lines.
_REMEMBERED = 10_000


# Sender's label and whether seconds are written; and the text where it is one that the app may have written.
Key = tuple[bytes, bool, bytes | None]


class Known(NamedTuple):
    """What is known of some messages: the `places` of plain ones, and of short ones of another kind by what they say, which
    is all that tells their kind; and of every message its text. `days` and `clocks` hold what is needed of the dates and
    times of those in `places`."""

    places: dict[Key, list[int]]
    texts: Sequence[bytes]
    days: dict[bytes, Day]
    clocks: dict[bytes, tuple[int, bool, str]]


def cut_again(chat: Chat, raws: Sequence[bytes]) -> Cut | None:
    """Messages whose bytes are known, joined and cut; None where what comes out is not just these messages."""
    data = b"\n" + b"".join(raws)
    if not data.endswith(b"\n"):
        return None
    before, found = cut(chat.shape.cutting, data[:-1])
    return None if before or found.bounds != list(accumulate(map(len, raws), initial=0)) else found


def known_in(chat: Chat, found: Cut) -> Known:
    """Which of these messages can be taken as they are."""
    labels, _, texts = zip(*[body.partition(b": ") for body in found.bodies], strict=True)
    every, dates, times = set(labels), set(found.dates), set(found.times)
    days = {text: day for text in dates if (day := chat.stamps.even_day(text))}
    clocks = {text: clock for text in times if (clock := chat.stamps.clock(text))}
    named = {label for label in every if _is_plain_label(label) and chat.knows(label)}
    odd, strange = {*found_in(found, *_ODD), *_worded(texts)}, set()
    if max(map(len, texts)) > LONGEST:
        strange = {at for at, text in enumerate(texts) if len(text) > LONGEST}
    if (len(named), len(days), len(clocks)) != (len(every), len(dates), len(times)):
        said = enumerate(zip(labels, found.dates, found.times, strict=True))
        strange |= {at for at, (label, date, time) in said if not (label in named and date in days and time in clocks)}
    places: dict[Key, list[int]] = defaultdict(list)
    for at, (label, time) in enumerate(zip(labels, found.times, strict=True)):
        if at not in odd and at not in strange:
            places[label, clocks[time][1], None].append(at)
    for at in sorted(odd - strange):
        # A line without a colon is not said by whom it consists of.
        if len(texts[at]) <= _SHORT and found.bodies[at] != labels[at]:
            places[labels[at], clocks[found.times[at]][1], texts[at]].append(at)
    return Known(places, texts, days, clocks)


def _is_plain_label(label: bytes) -> bool:
    return 0 < len(label) <= _LONGEST_LABEL and b"\n" not in label


def _worded(texts: Sequence[bytes]) -> Iterator[int]:
    """The messages whose first line is one that the app writes."""
    known = words().first_lines
    firsts = [text.partition(b"\n")[0].rstrip().lower() for text in texts]
    if not known.isdisjoint(firsts):
        yield from (at for at, first in enumerate(firsts) if first in known)
    yield from (at for at, first in enumerate(firsts) if first.startswith(_WAITING))


def alike(
    chat: Chat, locators: Sequence[str], raws: Sequence[bytes], load: Callable[[int], Loaded]
) -> Iterator[tuple[list[int], Alike]]:
    """Messages that are alike, and where each stands among all of them; `load` gives one the careful way, without files."""
    found = cut_again(chat, raws)
    if found is None:
        return
    known = known_in(chat, found)
    for (_, _, worded), places in known.places.items():
        if worded is not None and len(places) == 1:
            continue
        texts = _decoded([known.texts[at] for at in places])
        if texts is None:
            continue
        like = load(places[0])
        said = Alike(
            like,
            [locators[at] for at in places],
            texts,
            [found.stamps[at].decode() for at in places],
            instants_of(known, found, places),
            clocks_of(known, found, places),
            [sha256(raws[at]).hexdigest() for at in places],
            [len(raws[at]) for at in places],
        )
        # What is said of the first one has to be what was loaded: if it is not, nothing here was understood. Files that are
        # named are looked for one by one.
        if next(said.each()) == like and all(one.state == "not-exported" for one in like.attachments):
            yield places, said


def stretches(chat: Chat, found: Cut) -> Iterator[tuple[int, int, Stretch | None]]:
    """Messages in their order, from a first to before a last one: plain ones in stretches, and None for each other."""
    known, bounds = known_in(chat, found), found.bounds
    likes: list[Envelope | None] = [None] * len(found.heads)
    instants = [0] * len(likes)
    for (label, exact, worded), places in known.places.items():
        if worded is not None:
            continue
        key = label, exact
        like, dated = _like(chat, key, found.piece(places[0])), instants_of(known, found, places)
        for at, instant in zip(places, dated, strict=True) if like else ():
            likes[at], instants[at] = like, instant
    locators = [f"bytes:{start}-{end}" for start, end in pairwise(bounds)]
    first = 0
    for plain, group in groupby(likes, key=bool):
        last = first + len(list(group))
        if plain:
            said = [like for like in likes[first:last] if like is not None]
            yield first, last, Stretch(said, locators[first:last], instants[first:last])
        else:
            yield from ((at, at + 1, None) for at in range(first, last))
        first = last


def _like(chat: Chat, key: tuple[bytes, bool], piece: Piece) -> Envelope | None:
    """What plain messages of a sender share, the careful way; None where it finds more in this one than plain text."""
    known = chat.likes.get(key)
    if known is None:
        envelope, body = chat.envelope(piece)
        if body is not None:
            return None
        if len(chat.likes) >= _REMEMBERED:
            chat.likes.clear()
        known = chat.likes[key] = envelope
    return known


def instants_of(known: Known, found: Cut, places: Sequence[int]) -> list[int]:
    """Instants of the messages at some places."""
    starts = {text: day.start_us or 0 for text, day in known.days.items()}
    seconds = {text: clock[0] * 1_000_000 for text, clock in known.clocks.items()}
    dates, times = found.dates, found.times
    return [starts[dates[at]] + seconds[times[at]] for at in places]


def clocks_of(known: Known, found: Cut, places: Sequence[int]) -> list[str]:
    """Wall clocks of the messages at some places."""
    days = {text: day.written for text, day in known.days.items()}
    clocks = {text: clock[2] for text, clock in known.clocks.items()}
    dates, times = found.dates, found.times
    return [f"{days[dates[at]]}T{clocks[times[at]]}" for at in places]


def _decoded(texts: Sequence[bytes]) -> list[str] | None:
    """The texts without a carriage return at the end; None when one is no UTF-8."""
    try:
        return [text.decode().removesuffix("\r") for text in texts]
    except UnicodeDecodeError:
        return None
