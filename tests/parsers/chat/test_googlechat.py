from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from chat_readers import FIXTURES, claims, loaded, read
from json_samples import as_json, put
from plainrecord.parsers.chat.googlechat import GoogleChat
from plainrecord.parsers.chat.googlechatdates import read_date
from plainrecord.records import Loaded

READER = GoogleChat()


@pytest.fixture(scope="module")
def sample() -> dict[str, Loaded]:
    """The sample's records by message id; reactions and messages without an id apart."""
    found = [item for item in loaded(READER, FIXTURES / "chat-googlechat") if isinstance(item, Loaded)]
    return {item.facts["message_id"].rpartition("/")[2]: item for item in found if "message_id" in item.facts}


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("Tuesday, February 7, 2023 at 5:13:43 PM UTC", "2023-02-07T17:13:43Z"),
        ("Tuesday, 7 February 2021 at 17:13:43 UTC", "2021-02-07T17:13:43Z"),
        ("Friday, May 29, 2026 at 3:00:29\u202fAM UTC", "2026-05-29T03:00:29Z"),
        ("2026年5月29日星期五 UTC 03:00:29", "2026-05-29T03:00:29Z"),
        ("2023年1月4日水曜日 10:59:50 UTC", "2023-01-04T10:59:50Z"),
        ("2023년 1월 4일 수요일 오후 10시 59분 50초 UTC", "2023-01-04T22:59:50Z"),
        ("Mittwoch, 4. Januar 2023 um 10:59:50 UTC", "2023-01-04T10:59:50Z"),
        ("miércoles, 4 de enero de 2023, 10:59:50 p.\u00a0m. UTC", "2023-01-04T22:59:50Z"),
        ("mercredi 4 janvier 2023 à 10:59:50 UTC", "2023-01-04T10:59:50Z"),
        ("keskiviikko 4. tammikuuta 2023 klo 10.59.50 UTC", "2023-01-04T10:59:50Z"),
        ("Thứ Tư, 4 tháng 1, 2023 lúc 10:59:50 UTC", "2023-01-04T10:59:50Z"),
        ("الأربعاء، ٤ يناير ٢٠٢٣ في ١٠:٥٩:٥٠ م UTC", "2023-01-04T22:59:50Z"),
        ("2023 m. sausio 4 d., trečiadienis 10:59:50 UTC", "2023-01-04T10:59:50Z"),
        ("Wednesday, January 4, 2023 at 12:59:50 AM UTC", "2023-01-04T00:59:50Z"),
        ("Wednesday, January 4, 2023 at 12:59:50 PM UTC", "2023-01-04T12:59:50Z"),
    ],
)
def test_trap_dates_are_prose_in_the_language_of_the_account(text: str, utc: str) -> None:
    assert read_date(text, "created_date").ts_utc == utc


@pytest.mark.parametrize(
    "text",
    [
        "środa, 9 listopada 2022 10:59:50 UTC",  # November in Polish, October in Croatian
        "2023. január 4., szerda de. 10:59:50 UTC",  # a period the table does not settle
        "วันพุธที่ 4 มกราคม พ.ศ. 2566 เวลา 10:59:50 UTC",  # another calendar
        "Wednesday, January 4, 2023 at 10:59:50 AM UTC+1",
        "Wednesday, January 4, 2023 at 10:59:50 AM",
        "Wednesday, January 4, 2023 at 13:59:50 PM UTC",
        "Wednesday, January 32, 2023 at 10:59:50 AM UTC",
        "Quintidi 5 Messidor 2023 um 1:00:00 UTC",
        "01/02/2023 10:59:50 UTC",
        "January February 4, 2023 10:59:50 UTC",
        "",
        "x" * 5000,
    ],
)
def test_trap_a_date_that_is_not_settled_stays_as_found(text: str) -> None:
    found = read_date(text, "created_date")
    assert (found.utc_us, found.ts_raw) == (None, text[:200])


def test_trap_a_deleted_message_may_have_neither_author_nor_creation_date(sample: dict[str, Loaded]) -> None:
    envelope = sample["m9"].envelope
    assert (envelope.sender, envelope.time.meaning, envelope.time.ts_utc) == (None, "deleted", "2026-05-29T13:00:00Z")
    assert "deleted" in envelope.marks


def test_trap_files_are_stored_under_changed_names(sample: dict[str, Loaded]) -> None:
    assert [(one.name, one.state, one.bytes) for one in sample["m7"].attachments] == [
        ("is this it?.png", "present", 70),
        ("gone.jpg", "missing", None),
    ]


