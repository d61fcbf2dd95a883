"""Rich text of a mail: the page that was wrapped in it (MS-OXRTFEX), or its own text. Formatting and pictures are left.

A reader of what mail programs write, not of every RTF there is. What it cannot place is dropped from the *reading* only:
the bytes stay with the record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from plainrecord.parsers.email.charsets import decode
from plainrecord.parsers.email.mapi import charset_of
from plainrecord.records import valid_text

MAX_DEPTH = 200
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|[\r\n\0]+|([^\\{}\r\n\0]+)",
    re.DOTALL,
)
_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr listtable"
    b" listoverridetable rsidtbl generator themedata datastore latentstyles xmlnstbl fldinst bkmkstart bkmkend".split()
)
_SIGNS = {
    b"par": "\n",
    b"line": "\n",
    b"tab": "\t",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
}
_SIGNS |= {
    b"bullet": "•",
    b"endash": "–",
    b"emdash": "—",
    b"emspace": "\u2003",
    b"enspace": "\u2002",
    b"cell": "\t",
    b"row": "\n",
}
_SYMBOLS = {b"~": "\u00a0", b"-": "\u00ad", b"_": "\u2011", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}
# Character sets of fonts (\\fcharset) as code pages.
_FONT_PAGES = {0: 1252, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256}
_FONT_PAGES |= {186: 1257, 204: 1251, 222: 874, 238: 1250}


@dataclass(frozen=True, slots=True)
class RichText:
    """Either the page that stood in it, or its text; notes on what could not be read."""

    text: str | None
    html: str | None
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Group:
    skipped: bool = False
    hidden: bool = False
    in_tag: bool = False
    font: int | None = None
    skip_after: int = 1


@dataclass(slots=True)
class _State:
    wraps_html: bool
    page: int = 1252
    groups: list[_Group] = field(default_factory=lambda: [_Group()])
    too_deep: int = 0
    pending: bytearray = field(default_factory=bytearray)
    out: list[str] = field(default_factory=list)
    fonts: dict[int, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    to_skip: int = 0
    starred: bool = False

    @property
    def group(self) -> _Group:
        return self.groups[-1]

    @property
    def silent(self) -> bool:
        """Whether what stands here is no text of the mail."""
        return self.group.skipped or (self.wraps_html and self.group.hidden and not self.group.in_tag)

    def flush(self) -> None:
        """Bytes so far as text, in the code page of the font they stand in."""
        if self.pending:
            font = self.group.font
            page = self.page if font is None else self.fonts.get(font, self.page)
            read = decode(bytes(self.pending), charset_of(page))
            self.notes += [note for note in read.notes if note not in self.notes]
            self.out.append(read.text)
            self.pending.clear()

    def say(self, text: str) -> None:
        """Text that is text already."""
        self.flush()
        self.out.append(text)


def read_rtf(data: bytes) -> RichText:
    """The page or text of an RTF. Never raises."""
    if not data.lstrip().startswith(b"{\\rtf"):
        return RichText(None, None, ("rtf:not-readable",))
    state = _State(b"\\fromhtml1" in data[:2_000])
    at = 0
    while at < len(data):
        token = _TOKEN.match(data, at)
        if token is None:
            at += 1  # a backslash that nothing follows
            continue
        at = token.end() + _take(state, token)
    state.flush()
    found = valid_text("".join(state.out))
    notes = tuple(state.notes)
    return (
        RichText(None, found.lstrip(), notes) if state.wraps_html else RichText(found.rstrip("\n") or None, None, notes)
    )


def _take(state: _State, token: re.Match[bytes]) -> int:
    """One token; gives the number of raw bytes behind it that are none of the text."""
    word, number, code, symbol, brace, text = token.groups()
    if brace:
        _brace(state, brace)
    elif symbol == b"*":
        state.starred = True
    elif word == b"bin":
        return max(0, int(number or 0))
    elif word:
        _word(state, word, int(number) if number else None)
    else:
        state.starred = False
        _plain(state, code, symbol, text)
    return 0


def _plain(state: _State, code: bytes | None, symbol: bytes | None, text: bytes | None) -> None:
    if state.to_skip and (code or symbol or text):
        # What follows \\u is the same sign again, for programs without Unicode.
        kept = text[state.to_skip :] if text else b""
        state.to_skip = max(0, state.to_skip - (len(text) if text else 1))
        code, symbol, text = None, None, kept
    if state.silent:
        return
    if code:
        state.pending.append(int(code, 16))
    elif symbol:
        state.say(_SYMBOLS.get(symbol, ""))
    elif text:
        state.pending += text


def _brace(state: _State, brace: bytes) -> None:
    state.flush()
    state.to_skip, state.starred = 0, False
    if brace == b"{":
        if len(state.groups) < MAX_DEPTH:
            state.groups.append(replace(state.group))
        else:
            state.too_deep += 1
            state.notes += [] if "rtf:too-deep" in state.notes else ["rtf:too-deep"]
    elif state.too_deep:
        state.too_deep -= 1
    elif len(state.groups) > 1:
        state.groups.pop()


def _word(state: _State, word: bytes, number: int | None) -> None:
    """A control word: what it says about the text behind it, or the sign it stands for."""
    starred, state.starred = state.starred, False
    group = state.group
    if word == b"htmltag" and state.wraps_html:
        state.flush()
        group.in_tag = True
    elif word in _SKIPPED or (starred and word != b"htmltag"):
        group.skipped = True
    elif word == b"htmlrtf":
        state.flush()
        group.hidden = number != 0
    elif word == b"u" and number is not None:
        state.say("" if state.silent else chr(number & 0xFFFF))
        state.to_skip = group.skip_after
    elif word in _SIGNS:
        _sign(state, word)
    elif number is not None:
        _setting(state, word, number)


def _sign(state: _State, word: bytes) -> None:
    if not state.silent:
        state.say("\r\n" if state.wraps_html and word in (b"par", b"line") else _SIGNS[word])


def _setting(state: _State, word: bytes, number: int) -> None:
    group = state.group
    if word == b"ansicpg":
        state.page = number
    elif word == b"uc":
        group.skip_after = max(0, min(number, 8))
    elif word == b"f":
        state.flush()
        group.font = number
    elif word == b"fcharset" and group.font is not None and number in _FONT_PAGES:
        state.fonts[group.font] = _FONT_PAGES[number]
