"""Thousands of damaged Snapchat downloads, JSON and pages: nothing raises, nothing hangs, and what was read loads again."""

from __future__ import annotations

import random
import shutil
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parsers" / "social"))

from download_checks import FIXTURES, claims, damaged, rescanned
from plainrecord.parsers.social.snapchat import Snapchat

READER = Snapchat()
RUNS = 3_000
LONGEST_SECONDS = 5.0


@pytest.mark.fuzz
@pytest.mark.parametrize("part", ["mydata~1724072400000", "older", "pages"])
def test_damaged_snapchat_downloads(part: str, tmp_path: Path) -> None:
    chance = random.Random(f"fuzz snapchat {part}")
    folder = tmp_path / "download"
    shutil.copytree(FIXTURES / "social-snapchat" / part, folder)
    [claim] = claims(READER, folder)
    files = [folder / one.tree_path for one in claim.members if one.tree_path.endswith((".json", ".html"))]
    for number in range(RUNS):
        path = files[number % len(files)]
        data = path.read_bytes()
        path.write_bytes(damaged(data, chance))
        begun = time.monotonic()
        rescanned(READER, claim)
        assert time.monotonic() - begun < LONGEST_SECONDS, (path.name, number)
        path.write_bytes(data)
