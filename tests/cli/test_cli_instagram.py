"""An Instagram download on the command line: the sender's acts in both identities, what stays out, and a bundle that verifies."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

RUN = [sys.executable, "-m", "plainrecord"]
DOWNLOAD = (
    Path(__file__).resolve().parents[2] / "fixtures" / "social-instagram" / "instagram-sam.field-2024-11-20-Ab3dEf"
)


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, *map(str, words)], capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of everything between the owner and the sender's username and display name."""
    out = tmp_path_factory.mktemp("instagram")
    done = run(
        "bundle", DOWNLOAD, "--sender", "@alex_mere", "--alias", "Alex Mere", "--timezone", "Europe/London",
        "--out", out / "out", "--json",
    )  # fmt: skip
    # One element of the download is no message, and one file is of no kind that is known: made, and said by the exit code.
    assert done.returncode == 5, done.stderr
    said = json.loads(done.stdout)
    assert said["counts"] == {"seen": 81, "included": 40, "not_included": 40, "unread": 1, "attached": 0, "copies": 0}
    assert said["fates"] == {"known-unsupported": 12, "parsed": 55, "partly-parsed": 1, "unknown": 1}
    return Path(said["path"])


def items(bag: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (bag / "data/items/messages.jsonl").read_text("utf-8").splitlines()]


def test_what_the_sender_did_and_what_was_done_to_the_sender_goes_in(bag: Path) -> None:
    found = items(bag)
    acts = [one for one in found if one["sender"] and one["sender"]["kind"] == "handle"]  # type: ignore[index]
    assert Counter((one["service"], one["kind"], one["direction"]) for one in acts) == {
        ("instagram", "follow", "subject_to_owner"): 1,
        ("instagram", "request", "subject_to_owner"): 1,
        ("instagram", "follow", "owner_to_subject"): 2,
        ("instagram", "block", "owner_to_subject"): 3,
        ("instagram", "comment", "owner_to_subject"): 2,
        ("instagram", "reaction", "owner_to_subject"): 7,
        ("instagram", "story_reply", "owner_to_subject"): 1,
        ("threads", "follow", "subject_to_owner"): 1,
        ("threads", "block", "owner_to_subject"): 1,
    }


def test_messages_go_in_by_display_name_which_has_to_be_named_apart(bag: Path) -> None:
    threads = Counter(
        one["conversation"]["id"] for one in items(bag) if one["conversation"] and one["kind"] == "message"
    )  # type: ignore[index]
    assert sorted(threads.values()) == [2, 12]
    assert {one["direction"] for one in items(bag) if one["kind"] == "call"} == {"subject_to_owner"}


def test_log_ins_and_other_peoples_lists_stay_out(bag: Path) -> None:
    found = items(bag)
    assert not [one for one in found if one["kind"] in ("login_alert", "profile_change", "post")]
    named = {account["value"] for one in found for account in (one["sender"], *one["recipients"]) if account}  # type: ignore[misc]
    assert "jo.kaya" not in named and "alx.mere.2" not in named


def test_the_bundle_verifies(bag: Path) -> None:
    done = run("verify", bag, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
