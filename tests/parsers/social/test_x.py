from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chat_readers import FIXTURES, claims, scanned
from package_checks import as_json, cut_everywhere, fates, golden, mutate, put, records, unread
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.registry import all_parsers
from plainrecord.parsers.social.x import X
from plainrecord.parsers.social.xscript import opening, time_of_id, unescaped
from plainrecord.records import Loaded, Unread

READER = X()
SAMPLE = FIXTURES / "social-x"
SAM, ALEX, SECOND = "1111000011", "1807754760934142009", "1807754760934142011"
PAIR = f"{SAM}-{ALEX}"


def script(name: str, items: object, part: int = 0) -> bytes:
    return f"window.YTD.{name}.part{part} = ".encode() + as_json(items)


def account() -> bytes:
    return script(
        "account", [{"account": {"accountId": SAM, "username": "sam_field", "accountDisplayName": "Sam Field"}}]
    )


def talk(*events: dict[str, Any], key: str = PAIR) -> dict[str, Any]:
    return {"dmConversation": {"conversationId": key, "messages": list(events)}}


def message(one: str, text: str = "hi", sender: str = ALEX, **more: Any) -> dict[str, Any]:
    inner = {"id": one, "senderId": sender, "recipientId": SAM if sender == ALEX else ALEX, "text": text}
    return {"messageCreate": {**inner, "createdAt": "2024-07-01T12:34:56.123Z", **more}}


def said(items: list[Loaded]) -> list[tuple[str | None, str | None]]:
    return [(item.envelope.sender.value if item.envelope.sender else None, item.text) for item in items]


def decisions(folder: Path) -> dict[str, str]:
    [claim] = claims(READER, folder)
    list(READER.scan(claim))
    return {one.subject: f"{one.chosen}: {one.basis}" for one in claim.decisions}


def test_the_sample_says_what_is_expected_of_it(update_golden: bool) -> None:
    golden(READER, "social-x", update_golden)


def test_each_file_of_the_sample_has_its_fate() -> None:
    found = fates(READER, SAMPLE / "archive")
    data = {path.removeprefix("data/"): fate for path, fate in found.items()}
    assert data["direct-messages.js"] == data["direct-messages-part1.js"] == "messages"
    assert data["direct-messages-group.js"] == "groups"
    assert data["direct-message-headers.js"] == data["direct-message-group-headers.js"] == "headers"
    assert (
        data["deleted-tweets.js"] == "deleted"
        and data["tweets.js"] == "tweets"
        and data["note-tweet.js"] == "longposts"
    )
    assert data["ip-audit.js"] == "ipaudit" and data["block.js"] == "block" and data["manifest.js"] == "manifest"
    aside = {path for path, fate in found.items() if fate == "aside"}
    assert {path.rpartition("/")[2] for path in aside} == {
        "Your archive.html", "runtime.js", "README.txt", "ad-impressions.js", "ageinfo.js", "lists-member.js", "moment.js",
        "1-x.png", "personalization.js", "product-set.js", "saved-search.js",
    }  # fmt: skip
    assert [path for path, fate in found.items() if fate == "unknown"] == ["data/brand-new-thing.js"]
    assert sorted(fates(READER, SAMPLE / "monthly").values()) == ["aside", "aside", "details", "tweets"]


def test_trap_a_script_has_a_byte_order_mark_line_ends_of_windows_and_a_semicolon() -> None:
    raw = (SAMPLE / "archive/data/direct-messages.js").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfwindow.YTD") and b"\r\n" in raw and raw.endswith(b";\r\n")
    assert not [place for place in unread(READER, SAMPLE / "archive") if place[1] == "direct-messages.js"]
    first = records(READER, SAMPLE, "direct-messages.js")[0]
    start, end = map(int, first.envelope.position.locator.removeprefix("bytes:").partition("#")[0].split("-"))
    assert "messageCreate" in json.loads(raw[start:end])


@pytest.mark.parametrize("tail", [b";;", b"; x", b" {}"])
def test_what_stands_behind_a_script_and_is_no_semicolon_is_said(tail: bytes, tmp_path: Path) -> None:
    put(tmp_path, {"data/account.js": account() + tail})
    assert unread(READER, tmp_path) == [("trailing-data", "account.js")]


