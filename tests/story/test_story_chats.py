"""The story's chat exports against its truth, read with the standard library alone."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

LONDON = ZoneInfo("Europe/London")


def rows_of(truth, service):
    return [row for row in truth["chats"] if row["service"] == service]


@pytest.fixture(scope="module")
def signal(story):
    path = story / "exports" / "signal-export-2024-12-01-10-20-00" / "main.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_signal_items_have_one_row_each_with_its_author_time_and_words(signal, truth):
    people = {f["recipient"]["id"]: f["recipient"] for f in signal if "recipient" in f}
    numbers = {key: "self" if "self" in one else f"+{one['contact']['e164']}" for key, one in people.items()}
    found = []
    for item in (frame["chatItem"] for frame in signal if "chatItem" in frame):
        first = item.get("revisions", [item])[0]
        when = datetime.fromtimestamp(int(first["dateSent"]) / 1000, UTC)
        text = item.get("standardMessage", {}).get("text", {}).get("body")
        found.append((f"{when:%Y-%m-%dT%H:%M:%SZ}", numbers[item["authorId"]], text))
    assert found == [(row["utc"], row["account"], row["text"]) for row in rows_of(truth, "signal")]


def test_signal_export_holds_an_edit_a_deletion_and_a_missed_call(signal, truth):
    items = [frame["chatItem"] for frame in signal if "chatItem" in frame]
    assert sum("revisions" in item for item in items) == 1
    assert sum("remoteDeletedMessage" in item for item in items) == 1
    assert Counter(mark for row in rows_of(truth, "signal") for mark in row["marks"]) == {
        "edited": 1,
        "deleted": 1,
        "missed": 1,
    }


def test_imessage_blocks_have_one_row_each_in_the_file_of_their_chat(story, truth):
    found = []
    for path in sorted((story / "exports" / "imessage_export").glob("*.txt")):
        for block in path.read_text(encoding="utf-8").strip("\n").split("\n\n"):
            stamp, sender, words = block.split("\n", 2)
            local = datetime.strptime(re.sub(" +", " ", stamp), "%b %d, %Y %I:%M:%S %p").replace(tzinfo=LONDON)
            text = None if words == "They deleted a message." else words
            found.append((path.name, local.isoformat(), sender, text))
    expected = [(row["member"], row["local"], row["account"], row["text"]) for row in rows_of(truth, "imessage")]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_whatsapp_lines_have_one_row_each_in_the_text_of_their_chat(story, truth):
    found = []
    for path in sorted((story / "exports" / "whatsapp-chats").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            stamp, rest = line.split(" - ", 1)
            sender, words = rest.split(": ", 1)
            local = datetime.strptime(stamp, "%d/%m/%Y, %H:%M").replace(tzinfo=LONDON)
            found.append((path.name, local.isoformat(), sender.strip("\u202a\u202c"), words))
    expected = [(row["member"], row["local"], row["account"], row["text"]) for row in rows_of(truth, "whatsapp")]
    assert sorted(found) == sorted(expected)
    assert Counter(row["matched"] for row in rows_of(truth, "whatsapp")) == {
        "from:label": 3, "to:label": 1, "from:exact": 2, None: 2,
    }  # fmt: skip


def test_chat_totals_follow_from_the_rows(truth):
    rows, totals = truth["chats"], truth["chat_totals"]
    assert totals["seen"] == len(rows) == totals["included"] + totals["not_included"]
    assert totals["seen_by_export"] == Counter(row["export"] for row in rows)
    assert totals["included"] == sum(row["conversation"].split(":")[1].startswith("subject") for row in rows)


def test_every_chat_row_is_an_event_that_says_it_is_present(truth):
    events = {event["id"]: event for event in truth["events"]}
    # The owner's profile in a download is no event.
    rows = [row for row in truth["chats"] if not row["key"].startswith("profile-")]
    for row in rows:
        assert events[row["key"]]["present"]
        assert events[row["key"]]["utc"] == row["utc"]
    services = {row["service"] for row in rows}
    present = {event["id"] for event in truth["events"] if event["present"] and event["service"] in services}
    assert {row["key"] for row in rows} == present
