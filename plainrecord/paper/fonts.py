"""The fonts that paper is set in, and which characters they can draw.

They come from two packages that hold font files and nothing else, so that no system font decides how evidence looks. Their
tables of characters (`cmap`) are read here, because the engine refuses a whole document for one character no font has.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk")


def font_folders() -> list[Path]:
    """Where the packaged fonts lie; empty where a package is missing."""
    specs = (find_spec(name) for name in PACKAGES)
    return [Path(spec.origin).parent for spec in specs if spec is not None and spec.origin is not None]


def font_files() -> list[Path]:
    """Every packaged font file, by name."""
    return sorted(
        path for folder in font_folders() for path in folder.iterdir() if path.suffix in (".ttf", ".otf", ".ttc")
    )


@lru_cache(maxsize=1)
def _coverage() -> list[frozenset[int]]:
    """The code points of each upright font, in the order in which the engine asks them (`engine.stack`)."""
    upright = [path for path in font_files() if "Italic" not in path.name]
    return [frozenset(code_points(path.read_bytes())) for path in sorted(upright, key=_place)]


def _place(path: Path) -> tuple[int, str]:
    name = path.name
    return (0 if name.startswith("NotoSans[") else 3 if "Emoji" in name else 2 if "CJK" in name else 1), name


@lru_cache(maxsize=65_536)
def fonts_with(char: str) -> frozenset[int]:
    """Which packaged fonts, by their place in the order they are asked, have a glyph for the character."""
    return frozenset(at for at, points in enumerate(_coverage()) if ord(char) in points)


def code_points(font: bytes) -> Iterator[int]:
    """The code points of a font file (TrueType, OpenType, or the first of a collection) that lead to a glyph."""
    start = struct.unpack_from(">I", font, 12)[0] if font[:4] == b"ttcf" else 0
    cmap = _table(font, start, b"cmap")
    for number in range(struct.unpack_from(">H", font, cmap + 2)[0]):
        platform, _, offset = struct.unpack_from(">HHI", font, cmap + 4 + 8 * number)
        kind = struct.unpack_from(">H", font, cmap + offset)[0]
        if kind == 12:
            yield from _groups(font, cmap + offset)
        elif kind == 4 and platform in (0, 3):
            yield from _segments(font, cmap + offset)


def _table(font: bytes, start: int, tag: bytes) -> int:
    for number in range(struct.unpack_from(">H", font, start + 4)[0]):
        name, _, offset, _ = struct.unpack_from(">4sIII", font, start + 12 + 16 * number)
        if name == tag:
            return int(offset)
    raise ValueError(f"a font without a {tag.decode()} table")


def _groups(font: bytes, at: int) -> Iterator[int]:
    """Format 12: runs of code points that lead to runs of glyphs."""
    for number in range(struct.unpack_from(">I", font, at + 12)[0]):
        first, last, glyph = struct.unpack_from(">III", font, at + 16 + 12 * number)
        # A run may begin with glyph 0, which is the sign for “no glyph”.
        yield from range(first + (glyph == 0), last + 1)


def _segments(font: bytes, at: int) -> Iterator[int]:
    """Format 4: the same for the first 65,536 code points."""
    count = struct.unpack_from(">H", font, at + 6)[0] // 2
    ends, starts = at + 14, at + 16 + 2 * count
    for number in range(count):
        last, first, delta, offset = (
            struct.unpack_from(">H", font, place + 2 * number)[0]
            for place in (ends, starts, starts + 2 * count, starts + 4 * count)
        )
        for point in range(first, min(last, 0xFFFE) + 1):
            glyph = (
                point if not offset else _listed(font, starts + 4 * count + 2 * number + offset + 2 * (point - first))
            )
            if glyph and (glyph + delta) & 0xFFFF:
                yield point


def _listed(font: bytes, at: int) -> int:
    return int(struct.unpack_from(">H", font, at)[0])
