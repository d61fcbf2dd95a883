"""The outline of a JSON document of any size: where its lists and its single values stand, none of them decoded.

For exports whose keys change from version to version: a reader learns the layout first, and then asks `jsonstream.walk`
for the places it knows. Lists are stepped over, so a list of a million entries costs one line. Says nothing of damage: where
the document stops making sense the outline ends, and the walk says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from plainrecord.intake.reading import Stream
from plainrecord.parsers.jsonstream import WINDOW, pointer_step
from plainrecord.parsers.jsonwindow import Window

# No download nests its sections deeper; below, an object is given whole.
DEEPEST = 8


class Part(NamedTuple):
    """A place of the document: a list, a value that is neither list nor object nor null, or an object nested too deep."""

    pointer: str
    what: Literal["list", "value", "deep"]


def outline(stream: Stream, deepest: int = DEEPEST) -> Iterator[Part]:
    """Every list that is in no other list, and every value that is in none, in document order."""
    window = Window(stream.blocks(head=4096, size=WINDOW))
    if window.is_utf8():
        yield from _value(window, "", deepest)


def _value(window: Window, pointer: str, deepest: int) -> Iterator[Part]:
    first = window.char()
    if first == "{" and deepest:
        yield from _object(window, pointer, deepest)
        return
    if first and first != "n":
        yield Part(pointer, "list" if first == "[" else "deep" if first == "{" else "value")
    if first:
        window.skip()


def _object(window: Window, pointer: str, deepest: int) -> Iterator[Part]:
    window.at += 1
    while window.char() == '"':
        try:
            key, _ = window.value()
        except ValueError:
            break
        if window.char() != ":":
            break
        window.at += 1
        yield from _value(window, f"{pointer}/{pointer_step(str(key))}", deepest - 1)
        if window.char() != ",":
            break
        window.at += 1
    # Behind the bracket that closes it; where there is none the document is damaged and nothing more is found.
    window.at = window.at + 1 if window.char() == "}" else len(window.text)
