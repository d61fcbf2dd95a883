"""Thousands of damaged Facebook downloads: nothing raises, nothing hangs, and what is found loads again."""

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
from plainrecord.parsers.social.facebook import FacebookDownload

TOP = "facebook-sam.field-2024-11-03-x1y2"
FILES = [
    "your_facebook_activity/messages/inbox/alexmere_1000000000001/message_1.json",
    "your_facebook_activity/messages/inbox/alexmere_1000000000001/message_2.json",
    "your_facebook_activity/messages/inbox/_1000000000002/message_1.json",
    "your_facebook_activity/comments_and_reactions/comments_1.json",
    "your_facebook_activity/posts/places_you_have_been_tagged_in.json",
    "logged_information/notifications/notifications.json",
    "logged_information/interactions/recently_visited.json",
    "personal_information/profile_information/profile_information.json",
    "security_and_login_information/record_details.json",
]
RUNS = 1_000
LONGEST_SECONDS = 5.0


@pytest.mark.fuzz
@pytest.mark.parametrize("name", FILES)
def test_thousands_of_damaged_facebook_downloads(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    folder = tmp_path / "export"
    source = FIXTURES / "social-facebook" / "2023" / TOP
    profile = "personal_information/profile_information/profile_information.json"
    for path in {name, profile}:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / path, folder / path)
    data = (folder / name).read_bytes()
    reader = FacebookDownload()
    for number in range(RUNS):
        (folder / name).write_bytes(damaged(data, chance))
        begun = time.monotonic()
        loaded(reader, folder)
        assert time.monotonic() - begun < LONGEST_SECONDS, number
