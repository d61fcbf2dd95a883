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

_BLOCKS = frozenset(
    "div p section article header footer main aside ul ol li table tbody thead tr td th h1 h2 h3 h4 h5 h6".split()
)
_HEADS = frozenset("h1 h2 h3 h4 h5 h6".split())
_TAG = re.compile(rb"<([a-z][a-z0-9]*)\b")
_HEAD_WORDS = frozenset(("_a6-h", "_2lek"))
_DATE_WORDS = frozenset(("_a6-o", "_a72d", "_2lem"))
_FILES = {"img": "photos", "video": "videos", "audio": "audio_files"}
_DEEPEST = 60

IsDate = Callable[[str], bool]


class Line(NamedTuple):
    """A run of text that stands by itself, with the element it stands in and the link it is all of, if it is."""

    text: str
    element: HtmlElement
    href: str = ""


class Pair(NamedTuple):
    """A labelled value; `group` is the heading it stands under inside the row."""

    label: str
    value: str
    href: str = ""
    group: str = ""


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
    children = _elements(tree) if tree is not None else []
    if not children:
        return None
    entry = entry_in(children[0], is_date)
    entry.notes = notes
    return entry


def entry_in(row: HtmlElement, is_date: IsDate) -> Entry:
    """What one element says as a row."""
    row = _unwrapped(row)
    entry = Entry()
    parts = _elements(row)
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
    for table in _outermost(part, "table"):
        entry.pairs += pairs_of(table)
    for items in _outermost(part, "ul"):
        entry.items += [" ".join(text_of(one).split()) for one in items.iter("li")]
    entry.named += _named(part)
    inner = part
    while len(_elements(inner)) == 1 and not (inner.text or "").strip() and _elements(inner)[0].tag == "div":
        inner = _elements(inner)[0]
    for group in _elements(inner) if _holds_blocks(inner) else [inner]:
        lines = [
            line
            for line in lines_of(group)
            if not _in(line.element, "ul", part) and not _in(line.element, "table", part)
        ]
        entry.parts.append(lines)


def lines_of(element: HtmlElement) -> Iterator[Line]:
    """The runs of text of an element, one for each block that has text of its own; `<br>` is a line feed."""
    texts: list[str] = []
    links: list[tuple[str, str]] = []

    def flush(block: HtmlElement) -> Iterator[Line]:
        text = "".join(texts).strip()
        whole = links[0][1] if len(links) == 1 and links[0][0].strip() == text else ""
        texts.clear()
        links.clear()
        if text:
            yield Line(text, block, whole)

    def walk(one: HtmlElement, block: HtmlElement, depth: int) -> Iterator[Line]:
        texts.append(one.text or "")
        for child in one:
            if isinstance(child.tag, str) and child.tag not in ("style", "script") and depth < _DEEPEST:
                yield from inside(child, block, depth + 1)
            tail = child.tail or ""
            # Writers put a line end behind the element that means one.
            texts.append(tail.removeprefix("\n") if child.tag == "br" else tail)

    def inside(child: HtmlElement, block: HtmlElement, depth: int) -> Iterator[Line]:
        if child.tag == "br":
            texts.append("\n")
        elif child.tag in _BLOCKS:
            yield from flush(block)
            yield from walk(child, child, depth)
            yield from flush(child)
        else:
            if child.tag == "a" and (href := (child.get("href") or "").strip()):
                links.append((str(child.text_content()), href))
            yield from walk(child, block, depth)

    yield from walk(element, element, 0)
    yield from flush(element)


def text_of(element: HtmlElement) -> str:
    """All text of an element, its lines below each other."""
    return "\n".join(line.text for line in lines_of(element))


def pairs_of(table: HtmlElement, group: str = "") -> Iterator[Pair]:
    """The labelled values of a table: two cells, or one cell that begins with the label and holds the value in a block."""
    for row in table.iter("tr"):
        if next((one for one in row.iterancestors("table")), None) is not table:
            continue
        cells = [cell for cell in _elements(row) if cell.tag in ("td", "th")]
        inner = next((one for cell in cells for one in cell.iter("table")), None)
        if inner is not None:
            yield from _nested(cells, group)
        elif len(cells) == 1:
            yield from _one_cell(cells[0], group)
        elif cells:
            label, value = text_of(cells[0]), "\n".join(filter(None, map(text_of, cells[1:])))
            yield Pair(label, value, _href(cells[-1]), group)


def _nested(cells: list[HtmlElement], group: str) -> Iterator[Pair]:
    """A cell that holds labelled values of its own, under a heading or under its label."""
    for cell in cells:
        heading = next((" ".join(text_of(one).split()) for one in cell.iter(*_HEADS)), "") or _own_text(cell)
        for table in _outermost(cell, "table"):
            yield from pairs_of(table, heading or group)


def _one_cell(cell: HtmlElement, group: str) -> Iterator[Pair]:
    label = _own_text(cell)
    blocks = [one for one in _elements(cell) if one.tag in _BLOCKS]
    value = "\n".join(filter(None, map(text_of, blocks)))
    if label or value:
        yield Pair(label, value, _href(cell), group)


def _own_text(cell: HtmlElement) -> str:
    """What stands in a cell before the first block in it."""
    said = [cell.text or ""]
    for child in cell:
        if child.tag in _BLOCKS:
            break
        said += [str(child.text_content()) if isinstance(child.tag, str) else "", child.tail or ""]
    return " ".join("".join(said).split())


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
    for _ in range(_DEEPEST):
        children = _elements(row)
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
    if part.tag in _HEADS or _words(part) & _HEAD_WORDS:
        return True
    return parts > 1 and not _holds_blocks(part) and next(part.iter("img", "video", "audio", "a", "br"), None) is None


def _is_date_part(part: HtmlElement, is_date: IsDate) -> bool:
    lines = list(lines_of(part))
    if part.tag == "footer" or _words(part) & _DATE_WORDS:
        return not lines or any(is_date(line.text) for line in lines)
    return len(lines) == 1 and is_date(lines[0].text)


def _last(part: HtmlElement, is_date: IsDate) -> str:
    return next((line.text for line in reversed(list(lines_of(part))) if is_date(line.text)), "")


def _holds_blocks(element: HtmlElement) -> bool:
    return any(child.tag in _BLOCKS for child in _elements(element))


def _outermost(element: HtmlElement, tag: str) -> Iterator[HtmlElement]:
    for one in element.iter(tag):
        above = next(one.iterancestors(tag), None)
        if one is element or above is None or not _is_inside(above, element):
            yield one


def _is_inside(one: HtmlElement, element: HtmlElement) -> bool:
    return one is element or any(above is element for above in one.iterancestors())


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


def _href(element: HtmlElement) -> str:
    return next((href for one in element.iter("a") if (href := (one.get("href") or "").strip())), "")


def _words(element: HtmlElement) -> frozenset[str]:
    return frozenset((element.get("class") or "").split())


def _elements(element: HtmlElement) -> list[HtmlElement]:
    return [child for child in element if isinstance(child.tag, str)]
