"""Which threads are read together and whose they are: pages, titles, owner, roots, and what is Instagram's."""

from __future__ import annotations

import json
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
    decisions,
    download,
    items,
    of,
    one,
    put,
    row,
    thread,
    who,
)
from plainrecord.intake.listing import ReadOptions
from plainrecord.records import Envelope, Loaded

PAGE = f"{INBOX}/alexmere_1000000000001/message_1.json"
SAMPLE = of(items(NEWEST), "message_1.json")


def page(*rows: Any, **more: Any) -> dict[str, Any]:
    return {PAGE: thread(*rows, **more)}


def test_participants_and_titles_are_joined_over_pages(tmp_path: Path) -> None:
    second = PAGE.replace("message_1", "message_2")
    files = {
        PAGE: thread(row("new"), people=(ALEX, SAM), title="Now"),
        second: thread(row("old"), people=(ROBIN, SAM), title="Then"),
    }
    found = items(download(tmp_path, files))
    assert [who(item) for item in found] == [(ALEX, [SAM, ROBIN])] * 2
    assert {item.envelope.conversation.title for item in found} == {"Now"}


def test_a_title_behind_many_messages_and_one_in_front_are_found(tmp_path: Path) -> None:
    filler = [row("x" * 400, at=AT * 1000 - number) for number in range(400)]
    behind = thread(*filler, title="Behind")
    front = {"title": "Front", "participants": behind["participants"], "messages": filler}
    odd = {"participants": behind["participants"], "messages": filler, "magic_words": [], "title": 'After ["title"]}'}
    for name, made in (("a", behind), ("b", front), ("c", odd)):
        found = items(download(tmp_path / name, {PAGE: made}))
        assert {item.envelope.conversation.title for item in found} == {made["title"]}
        assert len(found) == 400


def test_the_owner_is_whom_the_profile_states(tmp_path: Path) -> None:
    item = one(download(tmp_path, page(row())))
    assert [(account.value, account.role) for account in item.envelope.also] == [(SAM, "owner")]


def test_without_a_profile_the_owner_is_the_one_name_in_all_threads_or_whom_a_person_names(tmp_path: Path) -> None:
    files = {PAGE: thread(row()), f"{INBOX}/robin_1000000000002/message_1.json": thread(people=(ROBIN, SAM))}
    assert decisions(put(tmp_path, files))["facebook:owner"] == SAM
    said = items(tmp_path, ReadOptions(owner_names=(ALEX,)))
    assert [account.value for account in said[0].envelope.also] == [ALEX]


def test_with_one_thread_and_no_profile_nobody_is_the_owner(tmp_path: Path) -> None:
    assert decisions(put(tmp_path, page(row())))["facebook:owner"] == "not known"
    assert [item.envelope.also for item in items(tmp_path)] == [()]


def test_the_owner_may_be_named_by_what_forms_were_filled_in_with(tmp_path: Path) -> None:
    filled = {"autofill_information_v2": {"FULL_NAME": ["Zoë Field"], "EMAIL": ["zoe@mail.example"]}}
    put(tmp_path, page(row()) | {"your_facebook_activity/messages/autofill_information.json": filled})
    assert decisions(tmp_path)["facebook:owner"] == "Zoë Field"


@pytest.mark.parametrize("root", ["", "facebook-sam/", "a b/c/", "your_facebook_activity/messages/inbox/"])
def test_the_folders_above_a_thread_are_optional(tmp_path: Path, root: str) -> None:
    item = one(put(tmp_path, {f"{root}alexmere_1000000000001/message_1.json": thread(row())}))
    assert item.envelope.conversation.key == "messenger:1000000000001"


def test_a_thread_alone_is_taken_for_messengers_and_that_is_said(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"alexmere_1000000000001/message_1.json": thread(row(None, photos=[{"uri": "messages/inbox/x/photos/a.png"}]))},
    )
    put(tmp_path, {"alexmere_1000000000001/photos/a.png": b"png"})
    assert one(tmp_path).blobs == [b"png"]
    assert decisions(tmp_path)["facebook:service"] == "taken for Messenger's"


@pytest.mark.parametrize(
    "files",
    [
        {"your_instagram_activity/messages/inbox/alex_1000000000001/message_1.json": thread(row())},
        {
            "messages/inbox/alex_1000000000001/message_1.json": thread(row()),
            "followers_and_following/x.json": {"a": []},
        },
        {"messages/inbox/instagramuser_1000000000001/message_1.json": thread(row())},
        {"messages/message_requests/alex_1/message_1.json": thread(row(), thread_type="PendingGroup")},
    ],
)
def test_threads_of_instagram_are_left_to_its_reader(tmp_path: Path, files: dict[str, Any]) -> None:
    # `thread_type` is looked for in the file's first bytes.
    assert claims(READER, put(tmp_path, {path: json.dumps(value).encode() for path, value in files.items()})) == []


