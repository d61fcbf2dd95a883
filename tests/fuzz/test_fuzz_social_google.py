"""Thousands of damaged Takeouts, one file of each kind: nothing raises but a question about dates, and nothing hangs."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parsers" / "chat"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parsers" / "social"))

from chat_readers import claims
from google_samples import put, small
from plainrecord.parsers.base import NeedsAnswer
from plainrecord.parsers.social.google import Takeout
from test_google_damage import anew, mutated, read_both_ways

SMALL = small()
RUNS = 4_000
LONGEST_SECONDS = 5.0


@pytest.mark.fuzz
@pytest.mark.parametrize("name", list(SMALL))
def test_thousands_of_damaged_takeouts(name: str, tmp_path: Path) -> None:
    chance = random.Random(f"fuzz {name}")
    path, data = SMALL[name]
    [claim] = claims(Takeout(), put(tmp_path, {path: data}))
    for number in range(RUNS):
        changed = mutated(data, chance)
        (tmp_path / path).write_bytes(changed)
        begun = time.monotonic()
        try:
            read_both_ways(anew(claim), len(changed))
        except NeedsAnswer as asked:
            assert name == "cards" and asked.question == "date_order"
        assert time.monotonic() - begun < LONGEST_SECONDS, number


@pytest.mark.fuzz
@pytest.mark.parametrize("name", list(SMALL))
def test_damage_before_the_files_are_claimed(name: str, tmp_path: Path) -> None:
    chance = random.Random(f"claim {name}")
    path, data = SMALL[name]
    for number in range(RUNS // 4):
        changed = mutated(data, chance)
        put(tmp_path, {path: changed})
        begun = time.monotonic()
        try:
            for claim in claims(Takeout(), tmp_path):
                read_both_ways(claim, len(changed))
        except NeedsAnswer as asked:
            assert asked.question == "date_order"
        assert time.monotonic() - begun < LONGEST_SECONDS, number
