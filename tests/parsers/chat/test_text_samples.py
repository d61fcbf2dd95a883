"""Text logs and small exports: each reader reads its own samples as expected and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat_readers import FIXTURES, FOREIGN, check_golden, claims, golden_line, loaded
from plainrecord.intake import list_source
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import Parser
from plainrecord.parsers.registry import all_parsers
from plainrecord.store.adding import plan_claims
from text_readers import FOLDERS, READERS, named

LONDON = ReadOptions(timezone="Europe/London")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_record_of_the_samples_reads_as_expected(folder: str, update_golden: bool) -> None:
    lines = []
    for reader in FOLDERS[folder]:
        found = loaded(named(reader), FIXTURES / folder, LONDON)
        assert found, f"{reader} reads nothing of {folder}"
        lines += [golden_line(item) for item in found]
    check_golden(lines, FIXTURES / folder / "expected.jsonl", update_golden)


@pytest.mark.parametrize("parser", READERS, ids=lambda parser: str(parser.name))
def test_without_a_zone_no_wall_clock_time_becomes_an_instant(parser: Parser) -> None:
    for claim in claims(parser, FIXTURES / parser.card.fixture):
        for item in parser.scan(claim):
            basis = getattr(getattr(item, "time", None), "tz_basis", "")
            assert basis in ("", "floating_unknown", "epoch_utc", "documented_utc", "explicit_offset")


@pytest.mark.parametrize("parser", READERS, ids=lambda parser: str(parser.name))
def test_no_reader_claims_another_services_files(parser: Parser, tmp_path: Path) -> None:
    mine = {folder for folder, names in FOLDERS.items() if parser.name in names}
    for folder in sorted(FIXTURES.glob("chat-*")) + sorted(FIXTURES.glob("email-*")):
        if folder.name not in mine:
            assert not claims(parser, folder), f"{parser.name} claims something of {folder.name}"
    for name, data in FOREIGN.items():
        (tmp_path / name).write_bytes(data)
    assert not claims(parser, tmp_path)


@pytest.mark.parametrize("folder", FOLDERS)
def test_in_the_order_of_the_table_every_sample_goes_to_its_own_reader(folder: str) -> None:
    listing = list_source([FIXTURES / folder], "S1")
    for parser, claim in plan_claims(listing, listing.members):
        assert parser.name in FOLDERS[folder], f"{parser.name} takes {claim.members[0].tree_path}"
    planned = {parser.name for parser, _ in plan_claims(listing, listing.members)}
    assert planned == set(FOLDERS[folder])


def test_every_reader_of_these_stands_in_the_table() -> None:
    assert {parser.name for parser in READERS} <= {parser.name for parser in all_parsers()}
