"""Thousands of damaged pages of Facebook and Instagram downloads: nothing raises or hangs, and what is read loads as it was read."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from random import Random

import pytest

from chat_readers import FIXTURES, loaded
from page_damage import mutated
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import NeedsAnswer, Parser
from plainrecord.parsers.social.facebook import FacebookDownload
from plainrecord.parsers.social.instagram import InstagramDownload

FACEBOOK, INSTAGRAM = FIXTURES / "social-facebook-pages", FIXTURES / "social-instagram-pages"
NEWEST = "2024/facebook-sam.field-2024-11-03"
ROOT = "instagram-sam.field-2024-11-20-Pg7Hh"
# A page of each shape.
SAMPLES: dict[str, tuple[Parser, Path, str]] = {
    "thread": (
        FacebookDownload(),
        FACEBOOK,
        f"{NEWEST}/your_facebook_activity/messages/inbox/alexmere_1000000000001/message_1.html",
    ),
    "old-classes": (FacebookDownload(), FACEBOOK, "2019-german/messages/inbox/alexmere_2000000001/message_1.html"),
    "numbers": (FacebookDownload(), FACEBOOK, "2019-numbers/messages/inbox/alexmere_2000000002/message_1.html"),
    "no-classes": (FacebookDownload(), FACEBOOK, "no-classes/messages/inbox/alexmere_2000000003/message_1.html"),
    "before-2018": (FacebookDownload(), FACEBOOK, "before-2018/html/messages.htm"),
    "visits": (FacebookDownload(), FACEBOOK, f"{NEWEST}/logged_information/interactions/recently_visited.html"),
    "activity": (FacebookDownload(), FACEBOOK, f"{NEWEST}/security_and_login_information/account_activity.html"),
    "logins": (
        InstagramDownload(),
        INSTAGRAM,
        f"{ROOT}/security_and_login_information/login_and_profile_creation/login_activity.html",
    ),
    "requests": (
        InstagramDownload(),
        INSTAGRAM,
        f"{ROOT}/connections/followers_and_following/pending_follow_requests.html",
    ),
}
RUNS = 1_500
LONGEST_SECONDS = 5.0


@pytest.mark.fuzz
@pytest.mark.parametrize("name", list(SAMPLES))
def test_thousands_of_damaged_pages(name: str, tmp_path: Path) -> None:
    reader, source, path = SAMPLES[name]
    chance = Random(name)
    place = tmp_path / path
    place.parent.mkdir(parents=True)
    shutil.copyfile(source / path, place)
    data = place.read_bytes()
    asked = 0
    for number in range(RUNS):
        place.write_bytes(mutated(data, chance))
        begun = time.monotonic()
        try:
            loaded(reader, tmp_path, ReadOptions(timezone="Europe/London"))
        except NeedsAnswer:
            # Damage may take away what shows the order of a date; then the run asks, which is right.
            asked += 1
        assert time.monotonic() - begun < LONGEST_SECONDS, number
    assert asked < RUNS // 2
