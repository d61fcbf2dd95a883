"""Chats that a person copied or typed: what is taken for one and what is not, whose words are whose, which times are times.

Trap numbers are those of fixtures/chat-whatsapp, whose grammar these texts share.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from chat_readers import FIXTURES, loaded
from plainrecord.cli import main
from plainrecord.inspecting import inspect_paths
from plainrecord.intake import list_source
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import Claim, NeedsAnswer
from plainrecord.parsers.chat.lines import span
from plainrecord.parsers.registry import parser_named
from plainrecord.records import Envelope, Loaded, Unread
from plainrecord.store.adding import plan_claims

LONDON = ReadOptions(timezone="Europe/London")
WEB = "[14:32, 24/09/2023] Ana: one\n[14:33, 24/09/2023] Rowan: two\n"


def planned(place: Path, text: str, options: ReadOptions = LONDON, name: str = "chat.txt") -> list[tuple[str, Claim]]:
    """Who reads a small text, in the order of the table."""
    (place / name).write_bytes(text.encode())
    listing = list_source([place / name], "S1", options)
    return [(parser.name, claim) for parser, claim in plan_claims(listing, listing.members)]


def reader_of(place: Path, text: str, options: ReadOptions = LONDON, name: str = "chat.txt") -> str | None:
    return next((reader for reader, _ in planned(place, text, options, name)), None)


def read(place: Path, text: str, options: ReadOptions = LONDON) -> tuple[list[Loaded], list[Unread]]:
    """Every record of a small text, and what was not read of it."""
    [(name, _)] = planned(place, text, options)
    found = loaded(parser_named(name), place / "chat.txt", options)
    return [one for one in found if isinstance(one, Loaded)], [one for one in found if isinstance(one, Unread)]


def said(records: list[Loaded]) -> list[tuple[str | None, str | None]]:
    return [(one.envelope.sender.value if one.envelope.sender else None, one.text) for one in records]


COPIES = {
    "web": (WEB, "copied-chat"),
    "web, month first": ("[2:32 PM, 9/24/2023] Ana: one\n", "copied-chat"),
    "web, marks": ("\u200e[14:32, 24/09/2023] Ana: one\n", "copied-chat"),
    "web, German": ("[14:32, 24.9.2023] Ana: one\n", "copied-chat"),
    "phone": ("[24/09, 14:32] Ana: one\n", "copied-chat"),
    "phone, month first": ("[3/18, 2:56 PM] Ana: one\n", "copied-chat"),
    "web, under a title": ("What Ana wrote\n\n" + WEB, "copied-chat"),
    "telegram": ("Ana, [24.09.23 14:32]\none\n\nRowan, [24.09.23 14:33]\ntwo\n", "copied-chat"),
    "telegram, US": ("Ana, [9/24/2023 2:32 PM]\none\n\nRowan, [9/24/2023 2:33 PM]\ntwo\n", "copied-chat"),
    "discord": ("ana — Today at 14:56\none\nrowan — 24/09/2023 14:57\ntwo\n", "copied-text"),
    "discord, German": ("ana — heute um 14:56 Uhr\neins\nrowan — gestern um 14:57 Uhr\nzwei\n", "copied-text"),
    "slack": ("Ana  2:56 PM\none\nRowan  2:57 PM\ntwo\nAna  2:58 PM\nx\nRowan  2:59 PM\ny\n", "copied-text"),
    "teams": ("[14:03] Ana\none\n[14:04] Rowan\ntwo\n[14:05] Ana\nx\n[14:06] Rowan\ny\n", "copied-text"),
    "printed": ("From: Ana\nDate: 24/09/2023 14:32\n\none\n\nFrom: Me\nDate: 24/09/2023 14:33\n\ntwo\n", "copied-text"),
    "typed, with Me": ("Ana: one\nMe: two\nAna: three\nMe: four\n", "copied-text"),
}
# What has single lines that look like the head of a message, and is no copied chat.
OTHERS = {
    "note": "Call Ana at 14:32, 24/09/2023: she asked about the kiln.\nShe said: [14:32, 24/09/2023]\n",
    "note that quotes one line": "What happened in autumn.\n" * 9 + "[14:32, 24/09/2023] Ana: one\n" + "It hurt.\n" * 9,
    "poem": "Morning: the river\nruns past the mill — slowly\n\nEvening: the river\nruns back again\n\nMorning: mist\n",
    "plan of a day": "Breakfast  8:00 AM\neggs\nLunch  12:30 PM\nsoup\nDinner  7:00 PM\nbread\n",
    "plan with dashes": "Breakfast — 8:00\neggs\nLunch — 12:30\nsoup\n",
    "food diary": "Breakfast: toast\nLunch: soup\nBreakfast: eggs\nLunch: bread\n",
    "log of a program": "[14:32, 24/09/2023] INFO: started\n[14:33, 24/09/2023] ERROR: stopped\n",
    "log with times": "[14:03] Backup started\none file\n[14:09] Backup ended\nok\n[14:11] Check started\nok\n",
    "list of settings": "host: a\nport: 1\nhost: b\nport: 2\nhost: c\nport: 3\n",
    "interview": "Q: where were you\nA: at home\nQ: all day\nA: yes\n",
    "play": "ANA: Who is there?\nROWAN: Nobody.\nANA: Come in.\nROWAN: No.\n",
    "mail copied out of a window": "From: Ana\nSent: 24 September 2023 14:32\nTo: Rowan\nSubject: kiln\n\none\n\n" * 2,
    "subtitles": "1\n00:00:01,000 --> 00:00:04,000\nAna: hello\n\n2\n00:00:05,000 --> 00:00:06,000\nRowan: hi\n",
    "page of a network": "Ana\nare you there\nYou sent\nyes\nYesterday 14:56\nAna\nfine\n",
    "lines without names": "hello how are you\n\nfine and you\n\ngood\n",
}


@pytest.mark.parametrize("kind", COPIES)
def test_every_shape_of_a_copy_goes_to_its_reader(kind: str, tmp_path: Path) -> None:
    text, reader = COPIES[kind]
    assert reader_of(tmp_path, text) == reader


@pytest.mark.parametrize("kind", OTHERS)
def test_what_only_looks_a_little_like_a_copy_is_left_alone(kind: str, tmp_path: Path) -> None:
    # A mail that was copied with its fields is read as a mail, as ever.
    assert reader_of(tmp_path, OTHERS[kind]) == ("eml" if kind.startswith("mail") else None)


@pytest.mark.parametrize("name", ["server.log", "data.csv", "chat.json", "chat.md"])
def test_a_copy_is_a_text_by_its_name_too(name: str, tmp_path: Path) -> None:
    assert reader_of(tmp_path, WEB, name=name) is None


@pytest.mark.parametrize(
    "header",
    [
        "[14:32:01 24/9/23] ",  # Vietnamese, as predicted
        "[14:32:01, 24/9/23] ",  # Vietnamese, as seen
        "14:32 24/9/23 - ",
        "14:32, 24/09/2023 - ",
        "10:35 PM, 07 20 - ",
        "[24/09/2023, 14:32:01] ",
    ],
)
def test_trap_4_exports_with_the_time_first_stay_with_whatsapp(header: str, tmp_path: Path) -> None:
    [(reader, claim)] = planned(tmp_path, f"{header}Ana: one\n{header}Rowan: two\n")
    list(parser_named(reader).scan(claim))
    assert reader == "whatsapp" and "origin" not in [one.subject for one in claim.decisions]


@pytest.mark.parametrize("header", ["[14:32 24/09/2023] ", "[24/09/2023, 14:32] "])
def test_trap_4_where_nothing_tells_a_copy_from_an_export_it_is_said(header: str, tmp_path: Path) -> None:
    [(reader, claim)] = planned(tmp_path, f"{header}Ana: one\n{header}Rowan: two\n")
    list(parser_named(reader).scan(claim))
    [origin] = [one for one in claim.decisions if one.subject == "origin"]
    assert reader == "whatsapp" and not origin.certain and "without seconds" in origin.basis


def test_trap_9_a_copy_pasted_into_an_export_does_not_take_the_export_over(tmp_path: Path) -> None:
    export = "".join(f"24/09/2023, 14:{n} - Ana: x\n" for n in range(10, 15))
    assert reader_of(tmp_path, export + WEB) == "whatsapp"


@pytest.mark.parametrize(
    ("name", "header"),
    [("WhatsApp Chat with Ana.txt", "24/09/2023, 14:10 - "), ("_chat.txt", "[24/09/2023, 14:10:00] ")],
)
def test_trap_9_however_much_is_pasted_an_export_stays_one(name: str, header: str, tmp_path: Path) -> None:
    pasted = "".join(f"[13:0{n}, 23/09/2023] Rowan: never said {n}\n" for n in range(9))
    [(reader, claim)] = planned(tmp_path, f"{header}Ana: look\n{pasted}{header}Rowan: no\n", name=name)
    found = [one for one in parser_named(reader).scan(claim) if isinstance(one, Envelope)]
    assert (reader, [one.sender and one.sender.value for one in found]) == ("whatsapp", ["Ana", "Rowan"])


def test_every_record_says_that_a_person_made_it() -> None:
    records = [
        one
        for reader in ("copied-chat", "copied-text")
        for one in loaded(parser_named(reader), FIXTURES / "chat-copied", LONDON)
        if isinstance(one, Loaded)
    ]
    assert {one.envelope.service for one in records} == {"copied-chat"}
    assert all(one.envelope.marks[0] == "copied-by-hand" and one.facts["form"] for one in records)


def test_the_claim_says_what_the_text_is_and_why(tmp_path: Path) -> None:
    [(reader, claim)] = planned(tmp_path, WEB)
    list(parser_named(reader).scan(claim))
    [origin] = [one for one in claim.decisions if one.subject.startswith("origin")]
    assert origin.chosen == "copied or typed by a person" and "[time, date] Name: text" in origin.basis


def test_trap_5_a_date_that_fits_both_ways_is_asked_for_and_not_guessed(tmp_path: Path) -> None:
    text = "[14:32, 03/04/2023] Ana: one\n[14:33, 03/04/2023] Rowan: two\n"
    with pytest.raises(NeedsAnswer) as asked:
        read(tmp_path, text)
    assert "--date-order DMY or --date-order MDY" in str(asked.value)
    records, _ = read(tmp_path, text, ReadOptions(date_order="MDY"))
    assert records[0].envelope.time.local == "2023-03-04T14:32:00"


def test_trap_5_a_number_over_12_shows_the_order(tmp_path: Path) -> None:
    records, _ = read(tmp_path, "[2:32 PM, 3/4/2023] Ana: one\n[12:05 AM, 3/25/2023] Rowan: two\n")
    assert [one.envelope.time.local for one in records] == ["2023-03-04T14:32:00", "2023-03-25T00:05:00"]


def test_a_day_that_the_order_of_the_text_does_not_have_is_no_time(tmp_path: Path) -> None:
    lines = [f"[14:32, {day}/09/2023] Ana: x\n" for day in range(13, 29)]
    records, unread = read(tmp_path, "".join(lines) + "[14:32, 09/30/2023] Rowan: pasted from another phone\n")
    last = records[-1].envelope
    assert not unread and (last.time.utc_us, last.time.local, last.time.ts_raw) == (None, None, "14:32, 09/30/2023")
    assert "date-impossible-in-this-order" in last.notes


@pytest.mark.parametrize(
    ("text", "written", "note"),
    [
        ("[24/09, 14:32] Ana: one\n", "24/09, 14:32", "no-year"),
        (COPIES["discord"][0], "Today at 14:56", "relative-day"),
        (COPIES["slack"][0], "2:56 PM", "day-unknown"),
        (COPIES["teams"][0], "14:03", "day-unknown"),
        (COPIES["typed, with Me"][0], "", "time-missing"),
    ],
)
def test_a_time_without_its_day_stays_as_it_is_written(text: str, written: str, note: str, tmp_path: Path) -> None:
    first = read(tmp_path, text)[0][0].envelope
    assert (first.time.ts_raw, first.time.utc_us, first.time.local) == (written, None, None)
    assert first.time.tz_basis == "floating_unknown" and note in first.notes


def test_a_zone_that_was_said_places_whole_times_and_no_others(tmp_path: Path) -> None:
    records, _ = read(tmp_path, COPIES["discord"][0])
    assert [one.envelope.time.ts_utc for one in records] == [None, "2023-09-24T13:57:00Z"]
    assert records[1].envelope.time.tz_basis == "device_local_assumed"


def test_trap_9_a_line_that_is_nearly_a_head_is_nobodys_words(tmp_path: Path) -> None:
    broken = ["[14:99, 24/09/2023] Rowan: no such time\n", "[14:34, 24/09/2023] Ana left\n"]
    text = WEB + "".join(broken) + "[14:35, 24/09/2023] Ana: three\n"
    records, unread = read(tmp_path, text)
    assert said(records) == [("Ana", "one"), ("Rowan", "two"), ("Ana", "three")]
    assert [text[slice(*span(one.position.locator))] for one in unread] == broken


def test_a_name_that_comes_once_and_a_remark_are_not_put_into_anybodys_mouth(tmp_path: Path) -> None:
    text = "Ana: one\nMe: two\nAna: three\nMe: four\nmore\nAna: five\nMe: six\nBen: once\n\nI kept this\n"
    records, unread = read(tmp_path, text)
    assert said(records)[2:] == [("Ana", "three"), ("Me", "four\nmore"), ("Ana", "five"), ("Me", "six")]
    assert [text[slice(*span(one.position.locator))] for one in unread] == ["Ben: once\n\n", "I kept this\n"]


def test_names_without_times_are_a_chat_only_when_one_is_the_owners(tmp_path: Path) -> None:
    text = "Ana: one\nRowan Ash: two\nAna: three\nRowan Ash: four\n"
    assert reader_of(tmp_path, text) is None
    assert reader_of(tmp_path, text, ReadOptions(owner_names=("rowan ash",))) == "copied-text"
    assert reader_of(tmp_path, text, ReadOptions(owner_names=("Maren",))) is None


def test_pastes_from_several_apps_stay_apart_message_by_message(tmp_path: Path) -> None:
    text = WEB + "Ana, [24.09.23 14:34]\nthree\n24/09/2023, 14:35 - Rowan: four\n"
    records, unread = read(tmp_path, text)
    assert said(records) == [("Ana", "one"), ("Rowan", "two"), ("Ana", "three"), ("Rowan", "four")]
    assert not unread and len({one.facts["form"] for one in records}) == 3


def test_printed_messages_say_who_and_when_in_their_fields(tmp_path: Path) -> None:
    came = "-----\nFrom: Ana Example (07700 900461)\nDate: 24/09/2023 14:32\n\none\n"
    text = came + "-----\nTo: 07700 900461\nTime: 14:33\nDate: 25/09/2023\nMessage: two\n"
    records, unread = read(tmp_path, text)
    first, second = (one.envelope for one in records)
    assert first.sender and (first.sender.kind, first.sender.value, first.sender.name) == (
        "number",
        "07700 900461",
        "Ana Example",
    )
    assert second.sender is None and "sender-not-stated" in second.notes and second.time.local == "2023-09-25T14:33:00"
    assert [(one.kind, one.value) for one in second.recipients] == [("number", "07700 900461")]
    assert [one.text for one in records] == ["one", "two"] and not unread


def test_a_mail_is_still_a_mail_and_so_is_one_printed_message(tmp_path: Path) -> None:
    mail = (
        "From: Ana <ana@mail.example>\nDate: Sun, 24 Sep 2023 14:32:00 +0100\nSubject: kiln\n\nFrom: x\nDate: y\n\nz\n"
    )
    assert reader_of(tmp_path, mail) == "eml"


def test_of_two_people_each_writes_to_the_other_and_me_is_the_owner(tmp_path: Path) -> None:
    records, _ = read(tmp_path, COPIES["typed, with Me"][0])
    assert [[one.value for one in record.envelope.recipients] for record in records[:2]] == [["Me"], ["Ana"]]
    assert [(one.value, one.role) for one in records[0].envelope.also] == [("Me", "owner")]


def test_trap_10_words_of_the_app_may_have_been_typed(tmp_path: Path) -> None:
    text = WEB + "[14:34, 24/09/2023] Ana: This message was deleted\n[14:35, 24/09/2023] Ana: \n"
    deleted, empty = (one.envelope for one in read(tmp_path, text)[0][2:])
    assert deleted.kind == "message" and {"deleted", "maybe-system"} <= set(deleted.marks)
    assert "empty-body" in empty.marks


def test_words_behind_a_blank_line_stay_with_the_message_and_are_marked(tmp_path: Path) -> None:
    records, _ = read(tmp_path, WEB + "\nI was afraid when I read this\n")
    assert records[1].text == "two\n\nI was afraid when I read this"
    assert "text-behind-a-blank-line" in records[1].envelope.notes


def test_a_text_from_notepad_in_two_bytes_a_letter_reads_the_same(tmp_path: Path) -> None:
    (tmp_path / "chat.txt").write_bytes(WEB.replace("\n", "\r\n").encode("utf-16"))
    records = loaded(parser_named("copied-chat"), tmp_path / "chat.txt", LONDON)
    assert said([one for one in records if isinstance(one, Loaded)]) == [("Ana", "one"), ("Rowan", "two")]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a WhatsApp export and a copy of the same chat."""
    folder = tmp_path_factory.mktemp("both")
    (folder / "in").mkdir()
    (folder / "in/export.txt").write_text("24/09/2023, 14:32 - Ana: one\n24/09/2023, 14:33 - Rowan: two\n")
    (folder / "in/copy.txt").write_text(WEB)
    words = ["bundle", str(folder / "in"), "--sender", "Ana", "--owner", "Rowan", "--timezone", "Europe/London"]
    done = CliRunner().invoke(main, [*words, "--no-pdf", "--json", "--out", str(folder / "out")])
    assert done.exit_code == 0, done.output
    return Path(json.loads(done.stdout)["path"])


