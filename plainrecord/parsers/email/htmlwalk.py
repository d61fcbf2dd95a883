"""The text of a parsed HTML page, block by block, walked with an explicit stack. Knows nothing of bounds: see `htmltext`.

Stands apart because beautifulsoup4 takes a tenth of the program's whole start, and most exports hold no such mail.
"""

from __future__ import annotations

import re
import warnings

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, XMLParsedAsHTMLWarning
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

_DROPPED = frozenset("script style head title noscript template svg math object iframe select".split())
_BLOCKS = frozenset(
    "p div h1 h2 h3 h4 h5 h6 ul ol table tr blockquote section article header footer pre address dl dt dd form center "
    "figure figcaption main nav aside fieldset".split()
)
_BLANKS = re.compile(r"[ \t\r\n\f\u200b\u00ad]+")


def page_text(html: str) -> tuple[str, int]:
    """The text of a page of bounded size and depth, and how many images it would fetch from elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        soup = BeautifulSoup(html, "lxml")
    writer = _Writer()
    writer.walk(soup)
    return "".join(writer.pieces), writer.remote_images


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
