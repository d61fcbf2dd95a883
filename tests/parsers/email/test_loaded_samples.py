"""What loading says of each sample whose point is not the envelope; `--update-golden` writes the expected files anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mail_damage import FIXTURES, read_damaged, samples_of
from mail_sources import loaded_of
from plainrecord.records import Loaded
from reading_mail import load

MAILS = ["email-trace", "email-reports", "email-phone"]
SAMPLES = [*MAILS, "email-outlook-msg", "email-outlook-pst", "email-proton"]
EXPECTED = "loaded.jsonl"


def lines(item: Loaded, depth: int = 0) -> Iterator[dict[str, object]]:
    """A record in a line, and a line for each it carries."""
    envelope = item.envelope
    yield {
        "member": envelope.position.member,
        "locator": envelope.position.locator,
        "depth": depth,
        "kind": envelope.kind,
        "service": envelope.service,
        "sender": envelope.sender.value if envelope.sender else None,
        "recipients": [f"{one.role}: {one.value}" for one in envelope.recipients],
        "time": envelope.time.ts_utc or envelope.time.local,
        "where": envelope.time.where,
        "subject": item.subject,
        "text": item.text,
        "text_from": item.text_from,
        "marks": envelope.marks,
        "status": item.status,
        "facts": item.facts,
        "notes": [*envelope.notes, *item.notes],
        "attachments": [[one.name, one.detected_type, one.bytes, one.state, one.locator] for one in item.attachments],
    }
    for child in item.children:
        yield from lines(child, depth + 1)


def report(folder: Path) -> str:
    items = sorted(loaded_of(folder), key=lambda one: (one.envelope.position.member, one.envelope.position.locator))
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for item in items for one in lines(item))


@pytest.mark.parametrize("sample", SAMPLES)
def test_loading_says_of_each_sample_what_is_expected(sample: str, update_golden: bool) -> None:
    said = report(FIXTURES / sample)
    expected = FIXTURES / sample / EXPECTED
    if update_golden:
        expected.write_text(said, encoding="utf-8", newline="\n")
    assert said == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", samples_of(*MAILS), ids=lambda path: path.name)
def test_a_mail_cut_off_at_any_byte_is_read_without_an_error(path: Path) -> None:
    whole = path.read_bytes()
    for end in range(len(whole)):
        assert load(whole[:end]).raw_bytes == end


@pytest.mark.parametrize("sample", SAMPLES)
def test_some_hundred_damaged_samples_are_read_without_an_error(sample: str, tmp_path: Path) -> None:
    assert read_damaged(tmp_path, samples_of(sample), 200, sample) > 50


def test_no_fact_or_note_says_that_anything_was_verified() -> None:
    said = "".join((FIXTURES / sample / EXPECTED).read_text(encoding="utf-8") for sample in SAMPLES)
    assert "not checked" in said and "verified" not in said.lower()
