from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from chat_readers import FIXTURES, FOREIGN, check_golden, claims, golden_line, loaded, read, scanned
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.chat.telegram import Telegram
from plainrecord.parsers.chat.telegramhtml import TelegramPages
from plainrecord.records import Envelope, Loaded, Unread

JSON = FIXTURES / "chat-telegram"
PAGES = FIXTURES / "chat-telegram-html"
LONDON = ReadOptions(timezone="Europe/London")


def export(*messages: dict[str, Any], **fields: Any) -> bytes:
    chat = {"name": "Rowan Ash", "type": "personal_chat", "id": 700} | fields
    return json.dumps(chat | {"messages": messages}).encode()


def message(number: int = 1, who: str = "user700", **fields: Any) -> dict[str, Any]:
    made = {"id": number, "type": "message", "date": "2024-10-02T18:30:05", "date_unixtime": "1727890205"}
    return made | {"from": "Rowan Ash" if who == "user700" else "Maud", "from_id": who, "text": "words"} | fields


def of(folder: Path, data: bytes, options: ReadOptions | None = None) -> list[Loaded]:
    (folder / "result.json").write_bytes(data)
    return read(Telegram(), folder, options)


def test_the_samples_say_what_is_expected_of_them(update_golden: bool) -> None:
    lines = [
        f"# {folder.name}" if item is None else golden_line(item)
        for folder in sorted(JSON.iterdir())
        if folder.is_dir()
        for item in (None, *loaded(Telegram(), folder, LONDON))
    ]
    check_golden(lines, JSON / "expected.jsonl", update_golden)


def test_the_pages_say_what_is_expected_of_them(update_golden: bool) -> None:
    lines = [
        f"# {folder.name}" if item is None else golden_line(item)
        for folder in sorted(PAGES.iterdir())
        if folder.is_dir()
        for item in (None, *loaded(TelegramPages(), folder, LONDON))
    ]
    check_golden(lines, PAGES / "expected.jsonl", update_golden)


def test_json_and_pages_of_one_chat_say_the_same_where_both_carry_it() -> None:
    said = {
        item.facts["id"]: item
        for item in read(Telegram(), JSON / "ChatExport_2024-11-20", LONDON)
        if item.envelope.kind != "reaction"
    }
    pages = {item.facts["id"]: item for item in read(TelegramPages(), PAGES / "ChatExport_2024-11-20", LONDON)}
    assert set(pages) <= set(said)
    assert {number for number in said if number not in pages} == {"20", "21", "22", "23"}
    for number, page in pages.items():
        exact = said[number]
        assert page.envelope.kind == exact.envelope.kind
        if page.envelope.kind == "system":
            # A page gives service lines no time and no actor.
            continue
        assert page.envelope.sender and exact.envelope.sender
        assert page.envelope.sender.name == exact.envelope.sender.name
        assert page.text == exact.text
        if page.envelope.time.dst_flag == "none":
            assert page.envelope.time.ts_utc == exact.envelope.time.ts_utc
        for mark in ("missed", "declined", "answered", "forwarded"):
            assert (mark in page.envelope.marks) == (mark in exact.envelope.marks)
        present = [one.sha256 for one in exact.attachments if one.state == "present"]
        assert [one.sha256 for one in page.attachments if one.state == "present"] == present


def test_no_foreign_file_is_claimed(tmp_path: Path) -> None:
    for name, data in FOREIGN.items():
        (tmp_path / name).write_bytes(data)
    assert not claims(Telegram(), tmp_path)
    assert not claims(TelegramPages(), tmp_path)


def test_control_characters_written_as_backslash_x_are_read_and_said(tmp_path: Path) -> None:
    [one] = of(tmp_path, export(message(text="a@@b")).replace(b"@@", b"\\x1F"))
    assert one.text == "a\x1fb"
    assert "telegram:invalid-escape-repaired" in one.envelope.notes


def test_text_comes_as_a_string_or_as_parts(tmp_path: Path) -> None:
    parts = [
        "see ",
        {"type": "text_link", "text": "this", "href": "https://x.example"},
        {"type": "spoiler", "text": "!"},
    ]
    plain, mixed, entities = of(
        tmp_path,
        export(message(1), message(2, text=parts), message(3, text="", text_entities=[{"type": "plain", "text": "e"}])),
    )
    assert [plain.text, mixed.text, entities.text] == ["words", "see this!", "e"]
    assert "https://x.example" in mixed.facts["links"]


