from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chat_readers import FIXTURES, claims, golden_line, loaded, read
from json_samples import as_json, put
from plainrecord.parsers.chat.slack import Slack
from plainrecord.parsers.chat.slackmessage import of_ts
from plainrecord.parsers.chat.slacktext import of_blocks, readable, redacted
from plainrecord.records import Loaded

READER = Slack()


def sample() -> list[Loaded]:
    return [item for item in loaded(READER, FIXTURES / "chat-slack") if isinstance(item, Loaded)]


def day(*rows: dict[str, Any]) -> bytes:
    return as_json([{"type": "message", "user": "U1", **row} for row in rows])


def test_trap_ts_is_text_and_keeps_the_order_within_a_second() -> None:
    first, second = of_ts("1456427378.000002", "ts"), of_ts("1456427378.000003", "ts")
    assert first and second and first.utc_us and second.utc_us
    assert second.utc_us - first.utc_us == 1
    assert (first.ts_raw, first.ts_utc) == ("1456427378.000002", "2016-02-25T19:09:38Z")


@pytest.mark.parametrize("raw", ["", "0", "x", "1456427378.", "-1.0", "1e9", "9" * 30])
def test_what_is_no_ts_is_no_time(raw: str) -> None:
    assert of_ts(raw, "ts") is None


def test_trap_access_tokens_are_in_nothing_that_is_given_out() -> None:
    said = sample()
    assert len(said) == 15
    for item in said:
        everything = golden_line(item) + json.dumps([one.model_dump() for one in item.attachments]) + (item.text or "")
        assert "xox" not in everything
        assert item.raw is None
    assert redacted("?t=xoxe-1-ab.cd") == "?t=[token removed].cd"
    assert redacted("xoxe.xoxp-1-AbC") == "[token removed]"


def test_trap_empty_text_with_blocks_is_read_from_the_blocks() -> None:
    [item] = [item for item in sample() if "slack:text-from-blocks" in item.envelope.notes]
    assert item.text == "answer me @Sam Field:rage:here (https://there.example/)\none"


def test_trap_threads_name_their_first_message() -> None:
    first, reply = [item for item in sample() if "thread" in item.facts]
    assert first.facts["thread"] == reply.facts["thread"] == first.facts["ts"]
    assert ("reply" in first.envelope.marks, "reply" in reply.envelope.marks) == (False, True)


@pytest.mark.parametrize(
    ("stored", "seen"),
    [
        ("<@U1> hi", "@Alex hi"),
        ("<@U9|bob>", "@bob"),
        ("<#C1|general> <!here> <!subteam^S1|@team>", "#general @here @team"),
        ("<https://x.example/|https://x.example/>", "https://x.example/"),
        ("<https://evil.example/|bank.example>", "bank.example (https://evil.example/)"),
        ("&lt;@U1&gt; &amp;lt;", "<@U1> &lt;"),
        ("a < b > c <", "a < b > c <"),
    ],
)
def test_markup_is_shown_as_a_reader_of_slack_saw_it(stored: str, seen: str) -> None:
    assert readable(stored, {"U1": "Alex"}) == seen


def test_blocks_of_any_depth_are_bounded() -> None:
    block: Any = {"type": "text", "text": "deep"}
    for _ in range(500):
        block = {"type": "rich_text_section", "elements": [block]}
    assert of_blocks([block], {}) == ""
    assert len(of_blocks([{"type": "text", "text": "x" * 100}] * 100_000, {})) <= 40_000


def test_one_reaction_is_one_record_for_each_person_that_is_named() -> None:
    found = [item for item in sample() if item.envelope.kind == "reaction"]
    assert [item.envelope.sender and item.envelope.sender.value for item in found] == ["U01", "U03"]
    assert {item.text for item in found} == {":+1:"}


def test_joins_are_system_and_a_shared_file_says_it_in_slacks_words() -> None:
    kinds = {item.facts.get("subtype"): item.envelope for item in sample()}
    assert kinds["channel_join"].kind == "system"
    assert "maybe-system" in kinds["file_share"].marks
    assert "deleted" in kinds["tombstone"].marks


def test_direct_messages_are_known_by_id_and_channels_by_name() -> None:
    chats = {item.envelope.conversation.key: item.envelope.conversation for item in sample()}
    assert [(one.title, one.is_group) for one in (chats["slack:D01"], chats["slack:C01"], chats["slack:G01"])] == [
        ("Sam Field, Alex Mere", False),
        ("#general", True),
        ("Sam Field, Alex Mere, Robin Ash", True),
    ]


def test_a_file_is_linked_where_a_dump_tool_put_it(tmp_path: Path) -> None:
    files = {
        "general/2024-03-01.json": day(
            {"ts": "1709280000.000100", "text": "", "files": [{"id": "F1", "name": "a.txt"}]}
        ),
        "general/attachments/F1-a.txt": b"words",
    }
    [item] = read(READER, put(tmp_path, files))
    assert (item.attachments[0].state, item.blobs) == ("present", [b"words"])


def test_lists_that_are_missing_or_damaged_cost_names_and_no_message(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"general/2024-03-01.json": day({"ts": "1709280000.000100", "text": "a"}), "users.json": b'[{"id": "U'},
    )
    envelope, unread = loaded(READER, tmp_path)
    assert isinstance(envelope, Loaded) and envelope.envelope.conversation.title == "general"
    assert not isinstance(unread, Loaded) and unread.kind == "truncated"


def test_day_files_of_anything_else_are_left_alone(tmp_path: Path) -> None:
    put(tmp_path, {"steps/2024-03-01.json": as_json([{"ts": 5, "type": "walk"}]), "x/2024-03-02.json": b'{"ts": "1"}'})
    assert claims(READER, tmp_path) == []
