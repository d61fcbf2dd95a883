"""TikTok: every generation of keys, the text form in several languages and encodings, and what becomes of each file."""

from __future__ import annotations

import hashlib
import json
import shutil
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from download_checks import (
    FIXTURES,
    InBlocks,
    as_json,
    check_golden,
    claims,
    cut_everywhere,
    fates,
    mutate,
    odd_values,
    put,
    read,
    records,
    rescanned,
    told,
)
from plainrecord.parsers.social.sheets import PieceSheet
from plainrecord.parsers.social.tiktok import TikTok
from plainrecord.records import Envelope, Loaded, Unread

READER = TikTok()
SAMPLE = FIXTURES / "social-tiktok"


@pytest.fixture(scope="module")
def everything() -> list[Loaded]:
    """Every record of the sample."""
    return records(READER, SAMPLE)


def at(everything: list[Loaded], file: str, place: str = "") -> list[Loaded]:
    """The records of one file of the sample, at a pointer."""
    found = [item for item in everything if item.envelope.position.member.endswith(file)]
    return [item for item in found if place in item.envelope.position.locator]


def who(item: Loaded) -> tuple[str | None, list[str]]:
    """Sender and recipients by their values."""
    sender = item.envelope.sender
    return sender.value if sender else None, [one.value for one in item.envelope.recipients]


def message(**fields: Any) -> dict[str, Any]:
    return {"Date": "2024-08-01 07:00:00", "From": "alex_mere", "Content": "hi"} | fields


def document(chats: Any, **more: Any) -> bytes:
    profile = {"Profile Info": {"ProfileMap": {"userName": "sam.field"}}}
    return as_json({"Direct Message": {"Direct Messages": {"ChatHistory": chats}}, "Profile": profile} | more)


def chat(tmp_path: Path, *rows: Any, key: str = "Chat History with alex_mere:") -> list[Loaded]:
    found = read(READER, put(tmp_path, {"user_data_tiktok.json": document({key: list(rows)})}))
    return [item for item in found if item.envelope.kind == "message"]


def test_direct_messages_have_both_directions(everything: list[Loaded]) -> None:
    found = at(everything, "older/user_data.json", "/Chat History with alex_mere:/")
    assert [who(item) for item in found] == [
        ("alex_mere", ["sam.field"]),
        ("sam.field", ["alex_mere"]),
        ("alex_mere", ["sam.field"]),
        ("alex_mere", ["sam.field"]),
        ("mere_alex_old", []),
        ("alex_mere", ["sam.field"]),
    ]
    assert found[4].envelope.notes == ("tiktok:sender-neither",)
    assert found[3].envelope.marks == ("share",)
    assert {item.envelope.conversation.key for item in found} == {"tiktok:alex_mere"}


def test_trap_a_time_without_a_zone_is_utc(everything: list[Loaded]) -> None:
    [item] = at(everything, "older/user_data.json", "/Chat History with robin.vale::/")
    time = item.envelope.time
    assert (time.ts_raw, time.ts_utc, time.tz_basis) == (
        "2023-02-03 10:00:00",
        "2023-02-03T10:00:00Z",
        "documented_utc",
    )


@pytest.mark.parametrize(
    "header", ["Chat History with robin.vale:", "Chat History with robin.vale::", "chat history with @robin.vale"]
)
def test_trap_colons_behind_a_header_are_no_part_of_the_name(tmp_path: Path, header: str) -> None:
    [item] = chat(tmp_path, message(From="robin.vale"), key=header)
    assert (item.envelope.conversation.key, who(item)) == ("tiktok:robin.vale", ("robin.vale", ["sam.field"]))


def test_trap_lists_may_be_null() -> None:
    [claim] = claims(READER, SAMPLE / "empty")
    found = list(READER.scan(claim))
    assert [one.position.locator.rpartition("/")[2] for one in found] == ["ProfileMap"]


def test_two_equal_messages_of_one_second_are_two(everything: list[Loaded]) -> None:
    first, second, _ = at(everything, "newer/user_data_tiktok.json", "/Chat History with alx.mere.2:/")
    assert (first.text, first.envelope.time) == (second.text, second.envelope.time)
    assert first.envelope.position != second.envelope.position


def test_the_order_of_a_list_is_seen_from_its_times(everything: list[Loaded]) -> None:
    assert all(item.envelope.backwards for item in at(everything, "older/user_data.json", "/ChatHistory/"))
    assert not any(item.envelope.backwards for item in at(everything, "newer/user_data_tiktok.json"))
    assert all(item.envelope.backwards for item in at(everything, "Direct Messages.txt"))


