"""Messages of one form filled in all at once: each changing part is a column, and a text is one format with a row of values.

What a part looks like as JSON, as a cell and as HTML is worked out for a whole column in a few calls where every text in it
is ordinary, and for one text after the other where it is not. Decides nothing: what cannot be filled in is named by its
place, and goes the careful way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import repeat
from json.encoder import encode_basestring
from operator import add, sub
from typing import Any, NamedTuple

from plainrecord.bundle.clocktext import ClockText
from plainrecord.bundle.page_rows import FIRST_WORDS
from plainrecord.bundle.shown import html, one_line, visible
from plainrecord.bundle.timeline import FORMULA, LONGEST_CELL, quoted_cell
from plainrecord.times import Precision, format_utc

# What stands between the texts of a column while all of them are one text. No ordinary text holds it, because it is not
# printable, and nothing that is done to a column writes it otherwise.
_BETWEEN = "\x7f"
_CUT = _BETWEEN.encode()
# How much of a text its first words are looked for in, as `shown.one_line` does.
_LOOKED_AT = 4 * FIRST_WORDS
_QUOTED = f'"{_BETWEEN}"'
_PLACES = re.compile(r"(?:[a-z]+:[A-Za-z0-9/._:#~-]+\x7f)*")
# What is written the same everywhere, but for a comma in a cell.
_SIMPLE = re.compile(r"(?:[0-9A-Za-z][0-9A-Za-z.,:/ -]*\x7f)*")
# No time is so long; one that is might not fit into a cell, and the careful way cuts it there.
_LONGEST_STAMP = 1_000
_STEPS: dict[Precision, int] = {"min": 1_000_000, "s": 1_000_000, "day": 1_000_000, "ms": 1_000, "us": 1, "ns": 1}
_HEX = b"0123456789abcdef"

Column = Sequence[bytes]


class Plain(NamedTuple):
    """What differs between messages of one form, in columns of one length. Instants, wall clocks, digests and sizes are there
    for all of them or for none; `words` are the values of `status` and `facts`, `raws` the bytes of a native form."""

    numbers: Sequence[int]
    locators: Sequence[str]
    texts: Sequence[str]
    stamps: Sequence[str]
    instants: Sequence[int | None]
    locals: Sequence[str | None]
    digests: Sequence[str | None]
    sizes: Sequence[int | None]
    words: Sequence[tuple[str, ...]]
    raws: Sequence[bytes | None]

    def at(self, places: Iterable[int]) -> Plain:
        """Those at some places."""
        chosen = list(places)
        return Plain._make([column[at] for at in chosen] for column in self)


class Written(NamedTuple):
    """A column of texts as JSON, as cells, their first words as HTML and all of it as HTML, and by how much these two have
    more bytes than characters. For a time as written the third is HTML and the fourth stands inside a cell."""

    json: list[bytes]
    cells: list[bytes]
    firsts: list[bytes]
    wholes: list[bytes]
    longer: list[int]


class Clock(NamedTuple):
    """A column of instants: in UTC and in words, and as exact as they are written; empty where there are none."""

    utc: Sequence[str]
    shown: Sequence[str]
    instants: Sequence[int | None]


def misfits(plain: Plain) -> list[int]:
    """The places of what has to go the careful way: a locator, a text, a time or a value that no form is good for."""
    found: set[int] = set()
    tests: tuple[tuple[Sequence[Any], Callable[[Sequence[Any]], bool]], ...] = (
        (plain.locators, _are_places),
        (plain.locals, _are_ascii),
        (plain.digests, _are_digests),
        (plain.texts, _are_texts),
        (plain.stamps, _are_stamps),
    )
    for column, fits in tests:
        if not fits(column):
            found.update(at for at, one in enumerate(column) if not fits((one,)))
    if any(plain.words):
        found.update(at for at, words in enumerate(plain.words) if not all(map(_encodable, words)))
    return sorted(found)


def _all_like(pattern: re.Pattern[str], column: Sequence[str]) -> bool:
    joined = _joined(column) + _BETWEEN
    return joined.count(_BETWEEN) == len(column) and pattern.fullmatch(joined) is not None


def _are_places(column: Sequence[str]) -> bool:
    return _all_like(_PLACES, column)


def _are_ascii(column: Sequence[str | None]) -> bool:
    return "".join(filter(None, column)).isascii()


def _are_digests(column: Sequence[str | None]) -> bool:
    return not "".join(filter(None, column)).encode("utf-8", "replace").translate(None, _HEX)


def _are_texts(column: Sequence[str]) -> bool:
    if _ordinary(column) and max(map(len, column)) <= LONGEST_CELL:
        return True
    return all(map(_encodable, column)) and all(len(visible(text)) <= LONGEST_CELL for text in column)


def _are_stamps(column: Sequence[str]) -> bool:
    if not all(0 < len(stamp) <= _LONGEST_STAMP for stamp in column):
        return False
    return "".join(column).isprintable() or all(map(_stands_as_it_is, column))


def _stands_as_it_is(text: str) -> bool:
    return text.isprintable() if text.isascii() else visible(text) == text and "\n" not in text and "\t" not in text


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _joined(column: Sequence[str]) -> str:
    return _BETWEEN.join(column)


def _bytes(joined: str) -> list[bytes]:
    return joined.encode().split(_CUT)


def plain_bytes(column: Iterable[str]) -> list[bytes]:
    """Each as UTF-8; none of them may hold a control character."""
    return _bytes(_BETWEEN.join(column))


def json_bytes(column: Sequence[str]) -> list[bytes]:
    """Each as JSON."""
    if _all_like(_SIMPLE, column):
        return _bytes(f'"{_QUOTED.join(column)}"')
    return [encode_basestring(text).encode() for text in column]


def _ordinary(column: Sequence[str]) -> bool:
    """Whether every text can be shown as it stands: nothing hidden in it, no control character but line feed and tab."""
    return "".join(column).replace("\n", " ").replace("\t", " ").isprintable()


def texts_written(texts: Sequence[str]) -> Written:
    """Texts in every form; see `Written`. Each must be valid Unicode and short enough for a cell."""
    if _ordinary(texts):
        return _ordinary_written(texts)
    odd = [at for at, text in enumerate(texts) if not _ordinary((text,))]
    usual = list(texts)
    for at in odd:
        usual[at] = "x"
    found = _ordinary_written(usual)
    for at in odd:
        found.json[at], found.cells[at], found.firsts[at], found.wholes[at], found.longer[at] = _odd_written(texts[at])
    return found


def _odd_written(text: str) -> tuple[bytes, bytes, bytes, bytes, int]:
    """One text in which something has to be made visible."""
    whole, first = html(text), escape(visible(one_line(text[:_LOOKED_AT], FIRST_WORDS))) or "(no text)"
    drawn, short = whole.encode(), first.encode()
    longer = len(drawn) - len(whole) + len(short) - len(first)
    return encode_basestring(text).encode(), quoted_cell(text).encode(), short, drawn, longer


def _ordinary_written(texts: Sequence[str]) -> Written:
    joined = _joined(texts)
    json = _bytes(encode_basestring(joined).replace(_BETWEEN, _QUOTED))
    wholes, longer = _drawn(joined)
    firsts, more = _drawn(_joined(_first_words(texts)))
    return Written(json, _cells(texts, joined), firsts, wholes, list(map(add, longer, more)))


def _drawn(joined: str) -> tuple[list[bytes], list[int]]:
    """Texts in HTML, and how many bytes more than characters each has."""
    drawn = escape(joined)
    if drawn.isascii():
        written = _bytes(drawn)
        return written, [0] * len(written)
    written, letters = _bytes(drawn), drawn.split(_BETWEEN)
    return written, list(map(sub, map(len, written), map(len, letters)))


def _first_words(texts: Sequence[str]) -> list[str]:
    """The beginning of each on one line, as `shown.one_line` says it. In ordinary texts nothing but blanks, line feeds and
    tabs is white space."""
    line = _joined([text[:_LOOKED_AT] for text in texts]).replace("\n", " ").replace("\t", " ")
    while "  " in line:
        line = line.replace("  ", " ")
    line = line.replace(f" {_BETWEEN}", _BETWEEN).replace(f"{_BETWEEN} ", _BETWEEN).strip(" ")
    firsts = [
        first if len(first) <= FIRST_WORDS else first[:FIRST_WORDS].rstrip() + " …" for first in line.split(_BETWEEN)
    ]
    return firsts if all(firsts) else [first or "(no text)" for first in firsts]


def _cells(texts: Sequence[str], joined: str) -> list[bytes]:
    """Texts as cells of a line of CSV, as `timeline.quoted_cell` writes them."""
    doubled = _bytes(joined.replace('"', '""'))
    cells = [b'"%b"' % cell if b"," in cell or b'"' in cell or b"\n" in cell else cell for cell in doubled]
    if not {text[:1] for text in texts}.isdisjoint(FORMULA):
        for at, text in enumerate(texts):
            if text.startswith(FORMULA):
                cells[at] = quoted_cell(text).encode()
    return cells


def stamps_written(stamps: Sequence[str]) -> Written:
    """Times as written, in every form. None may be empty or hold anything hidden."""
    if _all_like(_SIMPLE, stamps):
        plain, quoted = plain_bytes(stamps), json_bytes(stamps)
        cells = [whole if b"," in one else one for one, whole in zip(plain, quoted, strict=True)]
        return Written(quoted, cells, plain, plain, [0] * len(plain))
    drawn, longer = _drawn(_joined(stamps))
    json = json_bytes(stamps)
    cells = [quoted_cell(text).encode() for text in stamps]
    return Written(json, cells, drawn, [text.replace('"', '""').encode() for text in stamps], longer)


def clock_written(instants: Sequence[int | None], precision: Precision, clock: ClockText) -> Clock:
    """Instants in UTC and in words."""
    if instants[0] is None:
        nothing = [""] * len(instants)
        return Clock(nothing, nothing, instants)
    dated: list[int] = [instant for instant in instants if instant is not None]
    utc, shown = clock.columns(dated)
    step = _STEPS[precision]
    if step != 1_000_000:
        utc = list(map(format_utc, dated, repeat(precision)))
    return Clock(utc, shown, [instant // step * step for instant in dated])


def words_written(words: Sequence[tuple[str, ...]]) -> tuple[list[Column], list[int]]:
    """The values of `status` and `facts`, each column as JSON and as HTML, and how many bytes more than characters all
    HTML of a message has."""
    columns: list[Column] = []
    longer = [0] * len(words)
    for values in zip(*words, strict=True):
        drawn = list(map(html, values))
        encoded = [text.encode() for text in drawn]
        columns += [[encode_basestring(value).encode() for value in values], encoded]
        longer = [sum(more) for more in zip(longer, map(len, encoded), [-len(text) for text in drawn], strict=True)]
    return columns, longer
