"""The quick way for plain messages: what the careful writers make of one of them, with the changing parts cut out.

The messages of a chat differ in number, time, text, place and digest, and in little else. For each set of what they
share (a `Form`, made in `formcut.py`) the careful way is taken once, and what comes out is filled in for every other. So
nothing is written here that is not written there, and a test holds both ways to the same bytes. What is not plain goes
the careful way.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from json.encoder import encode_basestring
from typing import Any

from plainrecord.bundle.clocktext import clock_text
from plainrecord.bundle.contents import Chosen
from plainrecord.bundle.finished import Finished
from plainrecord.bundle.formcut import Form, Items, form_of
from plainrecord.bundle.page_rows import FIRST_WORDS
from plainrecord.bundle.shown import html, one_line, visible
from plainrecord.bundle.timeline import LONGEST_CELL, quoted_cell
from plainrecord.facts import Event
from plainrecord.facts.events import digest_of, is_missed, target_of
from plainrecord.records import Account, Loaded, record_id
from plainrecord.times import Precision, TimeBlock, format_utc

_REMEMBERED = 1_000
# Of what the messages share: met once, so that a form may be worth making; or there can be none.
_MET, _NONE = "met", "none"
_PLACE = re.compile(r"[a-z]+:[A-Za-z0-9/._:#~-]+")
# What is written the same everywhere, but for a comma in a cell.
_SIMPLE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.,:/ -]*")
# No time is so long; one that is might not fit into a cell, and the careful way cuts it there.
_LONGEST_RAW = 1_000
_NO_VALUES: tuple[list[bytes], int] = ([], 0)
_STEPS: dict[Precision, int] = {"min": 1_000_000, "s": 1_000_000, "day": 1_000_000, "ms": 1_000, "us": 1, "ns": 1}


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
        form = known[0]
        return None if form is None else self._filled(form, row, loaded, time)

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

    def _filled(self, form: Form, row: Chosen, loaded: Loaded, time: TimeBlock) -> Finished | None:
        text, raw, words = _text(loaded.text or ""), _raw(time.ts_raw), _values(loaded)
        utc_us, local, sha256, locator = time.utc_us, time.local, loaded.raw_sha256, row.locator
        if text is None or raw is None or words is None or not _PLACE.fullmatch(locator):
            return None
        if not (local or "").isascii() or not (sha256 or "0").isalnum():
            return None
        like, number = form.like, f"M-{row.number:06d}"
        native = None if form.native is None else f"{form.native[0]}{number}{form.native[1]}"
        utc, shown, instant = self._when(time, utc_us)
        # In the order of the places in `formcut.py`.
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
            form.row.fill(values), talk, len(talk) - longer, native, loaded.raw or b"", sha256, like.original, (), like.media_missing,
            len(loaded.text or ""), like.part, like.kind, like.source, like.service, self._event(form, row, loaded, instant),
        )  # fmt: skip

    def _event(self, form: Form, row: Chosen, loaded: Loaded, instant: int | None) -> Event:
        like, facts = form.like.event, loaded.facts
        assert like is not None
        shape = like.shape
        if loaded.status:
            shape = shape._replace(missed=is_missed(shape.kind, loaded.envelope.marks, loaded.status))
        if loaded.envelope.time.precision == "day":
            instant = None
        return Event(
            row.number, instant, shape, digest_of(facts, None, loaded.text), target_of(facts) if facts else None
        )

    def _when(self, time: TimeBlock, utc_us: int | None) -> tuple[str, str, int | None]:
        """A time in UTC, in words, and the instant it states; empty for one that has none."""
        if utc_us is None:
            return "", "", None
        step = _STEPS[time.precision]
        utc, shown = self._clock.both(utc_us)
        if step != 1_000_000:
            utc = format_utc(utc_us, time.precision)
        return utc, shown, utc_us // step * step


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


def _text(text: str) -> tuple[bytes, bytes, bytes, bytes, int] | None:
    """A text as JSON, as a cell, its first words and all of it in HTML, and by how much these two have more bytes than
    characters; None where the careful way is needed."""
    one = text.isprintable()
    if one or text.replace("\n", " ").replace("\t", " ").isprintable():
        shown, first = text, " ".join(text[: 4 * FIRST_WORDS].split())
        if len(first) > FIRST_WORDS:
            first = first[:FIRST_WORDS].rstrip() + " …"
    elif _encodable(text):
        shown, first = visible(text), visible(one_line(text[: 4 * FIRST_WORDS], FIRST_WORDS))
    else:
        return None
    if len(shown) > LONGEST_CELL:
        return None
    drawn = escape(shown)
    whole = drawn.encode()
    longer = len(whole) - len(drawn)
    if first == shown:
        short, longer = whole, 2 * longer
    else:
        first = escape(first) or "(no text)"
        short = first.encode()
        longer += len(short) - len(first)
    if one and len(drawn) == len(text) and "\\" not in text:
        # Nothing in it is written otherwise anywhere, unless a cell begins like a formula or has a comma.
        cell = whole if text[:1].isalnum() and "," not in text else quoted_cell(text).encode()
        return b'"%b"' % whole, cell, short, whole, longer
    return encode_basestring(text).encode(), quoted_cell(text).encode(), short, whole, longer


def _raw(text: str) -> tuple[bytes, bytes, bytes, bytes, int] | None:
    """A time as written as JSON, as a cell, in HTML and inside a cell, and by how much HTML has more bytes than characters."""
    if len(text) > _LONGEST_RAW:
        return None
    if _SIMPLE.fullmatch(text):
        plain = text.encode()
        quoted = b'"%b"' % plain
        return quoted, quoted if b"," in plain else plain, plain, plain, 0
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
