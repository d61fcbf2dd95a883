from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chat_readers import FIXTURES, claims, scanned
from package_checks import cut_everywhere, fates, golden, mutate, put, records, unread
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.registry import all_parsers
from plainrecord.parsers.social.reddit import Reddit
from plainrecord.records import Loaded

READER = Reddit()
SAMPLE = FIXTURES / "social-reddit"
EXPORT = SAMPLE / "export_sam_field_20240710"
HEADER = "id,permalink,thread_id,date,ip,from,to,subject,body\n"
STATISTICS = b"statistic,value\naccount name,sam_field\n"
CHATS = "message_id,created_at,updated_at,username,message,thread_parent_message_id,channel_url,subreddit,channel_name,conversation_type\n"
SMALL = {
    "statistics.csv": STATISTICS,
    "messages.csv": (
        f'{HEADER}a,p,,2024-07-01 12:34:56 UTC,,alex_mere,sam_field,hi,"two\nlines, ""é"""\n'
        "b,p,a,2024-07-01 12:35:56 UTC,,sam_field,alex_mere,re: hi,no\n"
    ).encode(),
    "chat_history.csv": f"{CHATS}m,2024-07-04 01:02:03 UTC,,alex_mere,you there,,room,,,direct\n".encode(),
    "ip_logs.csv": b"date,ip\nregistration ip,198.51.100.9\n2024-07-02 02:30:00 UTC,203.0.113.77\n",
}


def one(item: Loaded) -> tuple[str | None, tuple[str, ...], str | None]:
    sender = item.envelope.sender.value if item.envelope.sender else None
    return sender, tuple(account.value for account in item.envelope.recipients), item.text


def decisions(folder: Path, options: ReadOptions | None = None) -> dict[str, str]:
    [claim] = claims(READER, folder, options)
    list(READER.scan(claim))
    return {said.subject: f"{said.chosen}: {said.basis}" for said in claim.decisions}


def test_the_sample_says_what_is_expected_of_it(update_golden: bool) -> None:
    golden(READER, "social-reddit", update_golden)


def test_each_file_of_the_sample_has_its_fate() -> None:
    found = fates(READER, EXPORT)
    assert found["messages.csv"] == found["messages_archive.csv"] == "messages"
    assert found["comments.csv"] == found["comments_2.csv"] == "comments"
    assert found["chat_history.csv"] == "chats" and found["ip_logs.csv"] == "addresses"
    assert [path for path, fate in found.items() if fate == "unknown"] == ["brand_new.csv"]
    assert {path for path, fate in found.items() if fate == "aside"} == {
        "account_gender.csv", "user_preferences.csv", "saved_posts.csv", "subscribed_subreddits.csv",
    }  # fmt: skip


def test_messages_go_both_ways_and_say_who_wrote_them() -> None:
    found = records(READER, EXPORT, "/messages.csv") or records(READER, EXPORT, "messages.csv")
    assert one(found[0]) == ("alex_mere", ("sam_field",), 'We should talk.\n\n"You know why", £5')
    assert one(found[1]) == ("sam_field", ("alex_mere",), "Please leave me alone.")
    assert found[0].envelope.time.ts_utc == "2024-07-01T12:34:56Z"
    assert found[0].envelope.time.ts_raw == "2024-07-01 12:34:56 UTC"


def test_trap_the_first_message_of_a_thread_names_none_and_belongs_to_it() -> None:
    found = {item.facts["id"]: item.envelope.conversation.key for item in records(READER, EXPORT, "messages.csv")}
    assert found["aa1"] == found["aa2"] == found["aa3"] == "reddit:aa1"
    assert found["aa6"] == "reddit:subject:alex_mere:no date"


def test_without_threads_messages_stand_with_account_and_subject(tmp_path: Path) -> None:
    rows = "a,p,,2024-07-01 12:34:56 UTC,,alex_mere,sam_field,Bread,x\nb,p,,2024-07-01 12:35:56 UTC,,sam_field,alex_mere,re: bread,y\n"
    put(tmp_path, {"messages.csv": (HEADER + rows).encode(), "statistics.csv": STATISTICS})
    found = records(READER, tmp_path, "messages.csv")
    assert {item.envelope.conversation.key for item in found} == {"reddit:subject:alex_mere:bread"}


def test_a_deleted_account_is_nobody_and_a_community_is_named_as_such() -> None:
    found = {item.facts["id"]: item for item in records(READER, EXPORT, "messages.csv")}
    assert found["aa4"].envelope.sender is None and "reddit:account-deleted" in found["aa4"].envelope.notes
    assert one(found["aa5"])[0] == "r/bakers"
    assert found["aa6"].envelope.time.utc_us is None and "time-missing" in found["aa6"].envelope.notes


def test_trap_columns_are_found_by_name_in_any_order_and_number(tmp_path: Path) -> None:
    text = "body,to,new_column,from,date,thread_id,permalink,id\nhello,sam_field,z,alex_mere,2024-07-01 12:34:56 UTC,t,p,a\n"
    put(tmp_path, {"renamed.csv": text.encode()})
    [item] = records(READER, tmp_path)
    assert one(item) == ("alex_mere", ("sam_field",), "hello") and item.facts["new_column"] == "z"


