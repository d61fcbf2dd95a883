"""The header in front of every WhatsApp message: its grammar, and the exact byte pattern of one file's own headers.

Two steps. A generous grammar reads a header in any shape seen or predicted (three frames, date or time first, any
digits, any half-day word). From the header so read comes a byte pattern for headers of just that shape, with which the
whole file is split: one file is written with one setting, and a line of another shape is text that somebody pasted.
Source: Unicode CLDR patterns and shapes seen in public export files (fixtures/chat-whatsapp/headers.toml).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

MARKS = frozenset("\u200e\u200f\u061c\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
SPACES = frozenset("\u00a0\u202f\u2009\u2007\u200a")
_LONGEST = 120

# trap 2: marks stand before "[", behind it, and a byte-order mark may stand at the start of any line.
_MARK_BYTES = rb"(?:\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\xd8\x9c|\xef\xbb\xbf)*"
_SPACE_BYTES = rb"(?: |\xc2\xa0|\xe2\x80[\x87\x89\x8a\xaf])+"
_WORD_BYTES = rb"[^0-9 ,.\[\]\n]{1,30}"
_TOKEN_BYTES = rb"[^0-9\[\]\n]{1,48}?"

MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_NAMED = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DATE = rf"""(?P<date>(?:(?P<weekday>[a-z]{{3,9}}),?\ )?(?:
    (?P<a>\d{{1,4}})(?P<s1>\.\ ?|/|-|\ )(?P<b>\d{{1,4}})
        (?:(?P<s2>\.\ ?|/|-)(?P<era>[rhs])?(?P<c>\d{{1,4}})(?:\ (?P<be>be)\b)?(?:\.(?=[ ,(])|\ ?\u0433\.)?)?
  | (?P<day>\d{{1,2}})\ (?P<month>{_NAMED})(?:,?\ (?P<year>\d{{4}}))?
  | (?P<month2>{_NAMED})\ (?P<day2>\d{{1,2}})(?:,?\ (?P<year2>\d{{4}}))?))"""
_GLUE = r"(?:,\ ?|،\ ?|\ às?\ |\ um\ |\ klo\ |\ -\ |\ \(|\ )"


@cache
def _tokens() -> dict[str, str]:
    """Half-day word without spaces and dots → its kind (am, pm, night, noon)."""
    text = files("plainrecord.parsers.chat").joinpath("data", "whatsapp_clock.toml").read_text("utf-8")
    return {bare(word): kind for kind, words in tomllib.loads(text).items() for word in words}


def bare(token: str) -> str:
    """A half-day word as compared: no case, no spaces, dots or colons."""
    return re.sub(r"[\s.:\u00a0\u202f\u2009]", "", token).casefold()


@cache
def _time() -> str:
    words = sorted(_tokens(), key=lambda word: (-len(word), word))
    token = "|".join(r"[\s.:]*".join(re.escape(letter) for letter in word) for word in words)
    return rf"""(?P<time>(?:(?P<before>{token})\.?\ ?)?(?P<hour>\d{{1,2}})(?:
        [:.](?P<minute>\d{{2}})(?:[:.](?P<second>\d{{2}}))?
      | \ h\ (?P<minute2>\d{{2}})(?:\ min\ (?P<second2>\d{{2}})\ s)?)
    (?:\ ?(?P<after>{token})\.?(?=\W))?\)?)"""


@cache
def _grammars() -> tuple[tuple[str, re.Pattern[str]], ...]:
    time = _time()
    stamps = (f"(?:{_DATE}{_GLUE}{time})", rf"(?:{time}(?:,\ |\ ){_DATE})")
    frames = {
        "bracket": r"\[\ ?{}\ ?\](?:\ |(?=\S))(?=[^\n]*:)",
        "dash": r"{}\ -(?:\ |$)",
        "colon": r"{}:\ (?=[^\n]*:)",
        "semicolon": r"{};\ ",
    }
    flags = re.VERBOSE | re.IGNORECASE
    return tuple((frame, re.compile(form.format(stamp), flags)) for frame, form in frames.items() for stamp in stamps)


def folded(text: str) -> tuple[str, list[int]]:
    """Text without marks, with plain spaces and ASCII digits, and where each of its letters stood."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if letter in MARKS:
            continue
        if letter in SPACES:
            letter = " "  # noqa: PLW2901 - the folded form of the same letter
        elif letter > "\x7f" and unicodedata.category(letter) == "Nd":
            letter = str(unicodedata.decimal(letter))  # noqa: PLW2901
        letters.append(letter)
        places.append(place)
    return "".join(letters), places


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of one file's headers. `sample` is a header in it; `pattern` finds headers behind a LF, with the groups
    `stamp` (date and time as written), `date` and `time`; what follows the match is the rest of the line. `cutting` is the
    same with one group more around all of it, so that `split` leaves no byte out."""

    frame: str
    sample: str
    pattern: re.Pattern[bytes]
    cutting: re.Pattern[bytes]

    @property
    def bracketed(self) -> bool:
        """True for the iPhone family, in which every line has a sender part."""
        return self.frame == "bracket"


@lru_cache(maxsize=64)
def shape_of(sample: str) -> Shape | None:
    """The shape of the header at the start of a line, or None when there is none."""
    text, places = folded(sample[:_LONGEST])
    if not text or not (text[0].isalnum() or text[0] == "["):
        return None
    for frame, grammar in _grammars():
        match = grammar.match(text)
        if match and _plausible(match):
            end = places[match.end() - 1] + 1
            pattern = _pattern(sample, match, places, frame)
            return Shape(frame, sample[:end], re.compile(pattern), re.compile(b"(?P<head>" + pattern + b")"))
    return None


def stored_shape(sample: str) -> Shape:
    """The shape of a header that was understood before, from its `sample` alone."""
    shape = shape_of(sample + "A: a")
    assert shape is not None, "only samples of understood headers are stored"
    return shape


def _plausible(match: re.Match[str]) -> bool:
    hour, minute = int(match["hour"]), int(match["minute"] or match["minute2"])
    weekday = (match["weekday"] or "mon")[:3].casefold()
    return hour < 25 and minute < 60 and weekday in {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}


def _pattern(sample: str, match: re.Match[str], places: list[int], frame: str) -> bytes:
    """Byte pattern of all headers like this one: digit runs, words and spaces become classes, all else is literal."""
    stamp = (min(match.start("date"), match.start("time")), max(match.end("date"), match.end("time")))
    parts = [rb"\n", _MARK_BYTES, rb"\[" + _MARK_BYTES + rb" ?" if frame == "bracket" else b"", rb"(?P<stamp>"]
    parts += _classes(sample, match, places, stamp)
    closing = {"bracket": _MARK_BYTES + rb" ?\] ?", "dash": _SPACE_BYTES + rb"-(?: |(?=\r?\n))"}
    parts += [rb")", closing.get(frame, rb": " if frame == "colon" else rb"; ")]
    return b"".join(parts)


def _classes(sample: str, match: re.Match[str], places: list[int], stamp: tuple[int, int]) -> Iterator[bytes]:
    words = {match.span(name): _WORD_BYTES for name in ("weekday", "month", "month2")}
    words |= {match.span(name): _TOKEN_BYTES for name in ("before", "after")}
    starts = {span[0]: (span[1], form) for span, form in words.items() if span[0] >= 0}
    at = stamp[0]
    while at < stamp[1]:
        for name in ("date", "time"):
            if match.start(name) == at:
                yield b"(?P<" + name.encode() + b">"
        if at and places[at] - places[at - 1] > 1:
            yield _MARK_BYTES
        following, form = starts.get(at) or _run(match.string, sample, places, at, stamp[1])
        yield form
        for name in ("date", "time"):
            if at < match.end(name) <= following:
                yield b")"
        at = following


def _run(text: str, sample: str, places: list[int], at: int, end: int) -> tuple[int, bytes]:
    """End and pattern of the run of like letters at `at`."""
    following = at + 1
    if text[at].isdigit():
        while following < end and text[following].isdigit():
            following += 1
        return following, _digit(sample[places[at]]) + (b"{1,2}" if following - at < 3 else b"{3,4}")
    if text[at] == " ":
        while following < end and text[following] == " ":
            following += 1
        return following, _SPACE_BYTES
    if text[at] in "rhsRHS" and following < end and text[following].isdigit():
        return following, b"[RHSrhs]"  # era letters of the Japanese calendar
    return following, re.escape(sample[places[at]].encode())


def _digit(sample: str) -> bytes:
    if sample <= "\x7f":
        return b"[0-9]"
    zero = ord(sample) - unicodedata.decimal(sample)
    return b"(?:" + b"|".join(re.escape(chr(zero + value).encode()) for value in range(10)) + b")"


@dataclass(frozen=True, slots=True)
class Written:
    """A date as written: `numbers` and their `widths` in order (two or three of them), or `named` = (year or None, month,
    day) where the month is a word. `era` is "be" or the letter of a Japanese era; `separator` stands between the parts,
    `closed` says whether a dot stands behind the last one."""

    numbers: tuple[int, ...]
    widths: tuple[int, ...]
    era: str = ""
    separator: str = ""
    closed: bool = False
    named: tuple[int | None, int, int] | None = None


_DATE_ONLY = re.compile(_DATE + r"\.?\s*\Z", re.VERBOSE | re.IGNORECASE)


@lru_cache(maxsize=4096)
def written_date(text: str) -> Written | None:
    """The parts of a date text, or None when it is none."""
    match = _DATE_ONLY.match(folded(text)[0].strip())
    if match is None:
        return None
    if match["a"]:
        parts = [part for part in (match["a"], match["b"], match["c"]) if part]
        era = (match["be"] or match["era"] or "").casefold()
        closed = match[0].rstrip()[-2:-1].isdigit() and match[0].rstrip().endswith(".")
        return Written(tuple(map(int, parts)), tuple(map(len, parts)), era, match["s1"].strip() or " ", closed)
    month = MONTHS[(match["month"] or match["month2"])[:3].casefold()]
    year = match["year"] or match["year2"]
    return Written((), (), named=(int(year) if year else None, month, int(match["day"] or match["day2"])))


@cache
def _time_only() -> re.Pattern[str]:
    return re.compile(_time() + r"\s*\Z", re.VERBOSE | re.IGNORECASE)


@lru_cache(maxsize=20_000)
def seconds_of(text: str) -> tuple[int, bool] | None:
    """Second of the day and whether seconds were written, or None when it is no time of day."""
    match = _time_only().match(folded(text)[0].strip() + " ") or _time_only().match(folded(text)[0].strip())
    if match is None:
        return None
    token = match["before"] or match["after"]
    hour = _hour(int(match["hour"]), _tokens().get(bare(token), "") if token else "")
    minute, second = int(match["minute"] or match["minute2"]), match["second"] or match["second2"]
    if hour > 23 or minute > 59 or int(second or 0) > 59:
        return None
    return hour * 3600 + minute * 60 + int(second or 0), second is not None


def _hour(hour: int, kind: str) -> int:
    if kind in ("am", "night"):
        return 0 if hour == 12 else hour
    if kind == "pm" and hour < 12:
        return hour + 12
    return hour + 12 if kind == "noon" and hour < 11 else hour
