"""Ten thousand damaged Telegram and Discord exports: nothing raises, nothing hangs, and what was shown can be loaded."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

from chat_readers import FIXTURES, loaded
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.chat.discord import Discord
from plainrecord.parsers.chat.discordcsv import DiscordCsv
from plainrecord.parsers.chat.discordhtml import DiscordPages
from plainrecord.parsers.chat.discordtext import DiscordText
from plainrecord.parsers.chat.telegram import Telegram
from plainrecord.parsers.chat.telegramhtml import TelegramPages

FAMILIES: dict[str, list[tuple[Any, str]]] = {
    "telegram": [
        (Telegram(), "chat-telegram/ChatExport_2024-11-20/result.json"),
        (Telegram(), "chat-telegram/DataExport_2024-12-01/result.json"),
        (TelegramPages(), "chat-telegram-html/ChatExport_2024-11-20/messages.html"),
    ],
    "discord": [(Discord(), "json"), (DiscordCsv(), "csv"), (DiscordPages(), "html"), (DiscordText(), "text")],
}
PIECES = [
    b"",
    b"\0",
    b'"',
    b"\\",
    b"}",
    b"]",
    b"[" * 40,
    b"\xff\xfe",
    b"<",
    b"</div>",
    b"9" * 40,
    b"\n\n",
    b"\\ud83d",
    b"\xe2\x80\xa8",
]
RUNS = 10_000
LONGEST_SECONDS = 5.0


def damaged(data: bytes, chance: random.Random) -> bytes:
    """A copy with some bytes taken out, put in, doubled or moved."""
    made = bytearray(data)
    for _ in range(chance.randrange(1, 8)):
        at, length = chance.randrange(len(made) + 1), chance.choice([0, 1, 2, 30, 400])
        match chance.randrange(4):
            case 0:
                made[at : at + length] = chance.choice(PIECES)
            case 1:
                made[at:at] = made[at : at + length]
            case 2:
                made = made[:at] if chance.random() < 0.2 and at else made
            case _:
                made[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(made)


@pytest.mark.fuzz
@pytest.mark.parametrize("family", list(FAMILIES))
def test_ten_thousand_damaged_exports(family: str, tmp_path: Path) -> None:
    chance = random.Random(family)
    options = ReadOptions("Europe/London", "DMY")
    for number in range(RUNS):
        parser, sample = FAMILIES[family][number % len(FAMILIES[family])]
        file = FIXTURES / sample
        if family == "discord":
            file = next(path for path in (FIXTURES / "chat-discord" / sample).glob("Direct*.*") if path.is_file())
        (tmp_path / file.name).write_bytes(damaged(file.read_bytes(), chance))
        begun = time.monotonic()
        loaded(parser, tmp_path / file.name, options)
        assert time.monotonic() - begun < LONGEST_SECONDS, number
