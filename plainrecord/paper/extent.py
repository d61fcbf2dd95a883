"""About how many pages an item fills: enough to decide what goes on paper before anything is set. Never the page it stands on.

The figures are those of `report.typ`: heights in points, and how many letters fit beside each other. Wide letters and words
that do not fit make an item longer than is said here, so a report is seldom shorter than this.
"""

from __future__ import annotations

from plainrecord.paper.items import Paper

_PAGE = 725.0
# One line of text, of what stands beneath it, of the source, of the timeline; and what stands between items and in a row.
_TEXT, _BENEATH, _SOURCE, _ROW = 10.9, 9.1, 7.9, 9.1
_BETWEEN, _AROUND_ROW = 12.0, 5.0
_TEXT_LETTERS, _BENEATH_LETTERS, _SOURCE_LETTERS = 115, 135, 155
_COLUMNS = (("when", 28), ("who", 26), ("marks", 16))
_FIRST_LETTERS = 43


def pages_of(paper: Paper) -> float:
    """The pages that the item fills, its row of the timeline and the whole of it together."""
    return (_row(paper) + _whole(paper)) / _PAGE


def _row(paper: Paper) -> float:
    row = paper.row
    cells = [_lines(row[name], letters) for name, letters in _COLUMNS]
    return _AROUND_ROW + _ROW * max(*cells, _lines(row["first"]["t"], _FIRST_LETTERS))


def _whole(paper: Paper) -> float:
    whole = paper.whole
    text = _lines(whole["head"], _TEXT_LETTERS) + _lines(whole["text"]["t"], _TEXT_LETTERS)
    if whole["subject"]:
        text += _lines(whole["subject"]["t"], _TEXT_LETTERS)
    beneath = sum(_lines(one, _BENEATH_LETTERS) for one in whole["more"])
    source = _lines(whole["source"], _SOURCE_LETTERS)
    if whole["also"]:
        source += _lines(whole["also"], _SOURCE_LETTERS)
    return _BETWEEN + _TEXT * text + _BENEATH * beneath + _SOURCE * source


def _lines(text: str, letters: int) -> int:
    return sum(len(line) // letters + 1 for line in text.split("\n"))