def test_trap_an_id_is_never_a_number() -> None:
    senders = {sender for sender, _ in said(records(READER, SAMPLE / "archive", "direct-messages.js"))}
    assert ALEX in senders and SECOND in senders and str(int(float(ALEX))) not in senders


def test_an_id_written_as_a_number_keeps_every_digit(tmp_path: Path) -> None:
    raw = as_json([talk(message("1"))]).replace(f'"{ALEX}"'.encode(), ALEX.encode())
    put(
        tmp_path,
        {"data/direct-messages.js": b"window.YTD.direct_messages.part0 = " + raw, "data/account.js": account()},
    )
    assert said(records(READER, tmp_path, "messages.js")) == [(ALEX, "hi")]


def test_trap_one_conversation_over_two_items_and_two_parts_is_one(tmp_path: Path) -> None:
    files = {
        "data/account.js": account(),
        "data/direct-messages.js": script("direct_messages", [talk(message("1", "a")), talk(message("2", "b"))]),
        "data/direct-messages-part1.js": script("direct_messages", [talk(message("3", "c"))], 1),
    }
    found = records(READER, put(tmp_path, files), ".js")
    assert {item.envelope.conversation.key for item in found if item.text} == {f"x:{PAIR}"}
    assert sorted(item.text for item in found if item.text) == ["a", "b", "c"]


def test_trap_a_message_given_twice_is_read_once_and_two_alike_are_two(tmp_path: Path) -> None:
    first, alike = message("1", "same"), message("2", "same")
    files = {
        "data/account.js": account(),
        "data/direct-messages.js": script("direct_messages", [talk(first, alike), talk(first)]),
    }
    put(tmp_path, files)
    assert [item.facts["message-id"] for item in records(READER, tmp_path, "messages.js")] == ["1", "2"]
    assert decisions(tmp_path)["x:repeated-messages"].startswith("1 read once")


def test_two_states_of_one_message_are_both_kept(tmp_path: Path) -> None:
    both = script("direct_messages", [talk(message("1", "before")), talk(message("1", "after"))])
    put(tmp_path, {"data/account.js": account(), "data/direct-messages.js": both})
    found = records(READER, tmp_path, "messages.js")
    assert [item.text for item in found] == ["before", "after"]
    assert all("x:id-given-twice" in item.envelope.notes for item in found)


def test_trap_the_manifest_names_a_file_that_is_missing() -> None:
    said = decisions(SAMPLE / "archive")
    assert said["x:missing-files"].startswith("1 of 42 files: manifest.js names data/direct-messages-part2.js")
    assert "counts 2" in said["x:count-differs"] and "like.js" in said["x:count-differs"]


def test_a_complete_archive_has_no_complaint(tmp_path: Path) -> None:
    manifest = {"dataTypes": {"account": {"files": [{"fileName": "data/account.js", "count": "1"}]}}}
    put(tmp_path, {"data/account.js": account(), "data/manifest.js": b"window.__THAR_CONFIG = " + as_json(manifest)})
    assert decisions(tmp_path) == {}
    assert unread(READER, tmp_path) == []


def test_an_archive_that_says_it_is_partial_is_said_to_be(tmp_path: Path) -> None:
    manifest = {"archiveInfo": {"isPartialArchive": True}, "dataTypes": {}}
    put(tmp_path, {"data/account.js": account(), "data/manifest.js": b"window.__THAR_CONFIG = " + as_json(manifest)})
    assert list(decisions(tmp_path)) == ["x:partial-archive"]


def test_trap_escaped_text_is_shown_as_typed_and_kept_as_stored() -> None:
    [item] = [item for item in records(READER, SAMPLE / "archive", "part1.js") if item.text and "I & you" in item.text]
    assert item.text == "I & you. 3 < 4 &amp; so on &copy;"
    assert item.facts["text-as-stored"] == "I &amp; you. 3 &lt; 4 &amp;amp; so on &copy;"
    assert "x:html-escaped-text" in item.envelope.notes
    assert unescaped("&notit; &#39; &amp;lt;") == "&notit; &#39; &lt;"