@pytest.mark.parametrize(
    ("place", "kind", "sides"),
    [
        ("/FansList/", "follow", ("alx.mere.2", ["sam.field"])),
        ("/Following/Following/", "follow", ("sam.field", ["robin.vale"])),
        ("/BlockList/", "block", ("sam.field", ["alx.mere.2"])),
        ("/CommentsList/", "comment", ("sam.field", [])),
        ("/ItemFavoriteList/", "reaction", ("sam.field", [])),
        ("/Posts/VideoList/", "post", ("sam.field", [])),
        ("/LoginHistoryList/", "login_alert", (None, ["sam.field"])),
        ("/ProfileMap", "other", (None, ["sam.field"])),
    ],
)
def test_trap_each_list_says_whose_act_it_is(
    everything: list[Loaded], place: str, kind: str, sides: tuple[str | None, list[str]]
) -> None:
    [item] = at(everything, "newer/user_data_tiktok.json", place)
    assert (item.envelope.kind, who(item)) == (kind, sides)


def test_older_and_newer_keys_give_the_same_kinds(everything: list[Loaded]) -> None:
    older = {item.envelope.kind for item in at(everything, "older/user_data.json")}
    newer = {item.envelope.kind for item in at(everything, "newer/user_data_tiktok.json")}
    assert newer <= older == newer | {"payment"}


def test_a_log_in_has_its_address_and_device(everything: list[Loaded]) -> None:
    [item] = at(everything, "newer/user_data_tiktok.json", "/LoginHistoryList/")
    assert (item.facts["IP"], item.facts["DeviceModel"], item.text) == ("2001:db8::7", "Other Two", None)
    assert item.envelope.conversation.account_events


def test_a_group_is_a_group_and_names_no_members(everything: list[Loaded]) -> None:
    found = at(everything, "newer/user_data_tiktok.json", "/GroupChat/")
    assert [who(item) for item in found] == [
        ("robin.vale", ["sam.field"]), ("sam.field", []), ("alex_mere", ["sam.field"]),
    ]  # fmt: skip
    assert {(one.envelope.conversation.title, one.envelope.conversation.is_group) for one in found} == {
        ("Leeds flat", True)
    }


@pytest.mark.parametrize("name", ["Settings", "Status List", "ProfileMap", "0", "*", "a/b~c", ""])
def test_a_group_may_be_called_like_anything(tmp_path: Path, name: str) -> None:
    put(tmp_path, {"user_data.json": as_json({"Direct Message": {"Group Chat": {"GroupChat": {name: [message()]}}}})})
    [item] = read(READER, tmp_path)
    assert (item.envelope.conversation.is_group, item.envelope.conversation.title) == (True, name or None)


def test_messages_of_a_list_nobody_knows_are_read_and_said(everything: list[Loaded]) -> None:
    [item] = at(everything, "newer/user_data_tiktok.json", "/Message Requests/")
    assert (item.text, who(item), item.envelope.notes) == (
        "hi",
        ("alx.mere.2", ["sam.field"]),
        ("tiktok:section-unknown",),
    )


def test_sections_nobody_knows_are_unread_and_known_ones_are_named() -> None:
    [claim] = claims(READER, SAMPLE / "newer")
    found = [one for one in READER.scan(claim) if isinstance(one, Unread)]
    # Whose visits these are is not known, so they are nobody's.
    assert [(one.kind, one.position.locator.partition("#json:")[2]) for one in found] == [
        ("unknown-section", "/Profile And Settings/Profile Views/ProfileViewList")
    ]
    [said] = [one for one in claim.decisions if one.subject == "tiktok:sections-not-read"]
    assert said.chosen == "Favorite Videos, Settings, Watch History, Searches"


@pytest.mark.parametrize(
    "path", [("Your Activity", "Follower"), ("ACTIVITY", "follower list"), ("Profile And Settings", "Follower")]
)
@pytest.mark.parametrize("fields", [("Date", "UserName"), ("date", "username"), ("Date", "User Name")])
def test_trap_keys_drift_in_case_and_blanks(tmp_path: Path, path: tuple[str, str], fields: tuple[str, str]) -> None:
    rows = [{fields[0]: "2024-08-01 07:00:00", fields[1]: "alex_mere"}]
    data = as_json(
        {path[0]: {path[1]: {"FansList": rows}}, "Profile": {"Profile Info": {"ProfileMap": {"userName": "sam.field"}}}}
    )
    found = read(READER, put(tmp_path, {"user_data.json": data}))
    [item] = [item for item in found if item.envelope.kind == "follow"]
    assert (who(item), item.envelope.time.ts_utc, item.facts) == (
        ("alex_mere", ["sam.field"]),
        "2024-08-01T07:00:00Z",
        {},
    )