def test_an_account_that_is_gone_keeps_its_id_and_has_no_name(tmp_path: Path) -> None:
    gone, nobody = of(tmp_path, export(message(**{"from": None}), {"id": 2, "type": "message", "from": None}))
    assert gone.envelope.sender and (gone.envelope.sender.value, gone.envelope.sender.name) == ("user700", None)
    assert nobody.envelope.sender is None
    assert nobody.envelope.time.utc_us is None


def test_exports_without_a_count_of_seconds_are_floating_until_a_zone_is_said(tmp_path: Path) -> None:
    old = export({"id": 1, "type": "message", "date": "2024-10-27T01:30:00", "from": "R", "from_id": 700, "text": "x"})
    [floating] = of(tmp_path, old)
    assert (floating.envelope.time.utc_us, floating.envelope.time.tz_basis) == (None, "floating_unknown")
    [said] = of(tmp_path, old, LONDON)
    assert (said.envelope.time.ts_utc, said.envelope.time.dst_flag) == ("2024-10-27T00:30:00Z", "ambiguous")
    assert said.envelope.time.tz_basis == "device_local_assumed"


@pytest.mark.parametrize(
    ("fields", "mark"),
    [
        ({"discard_reason": "missed"}, "missed"),
        ({"discard_reason": "busy"}, "declined"),
        ({"discard_reason": "hangup", "duration_seconds": 35}, "answered"),
    ],
)
def test_a_call_is_a_call_and_says_how_it_ended(tmp_path: Path, fields: dict[str, Any], mark: str) -> None:
    call = {"id": 9, "type": "service", "date_unixtime": "1727890205", "actor": "Rowan Ash", "actor_id": "user700"}
    [one] = of(tmp_path, export(call | {"action": "phone_call"} | fields))
    assert (one.envelope.kind, one.envelope.marks) == ("call", (mark,))
    assert one.status["ended"] == fields["discard_reason"]


def test_files_that_were_left_out_are_not_called_missing(tmp_path: Path) -> None:
    left = "(File not included. Change data exporting settings to download.)"
    out, gone = of(tmp_path, export(message(1, photo=left), message(2, photo="photos/p.jpg")))
    assert (out.attachments[0].state, out.attachments[0].facts["said"]) == ("not-exported", left)
    assert gone.attachments[0].state == "missing"


def test_a_path_that_climbs_out_of_the_export_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "result.json").write_bytes(export(message(file="../secret.txt"), message(2, file="/etc/passwd")))
    for one in read(Telegram(), tmp_path):
        assert one.attachments[0].state == "missing"


def test_the_owner_of_one_chat_is_whoever_is_not_its_id_however_late_they_write(tmp_path: Path) -> None:
    many = [message(number, text="x" * 400) for number in range(400)]
    found = of(tmp_path, export(*many, message(400, "user9")))
    assert found[0].envelope.recipients[0].value == "user9"
    assert found[-1].envelope.recipients[0].value == "user700"
    assert [one.role for one in found[0].envelope.also] == ["owner"]


def test_an_owner_who_never_wrote_is_named_only_if_a_person_says_who(tmp_path: Path) -> None:
    assert of(tmp_path, export(message()))[0].envelope.recipients == ()
    [one] = of(tmp_path, export(message()), ReadOptions(owner_names=("Maud Ivers",)))
    assert [(who.kind, who.value) for who in one.envelope.recipients] == [("name", "Maud Ivers")]


def test_an_owner_of_whom_only_the_name_is_told_is_the_same_when_read_again(tmp_path: Path) -> None:
    chats = {"list": [{"name": "Rowan Ash", "type": "personal_chat", "id": 700, "messages": [message()]}]}
    account = {"personal_information": {"first_name": "Maud", "user_id": None}, "chats": chats}
    [one] = of(tmp_path, json.dumps(account).encode())
    assert [(who.kind, who.value) for who in one.envelope.recipients] == [("name", "Maud")]


def test_the_same_message_id_in_two_chats_is_two_records() -> None:
    found = read(Telegram(), JSON / "DataExport_2024-12-01")
    ones = [item for item in found if item.facts.get("id") == "1"]
    assert len({item.envelope.conversation.key for item in ones}) == len(ones) == 4
    assert len({item.envelope.position for item in found}) == len(found)


