from __future__ import annotations

from typing import Any

import pytest

from chat_readers import FIXTURES, claims, loaded
from plainrecord.parsers.chat.teams import Teams
from plainrecord.records import Loaded

READER = Teams()


@pytest.fixture(scope="module")
def sample() -> dict[str, Loaded]:
    """The sample's records by their pointer."""
    found = [item for item in loaded(READER, FIXTURES / "chat-teams") if isinstance(item, Loaded)]
    return {item.envelope.position.locator.partition("#json:")[2]: item for item in found}


def test_trap_from_is_null_for_what_teams_wrote_itself(sample: dict[str, Loaded]) -> None:
    call, members = sample["/value/2"], sample["/value/3"]
    assert (call.envelope.kind, call.status) == ("call", {"call": "ended", "duration": "PT1M5S"})
    assert call.facts["initiator"] == "a-1"
    assert (members.envelope.kind, members.envelope.marks) == ("system", ("group-change",))


def test_html_is_shown_as_words_with_emoji_and_without_tags(sample: dict[str, Loaded]) -> None:
    assert sample["/value/0"].text == "Hello Sam, look 🙂\n\nsecond line"
    assert sample["/value/1"].text == "plain words < not a tag"


def test_a_quote_stands_as_json_text_and_is_not_the_senders(sample: dict[str, Loaded]) -> None:
    item = sample["/value/4"]
    assert (item.text, item.facts["quoted-text"], item.facts["quoted-from"]) == ("why?", "plain words", "Sam Field")
    assert "reply" in item.envelope.marks
    assert item.attachments == []


def test_pictures_and_files_are_named_and_not_exported(sample: dict[str, Loaded]) -> None:
    assert [(one.name, one.state) for one in sample["/value/5"].attachments] == [
        (None, "not-exported"),
        ("letter.docx", "not-exported"),
    ]


def test_deletions_and_edits_have_their_own_times(sample: dict[str, Loaded]) -> None:
    def dates(item: Loaded) -> list[Any]:
        return [(date.meaning, date.ts_utc) for date in item.dates]

    assert dates(sample["/value/6"]) == [("deleted", "2023-05-04T09:00:00.500Z")]
    assert dates(sample["/value/7"]) == [("edited", "2023-05-04T08:20:00Z")]
    assert sample["/value/7"].subject == "About yesterday"


def test_a_message_without_a_time_has_that_of_its_id(sample: dict[str, Loaded]) -> None:
    time = sample["/value/8"].envelope.time
    assert (time.where, time.ts_utc) == ("id", "2023-05-04T08:15:38.000Z")


def test_reactions_have_a_time_and_an_author(sample: dict[str, Loaded]) -> None:
    envelope = sample["/value/0/reactions/0"].envelope
    assert (envelope.kind, envelope.time.ts_utc, envelope.sender and envelope.sender.value) == (
        "reaction",
        "2023-05-04T08:16:00Z",
        "s-1",
    )


def test_a_page_and_a_bare_list_are_read(sample: dict[str, Loaded]) -> None:
    assert [claim.facts["at"] for claim in claims(READER, FIXTURES / "chat-teams")] == ["/value/*", "/*"]
    assert sample["/0"].envelope.conversation.is_group
    assert not sample["/value/0"].envelope.conversation.is_group
