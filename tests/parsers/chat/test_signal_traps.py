"""What Signal's exports do that a careless reader gets wrong, one test each (format reference, sections 3 and 26)."""

from __future__ import annotations

import json
from pathlib import Path

from piece_sources import FIXTURES, claims_of, read
from plainrecord.records import Loaded

BASE = [
    {"version": "1", "backupTimeMs": "1733047200000", "mediaRootBackupKey": "c2VjcmV0LW1lZGlhLWtleQ=="},
    {"recipient": {"id": "1", "self": {}}},
    {"recipient": {"id": "2", "contact": {"e164": "447700900461", "profileKey": "c2VjcmV0LXByb2ZpbGU="}}},
    {"chat": {"id": "10", "recipientId": "2"}},
]


def official(folder: Path, *items: dict[str, object], frames: list[dict[str, object]] | None = None) -> list[Loaded]:
    """The records of an export with these chat items."""
    rows = [*(BASE if frames is None else frames), *({"chatItem": {"chatId": "10", **item}} for item in items)]
    (folder / "main.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return read(folder)[0]


def words(text: str) -> dict[str, object]:
    return {"standardMessage": {"text": {"body": text}}}


def test_numbers_are_strings_and_missing_values_are_defaults(tmp_path: Path) -> None:
    [item] = official(tmp_path, {"authorId": "2", "dateSent": "1729329120000", "incoming": {}, **words("hi")})
    assert item.envelope.time.ts_utc == "2024-10-19T09:12:00.000Z"
    assert item.status == {"read": "no"}
    assert item.envelope.sender and item.envelope.sender.value == "+447700900461"


def test_a_message_without_a_time_is_not_of_1970(tmp_path: Path) -> None:
    [item] = official(tmp_path, {"authorId": "2", "dateSent": "0", "incoming": {}, **words("hi")})
    assert item.envelope.time.utc_us is None
    assert item.envelope.notes == ("time-missing",)


def test_revisions_give_the_time_of_sending_and_all_earlier_words(tmp_path: Path) -> None:
    earlier = {"authorId": "2", "dateSent": "1729329120000", "incoming": {}, **words("first")}
    [item] = official(
        tmp_path, {"authorId": "2", "dateSent": "1729329180000", "incoming": {}, "revisions": [earlier], **words("now")}
    )
    assert (item.text, item.facts["version-1"]) == ("now", "first")
    assert item.envelope.time.ts_utc == "2024-10-19T09:12:00.000Z"
    assert [(date.meaning, date.ts_utc) for date in item.dates] == [("edited", "2024-10-19T09:13:00.000Z")]


def test_no_key_of_the_export_is_given_out(tmp_path: Path) -> None:
    items = official(tmp_path, {"authorId": "2", "dateSent": "1729329120000", "incoming": {}, **words("hi")})
    [(_, claim)] = claims_of(tmp_path)
    assert "c2VjcmV0" not in repr(items) + repr(claim.facts) + repr(claim.decisions)
    assert "not a real key" not in (FIXTURES / "chat-signal" / "expected.jsonl").read_text(encoding="utf-8")


def test_the_run_says_that_disappearing_messages_are_left_out(tmp_path: Path) -> None:
    official(tmp_path, {"authorId": "2", "dateSent": "1729329120000", "incoming": {}, **words("hi")})
    [(reader, claim)] = claims_of(tmp_path)
    list(reader.scan(claim))
    assert "signal:disappearing-messages" in {decision.subject for decision in claim.decisions}


def test_people_who_stand_behind_the_messages_in_the_file_are_known_all_the_same(tmp_path: Path) -> None:
    item = {"chatItem": {"chatId": "10", "authorId": "2", "dateSent": "1729329120000", "incoming": {}, **words("hi")}}
    (tmp_path / "main.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in [BASE[0], item, *BASE[1:]]), encoding="utf-8"
    )
    [found] = read(tmp_path)[0]
    assert found.envelope.sender and found.envelope.sender.value == "+447700900461"


def test_the_owner_is_stated_on_every_record_so_that_directions_are_known(tmp_path: Path) -> None:
    items = official(
        tmp_path,
        {"authorId": "2", "dateSent": "1729329120000", "incoming": {}, **words("hi")},
        {"authorId": "1", "dateSent": "1729329180000", "outgoing": {"sendStatus": []}, **words("no")},
    )
    assert [[account.role for account in item.envelope.also] for item in items] == [["owner"], ["owner"]]
    assert items[1].envelope.sender == items[0].envelope.recipients[0]


def test_a_file_is_found_by_the_name_signal_derives_from_hash_and_key() -> None:
    items, _ = read(FIXTURES / "chat-signal")
    found = [file for item in items for file in item.attachments if file.name == "kiln.png"]
    assert [file.state for file in found] == ["present"]
    assert found[0].facts["stated-sha256"] == found[0].sha256


def test_sigtop_says_so_when_an_object_holds_no_text() -> None:
    items, _ = read(FIXTURES / "chat-signal-sigtop")
    assert [item.text for item in items if "body-not-in-export" in item.envelope.notes] == [None]


def test_sigtop_body_with_a_blank_line_and_a_word_that_looks_like_a_field_stays_one_message() -> None:
    items, unread = read(FIXTURES / "chat-signal-sigtop")
    assert not unread
    assert "Is this still your number?\n\nFrom: here on I write in paragraphs." in [item.text for item in items]


def test_signal_export_writes_1970_where_it_knows_no_time() -> None:
    items, _ = read(FIXTURES / "chat-signal-sigexport")
    lost = [item for item in items if item.envelope.time.ts_raw.startswith("1970")]
    assert len(lost) == 2
    assert all(item.envelope.time.utc_us is None and "time-missing" in item.envelope.notes for item in lost)


def test_calls_nobody_answered_are_missed_only_when_they_came_in() -> None:
    items, _ = read(FIXTURES / "chat-signal-sigexport")
    calls = [item.envelope.marks for item in items if item.envelope.kind == "call"]
    assert calls == [("missed",), ("not-answered",)]


def test_surrogate_pairs_in_xml_are_joined_and_halves_replaced_with_a_note() -> None:
    items, _ = read(FIXTURES / "chat-signal-xml")
    assert items[0].text == "Is this still your number? \N{THUMBS UP SIGN}\nsecond line > first"
    assert items[4].text == "lone \N{REPLACEMENT CHARACTER} half"
    assert "impossible-characters-replaced" in items[4].envelope.notes


def test_failed_and_draft_text_messages_are_not_called_sent() -> None:
    items, _ = read(FIXTURES / "chat-signal-xml")
    assert [item.envelope.marks for item in items[2:4]] == [("draft",), ("failed",)]


def test_xml_all_on_one_line_is_cut_at_its_tags(tmp_path: Path) -> None:
    row = '<sms address="+447700900461" date="17293291{:05d}" type="1" body="x"/>'
    (tmp_path / "sms.xml").write_text(f"<smses count='900'>{''.join(row.format(n) for n in range(900))}</smses>")
    items, unread = read(tmp_path)
    assert (len(items), unread) == (900, [])
