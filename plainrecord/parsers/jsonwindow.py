"""A window of decoded text over a stream of bytes: JSON values taken from it one by one, each with its byte range.

The ground under `jsonstream`; it knows values, brackets and quotes, and no paths. Memory: one read block and one value.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from plainrecord.intake.reading import Block

ELEMENT_LIMIT = 16 << 20

_SPACE = re.compile(r"[ \t\n\r]*")
_COMMA = re.compile(r"[ \t\n\r]*,")
_AFTER_SCALAR = re.compile(r"[,\]}\s]")
_STRUCTURE = re.compile(r'["{}\[\]]')
_IN_STRING = re.compile(r'["\\]')
DECODER = json.JSONDecoder(strict=False)
_scan: Callable[[str, int], tuple[Any, int]] = json.scanner.make_scanner(DECODER)  # type: ignore[attr-defined]


class Window:
    """Text of the stream from `at` on, as much as was needed so far; knows the byte every character came from."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = iter(blocks)
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self.text = ""
        self.at = 0
        self._mark = 0
        self._mark_byte = 0
        self.ended = False
        self.balanced = True

    def is_utf8(self) -> bool:
        """False for UTF-16 and UTF-32, which show by NUL bytes; steps over a byte-order mark."""
        self._more()
        if "\0" in self.text[:4] or self.text.startswith(("\udcff\udcfe", "\udcfe\udcff")):
            return False
        self.at = 1 if self.text.startswith("\ufeff") else 0
        return True

    def offset(self) -> int:
        """The byte at which the character `at` starts."""
        passed = self.text[self._mark : self.at]
        self._mark_byte += len(passed) if passed.isascii() else len(passed.encode("utf-8", "surrogateescape"))
        self._mark = self.at
        return self._mark_byte

    def after_scalar(self) -> bool:
        """Whether a character that may stand behind a number or a word comes next."""
        return self.at < len(self.text) and self.text[self.at] in ",]} \t\n\r"

    def char(self) -> str:
        """The next character that is no space, "" at the end."""
        while True:
            match = _SPACE.match(self.text, self.at)
            assert match  # the expression matches nothing as well
            self.at = match.end()
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._more():
                return ""

    def run(self) -> Iterator[tuple[Any, int, int]]:
        """Values with a comma behind them, as far as they stand whole in the window: value, first byte, byte behind it.

        The fast way through an array: nothing is asked of the stream, and whatever is unusual is left to `value`, which
        finds `at` before the first value that was not handed out.
        """
        text, base = self.text, self.offset() - self.at
        plain = text.isascii()
        while match := _SPACE.match(text, self.at):
            at = match.end()
            try:
                value, end = _scan(text, at)
            except (ValueError, StopIteration, RecursionError):
                return
            comma = _COMMA.match(text, end)
            if not comma:
                return
            if plain:
                start, close = base + at, base + end
                self.at = comma.end()
            else:
                self.at = at
                start = self.offset()
                self.at = end
                close = self.offset()
                self.at = comma.end()
            yield value, start, close

    def value(self) -> tuple[Any, int]:
        """The value at `at` and the byte behind it; raises ValueError, without moving, when there is none to decode."""
        while True:
            try:
                value, end = _scan(self.text, self.at)
                # A number at the end of the window may go on in the next one, at the earliest seen by "e+1" behind it.
                if end + 3 <= len(self.text) or self.ended:
                    self.at = end
                    return value, self.offset()
            except (ValueError, StopIteration, RecursionError) as error:
                close = self._close()
                if close is None or self._failed_inside(close):
                    raise ValueError("not decodable") from error
                continue
            self._more()

    def _failed_inside(self, end: int) -> bool:
        """Whether the complete value still does not decode (it failed before only because the window ended in it)."""
        try:
            return bool(_scan(self.text, self.at)[1] != end)
        except (ValueError, StopIteration, RecursionError):
            return True

    def passed_over(self) -> str | None:
        """Step over the value at `at` by its brackets and quotes; its text, or None when it is too large or cut off."""
        end = self._close()
        if end is None:
            self.skip()
            return None
        text = self.text[self.at : end]
        self.at = end
        return text

    def skip(self) -> bool:
        """Step over the value at `at`, whatever its size; False when the stream ended first."""
        return self._close(forget=True) is not None

    def drain(self) -> int:
        """Read the stream to its end; its length in bytes."""
        self.at = len(self.text)
        while self._more():
            self.at = len(self.text)
        return self.offset()

    def _close(self, *, forget: bool = False) -> int | None:
        """The index behind the value at `at`; with `forget`, `at` moves there and nothing of the value is kept.

        None when the stream ended first, or when the value is over the limit and was to be kept.
        """
        balance = _Balance()
        done = self.at
        while True:
            done, closed = balance.feed(self.text, done)
            self.balanced = closed
            if closed:
                if forget:
                    self.at = done
                return done
            if forget:
                self.at = done
            if self.ended or (not forget and done - self.at > ELEMENT_LIMIT):
                return None
            done -= self.at
            self._more()
            done += self.at

    def _more(self) -> bool:
        """Drop what is behind `at` and add the next block; False at the end of the stream."""
        if self.ended:
            return False
        self.offset()
        block = next(self._blocks, None)
        if block is None:
            self.ended = True
            added = self._decode(b"", True)
        else:
            with memoryview(block.buffer) as view:
                added = self._decode(view[block.lo : block.hi])
        self.text = self.text[self.at :] + added
        self.at = self._mark = 0
        return not self.ended or bool(added)


class _Balance:
    """Finds the end of one value by brackets and quotes alone, over any number of windows."""

    def __init__(self) -> None:
        self._depth = 0
        self._quoted = False
        self._escaped = False
        self._begun = False
        self._scalar = False

    def feed(self, text: str, at: int) -> tuple[int, bool]:
        """Go on at `at`; the index reached and whether the value ends there."""
        if not self._begun and at < len(text):
            self._begun = True
            self._scalar = text[at] not in '{["'
        if self._scalar:
            end = _AFTER_SCALAR.search(text, at)
            return (end.start(), True) if end else (len(text), False)
        while at < len(text):
            if self._escaped:
                self._escaped, at = False, at + 1
                continue
            match = (_IN_STRING if self._quoted else _STRUCTURE).search(text, at)
            if not match:
                return len(text), False
            at = match.end()
            if self._step(match[0]):
                return at, True
        return at, False

    def _step(self, char: str) -> bool:
        """Take one character that matters; True when it ends the value."""
        if char == "\\":
            self._escaped = True
        elif char == '"':
            self._quoted = not self._quoted
        else:
            self._depth += 1 if char in "{[" else -1
        return not self._quoted and not self._escaped and self._depth <= 0
