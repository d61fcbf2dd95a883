"""The bundle of the story against its truth: what `make demo` builds holds what the story says, record by record."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

import pytest

PARTS = {"subject": "subject", "owner": "owner", "third-party": "context"}


def command(settings, story, out):
    exports = [str(story / name) for name in settings["exports"]]
    aliases = [word for alias in settings["aliases"] for word in ("--alias", alias)]
    owners = [word for owner in settings["owner"] for word in ("--owner", owner)]
    people = ["--sender", settings["sender"], *aliases, *owners, "--timezone", settings["timezone"]]
    return [sys.executable, "-m", "plainrecord", "bundle", *exports, *people, "--out", str(out), "--json"]


@pytest.fixture(scope="module")
def answer(story, settings, tmp_path_factory):
    """What `plainrecord bundle … --json` prints, built far from the owner's time zone."""
    out = tmp_path_factory.mktemp("bundle")
    environment = os.environ | {"TZ": "Pacific/Auckland"}
    done = subprocess.run(
        command(settings, story, out),
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def items(answer):
    lines = (Path(answer["path"]) / "data" / "items" / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def carriers(items):
    """The mails, without those that only stand inside another."""
    return [item for item in items if item["parent"] is None and item["service"] == "email"]


@pytest.fixture(scope="module")
def chats(items):
    """What was said and done in chats."""
    return [item for item in items if item["service"] not in ("email", "diary", "web")]


def rows_of_demo(truth, settings):
    """Every row of the truth whose export the demo names."""
    named = {Path(name).name for name in settings["exports"]}
    return [
        row for row in (*truth["records"], *truth["chats"], *truth["log"], *truth["pages"]) if row["export"] in named
    ]


def stored_bytes(story, settings, item) -> bytes:
    """The bytes at an item's position, sliced from the committed export without any help from the package."""
    export = story / settings["exports"][int(item["source"].removeprefix("S")) - 1]
    position = item["position"]
    if export.suffix == ".zip":
        with zipfile.ZipFile(export) as archive:
            data = archive.read(position["member"])
    else:
        data = (export / position["original"]).read_bytes()
    span = re.fullmatch(r"bytes:(\d+)-(\d+)", position["locator"])
    return data[int(span[1]) : int(span[2])] if span else data


def key_of(stored: bytes) -> str:
    found = re.search(rb"^Message-ID: <([^>]+)>", stored.partition(b"\n--=_")[0], re.MULTILINE)
    return found[1].decode("ascii") if found else "no-id:undated-1"


def place_of(settings, story, item) -> tuple[str, str, str]:
    """Export, member and Message-ID of the mail at an item's position."""
    export = Path(settings["exports"][int(item["source"].removeprefix("S")) - 1]).name
    member = item["position"]["member"] or item["position"]["original"]
    return export, member, key_of(stored_bytes(story, settings, item))


@pytest.fixture(scope="module")
def pairs(truth, settings, story, carriers):
    """(item, row of the truth) for every item that is no attached mail, joined by export, member and Message-ID."""
    rows = {(row["export"], row["member"], row["key"]): row for row in truth["records"]}
    return [(item, rows[place_of(settings, story, item)]) for item in carriers]


@pytest.fixture(scope="module")
def copies(settings, story, carriers):
    """Export, member and Message-ID of every further place where a mail stands, as the items name them."""
    named = [{"source": copy["source"], "position": copy} for item in carriers for copy in item["copies"]]
    return [place_of(settings, story, one) for one in named]


def test_counts_balance_and_are_the_storys(answer, truth, settings, copies):
    names = ("seen", "included", "not_included", "unread")
    rows = rows_of_demo(truth, settings)
    included = sum(row["included"] for row in rows) - len(copies)
    expected = (len(rows), included, len(rows) - included, 0)
    assert answer["counts"]["copies"] == len(copies)
    assert tuple(answer["counts"][name] for name in names) == expected


def test_mails_saved_by_hand_are_copies_of_those_in_the_mailbox(pairs, copies):
    """The same mails in two exports stand once, with both places."""
    keys = (
        "stop-request.f0bb0fbe@postbox.example",
        "picture-1.4d3ededb@lantern.example",
        "sorting-2.3602d270@fernmail.example",
    )
    assert {(export, key) for export, _, key in copies} == {("saved-mails", key) for key in keys}
    assert {row["key"] for item, row in pairs if item["copies"]} == set(keys)


def test_every_record_of_the_truth_is_in_the_bundle_once_and_nothing_else(pairs, truth, copies):
    expected = {(r["export"], r["member"], r["key"]) for r in truth["records"] if r["included"]}
    found = [(row["export"], row["member"], row["key"]) for _, row in pairs] + copies
    assert len(found) == len(set(found)) == truth["totals"]["included"]
    assert set(found) == expected


def test_items_are_credited_to_their_authors_and_say_why_they_are_in(pairs):
    for item, row in pairs:
        assert item["sender"]["value"].lower() == row["account"]
        assert item["part"] == PARTS[row["who"]]
        assert item["matched"] == row["matched"], row["story_id"]
        assert item["direction"] == row["direction"], row["story_id"]
        assert [r["value"] for r in item["recipients"] if r["role"] in ("to", "cc")] == row["to"] + row["cc"]


def test_times_are_the_storys_in_utc_with_the_offset_they_were_written_with(pairs):
    for item, row in pairs:
        assert item["time"]["ts_utc"] == row["utc"]
        assert item["time"]["ts_offset"] == row["offset"]


def test_items_stand_in_order_of_time_and_the_undated_one_last(items):
    shown = [item for item in items if item["parent"] is None]
    times = [item["time"]["ts_utc"] for item in shown]
    # Some sources say milliseconds: the order is that of the instants, not of their spelling.
    assert times[:-1] == sorted(times[:-1], key=datetime.fromisoformat)
    assert times[-1] is None
    assert shown[-1]["time"]["tz_basis"] == "floating_unknown"


def test_two_mails_of_the_hour_that_happens_twice_stand_an_hour_apart(pairs):
    shown = {row["story_id"]: item["time"]["ts_utc"] for item, row in pairs}
    assert (shown["clocks-1"], shown["clocks-2"]) == ("2024-10-27T00:30:12Z", "2024-10-27T01:30:12Z")


def test_texts_and_subjects_read_as_they_were_written(pairs):
    for item, row in pairs:
        assert item["subject"] == row["subject"]
        assert row["starts"] in item["text"]


def test_quoted_prose_is_unquoted_by_one_step_in_the_text_and_untouched_in_the_native_file(answer, pairs):
    item = next(item for item, row in pairs if row["story_id"] == "wednesday-1")
    lines = item["text"].splitlines()
    assert "From now on I will keep every Wednesday free, in case you have time after class." in lines
    assert ">From the café we could walk along the quay." in lines
    assert b"\n>From now on" in (Path(answer["path"]) / item["native"]).read_bytes()


def test_native_files_are_the_stored_bytes(answer, story, settings, carriers):
    for item in carriers:
        native = (Path(answer["path"]) / item["native"]).read_bytes()
        assert native == stored_bytes(story, settings, item)
        assert hashlib.sha256(native).hexdigest() == item["raw_sha256"]


def test_conversations_are_the_storys(pairs):
    ids, talks = defaultdict(set), defaultdict(set)
    for item, row in pairs:
        ids[row["conversation"]].add(item["conversation"]["id"])
        talks[item["conversation"]["id"]].add(row["conversation"])
    assert all(len(found) == 1 for found in (*ids.values(), *talks.values()))


def test_attached_files_have_their_hashes_and_the_picture_its_time_and_place(answer, pairs):
    for item, row in pairs:
        files = [a for a in item["attachments"] if a["claimed_type"] != "message/rfc822"]
        assert [(a["name"], a["sha256"], a["bytes"]) for a in files] == [
            (a["name"], a["sha256"], a["bytes"]) for a in row["attachments"]
        ], row["story_id"]
        for attachment in files:
            media = (Path(answer["path"]) / attachment["media"]).read_bytes()
            assert hashlib.sha256(media).hexdigest() == attachment["sha256"]
            assert any("2024:10:24 18:05:31" in fact for fact in attachment["facts"].values())


def test_attached_mails_are_shown_with_their_carrier_and_credited_to_their_author(items, pairs):
    expected = [(item["id"], carried) for item, row in pairs for carried in row["carries"]]
    attached = [item for item in items if item["parent"] is not None]
    assert Counter((item["parent"], item["sender"]["value"]) for item in attached) == Counter(
        (carrier, carried["account"]) for carrier, carried in expected
    )
    for item in attached:
        carried = next(carried for carrier, carried in expected if carrier == item["parent"])
        assert item["time"]["ts_utc"] == carried["utc"]
        assert item["direction"] == carried["direction"]
        assert carried["starts"] in item["text"]


def test_chat_records_are_the_storys_by_export_time_author_and_words(chats, truth, settings):
    exports = {f"S{number:02d}": Path(name).name for number, name in enumerate(settings["exports"], start=1)}
    found = [
        (
            exports[item["source"]],
            item["position"]["member"] or item["position"]["original"],
            item["kind"],
            item["time"]["ts_utc"].replace(".000Z", "Z"),
            item["sender"]["value"],
            item["text"],
            item["direction"],
            item["matched"],
        )
        for item in chats
    ]
    names = ("export", "member", "kind", "utc", "account", "text", "direction", "matched")
    rows = (row for row in rows_of_demo(truth, settings) if row in truth["chats"] and row["included"])
    assert Counter(found) == Counter(tuple(row[name] for name in names) for row in rows)


def test_chat_records_carry_the_marks_of_the_story(chats, truth, settings):
    marks = {(item["time"]["ts_utc"][:19], item["sender"]["value"]): set(item["marks"]) for item in chats}
    for row in rows_of_demo(truth, settings):
        if row in truth["chats"] and row["included"]:
            assert set(row["marks"]) <= marks[row["utc"][:19], row["account"]], row["key"]


def test_the_owners_log_is_in_as_authored_with_both_of_its_times(items, truth):
    found = [
        (
            item["time"]["ts_utc"],
            item["dates"][0]["ts_utc"],
            item["sender"]["value"],
            item["text"],
            item["matched"],
            item["part"],
            "written-later" in item["marks"],
        )
        for item in items
        if item["evidence_kind"] == "authored"
    ]
    assert Counter(found) == Counter(
        (row["utc"], row["written_utc"], row["account"], row["text"], "authored:owner", "owner", bool(row["marks"]))
        for row in truth["log"]
    )


def test_the_page_the_owner_kept_is_in_as_recorded_with_its_words_and_parts(items, truth):
    pages = [item for item in items if item["kind"] == "capture"]
    for item, row in zip(pages, truth["pages"], strict=True):
        assert item["evidence_kind"] == "recorded" and item["sender"]["value"] == row["account"]
        assert (item["subject"], item["text"], item["facts"]["address"]) == (row["subject"], row["text"], row["url"])
        assert (item["matched"], item["part"], item["direction"]) == ("captured:owner", "owner", "other")
        assert item["time"]["ts_utc"] == f"{row['utc'][:-1]}.000Z" and item["dates"][1]["ts_utc"] == row["received_utc"]
        assert [one["name"] for one in item["attachments"]] == ["viewport.png", "text.txt", "page.mhtml"]
        assert item["attachments"][1]["sha256"] == row["text_sha256"]


def test_what_the_stores_say_about_a_mail_is_marked(pairs):
    for item, row in pairs:
        assert set(row["marks"]) <= set(item["marks"]), row["story_id"]


def test_what_was_left_out_is_counted_with_its_reason(answer, truth, settings, copies):
    schedule = next(Path(answer["path"]).rglob("not_included.csv"))
    with schedule.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    reasons = {row["reason"] for row in rows_of_demo(truth, settings) if row["reason"]} | {"copy"}
    counted: Counter[str] = Counter()
    for row in rows:
        reason = next(value for value in row.values() if value in reasons)
        counted[reason] += int(next(value for name, value in row.items() if name in ("count", "records", "items")))
    left_out = [row["reason"] for row in rows_of_demo(truth, settings) if row["reason"]]
    assert counted == Counter([*left_out, *("copy" for _ in copies)])


def test_schedule_and_timeline_name_nobody_who_was_left_out(answer):
    """The schedule says `Contact 7`, also for the stranger with the subject's name."""
    for name in ("not_included.csv", "timeline.csv"):
        for path in Path(answer["path"]).rglob(name):
            assert "rowingclub.example" not in path.read_text(encoding="utf-8-sig")


def test_bundle_verifies_against_its_seal_and_the_exports(answer, story, settings):
    originals = [word for name in settings["exports"] for word in ("--originals", str(story / name))]
    checked = subprocess.run(
        [sys.executable, "-m", "plainrecord", "verify", answer["path"], "--seal", answer["seal"], *originals, "--json"],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert json.loads(checked.stdout)["ok"] is True


def test_nothing_but_file_names_tells_of_chats_that_were_left_out(answer):
    """A reader's working notes hold the names in every chat; a bundle states none of them."""
    for name in ("manifest.json", "meta/sources.json", "meta/coverage.json", "schedules/not_included.csv"):
        text = (Path(answer["path"]) / name).read_text(encoding="utf-8-sig")
        assert "Jo Carrick" not in text, name
        assert "+447700900208" not in re.sub(r"imessage_export[^\"]*|[+0-9]*\.txt", "", text), name


def test_a_second_party_rebuilds_it_from_the_exports_and_the_manifest_alone(answer, story, settings, tmp_path):
    exports = [str(story / name) for name in reversed(settings["exports"])]
    command = [
        sys.executable,
        "-m",
        "plainrecord",
        "rebuild",
        answer["path"],
        *exports,
        "--out",
        str(tmp_path),
        "--json",
    ]
    environment = os.environ | {"TZ": "America/Caracas"}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, encoding="utf-8", env=environment, timeout=120
    )
    assert done.returncode == 0, done.stderr + done.stdout
    said = json.loads(done.stdout)
    assert said["same"] and said["files_compared"] > 70 and said["notes"] == []
    rebuilt = Path(said["path"]) / "data" / "items" / "messages.jsonl"
    assert rebuilt.read_bytes() == (Path(answer["path"]) / "data" / "items" / "messages.jsonl").read_bytes()
