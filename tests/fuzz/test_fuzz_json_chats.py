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
from json_samples import READERS

SAMPLES = {
    "messenger": "messages/Cafe Group_3.json",
    "skype": "8_live_sam.field_export/messages.json",
    "slack": "Example workspace/general/2016-02-25.json",
    "teams": "chat-page-1.json",
    "googlechat": "Takeout/Google Chat/Groups/DM abc/messages.json",
}
PIECES = [
    b"",
    b"\0",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"]",
    b"[" * 40,
    b"\xff\xfe",
    b"<quote",
    b"9" * 40,
    b"1e999",
    b"\\ud83d",
    b"null",
]
RUNS = 10_000
LONGEST_SECONDS = 5.0


def damaged(data: bytes, chance: random.Random) -> bytes:
    """A copy with some bytes taken out, put in, doubled, moved or cut off."""
    made = bytearray(data)
    for _ in range(chance.randrange(1, 8)):
        at, length = chance.randrange(len(made) + 1), chance.choice([0, 1, 2, 30, 400])
        match chance.randrange(4):
            case 0:
                made[at : at + length] = chance.choice(PIECES)
            case 1:
                made[at:at] = made[at : at + length]
            case 2 if chance.random() < 0.2:
                del made[at:]
            case _:
                made[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(made)


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
