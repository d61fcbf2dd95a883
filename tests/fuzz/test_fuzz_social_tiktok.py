"""Thousands of damaged TikTok downloads, JSON and text: nothing raises, nothing hangs, and what was read loads again."""

from __future__ import annotations

import random
import shutil
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parsers" / "social"))

from download_checks import FIXTURES, claims, damaged, rescanned
from plainrecord.parsers.social.tiktok import TikTok

READER = TikTok()
RUNS = 3_000
LONGEST_SECONDS = 5.0


@pytest.mark.fuzz
@pytest.mark.parametrize("part", ["newer", "older", "text", "dutch"])
def test_damaged_tiktok_downloads(part: str, tmp_path: Path) -> None:
    chance = random.Random(f"fuzz tiktok {part}")
    folder = tmp_path / "download"
    shutil.copytree(FIXTURES / "social-tiktok" / part, folder)
    [claim] = claims(READER, folder)
    files = [folder / one.tree_path for one in claim.members if one.tree_path.endswith((".json", ".txt"))]
    for number in range(RUNS):
        path = files[number % len(files)]
        data = path.read_bytes()
        path.write_bytes(damaged(data, chance))
        begun = time.monotonic()
        rescanned(READER, claim)
        assert time.monotonic() - begun < LONGEST_SECONDS, (path.name, number)
        path.write_bytes(data)
