from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chat_readers import FIXTURES, claims, scanned
from package_checks import as_json, cut_everywhere, fates, golden, mutate, put, records, unread
from plainrecord.parsers.registry import all_parsers
from plainrecord.parsers.social.discordaccount import without_secrets
from plainrecord.parsers.social.discordactivity import kind_of
from plainrecord.parsers.social.discordpackage import DiscordPackage
from plainrecord.parsers.social.discordscene import time_of_id
from plainrecord.records import Loaded, Unread

READER = DiscordPackage()
SAMPLE = FIXTURES / "social-discord"
SAM, ALEX, SECOND, ROBIN = "551705326387200001", "707187634601984002", "1253167949938688003", "476662886039552004"
DIRECT = "1111111111111111101"
USER = {"id": SAM, "username": "sam.field", "discriminator": "0", "global_name": "Sam Field"}
ROW = {"ID": 1257313491476283392, "Timestamp": "2024-07-01 12:34:56", "Contents": "“hi”", "Attachments": ""}
SMALL = {
    "account/user.json": as_json(
        {**USER, "relationships": [{"id": ALEX, "type": 2, "user": {"id": ALEX, "username": "a"}}]}
    ),
    "messages/index.json": as_json({DIRECT: "Direct Message with alex_mere#0"}),
    f"messages/c{DIRECT}/channel.json": as_json({"id": DIRECT, "type": "DM", "recipients": [ALEX, SAM]}),
    f"messages/c{DIRECT}/messages.json": as_json([ROW, {**ROW, "ID": 1257313491476283391}]),
    "activity/tns/events-2024-00000-of-00001.json": b'{"event_type":"login_successful","event_id":"A","timestamp":"2024-07-02T02:30:00Z"}\n'
    b'{"event_type":"guild_viewed","event_id":"B","timestamp":"2024-07-02T02:30:00Z"}\n',
    "servers/index.json": as_json({"1222222222222222221": "Bakers"}),
}


def ties() -> dict[str, Loaded]:
    found = records(READER, SAMPLE / "package", "user.json")
    return {item.facts["relationship-type"]: item for item in found if "relationship-type" in item.facts}


def decisions(folder: Path) -> dict[str, str]:
    [claim] = claims(READER, folder)
    list(READER.scan(claim))
    return {one.subject: f"{one.chosen}: {one.basis}" for one in claim.decisions}


def test_the_sample_says_what_is_expected_of_it(update_golden: bool) -> None:
    golden(READER, "social-discord", update_golden)


def test_each_file_of_the_sample_has_its_fate() -> None:
    found = fates(READER, SAMPLE / "package")
    assert found.pop("Messages/index.json") == "index" and found.pop("Servers/index.json") == "servers"
    assert found.pop("Activities/index.json") == "aside"
    assert {found.pop(f"Messages/c111111111111111110{at}/messages.json") for at in (1, 2, 3, 4)} == {"messages"}
    assert {found.pop(f"Messages/c111111111111111110{at}/channel.json") for at in (1, 2, 3)} == {"channel"}
    assert {found.pop(path) for path in list(found) if "/events-" in path} == {"events"}
    assert found.pop("Account/user.json") == "user"
    assert found.pop("Servers/1222222222222222221/audit-log.json") == "log"
    assert set(found.values()) == {"aside"} and "Servers/1222222222222222221/bans.json" in found


def test_trap_only_the_owner_speaks_in_a_package() -> None:
    for folder in ("package", "vor-2022"):
        found = [item for item in records(READER, SAMPLE / folder) if item.envelope.kind == "message"]
        assert {item.envelope.sender.value for item in found if item.envelope.sender} == {SAM}
    assert "only the owner's own messages" in decisions(SAMPLE / "package")["discord:one-sided"]
    assert "Only what the owner wrote" in READER.card.holds and "nothing of the other side" in READER.card.cannot_hold


def test_trap_an_id_written_as_a_number_keeps_every_digit() -> None:
    ids = {item.facts.get("message-id") for item in records(READER, SAMPLE / "package", "101/messages.json")}
    assert "1257313802177740807" in ids and str(int(float("1257313802177740807"))) not in ids


def test_vector_the_id_of_the_reference_is_its_instant() -> None:
    time = time_of_id("1257313491476283392")
    assert time and time.ts_utc == "2024-07-01T12:34:56.123Z"
    assert time_of_id("77") is None


