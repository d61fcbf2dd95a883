"""A chat export on the command line: the question it may ask, the name it is asked for, and what goes in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

RUN = [sys.executable, "-m", "plainrecord"]
CHAT = "".join(
    f"{day}/10/2024, 10:00 - {who}: {text}\n"
    for day, who, text in (
        (24, "Rowan Ash", "hello"),
        (25, "Maren", "hi"),
        (26, "Rowan Ash", "again"),
        (27, "Rowan Ash", "more"),
    )
)
MAIL = "From x\nFrom: Rowan Ash <rowan@other.example>\nTo: maren@home.example\nDate: Fri, 25 Oct 2024 10:00:00 +0100\nSubject: a\n\nb\n"


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, *map(str, words)], capture_output=True, text=True, encoding="utf-8", check=False)


def items(bag: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (bag / "data/items/messages.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_open_date_order_ends_the_run_with_a_question_and_makes_nothing(jobs: int, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(
            "03/04/2024, 10:00 - Rowan Ash: hello\n04/04/2024, 10:00 - Maren: hi\n", "utf-8"
        )
    words = (
        "bundle",
        tmp_path / "a.txt",
        tmp_path / "b.txt",
        "--sender",
        "Rowan Ash",
        "--out",
        tmp_path / "out",
        "-j",
        jobs,
    )
    done = run(*words)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "--date-order DMY or --date-order MDY" in done.stderr
    assert "3 April 2024 read as DMY or 4 March 2024 read as MDY" in done.stderr
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())
    done = run(*words, "--date-order", "mdy", "--json")
    assert done.returncode == 0, done.stderr
    first = items(Path(json.loads(done.stdout)["path"]))[0]
    assert first["time"]["local"] == "2024-03-04T10:00:00"  # type: ignore[index]


def test_a_case_asks_and_goes_on_after_the_answer(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("03/04/2024, 10:00 - Rowan Ash: hello\n04/04/2024, 10:00 - Maren: hi\n", "utf-8")
    assert run("new", tmp_path / "case", "--sender", "Rowan Ash").returncode == 0
    assert run("add", tmp_path / "case", tmp_path / "a.txt").returncode == 1
    done = run("add", tmp_path / "case", tmp_path / "a.txt", "--date-order", "DMY", "--json")
    assert done.returncode == 0, done.stderr
    assert run("select", tmp_path / "case", "--json").returncode == 0


def test_a_name_selects_the_label_of_a_chat_but_no_mail_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "WhatsApp Chat with Rowan Ash.txt").write_text(CHAT, "utf-8")
    (tmp_path / "inbox.mbox").write_text(MAIL, "utf-8")
    done = run(
        "bundle", tmp_path / "WhatsApp Chat with Rowan Ash.txt", tmp_path / "inbox.mbox", "--sender", "Rowan Ash",
        "--owner", "Maren", "--timezone", "Europe/London", "--out", tmp_path / "out", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["near_misses"] == [{"account": "Rowan Ash <rowan@other.example>", "records": 1}]
    lines = items(Path(said["path"]))
    assert [(line["matched"], line["direction"]) for line in lines] == [
        ("from:label", "subject_to_owner"), ("to:label", "owner_to_subject"),
        ("from:label", "subject_to_owner"), ("from:label", "subject_to_owner"),
    ]  # fmt: skip
    assert run("verify", said["path"]).returncode == 0


def test_a_number_typed_the_way_it_is_dialled_needs_its_country(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text(CHAT.replace("Rowan Ash", "\u202a+44\u00a07700\u00a0900123\u202c"), "utf-8")
    words = ("bundle", tmp_path / "c.txt", "--sender", "07700 900123", "--out", tmp_path / "out", "--json")
    assert run(*words, "--region", "de").returncode == 2
    done = run(*words)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["included"] == 4