def test_a_link_to_instagram_makes_no_thread_instagrams(tmp_path: Path) -> None:
    share = {"link": "https://www.instagram.com/p/x/"}
    assert (
        one(put(tmp_path, {"messages/inbox/alex_1000000000001/message_1.json": thread(row("see", share=share))})).text
        == "see"
    )


def test_both_services_in_one_folder_are_kept_apart(tmp_path: Path) -> None:
    put(tmp_path, page(row("on Messenger")))
    put(
        tmp_path,
        {"your_instagram_activity/messages/inbox/alex_1000000000009/message_1.json": thread(row("on Instagram"))},
    )
    assert [item.text for item in items(tmp_path)] == ["on Messenger"]


def test_what_load_says_of_one_record_does_not_need_the_others() -> None:
    [claim] = claims(READER, NEWEST)
    envelopes = [item for item in READER.scan(claim) if isinstance(item, Envelope)]
    wanted = next(item for item in envelopes if item.position.locator.endswith("/messages/5/reactions/0"))
    [found] = READER.load(claim, [wanted.position])
    assert isinstance(found, Loaded) and found.envelope == wanted and found.text == "😡"


def test_pages_that_are_missing_between_others_are_counted_and_no_chat_is_named(tmp_path: Path) -> None:
    numbered = {PAGE.replace("message_1", f"message_{number}"): thread(row()) for number in (1, 2, 10)}
    download(tmp_path, numbered | {f"comments_and_reactions/comments_{n}.json": {"comments_v2": []} for n in (1, 3)})
    [claim] = claims(READER, tmp_path)
    list(READER.scan(claim))
    said = {decision.subject: decision.basis for decision in claim.decisions}
    assert said["facebook:pages-missing"].startswith("1 thread lacks")
    assert (
        said["facebook:parts-missing"]
        == "comments_and_reactions/comments.json goes up to number 3 and lacks 2: it may be in another part"
    )


def test_no_decision_names_the_folder_of_a_chat() -> None:
    [claim] = claims(READER, NEWEST)
    list(READER.scan(claim))
    told = " ".join(f"{decision.chosen} {decision.basis}" for decision in claim.decisions)
    assert "later-messages" in " ".join(decision.subject for decision in claim.decisions)
    assert "jokaya" not in told and "alexmere" not in told and JO not in told


def test_parts_unpacked_side_by_side_are_one_download(tmp_path: Path) -> None:
    folder = PAGE.rpartition("/")[0]
    picture = f"{folder}/photos/1.png"
    download(tmp_path / "facebook-sam.field-2024-11-03-AAAA", {PAGE: thread(row("new", photos=[{"uri": picture}]))})
    put(
        tmp_path / "facebook-sam.field-2024-11-03-BBBB",
        {f"{folder}/message_2.json": thread(row("old")), picture: b"\x89PNG\r\n\x1a\n"},
    )
    other = {PAGE: thread(row("of another download"))}
    download(tmp_path / "facebook-sam.field-2024-10-01-AAAA", other)
    both = list(claims(READER, tmp_path))
    assert len(both) == 2
    found = [one for one in items(tmp_path) if one.envelope.kind == "message"]
    assert [(one.text, one.envelope.conversation.key) for one in found if one.text in ("new", "old")] == [
        ("new", "messenger:1000000000001"), ("old", "messenger:1000000000001"),
    ]  # fmt: skip
    assert [one.state for item in found for one in item.attachments] == ["present"]
    assert all(account.value == SAM for item in found for account in item.envelope.also)
    for claim in both:
        list(READER.scan(claim))
        assert not any(one.subject.endswith("missing") for one in claim.decisions)


def test_who_is_alone_in_every_thread_is_not_taken_for_the_owner(tmp_path: Path) -> None:
    files = {
        f"{INBOX}/alexmere_100000000000{number}/message_1.json": thread(row(), people=(ALEX,)) for number in (1, 2)
    }
    found = items(put(tmp_path, files))
    assert [who(item) for item in found] == [(ALEX, [])] * 2
    assert not any(item.envelope.also for item in found)


def test_a_name_of_ten_letters_is_no_id_that_joins_two_threads(tmp_path: Path) -> None:
    files = {f"{INBOX}/{first}_christophe/message_1.json": thread(row(first)) for first in ("alex", "robin")}
    found = items(download(tmp_path, files))
    assert len({item.envelope.conversation.key for item in found}) == 2


def test_a_page_without_a_list_of_messages_is_counted_and_an_empty_one_is_not(tmp_path: Path) -> None:
    bare = {key: value for key, value in thread(row()).items() if key != "messages"}
    odd = {**bare, "messages": "gone"}
    for name, made in (("a", bare), ("b", odd)):
        download(tmp_path / name, {PAGE: made})
        assert decisions(tmp_path / name)["meta:pages-without-messages"] == "no message read"
    for name, made in (("c", thread()), ("d", thread(*[row("x" * 400)] * 300))):
        download(tmp_path / name, {PAGE: made})
        assert "meta:pages-without-messages" not in decisions(tmp_path / name)
