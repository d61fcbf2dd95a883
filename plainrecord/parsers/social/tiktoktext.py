"""The text form of a TikTok download: chats under `>>> Chat History with NAME::`, and blocks of `Label: value` lines.

A message may run over several lines, empty ones too: it goes on until a line begins with a time, or the next chat begins.
Files saved again with another program may be UTF-16 or begin with a mark. A file of one sentence has no entries.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from plainrecord.intake.listing import Member
from plainrecord.intake.reading import Block, Stream
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.lines import Encoding, Line, decoded, encoding_of, entries, lines, without_end
from plainrecord.parsers.chat.pieces import HEAD, Problem, head_of
from plainrecord.parsers.social.sheets import Piece, PieceSheet, Read, Where
from plainrecord.parsers.social.tiktokacts import Chat, read_act, read_message
from plainrecord.parsers.social.tiktokscene import Scene, squeezed
from plainrecord.parsers.social.tiktokwords import file_of, labels, partner_of

_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?: UTC)?"
_CHAT = re.compile(r"\s*>>>\s*chat history with\s.*", re.IGNORECASE)
_MESSAGE = re.compile(rf"({_TIME}) ([^:\n]{{1,200}}):(?: |\Z|(?=\r?\n))")
_DATED = re.compile(rf"([^:\n]{{1,60}}):\s*{_TIME}\s*\Z")
_LABEL = re.compile(r"([^:\n]{1,60}):(?:\s+|\Z)(.*)", re.DOTALL)
# A section without entries is a file of one sentence, in the language of the account.
_SENTENCE = 400


def encoding_at(claim: Claim, member: Member) -> Encoding:
    """How a file is written, from its first bytes."""
    return encoding_of(head_of(claim, member))


def is_chat(head: bytes) -> bool:
    """Whether a file begins with a chat."""
    text, _ = decoded(head[: len(head) // 2 * 2], encoding_of(head))
    return any(_CHAT.match(line.lstrip("\ufeff")) for line in text.split("\n")[:3])


def is_dated(head: bytes) -> bool:
    """Whether a file begins with a block whose first line is a time."""
    text, _ = decoded(head[: len(head) // 2 * 2], encoding_of(head))
    return bool(_DATED.match(text.lstrip("\ufeff \r\n").partition("\n")[0].rstrip()))


def chat_sheet() -> PieceSheet[Scene]:
    """The sheet of a file of chats."""
    return PieceSheet(_messages, _read_message, _chats)


def block_sheet(what: str) -> PieceSheet[Scene]:
    """The sheet of a file of blocks that are such acts."""
    return PieceSheet(_blocks, partial(_read_block, what), _written)


def fields_of(text: str) -> dict[str, Any]:
    """The labels and values of a block; a line without a label goes on from the one before."""
    found: dict[str, Any] = {}
    last = ""
    for line in text.lstrip("\ufeff").split("\n"):
        match = _LABEL.fullmatch(line.rstrip("\r"))
        if match and (match[1].strip() not in found):
            last = match[1].strip()
            found[last] = match[2]
        elif last:
            found[last] = f"{found[last]}\n{line}"
    return {label: value.strip() for label, value in found.items()}


def _messages(stream: Stream) -> Iterator[Piece]:
    """Messages are records; first lines of chats and empty lines are known to be none."""
    return _pieces(stream, lambda text, _: bool(_MESSAGE.match(text) or _CHAT.match(text)), _CHAT)


def _blocks(stream: Stream) -> Iterator[Piece]:
    """A block begins where the file's first label stands again; where that has no time, behind an empty line."""
    first: list[str] = []

    def begins(text: str, after_blank: bool) -> bool:
        match = _LABEL.match(text)
        if match is None:
            return False
        if not first:
            first.append(match[1].strip() if _DATED.match(text) else "")
            return True
        return bool(_DATED.match(text)) and match[1].strip() == first[0] if first[0] else after_blank

    return _pieces(stream, begins, None)


def _pieces(stream: Stream, begins: Callable[[str, bool], bool], frame: re.Pattern[str] | None) -> Iterator[Piece]:
    encoding, found = _peeked(stream)
    blank = True

    def header(line: Line) -> bool | None:
        nonlocal blank
        text = without_end(decoded(line.raw, encoding)[0]).lstrip("\ufeff")
        after, blank = blank, not text.strip()
        return True if begins(text, after) else None

    for entry in entries(found, header):
        text = decoded(entry.raw, encoding)[0].lstrip("\ufeff")
        known = (frame is not None and frame.match(text)) or not text.strip()
        sentence = entry.start == 0 and len(entry.raw) < _SENTENCE and not entry.header and ">>>" not in text
        what = "frame" if known or sentence else "record" if entry.header else "unknown"
        if what == "frame" and frame is not None and frame.match(text) and text.partition("\n")[2].strip():
            what = "unknown"
        yield Piece(entry.start, entry.raw, what)


