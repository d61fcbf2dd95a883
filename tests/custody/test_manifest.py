"""The chain-of-custody manifest and the schemas that bundles carry."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from plainrecord.custody import CustodyLog, Who
from plainrecord.custody.manifest import (
    DOES_NOT_PROVE,
    Balance,
    CustodyHead,
    CustodyManifest,
    FileDigests,
    HandedIn,
    Maker,
    PersonHeld,
    Program,
    ReadAs,
    Rule,
    SourceGiven,
)
from plainrecord.custody.schemas import event_schema, manifest_schema, record_schema, schema_files
from plainrecord.records import PositionModel, Record, TimeModel, record_id
from plainrecord.times import from_epoch

MADE = datetime(2024, 10, 27, 0, 30, tzinfo=UTC)
HEX = "ab" * 32
DIGESTS = FileDigests(sha256=HEX, blake3="cd" * 32, bytes=10)
OTHERS = FileDigests(sha256="00" * 32, blake3="cd" * 32, bytes=10)


def handed_in(**changes: Any) -> HandedIn:
    fields: dict[str, Any] = {"name": "in.mbox", "before": DIGESTS, "after": DIGESTS, "same": "yes"}
    return HandedIn(**(fields | changes))


def read_as(**changes: Any) -> ReadAs:
    fields: dict[str, Any] = {
        "parser": "mbox", "parser_version": "1", "service": "email", "title": "in.mbox", "evidence_tier": "real sample",
        "cannot_hold": "calls", "seen": 3, "read": 2, "unread": 1, "undated": 0, "first_utc": None, "last_utc": None,
        "decisions": [], "facts": {},
    }  # fmt: skip
    return ReadAs(**(fields | changes))


def balance(**changes: Any) -> Balance:
    fields: dict[str, Any] = {
        "seen": 3, "included": 1, "not_included": 1, "unread": 1, "attached": 0, "from_subject": 1, "from_owner": 0,
        "undated": 0, "included_by_kind": {"email": 1}, "included_by_source": {"S01": 1},
    }  # fmt: skip
    return Balance(**(fields | changes))


def make_manifest(**changes: Any) -> CustodyManifest:
    source = SourceGiven(
        label="S01", name="in.mbox", options={}, originals=[handed_in()], fates={"parsed": 1}, read_as=[read_as()]
    )
    fields: dict[str, Any] = {
        "bundle_id": "b-1",
        "mode": "owner",
        "case_ref": "",
        "created_utc": "2024-10-27T00:30:00Z",
        "made_by": Maker(name="Witness 1", role="witness", org="", id_no=""),
        "made_with": Program(name="plainrecord", version="0.1.0"),
        "timezone_shown": None,
        "settings": {},
        "subject": PersonHeld(label="Subject", accounts=[]),
        "owner": PersonHeld(label="Owner", accounts=[]),
        "sources": [source],
        "selection": Rule(words="All.", machine={"after": None, "n": 1}, near_misses={}),
        "counts": balance(),
        "custody": CustodyHead(entries=5, head=HEX),
        "digest_files": ["manifest-sha256.txt"],
        "warnings": [],
    }
    return CustodyManifest(**(fields | changes))


def test_the_manifest_reads_back_and_gives_the_same_bytes() -> None:
    made = make_manifest()
    assert made.to_bytes() == make_manifest().to_bytes()
    assert CustodyManifest.model_validate_json(made.to_bytes()) == made


def test_the_manifest_says_what_it_does_not_prove() -> None:
    said = json.loads(make_manifest().to_bytes())
    assert said["does_not_prove"] == list(DOES_NOT_PROVE)
    assert all(sentence.endswith(".") for sentence in DOES_NOT_PROVE)


def test_the_maker_has_no_contact() -> None:
    with pytest.raises(ValidationError, match="contact"):
        Maker.model_validate({"name": "W", "role": "witness", "org": "", "id_no": "", "contact": "07700 900123"})


@pytest.mark.parametrize(("after", "same"), [(DIGESTS, "yes"), (OTHERS, "no"), (None, "not checked")])
def test_an_original_is_the_same_only_when_both_readings_agree(after: FileDigests | None, same: str) -> None:
    assert handed_in(after=after, same=same).same == same
    for claimed in {"yes", "no", "not checked"} - {same}:
        with pytest.raises(ValidationError, match=f"same must be “{same}”"):
            handed_in(after=after, same=claimed)


def test_a_file_name_that_is_no_utf8_is_shown_and_kept_as_bytes() -> None:
    original = handed_in(name="caf\udce9.mbox")
    assert (original.name, original.name_hex) == ("caf\ufffd.mbox", b"caf\xe9.mbox".hex())
    assert HandedIn.model_validate_json(original.model_dump_json()) == original
    assert handed_in().name_hex is None
    assert handed_in(name="half\ud83d").name == "half\ufffd"


def test_counts_that_do_not_balance_are_refused() -> None:
    with pytest.raises(ValidationError, match="seen must be included"):
        balance(included=2)
    with pytest.raises(ValidationError, match="seen must be read"):
        read_as(seen=4)


def test_a_selection_rule_with_a_fraction_is_refused() -> None:
    with pytest.raises(ValidationError, match="not whole"):
        Rule(words="x", machine={"share": 0.5}, near_misses={})


def make_event() -> dict[str, Any]:
    log = CustodyLog([], lambda: MADE)
    log.begin(Who("Witness 1", "witness"))
    event: dict[str, Any] = json.loads(log.new_lines[0])
    return event


def make_record() -> dict[str, Any]:
    record = Record(
        id=record_id(HEX, "", "file"),
        source="S01",
        kind="email",
        service="email",
        time=TimeModel.of(from_epoch(0, "s", "0", "line:1")),
        sender=None,
        position=PositionModel(original_sha256=HEX, original="in.mbox", member="", locator="file"),
    )
    dumped: dict[str, Any] = json.loads(record.model_dump_json())
    return dumped


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (record_schema(), make_record()),
        (event_schema(), make_event()),
        (manifest_schema(), json.loads(make_manifest().to_bytes())),
    ],
    ids=["record", "event", "manifest"],
)
def test_what_is_written_fits_its_published_schema(schema: dict[str, Any], value: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator(schema)
    checker.validate(value)
    assert not checker.is_valid(value | {"surprise": 1})


def test_the_event_schema_knows_what_each_type_needs() -> None:
    checker = jsonschema.Draft202012Validator(event_schema())
    assert not checker.is_valid(make_event() | {"details": {}})
    assert not checker.is_valid(make_event() | {"type": "log.closed"})
    assert not checker.is_valid(make_event() | {"type": "correction"})


def test_schema_files_are_the_same_bytes_every_time() -> None:
    files = schema_files()
    assert list(files) == sorted(files)
    assert files == schema_files()
    assert all(json.loads(data)["$schema"].endswith("2020-12/schema") for data in files.values())