@pytest.mark.parametrize(
    "header",
    ["ID,Timestamp,Contents,Attachments", "FROM,TO,DATE,SUBJECT,CONTENT,CONVERSATION ID,SENDER PROFILE URL",
     "AuthorID,Author,Date,Content,Attachments,Reactions", "date,ip", "a,b"],
)  # fmt: skip
def test_trap_messages_csv_of_others_is_not_taken(header: str, tmp_path: Path) -> None:
    put(tmp_path, {"messages.csv": f"{header}\n1,2,3,4,5,6,7\n".encode()})
    assert claims(READER, tmp_path) == []


def test_trap_text_is_not_put_through_an_escape_decoder(tmp_path: Path) -> None:
    row = 'a,p,t,2024-07-01 12:34:56 UTC,,alex_mere,sam_field,s,"C:\\new\\table £5 – ok"\n'
    put(tmp_path, {"messages.csv": (HEADER + row).encode()})
    [item] = records(READER, tmp_path)
    assert item.text == "C:\\new\\table £5 – ok"


def test_chats_are_rooms_with_the_people_seen_in_them() -> None:
    found = {item.facts["message_id"]: item for item in records(READER, EXPORT, "chat_history.csv")}
    assert one(found["m1"]) == ("alex_mere", ("sam_field",), "you there")
    assert one(found["m2"])[:2] == ("sam_field", ("alex_mere",))
    assert [date.ts_utc for date in found["m2"].dates] == ["2024-07-04T01:06:00Z"] and not found["m1"].dates
    assert found["m3"].envelope.sender is None and "generated-text" in found["m3"].envelope.marks
    assert set(one(found["m5"])[1]) == {"robin_vale", "sam_field"}
    groups = {name: item.envelope.conversation.is_group for name, item in found.items()}
    assert groups == {"m1": False, "m2": False, "m3": False, "m4": True, "m5": True, "m6": True}
    assert found["m1"].envelope.conversation.title == "alex_mere"
    assert ("bad-row", "chat_history.csv") in unread(READER, EXPORT)


def test_older_chats_have_a_column_less(tmp_path: Path) -> None:
    older = CHATS.replace("thread_parent_message_id,", "")
    put(tmp_path, {"c.csv": f"{older}m,2024-07-04 01:02:03 UTC,,alex_mere,hi,room,,,direct\n".encode()})
    [item] = records(READER, tmp_path)
    assert (item.text, item.envelope.conversation.key) == ("hi", "reddit:room")


def test_comments_posts_votes_and_friends_are_the_owners_acts() -> None:
    for name, kind in (
        ("comments.csv", "comment"),
        ("posts.csv", "post"),
        ("post_votes.csv", "reaction"),
        ("friends.csv", "follow"),
    ):
        for item in records(READER, EXPORT, name):
            assert (item.envelope.kind, one(item)[0]) == (kind, "sam_field")
    [friend] = records(READER, EXPORT, "friends.csv")
    assert one(friend)[1] == ("robin_vale",) and ("no-account", "friends.csv") in unread(READER, EXPORT)


def test_an_award_by_another_is_that_accounts_act() -> None:
    [item] = records(READER, EXPORT, "gold_received.csv")
    assert one(item)[:2] == ("alex_mere", ("sam_field",))


def test_headers_that_stand_alone_are_records_without_text_and_no_others() -> None:
    assert [item.facts["id"] for item in records(READER, EXPORT, "message_headers.csv")] == ["aa9"]
    assert [item.facts["id"] for item in records(READER, EXPORT, "comment_headers.csv")] == ["c3"]
    assert records(READER, EXPORT, "post_headers.csv") == []
    assert decisions(EXPORT)["reddit:rows-without-text"].startswith("2 found")


def test_a_message_in_two_tables_is_read_once() -> None:
    assert [item.facts["id"] for item in records(READER, EXPORT, "messages_archive.csv")] == ["a01"]
    assert decisions(EXPORT)["reddit:repeated-rows"].startswith("1 read once")


def test_log_ins_stand_with_the_account_and_where_it_was_made_is_no_log_in() -> None:
    found = [
        (item.envelope.marks, item.facts["ip"], item.envelope.time.ts_utc)
        for item in records(READER, EXPORT, "ip_logs.csv")
    ]
    assert found == [
        (("account-made",), "198.51.100.9", None),
        (("log-in",), "203.0.113.77", "2024-07-02T02:30:00Z"),
        (("log-in",), "2001:db8::4", "2024-07-01T07:00:00Z"),
    ]
    assert all(item.envelope.conversation.account_events for item in records(READER, EXPORT, "ip_logs.csv"))


