"""The story's Telegram and Discord exports against its truth, read with the standard library alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
DISCORD_EPOCH_MS = 1_420_070_400_000


def rows_of(truth, service):
    return sorted(
        (row["utc"], row["account"], row["text"], row["member"]) for row in truth["chats"] if row["service"] == service
    )


def test_telegram_messages_have_one_row_each_with_author_time_and_words(story, truth):
    path = story / "exports" / "DataExport_2024-12-01" / "result.json"
    found = []
    for chat in json.loads(path.read_text(encoding="utf-8"))["chats"]["list"]:
        for message in chat["messages"]:
            when = datetime.fromtimestamp(int(message["date_unixtime"]), UTC)
            assert message["date"] == when.astimezone(LONDON).replace(tzinfo=None).isoformat()
            author = message.get("from_id") or message["actor_id"]
            found.append((f"{when:%Y-%m-%dT%H:%M:%SZ}", author, message["text"] or None, path.name))
    assert sorted(found, key=str) == sorted(rows_of(truth, "telegram"), key=str)


def test_telegram_export_holds_an_edit_a_missed_call_and_a_screenshot(truth):
    marks = {mark for row in truth["chats"] if row["service"] == "telegram" for mark in row["marks"]}
    assert marks == {"edited", "missed", "screenshot"}


def test_discord_messages_have_one_row_each_and_ids_that_hold_their_time(story, truth):
    found = []
    for path in sorted((story / "exports" / "discord-chats").glob("*.json")):
        export = json.loads(path.read_text(encoding="utf-8"))
        assert export["messageCount"] == len(export["messages"])
        for message in export["messages"]:
            when = datetime.fromisoformat(message["timestamp"]).astimezone(UTC)
            assert (int(message["id"]) >> 22) + DISCORD_EPOCH_MS == int(when.timestamp() * 1000)
            found.append((f"{when:%Y-%m-%dT%H:%M:%SZ}", message["author"]["id"], message["content"], path.name))
    assert sorted(found) == rows_of(truth, "discord")
