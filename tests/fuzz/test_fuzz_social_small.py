"""Ten thousand damaged downloads of LinkedIn, dating apps, Mastodon, Bluesky, Twitch and Strava: nothing raises or hangs."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parsers" / "chat"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parsers" / "social"))

from chat_readers import FIXTURES, claims
from damage import damaged
from plainrecord.records import Unread
from test_small_networks import LONDON, SAMPLES

RUNS = 10_000 // len(SAMPLES)
LONGEST_SECONDS = 5.0


@pytest.mark.fuzz
@pytest.mark.parametrize("name", SAMPLES)
def test_damaged_downloads_balance(name: str, tmp_path: Path) -> None:
    reader, folder, principal = SAMPLES[name]
    data = (FIXTURES / folder / principal).read_bytes()
    place, chance = tmp_path / Path(principal).name, random.Random(name)
    for _ in range(RUNS):
        place.write_bytes(damaged(data, chance))
        begun = time.monotonic()
        for claim in claims(reader, tmp_path, LONDON):
            found = list(reader.scan(claim))
            wanted = [item.position for item in found if not isinstance(item, Unread)]
            assert len(list(reader.load(claim, wanted))) == len(wanted)
        assert time.monotonic() - begun < LONGEST_SECONDS
