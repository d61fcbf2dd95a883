"""Ten thousand damaged WhatsApp texts: nothing raises, nothing hangs, every byte is accounted for."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from test_whatsapp_laws import ANDROID, IPHONE, accounted, damaged
from whatsapp_chats import write_text

ROUNDS = 5_000
LONGEST = 5.0


@pytest.mark.fuzz
@pytest.mark.parametrize("sample", [ANDROID, IPHONE], ids=["android", "iphone"])
def test_damaged_whatsapp_texts_are_read_and_accounted_for(sample: Path, tmp_path: Path) -> None:
    data = sample.read_bytes()
    for seed in range(1000, 1000 + ROUNDS):
        path = write_text(tmp_path / "c.txt", damaged(data, seed))
        started = time.monotonic()
        accounted(path)
        assert time.monotonic() - started < LONGEST, f"seed {seed}"