def test_where_the_owner_is_not_named_a_chat_of_two_still_says_who_is_not_the_other(tmp_path: Path) -> None:
    rows = [message(), message(From="sam.field")]
    data = as_json({"Direct Messages": {"Chat History": {"ChatHistory": {"Chat History with alex_mere:": rows}}}})
    first, second = read(READER, put(tmp_path, {"user_data.json": data}))
    assert (who(first), who(second)) == (("alex_mere", []), ("sam.field", ["alex_mere"]))
    [claim] = claims(READER, tmp_path)
    list(READER.scan(claim))
    assert [(one.subject, one.chosen) for one in claim.decisions] == [("tiktok:owner", "not stated")]


def test_trap_a_text_message_runs_over_lines(everything: list[Loaded]) -> None:
    found = at(everything, "text/TikTok/Direct Messages/Direct Messages.txt")
    assert [item.text for item in found] == [
        "I know\nwhere you live\n\nand: when you are home",
        "Please stop.",
        "https://www.tiktokv.com/share/video/7000000000000000003/",
        None,
        "hi Sam",
        "hello: there",
        "earlier, under the same name",
    ]
    assert [item.envelope.conversation.key for item in found] == [
        *["tiktok:alex_mere"] * 4, *["tiktok:robin.vale"] * 2, "tiktok:alex_mere",
    ]  # fmt: skip
    assert who(found[5]) == ("sam.field", ["robin.vale"])


def test_trap_a_text_file_saved_again_is_utf_16(everything: list[Loaded]) -> None:
    first, second = at(everything, "Directe berichten.txt")
    assert (first.text, who(first)) == ("zie je 👀\nthuis", ("alex_mere", ["sam.field"]))
    assert (second.text, who(second)) == ("hou op", ("sam.field", ["alex_mere"]))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_text_reads_the_same_in_every_encoding(tmp_path: Path, encoding: str, end: str) -> None:
    text = ">>> Chat History with alex_mere::\n\n2024-03-02 20:00:03 UTC alex_mere: café\nx\n2024-03-02 20:00:04 UTC sam: y\n"
    put(tmp_path, {"Direct Messages/Chat History.txt": text.replace("\n", end).encode(encoding)})
    assert [(item.text, item.envelope.time.ts_utc) for item in read(READER, tmp_path)] == [
        ("café\nx", "2024-03-02T20:00:03Z"), ("y", "2024-03-02T20:00:04Z"),
    ]  # fmt: skip


def test_a_comment_runs_over_lines_until_the_next_date(everything: list[Loaded]) -> None:
    first, second = at(everything, "Comments.txt")
    assert (first.text, second.text) == ("lovely\n\nsecond line of it", "again")
    assert first.facts == {"Original Post Link": "https://www.tiktok.com/x"}


def test_text_lists_say_the_same_as_json(everything: list[Loaded]) -> None:
    assert [who(item) for item in at(everything, "text/TikTok/Profile And Settings/Follower.txt")] == [
        ("alex_mere", ["sam.field"]), ("robin.vale", ["sam.field"]),
    ]  # fmt: skip
    [block] = at(everything, "Block List.txt")
    assert (block.envelope.kind, who(block)) == ("block", ("sam.field", ["alex_mere"]))
    [follower] = at(everything, "Volger.txt")
    assert (follower.envelope.kind, who(follower)) == ("follow", ("alex_mere", ["sam.field"]))
    assert [item.facts["IP"] for item in at(everything, "Login History.txt")] == ["198.51.100.77", "203.0.113.9"]


def test_every_file_of_the_sample_has_a_fate() -> None:
    found = fates(SAMPLE)
    assert {path for path, fate in found.items() if fate == "unknown"} == {
        "README.md", "expected.jsonl", "text/TikTok/Your Activity/New Thing.txt",
    }  # fmt: skip
    assert {path for path, fate in found.items() if fate == "aside"} == {
        "text/TikTok/Profile And Settings/Settings.txt", "text/TikTok/Your Activity/Watch History.txt",
    }  # fmt: skip
    assert set(found.values()) == {"tiktok", "aside", "unknown"}


@pytest.mark.parametrize("root", ["", "TikTok/", "a/b/"])
def test_the_root_is_found_by_what_files_hold(tmp_path: Path, root: str) -> None:
    data = (SAMPLE / "newer/user_data_tiktok.json").read_bytes()
    [claim] = claims(READER, put(tmp_path, {f"{root}renamed (1).json": data}))
    assert (claim.facts["root"], len(rescanned(READER, claim))) == (root.rstrip("/"), 16)


