from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.intake import Block
from plainrecord.parsers.chat import elementcut
from plainrecord.parsers.chat.discordhtml import _START as DISCORD
from plainrecord.parsers.chat.elementcut import Piece, cut
from plainrecord.parsers.chat.telegrampage import START

TAGS = st.sampled_from(
    [
        b'<div class="message default clearfix" id="message12">',
        b'<div class="message service" id="message-1">',
        b'<div class="message default clearfix joined" id="message13">',
        b"<div class=chatlog__message-group>",
        b"<div class=chatlog__message-container data-message-id=1290599084851200012>",
        b"words &lt;div ",
        b"<div ",
        b"\n</div>",
        b"</html>",
    ]
)


class Windows:
    def __init__(self, data: bytes, size: int) -> None:
        self.data, self.size = data, size

    def blocks(self, head: int = 0, size: int = 0) -> Iterator[Block]:
        for base in range(0, max(len(self.data), 1), self.size):
            part = self.data[base : base + self.size]
            yield Block(bytearray(head) + part, head, head + len(part), base, last=base + self.size >= len(self.data))


def pieces(data: bytes, size: int, start: Any) -> list[Piece]:
    return list(cut(Windows(data, size), start))  # type: ignore[arg-type]


@given(st.lists(TAGS, max_size=20).map(b"".join), st.integers(1, 200), st.sampled_from([START, DISCORD]))
def test_any_window_cuts_at_the_same_bytes_and_no_byte_behind_the_first_start_is_lost(
    data: bytes, size: int, start: Any
) -> None:
    whole = [(one.start, one.end, one.data, one.whole) for one in pieces(data, 1 << 20, start)]
    assert [(one.start, one.end, one.data, one.whole) for one in pieces(data, size, start)] == whole
    assert [begin for begin, *_ in whole] == [match.start() for match in start.finditer(data)]
    assert b"".join(text for _, _, text, _ in whole) == (data[whole[0][0] :] if whole else b"")


def test_an_element_beyond_the_limit_is_one_piece_that_is_not_whole_and_is_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(elementcut, "LONGEST", 1000)
    tag = b'<div class="message default clearfix" id="message12">'
    first, second = pieces(tag + b"x" * 5000 + tag + b"</html>", 64, START)
    assert (first.whole, first.start, first.end) == (False, 0, len(tag) + 5000)
    assert len(first.data) < 1200
    assert (second.whole, second.data) == (True, tag + b"</html>")
