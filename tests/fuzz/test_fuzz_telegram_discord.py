"""Ten thousand damaged Telegram and Discord exports: nothing raises, nothing hangs, and what was shown can be loaded."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

from chat_readers import FIXTURES, loaded
from damage import damaged
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
        (tmp_path / file.name).write_bytes(damaged(file.read_bytes(), chance, PIECES))
        begun = time.monotonic()
        loaded(parser, tmp_path / file.name, options)
        assert time.monotonic() - begun < LONGEST_SECONDS, number