def _peeked(stream: Stream) -> tuple[Encoding, Iterator[Line]]:
    """The lines of a stream, and the encoding that its own first bytes show."""
    blocks = stream.blocks(head=0, size=1 << 20)
    head, last = bytearray(), False
    for block in blocks:
        # A block may be used again for the next one, so what is looked at is copied.
        head += bytes(memoryview(block.buffer)[block.lo : block.hi])
        last = block.last
        if len(head) >= HEAD or last:
            break
    first = Block(head, 0, len(head), 0, last)
    encoding = encoding_of(bytes(head[:HEAD]))
    return encoding, lines(_Chained(first, blocks), encoding)  # type: ignore[arg-type]


class _Chained:
    """A stream of which the first bytes were looked at."""

    def __init__(self, first: Block, rest: Iterator[Block]) -> None:
        self._first, self._rest = first, rest

    def blocks(self, head: int = 0, size: int = 0) -> Iterator[Block]:
        """The bytes looked at, then the others."""
        yield self._first
        yield from self._rest


def _chats(claim: Claim, member: Member) -> dict[str, Any]:
    """Where each chat begins and with whom it is, how the file is written, and in which order messages run."""
    encoding = encoding_at(claim, member)
    found: list[list[Any]] = []
    down, up, last = 0, 0, ""
    with claim.open(member) as stream:
        for line in lines(stream, encoding):
            text = without_end(decoded(line.raw, encoding)[0]).lstrip("\ufeff") if line.begins else ""
            if _CHAT.match(text):
                found.append([line.start, partner_of(text.strip())])
                last = ""
            elif match := _MESSAGE.match(text):
                down, up, last = down + (last > match[1]), up + ("" < last < match[1]), match[1]
    return {"chats": found, "backwards": down > up} | _written(claim, member)


def _written(claim: Claim, member: Member) -> dict[str, Any]:
    encoding = encoding_at(claim, member)
    return {"encoding": encoding.name}


def _text(where: Where[Scene], raw: bytes) -> tuple[str, tuple[str, ...]]:
    text, notes = decoded(raw, Encoding(str(where.headings.get("encoding", "utf-8"))))
    return text.lstrip("\ufeff"), notes


def _read_message(where: Where[Scene], raw: bytes) -> Read:
    text, notes = _text(where, raw)
    match = _MESSAGE.match(text)
    if match is None:
        return Problem("not-a-message", "These lines are no message; nothing was taken from them.")
    chats = where.headings.get("chats", [])
    at = bisect_right(chats, where.start, key=lambda chat: int(chat[0]))
    group = where.member.tree_path.rpartition("/")[2].rpartition(".")[0]
    chat = Chat(str(chats[at - 1][1]) if at else "", file_of(group) == "group")
    body = text[match.end() :].replace("\r\n", "\n").rstrip("\r\n")
    found = read_message(where.scene, chat, {"Date": match[1], "From": match[2].strip(), "Content": body})
    for message in () if isinstance(found, Problem) else found:
        message.backwards = bool(where.headings.get("backwards"))
        message.notes += notes
    return found


def _read_block(what: str, where: Where[Scene], raw: bytes) -> Read:
    text, notes = _text(where, raw)
    found = read_act(where.scene, what, _named(fields_of(text)))
    for message in () if isinstance(found, Problem) else found:
        message.notes += notes
    return found


def _named(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with the labels that matter in English, whatever the language of the account."""
    made: dict[str, Any] = {}
    for label, value in fields.items():
        name = label
        if "Date" not in made and re.fullmatch(_TIME, value):
            name = "Date"
        elif squeezed(label) in labels("username"):
            name = "UserName"
        elif squeezed(label) in labels("comment"):
            name = "Comment"
        made[name] = value
    return made


def owner_in(claim: Claim, member: Member) -> str:
    """The owner's user name in the file of the profile."""
    with claim.open(member) as stream:
        text, _ = decoded(stream.read(64 << 10), encoding_at(claim, member))
    return str(_named(fields_of(text)).get("UserName", "")).strip()


def senders_in(claim: Claim, member: Member) -> set[str]:
    """Who writes in the first part of a file of chats."""
    with claim.open(member) as stream:
        text, _ = decoded(stream.read(64 << 10), encoding_at(claim, member))
    return {match[2].strip() for line in text.split("\n") if (match := _MESSAGE.match(line.rstrip("\r")))}