def test_whom_it_was_written_to_is_who_else_is_in_the_chat() -> None:
    def to(channel: str) -> set[str]:
        found = records(READER, SAMPLE / "package", f"{channel}/messages.json")
        return {one.value for item in found for one in item.envelope.recipients}

    assert to("101") == {ALEX}
    assert to("102") == {ROBIN, "794369556742144005"}
    assert to("103") == set()
    [odd] = records(READER, SAMPLE / "package", "104/messages.json")
    assert odd.envelope.recipients == () and "discord:channel-not-described" in odd.envelope.notes


def test_time_and_id_are_held_against_each_other() -> None:
    found = {item.text: item for item in records(READER, SAMPLE / "package", "101/messages.json")}
    assert found["another clock"].envelope.time.ts_utc == "2024-06-30T19:00:00Z"
    assert found["another clock"].facts["time-by-id"] == "2024-06-30T20:00:00.000Z"
    assert found["no time"].envelope.time.ts_utc == "2024-06-30T18:00:00.000Z"
    assert found["with more digits"].envelope.time.ts_utc == "2024-06-29T18:00:00.123000Z"
    assert found["Stop writing to me"].envelope.notes == ()


def test_the_order_of_a_file_is_known_by_its_first_ids() -> None:
    newest_first = records(READER, SAMPLE / "package", "101/messages.json")
    oldest_first = records(READER, SAMPLE / "package", "102/messages.json")
    assert all(item.envelope.backwards for item in newest_first)
    assert not any(item.envelope.backwards for item in oldest_first)


def test_links_to_files_are_files_that_were_not_exported() -> None:
    [item] = [item for item in records(READER, SAMPLE / "package") if item.text == "what he sent me"]
    assert [(one.name, one.state) for one in item.attachments] == [
        ("door.png", "not-exported"),
        ("note.txt", "not-exported"),
    ]
    assert item.attachments[0].facts["link"].endswith("door.png?ex=1")


def test_files_told_in_a_shape_nobody_knows_are_kept_as_they_are(tmp_path: Path) -> None:
    row = {**ROW, "Attachments": [{"url": "https://cdn.chat.example/a.png"}]}
    [item] = records(
        READER, put(tmp_path, {**SMALL, f"messages/c{DIRECT}/messages.json": as_json([row])}), "messages.json"
    )
    assert item.facts["Attachments"] == '[{"url":"https://cdn.chat.example/a.png"}]' and item.attachments == []


def test_whose_act_each_relationship_is() -> None:
    def act(number: str) -> tuple[str, str | None, str]:
        envelope = ties()[number].envelope
        return envelope.kind, envelope.sender.value if envelope.sender else None, envelope.recipients[0].value

    assert act("1") == ("follow", None, ROBIN)
    assert act("2") == ("block", SAM, ALEX)
    assert act("3") == ("request", SECOND, SAM)
    assert act("4") == ("request", SAM, "794369556742144005")
    assert act("BLOCKED") == ("block", SAM, "1999999999999999991")
    assert act("9")[:2] == ("other", None) and "discord:actor-not-stated" in ties()["9"].envelope.notes
    assert ties()["1"].envelope.time.ts_utc == "2023-03-03T10:00:00Z" and ties()["2"].envelope.time.utc_us is None


def test_a_note_of_the_owners_goes_to_nobody() -> None:
    [note] = [item for item in records(READER, SAMPLE / "package") if "note-by-the-owner" in item.envelope.marks]
    assert note.envelope.sender and note.envelope.sender.value == SAM and not note.envelope.recipients
    # It stands with whom it is about, so that a note about somebody else stays out with them.
    key = note.envelope.conversation.key or ""
    assert key == f"discord:acts:id:{note.facts['about']}" and not note.envelope.conversation.account_events


def test_secrets_stay_behind_however_deep() -> None:
    told = json.dumps(
        without_secrets({"a": [{"access_token": {"x": "key"}}], "b": {"c": {"password": "key"}}, "d": "said"})
    )
    assert "key" not in told and told.count("withheld: secret") == 2 and "said" in told
    deep: object = "key"
    for _ in range(500):
        deep = [deep]
    assert "key" not in json.dumps(without_secrets(deep))


def test_secrets_stay_behind() -> None:
    everything = json.dumps([item.facts for item in records(READER, SAMPLE / "package")])
    assert "not-a-real" not in everything and "withheld: secret" in everything and '"country_code": "GB"' in everything


