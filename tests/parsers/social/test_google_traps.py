"""The traps of a Takeout, one by one: whose act, which instant, which number, and which file is whose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chat_readers import claims, loaded, read
from google_samples import ALEX, ME, SAM, THEY, activity, call, card, event, hangouts, person, put, text_row, voice
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import NeedsAnswer
from plainrecord.parsers.social.google import Takeout
from plainrecord.parsers.social.googletimes import stamp
from plainrecord.records import Loaded, Unread

READER = Takeout()
LONDON = ReadOptions(timezone="Europe/London")


def one(folder: Path, path: str, content: str, options: ReadOptions | None = None) -> Loaded:
    """The only record of a download of one file."""
    [item] = read(READER, put(folder, {path: content}), options)
    return item


def voice_page(folder: Path, content: str, name: str = "Alex Mere - Text - 2024-07-01T12_34_56Z") -> Loaded:
    return one(folder, f"Takeout/Voice/Calls/{name}.html", content)


# Hangouts


def test_trap_hangouts_counts_microseconds_in_a_string(tmp_path: Path) -> None:
    item = one(tmp_path, "Hangouts/Hangouts.json", hangouts(event(at="1719837296123000")))
    assert item.envelope.time.ts_utc == "2024-07-01T12:34:56.123000Z"


@pytest.mark.parametrize("at", ["0", "", None, "-5", "12e3", "9" * 25, True, {}, "٣"])
def test_a_count_that_is_none_is_no_time_and_never_1970(at: object, tmp_path: Path) -> None:
    item = one(tmp_path, "Hangouts/Hangouts.json", hangouts(event(at=at)))
    assert item.envelope.time.utc_us is None
    assert "time-missing" in item.envelope.notes


def test_trap_a_hangouts_message_is_all_of_its_segments(tmp_path: Path) -> None:
    segments = [
        {"type": "TEXT", "text": "a"},
        {"type": "LINE_BREAK", "text": "\n"},
        {"type": "LINK", "text": "b.example"},
    ]
    item = one(
        tmp_path, "Hangouts/Hangouts.json", hangouts(event(chat_message={"message_content": {"segment": segments}}))
    )
    assert item.text == "a\nb.example"


def test_trap_a_line_break_without_text_is_one_all_the_same(tmp_path: Path) -> None:
    segments = [{"type": "TEXT", "text": "a"}, {"type": "LINE_BREAK"}, {"type": "TEXT", "text": "b"}]
    item = one(
        tmp_path, "Hangouts/Hangouts.json", hangouts(event(chat_message={"message_content": {"segment": segments}}))
    )
    assert item.text == "a\nb"


def test_trap_ids_of_twenty_one_digits_stay_whole(tmp_path: Path) -> None:
    item = one(tmp_path, "Hangouts/Hangouts.json", hangouts(event()))
    assert item.envelope.sender and item.envelope.sender.value == ALEX
    assert [account.value for account in item.envelope.recipients] == [SAM]


def test_whose_hangouts_it_is_the_conversation_says(tmp_path: Path) -> None:
    item = one(tmp_path, "Hangouts/Hangouts.json", hangouts(event(sender=SAM)))
    assert [(account.value, account.role) for account in item.envelope.also] == [(SAM, "owner")]
    assert [account.value for account in item.envelope.recipients] == [ALEX]


def test_somebody_who_left_keeps_an_id_without_a_name(tmp_path: Path) -> None:
    item = one(tmp_path, "Hangouts/Hangouts.json", hangouts(event(sender="100000000000000000077")))
    assert item.envelope.sender and (item.envelope.sender.value, item.envelope.sender.name) == (
        "100000000000000000077",
        None,
    )


def test_the_older_layout_of_hangouts_is_read_too(tmp_path: Path) -> None:
    new = json.loads(hangouts(event()))["conversations"][0]
    state = {"conversation": new["conversation"]["conversation"], "event": new["events"]}
    old = {"conversation_state": [{"conversation_id": {"id": "Ug1"}, "conversation_state": state}]}
    item = one(tmp_path, "Hangouts/Hangouts.json", json.dumps(old))
    assert (item.text, item.envelope.sender and item.envelope.sender.name) == ("hi", "Alex Mere")


# Google Voice


def test_trap_the_offset_inside_a_voice_page_counts_not_the_name(tmp_path: Path) -> None:
    page = voice(text_row(THEY, "x", "2024-07-01T13:34:56.123+01:00"))
    item = voice_page(tmp_path, page, "Alex Mere - Text - 2020-01-01T00_00_00Z")
    assert item.envelope.time.ts_utc == "2024-07-01T12:34:56.123Z"


def test_trap_the_name_of_a_call_page_is_utc(tmp_path: Path) -> None:
    item = voice_page(tmp_path, call("missed", ""), "Alex Mere - Missed - 2024-07-02T22_15_00Z")
    assert (item.envelope.time.ts_utc, item.envelope.time.where) == ("2024-07-02T22:15:00Z", "file name")


@pytest.mark.parametrize(
    ("label", "kind", "sender", "to"),
    [
        ("missed", "call", "+447700900202", "+447700900001"),
        ("received", "call", "+447700900202", "+447700900001"),
        ("voicemail", "voicemail", "+447700900202", "+447700900001"),
        ("placed", "call", "+447700900001", "+447700900202"),
        ("recorded", "call", None, "+447700900202"),
        ("", "call", None, "+447700900202"),
    ],
)
def test_trap_who_called_whom_is_told_by_the_label(
    label: str, kind: str, sender: str | None, to: str, tmp_path: Path
) -> None:
    card_of_owner = "BEGIN:VCARD\r\nitem1.TEL:+447700900001\r\nitem1.X-ABLabel:Google Voice\r\nEND:VCARD\r\n"
    put(tmp_path, {"Takeout/Voice/Phones.vcf": card_of_owner})
    # The words in the name are of another language: only the label's link is the same everywhere.
    item = voice_page(
        tmp_path, call(label, "2024-07-02T23:15:00.000+01:00"), "Alex Mere - Autre - 2024-07-02T22_15_00Z"
    )
    envelope = item.envelope
    assert (envelope.kind, envelope.sender and envelope.sender.value) == (kind, sender)
    assert [account.value for account in envelope.recipients] == [to]
    assert ("google-voice:actor-not-stated" in envelope.notes) == (sender is None)


def test_a_withheld_number_names_nobody(tmp_path: Path) -> None:
    item = voice_page(
        tmp_path, call("missed", "2024-07-02T23:15:00.000+01:00", "", ""), " - Missed - 2024-07-02T22_15_00Z"
    )
    assert item.envelope.sender is None
    assert "google-voice:caller-not-stated" in item.envelope.notes


def test_trap_a_name_called_me_elsewhere_is_not_the_owner(tmp_path: Path) -> None:
    item = voice_page(tmp_path, voice(text_row(person("+447700900202", "Me"), "x")))
    assert item.envelope.sender and item.envelope.sender.value == "+447700900202"
    assert not [account for account in item.envelope.also if account.value == "+447700900202"]


def test_trap_a_page_of_the_owners_texts_alone_finds_its_number_in_another_page(tmp_path: Path) -> None:
    files = {
        "Takeout/Voice/Calls/Alex Mere - Text - 2024-07-01T12_00_00Z.html": voice(text_row(THEY, "one")),
        "Takeout/Voice/Calls/Alex Mere - Text - 2024-07-02T12_00_00Z.html": voice(text_row(ME, "two")),
    }
    first, second = read(READER, put(tmp_path, dict(files)))
    assert [account.value for account in second.envelope.recipients] == ["+447700900202"]
    assert second.envelope.conversation == first.envelope.conversation
    assert "google-voice:number-from-another-page" in second.envelope.notes


def test_trap_a_name_of_two_numbers_stays_a_name(tmp_path: Path) -> None:
    files = {
        "Takeout/Voice/Calls/Alex Mere - Text - 2024-07-01T12_00_00Z.html": voice(text_row(THEY, "one")),
        "Takeout/Voice/Calls/Alex Mere - Text - 2024-07-01T13_00_00Z.html": voice(
            text_row(person("+447700900303", "Alex Mere"), "other")
        ),
        "Takeout/Voice/Calls/Alex Mere - Text - 2024-07-02T12_00_00Z.html": voice(text_row(ME, "two")),
    }
    *_, last = read(READER, put(tmp_path, dict(files)))
    assert [(account.kind, account.value) for account in last.envelope.recipients] == [("name", "Alex Mere")]


def test_trap_pages_that_overlap_keep_both_rows_and_say_so(tmp_path: Path) -> None:
    row = text_row(THEY, "again")
    files = {
        "Takeout/Voice/Calls/Alex Mere - Text - 2024-07-01T12_00_00Z.html": voice(row, row),
        "Takeout/Voice/Calls/Alex Mere - Text - 2024-07-02T12_00_00Z.html": voice(row, text_row(THEY, "new")),
    }
    found = read(READER, put(tmp_path, dict(files)))
    assert ["repeats-another-page" in item.envelope.marks for item in found] == [False, False, True, False]


def test_trap_a_picture_is_named_without_its_ending(tmp_path: Path) -> None:
    put(tmp_path, {"Takeout/Voice/Calls/Alex Mere - Text - 2024-07-01T12_34_56Z-1-1.jpg": b"\xff\xd8\xff"})
    image = '<div><img src="Alex Mere - Text - 2024-07-01T12_34_56Z-1-1" alt="x" /></div>'
    [found] = voice_page(tmp_path, voice(text_row(THEY, "x", more=image))).attachments
    assert (found.state, found.bytes) == ("present", 3)
    assert "google-voice:file-by-stem" in found.notes


def test_a_link_in_a_voice_page_never_leads_out_of_its_folder(tmp_path: Path) -> None:
    put(tmp_path, {"secret.jpg": b"no"})
    image = '<div><img src="../../../secret.jpg" alt="x" /><img src="/etc/passwd" /></div>'
    assert voice_page(tmp_path, voice(text_row(THEY, "x", more=image))).attachments == []


def test_trap_a_transcript_is_what_a_machine_heard(tmp_path: Path) -> None:
    said = '<span class="description"><span class="full-text">I will come.</span></span>'
    item = voice_page(tmp_path, call("voicemail", "2024-07-02T23:15:00.000+01:00", more=said))
    assert (item.text, item.envelope.marks) == ("I will come.", ("generated-text",))


def test_a_text_the_owner_deleted_is_there_and_says_so(tmp_path: Path) -> None:
    item = voice_page(tmp_path, voice(text_row(THEY, "gone"), deleted="True"))
    assert (item.text, "deleted-by-owner" in item.envelope.marks) == ("gone", True)


# My Activity


def test_trap_the_letters_of_the_export_are_an_offset_not_a_season(tmp_path: Path) -> None:
    page = activity(card("Searched for x<br>Jan 15, 2021, 6:54:12 PM BST"))
    item = one(tmp_path, "Takeout/My Activity/Search/MyActivity.html", page, LONDON)
    assert (item.envelope.time.ts_utc, item.text) == ("2021-01-15T17:54:12Z", "Searched for x")
    assert "google-activity:offset-of-the-export" in item.envelope.notes


@pytest.mark.parametrize(
    ("written", "zone", "utc"),
    [
        ("Jan 15, 2021, 6:54:12 PM GMT", None, "2021-01-15T18:54:12Z"),
        ("Jul 15, 2021, 6:54:12\u202fPM GMT", "Europe/London", "2021-07-15T18:54:12Z"),
        ("15 Jul 2021, 18:54:12 BST", None, "2021-07-15T17:54:12Z"),
        ("Jan 15, 2021, 6:54:12 PM IST", "Asia/Kolkata", "2021-01-15T13:24:12Z"),
        ("Jan 15, 2021, 6:54:12 PM IST", "Europe/Dublin", "2021-01-15T17:54:12Z"),
        ("15.01.2021, 18:54:12 MEZ", None, "2021-01-15T17:54:12Z"),
        ("Jan 15, 2021, 6:54:12 PM", "Europe/London", "2021-01-15T18:54:12Z"),
        ("Jan 15, 2021, 6:54:12 PM GMT+2", None, "2021-01-15T16:54:12Z"),
    ],
)
def test_zone_letters_mean_what_they_can_mean(written: str, zone: str | None, utc: str, tmp_path: Path) -> None:
    page = activity(card(f"Searched for x<br>{written}"), card("Searched for y<br>31.01.2021, 18:54:12 MEZ"))
    files = put(tmp_path, {"Takeout/My Activity/Search/MyActivity.html": page})
    item = read(READER, files, ReadOptions(timezone=zone))[0]
    assert item.envelope.time.ts_utc == utc


@pytest.mark.parametrize(
    ("written", "chosen", "certain"),
    [
        ("Jan 15, 2021, 6:54:12 PM BST", "BST is +01:00, in summer and in winter", True),
        ("Jan 15, 2021, 6:54:12 PM IST", "IST is not settled", False),
        ("Jan 15, 2021, 6:54:12 PM", "not known", False),
    ],
)
def test_what_the_letters_were_taken_for_is_told(written: str, chosen: str, certain: bool, tmp_path: Path) -> None:
    page = activity(card(f"Searched for x<br>{written}"))
    [claim] = claims(READER, put(tmp_path, {"Takeout/My Activity/Search/MyActivity.html": page}))
    list(READER.scan(claim))
    told = [(said.chosen, said.certain) for said in claim.decisions if said.subject == "pages:timezone"]
    assert told == [(chosen, certain)]


@pytest.mark.parametrize("zone", [None, "Europe/London"])
def test_letters_of_several_zones_settle_nothing(zone: str | None, tmp_path: Path) -> None:
    page = activity(card("Searched for x<br>Jan 15, 2021, 6:54:12 PM IST"))
    item = one(tmp_path, "Takeout/My Activity/Search/MyActivity.html", page, ReadOptions(timezone=zone))
    assert (item.envelope.time.utc_us, item.envelope.time.local) == (None, "2021-01-15T18:54:12")
    assert "pagedates:zone-letters" in item.envelope.notes


def test_a_page_of_dates_in_numbers_asks(tmp_path: Path) -> None:
    page = activity(card("Searched for x<br>03/04/2021, 18:54:12"), card("Searched for y<br>02/04/2021, 18:54:12"))
    folder = put(tmp_path, {"Takeout/My Activity/Search/MyActivity.html": page})
    with pytest.raises(NeedsAnswer):
        read(READER, folder)
    first = read(READER, folder, ReadOptions(date_order="DMY"))[0]
    assert first.envelope.time.local == "2021-04-03T18:54:12"


def test_trap_the_same_activity_is_not_read_from_page_and_json(tmp_path: Path) -> None:
    elements = [{"header": "Search", "title": "Searched for x", "time": "2021-01-15T17:54:12.345Z"}]
    files = {
        "Takeout/My Activity/Search/MyActivity.html": activity(card("Searched for x<br>Jan 15, 2021, 6:54:12 PM BST")),
        "Takeout/My Activity/Search/MyActivity.json": json.dumps(elements),
    }
    [item] = read(READER, put(tmp_path, dict(files)))
    assert item.envelope.time.ts_utc == "2021-01-15T17:54:12.345Z"


def test_page_and_json_of_one_activity_say_the_same(tmp_path: Path) -> None:
    link = '<a href="https://x.example">x</a>'
    page = activity(card(f"Watched\xa0{link}<br>Channel<br>Jan 15, 2021, 6:54:12 PM GMT", "YouTube"))
    elements = [
        {
            "header": "YouTube",
            "title": "Watched x",
            "subtitles": [{"name": "Channel"}],
            "time": "2021-01-15T18:54:12Z",
        }
    ]
    said = [
        one(tmp_path / name, f"Takeout/My Activity/YouTube/MyActivity.{name}", content)
        for name, content in (("html", page), ("json", json.dumps(elements)))
    ]
    assert [(item.text, item.envelope.time.ts_utc, item.facts["product"]) for item in said] == [
        ("Watched x\nChannel", "2021-01-15T18:54:12Z", "YouTube")
    ] * 2


def test_a_page_in_german_is_known_by_its_cards(tmp_path: Path) -> None:
    page = activity(card("Gesucht nach: x<br>15. Jan. 2021, 18:54:12 MEZ", "Suche"))
    item = one(tmp_path, "Takeout/Meine Aktivitäten/Suche/MeineAktivitäten.html", page)
    assert (item.text, item.envelope.time.ts_utc) == ("Gesucht nach: x", "2021-01-15T17:54:12Z")


# YouTube, access, places


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('{"takeoutSegments":[{"text":"a "},{"text":"b","link":{"linkUrl":"x"}}]}', "a b"),
        ('{"text":"a "},{"text":"b"}', "a b"),
        ('{"text":"cut', '{"text":"cut'),
        ("plain", "plain"),
        ("[not json]", "[not json]"),
    ],
)
def test_trap_comment_text_is_json_in_two_forms(written: str, text: str, tmp_path: Path) -> None:
    quoted = written.replace('"', '""')
    rows = f'Comment ID,Channel ID,Comment Create Timestamp,Comment Text\nU1,UCs,2024-01-02 03:04:05 UTC,"{quoted}"\n'
    item = one(tmp_path, "Takeout/YouTube and YouTube Music/comments/comments.csv", rows)
    assert (item.text, item.envelope.time.ts_utc) == (text, "2024-01-02T03:04:05Z")


def test_trap_columns_of_comments_stand_in_any_order_and_comments_are_the_owners_own(tmp_path: Path) -> None:
    rows = "Comment Text,Channel Id,Comment Id,Comment Create Timestamp\nhello,UCs,U1,2024-01-02T03:04:05+00:00\n"
    item = one(tmp_path, "Takeout/YouTube/comments/comments.csv", rows)
    assert (item.text, item.envelope.sender and item.envelope.sender.value) == ("hello", "UCs")
    assert [(account.value, account.role) for account in item.envelope.also] == [("UCs", "owner")]


@pytest.mark.parametrize("columns", [13, 16])
def test_trap_the_access_log_has_thirteen_or_sixteen_columns(columns: int, tmp_path: Path) -> None:
    names = ["Gaia ID", "Activity Timestamp", "IP Address", "Product Name"]
    if columns == 16:
        names += ["Referer Product Name"]
    names += ["Activity Type"]
    names += [f"Other {number}" for number in range(columns - len(names))]
    values = {"Gaia ID": SAM, "Activity Timestamp": "2024-07-03 02:49:39 UTC", "IP Address": "203.0.113.7"}
    values |= {"Activity Type": "Login"}
    rows = ",".join(names) + "\n" + ",".join(values.get(name, "") for name in names) + "\n"
    item = one(tmp_path, "Takeout/Access Log Activity/Activities.csv", rows)
    assert (item.envelope.kind, item.text, item.facts["IP Address"]) == ("login_alert", "Login", "203.0.113.7")


def test_trap_an_access_names_nobody_who_did_it(tmp_path: Path) -> None:
    rows = f"Gaia ID,Activity Timestamp,IP Address\n{SAM},2024-07-03 02:49:39 UTC,203.0.113.7\n"
    item = one(tmp_path, "Takeout/Access Log Activity/Activities.csv", rows)
    assert item.envelope.sender is None
    assert [account.value for account in item.envelope.recipients] == [SAM]
    assert item.envelope.conversation.account_events


def test_trap_older_devices_say_their_last_use_in_prose(tmp_path: Path) -> None:
    prose = '"Country ISO: GB\nLast Activity Time: 2024-07-03 02:50:00 UTC\n"'
    rows = f"Device Type,Brand Name,Location,Gaia ID\nPHONE,Example,{prose},{SAM}\n"
    item = one(tmp_path, "Takeout/Access Log Activity/Devices.csv", rows)
    assert item.envelope.time.ts_utc == "2024-07-03T02:50:00Z"


def test_places_are_facts_about_the_owner_and_name_nobody(tmp_path: Path) -> None:
    place = {"latitudeE7": -15490700, "longitudeE7": 5, "timestamp": "2024-07-02T21:30:00Z"}
    item = one(tmp_path, "Takeout/Location History/Records.json", json.dumps({"locations": [place]}))
    assert (item.facts["latitude"], item.facts["longitude"]) == ("-1.5490700", "0.0000005")
    assert (item.envelope.sender, item.envelope.recipients, item.envelope.conversation.key) == (None, (), None)


def test_an_iphones_list_of_places_is_read_too(tmp_path: Path) -> None:
    segment = {"startTime": "2024-07-02T12:00:00.000+01:00", "endTime": "2024-07-02T13:00:00.000+01:00", "visit": {}}
    item = one(tmp_path, "location-history.json", json.dumps([segment]))
    assert (item.envelope.kind, item.envelope.time.ts_utc) == ("other", "2024-07-02T11:00:00.000Z")


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2024-01-02 03:04:05 UTC", "2024-01-02T03:04:05Z"),
        ("2024-01-02 03:04:05 Z", "2024-01-02T03:04:05Z"),
        ("2024-01-02T03:04:05.678-04:00", "2024-01-02T07:04:05.678Z"),
        ("2024-01-02T03:04:05", "2024-01-02T03:04:05Z"),
        ("2024-13-02T03:04:05Z", None),
        ("02/01/2024", None),
        ("9999-12-31T23:59:59-12:00", None),
    ],
)
def test_times_of_tables(written: str, utc: str | None) -> None:
    found = stamp(written, "x")
    assert found and found.ts_utc == utc


# What a download is


@pytest.mark.parametrize("root", ["", "Takeout/", "a/Takeout/", "sam's copy/", "a/b/takeout/"])
def test_a_download_is_found_wherever_it_begins(root: str, tmp_path: Path) -> None:
    files = {
        f"{root}Hangouts/Hangouts.json": hangouts(event()),
        f"{root}Voice/Calls/Alex Mere - Text - 2024-07-01T12_34_56Z.html": voice(text_row(THEY, "x")),
    }
    [claim] = claims(READER, put(tmp_path, dict(files)))
    assert (claim.facts["root"], claim.facts["chats"]) == (root.rstrip("/"), "2")


def test_a_hangouts_file_alone_is_a_download_too(tmp_path: Path) -> None:
    assert one(tmp_path, "Hangouts.json", hangouts(event())).text == "hi"


def test_two_downloads_in_one_folder_stay_two(tmp_path: Path) -> None:
    files = {f"{name}/Takeout/Hangouts/Hangouts.json": hangouts(event()) for name in ("may", "june")}
    assert len(claims(READER, put(tmp_path, dict(files)))) == 2


def test_folders_of_other_names_count_only_inside_a_takeout(tmp_path: Path) -> None:
    files = {"Hangouts/Hangouts.json": hangouts(event()), "Calendar/a.ics": "BEGIN:VCALENDAR\r\n"}
    [claim] = claims(READER, put(tmp_path, dict(files)))
    assert claim.aside == {}
    put(tmp_path, {"archive_browser.html": "<html></html>"})
    [claim] = claims(READER, tmp_path)
    assert sorted(claim.aside) == ["Calendar/a.ics", "archive_browser.html"]


def test_what_two_files_say_of_the_owner_is_told(tmp_path: Path) -> None:
    rows = f"Gaia ID,Activity Timestamp,IP Address\n{SAM},2024-07-03 02:49:39 UTC,203.0.113.7\n"
    [claim] = claims(READER, put(tmp_path, {"Takeout/Access Log Activity/Activities.csv": rows}))
    list(READER.scan(claim))
    assert [(said.subject, said.chosen) for said in claim.decisions] == [("google:owner", SAM)]


def test_a_file_of_two_states_in_two_parts_is_read_twice_and_one_of_equal_bytes_once(tmp_path: Path) -> None:
    import zipfile

    for number, text in ((1, "a"), (2, "a"), (3, "b")):
        with zipfile.ZipFile(tmp_path / f"takeout-20240703T000000Z-00{number}.zip", "w") as archive:
            archive.writestr("Takeout/Hangouts/Hangouts.json", hangouts(event(text)))
    found = [item.text for item in loaded(READER, tmp_path) if isinstance(item, Loaded)]
    assert sorted(text or "" for text in found) == ["a", "b"]


@pytest.mark.parametrize(
    "path",
    [
        "Takeout/Voice/Calls/Alex Mere - Text - 2024-07-01T12_34_56Z.html",
        "Takeout/My Activity/Search/MyActivity.html",
        "Takeout/YouTube/my-comments/my-comments.html",
        "Takeout/Google Account/sam.SubscriberInfo.html",
    ],
)
def test_a_page_of_a_layout_nobody_knows_is_unread_and_not_empty(path: str, tmp_path: Path) -> None:
    page = "<html><body><section>Something else altogether</section></body></html>"
    [item] = loaded(READER, put(tmp_path, {path: page}))
    assert isinstance(item, Unread) and item.kind == "no-record"


def test_a_page_of_activities_in_any_language_is_known_by_its_design(tmp_path: Path) -> None:
    design = f"<style>/** material-design-lite */{'.mdl-grid{{}}' * 9000}</style>"
    page = f"<html><head>{design}</head><body>{card('Recherché x<br>15 janv. 2021, 18:54:12 UTC')}</body></html>"
    item = one(tmp_path, "Takeout/Mon activité/Recherche/MonActivité.html", page)
    assert (item.text, item.envelope.time.ts_utc) == ("Recherché x", "2021-01-15T18:54:12Z")


def test_an_empty_list_called_as_googles_shows_no_takeout_by_its_name(tmp_path: Path) -> None:
    other = put(tmp_path / "other", {"search_history.json": b"[]"})
    assert not list(claims(Takeout(), other))
    ours = put(tmp_path / "ours", {"Takeout/YouTube and YouTube Music/history/search-history.json": b"[]"})
    assert list(claims(Takeout(), ours))
