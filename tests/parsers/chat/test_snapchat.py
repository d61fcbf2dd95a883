from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chat_readers import FIXTURES, claims, loaded, read
from json_samples import as_json, put
from plainrecord.parsers.chat.snapchat import Snapchat
from plainrecord.records import Loaded

READER = Snapchat()


@pytest.fixture(scope="module")
def sample() -> dict[str, Loaded]:
    """The sample's records by folder and pointer."""
    found = [item for item in loaded(READER, FIXTURES / "chat-snapchat") if isinstance(item, Loaded)]
    return {
        item.envelope.position.member.partition("/")[0] + item.envelope.position.locator.partition("#json:")[2]: item
        for item in found
        if "snap_" not in item.envelope.position.member
    }


def one(tmp_path: Path, **row: Any) -> Loaded:
    rows = [
        {"From": "alex", "Media Type": "TEXT", "Created": "2024-08-19 12:00:00 UTC", "Content": "x", "IsSender": False}
        | row
    ]
    [item] = read(READER, put(tmp_path, {"json/chat_history.json": as_json({"alex": rows})}))
    return item


@pytest.mark.parametrize(
    ("value", "utc", "noted"),
    [
        (1724068800123, "2024-08-19T12:00:00.123Z", False),
        (1724068800123456, "2024-08-19T12:00:00.123456Z", False),
        (1724068803000, "2024-08-19T12:00:00Z", True),
        (1724068800, "2024-08-19T12:00:00Z", True),
        (0, "2024-08-19T12:00:00Z", False),
        (None, "2024-08-19T12:00:00Z", False),
    ],
)
def test_trap_created_microseconds_holds_milliseconds_and_must_agree(
    tmp_path: Path, value: int, utc: str, noted: bool
) -> None:
    item = one(tmp_path, **{"Created(microseconds)": value})
    assert item.envelope.time.ts_utc == utc
    assert ("snapchat:times-disagree" in item.envelope.notes) == noted


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2024-08-19 12:00:00 UTC", "2024-08-19T12:00:00Z"),
        ("Wed Aug 19 12:00:00 UTC 2020", "2020-08-19T12:00:00Z"),
        ("1597838400", "2020-08-19T12:00:00Z"),
        ("1597838400123", "2020-08-19T12:00:00.123Z"),
        ("2024-08-19 12:00:00", None),
        ("Wed Foo 19 12:00:00 UTC 2020", None),
        ("19/08/2024", None),
    ],
)
def test_trap_created_has_three_forms_and_all_are_utc(tmp_path: Path, written: str, utc: str | None) -> None:
    time = one(tmp_path, Created=written).envelope.time
    assert (time.ts_raw, time.ts_utc) == (written, utc)


def test_trap_is_sender_decides_and_not_the_name(sample: dict[str, Loaded]) -> None:
    own = sample["mydata/alex_mere/8"].envelope
    assert own.sender and (own.sender.value, own.also[0].value) == ("sam_old_name", "sam_old_name")
    assert [account.value for account in own.recipients] == ["alex_mere"]
    assert [account.value for account in sample["mydata/alex_mere/10"].envelope.recipients] == ["sam_field"]


@pytest.mark.parametrize(
    ("type_", "kind", "mark"),
    [
        ("STATUSCONVERSATIONCAPTURESCREENSHOT", "system", "screenshot"),
        ("STATUSSAVETOCAMERAROLL", "system", "saved-to-camera-roll"),
        ("STATUSERASEDSNAPMESSAGE", "system", "deleted"),
        ("STATUSCALLMISSEDVIDEO", "call", "missed"),
        ("SHARESAVEDSTORY", "message", "share"),
        ("NOTE", "message", "voice-message"),
    ],
)
def test_status_rows_are_records_of_their_own_kind(tmp_path: Path, type_: str, kind: str, mark: str) -> None:
    item = one(tmp_path, **{"Media Type": type_, "Content": None})
    assert (item.envelope.kind, item.envelope.marks, item.facts["media-type"]) == (kind, (mark,), type_)


def test_unknown_types_are_kept_and_said(sample: dict[str, Loaded]) -> None:
    assert sample["mydata/alex_mere/3"].envelope.kind == "system"
    assert sample["mydata/alex_mere/4"].envelope.notes == ("snapchat:type-unknown",)


def test_trap_media_ids_name_files_behind_their_date(sample: dict[str, Loaded]) -> None:
    files = sample["mydata/alex_mere/5"].attachments
    assert [(file.name, file.state) for file in files] == [("2024-08-19_b~AbC123.png", "present"), (None, "missing")]


def test_trap_the_older_shape_names_the_other_side_alone(sample: dict[str, Loaded]) -> None:
    received, sent = (
        sample["older/Received Saved Chat History/0"].envelope,
        sample["older/Sent Saved Chat History/0"].envelope,
    )
    assert received.sender and received.sender.value == "alex_mere"
    assert sent.sender and (sent.sender.value, [one.value for one in sent.recipients]) == ("self", ["alex_mere"])
    assert received.conversation == sent.conversation


def test_a_group_is_known_by_its_id_and_a_name_may_hold_a_slash(sample: dict[str, Loaded]) -> None:
    group = sample["mydata/0f0e0d0c-1111-4222-8333-444455556666/0"].envelope.conversation
    assert (group.title, group.is_group) == ("Flat", True)
    assert sample["mydata/team~0snap~1chat/0"].envelope.conversation.title == "team~snap/chat"


def test_a_list_wrapped_once_more_is_read(tmp_path: Path) -> None:
    row = {
        "From": "alex",
        "Media Type": "TEXT",
        "Created": "2024-08-19 12:00:00 UTC",
        "Content": "x",
        "IsSender": False,
    }
    [item] = read(READER, put(tmp_path, {"chat_history.json": as_json({"Chat History": {"alex": [row]}})}))
    assert item.envelope.conversation.key == "snapchat:alex"


def test_snaps_are_entries_without_a_picture() -> None:
    [snap] = [
        item
        for item in loaded(READER, FIXTURES / "chat-snapchat")
        if isinstance(item, Loaded) and "snap" in item.envelope.marks
    ]
    assert [file.state for file in snap.attachments] == ["not-exported"]


def test_what_an_absence_means_is_said() -> None:
    claim = claims(READER, FIXTURES / "chat-snapchat")[0]
    list(READER.scan(claim))
    assert [said.subject for said in claim.decisions] == ["snapchat:order", "snapchat:unsaved"]
