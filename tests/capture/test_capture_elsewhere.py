"""What other rooms make of a captured page: nobody's message for a lab, and nothing that is served unseen."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailboxes import OWNER, SUBJECT, write_mailbox
from plainrecord.building import make_bundle
from plainrecord.editions import Instructions, make_service
from plainrecord.exporting import export_bundle
from plainrecord.store import CaseSettings
from plainrecord.store.settings import PersonSettings

VAULT = Path(__file__).resolve().parents[2] / "fixtures/capture/vault"
WORDS = "See you on Saturday."


def clock() -> datetime:
    return datetime(2024, 12, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("elsewhere")
    settings = CaseSettings(
        subject=PersonSettings(label="Subject", accounts=[SUBJECT]),
        owner=PersonSettings(label="Owner", accounts=[OWNER]),
    )
    box = write_mailbox(place / "in.mbox")
    return make_bundle([VAULT, box], settings, place / "out", clock).built.path


def test_a_lab_gets_a_page_as_a_page_and_nobody_as_its_sender(bundle: Path, tmp_path: Path) -> None:
    path = export_bundle(bundle, "case", tmp_path).path
    nodes = json.loads(path.read_text("utf-8"))["@graph"]
    pages = [node for node in nodes if node["@type"] == "observable:WebPage"]
    addresses = [node["core:hasFacet"][0]["observable:fullValue"] for node in pages]
    assert len(pages) == 4 and "https://www.social.example/posts/71?view=all" in addresses
    assert not [node for node in nodes if node["@type"] == "observable:Message"]
    judge = [str(Path(sys.executable).with_name("case_validate")), str(path)]
    assert subprocess.run(judge, capture_output=True, check=False).returncode == 0


def served(bundle: Path, out: Path, said: Instructions) -> Path:
    return Path(make_service(bundle, said, out, "pr-2222222222", clock, device=()).path)


def test_no_kept_page_is_served_unless_a_person_decided_so(bundle: Path, tmp_path: Path) -> None:
    edition = served(bundle, tmp_path / "served", Instructions("DC Dee", "OIC"))
    items = [json.loads(line) for line in (edition / "data/items/messages.jsonl").read_text("utf-8").splitlines()]
    pages = [item for item in items if item["kind"] == "capture"]
    assert len(pages) == 4
    assert all(item["text"] is None and item["marks"][-1] == "withheld" and not item["attachments"] for item in pages)
    held = b"".join(path.read_bytes() for path in edition.rglob("*") if path.is_file())
    assert WORDS.encode() not in held and b"social.example" not in held
    with (edition / "schedules/withheld.csv").open(encoding="utf-8-sig", newline="") as file:
        assert sum("by rule" in row.values() for row in csv.DictReader(file)) >= 4