def test_beside_an_export_each_copied_item_is_labelled_and_nothing_is_merged(bundle: Path) -> None:
    items = [json.loads(line) for line in (bundle / "data/items/messages.jsonl").read_text("utf-8").splitlines()]
    assert sorted((one["service"], one["evidence_kind"], *one["marks"], one["text"]) for one in items) == [
        ("copied-chat", "authored", "copied-by-hand", "one"),
        ("copied-chat", "authored", "copied-by-hand", "two"),
        ("whatsapp", "derived", "one"),
        ("whatsapp", "derived", "two"),
    ]
    assert {one["direction"] for one in items} == {"subject_to_owner", "owner_to_subject"}


def test_the_pages_say_which_items_a_person_made(bundle: Path) -> None:
    page = (bundle / "START_HERE.html").read_text("utf-8")
    assert page.count('<td class="marks">copied-by-hand</td>') == 2
    assert page.count("authored: made by a person: a note, or messages copied by hand</dd>") == 2
    assert "2 items from texts into which a person copied or typed messages" in page
    assert "origin of copy.txt" in page and "No app made these texts as an export" in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (OTHERS["lines without names"], "Export chat"),
        (OTHERS["page of a network"], "Instagram or Facebook"),
        (OTHERS["play"], "--owner"),
    ],
)
def test_inspect_says_which_export_to_ask_for_instead(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "chat.txt").write_text(text)
    [line] = inspect_paths([tmp_path / "chat.txt"])
    assert line.reader is None and words in line.says and "it was kept as it is and not read" in line.says
