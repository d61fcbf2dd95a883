"""One picture: a drawing, what it shows in words, and the same figures as a table."""

from __future__ import annotations

from dataclasses import dataclass

from plainrecord.facts.pictures.svg import Drawing


@dataclass(frozen=True, slots=True)
class Picture:
    """`name` is fit for a file name and an anchor; `title` and `says` are its text alternative, `columns` and `rows` the table
    beneath it. `drawing` is None when there is nothing to draw: then `says` says so."""

    name: str
    title: str
    says: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    drawing: Drawing | None

    @property
    def svg(self) -> str:
        """The picture as a file of its own (SVG 1.1); "" when there is nothing to draw."""
        return self.drawing.svg(self.title, self.says) if self.drawing else ""

    @property
    def inline(self) -> str:
        """The picture as it stands inside HTML; "" when there is nothing to draw."""
        return self.drawing.svg(self.title, self.says, namespace=False) if self.drawing else ""
