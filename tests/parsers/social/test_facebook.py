"""A Facebook download as a whole: what becomes of each file, every layout since 2018, and a bundle made of it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chat_readers import check_golden, claims, golden_line, loaded
from facebook_files import (
    ALEX,
    AT,
    INBOX,
    NEWEST,
    READER,
    SAM,
    SAMPLE,
    decisions,
    download,
    items,
    one,
    profile,
    put,
    row,
    thread,
    who,
)
from plainrecord.cli import main
from plainrecord.intake import list_source
from plainrecord.parsers.social.metalists import list_places
from plainrecord.store.adding import plan_claims


def test_the_sample_reads_as_expected(update_golden: bool) -> None:
    lines = [golden_line(item) for item in loaded(READER, SAMPLE)]
    check_golden(lines, SAMPLE / "expected.jsonl", update_golden)


# ---------------------------------------------------------------- what becomes of each file


def test_every_file_of_the_sample_has_a_fate() -> None:
    fates = {}
    for member in list_source([NEWEST], "S1").members:
        fates[member.tree_path.partition("/")[2]] = "not claimed"
    for parser, claim in plan_claims(listing := list_source([NEWEST], "S1"), listing.members):
        read = int(claim.facts.get("chats", len(claim.members)))
        for number, member in enumerate(claim.members):
            fates[member.tree_path.partition("/")[2]] = parser.name if number < read else "shelf"
        fates |= {path.partition("/")[2]: "aside" for path in claim.aside}
    by_fate: dict[str, list[str]] = {}
    for path, fate in fates.items():
        by_fate.setdefault(fate, []).append(path)
    assert by_fate["not claimed"] == ["a_category_nobody_knows/blob.bin", "a_category_nobody_knows/new_file.json"]
    assert by_fate["aside"] == [
        "ads_information/advertisers_you've_interacted_with.json",
        "preferences/feed/feed.json",
        "your_facebook_activity/events/your_event_responses.json",
        "your_facebook_activity/messages/messaging_settings.json",
        "your_facebook_activity/messages/secret_conversations.json",
        "your_facebook_activity/stories/no-data.txt",
    ]
    assert by_fate["messenger-e2ee"] == ["your_facebook_activity/messages/encrypted/Jo Kaya_3.json"]
    assert all(path.endswith((".png", ".gif", "/files/message_1.json")) for path in by_fate["shelf"])
    assert set(by_fate) == {"not claimed", "aside", "shelf", "messenger-e2ee", "facebook-download"}
    assert len(by_fate["facebook-download"]) == 55


def test_a_page_of_the_other_form_is_not_said_to_be_something_else(tmp_path: Path) -> None:
    download(tmp_path, {"friends_and_followers/friends.html": b"<html><body>Jo Kaya</body></html>"})
    [claim] = claims(READER, tmp_path)
    assert not claim.aside


def test_an_empty_category_is_told_from_one_that_is_not_there() -> None:
    [claim] = claims(READER, NEWEST)
    [said] = [says for path, says in claim.aside.items() if path.endswith("no-data.txt")]
    assert "was asked for" in said


@pytest.mark.parametrize("wrapper", ["", "facebook-x/", "a/b/"])
@pytest.mark.parametrize(
    "path",
    [
        "friends/friend_requests_received.json",
        "friends_and_followers/friend_requests_received.json",
        "connections/friends/received_friend_requests.json",
        "friends_and_followers/Friend_Requests_Received_2.json",
        "somewhere/renamed.json",
    ],
)
def test_a_list_is_known_by_its_name_or_by_its_first_key(tmp_path: Path, wrapper: str, path: str) -> None:
    item = one(put(tmp_path, {f"{wrapper}{path}": {"received_requests_v2": [{"name": ALEX, "timestamp": AT}]}}))
    assert (item.envelope.kind, who(item)[0]) == ("request", ALEX)


def test_names_with_odd_apostrophes_are_one_file() -> None:
    for name in ("who_you've_followed", "who_you’ve_followed", "who_you_ve_followed"):
        path = f"connections/followers/{name}.json"
        member = list_source([NEWEST], "S1").members[0]
        assert READER.route(path, member) == "following"


@pytest.mark.parametrize(
    ("head", "places"),
    [
        (b'{"friends_v2": [', ("/*/*",)),
        (b'{"pokes_v2": {"data": [', ("/*/*/*",)),
        (b"[{", ("/*",)),
        (b'\xef\xbb\xbf [{"a": 1}]', ("/*",)),
        (b'{"timestamp": 1, "label_values": [', ("",)),
        (b'{"label_values": [', ("",)),
        (b'{"profile_v2": {"name": {', ("/*",)),
        (b'{"timezone_v2": "Europe/London"}', ("",)),
        (b"", ("",)),
        (b"{", ("",)),
        (b'{"a', ("",)),
    ],
)
def test_the_form_of_a_list_is_taken_from_its_first_bytes(head: bytes, places: tuple[str, ...]) -> None:
    assert list_places(head) == places


@pytest.mark.parametrize("folder", ["2018", "2020", "2023"])
def test_each_layout_is_read_and_names_the_owner(folder: str) -> None:
    assert decisions(SAMPLE / folder)["facebook:owner"] == SAM
    assert {item.envelope.kind for item in items(SAMPLE / folder)} >= {
        "message",
        "request",
        "poke",
        "comment",
        "reaction",
    }


def test_the_same_lists_say_the_same_in_every_form(tmp_path: Path) -> None:
    rows = [{"name": ALEX, "timestamp": AT}]
    labelled = {"timestamp": AT, "media": [], "fbid": "1", "label_values": [{"label": "Name", "value": ALEX}]}
    forms: list[Any] = [
        {"received_requests": rows},
        {"received_requests_v7": {"data": rows}},
        rows,
        [labelled],
        labelled,
    ]
    told = []
    for number, form in enumerate(forms):
        item = one(download(tmp_path / str(number), {"connections/friends/received_friend_requests.json": form}))
        told.append((item.envelope.kind, who(item), item.envelope.time.ts_utc, item.envelope.marks))
    assert set(map(str, told)) == {str(("request", (ALEX, [SAM]), "2024-07-01T12:34:56Z", ("pending",)))}


@pytest.mark.parametrize("label", ["Name", "Naam", "Enw", "Imię i nazwisko"])
def test_case_18_labels_are_in_the_accounts_language(tmp_path: Path, label: str) -> None:
    element = {
        "label_values": [
            {"label": "URL", "value": "https://x.example", "href": "https://x.example"},
            {"label": label, "value": ALEX},
        ]
    }
    item = one(download(tmp_path, {"connections/friends/your_friends.json": [element]}))
    assert who(item) == (None, [ALEX])
    assert item.facts[label] == ALEX


def test_a_bundle_of_the_download_holds_what_concerns_the_sender_and_verifies(tmp_path: Path) -> None:
    words = ["bundle", str(NEWEST), "--sender", ALEX, "--owner", SAM, "--out", str(tmp_path / "out"), "--json"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 5, done.output  # made, and something in it could not be read
    said = json.loads(done.stdout)
    seen = len(loaded(READER, NEWEST)) + 1  # and one record of the encrypted chat
    assert (said["counts"]["seen"], said["counts"]["unread"]) == (seen, 4)
    bag = Path(said["path"])
    made = [json.loads(line) for line in (bag / "data/items/messages.jsonl").read_text("utf-8").splitlines()]
    assert len(made) == said["counts"]["included"]
    assert {item["kind"] for item in made} >= {
        "message",
        "call",
        "reaction",
        "request",
        "poke",
        "comment",
        "mention",
        "post",
        "follow",
    }
    sent = [item for item in made if item["sender"] and item["sender"]["value"] == ALEX]
    assert {item["direction"] for item in sent if item["service"] == "facebook"} == {"subject_to_owner"}
    assert not [item for item in made if item["position"]["member"].startswith("security")]
    assert CliRunner().invoke(main, ["verify", str(bag)]).exit_code == 0


def test_the_parts_of_a_download_are_one(tmp_path: Path) -> None:
    put(tmp_path / "1", {"profile_information/profile_information.json": profile()})
    put(tmp_path / "2", {f"{INBOX}/alexmere_1000000000001/message_1.json": thread(row())})
    parts = []
    for number in "12":
        parts.append(tmp_path / f"facebook-samfield-2024-11-03-Ab{number}c.zip")
        with zipfile.ZipFile(parts[-1], "w") as made:
            for path in (tmp_path / number).rglob("*.json"):
                made.write(path, path.relative_to(tmp_path / number).as_posix())
    [claim] = READER.claim(list_source(parts, "S1"))
    [message] = [item for item in READER.scan(claim) if item.position.member.endswith("message_1.json")]
    assert claim.facts["owner"] == SAM
    assert message.position.member.endswith("alexmere_1000000000001/message_1.json")
