"""Damaged Signal and iMessage exports: nothing raises, every byte is accounted for, and what is foreign is left alone."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from piece_sources import FIXTURES, READERS, claims_of, listing_of, read
from plainrecord.parsers.base import Parser
from plainrecord.parsers.chat.lines import lines
from plainrecord.parsers.chat.pieces import Message, PieceReader, chats_of, cut, span_of
from plainrecord.records import Envelope, Unread

# One small file of each form, with the path it needs to be known by.
SMALL = {
    "chat-signal/signal-export-2024-12-01-10-00-00/main.jsonl": "x/main.jsonl",
    "chat-signal-sigtop/Rowan Ash (+447700900461).txt": "Rowan Ash (+447700900461).txt",
    "chat-signal-sigtop/short/Rowan Ash (+447700900461).txt": "Rowan Ash (+447700900461).txt",
    "chat-signal-sigtop/json/Rowan Ash (+447700900461).json": "Rowan Ash (+447700900461).json",
    "chat-signal-sigexport/Rowan_ pottery/data.json": "Rowan/data.json",
    "chat-signal-sigexport/only markdown/Rowan/chat.md": "Rowan/chat.md",
    "chat-signal-backup/txt/Rowan Ash (_id7).txt": "Rowan Ash (_id7).txt",
    "chat-signal-backup/html/Rowan Ash (_id7)/Rowan Ash.html": "Rowan Ash (_id7)/Rowan Ash.html",
    "chat-signal-xml/sms-20241201100000.xml": "sms.xml",
    "chat-imessage/+447700900461.txt": "+447700900461.txt",
    "chat-imessage-html/+447700900461.html": "+447700900461.html",
    "chat-imazing/Messages - Rowan Ash.csv": "Messages - Rowan Ash.csv",
    "chat-imessage-phoneview/Rowan Ash.csv": "Rowan Ash.csv",
}
FOREIGN = {
    "inbox.mbox": b"From alex@x.example Mon Oct 21 07:00:00 2024\nFrom: alex@x.example\nDate: x\n\nhi\n",
    "whatsapp.txt": b"19/10/2024, 10:12 - Rowan Ash: hello\n19/10/2024, 10:13 - Ines: [x] hi\n",
    "_chat.txt": b"[2024-10-19 10:12:00] Rowan Ash: hello\n[2024-10-19 10:13:00] Ines: hi\n",
    "notes.md": b"[2024-10-19 10:12:00] Rowan Ash: hello\n[2024-10-19 10:13:00] Ines: hi\n",
    "irc.txt": b"[2024-10-19 10:12] <rowan> hello\n[2024-10-19 10:13] *** ines joined\n",
    "shop.csv": b"Message Date,Text\n2024-10-19,hello\n",
    "diary.txt": b"May 17, 2024\nmet at the kiln\n",
    "result.json": b'{"name": "Rowan", "type": "personal_chat", "id": 1, "messages": []}',
    "rows.json": b'[\n{"type": "x", "date": "2024"}\n]\n',
    "lines.json": b'{"date": "x", "text": "y"}\n',
    "page.html": b'<html>\n<head></head><body>\n<div class="message default clearfix" id="message1">x</div></body></html>',
    "calls.xml": b"<?xml version='1.0'?>\n<calls count='1'><call number='1' date='1' /></calls>",
    "conversation.txt": b"Conversation: about the kiln\nFrom: Rowan\n",
    "short.txt": b"2024-10-19 10:12 Rowan: hello\n",
}


def pieces_of(path: Path) -> tuple[int, int]:
    """Bytes in records, in lines listed as unread and in lines that are explained; and the size of the chats."""
    inside = size = 0
    for reader, claim in claims_of(path):
        assert isinstance(reader, PieceReader)
        found = list(reader.scan(claim))
        spans = {(one.position.member, span_of(one.position.locator)) for one in found}
        for member in chats_of(claim):
            size += member.size or 0
            context = reader.context(claim, member)
            with claim.open(member) as stream:
                for entry in cut(reader.lines(stream), reader.starts(context)):
                    span = (entry.start, entry.end)
                    answer = reader.read(context, entry.raw) if entry.header else reader.explained(entry.raw)
                    explained = answer == [] or (answer is True and entry.start == 0)
                    assert explained or (member.tree_path, span) in spans, (member.tree_path, span)
                    inside += entry.end - entry.start
    return inside, size


@pytest.mark.parametrize("sample", sorted({path.partition("/")[0] for path in SMALL}))
def test_every_byte_is_in_a_record_listed_as_unread_or_explained(sample: str) -> None:
    inside, size = pieces_of(FIXTURES / sample)
    assert inside == size > 0


@pytest.mark.parametrize("name", FOREIGN)
def test_files_of_other_kinds_are_left_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FOREIGN[name])
    assert claims_of(tmp_path) == []


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_readers_claim_no_sample_of_another_reader(reader: Parser) -> None:
    for sample in {other.card.fixture for other in READERS} - {reader.card.fixture}:
        assert not list(reader.claim(listing_of(FIXTURES / sample)))


@pytest.mark.parametrize("source", SMALL)
def test_a_file_cut_at_any_byte_is_read_up_to_there(source: str, tmp_path: Path) -> None:
    data = (FIXTURES / source).read_bytes()[:2400]
    whole = _lengths(data, source, tmp_path / "whole")
    for end in range(0, len(data), 1 + len(data) // 160):
        assert _lengths(data[:end], source, tmp_path / str(end)) <= max(whole, 0) + 1


@pytest.mark.parametrize("source", SMALL)
def test_damaged_bytes_never_raise_and_what_was_found_loads_again(source: str, tmp_path: Path) -> None:
    data = (FIXTURES / source).read_bytes()
    chance = random.Random(source)
    for number in range(30):
        place = tmp_path / str(number)
        _write(place, source, mutated(data, chance))
        read(place)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with a few places changed, doubled, cut out or filled with what is hostile."""
    hostile = [
        b"\0",
        b"\xff\xfe",
        b"\n\n",
        b'"',
        b"<",
        b"&#55357;",
        b"\xe2\x80\xa8",
        b"{" * 300,
        b"9" * 400,
        b"\r",
        b"%00",
    ]
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            changed[at:at] = chance.choice(hostile)
        elif kind == 1:
            del changed[at : at + chance.randint(1, 200)]
        elif kind == 2:
            changed[at:at] = changed[max(0, at - 300) : at]
        elif at < len(changed):
            changed[at] = chance.randrange(256)
    return bytes(changed)


