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
PIECES = [
    b"",
    b"\0",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"]",
    b"[" * 40,
    b"\xff",
    b"\\u00e2",
    b"\\ud83d",
    b"9" * 40,
    b"1e999",
    b"null",
    b"You ",
]
RUNS = 1_000
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
