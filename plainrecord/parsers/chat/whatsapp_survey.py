"""The look over a whole chat before anything is said about it: its dates, its senders, whether the app left its marks.

One pass over the text, unhashed; what it finds goes into the claim's facts, so that `load` reads as `scan` did. Memory is
bounded by the number of distinct dates and senders that are remembered.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from plainrecord.parsers.chat.whatsapp_body import is_generated, is_ordinary, spoken_body, system_body
from plainrecord.parsers.chat.whatsapp_dates import DateEvidence, Seen
from plainrecord.parsers.chat.whatsapp_header import MARKS, seconds_of, written_date
from plainrecord.parsers.chat.whatsapp_split import Cut, Piece, clipped, found_in
from plainrecord.parsers.chat.whatsapp_words import words

_REMEMBERED = 20_000
_SENDERS = 300
_LONGEST_LABEL = 200
_PARTS = 4
_MARKED = (b"\xe2\x80\x8e", b"\xe2\x80\x8f")
_MARK = re.compile(rb"\xe2\x80[\x8e\x8f]")
_NAMED_DATE = re.compile(
    rb"(?:PHOTO|VIDEO|AUDIO|GIF|STICKER)-(20\d\d)-(\d\d)-(\d\d)-|(?:IMG|VID|AUD|PTT|STK|DOC)-(20\d\d)(\d\d)(\d\d)-WA"
)
_LINE_LABEL = "".join(MARKS) + "\r\n "


@dataclass(slots=True)
class Sender:
    """One label as printed: messages, those a person wrote, and an example line."""

    count: int = 0
    typed: int = 0
    example: bytes = b""


@dataclass(slots=True)
class Survey:
    """What the look over the file found. `labels` are keyed by the bytes in front of ": "; `longer` counts what follows
    as a second, third … part, which tells a name with a colon from a message with one."""

    bracketed: bool
    dates: DateEvidence = field(default_factory=DateEvidence)
    messages: int = 0
    labels: dict[bytes, Sender] = field(default_factory=dict)
    longer: Counter[bytes] = field(default_factory=Counter)
    certain: set[bytes] = field(default_factory=set)
    marked: bool = False
    tight: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    system_labels: Counter[bytes] = field(default_factory=Counter)
    _last: bytes = b""
    _now: Seen | None = None
    _known: dict[bytes, bool] = field(default_factory=dict)

    def look(self, pieces: Iterable[Piece | Cut]) -> Survey:
        """Take in every piece of the file."""
        for piece in pieces:
            if isinstance(piece, Cut):
                self._messages(piece)
            elif piece.stamp:
                self._date(piece)
                self.messages += 1
                self._line(piece)
        return self

    def _messages(self, found: Cut) -> None:
        """Take in many messages: what says nothing new is only counted, all else is looked at as a piece."""
        self.messages += len(found.heads)
        self._dates(found)
        labels, _, texts = zip(*[body.partition(b": ") for body in found.bodies], strict=True)
        known = {label for label in set(labels) if label in self.labels and len(label) < _LONGEST_LABEL}
        # Without a text there may be no colon either, and so nobody who said it.
        odd = {*found_in(found, _MARK), *(at for at, text in enumerate(texts) if not text or b": " in text)}
        if len(known) < len(set(labels)):
            odd.update(at for at, label in enumerate(labels) if label not in known)
        counts = Counter(labels)
        for at in sorted(odd):
            counts[labels[at]] -= 1
            self._line(found.piece(at))
        for label in known:
            self.labels[label].count += counts[label]
            self.labels[label].typed += counts[label]

    def _dates(self, found: Cut) -> None:
        dates = found.dates
        # Almost always a date in a text shows by there being more of them than the headers have.
        hits = found.data.count(b"-20")
        named = hits and hits > sum(date_text.count(b"-20") for date_text in dates)
        days = [at for at, (one, last) in enumerate(zip(dates, [b"", *dates], strict=False)) if one != last]
        for first, behind in pairwise([*days, len(dates)]):
            self._date_of_many(found.piece(first), dates[first], behind - first)
            for at in range(first, behind) if named else ():
                self._named_date(found.piece(at).raw)

    def accepts(self, date_text: bytes, time_text: bytes) -> bool:
        """Headers are taken as they come: which order the dates have is what the survey is for."""
        known = self._known
        if date_text not in known or time_text not in known:
            if len(known) > _REMEMBERED * 5:
                known.clear()
            known[date_text], known[time_text] = _is_date(date_text), _is_time(time_text)
        return known[date_text] and known[time_text]

    def _date(self, piece: Piece) -> None:
        self._date_of_many(piece, piece.date, 1)
        self._named_date(piece.raw)

    def _date_of_many(self, piece: Piece, text: bytes, count: int) -> None:
        """The date of so many messages, the first of which is `piece`."""
        if text != self._last:
            self._last = text
            self._now = self._new_date(piece)
        if self._now:
            self._now.count += count

    def _named_date(self, raw: bytes) -> None:
        """The date in the name of a media file, beside that of the message."""
        if self._now and b"-20" in raw and (named := _NAMED_DATE.search(raw)):
            year, month, day = (int(part) for part in named.groups() if part)
            if 1 <= month <= 12 and 1 <= day <= 28 + 3 * (month != 2):
                self.dates.named.append((self._now.written, _date_of(year, month, day)))

    def _new_date(self, piece: Piece) -> Seen | None:
        key = piece.date.decode("utf-8", "replace")
        written = written_date(key)
        if written is None:
            return None
        if len(self.dates.walk) < _REMEMBERED:
            self.dates.walk.append(written)
        if key not in self.dates.seen and len(self.dates.seen) < _REMEMBERED:
            header = piece.raw[: piece.rest].decode("utf-8", "replace")
            self.dates.seen[key] = Seen(written, 0, header.strip(_LINE_LABEL))
        return self.dates.seen.get(key)

    def _line(self, piece: Piece) -> None:
        raw, rest = piece.raw, piece.rest
        end = raw.find(b"\n", rest)
        end = len(raw) if end < 0 else end
        at = label_end(raw, rest, end)
        if at < 0:
            self.tight += b":" in raw[rest:end]
            if not self.bracketed:
                self._system(raw[rest:], b"")
            return
        label = raw[rest:at]
        known = self.labels.get(label)
        if known is None:
            if len(self.labels) >= _REMEMBERED:
                return
            known = self.labels[label] = Sender(example=raw[rest : min(end, rest + 600)])
        known.count += 1
        self._parts(raw, rest, at, end)
        if (b"\xe2\x80\x8e" in raw or b"\xe2\x80\x8f" in raw) and not is_ordinary(raw, at + 2, words().first_lines):
            self._marked_line(raw, at, label, known)
        else:
            known.typed += 1

    def _parts(self, raw: bytes, rest: int, at: int, end: int) -> None:
        for _ in range(_PARTS):
            if raw.startswith(_MARKED, at + 2):
                self.certain.add(raw[rest:at])
                return
            following = raw.find(b": ", at + 2, min(end, rest + _LONGEST_LABEL))
            if following < 0:
                return
            at = following
            if len(self.longer) < _REMEMBERED:
                self.longer[raw[rest:at]] += 1

    def _marked_line(self, raw: bytes, at: int, label: bytes, known: Sender) -> None:
        text = clipped(raw[at + 2 :], len(raw)).decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
        body = spoken_body(text, bracketed=self.bracketed, marked=True)
        app = body.generated or bool(body.files) or bool(body.left_out)
        self.marked = self.marked or app
        if body.kind in ("message", "call"):
            known.typed += 1
        else:
            self.codes.update(body.marks)
            self.system_labels[label] += 1

    def _system(self, raw: bytes, label: bytes) -> None:
        body = system_body(clipped(raw, len(raw)).decode("utf-8", "replace"))
        self.codes.update(body.marks)


def label_end(raw: bytes, rest: int, end: int) -> int:
    """Where the sender's label ends (at its colon), or -1. The blank behind the colon is missing only at a line's end."""
    stop = rest + _LONGEST_LABEL * 4
    at = raw.find(b": ", rest, min(end, stop))
    if at >= 0:
        return at
    stop = end - 1 if raw[end - 1 : end] == b"\r" else end
    return stop - 1 if stop > rest and raw[stop - 1 : stop] == b":" else -1


def _is_time(text: bytes) -> bool:
    return seconds_of(text.decode("utf-8", "replace")) is not None


def _is_date(text: bytes) -> bool:
    return written_date(text.decode("utf-8", "replace")) is not None


def _date_of(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, 28)


def facts_of(survey: Survey, title: str) -> dict[str, str]:
    """What `scan` and `load` need to know of the survey, as the claim's facts."""
    names = _names(survey, title)
    for full in names.values():
        first = full.split(b": ", 1)[0]
        if first in survey.labels:
            survey.labels[full] = survey.labels[first]
    talking = {label: sender for label, sender in survey.labels.items() if label not in names}
    if not survey.bracketed:
        talking = {label: one for label, one in talking.items() if not is_generated(_text(one.example), _text(label))}
    people = [(label, one) for label, one in talking.items() if one.typed]
    people.sort(key=lambda pair: (-pair[1].count, pair[0]))
    group = len(people) > 2 or any(code.startswith("group-") for code in survey.codes)
    printed = [label for label, _ in survey.system_labels.most_common(1) if label not in dict(people)]
    return {
        "senders": json.dumps([[_text(label), one.count] for label, one in people[:_SENDERS]], ensure_ascii=False),
        "colon_names": json.dumps({_text(short): _text(full) for short, full in names.items()}, ensure_ascii=False),
        "other": "" if group or len(people) != 1 else _other(_text(people[0][0]), [*map(_text, printed), title]),
        "group": "yes" if group else "",
        "marked": "yes" if survey.marked else "",
        "tight": "yes" if not survey.labels and survey.tight else "",
        "title": title or (_text(printed[0]) if printed else ""),
    }


def _other(sender: str, candidates: list[str]) -> str:
    """Whom the only person who wrote was writing with, where the export names somebody else; "" where it does not."""
    return next((one for one in candidates if one and _letters(one) != _letters(sender)), "")


def _names(survey: Survey, title: str) -> Mapping[bytes, bytes]:
    """Labels that contain ": " themselves: the first part → the whole.

    The app's own mark behind a colon, or the name of the export, shows a label's end beyond doubt; else every line of the
    first part has to go on with the same words, twice or more, and they have to look like a name.
    """
    found: dict[bytes, bytes] = {}
    for longer, count in sorted(survey.longer.items()):
        first, _, rest = longer.partition(b": ")
        sender = survey.labels.get(first)
        if sender is None or first in survey.certain or len(longer) < len(found.get(first, b"")):
            continue
        sure = longer in survey.certain and count * 2 > sender.count
        named = bool(title) and _letters(_text(longer)) == _letters(title)
        if sure or named or (count == sender.count > 1 and _like_a_name(_text(rest))):
            found[first] = longer
    return found


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _like_a_name(text: str) -> bool:
    parts = text.split()
    return 0 < len(parts) <= 4 and len(text) <= 40 and not any(part[0].islower() for part in parts)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
