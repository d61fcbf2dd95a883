from __future__ import annotations

import json
from pathlib import Path

import pytest

from mail_damage import FIXTURES
from mail_sources import claims_of, loaded_of, mails_of, write
from plainrecord.parsers.email.eml import Eml
from plainrecord.records import Envelope

SAMPLES = FIXTURES / "email-proton"
MAIL = b"From: rowan@mail.example\nTo: alex@home.example\nSubject: Hello\n\nText.\n"


def marks(tmp_path: Path, notes: object, labels: object = None) -> Envelope:
    """The one mail of an export with those notes beside it."""
    files = {"a.eml": MAIL, "a.metadata.json": json.dumps(notes).encode()}
    [found] = mails_of(write(tmp_path, files | ({"labels.json": json.dumps(labels).encode()} if labels else {})))
    return found


def test_the_notes_are_read_with_the_mails_and_counted_as_no_records() -> None:
    [(parser, claim)] = claims_of(SAMPLES)
    assert isinstance(parser, Eml) and len(list(parser.scan(claim))) == 5
    assert set(claim.readings) == {(member.original.relpath, member.path) for member in claim.members}
    assert {member.name for member in claim.members if member.name.endswith(".json")} == {
        "a1==.metadata.json",
        "b2==.metadata.json",
        "c3==.metadata.json",
        "d4==.metadata.json",
        "labels.json",
    }


def test_labels_have_their_names_and_folders_their_marks() -> None:
    found = {one.envelope.position.member: one for one in loaded_of(SAMPLES)}
    assert found["a1==.eml"].facts["labels"] == "Inbox, About Rowan"
    assert "sent" in found["b2==.eml"].envelope.marks and "trash" in found["c3==.eml"].envelope.marks
    assert [time.where for time in found["a1==.eml"].dates] == ["Date", "metadata.json Time"]


def test_notes_of_an_older_tool_without_a_frame_are_read(tmp_path: Path) -> None:
    assert "label:Spam" in marks(tmp_path, {"LabelIDs": ["4"]}).marks


@pytest.mark.parametrize(
    "notes",
    [
        [],
        5,
        "x",
        {"Payload": 7},
        {"Payload": {"LabelIDs": 4, "Time": True}},
        {"Payload": {"LabelIDs": [4, {}], "Time": -1}},
    ],
)
def test_notes_of_another_shape_leave_the_mail_readable(tmp_path: Path, notes: object) -> None:
    found = marks(tmp_path, notes, {"Payload": "none"})
    assert found.sender and found.marks == ()


def test_deeply_nested_notes_do_no_harm(tmp_path: Path) -> None:
    write(tmp_path, {"a.eml": MAIL, "a.metadata.json": b"[" * 100_000})
    [found] = mails_of(tmp_path)
    assert found.notes == ("date:missing", "proton:notes-not-readable")


def test_a_file_of_that_ending_beside_no_mail_of_its_name_is_set_aside(tmp_path: Path) -> None:
    write(tmp_path, {"a.eml": MAIL, "b.metadata.json": b"{}", "labels.json": b"{}"})
    [(_, claim)] = claims_of(tmp_path)
    assert [member.name for member in claim.members] == ["a.eml"] and "b.metadata.json" in claim.aside
