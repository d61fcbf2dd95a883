from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chat_readers import FIXTURES, claims, read
from json_samples import as_json, put
from plainrecord.parsers.chat import skypetext
from plainrecord.parsers.chat.skype import Skype, account
from plainrecord.records import Loaded

READER = Skype()


@pytest.fixture(scope="module")
def sample() -> dict[str, Loaded]:
    """The sample's records by the pointer's end."""
    found = read(READER, FIXTURES / "chat-skype")
    return {item.envelope.position.locator.partition("/conversations/")[2]: item for item in found}


def export(*messages: dict[str, Any], **conversation: Any) -> dict[str, bytes]:
    chat = {"id": "8:live:alex", "displayName": None, "MessageList": list(messages), **conversation}
    return {
        "messages.json": as_json({"userId": "8:live:sam", "exportDate": "2021-03-18T20:13", "conversations": [chat]})
    }


def test_trap_newest_first_is_kept_as_stored_and_said() -> None:
    [claim] = claims(READER, FIXTURES / "chat-skype")
    assert len(list(READER.scan(claim))) == 16
    assert [one.chosen for one in claim.decisions] == ["newest first"]


def test_trap_a_null_name_is_the_owner_and_the_id_says_who_wrote(sample: dict[str, Loaded]) -> None:
    own = sample["0/MessageList/9"].envelope
    assert (own.sender and own.sender.value, own.also[0].value, own.also[0].role) == (
        "live:sam.field",
        "live:sam.field",
        "owner",
    )
    assert [one.value for one in own.recipients] == ["live:alex.mere"]
    assert [one.value for one in sample["0/MessageList/8"].envelope.recipients] == ["live:sam.field"]


def test_trap_legacyquote_is_removed_and_quoted_words_are_not_the_senders(sample: dict[str, Loaded]) -> None:
    item = sample["0/MessageList/2"]
    assert item.text == "Not telling you."
    assert (item.facts["quoted-text"], item.facts["quoted-from"]) == ("where are you", "Alex Mere")


def test_trap_call_durations_say_who_joined(sample: dict[str, Loaded]) -> None:
    missed, answered = sample["0/MessageList/3"], sample["0/MessageList/4"]
    assert (missed.envelope.kind, missed.envelope.marks) == ("call", ("missed",))
    assert missed.facts["call-parts"] == "8:live:sam.field did not join"
    assert answered.status == {"call": "ended", "duration-seconds": "12.3"}
    assert answered.text is None


def test_trap_a_deleted_message_has_no_words_and_the_time_it_was_deleted(sample: dict[str, Loaded]) -> None:
    item = sample["0/MessageList/7"]
    assert (item.text, item.envelope.marks) == (None, ("deleted",))
    assert [(date.meaning, date.ts_utc) for date in item.dates] == [("deleted", "2021-03-18T20:12:45.123Z")]


def test_sentences_skype_wrote_for_a_file_are_not_the_senders(sample: dict[str, Loaded]) -> None:
    item = sample["0/MessageList/5"]
    assert item.text is None
    assert [(one.name, one.state, one.bytes) for one in item.attachments] == [("window.png", "present", 70)]
    assert [one.state for one in sample["0/MessageList/6"].attachments] == ["missing"]


def test_what_a_group_did_is_system_and_not_speech(sample: dict[str, Loaded]) -> None:
    item = sample["1/MessageList/1"]
    assert (item.envelope.kind, item.text, item.envelope.conversation.title) == ("system", None, "Old class")
    assert "live:alex.mere" in item.facts["activity"]


@pytest.mark.parametrize(
    ("identity", "kind", "value"),
    [
        ("8:live:alex", "handle", "live:alex"),
        ("4:+447700900123", "number", "+447700900123"),
        ("28:bot", "id", "28:bot"),
        ("19:abc@thread.skype", "id", "19:abc@thread.skype"),
        ("8:", "id", "8:"),
    ],
)
def test_what_an_id_says_of_itself(identity: str, kind: str, value: str) -> None:
    found = account(identity, "Name")
    assert found and (found.kind, found.value, found.name) == (kind, value, "Name")


def test_no_identity_is_nobody() -> None:
    assert account("") is None


def test_members_of_a_group_stand_as_json_text_and_may_be_damaged(tmp_path: Path) -> None:
    row = {
        "id": "1616098300000",
        "originalarrivaltime": "2021-03-18T20:11:40Z",
        "messagetype": "Text",
        "content": "x",
        "from": "8:live:alex",
    }
    put(tmp_path, export(row, id="19:x@thread.skype", threadProperties={"members": '["8:live:sam", '}))
    [item] = read(READER, tmp_path)
    assert [one.value for one in item.envelope.recipients] == ["live:sam"]


def test_markup_nobody_closes_or_too_much_of_it_is_still_read() -> None:
    assert skypetext.read("a<quote>b<legacyquote>c").facts == {"quoted-text": "b"}
    assert skypetext.read("<b>" * 10_000 + "x").text == "x"
    assert skypetext.read("<![x").text in ("<![x", "")
    long = "<b>" + "x" * skypetext.LONGEST
    assert (skypetext.read(long).text, skypetext.read(long).note) == (long, "too long to be read")
