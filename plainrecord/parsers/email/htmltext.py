"""An HTML mail body as readable text. Nothing is fetched or run; links are shown with their target, images by their alt text.

beautifulsoup4 on lxml. Size is bounded before parsing and the tree is walked with an explicit stack, so that neither a huge
nor a deeply nested page can stop a run.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, XMLParsedAsHTMLWarning
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from plainrecord.records import valid_text

MAX_HTML = 5_000_000
MAX_DEPTH = 500
MAX_TAGS = 100_000
_DROPPED = frozenset("script style head title noscript template svg math object iframe select".split())
_BLOCKS = frozenset(
    "p div h1 h2 h3 h4 h5 h6 ul ol table tr blockquote section article header footer pre address dl dt dd form center "
    "figure figcaption main nav aside fieldset".split()
)
_BLANKS = re.compile(r"[ \t\r\n\f\u200b\u00ad]+")
_TAG = re.compile(r"<[^<>]{0,10000}>")
_OPENING = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})\b[^<>]{0,10000}?(/?)>")
_VOID = frozenset("br img hr meta link input area base col embed source track wbr param p li td tr th option".split())
_MANY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class HtmlText:
    """Readable text, how many images the page would have fetched from elsewhere, and notes."""

    text: str
    remote_images: int = 0
    notes: tuple[str, ...] = ()


def html_to_text(html: str) -> HtmlText:
    """Text of a page, blocks on lines of their own. Never raises. Notes: `html:cut`, `html:too-deep`, `html:too-many-tags`."""
    notes: list[str] = []
    if len(html) > MAX_HTML:
        html = html[:MAX_HTML]
        notes.append("html:cut")
    html = valid_text(html).replace("\0", "\ufffd")
    depth, tags = _extent(html)
    if depth > MAX_DEPTH or tags > MAX_TAGS:
        # lxml would drop the text below its depth limit without a word; taking the tags out loses only the layout.
        notes.append("html:too-deep" if depth > MAX_DEPTH else "html:too-many-tags")
        return HtmlText(_tidy(_TAG.sub(" ", html)), 0, tuple(notes))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        soup = BeautifulSoup(html, "lxml")
    writer = _Writer()
    writer.walk(soup)
    return HtmlText(_tidy("".join(writer.pieces)), writer.remote_images, tuple(notes))


class _Writer:
    """Walks a tree without recursion and writes text as it goes."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.remote_images = 0
        self._pre = 0

    def walk(self, root: Tag) -> None:
        stack: list[tuple[PageElement | None, Tag | None, int]] = [(root, None, 0)]
        while stack:
            element, closing, mark = stack.pop()
            if closing is not None:
                self._close(closing, mark)
            elif isinstance(element, Tag):
                if element.name in _DROPPED:
                    continue
                self._open(element)
                stack.append((None, element, len(self.pieces)))
                stack.extend((child, None, 0) for child in reversed(element.contents))
            elif isinstance(element, NavigableString) and not isinstance(element, PreformattedString):
                self._text(str(element))

    def _text(self, text: str) -> None:
        self.pieces.append(text if self._pre else _BLANKS.sub(" ", text))

    def _open(self, tag: Tag) -> None:
        name = tag.name
        if name == "br":
            self.pieces.append("\n")
        elif name == "hr":
            self.pieces.append("\n----\n")
        elif name == "li":
            self.pieces.append("\n- ")
        elif name in ("td", "th"):
            self.pieces.append("\t")
        elif name == "img":
            self._image(tag)
        elif name in _BLOCKS:
            self.pieces.append("\n")
        self._pre += name == "pre"

    def _image(self, tag: Tag) -> None:
        source, alt = _attribute(tag, "src"), _attribute(tag, "alt")
        self.remote_images += source.lower().startswith(("http:", "https:", "//"))
        if alt:
            self.pieces.append(f"[image: {alt}]")

    def _close(self, tag: Tag, mark: int) -> None:
        if tag.name == "a":
            self._target(tag, mark)
        if tag.name in _BLOCKS:
            self.pieces.append("\n\n" if tag.name in ("p", "h1", "h2", "h3", "table") else "\n")
        self._pre -= tag.name == "pre"

    def _target(self, tag: Tag, mark: int) -> None:
        target = _attribute(tag, "href")
        shown = "".join(self.pieces[mark:]).strip()
        plain = target.removeprefix("mailto:")
        if target and not target.startswith("#") and plain != shown:
            self.pieces.append(f" <{target}>")


def _attribute(tag: Tag, name: str) -> str:
    value = tag.get(name) or ""
    return _BLANKS.sub(" ", value if isinstance(value, str) else " ".join(value)).strip()[:2_000]


def _extent(html: str) -> tuple[int, int]:
    """A cheap estimate of how deep the page nests (opening tags without their closing ones, at the worst place), and how
    many tags it has."""
    depth = deepest = tags = 0
    for closing, name, empty in _OPENING.findall(html):
        tags += 1
        if empty or name.lower() in _VOID:
            continue
        depth = max(depth - 1, 0) if closing else depth + 1
        deepest = max(deepest, depth)
    return deepest, tags


def _tidy(text: str) -> str:
    lines = (line.strip(" \t") for line in text.replace("\r\n", "\n").split("\n"))
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()
