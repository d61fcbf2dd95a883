"""Snapchat: every trap of the reference, both eras, the web pages, the parts of a download, and what becomes of each file."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from download_checks import (
    FIXTURES,
    InBlocks,
    anew,
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
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.social.sheets import PieceSheet
from plainrecord.parsers.social.snapchat import Snapchat
from plainrecord.records import Account, Envelope, Loaded, Unread

READER = Snapchat()
SAMPLE = FIXTURES / "social-snapchat"
WHOLE = "mydata~1724072400000"


@pytest.fixture(scope="module")
def everything() -> list[Loaded]:
    """Every record of the sample."""
    return records(READER, SAMPLE)


@pytest.fixture(scope="module")
def sample(everything: list[Loaded]) -> dict[str, Loaded]:
    """The chats of the sample by folder and pointer."""
    return {
        item.envelope.position.member.partition("/")[0] + item.envelope.position.locator.partition("#json:")[2]: item
        for item in everything
        if item.envelope.position.member.endswith("/chat_history.json")
    }


def at(everything: list[Loaded], file: str, place: str = "") -> list[Loaded]:
    """The records of one file of the sample, at a pointer."""
    found = [item for item in everything if item.envelope.position.member.endswith(file)]
    return [item for item in found if place in item.envelope.position.locator]


def who(item: Loaded) -> tuple[str | None, list[str]]:
    """Sender and recipients by their values."""
    sender = item.envelope.sender
    return sender.value if sender else None, [one.value for one in item.envelope.recipients]


def one(tmp_path: Path, **row: Any) -> Loaded:
    rows = [
        {"From": "alex", "Media Type": "TEXT", "Created": "2024-08-19 12:00:00 UTC", "Content": "x", "IsSender": False}
        | row
    ]
    [item] = read(READER, put(tmp_path, {"json/chat_history.json": as_json({"alex": rows})}))
    return item


@pytest.mark.parametrize(
    ("value", "utc", "noted"),
    [
        (1724068800123, "2024-08-19T12:00:00.123Z", False),
        (1724068800123456, "2024-08-19T12:00:00.123456Z", False),
        (1724068803000, "2024-08-19T12:00:00Z", True),
        (1724068800, "2024-08-19T12:00:00Z", True),
        (0, "2024-08-19T12:00:00Z", False),
        (None, "2024-08-19T12:00:00Z", False),
    ],
)
def test_trap_created_microseconds_holds_milliseconds_and_must_agree(
    tmp_path: Path, value: int, utc: str, noted: bool
) -> None:
    item = one(tmp_path, **{"Created(microseconds)": value})
    assert item.envelope.time.ts_utc == utc
    assert ("snapchat:times-disagree" in item.envelope.notes) == noted


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2024-08-19 12:00:00 UTC", "2024-08-19T12:00:00Z"),
        ("Wed Aug 19 12:00:00 UTC 2020", "2020-08-19T12:00:00Z"),
        ("1597838400", "2020-08-19T12:00:00Z"),
        ("1597838400123", "2020-08-19T12:00:00.123Z"),
        ("2024-08-19 12:00:00", None),
        ("Wed Foo 19 12:00:00 UTC 2020", None),
        ("19/08/2024", None),
    ],
)
def test_trap_created_has_three_forms_and_all_are_utc(tmp_path: Path, written: str, utc: str | None) -> None:
    time = one(tmp_path, Created=written).envelope.time
    assert (time.ts_raw, time.ts_utc) == (written, utc)


def test_trap_is_sender_decides_and_not_the_name(sample: dict[str, Loaded]) -> None:
    own = sample[WHOLE + "/alex_mere/8"].envelope
    assert own.sender and (own.sender.value, own.also[0].value) == ("sam_old_name", "sam_old_name")
    assert [account.value for account in own.recipients] == ["alex_mere"]
    assert [account.value for account in sample[WHOLE + "/alex_mere/10"].envelope.recipients] == ["sam.field"]


@pytest.mark.parametrize(
    ("type_", "kind", "mark"),
    [
        ("STATUSCONVERSATIONCAPTURESCREENSHOT", "system", "screenshot"),
        ("STATUSSAVETOCAMERAROLL", "system", "saved-to-camera-roll"),
        ("STATUSERASEDSNAPMESSAGE", "system", "deleted"),
        ("STATUSCALLMISSEDVIDEO", "call", "missed"),
        ("SHARESAVEDSTORY", "message", "share"),
        ("NOTE", "message", "voice-message"),
    ],
)
def test_status_rows_are_records_of_their_own_kind(tmp_path: Path, type_: str, kind: str, mark: str) -> None:
    item = one(tmp_path, **{"Media Type": type_, "Content": None})
    assert (item.envelope.kind, item.envelope.marks, item.facts["media-type"]) == (kind, (mark,), type_)


def test_unknown_types_are_kept_and_said(sample: dict[str, Loaded]) -> None:
    assert sample[WHOLE + "/alex_mere/3"].envelope.kind == "system"
    assert sample[WHOLE + "/alex_mere/4"].envelope.notes == ("snapchat:type-unknown",)


def test_trap_media_ids_name_files_behind_their_date(sample: dict[str, Loaded]) -> None:
    files = sample[WHOLE + "/alex_mere/5"].attachments
    assert [(file.name, file.state) for file in files] == [("2024-08-19_b~AbC123.png", "present"), (None, "missing")]


def test_trap_the_older_shape_names_the_other_side_alone(sample: dict[str, Loaded]) -> None:
    received, sent = (
        sample["older/Received Saved Chat History/0"].envelope,
        sample["older/Sent Saved Chat History/0"].envelope,
    )
    assert received.sender and received.sender.value == "alex_mere"
    assert sent.sender and (sent.sender.value, [one.value for one in sent.recipients]) == ("self", ["alex_mere"])
    assert received.conversation == sent.conversation


def test_a_group_is_known_by_its_id_and_a_name_may_hold_a_slash(sample: dict[str, Loaded]) -> None:
    group = sample[WHOLE + "/0f0e0d0c-1111-4222-8333-444455556666/0"].envelope.conversation
    assert (group.title, group.is_group) == ("Flat", True)
    assert sample[WHOLE + "/team~0snap~1chat/0"].envelope.conversation.title == "team~snap/chat"


def test_a_list_wrapped_once_more_is_read(tmp_path: Path) -> None:
    row = {
        "From": "alex",
        "Media Type": "TEXT",
        "Created": "2024-08-19 12:00:00 UTC",
        "Content": "x",
        "IsSender": False,
    }
    [item] = read(READER, put(tmp_path, {"chat_history.json": as_json({"Chat History": {"alex": [row]}})}))
    assert item.envelope.conversation.key == "snapchat:alex"


def test_snaps_are_entries_without_a_picture(everything: list[Loaded]) -> None:
    snaps = at(everything, f"{WHOLE}/json/snap_history.json")
    assert [who(snap) for snap in snaps] == [("alex_mere", ["sam.field"]), ("sam.field", ["alex_mere"])]
    assert {file.state for snap in snaps for file in snap.attachments} == {"not-exported"}


def test_what_an_absence_means_and_what_nothing_names_is_said() -> None:
    claim = claims(READER, SAMPLE)[0]
    list(READER.scan(claim))
    assert [(said.subject, said.chosen) for said in claim.decisions] == [
        ("snapchat:order", "newest first"),
        ("snapchat:unsaved", "not in this export"),
        ("snapchat:unlinked-media", "1 of 4 files in chat_media"),
        ("snapchat:unlinked-media", "1 of 3 files in memories"),
        ("snapchat:unlinked-media", "1 of 1 files in shared_story"),
    ]
    assert "2024-08-18_media~zip-0F0E.png" in claim.decisions[2].basis


def test_trap_lists_run_backwards(everything: list[Loaded]) -> None:
    assert all(item.envelope.backwards for item in at(everything, "_history.json", "/alex_mere/"))
    assert not any(item.envelope.backwards for item in at(everything, "friends.json"))


def test_a_file_and_what_was_drawn_over_it_lie_in_another_part(sample: dict[str, Loaded]) -> None:
    files = sample[WHOLE + "/alex_mere/6"].attachments
    assert [(file.name, file.state, file.facts.get("role")) for file in files] == [
        ("2024-08-19_media~zip-5C1A.png", "present", None),
        ("2024-08-19_overlay~zip-5C1A.png", "present", "overlay"),
    ]


@pytest.mark.parametrize(
    ("list_name", "kind", "mark", "sides"),
    [
        ("Friends", "follow", "friend", (None, ["robin.vale"])),
        ("Friend Requests Sent", "request", "sent", ("sam.field", ["jo.kaya"])),
        ("Blocked Users", "block", "blocked", ("sam.field", ["alex_mere"])),
        ("Deleted Friends", "follow", "removed", (None, ["jo_old"])),
        ("Hidden Friend Suggestions", "other", "suggestion-hidden", ("sam.field", ["pat.lone"])),
        ("Ignored Snapchatters", "request", "ignored", ("alx.mere.2", ["sam.field"])),
        ("Pending Requests", "request", "pending", ("alx.mere.2", ["sam.field"])),
        ("Shortcuts", "other", "shortcut", ("sam.field", [])),
    ],
)
def test_trap_each_list_of_people_says_whose_act_it_is(
    everything: list[Loaded], list_name: str, kind: str, mark: str, sides: tuple[str | None, list[str]]
) -> None:
    [item] = at(everything, f"{WHOLE}/json/friends.json", f"/{list_name}/")
    assert (item.envelope.kind, item.envelope.marks, who(item)) == (kind, (mark,), sides)
    assert ("snapchat:actor-not-stated" in item.envelope.notes) == (sides[0] is None)


def test_trap_a_block_is_dated_by_its_last_change_and_says_so(everything: list[Loaded]) -> None:
    [item] = at(everything, f"{WHOLE}/json/friends.json", "/Blocked Users/")
    time = item.envelope.time
    assert (time.where, time.meaning, time.ts_utc) == ("Last Modified Timestamp", "edited", "2024-08-20T07:30:00Z")
    assert "snapchat:time-is-last-modified" in item.envelope.notes
    assert [(date.where, date.meaning) for date in item.dates] == [("Creation Timestamp", "created")]
    assert item.facts == {"Source": "Added by Username"}


def test_a_list_of_people_nobody_knows_is_read_and_said(everything: list[Loaded]) -> None:
    [item] = at(everything, f"{WHOLE}/json/friends.json", "/Suggested Again/")
    assert (item.envelope.kind, who(item)) == ("other", (None, ["alx.mere.2"]))
    assert set(item.envelope.notes) == {"snapchat:actor-not-stated", "snapchat:list-unknown"}


def test_a_log_in_has_its_address_and_status_and_names_nobody(everything: list[Loaded]) -> None:
    found = at(everything, f"{WHOLE}/json/account.json", "/Login History/")
    assert [(item.facts["Status"], item.facts["IP"]) for item in found] == [
        ("success", "198.51.100.77"),
        ("failure", "198.51.100.77"),
        ("success", "203.0.113.9"),
    ]
    assert {(item.envelope.kind, item.envelope.sender) for item in found} == {("login_alert", None)}
    assert all(item.envelope.conversation.account_events for item in found)


def test_every_change_of_the_account_is_a_record(everything: list[Loaded]) -> None:
    marks = [item.envelope.marks for item in at(everything, f"{WHOLE}/json/account_history.json")]
    expected = "display-name email password bitmoji two-factor deactivated-or-reactivated data-download".split()
    assert marks == [*((mark,) for mark in expected), ()]


def test_calls_name_nobody_unless_they_do(everything: list[Loaded]) -> None:
    found = at(everything, f"{WHOLE}/json/talk_history.json")
    assert [(who(item), item.envelope.marks) for item in found] == [
        (("sam.field", []), ("outgoing",)),
        ((None, ["sam.field"]), ("incoming", "missed")),
        (("alex_mere", ["sam.field"]), ("incoming", "missed")),
        ((None, ["sam.field"]), ("completed",)),
        ((None, ["sam.field"]), ("chat-session",)),
    ]
    assert found[0].facts["Length (sec)"] == "61.5"


@pytest.mark.parametrize(
    ("list_name", "fields", "sides"),
    [
        ("Incoming Calls", {"To": "sam"}, (None, ["self"])),
        ("Incoming Calls", {"Caller": "alex", "To": "sam"}, ("alex", ["self"])),
        ("Outgoing Calls", {"From": "sam"}, ("self", [])),
        ("Outgoing Calls", {"From": "sam", "To": "alex"}, ("self", ["alex"])),
        ("Completed Calls", {"From": "sam", "To": "alex"}, (None, ["self"])),
        ("Completed Calls", {"Username": "alex"}, (None, ["alex"])),
    ],
)
def test_what_names_the_owner_in_a_call_is_not_taken_for_the_other_side(
    tmp_path: Path, list_name: str, fields: dict[str, str], sides: tuple[str | None, list[str]]
) -> None:
    calls = {list_name: [{"Type": "AUDIO", "Date & Time": "2024-08-19 12:00:00 UTC"} | fields]}
    files = {"json/talk_history.json": as_json(calls), "json/friends.json": as_json({"Friends": [PERSON]})}
    [item] = [item for item in read(READER, put(tmp_path, files)) if item.envelope.kind == "call"]
    assert who(item) == sides


def test_keys_to_files_and_accounts_are_withheld(everything: list[Loaded]) -> None:
    [memory, _] = at(everything, f"{WHOLE}/json/memories_history.json")
    assert memory.facts["Download Link"] == "https://memories.example/dl?withheld: secret"
    assert [file.name for file in memory.attachments] == [
        "2024-08-12_AAAABBBB-1111-4222-8333-444455556666-overlay.png",
        "2024-08-12_AAAABBBB-1111-4222-8333-444455556666-main.png",
    ]
    [_, app] = at(everything, f"{WHOLE}/json/connected_apps.json")
    assert app.facts["Access Token"] == "withheld: secret"
    assert "k3y" not in json.dumps([item.facts for item in everything])


def test_places_are_read_in_whatever_shape(everything: list[Loaded]) -> None:
    found = at(everything, f"{WHOLE}/json/location_history.json")
    assert [item.envelope.time.ts_utc for item in found] == [
        None, None, None, None, "2024-08-19T12:00:00Z", "2024-08-19T13:00:00Z", "2024-07-01T00:00:00Z",
    ]  # fmt: skip
    assert found[-1].envelope.time.precision == "day"
    assert {item.facts["list"] for item in found} >= {"location history", "home & work"}


def test_a_report_the_owner_made_names_who_was_reported(everything: list[Loaded]) -> None:
    [item] = at(everything, f"{WHOLE}/json/in_app_reports.json")
    assert (who(item), item.text) == (("sam.field", ["alex_mere"]), "Threats")


def test_pages_say_the_same_as_json_where_both_carry_it(everything: list[Loaded]) -> None:
    pages = at(everything, "pages/html/chat_history/subpage_alex_mere.html")
    json_rows = at(everything, f"{WHOLE}/json/chat_history.json", "/alex_mere/")
    rows = {item.envelope.time.ts_utc[:19] if item.envelope.time.ts_utc else "": item for item in json_rows}
    for time, text in (("2024-08-19T12:00:00", "I see you 👀"), ("2024-08-19T12:09:00", None)):
        [page] = [item for item in pages if (item.envelope.time.ts_utc or "").startswith(time)]
        row = rows[time]
        assert page.text == row.text == text
        assert (page.envelope.kind, page.envelope.marks, page.envelope.conversation) == (
            row.envelope.kind, row.envelope.marks, row.envelope.conversation,
        )  # fmt: skip
        assert who(page) == who(row)


def test_trap_a_page_does_not_say_whose_row_it_is(everything: list[Loaded]) -> None:
    found = at(everything, "pages/html/chat_history/subpage_alex_mere.html")
    assert [who(item) for item in found] == [
        ("alex_mere", ["sam.field"]),
        ("alex_mere", ["sam.field"]),
        ("sam.field", ["alex_mere"]),
        ("Alex M", []),
        ("alex_mere", ["sam.field"]),
        ("alex_mere", ["sam.field"]),
    ]
    assert ["snapchat:direction-not-known" in item.envelope.notes for item in found].count(True) == 1
    assert found[2].text == "No.\nStop & go away"
    assert [(file.name, file.state) for file in found[1].attachments] == [("2024-08-19_b~AbC123.png", "present")]


def test_the_order_of_a_page_is_seen_from_its_times(everything: list[Loaded]) -> None:
    group = at(everything, "subpage_0f0e0d0c-1111-4222-8333-444455556666.html")
    assert [(item.envelope.backwards, item.envelope.conversation.title) for item in group] == [(False, "Flat")] * 2
    assert all(item.envelope.backwards for item in at(everything, "pages/html/chat_history/subpage_alex_mere.html"))


@pytest.mark.parametrize(
    ("written", "utc", "local", "zone"),
    [
        ("19 August 2024 12:00:00 UTC", "2024-08-19T12:00:00Z", None, None),
        ("19. August 2024 um 12:00:00", None, "2024-08-19T12:00:00", None),
        ("19 Aug 2024, 12:00", "2024-08-19T11:00:00Z", "2024-08-19T12:00:00", "Europe/London"),
        ("one day", None, None, None),
    ],
)
def test_a_date_of_a_page_in_words_is_read_and_never_given_a_zone(
    tmp_path: Path, written: str, utc: str | None, local: str | None, zone: str | None
) -> None:
    page = f"<html><h1>alex</h1><h4>alex</h4><span>TEXT</span><p>a</p><h6>{written}</h6></body></html>"
    put(tmp_path, {"html/chat_history/subpage_alex.html": page.encode()})
    [item] = read(READER, tmp_path, ReadOptions(timezone=zone))
    time = item.envelope.time
    assert (time.ts_raw, time.ts_utc, time.local) == (written, utc, local)
    assert ("snapchat:date-not-understood" in item.envelope.notes) == (utc is None and local is None)


@pytest.mark.parametrize("name", ["html/chat_history/subpage_alex.html", "html/chat_history.html", "html/friends.html"])
def test_a_page_written_in_another_way_is_unread_and_not_passed_over(tmp_path: Path, name: str) -> None:
    other = b"<html>Snapchat subpage_ Basic Information<div>alex: hi, 2024-08-19 12:00:00 UTC</div></html>"
    [claim] = claims(READER, put(tmp_path, {name: other}))
    assert [one.kind for one in rescanned(READER, claim) if isinstance(one, Unread)] == ["no-record"]


def test_a_table_without_a_marked_header_has_its_columns_all_the_same(tmp_path: Path) -> None:
    rows = [["Username", "Display Name", "Creation Timestamp"], ["alex", "Al", "2024-08-19 12:00:00 UTC"]]
    table = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    page = f"<html>Snapchat<h3>Pending Requests</h3><table>{table}</table></html>"
    [item] = read(READER, put(tmp_path, {"html/friends.html": page.encode()}))
    assert (who(item)[0], item.envelope.marks, item.envelope.time.ts_utc) == (
        "alex",
        ("pending",),
        "2024-08-19T12:00:00Z",
    )


@given(
    st.lists(
        st.sampled_from(["<h4>a</h4>", "<h6>2024-08-19 12:00:00 UTC</h6>", "<tr><td>", "<table>", "</body>", "é", "<h"])
    ),
    st.sampled_from([1, 3, 50, 5000]),
)
def test_a_page_is_cut_the_same_wherever_its_blocks_end_and_nothing_is_lost(parts: list[str], size: int) -> None:
    data = "".join(parts).encode()
    for name in ("chat-pages", "friends-page"):
        sheet = READER.sheets[name]
        assert isinstance(sheet, PieceSheet)
        pieces = list(sheet.cut(InBlocks(data, size)))  # type: ignore[arg-type]
        assert b"".join(piece.raw for piece in pieces) == data
        assert pieces == list(sheet.cut(InBlocks(data, 1 << 20)))  # type: ignore[arg-type]


def test_tables_of_a_page_are_read_as_the_lists_of_json_are(everything: list[Loaded]) -> None:
    found = at(everything, "pages/html/friends.html")
    assert [(item.envelope.kind, who(item)) for item in found] == [
        ("follow", (None, ["robin.vale"])),
        ("block", ("sam.field", ["alex_mere"])),
        ("request", ("alx.mere.2", ["sam.field"])),
    ]
    assert found[2].envelope.sender == Account("snapchat", "handle", "alx.mere.2", "Al <3")
    assert [who(item) for item in at(everything, "pages/html/snap_history.html")] == [
        ("alex_mere", ["sam.field"]),
        ("sam.field", ["alex_mere"]),
    ]


def test_a_page_whose_json_twin_is_there_is_not_read_twice() -> None:
    claim = claims(READER, SAMPLE)[0]
    twins = [path for path, says in claim.aside.items() if says.startswith("Says the same as")]
    assert twins == [f"{WHOLE}/html/chat_history/subpage_alex_mere.html", f"{WHOLE}/html/friends.html"]


def test_every_file_of_the_sample_has_a_fate() -> None:
    found = fates(SAMPLE)
    assert {path for path, fate in found.items() if fate == "unknown"} == {
        "README.md", "expected.jsonl", f"{WHOLE}/json/something_new.json",
    }  # fmt: skip
    assert {path.rpartition("/")[2] for path, fate in found.items() if fate == "aside"} == {
        "faq.html", "friends.html", "index.html", "search_history.json", "style.css", "subpage_alex_mere.html",
        "terms_history.json", "user_profile.json",
    }  # fmt: skip
    assert set(found.values()) == {"snapchat", "aside", "unknown"}


@pytest.mark.parametrize("root", ["", "wrapper/", "a/b/"])
@pytest.mark.parametrize("level", ["json/", ""])
def test_the_root_is_found_by_what_files_hold(tmp_path: Path, root: str, level: str) -> None:
    data = (SAMPLE / WHOLE / "json/friends.json").read_bytes()
    [claim] = claims(READER, put(tmp_path, {f"{root}{level}friends.json": data}))
    assert (claim.facts["root"], len(rescanned(READER, claim))) == (root.rstrip("/"), 9)


def test_a_renamed_chat_history_is_known_by_its_rows(tmp_path: Path) -> None:
    data = (SAMPLE / WHOLE / "json/chat_history.json").read_bytes()
    [claim] = claims(READER, put(tmp_path, {"my chats (1).json": data}))
    assert len([item for item in rescanned(READER, claim) if isinstance(item, Envelope)]) == 18


def test_another_services_files_of_the_same_names_are_left_alone(tmp_path: Path) -> None:
    files = {
        "json/friends.json": b'{"friends": [{"name": "A", "timestamp": 1}]}',
        "json/account.json": b'[{"Username": "a"}]',
        "html/account.html": b"<html><body>My shop</body></html>",
        "chat_history.json": b'{"messages": []}',
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


ROW = {
    "From": "alex", "Media Type": "MEDIA", "Created": "2024-08-19 12:00:00 UTC", "Content": "é", "IsSender": False,
    "Created(microseconds)": 1724068800123, "Media IDs": "b~x | b~y",
}  # fmt: skip
PERSON = {"Username": "alex", "Display Name": "A", "Creation Timestamp": "2024-08-19 12:00:00 UTC", "Source": ""}
SMALL = {
    "json/chat_history.json": as_json({"alex": [ROW, ROW | {"IsSender": True}]}),
    "json/friends.json": as_json({"Friends": [PERSON], "Blocked Users": [PERSON | {"Last Modified Timestamp": "x"}]}),
    "json/account.json": as_json(
        {"Basic Information": {"Username": "sam"}, "Login History": [{"IP": "203.0.113.9", "Created": "2024"}]}
    ),
    "json/location_history.json": as_json({"Location History": [["2024-08-19 12:00:00 UTC", "1, 2"]], "Home": {"a": "b"}}),
    "json/talk_history.json": as_json({"Incoming Calls": [{"Type": "AUDIO", "Date & Time": "2024-08-19 12:00:00 UTC"}]}),
    "json/memories_history.json": as_json({"Saved Media": [{"Date": "x", "Download Link": "https://[", "Media Type": "I"}]}),
}  # fmt: skip
PAGES = {
    "html/account.html": b"<html>Snapchat<h3>Basic Information</h3><table><tr><td>Username</td><td>sam</td></tr></table>",
    "html/chat_history/subpage_alex.html": b"<html><h1>alex</h1><h4>alex</h4><span>TEXT</span><p>a</p>"
    b"<h6>2024-08-19 12:00:00 UTC</h6><h4>sam</h4><span>MEDIA</span><img src='../x.png'><h6>2024</h6></body></html>",
}


@pytest.mark.parametrize("name", list(SMALL))
def test_any_value_under_any_key_is_read_or_listed(name: str, tmp_path: Path) -> None:
    put(tmp_path, SMALL)
    odd_values(READER, tmp_path, tmp_path / name)


@pytest.mark.parametrize("name", [*SMALL, *PAGES])
def test_a_file_cut_at_any_byte_never_raises(name: str, tmp_path: Path) -> None:
    put(tmp_path, SMALL if name in SMALL else PAGES)
    cut_everywhere(READER, tmp_path, tmp_path / name)


def test_a_chat_cut_anywhere_keeps_what_is_whole_and_says_where_it_ends(tmp_path: Path) -> None:
    put(tmp_path, SMALL)
    [claim] = claims(READER, tmp_path)
    path = tmp_path / "json/chat_history.json"
    data = path.read_bytes()

    def chats() -> list[Envelope | Unread]:
        return [one for one in READER.scan(anew(claim)) if one.position.member == "json/chat_history.json"]

    whole = [one.position for one in chats()]
    for length in range(len(data)):
        path.write_bytes(data[:length])
        found = chats()
        kept = [one.position for one in found if isinstance(one, Envelope)]
        assert kept == whole[: len(kept)]
        assert any(isinstance(one, Unread) for one in found)


def test_damaged_downloads_never_stop_the_reader(tmp_path: Path) -> None:
    for place, files in (("json", SMALL), ("pages", PAGES)):
        folder = put(tmp_path / place, files)
        mutate(READER, folder, [folder / name for name in files], 150, f"snapchat {place}")


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    row = json.dumps(ROW | {"Content": "x" * 400})
    put(tmp_path, {"json/chat_history.json": f'{{"alex": [{",".join([row] * 12_000)}]}}'.encode()})
    [claim] = claims(READER, tmp_path)
    tracemalloc.start()
    assert sum(1 for _ in READER.scan(claim)) == 12_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 << 20


def test_a_field_of_an_entry_that_holds_something_else_is_kept_as_it_stands(tmp_path: Path) -> None:
    entry = {
        "From": ["alex_mere"],
        "Media Type": "TEXT",
        "Created": "2024-07-01 12:34:56 UTC",
        "Content": {"x": "come out"},
    }
    chats = {"alex_mere": [{**entry, "IsSender": "no"}]}
    put(tmp_path, {"json/chat_history.json": as_json(chats)})
    [item] = records(READER, tmp_path)
    kept = {name: value for name, value in item.facts.items() if name.endswith("as it stands")}
    assert set(kept) == {f"{name} as it stands" for name in ("From", "Content", "IsSender")}
    assert "come out" in kept["Content as it stands"]


def test_the_first_instant_of_1970_is_no_time(tmp_path: Path) -> None:
    entry = {"From": "alex_mere", "Media Type": "TEXT", "Created": "1970-01-01 00:00:00 UTC", "Content": "x"}
    put(tmp_path, {"json/chat_history.json": as_json({"alex_mere": [entry]})})
    [item] = records(READER, tmp_path)
    assert item.envelope.time.utc_us is None and item.envelope.time.ts_raw == "1970-01-01 00:00:00 UTC"