def _write(folder: Path, source: str, data: bytes) -> None:
    path = folder / SMALL[source]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _lengths(data: bytes, source: str, folder: Path) -> int:
    _write(folder, source, data)
    found = [one for reader, claim in claims_of(folder) for one in reader.scan(claim)]
    assert all(isinstance(one, Envelope | Unread) for one in found)
    return len(found)


def test_a_record_longer_than_the_bound_is_counted_and_not_held(tmp_path: Path) -> None:
    path = tmp_path / "+447700900461.txt"
    path.write_bytes(b"May 17, 2024  5:29:42 PM\n+447700900461\n" + b"words and words\n" * 1_200_000)
    [(reader, claim)] = claims_of(tmp_path)
    found = list(reader.scan(claim))
    assert [type(one) for one in found] == [Envelope, Unread]


def test_lines_and_pieces_join_up_to_the_file(tmp_path: Path) -> None:
    data = (FIXTURES / "chat-imessage/+447700900461.txt").read_bytes()
    (tmp_path / "a.txt").write_bytes(data)
    [(reader, claim)] = claims_of(tmp_path)
    assert isinstance(reader, PieceReader)
    with claim.open(claim.members[0]) as stream:
        assert b"".join(line.raw for line in lines(stream)) == data
    assert all(isinstance(one, Message) for one in reader.read(reader.context(claim, claim.members[0]), data))
