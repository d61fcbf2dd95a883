"""Whole downloads of Snapchat and TikTok on the command line: what is selected for the named sender, and that it verifies."""

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


# The samples hold files and entries that nobody can read, and a run says so.
PARTLY = 5


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, *map(str, words)], capture_output=True, text=True, encoding="utf-8", check=False)


def bundle(tmp_path: Path, *words: object) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the run printed, and the records in the bundle; the bundle verifies."""
    done = run("bundle", *words, "--out", tmp_path / "out", "--json")
    assert done.returncode in (0, PARTLY), done.stderr
    said = json.loads(done.stdout)
    assert run("verify", said["path"]).returncode == 0
    lines = (Path(said["path"]) / "data/items/messages.jsonl").read_text("utf-8").splitlines()
    return said, [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("folder", "kinds"),
    [
        (
            "social-snapchat/mydata~1724072400000",
            {"message": 13, "call": 2, "system": 4, "block": 1, "request": 2, "other": 2},
        ),
        ("social-tiktok/newer", {"message": 7, "follow": 1, "block": 1}),
        ("social-tiktok/text", {"message": 7, "follow": 1, "block": 1}),
    ],
)
def test_what_the_subject_did_goes_in_and_the_balance_holds(folder: str, kinds: dict[str, int], tmp_path: Path) -> None:
    said, lines = bundle(
        tmp_path, FIXTURES / folder, "--sender", "@alex_mere", "--alias", "@alx.mere.2", "--whole-groups"
    )
    assert Counter(line["kind"] for line in lines) == kinds
    assert said["counts"]["seen"] == sum(said["counts"][key] for key in ("included", "not_included", "unread"))
    assert said["counts"]["included"] == len(lines)
