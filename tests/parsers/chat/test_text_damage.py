"""Damaged text logs and small exports: nothing raises, everything before the damage is read, every byte is accounted for."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat_readers import FIXTURES
from plainrecord.intake import list_source
from plainrecord.intake.listing import Member, Original, ReadOptions
from plainrecord.parsers.base import Claim, NeedsAnswer, Parser
from plainrecord.parsers.chat.lines import encoding_of, span
from plainrecord.parsers.chat.textlog import LogReader
from plainrecord.parsers.chat.textrows import cells, rows
from plainrecord.records import Envelope, Position, Unread
from text_readers import FOLDERS, LOGS, READERS, named

SAID = ReadOptions(timezone="Europe/London", date_order="DMY")
MUTATIONS = 300


def chats(parser: Parser) -> list[Path]:
    """The sample files a reader claims as chats."""
    found = []
    for claim in parser.claim(list_source([FIXTURES / parser.card.fixture], "S1")):
        count = int(claim.facts.get("chats", len(claim.members)))
        found += [FIXTURES / parser.card.fixture / member.tree_path for member in claim.members[:count]]
    return found


def claim_of(parser: Parser, path: Path, data: bytes, options: ReadOptions = SAID) -> Claim:
    """A claim on one damaged file, whether or not it would still be recognised."""
    path.write_bytes(data)
    member = Member(Original(path, path.name, len(data), 0), "", path.name, len(data), "text/plain", data[:65536])
    return Claim(parser.name, path.name, (member,), options, facts={"chats": "1"})


def read_all(parser: Parser, claim: Claim) -> list[Envelope | Unread]:
    """Everything `scan` says; what it gave must load again."""
    try:
        found = list(parser.scan(claim))
    except NeedsAnswer:
        return []
    envelopes = [item for item in found if isinstance(item, Envelope)]
    positions = [envelope.position for envelope in envelopes]
    assert [one.envelope for one in parser.load(replace(claim), positions)] == envelopes
    return found


@pytest.mark.parametrize("parser", READERS, ids=lambda parser: str(parser.name))
def test_a_file_cut_at_any_byte_is_read_up_to_the_cut(parser: Parser, tmp_path: Path) -> None:
    for number, sample in enumerate(chats(parser)[:2]):
        data = sample.read_bytes()
        step = max(1, len(data) // 120)
        place = tmp_path / str(number) / sample.name
        place.parent.mkdir()
        before = 0
        for cut in range(0, len(data), step):
            found = read_all(parser, claim_of(parser, place, data[:cut]))
            read = sum(isinstance(item, Envelope) for item in found)
            assert read >= before - 1, f"{sample.name} cut at {cut}"
            before = max(before, read)


@pytest.mark.parametrize("parser", READERS, ids=lambda parser: str(parser.name))
def test_no_mutation_of_a_sample_raises(parser: Parser, tmp_path: Path) -> None:
    rng = random.Random(parser.name)
    samples = chats(parser)
    for number in range(MUTATIONS // 10):
        sample = samples[number % len(samples)]
        place = tmp_path / sample.name
        read_all(parser, claim_of(parser, place, mutated(sample.read_bytes(), rng)))


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The data with a few bytes changed, taken out, put in or repeated."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(changed) + 1)
        match rng.randrange(4):
            case 0:
                changed[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del changed[at : at + rng.randint(1, 30)]
            case 2:
                changed[at:at] = rng.choice((b'"', b"\n", b"\r\n", b"99", b"\xff", b":", b"\t", b"\0", b"[", b"<"))
            case _:
                changed[at:at] = changed[at : at + rng.randint(1, 60)]
    return bytes(changed)


@pytest.mark.parametrize("reader", LOGS, ids=lambda reader: str(reader.name))
def test_every_byte_of_a_log_is_a_message_unread_or_known_to_be_none(reader: LogReader, tmp_path: Path) -> None:
    rng = random.Random(reader.name)
    parser = named(reader.name)
    for sample in chats(parser):
        for data in (sample.read_bytes(), mutated(sample.read_bytes(), rng), sample.read_bytes()[37:]):
            claim = claim_of(parser, tmp_path / sample.name, data)
            pieces = list(reader.pieces(claim, claim.members[0], tell=False))
            assert b"".join(piece.raw for piece in pieces) == data
            assert [piece.start for piece in pieces] == [
                sum(len(one.raw) for one in pieces[:number]) for number in range(len(pieces))
            ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_positions_hold_the_bytes_a_record_was_made_of(folder: str) -> None:
    listing = list_source([FIXTURES / folder], "S1", SAID)
    for reader in FOLDERS[folder]:
        parser = named(reader)
        for claim in parser.claim(listing):
            positions = [item.position for item in parser.scan(claim) if isinstance(item, Envelope)]
            for loaded in parser.load(claim, positions):
                place: Position = loaded.envelope.position
                start, end = span(place.locator.partition("#")[0])
                data = (FIXTURES / folder / place.member).read_bytes()[start:end]
                assert loaded.raw_bytes == len(data) or "#json:" in place.locator


@settings(max_examples=100)
@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), min_size=2), max_size=6
    )
)
def test_a_table_written_with_quotes_reads_as_it_was(table: list[list[str]]) -> None:
    written = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in table).encode()
    starts = [0]
    for line in written.split(b"\n")[:-1]:
        starts.append(starts[-1] + len(line) + 1)
    lines = list(zip(starts, (line + b"\n" for line in written.split(b"\n")[:-1]), strict=False))
    found = list(rows(lines, encoding_of(b"")))
    assert b"".join(row.raw for row in found) == written
    assert [cells(row.raw.decode().removesuffix("\n")) for row in found] == table
