"""All Signal, iMessage and iMazing samples in one bundle: it balances, verifies, and every picture is with its record."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from piece_sources import FIXTURES
from test_signal_imessage_samples import SAMPLES


def run(*words: str) -> Any:
    command = [sys.executable, "-m", "plainrecord", *words, "--json"]
    environment = os.environ | {"TZ": "America/Los_Angeles"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8", env=environment)
    assert done.returncode in (0, 5), done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("exports")
    for sample in SAMPLES:
        shutil.copytree(
            FIXTURES / sample, folder / sample, ignore=shutil.ignore_patterns("README.md", "expected.jsonl")
        )
    exports = [str(folder / sample) for sample in SAMPLES]
    people = ["--sender", "+447700900461", "--alias", "Rowan Ash", "--timezone", "Europe/London"]
    answer = run("bundle", *exports, *people, "--out", str(folder / "out"))
    lines = (Path(answer["path"]) / "data" / "items" / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    return answer, [json.loads(line) for line in lines]


def test_records_seen_are_read_or_listed(bundle: tuple[Any, list[dict[str, Any]]]) -> None:
    counts = bundle[0]["counts"]
    assert counts["seen"] == counts["included"] + counts["not_included"] + counts["unread"]
    assert counts["included"] == len(bundle[1])


def test_bundle_of_sources_with_different_precision_verifies(bundle: tuple[Any, list[dict[str, Any]]]) -> None:
    answer = run("verify", bundle[0]["path"], "--seal", bundle[0]["seal"])
    assert (answer["ok"], answer["problems"]) == (True, [])


def test_the_same_picture_in_six_exports_is_with_its_record_in_each(bundle: tuple[Any, list[dict[str, Any]]]) -> None:
    present = Counter(
        item["source"] for item in bundle[1] for file in item["attachments"] if file["state"] == "present"
    )
    assert len(present) == 6


def test_directions_follow_from_the_owner_each_export_states(bundle: tuple[Any, list[dict[str, Any]]]) -> None:
    services = {item["service"]: Counter() for item in bundle[1]}
    for item in bundle[1]:
        services[item["service"]][item["direction"]] += 1
    for service in ("signal", "sms", "imessage"):
        assert services[service]["subject_to_owner"] >= services[service]["owner_to_subject"] > 0