def test_trap_a_group_event_has_no_recipient_and_members_are_those_of_the_time() -> None:
    found = records(READER, SAMPLE / "archive", "group.js")
    by_text = {item.text: {one.value for one in item.envelope.recipients} for item in found}
    assert by_text["Hello both"] == {SAM, "3333000033"}
    assert by_text["Where were you last night, Sam"] == {SAM, "3333000033", "2222000022"}
    assert by_text["Alex, please leave this group alone"] == {ALEX, "2222000022"}
    assert all(item.envelope.conversation.is_group for item in found)


def test_whose_act_each_group_event_is() -> None:
    found = {item.facts.get("event"): item for item in records(READER, SAMPLE / "archive", "group.js")}
    added, left = found["participantsJoin"], found["participantsLeave"]
    assert added.envelope.sender and added.envelope.sender.value == "3333000033"
    assert [one.value for one in added.envelope.recipients] == [ALEX]
    assert left.envelope.sender is None and "x:actor-not-stated" in left.envelope.notes
    renamed = found["conversationNameUpdate"]
    assert renamed.envelope.sender and (renamed.envelope.sender.value, renamed.text) == (ALEX, "Sam & the liars")
    assert {item.envelope.kind for name, item in found.items() if name} == {"system"}


def test_a_reaction_is_its_senders_act_whoever_wrote_the_message() -> None:
    found = [item for item in records(READER, SAMPLE / "archive") if item.text in ("like", "funny")]
    pairs = {
        (item.envelope.sender.value, tuple(one.value for one in item.envelope.recipients))
        for item in found
        if item.envelope.sender and "messages" in item.envelope.position.member
    }
    assert pairs == {(SAM, (ALEX,)), (SECOND, (SAM,))}


def test_the_smaller_number_stands_first_and_says_nothing_of_the_owner(tmp_path: Path) -> None:
    [claim] = claims(READER, put(tmp_path, {"data/dm.js": script("direct_messages", [talk(message("1"))])}))
    items = list(READER.scan(claim))
    assert [one.also for one in items if not isinstance(one, Unread)] == [()]
    assert [(one.subject, one.chosen) for one in claim.decisions] == [("x:owner", "not known")]


def test_without_the_account_the_owner_is_who_is_in_every_pair_or_who_a_person_says(tmp_path: Path) -> None:
    both = [talk(message("1")), talk(message("2", sender="77", recipientId=SAM), key=f"77-{SAM}")]
    put(tmp_path, {"data/dm.js": script("direct_messages", both)})
    assert decisions(tmp_path)["x:owner"].startswith(f"{SAM}: the only account in all 2")
    [claim] = claims(READER, tmp_path, ReadOptions(owner_names=("77",)))
    list(READER.scan(claim))
    assert [(one.chosen, one.certain) for one in claim.decisions] == [("77", True)]


def test_a_header_alone_is_a_record_without_text_and_other_headers_are_not_counted_twice() -> None:
    [gap] = records(READER, SAMPLE / "archive", "message-headers.js")
    assert (gap.text, gap.envelope.marks) == (None, ("text-not-in-archive",))
    assert gap.envelope.sender and gap.envelope.sender.value == ALEX
    assert decisions(SAMPLE / "archive")["x:messages-without-text"].startswith("1 found")


def test_a_header_without_an_id_is_kept_and_a_message_without_text_says_so(tmp_path: Path) -> None:
    nameless = {"messageCreate": {"senderId": ALEX, "recipientId": SAM, "createdAt": "2024-07-01T12:00:00.000Z"}}
    files = {
        "data/account.js": account(),
        "data/direct-message-headers.js": script("direct_message_headers", [talk(nameless, message("odd"))]),
        "data/direct-messages.js": script("direct_messages", [talk(message("odd", "here"), message("7", "too"))]),
    }
    found = records(READER, put(tmp_path, files))
    talked = [(item.envelope.position.member, item.text, item.envelope.marks) for item in found if item.envelope.sender]
    assert talked == [
        ("data/direct-message-headers.js", None, ("text-not-in-archive",)),
        ("data/direct-messages.js", "here", ()),
        ("data/direct-messages.js", "too", ()),
    ]


