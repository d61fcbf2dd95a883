"""The numbered traps and test vectors of the downloads reference that concern Instagram, each by its number or words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chat_readers import claims, loaded
from instagram_samples import (
    AT,
    INBOX,
    LISTS,
    LOGINS,
    READER,
    as_meta,
    field,
    labels,
    records,
    row,
    said,
    thread,
    write,
)
from plainrecord.parsers.social.instagramentry import entry_of, role_of, stamp, user_of
from plainrecord.records import Account, Envelope, Loaded, Unread

PAGE = f"{INBOX}/alexmere_17841400000000101/message_1.json"
THREADS = "your_instagram_activity/threads"


def messages(folder: Path, page: Any) -> list[Loaded]:
    """The records of a download with one page of one thread."""
    return records(write(folder, {PAGE: page}))


@pytest.mark.parametrize(
    ("stored", "shown", "note"),
    [
        ("caf\u00c3\u00a9", "café", "meta:mojibake-repaired"),
        ("\u00c2\u00a340 \u00e2\u0080\u0093 don\u00e2\u0080\u0099t", "£40 – don’t", "meta:mojibake-repaired"),
        ("I\u00e2\u0080\u0099m outside \u00f0\u009f\u0091\u0080", "I’m outside 👀", "meta:mojibake-repaired"),
        ("\u00c5\u0081ukasz", "Łukasz", "meta:mojibake-repaired"),
        ("caf\u00e9", "café", None),
        ("\u00a35", "£5", None),
        ("\u00f0\u009f\u0098", "\u00f0\u009f\u0098", "meta:encoding-partial"),
        ("x\u00e2\u0080\u00afy", "x\u202fy", "meta:mojibake-repaired"),
        ("\u00c3\u0089\u00c2\u00bb", "É»", "meta:mojibake-repaired"),
    ],
)
def test_vector_encoding_of_comments(stored: str, shown: str, note: str | None, tmp_path: Path) -> None:
    said_by_owner = {
        "string_map_data": {"Comment": field("X"), "Media owner": field("alex_mere"), "Time": field("", AT)}
    }
    raw = as_meta([said_by_owner]).replace(
        b'"X"', b'"' + "".join(f"\\u{ord(one):04x}" for one in stored).encode() + b'"'
    )
    [item] = records(write(tmp_path, {"your_instagram_activity/comments/post_comments_1.json": raw}))
    assert item.text == shown
    assert [one for one in item.envelope.notes if one.startswith("meta:")] == ([note] if note else [])
    assert item.facts.get("text-as-stored") == (stored if stored != shown else None)


def test_vector_encoding_one_letter_above_latin_shows_a_file_without_the_defect(tmp_path: Path) -> None:
    raw = '[{"title":"I’m cafÃ©","string_list_data":[{"value":"alex_mere","timestamp":1719837296}]}]'.encode()
    [item] = records(write(tmp_path, {f"{LISTS}/followers_1.json": raw}))
    assert item.envelope.sender == Account("instagram", "handle", "alex_mere", "I’m cafÃ©")


def test_case_1_pages_are_in_order_of_their_numbers_and_each_runs_backwards(tmp_path: Path) -> None:
    folder = f"{INBOX}/alexmere_17841400000000101"
    pages = {
        f"{folder}/message_{number}.json": thread(said(f"p{number}b"), said(f"p{number}a")) for number in (1, 2, 10)
    }
    found = records(write(tmp_path, pages))
    assert [one.text for one in found] == ["p1b", "p1a", "p2b", "p2a", "p10b", "p10a"]
    assert all(one.envelope.backwards for one in found)


def test_case_2_neither_type_is_there(tmp_path: Path) -> None:
    [item] = messages(tmp_path, thread(said()))
    assert (item.envelope.kind, item.envelope.conversation.is_group) == ("message", False)


def test_case_3_an_unsent_message_keeps_what_is_left_of_it(tmp_path: Path) -> None:
    found = messages(tmp_path, thread(said(None, is_unsent=True), said("still here", is_unsent=True)))
    assert [(one.envelope.marks, one.text) for one in found] == [(("unsent",), None), (("unsent",), "still here")]


def test_case_4_a_row_of_nothing_but_sender_and_time_is_a_record(tmp_path: Path) -> None:
    [item] = messages(tmp_path, thread(said(None)))
    assert (item.envelope.marks, item.text) == (("no-content",), None)


def test_case_5_a_sender_may_be_missing_or_no_participant(tmp_path: Path) -> None:
    gone, left = messages(tmp_path, thread(said("a", sender=""), said("b", sender="Robin Vale")))
    assert gone.envelope.sender is None and "meta:sender-missing" in gone.envelope.notes
    assert left.envelope.sender == Account("instagram", "name", "Robin Vale")


def test_case_6_two_people_of_one_name_are_not_told_apart(tmp_path: Path) -> None:
    people = ("Alex Mere", "Alex Mere", "Sam Field")
    [item] = messages(tmp_path, thread(said(), people=people))
    assert "meta:two-people-of-one-name" in item.envelope.notes


@pytest.mark.parametrize("folder", ["17841400000000101", "____17841400000000101", "instagramuser_17841400000000101"])
def test_case_7_a_thread_is_known_by_the_id_in_its_folder(folder: str, tmp_path: Path) -> None:
    [item] = records(write(tmp_path, {f"{INBOX}/{folder}/message_1.json": thread(said(), title="👀")}))
    assert (item.envelope.conversation.key, item.envelope.conversation.title) == ("instagram:17841400000000101", "👀")


@pytest.mark.parametrize(
    ("uri", "state"),
    [
        (f"{INBOX}/alexmere_17841400000000101/photos/1.png", "present"),
        ("messages/inbox/alexmere_17841400000000101/photos/1.png", "present"),
        ("inbox/alexmere_17841400000000101/photos/1.png", "present"),
        ("1.png", "present"),
        ("photos/2.png", "missing"),
        ("../../../1.png", "missing"),
        ("https://scontent.instagram.example/1.png?x=1", "not-exported"),
    ],
)
def test_case_8_paths_of_media_come_with_and_without_their_folders(uri: str, state: str, tmp_path: Path) -> None:
    picture = f"{INBOX}/alexmere_17841400000000101/photos/1.png"
    page = thread(said(None, photos=[{"uri": uri, "creation_timestamp": AT}]))
    [item] = records(write(tmp_path, {PAGE: page, picture: b"\x89PNG\r\n\x1a\n"}))
    assert [one.state for one in item.attachments] == [state]


def test_case_10_the_twin_a_mac_leaves_is_no_page(tmp_path: Path) -> None:
    twin = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + b"\x00" * 40
    files = {f"ig/{PAGE}": thread(said()), f"__MACOSX/ig/{PAGE}".replace("message_1", "._message_1"): twin}
    [item] = records(write(tmp_path, files, owner=False))
    assert item.text == "hi"


def test_case_12_a_reaction_told_twice_stays_twice(tmp_path: Path) -> None:
    reacted = said("Reacted 😡 to your message ", sender="Sam Field")
    first, told, reaction = messages(
        tmp_path, thread(reacted, said(reactions=[{"reaction": "😡", "actor": "Sam Field"}]))
    )
    assert (first.envelope.kind, first.text) == ("reaction", "Reacted 😡 to your message ")
    assert "repeats-reaction" in first.envelope.marks
    assert (told.envelope.kind, reaction.text, reaction.envelope.sender) == (
        "message", "😡", Account("instagram", "name", "Sam Field"),
    )  # fmt: skip


def test_case_13_a_page_of_encrypted_chats_is_not_read_as_one_of_these(tmp_path: Path) -> None:
    page = {
        "participants": ["Sam Field", "Alex Mere"],
        "threadName": "x",
        "messages": [{"senderName": "A", "timestamp": 1}],
    }
    write(tmp_path, {PAGE: page, f"{LISTS}/followers_1.json": [row("alex_mere")]})
    [claim] = claims(READER, tmp_path)
    assert PAGE not in {member.tree_path for member in claim.members}


def test_case_14_log_ins_with_uk_labels_and_lists_in_every_shape(tmp_path: Path) -> None:
    by_title = {
        "title": "alex_mere",
        "string_list_data": [{"href": "https://www.instagram.com/_u/alex_mere", "timestamp": AT}],
    }
    by_link = {"title": "", "string_list_data": [{"href": "https://www.instagram.com/_u/robin.vale", "timestamp": 0}]}
    uk = {
        "Cookie name": field("*****zL7"),
        "IP address": field("203.0.113.5"),
        "Time": field("", AT),
        "User agent": field("x"),
    }
    files = {
        f"{LISTS}/following.json": {"relationships_following": [by_title, by_link]},
        f"{LISTS}/followers_1.json": [row("jo.kaya", at=0)],
        f"{LOGINS}/login_activity.json": {"account_history_login_history": [{"title": "", "string_map_data": uk}]},
    }
    follower, first, second, login = records(write(tmp_path, files))
    assert [one.value for one in (*first.envelope.recipients, *second.envelope.recipients)] == [
        "alex_mere",
        "robin.vale",
    ]
    assert follower.envelope.time.utc_us is None and "time-missing" in follower.envelope.notes
    assert second.envelope.time.utc_us is None
    assert login.envelope.time.ts_utc == "2024-07-01T12:34:56Z"
    assert (login.facts["IP address"], login.facts["Cookie name"]) == ("203.0.113.5", "withheld: secret")


def test_case_15_followers_on_threads_are_no_followers_on_instagram(tmp_path: Path) -> None:
    files = {
        f"{THREADS}/followers.json": {"text_post_app_text_post_app_followers": [row("alex_mere")]},
        f"{THREADS}/followers_2.json": [row("robin.vale")],
        f"{THREADS}/blocked_profiles.json": {"text_post_app_text_post_app_blocked_users": [row("alex_mere")]},
        "followers_moved.json": {"text_post_app_text_post_app_followers": [row("jo.kaya")]},
        f"{LISTS}/followers_1.json": [row("sam.friend")],
    }
    found = records(write(tmp_path, files))
    by_service = {(one.envelope.service, one.envelope.kind, one.envelope.conversation.key) for one in found}
    assert by_service == {
        ("threads", "follow", "threads:acts:handle:alex_mere"),
        ("threads", "follow", "threads:acts:handle:robin.vale"),
        ("threads", "follow", "threads:acts:handle:jo.kaya"),
        ("threads", "block", "threads:acts:handle:alex_mere"),
        ("instagram", "follow", "instagram:acts:handle:sam.friend"),
    }
    owners = {(one.envelope.service, account.service) for one in found for account in one.envelope.also}
    assert owners == {("threads", "threads"), ("instagram", "instagram")}


@pytest.mark.parametrize(
    ("name", "user", "note"),
    [
        ("Naam", "Gebruikersnaam", False),  # Dutch
        ("Nazwa", "Nazwa użytkownika", False),  # Polish
        ("이름", "사용자 이름", False),  # Korean
        ("Enw", "Enw defnyddiwr", True),  # Welsh: in no table, so that the shape of the values has to do
    ],
)
def test_case_18_a_single_object_of_labels_in_any_language(name: str, user: str, note: bool, tmp_path: Path) -> None:
    entry = labels(("URL", ""), (name, "Alex Mère"), (user, "alex_mere"))
    [item] = records(write(tmp_path, {f"{LISTS}/restricted_profiles.json": entry}))
    assert [(one.kind, one.value) for one in item.envelope.recipients] == [("handle", "alex_mere")]
    assert ("instagram:read-by-shape" in item.envelope.notes) is note
    assert (item.facts[name], item.facts[user]) == ("Alex Mère", "alex_mere")


def test_labels_of_no_known_language_are_never_guessed_between_two_that_may_be_the_account(tmp_path: Path) -> None:
    write(tmp_path, {f"{LISTS}/blocked_profiles.json": [labels(("Enw", "alex"), ("Enw defnyddiwr", "alex_mere"))]})
    assert [item.kind for item in loaded(READER, tmp_path) if isinstance(item, Unread)] == ["labels-not-known"]


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("IP Address", "ip"), ("IP address", "ip"), ("  ip   ADDRESS ", "ip"), ("Media-eigenaar", "media-owner"),
        ("Nom d’utilisateur", "username"), ("Email address", ""), ("Comment creation time", "time"),
    ],
)  # fmt: skip
def test_labels_are_compared_without_case_and_kind_of_apostrophe(label: str, role: str) -> None:
    assert role_of(label) == role


def test_an_entry_keeps_what_its_envelope_has_no_place_for() -> None:
    element = {
        "title": {"odd": 1},
        "timestamp": "soon",
        "string_list_data": ["bare", {"value": ["x"], "timestamp": -5, "more": 1}],
        "label_values": [
            {"label": "L", "value": "v", "surprise": "s"},
            {"title": "T", "dict": [{"value": "inner"}]},
            "loose",
        ],
        "string_map_data": [],
        "else": 1,
    }
    entry = entry_of(element, damaged=False)
    assert entry is not None
    assert entry.rest == {"title": {"odd": 1}, "timestamp": "soon", "string_map_data": [], "else": 1}
    assert [one.value for one in entry.rows] == ["bare", ""]
    assert [(one.label, one.value) for one in entry.parts] == [
        ("L", "v"), ("T", "inner"), ("", "loose"),
        ("L/surprise", "s"), ("value/value", '["x"]'), ("value/timestamp", "-5"), ("value/more", "1"),
    ]  # fmt: skip


def test_nothing_is_the_first_of_january_1970() -> None:
    assert [stamp(value) for value in (0, "0", None, False, True, -1, "", "x", 1.5, 10**30, [])] == [None] * 11
    assert (stamp(AT), stamp(str(AT))) == (AT, AT)


@pytest.mark.parametrize(
    ("link", "user"),
    [
        ("https://www.instagram.com/alex_mere", "alex_mere"),
        ("https://www.instagram.com/_u/alex_mere?x=1", "alex_mere"),
        ("https://www.threads.net/@alex_mere/post/DAb", "alex_mere"),
        ("https://www.instagram.com/stories/alex_mere/34", "alex_mere"),
        ("https://www.instagram.com/p/AbC/", ""),
        ("https://www.instagram.com/explore/tags/cats", ""),
        ("https://notinstagram.com/alex_mere", ""),
        ("https://other.example/instagram.com/alex_mere", ""),
        ("", ""),
    ],
)
def test_a_link_names_an_account_only_where_it_is_one_of_a_profile(link: str, user: str) -> None:
    assert user_of(link) == user


def test_a_link_that_names_another_account_is_noted_and_the_value_stands(tmp_path: Path) -> None:
    entry = row("alex_mere")
    entry["string_list_data"][0]["href"] = "https://www.instagram.com/robin.vale"
    [item] = records(write(tmp_path, {f"{LISTS}/followers_1.json": [entry]}))
    assert item.envelope.sender == Account("instagram", "handle", "alex_mere")
    assert "instagram:link-names-another-account" in item.envelope.notes


def test_a_deleted_account_names_nobody_and_stands_with_nobody_else(tmp_path: Path) -> None:
    gone = {"title": "", "string_list_data": [{"href": "", "value": None, "timestamp": AT}]}
    [item] = records(write(tmp_path, {f"{LISTS}/followers_1.json": [gone]}))
    assert (item.envelope.sender, item.envelope.conversation.key) == (None, None)
    assert "instagram:account-not-named" in item.envelope.notes


def test_an_entry_with_several_times_is_several_acts(tmp_path: Path) -> None:
    likes = {"title": "alex_mere", "string_list_data": [{"timestamp": AT}, {"timestamp": AT + 60}]}
    path = "your_instagram_activity/story_interactions/story_likes.json"
    found = records(write(tmp_path, {path: {"story_activities_story_likes": [likes]}}))
    assert [one.envelope.time.ts_utc for one in found] == ["2024-07-01T12:34:56Z", "2024-07-01T12:35:56Z"]
    assert len({one.envelope.position for one in found}) == 2


def test_a_like_names_the_owner_of_the_post_and_not_whoever_else_is_in_the_entry(tmp_path: Path) -> None:
    owner = {
        "dict": [{"dict": [{"label": "Name", "value": "Alex"}, {"label": "Username", "value": "alex_mere"}]}],
        "title": "Owner",
    }
    tagged = {"dict": [{"dict": [{"label": "Username", "value": "robin.vale"}], "title": ""}], "title": "Tagged"}
    entry = {
        "timestamp": AT,
        "label_values": [{"label": "URL", "value": "https://www.instagram.com/p/A/"}, tagged, owner],
    }
    [item] = records(write(tmp_path, {"your_instagram_activity/likes/liked_posts.json": [entry]}))
    assert item.envelope.recipients == (Account("instagram", "handle", "alex_mere", "Alex"),)
    assert "instagram:several-accounts-in-entry" in item.envelope.notes


def test_the_time_in_a_heading_that_is_not_the_time_is_noted(tmp_path: Path) -> None:
    entry = {"title": "2024-07-01T12:34:57+00:00", "string_map_data": {"Time": field("", AT)}}
    [item] = records(write(tmp_path, {f"{LOGINS}/login_activity.json": {"account_history_login_history": [entry]}}))
    assert "instagram:title-and-time-differ" in item.envelope.notes
    assert [one.ts_utc for one in item.dates] == ["2024-07-01T12:34:57Z"]


def test_the_only_time_an_entry_has_is_its_time_whatever_the_label(tmp_path: Path) -> None:
    entry = {"title": "", "string_map_data": {"Amser": field("", AT), "Cyfeiriad IP": field("2001:db8::5")}}
    [item] = records(write(tmp_path, {f"{LOGINS}/logout_activity.json": {"account_history_logout_history": [entry]}}))
    assert (item.envelope.time.ts_utc, item.facts["Cyfeiriad IP"]) == ("2024-07-01T12:34:56Z", "2001:db8::5")
    assert "instagram:read-by-shape" in item.envelope.notes


def test_a_cookie_is_withheld_whatever_its_label(tmp_path: Path) -> None:
    entry = {
        "title": "",
        "string_map_data": {"Enw’r cwci": field("*********zL7"), "Arall": field("****abc"), "Time": field("", AT)},
    }
    [item] = records(write(tmp_path, {f"{LOGINS}/login_activity.json": {"account_history_login_history": [entry]}}))
    assert (item.facts["Enw’r cwci"], item.facts["Arall"]) == ("withheld: secret", "withheld: secret")


def test_whatever_a_label_calls_a_token_or_a_session_is_withheld(tmp_path: Path) -> None:
    entry = {
        "string_map_data": {name: field("Zq1hush") for name in ("Session ID", "Device token", "Csrftoken", "datr")}
    }
    entry["string_map_data"] |= {"Device ID": field("android-1"), "Time": field(at=AT)}
    login = "security_and_login_information/login_and_profile_creation/login_activity.json"
    write(tmp_path, {login: {"account_history_login_history": [entry]}})
    [found] = [one for one in records(tmp_path) if one.envelope.kind == "login_alert"]
    assert "hush" not in repr(found.facts) and found.facts["Device ID"] == "android-1"
    assert found.facts["Session ID"] == "withheld: secret"


def test_a_request_from_a_stranger_is_marked(tmp_path: Path) -> None:
    path = "your_instagram_activity/messages/message_requests/instagramuser_17841400000000202/message_1.json"
    page = thread(said(sender="Instagram User"), people=("Instagram User", "Sam Field"), thread_type="PendingGroup")
    [item] = records(write(tmp_path, {path: page}))
    assert "message-request" in item.envelope.marks and item.facts["thread_type"] == "PendingGroup"
    assert "meta:name-of-unavailable-accounts" in item.envelope.notes


def test_a_page_whose_name_was_cut_is_a_page(tmp_path: Path) -> None:
    [item] = records(write(tmp_path, {f"{INBOX}/{'z' * 80}_17841400000000404/messa.json": thread(said())}))
    assert item.envelope.conversation.key == "instagram:17841400000000404"


def test_a_story_reply_is_known_by_its_link(tmp_path: Path) -> None:
    link = {"link": "https://www.instagram.com/stories/sam.field/34"}
    [item] = messages(tmp_path, thread(said("nice", share=link)))
    assert (item.envelope.kind, item.envelope.notes) == ("story_reply", ("meta:story-reply-by-link",))


def test_generated_rows_are_told_from_typed_ones(tmp_path: Path) -> None:
    rows = thread(said("Liked a message"), said("Alex Mere started an audio call"), said("Robin called me."))
    liked, call, typed = messages(tmp_path, rows)
    assert (liked.envelope.kind, call.envelope.kind, typed.envelope.kind) == ("reaction", "call", "message")
    assert "generated-text" in liked.envelope.marks and "generated-text" in call.envelope.marks
    assert typed.envelope.marks == ()


def test_devices_of_encrypted_chats_are_read_and_their_words_are_said_to_be_nowhere(tmp_path: Path) -> None:
    device = {"device_type": "Igd:Android", "last_connected_ip": "203.0.113.10", "last_active_time": AT}
    calls = [{"call_time": AT, "peer": "x"}]
    path = "your_instagram_activity/messages/secret_conversations.json"
    whole = {"ig_secret_conversations": {"armadillo_devices": [device], "calls": calls, "unknown": 3}}
    write(tmp_path, {path: whole})
    seen, call, other = records(tmp_path)
    assert (seen.envelope.kind, seen.envelope.marks, seen.envelope.time.ts_utc) == (
        "login_alert", ("encrypted-chat", "device"), "2024-07-01T12:34:56Z",
    )  # fmt: skip
    assert (call.envelope.kind, call.facts["peer"], other.facts["unknown"]) == ("call", "x", "3")
    [claim] = claims(READER, tmp_path)
    list(READER.scan(claim))
    assert "instagram:encrypted-chats" in {one.subject for one in claim.decisions}


def test_old_lists_that_hold_no_names_are_not_read_as_people(tmp_path: Path) -> None:
    whole = {
        "followers": {"alex_mere": "2019-07-01T12:34:56+00:00"},
        "following": ["alex_mere"],
        "blocked_users": {"x": 5},
    }
    write(tmp_path, {"connections.json": whole}, owner=False)
    found = loaded(READER, tmp_path)
    assert [item.envelope.sender for item in found if isinstance(item, Loaded)] == [
        Account("instagram", "handle", "alex_mere")
    ]
    assert [item.kind for item in found if isinstance(item, Unread)] == ["not-an-entry"] * 2


def test_one_file_twice_is_read_once_and_two_states_of_a_file_both(tmp_path: Path) -> None:
    import zipfile

    def part(name: str, files: dict[str, Any]) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            for inner, value in files.items():
                archive.writestr(f"instagram-sam.field-2024-11-20-AAAA/{inner}", as_meta(value))
        return path

    same = {f"{LISTS}/followers_1.json": [row("alex_mere")]}
    before, after = thread(said("you will see")), thread(said(None, is_unsent=True))
    part("instagram-sam.field-2024-11-20-AAAA.zip", {**same, PAGE: before})
    part("instagram-sam.field-2024-11-20-BBBB.zip", {**same, PAGE: after})
    [claim] = claims(READER, tmp_path)
    found = [one for one in READER.scan(claim) if isinstance(one, Envelope)]
    assert [one.kind for one in found] == ["follow", "message", "message"]
    assert [one.marks for one in found[1:]] == [(), ("unsent",)]
    assert {"download:repeated-file", "download:two-states-of-a-file"} <= {one.subject for one in claim.decisions}


@pytest.mark.parametrize("names", [("-AAAA", "-BBBB"), ("_part_1", "_part_2")])
def test_parts_unpacked_side_by_side_are_one_download(names: tuple[str, str], tmp_path: Path) -> None:
    stem = "instagram-sam.field-2024-11-20" if names[0] == "-AAAA" else "sam.field_20230310"
    folder = f"{INBOX}/alexmere_17841400000000101"
    picture = f"{folder}/photos/1.png"
    page = thread(said("one", photos=[{"uri": picture}]))
    write(tmp_path / f"{stem}{names[0]}", {f"{folder}/message_1.json": page}, owner=False)
    write(
        tmp_path / f"{stem}{names[1]}",
        {
            f"{folder}/message_2.json": thread(said("two")),
            picture: b"\x89PNG\r\n\x1a\n",
            f"{LISTS}/followers_1.json": [row("x")],
        },
    )
    write(tmp_path / "instagram-sam.field-2024-11-21-CCCC", {f"{LISTS}/followers_1.json": [row("y")]})
    assert len(claims(READER, tmp_path)) == 2
    found = [one for one in records(tmp_path) if one.envelope.kind == "message"]
    assert [(one.text, one.envelope.conversation.key) for one in found] == [
        ("one", "instagram:17841400000000101"), ("two", "instagram:17841400000000101"),
    ]  # fmt: skip
    assert [one.state for one in found[0].attachments] == ["present"]
    assert {account.value for one in found for account in one.envelope.also} == {"Sam Field"}


def test_a_like_with_labels_of_no_known_language_is_kept_without_an_account(tmp_path: Path) -> None:
    entry = labels(("Pennawd", "alex"), ("Perchennog", "alex_mere"), ("URL", "https://www.instagram.com/p/A/"))
    [item] = records(write(tmp_path, {"your_instagram_activity/likes/liked_posts.json": [entry]}))
    assert (item.envelope.kind, item.envelope.recipients, item.facts["Perchennog"]) == ("reaction", (), "alex_mere")
    assert {"instagram:labels-not-known", "instagram:account-not-named"} <= set(item.envelope.notes)


def test_a_thread_that_waits_to_be_accepted_is_a_request_wherever_it_lies(tmp_path: Path) -> None:
    [item] = messages(tmp_path, thread(said(), thread_type="Pending"))
    assert "message-request" in item.envelope.marks
