"""The chain-of-custody manifest and the schemas that bundles carry."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from plainrecord.bundle.contents import (
    Contents,
    Counts,
    Person,
    PersonAccount,
    SelectionRule,
    Source,
    SourceClaim,
    SourceOriginal,
)
from plainrecord.bundle.custody_manifest import custody_manifest
from plainrecord.custody import CustodyLog, Who
from plainrecord.custody.manifest import DOES_NOT_PROVE, CustodyManifest
from plainrecord.custody.schemas import event_schema, manifest_schema, record_schema, schema_files
from plainrecord.errors import AccountingError
from plainrecord.intake.listing import Digests, Fate, FileFate
from plainrecord.records import Account, Decision, PositionModel, Record, TimeModel, record_id
from plainrecord.times import from_epoch

MADE = datetime(2024, 10, 27, 0, 30, 0, 999, tzinfo=UTC)
HEX = "ab" * 32
DIGESTS = Digests(HEX, "cd" * 32, 10)
ORIGINAL = SourceOriginal("in.mbox", 10, DIGESTS, DIGESTS)
CLAIM = SourceClaim(
    "mbox", "1", "email", "in.mbox", "real sample", "calls", 3, 2, 1, 0, 1_000_000, 0, (Decision("a", "b", "c"),)
)
SOURCE = Source("S01", "in.mbox", (ORIGINAL,), (FileFate("in.mbox", Fate.PARTLY_PARSED, "one record"),), (CLAIM,))
COUNTS = Counts(seen=3, included=1, not_included=1, unread=1, from_subject=1)


def make_contents(**changes: Any) -> Contents:
    held = PersonAccount(Account("email", "address", "a@b.example", "A"), "from:exact", "typed", "Witness 1")
    fields: dict[str, Any] = {
        "bundle_id": "b-1",
        "mode": "owner",
        "case_ref": "",
        "who": Who("Witness 1", "witness", contact="07700 900123"),
        "clock": lambda: MADE,
        "timezone": "Europe/London",
        "subject": Person("Subject", (held,)),
        "owner": Person("Owner"),
        "selection": SelectionRule("Everything with a@b.example.", {"after": None, "n": 1}, (("name only", 2),)),
        "sources": (SOURCE,),
        "counts": COUNTS,
        "settings": {"b": "2", "a": "1"},
    }
    streams = {name: lambda: iter(()) for name in ("conversations", "items", "not_included", "unread", "custody_lines")}
    return Contents(**(fields | streams | changes))


def make_manifest(**changes: Any) -> CustodyManifest:
    return custody_manifest(
        make_contents(**changes),
        made=MADE,
        custody_head=HEX,
        custody_entries=5,
        included_by_kind={"email": 1},
        included_by_source={"S01": 1},
    )


def with_original(original: SourceOriginal) -> CustodyManifest:
    return make_manifest(sources=(replace(SOURCE, originals=(original,)),))


def test_the_manifest_says_what_was_handed_in_read_and_chosen() -> None:
    said = json.loads(make_manifest().to_bytes())
    handed_in = said["sources"][0]["originals"][0]
    assert handed_in["before"] == {"sha256": HEX, "blake3": "cd" * 32, "bytes": 10} == handed_in["after"]
    assert handed_in["same"] == "yes"
    assert said["sources"][0]["fates"] == {"partly-parsed": 1}
    assert said["sources"][0]["read_as"][0]["last_utc"] == "1970-01-01T00:00:01Z"
    assert said["counts"]["seen"] == 3
    assert said["selection"]["machine"] == {"after": None, "n": 1}
    assert said["subject"]["accounts"][0]["basis"] == "typed"
    assert said["custody"] == {"file": "custody/custody.jsonl", "entries": 5, "head": HEX}
    assert said["digest_files"] == ["manifest-sha256.txt"]
    assert said["does_not_prove"] == list(DOES_NOT_PROVE)
    assert said["created_utc"] == "2024-10-27T00:30:00Z"


def test_the_same_contents_give_the_same_bytes_and_read_back() -> None:
    made = make_manifest()
    assert made.to_bytes() == make_manifest().to_bytes()
    assert CustodyManifest.model_validate_json(made.to_bytes()) == made


def test_no_contact_is_written() -> None:
    assert b"07700" not in make_manifest().to_bytes()


@pytest.mark.parametrize(
    ("after", "same"), [(DIGESTS, "yes"), (Digests("00" * 32, "cd" * 32, 10), "no"), (None, "not checked")]
)
def test_an_original_is_the_same_only_when_both_readings_agree(after: Digests | None, same: str) -> None:
    reason = "" if after else "it was taken away"
    original = with_original(SourceOriginal("in.mbox", 10, DIGESTS, after, reason)).sources[0].originals[0]
    assert original.same == same
    assert original.reason == (reason or None)


def test_a_file_name_that_is_no_utf8_is_shown_and_kept_as_bytes() -> None:
    original = with_original(SourceOriginal("caf\udce9.mbox", 10, DIGESTS, DIGESTS)).sources[0].originals[0]
    assert (original.name, original.name_hex) == ("caf\ufffd.mbox", b"caf\xe9.mbox".hex())
    assert with_original(ORIGINAL).sources[0].originals[0].name_hex is None
    with_original(SourceOriginal("half\ud83d", 10, DIGESTS, DIGESTS)).to_bytes()


def test_counts_that_do_not_balance_stop_the_build_in_one_sentence() -> None:
    with pytest.raises(AccountingError, match="3 records were seen, but 2 included, 1 not included and 1 not readable"):
        make_manifest(counts=replace(COUNTS, included=2))
    with pytest.raises(AccountingError, match=r"In S01, “in\.mbox” was read as mbox with 4 records seen"):
        make_manifest(sources=(replace(SOURCE, claims=(replace(CLAIM, seen=4),)),))


def test_a_selection_rule_with_a_fraction_is_refused() -> None:
    with pytest.raises(ValueError, match="not whole"):
        make_manifest(selection=SelectionRule("x", {"share": 0.5}))


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