def test_headers_without_any_file_of_messages_are_all_records(tmp_path: Path) -> None:
    left = {"participantsLeave": {"userIds": [ALEX], "createdAt": "2024-07-01T12:00:00.000Z"}}
    heads = script("direct_message_group_headers", [talk(message("1"), left, key="5")])
    put(tmp_path, {"data/account.js": account(), "data/heads.js": heads})
    assert [item.envelope.kind for item in records(READER, tmp_path, "heads.js")] == ["message", "system"]


def test_two_parts_of_an_archive_are_one_and_each_part_is_read(tmp_path: Path) -> None:
    for part, text in ((1, "first"), (2, "second")):
        with zipfile.ZipFile(tmp_path / f"twitter-2024-07-10-abc-part{part}.zip", "w") as made:
            made.writestr("data/account.js", account())
            made.writestr("data/tweets.js", script("tweets", [{"tweet": {"id_str": str(part), "full_text": text}}]))
    [claim] = claims(READER, tmp_path)
    texts = [item.text for item in records(READER, tmp_path) if item.envelope.kind == "post"]
    assert texts == ["first", "second"]
    list(READER.scan(claim))
    assert {one.subject for one in claim.decisions} == {"download:repeated-file", "download:two-states-of-a-file"}


def test_an_encrypted_message_is_counted_without_words() -> None:
    found = [item for item in records(READER, SAMPLE / "archive") if "encrypted" in item.envelope.marks]
    assert [(item.envelope.kind, item.text) for item in found] == [("message", None)]
    assert decisions(SAMPLE / "archive")["x:encrypted-messages"].startswith("not known: key-registry.js lists devices")


def test_time_and_id_are_held_against_each_other() -> None:
    found = {item.text: item for item in records(READER, SAMPLE / "archive", "part1.js")}
    wrong, none = found["wrong clock"], found["no time stated"]
    assert wrong.envelope.time.ts_utc == "2024-06-30T21:00:00.000Z"
    assert wrong.facts["time-by-id"] == "2024-06-30T22:00:00.000Z" and "x:time-and-id-differ" in wrong.envelope.notes
    assert none.envelope.time.ts_utc == "2024-06-30T20:00:00.000Z" and "x:time-taken-from-the-id" in none.envelope.notes
    assert all("x:time-and-id-differ" not in found[text].envelope.notes for text in found if text != "wrong clock")


def test_vector_the_id_of_the_reference_is_its_instant() -> None:
    time = time_of_id("1807754760934129664")
    assert time and time.ts_utc == "2024-07-01T12:34:56.123Z"
    assert time_of_id("20") is None and time_of_id("x") is None and time_of_id("9" * 40) is None


def test_a_year_that_cannot_be_gives_way_to_the_id() -> None:
    [item] = [
        item for item in records(READER, SAMPLE / "archive", "tweets.js") if item.text == "a post with an absurd year"
    ]
    assert item.envelope.time.ts_utc == "2023-02-10T08:00:00.000Z"
    assert item.facts["time-as-stated"] == "Fri Feb 10 08:00:00 +0000 50808"


def test_posts_are_the_owners_acts_and_name_others_by_number() -> None:
    found = {item.text: item for item in records(READER, SAMPLE / "archive", "/tweets.js")}
    assert {item.envelope.sender.value for item in found.values() if item.envelope.sender} == {SAM}
    answer = found["@alex_mere Do not contact me again."]
    assert (answer.envelope.kind, [one.value for one in answer.envelope.recipients]) == ("comment", [ALEX])
    assert answer.envelope.conversation.key == f"x:acts:id:{ALEX}"
    two = found["Thanks @robin_vale and @jo_kaya <3 https://t.co/zZ9"]
    assert two.envelope.conversation.key == f"x:post:{two.facts['post-id']}"
    assert two.facts["link https://t.co/zZ9"] == "https://pages.example/thanks"
    assert found["RT @robin_vale: fresh bread"].envelope.marks == ("repost",)


