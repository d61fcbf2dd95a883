"""Threads of Messenger, JSON: text, order, people, kinds, files and what became encrypted."""

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
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.chat.messenger import Messenger
from plainrecord.parsers.social.metawords import generated
from plainrecord.records import Envelope, Loaded

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


RULES = {
    f"{INBOX}/alexmere_1000000000001/photos/7.png": None,
    "messages/inbox/alexmere_1000000000001/photos/7.png": "prefix",
    "your_activity_across_facebook/messages/inbox/alexmere_1000000000001/photos/7.png": "prefix",
    "./your_facebook_activity/messages/inbox/alexmere_1000000000001/photos/7.png": None,
    "7.png": "same-folder",
    "elsewhere/8.png": "only-one-of-that-name",
}


@pytest.mark.parametrize("uri", RULES)
def test_case_8_a_file_is_found_by_the_first_rule_that_holds_and_the_rule_is_said(tmp_path: Path, uri: str) -> None:
    files = {
        PAGE: thread(row(None, photos=[{"uri": uri, "creation_timestamp": AT}])),
        f"{INBOX}/alexmere_1000000000001/photos/7.png": b"seven",
        f"{INBOX}/robinvale_1000000000003/photos/7.png": b"another",
        "your_facebook_activity/posts/media/8.png": b"eight",
    }
    item = one(download(tmp_path, files))
    [file] = item.attachments
    assert item.blobs == [b"eight" if "8" in uri else b"seven"]
    assert (file.facts["uri"], file.facts.get("found-by")) == (uri, RULES[uri])
    assert [note for note in file.notes if note.startswith("meta:")] == (
        [f"meta:file-found-by-{RULES[uri]}"] if RULES[uri] else []
    )


@pytest.mark.parametrize(
    ("uri", "state", "note"),
    [
        ("https://scontent.example/v/a.mp4?sig=1", "not-exported", None),
        (f"{INBOX}/alexmere_1000000000001/photos/none.png", "missing", None),
        ("../../../profile_information/profile_information.json", "missing", "meta:path-outside-download"),
        ("posts/same.png", "missing", "meta:several-files-of-that-name"),
    ],
)
def test_case_8_what_is_not_there_or_could_be_two_is_not_guessed(
    tmp_path: Path, uri: str, state: str, note: str | None
) -> None:
    files = {PAGE: thread(row(None, videos=[{"uri": uri}]))}
    item = one(download(tmp_path, files | {f"posts/media/{n}/same.png": b"x" for n in "12"}))
    [file] = item.attachments
    assert (file.state, item.blobs) == (state, [None])
    assert [said for said in file.notes if said.startswith("meta:")] == ([note] if note else [])
    assert file.facts["uri"] == uri


def test_case_8_a_file_in_another_part_is_found(tmp_path: Path) -> None:
    first = download(
        tmp_path / "1", {PAGE: thread(row(None, photos=[{"uri": f"{INBOX}/alexmere_1000000000001/photos/7.png"}]))}
    )
    put(tmp_path / "2", {f"{INBOX}/alexmere_1000000000001/photos/7.png": b"seven"})
    (tmp_path / "2" / INBOX / "alexmere_1000000000001/photos").rename(first / INBOX / "alexmere_1000000000001/photos")
    assert one(first).blobs == [b"seven"]


def test_case_10_what_a_mac_leaves_in_an_archive_is_no_thread(tmp_path: Path) -> None:
    import zipfile

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


GENERATED = [
    ("Alex called you.", "call", ()),
    ("You missed a call from Alex.", "call", ("missed",)),
    ("Alex missed your call.", "call", ("missed",)),
    ("The video chat ended.", "call", ("video", "ended")),
    ("Reacted 😡 to your message ", "reaction", ("repeats-reaction",)),
    ("Liked a message", "reaction", ("repeats-reaction",)),
    ("Alex sent an attachment.", "message", ()),
    ("Alex sent a location.", "message", ("location",)),
    ("Alex named the group We know.", "system", ("group-change",)),
    ("Alex Mere set your nickname to Liar.", "system", ("nickname",)),
    ("Alex set the nickname for Sam Field to Liar.", "system", ("nickname",)),
    ("Alex changed the theme to Love.", "system", ("theme",)),
    ("Alex pinned a message.", "system", ("pinned",)),
    ("Alex turned on disappearing messages.", "system", ("disappearing",)),
    ("Replied to your story", "story_reply", ()),
    ("Mentioned you in their story", "mention", ()),
]


@pytest.mark.parametrize(("text", "kind", "marks"), GENERATED)
def test_text_that_the_app_wrote_is_kept_and_never_said_to_be_typed(
    tmp_path: Path, text: str, kind: str, marks: tuple[str, ...]
) -> None:
    item = one(download(tmp_path, page(row(text))))
    assert (item.text, item.envelope.kind) == (text, kind)
    assert item.envelope.marks == ("generated-text", *marks)


@pytest.mark.parametrize(
    "typed",
    [
        "Robin called me.",
        "You called the police.",
        "Alex called round earlier. Why?",
        "He missed your call.",
        "Reacted badly, sorry",
        "",
    ],
)
def test_what_only_looks_generated_stays_a_message(typed: str) -> None:
    assert generated(typed, ALEX, SAM, (ALEX, SAM)) is None