def test_trap_addresses_are_one_whatever_their_case(sample: dict[str, Loaded]) -> None:
    assert sample["m1"].envelope.sender == sample["m3"].envelope.sender
    assert [one.value for one in sample["m1"].envelope.recipients] == ["sam@home.example"]


def test_dates_nobody_understands_are_kept_as_written(sample: dict[str, Loaded]) -> None:
    for name in ("m5", "m6"):
        envelope = sample[name].envelope
        assert envelope.time.utc_us is None and envelope.time.ts_raw
        assert envelope.notes == ("googlechat:date-not-understood",)


def test_quotes_and_edits_are_kept_apart_from_the_words(sample: dict[str, Loaded]) -> None:
    assert (sample["m8"].text, sample["m8"].facts["quoted-text"]) == ("as you said", "No.")
    assert [(date.meaning, date.ts_utc) for date in sample["m3"].dates] == [("edited", "2026-05-29T03:05:00Z")]


def test_an_account_that_is_gone_has_a_name_alone(sample: dict[str, Loaded]) -> None:
    sender = sample["m10"].envelope.sender
    assert sender and (sender.kind, sender.value) == ("name", "Deleted User")


def test_drafts_are_explained_and_a_group_without_messages_is_read() -> None:
    [claim] = claims(READER, FIXTURES / "chat-googlechat")
    assert [path.rpartition("/")[2] for path in claim.aside] == ["unsentmessages.json"]
    assert any("DM empty" in member.tree_path for member in claim.members)


def test_a_damaged_list_of_members_costs_names_and_no_message(tmp_path: Path) -> None:
    message = {
        "message_id": "a/b/c",
        "topic_id": "b",
        "text": "x",
        "created_date": "Friday, 29 May 2026 at 03:00:30 UTC",
    }
    files = {
        "Groups/DM a/messages.json": as_json({"messages": [message]}),
        "Groups/DM a/group_info.json": b'{"members": [',
    }
    item, unread = loaded(READER, put(tmp_path, files))
    assert isinstance(item, Loaded) and item.text == "x"
    assert not isinstance(unread, Loaded) and unread.position.member.endswith("group_info.json")


def test_a_stored_name_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    message = {
        "message_id": "a/b/c",
        "topic_id": "b",
        "text": "x",
        "attached_files": [{"original_name": "a", "export_name": "../../secret"}],
    }
    [item] = read(
        READER, put(tmp_path, {"Groups/DM a/messages.json": as_json({"messages": [message]}), "secret": b"no"})
    )
    assert [one.state for one in item.attachments] == ["missing"]


def test_trap_of_files_with_one_name_the_second_is_stored_with_a_number(tmp_path: Path) -> None:
    def row(number: int, *names: str) -> dict[str, object]:
        files = [{"original_name": name, "export_name": f"File-{name}"} for name in names]
        created = "Friday, 29 May 2026 at 03:00:30 UTC"
        return {"message_id": f"a/b/{number}", "topic_id": "b", "created_date": created, "attached_files": files}

    rows = [row(1, "a.png"), row(2, "a.png", "b.png"), row(3, "a.png")]
    folder = put(
        tmp_path,
        {
            "Groups/DM a/messages.json": as_json({"messages": rows}),
            "Groups/DM a/File-a.png": b"first",
            "Groups/DM a/File-a(1).png": b"second",
            "Groups/DM a/File-b.png": b"other",
        },
    )
    found = [(one.name, one.state, one.bytes, one.notes) for item in read(READER, folder) for one in item.attachments]
    by_order = ["googlechat:file-by-order"]
    assert found == [
        ("a.png", "present", 5, []),
        ("a.png", "present", 6, by_order),
        ("b.png", "present", 5, []),
        ("a.png", "missing", None, by_order),
    ]


def test_messages_that_two_parts_of_a_download_repeat_are_read_once(tmp_path: Path) -> None:
    def archive(number: int, text: str) -> None:
        created = "Friday, 29 May 2026 at 03:00:30 UTC"
        row = {"message_id": "a/b/c", "topic_id": "b", "text": text, "created_date": created}
        with zipfile.ZipFile(tmp_path / f"takeout-20260601T000000Z-00{number}.zip", "w") as made:
            made.writestr("Takeout/Google Chat/Groups/DM a/messages.json", as_json({"messages": [row]}))

    for number, text in ((1, "one"), (2, "one"), (3, "two")):
        archive(number, text)
    assert sorted(item.text or "" for item in read(READER, tmp_path)) == ["one", "two"]
    [claim] = claims(READER, tmp_path)
    assert list(claim.aside.values()) == [
        "Holds the same bytes as another file of messages of this conversation; read once."
    ]
