"""Exports of a bundle, judged by their readers: the public CASE validator, and what Timesketch asks of an event."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from plainrecord.building import make_bundle
from plainrecord.cli import main
from plainrecord.cli_export import FORMS as NAMED
from plainrecord.exporting import FORMS, export_bundle
from plainrecord.store import CaseSettings
from plainrecord.store.settings import PersonSettings

SUBJECT, OWNER = "alex.mere@mail.example", "sam.field@mail.example"
# Controls, a character that is none, a change of direction, a formula, markup, a picture character.
HOSTILE = "=cmd|x \x00\x07\ufffe\u202e <script> \U0001f58c \u0645 \\u0000"


def mail(number: int, text: str, date: str = "") -> str:
    return (
        f"From a Mon Oct  7 10:00:00 2024\nFrom: Alex <{SUBJECT}>\nTo: {OWNER}\nCc: third@mail.example\n"
        f"{date or f'Date: Mon, 7 Oct 2024 10:0{number}:00 +0100'}\nMessage-ID: <{number}@mail.example>\n"
        f"{'' if date else f'Received: from a.example by b.example; Mon, 7 Oct 2024 10:0{number}:05 +0100' + chr(10)}"
        f"Subject: Heading{number}\nContent-Type: multipart/mixed; boundary=b\nMIME-Version: 1.0\n\n"
        f"--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n--b\nContent-Type: image/png; name=picture{number}.png\n"
        f"Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n\n"
    )


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three mails, one of them hostile, one without a usable date, one in two exports."""
    place = tmp_path_factory.mktemp("bundle")
    box, again, saved = place / "in.mbox", place / "again.mbox", place / "saved.eml"
    mails = [mail(1, "Plainwords"), mail(2, HOSTILE)]
    saved.write_text(mail(3, "Undated", "X-Date: none").partition("\n")[2], "utf-8", newline="\n")
    box.write_text("".join(mails), "utf-8", newline="\n")
    again.write_text(mails[0] + "\n", "utf-8", newline="\n")
    case = CaseSettings(
        timezone="Europe/London",
        subject=PersonSettings(label="Subject", accounts=[SUBJECT]),
        owner=PersonSettings(label="Owner", accounts=[OWNER]),
        case_ref="42/000000/24",
    )
    return make_bundle(
        [box, again, saved], case, place / "out", lambda: datetime(2024, 12, 1, 12, tzinfo=UTC)
    ).built.path


def items(bundle: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (bundle / "data/items/messages.jsonl").read_text("utf-8").splitlines()]


def graph(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text("utf-8"))["@graph"]


def inner(value: Any) -> list[dict[str, Any]]:
    """Every object inside a value of JSON."""
    if isinstance(value, list):
        return [one for part in value for one in inner(part)]
    return [value, *(one for part in value.values() for one in inner(part))] if isinstance(value, dict) else []


def judged(path: Path, version: str) -> subprocess.CompletedProcess[str]:
    """By its exit status: for a misspelt property the validator prints that the graph conforms, and exits with 1."""
    command = [str(Path(sys.executable).with_name("case_validate")), "--built-version", version, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("content", "version"), [(True, "case-1.5.0"), (False, "case-1.4.0")])
def test_the_public_validator_accepts_the_case_graph(bundle: Path, tmp_path: Path, content: bool, version: str) -> None:
    path = export_bundle(bundle, "case", tmp_path, content=content).path
    done = judged(path, version)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_the_validator_can_refuse(bundle: Path, tmp_path: Path) -> None:
    path = export_bundle(bundle, "case", tmp_path).path
    path.write_text(path.read_text("utf-8").replace("observable:sentTime", "observable:sendTime"), "utf-8")
    assert judged(path, "case-1.5.0").returncode != 0


def test_the_case_graph_names_every_item_source_and_custody_step_and_nothing_that_is_not_there(
    bundle: Path, tmp_path: Path
) -> None:
    nodes = graph(export_bundle(bundle, "case", tmp_path).path)
    by_id = {node["@id"]: node for node in inner(nodes) if "@type" in node and "@id" in node}
    assert len(nodes) == len({node["@id"] for node in nodes})
    assert {one["@id"] for one in inner(nodes) if set(one) == {"@id"}} <= set(by_id)
    mails = [node for node in nodes if node["@type"] == "observable:EmailMessage"]
    assert [node["core:name"] for node in mails] == [item["item"] for item in items(bundle)]
    bodies = [node["core:hasFacet"][0]["observable:body"].strip() for node in mails]
    assert bodies[0] == "Plainwords"
    assert "[U+0000]" in bodies[1]
    assert "<script>" in bodies[1]
    times = [node["core:hasFacet"][0].get("observable:sentTime", {}).get("@value") for node in mails]
    assert times == [item["time"]["ts_utc"] for item in items(bundle)]
    custody = (bundle / "custody/custody.jsonl").read_text("utf-8").splitlines()
    assert len([node for node in nodes if node["@type"] == "investigation:InvestigativeAction"]) == len(custody)
    places = [node for node in nodes if node.get("core:kindOfRelationship") == "Extracted_From"]
    assert len(places) == len(items(bundle)) + 1, "the copy has its place too"
    hashes = {node["types:hashValue"]["@value"].lower() for node in by_id.values() if node["@type"] == "types:Hash"}
    assert {item["position"]["original_sha256"] for item in items(bundle)} <= hashes
    assert {one["sha256"] for item in items(bundle) for one in item["attachments"]} <= hashes