def test_a_long_post_is_shown_whole() -> None:
    [item] = [item for item in records(READER, SAMPLE / "archive", "/tweets.js") if item.facts.get("text-as-cut")]
    assert item.text and item.text.endswith("a letter & ends with a change of locks.")
    [alone] = records(READER, SAMPLE / "archive", "note-tweet.js")
    assert alone.text == item.text and "x:long-post" in alone.envelope.notes


def test_deleted_posts_say_so_and_a_post_of_which_only_the_header_is_left_too() -> None:
    [item] = records(READER, SAMPLE / "archive", "/deleted-tweets.js")
    assert item.envelope.marks == ("deleted",) and [date.ts_utc for date in item.dates] == ["2024-06-01T09:00:00Z"]
    [alone] = records(READER, SAMPLE / "archive", "/deleted-tweet-headers.js")
    assert (alone.text, alone.envelope.marks) == (None, ("text-not-in-archive", "deleted"))


def test_the_words_of_a_liked_post_are_not_the_owners() -> None:
    [item] = records(READER, SAMPLE / "archive", "like.js")
    assert (item.text, item.facts["liked-post"], item.envelope.recipients) == ("like", "Rye & spelt today", ())
    assert item.envelope.time.utc_us is None


def test_followers_act_and_blocks_are_the_owners() -> None:
    def acts(name: str) -> list[tuple[str, str]]:
        found = records(READER, SAMPLE / "archive", name)
        return [
            (item.envelope.sender.value, item.envelope.recipients[0].value) for item in found if item.envelope.sender
        ]

    assert acts("follower.js") == [(ALEX, SAM), ("2222000022", SAM)]
    assert acts("following.js") == [(SAM, "2222000022")]
    assert acts("block.js") == [(SAM, ALEX), (SAM, SECOND)]
    [automatic] = records(READER, SAMPLE / "archive", "smartblock.js")
    assert automatic.envelope.sender is None and "automatic" in automatic.envelope.marks
    assert ("no-account", "block.js") in unread(READER, SAMPLE / "archive")


def test_lists_without_dates_are_undated_and_never_1970() -> None:
    for name in ("follower.js", "following.js", "block.js", "mute.js"):
        for item in records(READER, SAMPLE / "archive", name):
            assert item.envelope.time.utc_us is None and "time-missing" in item.envelope.notes


def test_log_ins_stand_with_the_account_and_secrets_stay_behind() -> None:
    found = records(READER, SAMPLE / "archive", "ip-audit.js")
    assert [item.facts["loginIp"] for item in found] == ["203.0.113.77", "198.51.100.4"]
    assert {item.envelope.kind for item in found} == {"login_alert"}
    assert all(item.envelope.sender is None and item.envelope.conversation.account_events for item in found)
    everything = json.dumps([item.facts for item in records(READER, SAMPLE / "archive")])
    assert "not-a-real" not in everything and "withheld: secret" in everything


def test_pictures_are_found_by_the_message_id_in_their_name() -> None:
    files = {one.name: one for item in records(READER, SAMPLE / "archive") for one in item.attachments}
    assert files["Door_1.jpg"].state == "present" and files["Loaf.png"].state == "present"
    assert files["WaVe.mp4"].facts["kind"] == "animated picture, kept as video"
    assert files["lost.mp4"].state == "missing" and "dm_video" in files["lost.mp4"].facts["link"]
    assert files["face.jpg"].state == "present"


def test_pictures_zipped_inside_an_old_archive_are_found(tmp_path: Path) -> None:
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w") as made:
        made.writestr("7-Door.jpg", b"\xff\xd8\xff invented")
    picture = message("7", mediaUrls=["https://ton.social.example/dm/7/1/Door.jpg"])
    files = {
        "old/account.js": account(),
        "old/direct-message.js": script("direct_message", [talk(picture)]),
        "old/direct_message_media/direct_message_media.zip": inner.read_bytes(),
    }
    inner.unlink()
    [item] = records(READER, put(tmp_path, files), "direct-message.js")
    assert [(one.name, one.state) for one in item.attachments] == [("Door.jpg", "present")]