def test_only_the_owner_is_you() -> None:
    assert generated("You called Sam.", ALEX, SAM, (ALEX, SAM)) is None
    assert generated("You called Alex.", SAM, SAM, (ALEX, SAM)) is not None


def test_a_call_is_one_by_what_it_states_and_of_no_length_it_was_missed(tmp_path: Path) -> None:
    rows = [row(None, call_duration=0), row(None, call_duration=9), row("x", type="Call"), row(None, missed=True)]
    found = items(download(tmp_path, page(*rows)))
    assert [(item.envelope.kind, "missed" in item.envelope.marks) for item in found] == [
        ("call", True),
        ("call", False),
        ("call", False),
        ("call", True),
    ]
    assert [item.status.get("duration-seconds") for item in found] == ["0", "9", None, None]


def test_who_joined_and_left_is_no_message_and_is_named(tmp_path: Path) -> None:
    rows = [
        row("x", type="Subscribe", users=[{"name": ROBIN}]),
        row("y", type="Unsubscribe"),
        row("z", users=[{"name": JO}]),
    ]
    found = items(download(tmp_path, page(*rows)))
    assert [(item.envelope.kind, item.envelope.marks, item.facts.get("users")) for item in found] == [
        ("system", ("generated-text", "joined"), ROBIN),
        ("system", ("generated-text", "left"), None),
        ("system", ("generated-text",), JO),
    ]


def test_a_shared_place_keeps_its_coordinates_as_they_stand() -> None:
    [place] = [
        item for item in items(NEWEST) if "latitude" in item.facts and "message_2" in item.envelope.position.member
    ]
    assert (place.facts["latitude"], place.facts["longitude"], place.envelope.marks) == (
        "51.5007",
        "-0.1246",
        ("location",),
    )


def test_a_reply_to_a_story_is_known_by_its_link_and_says_so(tmp_path: Path) -> None:
    link = {"link": "https://www.facebook.com/stories/1/2/"}
    typed, bare = items(download(tmp_path, page(row("nice hair", share=link), row(None, share=link))))
    assert (typed.envelope.kind, typed.envelope.notes) == ("story_reply", ("meta:story-reply-by-link",))
    assert (bare.envelope.kind, bare.facts["share.link"]) == ("message", link["link"])


def test_an_address_beside_a_message_is_kept_and_attributed_to_nobody() -> None:
    item = by_text([*items(NEWEST)], "Alex sent an attachment.")
    assert item.facts["ip"] == "198.51.100.7"


def test_the_picture_and_the_link_of_a_thread_are_records_once() -> None:
    marks = [mark for item in items(NEWEST) for mark in item.envelope.marks if mark in ("thread-picture", "join-link")]
    assert marks == ["join-link", "thread-picture"]


@pytest.mark.parametrize("element", [7, "x", [], {}, {"x": 1}, None])
def test_an_element_that_is_no_message_is_unread_and_counted(tmp_path: Path, element: Any) -> None:
    download(tmp_path, page(row("before"), element, row("after")))
    assert [item.text for item in items(tmp_path)] == ["before", "after"]
    assert [item.kind for item in unread(tmp_path)] == ["not-a-message"]


ODD: list[dict[str, Any]] = [
    {"sender_name": {"a": 1}, "timestamp_ms": AT * 1000},
    {"sender_name": ALEX, "timestamp_ms": "soon", "content": ["x"]},
    {"sender_name": ALEX, "timestamp_ms": True, "content": 5, "type": []},
    {
        "sender_name": ALEX,
        "timestamp_ms": 10**30,
        "photos": "x",
        "videos": [1, {"uri": 5}],
        "users": {},
        "reactions": 3,
    },
    {
        "sender_name": ALEX,
        "timestamp_ms": -1,
        "share": [],
        "sticker": "s",
        "bumped_message_metadata": 1,
        "call_duration": {},
    },
    {
        "sender_name": ALEX,
        "timestamp_ms": 1,
        "is_unsent": "yes",
        "missed": 3,
        "reactions": [1, {"actor": [], "timestamp": {}}],
    },
    {"sender_name": ALEX, "timestamp_ms": 1, "share": {"link": "http://[maps?where1=x"}, "photos": [{"uri": "\0"}, {}]},
]


@pytest.mark.parametrize("element", ODD)
def test_values_of_a_wrong_kind_never_raise_and_are_kept(tmp_path: Path, element: dict[str, Any]) -> None:
    found = items(download(tmp_path, page(element)))
    assert found[0].envelope.kind in ("message", "call")
    told = json.dumps([found[0].facts, found[0].text, [file.facts for file in found[0].attachments]])
    for key, value in element.items():
        if isinstance(value, str) and key not in ("sender_name", "timestamp_ms"):
            assert value in told


def test_no_time_is_no_time_and_never_1970(tmp_path: Path) -> None:
    found = items(download(tmp_path, page(row("a", at=0), {"sender_name": ALEX, "content": "b"})))
    assert [(item.envelope.time.ts_utc, item.envelope.notes) for item in found] == [(None, ("time-missing",))] * 2


def test_vector_milliseconds_are_read_exactly(tmp_path: Path) -> None:
    assert one(download(tmp_path, page(row(at=1719837296123)))).envelope.time.ts_utc == "2024-07-01T12:34:56.123Z"


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
