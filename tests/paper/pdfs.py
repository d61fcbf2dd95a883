"""What a PDF says, by a reader that is not the engine that wrote it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2
from pypdfium2 import raw

_NUMBER = re.compile(r"(?m)^M-\d{6}(?:-\d+)?")
# Where the first and the last column of the timeline stand, in points from the left.
_FIRST, _LAST = (45, 100), (521, 550)


@contextmanager
def opened(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    """The document, closed at the end."""
    document = pypdfium2.PdfDocument(path)
    try:
        yield document
    finally:
        document.close()


def page_texts(path: Path) -> list[str]:
    """The text of each page."""
    with opened(path) as document:
        texts = []
        for page in document:
            text = page.get_textpage()
            texts.append(text.get_text_range())
            text.close()
            page.close()
        return texts


def running_text(pages: list[str]) -> str:
    """All pages as one text, without the header and the footer of each, which stand in the middle of broken messages."""
    return "".join(re.sub(r"^Bundle pr-[^\n]*\n|\r\nreport[-0-9]*\.pdf [^\n]*$", "\n", page) for page in pages)


def squeezed(text: str) -> str:
    """Text without anything a line break or a direction may have added or moved."""
    return "".join(char for char in unicodedata.normalize("NFC", text) if not char.isspace() and char.isprintable())


def letters(text: str) -> Counter[str]:
    """How often each character occurs: what is left of a text whose order the reader gives as drawn."""
    return Counter(squeezed(text))


def bookmarks(path: Path) -> list[tuple[int, str, int]]:
    """(level, title, page index) of every bookmark."""
    with opened(path) as document:
        return [(mark.level, mark.get_title(), mark.get_dest().get_index()) for mark in document.get_toc()]


def timeline_rows(path: Path) -> dict[str, int]:
    """Item number → page printed in its row of the timeline: the table's first column beside its last."""
    found: dict[str, int] = {}
    with opened(path) as document:
        for page in document:
            text = page.get_textpage()
            first, last = (text.get_text_bounded(left, 0, right, 800) for left, right in (_FIRST, _LAST))
            text.close()
            if re.search(r"(?m)^Page\s*$", last):
                pages = map(int, re.findall(r"(?m)^\d+\s*$", last))
                found |= zip(_NUMBER.findall(first), pages, strict=True)
    return found


def links(path: Path) -> dict[int, list[int]]:
    """Page index → page indices that its links lead to."""
    with opened(path) as document:
        return {at: list(_destinations(document, page)) for at, page in enumerate(document)}


def _destinations(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Iterator[int]:
    for number in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, number)
        link = raw.FPDFAnnot_GetLink(annotation)
        target = raw.FPDFLink_GetDest(document, link)
        if target:
            yield raw.FPDFDest_GetDestPageIndex(document, target)
        raw.FPDFPage_CloseAnnot(annotation)
