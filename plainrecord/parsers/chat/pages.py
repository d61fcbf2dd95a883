"""A piece of a chat page as a tree, and what readers of such pages ask of it. Nothing is loaded, nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html
from lxml.html import HtmlElement

from plainrecord.parsers.chat.lines import decoded
from plainrecord.parsers.chat.pieces import UTF_8, File, url_path
from plainrecord.records import valid_text

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def tree_of(raw: bytes) -> tuple[HtmlElement | None, tuple[str, ...]]:
    """The piece below one parent element, and notes on its text; None when there is no tree to be had."""
    text, notes = decoded(raw, UTF_8)
    # Controls are no HTML and make the parser stop; in what an exporter escaped they can only be damage.
    clean = _CONTROLS.sub("\ufffd", valid_text(text))
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True)
    try:
        return html.fromstring(f"<div>{clean}</div>".encode(), parser=parser), notes
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None, notes


def classed(tree: HtmlElement, *names: str) -> Iterator[HtmlElement]:
    """Every element below with one of these words in its class, in order."""
    wanted = set(names)
    return (one for one in tree.iter() if isinstance(one.tag, str) and wanted & set((one.get("class") or "").split()))


def first(tree: HtmlElement, *names: str) -> HtmlElement | None:
    """The first such element."""
    return next(classed(tree, *names), None)


def text_of(element: HtmlElement | None) -> str:
    """All text in an element, a line feed for each <br>; "" for none."""
    if element is None:
        return ""
    for line_break in element.iter("br"):
        line_break.text = "\n"
    return str(element.text_content())


def taken_out(tree: HtmlElement, *names: str) -> list[HtmlElement]:
    """Remove the outermost such elements and give them back, so that what is left speaks for itself."""
    found = []
    while (one := first(tree, *names)) is not None and one.getparent() is not None:
        one.drop_tree()
        found.append(one)
    return found


def files_in(element: HtmlElement) -> list[File]:
    """Each local file that pictures, players and links of an element point to, once."""
    paths: dict[str, None] = {}
    for one in element.iter("img", "video", "audio", "source", "a"):
        path = (one.get("src") or one.get("href") or "").strip()
        if path and ":" not in path.split("/")[0] and not path.startswith(("#", "//")):
            paths.setdefault(path)
    return [File(url_path(path)[-1].rpartition("/")[2], url_path(path)) for path in paths]
