"""Damage for mail exports: bytes changed, dropped, doubled, cut off; what comes of it is a record or an unread place."""

from __future__ import annotations

import random
from pathlib import Path

from mail_sources import claims_of
from plainrecord.records import Envelope, Loaded

IN_PLACES = (b"\xd0\xcf\x11\xe0", b"!BDN")
FIXTURES = Path(__file__).parents[1] / "fixtures"
_INSERTED = (
    b"\r",
    b"\n",
    b"\n\n",
    b"(",
    b";",
    b'"',
    b"\xff",
    b"\x00",
    b"--zz\n",
    b"=?utf-8?",
    b"(" * 40,
    b"\xff\xff\xff\x7f",
)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """A copy with one to five places damaged."""
    changed = bytearray(data)
    if data.startswith(IN_PLACES):
        return overwritten(changed, rng)
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(changed) + 1)
        way = rng.randrange(4)
        if way == 0:
            changed[at : at + rng.randint(0, 9)] = rng.randbytes(rng.randint(0, 4))
        elif way == 1:
            changed[at:at] = rng.choice(_INSERTED)
        elif way == 2:
            changed += changed[at : at + rng.randint(0, 200)]
        else:
            del changed[at : at + rng.randint(0, 400)]
    return bytes(changed)


def overwritten(changed: bytearray, rng: random.Random) -> bytes:
    """Bytes changed in place or cut off: a container of sectors or pages that is moved by one byte is no container any more."""
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(8, len(changed))
        size = rng.randint(1, 4)
        changed[at : at + size] = rng.choice((rng.randbytes(size), b"\0" * size, b"\xff" * size, b"\1\0\0\0"[:size]))
    return bytes(changed[: rng.choice((len(changed), len(changed), len(changed), rng.randrange(len(changed) + 1)))])


def samples_of(*folders: str) -> list[Path]:
    """Every sample of some fixture folders."""
    inside = [path for folder in folders for path in sorted((FIXTURES / folder).rglob("*")) if path.is_file()]
    return [path for path in inside if path.name not in ("README.md", "expected.jsonl", "loaded.jsonl")]


def read_damaged(folder: Path, samples: list[Path], count: int, seed: str) -> int:
    """Read `count` damaged samples and load what was read; how many records that were. Never raises but on a fault."""
    rng = random.Random(seed)
    read = 0
    for number in range(count):
        sample = samples[number % len(samples)]
        path = folder / sample.name
        path.write_bytes(mutated(sample.read_bytes(), rng))
        read += len(read_whole(path))
        path.unlink()
    return read


def read_whole(path: Path) -> list[Loaded]:
    """Every record of a file, loaded; each loads with the envelope that scanning gave it."""
    records: list[Loaded] = []
    for parser, claim in claims_of(path):
        found = [record for record in parser.scan(claim) if isinstance(record, Envelope)]
        loaded = list(parser.load(claim, [record.position for record in found]))
        assert [one.envelope for one in loaded] == found
        records += loaded
    return records