@pytest.mark.parametrize("folder", ["Direct Messages/", "Mensajes directos/", ""])
def test_the_root_of_a_text_download_is_above_its_sections(tmp_path: Path, folder: str) -> None:
    text = b">>> Chat History with alex_mere::\n\n2024-03-02 20:00:03 UTC alex_mere: a\n"
    files = {
        f"x/{folder}Mensajes directos.txt": text,
        "x/Follower.txt": b"Date: 2024-03-02 20:00:03\nUsername: alex_mere\n",
    }
    [claim] = claims(READER, put(tmp_path, files))
    assert (claim.facts["root"], len(claim.members)) == ("x", 2)


def test_another_services_files_are_left_alone(tmp_path: Path) -> None:
    files = {
        "a.json": b'{"Profile": {"name": "A"}}',
        "user_data.json": b'{"users": []}',
        "b.json": b'[{"Direct Messages": 1}]',
        "Comments.txt": b"Date: 2024-03-02 20:00:03\nComment: a\n",
        "Settings.txt": b"a: b\n",
        "chat.txt": b"2024-03-02 20:00:03 UTC alex_mere: a\n",
    }
    assert claims(READER, put(tmp_path, files)) == []


def test_positions_are_the_exact_bytes(everything: list[Loaded]) -> None:
    for item in everything:
        place = item.envelope.position
        start, _, end = place.locator.removeprefix("bytes:").partition("#")[0].partition("-")
        data = (SAMPLE / place.member).read_bytes()[int(start) : int(end)]
        assert hashlib.sha256(data).hexdigest() == item.raw_sha256


def test_the_reader_says_of_the_sample_what_is_expected(update_golden: bool) -> None:
    check_golden(told(READER, SAMPLE), SAMPLE / "expected.jsonl", update_golden)


SMALL = document(
    {"Chat History with é:": [message(Content="é"), message(From="sam.field")]},
    Activity={
        "Follower List": {"FansList": [{"Date": "2024-08-01 07:00:00", "UserName": "a"}]},
        "New": {"List": [{"a": 1}]},
    },
)
TEXT = ">>> Chat History with é::\n\n2024-03-02 20:00:03 UTC é: a\nb\n\n>>> Chat History with b::\n2024-03-02 20:00:03 sam: c\n"
BLOCKS = b"Date: 2024-03-02 20:00:03 UTC\nUsername: a\n\nDate: 2024-03-02 20:00:04 UTC\nUsername: b\n"
TEXTS = {"Direct Messages/Chat History.txt": TEXT.encode(), "Activity/Follower.txt": BLOCKS}


def test_any_value_under_any_key_is_read_or_listed(tmp_path: Path) -> None:
    put(tmp_path, {"user_data.json": SMALL})
    odd_values(READER, tmp_path, tmp_path / "user_data.json")


@pytest.mark.parametrize("name", ["user_data.json", *TEXTS])
def test_a_file_cut_at_any_byte_never_raises(name: str, tmp_path: Path) -> None:
    put(tmp_path, {"user_data.json": SMALL} if name.endswith(".json") else TEXTS)
    cut_everywhere(READER, tmp_path, tmp_path / name)


def test_a_text_in_utf_16_cut_at_any_byte_never_raises(tmp_path: Path) -> None:
    put(tmp_path, {"Direct Messages/Chat History.txt": TEXT.encode("utf-16")})
    cut_everywhere(READER, tmp_path, tmp_path / "Direct Messages/Chat History.txt")


def test_a_json_file_cut_anywhere_keeps_what_is_whole_and_says_where_it_ends(tmp_path: Path) -> None:
    path = put(tmp_path, {"user_data.json": SMALL}) / "user_data.json"
    [claim] = claims(READER, tmp_path)
    whole = [one.position for one in rescanned(READER, claim) if isinstance(one, Envelope)]
    for length in range(1, len(SMALL)):
        path.write_bytes(SMALL[:length])
        found = rescanned(READER, claim)
        kept = [one.position for one in found if isinstance(one, Envelope)]
        assert kept == whole[: len(kept)]
        assert any(isinstance(one, Unread) for one in found)


