"""Threads of Messenger, JSON: text and its repair, order, people, folders, and what became encrypted."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chat_readers import claims
from facebook_files import (
    ALEX,
    AT,
    INBOX,
    JO,
    NEWEST,
    READER,
    ROBIN,
    SAM,
    by_text,
    decisions,
    download,
    items,
    meta_json,
    of,
    one,
    put,
    row,
    thread,
    unread,
    who,
)
from plainrecord.parsers.chat.messenger import Messenger
from plainrecord.records import Envelope

PAGE = f"{INBOX}/alexmere_1000000000001/message_1.json"
SAMPLE = of(items(NEWEST), "message_1.json")


def page(*rows: Any, **more: Any) -> dict[str, Any]:
    return {PAGE: thread(*rows, **more)}


# Section 16: what stands in the file → what was typed. Each beside a string that shows the file to be damaged.
VECTORS = [
    (r"caf\u00c3\u00a9", "café"),
    (r"\u00c2\u00a340 \u00e2\u0080\u0093 don\u00e2\u0080\u0099t", "£40 – don’t"),
    (r"I\u00e2\u0080\u0099m outside \u00f0\u009f\u0091\u0080", "I’m outside 👀"),
    (r"\u00c5\u0081ukasz", "Łukasz"),
    (r"caf\u00e9", "café"),
    (r"\u00a35", "£5"),
    (r"\u00f0\u009f\u0098", "ð\x9f\x98"),
    (r"x\u00e2\u0080\u00afy", "x\u202fy"),
    (r"\u00c3\u0089\u00c2\u00bb", "É»"),
]


@pytest.mark.parametrize(("raw", "typed"), VECTORS)
def test_vector_damaged_text_is_repaired_string_by_string_and_never_twice(tmp_path: Path, raw: str, typed: str) -> None:
    rows = f'{{"sender_name": "{ALEX}", "timestamp_ms": 1719837296123, "content": "{raw}"}}'
    text = f'{{"participants": [{{"name": "{ALEX}"}}, {{"name": "{SAM}"}}], "messages": [{rows}], "title": "\\u00c3\\u00a9"}}'
    item = one(download(tmp_path, {PAGE: text.encode()}))
    assert item.text == typed
    stored = json.loads(f'"{raw}"')
    assert item.facts.get("text-as-stored", typed) == stored
    assert item.envelope.conversation.title == "é"


def test_vector_a_file_with_one_modern_letter_is_repaired_nowhere(tmp_path: Path) -> None:
    text = json.dumps(thread(row("I’m"), row("itâ\u0080\u0099s")), ensure_ascii=False).encode()
    found = items(download(tmp_path, {PAGE: text}))
    assert [item.text for item in found] == ["I’m", "itâ\u0080\u0099s"]
    assert "meta:damaged-text" not in decisions(tmp_path)


def test_the_repair_is_a_decision_and_a_note_on_each_repaired_record(tmp_path: Path) -> None:
    found = items(download(tmp_path, page(row("don’t"), row("plain"))))
    assert [item.envelope.notes for item in found] == [("meta:mojibake-repaired",), ()]
    assert decisions(tmp_path)["meta:damaged-text"] == "repaired"


def test_text_that_was_damaged_twice_is_said_and_not_repaired(tmp_path: Path) -> None:
    text = json.dumps(thread(row("itâ€™s")), ensure_ascii=False).encode()
    item = one(download(tmp_path, {PAGE: text}))
    assert (item.text, item.envelope.notes) == ("itâ€™s", ("meta:damaged-twice",))


def test_case_1_pages_are_read_by_number_and_each_backwards() -> None:
    pages = [item for item in items(NEWEST) if "/alexmere_1000000000001/" in item.envelope.position.member]
    names = [item.envelope.position.member.rpartition("/")[2] for item in pages]
    assert list(dict.fromkeys(names)) == ["message_1.json", "message_2.json", "message_10.json"]
    times = [item.envelope.time.utc_us for item in pages if item.envelope.kind != "reaction" and item.envelope.sender]
    assert times == sorted(times, key=lambda time: -(time or 0))
    assert all(item.envelope.backwards for item in pages)


def test_a_page_that_runs_from_the_oldest_is_not_turned_round(tmp_path: Path) -> None:
    found = items(
        download(tmp_path, page(row("first"), row("second", at=AT * 1000 + 1), row("third", at=AT * 1000 + 1)))
    )
    assert not any(item.envelope.backwards for item in found)


def test_case_2_without_type_and_thread_type_the_rest_says_it() -> None:
    kinds = {item.text: item.envelope.kind for item in SAMPLE}
    assert kinds["Alex called you."] == "call"
    assert {
        item.envelope.conversation.is_group for item in SAMPLE if "1000000000003" in item.envelope.position.member
    } == {False}


def test_a_thread_of_more_than_two_is_a_group_and_a_stated_type_says_more(tmp_path: Path) -> None:
    three = {PAGE: thread(row(), people=(ALEX, ROBIN, SAM))}
    assert one(download(tmp_path / "a", three)).envelope.conversation.is_group
    two = {PAGE: thread(row(), thread_type="RegularGroup")}
    assert one(download(tmp_path / "b", two)).envelope.conversation.is_group


def test_case_3_unsent_rows_keep_what_they_still_hold() -> None:
    assert [item.text for item in SAMPLE if "unsent" in item.envelope.marks] == [None, "you will see"]


def test_case_4_a_row_of_sender_and_time_only_is_a_record_without_content() -> None:
    [bare] = [
        item
        for item in SAMPLE
        if "no-content" in item.envelope.marks and "1000000000001" in str(item.envelope.position)
    ]
    assert (who(bare), bare.envelope.kind) == ((ALEX, [SAM]), "message")


def test_case_5_no_sender_is_nobody_and_who_has_left_is_still_who_wrote(tmp_path: Path) -> None:
    found = items(download(tmp_path, page(row("a", sender=None), row("b", sender=""), row("c", sender=JO))))
    assert [who(item) for item in found] == [(None, []), (None, []), (JO, [ALEX, SAM])]
    assert ["meta:sender-missing" in item.envelope.notes for item in found] == [True, True, False]


def test_case_6_two_people_of_one_name_are_said_and_never_told_apart(tmp_path: Path) -> None:
    item = one(download(tmp_path, {PAGE: thread(row(), people=(ALEX, ALEX, SAM))}))
    assert who(item) == (ALEX, [ALEX, SAM])
    assert "meta:two-people-of-one-name" in item.envelope.notes
    assert "facebook:people-of-one-name" in decisions(tmp_path)


def test_somebody_under_the_owners_name_is_never_taken_for_the_owner() -> None:
    item = by_text(SAMPLE, "it is me")
    assert (item.envelope.sender, item.envelope.also, item.facts["sender_name"]) == (None, (), SAM)


def test_case_7_the_id_behind_the_name_is_the_key_with_and_without_a_name() -> None:
    keys = {item.envelope.conversation.key: item.envelope.conversation.title for item in SAMPLE}
    assert keys["messenger:1000000000002"] == "☕ friends"
    assert keys["messenger:1000000000007"] == "Facebook User"
    assert keys["messenger:1000000000001"] == keys["messenger:1000000000004"] == ALEX


def test_a_deleted_account_may_be_anybody() -> None:
    assert "meta:name-of-unavailable-accounts" in by_text(SAMPLE, "bye").envelope.notes


def test_case_10_what_a_mac_leaves_in_an_archive_is_no_thread(tmp_path: Path) -> None:
    archive = tmp_path / "facebook-sam.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("profile_information/profile_information.json", profile_bytes())
        made.writestr(PAGE, meta_json(thread(row())))
        made.writestr(f"__MACOSX/{PAGE.replace('message_1', '._message_1')}", b"\x00\x05\x16\x07binary")
    assert [item.text for item in items(archive)] == ["hi"]
    assert unread(archive) == []


def profile_bytes() -> bytes:
    return meta_json({"profile_v2": {"name": {"full_name": SAM}}})


def test_case_11_two_states_of_one_thread_are_both_kept(tmp_path: Path) -> None:
    before, after = row("I will find you"), row(None, is_unsent=True)
    put(tmp_path / "june", {"profile_information/profile_information.json": profile_bytes(), PAGE: thread(before)})
    put(tmp_path / "july", {"profile_information/profile_information.json": profile_bytes(), PAGE: thread(after)})
    found = items(tmp_path)
    assert [(item.text, item.envelope.marks) for item in found] == [(None, ("unsent",)), ("I will find you", ())]
    assert len({item.envelope.conversation.key for item in found}) == 1


def test_case_12_a_reaction_and_the_row_that_repeats_it_are_both_kept_and_told_apart() -> None:
    found = [item for item in SAMPLE if item.envelope.kind == "reaction" and who(item) == (ALEX, [SAM])]
    assert [(item.text, "repeats-reaction" in item.envelope.marks) for item in found] == [
        ("Reacted 😡 to your message ", True),
        ("😡", False),
    ]
    assert found[1].facts["reaction-to-sent"] == "2024-07-01T14:44:56.000Z"


def test_two_equal_messages_in_one_millisecond_are_two() -> None:
    assert [item.text for item in SAMPLE].count("I’m outside 👀") == 2


def test_case_13_encrypted_files_among_the_threads_are_read_once_and_by_their_own_reader() -> None:
    ours = {member.tree_path for claim in claims(READER, NEWEST) for member in claim.members}
    theirs = claims(Messenger(), NEWEST)
    assert [member.name for claim in theirs for member in claim.members] == ["Jo Kaya_3.json", "0d5f.png"]
    assert not ours & {member.tree_path for claim in theirs for member in claim.members}
    [said] = [item for claim in theirs for item in Messenger().scan(claim)]
    before = by_text(SAMPLE, "are you ok?").envelope
    assert isinstance(said, Envelope)
    assert (said.service, said.sender) == (before.service, before.sender) and said.sender


def test_case_13_participants_as_strings_are_no_thread_of_this_reader(tmp_path: Path) -> None:
    encrypted = {
        "participants": [SAM, ALEX],
        "threadName": "Alex Mere_1",
        "messages": [{"senderName": ALEX, "timestamp": 1}],
    }
    download(tmp_path, page(row()) | {f"{INBOX}/alex_1000000000002/message_1.json": encrypted})
    assert [item.text for item in items(tmp_path)] == ["hi"]
    assert unread(tmp_path) == []


@pytest.mark.parametrize(
    "files",
    [
        {"your_facebook_activity/messages/e2ee_cutover/alex_1000000000001/message_1.json": thread(row())},
        page(row("Messages and calls are secured with end-to-end encryption. Learn more."), row()),
    ],
)
def test_a_chat_that_became_encrypted_is_warned_of(tmp_path: Path, files: dict[str, Any]) -> None:
    assert decisions(download(tmp_path, files))["messenger:later-messages"] == "not in this download"


def test_a_chat_that_stayed_as_it_was_is_not_warned_of(tmp_path: Path) -> None:
    assert "messenger:later-messages" not in decisions(download(tmp_path, page(row("secured, they say"))))


@pytest.mark.parametrize(
    ("folder", "mark"),
    [
        ("inbox", ()),
        ("archived_threads", ("archived",)),
        ("filtered_threads", ("filtered",)),
        ("message_requests", ("message-request",)),
        ("e2ee_cutover", ("before-encryption",)),
        ("legacy_threads", ("legacy",)),
    ],
)
def test_every_folder_of_threads_is_read_and_marked(tmp_path: Path, folder: str, mark: tuple[str, ...]) -> None:
    item = one(download(tmp_path, {f"messages/{folder}/alex_1000000000001/message_1.json": thread(row())}))
    assert (item.text, item.envelope.marks, item.envelope.service) == ("hi", mark, "messenger")
