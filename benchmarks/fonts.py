"""Which font files the report is set in, and how they stand to those another distributor publishes.

    python benchmarks/fonts.py [FOLDER]

Without a folder: each packaged font with its version, how many characters it has, and its SHA-256. With a folder of unpacked
Debian packages (`apt-get download fonts-noto-core fonts-noto-cjk …`, `dpkg -x`): for each packaged font whether a file of
equal bytes is there, else the version of the regular one of the same name, how many of its characters ours lacks, and how many
of those in both are drawn unlike it (less than half of the ink of both in common; every tenth where there are many). Asks no
network. What was found is in docs/paper.md.
"""

from __future__ import annotations

import hashlib
import re
import struct
import sys
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

from plainrecord.paper.fonts import code_points, font_files

_ENDINGS = (".ttf", ".otf", ".ttc")


def main() -> None:
    """Print a line for each packaged font."""
    others = [path for path in Path(sys.argv[1]).rglob("*") if path.suffix in _ENDINGS] if len(sys.argv) > 1 else []
    digests = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in others}
    regular = {path.stem: path for path in others}
    for path in font_files():
        font = path.read_bytes()
        digest = hashlib.sha256(font).hexdigest()
        print(f"{path.name}: {version(font)}, {len(set(code_points(font))):,} characters, {digest}")
        if digest in digests:
            print(f"    equal to {digests[digest].name}")
        elif others:
            print(f"    {beside(path, font, regular)}")


def beside(path: Path, font: bytes, regular: dict[str, Path]) -> str:
    """What the other distributor has under that name."""
    style = "Italic" if "-Italic" in path.name else "Regular"
    name = re.sub(r"(-Italic|-VF|\[wght\]|\.otf)", "", path.stem)
    other = regular.get(f"{name}-{style}") or regular.get(name)
    if other is None:
        return "nothing of that name there"
    theirs, ours = set(code_points(other.read_bytes())), set(code_points(font))
    unlike, compared = drawn_unlike(path, other, sorted(theirs & ours))
    return (
        f"differs from {other.name} ({version(other.read_bytes())}): {len(theirs - ours):,} of its {len(theirs):,} characters"
        f" are not here; {len(unlike):,} of {compared:,} compared are drawn unlike it"
        f" {' '.join(f'U+{point:04X}' for point in unlike[:10])}"
    )


def drawn_unlike(path: Path, other: Path, points: list[int]) -> tuple[list[int], int]:
    """Which of the characters the two fonts draw differently in regular weight, and of how many."""
    ours, theirs = (ImageFont.truetype(str(one), 64, layout_engine=ImageFont.Layout.BASIC) for one in (path, other))
    ours.set_variation_by_axes([400, *[100] * (len(ours.get_variation_axes()) - 1)])
    compared = points if len(points) < 4_000 else points[::10]
    return [point for point in compared if not _alike(_drawn(ours, point), _drawn(theirs, point))], len(compared)


def _drawn(font: ImageFont.FreeTypeFont, point: int) -> Image.Image:
    picture = Image.new("L", (160, 160))
    ImageDraw.Draw(picture).text((40, 20), chr(point), font=font, fill=255)
    return picture


def _alike(one: Image.Image, other: Image.Image) -> bool:
    both, either = ImageChops.multiply(one, other), ImageChops.lighter(one, other)
    return 2 * sum(both.histogram()[128:]) >= sum(either.histogram()[128:])


def version(font: bytes) -> str:
    """The version a font states of itself (`head.fontRevision`)."""
    start = struct.unpack_from(">I", font, 12)[0] if font[:4] == b"ttcf" else 0
    for number in range(struct.unpack_from(">H", font, start + 4)[0]):
        tag, _, offset, _ = struct.unpack_from(">4sIII", font, start + 12 + 16 * number)
        if tag == b"head":
            return f"version {struct.unpack_from('>i', font, offset + 4)[0] / 65536:.3f}"
    return "no version"


if __name__ == "__main__":
    main()
