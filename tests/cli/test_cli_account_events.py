"""Log-ins and changes of the owner's own account: left out unless asked for, and never dragged along by one that names somebody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from test_cli_case import invoke, told

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
SNAP = FIXTURES / "social-snapchat" / "mydata~1724072400000"


def events(made: dict[str, Any]) -> list[dict[str, Any]]:
    path = Path(str(made["path"])) / "data/items/messages.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [line for line in lines if (line["conversation"] or {}).get("title") == "Events of the account itself"]


def bundle(tmp_path: Path, *more: object) -> dict[str, Any]:
    return told("bundle", SNAP, "--sender", "@alex_mere", "--out", tmp_path / "out", *more, code=5)


def test_they_are_left_out_with_a_reason_of_their_own(tmp_path: Path) -> None:
    made = bundle(tmp_path)
    assert not events(made)
    reasons = (Path(made["path"]) / "schedules/not_included.csv").read_text("utf-8-sig")
    assert "account-events" in reasons


@pytest.mark.parametrize("scope", ["conversation", "subject"])
def test_they_go_in_when_asked_for_whatever_the_scope(scope: str, tmp_path: Path) -> None:
    made = bundle(tmp_path, "--account-events", "--scope", scope)
    found = events(made)
    assert found and {line["matched"] for line in found} == {"asked:account-events"}
    assert {line["part"] for line in found} == {"context"}
    invoke("verify", made["path"])
    page = "".join(path.read_text("utf-8") for path in Path(made["path"]).rglob("*.html"))
    assert "an event of the owner’s own account" in page


def test_they_alone_make_no_bundle(tmp_path: Path) -> None:
    invoke("bundle", SNAP, "--sender", "@nobody.known", "--account-events", "--out", tmp_path / "out", code=2)
    assert not list(tmp_path.glob("out/*"))
