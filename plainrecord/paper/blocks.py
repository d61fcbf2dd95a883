"""The pieces a paper is made of, as plain values: paragraphs, lists, tables. Every text in them is made printable here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from plainrecord.paper.printable import isolated, printable

Block = dict[str, Any]
# A cell is text, or a value that the layout knows: an item to lead to, the page of an item, a digest.
Cell = str | dict[str, Any]
_LAYOUT_ONLY = re.compile("[\u200b\u2068\u2069]")


def paragraph(text: str) -> Block:
    """A paragraph."""
    return {"kind": "p", "t": printable(text)}


def small(text: str) -> Block:
    """A paragraph in small letters."""
    return {"kind": "small", "t": printable(text)}


def heading(text: str, level: int = 2) -> Block:
    """A heading, which is a bookmark as well."""
    return {"kind": "heading", "level": level, "t": printable(text)}


def bullets(items: Iterable[str]) -> Block:
    """A list."""
    return {"kind": "list", "items": [printable(item) for item in items]}


def steps(items: Iterable[str]) -> Block:
    """A numbered list."""
    return {"kind": "steps", "items": [printable(item) for item in items]}


def box(title: str, items: Iterable[str]) -> Block:
    """A list in a frame, for what must be read first."""
    return {"kind": "box", "t": printable(title), "items": [printable(item) for item in items]}


def pairs(rows: Iterable[tuple[str, str]]) -> Block:
    """Names with their values; those without a value are left out."""
    return {"kind": "pairs", "rows": [[printable(name), isolated(printable(value))] for name, value in rows if value]}


def table(columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Cell]]) -> Block:
    """A table. `columns` are headings with widths: "20mm", or "1fr" and "2fr" for shares of what is left."""
    return {
        "kind": "table",
        "head": [name for name, _ in columns],
        "widths": [width for _, width in columns],
        "rows": [[_cell(one) for one in row] for row in rows],
    }


def picture(path: str, says: str) -> Block:
    """A picture in the engine's folder, with what it shows in words for who cannot see it."""
    return {"kind": "picture", "path": path, "alt": printable(says)}


def digest(value: str) -> dict[str, str]:
    """A fingerprint as a cell: never broken, so that it can be copied whole."""
    return {"hash": value}


def item_link(number: str) -> dict[str, str]:
    """The number of an item, leading to it; only where the item stands in the same file."""
    return {"item": number}


def _cell(value: Cell) -> Cell:
    return isolated(printable(value)) if isinstance(value, str) else value


def as_text(title: str, blocks: Iterable[Block]) -> str:
    """Blocks as plain text, for a word processor: what was put in for the layout alone is taken out."""
    lines = [title.upper(), ""]
    for block in blocks:
        lines += [*_text_lines(block), ""]
    return _LAYOUT_ONLY.sub("", "\n".join(lines))


def _text_lines(block: Block) -> list[str]:
    if block["kind"] == "table":
        return [" | ".join(block["head"]), *(" | ".join(_cell_text(cell) for cell in row) for row in block["rows"])]
    if block["kind"] in ("list", "steps"):
        return [f"- {item}" for item in block["items"]]
    return [block["t"].upper() if block["kind"] == "heading" else block["t"]]


def _cell_text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else str(cell.get("hash") or cell.get("item") or cell.get("t") or "")