def test_left_groups_deleted_members_and_saved_messages_are_read() -> None:
    found = read(Telegram(), JSON / "DataExport_2024-12-01")
    assert {
        item.envelope.conversation.is_group for item in found if item.envelope.conversation.title == "Allotments"
    } == {True}
    assert any("/left_chats/" in item.envelope.position.locator for item in found)
    assert any(item.text == "note to self" and item.envelope.recipients == () for item in found)


def test_half_an_emoji_does_not_cost_the_message() -> None:
    [one] = [item for item in read(Telegram(), JSON / "ChatExport_2024-11-20") if item.facts.get("id") == "23"]
    assert one.text == "half a pair: \ud83d"


def test_older_exports_give_the_clocks_zero_to_messages_never_edited(tmp_path: Path) -> None:
    zero, edited = of(
        tmp_path, export(message(1, edited="1970-01-01T01:00:00"), message(2, edited="2024-10-03T01:00:00"))
    )
    assert zero.envelope.marks == () and zero.dates == ()
    assert edited.envelope.marks == ("edited",) and len(edited.dates) == 1


def test_pages_beside_the_json_are_set_aside_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_bytes(export(message()))
    (tmp_path / "messages.html").write_bytes((PAGES / "before-offsets" / "messages.html").read_bytes())
    [claim] = claims(Telegram(), tmp_path)
    assert "result.json" in claim.aside["messages.html"]


def test_a_page_time_whose_offset_is_not_that_of_the_zone_follows_the_clock_and_says_so() -> None:
    [first] = [
        item for item in read(TelegramPages(), PAGES / "ChatExport_2024-11-20", LONDON) if item.facts["id"] == "2"
    ]
    assert first.envelope.time.ts_utc == "2024-10-02T17:30:05Z"
    assert "telegram:offset-differs-from-zone" in first.envelope.notes
    [unsaid] = [item for item in read(TelegramPages(), PAGES / "ChatExport_2024-11-20") if item.facts["id"] == "2"]
    assert unsaid.envelope.notes == ("telegram:offset-doubtful",)


def test_a_joined_message_has_the_sender_above_it_and_a_new_page_names_its_own() -> None:
    found = read(TelegramPages(), PAGES / "before-offsets")
    assert [item.envelope.sender.name for item in found if item.envelope.sender][-2:] == ["Deleted Account"] * 2


@pytest.mark.parametrize(
    "sample", ["chat-telegram/before-2021/result.json", "chat-telegram-html/before-offsets/messages.html"]
)
def test_cut_at_any_byte_it_gives_what_stands_before_and_never_raises(sample: str, tmp_path: Path) -> None:
    parser: Any = Telegram() if sample.endswith("json") else TelegramPages()
    data = (FIXTURES / sample).read_bytes()
    file = tmp_path / Path(sample).name
    whole = [
        item.position.locator for item in scanned(parser, (FIXTURES / sample).parent) if isinstance(item, Envelope)
    ]
    for cut in range(len(data) - 1):
        file.write_bytes(data[:cut])
        found = scanned(parser, tmp_path)
        read_ = [item.position.locator for item in found if isinstance(item, Envelope)]
        assert read_ == whole[: len(read_)]
        if found and len(read_) < len(whole):
            assert isinstance(found[-1], Unread) or sample.endswith("html")


@pytest.mark.parametrize(
    "sample",
    ["chat-telegram/ChatExport_2024-11-20/result.json", "chat-telegram-html/ChatExport_2024-11-20/messages.html"],
)
def test_three_hundred_damaged_exports_raise_nothing_and_load_what_they_showed(sample: str, tmp_path: Path) -> None:
    parser: Any = Telegram() if sample.endswith("json") else TelegramPages()
    data = (FIXTURES / sample).read_bytes()
    chance = random.Random(7)
    for _ in range(300):
        damaged = bytearray(data)
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(damaged))
            damaged[at : at + chance.randrange(3)] = chance.choice(
                [b"", b"\0", b'"', b"}", b"[", b"\xff", b"<", b"9" * 30]
            )
        (tmp_path / Path(sample).name).write_bytes(damaged)
        loaded(parser, tmp_path)


def test_values_of_the_wrong_kind_in_any_field_cost_nothing_but_themselves(tmp_path: Path) -> None:
    whole = message(edited="x", reactions=[], text_entities=[], photo="p", file="f", contact_information={}, poll={})
    for field in whole:
        for value in (7, [3], {"a": [None]}, None, True, "", "9" * 5000, 1.5):
            found = of(tmp_path, export(whole | {field: value}, message(2, text="after")))
            assert found[-1].text == "after"
