"""What exports of Apple's messages do that a careless reader gets wrong, one test each (reference, sections 4 and 26)."""

from __future__ import annotations

from pathlib import Path

import pytest

from piece_sources import FIXTURES, read
from plainrecord.parsers.chat.imessage_words import when
from plainrecord.records import Loaded


def texts(sample: str) -> list[str | None]:
    return [item.text for item in read(FIXTURES / sample)[0]]


def chat(folder: Path, text: str, name: str = "Rowan Ash.txt") -> list[Loaded]:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return read(folder)[0]


@pytest.mark.parametrize(
    ("raw", "local"),
    [
        ("May 17, 2024  5:29:42 PM", "2024-05-17T17:29:42"),
        ("May 17, 2024 12:05:00 AM", "2024-05-17T00:05:00"),
        ("May 17, 2024 12:05:00 PM", "2024-05-17T12:05:00"),
        ("Feb 29, 2024  1:00:00 AM", "2024-02-29T01:00:00"),
        ("Feb 30, 2024  1:00:00 AM", None),
        ("May 17, 2024 13:00:00 PM", None),
    ],
)
def test_hours_of_the_clock_with_a_padding_blank_and_midnight_as_twelve(raw: str, local: str | None) -> None:
    assert when(raw, "time line", None).local == local


def test_the_hour_that_happens_twice_is_marked_and_no_zone_means_no_instant() -> None:
    assert when("Oct 27, 2024  1:30:00 AM", "time line", "Europe/London").dst_flag == "ambiguous"
    assert when("Oct 27, 2024  1:30:00 AM", "time line", None).utc_us is None


@pytest.mark.parametrize("sample", ["chat-imessage", "chat-imessage-html"])
def test_a_reply_that_stands_twice_is_one_record(sample: str) -> None:
    assert texts(sample).count("Yes") == 1


@pytest.mark.parametrize("sample", ["chat-imessage", "chat-imessage-html"])
def test_an_unsent_message_leaves_no_words_but_a_record(sample: str) -> None:
    unsent = [item for item in read(FIXTURES / sample)[0] if "unsent" in item.envelope.marks]
    assert [(item.text, item.envelope.kind) for item in unsent] == [(None, "message")]
    assert unsent[0].envelope.sender and unsent[0].envelope.sender.value == "+447700900461"


@pytest.mark.parametrize("sample", ["chat-imessage", "chat-imessage-html"])
def test_an_edited_message_keeps_every_version(sample: str) -> None:
    [edited] = [item for item in read(FIXTURES / sample)[0] if "edited" in item.envelope.marks]
    assert (edited.text, edited.facts["version-1"]) == ("See you on Saturday", "See you on Sunday")


def test_a_time_line_inside_a_body_starts_no_message(tmp_path: Path) -> None:
    items = chat(
        tmp_path,
        "May 17, 2024  5:29:42 PM\nRowan Ash\nI wrote:\n\nMay 18, 2024  1:00:00 PM is when we met.\n\nYou said no.\n\n",
    )
    assert [item.text for item in items] == ["I wrote:\n\nMay 18, 2024  1:00:00 PM is when we met.\n\nYou said no."]


def test_a_pasted_chat_in_a_chat_of_two_is_not_credited_to_a_stranger() -> None:
    items, _ = read(FIXTURES / "chat-imessage")
    senders = {item.envelope.sender.value for item in items if item.envelope.sender}
    assert "Somebody Else" not in senders


def test_a_handle_that_never_appears_in_the_file_name_is_still_a_sender(tmp_path: Path) -> None:
    text = "May 17, 2024  5:29:42 PM\nRowan Ash\nhi\n\nMay 17, 2024  5:30:00 PM\n+447700900461\nfrom my other phone\n\n"
    assert [item.envelope.sender.kind for item in chat(tmp_path, text) if item.envelope.sender] == ["name", "number"]


def test_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    text = "May 17, 2024  5:29:42 PM\nRowan Ash\nhi\nthere\n\nMay 17, 2024  5:30:00 PM\nMe\nno\n\n"
    assert [item.text for item in chat(tmp_path, text.replace("\n", "\r\n"))] == ["hi\nthere", "no"]


def test_the_stray_comma_in_a_reply_tag_does_not_hide_it() -> None:
    items, _ = read(FIXTURES / "chat-imessage-html")
    assert [item.facts.get("guid") for item in items if "reply" in item.envelope.marks] == [
        "11111111-2222-3333-4444-555555555555"
    ]


def test_text_message_and_imessage_are_told_apart_where_the_source_does() -> None:
    pages = [item.facts["transport"] for item in read(FIXTURES / "chat-imessage-html")[0] if "transport" in item.facts]
    table = [item.facts["transport"] for item in read(FIXTURES / "chat-imazing")[0] if "transport" in item.facts]
    assert pages == ["iMessage", "SMS"]
    assert {"iMessage", "SMS"} == set(table)


@pytest.mark.parametrize(
    "header",
    [
        "Chat Session,Message Date,Delivered Date,Read Date,Edited Date,Service,Type,Sender ID,Sender Name,Status,Text",
        "Message Date,Read Date,Edited Date,Chat Session,Service,Type,Sender ID,Sender Name,Text",
        "\ufeffChat Session;Message Date;Service;Type;Sender ID;Sender Name;Text",
    ],
)
def test_columns_of_a_table_are_found_by_name_in_any_order(header: str, tmp_path: Path) -> None:
    between = ";" if ";" in header else ","
    names = header.removeprefix("\ufeff").split(between)
    values = {"Chat Session": "Rowan", "Message Date": "2024-10-19 10:12:00", "Type": "Incoming", "Service": "SMS"}
    values |= {"Sender ID": "+447700900461", "Text": '"one\ntwo"'}
    row = between.join(values.get(name, "") for name in names)
    (tmp_path / "Messages - Rowan.csv").write_text(f"{header}\r\n{row}\r\n", encoding="utf-8", newline="")
    [item] = read(tmp_path)[0]
    assert (item.text, item.envelope.time.local) == ("one\ntwo", "2024-10-19T10:12:00")
    assert item.envelope.sender and item.envelope.sender.value == "+447700900461"


def test_a_message_of_the_owner_names_the_other_side_by_the_number_of_their_own_rows() -> None:
    items, _ = read(FIXTURES / "chat-imazing")
    mine = next(item for item in items if item.text == "Yes")
    assert [account.value for account in mine.envelope.recipients] == ["+447700900461"]
