"""An HTML mail body as readable text. Nothing is fetched or run; links are shown with their target, images by their alt text.

Size and depth are bounded before beautifulsoup4 on lxml parses it (`htmlwalk`), so that neither a huge nor a deeply nested
page can stop a run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from plainrecord.records import valid_text

MAX_HTML = 5_000_000
MAX_DEPTH = 500
MAX_TAGS = 100_000
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
    from plainrecord.parsers.email.htmlwalk import page_text  # noqa: PLC0415  slow to load, and seldom needed

    text, remote_images = page_text(html)
    return HtmlText(_tidy(text), remote_images, tuple(notes))


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
