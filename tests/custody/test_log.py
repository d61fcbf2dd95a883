"""Writing the custody log: what an entry must say, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.custody import GENESIS, CustodyLog, EventRefusedError, Who, check_chain
from plainrecord.custody.details import EVENT_TYPES, AccessRead
from plainrecord.custody.events import Tool, when_block
from plainrecord.custody.log import REPLACED_NOTE
from plainrecord.errors import IntegrityError, UsageError

START = datetime(2024, 10, 27, 0, 30, tzinfo=UTC)
HEX = "ab" * 32
TAGGED = f"sha256:{HEX}"
FILE = {"ref": "S01", "sha256": HEX, "bytes": 3}
AGREEMENT = {
    "agreed_by": "Witness 1",
    "scope": {"accounts": ["a@b.example"], "people": [], "dates": "all"},
    "notice_ref": "DPN-1",
    "how_explained": "read aloud",
    "right_to_refuse_explained": True,
}
ATTRIBUTION = {
    "selectors": [{"service": "email", "kind": "address", "value": "a@b.example"}],
    "person": "Subject",
    "asserted_by": "Witness 1",
    "basis": "has written from it for years",
    "other_item_refs": [],
}
TAG = {"tag": "gift", "item": "M-000001", "person": "Witness 1", "time": "2024-10-27", "basis": "read"}
ENDED = {"to": "Witness 1", "under_authority": "none needed", "method": "by hand"}
TRANSFERRED = {"signed_by_giver": "a", "signed_by_taker": "b", "sha256_given": HEX, "sha256_taken": HEX}
STORED = {"store": "cupboard", "slot": "3", "reason": "to keep"}
BLOCKS: dict[str, dict[str, object]] = {
    "tool": {"name": "plainrecord", "version": "0.1.0"},
    "source": {"hash_before": TAGGED, "hash_after": TAGGED, "bytes": 3},
    "output": {"items": [{"ref": "S01-W", "sha256": HEX, "bytes": 3, "evidence_kind": "recorded"}]},
    "transfer": {"from": "a", "to": "b", "method": "by hand"},
    "storage": {"kind": "cupboard", "location": "office"},
    "seal": {"kind": "bag", "id": "1", "state": "intact"},
    "supersedes": {"event_id": "e-1", "reason": "wrong date"},
}
DETAILS: dict[str, dict[str, object]] = {
    "agreement.recorded": AGREEMENT,
    "agreement.changed": AGREEMENT,
    "agreement.withdrawn": AGREEMENT,
    "source.identified": {"platform": "p", "account_label": "a", "device_or_owner": "d", "expected_dates": "all"},
    "export.requested": {
        "platform": "p", "format": "mbox", "media": "yes", "dates": "all", "requested_by": "w", "requested_at": "t",
    },
    "export.obtained": {"how": "download", "file_name": "x.zip", "bytes": 3, "sha256": HEX},
    "capture.web": {
        "url_shown": "u", "url_final": "u", "title": "", "viewing_as": "w", "logged_in": True, "browser": "b",
        "extension_version": "1", "viewport": "800x600", "notification_risk_shown": True,
        "parts": [{"kind": "dom", "file": FILE}],
    },
    "capture.screen": {
        "device": "d", "app": "a", "app_version": "1", "how": "screenshot", "clock_visible": False, "sha256": HEX,
        "shows": "a chat",
    },
    "log.entry_made": {
        "occurred_from": "t", "occurred_to": "t", "recorded": "t", "precision": "day", "written_later": True,
        "author": "w",
    },
    "intake.received": {
        "given_by": "w", "given_to": "o", "medium": "USB", "seal_state": "no seal", "condition": "complete",
        "files": 1, "bytes": 3, "sha256": HEX, "covers": "file", "match": "nothing claimed",
    },
    "hash.recorded": {"algorithms": ["SHA-256"], "values": [FILE], "as_received": True},
    "copy.evidentiary": {"medium": "USB", "write_blocked": True},
    "copy.working": {"medium": "disk", "write_blocked": False},
    "access.read": {"reason": "to check", "view_mode": "text"},
    "parse.performed": {
        "parser": "mbox", "parser_version": "1", "input_sha256": HEX, "input_covers": "file", "seen": 3, "parsed": 2,
        "skipped": 0, "failed": 1, "reasons": {"truncated": 1}, "timezone_decision": "none",
    },
    "attribution.asserted": ATTRIBUTION,
    "attribution.withdrawn": ATTRIBUTION,
    "selection.performed": {
        "rule_words": "r", "rule_machine": {"scope": "conversation", "after": None}, "selectors": [], "dates": "all",
        "included": 1, "excluded": {"no-match": 2}, "context_window": "none",
    },
    "transform.performed": {
        "kind": "render", "made_with": "plainrecord", "input_sha256": HEX, "output_sha256": HEX, "lossless": False,
    },
    "redaction.applied": {
        "kind": "address", "reason": "safety", "by": "o", "unredacted_kept_at": "store", "redacted_sha256": HEX,
        "method": "removed",
    },
    "withheld": {"item": "M-000001", "reason": "safety", "decided_by": "o"},
    "annotation.added": TAG,
    "tag.confirmed": TAG,
    "tag.rejected": TAG,
    "exhibit.ref_assigned": {"new_ref": "AB/1", "producer": "A B"},
    "exhibit.ref_changed": {"new_ref": "AB/2", "old_ref": "AB/1", "producer": "A B"},
    "bundle.built": {"settings_hash": TAGGED, "inputs": [FILE], "counts": {"seen": 3}, "not_reproducible": ["times"]},
    "bundle.sealed": {"seal_hash": HEX, "covers": "tagmanifest-sha256.txt", "written_down_at": ["hand-over sheet"]},
    "bundle.signed": {"key_id": "k", "algorithm": "Ed25519", "fingerprint": "f", "how_published": "on paper"},
    "timestamp.obtained": {
        "method": "RFC 3161", "authority_name": "a", "hash_sent": HEX, "token_sha256": HEX, "time_asserted": "t",
    },
    "verify.performed": {"verifier": "v", "checks": ["seal"], "outcome": "no problem found", "mismatches": []},
    "transfer.released": TRANSFERRED,
    "transfer.received": TRANSFERRED,
    "storage.placed": STORED,
    "storage.removed": STORED,
    "disclosed": {"to": "CPS", "version": "1", "redaction_set": "none", "under_authority": "CPIA"},
    "integrity.discrepancy": {"expected": "a", "found": "b", "first_noticed_by": "w", "action": "asked"},
    "clock.checked": {"device": "d", "reference": "r", "offset_s": "0.4"},
    "correction": {"what_was_wrong": "the date", "reason": "typing error"},
    "returned": ENDED,
    "retained": ENDED,
    "disposed": ENDED,
}  # fmt: skip


def counting_ids() -> Callable[[], str]:
    numbers = iter(range(1, 10_000))
    return lambda: f"e-{next(numbers)}"


def new_log(**options: Any) -> CustodyLog:
    log = CustodyLog([], lambda: START, counting_ids(), **options)
    log.begin(Who("A. Bee", "witness"))
    return log


def add(log: CustodyLog, event_type: str = "access.read", **changes: Any) -> dict[str, Any]:
    kind = EVENT_TYPES[event_type]
    fields: dict[str, Any] = {block: BLOCKS[block] for block in kind.needs} | {
        "what": "Looked.", "why": "To see.", "who": Who("A. Bee", "witness"), "details": DETAILS[event_type],
    }  # fmt: skip
    log.append(event_type, **(fields | changes))
    line: dict[str, Any] = json.loads(log.new_lines[-1])
    return line


def test_the_first_line_names_the_log_and_starts_from_zeros() -> None:
    log = new_log()
    first = json.loads(log.new_lines[0])
    assert first["type"] == "log.opened"
    assert first["prev_hash"] == GENESIS == "0" * 64
    assert first["details"]["schema_version"] == "1.0"
    assert first["bundle_id"] is None
    assert log.head == first["this_hash"]
    assert log.seq == 1


def test_the_bytes_of_an_entry_never_change_between_releases() -> None:
    line = add(new_log())
    assert line == {
        "bundle_id": None,
        "details": {"reason": "to check", "view_mode": "text"},
        "event_id": "e-3",
        "item_refs": [],
        "prev_hash": line["prev_hash"],
        "result": {"status": "ok"},
        "seq": 2,
        "this_hash": line["this_hash"],
        "type": "access.read",
        "what": "Looked.",
        "when": {
            "clock_offset_s": None,
            "clock_source": "system_clock",
            "late": False,
            "local": "2024-10-27T00:30:00+00:00",
            "recorded_utc": "2024-10-27T00:30:00Z",
            "tz": "UTC",
            "utc": "2024-10-27T00:30:00Z",
        },
        "where": {"place": "not stated"},
        "who": {"id_no": "", "name": "A. Bee", "org": "", "role": "witness"},
        "why": "To see.",
    }
    assert line["this_hash"] == "cdb08b7a14d31c55f417770fe3f8a9535014cdef64af24bab0325c95c014516a"


def test_every_event_type_has_an_example_here() -> None:
    assert set(DETAILS) == set(EVENT_TYPES) - {"log.opened"}


@pytest.mark.parametrize("event_type", sorted(DETAILS))
def test_a_complete_event_of_every_type_is_written_and_checks(event_type: str) -> None:
    log = new_log()
    add(log, event_type)
    assert check_chain(log.new_lines) == []


@pytest.mark.parametrize("event_type", sorted(DETAILS))
def test_an_event_that_lacks_a_required_field_is_refused_and_nothing_is_added(event_type: str) -> None:
    log = new_log()
    head = log.head
    for name, field in EVENT_TYPES[event_type].details.model_fields.items():
        if field.is_required():
            fewer = {key: value for key, value in DETAILS[event_type].items() if key != name}
            with pytest.raises(EventRefusedError, match=name):
                add(log, event_type, details=fewer)
    for block in EVENT_TYPES[event_type].needs:
        with pytest.raises(EventRefusedError, match=block):
            add(log, event_type, **{block: None})
    assert (log.head, log.seq, len(log.new_lines)) == (head, 1, 1)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"what": ""}, "what"),
        ({"why": ""}, "why"),
        ({"details": {"reason": "x", "view_mode": "all"}}, "view_mode"),
        ({"details": {"reason": "x", "view_mode": "text", "more": 1}}, "more"),
        ({"details": {"reason": 1, "view_mode": "text"}}, "reason"),
        ({"details": {"reason": "x", "view_mode": "text", "size": 0.5}}, "not whole"),
        ({"who": Who("A", "boss")}, "who.role"),
        ({"result": {"status": "perhaps"}}, "result.status"),
        ({"source": {"hash_before": HEX, "hash_after": TAGGED, "bytes": 1}}, "source.hash_before"),
        ({"source": {"hash_before": TAGGED, "hash_after": TAGGED, "bytes": "1"}}, "source.bytes"),
        ({"occurred": START + timedelta(hours=1)}, "written down before"),
    ],
)
def test_a_malformed_entry_is_refused_by_name(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(EventRefusedError, match=says):
        add(new_log(), **changes)


def test_counts_of_a_parse_that_do_not_balance_are_refused() -> None:
    with pytest.raises(EventRefusedError, match="seen must be parsed"):
        add(new_log(), "parse.performed", details=DETAILS["parse.performed"] | {"seen": 4})


def test_a_match_that_the_hashes_contradict_is_refused() -> None:
    claimed = DETAILS["intake.received"] | {"sha256_claimed": "cd" * 32, "match": "yes"}
    with pytest.raises(EventRefusedError, match="match must be “no”"):
        add(new_log(), "intake.received", details=claimed)


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(EventRefusedError, match=r"no event type “bundle\.opened”"):
        new_log().append("bundle.opened", what="x", why="y", who=Who(), details={})


def test_a_log_opens_once_and_first() -> None:
    empty = CustodyLog([], lambda: START)
    with pytest.raises(EventRefusedError, match="begins with"):
        add(empty)
    with pytest.raises(EventRefusedError, match="begins with"):
        new_log().begin(Who())


def test_a_log_after_sealing_starts_from_the_seal_without_opening() -> None:
    after = CustodyLog([], lambda: START, start=HEX)
    line = add(after, "bundle.sealed")
    assert line["prev_hash"] == HEX
    assert line["seq"] == 1
    assert check_chain(after.new_lines, HEX) == []
    assert check_chain(after.new_lines)


def test_a_log_goes_on_where_it_ended() -> None:
    log = new_log()
    add(log)
    again = CustodyLog(log.new_lines, lambda: START)
    assert (again.head, again.seq, again.new_lines) == (log.head, 2, [])
    add(again)
    assert check_chain([*log.new_lines, *again.new_lines]) == []


def test_a_damaged_log_is_not_continued() -> None:
    log = new_log()
    add(log)
    with pytest.raises(IntegrityError, match=r"line 1.*log\.opened"):
        CustodyLog(log.new_lines[1:], lambda: START)


def test_models_and_mappings_give_the_same_line() -> None:
    by_model = add(new_log(), details=AccessRead(reason="to check", view_mode="text"), tool=Tool(name="p", version="1"))
    assert by_model == add(new_log(), tool={"name": "p", "version": "1"})


def test_common_fields_go_into_every_entry_unless_said_otherwise() -> None:
    log = new_log(common={"case_ref": "C-1", "zone": "Europe/London"})
    assert json.loads(log.new_lines[0])["case_ref"] == "C-1"
    assert json.loads(log.new_lines[0])["when"]["local"] == "2024-10-27T01:30:00+01:00"
    assert add(log, case_ref="C-2")["case_ref"] == "C-2"


def test_a_field_that_is_none_does_not_apply() -> None:
    assert add(new_log(), case_ref=None, zone=None, bundle_id=None) == add(new_log())


def test_an_entry_written_later_is_marked_late() -> None:
    when = add(new_log(), occurred=START - timedelta(days=1), clock_source="manual_watch")["when"]
    assert (when["utc"], when["recorded_utc"]) == ("2024-10-26T00:30:00Z", "2024-10-27T00:30:00Z")
    assert when["late"] is True
    assert when["clock_source"] == "manual_watch"


def test_parts_of_a_second_make_no_entry_late() -> None:
    block = when_block(START.replace(microsecond=999_999), START.replace(microsecond=1))
    assert block.late is False


def test_both_hours_of_the_autumn_change_have_their_own_local_form() -> None:
    zone = "Europe/London"
    assert when_block(START, zone=zone).local == "2024-10-27T01:30:00+01:00"
    assert when_block(START + timedelta(hours=1), zone=zone).local == "2024-10-27T01:30:00+00:00"


def test_floating_times_and_unknown_zones_are_refused() -> None:
    with pytest.raises(ValueError, match="floating"):
        when_block(START.replace(tzinfo=None))
    with pytest.raises(UsageError, match="no time zone"):
        when_block(START, zone="Mars/Olympus")


def test_text_that_is_not_valid_unicode_is_replaced_and_noted() -> None:
    line = add(new_log(), what="Read caf\udce9.mbox.", note="One file.")
    assert line["what"] == "Read caf\ufffd.mbox."
    assert line["note"] == f"One file. {REPLACED_NOTE}"
    assert "note" not in add(new_log(), what="Read café.mbox.")


def test_the_contact_of_a_person_is_written_only_when_given() -> None:
    assert "contact" not in add(new_log())["who"]
    assert add(new_log(), who=Who("A", "OIC", contact="ext. 12"))["who"]["contact"] == "ext. 12"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=20), max_size=5))
def test_whatever_the_words_the_chain_holds_and_a_line_is_one_line(words: list[str]) -> None:
    log = new_log()
    for word in words:
        add(log, what=word, item_refs=[word])
    assert check_chain(log.new_lines) == []
    assert check_chain([line.encode() + b"\n" for line in log.new_lines]) == []
    assert not any("\n" in line for line in log.new_lines)
