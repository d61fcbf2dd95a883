"""Thousands of damaged X archives, Discord packages and Reddit exports: nothing raises, nothing hangs, `load` says what `scan` said."""

from __future__ import annotations

import random
import shutil
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parsers" / "social"))

from chat_readers import FIXTURES, claims
from package_checks import check_damage, mutated
from plainrecord.parsers.base import Parser
from plainrecord.parsers.social.discordpackage import DiscordPackage
from plainrecord.parsers.social.reddit import Reddit
from plainrecord.parsers.social.x import X

SAMPLES: list[tuple[Parser, str, str]] = [
    (X(), "social-x/archive", "data/direct-messages-part1.js"),
    (X(), "social-x/archive", "data/direct-messages-group.js"),
    (X(), "social-x/archive", "data/tweets.js"),
    (X(), "social-x/archive", "data/manifest.js"),
    (X(), "social-x/archive", "data/account.js"),
    (DiscordPackage(), "social-discord/package", "Messages/c1111111111111111101/messages.json"),
    (DiscordPackage(), "social-discord/package", "Account/user.json"),
    (DiscordPackage(), "social-discord/package", "Activity/analytics/events-2024-00000-of-00001.json"),
    (Reddit(), "social-reddit/export_sam_field_20240710", "messages.csv"),
    (Reddit(), "social-reddit/export_sam_field_20240710", "chat_history.csv"),
    (Reddit(), "social-reddit/export_sam_field_20240710", "checkfile.csv"),
]
RUNS = 1_000
LONGEST_SECONDS = 5.0


@pytest.mark.fuzz
@pytest.mark.parametrize(("parser", "folder", "name"), SAMPLES, ids=[name for _, _, name in SAMPLES])
def test_a_thousand_damaged_copies_of_a_file(parser: Parser, folder: str, name: str, tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / folder, tmp_path / "export")
    [claim] = claims(parser, tmp_path / "export")
    path = tmp_path / "export" / name
    data = path.read_bytes()
    chance = random.Random(name)
    for number in range(RUNS):
        begun = time.monotonic()
        check_damage(parser, claim, path, mutated(data, chance))
        assert time.monotonic() - begun < LONGEST_SECONDS, number
