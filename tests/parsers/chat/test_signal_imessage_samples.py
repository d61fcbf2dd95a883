"""Every Signal, iMessage and iMazing sample beside what the readers say of it; `--update-golden` writes it anew."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

import pytest

from piece_sources import FIXTURES, READERS, claims_of, read, report
from plainrecord.parsers.chat.pieces import chats_of, span_of
from plainrecord.records import Envelope

SAMPLES = [
    "chat-signal",
    "chat-signal-sigtop",
    "chat-signal-sigexport",
    "chat-signal-backup",
    "chat-signal-xml",
    "chat-imessage",
    "chat-imessage-html",
    "chat-imazing",
    "chat-imessage-phoneview",
]


@pytest.mark.parametrize("sample", SAMPLES)
def test_readers_say_of_each_sample_what_is_expected(sample: str, update_golden: bool) -> None:
    found = report(FIXTURES / sample)
    expected = FIXTURES / sample / "expected.jsonl"
    if update_golden:
        expected.write_text(found, encoding="utf-8", newline="\n")
    assert found == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("sample", SAMPLES)
def test_positions_are_the_exact_bytes_and_no_byte_is_in_two_records(sample: str) -> None:
    loaded, unread = read(FIXTURES / sample)
    spans: dict[str, set[tuple[int, int]]] = {}
    for item in loaded:
        place = item.envelope.position
        first, last = span_of(place.locator)
        data = (FIXTURES / sample / place.member).read_bytes()[first:last]
        assert hashlib.sha256(data).hexdigest() == item.raw_sha256
        spans.setdefault(place.member, set()).add((first, last))
    for one in unread:
        spans.setdefault(one.position.member, set()).add(span_of(one.position.locator))
    for found in spans.values():
        ordered = sorted(found)
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(ordered))


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_chat_is_read_to_its_end_and_every_file_has_one_reader(sample: str) -> None:
    seen: list[str] = []
    for reader, claim in claims_of(FIXTURES / sample):
        assert list(reader.scan(claim))
        assert {(one.original.relpath, one.path) for one in chats_of(claim)} <= set(claim.readings)
        seen += [member.tree_path for member in claim.members] + list(claim.aside)
    folder = FIXTURES / sample
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert sorted(seen) == sorted(there - {"README.md", "expected.jsonl"})


@pytest.mark.parametrize("sample", SAMPLES)
def test_no_zone_said_means_no_instant_for_a_wall_clock(sample: str) -> None:
    for reader, claim in claims_of(FIXTURES / sample, zone=None):
        for one in reader.scan(claim):
            if isinstance(one, Envelope) and one.time.tz_basis == "floating_unknown":
                assert one.time.utc_us is None


def test_all_samples_have_the_card_that_names_them() -> None:
    assert {reader.card.fixture for reader in READERS} == set(SAMPLES)
    assert all((Path(FIXTURES) / sample / "README.md").is_file() for sample in SAMPLES)
