"""Every mail sample beside what the readers say of it; `--update-golden` writes the expected files anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mail_sources import claims_of
from plainrecord.parsers.base import Claim, Parser
from plainrecord.records import Envelope, Unread

FIXTURES = Path(__file__).parents[3] / "fixtures"
SAMPLES = ["email-mbox", "email-maildir", "email-emlx", "email-eml"]
EXPECTED = "expected.jsonl"


def line(parser: Parser, record: Envelope | Unread) -> dict[str, object]:
    said: dict[str, object] = {
        "reader": parser.name,
        "member": record.position.member,
        "locator": record.position.locator,
        "kind": record.kind,
    }
    if isinstance(record, Unread):
        return {**said, "unread": record.detail}
    return {
        **said,
        "sender": record.sender.value if record.sender else None,
        "time": record.time.ts_raw,
        "where": record.time.where,
        "marks": record.marks,
        "notes": record.notes,
    }


def report(folder: Path) -> str:
    lines: list[dict[str, object]] = []
    for parser, claim in sorted(claims_of(folder), key=lambda pair: (pair[0].name, pair[1].members[0].tree_path)):
        lines += [line(parser, record) for record in parser.scan(claim)]
        lines += [{"reader": parser.name, "aside": path, "says": says} for path, says in sorted(claim.aside.items())]
        lines += [{"reader": parser.name, "decision": d.subject, "basis": d.basis} for d in claim.decisions]
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_readers_say_of_each_sample_what_is_expected(sample: str, update_golden: bool) -> None:
    said = report(FIXTURES / sample)
    expected = FIXTURES / sample / EXPECTED
    if update_golden:
        expected.write_text(said, encoding="utf-8", newline="\n")
    assert said == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("sample", [*SAMPLES, "email-real"])
def test_what_scan_gave_loads_with_the_same_envelope_and_its_exact_bytes(sample: str) -> None:
    for parser, claim in claims_of(FIXTURES / sample):
        found = [record for record in parser.scan(claim) if isinstance(record, Envelope)]
        loaded = list(parser.load(claim, [record.position for record in found]))
        assert [item.envelope for item in loaded] == found
        for item in loaded:
            assert item.raw == bytes_at(claim, item.envelope.position.member, item.envelope.position.locator)


def bytes_at(claim: Claim, tree_path: str, locator: str) -> bytes:
    member = next(member for member in claim.members if member.tree_path == tree_path)
    data = member.original.path.read_bytes()
    if locator == "file":
        return data
    start, _, end = locator.removeprefix("bytes:").partition("-")
    return data[int(start) : int(end)]


@pytest.mark.parametrize("sample", [*SAMPLES, "email-real"])
def test_every_member_is_claimed_by_one_reader_at_most_and_read_to_its_end(sample: str) -> None:
    seen: set[str] = set()
    for parser, claim in claims_of(FIXTURES / sample):
        paths = {member.tree_path for member in claim.members}
        assert not seen & paths
        seen |= paths
        assert len(list(parser.scan(claim))) >= 0
        assert set(claim.readings) == {(member.original.relpath, member.path) for member in claim.members}


def test_real_mail_is_split_into_its_42_mails_with_a_sender_and_a_time_each() -> None:
    [(parser, claim)] = claims_of(FIXTURES / "email-real")
    mails = list(parser.scan(claim))
    assert len(mails) == 42
    assert claim.decisions == []
    assert all(isinstance(mail, Envelope) and mail.sender and mail.time.utc_us for mail in mails)