def test_of_a_film_the_one_size_that_is_there_is_found(tmp_path: Path) -> None:
    sizes = [{"url": f"https://video.social.example/{name}?tag=1"} for name in ("small.mp4", "large.mp4", "list.m3u8")]
    media = [{"media_url_https": "https://pbs.social.example/thumb.jpg", "video_info": {"variants": sizes}}]
    film = {
        "tweet": {"id_str": "9", "full_text": "x", "extended_entities": {"media": media}, "entities": {"media": media}}
    }
    files = {
        "data/account.js": account(),
        "data/tweets.js": script("tweets", [film]),
        "data/tweets_media/9-large.mp4": b"\0\0\0\x18ftypmp42invented",
    }
    [item] = records(READER, put(tmp_path, files), "tweets.js")
    assert [(one.state, one.also_named) for one in item.attachments] == [("present", ["9-large.mp4"])]


def test_names_come_from_the_owners_own_mentions() -> None:
    [item] = [item for item in records(READER, SAMPLE / "archive") if item.text == "your door this morning"]
    assert item.envelope.sender and item.envelope.sender.name == "Alex Mere"
    assert ("handle", "alex_mere", "sender") in [(one.kind, one.value, one.role) for one in item.envelope.also]


@pytest.mark.parametrize("wrapper", ["", "twitter-2024-07-10-abc/", "a/b/"])
@pytest.mark.parametrize("inner", ["data/", ""])
def test_the_root_is_found_whatever_is_round_it(wrapper: str, inner: str, tmp_path: Path) -> None:
    [claim] = claims(READER, put(tmp_path, {f"{wrapper}{inner}account.js": account(), "other.txt": b"hello"}))
    assert claim.facts["root"] == wrapper.rstrip("/")


def test_a_script_of_another_kind_is_no_archive(tmp_path: Path) -> None:
    put(tmp_path, {"a.js": b"var x = 1;", "b.js": b"window.other = []", "data/c.js": b"export default {}"})
    assert claims(READER, tmp_path) == []
    assert opening(b"[1]") == 0 and opening(b"var a = [") == 7


def test_nobody_else_claims_an_archive_and_x_claims_nothing_else() -> None:
    for folder in sorted(FIXTURES.iterdir()):
        if folder.is_dir() and folder.name not in ("social-x", "story"):
            assert claims(READER, folder) == [], folder.name
    for parser in all_parsers():
        if parser.name != READER.name:
            assert list(claims(parser, SAMPLE)) == [], parser.name


SMALL = {
    "data/account.js": account(),
    "data/direct-messages.js": script(
        "direct_messages",
        [
            talk(
                message("1807754760934129664", "“é” &amp;", reactions=[{"senderId": SAM, "reactionKey": "sad"}]),
                {
                    "conversationNameUpdate": {
                        "initiatingUserId": ALEX,
                        "name": "n",
                        "createdAt": "2024-07-01T00:00:00.000Z",
                    }
                },
            )
        ],
    ),
    "data/tweets.js": script(
        "tweets", [{"tweet": {"id_str": "5", "full_text": "t", "created_at": "Wed Oct 10 20:19:24 +0000 2018"}}]
    ),
    "data/block.js": script("block", [{"blocking": {"accountId": ALEX}}]),
}


@pytest.mark.parametrize("name", [name for name in SMALL if name != "data/account.js"])
def test_a_file_cut_at_any_byte_keeps_what_is_whole(name: str, tmp_path: Path) -> None:
    cut_everywhere(READER, put(tmp_path, SMALL), name)


@pytest.mark.parametrize("name", list(SMALL))
def test_damaged_files_never_stop_the_reader(name: str, tmp_path: Path) -> None:
    mutate(READER, put(tmp_path, SMALL), name, 60)


def test_wrong_types_everywhere_are_problems_and_never_exceptions(tmp_path: Path) -> None:
    wrong: list[Any] = [
        None,
        1,
        "x",
        [],
        {},
        [1],
        {"a": None},
        {"tweet": []},
        {"tweet": {"id_str": ["1"], "entities": "x"}},
    ]
    wrong += [
        {"dmConversation": value}
        for value in (None, [], {"messages": 1}, {"messages": [1, None, {}, {"messageCreate": 1}]})
    ]
    wrong += [
        {
            "tweet": {
                "id_str": "1",
                "entities": {"user_mentions": [1, {}], "urls": [None]},
                "edit_info": 3,
                "note_tweet": [],
            }
        }
    ]
    for name in (
        "direct_messages",
        "tweets",
        "like",
        "note_tweet",
        "ip_audit",
        "block",
        "contact",
        "key_registry",
        "profile",
    ):
        put(tmp_path, {f"data/{name}.js": script(name, wrong)})
    assert scanned(READER, tmp_path)


