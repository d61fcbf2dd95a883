"""Ten thousand damaged Signal and iMessage exports: nothing raises, nothing hangs, and what was shown can be loaded."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parsers" / "chat"))

from piece_sources import FIXTURES, read
from test_signal_imessage_damage import SMALL, mutated

RUNS = 10_000
LONGEST_SECONDS = 5.0


@pytest.mark.fuzz
@pytest.mark.parametrize("source", SMALL)
def test_no_damage_stops_or_hangs_a_reader(source: str, tmp_path: Path) -> None:
    data = (FIXTURES / source).read_bytes()
    chance = random.Random(f"fuzz {source}")
    path = tmp_path / SMALL[source]
    path.parent.mkdir(parents=True, exist_ok=True)
    for number in range(RUNS // len(SMALL) + 1):
        path.write_bytes(mutated(data, chance))
        began = time.monotonic()
        read(tmp_path)
        assert time.monotonic() - began < LONGEST_SECONDS, number
