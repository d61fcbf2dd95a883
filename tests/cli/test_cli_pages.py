"""Downloads that are web pages on the command line: the sender's acts, times in the pages' own zone, and a bundle that verifies."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

RUN = [sys.executable, "-m", "plainrecord"]
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
FACEBOOK = FIXTURES / "social-facebook-pages" / "2024"
INSTAGRAM = FIXTURES / "social-instagram-pages" / "instagram-sam.field-2024-11-20-Pg7Hh"

FACEBOOK_COUNTS = {"seen": 34, "included": 26, "not_included": 8, "unread": 0, "attached": 0, "copies": 0}
FACEBOOK_KINDS = {
    ("message", "subject_to_owner"): 12,
    ("message", "owner_to_subject"): 2,
    ("message", "unknown"): 1,
    ("call", "subject_to_owner"): 2,
    ("reaction", "subject_to_owner"): 1,
    ("reaction", "other"): 1,
    ("request", "subject_to_owner"): 2,
    ("poke", "subject_to_owner"): 1,
    ("mention", "subject_to_owner"): 1,
    ("comment", "owner_to_subject"): 1,
    ("other", "owner_to_subject"): 1,
    # Who removed whom is not stated.
    ("follow", "unknown"): 1,
}
INSTAGRAM_COUNTS = {"seen": 16, "included": 9, "not_included": 7, "unread": 0, "attached": 0, "copies": 0}
INSTAGRAM_KINDS = {
    ("message", "subject_to_owner"): 3,
    ("message", "owner_to_subject"): 1,
    ("reaction", "subject_to_owner"): 1,
    ("reaction", "owner_to_subject"): 1,
    ("follow", "subject_to_owner"): 1,
    ("block", "owner_to_subject"): 1,
    ("comment", "owner_to_subject"): 1,
}


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, *map(str, words)], capture_output=True, text=True, encoding="utf-8", check=False)


def bundled(out: Path, download: Path, *senders: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    done = run("bundle", download, *senders, "--timezone", "Europe/London", "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    bag = Path(said["path"])
    checked = run("verify", bag, "--json")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    items = (bag / "data/items/messages.jsonl").read_text("utf-8").splitlines()
    return said, [json.loads(line) for line in items]


@pytest.fixture(scope="module")
def facebook(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    return bundled(tmp_path_factory.mktemp("facebook") / "out", FACEBOOK, "--sender", "Alex Mere")


@pytest.fixture(scope="module")
def instagram(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    return bundled(
        tmp_path_factory.mktemp("instagram") / "out", INSTAGRAM, "--sender", "@alex_mere", "--alias", "Alex Mere"
    )


def test_facebook_pages_make_a_bundle_that_verifies(facebook: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    said, items = facebook
    assert said["counts"] == FACEBOOK_COUNTS
    assert Counter((one["kind"], one["direction"]) for one in items) == FACEBOOK_KINDS


def test_instagram_pages_make_a_bundle_that_verifies(instagram: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    said, items = instagram
    assert said["counts"] == INSTAGRAM_COUNTS
    assert Counter((one["kind"], one["direction"]) for one in items) == INSTAGRAM_KINDS


def test_messages_of_one_minute_stand_in_the_order_they_were_sent(
    instagram: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    _, items = instagram
    said = [one["text"] for one in items if one["text"] in ("first", "second", "third")]
    assert said == ["first", "second", "third"]