def test_a_bundle_of_what_the_subject_did(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE / "archive", tmp_path / "archive")
    words = (
        "bundle",
        tmp_path / "archive",
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
    assert done.returncode == 5, done.stderr  # made, and two places of the sample are unread
    made = json.loads(done.stdout)
    counts = made["counts"]
    assert counts["seen"] == counts["included"] + counts["not_included"] + counts["unread"]
    lines = [
        json.loads(line) for line in (Path(made["path"]) / "data/items/messages.jsonl").read_text("utf-8").splitlines()
    ]
    told = {(line["kind"], line["direction"], line["text"]) for line in lines}
    assert ("message", "subject_to_owner", "your door this morning") in told
    assert ("follow", "subject_to_owner", None) in told and ("block", "owner_to_subject", None) in told
    assert not [line for line in lines if line["text"] in ("Tea?", "RT @robin_vale: fresh bread")]
    verified = subprocess.run(
        [sys.executable, "-m", "plainrecord", "verify", made["path"]], capture_output=True, check=False
    )
    assert verified.returncode == 0


def test_a_key_that_is_an_object_is_withheld_whole(tmp_path: Path) -> None:
    secret = {"deviceToken": {"token": {"first": "not-a-real-key"}, "clientApplicationName": "App"}}
    put(tmp_path, {"data/account.js": account(), "data/device-token.js": script("device_token", [secret])})
    everything = json.dumps([item.facts for item in records(READER, tmp_path)])
    assert "not-a-real" not in everything and "withheld: secret" in everything and "App" in everything


def test_two_archives_in_one_folder_have_no_owner_that_acts_are_credited_to(tmp_path: Path) -> None:
    other = [{"account": {"accountId": "2222000022", "username": "robin_vale", "accountDisplayName": "Robin Vale"}}]
    blocked = script("block", [{"blocking": {"accountId": ALEX}}])
    put(
        tmp_path,
        {
            "data/account.js": account(),
            "data/block.js": blocked,
            "older/data/account.js": script("account", other),
            "older/data/block.js": blocked,
        },
    )
    found = [item for item in records(READER, tmp_path) if item.envelope.kind == "block"]
    assert len(found) == 2 and all(item.envelope.sender is None for item in found)
    assert decisions(tmp_path)["x:owner"].startswith("not settled")


def test_a_field_of_a_message_that_holds_something_else_is_kept_as_it_stands(tmp_path: Path) -> None:
    event = message("1807754760934129664", text="hi", mediaUrls=[{"u": 1}], reactions=["like"], urls="none")
    event["messageCreate"]["text"] = {"parts": ["come", "out"]}
    put(tmp_path, {"data/account.js": account(), "data/direct-messages.js": script("direct_messages", [talk(event)])})
    [item] = [one for one in records(READER, tmp_path) if one.envelope.kind == "message"]
    kept = {name: value for name, value in item.facts.items() if name.endswith("as it stands")}
    assert set(kept) == {f"{name} as it stands" for name in ("text", "mediaUrls", "reactions", "urls")}
    assert "come" in kept["text as it stands"] and "like" in kept["reactions as it stands"]


@pytest.mark.parametrize("written", ["1970-01-01T00:00:00.000Z", "soon"])
def test_a_time_that_cannot_be_is_none_where_no_id_gives_another(written: str, tmp_path: Path) -> None:
    event = message("", createdAt=written)
    put(tmp_path, {"data/account.js": account(), "data/direct-messages.js": script("direct_messages", [talk(event)])})
    [item] = [one for one in records(READER, tmp_path) if one.envelope.kind == "message"]
    assert item.envelope.time.utc_us is None and item.envelope.time.ts_raw == written
    assert "x:date-not-understood" in item.envelope.notes
