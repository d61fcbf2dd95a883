"""A drawing as SVG 1.1, written by hand: shapes, words and greyscale patterns. No script, no style sheet, no address.

Reads nothing and decides nothing of what is drawn. Any text may be given; what XML cannot hold is written out. The same
calls give the same bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from unicodedata import east_asian_width

from plainrecord.records import valid_text

# The last but one is what a report made without this machine's fonts has.
FONT = "Arial, Liberation Sans, Helvetica, Noto Sans, sans-serif"
INK, SOFT, PALE, PAPER = "#1b1b1b", "#4a4a4a", "#b4b4b0", "#ffffff"
# What XML cannot hold, and what changes the direction of writing or cannot be seen.
_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
    "|[\U0001fffe\U0001ffff]"
)
# Told apart without colour: each is a ground and what is drawn over it.
PATTERNS: tuple[tuple[str, str], ...] = (
    ("#3a3a3a", ""),
    ("#ffffff", '<path d="M-1 1L1 -1M0 6L6 0M5 7L7 5" stroke="#1b1b1b" stroke-width="1.3"/>'),
    ("#a8a8a4", ""),
    ("#ffffff", '<path d="M1.5 1.5h1.6v1.6h-1.6zM4.5 4.5h1.6v1.6h-1.6z" fill="#1b1b1b"/>'),
    ("#ffffff", '<path d="M0 1.5H6M0 4.5H6" stroke="#1b1b1b" stroke-width="1"/>'),
    ("#d8d8d4", '<path d="M1.5 0V6M4.5 0V6" stroke="#1b1b1b" stroke-width="1"/>'),
    ("#ffffff", ""),
)
_TILE = 6


def fit(text: str) -> str:
    """The text as it can stand in XML, on one line: controls and direction codes as `[U+202E]`."""
    return _UNFIT.sub(lambda found: f"[U+{ord(found[0]):04X}]", valid_text(" ".join(text.split())))


def _shown(text: str) -> str:
    # Not from xml.sax: loading that loads what talks to networks.
    return escape(fit(text), quote=False)


def number(value: float) -> str:
    """A length with at most two places, the same on every machine."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def width_of(text: str, size: float) -> float:
    """About how wide a text is drawn; rather too wide than too narrow."""
    wide = sum(1.0 if east_asian_width(char) in "WF" else 0.56 for char in text)
    return wide * size


def shortened(text: str, size: float, most: float) -> str:
    """The text cut to a width, with "…" where it goes on."""
    text = fit(text)
    if width_of(text, size) <= most:
        return text
    while text and width_of(text + "…", size) > most:
        text = text[:-1]
    return text.rstrip() + "…"


@dataclass(slots=True)
class Drawing:
    """Shapes in the order they are drawn. `name` keeps the ids of several drawings on one page apart."""

    name: str
    width: float
    height: float
    pieces: list[str] = field(default_factory=list)
    patterns: set[int] = field(default_factory=set)

    def rect(  # noqa: PLR0913 - a rectangle has that many sides to it
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str = "none",
        *,
        stroke: str = "",
        says: str = "",
        data: str = "",
        dashed: bool = False,
    ) -> None:
        """A rectangle; `says` is its tooltip and text alternative, `data` the count it stands for."""
        line = f' stroke="{stroke}" stroke-width="0.8"' if stroke else ""
        line += ' stroke-dasharray="2 2"' if dashed else ""
        line += f' data-count="{data}"' if data else ""
        place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
        self._shape("rect", f'{place} fill="{fill}"{line}', says)

    def line(self, x1: float, y1: float, x2: float, y2: float, *, stroke: str = INK, wide: float = 1, dash: str = "") -> None:  # fmt: skip
        """A straight line."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
        self.pieces.append(f'<line {ends} stroke="{stroke}" stroke-width="{number(wide)}"{dashes}/>')

    def mark(self, d: str, x: float, y: float, fill: str, says: str) -> None:
        """A small shape drawn around a place, with an outline."""
        place = f'transform="translate({number(x)} {number(y)})"'
        self._shape("path", f'd="{d}" {place} fill="{fill}" stroke="{INK}" stroke-width="1.2"', says)

    def text(
        self, x: float, y: float, words: str, *, size: float = 12, anchor: str = "start", fill: str = INK, bold: bool = False
    ) -> None:  # fmt: skip
        """Words at a place; `anchor` is start, middle or end. Nothing for none."""
        if not words:
            return
        weight = ' font-weight="bold"' if bold else ""
        place = f'x="{number(x)}" y="{number(y)}" font-size="{number(size)}" text-anchor="{anchor}"'
        self.pieces.append(f'<text {place} fill="{fill}"{weight}>{_shown(words)}</text>')

    def pattern(self, index: int) -> str:
        """The fill of one of the patterns told apart without colour."""
        ground, over = PATTERNS[index]
        if not over:
            return ground
        self.patterns.add(index)
        return f"url(#{self.name}-p{index})"

    def svg(self, title: str, says: str, *, namespace: bool = True) -> str:
        """The whole drawing. Inside HTML it needs no namespace."""
        xmlns = ' xmlns="http://www.w3.org/2000/svg"' if namespace else ""
        size = f'width="{number(self.width)}" height="{number(self.height)}"'
        box = f'viewBox="0 0 {number(self.width)} {number(self.height)}"'
        named = f'role="img" aria-labelledby="{self.name}-t {self.name}-d" font-family="{FONT}"'
        head = f'<svg{xmlns} version="1.1" {size} {box} {named}>'
        alternative = f'<title id="{self.name}-t">{_shown(title)}</title><desc id="{self.name}-d">{_shown(says)}</desc>'
        ground = f'<rect x="0" y="0" width="{number(self.width)}" height="{number(self.height)}" fill="{PAPER}"/>'
        return "\n".join([head, alternative, *self._definitions(), ground, *self.pieces, "</svg>"]) + "\n"

    def _shape(self, kind: str, attributes: str, says: str) -> None:
        inside = f"><title>{_shown(says)}</title></{kind}>" if says else "/>"
        self.pieces.append(f"<{kind} {attributes}{inside}")

    def _definitions(self) -> list[str]:
        if not self.patterns:
            return []
        made = [
            f'<pattern id="{self.name}-p{index}" width="{_TILE}" height="{_TILE}" patternUnits="userSpaceOnUse">'
            f'<rect x="0" y="0" width="{_TILE}" height="{_TILE}" fill="{PATTERNS[index][0]}"/>{PATTERNS[index][1]}</pattern>'
            for index in sorted(self.patterns)
        ]
        return ["<defs>", *made, "</defs>"]
