"""One row of a download's page as what stands in it: heading, lines, labelled values, links, files, and the date below.

The parts are told by elements (a heading, a table, a list, a picture) and by their place in the row, and by class names only
where both generations of them are known. It says nothing of what a row means, and loads nothing.
Source of knowledge: the downloads reference, sections 4.4 and 6.6, and shapes in public readers and tests of such pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml.html import HtmlElement

from plainrecord.parsers.chat.pages import tree_of
from plainrecord.parsers.social.pagelines import (
    BLOCKS,
    DEEPEST,
    HEADS,
    Line,
    Pair,
    elements,
    lines_of,
    outermost,
    pairs_of,
    text_of,
)

_TAG = re.compile(rb"<([a-z][a-z0-9]*)\b")
_HEAD_WORDS = frozenset(("_a6-h", "_2lek"))
_DATE_WORDS = frozenset(("_a6-o", "_a72d", "_2lem"))
_FILES = {"img": "photos", "video": "videos", "audio": "audio_files"}

IsDate = Callable[[str], bool]


class Named(NamedTuple):
    """A file or link that a row names: the kind of its element, and its address."""

    kind: str
    href: str
    text: str = ""


@dataclass(slots=True)
class Entry:
    """One row. `date` is the text of the date it ends with; `parts` are the lines by the parts of the body they stand in."""

    heading: str = ""
    has_heading: bool = False
    date: str = ""
    parts: list[list[Line]] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    named: list[Named] = field(default_factory=list)
    body: list[HtmlElement] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def lines(self) -> list[Line]:
        """All lines of the body in order."""
        return [line for part in self.parts for line in part]


def is_whole(raw: bytes) -> bool:
    """Whether every element of the kind a row is was closed: a row at the end of a page that breaks off is not."""
    first = _TAG.search(raw)
    if first is None:
        return False
    opened = raw.count(b"<%s>" % first[1]) + raw.count(b"<%s " % first[1])
    return opened == raw.count(b"</%s>" % first[1]) and raw.rstrip().endswith(b">")


def entry_of(raw: bytes, is_date: IsDate) -> Entry | None:
    """What a row says; None when there is no row to be had from these bytes."""
    tree, notes = tree_of(raw)
    children = elements(tree) if tree is not None else []
    if not children:
        return None
    entry = entry_in(children[0], is_date)
    entry.notes = notes
    return entry


def entry_in(row: HtmlElement, is_date: IsDate) -> Entry:
    """What one element says as a row."""
    row = _unwrapped(row)
    entry = Entry()
    parts = elements(row)
    if not parts or (row.text or "").strip():
        parts = [row]
    if len(parts) > 1 and _is_date_part(parts[-1], is_date):
        entry.date = _last(parts.pop(), is_date)
    if parts and parts[0] is not row and _is_heading(parts[0], len(parts)):
        entry.has_heading = True
        entry.heading = " ".join(text_of(parts.pop(0)).split())
    entry.body = parts
    for part in parts:
        _read_part(part, entry)
    if not entry.date:
        _take_date(entry, is_date)
    return entry


def _take_date(entry: Entry, is_date: IsDate) -> None:
    """The date of a row that has no part for it: its last line, unless that stands beside a label."""
    for part in reversed(entry.parts):
        if part:
            last = part[-1]
            if is_date(last.text) and not _in(last.element, "table"):
                entry.date = part.pop().text
            return


def _read_part(part: HtmlElement, entry: Entry) -> None:
    for table in outermost(part, "table"):
        entry.pairs += pairs_of(table)
    for items in outermost(part, "ul"):
        entry.items += [" ".join(text_of(one).split()) for one in items.iter("li")]
    entry.named += _named(part)
    inner = part
    while len(elements(inner)) == 1 and not (inner.text or "").strip() and elements(inner)[0].tag == "div":
        inner = elements(inner)[0]
    for group in elements(inner) if _holds_blocks(inner) else [inner]:
        lines = [
            line
            for line in lines_of(group)
            if not _in(line.element, "ul", part) and not _in(line.element, "table", part)
        ]
        entry.parts.append(lines)


def _named(part: HtmlElement) -> Iterator[Named]:
    """Each file and link of a part once, in order; a picture inside a link to itself is one."""
    seen: set[str] = set()
    for one in part.iter("img", "video", "audio", "source", "a"):
        if not isinstance(one.tag, str):
            continue
        href = (one.get("src") or one.get("href") or "").strip()
        if not href or href.startswith(("#", "data:", "javascript:")):
            continue
        pictured = next(iter(one.iter("img", "video", "audio", "source")), None) if one.tag == "a" else None
        if pictured is not None and (pictured.get("src") or "").strip():
            continue
        if href not in seen:
            seen.add(href)
            kind = _FILES.get(one.tag) or ("videos" if one.tag == "source" else "link")
            yield Named(kind, href, str(one.text_content()).strip() if one.tag == "a" else "")


def _unwrapped(row: HtmlElement) -> HtmlElement:
    """The element whose children are the parts of the row."""
    for _ in range(DEEPEST):
        children = elements(row)
        if (
            len(children) != 1
            or (row.text or "").strip()
            or not _holds_blocks(children[0])
            or children[0].tag == "table"
        ):
            break
        if _words(row) & {"_a6-p", "_2let"}:
            break
        row = children[0]
    return row


def _is_heading(part: HtmlElement, parts: int) -> bool:
    """A heading by element or class; else the first of several parts, if it is one line of text and nothing else."""
    if part.tag in HEADS or _words(part) & _HEAD_WORDS:
        return True
    return parts > 1 and not _holds_blocks(part) and next(part.iter("img", "video", "audio", "a", "br"), None) is None


def _is_date_part(part: HtmlElement, is_date: IsDate) -> bool:
    """The part below a row, by element or class; without these, a part that is nothing but a date."""
    lines = list(lines_of(part))
    if part.tag == "footer" or _words(part) & _DATE_WORDS:
        return len(lines) < 2 or any(is_date(line.text) for line in lines)
    return len(lines) == 1 and is_date(lines[0].text)


def _last(part: HtmlElement, is_date: IsDate) -> str:
    """The date in the part below a row; in a language nobody here reads, what stands in its place."""
    lines = [line.text for line in lines_of(part)]
    return next((text for text in reversed(lines) if is_date(text)), lines[-1] if lines else "")


def _holds_blocks(element: HtmlElement) -> bool:
    return any(child.tag in BLOCKS for child in elements(element))


def _in(element: HtmlElement, tag: str, end: HtmlElement | None = None) -> bool:
    """Whether an element stands in one of that name, at or below `end`."""
    one: HtmlElement | None = element
    while one is not None:
        if one.tag == tag:
            return True
        if one is end:
            return False
        one = one.getparent()
    return False


def _words(element: HtmlElement) -> frozenset[str]:
    return frozenset((element.get("class") or "").split())