def test_timesketch_gets_what_it_asks_for_and_what_has_no_instant_is_counted(bundle: Path, tmp_path: Path) -> None:
    done = export_bundle(bundle, "timesketch-jsonl", tmp_path)
    events = [json.loads(line) for line in done.path.read_text("utf-8").splitlines()]
    assert done.left_out == {"no instant is stated": 1}
    assert [item["item"] for item in items(bundle) if not item["time"]["ts_utc"]] == ["M-000003"]
    assert {event["item"] for event in events} == {"M-000001", "M-000002"}
    for event in events:
        assert event["message"]
        assert event["timestamp_desc"]
        instant = datetime.fromisoformat(event["datetime"])
        assert instant.utcoffset() is not None
        assert event["timestamp"] == round(instant.timestamp() * 1_000_000)
    first = next(
        event for event in events if event["item"] == "M-000001" and event["timestamp_desc"].startswith("Sent")
    )
    assert first["datetime"] == "2024-10-07T09:01:00+00:00"
    table = export_bundle(bundle, "timesketch-csv", tmp_path)
    rows = list(csv.DictReader(io.StringIO(table.path.read_text("utf-8"), newline="")))
    assert [(row["item"], row["datetime"]) for row in rows] == [(one["item"], one["datetime"]) for one in events]


def test_the_table_has_a_row_for_each_item_and_no_cell_that_a_spreadsheet_runs(bundle: Path, tmp_path: Path) -> None:
    path = export_bundle(bundle, "csv", tmp_path).path
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    assert [row["record_id"] for row in rows] == [item["id"] for item in items(bundle)]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    assert [row["also_in"].startswith("S02: again.mbox") for row in rows] == [True, False, False]


@pytest.mark.parametrize("form", FORMS)
def test_without_content_no_words_of_a_message_are_written(bundle: Path, tmp_path: Path, form: str) -> None:
    said = ("Plainwords", "Heading1", "picture1", "<script>")
    whole = export_bundle(bundle, form, tmp_path / "whole").path.read_text("utf-8")
    bare = export_bundle(bundle, form, tmp_path / "bare", content=False).path.read_text("utf-8")
    assert all(word in whole for word in said)
    assert not [word for word in said if word in bare]
    assert SUBJECT in bare


@pytest.mark.parametrize("form", FORMS)
def test_the_same_bundle_gives_the_same_bytes_and_no_file_is_written_over(
    bundle: Path, tmp_path: Path, form: str
) -> None:
    first, second = (export_bundle(bundle, form, tmp_path / name).path for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    before = first.read_bytes()
    answer = CliRunner().invoke(main, ["export", str(bundle), "--as", form, "--out", str(tmp_path / "a")])
    assert answer.exit_code == 1
    assert "is there already" in answer.output
    assert first.read_bytes() == before


def test_nothing_is_written_into_the_bundle_or_of_what_is_none(bundle: Path, tmp_path: Path) -> None:
    before = sorted(bundle.rglob("*"))
    for out in (bundle, bundle / "meta", bundle / "new"):
        answer = CliRunner().invoke(main, ["export", str(bundle), "--as", "csv", "--out", str(out)])
        assert answer.exit_code == 1
        assert "lies inside the bundle" in answer.output
    assert sorted(bundle.rglob("*")) == before
    (tmp_path / "none").mkdir()
    answer = CliRunner().invoke(main, ["export", str(tmp_path / "none"), "--as", "csv", "--out", str(tmp_path / "out")])
    assert answer.exit_code == 1
    assert "cannot be read as a bundle" in answer.output
    assert not (tmp_path / "out").exists()


def test_the_command_says_what_it_wrote_and_names_the_forms_there_are(bundle: Path, tmp_path: Path) -> None:
    assert tuple(FORMS) == NAMED
    answer = CliRunner().invoke(main, ["export", str(bundle), "--as", "case", "--out", str(tmp_path), "--json"])
    said = json.loads(answer.output)
    assert (said["items"], said["written"], said["left_out"]) == (3, 3, {})
    assert Path(said["path"]).is_file()


def test_a_bundle_cut_short_leaves_no_export(bundle: Path, tmp_path: Path) -> None:
    copy = tmp_path / bundle.name
    shutil.copytree(bundle, copy)
    lines = (copy / "data/items/messages.jsonl").read_bytes()
    (copy / "data/items/messages.jsonl").write_bytes(lines[:-100])
    answer = CliRunner().invoke(main, ["export", str(copy), "--as", "csv", "--out", str(tmp_path / "out")])
    assert answer.exit_code == 1
    assert list((tmp_path / "out").iterdir()) == []
