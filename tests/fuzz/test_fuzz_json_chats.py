"""Ten thousand damaged Messenger, Skype, Slack, Teams and Google Chat exports: nothing raises, nothing hangs."""

from __future__ import annotations

import random
import shutil
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parsers" / "chat"))

from chat_readers import FIXTURES, loaded
from damage import damaged
from json_samples import READERS

SAMPLES = {
    "messenger": "messages/Cafe Group_3.json",
    "skype": "8_live_sam.field_export/messages.json",
    "slack": "Example workspace/general/2016-02-25.json",
    "teams": "chat-page-1.json",
    "googlechat": "Takeout/Google Chat/Groups/DM abc/messages.json",
}
RUNS = 10_000
LONGEST_SECONDS = 5.0


@pytest.mark.fuzz
@pytest.mark.parametrize("name", list(SAMPLES))
def test_ten_thousand_damaged_json_chats(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    folder = tmp_path / "export"
    shutil.copytree(FIXTURES / f"chat-{name}", folder)
    file = folder / SAMPLES[name]
    data = file.read_bytes()
    for number in range(RUNS):
        file.write_bytes(damaged(data, chance))
        begun = time.monotonic()
        loaded(READERS[name], folder)
        assert time.monotonic() - begun < LONGEST_SECONDS, number