def test_the_exports_own_list_tells_what_is_missing_and_what_differs() -> None:
    said = decisions(EXPORT)
    assert said["reddit:missing-files"].startswith("1 of 24 files: checkfile.csv names chat_history_2.csv")
    assert said["reddit:file-differs"].startswith("friends.csv: checkfile.csv gives 0000")
    assert decisions(SAMPLE)["reddit:file-differs"].startswith("export_sam_field_20240710/friends.csv")


def test_whose_export_it_is(tmp_path: Path) -> None:
    rows = "a,p,t,2024-07-01 12:34:56 UTC,,alex_mere,sam_field,s,x\n"
    named = put(tmp_path / "one", {"export_sam_field_20240710/messages.csv": (HEADER + rows).encode()})
    assert decisions(named)["reddit:owner"] == "sam_field: the name of the export"
    bare = put(tmp_path / "two", {"x/messages.csv": (HEADER + rows).encode()})
    assert decisions(bare)["reddit:owner"].startswith("not known")
    assert decisions(bare, ReadOptions(owner_names=("sam_field",)))["reddit:owner"] == "sam_field: as said"
    more = rows + "b,p,u,2024-07-01 12:34:56 UTC,,sam_field,robin_vale,s,x\n"
    both = put(tmp_path / "three", {"x/messages.csv": (HEADER + more).encode()})
    assert decisions(both)["reddit:owner"].startswith("sam_field: statistics.csv is not here")


@pytest.mark.parametrize("wrapper", ["", "export_sam_field_20240710/", "a/b/"])
def test_the_root_is_found_whatever_is_round_it(wrapper: str, tmp_path: Path) -> None:
    put(tmp_path, {f"{wrapper}{path}": data for path, data in SMALL.items()} | {"other/date.csv": b"date,ip\n1,2\n"})
    [claim] = claims(READER, tmp_path)
    assert claim.facts["root"] == wrapper.rstrip("/")
    assert "other/date.csv" not in [member.tree_path for member in claim.members]


def test_nobody_else_claims_an_export_and_this_claims_nothing_else() -> None:
    for folder in sorted(FIXTURES.iterdir()):
        if folder.is_dir() and folder.name not in ("social-reddit", "story"):
            assert claims(READER, folder) == [], folder.name
    for parser in all_parsers():
        if parser.name != READER.name:
            assert list(claims(parser, SAMPLE)) == [], parser.name


@pytest.mark.parametrize("name", ["messages.csv", "chat_history.csv", "ip_logs.csv"])
def test_a_file_cut_at_any_byte_never_stops_the_reader(name: str, tmp_path: Path) -> None:
    cut_everywhere(READER, put(tmp_path, SMALL), name)


@pytest.mark.parametrize("name", list(SMALL))
def test_damaged_files_never_stop_the_reader(name: str, tmp_path: Path) -> None:
    mutate(READER, put(tmp_path, SMALL), name, 40)


def test_files_without_rows_and_without_a_header_are_no_error(tmp_path: Path) -> None:
    put(tmp_path, {**SMALL, "messages.csv": HEADER.encode(), "ip_logs.csv": b""})
    assert scanned(READER, tmp_path)


def test_a_bundle_of_what_the_subject_did(tmp_path: Path) -> None:
    shutil.copytree(EXPORT, tmp_path / "export")
    words = ("bundle", tmp_path / "export", "--sender", "@alex_mere", "--out", tmp_path / "out", "--json")
    done = subprocess.run(
        [sys.executable, "-m", "plainrecord", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 5, done.stderr  # made, and two places of the sample are unread
    made = json.loads(done.stdout)
    counts = made["counts"]
    assert counts["seen"] == counts["included"] + counts["not_included"] + counts["unread"]
    lines = [
        json.loads(line) for line in (Path(made["path"]) / "data/items/messages.jsonl").read_text("utf-8").splitlines()
    ]
    told = {(line["kind"], line["direction"], line["text"]) for line in lines}
    assert ("message", "subject_to_owner", "you there") in told
    assert ("message", "owner_to_subject", "Please leave me alone.") in told
    assert not [line for line in lines if line["text"] in ("Recipe?", "channel talk")]
    verified = subprocess.run(
        [sys.executable, "-m", "plainrecord", "verify", made["path"]], capture_output=True, check=False
    )
    assert verified.returncode == 0


def test_a_date_nobody_can_read_is_said_to_be_there_and_a_name_in_capitals_is_the_same(tmp_path: Path) -> None:
    rows = "id,permalink,thread_id,date,ip,from,to,subject,body\n" + "".join(
        f"a{number},x,,{when},,{who},sam_field,hi,text\n"
        for number, (when, who) in enumerate([("soon", "alex_mere"), ("", "Alex_Mere")])
    )
    folder = tmp_path / "export_sam_field_20240710"
    folder.mkdir()
    (folder / "messages.csv").write_text(rows)
    first, second = records(READER, tmp_path)
    assert "reddit:date-not-understood" in first.envelope.notes and "time-missing" in second.envelope.notes
    assert first.envelope.conversation.key == second.envelope.conversation.key
