"""The story handed in as a person would have it: a mailbox, a chat, and downloads of networks as zips and parts of zips."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


def zipped(folder, target, keep=lambda name: True):
    """A folder as one zip, with the files whose path `keep` accepts."""
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and keep(name):
                archive.writestr(zipfile.ZipInfo(name, (2024, 12, 1, 0, 0, 0)), path.read_bytes())
    return target


@pytest.fixture(scope="module")
def handed_in(story, tmp_path_factory):
    """mail.mbox whatsapp.zip instagram.zip facebook-1.zip facebook-2.zip"""
    folder, exports = tmp_path_factory.mktemp("handed-in"), story / "exports"
    with zipfile.ZipFile(exports / "takeout-20241201T101500Z-001.zip") as archive:
        mailbox = next(name for name in archive.namelist() if name.endswith(".mbox"))
        (folder / "mail.mbox").write_bytes(archive.read(mailbox))
    zipped(exports / "whatsapp-chats", folder / "whatsapp.zip")
    zipped(exports / "instagram-maren.holloway-2024-12-01", folder / "instagram.zip")
    facebook = exports / "facebook-maren.holloway-2024-12-01"

    def is_first(name):
        return name.startswith("personal_information") or "alexpenrose" in name or "pokes" in name

    zipped(facebook, folder / "facebook-1.zip", is_first)
    zipped(facebook, folder / "facebook-2.zip", lambda name: not is_first(name) or "personal_information" in name)
    return [
        folder / name for name in ("mail.mbox", "whatsapp.zip", "instagram.zip", "facebook-1.zip", "facebook-2.zip")
    ]


@pytest.fixture(scope="module")
def answer(handed_in, settings, tmp_path_factory):
    people = ["--sender", settings["sender"]]
    people += [word for alias in settings["aliases"] for word in ("--alias", alias)]
    people += [word for owner in settings["owner"] for word in ("--owner", owner)]
    out = tmp_path_factory.mktemp("bundle")
    words = [*map(str, handed_in), *people, "--timezone", settings["timezone"], "--out", str(out), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "plainrecord", "bundle", *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def items(answer):
    lines = (Path(answer["path"]) / "data/items/messages.jsonl").read_text("utf-8").splitlines()
    return [item for item in map(json.loads, lines) if item["parent"] is None]


def test_one_timeline_over_all_of_them(items, truth):
    dated = [item["time"]["ts_utc"] for item in items if item["time"]["ts_utc"]]
    seconds = [text[:19] for text in dated]
    assert seconds == sorted(seconds)
    assert {item["service"] for item in items} == {"email", "whatsapp", "instagram", "facebook", "messenger"}
    wanted = {"whatsapp", "instagram", "facebook", "messenger"}
    rows = [row for row in truth["chats"] if row["service"] in wanted and row["included"]]
    found = [item for item in items if item["service"] in wanted]
    assert sorted((item["service"], item["kind"], item["time"]["ts_utc"][:19]) for item in found) == sorted(
        (row["service"], row["kind"], row["utc"][:19]) for row in rows
    )


def test_the_parts_of_a_download_are_one_source_and_what_they_repeat_is_read_once(answer):
    sources = json.loads((Path(answer["path"]) / "meta/sources.json").read_text("utf-8"))["sources"]
    assert [source["label"] for source in sources] == ["S01", "S02", "S03", "S04"]
    assert len(sources[3]["originals"]) == 2
    decisions = [one for claim in sources[3]["claims"] for one in claim["decisions"]]
    assert [one["chosen"] for one in decisions if one["subject"] == "download:repeated-file"] == ["read once"]


def test_every_file_of_every_download_has_a_fate(answer, handed_in):
    held = {"mail.mbox": 0}
    for path in handed_in[1:]:
        with zipfile.ZipFile(path) as archive:
            held[path.name] = len(archive.namelist())
    fates = {}
    for one in answer["files"]:
        name = one["path"].partition("!/")[0]
        fates[name] = fates.get(name, 0) + ("!/" in one["path"])
        assert one["fate"] == "parsed" or one["reason"], one
    assert fates == held


def test_what_each_download_can_show_is_in_the_coverage(answer):
    coverage = json.loads((Path(answer["path"]) / "meta/coverage.json").read_text("utf-8"))
    rows = {row["service"]: row["acts"] for row in coverage["rows"]}
    assert rows["instagram"]["Public comments and replies to the owner"] == "no"
    assert rows["facebook"]["Pokes"] == "yes"
    assert rows["email"] == {}
    page = (Path(answer["path"]) / "START_HERE.html").read_text("utf-8")
    assert "What these downloads can show of things done to the owner" in page


def test_the_bundle_verifies_against_every_part(answer, handed_in):
    originals = [word for path in handed_in for word in ("--originals", str(path))]
    words = ["verify", answer["path"], "--seal", answer["seal"], *originals, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "plainrecord", *words], check=False, capture_output=True, text=True, timeout=120
    )
    assert json.loads(done.stdout)["ok"] is True, done.stdout
