"""The page the story's owner kept against the truth, read with the standard library alone."""

from __future__ import annotations

import base64
import hashlib
import json
import runpy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@pytest.fixture(scope="module")
def vault(story) -> Path:
    return story / "exports/kept-pages"


def content(vault: Path, sha256: str) -> bytes:
    data = (vault / "objects" / sha256[:2] / sha256).read_bytes()
    assert hashlib.sha256(data).hexdigest() == sha256
    return data


def kept(vault: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Receipt and manifest of each capture, in order, each digest held against its bytes."""
    found = []
    for path in sorted((vault / "receipts").iterdir()):
        receipt = json.loads(json.loads(path.read_bytes())["receipt"])
        found.append((receipt, json.loads(content(vault, receipt["manifest_sha256"]))))
    return found


def test_every_kept_page_has_one_row_and_says_what_it_says(vault, truth):
    for (receipt, manifest), row in zip(kept(vault), truth["pages"], strict=True):
        assert row["member"] == f"objects/{receipt['manifest_sha256'][:2]}/{receipt['manifest_sha256']}"
        clicked = datetime.fromtimestamp(manifest["times"]["clicked"]["wall_ms"] / 1000, UTC)
        assert f"{clicked:%Y-%m-%dT%H:%M:%SZ}" == row["utc"] and receipt["received_utc"] == row["received_utc"]
        assert (manifest["page"]["url"], manifest["page"]["title"]) == (row["url"], row["subject"])
        text = next(one for one in manifest["parts"] if one["role"] == "text")
        assert content(vault, text["sha256"]).decode() == row["text"] and text["sha256"] == row["text_sha256"]
        assert manifest["person"]["note"] == row["note"] and manifest["person"]["subject_account"] is None


def test_every_file_of_the_vault_is_named_by_a_receipt(vault):
    named = set()
    for receipt, manifest in kept(vault):
        stated = {(one["name"], one["sha256"], one["size"]) for one in manifest["parts"]}
        assert {(one["name"], one["sha256"], one["size"]) for one in receipt["parts"]} == stated
        named |= {receipt["manifest_sha256"], *(one["sha256"] for one in receipt["parts"])}
    assert {path.name for path in (vault / "objects").rglob("*") if path.is_file()} == named


def test_the_receipts_are_signed(vault):
    def decoded(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    for path in (vault / "receipts").iterdir():
        said = json.loads(path.read_bytes())
        message = f"plainrecord-capture/receipt/1\n{said['receipt']}".encode()
        Ed25519PublicKey.from_public_bytes(decoded(said["public_key"])).verify(decoded(said["signature"]), message)


def test_rows_of_pages_are_events_that_say_they_are_present(truth):
    present = {event["id"] for event in truth["events"] if event["source"] == "capture" and event["present"]}
    assert {row["key"] for row in truth["pages"]} == present


def test_the_vault_is_what_its_script_writes(story, vault, tmp_path):
    runpy.run_path(str(story / "make_capture.py"))["write"](tmp_path / "again")
    made, committed = (
        {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (tmp_path / "again", vault)
    )
    assert made == committed