def test_trap_a_broken_line_of_events_is_unread_and_the_others_are_read() -> None:
    assert ("bad-json", "events-2024-00000-of-00001.json") in unread(READER, SAMPLE / "package")
    found = records(READER, SAMPLE / "package", "analytics/events-2024-00000-of-00001.json")
    assert [item.envelope.marks[0] for item in found] == [
        "session", "log-in", "log-in-tried", "account-changed", "friend-request", "block", "call",
    ]  # fmt: skip


def test_trap_a_time_in_quotation_marks_is_a_time_and_kept_as_written() -> None:
    session = records(READER, SAMPLE / "package", "analytics/events-2024-00000-of-00001.json")[0]
    assert session.envelope.time.ts_utc == "2024-07-02T02:30:00.123Z"
    assert session.envelope.time.ts_raw == '"2024-07-02T02:30:00.123Z"'


def test_events_that_are_no_acts_are_counted_and_those_given_again_are_read_once() -> None:
    said = decisions(SAMPLE / "package")
    assert said["discord:events-not-read"].startswith("3 events of 2 types are no records")
    assert "guild_viewed 2, impression_user_login 1" in said["discord:events-not-read"]
    assert said["discord:repeated-events"].startswith("1 read once")


@pytest.mark.parametrize(
    ("name", "mark"),
    [("login_attempted", "log-in-tried"), ("login_successful", "log-in"), ("session_start", "session"),
     ("user_password_changed", "account-changed"), ("friend_request_failed", "friend-request"), ("join_call", "call"),
     ("ignore_user_confirmed", "block"), ("login_viewed", None), ("login_with_qr_started", "log-in-event"),
("push_token_registered", None), ("relationship_sync_flushed", None), ("user_login", "log-in"),
        ("impression_user_login", None), ("guild_joined", None)],
)  # fmt: skip
def test_kinds_of_events(name: str, mark: str | None) -> None:
    kind = kind_of(name)
    assert (kind[1] if kind else None) == mark


def test_without_the_account_the_owner_is_who_is_in_every_direct_chat() -> None:
    assert decisions(SAMPLE / "vor-2022")["discord:owner"].startswith(f"{SAM}: user.json is not here")


def test_one_direct_chat_does_not_tell_who_the_owner_is(tmp_path: Path) -> None:
    put(tmp_path, {path: data for path, data in SMALL.items() if "user" not in path})
    assert decisions(tmp_path)["discord:owner"].startswith("not known")
    found = records(READER, tmp_path, "messages.json")
    assert {item.envelope.sender for item in found} == {None}
    assert all("discord:owner-not-stated" in item.envelope.notes for item in found)


def test_rows_of_before_2024_say_what_json_says(tmp_path: Path) -> None:
    table = 'ID,Timestamp,Contents,Attachments\n1257313491476283392,2024-07-01 12:34:56,"“hi”",\n'
    old = {path: data for path, data in SMALL.items() if "messages.json" not in path}
    put(tmp_path / "old", {**old, f"messages/c{DIRECT}/messages.csv": table.encode()})
    put(tmp_path / "new", {**SMALL, f"messages/c{DIRECT}/messages.json": as_json([ROW])})
    [one], [other] = (
        records(READER, tmp_path / form, ending) for form, ending in (("old", ".csv"), ("new", "messages.json"))
    )
    assert (one.text, one.envelope.time.utc_us, one.envelope.recipients) == (
        other.text,
        other.envelope.time.utc_us,
        other.envelope.recipients,
    )
    assert one.facts == other.facts


@pytest.mark.parametrize("wrapper", ["", "package/", "Downloads/package (1)/"])
@pytest.mark.parametrize("folder", ["messages", "Messages", "Nachrichten"])
def test_the_root_is_found_whatever_the_folders_are_called(wrapper: str, folder: str, tmp_path: Path) -> None:
    moved = {f"{wrapper}{path.replace('messages/', f'{folder}/', 1)}": data for path, data in SMALL.items()}
    [claim] = claims(READER, put(tmp_path, moved))
    assert claim.facts["root"] == wrapper.rstrip("/")
    assert f"{wrapper}{folder}/index.json" in [one.tree_path for one in claim.members]


@pytest.mark.parametrize(
    "header",
    ["id,permalink,thread_id,date,ip,from,to,subject,body", "FROM,TO,DATE,SUBJECT,CONTENT,CONVERSATION ID,SENDER PROFILE URL",
     "AuthorID,Author,Date,Content,Attachments,Reactions"],
)  # fmt: skip
def test_trap_messages_csv_of_others_is_not_taken(header: str, tmp_path: Path) -> None:
    put(tmp_path, {f"messages/c{DIRECT}/messages.csv": f"{header}\n1,2,3,4,5,6,7,8,9\n".encode()})
    assert claims(READER, tmp_path) == []


