"""Thousands of damaged Instagram downloads: nothing raises, nothing hangs, and what is read loads as it was read."""

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
from plainrecord.parsers.social.instagram import InstagramDownload

LATEST = "instagram-sam.field-2024-11-20-Ab3dEf"
DUTCH = "instagram-sam.field-2024-11-28-Zz9Yy8"
# A file of each kind of sheet, with what belongs to it below the download.
SAMPLES = {
    "thread": (LATEST, "your_instagram_activity/messages/inbox/alexmere_17841400000000101/message_1.json"),
    "following": (LATEST, "connections/followers_and_following/following.json"),
    "comments": (LATEST, "your_instagram_activity/comments/post_comments_1.json"),
    "logins": (LATEST, "security_and_login_information/login_and_profile_creation/login_activity.json"),
    "labels": (DUTCH, "your_instagram_activity/likes/liked_posts.json"),
    "posts": (LATEST, "your_instagram_activity/threads/threads_and_replies.json"),
    "encrypted": (LATEST, "your_instagram_activity/messages/secret_conversations.json"),
    "old-messages": ("earlier download", "messages.json"),
    "old-connections": ("earlier download", "connections.json"),
}
RUNS = 2_000
LONGEST_SECONDS = 5.0


@pytest.mark.fuzz
@pytest.mark.parametrize("name", list(SAMPLES))
def test_thousands_of_damaged_instagram_files(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    root, path = SAMPLES[name]
    source = FIXTURES / "social-instagram" / root
    folder = tmp_path / root
    profile = "personal_information/personal_information/personal_information.json"
    for one in (path, profile):
        if (source / one).exists():
            (folder / one).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / one, folder / one)
    data = (source / path).read_bytes()
    for number in range(RUNS):
        (folder / path).write_bytes(damaged(data, chance))
        begun = time.monotonic()
        loaded(InstagramDownload(), tmp_path)
        assert time.monotonic() - begun < LONGEST_SECONDS, number
