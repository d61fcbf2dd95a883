"""The story's log of incidents against the truth, read with the standard library alone."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def utc(text: str) -> str:
    return f"{datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def test_every_entry_of_the_log_has_one_row_and_every_row_one_entry(story, truth):
    with (story / "exports/my-log/log.csv").open(encoding="utf-8", newline="") as file:
        found = [
            (utc(row["Happened from"]), utc(row["Written on"]), row["What happened"], row["Kind"])
            for row in csv.DictReader(file)
        ]
    assert found == [(row["utc"], row["written_utc"], row["text"], row["tag"]) for row in truth["log"]]
    assert [row[1] for row in found] == sorted(row[1] for row in found)


def test_rows_of_the_log_are_events_that_say_they_are_present(truth):
    present = {event["id"] for event in truth["events"] if event["service"] == "diary" and event["present"]}
    assert {row["key"] for row in truth["log"]} == present
    for row in truth["log"]:
        late = datetime.fromisoformat(row["written_utc"]) - datetime.fromisoformat(row["utc"]) > timedelta(days=1)
        assert row["marks"] == (["written-later"] if late else [])
