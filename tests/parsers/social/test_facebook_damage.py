"""Damaged Facebook downloads: nothing raises, nothing of an entry is lost, and what is no record is counted."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from chat_readers import golden_line, loaded
from facebook_files import (
    ALEX,
    AT,
    INBOX,
    READER,
    SAM,
    download,
    of,
    one,
    put,
    row,
    thread,
    unread,
)
from plainrecord.records import Loaded

LISTS = {
    "connections/friends/received_friend_requests.json": {
        "received_requests_v2": [{"name": "Zoë", "timestamp": AT}, {"name": ALEX}]
    },
    "other_activity/pokes.json": {"pokes_v2": {"data": [{"poker": ALEX, "pokee": SAM, "timestamp": AT, "rank": 1}]}},
    "logged_information/notifications/notifications.json": {
        "notifications_v2": [{"timestamp": AT, "text": "Alex Mere poked you."}]
    },
    "comments_and_reactions/comments_1.json": {
        "comments_v2": [{"timestamp": AT, "data": [{"comment": {"comment": "é", "author": SAM}}]}]
    },
    "posts/other_people's_posts_to_your_timeline.json": [
        {"timestamp": AT, "title": "Alex Mere wrote on your timeline.", "data": [{"post": "x"}]}
    ],
    "logged_information/interactions/recently_visited.json": {
        "visited_things_v2": [{"name": "Profile visits", "entries": [{"timestamp": AT, "data": {"name": ALEX}}]}]
    },
    "security_and_login_information/record_details.json": {
        "admin_records_v2": [{"event": "Login", "session": {"created_timestamp": AT}, "extra_info": {"old_name": "x"}}]
    },
    "security_and_login_information/mobile_devices.json": {
        "devices_v2": [{"type": "x", "push_tokens": [{"token": "t"}]}]
    },
    "security_and_login_information/browser_cookies.json": {"datr_stats_v2": {"c": [AT]}},
    "profile_information/profile_information.json": {
        "profile_v2": {"name": {"full_name": SAM}, "previous_names": [{"name": "x", "timestamp": AT}]}
    },
    "logged_information/location/last_location.json": {"last_location_v2": {"coordinate": {}, "time": AT}},
    f"{INBOX}/alexmere_1000000000001/message_1.json": thread(
        row("don’t", reactions=[{"reaction": "👍", "actor": SAM}], photos=[{"uri": "a.png"}]), row("two")
    ),
}


def test_a_file_cut_at_any_byte_never_raises_and_is_read_up_to_the_cut(tmp_path: Path) -> None:
    put(tmp_path, LISTS)
    for path in LISTS:
        whole = (tmp_path / path).read_bytes()
        for cut in range(0, len(whole), max(1, len(whole) // 60)):
            (tmp_path / path).write_bytes(whole[:cut])
            loaded(READER, tmp_path)
        (tmp_path / path).write_bytes(whole)


@pytest.mark.parametrize("path", LISTS)
def test_damaged_files_never_raise(tmp_path: Path, path: str) -> None:
    put(tmp_path, LISTS)
    whole, chance = (tmp_path / path).read_bytes(), random.Random(path)
    for _ in range(40):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 5)):
            at = chance.randrange(len(data))
            data[at : at + chance.choice((0, 1, 9))] = chance.choice(
                (b"", b"[", b"{", b'"', b"null", b"1e9", b"\xff", b'"name": 5,')
            )
        (tmp_path / path).write_bytes(bytes(data))
        loaded(READER, tmp_path)


WRONG: list[Any] = [
    None,
    7,
    "x",
    True,
    [],
    {},
    [[]],
    {"a": [1]},
    {
        "name": {"x": 1},
        "timestamp": {},
        "data": 5,
        "label_values": 3,
        "entries": {},
        "attachments": 1,
        "media": "x",
        "session": [],
        "extra_info": 1,
        "push_tokens": 5,
        "previous_names": 1,
        "title": [],
        "text": {},
        "poker": [],
        "string_list_data": 1,
    },
]


@pytest.mark.parametrize("path", [path for path in LISTS if "/messages/" not in path])
@pytest.mark.parametrize("value", WRONG)
def test_elements_of_a_wrong_kind_never_raise_and_are_counted(tmp_path: Path, path: str, value: Any) -> None:
    key = next(iter(LISTS[path])) if isinstance(LISTS[path], dict) else "x_v2"
    for made in ({key: [value]}, [value], {key: value}):
        put(tmp_path, {**LISTS, path: made})
        loaded(READER, tmp_path)
    put(tmp_path, {**LISTS, path: {key: [7]}})
    assert (
        len(of([item for item in loaded(READER, tmp_path) if isinstance(item, Loaded)], path))
        + len([item for item in unread(tmp_path) if item.position.member == path])
        >= 1
    )


def test_nothing_of_an_entry_is_lost(tmp_path: Path) -> None:
    entry = {
        "timestamp": AT,
        "title": "Sam Field commented on Alex Mere's post.",
        "new_field": "kept-1",
        "data": [
            {"comment": {"comment": "text", "author": SAM, "odd": "kept-2"}},
            {"comment": {"comment": "kept-3"}},
            "kept-4",
        ],
        "attachments": [{"data": [{"media": {"uri": "a.png", "title": "kept-5"}}, {"text": "kept-6"}, "kept-7"]}],
        "label_values": [
            {"label": "L", "value": "kept-8"},
            {"title": "T", "dict": [{"label": "M", "value": "kept-9"}]},
        ],
    }
    item = one(download(tmp_path, {"comments/comments.json": {"comments_v2": [entry]}}))
    told = golden_line(item) + json.dumps([file.facts for file in item.attachments])
    assert [number for number in range(1, 10) if f"kept-{number}" not in told] == []