@given(
    st.lists(st.sampled_from([*TEXT.split("\n"), *BLOCKS.decode().split("\n"), "", "é: 1", "\r"])),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]),
    st.sampled_from([1, 2, 7, 1000, 5000]),
)
def test_a_text_is_cut_the_same_wherever_its_blocks_end_and_nothing_is_lost(
    rows: list[str], encoding: str, size: int
) -> None:
    data = "\n".join(rows).encode(encoding)
    for sheet in (READER.sheets["chats"], READER.sheets["followers"]):
        assert isinstance(sheet, PieceSheet)
        pieces = list(sheet.cut(InBlocks(data, size)))  # type: ignore[arg-type]
        assert b"".join(piece.raw for piece in pieces) == data
        assert pieces == list(sheet.cut(InBlocks(data, 1 << 20)))  # type: ignore[arg-type]


def test_damaged_downloads_never_stop_the_reader(tmp_path: Path) -> None:
    for place, files in (("json", {"user_data.json": SMALL}), ("text", TEXTS)):
        folder = put(tmp_path / place, files)
        mutate(READER, folder, [folder / name for name in files], 200, f"tiktok {place}")


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    row = json.dumps(message(Content="x" * 500))
    data = '{"Direct Message": {"Direct Messages": {"ChatHistory": {"Chat History with alex_mere:": ['
    put(tmp_path, {"user_data.json": f"{data}{','.join([row] * 12_000)}]}}}}}}}}".encode()})
    [claim] = claims(READER, tmp_path)
    tracemalloc.start()
    assert sum(1 for _ in READER.scan(claim)) == 12_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 << 20


def _both(tmp_path: Path, *left_out: str) -> Path:
    """The JSON form with the text form beside it, as somebody has them who asked for both."""
    folder = tmp_path / "both"
    shutil.copytree(FIXTURES / "social-tiktok" / "text", folder)
    shutil.copytree(FIXTURES / "social-tiktok" / "newer", folder, dirs_exist_ok=True)
    for name in left_out:
        (folder / name).unlink()
    return folder


_PROFILE = "TikTok/Profile And Settings/Profile Info.txt"


@pytest.mark.parametrize("left_out", [(), (_PROFILE,)])
def test_of_a_download_in_both_forms_each_message_is_read_once(tmp_path: Path, left_out: tuple[str, ...]) -> None:
    found = records(READER, _both(tmp_path, *left_out))
    alone = records(READER, FIXTURES / "social-tiktok" / "newer")
    messages = [(one.envelope.time.utc_us, one.text) for one in found if one.envelope.kind == "message"]
    assert messages == [(one.envelope.time.utc_us, one.text) for one in alone if one.envelope.kind == "message"]
    [claim] = claims(READER, tmp_path / "both")
    assert "user_data_tiktok.json" in claim.aside["TikTok/Direct Messages/Direct Messages.txt"]


def test_text_of_what_the_json_does_not_hold_is_read(tmp_path: Path) -> None:
    folder = _both(tmp_path)
    path = folder / "user_data_tiktok.json"
    document = json.loads(path.read_bytes())
    for section in document.values():
        for name in list(section) if isinstance(section, dict) else ():
            if "chat history" in json.dumps(section[name]).lower():
                section[name] = {"ChatHistory": {}}
    path.write_text(json.dumps(document))
    [claim] = claims(READER, folder)
    assert "TikTok/Direct Messages/Direct Messages.txt" not in claim.aside
    assert "TikTok/Profile And Settings/Block List.txt" in claim.aside


def test_text_of_another_account_is_not_taken_for_the_same(tmp_path: Path) -> None:
    folder = _both(tmp_path)
    profile = folder / _PROFILE
    profile.write_bytes(profile.read_bytes().replace(b"sam.field", b"robin.vale"))
    [claim] = claims(READER, folder)
    assert not any(path.endswith("Direct Messages.txt") for path in claim.aside)
    list(READER.scan(claim))
    told = {one.subject: one for one in claim.decisions}
    assert told["tiktok:owner"].chosen == "not settled" and not told["tiktok:owner"].certain
    # Nobody's act is credited to one of two owners.
    assert all(
        one.envelope.sender is None for one in records(READER, folder) if one.envelope.kind in ("block", "comment")
    )


def test_where_nothing_says_whose_the_text_is_both_are_read_and_it_is_said(tmp_path: Path) -> None:
    folder = _both(tmp_path, _PROFILE)
    path = folder / "user_data_tiktok.json"
    path.write_text(path.read_text("utf-8").replace('"userName"', '"nameOfUser"'), "utf-8")
    [claim] = claims(READER, folder)
    list(READER.scan(claim))
    assert [one.chosen for one in claim.decisions if one.subject == "tiktok:both-forms"] == ["both read"]
