"""The shared nouns: ids that never move, and records that can always be written as UTF-8 JSON."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from plainrecord.records import (
    INVALID_UNICODE_NOTE,
    Account,
    AccountModel,
    Attachment,
    PositionModel,
    Record,
    TimeModel,
    record_id,
    record_ids,
    short_base32,
    valid_text,
)
from plainrecord.store.loading import conversation_id, conversation_ids
from plainrecord.times import from_epoch

ANY_TEXT = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=40)
TIME = TimeModel.of(from_epoch(1_700_000_000, "s", "1700000000", "json:/ts"))


def make_record(**changes: Any) -> Record:
    fields: dict[str, Any] = {
        "id": record_id("ab" * 32, "", "bytes:0-10"),
        "source": "S01",
        "kind": "message",
        "service": "email",
        "time": TIME,
        "sender": None,
        "position": PositionModel(original_sha256="ab" * 32, original="in.mbox", member="", locator="bytes:0-10"),
    }
    return Record(**(fields | changes))


def test_a_record_id_is_the_documented_function_of_original_member_and_position() -> None:
    assert record_id("ab" * 32, "", "bytes:0-10") == record_id("ab" * 32, "", "bytes:0-10")
    assert record_id("00" * 32, "a/b.mbox", "bytes:0-10") == "r-jbp3xaekheano3qysbbsymea3e"


@given(st.binary(max_size=40))
def test_the_short_base32_is_that_of_the_standard_library(data: bytes) -> None:
    careful = base64.b32encode(hashlib.sha256(data).digest()).decode("ascii").lower()
    assert short_base32(data) == careful[:26]


@given(ANY_TEXT, ANY_TEXT)
def test_record_ids_have_one_shape_and_differ_with_the_place(member: str, locator: str) -> None:
    made = record_id("ab" * 32, member, locator)
    assert len(made) == 28
    assert made[:2] == "r-"
    assert set(made[2:]) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert made != record_id("ab" * 32, member, locator + "x")


@given(ANY_TEXT, st.lists(ANY_TEXT, max_size=9))
def test_ids_made_together_are_those_made_one_by_one(member: str, locators: list[str]) -> None:
    assert record_ids("ab" * 32, member, locators) == [record_id("ab" * 32, member, one) for one in locators]
    assert conversation_ids("ab" * 32, member, locators) == [
        conversation_id("ab" * 32, member, one) for one in locators
    ]


@given(ANY_TEXT)
def test_valid_text_is_always_utf8_keeps_valid_text_and_is_idempotent(text: str) -> None:
    clean = valid_text(text)
    clean.encode("utf-8")
    assert valid_text(clean) == clean
    if not any("\ud800" <= char <= "\udfff" for char in text):
        assert clean == text


def test_surrogate_pairs_join_and_halves_become_the_replacement_character() -> None:
    assert valid_text("\ud83d\ude00") == "😀"
    assert valid_text("a\ud83d") == "a\ufffd"
    assert valid_text("\ude00\ud83db") == "\ufffd\ufffdb"
    assert valid_text("\ufeffé") == "\ufeffé"


@settings(max_examples=60)
@given(text=ANY_TEXT, name=ANY_TEXT, fact=ANY_TEXT)
def test_any_decoded_text_round_trips_through_json(text: str, name: str, fact: str) -> None:
    record = make_record(
        text=text,
        facts={"k": fact},
        sender=AccountModel.of(Account("email", "address", "a@b.example", name)),
        attachments=[Attachment(name=name)],
    )
    line = record.model_dump_json()
    assert Record.model_validate_json(line) == record
    assert Record.model_validate(json.loads(line)) == record


def test_half_an_emoji_in_the_text_is_replaced_and_the_record_says_so() -> None:
    record = make_record(text="bye \ud83d", notes=["trap-12:charset"])
    assert record.text == "bye \ufffd"
    assert record.notes == ["trap-12:charset", INVALID_UNICODE_NOTE]


def test_valid_text_adds_no_note() -> None:
    assert make_record(text="naïve 😀", marks=("edited",)).notes == []


def test_a_file_name_that_is_no_utf8_can_stand_in_a_position() -> None:
    position = PositionModel(original_sha256="ab" * 32, original="caf\udce9.mbox", member="", locator="file")
    assert json.loads(position.model_dump_json())["original"] == "caf\ufffd.mbox"


def test_unknown_fields_are_refused_everywhere() -> None:
    for model in (Record, Attachment, AccountModel, TimeModel, PositionModel):
        with pytest.raises(ValidationError, match="surprise"):
            model.model_validate({"surprise": 1})


def test_the_role_of_an_account_is_no_part_of_its_identity() -> None:
    assert Account("email", "address", "a@b.example", role="from") == Account("email", "address", "a@b.example")
    assert len({Account("e", "name", "x", role="to"), Account("e", "name", "x", role="cc")}) == 1


def test_a_time_model_carries_every_field_of_the_block() -> None:
    assert TIME.model_dump() == {
        "ts_raw": "1700000000",
        "where": "json:/ts",
        "ts_utc": "2023-11-14T22:13:20Z",
        "ts_offset": None,
        "tz_basis": "epoch_utc",
        "tz_name": None,
        "precision": "s",
        "dst_flag": "none",
        "meaning": "sent",
        "local": None,
    }
