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

    `whole` is false for the last piece of a page that breaks off, and for one over `LONGEST`, of which `data` is only the end.
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
    data, base, begin = b"", 0, 0
    held: re.Match[bytes] | None = None
    for block in stream.blocks(head=4096, size=1 << 19):
        data += bytes(memoryview(block.buffer)[block.lo : block.hi])
        for match in start.finditer(data, 1 if held and begin == base else 0):
            if held:
                yield Piece(
                    begin, base + match.start(), data[max(begin - base, 0) : match.start()], held, begin >= base
                )
            held, begin = match, base + match.start()
        # Near the edge of the window a tag may not be complete yet. Of a piece over the limit only that edge is kept.
        keep = max(0, len(data) - _LONGEST_START)
        if held and begin >= base and base + len(data) - begin <= LONGEST:
            keep = begin - base
        data, base = data[keep:], base + keep
    if held:
        # A page that was written to its end closes its body.
        yield Piece(begin, base + len(data), data, held, begin >= base and b"</html>" in data[-256:])
