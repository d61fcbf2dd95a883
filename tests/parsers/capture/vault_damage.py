"""Damage for vaults of captured pages: one file harmed at a time; what comes of it is a record or an unread place."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from chat_readers import FIXTURES, loaded
from damage import damaged
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.capture import Captures
from plainrecord.records import Loaded


def read_damaged(folder: Path, count: int, seed: str) -> int:
    """Read `count` vaults in which one file was damaged; how many captures came out of them in all."""
    chance = random.Random(seed)
    vault = folder / "vault"
    shutil.copytree(FIXTURES / "capture/vault", vault)
    files = sorted(path for path in vault.rglob("*") if path.is_file())
    read_well = 0
    for _ in range(count):
        path = chance.choice(files)
        whole = path.read_bytes()
        path.write_bytes(damaged(whole, chance))
        found = loaded(Captures(), vault, ReadOptions(timezone="Europe/London"))
        read_well += sum(isinstance(item, Loaded) for item in found)
        path.write_bytes(whole)
    return read_well
