"""Damage for tables and logs: bytes changed, dropped, doubled; what comes of it is a record, an unread place or a sentence."""

from __future__ import annotations

import random
from pathlib import Path

from chat_readers import FIXTURES, loaded
from plainrecord.errors import UsageError
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import NeedsAnswer
from plainrecord.parsers.diary import Diary
from plainrecord.parsers.tabular import Tabular


def mutated(data: bytes, rng: random.Random) -> bytes:
    """A copy with one to five places damaged."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(changed) + 1)
        way = rng.randrange(3)
        if way == 0:
            changed[at : at + rng.randint(0, 9)] = rng.randbytes(rng.randint(0, 4))
        elif way == 1:
            changed[at:at] = rng.choice([b'"', b"\r", b"\n", b";", b"\xff", b"\x00", b"</row>", b"&x;", b"1e999"])
        else:
            changed += changed[at : at + rng.randint(0, 200)]
    return bytes(changed)


def read_damaged(folder: Path, count: int, seed: str) -> int:
    """Read `count` damaged samples, and what was found again by its place; how many were read and not refused."""
    rng = random.Random(seed)
    table = ReadOptions(mapping=(FIXTURES / "tabular/semicolons.toml").read_text("utf-8"), timezone="Europe/London")
    book = ReadOptions(mapping=(FIXTURES / "tabular/report.toml").read_text("utf-8"), timezone="Europe/London")
    samples = [
        (Tabular(), FIXTURES / "tabular/semicolons.csv", table),
        (Tabular(), FIXTURES / "tabular/report.xlsx", book),
        (Diary(), FIXTURES / "diary/log.csv", ReadOptions(timezone="Europe/London")),
    ]
    read = 0
    for number in range(count):
        parser, sample, options = samples[number % len(samples)]
        path = folder / sample.name
        path.write_bytes(mutated(sample.read_bytes(), rng))
        try:
            loaded(parser, path, options)
            read += 1
        except (UsageError, NeedsAnswer) as error:
            assert "Nothing was" in str(error)
    return read
