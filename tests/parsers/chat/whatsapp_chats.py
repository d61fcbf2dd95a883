"""Small WhatsApp texts for tests, and a way to read them as the store does."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from plainrecord.hashing.ring import Block
from plainrecord.intake import list_source
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import Claim, NeedsAnswer
from plainrecord.parsers.chat.whatsapp import WhatsApp
from plainrecord.parsers.chat.whatsapp_split import ROOM
from plainrecord.records import Envelope, Loaded, Position, Stretch, Unread
from plainrecord.times import TimeBlock

LRM = "\u200e"


def claim_of(path: Path, **said: str | None) -> Claim:
    [claim] = WhatsApp().claim(list_source([path], "S01", options=ReadOptions(**said)))  # type: ignore[arg-type]
    return claim


def claims_of(path: Path) -> list[Claim]:
    return list(WhatsApp().claim(list_source([path], "S01")))


def scanned(claim: Claim) -> list[Envelope | Unread]:
    """What the parser gives one by one; in columns it has to give the same, as far as a case keeps it."""
    other = replace(claim, facts=dict(claim.facts), decisions=list(claim.decisions), readings={})
    try:
        found = list(WhatsApp().scan(claim))
    except NeedsAnswer:
        with pytest.raises(NeedsAnswer):
            list(WhatsApp().scan_columns(other))
        raise
    assert list(kept(WhatsApp().scan_columns(other))) == list(kept(found))
    assert (other.facts, other.decisions, other.readings) == (claim.facts, claim.decisions, claim.readings)
    return found


def kept(records: Iterable[Envelope | Unread | Stretch]) -> Iterator[Envelope | Unread]:
    """Records without how their times are written, of which a case keeps no more than the instant."""
    for one in records:
        if isinstance(one, Stretch):
            for like, locator, instant in zip(*one, strict=True):
                yield timed(replace(like, position=Position(like.position.member, locator)), instant)
        else:
            yield timed(one, one.time.utc_us) if isinstance(one, Envelope) else one


def timed(one: Envelope, instant: int | None) -> Envelope:
    return replace(one, time=TimeBlock("", "", instant, "floating_unknown"))


def read(path: Path, **said: str | None) -> list[Loaded]:
    """Every record with its content; `load` must say what `scan` said."""
    claim = claim_of(path, **said)
    found = scanned(claim)
    envelopes = [one for one in found if isinstance(one, Envelope)]
    assert len(envelopes) == len(found), found
    loaded = list(WhatsApp().load(claim, [one.position for one in envelopes]))
    assert [one.envelope for one in loaded] == envelopes
    in_columns(claim, loaded)
    return loaded


def in_columns(claim: Claim, loaded: Sequence[Loaded]) -> int:
    """How many messages can be loaded in columns; each has to say what `load` said of it."""
    text = claim.members[0].tree_path
    places = [one.envelope.position for one in loaded]
    said = {place.locator: one for place, one in zip(places, loaded, strict=True) if place.member == text}
    found: set[int] = set()
    for at, alike in WhatsApp().load_alike(claim, list(said)):
        assert at == sorted(at)
        assert found.isdisjoint(at)
        found.update(at)
        assert [list(said)[one] for one in at] == list(alike.locators)
        assert [said[locator] for locator in alike.locators] == list(alike.each())
    return len(found)


def write_text(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def write_zip(path: Path, text: str, media: Mapping[str, bytes], name: str = "_chat.txt") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for inside, data in ((name, text.encode()), *media.items()):
            archive.writestr(zipfile.ZipInfo(inside, (2024, 12, 1, 10, 0, 0)), data)
    return path


def senders(loaded: Sequence[Loaded]) -> list[str | None]:
    return [one.envelope.sender.value if one.envelope.sender else None for one in loaded]


def blocks(data: bytes, size: int) -> list[Block]:
    """The bytes of a text as a stream gives them, `size` at a time."""
    found = []
    for start in range(0, len(data), size):
        piece = data[start : start + size]
        found.append(Block(bytearray(ROOM) + piece, ROOM, ROOM + len(piece), start, start + size >= len(data)))
    return found
