"""Lines and labelled values of a piece of a page: what reads as a line of its own, and what stands beside a label in a table.

It knows blocks, line breaks, links and cells, and nothing of what a page is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lxml.html import HtmlElement

BLOCKS = frozenset(
    "div p section article header footer main aside ul ol li table tbody thead tr td th h1 h2 h3 h4 h5 h6".split()
)
HEADS = frozenset("h1 h2 h3 h4 h5 h6".split())
DEEPEST = 60


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
            if isinstance(child.tag, str) and child.tag not in ("style", "script") and depth < DEEPEST:
                yield from inside(child, block, depth + 1)
            tail = child.tail or ""
            # Writers put a line end behind the element that means one.
            texts.append(tail.removeprefix("\n") if child.tag == "br" else tail)

    def inside(child: HtmlElement, block: HtmlElement, depth: int) -> Iterator[Line]:
        if child.tag == "br":
            texts.append("\n")
        elif child.tag in BLOCKS:
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
        cells = [cell for cell in elements(row) if cell.tag in ("td", "th")]
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
        heading = next((" ".join(text_of(one).split()) for one in cell.iter(*HEADS)), "") or _own_text(cell)
        for table in outermost(cell, "table"):
            yield from pairs_of(table, heading or group)


def _one_cell(cell: HtmlElement, group: str) -> Iterator[Pair]:
    label = _own_text(cell)
    blocks = [one for one in elements(cell) if one.tag in BLOCKS]
    value = "\n".join(filter(None, map(text_of, blocks)))
    if label or value:
        yield Pair(label, value, _href(cell), group)


def _own_text(cell: HtmlElement) -> str:
    """What stands in a cell before the first block in it."""
    said = [cell.text or ""]
    for child in cell:
        if child.tag in BLOCKS:
            break
        said += [str(child.text_content()) if isinstance(child.tag, str) else "", child.tail or ""]
    return " ".join("".join(said).split())


def outermost(element: HtmlElement, tag: str) -> Iterator[HtmlElement]:
    """The elements of that name, less those inside others of it."""
    for one in element.iter(tag):
        above = next(one.iterancestors(tag), None)
        if one is element or above is None or not _is_inside(above, element):
            yield one


def _is_inside(one: HtmlElement, element: HtmlElement) -> bool:
    return one is element or any(above is element for above in one.iterancestors())


def _href(element: HtmlElement) -> str:
    return next((href for one in element.iter("a") if (href := (one.get("href") or "").strip())), "")


def elements(element: HtmlElement) -> list[HtmlElement]:
    """The elements directly inside one."""
    return [child for child in element if isinstance(child.tag, str)]
