"""`plainrecord exhibits` and `papers` from the command line, to the bundle and its papers."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from plainrecord.cli import main

MAIL = Path(__file__).resolve().parents[2] / "fixtures/story/exports/saved-mails"
WHO = ["--sender", "alex.penrose@lantern.example", "--owner", "maren.holloway@postbox.example"]
SAID = ["--producer", "A. B. Cole", "--description", "Mails"]


def run(*words: str | Path, code: int = 0) -> dict[str, Any]:
    """What a command prints as JSON."""
    done = CliRunner().invoke(main, [*map(str, words), "--json"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    run("new", tmp_path / "case", *WHO, "--operator", "A. B. Cole", "--role", "OIC", "--mode", "officer")
    run("add", tmp_path / "case", MAIL)
    return tmp_path / "case"


def test_from_assigning_to_papers(case: Path, tmp_path: Path) -> None:
    first = run("build", case, "--out", tmp_path / "first", "--no-pdf")
    assert not list(Path(first["path"]).glob("*.pdf"))
    assert (
        json.loads((Path(first["path"]) / "meta/limits.json").read_text("utf-8"))["report"]
        == "No report.pdf was asked for."
    )
    run("exhibits", "assign", case, "--initials", "ABC", "--number", "1", *SAID, "--whole-bundle")
    words = ("--initials", "ABC", "--number", "2", *SAID, "--item", "M-000001", "--of", first["path"])
    made = run("exhibits", "assign", case, *words)
    assert made["exhibits"][0]["covers"][0].startswith("record:r-")
    run("exhibits", "change", case, "ABC/2", "--initials", "ABC", "--number", "3", *SAID, "--source", "S01")
    assert [one["reference"] for one in run("exhibits", "list", case)["exhibits"]] == ["ABC/1", "ABC/3"]
    built = run("build", case, "--out", tmp_path / "out", "--zip")
    papers = run("papers", built["path"], "--out", tmp_path / "papers")["papers"]
    assert len(papers) == 7
    assert (tmp_path / "out" / f"{built['bundle_id']}.handover.pdf").is_file()
    assert run("verify", built["path"], "--seal", built["seal"])["ok"]


def test_papers_know_an_exhibit_assigned_after_the_seal_wherever_one_stands(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = run("build", case, "--out", tmp_path / "out", "--no-pdf")
    run("exhibits", "assign", case, "--initials", "ABC", "--number", "7", *SAID, "--whole-bundle")
    with closing(sqlite3.connect(tmp_path / "case/case.sqlite")) as db:
        (assigned,) = db.execute("SELECT line FROM custody ORDER BY seq DESC LIMIT 1").fetchone()
    with Path(built["after_log"]).open("a", encoding="utf-8", newline="\n") as after:
        after.write(assigned + "\n")
    monkeypatch.chdir(built["path"])
    run("papers", ".", "--out", tmp_path / "papers")
    said = (tmp_path / f"papers/{built['bundle_id']}.exhibit-list.txt").read_text("utf-8")
    assert "ABC/7" in said


def test_item_numbers_need_the_bundle_they_belong_to(case: Path, tmp_path: Path) -> None:
    words = ["exhibits", "assign", case, "--initials", "ABC", "--number", "1", *SAID, "--item", "M-000001"]
    assert "name it with --of" in run(*words, code=1)["error"]
    first = run("build", case, "--out", tmp_path / "first", "--no-pdf")["path"]
    assert "has no item M-000099" in run(*words[:-1], "M-000099", "--of", first, code=1)["error"]
    shutil.rmtree(first)
    assert "cannot be read as a bundle" in run(*words, "--of", first, code=1)["error"]
    assert run("exhibits", "list", case)["exhibits"] == []


def test_the_answers_in_words(case: Path) -> None:
    runner = CliRunner()
    assert "No exhibit has been assigned" in runner.invoke(main, ["exhibits", "list", str(case)]).output
    words = ["exhibits", "assign", str(case), "--initials", "ABC", "--number", "1", *SAID, "--whole-bundle"]
    assert runner.invoke(main, words).output == "ABC/1  Mails  (bundle; A. B. Cole)\n"
