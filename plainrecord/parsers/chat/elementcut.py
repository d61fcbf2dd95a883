"""A generated page cut where its message elements start: exact bytes for each, streamed, whatever the size of the page.

For pages whose writer escapes all text, so that the start tag it writes cannot stand inside a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from plainrecord.intake.reading import Stream

LONGEST = 16 << 20
# No start tag looked for is longer: a window keeps this much to find one that lies across its edge.
_LONGEST_START = 512


@dataclass(frozen=True, slots=True)
class Piece:
    """From one start tag to the next: its half-open byte range, its bytes, and what matched at their start.

    `whole` is false for the last piece of a page that breaks off, and where a piece was cut at `LONGEST`.
    """

    start: int
    end: int
    data: bytes
    match: re.Match[bytes]
    whole: bool = True


def cut(stream: Stream, start: re.Pattern[bytes]) -> Iterator[Piece]:
    """Every piece in order; what stands before the first start tag belongs to the page and is not given.

    Reads the stream to its end. Memory: one read block and one piece (at most `LONGEST`).
    """
    data, base = b"", 0
    held: re.Match[bytes] | None = None
    for block in stream.blocks(head=4096, size=1 << 19):
        data += bytes(memoryview(block.buffer)[block.lo : block.hi])
        at = 0 if held else -1
        # Near the edge of the window a tag may not be complete yet; the end of the stream completes all.
        for match in start.finditer(data, 1 if held else 0):
            if held:
                yield Piece(base + at, base + match.start(), data[at : match.start()], held)
            held, at = match, match.start()
        if held and len(data) - at > LONGEST:
            yield Piece(base + at, base + len(data), data[at:], held, whole=False)
            base, data, held = base + len(data), b"", None
            continue
        keep = at if held else max(0, len(data) - _LONGEST_START)
        data, base = data[keep:], base + keep
    if held:
        # A page that was written to its end closes its body.
        yield Piece(base, base + len(data), data, held, whole=b"</html>" in data[-256:])