def test_nobody_else_claims_a_package_and_this_claims_nothing_else() -> None:
    for folder in sorted(FIXTURES.iterdir()):
        if folder.is_dir() and folder.name not in ("social-discord", "story"):
            assert claims(READER, folder) == [], folder.name
    for parser in all_parsers():
        if parser.name != READER.name:
            assert list(claims(parser, SAMPLE)) == [], parser.name


@pytest.mark.parametrize(
    "name", [f"messages/c{DIRECT}/messages.json", "account/user.json", "activity/tns/events-2024-00000-of-00001.json"]
)
def test_a_file_cut_at_any_byte_keeps_what_is_whole(name: str, tmp_path: Path) -> None:
    cut_everywhere(READER, put(tmp_path, SMALL), name)


@pytest.mark.parametrize("name", list(SMALL))
def test_damaged_files_never_stop_the_reader(name: str, tmp_path: Path) -> None:
    mutate(READER, put(tmp_path, SMALL), name, 40)


def test_wrong_types_everywhere_are_problems_and_never_exceptions(tmp_path: Path) -> None:
    wrong: list[Any] = [
        None,
        1,
        "x",
        [],
        {"ID": []},
        {"ID": 5, "Timestamp": 7, "Contents": [], "Attachments": {"a": 1}},
    ]
    user = {**USER, "relationships": [None, 3, {"id": 5, "user": "x"}, {"id": ALEX, "type": [], "since": 4}], "notes": [1],
            "connections": "x", "payments": [1, {"created_at": []}], "odd": [[1]], "email": {"a": 1}}  # fmt: skip
    files = {
        **SMALL,
        f"messages/c{DIRECT}/messages.json": as_json(wrong),
        f"messages/c{DIRECT}/channel.json": as_json({"type": [], "recipients": {"a": 1}, "guild": 5}),
        "messages/index.json": as_json({DIRECT: 5, "x": []}),
        "account/user.json": as_json(user),
        "servers/index.json": as_json({"a": None, "b": ["x"]}),
        "activity/tns/events-2024-00000-of-00001.json": b'{"event_type":5,"event_id":1}\n[]\n{"event_type":"login","timestamp":{}}\nnull\n',
    }
    assert scanned(READER, put(tmp_path, files))


def test_long_event_files_are_read_line_by_line_and_to_their_end(tmp_path: Path) -> None:
    line = (
        b'{"event_type":"guild_viewed","event_id":"%d","timestamp":"2024-07-02T02:30:00Z","pad":"'
        + b"x" * 300
        + b'"}\n'
    )
    name = "activity/analytics/events-2024-00000-of-00001.json"
    put(tmp_path, {**SMALL, name: b"".join(line % at for at in range(8000)) + b'{"event_type":"login","event_id":"z"}'})
    [claim] = claims(READER, tmp_path)
    found = [one for one in READER.scan(claim) if one.position.member == name]
    assert [isinstance(one, Unread) for one in found] == [False]
    assert any(key[0].endswith("analytics/events-2024-00000-of-00001.json") for key in claim.readings)


def test_a_bundle_of_what_concerns_the_subject(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE / "package", tmp_path / "package")
    words = (
        "bundle",
        tmp_path / "package",
        "--sender",
        f"id:{ALEX}",
        "--alias",
        f"id:{SECOND}",
        "--out",
        tmp_path / "out",
        "--json",
    )
    done = subprocess.run(
        [sys.executable, "-m", "plainrecord", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 5, done.stderr  # made, and some places of the sample are unread
    made = json.loads(done.stdout)
    counts = made["counts"]
    assert counts["seen"] == counts["included"] + counts["not_included"] + counts["unread"]
    lines = [
        json.loads(line) for line in (Path(made["path"]) / "data/items/messages.jsonl").read_text("utf-8").splitlines()
    ]
    told = {(line["kind"], line["direction"]) for line in lines}
    assert {("message", "owner_to_subject"), ("block", "owner_to_subject"), ("request", "subject_to_owner")} <= told
    assert not [line for line in lines if line["text"] == "Good morning"]
    verified = subprocess.run(
        [sys.executable, "-m", "plainrecord", "verify", made["path"]], capture_output=True, check=False
    )
    assert verified.returncode == 0
