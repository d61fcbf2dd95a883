from __future__ import annotations

from pathlib import Path
from typing import Any

from chat_readers import FIXTURES, claims, read
from json_samples import as_json, put
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.chat.messenger import Messenger

READER = Messenger()


def thread(
    *messages: dict[str, Any], people: tuple[str, ...] = ("Sam Field", "Alex Mere"), name: str = "Alex Mere_1"
) -> bytes:
    return as_json({"participants": list(people), "threadName": name, "messages": list(messages)})


def row(text: str = "hi", **more: Any) -> dict[str, Any]:
    return {
        "senderName": "Alex Mere",
        "text": text,
        "timestamp": 1719837296123,
        "type": "text",
        "isUnsent": False,
        **more,
    }


def test_trap_participants_are_strings_here_and_objects_in_the_ordinary_download(tmp_path: Path) -> None:
    ordinary = {
        "participants": [{"name": "A"}],
        "threadName": "x",
        "messages": [{"sender_name": "A", "timestamp_ms": 1}],
    }
    put(tmp_path, {"message_1.json": as_json(ordinary), "Alex_1.json": thread(row())})
    assert [one.name for claim in claims(READER, tmp_path) for one in claim.members] == ["Alex_1.json"]


def test_trap_mojibake_is_repaired_only_where_the_whole_file_is_damaged(tmp_path: Path) -> None:
    put(tmp_path, {"a_1.json": thread(row("itâ\u0080\u0099s")), "b_2.json": thread(row("itâ\u0080\u0099s"), row("👍"))})
    damaged, kept, _ = read(READER, tmp_path)
    assert (damaged.text, damaged.facts["text-as-stored"]) == ("it’s", "itâ\u0080\u0099s")
    assert damaged.envelope.notes == ("meta:mojibake-repaired",)
    assert (kept.text, kept.envelope.notes) == ("itâ\u0080\u0099s", ())


def test_trap_failed_media_text_is_a_file_that_was_not_exported(tmp_path: Path) -> None:
    put(tmp_path, {"a_1.json": thread(row("", media=[{"uri": "Failed to download media"}]))})
    [item] = read(READER, tmp_path)
    assert [(one.name, one.state) for one in item.attachments] == [(None, "not-exported")]


def test_a_path_that_leaves_the_media_folder_finds_nothing(tmp_path: Path) -> None:
    files = {
        "x/a_1.json": thread(row("", media=[{"uri": "./media/../../secret.txt"}])),
        "secret.txt": b"no",
        "x/media/b.txt": b"b",
    }
    [item] = read(READER, put(tmp_path, files))
    assert (item.attachments[0].state, item.blobs) == ("missing", [None])
    assert "messenger:path-outside-media" in item.attachments[0].notes


def test_an_unsent_message_keeps_the_text_it_still_has() -> None:
    unsent = [item for item in read_sample() if "unsent" in item.envelope.marks]
    assert [item.text for item in unsent] == [None, "You will see"]


def test_two_people_of_one_name_are_two_chats() -> None:
    chats = {item.envelope.conversation.key: item.envelope.conversation.title for item in read_sample()}
    assert list(chats.values()) == ["Alex Mere", "Alex Mere", "Café friends"]


def test_the_first_participant_is_not_taken_for_the_owner(tmp_path: Path) -> None:
    [claim] = claims(READER, put(tmp_path, {"a_1.json": thread(row())}))
    [one] = READER.scan(claim)
    assert one.also == ()
    assert next((said.subject, said.chosen) for said in claim.decisions) == ("messenger:owner", "not known")


def test_the_owner_is_the_one_name_in_all_chats_or_who_a_person_says_it_is(tmp_path: Path) -> None:
    put(tmp_path, {"a_1.json": thread(row()), "b_2.json": thread(people=("Robin Ash", "Sam Field"))})
    [item] = read(READER, tmp_path)
    assert [account.value for account in item.envelope.also] == ["Sam Field"]
    [item] = read(READER, tmp_path, ReadOptions(owner_names=("Alex Mere",)))
    assert [account.value for account in item.envelope.also] == ["Alex Mere"]


def test_a_placeholder_is_never_counted_as_speech() -> None:
    [item] = [item for item in read_sample() if item.facts.get("type") == "placeholder"]
    assert item.envelope.kind == "system"
    assert "maybe-system" in item.envelope.marks


def test_names_behind_the_messages_are_found_all_the_same(tmp_path: Path) -> None:
    text = b'{"messages": [%s], "threadName": "Alex Mere", "participants": ["Sam Field", "Alex Mere"]}' % as_json(row())
    [item] = read(READER, put(tmp_path, {"a.json": text}))
    assert [account.value for account in item.envelope.recipients] == ["Sam Field"]
    assert item.envelope.conversation.title == "Alex Mere"


def read_sample() -> list[Any]:
    from chat_readers import loaded
    from plainrecord.records import Loaded

    return [item for item in loaded(READER, FIXTURES / "chat-messenger") if isinstance(item, Loaded)]
