"""A whole Takeout: every record of the sample, the fate of each file, and one bundle of it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from chat_readers import FIXTURES, check_golden, claims, golden_line, loaded
from plainrecord.intake import list_source
from plainrecord.parsers.chat.pieces import chats_of, span_of
from plainrecord.parsers.social.download import SHELF, Aside
from plainrecord.parsers.social.google import Takeout
from plainrecord.records import Loaded, Unread
from plainrecord.store.adding import plan_claims

READER = Takeout()
FOLDER = FIXTURES / "social-google"


def test_every_record_of_the_sample_is_what_is_expected(update_golden: bool) -> None:
    lines = [golden_line(item) for item in loaded(READER, FOLDER)]
    for claim in claims(READER, FOLDER):
        list(READER.scan(claim))
        lines += [json.dumps({"aside": path, "says": says}) for path, says in sorted(claim.aside.items())]
        lines += [json.dumps({"decision": one.subject, "chosen": one.chosen}) for one in claim.decisions]
    check_golden(lines, FOLDER / "expected.jsonl", update_golden)


def test_what_is_no_record_is_listed() -> None:
    unread = [item for item in loaded(READER, FOLDER) if isinstance(item, Unread)]
    assert [item.kind for item in unread] == ["not-an-event", "not-a-place", "not-an-activity"]


def test_positions_are_the_exact_bytes() -> None:
    for item in loaded(READER, FOLDER):
        if isinstance(item, Loaded):
            start, end = span_of(item.envelope.position.locator)
            data = (FOLDER / item.envelope.position.member).read_bytes()
            assert hashlib.sha256(data[start:end]).hexdigest() == item.raw_sha256


def test_every_file_with_records_is_read_to_its_end() -> None:
    [claim] = claims(READER, FOLDER)
    list(READER.scan(claim))
    assert {(one.original.relpath, one.path) for one in chats_of(claim)} <= set(claim.readings)


ROUTES = {
    "Access Log Activity/Activities - A list of Google services accessed by.csv": "access",
    "Access Log Activity/Devices - A list of devices (i.e. Nest, Pixel, iPh.csv": "devices",
    "Calendar/sam.ics": Aside,
    "Drive/plan.bin": None,
    "Google Account/sam.field.ChangeHistory.html": "account",
    "Google Account/sam.field.SubscriberInfo.html": "account",
    "Google Chat/Groups/DM a1/group_info.json": None,
    "Google Chat/Groups/DM a1/messages.json": None,
    "Google Chat/Users/User 1001/user_info.json": None,
    "Hangouts/Hangouts.json": "hangouts",
    "Hangouts/door at night.jpg": SHELF,
    "Location History (Timeline)/Records.json": "places",
    "Location History (Timeline)/Semantic Location History/2024/2024_JULY.json": "places",
    "Location History (Timeline)/Settings.json": Aside,
    "Location History (Timeline)/Timeline.json": "places",
    "Mail/All mail Including Spam and Trash.mbox": None,
    "My Activity/Assistant/2024-07-02_19_00_00_000_UTC.mp3": SHELF,
    "My Activity/Assistant/MyActivity.json": "activity",
    "My Activity/Maps/MyActivity.html": "cards",
    "My Activity/Maps/MyActivity.json": "activity",
    "My Activity/Search/MyActivity.html": "cards",
    "Profile/Profile.json": SHELF,
    "Something New/data.xyz": None,
    "Voice/Bills.html": Aside,
    "Voice/Calls/Alex Mere - Text - 2024-07-01T12_34_56Z-1-1.png": SHELF,
    "Voice/Calls/Alex Mere - Voicemail - 2024-07-02T22_40_00Z.mp3": SHELF,
    "Voice/Phones.vcf": SHELF,
    "YouTube and YouTube Music/channels/channel.csv": SHELF,
    "YouTube and YouTube Music/comments/comments(1).csv": "comments",
    "YouTube and YouTube Music/comments/comments.csv": "comments",
    "YouTube and YouTube Music/history/search-history.json": "activity",
    "YouTube and YouTube Music/live chats/live chats.csv": "comments",
    "YouTube and YouTube Music/my-comments/my-comments.html": "items",
    "YouTube and YouTube Music/playlists/playlists.csv": Aside,
    "YouTube and YouTube Music/subscriptions/subscriptions.csv": "subscriptions",
    "archive_browser.html": Aside,
}


def test_every_file_of_the_download_has_its_route() -> None:
    for member in list_source([FOLDER], "S1").under("Takeout"):
        path = member.tree_path.removeprefix("Takeout/")
        found = READER.route(path, member)
        wanted = "voice" if path.startswith("Voice/Calls/") and path.endswith(".html") else ROUTES[path]
        assert (type(found) if isinstance(found, Aside) else found) == wanted, path


def test_a_page_whose_json_twin_is_there_is_not_read_again() -> None:
    [claim] = claims(READER, FOLDER)
    assert "exact times" in claim.aside["Takeout/My Activity/Maps/MyActivity.html"]


def test_mail_and_chat_of_a_takeout_are_read_once_by_their_own_readers() -> None:
    listing = list_source([FOLDER], "S1")
    planned = plan_claims(listing, listing.members)
    assert sorted(claim.parser for _, claim in planned) == ["google-chat", "google-takeout", "mbox"]
    read = Counter(member.tree_path for _, claim in planned for member in (*claim.members,))
    assert set(read.values()) == {1}
    chat = next(claim for _, claim in planned if claim.parser == "google-chat")
    assert [one.tree_path.rpartition("/")[2] for one in chats_of(chat)] == ["messages.json"]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[dict[str, Any]]]:
    out = tmp_path_factory.mktemp("google")
    people = ["--sender", "+447700900202", "--alias", "id:100000000000000000002", "--alias", "alex.mere@mail.example"]
    answer = run("bundle", str(FOLDER / "Takeout"), *people, "--out", str(out / "out"))
    lines = (Path(answer["path"]) / "data" / "items" / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    return answer, [json.loads(line) for line in lines]


def run(*words: str) -> Any:
    command = [sys.executable, "-m", "plainrecord", *words, "--json"]
    environment = os.environ | {"TZ": "America/Los_Angeles"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8", env=environment)
    assert done.returncode in (0, 5), done.stderr
    return json.loads(done.stdout)


def test_records_seen_are_read_or_listed(bundle: tuple[Any, list[dict[str, Any]]]) -> None:
    counts = bundle[0]["counts"]
    assert counts["seen"] == counts["included"] + counts["not_included"] + counts["unread"]
    assert (counts["included"], counts["unread"]) == (len(bundle[1]), 3)


def test_what_the_subject_did_is_in_and_nothing_about_the_owner_alone(
    bundle: tuple[Any, list[dict[str, Any]]],
) -> None:
    found = Counter((item["service"], item["kind"], item["direction"]) for item in bundle[1])
    services = {service for service, _, _ in found}
    assert services == {"google-hangouts", "google-voice", "googlechat", "email"}
    assert found["google-voice", "call", "subject_to_owner"] == 2
    assert found["google-voice", "voicemail", "subject_to_owner"] == 1
    assert found["google-voice", "message", "owner_to_subject"] == 3
    assert found["googlechat", "message", "subject_to_owner"] == 2


def test_the_bundle_verifies(bundle: tuple[Any, list[dict[str, Any]]]) -> None:
    answer = run("verify", bundle[0]["path"], "--seal", bundle[0]["seal"])
    assert (answer["ok"], answer["problems"]) == (True, [])
